# Generators, coroutines and async generators that are dropped before they end; throw() through delegation.
import gc
import sys
import warnings


def gen():
    try:
        yield 1
    finally:
        print("closed")


def drop(make):
    g = make()
    next(g)


drop(gen)
gc.collect()  # expect: closed


def outer():
    yield from gen()


drop(outer)
gc.collect()  # expect: closed


async def never():
    pass


def start():
    never()


warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as caught:
    start()
    gc.collect()
    print([str(w.message) for w in caught])  # expect: ["coroutine 'never' was never awaited"]

sys.set_coroutine_origin_tracking_depth(1)
c = never()
print([(line - sys._getframe().f_lineno, name) for _, line, name in c.cr_origin])  # expect: [(-1, '<module>')]
c.close()
sys.set_coroutine_origin_tracking_depth(0)


async def agen():
    try:
        yield 1
    finally:
        pass


sys.set_asyncgen_hooks(firstiter=lambda g: print("first", g.__name__), finalizer=lambda g: print("final", g.__name__))


def begin():
    try:
        agen().__anext__().send(None)
    except StopIteration as e:
        return e.value


value = begin()  # expect: first agen
gc.collect()  # expect: final agen
print(value)  # expect: 1
sys.set_asyncgen_hooks(None, None)


# While a generator is thrown into, those that wait for it are on the stack. What they handle becomes the context.
def inner():
    try:
        yield
    except ValueError as e:
        print(sys._getframe(1).f_code.co_name, repr(e.__context__))  # expect: waiting None
        yield "caught"
        raise


def waiting():
    try:
        raise KeyError("k")
    except KeyError:
        yield from inner()


w = waiting()
next(w)
print(w.throw(ValueError))  # expect: caught
w = waiting()
next(w)
try:
    w.throw(TypeError)
except TypeError as e:
    print(repr(e.__context__))  # expect: KeyError('k')


# A variable keeps its value where an exception arrives instead of what is sent.
def keeps():
    x = "kept"
    try:
        x = yield
    except ValueError:
        yield x


k = keeps()
next(k)
print(k.throw(ValueError))  # expect: kept


class NoException(Exception):
    def __new__(cls):
        return cls


k = keeps()
next(k)
try:
    k.throw(NoException)
except TypeError as e:
    print(str(e)[:7])  # expect: calling


async def items():
    yield "item"


async def with_default():
    it = items()
    return await anext(it), await anext(it, "default")


try:
    with_default().send(None)
except StopIteration as e:
    print(e.value)  # expect: ('item', 'default')


# A generator that waits does not keep what it has yielded.
class Item:
    def __del__(self):
        print("let go")


def popped(items):
    while items:
        yield items.pop()


def delegating(items):
    yield from popped(items)


def asked_for(make):
    it = make([Item()])
    next(it)
    gc.collect()
    return it


waiting = asked_for(popped)  # expect: let go
waiting = asked_for(delegating)  # expect: let go


# What is left at exit is finalized too.
class Left:
    def __del__(self):
        print("left")


left = Left()
print("exit")
# expect: exit
# expect: left
