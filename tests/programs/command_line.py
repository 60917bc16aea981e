"""Command lines and data classes: click, argparse, optparse, attrs, more-itertools, dateutil, tqdm, simplejson, pyparsing, ply."""
import argparse
import datetime
import io
import os
import sys
import attr
import click
import more_itertools as mi
import pyparsing as pp
sys.modules["simplejson._speedups"] = None  # words some errors otherwise
import simplejson
import tqdm
from click.testing import CliRunner
from dateutil import parser as dateparser, relativedelta, rrule, tz, easter


@click.group(invoke_without_command=True)
@click.option("--debug/--no-debug", default=False, help="Say more.")
@click.version_option("1.2")
@click.pass_context
def cli(context, debug):
    """A tool of many commands."""
    context.obj = debug
    if context.invoked_subcommand is None:
        click.echo("no command")


@cli.command()
@click.argument("names", nargs=-1, required=True)
@click.option("-n", "--count", type=click.IntRange(1, 5), default=1, show_default=True)
@click.option("--kind", type=click.Choice(["a", "b"]), prompt=True)
@click.option("--when", type=click.DateTime())
@click.pass_obj
def greet(debug, names, count, kind, when):
    """Greets NAMES."""
    for name in names * count:
        click.secho(f"{debug} {name} {kind} {when}", fg="green")


@cli.command(short_help="fails")
@click.option("--file", type=click.File("r"))
@click.password_option()
def fail(file, password):
    raise click.ClickException("failed " + password)


runner = CliRunner()
for args, text in [([], ""), (["--help"], ""), (["greet", "--help"], ""), (["greet", "x", "-n", "9"], ""), (["greet", "x", "y", "-n", "2"], "c\na\n"),
                   (["--debug", "greet", "z", "--kind", "b", "--when", "2020-01-02"], ""), (["fail"], "p\np\n"), (["fail", "--file", "none"], ""),
                   (["grete"], ""), (["--version"], ""), (["greet"], ""), (["--no-such"], "")]:
    result = runner.invoke(cli, args, input=text)
    print(args, result.exit_code, result.output, repr(result.exception), sep="\n")

parser = argparse.ArgumentParser(prog="tool", description="D " * 60, epilog="E", fromfile_prefix_chars="@")
parser.add_argument("pos", nargs="+", type=int, help="numbers %(type)s")
group = parser.add_mutually_exclusive_group(required=True)
group.add_argument("-v", "--verbose", action="count", default=0)
group.add_argument("-q", action="store_true")
parser.add_argument("--choice", choices=["x", "y"], metavar="C")
parser.add_argument("--flag", action=argparse.BooleanOptionalAction)
sub = argparse.ArgumentParser(prog="sub").add_subparsers(dest="command", required=True)
print(parser.format_help(), sub.add_parser("one", aliases=["o"], help="h").format_usage())
for args in (["1", "2", "-vv"], ["x", "-q"], ["1"], ["-v", "-q", "1"], ["1", "-q", "--choice", "z"], ["-q", "1", "--no-flag", "--cho", "x"], ["-q", "1", "--unknown"]):
    try:
        sys.stderr = sys.stdout
        print(parser.parse_args(args))
    except SystemExit as error:
        print(error.code)
    finally:
        sys.stderr = sys.__stderr__


@attr.s(auto_attribs=True, order=True, slots=True)
class Point:
    x: int = attr.ib(converter=int, validator=attr.validators.instance_of(int))
    y: float = attr.ib(default=2.0, metadata={"u": 1}, repr=lambda v: f"<{v}>")
    tags: list = attr.Factory(list)

    @y.validator
    def check(self, attribute, value):
        if value < 0:
            raise ValueError(f"{attribute.name} negative")


@attr.frozen(kw_only=True)
class Frozen:
    a: int
    b: "Point" = None
    c: int = attr.field(init=False, default=attr.Factory(lambda self: self.a + 1, takes_self=True))


p = Point("3")
print(p, p < Point(4), attr.asdict(p), attr.evolve(p, y=1), attr.fields(Point).y.metadata, Frozen(a=1, b=p), hash(Frozen(a=1)) == hash(Frozen(a=1)))
for bad in (lambda: Point(1, -1), lambda: setattr(Frozen(a=1), "a", 2), lambda: Frozen(1), lambda: Point(), lambda: setattr(p, "q", 1)):
    try:
        bad()
    except Exception as error:
        print(type(error).__name__, error)
print(list(mi.chunked(range(7), 3)), list(mi.windowed(range(5), 3)), mi.ilen(range(9)), list(mi.collapse([1, [2, [3]]])), list(mi.interleave_longest([1, 2, 3], "ab")),
      list(mi.split_when([1, 2, 0, 1], lambda a, b: b < a)), mi.bucket(["a1", "b2"], key=lambda s: s[0])["a"], list(mi.distinct_permutations([1, 1, 2])),
      dict(mi.map_reduce(range(6), lambda x: x % 2)), list(mi.pairwise(range(4))), mi.peekable([1, 2]).peek(), list(mi.set_partitions("abc", 2)),
      list(mi.roundrobin("ab", "cde")), mi.first_true([0, 3]), list(mi.consecutive_groups([1, 2, 4]).__next__()), mi.seekable("abc").__next__())
