"""Doctests that pass and fail, of a module and of a text file."""
import doctest
import os
import subprocess
import sys
import types

MODULE = '''"""Module.

>>> add(1, 2)
3
>>> add(1, "a")
Traceback (most recent call last):
    ...
TypeError: unsupported operand type(s) for +: 'int' and 'str'
>>> print("a\\n\\nb")
a
<BLANKLINE>
b
>>> add(2, 2)
5
>>> {"b": 1, "a": 2}  # doctest: +NORMALIZE_WHITESPACE
{'b': 1,
 'a': 2}
>>> list(range(30))  # doctest: +ELLIPSIS
[0, 1, ..., 29]
>>> print("x\\ny\\nz")  # doctest: +REPORT_NDIFF
x
yy
z
>>> undefined
>>> 1 / 0  # doctest: +IGNORE_EXCEPTION_DETAIL
Traceback (most recent call last):
ZeroDivisionError: whatever
>>> add(  # doctest: +SKIP
"""
def add(a, b):
    """
    >>> for i in range(2):
    ...     print(add(i, 1))
    1
    2
    """
    return a + b
class C:
    """
    >>> C().m()
    'm'
    """
    def m(self):
        """>>> C().m() + "x"
        'mx'
        """
        return "m"
    @property
    def p(self):
        """>>> C().p
        2
        """
        return 1
if __name__ == "__main__":
    import doctest
    doctest.testmod(verbose="-v" in __import__("sys").argv)
'''


def run(*args):
    done = subprocess.run([sys.executable, *args], capture_output=True, text=True)
    print(done.returncode, done.stdout, done.stderr, sep="\n")


with open("tested.py", "w") as file:
    file.write(MODULE)
with open("text.txt", "w") as file:
    file.write("Text\n====\n\n>>> import math\n>>> math.sqrt(16)\n4.0\n>>> math.sqrt(-1)\n4.0\n")
run("tested.py")
run("tested.py", "-v")
run("-m", "doctest", "text.txt")
run("-m", "doctest", "-v", "-o", "FAIL_FAST", "text.txt")
run("-m", "unittest", "-h")
sys.path.insert(0, os.getcwd())
import tested
print([(t.name, t.lineno, len(t.examples)) for t in doctest.DocTestFinder().find(tested)])
print(doctest.script_from_examples(MODULE.split('"""')[1]))
import difflib, textwrap, collections, statistics, fractions, bisect
for module in (difflib, textwrap, collections, statistics, fractions, bisect, doctest):
    print(module.__name__, doctest.testmod(module))
