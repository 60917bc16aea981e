#!/usr/bin/env python3
"""CPython's own tests on Weft: run.py [options] [TIER or FILE ...]  (default: all tiers of files.tbl)

Every file runs by CPython's runner (-m test -v) in a process and a directory of its own; FILE/PATTERN stands for its cases of which
a part of the name matches. Prints a line for each: "ok" or
"FAIL" by the ratchet, cases that passed, failed and were skipped, and what python3.11 passes. The ratchet: a case may fail
only if known.txt names it, and as many must pass as files.tbl says; the exit status tells. Ends with "N passed, N failed":
cases, and those that broke the ratchet.

  --weft PATH        the program (./weft)
  --options="OPT .." for it
  --jobs N           processes at a time (2)
  --timeout SECONDS  of one file (900): for hangs alone
  --logs DIR         keep the output of every file there
  --reference        run python3.11 instead and write its counts into files.tbl
  --update           write what passed into files.tbl and what failed into known.txt (reasons there are kept)
  --modes            what modes.tbl lists instead: files under options that must change no result
"""
import argparse
import collections
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
TABLE = os.path.join(HERE, "files.tbl")
KNOWN = os.path.join(HERE, "known.txt")
WHOLE_FILE = "(file)"  # in known.txt: why a file cannot be loaded
MODES = os.path.join(HERE, "modes.tbl")
Row = collections.namedtuple("Row", "tier file reference_ok reference_skipped ok")
Result = collections.namedtuple("Result", "ok failed skipped note log")
WHERE = r"(\w+) \(((?:test|__main__)(?:\.[\w.<>]+)?)\)"
CASE = re.compile("^" + WHERE, re.M)
VERDICT = re.compile(r"(?:\.\.\. |^)(?:\d+\.\d+s )?(ok|FAIL|ERROR|skipped\b.*|expected failure|unexpected success|\d+ tests with zero failures)$", re.M)
BROKEN = re.compile("^(?:FAIL|ERROR|UNEXPECTED SUCCESS): " + WHERE, re.M)


def read_table():
    rows, head = [], []
    with open(TABLE) as f:
        for line in f:
            fields = line.split()
            if fields and not line.startswith("#"):
                rows.append(Row(fields[0], fields[1], *map(int, fields[2:5])))
            elif not rows:
                head.append(line)
    return head, rows


def write_table(head, rows):
    with open(TABLE, "w") as f:
        f.writelines(head)
        for row in rows:
            f.write(f"{row.tier:5} {row.file:36} {row.reference_ok:5} {row.reference_skipped:5} {row.ok:5}\n")


def read_known():
    """{file: {case: reason}}, and the comment at the top."""
    known, head = collections.defaultdict(dict), []
    with open(KNOWN) as f:
        for line in f:
            if line.startswith("#"):
                head.append(line)
            elif line.strip():
                case, _, reason = line.strip().partition(" ")
                file, _, rest = case.partition(":")
                known[file][rest] = reason.strip()
    return head, known


def write_known(head, known):
    with open(KNOWN, "w") as f:
        f.writelines(head)
        for file in sorted(known):
            for case in sorted(known[file]):
                f.write(f"{file}:{case} {known[file][case]}\n")


def case_name(file, name, where):
    """Class.case, without the module; the class alone for its setUpClass."""
    where = re.sub(rf"^(?:test\.{file}|__main__|test$)\.?", "", where)
    return where if where.endswith(name) else f"{where}.{name}".lstrip(".")


def parse(file, text):
    """What the runner's verbose output says of each case."""
    verdicts, seen = {}, collections.Counter()
    cases = list(CASE.finditer(text.split("\n======", 1)[0]))
    for i, match in enumerate(cases):
        name = case_name(file, match[1], match[2])
        seen[name] += 1
        if seen[name] > 1:
            name += f"#{seen[name]}"
        end = cases[i + 1].start() if i + 1 < len(cases) else len(text)
        verdict = VERDICT.search(text.split("\n======", 1)[0], match.end(), end)
        verdicts[name] = re.sub(r"^\d.*", "ok", verdict[1]).split()[0] if verdict else "none"
    if re.search(r"^Tests result: SUCCESS", text, re.M): # a verdict may stand behind the output of a script
        verdicts = {name: "ok" if verdict == "none" else verdict for name, verdict in verdicts.items()}
    for match in BROKEN.finditer(text):
        verdicts[case_name(file, match[1], match[2])] = "FAIL"
    return verdicts


def read_modes():
    """[(options, tiers and files)]"""
    with open(MODES) as f:
        rows = [line.split("|") for line in f if "|" in line and not line.startswith("#")]
    return [(options.strip(), which.split()) for options, which in rows]


