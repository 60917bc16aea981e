"""In place of CPython's module of that name, which tests its C API: lets test_call load. What a case asks of it skips the case."""
import unittest

TESTED = ("pyobject_", "pyvectorcall_", "MethodDescriptor")
CONVENTIONS = ("varargs", "varargs_keywords", "o", "noargs", "fastcall", "fastcall_keywords")


def skip(*args, **kwargs):
    raise unittest.SkipTest("needs CPython's C API")


def __getattr__(name):
    if name.startswith(TESTED):
        skip()
    raise AttributeError(name)


class MethInstance:
    pass


MethClass = type("MethClass", (), {})
MethStatic = type("MethStatic", (), {})
for convention in CONVENTIONS:
    globals()["meth_" + convention] = skip
    for cls in (MethInstance, MethClass, MethStatic):
        setattr(cls, "meth_" + convention, skip)
