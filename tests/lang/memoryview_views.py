# memoryview: dimensions, casts, strides, comparison, and what they keep from being resized.
import io
from array import array


def err(text):
    """What an expression gives, or its exception."""
    try:
        return ascii(eval(text))
    except Exception as e:
        return f"{type(e).__name__}: {e}"


m = memoryview(bytes(range(24))).cast('B', (2, 3, 4))
z = memoryview(b'abcd').cast('i', ())
w = memoryview(bytearray(b'abcd')).cast('B', [2, 2])
o = memoryview(b'abcdef')
print(err('m.shape, m.strides, m.ndim, m.nbytes, len(m), m.c_contiguous, m.f_contiguous, m.contiguous'))  # expect: ((2, 3, 4), (12, 4, 1), 3, 24, 2, True, False, True)
print(err('m[0, 2, 3], m[-1, 0, 0], m[1:].tolist(), m[::-1].strides'))  # expect: (11, 12, [[[12, 13, 14, 15], [16, 17, 18, 19], [20, 21, 22, 23]]], (-12, 4, 1))
print(err('m[0]'))  # expect: NotImplementedError: multi-dimensional sub-views are not implemented
print(err('m[0, 0]'))  # expect: NotImplementedError: sub-views are not implemented
print(err('m[0, 0, 0, 0]'))  # expect: TypeError: cannot index 3-dimension view with 4-element tuple
print(err('m[2, 0, 0]'))  # expect: IndexError: index out of bounds on dimension 1
print(err("m[0, 'a', 0]"))  # expect: TypeError: memoryview: invalid slice key
print(err('m[0:1, 0:1]'))  # expect: NotImplementedError: multi-dimensional slicing is not implemented
print(err('z[()], z.tolist(), z.shape, len(z), z[...] is z'))  # expect: (1684234849, 1684234849, (), 1, True)
print(err('z[0]'))  # expect: TypeError: invalid indexing of 0-dim memory
print(err('iter(m)'))  # expect: NotImplementedError: multi-dimensional sub-views are not implemented
print(err('w.__setitem__((1, 1), 65), w.tobytes()'))  # expect: (None, b'abcA')
print(err('w.__setitem__(0, 1)'))  # expect: NotImplementedError: sub-views are not implemented
print(err("w.__setitem__(slice(0, 1), b'ab')"))  # expect: NotImplementedError: memoryview slice assignments are currently restricted to ndim = 1
print(err("m.tobytes('F'), m[::-1].tobytes('A')"))  # expect: (b'\x00\x0c\x04\x10\x08\x14\x01\r\x05\x11\t\x15\x02\x0e\x06\x12\n\x16\x03\x0f\x07\x13\x0b\x17', b'\x0c\r\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x00\x01\x02\x03\x04\x05\x06\x07\x08\t\n\x0b')
print(err("m.tobytes('X')"))  # expect: ValueError: order must be 'C', 'F' or 'A'
print(err("m.cast('i', (6,)).shape, m.cast('B').ndim"))  # expect: ((6,), 1)
print(err("m.cast('B', (4, 6))"))  # expect: TypeError: memoryview: cast must be 1D -> ND or ND -> 1D
print(err("o.cast('B', [0])"))  # expect: ValueError: memoryview.cast(): elements of shape must be integers > 0
print(err("o.cast('B', [7])"))  # expect: TypeError: memoryview: product(shape) * itemsize != buffer size
print(err("o.cast('B', ['a'])"))  # expect: TypeError: memoryview.cast(): elements of shape must be integers
print(err("o.cast('B', [1] * 65)"))  # expect: ValueError: memoryview: number of dimensions must not exceed 64
print(err("o[:0].cast('B', [1, 0])"))  # expect: TypeError: memoryview: cannot cast view with zeros in shape or strides
print(err("o.cast('h').cast('i')"))  # expect: TypeError: memoryview: cannot cast between two non-byte formats
print(err("o[::2].cast('b')"))  # expect: TypeError: memoryview: casts are restricted to C-contiguous views
print(err("o.cast('<i')"))  # expect: ValueError: memoryview: destination format must be a native single character format prefixed with an optional '@'
print(err("m == m, m == m.cast('B'), o[::2] == b'ace', o == array('h', [0]), memoryview(array('f', [1])) == array('b', [1])"))  # expect: (True, False, True, False, True)
print(err("memoryview(array('f', [float('nan')])) == array('f', [float('nan')])"))  # expect: False
print(err('hash(m) == hash(m.tobytes())'))  # expect: True
print(err('hash(memoryview(bytearray(1)).toreadonly())'))  # expect: TypeError: unhashable type: 'bytearray'
print(err("hash(o.cast('h'))"))  # expect: ValueError: memoryview: hashing is restricted to formats 'B', 'b' or 'c'
print(err("memoryview(array('u', 'ab')).tolist()"))  # expect: NotImplementedError: memoryview: format w not supported
print(err("bytes(o[::2]), bytearray(o[::-1]), o[5:0:-2].tolist(), o.hex(':', 2)"))  # expect: (b'ace', bytearray(b'fedcba'), [102, 100, 98], '6162:6364:6566')
print(err("b'' + o[::2]"))  # expect: TypeError: can't concat memoryview to bytes
b = bytearray(b'abcdef')
v = memoryview(b)
part = v[1:3]
part[:] = b'XY'
b[3:5] = b'ZZ'
print(b)  # expect: bytearray(b'aXYZZf')
print(err('b.append(1)'))  # expect: BufferError: Existing exports of data: object cannot be re-sized
print(err('b.clear()'))  # expect: BufferError: Existing exports of data: object cannot be re-sized
print(err('b.__delitem__(0)'))  # expect: BufferError: Existing exports of data: object cannot be re-sized
print(err("b.__setitem__(slice(0, 2), b'')"))  # expect: BufferError: Existing exports of data: object cannot be re-sized
v.release()
print(err("b.extend(b'12')"))  # expect: BufferError: Existing exports of data: object cannot be re-sized
with part:
    pass
b.extend(b'12')
print(b)  # expect: bytearray(b'aXYZZf12')
part = memoryview(b)[2:]
del part  # not released, but dead
sum(range(3))  # no register of a C frame still has what lay beside it
b.clear()
print(b)  # expect: bytearray(b'')

stream = io.BytesIO(b'spam')
view = stream.getbuffer()
view[0] = 83
print(err("stream.getvalue(), stream.write(b'x')"))  # expect: BufferError: Existing exports of data: object cannot be re-sized
print(err('stream.truncate(1)'))  # expect: BufferError: Existing exports of data: object cannot be re-sized
print(err('stream.close()'))  # expect: BufferError: Existing exports of data: object cannot be re-sized
view.release()
stream.close()
