# _contextvars, _queue.
import contextvars, queue


def err(fn, *args, **kw):
    try:
        return fn(*args, **kw)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


c = contextvars.ContextVar('c', default=3)
q = queue.SimpleQueue()


print(c.get(), c.set(5).old_value, c.get())  # expect: 3 <Token.MISSING> 5
print(contextvars.copy_context().run(lambda: (c.set(9), c.get())[1]), c.get())  # expect: 9 5
print(err(contextvars.ContextVar('d').get).startswith('LookupError'))  # expect: True
print(err(contextvars.ContextVar, 1))  # expect: TypeError: context variable name must be a str
print(c in contextvars.copy_context(), contextvars.Context() == contextvars.Context())  # expect: True True
print(err(contextvars.Token))  # expect: RuntimeError: Tokens can only be created by ContextVars
print(q.put(1), q.put(2), q.qsize(), q.get(), q.get(), q.empty())  # expect: None None 2 1 2 True
print(err(q.get_nowait), err(q.get, timeout=-1), err(q.get, True, 0.01))  # expect: Empty:  ValueError: 'timeout' must be a non-negative number Empty: 

# Where all wait, what was dropped is found all the same: an executor's threads end with it.
import concurrent.futures


def dropped():
    executor = concurrent.futures.ThreadPoolExecutor(2)
    executor.submit(int)
    return list(executor._threads)


for thread in dropped():
    thread.join()
print("ended")  # expect: ended
