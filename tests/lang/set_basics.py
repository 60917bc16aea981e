# Sets and frozensets.
def err(fn, *args):
    try:
        return fn(*args)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


def show(s):
    return sorted(s)


a = {1, 2, 3}
b = {2, 3, 4}
print(show(a | b), show(a & b), show(a - b), show(a ^ b))  # expect: [1, 2, 3, 4] [2, 3] [1] [1, 4]
print(show(a.union(b, [9])), show(a.intersection(b, [3])), show(a.difference(b, [1])), show(a.symmetric_difference([3, 7])))  # expect: [1, 2, 3, 4, 9] [3] [] [1, 2, 7]
print(a == {3, 2, 1}, a != b, a < {1, 2, 3, 4}, a <= a, a < a, a > {1}, a >= b, a.isdisjoint([8]), a.issubset(b), a.issuperset([1]))  # expect: True True True True False True False True False True
c = set()
c.add(1)
c.add(1)
c.update([2, 3], (4,), {5: 6})
c.discard(9)
c.remove(1)
print(c == {2, 3, 4, 5}, len(c), 2 in c, [] == [x for x in c if x not in (2, 3, 4, 5)])  # expect: True 4 True True
c &= {2, 3}
c |= {8}
c -= {2}
c ^= {3, 4}
print(show(c))  # expect: [4, 8]
c.intersection_update([4, 8])
c.difference_update([8])
c.symmetric_difference_update([5])
print(show(c), show(c.copy()), c.pop() in (4, 5), len(c))  # expect: [4, 5] [4, 5] True 1
c.clear()
print(c, frozenset(), frozenset([1]), {7})  # expect: set() frozenset() frozenset({1}) {7}
f = frozenset("abc")
print(show(f), hash(f) == hash(frozenset("cab")), f == set("abc"), f in {f: 1}, {f} == {frozenset("bca")}, set("abc") in {f})  # expect: ['a', 'b', 'c'] True True True True True
print(type(f | {1}), type({1} | f), type(f.copy()), f.copy() is f, frozenset(f) is f, type(f & f))  # expect: <class 'frozenset'> <class 'set'> <class 'frozenset'> True True <class 'frozenset'>
print(err(lambda: hash(set())))  # expect: TypeError: unhashable type: 'set'
print(err(set().pop))  # expect: KeyError: 'pop from an empty set'
print(err({1}.remove, 2))  # expect: KeyError: 2
print(err({1}.remove, {2}))  # expect: KeyError: {2}
print(err(set, 3))  # expect: TypeError: 'int' object is not iterable
print(err(set, 1, 2))  # expect: TypeError: set expected at most 1 argument, got 2
print(err(frozenset, 1, 2))  # expect: TypeError: frozenset expected at most 1 argument, got 2
print(err(lambda: {[]}))  # expect: TypeError: unhashable type: 'list'
print(err(lambda: {1} | [1]))  # expect: TypeError: unsupported operand type(s) for |: 'set' and 'list'
print(err(lambda: {1} < [1]))  # expect: TypeError: '<' not supported between instances of 'set' and 'list'
print(err({1}.update, 5))  # expect: TypeError: 'int' object is not iterable


def mutate():
    s = {1, 2}
    for x in s:
        s.add(x + 10)


print(err(mutate))  # expect: RuntimeError: Set changed size during iteration


class S(set):
    pass


s = S([1])
s.x = 2
print(s, s.x, type(s | {2}), type(s.copy()), S())  # expect: S({1}) 2 <class 'set'> <class 'set'> S()
big = set(range(1000)) | {str(i) for i in range(1000)}
print(len(big), 999 in big, "999" in big, 1000 in big, sum(x for x in big if isinstance(x, int)))  # expect: 2000 True True False 499500
for i in range(990):
    big.remove(i)
    big.discard(str(i))
print(sorted(map(str, big)))  # expect: ['990', '990', '991', '991', '992', '992', '993', '993', '994', '994', '995', '995', '996', '996', '997', '997', '998', '998', '999', '999']
print({1, 1.0, True} == {1}, 0 in {False}, {float("inf")} == {float("inf")})  # expect: True True True
n = float("nan")
print(n in {n}, float("nan") in {n}, {(1, 2)} == {(1, 2.0)})  # expect: True False True
r = set()
it = iter({5})
print(next(it), it.__length_hint__(), list(it))  # expect: 5 0 []
print(show({x % 4 for x in range(20)}), len({i for i in range(300)} - set(range(299))))  # expect: [0, 1, 2, 3] 1
import pickle, copy

print(pickle.loads(pickle.dumps({1})), copy.copy(frozenset([2])), copy.deepcopy({(1, 2)}))  # expect: {1} frozenset({2}) {(1, 2)}
