"""Runs all fixers of lib2to3 over modules of the standard library."""
import sys
import warnings
from library import digest, modules
warnings.simplefilter("ignore")
from lib2to3 import refactor
from lib2to3.pgen2.parse import ParseError
from lib2to3.pgen2.tokenize import TokenError

tool = refactor.RefactoringTool(refactor.get_fixers_from_package("lib2to3.fixes"), {"print_function": True})
for name, text in modules(sys.argv[1]):
    try:
        print(name, digest(str(tool.refactor_string(text + "\n", name))))
    except (ParseError, TokenError) as error:
        print(name, type(error).__name__, str(error)[:100])
old = """
import urllib2, StringIO
class A:
    __metaclass__ = M
    def next(self): return self.x.has_key(1) and apply(f, (1,))
print >>out, 'x', unicode(s), `x`, 0777, 10L
raise E, "text"
for k, v in d.iteritems(): exec code in ns
try: pass
except (A, B), e: print e
lambda (a, b): a <> b
"""
plain = refactor.RefactoringTool(refactor.get_fixers_from_package("lib2to3.fixes"))
print(plain.refactor_string(old, "old"))
