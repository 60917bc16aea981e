# Frames, tracebacks, exception chains.
import sys


def where():
    frame = sys._getframe(1)
    return frame.f_code.co_name, frame.f_lineno


def caller(): return where()


print(caller())  # expect: ('caller', 10)


def local_names(a, b=2):
    c = a + b
    def inner(): return c
    return locals()


print(sorted(local_names(1)))  # expect: ['a', 'b', 'c', 'inner']


def fails():
    value = 1
    return value / 0


try:
    fails()
except ZeroDivisionError as e:
    tb = e.__traceback__
    print(tb.tb_lineno, tb.tb_next.tb_lineno, tb.tb_next.tb_frame.f_locals)  # expect: 31 27 {'value': 1}
    print(tb.tb_next.tb_frame.f_back is tb.tb_frame, tb.tb_next.tb_next)  # expect: True None

try:
    try:
        {}["k"]
    except KeyError:
        raise ValueError("second")
except ValueError as e:
    print(repr(e.__context__), e.__cause__, e.__suppress_context__)  # expect: KeyError('k') None False

try:
    try:
        {}["k"]
    except KeyError as k:
        raise ValueError("third") from k
except ValueError as e:
    print(repr(e.__cause__), e.__suppress_context__)  # expect: KeyError('k') True

try:
    raise ValueError("x") from None
except ValueError as e:
    print(e.__cause__, e.__suppress_context__)  # expect: None True


def reraises():
    try:
        raise OSError("original")
    except OSError:
        raise


try:
    reraises()
except OSError as e:
    print(e, len(list(iter(lambda: None, None))))  # expect: original 0

try:
    raise
except RuntimeError as e:
    print(e)  # expect: No active exception to reraise

try:
    raise 5
except TypeError as e:
    print(e)  # expect: exceptions must derive from BaseException


def finally_order():
    out = []
    try:
        try:
            out.append("try")
            return out
        finally:
            out.append("inner")
    finally:
        out.append("outer")


print(finally_order())  # expect: ['try', 'inner', 'outer']

try:
    undefined_name
except NameError as e:
    print(e, e.name)  # expect: name 'undefined_name' is not defined undefined_name


def unbound():
    if False: x = 1
    return x


try:
    unbound()
except UnboundLocalError as e:
    print(e)  # expect: cannot access local variable 'x' where it is not associated with a value

code = fails.__code__
print(code.co_name, code.co_varnames, code.co_argcount, code.co_firstlineno)  # expect: fails ('value',) 0 25
print(local_names.__code__.co_cellvars, local_names.__defaults__)  # expect: ('c',) (2,)
print(fails.__code__.replace(co_name="other").co_name)  # expect: other
