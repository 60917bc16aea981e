# _signal: handlers at safepoints, in sleep, in lock.acquire; KeyboardInterrupt; subprocess and sockets.
import array, os, select, signal, socket, subprocess, tempfile, threading, time


def handler(number, frame):
    print("got", signal.Signals(number).name, frame.f_code.co_name)


signal.signal(signal.SIGUSR1, handler)
os.kill(os.getpid(), signal.SIGUSR1)  # expect: got SIGUSR1 <module>
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.02)
start = time.monotonic()
time.sleep(0.1)  # expect: got SIGALRM <module>
print(time.monotonic() - start >= 0.1)  # expect: True


def stop(number, frame):
    raise KeyError("stop")


signal.signal(signal.SIGALRM, stop)
lock = threading.Lock()
lock.acquire()
for wait in (lock.acquire, lambda: time.sleep(5), lambda: [None for i in iter(int, 1)]):
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        wait()
    except KeyError as e:
        print(repr(e))
# expect: KeyError('stop')
# expect: KeyError('stop')
# expect: KeyError('stop')
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt as e:
    print(repr(e))  # expect: KeyboardInterrupt()
print(subprocess.run(["sh", "-c", "cat; exit 3"], input=b"abc", capture_output=True).stdout)  # expect: b'abc'
try:
    subprocess.run(["/no/such/program"])
except FileNotFoundError as e:
    print(e)  # expect: [Errno 2] No such file or directory: '/no/such/program'


def serve(server):
    connection, _ = server.accept()
    with connection:
        while data := connection.recv(1000):
            connection.sendall(data.upper())


with socket.create_server(("127.0.0.1", 0)) as server:
    thread = threading.Thread(target=serve, args=(server,))
    thread.start()
    with socket.create_connection(server.getsockname(), timeout=5) as client:
        client.sendall(b"hello")
        print(client.recv(100))  # expect: b'HELLO'
    thread.join()

# A signal just before a call that waits ends the wait all the same (CPython has a gap there).
late = 0
for delay in range(1, 40):
    before = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, 1e-6 * delay)
        (lambda: time.sleep(20), lambda: select.select([], [], [], 20))[delay % 2]()
    except KeyError:
        late += time.monotonic() - before > 10
print(late)  # expect: 0

# Other threads may get it: the main thread's wait ends.
signal.signal(signal.SIGUSR1, stop)
thread = threading.Thread(target=lambda: (time.sleep(0.05), signal.raise_signal(signal.SIGUSR1)))
thread.start()
try:
    time.sleep(20)
except KeyError as e:
    print(repr(e))  # expect: KeyError('stop')
thread.join()

# Descriptors travel between sockets; several buffers are one message.
a, b = socket.socketpair()
read_end, write_end = os.pipe()
print(a.sendmsg([b"ab", b"cd"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [write_end]))]))  # expect: 4
data, ancillary, flags, address = b.recvmsg(10, socket.CMSG_SPACE(4))
os.write(array.array("i", ancillary[0][2])[0], b"x")
print(data, os.read(read_end, 1))  # expect: b'abcd' b'x'
a.sendmsg([b"hello world"])
parts = [bytearray(4), bytearray(10)]
print(b.recvmsg_into(parts)[0], parts[0])  # expect: 11 bytearray(b'hell')
a.close(), b.close()

# A read into a buffer on another thread is seen by all.
with tempfile.TemporaryFile() as file:
    file.write(b"12345" * 2000)
    file.seek(0)
    buffer = bytearray(5000)
    thread = threading.Thread(target=file.readinto, args=(buffer,))
    thread.start()
    thread.join()
    print(bytes(buffer[-5:]))  # expect: b'12345'
