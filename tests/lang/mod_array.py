# array.array: items, sequence methods, conversions, pickling, exported buffers.
import array
import pickle
from array import array as A


def err(text):
    """What an expression gives, or its exception."""
    try:
        return ascii(eval(text))
    except Exception as e:
        return f"{type(e).__name__}: {e}"


class S(A):
    pass


a = A('i', [1, 2, 3])
u = A('u', 'a\u20ac')
f = A('d', [1.5])
print(err("a, u, f, A('b'), S('B', b'ab'), A('f', [0.1])"))  # expect: (array('i', [1, 2, 3]), array('u', 'a\u20ac'), array('d', [1.5]), array('b'), S('B', [97, 98]), array('f', [0.10000000149011612]))
print(err('[A(c).itemsize for c in array.typecodes]'))  # expect: [1, 1, 4, 2, 2, 4, 4, 8, 8, 8, 8, 4, 8]
print(err("A('b', [128]), 1"))  # expect: OverflowError: signed char is greater than maximum
print(err("A('B', [-1])"))  # expect: OverflowError: unsigned byte integer is less than minimum
print(err("A('H', [1 << 16])"))  # expect: OverflowError: unsigned short is greater than maximum
print(err("A('i', [1 << 31])"))  # expect: OverflowError: signed integer is greater than maximum
print(err("A('I', [-1])"))  # expect: OverflowError: can't convert negative value to unsigned int
print(err("A('l', [1 << 63])"))  # expect: OverflowError: Python int too large to convert to C long
print(err("A('Q', [1 << 63, 0]), A('q', [-1 << 63])"))  # expect: (array('Q', [9223372036854775808, 0]), array('q', [-9223372036854775808]))
print(err("A('Q', [1 << 64])"))  # expect: OverflowError: int too big to convert
print(err("A('i', ['x'])"))  # expect: TypeError: 'str' object cannot be interpreted as an integer
print(err("A('i', [1.0])"))  # expect: TypeError: 'float' object cannot be interpreted as an integer
print(err("A('d', ['x'])"))  # expect: TypeError: must be real number, not str
print(err("A('u', ['xy'])"))  # expect: TypeError: array item must be unicode character
print(err("A('x')"))  # expect: ValueError: bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)
print(err('A()'))  # expect: TypeError: array() takes at least 1 argument (0 given)
print(err("A('i', 'ab')"))  # expect: TypeError: cannot use a str to initialize an array with typecode 'i'
print(err("A('i', u)"))  # expect: TypeError: cannot use a unicode array to initialize an array with typecode 'i'
print(err("A('i', b'abc')"))  # expect: ValueError: bytes length not a multiple of item size
print(err("A('i', x=1)"))  # expect: TypeError: array.array() takes no keyword arguments
print(err('a[-1], a[::-1], a[1:1], a[::2]'))  # expect: (3, array('i', [3, 2, 1]), array('i'), array('i', [1, 3]))
print(err('a[3]'))  # expect: IndexError: array index out of range
print(err("a['x']"))  # expect: TypeError: array indices must be integers
print(err('a.__setitem__(slice(0, 1), [1])'))  # expect: TypeError: can only assign array (not "list") to array slice
print(err("a.__setitem__(slice(0, 3, 2), A('i', [1]))"))  # expect: ValueError: attempt to assign array of size 1 to extended slice of size 2
print(err('a.__setitem__(3, 1)'))  # expect: IndexError: array assignment index out of range
print(err("a + a, a * 2, 0 * a, a == A('d', [1, 2, 3]), a < A('i', [1, 3]), a == [1, 2, 3]"))  # expect: (array('i', [1, 2, 3, 1, 2, 3]), array('i', [1, 2, 3, 1, 2, 3]), array('i'), True, True, False)
print(err('a + f'))  # expect: TypeError: bad argument type for built-in operation
print(err('a + [1]'))  # expect: TypeError: can only append array (not "list") to array
print(err("a.index(2), a.count(2), 2 in a, 'x' in a, a.index(3, -1)"))  # expect: (1, 1, True, False, 2)
print(err('a.index(9)'))  # expect: ValueError: array.index(x): x not in array
print(err('a.pop(7)'))  # expect: IndexError: pop index out of range
print(err("A('i').pop()"))  # expect: IndexError: pop from empty array
b = A('h', range(6))
b[1:3] = A('h', [7, 8, 9])
print(b)  # expect: array('h', [0, 7, 8, 9, 3, 4, 5])
del b[::2]
print(b)  # expect: array('h', [7, 9, 4])
b.insert(-1, 5)
b.append(6)
b.extend([1, 2])
b.extend(b)
b.remove(9)
b.reverse()
b.byteswap()
print(b, b.pop(), b.pop(0), b.tobytes())  # expect: array('h', [256, 1536, 1024, 1280, 2304, 1792, 512, 256, 1536, 1024, 1280]) 1792 512 b'\x00\x01\x00\x06\x00\x04\x00\x05\x00\t\x00\x07\x00\x02\x00\x01\x00\x06\x00\x04\x00\x05'
b *= 0
b.frombytes(b'\1\2\3\4')
b.fromlist([1, 2])
print(b, b.tolist())  # expect: array('h', [513, 1027, 1, 2]) [513, 1027, 1, 2]
print(err("b.fromlist([1, 'x'])"))  # expect: TypeError: 'str' object cannot be interpreted as an integer
print(err("b, b.frombytes(b'abc')"))  # expect: ValueError: bytes length not a multiple of item size
print(err("u.tounicode(), u.tolist(), A('u', '\\ud800')"))  # expect: ('a\u20ac', ['a', '\u20ac'], array('u', '\ud800'))
print(err('a.tounicode()'))  # expect: ValueError: tounicode() may only be called on unicode type arrays
print(err('[pickle.loads(pickle.dumps(x, p)) for x in (a, u, f) for p in range(5)]'))  # expect: [array('i', [1, 2, 3]), array('i', [1, 2, 3]), array('i', [1, 2, 3]), array('i', [1, 2, 3]), array('i', [1, 2, 3]), array('u', 'a\u20ac'), array('u', 'a\u20ac'), array('u', 'a\u20ac'), array('u', 'a\u20ac'), array('u', 'a\u20ac'), array('d', [1.5]), array('d', [1.5]), array('d', [1.5]), array('d', [1.5]), array('d', [1.5])]
print(err("array._array_reconstructor(A, 'l', 9, b'\\0\\0\\0\\1'), array._array_reconstructor(A, 'u', 19, b'\\0a\\0b')"))  # expect: (array('i', [1]), array('u', 'ab'))
print(err("array._array_reconstructor(A, 'i', 99, b'')"))  # expect: ValueError: third argument must be a valid machine format code.
print(err('a.__reduce_ex__(3)[1][1:], a.__reduce_ex__(2)[1]'))  # expect: (('i', 8, b'\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00'), ('i', [1, 2, 3]))
print(err("list(iter(a)), iter(a).__reduce__(), bytes(a), int(A('B', b'12')), float(A('B', b'1.5'))"))  # expect: ([1, 2, 3], (<built-in function iter>, (array('i', [1, 2, 3]),), 0), b'\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00', 12, 1.5)
m = memoryview(a)
print(err('m.format, m.itemsize, m.shape, m.tolist(), m.obj is a'))  # expect: ('i', 4, (3,), [1, 2, 3], True)
print(err('a.append(4)'))  # expect: BufferError: cannot resize an array that is exporting buffers
m[0] = 9
print(a)  # expect: array('i', [9, 2, 3])
m.release()
a.append(4)
m = memoryview(a)[1:]
del m  # not released, but dead
a.extend([5, 6, 7] * 50)
print(len(a), a[-1])  # expect: 154 7
