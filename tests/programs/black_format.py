"""Formats modules of the standard library with black (its pure-Python parser, in one process)."""
import os
import sys
import black
from library import digest, modules

for name, text in modules(sys.argv[1]):
    for mode in (black.Mode(), black.Mode(line_length=100, string_normalization=False)):
        try:
            out = black.format_str(text, mode=mode)
            print(name, digest(out), len(out.splitlines()))
        except Exception as error:
            print(name, type(error).__name__, str(error)[:200])
print(black.format_str("x = {  'a':1,\n'b':2,}\ndef f(a,)->Set['Very','Long']:\n  return   a if a else(b)\nclass  A : pass\nmatch x:\n case[1,*_]:pass\n", mode=black.Mode()))
try:
    black.format_str("def (:", mode=black.Mode())
except black.InvalidInput as error:
    print(error)
