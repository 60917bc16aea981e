# Streams: access, closing in spite of errors, byte order marks, names in repr(), states, reads by many threads.
import copy
import io
import threading


def err(text):
    """What an expression gives, or its exception."""
    try:
        return ascii(eval(text))
    except Exception as e:
        return f"{type(e).__name__}: {e}" + (f" after {e.__context__!r}" if e.__context__ else '')


class Raw(io.RawIOBase):
    def __init__(self, data=b'', fail=False):
        self.data, self.fail, self.name = data, fail, 'n'

    def readable(self):
        return True

    def readinto(self, buffer):
        part, self.data = self.data[:len(buffer)], self.data[len(buffer):]
        buffer[:len(part)] = part
        return len(part)

    def close(self):
        if self.fail:
            self.fail = False
            raise OSError('close')
        super().close()


class Mixin:
    pass


class Mixed(Mixin, io.RawIOBase):
    pass


class Writer(io.BufferedWriter):
    def flush(self):
        raise OSError('flush')


class Target(Raw):
    def writable(self):
        return True


print(err('type(Mixed()).__name__'))  # expect: 'Mixed'
print(err('Writer(Target(fail=True)).close()'))  # expect: OSError: close after OSError('flush')
print(err("io.TextIOWrapper(io.BufferedReader(Raw())).write('x')"))  # expect: UnsupportedOperation: not writable
print(err('io.TextIOWrapper(io.BufferedWriter(Target())).read()'))  # expect: UnsupportedOperation: not readable
print(err("io.BufferedReader(Raw(b'abc')).readinto1(memoryview(bytearray(2)))"))  # expect: 2
print(err('repr(io.BufferedReader(Raw()))'))  # expect: "<_io.BufferedReader name='n'>"
print(err('io.BufferedReader(Raw(), 1 << 62)'))  # expect: MemoryError: 
t = io.TextIOWrapper(io.BytesIO(b'abc'), 'ascii')
t.detach()
print(err('repr(t)'))  # expect: "<_io.TextIOWrapper encoding='ascii'>"
b = io.BytesIO()
for start in 0, 3:
    b.seek(start)
    t = io.TextIOWrapper(b, 'utf-8-sig')
    t.write('xyz')
    t.detach()
print(b.getvalue())  # expect: b'\xef\xbb\xbfxyz'
s = io.BytesIO(b'abc')
s.extra = 1
s.seek(2)
print(err('copy.copy(s).read(), copy.copy(s).extra, s.__getstate__()'))  # expect: (b'c', 1, (b'abc', 2, {'extra': 1}))
print(err("s.__setstate__((b'', -1, None))"))  # expect: ValueError: position value cannot be negative
print(err("s.__setstate__((b'', 0))"))  # expect: TypeError: _io.BytesIO.__setstate__ argument should be 3-tuple, got tuple
print(err('io.BytesIO().__init__([])'))  # expect: TypeError: a bytes-like object is required, not 'list'
s = io.StringIO('a\nb', newline='\r\n')
print(err('copy.copy(s).getvalue()'))  # expect: 'a\r\nb'
data = bytes(range(256)) * 40
stream, parts = io.BufferedReader(Raw(data), 64), []


def read():
    while part := stream.read(7):
        parts.append(part)


threads = [threading.Thread(target=read) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(b''.join(parts)), sorted(b''.join(parts)) == sorted(data))  # expect: 10240 True
