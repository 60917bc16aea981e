"""Parsers of bytes and text in C: a table of targets, each with samples that are mutated.

`values.py SEED COUNT [FIRST [TARGET ...]]`: only those targets.
"""
import array
import base64
import binascii
import bz2
import codecs
import csv
import datetime
import io
import json
import locale
import lzma
import re
import struct
import sys
import time
import unicodedata
import xml.parsers.expat
import zlib

import fuzzing

targets = {}


def target(samples, alphabet=None):
    def add(function):
        targets[function.__name__] = function, samples, alphabet
        return function

    return add


TEXT = list(" \t\n0123456789abcxyzEeJj+-_.,:;!?%$#@/\\|'\"()[]{}<>=~^&*") + ["\0", "\x7f", "\xa0", "\xe9", "\u0660", "\u2028", "\ud800", "\uffff", "\U0001f600"]

# ---- numbers


@target(["0", "123", "-1_000", "0x1f", "0b101", "0o17", " 42 ", "\u0663\u0664", "9" * 30, "1e5"], TEXT)
def int_of_text(text):
    return [fuzzing.outcome(int, text, base) for base in (10, 0, 16, 36, 2)]


@target([b"12", b" 0x1F\n", b"1_0", b"-0b1"])
def int_of_bytes(data):
    return [fuzzing.outcome(int, data, base) for base in (10, 0, 36)]


@target(["1.5", "-1e300", "1e-320", "nan", "-inf", "infinity", "1_0.0_1e1_0", " 3. ", ".5", "\u0661.\u0662", "1" * 400], TEXT)
def float_of_text(text):
    return fuzzing.outcome(float, text), fuzzing.outcome(float.fromhex, text), fuzzing.outcome(complex, text)


@target(["0x1.8p3", "-0x.1p-1074", "0x1.fffffffffffffp1023", "1", "0x10000000000000.8p0"], list("0123456789abcdefxp.-+ _nif"))
def float_fromhex(text):
    return fuzzing.outcome(float.fromhex, text)


@target(["1+2j", "-1e5j", "(1-1j)", "nan+infj", " ( 1 ) "], list("0123456789+-.eEjJ()naif_ "))
def complex_of_text(text):
    return fuzzing.outcome(complex, text)


# ---- formats

SPECS = list("<>=^+- z#0,_.123456789bcdeEfFgGnosxX%{}!rsa:[]") + ["{}", "{0}", "{a.b[0]}", "99999999999999999999", "4000"]
VALUES = (0, -12345, 2**70, 1.5, -1e22, float("nan"), "text", 1 + 2j, True, None, [1])


@target(["", "10", "<10", "+.3f", "#x", ",", "_b", "=+12.2e", "*^20", "010.4g", "n", "%", "c", "z.1f"], SPECS)
def format_spec(spec):
    return [fuzzing.outcome(format, value, spec) for value in VALUES]


@target(["{}", "{0!r:>10}", "{a[b].c}", "{{}}", "{:{}}", "{0.real}", "{0[1]}", "a{}b{1}", "{:{}.{}}"], SPECS)
def str_format(text):
    return fuzzing.outcome(lambda: text.format(1, [2, 3], "x", a={"b": 1j}))


@target(["%d", "%5.2f", "%(a)s", "%-10r", "%*d", "%.*f", "%%", "%c", "%#x", "%+i", "% o", "%ld", "%a"], list("%dioxXeEfFgGcrsau()0123456789.*#+- lhL\u0664") + ["%", "%(a)"])
def percent(text):
    bytes_text = text.encode("utf-8", "surrogatepass")
    for arguments in ((), 5, (3, 4), (1.5, "x", 2), {"a": 7}, "text", (b"by", 65)):
        yield fuzzing.outcome(lambda: text % arguments)
        yield fuzzing.outcome(lambda: bytes_text % arguments)


@target(["%Y-%m-%d", "%H:%M:%S.%f %z", "%A %j %U %%", "%c %x %X %p", "%G-W%V-%u", "%-d", "%E"], list("%aAbBcdHIjmMpSUwWxXyYzZfGuV -:/0123.") + ["\0", "\xe9", "\ud800", "%"])
def strftime(text):
    moment = (2001, 2, 3, 4, 5, 6, 5, 34, 0)
    yield fuzzing.outcome(time.strftime, text, moment)
    yield fuzzing.outcome(datetime.datetime(2001, 2, 3, 4, 5, 6, 7, datetime.timezone.utc).strftime, text)
    yield fuzzing.outcome(datetime.date(1, 2, 3).strftime, text)
    yield fuzzing.outcome(datetime.datetime.strptime, "2001-02-03", text)


