# Control flow: loops with else, try/finally with every way out, nested handlers, del of the exception's name.
def loops(n):
    out = []
    for i in range(n):
        if i == 2:
            continue
        if i == 5:
            break
        out.append(i)
    else:
        out.append("else")
    while n:
        n -= 1
        if n == 1:
            break
    else:
        out.append("done")
    return out, n


print(loops(3))  # expect: ([0, 1, 'else'], 1)
print(loops(9))  # expect: ([0, 1, 3, 4], 1)
print(loops(1))  # expect: ([0, 'else', 'done'], 0)


def ways_out(how):
    log = []

    def body():
        for i in range(3):
            try:
                log.append(i)
                if how == "return":
                    return "r"
                if how == "break":
                    break
                if how == "continue" and i < 2:
                    continue
                if how == "raise":
                    raise KeyError(i)
                log.append("end")
            finally:
                log.append("f%d" % i)
        else:
            log.append("else")
        return "after"

    try:
        return body(), log
    except KeyError as e:
        return repr(e), log


print(ways_out("return"))  # expect: ('r', [0, 'f0'])
print(ways_out("break"))  # expect: ('after', [0, 'f0'])
print(ways_out("continue"))  # expect: ('after', [0, 'f0', 1, 'f1', 2, 'end', 'f2', 'else'])
print(ways_out("raise"))  # expect: ('KeyError(0)', [0, 'f0'])
print(ways_out(""))  # expect: ('after', [0, 'end', 'f0', 1, 'end', 'f1', 2, 'end', 'f2', 'else'])


def override():
    try:
        return 1
    finally:
        return 2


def swallow():
    for x in [1, 2]:
        try:
            1 / 0
        finally:
            continue
    return "swallowed"


def keeps_value():
    x = [1]
    try:
        return x
    finally:
        x = [2]


def finally_changes_local():
    x = 1
    try:
        return x
    finally:
        x = 2


print(override(), swallow(), keeps_value(), finally_changes_local())  # expect: 2 swallowed [1] 1


def nested():
    log = []
    try:
        try:
            raise ValueError("a")
        except TypeError:
            log.append("wrong")
        else:
            log.append("wrong")
        finally:
            log.append("inner")
    except ValueError as e:
        log.append(e.args)
        try:
            raise TypeError("b") from e
        except TypeError as e2:
            log.append((e2.__cause__ is e, e2.__context__ is e))
        log.append(e.args)
    try:
        e
    except UnboundLocalError as err:
        log.append(str(err))
    return log


print(nested())  # expect: ['inner', ('a',), (True, True), ('a',), "cannot access local variable 'e' where it is not associated with a value"]


def context():
    import sys
    log = [sys.exc_info()[0]]
    try:
        raise ValueError
    except ValueError:
        log.append(sys.exc_info()[0])
        try:
            raise KeyError
        except KeyError:
            log.append(sys.exc_info()[0])
        log.append(sys.exc_info()[0])
    log.append(sys.exc_info()[0])
    return [t and t.__name__ for t in log]


print(context())  # expect: [None, 'ValueError', 'KeyError', 'ValueError', None]


def reraise():
    try:
        try:
            raise ValueError(1)
        except ValueError:
            raise
    except ValueError as e:
        return e.args, e.__context__


print(reraise())  # expect: ((1,), None)


def keep_on_error():
    x = "old"
    try:
        x = int("no")
    except ValueError:
        pass
    y = "old"
    try:
        y = y and int("no")
    except ValueError:
        pass
    z = [1]
    try:
        z = [*z, *None]
    except TypeError:
        pass
    for w in "q":
        pass
    try:
        for w in (int(s) for s in ["no"]):
            pass
    except ValueError:
        pass
    a = b = 0
    try:
        a, b = 1, int("no")
    except ValueError:
        pass
    try:
        a, b = (int(s) for s in ["5", "no"])
    except ValueError:
        pass
    return x, y, z, w, a, b


print(keep_on_error())  # expect: ('old', 'old', [1], 'q', 0, 0)


def unbound(flag):
    log = []
    if flag:
        v = 1
    try:
        log.append(v)
        del v
        log.append(v)
    except UnboundLocalError as e:
        log.append(str(e))
    try:
        del v
    except UnboundLocalError as e:
        log.append(str(e))
    for v in []:
        pass
    try:
        v
    except NameError as e:
        log.append(type(e).__name__)
    return log


print(unbound(True))  # expect: [1, "cannot access local variable 'v' where it is not associated with a value", "cannot access local variable 'v' where it is not associated with a value", 'UnboundLocalError']
print(unbound(False))  # expect: ["cannot access local variable 'v' where it is not associated with a value", "cannot access local variable 'v' where it is not associated with a value", 'UnboundLocalError']


