# sys.settrace, sys.setprofile, f_lineno: what is told, when, and where a trace function may lead.
import sys


def record(function, *args, only=None):
    events = []
    first = function.__code__.co_firstlineno

    def trace(frame, event, arg):
        if frame.f_code.co_name.startswith(only or ""):
            events.append(f"{frame.f_code.co_name}:{event}:{frame.f_lineno - first}")
        return trace

    sys.settrace(trace)
    try:
        function(*args)
    except ZeroDivisionError:
        pass
    finally:
        sys.settrace(None)
    return " ".join(e for e in events if "settrace" not in e)


def loop(n):
    total = 0
    for i in range(n):
        if i == 1:
            continue
        total += i
    return total


print(record(loop, 3))  # expect: loop:call:0 loop:line:1 loop:line:2 loop:line:3 loop:line:5 loop:line:2 loop:line:3 loop:line:4 loop:line:2 loop:line:3 loop:line:5 loop:line:2 loop:line:6 loop:return:6


def handled():
    try:
        1 / 0
    except ZeroDivisionError:
        pass
    finally:
        x = 1


print(record(handled))  # expect: handled:call:0 handled:line:1 handled:line:2 handled:exception:2 handled:line:3 handled:line:4 handled:line:6 handled:return:6


def generator():
    yield 1
    yield from [2]


def consume():
    for x in generator():
        pass


print(record(consume, only="g"))  # expect: generator:call:-5 generator:line:-4 generator:return:-4 generator:call:-4 generator:line:-3 generator:return:-3 generator:call:-3 generator:return:-3


def raises():
    return 1 / 0


print(record(raises))  # expect: raises:call:0 raises:line:1 raises:exception:1 raises:return:1


# A trace function changes locals, and leads to another line.
def changed(x):
    y = x + 1
    y = 100
    return y


def trace_locals(frame, event, arg):
    if event == "line" and frame.f_lineno == changed.__code__.co_firstlineno + 1:
        frame.f_locals["x"] = 41
    if event == "line" and frame.f_lineno == changed.__code__.co_firstlineno + 2:
        frame.f_lineno += 1
    return trace_locals


sys.settrace(trace_locals)
result = changed(1)
sys.settrace(None)
print(result)  # expect: 42


def into_loop():
    a = 1
    for i in range(2):
        b = i
    return a


def trace_into(frame, event, arg):
    if event == "line" and frame.f_lineno == into_loop.__code__.co_firstlineno + 1:
        frame.f_lineno += 2
    return trace_into


sys.settrace(trace_into)
try:
    into_loop()
except ValueError as e:
    error = e
sys.settrace(None)
print(error, sys.gettrace())  # expect: can't jump into the body of a for loop None

# Profiles: calls of Python and C functions.
events = []


def profile(frame, event, arg):
    events.append(f"{event}:{arg.__name__ if event.startswith('c_') else frame.f_code.co_name}")


def work():
    len([])
    try:
        [].pop()
    except IndexError:
        pass


sys.setprofile(profile)
work()
sys.setprofile(None)
print(" ".join(events))  # expect: call:work c_call:len c_return:len c_call:pop c_exception:pop return:work c_call:setprofile

# Threads: each has its own; threading.settrace is for new ones.
import threading

seen = []


def thread_trace(frame, event, arg):
    if event == "call" and frame.f_code.co_name == "target":
        seen.append(threading.current_thread().name)


def target():
    pass


threading.settrace(thread_trace)
threads = [threading.Thread(target=target, name=f"t{i}") for i in range(3)]
for t in threads:
    t.start()
for t in threads:
    t.join()
threading.settrace(None)
target()
print(sorted(seen), sys.gettrace())  # expect: ['t0', 't1', 't2'] None

# The trace function fails: the traced code does, and is no longer traced.
def failing(frame, event, arg):
    raise KeyError(event)


sys.settrace(failing)
try:
    loop(1)
except KeyError as e:
    print(e, sys.gettrace())  # expect: 'call' None


# The traced frame is in the traceback for the call of the function, and once more where it raises itself.
def entries(event, setter):
    def fails(frame, kind, arg):
        if kind == event and frame.f_code is loop.__code__:
            raise ValueError(kind)
        return fails

    setter(fails)
    try:
        loop(1)
    except ValueError as e:
        setter(None)
        traceback, names = e.__traceback__, []
        while traceback:
            names.append(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        return names


for setter in sys.settrace, sys.setprofile:
    print(entries("call", setter), entries("return", setter))
# expect: ['entries', 'loop', 'loop', 'fails'] ['entries', 'loop', 'fails']
# expect: ['entries', 'loop', 'loop', 'fails'] ['entries', 'loop', 'fails']
print(entries("line", sys.settrace))  # expect: ['entries', 'loop', 'loop', 'fails']


# A trace function unbinds a variable of which the compiler knows that it is bound.
def summed(a):
    x = 1
    y = a + x
    return [x, y]


def unbinder(name, line):
    def trace(frame, event, arg):
        if frame.f_code is summed.__code__ and frame.f_lineno - frame.f_code.co_firstlineno == line:
            frame.f_locals.pop(name, None)
        return trace

    return trace


for name, line in ("a", 2), ("x", 2), ("x", 3), ("y", 3), ("a", 3):
    sys.settrace(unbinder(name, line))
    try:
        print(summed(1))
    except UnboundLocalError as error:
        print(error)
    sys.settrace(None)
# expect: cannot access local variable 'a' where it is not associated with a value
# expect: cannot access local variable 'x' where it is not associated with a value
# expect: cannot access local variable 'x' where it is not associated with a value
# expect: cannot access local variable 'y' where it is not associated with a value
# expect: [1, 2]
