# Code larger than 16-bit operands: far jumps, long displays, many arguments, constants and names.
# not under: --gc-stress (each of its many thousand calls and jumps would be a collection)
# Sources are built from lists, not generators, which C code would resume item by item: a transaction each.
def run(source, name="r"):
    ns = {"x": 1, "n": 3, "f": lambda *a, **k: (len(a), len(k))}
    exec(source, ns)
    return ns[name]


body = "".join([f"        t += {i % 7}\n" for i in range(20000)])
far = f"def g(n):\n    t = 0\n    for i in range(n):\n        if i == 1: continue\n        if n > 100: break\n{body}    else:\n        t += 1\n    while n:\n        n -= 1\n{body}    return t\nr = g(n)"
print(run(far), sum(i % 7 for i in range(20000)) * 5 + 1)  # expect: 299986 299986
cond = "def g(a):\n    if a is not None and a > 2 and a is not n:\n" + body + "        return t\n    return 'else'\nt = 0\nr = [g(None), g(1)]\n"
print(run(cond.replace("def g(a):", "def g(a, t=0):")))  # expect: ['else', 'else']
handlers = "def g():\n    t = 0\n    try:\n" + body + "        raise ValueError\n    except ValueError:\n" + body + "    finally:\n        t += 1\n    return t\nr = g()"
print(run(handlers) == sum(i % 7 for i in range(20000)) * 2 + 1)  # expect: True
print(sum(run("r = [" + ",".join(["x"] * 100000) + "]")), len(run("r = (" + ",".join(["x"] * 3000) + ",)")))  # expect: 100000 3000
print(len(run("r = {" + ",".join([f"{i}: x" for i in range(10000)]) + "}")), len(run("r = {" + ",".join([f"x + {i}" for i in range(5000)]) + "}")))  # expect: 10000 5000
print(run("r = f(" + ",".join(["x"] * 70000) + ")"), run("r = f(" + ",".join([f"a{i}=x" for i in range(2000)]) + ")"), run("r = f(" + ",".join([f"a{i}=x" for i in range(300)]) + ")"))  # expect: (70000, 0) (0, 2000) (0, 300)
print(len(run("r = ''.join([" + ",".join([f"'c{i}'" for i in range(70000)]) + "][:70000:1000])")))  # expect: 407
print(sum(run("".join([f"v{i} = {i}.5\n" for i in range(66000)[:60000]]) + "r = [v0, v59999]")))  # expect: 60000.0
print(run("def g():\n" + "".join([f"    v{i} = x + {i}\n" for i in range(30000)]) + "    return v29999 + v0\nr = g()"))  # expect: 30001
print(len(run("r = f'" + "{x}-" * 5000 + "'")), run("r = " + "+".join(["x"] * 900)), run("r = " + " and ".join(["x"] * 5000)))  # expect: 10000 900 1
print(len(run("r = [" + ",".join(["lambda: x"] * 500) + "]")), run("r = x" + " if n else x" * 500), run("r = 0\n" + "if x == 5: r = 5\n" + "".join([f"elif x == -{i}: r = {i}\n" for i in range(1, 1200)]) + "else: r = 'none'\n"))  # expect: 500 1 none
for source in ("x = " + "(" * 300 + ")" * 300, "x = " + "-" * 100000 + "1", "x" + ".a" * 100000, "x = " + "[" * 150 + "]" * 150):
    try:
        compile(source, "s", "exec")
        message = "compiled"
    except (SyntaxError, RecursionError, MemoryError) as e:
        message = type(e).__name__
print(message)  # expect: compiled
a, *rest, z = range(1000)
print(len(rest), z)  # expect: 998 999
b = [1, 2]
print((lambda: (*b, 3))(), [*b, *b], {**{1: 2}}, b[0:1], {1: b}[(1)], [i for i in (*b, 5)])  # expect: (1, 2, 3) [1, 2, 1, 2] {1: 2} [1] [1, 2] [1, 2, 5]


def g():
    for i in *b, 3:
        yield i, *b
    return *b, 9


it = g()
print(next(it), list(it))  # expect: (1, 1, 2) [(2, 1, 2), (3, 1, 2)]
