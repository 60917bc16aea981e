# What other threads do: sys._current_frames, sys._current_exceptions; code that awaits at its top level.
import ast
import asyncio
import sys
import threading
import traceback

entered, leave = threading.Event(), threading.Event()


def outer():
    inner()


def inner():
    try:
        raise ValueError("seen")
    except ValueError:
        entered.set()
        leave.wait()


thread = threading.Thread(target=outer)
thread.start()
entered.wait()
while "wait" not in [s.name for s in traceback.extract_stack(sys._current_frames()[thread.ident])]:
    pass
frames, exceptions = sys._current_frames(), sys._current_exceptions()
leave.set()
thread.join()
names = [s.name for s in traceback.extract_stack(frames[thread.ident])]
print(names[names.index("outer"):][:3])  # expect: ['outer', 'inner', 'wait']
print(frames[threading.get_ident()] is sys._getframe())  # expect: True
kind, value, tb = exceptions[thread.ident]
print(kind.__name__, value, [s.name for s in traceback.extract_stack(tb.tb_frame)][-2:])  # expect: ValueError seen ['outer', 'inner']
print(exceptions[threading.get_ident()])  # expect: (None, None, None)


async def numbers(n):
    for i in range(n):
        yield i


source = """x = await asyncio.sleep(0, 5)
async for last in numbers(3): pass
async with asyncio.Lock(): y = 7
z = [await asyncio.sleep(0, i) async for i in numbers(3)]
"""
names = {}
asyncio.run(eval(compile(source, "?", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), globals(), names))
print(names["x"], names["last"], names["y"], names["z"], "x" in globals())  # expect: 5 2 7 [0, 1, 2] False
for source in ("await x", "def f(): await x", "class A: await x"):
    try:
        compile(source, "?", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if "A" in source or "f" in source else 0)
    except SyntaxError as e:
        print(e.msg)
# expect: 'await' outside function
# expect: 'await' outside async function
# expect: 'await' outside function
