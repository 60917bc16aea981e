# async functions, generators, comprehensions, with and for, driven by hand.
import sys


class Wait:
    def __init__(self, v):
        self.v = v

    def __await__(self):
        got = yield self.v
        return got


def run(coro, answers=()):
    out, answers = [], list(answers)
    try:
        v = coro.send(None)
        while True:
            out.append(v)
            v = coro.send(answers.pop(0) if answers else None)
    except StopIteration as e:
        return out, e.value


async def simple(a):
    x = await Wait(a)
    y = await Wait(x) or "default"
    return x, y


print(run(simple(1), ["p"]))  # expect: ([1, 'p'], ('p', 'default'))


class Ctx:
    def __init__(self, log, suppress=False):
        self.log, self.suppress = log, suppress

    async def __aenter__(self):
        self.log.append(await Wait("enter"))
        return "ctx"

    async def __aexit__(self, t, e, tb):
        self.log.append((await Wait("exit"), t and t.__name__))
        return self.suppress


async def withs(log, fail):
    async with Ctx(log, True) as c, Ctx(log):
        log.append(c)
        if fail:
            raise KeyError
        return "returned"
    return "suppressed"


log = []
print(run(withs(log, False), [1, 2, 3, 4]), log)  # expect: (['enter', 'enter', 'exit', 'exit'], 'returned') [1, 2, 'ctx', (3, None), (4, None)]
log = []
print(run(withs(log, True), [1, 2, 3, 4]), log)  # expect: (['enter', 'enter', 'exit', 'exit'], 'suppressed') [1, 2, 'ctx', (3, 'KeyError'), (4, 'KeyError')]


async def agen(n):
    for i in range(n):
        await Wait("tick")
        got = yield i
        if got:
            yield got


class AIter:
    def __init__(self, n):
        self.n = n

    def __aiter__(self):
        return self

    async def __anext__(self):
        if not self.n:
            raise StopAsyncIteration
        self.n -= 1
        return await Wait(self.n)


async def loops():
    out = []
    async for x in agen(3):
        if x == 1:
            continue
        out.append(x)
    else:
        out.append("else")
    async for x in AIter(5):
        out.append(x)
        if len(out) > 4:
            break
    else:
        out.append("not here")
    return out


print(run(loops(), [10, 20, 30, 40, 50]))  # expect: (['tick', 'tick', 'tick', 4, 3], [0, 2, 'else', 40, 50])


async def comps():
    a = [x async for x in agen(3) if x != 1]
    b = {x: await Wait(x) async for x in agen(2)}
    c = {await Wait(i) for i in range(2)}
    d = [y async for y in (x * 2 async for x in agen(2))]
    e = [[await Wait(i) for i in range(2)] for _ in "a"]
    return a, b, sorted(c, key=str), d, e


print(run(comps(), list("abcdefghijklmnop")))  # expect: (['tick', 'tick', 'tick', 'tick', 0, 'tick', 1, 0, 1, 'tick', 'tick', 0, 1], ([0, 2], {0: 'e', 1: 'g'}, ['h', 'i'], [0, 2], [['l', 'm']]))


async def errors():
    out = []
    for bad in (1, "s"):
        try:
            await bad
        except TypeError as e:
            out.append(str(e))
    try:
        async for x in 5:
            pass
    except TypeError as e:
        out.append(str(e))
    try:
        async with 5:
            pass
    except TypeError as e:
        out.append(str(e))
    return out


print(run(errors()))  # expect: ([], ["object int can't be used in 'await' expression", "object str can't be used in 'await' expression", "'async for' requires an object with __aiter__ method, got int", "'int' object does not support the asynchronous context manager protocol"])


async def finals(log):
    try:
        await Wait(1)
    finally:
        log.append(await Wait(2))


log = []
c = finals(log)
c.send(None)
print(c.throw(ValueError("in")), log)  # expect: 2 []
try:
    c.send("late")
except ValueError as e:
    print(repr(e), log)  # expect: ValueError('in') ['late']


async def asend():
    g = agen(2)
    out = [await g.__anext__(), await g.asend("sent"), await g.__anext__()]
    await g.aclose()
    return out


print(run(asend()))  # expect: (['tick', 'tick'], [0, 'sent', 1])