@target(["2001-02-03", "20010203", "2001-W05-6", "2001W056", "2001-02-03T04:05:06.123456+07:08:09.5", "20010203T040506Z", "04:05", "T04", "2001-02-03 04:05:06,789-00:00"],
        list("0123456789-:.,+TWZz \u0662") + ["\ud800", "\xe9", "\0"])
def fromisoformat(text):
    yield fuzzing.outcome(datetime.date.fromisoformat, text)
    yield fuzzing.outcome(datetime.time.fromisoformat, text)
    yield fuzzing.outcome(datetime.datetime.fromisoformat, text)


@target([b"\x07\xd1\x02\x03\x04\x05\x06\0\0\7", b"\x07\xd1\x02\x03", b"\x84\x05\x06\0\0\7"])
def datetime_state(data):
    for cls in (datetime.date, datetime.time, datetime.datetime):
        yield fuzzing.outcome(cls, data)
        yield fuzzing.outcome(cls, data, datetime.timezone.utc)
        yield fuzzing.outcome(cls, data.decode("latin-1"))


# ---- struct, arrays, memory


@target(["<ihq", ">3sxH", "=?bB", "@nNP", "!e2f3d", "5p", "0i", "10s 2x", "999999999999s", "cbBhHiIlLqQ"], list("@=<>!xcbBhHiIlLqQnNefdspP?0123456789 ") + ["99999999999999999999", "\0", "\xe9"])
def struct_format(text):
    data = bytes(range(256)) * 4
    size = None

    def measure():
        nonlocal size
        size = struct.calcsize(text)
        return size

    yield fuzzing.outcome(measure)
    if size is not None and size > 1 << 20:
        return
    yield fuzzing.outcome(struct.unpack_from, text, data, 3)
    yield fuzzing.outcome(lambda: list(struct.iter_unpack(text, data))[:3])
    yield fuzzing.outcome(struct.pack, text, 1, 2, 3)
    yield fuzzing.outcome(lambda: struct.pack(text, *struct.unpack_from(text, data)))
    yield fuzzing.outcome(struct.pack_into, text, bytearray(40), -20, b"x", -1, 1.5, 2**40)


