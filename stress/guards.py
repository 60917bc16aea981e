"""What is read without a marker of its own: what inline caches take for granted (a class's methods, which names an object has and where,
globals, a function's code, an object's class), and the arrays of lists, dicts and sets. Each case has two states. The writer puts it up
when no flag is set, looks at the flags, and puts it down again; readers that see it down set a flag of their own, then clear it. In any
serial order no flag is set while it is up; a reader whose look is not validated would set one (write skew)."""
import time

import stm
from common import THREADS, amount, ok, run


class Shared:
    def number(self):
        return 0


class Child(Shared):
    pass


class Other(Shared):
    def number(self):
        return 1


def make_number(n):
    def number(self):
        return n

    return number


def function():
    return 0


down, up = make_number(0), make_number(1)
codes = [eval("lambda: 0").__code__, eval("lambda: 1").__code__]
shared, child, bag = Shared(), Child(), Shared()


def change_class(to_up):
    Shared.number = up if to_up else down


def shadow(to_up):
    """The object's own attribute hides the class's, and goes again."""
    if to_up:
        shared.number = up.__get__(shared)
    elif "number" in shared.__dict__:
        del shared.number


def fresh_shadow(to_up):
    """The same with an object that has no dictionary of its own yet, and another one each time."""
    if to_up:
        box.item.number = up.__get__(box.item)
    else:
        box.item = Shared()


def move_slots(to_up):
    """first and second are equal: deleting one moves the other to its place without changing what is there."""
    if to_up:
        del box.pair.first
    else:
        pair = box.pair = Shared()
        pair.first = pair.second = 1


def change_code(to_up):
    function.__code__ = codes[to_up]


def change_globals(to_up):
    if to_up:
        globals()["sometimes"] = 1
    else:
        globals().pop("sometimes", None)


def change_type(to_up):
    child.__class__ = Other if to_up else Child


def two_guards(to_up):
    """The first guard word has its old value again at the end, the second has not."""
    function.__code__ = codes[1]
    function.__code__ = codes[0]
    change_class(to_up)


def change_list(items):
    """As many items as before, in another array: nothing in the old one changes."""

    def change(to_up):
        n = len(items)
        items.clear()
        items.extend([int(to_up)] * n)

    return change


def make_full(to_up):
    """The end of a large list whose array is full: no item beyond it to mark."""
    if to_up:
        box.full.append(1)
    else:
        box.full = [0] * 3000


def change_dict(table):
    def change(to_up):
        keys = list(table)
        table.clear()
        for key in keys:
            table[key] = int(to_up)

    return change


def change_members(table, add):
    def change(to_up):
        keys = [key for key in table if key != "sometimes"]
        table.clear()
        for key in keys + ["sometimes"] * to_up:
            add(key)

    return change


def reads_end():
    n = 0
    for _ in box.full:
        n += 1
    return n - 3000


def reads_first_item():
    for number in numbers:
        return number


def read_first():
    try:
        return 1 - box.pair.first
    except AttributeError:
        return 1


def read_global():
    try:
        return sometimes
    except NameError:
        return 0


class Box:
    item = pair = full = None


box = Box()
box.item = box.pair = box.full = None
numbers, long_numbers = [0], [0] * 1500
names = [f"key{i}" for i in range(100)]  # the same objects as the keys: look-ups that take one step
small, large, some = {"first": 0}, dict.fromkeys(names, 0), dict.fromkeys(names, 0)
few, many = {"first"}, set(names)
CASES = {  # what the writer does, what a reader sees: 0 down, 1 up
    "class": (change_class, lambda: child.number()),
    "shadow": (shadow, lambda: shared.number()),
    "fresh shadow": (fresh_shadow, lambda: box.item.number()),
    "slots": (move_slots, read_first),
    "code": (change_code, lambda: function()),
    "globals": (change_globals, read_global),
    "type": (change_type, lambda: child.number()),
    "two": (two_guards, lambda: child.number()),
    "list": (change_list(numbers), lambda: numbers[0]),
    "list, from its end": (change_list(numbers), lambda: numbers[-1]),
    "list, iterated": (change_list(numbers), reads_first_item),
    "long list": (change_list(long_numbers), lambda: long_numbers[1200]),
    "full list": (make_full, reads_end),
    "small dict": (change_dict(small), lambda: small["first"]),
    "dict": (change_dict(large), lambda: large[names[50]]),
    "dict.get": (change_dict(large), lambda: large.get(names[51])),
    "no such key": (change_members(some, lambda key: some.setdefault(key, 0)), lambda: int("sometimes" in some)),
    "small set": (change_members(few, few.add), lambda: int("sometimes" in few)),
    "set": (change_members(many, many.add), lambda: int("sometimes" in many)),
}


def spin(n):
    for _ in range(n):
        pass


def pause(n):
    """Ends the transaction, and lets some time pass."""
    time.sleep(0)
    spin(n)
    time.sleep(0)


def check(name):
    write, read = CASES[name]
    flags, wrong, done, times = [0] * 100, [], [False], [0]
    change_class(False)
    write(False)

    def writer():
        for _ in range(amount(1000)):
            went = False
            with stm.atomic:
                if not any(flags):
                    write(True)
                    went = True
            if not went:
                pause(50)
                continue
            pause(1000)
            times[0] += 1
            with stm.atomic:
                if any(flags):
                    wrong.append(name)
                write(False)
            pause(200)
        done[0] = True

    def reader(me):
        while not done[0]:
            with stm.atomic:
                if read() == 0:
                    spin(1000)
                    flags[me * 10] = 1
            pause(10)
            flags[me * 10] = 0
            pause(100)

    run(writer, *((reader, (i,)) for i in range(max(1, THREADS - 1))))
    write(False)
    assert not wrong, f"{len(wrong)} of {times[0]}: {name}"


for case in CASES:
    check(case)
ok("guards")
