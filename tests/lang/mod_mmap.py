# mmap, posix descriptors in vectors, terminals
import mmap, os, tempfile, termios

m = mmap.mmap(-1, 64)
m.write(b"hello\nworld\n")
m.seek(0)
print(m.readline(), m.tell(), m.read(5), len(m))  # expect: b'hello\n' 6 b'world' 64
m[0:5] = b"HELLO"
m[11] = 33
print(m[:12], m[-1], m.find(b"wor"), m.rfind(b"l"), m.find(b"none"))  # expect: b'HELLO\nworld!' 0 -1 -1 -1
print(bytes(m[0:12:2]))  # expect: b'HLOwrd'
view = memoryview(m)
print(bytes(view[6:11]))  # expect: b'world'
view.release()
m.move(20, 0, 5)
print(m[18:26])  # expect: b'\x00\x00HELLO\x00'
for bad in (lambda: m.seek(65), lambda: m.__setitem__(0, 300), lambda: m[64], lambda: m.write(b"x" * 65), lambda: mmap.mmap(-1, -1)):
    try:
        bad()
    except (ValueError, IndexError, OverflowError) as e:
        print(type(e).__name__, e)
# expect: ValueError seek out of range
# expect: ValueError mmap item value must be in range(0, 256)
# expect: IndexError mmap index out of range
# expect: ValueError data out of range
# expect: OverflowError memory mapped length must be positive
m.close()
print(m.closed, repr(m))  # expect: True <mmap.mmap closed=True>

with tempfile.TemporaryFile() as f:
    f.write(b"0123456789")
    f.flush()
    with mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ) as r:
        print(r[2:5], r.size())  # expect: b'234' 10
        try:
            r[0] = 1
        except TypeError as e:
            print(e)  # expect: mmap can't modify a readonly memory map.
    with mmap.mmap(f.fileno(), 10) as w:
        w[0:3] = b"abc"
        w.flush()
        w.resize(20)
        print(w[:12], len(w))  # expect: b'abc3456789\x00\x00' 20
    a, b = bytearray(4), bytearray(20)
    print(os.preadv(f.fileno(), [a, b], 1), a, b[:3])  # expect: 19 bytearray(b'bc34') bytearray(b'567')
    print(os.pwritev(f.fileno(), [b"X", b"YZ"], 0), os.pread(f.fileno(), 4, 0))  # expect: 3 b'XYZ3'

master, slave = os.openpty()
mode = termios.tcgetattr(slave)
print(len(mode), type(mode[6][termios.VMIN]) is bytes)  # expect: 7 True
mode[3] &= ~(termios.ECHO | termios.ICANON)
termios.tcsetattr(slave, termios.TCSANOW, mode)
print(termios.tcgetattr(slave)[3] & termios.ECHO, type(termios.tcgetattr(slave)[6][termios.VMIN]))  # expect: 0 <class 'int'>
termios.tcsetwinsize(slave, (30, 100))
print(termios.tcgetwinsize(master), os.get_terminal_size(slave))
# expect: (30, 100) os.terminal_size(columns=100, lines=30)
try:
    termios.tcgetattr(os.open("/dev/null", os.O_RDONLY))
except termios.error as e:
    print(e)  # expect: (25, 'Inappropriate ioctl for device')

pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit $CODE"], {"CODE": "7"})
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))  # expect: 7
try:
    os.execve("/bin/true", ["true"], {"a=b": "c"})
except ValueError as e:
    print(e)  # expect: illegal environment variable name
print(os.sched_get_priority_max(os.SCHED_FIFO), os.sched_param(3), os.getsid(0) >= 0)
# expect: 99 posix.sched_param(sched_priority=3) True
