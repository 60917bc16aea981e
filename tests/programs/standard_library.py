"""Modules of the standard library that print or keep things: logging, email, difflib, textwrap, shelve, archives, and more."""
import bz2
import calendar
import collections
import csv
import dbm.dumb
import decimal
import difflib
import email
import email.policy
import fnmatch
import fractions
import gzip
import io
import itertools
import logging
import logging.config
import logging.handlers
import lzma
import mailbox
import os
import pathlib
import pickle
import pprint
import queue
import random
import re
import reprlib
import sched
import shelve
import shlex
import shutil
import statistics
import string
import sys
import tarfile
import textwrap
import time
import traceback
import types
import typing
import zipfile
import zlib
from library import digest

stream = io.StringIO()
logging.config.dictConfig({
    "version": 1, "formatters": {"f": {"format": "%(levelname)-8s %(name)s %(funcName)s:%(lineno)d %(message)s"}, "b": {"format": "{message!r:>20}", "style": "{"}},
    "handlers": {"s": {"class": "logging.StreamHandler", "stream": stream, "formatter": "f"}, "file": {"class": "logging.handlers.RotatingFileHandler",
                 "filename": "log.txt", "maxBytes": 200, "backupCount": 2, "formatter": "b"}},
    "loggers": {"a": {"level": "DEBUG", "handlers": ["s"]}, "a.b": {"level": "WARNING", "handlers": ["file"], "propagate": True}}})
logger = logging.getLogger("a.b")
for i in range(20):
    logger.log(10 * (i % 6), "message %d %s", i, "x" * i, stack_info=False)
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("a").exception("failed", extra={"k": 1})
logging.getLogger("a").error("bad %d", "args") if False else None
listener_queue = queue.Queue()
listener = logging.handlers.QueueListener(listener_queue, logging.StreamHandler(stream))
listener.start()
other = logging.getLogger("q")
other.addHandler(logging.handlers.QueueHandler(listener_queue))
other.warning("queued %s", [1])
listener.stop()
print(stream.getvalue(), {n: open(n).read() for n in sorted(os.listdir(".")) if n.startswith("log.txt")})

message = email.message_from_string("""From: =?utf-8?q?Caf=C3=A9?= <a@x.org>
To: b@y.org, "C, D" <c@z.org>
Subject: =?iso-8859-1?b?6Q==?= and =?utf-8?q?more?=
Date: Tue, 1 Feb 2022 10:11:12 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="BB"

preamble
--BB
Content-Type: text/plain; charset="utf-8"
Content-Transfer-Encoding: quoted-printable

caf=C3=A9 =
joined
--BB
Content-Type: application/octet-stream; name*=utf-8''n%C3%A9.bin
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="f.bin"

AAECAw==
--BB--
""", policy=email.policy.default)
print(message["from"], message["to"].addresses, message["subject"], message["date"].datetime, message.is_multipart(), message.get_body().get_content())
print([(p.get_content_type(), p.get_filename(), p.get_payload(decode=True)) for p in message.walk()], message.as_string(), message.defects)
made = email.message.EmailMessage()
made["Subject"] = "\u00fc " * 40
made.set_content("text\n")
made.add_alternative("<b>html</b>", subtype="html")
made.add_attachment(b"\x00\x01", maintype="image", subtype="png", filename="\u00e9.png")
print(re.sub(r"=+\d+==", "BOUNDARY", made.as_string()))
box = mailbox.mbox("box")
box.add("From: a\nSubject: one\n\nFrom the body\n")
box.add(made)
box.flush()
print(len(box), box[0]["subject"], box.get_string(0), sorted(os.listdir(".")))

a, b = "one two\nthree\nfour\n".splitlines(True), "one 2\nthree\nnew\nfour\n".splitlines(True)
print("".join(difflib.ndiff(a, b)), "".join(difflib.unified_diff(a, b, "A", "B")), "".join(difflib.context_diff(a, b)), difflib.get_close_matches("appel", ["ape", "apple", "peach"]),
      difflib.SequenceMatcher(None, "abcdefgh" * 20, "abxdefhg" * 20).ratio(), digest(re.sub(r"to\d+|from\d+|difflib_chg", "", difflib.HtmlDiff().make_file(a, b))), sep="\n")
text = "The quick brown-fox   jumped over the lazy dog; antidisestablishmentarianism. " * 3
print(textwrap.fill(text, 30, initial_indent="* ", subsequent_indent="  "), textwrap.shorten(text, 40), textwrap.dedent("  a\n    b\n"), textwrap.indent("a\n\nb", "> "), sep="\n")
with shelve.open("shelf") as shelf, dbm.dumb.open("dumb", "c") as dumb:
    shelf["k"] = {"a": [1, 2]}
    shelf["t"] = (None, 1.5)
    dumb[b"x"] = "y"
    print(sorted(shelf.items()), dict(dumb), len(shelf))
with shelve.open("shelf", writeback=True) as shelf:
    shelf["k"]["b"] = 3
print(shelve.open("shelf")["k"], open("dumb.dir").read())

