#!/usr/bin/env python3
"""Programs that others wrote, on Weft and on python3.11: run.py [options] [NAME or TIER ...]  (default: all of programs.tbl)

Each driver runs once on either, in an empty directory of the same name and as a program of the same name; what both print
(standard output, and standard error for tracebacks) and how they end must be equal byte by byte. Prints "ok" or "FAIL" with
the ratio of times and the first differences; programs whose packages are missing are skipped. Ends with "N passed, N failed".

  --weft PATH        the program (./weft)
  --options "OPT .." for it
  --pairs N          run either N times in turn; the ratio is that of the medians (1)
  --timeout SECONDS  of one run (900): for hangs alone
  --keep DIR         keep the outputs there as NAME.weft and NAME.python
  --packages         print the Debian packages of the programs, do not run them
"""
import argparse
import collections
import difflib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
REFERENCE = "/usr/bin/python3.11"
Program = collections.namedtuple("Program", "name tier packages command")
Run = collections.namedtuple("Run", "output seconds")


def read_table():
    with open(os.path.join(HERE, "programs.tbl")) as file:
        rows = [line.split() for line in file if line.strip() and not line.startswith("#")]
    return [Program(name, tier, [] if packages == "-" else packages.split(","), command)
            for name, tier, packages, *command in rows]


def missing_packages(program):
    """Those not installed; a package can be there without dpkg, so a driver's imports have the last word elsewhere."""
    asked = program.packages and subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Abbrev}${Package}\n", *program.packages],
                                                capture_output=True, text=True).stdout
    return [p for p in program.packages if f"ii {p}\n" not in asked]


def blot(text):
    """Without what differs by design: addresses, and that python3.11 keeps a few modules frozen, whose lines no traceback shows."""
    text = re.sub(r"0x[0-9a-f]{6,}", "ADDRESS", text)
    return re.sub(r'  File "(?:<frozen runpy>|[^"]*/runpy\.py)", .*\n(?:    .*\n)*', "", text)


def run_once(interpreter, options, program, timeout, top):
    """In top/work, by a link named python3.11: what a program prints about where it is does not tell the two apart."""
    work, link = os.path.join(top, "work"), os.path.join(top, "bin", "python3.11")
    for folder in (work, os.path.dirname(link)):
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
    os.symlink(interpreter, link)
    environment = dict(os.environ, HOME=work, PYTHONHASHSEED="0", LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1", COLUMNS="100", TZ="UTC",
                       PYTHONPATH=HERE)
    driver = os.path.join(HERE, program.command[0] + ".py")
    start = time.perf_counter()
    try:
        done = subprocess.run([link, *options, driver, *program.command[1:]], cwd=work, env=environment, timeout=timeout,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, status = done.stdout, done.returncode
    except subprocess.TimeoutExpired as expired:
        output, status = expired.stdout or b"", "did not end"
    seconds = time.perf_counter() - start
    text = output.decode("utf-8", "replace")
    return Run(blot(text) + f"exit status {status}\n", seconds)


def first_differences(expected, got):
    lines = difflib.unified_diff(expected.splitlines(), got.splitlines(), "python3.11", "weft", n=1, lineterm="")
    return [line[:160] for _, line in zip(range(12), lines)]


def check(arguments, program, top):
    """Runs one program on both; prints the verdict. 1 if it failed, otherwise 0."""
    times = ([], [])
    for _ in range(arguments.pairs):
        expected = run_once(REFERENCE, [], program, arguments.timeout, top)
        got = run_once(arguments.weft, arguments.options.split(), program, arguments.timeout, top)
        times[0].append(expected.seconds)
        times[1].append(got.seconds)
        if expected.output != got.output:
            break
    if arguments.keep:
        for ending, run in (("python", expected), ("weft", got)):
            with open(os.path.join(arguments.keep, f"{program.name}.{ending}"), "w") as file:
                file.write(run.output)
    # A driver that fails on both checks nothing.
    same = expected.output == got.output and expected.output.endswith("exit status 0\n")
    ours, theirs = (statistics.median(t) for t in (times[1], times[0]))
    print(f"{'ok' if same else 'FAIL'} {program.name:24} {ours / theirs:5.2f}x ({ours:.1f} s, python3.11 {theirs:.1f} s)")
    if not same:
        print("\n".join(first_differences(expected.output, got.output) or expected.output.splitlines()[-6:]))
    sys.stdout.flush()
    return int(not same)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--weft", default=os.path.join(HERE, "../../weft"))
    parser.add_argument("--options", default="")
    parser.add_argument("--pairs", type=int, default=1)
    parser.add_argument("--timeout", type=int, default=900)
    parser.add_argument("--keep")
    parser.add_argument("--packages", action="store_true")
    parser.add_argument("which", nargs="*")
    arguments = parser.parse_args()
    arguments.weft = os.path.realpath(arguments.weft)
    programs = read_table()
    unknown = set(arguments.which) - {name for p in programs for name in (p.name, p.tier)}
    if unknown:
        sys.exit(f"run.py: no program or tier {' '.join(sorted(unknown))} in programs.tbl")
    chosen = [p for p in programs if not arguments.which or p.name in arguments.which or p.tier in arguments.which]
    if arguments.packages:
        print(*sorted({package for p in chosen for package in p.packages}), sep="\n")
        return
    if arguments.keep:
        os.makedirs(arguments.keep, exist_ok=True)
    failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="programs-") as top:
        for program in chosen:
            if missing := missing_packages(program):
                print(f"skip {program.name}: not installed: {' '.join(missing)}")
                skipped += 1
            else:
                failed += check(arguments, program, top)
    print(f"{len(chosen) - failed - skipped} passed, {failed} failed")
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
