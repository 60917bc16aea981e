# _asyncio in C: futures and tasks.
import asyncio
import gc
import threading
from asyncio import futures, tasks

print(tasks.Task is tasks._CTask, futures.Future is futures._CFuture)  # expect: True True


async def sleeper(n, order):
    await asyncio.sleep(0.01 * n)
    order.append(n)
    return n


class Awaited:
    def __await__(self):
        yield
        return "awaited"


async def main():
    loop = asyncio.get_running_loop()
    order = []
    print(await asyncio.gather(*[sleeper(n, order) for n in (30, 1, 15)]), order)  # expect: [30, 1, 15] [1, 15, 30]
    print(await Awaited())  # expect: awaited
    task = asyncio.create_task(asyncio.sleep(100), name="long")
    await asyncio.sleep(0)
    print(task.cancel("why"), task.cancelling(), task.get_name())  # expect: True 1 long
    try:
        await task
    except asyncio.CancelledError as e:
        print(repr(e), task.cancelled())  # expect: CancelledError('why') True
    future = loop.create_future()
    future.add_done_callback(lambda f: order.append(f.result()))
    threading.Thread(target=lambda: loop.call_soon_threadsafe(future.set_result, "set")).start()
    print(await future, future)  # expect: set <Future finished result='set'>
    await asyncio.sleep(0)
    print(order[-1], future.remove_done_callback(len))  # expect: set 0
    for wrong in (lambda: future.set_result(1), lambda: loop.create_future().result(), lambda: future.set_exception(StopIteration)):
        try:
            wrong()
        except Exception as e:
            print(type(e).__name__, e)
    # expect: InvalidStateError invalid state
    # expect: InvalidStateError Result is not set.
    # expect: InvalidStateError invalid state

    async def bad(what):
        class Yields:
            def __await__(self):
                yield what
        await Yields()

    for what in (5, loop.create_future()):
        try:
            await asyncio.create_task(bad(what))
        except RuntimeError as e:
            print(str(e)[:30])
    # expect: Task got bad yield: 5
    # expect: yield was used instead of yiel
    it = iter(loop.create_future())
    next(it)
    try:
        it.throw(ValueError, "thrown")
    except ValueError as e:
        print(e)  # expect: thrown


asyncio.run(main())

# What nobody has asked for is told to the loop's handler.
loop = asyncio.new_event_loop()
loop.set_exception_handler(lambda loop, context: print(context["message"]))


def drop():
    future = loop.create_future()
    future.set_exception(KeyError(1))


drop()
gc.collect()  # expect: Future exception was never retrieved
loop.close()

# Each thread has a loop of its own.
results = []


def run(n):
    async def add():
        for i in range(20):
            await asyncio.sleep(0)
        results.append(n)
    asyncio.run(add())


threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(results))  # expect: [0, 1, 2, 3]
