# _signal: handlers at safepoints, in sleep, in lock.acquire; KeyboardInterrupt; subprocess and sockets.
import os, signal, socket, subprocess, threading, time


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
