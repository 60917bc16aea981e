"""Round trips of the standard library: ast.parse and ast.unparse, ast.dump, tokenize and untokenize, tabnanny, pyclbr."""
import ast
import io
import sys
import tokenize
from library import digest, files, modules, ROOT
import os

for name, text in modules(sys.argv[1]):
    tree = ast.parse(text)
    again = ast.unparse(tree)
    same = ast.dump(ast.parse(again)) == ast.dump(tree)
    dumped = ast.dump(tree, include_attributes=True)
    with open(os.path.join(ROOT, name), "rb") as file:
        data = file.read()
    tokens = list(tokenize.tokenize(io.BytesIO(data).readline))
    back = tokenize.untokenize(tokens)
    print(name, digest(again), same, digest(dumped), len(tokens), digest("".join(map(str, tokens))), back == data)
    walked = sum(1 for node in ast.walk(tree) if isinstance(node, ast.Name))
    print(walked, ast.get_docstring(tree) is None, tree.body and ast.get_source_segment(text, tree.body[-1]).count("\n"))