def loop_unbound():
    for i in range(2):
        if i:
            return last
        last = i


print(loop_unbound())  # expect: 0


def conditions(a, b, c):
    return [a and b or c, a or b and c, not (a and b), not a or not b, (a if b else c) and 1,
            a < b < c, a < b > c, not a < b, a is b is c, a in (1, 2) in [(1, 2)], a == 1 != b]


print(conditions(1, 2, 3))  # expect: [2, 1, False, False, 1, True, False, False, False, True, True]
print(conditions(0, 0, 0))  # expect: [0, 0, True, True, 0, False, False, True, True, False, False]


def branches(x):
    if x is None:
        return "none"
    elif x is not None and x > 10 or x == 5:
        return "big"
    elif not x:
        return "zero"
    elif x < 0 and not x < -10:
        return "small negative"
    elif (x if x > 3 else 0):
        return "middle"
    return "rest"


print([branches(v) for v in (None, 11, 5, 0, -3, -30, 4, 2)])  # expect: ['none', 'big', 'big', 'zero', 'small negative', 'rest', 'middle', 'rest']


def groups():
    log = []
    try:
        try:
            raise ExceptionGroup("g", [ValueError(1), TypeError(2), KeyError(3)])
        except* ValueError as e:
            log.append(("v", e.exceptions))
        except* TypeError as e:
            log.append(("t", e.exceptions))
            raise OSError("from handler")
    except BaseException as e:
        log.append(repr(e))
    try:
        try:
            raise ValueError("naked")
        except* ValueError as e:
            log.append(repr(e))
    finally:
        log.append("finally")
    try:
        1
    except* ValueError:
        log.append("wrong")
    else:
        log.append("else")
    return log


print(groups())  # expect: [('v', (ValueError(1),)), ('t', (TypeError(2),)), "ExceptionGroup('', [OSError('from handler'), ExceptionGroup('g', [KeyError(3)])])", "ExceptionGroup('', (ValueError('naked'),))", 'finally', 'else']


class Ctx:
    def __init__(self, name, log, suppress=False):
        self.name, self.log, self.suppress = name, log, suppress

    def __enter__(self):
        self.log.append("enter " + self.name)
        return self.name

    def __exit__(self, *exc):
        self.log.append(("exit " + self.name, exc[0] and exc[0].__name__))
        return self.suppress


def withs(how):
    log = []
    for i in range(2):
        with Ctx("a", log, True) as a, Ctx("b", log) as b:
            log.append(a + b)
            if how == "return":
                return log
            if how == "break":
                break
            if how == "raise":
                raise KeyError
    log.append("after")
    return log


print(withs("return"))  # expect: ['enter a', 'enter b', 'ab', ('exit b', None), ('exit a', None)]
print(withs("break"))  # expect: ['enter a', 'enter b', 'ab', ('exit b', None), ('exit a', None), 'after']
print(withs("raise"))  # expect: ['enter a', 'enter b', 'ab', ('exit b', 'KeyError'), ('exit a', 'KeyError'), 'enter a', 'enter b', 'ab', ('exit b', 'KeyError'), ('exit a', 'KeyError'), 'after']
print(withs(""))  # expect: ['enter a', 'enter b', 'ab', ('exit b', None), ('exit a', None), 'enter a', 'enter b', 'ab', ('exit b', None), ('exit a', None), 'after']


def with_targets():
    d, log = {}, []
    with Ctx("x", log) as d["k"], Ctx("yz", log) as (p, q):
        pass
    return d, p, q


print(with_targets())  # expect: ({'k': 'x'}, 'y', 'z')
try:
    with 5:
        pass
except TypeError as e:
    print(e)  # expect: 'int' object does not support the context manager protocol
assert True
try:
    assert 1 > 2, "message"
except AssertionError as e:
    print(repr(e))  # expect: AssertionError('message')
try:
    assert not 1
except AssertionError as e:
    print(repr(e))  # expect: AssertionError()


def deep_finally():
    log = []
    try:
        try:
            try:
                return "x"
            finally:
                log.append(1)
        finally:
            log.append(2)
            try:
                raise ValueError
            except ValueError:
                log.append(3)
    finally:
        log.append(4)
        return log


print(deep_finally())  # expect: [1, 2, 3, 4]


def generator_finally():
    log = []

    def g():
        try:
            yield 1
            yield 2
        except GeneratorExit:
            log.append("closed")
            raise
        finally:
            log.append("finally")

    it = g()
    next(it)
    it.close()
    for v in g():
        log.append(v)
    return log


print(generator_finally())  # expect: ['closed', 'finally', 1, 2, 'finally']
