"""Programs of lists, dicts, sets, deques, heaps and sorting."""
import bisect
import collections
import heapq
import itertools


def life(n):
    cells = {(0, 1), (1, 2), (2, 0), (2, 1), (2, 2), (20, 20), (20, 21), (20, 22), (21, 21), (40, 40), (41, 41), (41, 42), (40, 42), (42, 40)}
    for _ in range(n):
        around = collections.defaultdict(int)
        for x, y in cells:
            for dx in (-1, 0, 1):
                for dy in (-1, 0, 1):
                    if dx or dy:
                        around[x + dx, y + dy] += 1
        cells = {cell for cell, count in around.items() if count == 3 or count == 2 and cell in cells}
    return len(cells), min(cells)


def shortest_paths(n):
    graph = {i: [((i * 7 + k * 13) % 400, (i * k) % 23 + 1) for k in range(1, 6)] for i in range(400)}
    total = 0
    for start in range(n):
        start %= 400
        distance, queue = {start: 0}, [(0, start)]
        while queue:
            d, node = heapq.heappop(queue)
            if d > distance[node]:
                continue
            for following, cost in graph[node]:
                if d + cost < distance.get(following, 1 << 30):
                    distance[following] = d + cost
                    heapq.heappush(queue, (d + cost, following))
        total += sum(distance.values())
    return total


def breadth_first(n):
    size, total = 40, 0
    walls = {(x, y) for x in range(size) for y in range(size) if (x * 7 + y * 11) % 5 == 0 and (x, y) != (0, 0)}
    for _ in range(n):
        seen, queue = {(0, 0): 0}, collections.deque([(0, 0)])
        while queue:
            x, y = queue.popleft()
            for cell in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if 0 <= cell[0] < size and 0 <= cell[1] < size and cell not in walls and cell not in seen:
                    seen[cell] = seen[x, y] + 1
                    queue.append(cell)
        total += max(seen.values())
    return total


def grouping(n):
    people = [("name%d" % (i * 7 % 50), i * 13 % 80, "city%d" % (i % 9)) for i in range(200)]
    total = 0
    for _ in range(n):
        by_city = {}
        for name, age, city in people:
            by_city.setdefault(city, []).append((age, name))
        for city, members in sorted(by_city.items()):
            members.sort()
            total += members[len(members) // 2][0]
        by_age = sorted(people, key=lambda person: (-person[1], person[0]))
        for age, group in itertools.groupby(by_age, key=lambda person: person[1] // 10):
            total += age * len(list(group))
    return total


def lru(n):
    cache, hits, key = collections.OrderedDict(), 0, 1
    for _ in range(n):
        key = key * 48271 % 2147483647
        page = key % 97 * (key % 5)
        if page in cache:
            cache.move_to_end(page)
            hits += 1
        else:
            cache[page] = page * 2
            if len(cache) > 64:
                cache.popitem(last=False)
    return hits


def slices(n):
    total = 0
    for i in range(n):
        items = [(i * 31 + k * 17) % 256 for k in range(64)]
        items[8:16] = items[40:48]
        items.extend(items[::3])
        items.insert(5, items.pop())
        left = [x for x in items if x < items[0]]
        right = [x * 2 for x in items[1:] if x >= items[0]]
        items = left + [items[0]] + right
        items.reverse()
        total += items.index(max(items)) + len(items) + (7 in items) + sum(map(abs, items[-5:]))
    return total


def quicksort(n):
    def sort(items):
        if len(items) <= 1:
            return items
        pivot = items[len(items) // 2]
        return sort([x for x in items if x < pivot]) + [x for x in items if x == pivot] + sort([x for x in items if x > pivot])

    def merge(a, b):
        out, i, j = [], 0, 0
        while i < len(a) and j < len(b):
            if a[i] <= b[j]:
                out.append(a[i])
                i += 1
            else:
                out.append(b[j])
                j += 1
        return out + a[i:] + b[j:]

    items = [k * 7919 % 1009 for k in range(300)]
    total = 0
    for k in range(n):
        items[k % 300] = k
        ordered = sort(items)
        total += ordered[150] + len(merge(ordered[:150], ordered[100:])) + bisect.bisect(ordered, 500)
    return total


def combinations(n):
    total = 0
    for i in range(n):
        for a, b, c in itertools.combinations(range(i % 3, 16), 3):
            if a + b > c:
                total += 1
        total += sum(x * y for x, y in itertools.product(range(8), repeat=2))
        total += len(set(itertools.chain.from_iterable(zip(range(30), range(20, 50)))))
        total += len(list(itertools.accumulate(range(40)))) + sum(itertools.islice(itertools.count(i), 10))
    return total


def floyd_warshall(n):
    size, total = 20, 0
    for _ in range(n):
        d = [[(i * 17 + j * 31) % 50 + 1 if i != j else 0 for j in range(size)] for i in range(size)]
        for k in range(size):
            dk = d[k]
            for row in d:
                through = row[k]
                for j in range(size):
                    if through + dk[j] < row[j]:
                        row[j] = through + dk[j]
        total += sum(map(sum, d))
    return total


def interpreter(n):
    """A stack machine, its program a list of tuples."""
    program = [("push", 0), ("store", "sum"), ("push", 200), ("store", "i"), ("load", "i"), ("jumpz", 15), ("load", "sum"), ("load", "i"), ("add", None),
               ("store", "sum"), ("load", "i"), ("push", -1), ("add", None), ("store", "i"), ("jump", 4), ("load", "sum"), ("halt", None)]
    result = 0
    for _ in range(n):
        stack, names, at = [], {}, 0
        while True:
            operation, argument = program[at]
            at += 1
            if operation == "push":
                stack.append(argument)
            elif operation == "load":
                stack.append(names[argument])
            elif operation == "store":
                names[argument] = stack.pop()
            elif operation == "add":
                b = stack.pop()
                stack[-1] = stack[-1] + b
            elif operation == "jump":
                at = argument
            elif operation == "jumpz":
                if stack.pop() == 0:
                    at = argument
            else:
                break
        result += stack.pop()
    return result
