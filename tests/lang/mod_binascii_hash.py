# binascii, hashlib, zlib.
import binascii, hashlib, zlib, base64, gzip, hmac


def err(fn, *args, **kw):
    try:
        return fn(*args, **kw)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


print(binascii.hexlify(b'abcdefg', '-', -2), binascii.unhexlify('0aFF'))  # expect: b'6162-6364-6566-67' b'\n\xff'
print(err(binascii.unhexlify, 'zz'), err(binascii.unhexlify, '1'))  # expect: Error: Non-hexadecimal digit found Error: Odd-length string
print(base64.b64encode(b'hello'), base64.b64decode('aGVsbG8='))  # expect: b'aGVsbG8=' b'hello'
print(err(base64.b64decode, 'aGVsbG8'))  # expect: Error: Incorrect padding
print(binascii.crc32(b'abc'), binascii.crc_hqx(b'abc', 7))  # expect: 891568578 1089
print(binascii.b2a_uu(b'hello world'), binascii.a2b_uu(binascii.b2a_uu(b'hello world')))  # expect: b'+:&5L;&\\@=V]R;&0 \n' b'hello world'
print(hashlib.md5(b'abc').hexdigest())  # expect: 900150983cd24fb0d6963f7d28e17f72
print(hashlib.sha1(b'abc').hexdigest(), hashlib.sha256(b'abc').hexdigest()[:16])  # expect: a9993e364706816aba3e25717850c26c9cd0d89d ba7816bf8f01cfea
print(hashlib.sha3_256(b'abc' * 1000).hexdigest()[:32], hashlib.shake_128(b'a').hexdigest(8))  # expect: 7a025f2f234fc3ffadc473b1a3af1a45 85c8de88d28866bf
print(hashlib.blake2b(b'a', key=b'k' * 10, digest_size=20, salt=b's', person=b'p').hexdigest())  # expect: 0fc3e4b6fc8053c7658d693ba539afde2f5a4a84
print(err(hashlib.md5, 'x'))  # expect: TypeError: Strings must be encoded before hashing
print(hmac.new(b'k', b'm', 'sha256').hexdigest()[:32])  # expect: b60090e3052297aeb5a080889ce2fc4b
print(zlib.decompress(zlib.compress(b'weft' * 1000)) == b'weft' * 1000, zlib.crc32(b'weft'), zlib.adler32(b'weft'))  # expect: True 4252973046 72286647
print(err(zlib.decompress, b'abc'))  # expect: error: Error -3 while decompressing data: incorrect header check
print(gzip.decompress(gzip.compress(b'weft')))  # expect: b'weft'
