# Module stm: atomic blocks are seen whole by other threads, nest, are left properly by exceptions, and may contain system calls.
import threading

try:
    import stm
except ImportError:  # under another Python a lock does the same work
    class stm:
        atomic = threading.RLock()
        in_atomic = staticmethod(atomic._is_owned)
        stats = staticmethod(lambda: {"commits": 0, "aborts": 0})

print(stm.in_atomic())  # expect: False
with stm.atomic:
    with stm.atomic:
        print("inside", stm.in_atomic())  # expect: inside True
    print(stm.in_atomic())  # expect: True
print(stm.in_atomic())  # expect: False

try:
    with stm.atomic:
        with stm.atomic:
            raise KeyError("x")
except KeyError as e:
    print(repr(e), stm.in_atomic())  # expect: KeyError('x') False


def early():
    for i in range(3):
        with stm.atomic:
            if i == 1:
                return i


print(early(), stm.in_atomic())  # expect: 1 False


class Pair:
    def __init__(self):
        self.a = self.b = 0


pair, torn, log = Pair(), [], []


def write(n):
    for i in range(n):
        with stm.atomic:
            pair.a += 1
            for _ in range(20):
                pass
            pair.b += 1


def read(n):
    for i in range(n):
        with stm.atomic:
            a = pair.a
            for _ in range(20):
                pass
            if a != pair.b:
                torn.append((a, pair.b))


threads = [threading.Thread(target=write, args=(1000,)) for _ in range(2)] + [threading.Thread(target=read, args=(1000,))]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(pair.a, pair.b, torn)  # expect: 2000 2000 []

counts = stm.stats()
print(type(counts["commits"]).__name__, counts["aborts"] >= 0)  # expect: int True
try:
    stm.atomic.__exit__(None, None, None)
except RuntimeError:
    print("not inside")  # expect: not inside
