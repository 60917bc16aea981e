"""Signatures, sources, members and frames, over the standard library."""
import ast
import importlib
import inspect
import sys
import types
import typing
from library import digest

# Not those that python3.11 keeps frozen, without source: abc, codecs, io, os ...
sys.modules["_ssl"] = None
NAMES = """argparse ast asyncio base64 bdb bisect calendar cmd code collections concurrent.futures configparser
contextlib copy csv dataclasses difflib dis doctest email enum fileinput fnmatch fractions ftplib getopt glob
gzip heapq html http.client http.server imaplib inspect json logging mailbox mimetypes nntplib numbers optparse pathlib pdb pickle
pickletools platform plistlib poplib pprint queue random re reprlib sched selectors shelve shlex shutil smtplib
socketserver string subprocess sunau symtable tarfile tempfile textwrap threading timeit traceback
types typing unittest urllib.parse urllib.request uuid warnings wave weakref webbrowser xml.dom xml.sax xmlrpc.client zipfile""".split()


def describe(thing, module, prefix, out):
    for name, member in sorted(vars(thing).items()):
        if getattr(member, "__module__", module) != module:
            continue
        function = inspect.unwrap(getattr(member, "__func__", member)) if callable(member) else member
        if inspect.isfunction(function):
            try:
                lines, first = inspect.getsourcelines(function)
            except OSError as error:
                lines, first = [], str(error)
            out.append(f"{prefix}{name}{inspect.signature(function)} {first} {len(lines)} {function.__doc__!r}"
                       f" {inspect.getcomments(function)!r} {inspect.iscoroutinefunction(function)}"
                       f" {inspect.isgeneratorfunction(function)} {function.__qualname__} {function.__code__.co_varnames}"
                       f" {function.__code__.co_freevars} {function.__code__.co_flags & 0x2af} {function.__code__.co_firstlineno}")
        elif inspect.isclass(member) and not prefix.count("."):
            out.append(f"{prefix}{name} {[c.__name__ for c in member.__mro__]} {inspect.isabstract(member)}")
            describe(member, module, prefix + name + ".", out)


for name in NAMES:
    module = importlib.import_module(name)
    out = []
    describe(module, module.__name__, "", out)
    print(name, len(out), digest("\n".join(out)))
    if name in sys.argv[1:]:
        print(*out, sep="\n")


def sample(a, /, b: int = 3, *args: str, c, d: "x" = None, **kw) -> list: ...


signature = inspect.signature(sample)
print(signature, signature.bind(1, 2, 3, c=4, e=5), signature.bind_partial(1).arguments, signature.replace(parameters=[]))
for args, kwargs in [((), {}), ((1,), {}), ((1, 2), {"b": 3, "c": 1}), ((1,), {"a": 2, "c": 3})]:
    try:
        print(signature.bind(*args, **kwargs))
    except TypeError as error:
        print(error)
    try:
        print(inspect.getcallargs(sample, *args, **kwargs))
    except TypeError as error:
        print(error)
for thing in (len, sorted, int.from_bytes, str.split, dict.get, print, open, compile, list.sort, type, object.__init__, range, min):
    try:
        print(thing, inspect.signature(thing))
    except ValueError as error:
        print(error)
print(inspect.getfullargspec(sample), inspect.getclasstree([bool, int, dict]))


def outer(x):
    def inner():
        return x, len, undefined_name
    return inner


print(inspect.getclosurevars(outer(3)), [f.function for f in inspect.stack()], inspect.currentframe().f_lineno)
generator = (i for i in range(3))
print(inspect.getgeneratorstate(generator), next(generator), inspect.getgeneratorstate(generator), inspect.getgeneratorlocals(generator))
for kind in sorted(n for n in dir(inspect) if n.startswith("is") and n != "ismodule"):
    print(kind, [getattr(inspect, kind)(x) for x in (len, [].append, dict.get, outer, int, object(), sample, generator, int.real,
                 list.__add__, [].__add__, types.FunctionType.__code__, str.maketrans, sys, property())
                 if kind not in ("iskeyword", "istraceback")] if kind not in ("iskeyword",) else "")
print(typing.get_type_hints(typing.NamedTuple("N", [("a", int)])), inspect.get_annotations(sample), inspect.cleandoc("a\n   b\n    c"))
print([m[0] for m in inspect.getmembers(3, lambda v: isinstance(v, int))], inspect.classify_class_attrs(bool)[:4])
