# Recursion inside of functions in C, and calls with more arguments than the C stack has room for.
import functools, marshal, threading


def outcome(function, *args):
    try:
        return type(function(*args)).__name__
    except RecursionError:
        return "RecursionError"
    except ValueError as error:
        return error


class Descriptor:
    pass


Descriptor.__get__ = Descriptor()
print(outcome(lambda: Descriptor().__get__))  # expect: RecursionError


alias = int
for _ in range(5000):
    alias = list[alias] | None
print(outcome(hash, alias))  # expect: RecursionError


def in_small_thread():
    chain = iter([0])
    for _ in range(5000):
        chain = filter(None, chain)
    print(outcome(next, chain))
    nested = []
    for _ in range(1900):
        nested = [nested]
    try:
        print(len(marshal.loads(marshal.dumps(nested))))
    except ValueError:
        print(1)  # the stack is too small


threading.stack_size(32768)
thread = threading.Thread(target=in_small_thread)
thread.start()  # expect: RecursionError
thread.join()  # expect: 1


class Many:
    def __new__(*args):
        return len(args)


print(Many(*range(600000)))  # expect: 600001
print(len("{0}{599999}".format(*range(600000))))  # expect: 7
print(functools.partial(max, 1)(*range(600000)))  # expect: 599999
