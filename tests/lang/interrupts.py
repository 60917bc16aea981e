# What takes long in C ends when a signal's handler raises; one that returns changes nothing.
import itertools, math, os, re, signal, socket, sys, time

sys.set_int_max_str_digits(0)


class Stop(Exception):
    pass


def stop(number, frame):
    raise Stop


signal.signal(signal.SIGALRM, stop)


def stopped(function, *args):
    start = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.02)
    try:
        while True:
            function(*args)
    except Stop:
        return time.monotonic() - start < 20
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


big = 3**300000
digits = "7" * 300000
print(stopped(pow, 3, 3 * 10**7))  # expect: True
print(stopped(pow, big, big, big + 2))  # expect: True
print(stopped(lambda: big * (big + 1)))  # expect: True
print(stopped(divmod, big**3, big + 1))  # expect: True
print(stopped(str, big), stopped(int, digits))  # expect: True True
print(stopped(math.factorial, 10**6), stopped(math.comb, 10**7, 10**5))  # expect: True True
print(stopped(sum, itertools.count()), stopped(max, itertools.count()))  # expect: True True
print(stopped(any, itertools.repeat(0)), stopped(list, itertools.islice(itertools.count(), 10**7)))  # expect: True True
print(stopped(next, filter(None, itertools.repeat(0))))  # expect: True
print(stopped(re.match, "(a*)*b", "a" * 40))  # expect: True
print(stopped(re.sub, "a", "bb", "ab" * 10**5))  # expect: True
print(stopped(sorted, list(range(200000, 0, -1)) + list(range(200000))))  # expect: True

# A signal that comes during a system call is seen inside of the `try` around it.
reading, writing = os.pipe()
print(stopped(os.write, writing, bytes(10**6)))  # expect: True
a, b = socket.socketpair()
print(stopped(a.sendall, bytes(10**7)))  # expect: True
signal.setitimer(signal.ITIMER_REAL, 0.02)
try:
    os.read(a.fileno(), 1)
except Stop:
    print("inside")  # expect: inside

# Handlers that return: results are as ever.
calls = 0


def count(number, frame):
    global calls
    calls += 1


signal.signal(signal.SIGALRM, count)
numbers = sorted(range(300007), key=str)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
start = time.monotonic()
while calls < 20 or time.monotonic() - start < 0.3:
    assert sorted(numbers) == list(range(300007))
    product = big * (big + 1)
    assert divmod(product + 5, big) == (big + 1, 5)
    assert int(digits) % 7 == 0
signal.setitimer(signal.ITIMER_REAL, 0)
print(calls >= 20)  # expect: True
