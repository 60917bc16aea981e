# list.sort: kernels over exact keys, the general path, stability, errors.
def err(fn, *args, **kw):
    try:
        return fn(*args, **kw)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


def lcg(n, seed=1):
    out = []
    for _ in range(n):
        seed = (seed * 1103515245 + 12345) % (1 << 31)
        out.append(seed % 1000)
    return out


def is_sorted(a, key=lambda x: x):
    return all(not key(a[i + 1]) < key(a[i]) for i in range(len(a) - 1))


a = lcg(5000)
b = sorted(a)
print(is_sorted(b), sum(a) == sum(b), b[:5], b[-3:])  # expect: True True [0, 0, 0, 0, 0] [999, 999, 999]
print(sorted(a, reverse=True) == b[::-1], sorted(b) == b, sorted(b[::-1]) == b)  # expect: True True True
f = [x / 7 for x in a]
print(is_sorted(sorted(f)), sorted([0.0, -1.5, 3.25, -0.0, 1e300, -1e-300, float("inf"), -float("inf")]))  # expect: True [-inf, -1.5, -1e-300, 0.0, -0.0, 3.25, 1e+300, inf]
w = [str(x) for x in a]
print(is_sorted(sorted(w)), sorted(w)[:4])  # expect: True ['0', '0', '0', '0']
print(sorted(["b", "aé", "a", "ab", "", "Z", "a\u4e2d", "abcdefgh", "abcdefghi", "abcdefg"]))  # expect: ['', 'Z', 'a', 'ab', 'abcdefg', 'abcdefgh', 'abcdefghi', 'aé', 'a中', 'b']
t = [(x % 10, str(x)) for x in a]
print(is_sorted(sorted(t)), sorted(t)[:3])  # expect: True [(0, '0'), (0, '0'), (0, '0')]
print(sorted([(1, 2.5), (1, 2), (0, 9), (1,)]))  # expect: [(0, 9), (1,), (1, 2), (1, 2.5)]
pairs = [(x % 7, i) for i, x in enumerate(a)]
s = sorted(pairs, key=lambda p: p[0])
print(all(s[i][0] < s[i + 1][0] or s[i][1] < s[i + 1][1] for i in range(len(s) - 1)))  # expect: True
s = sorted(pairs, key=lambda p: p[0], reverse=True)
print(all(s[i][0] > s[i + 1][0] or s[i][1] < s[i + 1][1] for i in range(len(s) - 1)))  # expect: True
print(sorted([3, 1.5, 2, True, 10**30, -10**30]))  # expect: [-1000000000000000000000000000000, True, 1.5, 2, 3, 1000000000000000000000000000000]
print(sorted([[2, 1], [1, 5], [1]]))  # expect: [[1], [1, 5], [2, 1]]


class K:
    def __init__(self, v, tag=0):
        self.v, self.tag = v, tag

    def __lt__(self, other):
        return self.v < other.v

    def __repr__(self):
        return f"K{self.v}"


ks = [K(x % 50, i) for i, x in enumerate(a[:600])]
ks.sort()
print(all(p.v < q.v or p.tag < q.tag for p, q in zip(ks, ks[1:])), ks[:3], ks[-1])  # expect: True [K0, K0, K0] K49
ks.sort(reverse=True)
print(all(p.v > q.v or p.tag < q.tag for p, q in zip(ks, ks[1:])))  # expect: True
mixed = [1, "a", 2]
print(err(mixed.sort), sorted(map(str, mixed)))  # expect: TypeError: '<' not supported between instances of 'str' and 'int' ['1', '2', 'a']
print(err(sorted, [1, 2], key=3))  # expect: TypeError: 'int' object is not callable


class Bad:
    def __lt__(self, other):
        raise ValueError("no order")


bad = [Bad(), Bad(), 3]
print(err(bad.sort), len(bad))  # expect: ValueError: no order 3
victim = [3, 2, 1]


def key(x):
    victim.append(x)
    return x


print(err(victim.sort, key=key), victim)  # expect: ValueError: list modified during sort [1, 2, 3]


def look(x):
    return (len(victim), x)


victim.sort(key=look)
print(victim)  # expect: [1, 2, 3]
print(sorted("hello world", key=str.upper), sorted({"b": 1, "a": 2}))  # expect: [' ', 'd', 'e', 'h', 'l', 'l', 'l', 'o', 'o', 'r', 'w'] ['a', 'b']
n = [5, 3, float("nan"), 1]
n.sort()
print(len(n))  # expect: 4
runs = list(range(100)) + list(range(50)) + list(range(200, 0, -1)) + [7] * 40
print(is_sorted(sorted(runs)), len(sorted(runs)))  # expect: True 390
big = [10**20 + x for x in a[:300]]
print(is_sorted(sorted(big)))  # expect: True
print([].sort(), [1].sort(key=len) if 0 else None, err([1].sort, 1), err([1, 2].sort, key=len))  # expect: None None TypeError: sort() takes no positional arguments TypeError: object of type 'int' has no len()
print(err([2, 1].sort, reverse="x"))  # expect: TypeError: 'str' object cannot be interpreted as an integer
