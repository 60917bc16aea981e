# Dead views, of which stale words may be left anywhere on the C stack, are in nobody's way.


def view_and_drop(b, depth):
    return len(memoryview(b)[1:]) if not depth else view_and_drop(b, depth - 1)


for depth in range(20):
    for change in ("b += b'q'", "b *= 2", "b[0:1] = b'abc'", "b[0:1] = [1, 2]", "del b[0:2]", "b.extend(range(3))", "b.extend((5, 6))"):
        b = bytearray(b'abcdef')
        view_and_drop(b, depth % 6)
        exec(change)
print(b)  # expect: bytearray(b'abcdef\x05\x06')
