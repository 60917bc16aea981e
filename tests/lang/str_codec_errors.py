# Errors of codecs: what handlers may return, which exceptions name the codec; encodings of several bytes a character.
import codecs
import io


def err(text):
    """What an expression gives, or its exception."""
    try:
        return ascii(eval(text))
    except Exception as e:
        return f"{type(e).__name__}: {e}"


class Odd(Exception):
    def __init__(self, a, b):
        super().__init__(a, b)


def search(name):
    def fail(text, errors='strict'):
        raise failure
    return codecs.CodecInfo(fail, fail, name='failing') if name == 'failing' else None


codecs.register(search)
codecs.register_error('bytes3', lambda e: (b'abc', e.end))
codecs.register_error('accent', lambda e: ('\xe9', e.end))


def replacing(e):
    e.object = 42
    return '\u4242', 0


codecs.register_error('replacing', replacing)
print(err("'\\ud800'.encode('utf-16-le', 'bytes3')"))  # expect: UnicodeEncodeError: 'utf-16-le' codec can't encode character '\ud800' in position 0: surrogates not allowed
print(err("'\\ud800'.encode('utf-8', 'bytes3')"))  # expect: b'abc'
print(err("'\\ud800'.encode('utf-8', 'accent')"))  # expect: UnicodeEncodeError: 'utf-8' codec can't encode character '\ud800' in position 0: surrogates not allowed
print(err("b'\\xff'.decode('ascii', 'replacing')"))  # expect: TypeError: object attribute must be bytes
print(err("'\\udc80\\ud800\\udfff'.encode('utf-8', 'surrogateescape')"))  # expect: UnicodeEncodeError: 'utf-8' codec can't encode characters in position 1-2: surrogates not allowed
print(err("'\\udc80\\udcff'.encode('latin-1', 'surrogateescape')"))  # expect: b'\x80\xff'
print(err("codecs.getincrementaldecoder('utf-8')('surrogatepass').decode(b'\\xed\\xa0')"))  # expect: ''
print(err("codecs.escape_decode(br'\\x41\\101')"))  # expect: (b'AA', 8)
failure = RuntimeError('no')
print(err("'x'.encode('failing')"))  # expect: RuntimeError: encoding with 'failing' codec failed (RuntimeError: no)
print(err("b'x'.decode('failing')"))  # expect: RuntimeError: decoding with 'failing' codec failed (RuntimeError: no)
failure = RuntimeError('no', 1)
print(err("'x'.encode('failing')"))  # expect: RuntimeError: ('no', 1)
failure = Odd(1, 2)
print(err("'x'.encode('failing')"))  # expect: Odd: (1, 2)
print(err("codecs.decode(b'0', 'hex')"))  # expect: Error: decoding with 'hex' codec failed (Error: Odd-length string)
print(err("bytes('', errors='ignore')"))  # expect: TypeError: string argument without an encoding
print(err("b'\\1\\2'.hex('\\0'), b'\\1\\2'.hex(None)"))  # expect: TypeError: object of type 'NoneType' has no len()
print(err("'a'.find()"))  # expect: TypeError: find() takes at least 1 argument (0 given)
print(err("b'a'.count(1, 2, 3, 4)"))  # expect: TypeError: count() takes at most 3 arguments (4 given)
print(err("int(memoryview(b'12')), float(memoryview(b'1.5'))"))  # expect: (12, 1.5)
text = '\u65e5\u672c\u8a9e \u3042a'
print(err("[text.encode(e) for e in ('euc_jp', 'shift_jis', 'gbk', 'gb18030', 'iso2022_jp')]"))  # expect: [b'\xc6\xfc\xcb\xdc\xb8\xec \xa4\xa2a', b'\x93\xfa\x96{\x8c\xea \x82\xa0a', b'\xc8\xd5\xb1\xbe\xd5Z \xa4\xa2a', b'\xc8\xd5\xb1\xbe\xd5Z \xa4\xa2a', b'\x1b$BF|K\\8l\x1b(B \x1b$B$"\x1b(Ba']
print(err("[text.encode(e).decode(e) == text for e in ('euc_jp', 'shift_jis', 'gbk', 'gb18030', 'iso2022_jp', 'cp932', 'euc_jis_2004')]"))  # expect: [True, True, True, True, True, True, True]
print(err("'\\ud55c\\uae00'.encode('euc_kr'), '\\ud55c\\uae00'.encode('cp949'), '\\u4e2d'.encode('big5'), '\\u4e2d'.encode('cp950')"))  # expect: (b'\xc7\xd1\xb1\xdb', b'\xc7\xd1\xb1\xdb', b'\xa4\xa4', b'\xa4\xa4')
print(err("'\\u3042\\xe9'.encode('shift_jis')"))  # expect: UnicodeEncodeError: 'shift_jis' codec can't encode character '\xe9' in position 1: illegal multibyte sequence
print(err("'\\u3042\\xe9'.encode('shift_jis', 'xmlcharrefreplace'), 'a\\u3042'.encode('gbk', 'replace')"))  # expect: (b'\x82\xa0&#233;', b'a\xa4\xa2')
print(err("b'a\\xa4'.decode('euc_jp')"))  # expect: UnicodeDecodeError: 'euc_jp' codec can't decode byte 0xa4 in position 1: incomplete multibyte sequence
print(err("b'a\\xff\\xa4\\xa2'.decode('euc_jp')"))  # expect: UnicodeDecodeError: 'euc_jp' codec can't decode byte 0xff in position 1: illegal multibyte sequence
print(err("b'a\\xff\\xa4\\xa2'.decode('euc_jp', 'replace')"))  # expect: 'a\ufffd\u3042'
decoder = codecs.getincrementaldecoder('gbk')()
print(err("decoder.decode(b'\\xc4'), decoder.getstate(), decoder.decode(b'\\xe3'), decoder.decode(b'', True)"))  # expect: ('', (b'\xc4', 0), '\u4f60', '')
print(err("decoder.decode(b'\\xc4', True)"))  # expect: UnicodeDecodeError: 'gbk' codec can't decode byte 0xc4 in position 0: incomplete multibyte sequence
decoder = codecs.getincrementaldecoder('iso2022_jp')()
print(err("[decoder.decode(bytes([b])) for b in '\\u3042\\u3044a'.encode('iso2022_jp')]"))  # expect: ['', '', '', '', '\u3042', '', '\u3044', '', '', '', 'a']
encoder = codecs.getincrementalencoder('iso2022_jp')()
print(err("encoder.encode('\\u3042'), encoder.encode('\\u3044'), encoder.encode('a'), encoder.encode('\\u3042', True)"))  # expect: (b'\x1b$B$"', b'$$', b'\x1b(Ba', b'\x1b$B$"\x1b(B')
print(err("list(io.TextIOWrapper(io.BytesIO('\\u3042\\n\\u3044'.encode('euc_jp')), 'euc_jp'))"))  # expect: ['\u3042\n', '\u3044']
print(err("codecs.getreader('shift_jis')(io.BytesIO('\\u3042\\n\\u3044'.encode('shift_jis'))).readlines()"))  # expect: ['\u3042\n', '\u3044']
