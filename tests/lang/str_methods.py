"""Methods of str."""


def err(f, *args, **kwargs):
    """The exception that a call raises, as text."""
    try:
        return ascii(f(*args, **kwargs))
    except Exception as e:
        return f"{type(e).__name__}: {e}"


class S(str):
    pass


class I:
    def __init__(self, n):
        self.n = n

    def __index__(self):
        return self.n


# case
print(ascii('hello World'.capitalize()), 'ǆabc'.capitalize(), ''.capitalize())  # expect: 'Hello world' ǅabc 
print('ßΣΑΣ ΑΣ'.lower(), 'ΑΣ.Β'.lower(), 'Σ'.lower(), 'İ'.lower().encode())  # expect: ßσας ας ασ.β σ b'i\xcc\x87'
print('ßŉﬁ'.upper(), 'ß'.casefold(), 'Straße'.swapcase(), 'ﬃ'.title(), "they're bill's".title())  # expect: SSʼNFI ss sTRASSE Ffi They'Re Bill'S
print('ǅabc'.swapcase(), 'ABC'.casefold(), 'ΣΑΣ'.swapcase(), 'ÀÉ'.lower(), 'aé'.upper())  # expect: ǅABC abc σας àé AÉ
print([x.istitle() for x in ('Hello World', 'hello', 'HELLO', 'A', '', 'ǅ', '1 A')])  # expect: [True, False, False, True, False, True, True]
print([x.isupper() for x in ('ABC', 'ABc', '', '1', 'A1', 'ǅ')], [x.islower() for x in ('abc', 'aBc', '', '1', 'ª')])  # expect: [True, False, False, False, True, False] [True, False, False, False, True]
print([x.isalnum() for x in ('abc1', '', 'é²', 'a b')], [x.isalpha() for x in ('abc', 'a1', '', 'é')])  # expect: [True, False, True, False] [True, False, False, True]
print([x.isdigit() for x in ('123', '²', '½', '')], [x.isdecimal() for x in ('123', '²', '٣')], [x.isnumeric() for x in ('½', 'a', '一')])  # expect: [True, True, False, False] [True, False, True] [True, False, True]
print([x.isspace() for x in (' \t\n', '', '\x1c', '\u2003', 'a')], [x.isprintable() for x in ('abc', 'a\n', '', '\xa0', 'é')])  # expect: [True, False, True, True, False] [True, False, True, False, True]
print([x.isidentifier() for x in ('abc', '1a', '', 'é_1', 'a b', '_')], ['abc'.isascii(), 'é'.isascii(), ''.isascii()])  # expect: [True, False, False, True, False, True] [True, False, True]
# find
print('abcabc'.find('c'), 'abcabc'.rfind('c'), 'abc'.find('x'), 'abc'.find('', 3), 'abc'.find('', 4), 'abc'.rfind(''))  # expect: 2 5 -1 3 -1 3
print('abcabc'.find('bc', 2), 'abcabc'.find('bc', -2), 'abcabc'.find('bc', None, 3), 'abc'.rfind('', 0, 2), 'éaé'.find('é', 1))  # expect: 4 4 1 2 2
print('aaaa'.count('aa'), 'abc'.count(''), ''.count(''), 'abc'.count('', 4), 'ababab'.count('ab', 1, -1))  # expect: 2 4 1 0 1
print(err('abc'.index, 'x'), err('abc'.rindex, 'x'), 'abcabc'.index('c', 3), 'abcabc'.rindex('a', 0, 3))  # expect: ValueError: substring not found ValueError: substring not found 5 0
print(err('abc'.find, 1), err('abc'.find, 'a', 'b'), err('abc'.count, b'a'), 'abcd'.find('d', I(1)))  # expect: TypeError: must be str, not int TypeError: slice indices must be integers or None or have an __index__ method TypeError: must be str, not bytes 3
print(('a' * 5000 + 'b').find('a' * 100 + 'b'), ('ab' * 3000 + 'abb').find('ab' * 50 + 'b'), ('x' * 999 + 'é').find('xé'))  # expect: 4900 5902 998
print(('aab' * 2000).find('aabaabaac'), ('abc' * 1000 + 'abd' + 'abc' * 10).find('abcabd'), ('ба' * 500 + 'бб').rfind('баб'))  # expect: -1 2997 998
print('é' in 'abcé', 'ab' in 'cab', '' in '', 'ч' in 'abc', err(lambda: 1 in 'a'))  # expect: True True True False TypeError: 'in <string>' requires string as left operand, not int
# startswith
print('abc'.startswith('ab'), 'abc'.startswith(('x', 'a')), 'abc'.startswith('b', 1), 'abc'.endswith('bc'), 'abc'.endswith('b', 0, 2), 'abc'.startswith(''), 'abc'.startswith('', 4))  # expect: True True True True True True False
print(err('a'.startswith, 1), err('a'.endswith, ('x', 1)), err('a'.startswith, []))  # expect: TypeError: startswith first arg must be str or a tuple of str, not int TypeError: tuple for endswith must only contain str, not int TypeError: startswith first arg must be str or a tuple of str, not list
# split
print('a b  c '.split(), ' a b '.split(' '), 'a,b,c'.split(',', 1), ' a  b c '.split(None, 1), ''.split(), ''.split(','))  # expect: ['a', 'b', 'c'] ['', 'a', 'b', ''] ['a', 'b,c'] ['a', 'b c '] [] ['']
print('a b  c '.rsplit(), 'a,b,c'.rsplit(',', 1), ' a  b c '.rsplit(None, 1), 'a--b--c'.rsplit('--'), 'a b'.split(maxsplit=0))  # expect: ['a', 'b', 'c'] ['a,b', 'c'] [' a  b', 'c'] ['a', 'b', 'c'] ['a b']
print(err('a'.split, ''), err('a'.split, 1), 'a\u2003b\x1cc'.split(), 'aXbXc'.split(sep='X', maxsplit=-1))  # expect: ValueError: empty separator TypeError: must be str or None, not int ['a', 'b', 'c'] ['a', 'b', 'c']
print('a\nb\r\nc\rd\x0be\x1cf\x85g\u2028h'.splitlines() == ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 'a\n\nb\n'.splitlines(True), ''.splitlines(), '\n'.splitlines(keepends=False))  # expect: True ['a\n', '\n', 'b\n'] [] ['']
print('a.b.c'.partition('.'), 'a.b.c'.rpartition('.'), 'abc'.partition('.'), 'abc'.rpartition('.'), err('a'.partition, ''), err('a'.partition, 1))  # expect: ('a', '.', 'b.c') ('a.b', '.', 'c') ('abc', '', '') ('', '', 'abc') ValueError: empty separator TypeError: must be str, not int
print('  a '.strip(), 'xxaxx'.strip('x'), 'xyaxy'.lstrip('yx'), 'xyaxy'.rstrip('yx'), '\u2003a\u2003'.strip(), err('a'.strip, 1), 'abc'.strip(''))  # expect: a a axy xya a TypeError: strip arg must be None or str abc
print('abc'.removeprefix('ab'), 'abc'.removesuffix('bc'), 'abc'.removeprefix('x'), 'abc'.removesuffix(''), err('a'.removeprefix, 1))  # expect: c a abc abc TypeError: removeprefix() argument must be str, not int
# replace, join
print('aaa'.replace('a', 'b', 2), 'abc'.replace('', '-'), 'abc'.replace('', '-', 2), ''.replace('', 'x'), 'aéa'.replace('é', 'e').isascii(), 'aaa'.replace('a', ''))  # expect: bba -a-b-c- -a-bc x True 
print('abcabc'.replace('bc', 'ЖЖ'), 'aaa'.replace('aa', 'b'), err('a'.replace, 1, 'b'), err('a'.replace, 'b', 1), 'aa'.replace('a', 'bb', I(1)), 'ab'.replace('abc', 'x'))  # expect: aЖЖaЖЖ ba TypeError: replace() argument 1 must be str, not int TypeError: replace() argument 2 must be str, not int bba ab
print(','.join(['a', 'b']), ''.join(()), '-'.join('abc'), ','.join(x for x in 'ab'), 'é'.join(['a', 'ж', 'c']), ','.join([S('x')]))  # expect: a,b  a-b-c a,b aéжéc x
print(err(','.join, [1]), err(','.join, ['a', None]), err(','.join, 1), type(''.join([S('x')])).__name__)  # expect: TypeError: sequence item 0: expected str instance, int found TypeError: sequence item 1: expected str instance, NoneType found TypeError: can only join an iterable str
# padding
print('ab'.center(5), 'ab'.center(5, '*'), 'abc'.center(6, '*'), 'ab'.ljust(4, 'é'), 'ab'.rjust(4) + '|', 'ab'.center(1), 'a'.center(4, '-'))  # expect:   ab  **ab* *abc** abéé   ab| ab -a--
print(err('a'.center, 5, 'xx'), err('a'.ljust, 5, 1), err('a'.rjust, 'x'), '-5'.zfill(4), '+'.zfill(3), 'abc'.zfill(2), ''.zfill(2))  # expect: TypeError: The fill character must be exactly one character long TypeError: The fill character must be a unicode character, not int TypeError: 'str' object cannot be interpreted as an integer -005 +00 abc 00
print(('a\tb'.expandtabs(), 'a\tb\n\tc'.expandtabs(4), '\t'.expandtabs(0), 'abcdefgh\tx'.expandtabs(tabsize=8), 'ab\tc'.expandtabs(-1),))  # expect: ('a       b', 'a   b\n    c', '', 'abcdefgh        x', 'abc')
# translate
print('abc'.translate({97: 'X', 98: None, 99: 0x416}), 'abc'.translate(str.maketrans('ab', 'xy', 'c')), str.maketrans({'a': 1, 2: None}))  # expect: XЖ xy {97: 1, 2: None}
print(err('abc'.translate, {97: 1.5}), err('abc'.translate, {97: -1}), 'abc'.translate('x' * 98 + 'yz'), err(str.maketrans, 'ab', 'c'), err(str.maketrans, 'ab'), err(str.maketrans, {'ab': 1}), err(str.maketrans, {1.5: 1}))  # expect: TypeError: character mapping must return integer, None or str ValueError: character mapping must be in range(0x110000) xyz ValueError: the first two maketrans arguments must have equal length TypeError: if you give only one argument to maketrans it must be a dict ValueError: string keys in translate table must be of length 1 TypeError: keys in translate table must be strings or integers
# operators
print('abc'[1], 'abc'[-1], 'abcdef'[1:5:2], 'abcdef'[::-1], 'aéж😀'[::-1], 'aé😀'[2], 'abc'[5:], 'abc'[:-1], 'abc'[I(1)])  # expect: b c bd fedcba 😀жéa 😀  ab b
print(err(lambda: 'abc'[3]), err(lambda: 'abc'[-4]), err(lambda: 'abc'['a']), err(lambda: 'abc'[1.0]))  # expect: IndexError: string index out of range IndexError: string index out of range TypeError: string indices must be integers, not 'str' TypeError: string indices must be integers, not 'float'
print('a' + 'é' + '😀', 'ab' * 3, 3 * 'ab', 'a' * 0, 'a' * -1, 'é' * 3, 'x' * True)  # expect: aé😀 ababab ababab   ééé x
print(err(lambda: 'a' + 1), err(lambda: 'a' * 'b'), err(lambda: 'a' * 1.5), err(lambda: 1 + 'a'), err(lambda: None + 'a'))  # expect: TypeError: can only concatenate str (not "int") to str TypeError: can't multiply sequence by non-int of type 'str' TypeError: can't multiply sequence by non-int of type 'float' TypeError: unsupported operand type(s) for +: 'int' and 'str' TypeError: unsupported operand type(s) for +: 'NoneType' and 'str'
print('a' < 'b', 'a' < 'A', 'abc' <= 'abcd', 'é' > 'z', '😀' > 'ж', 'a' == b'a', 'a' != 'a', 'aé' == 'aé', err(lambda: 'a' < 1))  # expect: True False True True True False False True TypeError: '<' not supported between instances of 'str' and 'int'
print(len('aé😀'), len(''), list('aé😀'), hash('') == 0, hash('abc') == hash('ab' + 'c'), bool(''), bool('a'))  # expect: 3 0 ['a', 'é', '😀'] True True False True
# repr, str
print(repr('a\'b"c\n\t\\\x00\x7f\x80\u1234\U0001f600\ud800é\xa0'), repr("it's"), repr('"'), ascii('é😀\x80'), str(S('x')), repr(S('x')))  # expect: 'a\'b"c\n\t\\\x00\x7f\x80ሴ😀\ud800é\xa0' "it's" '"' '\xe9\U0001f600\x80' x 'x'
print(str(b'abc', 'ascii'), str(b'\xc3\xa9', 'utf-8'), str(), str(object=5), err(str, 1, 'utf8'), err(str, 'a', 'utf8'), err(str, b'\xff', 'ascii'), str(b'abc'))  # expect: abc é  5 TypeError: decoding to str: need a bytes-like object, int found TypeError: decoding str is not supported UnicodeDecodeError: 'ascii' codec can't decode byte 0xff in position 0: ordinal not in range(128) b'abc'
print(type(S('abc').upper()).__name__, type(S('abc')[:]).__name__, type(str(S('a'))).__name__, S('é').ljust(3), S('ab') + 'c', {S('a'): 1}['a'], S('abc') == 'abc', type(S('a') * 1).__name__)  # expect: str str str é   abc 1 True str
s = S('x'); s.attr = 5
print(s.attr, S(b'abc', 'ascii'), S(5) + '!', 'abc'.__getnewargs__(), 'abc'.__contains__('b'), str.__add__('a', 'b'), str.lower('ABC'))  # expect: 5 abc 5! ('abc',) True ab abc
# encode
print('é'.encode(), 'é'.encode('latin-1'), 'aé'.encode('ascii', 'replace'), 'é'.encode(encoding='utf-16-le', errors='strict'), err('é'.encode, 'ascii'), err('a'.encode, 'nope'))  # expect: b'\xc3\xa9' b'\xe9' b'a?' b'\xe9\x00' UnicodeEncodeError: 'ascii' codec can't encode character '\xe9' in position 0: ordinal not in range(128) LookupError: unknown encoding: nope
# growing text
t = ''
for i in range(3000): t += 'abc'
u = t; t += 'x'; u += 'y'
print(len(t), t[-3:], u[-3:], t[:9000] == 'abc' * 3000 == u[:9000], hash(t[:9000]) == hash('abc' * 3000), t.count('abc'))  # expect: 9001 bcx bcy True True 3000
t += 'é'; t += 'ж'; t += '😀'
print(len(t), t[-5:], u[-1], t[9000] == 'x', t.upper()[-6:], (t + t)[:3], t.find('😀'))  # expect: 9004 cxéж😀 y True BCXÉЖ😀 abc 9003
# iterators
it = iter('abc'); next(it)
print(it.__length_hint__(), list(it), list(it), type(iter('a')).__name__, type(iter('é')).__name__, list(reversed('abc')))  # expect: 2 ['b', 'c'] [] str_ascii_iterator str_iterator ['c', 'b', 'a']
