# gc.collect finds dead what the program has just let go of, wherever it stands; gc.get_objects does not show it
import _thread, functools, gc, threading, weakref


class C:
    pass


def after_call():
    o = C()
    r = weakref.ref(o)
    del o
    gc.collect()
    return r() is None


def in_arguments(*rest):
    o = C()
    r = weakref.ref(o)
    del o
    return max(0, (gc.collect(), r() is None)[1])


def after_method():
    o, items = C(), []
    r = weakref.ref(o)
    items.append(o)
    items.clear()
    del o
    return [].count((gc.collect(), r() is None)[1]), r() is None


print(after_call(), in_arguments(), after_method())  # expect: True True (0, True)
print([after_call() for _ in range(3)], list(map(lambda f: f(), [after_call])))  # expect: [True, True, True] [True]
print(functools.partial(gc.collect, 0)() >= 0, list(map(gc.collect, [0, 1, 2])) != [], gc.collect(generation=1) >= 0)  # expect: True True True


def of_lock():
    lock = _thread.allocate_lock()
    r = weakref.ref(lock)
    del lock
    gc.collect()
    return r() is None


class Held:
    pass


def refers(holder, held):
    return any(o is holder for o in gc.get_referrers(held))


held = Held()
holders = [held], {"k": held}, {held}, (held,), Held()
holders[-1].attribute = held
print([refers(h, held) for h in holders], refers(holders[-1].__dict__, held))  # expect: [True, True, True, True, True] True
print(refers([], held), refers(of_lock, of_lock.__code__), refers(globals(), of_lock), gc.get_referrers())  # expect: False True True []


def of_objects():
    gc.collect()
    return len(gc.get_objects()) - len(gc.get_objects(generation=None))


print(of_lock(), of_objects())  # expect: True 0
t = threading.Thread(target=lambda: print(of_lock(), after_call(), in_arguments()))  # expect: True True True
t.start()
t.join()


def of_thread():
    t = threading.Thread(target=after_call)
    r = weakref.ref(t)
    t.start()
    t.join()
    del t
    gc.collect()
    return r() is None


print([of_thread() for _ in range(5)])  # expect: [True, True, True, True, True]
