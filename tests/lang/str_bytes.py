"""bytes and bytearray."""


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


class B:
    def __bytes__(self):
        return b'B!'


def changed(f):
    """A bytearray after f has worked on it."""
    b = bytearray(b'abcdef')
    try:
        f(b)
    except Exception as e:
        return f"{type(e).__name__}: {e}"
    return bytes(b)


print(bytes(), bytes(3), bytes([1, 2, 255]), bytes(b'ab'), bytes('é', 'utf-8'), bytes(bytearray(b'x')), bytes(B()), bytes(x for x in (1, 2)), bytes(I(2)), bytes(memoryview(b'mv')))  # expect: b'' b'\x00\x00\x00' b'\x01\x02\xff' b'ab' b'\xc3\xa9' b'x' b'B!' b'\x01\x02' b'\x00\x00' b'mv'
print(err(bytes, 'a'), err(bytes, 1, 'x'), err(bytes, -1), err(bytes, [256]), err(bytes, 1.5), err(bytes, ['a']), err(bytes, None), err(bytes, b'', errors='x'))  # expect: TypeError: string argument without an encoding TypeError: encoding without a string argument ValueError: negative count ValueError: bytes must be in range(0, 256) TypeError: cannot convert 'float' object to bytes TypeError: 'str' object cannot be interpreted as an integer TypeError: cannot convert 'NoneType' object to bytes TypeError: errors without a string argument
print(bytearray(), bytearray(3), bytearray(b'ab'), bytearray('é', 'latin-1'), bytearray([1, 2]), err(bytearray, 'a'), err(bytearray, [256]), err(bytearray, 1.5), err(bytearray, -1))  # expect: bytearray(b'') bytearray(b'\x00\x00\x00') bytearray(b'ab') bytearray(b'\xe9') bytearray(b'\x01\x02') TypeError: string argument without an encoding ValueError: byte must be in range(0, 256) TypeError: cannot convert 'float' object to bytearray ValueError: negative count
print(b'a\'b"\n\t\\\x00\x7f\xff', b"it's", bytearray(b'a\xff'), str(b'x'), repr(bytearray(b"'")))  # expect: b'a\'b"\n\t\\\x00\x7f\xff' b"it's" bytearray(b'a\xff') b'x' bytearray(b"\'")
print(b'abc'[1], b'abc'[-1], b'abcdef'[1:5:2], b'abcdef'[::-1], err(lambda: b'abc'[3]), err(lambda: b'abc'['a']), bytearray(b'abc')[1:], err(lambda: bytearray(b'abc')[3]), err(lambda: bytearray()['a']))  # expect: 98 99 b'bd' b'fedcba' IndexError: index out of range TypeError: byte indices must be integers or slices, not str bytearray(b'bc') IndexError: bytearray index out of range TypeError: bytearray indices must be integers or slices, not str
print(b'a' + b'b', b'a' + bytearray(b'b'), bytearray(b'a') + b'b', b'ab' * 3, 2 * b'ab', b'a' * -1, err(lambda: b'a' + 'b'), err(lambda: b'a' + 1), err(lambda: bytearray() + 'a'), err(lambda: b'a' * 'b'))  # expect: b'ab' b'ab' bytearray(b'ab') b'ababab' b'abab' b'' TypeError: can't concat str to bytes TypeError: can't concat int to bytes TypeError: can't concat str to bytearray TypeError: can't multiply sequence by non-int of type 'str'
print(b'a' < b'b', b'ab' == bytearray(b'ab'), bytearray(b'ab') == b'ab', b'a' == 'a', b'' < b'a', bytearray(b'b') > b'a', b'a' == memoryview(b'a'), err(lambda: b'a' < 'a'), hash(b'abc') == hash(bytes([97, 98, 99])), err(hash, bytearray()))  # expect: True True True False True True True TypeError: '<' not supported between instances of 'bytes' and 'str' True TypeError: unhashable type: 'bytearray'
print(b'abcabc'.find(b'c'), b'abcabc'.rfind(b'c'), b'abc'.find(99), b'abc'.find(b'', 4), b'aaaa'.count(b'aa'), b'aaa'.count(97), err(b'a'.index, b'x'), err(b'a'.find, 'a'), err(b'a'.find, 256), err(bytearray().rindex, b'x'), b'abc'.index(b'c', 1))  # expect: 2 5 2 -1 2 3 ValueError: subsection not found TypeError: argument should be integer or bytes-like object, not 'str' ValueError: byte must be in range(0, 256) ValueError: subsection not found 2
print(97 in b'abc', b'bc' in b'abc', err(lambda: 'a' in b'a'), err(lambda: 256 in b'a'), bytearray(b'c') in b'abc', b'' in b'')  # expect: True True TypeError: a bytes-like object is required, not 'str' ValueError: byte must be in range(0, 256) True True
print(b'abc'.startswith(b'ab'), b'abc'.endswith((b'x', b'c')), err(b'a'.startswith, 'a'), err(b'a'.startswith, ('a',)), bytearray(b'abc').startswith(b'b', 1))  # expect: True True TypeError: startswith first arg must be bytes or a tuple of bytes, not str TypeError: a bytes-like object is required, not 'str' True
print(b'a b  c '.split(), b' a b '.split(b' '), b'a,b,c'.rsplit(b',', 1), b' a  b c '.split(None, 1), bytearray(b'a,b').split(b','), err(b'a'.split, b''), err(b'a'.split, ','), b'a\nb\r\nc\r'.splitlines(), b'a\nb'.splitlines(True))  # expect: [b'a', b'b', b'c'] [b'', b'a', b'b', b''] [b'a,b', b'c'] [b'a', b'b c '] [bytearray(b'a'), bytearray(b'b')] ValueError: empty separator TypeError: a bytes-like object is required, not 'str' [b'a', b'b', b'c'] [b'a\n', b'b']
print(b'a.b.c'.partition(b'.'), b'a.b.c'.rpartition(b'.'), b'abc'.partition(b'.'), bytearray(b'a.b').partition(b'.'), b'abc'.rpartition(b'.'), err(b'a'.partition, b''))  # expect: (b'a', b'.', b'b.c') (b'a.b', b'.', b'c') (b'abc', b'', b'') (bytearray(b'a'), bytearray(b'.'), bytearray(b'b')) (b'', b'', b'abc') ValueError: empty separator
print(b'  a '.strip(), b'xxaxx'.strip(b'x'), b'xyaxy'.lstrip(b'yx'), bytearray(b' a ').rstrip(), err(b'a'.strip, 'a'), b'abc'.removeprefix(b'ab'), bytearray(b'abc').removesuffix(b'bc'))  # expect: b'a' b'a' b'axy' bytearray(b' a') TypeError: a bytes-like object is required, not 'str' b'c' bytearray(b'a')
print(b'aaa'.replace(b'a', b'b', 2), b'abc'.replace(b'', b'-'), b'aaa'.replace(b'aa', b''), err(b'a'.replace, 'a', b'b'), bytearray(b'abc').replace(b'b', b'xx'), b', '.join([b'a', bytearray(b'b'), memoryview(b'c')]), bytearray(b'-').join([b'a', b'b']), err(b''.join, ['a']), err(b''.join, 1))  # expect: b'bba' b'-a-b-c-' b'a' TypeError: a bytes-like object is required, not 'str' bytearray(b'axxc') b'a, b, c' bytearray(b'a-b') TypeError: sequence item 0: expected a bytes-like object, str found TypeError: can only join an iterable
print(b'ab'.center(5), b'ab'.ljust(4, b'*'), b'ab'.rjust(4), b'-5'.zfill(4), err(b'a'.center, 4, 'x'), err(b'a'.ljust, 4, b'xx'), b'a\tb'.expandtabs(4), bytearray(b'a').center(4, b'-'))  # expect: b'  ab ' b'ab**' b'  ab' b'-005' TypeError: center() argument 2 must be a byte string of length 1, not str TypeError: ljust() argument 2 must be a byte string of length 1, not bytes b'a   b' bytearray(b'-a--')
print(b'Hello wORLD 1x'.title(), b'hELLO'.capitalize(), b'aBc\xe9'.swapcase(), b'aBc'.upper(), bytearray(b'aBc').lower(), b'abc'.islower(), b'ABC'.isupper(), b'Ab C'.istitle(), b'a1'.isalnum(), b'a'.isalpha(), b'1'.isdigit(), b' \t'.isspace(), b'\x80'.isascii(), b''.isascii(), b''.isalpha())  # expect: b'Hello World 1X' b'Hello' b'AbC\xe9' b'ABC' bytearray(b'abc') True True True True True True True False True False
print(b'abc'.translate(bytes.maketrans(b'ab', b'xy')), b'abc'.translate(None, b'b'), b'abc'.translate(bytes(range(256)), delete=b'c'), err(b'a'.translate, b'x'), err(bytes.maketrans, b'a', b''), bytearray(b'ab').translate(None, b'a'))  # expect: b'xyc' b'ac' b'ab' ValueError: translation table must be 256 characters long ValueError: maketrans arguments must have same length bytearray(b'b')
print(b'\x01\xab\xff'.hex(), b'\x01\xab\xff\x00\x10'.hex(':', 2), b'\x01\xab\xff\x00\x10'.hex('-', -2), b''.hex(), b'ab'.hex(b'_'), err(b'ab'.hex, 'xx'), err(b'ab'.hex, 1), err(b'ab'.hex, 'é'), bytes.fromhex('01 aB\nff'), bytearray.fromhex('0102'), err(bytes.fromhex, '0'), err(bytes.fromhex, 'zz'), err(bytes.fromhex, '0 1'), err(bytes.fromhex, b''))  # expect: 01abff 01:abff:0010 01ab-ff00-10  61_62 ValueError: sep must be length 1. TypeError: object of type 'int' has no len() ValueError: sep must be ASCII. b'\x01\xab\xff' bytearray(b'\x01\x02') ValueError: non-hexadecimal number found in fromhex() arg at position 1 ValueError: non-hexadecimal number found in fromhex() arg at position 0 ValueError: non-hexadecimal number found in fromhex() arg at position 1 TypeError: fromhex() argument must be str, not bytes
print(b'abc'.decode(), b'\xff'.decode('latin-1'), bytearray(b'\xc3\xa9').decode(), b'a\xff'.decode('ascii', errors='replace'), err(b'\xff'.decode), err(b'\x80abc'.decode, 'ascii'), b'abc'.__getnewargs__(), b'x'.__bytes__())  # expect: abc ÿ é a� UnicodeDecodeError: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte UnicodeDecodeError: 'ascii' codec can't decode byte 0x80 in position 0: ordinal not in range(128) (b'abc',) b'x'
print(b'%d %s %b %a %r %c %5.1f %x' % (1, b'a', bytearray(b'b'), 'é', b'x', 65, 1.5, 255), b'%(a)s' % {b'a': b'x'}, bytearray(b'%s') % b'q', b'%c' % b'x', b'%5s|%-5s|%.1s' % (b'a', b'b', b'cd'), b'%%' % ())  # expect: b"1 a b '\\xe9' b'x' A   1.5 ff" b'x' bytearray(b'q') b'x' b'    a|b    |c' b'%'
print([err(lambda f=f, a=a: f % a) for f, a in ((b'%s', 'a'), (b'%d', 'a'), (b'%c', 256), (b'%c', 'a'), (b'%s', ()), (b'a', 1), (b'%q', 1), (b'%f', 'a'), (b'%b', B()), (b'%(a)s', {}))])  # expect: ["TypeError: %b requires a bytes-like object, or an object that implements __bytes__, not 'str'", 'TypeError: %d format: a real number is required, not str', 'OverflowError: %c arg not in range(256)', 'TypeError: %c requires an integer in range(256) or a single byte', 'TypeError: not enough arguments for format string', 'TypeError: not all arguments converted during bytes formatting', "ValueError: unsupported format character 'q' (0x71) at index 1", 'TypeError: float argument required, not str', "b'B!'", "KeyError: b'a'"]
# what changes a bytearray
print(changed(lambda b: b.append(33)), changed(lambda b: b.extend(b'xy')), changed(lambda b: b.extend([1, 2])), changed(lambda b: b.extend(b)), changed(lambda b: b.insert(1, 33)), changed(lambda b: b.insert(-1, 33)), changed(lambda b: b.insert(99, 33)))  # expect: b'abcdef!' b'abcdefxy' b'abcdef\x01\x02' b'abcdefabcdef' b'a!bcdef' b'abcde!f' b'abcdef!'
print(changed(lambda b: b.pop()), changed(lambda b: b.pop(0)), changed(lambda b: b.remove(99)), changed(lambda b: b.reverse()), changed(lambda b: b.clear()), changed(lambda b: b.__setitem__(0, 90)), changed(lambda b: b.__delitem__(-1)), changed(lambda b: b.__iadd__(b'++')), changed(lambda b: b.__imul__(2)), changed(lambda b: b.__imul__(0)))  # expect: b'abcde' b'bcdef' b'abdef' b'fedcba' b'' b'Zbcdef' b'abcde' b'abcdef++' b'abcdefabcdef' b''
print(changed(lambda b: b.__setitem__(slice(1, 3), b'XYZ')), changed(lambda b: b.__setitem__(slice(1, 3), b'')), changed(lambda b: b.__setitem__(slice(None, None, 2), b'XYZ')), changed(lambda b: b.__delitem__(slice(1, 3))), changed(lambda b: b.__delitem__(slice(None, None, 2))), changed(lambda b: b.__delitem__(slice(None, None, -2))), changed(lambda b: b.__setitem__(slice(2, 2), [1, 2])), changed(lambda b: b.__setitem__(slice(1, 4), b)), changed(lambda b: b.__delitem__(slice(0, 2))))  # expect: b'aXYZdef' b'adef' b'XbYdZf' b'adef' b'bdf' b'ace' b'ab\x01\x02cdef' b'aabcdefef' b'cdef'
print([changed(f) for f in (lambda b: b.append(256), lambda b: b.append('a'), lambda b: b.extend('a'), lambda b: b.extend(1), lambda b: b.extend([256]), lambda b: b.remove(0), lambda b: b.pop(9), lambda b: b.__setitem__(9, 1), lambda b: b.__setitem__(0, 256), lambda b: b.__setitem__(slice(0, 4, 2), b'x'), lambda b: b.__setitem__(slice(0, 1), 5), lambda b: b.__iadd__('a'), lambda b: bytearray().pop())])  # expect: ['ValueError: byte must be in range(0, 256)', "TypeError: 'str' object cannot be interpreted as an integer", "TypeError: 'str' object cannot be interpreted as an integer", "TypeError: can't extend bytearray with int", 'ValueError: byte must be in range(0, 256)', 'ValueError: value not found in bytearray', 'IndexError: pop index out of range', 'IndexError: bytearray index out of range', 'ValueError: byte must be in range(0, 256)', 'ValueError: attempt to assign bytes of size 1 to extended slice of size 2', 'TypeError: can assign only bytes, buffers, or iterables of ints in range(0, 256)', "TypeError: can't concat str to bytearray", 'IndexError: pop from empty bytearray']
b = bytearray(b'abc'); b.append(1)
print(b, b.copy() == b, b.copy() is b, list(b), list(reversed(b)), type(iter(b)).__name__, list(iter(b'ab')))  # expect: bytearray(b'abc\x01') True False [97, 98, 99, 1] [1, 99, 98, 97] bytearray_iterator [97, 98]
b = bytearray()
for i in range(2000): b += b'%d,' % i
for i in range(1000): del b[:2]
print(len(b), bytes(b[:12]), b.count(b','), bytes(b[-6:]), b.find(b'1999'))  # expect: 6890 b'7,528,529,53' 1473 b',1999,' 6885
class X(bytes): pass
class Y(bytearray): pass
print(X(b'ab'), type(X(b'ab')).__name__, X(b'ab') == b'ab', type(X(b'ab').upper()).__name__, X(5), Y(b'ab'), type(Y(b'ab')[:]).__name__, {X(b'a'): 1}[b'a'], X.fromhex('61'), type(Y.fromhex('61')).__name__)  # expect: b'ab' X True bytes b'\x00\x00\x00\x00\x00' Y(b'ab') bytearray 1 b'a' Y
