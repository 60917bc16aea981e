# Lists: methods, slices, errors, comparison.
def err(fn, *args):
    try:
        return fn(*args)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


a = [1, 2, 3]
a.append(4)
print(a, len(a), a[-1], a[0])  # expect: [1, 2, 3, 4] 4 4 1
a.insert(0, 0)
a.insert(-1, 9)
a.insert(100, 7)
print(a)  # expect: [0, 1, 2, 3, 9, 4, 7]
print(a.pop(), a.pop(0), a.pop(-2), a)  # expect: 7 0 9 [1, 2, 3, 4]
a.extend(x * x for x in range(3))
a.extend((5, 6))
a += "ab"
print(a)  # expect: [1, 2, 3, 4, 0, 1, 4, 5, 6, 'a', 'b']
a.remove("a")
print(a.index(4), a.index(1, 2), a.count(1), "b" in a, 99 in a)  # expect: 3 5 2 True False
a.reverse()
print(a)  # expect: ['b', 6, 5, 4, 1, 0, 4, 3, 2, 1]
b = a.copy()
b.clear()
print(b, a[:3], a[::-2], a[5:2:-1], a[-100:100:3])  # expect: [] ['b', 6, 5] [1, 3, 0, 4, 6] [0, 1, 4] ['b', 4, 4, 1]
a[1:3] = ["x", "y", "z"]
print(a)  # expect: ['b', 'x', 'y', 'z', 4, 1, 0, 4, 3, 2, 1]
a[::2] = range(len(a[::2]))
print(a)  # expect: [0, 'x', 1, 'z', 2, 1, 3, 4, 4, 2, 5]
del a[1::3]
print(a)  # expect: [0, 1, 'z', 1, 3, 4, 2]
del a[0], a[-1]
print(a)  # expect: [1, 'z', 1, 3, 4]
a[1:1] = a
print(a)  # expect: [1, 1, 'z', 1, 3, 4, 'z', 1, 3, 4]
a[:] = []
print(a)  # expect: []
print([1, 2] + [3], [0] * 3, 2 * [1, 2], [] * 5)  # expect: [1, 2, 3] [0, 0, 0] [1, 2, 1, 2] []
c = [1, 2]
c *= 3
print(c)  # expect: [1, 2, 1, 2, 1, 2]
print([1, 2] < [1, 3], [1] < [1, 0], [2] > [1, 9], [1, 2] == [1, 2.0], [1] != [1])  # expect: True True True True False
print(list(reversed([1, 2, 3])), list("abc"), list((1, 2)))  # expect: [3, 2, 1] ['a', 'b', 'c'] [1, 2]
r = [1]
r.append(r)
print(r)  # expect: [1, [...]]
print(err(lambda: [].pop()))  # expect: IndexError: pop from empty list
print(err(lambda: [1].pop(5)))  # expect: IndexError: pop index out of range
print(err(lambda: [1][3]))  # expect: IndexError: list index out of range
print(err(lambda: list("b")["a"]))  # expect: TypeError: list indices must be integers or slices, not str
print(err([1].__setitem__, 4, 4))  # expect: IndexError: list assignment index out of range
print(err([1].remove, 2))  # expect: ValueError: list.remove(x): x not in list
print(err([1].index, 2))  # expect: ValueError: 2 is not in list
print(err(lambda: [1] + (1,)))  # expect: TypeError: can only concatenate list (not "tuple") to list
print(err(lambda: hash([])))  # expect: TypeError: unhashable type: 'list'
print(err([1].__setitem__, slice(0, 1), 3))  # expect: TypeError: can only assign an iterable
print(err([1, 2].__setitem__, slice(0, 2, 2), [3, 4]))  # expect: ValueError: attempt to assign sequence of size 2 to extended slice of size 1
print(err(list, 5))  # expect: TypeError: 'int' object is not iterable
print(err(list, 1, 2))  # expect: TypeError: list expected at most 1 argument, got 2


class L(list):
    pass


s = L([3, 1, 2])
s.name = "n"
s.sort()
print(s, type(s), s.name, type(s[:]), type(s + s))  # expect: [1, 2, 3] <class '__main__.L'> n <class 'list'> <class 'list'>
it = iter([1, 2, 3])
print(next(it), it.__length_hint__(), list(it), list(it))  # expect: 1 2 [2, 3] []
x = [1, 2, 3]
y = []
for v in x:
    if len(x) < 6:
        x.append(v + 10)
    y.append(v)
print(y)  # expect: [1, 2, 3, 11, 12, 13]
big = []
for i in range(100000):
    big.append(i)
print(len(big), big[-1], sum(big[10:20]), big[50000])  # expect: 100000 99999 145 50000
while len(big) > 3:
    big.pop()
print(big)  # expect: [0, 1, 2]
