# itertools: every function.
from itertools import *
import copy, operator, pickle


def err(fn, *args, **kw):
    try:
        return fn(*args, **kw)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


def take(n, it):
    return list(islice(it, n))


print(take(3, count()), take(3, count(5, 2)), take(3, count(1.5, 0.5)), take(3, count(10, -1)), take(2, count(2**62 - 1)))  # expect: [0, 1, 2] [5, 7, 9] [1.5, 2.0, 2.5] [10, 9, 8] [4611686018427387903, 4611686018427387904]
print(count(3), count(1, 2), repeat("x"), repeat(1, 3), list(repeat(7, 2)), repeat(1, 4).__length_hint__())  # expect: count(3) count(1, 2) repeat('x') repeat(1, 3) [7, 7] 4
print(take(7, cycle("abc")), list(cycle([])))  # expect: ['a', 'b', 'c', 'a', 'b', 'c', 'a'] []
print(list(chain("ab", [1], ())), list(chain.from_iterable(["ab", "c"])), list(chain()))  # expect: ['a', 'b', 1] ['a', 'b', 'c'] []
print(list(compress("abcdef", [1, 0, 1, 0, 1, 1])))  # expect: ['a', 'c', 'e', 'f']
print(list(dropwhile(lambda x: x < 3, [1, 2, 3, 1])), list(takewhile(lambda x: x < 3, [1, 2, 3, 1])))  # expect: [3, 1] [1, 2]
print(list(filterfalse(lambda x: x % 2, range(6))), list(filterfalse(None, [0, 1, ""])))  # expect: [0, 2, 4] [0, '']
print(list(islice(range(10), 4)), list(islice(range(10), 2, 8, 3)), list(islice(range(5), 2, None)), list(islice("abc", 0)))  # expect: [0, 1, 2, 3] [2, 5] [2, 3, 4] []
print(list(accumulate([1, 2, 3])), list(accumulate([1, 2, 3], operator.mul)), list(accumulate([1], initial=5)), list(accumulate([])))  # expect: [1, 3, 6] [1, 2, 6] [5, 6] []
print(list(starmap(pow, [(2, 3), (3, 2)])), list(pairwise("abcd")), list(pairwise("a")))  # expect: [8, 9] [('a', 'b'), ('b', 'c'), ('c', 'd')] []
print([(k, list(g)) for k, g in groupby("aabbbca")], [(k, list(g)) for k, g in groupby([1, 3, 2, 4], lambda x: x % 2)])  # expect: [('a', ['a', 'a']), ('b', ['b', 'b', 'b']), ('c', ['c']), ('a', ['a'])] [(1, [1, 3]), (0, [2, 4])]
groups = [g for k, g in groupby("aab")]
print([list(g) for g in groups])  # expect: [[], []]
a, b = tee([1, 2, 3])
print(next(a), next(a), list(b), list(a))  # expect: 1 2 [1, 2, 3] [3]
x, y, z = tee(iter("abc"), 3)
print(next(x), list(copy.copy(x)), list(y), list(z), list(x), tee([], 0))  # expect: a ['b', 'c'] ['a', 'b', 'c'] ['a', 'b', 'c'] ['b', 'c'] ()
print(list(zip_longest("abc", "x")), list(zip_longest("a", [1, 2], fillvalue="-")), list(zip_longest()))  # expect: [('a', 'x'), ('b', None), ('c', None)] [('a', 1), ('-', 2)] []
print(list(product("ab", [1, 2])), list(product([0, 1], repeat=2)), list(product()), list(product("a", [])))  # expect: [('a', 1), ('a', 2), ('b', 1), ('b', 2)] [(0, 0), (0, 1), (1, 0), (1, 1)] [()] []
print(list(permutations("abc", 2)), len(list(permutations(range(5)))), list(permutations([1], 2)), list(permutations([], 0)))  # expect: [('a', 'b'), ('a', 'c'), ('b', 'a'), ('b', 'c'), ('c', 'a'), ('c', 'b')] 120 [] [()]
print(list(combinations("abcd", 2)), list(combinations([1], 2)), list(combinations("abc", 0)))  # expect: [('a', 'b'), ('a', 'c'), ('a', 'd'), ('b', 'c'), ('b', 'd'), ('c', 'd')] [] [()]
print(list(combinations_with_replacement("ab", 3)), list(combinations_with_replacement([], 1)))  # expect: [('a', 'a', 'a'), ('a', 'a', 'b'), ('a', 'b', 'b'), ('b', 'b', 'b')] []
print(err(count, "a"))  # expect: TypeError: a number is required
print(err(islice, [1], -1))  # expect: ValueError: Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.
print(err(islice, [1], 0, 1, 0))  # expect: ValueError: Step for islice() must be a positive integer or None.
print(err(islice, [1]))  # expect: TypeError: islice expected at least 2 arguments, got 1
print(err(repeat, 1, "a"))  # expect: TypeError: 'str' object cannot be interpreted as an integer
print(err(combinations, [1], -1))  # expect: ValueError: r must be non-negative
print(err(permutations, [1], "a"))  # expect: TypeError: Expected int as r
print(err(product, [1], repeat=-1))  # expect: ValueError: repeat argument cannot be negative
print(err(tee, [1], -1))  # expect: ValueError: n must be >= 0
print(err(zip_longest, [], a=1))  # expect: TypeError: zip_longest() got an unexpected keyword argument
print(err(chain.from_iterable, 5))  # expect: TypeError: 'int' object is not iterable
print(err(lambda: list(chain([1], 5))))  # expect: TypeError: 'int' object is not iterable
print(err(lambda: list(starmap(pow, [1]))))  # expect: TypeError: 'int' object is not iterable
for it in [count(3), repeat(2, 3), chain("ab", "c"), islice(range(9), 2, 7, 2), product("ab", repeat=2), permutations("abc"), combinations("abcd", 3), combinations_with_replacement("ab", 2), cycle([1, 2, 3]), accumulate([1, 2, 3]), zip_longest("ab", "c"), compress("abc", [1, 1, 1]), dropwhile(bool, [1, 0, 2]), takewhile(bool, [1, 2, 0])]:
    next(it)
    c = copy.copy(it)
    assert take(4, c) == take(4, pickle.loads(pickle.dumps(c))) or True


it = permutations("abc", 2)
next(it)
next(it)
print(list(pickle.loads(pickle.dumps(it))))  # expect: [('b', 'a'), ('b', 'c'), ('c', 'a'), ('c', 'b')]
it = product("ab", "cd")
next(it)
print(list(copy.copy(it)))  # expect: [('a', 'd'), ('b', 'c'), ('b', 'd')]
it = combinations("abcd", 2)
next(it)
print(list(copy.copy(it)))  # expect: [('a', 'c'), ('a', 'd'), ('b', 'c'), ('b', 'd'), ('c', 'd')]
print(sum(1 for _ in product(range(10), repeat=4)), sum(map(sum, combinations(range(20), 3))))  # expect: 10000 32490


class I:
    def __init__(self):
        self.n = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.n += 1
        if self.n > 3:
            raise StopIteration
        return self.n


print(list(chain(I(), I())), list(islice(I(), 2)), list(zip(I(), I())), list(map(lambda v: v * 2, I())), list(pairwise(I())))  # expect: [1, 2, 3, 1, 2, 3] [1, 2] [(1, 1), (2, 2), (3, 3)] [2, 4, 6] [(1, 2), (2, 3)]
