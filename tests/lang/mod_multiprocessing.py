# multiprocessing: processes by fork and by spawn, pools, queues, locks, shared memory.
import multiprocessing
from multiprocessing import shared_memory


def square(x):
    return x * x


def fill(queue, lock, count):
    for i in range(count):
        with lock:
            queue.put(i)


# Python 3.11's resource tracker takes a lock that is not re-entrant: a queue whose finalizer happens to run while the same
# thread is in there waits for itself, under python3 as well. These live until the program's end.
kept = []


def use(method):
    context = multiprocessing.get_context(method)
    queue, lock = context.Queue(), context.Lock()
    kept.append((queue, lock))
    process = context.Process(target=fill, args=(queue, lock, 3))
    process.start()
    print([queue.get() for _ in range(3)], process.join(), process.exitcode)


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(square, range(5)), pool.apply(square, (9,)))  # expect: [0, 1, 4, 9, 16] 81
    use("fork")  # expect: [0, 1, 2] None 0
    use("spawn")  # expect: [0, 1, 2] None 0
    memory = shared_memory.SharedMemory(create=True, size=8)
    memory.buf[3] = 7
    other = shared_memory.SharedMemory(memory.name)
    print(other.buf[3])  # expect: 7
    other.close()
    memory.close()
    memory.unlink()
