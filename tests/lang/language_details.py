# Small things: names of code objects, builtins that are no dict, dicts changed under an iterator, messages.
import ast
import inspect
import sys
import types


def report(action, *args):
    try:
        print(action(*args))
    except Exception as e:
        print(type(e).__name__, e)


def outer(free):
    def inner(own):
        return own, free, len, missing
    return inner


print(outer(1).__code__.co_names, inspect.getclosurevars(outer(1)).unbound)  # expect: ('len', 'missing') {'missing'}


class Loud(dict):
    def __getitem__(self, key):
        raise LookupError("asked for " + key)


report(exec, "len", {"__builtins__": Loud(len=1)})  # expect: LookupError asked for len
report(exec, "len", {"__builtins__": None})  # expect: TypeError 'NoneType' object is not subscriptable
report(eval, "1 + 1", {"__builtins__": None})  # expect: 2
report(eval, "a + b", {"__builtins__": types.MappingProxyType({"a": 1, "b": 2})})  # expect: 3


def change(d):
    for key in d:
        del d[key]
        d[key] = 0


report(change, {1: 1})  # expect: RuntimeError dictionary keys changed during iteration
for constant in (b"", frozenset(), ...):
    print(eval(compile(ast.Expression(ast.Constant(constant, lineno=1, col_offset=0)), "", "eval")) is constant)
# expect: True
# expect: True
# expect: True
print(0 / -10**40, type({}.__contains__).__name__, iter([]).__next__.__doc__)  # expect: -0.0 builtin_function_or_method Implement next(self).


class Deletes:
    pass


class BadText:
    def __repr__(self):
        return 1


report(lambda: Deletes().__delitem__)  # expect: AttributeError 'Deletes' object has no attribute '__delitem__'
for target, key in ((Deletes(), 0), (Deletes(), "a"), (None, 0), ((1,), 0)):
    report(exec, "del target[key]", {"target": target, "key": key})
# expect: TypeError 'Deletes' object doesn't support item deletion
# expect: TypeError 'Deletes' object does not support item deletion
# expect: TypeError 'NoneType' object does not support item deletion
# expect: TypeError 'tuple' object doesn't support item deletion
report(str, BadText())  # expect: TypeError __str__ returned non-string (type int)
report(repr, BadText())  # expect: TypeError __repr__ returned non-string (type int)
report(lambda: type("Own", (), {}, option=1))  # expect: TypeError Own.__init_subclass__() takes no keyword arguments
report(sys.setrecursionlimit, 1)  # expect: RecursionError cannot set the recursion limit to 1 at the recursion depth 3: the limit is too low
report(int.from_bytes, 1, "big")  # expect: TypeError cannot convert 'int' object to bytes
report(exec, "raise")  # expect: RuntimeError No active exception to reraise