@target([b"B", b"bHil", b"d", b"<h", b"@c", b"?", b"Q"])
def memory_cast(data):
    text = data.decode("latin-1")
    view = memoryview(bytearray(range(48)))
    yield fuzzing.outcome(lambda: view.cast(text).tolist())
    yield fuzzing.outcome(lambda: view.cast("B", [len(data), 48 // max(len(data), 1)]).tolist())
    numbers = [b - 128 for b in data[:4]] + [0, 1, 2, 3]
    yield fuzzing.outcome(lambda: view[numbers[0] : numbers[1] : numbers[2]].cast(text[:1]).tolist())
    yield fuzzing.outcome(lambda: view[:: numbers[0]].tobytes())
    yield fuzzing.outcome(lambda: view.cast("H")[numbers[0] : numbers[1]].hex("-", numbers[2]))
    yield fuzzing.outcome(lambda: view.cast("i", [3, 4])[numbers[0], numbers[1]])
    yield fuzzing.outcome(lambda: view.__setitem__(slice(numbers[0], numbers[1], numbers[2] or None), data))


@target([b"i\0\1\2\3", b"d01234567", b"u\1\0\0\0", b"b", b"Q12345678", b"H1234"])
def array_of_bytes(data):
    code = data[:1].decode("latin-1")
    yield fuzzing.outcome(array.array, code, data[1:])
    yield fuzzing.outcome(lambda: array.array(code, list(data[1:])))

    def change():
        a = array.array(code if code in "bBhHiIlLqQ" else "B", data[1 : 1 + len(data[1:]) // 8 * 8])
        n = [b - 128 for b in data]
        a[n[0] : n[-1]] = a[n[-1] :: n[0] or 1]
        a.insert(n[-1], 5)
        a.byteswap()
        a *= n[0] % 4
        return a

    yield fuzzing.outcome(change)


# ---- text formats


@target(['{"a": [1, 2.5, null], "b": {"c": "\\u00e9\\ud83d\\ude00\\n"}}', "[true, false, NaN, -Infinity]", '"\\ud800"', "1e400", "[1,]", " [ ] "],
        list('{}[]",:\\ \n\t0123456789-+.eEutrnfalsNIy/\x01') + ["\\u", "\\ud83d", "true", "null", "NaN", "\ud800", "\xe9", "[[[["])
def json_text(text):
    yield fuzzing.outcome(json.loads, text)
    yield fuzzing.outcome(lambda: json.loads(text.encode("utf-8", "surrogatepass")))
    yield fuzzing.outcome(lambda: json.loads(text, strict=False, parse_float=str, object_pairs_hook=list))
    yield fuzzing.outcome(lambda: json.dumps(json.loads(text), indent=rng_of(text), sort_keys=True))
    yield fuzzing.outcome(json.dumps, text)
    yield fuzzing.outcome(lambda: json.dumps(text, ensure_ascii=False))


def rng_of(text):
    return len(text) % 3 or None


@target(['a,b,"c ""d"""\n1,2,3\r\n', "'x'\t'y'\n", "a;b;\\;c", '"unterminated', "1.5,,\n\n,"], list("ab,;\t\"'\\ \r\n\0012.5") + ["\0", "\xe9", "\ud800"])
def csv_text(text):
    for options in ({}, {"delimiter": ";", "quotechar": "'", "escapechar": "\\"}, {"strict": True}, {"quoting": csv.QUOTE_NONNUMERIC, "skipinitialspace": True},
                    {"delimiter": text[:1], "quotechar": text[1:2] or None}, {"doublequote": False, "escapechar": text[-1:] or None, "quoting": csv.QUOTE_NONE}):
        yield fuzzing.outcome(lambda: list(csv.reader(text.splitlines(True), **options)))
        yield fuzzing.outcome(lambda: write_csv(text, options))


def write_csv(text, options):
    out = io.StringIO()
    csv.writer(out, **options).writerow([text, 1, None, 2.5, text[:3]])
    return out.getvalue()


@target([b"<a x='1'>t&amp;<b/><!-- c --><![CDATA[d]]></a>", b"<?xml version='1.0' encoding='latin-1'?><a>\xe9</a>",
         b"<!DOCTYPE a [<!ENTITY e 'f'><!ELEMENT a ANY><!ATTLIST a b CDATA #IMPLIED>]><a>&e;</a>", "<a>\xe9</a>".encode("utf-16")])
def expat(data):
    def parse(step):
        seen = []
        parser = xml.parsers.expat.ParserCreate(namespace_separator=" " if step % 2 else None)
        for name in ("StartElementHandler", "EndElementHandler", "CharacterDataHandler", "CommentHandler", "DefaultHandler", "EntityDeclHandler",
                     "ElementDeclHandler", "AttlistDeclHandler", "XmlDeclHandler", "StartDoctypeDeclHandler", "ProcessingInstructionHandler"):
            setattr(parser, name, lambda *args, name=name: seen.append((name, args)))
        for at in range(0, len(data), step):
            parser.Parse(data[at : at + step])
        parser.Parse(b"", True)
        return seen

    yield fuzzing.outcome(parse, 7)
    yield fuzzing.outcome(parse, 1000)


# ---- regular expressions

PATTERNS = ["(a|b)*c", r"(?P<n>\w+)\s(?P=n)", r"^a{2,3}?$", "[^a-c\\d]+", r"(?i:\bx)(?<=a)(?!b)", r"(?(1)a|b)", r"\u00e9\x41\101", "(?x) a # c", "(?>a+)b", "a*+", r"(?<!ab)\Z",
            r"(a)(b)?\2", "(?:a|ab)(?:c|bcd)(d*)", "(?s).*?b", r"(?a)\w|\W", "[[:alpha:]]", "(?#c)a|", "(?m)^$"]
PIECES = list("abcxyz01 \\()[]{}|*+?.^$-,:=!<>#&~\n") + ["(?:", "(?=", "(?<!", "(?P<a>", "(?P=a)", "(?(1)", "(?i)", "(?-i:", "(?>", "{2,3}", "{,}", "{99999999999}", "{1,2}?", "*+", "*?",
                                                         "\\b", "\\1", "\\d", "\\W", "\\Z", "\\u00e9", "\\N{SPACE}", "\\8", "[^", "[a-", "\\x", "\xe9", "\u017f", "(?L", "(?u)", "(?#"]


@target(PATTERNS, PIECES)
def pattern(text):
    compiled = None
    for of in (text, text.encode("utf-8")):
        try:
            compiled = re.compile(of)
        except RecursionError:
            yield "RecursionError"
        except Exception as error:
            yield f"{type(error).__name__}: {error}"
        else:
            yield f"{compiled.groups} {compiled.groupindex} {compiled.flags}"
            for subject in ("", "abcabc", "aab\nxyz 01", "aaaaaaaaaaab", "\xe9\u017fS k\u212a", text):
                if isinstance(of, bytes):
                    subject = subject.encode()
                yield fuzzing.outcome(lambda: compiled.search(subject).span())
                yield fuzzing.outcome(lambda: compiled.fullmatch(subject).groups())
                yield fuzzing.outcome(lambda: [m.span(m.lastindex or 0) for m in compiled.finditer(subject)])
            yield fuzzing.outcome(compiled.sub, of[:0] + (r"<\g<0>>" if of is text else rb"<\g<0>>"), subject)
            yield fuzzing.outcome(compiled.split, subject, 3)


@target([r"\1", r"\g<0>", r"\g<n>x", r"\n\x", "a\\"], list("\\g<>0123nx ") + ["\\1", "\\g<1>", "\\g<n>", "\xe9", "\\99", "\\08"])
def template(text):
    return fuzzing.outcome(re.sub, "(?P<n>b)(c)?", text, "abcb")


# ---- compressed and encoded data


def pieces(decompressor, data):
    """The output for all of the data at once, and in parts with a limit."""
    out = b""
    d = decompressor()
    for at in range(0, len(data), 11):
        out += d.decompress(data[at : at + 11], 20)
    return out, d.eof


SAMPLE = b"the quick brown fox " * 20 + bytes(range(100))


@target([zlib.compress(SAMPLE), zlib.compress(SAMPLE, 0), zlib.compress(b""), zlib.compress(SAMPLE)[2:-4]])
def inflate(data):
    for bits in (15, -15, 31, 47):
        yield fuzzing.outcome(zlib.decompress, data, bits)
        yield fuzzing.outcome(pieces, lambda: zlib.decompressobj(bits, b"quick"), data)
    yield zlib.crc32(data), zlib.adler32(data)


@target([bz2.compress(SAMPLE), bz2.compress(b"")])
def bunzip(data):
    yield fuzzing.outcome(bz2.decompress, data)
    yield fuzzing.outcome(pieces, bz2.BZ2Decompressor, data)


@target([lzma.compress(SAMPLE), lzma.compress(SAMPLE, lzma.FORMAT_ALONE), lzma.compress(b"", check=lzma.CHECK_SHA256)])
def unxz(data):
    yield fuzzing.outcome(lzma.decompress, data, lzma.FORMAT_AUTO, 1 << 26)
    yield fuzzing.outcome(pieces, lambda: lzma.LZMADecompressor(memlimit=1 << 26), data)


@target([base64.b64encode(SAMPLE[:50]), b"aGk=\n", b"6869", b"=E9=\nx", b"begin 666 x\n#0V%T\n", b"&<W5P9\n"])
def ascii_data(data):
    for function in (binascii.a2b_base64, binascii.a2b_hex, binascii.a2b_qp, binascii.a2b_uu, binascii.b2a_base64, binascii.b2a_qp, base64.b32decode,
                     base64.a85decode, base64.b85decode, base64.b16decode, bytes.hex):
        yield f"{function.__name__} {fuzzing.outcome(function, data)}"
    yield fuzzing.outcome(lambda: binascii.a2b_base64(data, strict_mode=True))
    yield fuzzing.outcome(lambda: binascii.b2a_uu(data[:60]))
    yield fuzzing.outcome(lambda: binascii.hexlify(data, data[:1], len(data) - 8))
    yield fuzzing.outcome(lambda: binascii.b2a_qp(data, quotetabs=True, istext=False, header=True))
    yield fuzzing.outcome(lambda: bytes.fromhex(data.decode("latin-1")))
    yield fuzzing.outcome(lambda: binascii.crc_hqx(data, 5))


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-be", "utf-7", "latin-1", "ascii", "cp1252", "cp037", "unicode_escape",
             "raw_unicode_escape", "idna", "punycode"]
MULTIBYTE = ["gbk", "shift_jis", "euc_kr", "iso2022_jp", "big5hkscs"]  # must not crash; their tables differ
HANDLERS = ["strict", "ignore", "replace", "backslashreplace", "surrogateescape", "surrogatepass", "xmlcharrefreplace", "namereplace", "fuzz_odd"]


def odd_handler(error):
    back = error.end - len(error.object) or -(10**6)
    return [("?", error.end), ("", error.start + 1), ("\ud800", error.end), ("x" * 50, back), ("a", 10**6), (b"b", error.end)][(error.start + error.end) % 6]


codecs.register_error("fuzz_odd", odd_handler)


@target([b"plain", "\xe9\u20ac\U0001f600".encode(), "\xe9\u20ac\U0001f600".encode("utf-16"), "\ud800".encode("utf-8", "surrogatepass"), b"+AGE-b+2D0-", b"\\u00e9\\x41\\N{SPACE}\\777",
         "\u65e5\u672c".encode("shift_jis"), "\u65e5".encode("iso2022_jp"), b"xn--bcher-kva", b"~{<:Ky~}"])
def decode(data):
    start = len(data) * 7
    for n, encoding in enumerate(ENCODINGS):
        handler = HANDLERS[(start + n) % len(HANDLERS)]
        yield f"{encoding} {handler} {fuzzing.outcome(data.decode, encoding, handler)}"
        if encoding not in ("idna", "punycode"):
            yield f"{encoding} {handler} {fuzzing.outcome(step_decode, encoding, handler, data)}"
    for encoding in MULTIBYTE:
        fuzzing.outcome(data.decode, encoding, HANDLERS[start % len(HANDLERS)])
        fuzzing.outcome(step_decode, encoding, "replace", data)


def step_decode(encoding, handler, data):
    decoder = codecs.getincrementaldecoder(encoding)(handler if handler != "fuzz_odd" else "strict")
    return [decoder.decode(data[at : at + 1]) for at in range(len(data))] + [decoder.decode(b"", True)]


@target(["plain", "\xe9\u20ac\U0001f600", "\ud800x\udc80", "b\xfccher.example", "\u65e5\u672c\u8a9e", "a" * 70 + ".b", "\0\x7f\x80\xff"], TEXT)
def encode(text):
    start = len(text) * 5
    for n, encoding in enumerate(ENCODINGS):
        handler = HANDLERS[(start + n) % len(HANDLERS)]
        yield f"{encoding} {handler} {fuzzing.outcome(text.encode, encoding, handler)}"
    for encoding in MULTIBYTE:
        fuzzing.outcome(text.encode, encoding, HANDLERS[start % len(HANDLERS)])
    yield fuzzing.outcome(codecs.charmap_encode, text, HANDLERS[start % 8], {97: 300, 98: "yz", 99: b"w", 100: None})
    yield fuzzing.outcome(codecs.charmap_decode, text.encode("utf-8", "surrogatepass"), HANDLERS[start % 8], {97: 0x110000, 98: "yz", 99: None})


@target(["\xe9", "e\u0301\u0327", "\uac00", "\u1100\u1161\u11a8", "\ufb01\u212b", "\U0001d15e", "a\u0345\u0300"], TEXT + ["\u0301", "\u0327", "\u1161", "\u11a8", "\uac01", "\ufdfa"])
def unicode_data(text):
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        yield fuzzing.outcome(unicodedata.normalize, form, text)
        yield unicodedata.is_normalized(form, text)
    yield fuzzing.outcome(unicodedata.lookup, text), fuzzing.outcome(lambda: unicodedata.name(text[:1]))
    yield text.upper(), text.casefold(), text.title(), text.swapcase(), text.isidentifier(), text.split(), text.splitlines(), repr(text), ascii(text)


def case(rng):
    chosen = sys.argv[4:] or list(targets)
    function, samples, alphabet = targets[rng.choice(chosen)]
    sample = rng.choice(samples)
    if rng.randrange(30):
        sample = fuzzing.mutate(rng, sample) if isinstance(sample, bytes) else fuzzing.mutate_text(rng, sample, alphabet)
    lines = function(sample)
    for line in [lines] if isinstance(lines, str) else lines:
        yield f"{function.__name__} {line}"


if __name__ == "__main__":
    locale.setlocale(locale.LC_ALL, "C.UTF-8")
    fuzzing.run(case)
