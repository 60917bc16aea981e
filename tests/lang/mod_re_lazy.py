# re: lazy loops inside loops, anchors, templates of bytes, searches that hold their subject.
import re


def err(text):
    """What an expression gives, or its exception."""
    try:
        return ascii(eval(text))
    except Exception as e:
        return f"{type(e).__name__}: {e}"


class Index:
    def __index__(self):
        return 1


print(err("re.match(r'(?:(?:a|bc)*?(xx)??z)*', 'axxzbcz').groups()"))  # expect: ('xx',)
print(err("re.match(r'((x|yz)+?(t)??c)*', 'xtcxyzxc').span(), re.match(r'((x|yz)+?(t)??c)*', 'xtcxyzxc').groups()"))  # expect: ((0, 8), ('xyzxc', 'x', 't'))
print(err("re.match(r'(?:(a)??b)*?c', 'abbabc').groups(), re.fullmatch(r'(?:a*?)*?b', 'aab').span()"))  # expect: (('a',), (0, 3))
print(err("re.search(r'^b|\\Ac', 'abc'), re.search(r'^b', 'a\\nb', re.M).span()"))  # expect: (None, (2, 3))
print(err("re.match(r'(a)', 'a').group(Index())"))  # expect: 'a'
print(err("re.sub(b'y', bytearray(b'a'), bytearray(b'xyz')), re.sub(b'y', memoryview(b'-'), b'xyz')"))  # expect: (b'xaz', b'x-z')
print(err("re.compile('a', 0x123000), re.compile('a', re.I | re.A)"))  # expect: (re.compile('a', 0x123000), re.compile('a', re.IGNORECASE|re.ASCII))
print(err("bool(re.match(r'\\ufb05', '\\ufb06', re.I)), bool(re.match(r'[\\ufb04-\\ufb05]', '\\ufb06', re.I))"))  # expect: (True, True)
text = bytearray(b'aXa')
matches = re.finditer(b'a', text)
print(err('next(matches).span(), text.append(1)'))  # expect: AttributeError: 'str' object has no attribute 'append'
print(err('text.append(1)'))  # expect: AttributeError: 'str' object has no attribute 'append'
del matches  # dead: the text is free again
text.append(65)
print(text, [m.span() for m in re.finditer(b'a|A', text)])  # expect: bytearray(b'aXaA') [(0, 1), (2, 3), (3, 4)]
