"""Highlights modules of the standard library to HTML, some to LaTeX and terminal colours."""
import sys
from library import digest, modules
from pygments import highlight
from pygments.formatters import HtmlFormatter, LatexFormatter, TerminalFormatter
from pygments.lexers import CLexer, PythonLexer, get_all_lexers, guess_lexer

formatter = HtmlFormatter(full=True, linenos=True)
for name, text in modules(sys.argv[1]):
    print(name, digest(highlight(text, PythonLexer(), formatter)))
name, text = next(modules("types.py"))
print(highlight(text, PythonLexer(), LatexFormatter(full=True)))
print(highlight(text, PythonLexer(), TerminalFormatter(bg="dark")))
print(highlight("int main(void) { return 'a' + 0x1f; } /* c */\n#include <x.h>\n", CLexer(), HtmlFormatter()))
print(len(list(get_all_lexers())), guess_lexer("#!/bin/bash\necho $HOME\n"))