os.makedirs("tree/sub")
for name, data in [("tree/a.txt", b"a" * 1000), ("tree/sub/b.bin", bytes(range(256)) * 50), ("tree/\u00e9", b"")]:
    pathlib.Path(name).write_bytes(data)
    os.utime(name, (1600000000, 1600000000))
os.symlink("a.txt", "tree/link")


def at_home(member):
    member.uid = member.gid = 0
    member.uname, member.gname, member.mtime = "u", "g", 1600000000
    return member


for mode in ("w", "w:gz", "w:bz2", "w:xz"):
    with tarfile.open("t.tar", mode, format=tarfile.PAX_FORMAT) as tar:
        tar.add("tree", filter=at_home)
    with tarfile.open("t.tar") as tar:
        print(mode, [(m.name, m.size, m.type, oct(m.mode), m.linkname) for m in tar], digest(tar.extractfile("tree/sub/b.bin").read()))
with tarfile.open("t.tar") as tar:
    tar.extractall("out", filter="data") if hasattr(tarfile, "data_filter") else tar.extractall("out")
with zipfile.ZipFile("z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
    for path in sorted(pathlib.Path("tree").rglob("*")):
        archive.write(path)
    archive.writestr(zipfile.ZipInfo("w.txt", (2020, 1, 2, 3, 4, 6)), "text" * 100, zipfile.ZIP_LZMA)
with zipfile.ZipFile("z.zip") as archive:
    print([(i.filename, i.file_size, i.CRC, i.compress_type) for i in archive.infolist()], archive.testzip(), archive.read("w.txt")[:8], zipfile.Path(archive, "tree/").joinpath("a.txt").read_text()[:3])
shutil.make_archive("made", "zip", "tree")
print(sorted(str(p) for p in pathlib.Path("out").rglob("*")), os.path.getsize("made.zip") > 100, shutil.get_unpack_formats())
for module in (zlib, bz2, lzma, gzip):
    print(module.__name__, digest(module.decompress(module.compress(text.encode() * 50))))
for opener in (gzip.open, bz2.open, lzma.open):
    with opener("c", "wt", encoding="utf-8") as file:
        file.writelines(f"line {i} \u00e9\n" for i in range(300))
    with opener("c", "rt", encoding="utf-8") as file:
        print(file.readline(), sum(len(line) for line in file))
try:
    zipfile.ZipFile(io.BytesIO(b"PK not a zip"))
except zipfile.BadZipFile as error:
    print(error)
pprint.pprint({"k" * 20: list(range(30)), "nested": {"a": ["x" * 30] * 4, "t": ("y",), "s": {3}}, "d": collections.OrderedDict(a=1), "ns": types.SimpleNamespace(q=1)}, width=60)
print(reprlib.repr(list(range(100))), shlex.split("a 'b c' \"d\\\"e\" # x", comments=True), shlex.join(["a b", "c'd"]), string.capwords("a bc"), fnmatch.translate("*.[ch]?"))
writer = csv.DictWriter(sys.stdout, ["a", "b"], dialect="excel-tab", extrasaction="ignore")
writer.writeheader()
writer.writerows([{"a": 'q"x', "b": "l\nm", "c": 1}, {"a": 1.5}])
print(statistics.mean([1, 2, fractions.Fraction(1, 3)]), statistics.stdev([1.5, 2.5, 4]), statistics.quantiles(range(20), n=5), statistics.linear_regression([1, 2, 3], [2, 4.1, 6]),
      statistics.NormalDist(1, 2).cdf(2), decimal.Decimal("1.10") / 7, decimal.getcontext().prec, decimal.Decimal(2).sqrt(), round(decimal.Decimal("2.675"), 2))
random.seed(42)
print(random.random(), random.sample(range(100), 5), random.choices("abc", [1, 2, 3], k=6), random.gauss(0, 1), random.shuffle([1]), random.getrandbits(100), random.betavariate(1, 2))
calendar.TextCalendar(6).prmonth(2024, 2)
scheduler = sched.scheduler(time.monotonic, time.sleep)
for delay, name in ((0.02, "b"), (0.01, "a"), (0.02, "c")):
    scheduler.enter(delay, 1 if name == "b" else 2, print, (name,))
scheduler.run()


def deep(n):
    return deep(n - 1) if n else {}["k"]


try:
    try:
        deep(5)
    except KeyError as error:
        raise ExceptionGroup("group", [ValueError(1), TypeError("t")]) from error
except ExceptionGroup:
    traceback.print_exc(file=sys.stdout)
    print(traceback.format_exception_only(*sys.exc_info()[:2]), sys.exc_info()[1].split(ValueError))
T = typing.TypeVar("T")
print(typing.Dict[str, typing.List[T]][int], typing.get_type_hints(deep), typing.Union[int, None, str], typing.Callable[[int], str], typing.Literal["a", 1], typing.get_args(typing.Annotated[int, 3]))
print(sorted(pickle.loads(pickle.dumps([collections.Counter("abca"), collections.deque([1], 3), fractions.Fraction(1, 3), re.compile("a+"), range(3)])), key=str))
