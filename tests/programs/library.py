"""What the drivers share: the texts of the standard library, and short forms of long outputs."""
import fnmatch
import hashlib
import os
import re
import tokenize

ROOT = os.path.dirname(os.__file__)


def files(pattern, top=ROOT):
    """Names, relative to `top`, of .py files that match one of the comma-separated patterns, sorted."""
    found = []
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(f for f in folders if f not in ("__pycache__", "test", "tests", "idlelib"))
        found += [os.path.relpath(os.path.join(folder, name), top) for name in names if name.endswith(".py")]
    return sorted(f for f in found if any(fnmatch.fnmatch(f, p) for p in pattern.split(",")))


def modules(pattern):
    """Pairs of name and source text."""
    for name in files(pattern):
        with tokenize.open(os.path.join(ROOT, name)) as file:
            yield name, file.read()


def digest(text):
    """Length and hash; of a text without addresses."""
    if isinstance(text, str):
        text = re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", text)
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return f"{len(data)} {hashlib.sha256(data).hexdigest()[:16]}"
