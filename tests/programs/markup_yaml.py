"""Markdown with its extensions, YAML with the pure loader and dumper, XML with the pure classes, HTML, plist, INI."""
import configparser
import datetime
import glob
import gzip
import html
import html.parser
import io
import plistlib
import re
import sys
import markdown
import yaml
from library import digest

TEXT = """# Title {#t .c}

A paragraph with *emphasis*, **strong**, `code`, <b>html</b>, [link](http://x.org "t"), ![img](a.png) and a[^1] note.
Next line  \nbroken. Mail <a@b.org> & entities &copy;.

* item one
* item two

    * nested

1. first
2. second

> quote
> > deeper

    code block <x>

```python
def f(): pass
```

Term
:   definition

| a | b |
|---|:-:|
| 1 | 2 |

*[HTML]: Hyper Text
HTML is here. [TOC]

[^1]: The note.
---
Setext
======
"""
print(markdown.markdown(TEXT), markdown.markdown(TEXT, extensions=["extra", "toc", "nl2br", "sane_lists", "smarty", "admonition", "meta"]), sep="\n=====\n")
for name in sorted(glob.glob("/usr/share/doc/python3*/README*.md*"))[:int(sys.argv[1])]:
    with (gzip.open if name.endswith(".gz") else open)(name, "rt", encoding="utf-8") as file:
        text = file.read()
    print(name, digest(markdown.markdown(text, extensions=["extra", "toc"])))

DOCUMENT = """
%YAML 1.1
---
name: &id001 {first: Ada, "last": 'Love''lace'}
list: [1, 0x1F, 0o17, 017, 1_000, 1.5e3, .inf, .nan, ~, null, yes, Off, 2001-12-14t21:59:43.10-05:00, 2002-12-14, 1:30]
multi: |
  line one
    indented
folded: >-
  folded text
  goes on

  para
alias: *id001
merge: {<<: *id001, extra: true}
? complex key
: complex value
set: !!set {a, b}
omap: !!omap [a: 1, b: 2]
bin: !!binary aGVsbG8=
tag: !custom [1, 2]
str: !!str 123
"tab\\tq\\u00e9": "\\x41"
---
- second
...
"""


def custom(loader, node):
    return ("custom", loader.construct_sequence(node))


yaml.SafeLoader.add_constructor("!custom", custom)
documents = list(yaml.load_all(DOCUMENT.lstrip(), yaml.SafeLoader))
print(documents)
documents[0]["set"] = sorted(documents[0]["set"])
for options in ({}, {"default_flow_style": True}, {"indent": 4, "width": 30, "allow_unicode": True, "sort_keys": False}, {"default_style": '"'}):
    print(yaml.dump(documents, Dumper=yaml.SafeDumper, **options))
print(yaml.dump({"t": (1, 2), "c": complex(1, 2), "f": len, "d": datetime.date(2020, 1, 2), "long": "word " * 40}))
for bad in ("a: b: c", "[1, 2", "a: *none", "\t- x", "key: !unknown 1", "- a\n b", '"\\q"', "a: 1\na 2\nb: 3", "%TAG x\n"):
    try:
        print(yaml.safe_load(bad))
    except yaml.YAMLError as error:
        print(type(error).__name__, error)
big = {f"key{i}": [{"n": j, "text": f"value {j}: \u00e9" * (j % 3), "nested": {"a": [j, None, True]}} for j in range(8)] for i in range(int(sys.argv[1]))}
text = yaml.safe_dump(big)
print(digest(text), yaml.safe_load(text) == big)
for token in list(yaml.scan("a: [1, {b: c}]"))[:20]:
    print(token)


class Show(html.parser.HTMLParser):
    def handle_starttag(self, tag, attrs): print("start", tag, attrs)
    def handle_endtag(self, tag): print("end", tag)
    def handle_data(self, data): print("data", repr(data))
    def handle_comment(self, data): print("comment", data)
    def handle_decl(self, decl): print("decl", decl)
    def handle_pi(self, data): print("pi", data)


parser = Show()
for piece in ("<!DOCTYPE html><p class=a id='b' x>te", "xt &amp; &#233; &bad; <br/><!-- c --><?pi x><scr", "ipt>if (a < b) {}</script></p><a href=\"q?a=1&amp;b\">"):
    parser.feed(piece)
parser.close()
print(html.escape("<'\">"), html.unescape("&lt;&eacute;&#x41;&notit;"))
sys.modules["_elementtree"] = None
import xml.etree.ElementTree as ET
import xml.dom.minidom
import xml.sax
root = ET.fromstring("<r xmlns:n='urn:x' a='1'><n:c>t<d/>tail</n:c><!-- c --><c k='&lt;&#10;'>x</c><c k='2'/></r>")
print(ET.tostring(root, encoding="unicode"), root.findall(".//c[@k='2']"), [e.tag for e in root.iter()], root.find("{urn:x}c").text)
ET.indent(root)
print(ET.tostring(root, encoding="us-ascii", xml_declaration=True).decode(), ET.canonicalize("<b z='1' a='2'/>"))
try:
    ET.fromstring("<a><b></a>")
except ET.ParseError as error:
    print(error, error.position)
print([(event, e.tag) for event, e in ET.iterparse(io.BytesIO(b"<a><b>x</b><c/></a>"), ["start", "end"])])
print(xml.dom.minidom.parseString("<a b='1'>t<c/></a>").toprettyxml(indent=" "))


class Sax(xml.sax.ContentHandler):
    def startElement(self, name, attrs): print("sax", name, dict(attrs))
    def characters(self, content): print("chars", repr(content))


xml.sax.parseString("<a x='1'>one<b/>two</a>", Sax())
print(plistlib.dumps({"a": [1, 2.5, True, b"x", datetime.datetime(2020, 1, 1)]}).decode(), plistlib.loads(plistlib.dumps({"k": [1, "\u00e9"]}, fmt=plistlib.FMT_BINARY)))
ini = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation(), allow_no_value=True)
ini.read_string("[DEFAULT]\nbase = /x\n[a]\npath = ${base}/y\nmulti = one\n  two\nflag\n[b c]\nn = 3\nyes: on\nref = ${a:path}\n")
print({s: dict(ini[s]) for s in ini}, ini.getint("b c", "n"), ini.getboolean("b c", "yes"), ini.get("a", "none", fallback="fb"))
ini.write(sys.stdout)
for bad in ("[a]\n[a]\n", "x = 1\n", "[a]\nk=1\nk=2\n", "[a]\nv = ${no}\n"):
    try:
        one = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())
        one.read_string(bad)
        print(dict(one["a"]))
    except configparser.Error as error:
        print(type(error).__name__, error)
