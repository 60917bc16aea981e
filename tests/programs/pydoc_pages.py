"""Text and HTML documentation of modules and classes."""
import io
import pydoc
import re
import sys
from library import digest

PYTHON = sys.argv[1].split(",")


def clean(text):
    return re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", text)


for name in PYTHON:
    module = pydoc.safeimport(name)
    text = clean(pydoc.plain(pydoc.render_doc(module)))
    page = clean(pydoc.html.page(name, pydoc.html.document(module, name)))
    print(name, digest(text), digest(page))
import textwrap, contextlib, dataclasses, enum, typing
print(clean(pydoc.plain(pydoc.render_doc(textwrap))))


@dataclasses.dataclass(order=True)
class Point:
    """A point."""
    x: int
    y: "float" = 2.5
    z: typing.Optional[list[int]] = dataclasses.field(default=None, repr=False)

    @property
    def norm(self) -> float:
        """Its length."""
        return self.x

    @classmethod
    def make(cls, *args, key: int = 3, **kwargs): ...
    @staticmethod
    def stat(a, /, b, *, c): "static"
    async def co(self): ...


class Colour(enum.Enum):
    RED = 1
    BLUE = "b"


for thing in (Point, Colour, contextlib.contextmanager, textwrap.TextWrapper, "for", "json.dumps", int.__add__):
    try:
        print(clean(pydoc.plain(pydoc.render_doc(thing))))
    except ImportError as error:
        print(error)
out = io.StringIO()
pydoc.Helper(io.StringIO(), out).help("keywords")
pydoc.Helper(io.StringIO(), out).help("ASSERTION")
print(out.getvalue())
print(pydoc.locate("os.path.join"), pydoc.describe(pydoc), pydoc.splitdoc("a\n\nb"), pydoc.locate("no.thing"))
