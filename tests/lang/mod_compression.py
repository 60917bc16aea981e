# _bz2 and _lzma: streams in pieces, limits, what follows the end, errors
import bz2, lzma

data = b"the same words again and again, " * 300

for module in bz2, lzma:
    packed = module.compress(data)
    print(module.decompress(packed) == data, module.decompress(packed + packed) == data * 2)
# expect: True True
# expect: True True

for new in bz2.BZ2Decompressor, lzma.LZMADecompressor:
    packed = (bz2 if new is bz2.BZ2Decompressor else lzma).compress(data)
    d = new()
    out = b"".join(d.decompress(packed[i:i + 1]) for i in range(len(packed)))
    print(out == data, d.eof, d.needs_input, d.unused_data)
    d = new()
    first = d.decompress(packed + b"rest", 10)
    print(first, d.needs_input, d.eof)
    rest = b""
    while not d.eof:
        rest += d.decompress(b"", 1000)
    print(first + rest == data, d.unused_data)
    try:
        d.decompress(b"x")
    except EOFError as e:
        print(e)
# expect: True True False b''
# expect: b'the same w' False False
# expect: True b'rest'
# expect: End of stream already reached
# expect: True True False b''
# expect: b'the same w' False False
# expect: True b'rest'
# expect: Already at end of stream

c = bz2.BZ2Compressor()
c.flush()
try:
    c.compress(b"")
except ValueError as e:
    print(e)  # expect: Compressor has been flushed
try:
    bz2.decompress(b"not at all bzip2")
except OSError as e:
    print(e)  # expect: Invalid data stream
try:
    lzma.decompress(b"neither this one, xz")
except lzma.LZMAError as e:
    print(e)  # expect: Input format not supported by decoder

filters = [{"id": lzma.FILTER_DELTA, "dist": 5}, {"id": lzma.FILTER_LZMA2, "preset": 7, "dict_size": 65536}]
packed = lzma.compress(data, format=lzma.FORMAT_RAW, filters=filters)
print(lzma.decompress(packed, format=lzma.FORMAT_RAW, filters=filters) == data)  # expect: True
d = lzma.LZMADecompressor(lzma.FORMAT_ALONE)
print(d.decompress(lzma.compress(data, lzma.FORMAT_ALONE)) == data, d.check == lzma.CHECK_NONE)  # expect: True True
props = lzma._encode_filter_properties({"id": lzma.FILTER_LZMA1, "lc": 2, "dict_size": 1 << 20})
print(lzma._decode_filter_properties(lzma.FILTER_LZMA1, props))
# expect: {'id': 4611686018427387905, 'lc': 2, 'lp': 0, 'pb': 2, 'dict_size': 1048576}
try:
    lzma.LZMACompressor(filters=[{"id": lzma.FILTER_LZMA2, "colour": 1}])
except ValueError as e:
    print(e)  # expect: Invalid filter specifier for LZMA filter
