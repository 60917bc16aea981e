"""Random reads and writes of shared cells. Each critical section takes a ticket and logs what it read and wrote; replayed in the
order of tickets, every read must see what the replay has. Also write skew: of two switches at most one is ever off."""
import threading
from common import THREADS, amount, ok, run

CELLS = 12
cells, ticket, lock = [0] * CELLS, [0], threading.Lock()
log = [[] for _ in range(THREADS)]


def random_numbers(seed):
    x = seed * 2654435761 + 1
    while True:
        x = (x * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF
        yield x >> 33


def work(me):
    numbers = random_numbers(me)
    for i in range(amount(800)):
        steps = [(next(numbers) % CELLS, next(numbers) % 5 < 2) for _ in range(1 + next(numbers) % 5)]
        entry = []
        with lock:
            ticket[0] += 1
            number = ticket[0]
            for cell, write in steps:
                if write:
                    value = (me, i, cells[cell] and cells[cell][1])
                    cells[cell] = value
                    entry.append((cell, "w", value))
                else:
                    entry.append((cell, "r", cells[cell]))
        log[me].append((number, entry))


run(*[(work, (t,)) for t in range(THREADS)])
replay = [0] * CELLS
everything = sorted((e for one in log for e in one), key=lambda e: e[0])
assert [e[0] for e in everything] == list(range(1, len(everything) + 1))
for number, entry in everything:
    for cell, kind, value in entry:
        if kind == "w":
            replay[cell] = value
        else:
            assert replay[cell] == value, (number, cell, replay[cell], value)
assert replay == cells

switches, switch_lock, bad = [True, True], threading.Lock(), []


def flip(me):
    mine, other = me % 2, 1 - me % 2
    for _ in range(amount(1000)):
        with switch_lock:
            if switches[other]:
                switches[mine] = not switches[mine]
            if not switches[0] and not switches[1]:
                bad.append(me)


run(*[(flip, (t,)) for t in range(THREADS)])
assert not bad
ok("history")