for text in ("2003-09-25T10:49:41.5-03:00", "Thu Sep 25 10:36:28 2003", "10/09/2003", "25 sept 2003 3pm UTC", "199709020908", "no date", "Jan 32 2003"):
    try:
        print(dateparser.parse(text, default=datetime.datetime(2000, 1, 1)))
    except ValueError as error:
        print(type(error).__name__, error)
print(list(rrule.rrule(rrule.MONTHLY, byweekday=rrule.FR(-1), count=5, dtstart=datetime.datetime(2020, 1, 1))), easter.easter(2024),
      rrule.rrulestr("DTSTART:20200101T000000\nRRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;COUNT=2")[1],
      datetime.datetime(2020, 1, 31) + relativedelta.relativedelta(months=1, weekday=relativedelta.MO), tz.gettz("Europe/Vienna"),
      datetime.datetime(2020, 7, 1, tzinfo=tz.UTC).astimezone(tz.tzstr("EST5EDT")), relativedelta.relativedelta(datetime.date(2020, 3, 1), datetime.date(2019, 1, 31)))
out = io.StringIO()
for i in tqdm.tqdm(range(3), file=out, bar_format="{l_bar}{bar:10}{n_fmt}/{total_fmt}", mininterval=0, ascii=True, desc="d"):
    pass
print(repr(out.getvalue()), tqdm.tqdm.format_sizeof(123456), tqdm.tqdm.format_interval(3725), tqdm.tqdm.format_meter(5, 10, 2.0, ncols=60))
print(simplejson.dumps({"b": [1.5, None, "\u00e9"], "a": (1, 2)}, sort_keys=True, indent="  "), simplejson.loads('{"a": 1.10}', use_decimal=True), simplejson.dumps({1: float("inf")}))
for bad in ("[1,", '{"a" 1}', '"\x01"', "nul"):
    try:
        simplejson.loads(bad)
    except simplejson.JSONDecodeError as error:
        print(error)
number = pp.pyparsing_common.number
expr = pp.infix_notation(number, [(pp.one_of("* /"), 2, pp.OpAssoc.LEFT), (pp.one_of("+ -"), 2, pp.OpAssoc.LEFT), ("!", 1, pp.OpAssoc.LEFT)])
print(expr.parse_string("1 + 2 * (3 - 4) * 5").as_list(), pp.Group(pp.Word(pp.alphas)("k") + "=" + pp.QuotedString('"')("v")).parse_string('a = "b"').dump())
print(pp.delimited_list(pp.Word(pp.nums)).set_parse_action(lambda t: [int(x) for x in t]).parse_string("1,2, 3"), list(pp.Word(pp.nums).scan_string("a1b22")))
for bad in ("1 +", ")"):
    try:
        expr.parse_string(bad, parse_all=True)
    except pp.ParseException as error:
        print(error, error.explain(depth=0), sep="\n")

import ply.lex
import ply.yacc
tokens = ("NAME", "NUMBER")
literals = "=+-*/()"
t_NAME = r"[a-zA-Z_]\w*"
t_ignore = " \t"
precedence = (("left", "+", "-"), ("left", "*", "/"), ("right", "UMINUS"))
names = {"x": 7}


def t_NUMBER(t):
    r"\d+"
    t.value = int(t.value)
    return t


def t_error(t):
    print("illegal", t.value[0])
    t.lexer.skip(1)


def p_statement(p):
    """statement : NAME '=' expression
                 | expression"""
    print(p.slice[0], p[len(p) - 1])
    if len(p) == 4:
        names[p[1]] = p[3]


def p_binary(p):
    """expression : expression '+' expression
                  | expression '-' expression
                  | expression '*' expression
                  | expression '/' expression"""
    p[0] = {"+": lambda a, b: a + b, "-": lambda a, b: a - b, "*": lambda a, b: a * b, "/": lambda a, b: a // b}[p[2]](p[1], p[3])


def p_other(p):
    """expression : '-' expression %prec UMINUS
                  | '(' expression ')'"""
    p[0] = -p[2] if p[1] == "-" else p[2]


def p_leaf(p):
    """expression : NUMBER
                  | NAME"""
    p[0] = names.get(p[1], p[1]) if isinstance(p[1], str) else p[1]


def p_error(p):
    print("syntax error at", p)


lexer = ply.lex.lex()
calculator = ply.yacc.yacc(write_tables=False, debug=False)
for line in ("1 + 2 * 3", "y = -(x - 3) * 2", "y", "1 +", "2 $ 3", "((4))"):
    calculator.parse(line, lexer=lexer)
