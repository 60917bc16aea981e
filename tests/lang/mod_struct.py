# _struct: formats, errors, Struct.
import struct


def err(fn, *args, **kw):
    try:
        return fn(*args, **kw)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


print(struct.pack('>bhilq2s', 1, -2, 3, 4, 5, b'xy'))  # expect: b'\x01\xff\xfe\x00\x00\x00\x03\x00\x00\x00\x04\x00\x00\x00\x00\x00\x00\x00\x05xy'
print(struct.calcsize('b0i'), struct.calcsize('<bi'), struct.calcsize('bi'))  # expect: 4 5 8
print(struct.unpack('5p0s3x2c?', b'\x04abcdxxxAB\x02'))  # expect: (b'abcd', b'', b'A', b'B', True)
print(list(struct.iter_unpack('>h', b'abcd')))  # expect: [(24930,), (25444,)]
print(struct.Struct('>i2s').format, struct.Struct('>i2s').size)  # expect: >i2s 6
print(err(struct.pack, 'i', 1 << 40))  # expect: error: 'i' format requires -2147483648 <= number <= 2147483647
print(err(struct.pack, 'B', -1))  # expect: error: ubyte format requires 0 <= number <= 255
print(err(struct.pack, 'i'))  # expect: error: pack expected 1 items for packing (got 0)
print(err(struct.unpack, 'i', b'abc'))  # expect: error: unpack requires a buffer of 4 bytes
print(err(struct.unpack_from, 'i', b'abcd', 1))  # expect: error: unpack_from requires a buffer of at least 5 bytes for unpacking 4 bytes at offset 1 (actual buffer size is 4)
print(err(struct.calcsize, '2 i'))  # expect: error: bad char in struct format
print(struct.pack('e', 0.1), err(struct.pack, 'e', 70000.0))  # expect: b'f.' OverflowError: float too large to pack with e format
print(struct.unpack('>efd', b'\x3c\0' + b'\x3f\x80\0\0' + b'\x40' + bytes(7)))  # expect: (1.0, 1.0, 2.0)

# Numbers out of range: big-endian ones have messages of their own.
for layout, number in (">H", -1), ("<H", -1), (">h", 2**16), (">q", 2**63), ("<q", 2**63), (">Q", -1), (">I", -1), (">I", 2**32), (">B", 256):
    try:
        struct.pack(layout, number)
    except struct.error as error:
        print(layout, error)
# expect: >H argument out of range
# expect: <H ushort format requires 0 <= number <= 65535
# expect: >h 'h' format requires -32768 <= number <= 32767
# expect: >q int too large to convert
# expect: <q argument out of range
# expect: >Q int too large to convert
# expect: >I argument out of range
# expect: >I 'I' format requires 0 <= number <= 4294967295
# expect: >B ubyte format requires 0 <= number <= 255