def run_file(arguments, options, name):
    file, _, pattern = name.partition("/")
    program = ["/usr/bin/python3.11"] if arguments.reference else [arguments.weft, *options.split()]
    where = tempfile.mkdtemp(prefix="conformance-")
    log = os.path.join(where, "log")
    # A home of its own: tests look for what a user has there.
    environment = dict(os.environ, HOME=where, PYTHONHASHSEED="0", LC_ALL="C.UTF-8")
    if not arguments.reference and os.path.isdir(os.path.join(HERE, "stand_in", file)):
        environment["PYTHONPATH"] = os.path.join(HERE, "stand_in", file)
    note = ""
    try:
        with open(log, "wb") as f:
            status = subprocess.run([*program, "-m", "test", "-v", file, *(["-m", pattern] if pattern else [])], stdin=subprocess.DEVNULL, stdout=f, stderr=f,
                                    cwd=where, env=environment, timeout=arguments.timeout).returncode
        if status < 0 or status > 127:
            note = f"ended by signal {-status if status < 0 else status - 128}"
    except subprocess.TimeoutExpired:
        note = "did not end"
    with open(log, errors="replace") as f:
        text = f.read()
    if arguments.logs:
        shutil.copy(log, os.path.join(arguments.logs, name.replace("/", ".") + options.replace(" ", "") + ".log"))
    shutil.rmtree(where, ignore_errors=True)
    verdicts = parse(file, text)
    skipped = {case for case, verdict in verdicts.items() if verdict == "skipped"}
    good = {case for case, verdict in verdicts.items() if verdict in ("ok", "expected")}
    failed = set(verdicts) - good - skipped
    if not note and not verdicts and not re.search(r"^(\w+ skipped --|Result: SUCCESS)", text, re.M):
        note = "did not load"
    return Result(good, failed, skipped, note, text)


def judge(row, result, known):
    """Lines about what broke the ratchet, and how many cases did."""
    new = sorted(case for case in result.failed if case not in known and case.split("#")[0] not in known)
    lines = [f"  {case}" for case in new]
    missing = row.ok - len(result.ok) - len(new)
    if missing > 0:
        lines.append(f"  {missing} cases fewer than before passed")
    return lines, len(new) + max(0, missing)


def table_line(row, result, good):
    lost = row.reference_ok + row.reference_skipped - len(result.ok) - len(result.failed) - len(result.skipped)
    if lost > 0 and not result.note:
        result = result._replace(note=f"{lost} cases of python3.11 did not run")
    return (f"{'ok' if good else 'FAIL':4} {row.file:36} {len(result.ok):5} {len(result.failed):5} {len(result.skipped):5}"
            f" {row.reference_ok:9} {result.note}").rstrip()


def parse_arguments():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--weft", default=os.path.join(HERE, "../../weft"))
    parser.add_argument("--options", default="")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout", type=int, default=900)
    parser.add_argument("--logs")
    parser.add_argument("--reference", action="store_true")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--modes", action="store_true")
    parser.add_argument("which", nargs="*")
    arguments = parser.parse_args()
    arguments.weft = os.path.abspath(arguments.weft)
    if arguments.modes and (arguments.update or arguments.reference or arguments.options or arguments.which):
        sys.exit("run.py: --modes names files and options itself, and updates nothing")
    if arguments.logs:
        os.makedirs(arguments.logs, exist_ok=True)
    return arguments


def choose(rows, which):
    unknown = [name for name in which if not any(name in (row.file, row.tier, row.tier[:2]) for row in rows)]
    if unknown:
        sys.exit(f"run.py: no file or tier {' '.join(unknown)} in files.tbl")
    return [row for row in rows if not which or row.file in which or row.tier in which or row.tier[:2] in which]


class Run:
    """Counts and results of the files that have run."""

    def __init__(self, arguments, known):
        self.arguments, self.known = arguments, known
        self.passed = self.broken = self.reference = 0
        self.updated = {}

    def take(self, row, result):
        arguments, known = self.arguments, self.known
        self.passed += len(result.ok)
        self.reference += row.reference_ok
        if arguments.reference:
            row = self.updated[row.file] = row._replace(reference_ok=len(result.ok), reference_skipped=len(result.skipped))
        if arguments.update:
            row = self.updated[row.file] = row._replace(ok=len(result.ok))
            old = known[row.file]
            known[row.file] = {case: old[case] for case in old if case == WHOLE_FILE}
            known[row.file].update((case, old.get(case, "open")) for case in result.failed)
        lines, count = ([], 0) if arguments.reference else judge(row, result, known[row.file])
        self.broken += count
        print("\n".join([table_line(row, result, count == 0), *lines]), flush=True)

    def run(self, options, chosen):
        print(f"{'':4} {'file':36} {'ok':>5} {'fail':>5} {'skip':>5} {'reference':>9} {options}".rstrip())
        with concurrent.futures.ThreadPoolExecutor(self.arguments.jobs) as pool:
            results = pool.map(lambda row: run_file(self.arguments, options, row.file), chosen)
            for row, result in zip(chosen, results):
                self.take(row, result)


def main():
    arguments = parse_arguments()
    table_head, rows = read_table()
    known_head, known = read_known()
    run = Run(arguments, known)
    for options, which in read_modes() if arguments.modes else [(arguments.options, arguments.which)]:
        run.run(options, choose(rows, which))
    if arguments.reference or arguments.update:
        write_table(table_head, [run.updated.get(row.file, row) for row in rows])
    if arguments.update:
        write_known(known_head, known)
    print(f"{run.passed} of {run.reference} cases that pass on python3.11")
    print(f"{run.passed} passed, {run.broken} failed")
    sys.exit(run.broken > 0)


if __name__ == "__main__":
    main()
