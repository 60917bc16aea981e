"""The figures of `make bench`. Runs under /usr/bin/python3; starts Weft and python3.11 as processes, interleaved.

    run.py --weft PATH [--build DIR] [--pairs N] [--rounds N] [--scale X] [--only KERNEL,...] [GROUP...]

Groups: solo and single (kernels, and programs of varied kind: time against python3.11), multi (--stm-multi against solo), threads (2 threads against two solo
processes started together), micro (C programs that print their own figures), memory (peak of whole processes), startup (time of
whole processes). All by default.
"""
import argparse
import math
import os
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = "/usr/bin/python3.11"
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
import single_thread  # noqa: E402
import solo  # noqa: E402
import threads  # noqa: E402


GROUPS = ["solo", "single", "multi", "threads", "micro", "memory", "startup"]


class Failed(Exception):
    pass


def output_of(process, command):
    out, _ = process.communicate(timeout=600)
    if process.returncode != 0:
        raise Failed(f"{' '.join(command[-4:])}: exit status {process.returncode}")
    seconds, result = out.split(None, 1)
    return float(seconds), result.strip()


def start(command):
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def run_one(command):
    return output_of(start(command), command)


def spread(values):
    """Median, and the quartiles as a range."""
    values = sorted(values)
    low, high = values[len(values) // 4], values[(3 * len(values)) // 4]
    return statistics.median(values), low, high


def geometric_mean(values):
    return math.exp(statistics.fmean(map(math.log, values))) if values else float("nan")


def compare(title, names, script, first, second, rounds, arguments):
    """Interleaved runs of both commands on each kernel: the ratio of the second's time to the first's."""
    print(f"\n{title}")
    print(f"  {'kernel':14} {'first':>9} {'second':>9} {'ratio':>7}   quartiles of the ratio")
    ratios = []
    for name in names:
        times = [], []
        try:
            for _ in range(rounds):
                results = []
                for command, into in zip((first, second), times):
                    seconds, result = run_one(command + [script, name, *arguments])
                    into.append(seconds)
                    results.append(result)
                if results[0] != results[1]:
                    raise Failed(f"{name}: results differ: {results[0]} and {results[1]}")
        except (Failed, subprocess.TimeoutExpired, ValueError) as error:
            print(f"  {name:14} failed: {error}")
            continue
        ratio, low, high = spread([b / a for a, b in zip(*times)])
        ratios.append(ratio)
        print(f"  {name:14} {statistics.median(times[0]):8.3f}s {statistics.median(times[1]):8.3f}s {ratio:7.2f}   {low:.2f} .. {high:.2f}")
        sys.stdout.flush()
    print(f"  geometric mean of {len(ratios)} kernels: {geometric_mean(ratios):.3f}")


def pair_of_processes(command):
    began = time.perf_counter()
    processes = [start(command) for _ in range(2)]
    for process in processes:
        output_of(process, command)
    return time.perf_counter() - began


def compare_threads(options, names):
    print("\n2W by 2 threads against two solo processes of W each, started together: wall time of the processes")
    print(f"  {'kernel':14} {'processes':>9} {'threads':>9} {'ratio':>7}   quartiles, {options.pairs} pairs")
    script = os.path.join(HERE, "threads.py")
    for name in names:
        single, double = [], []
        try:
            for _ in range(options.pairs):
                single.append(pair_of_processes([options.weft, script, name, "0", str(options.scale)]))
                began = time.perf_counter()
                run_one([options.weft, script, name, "2", str(options.scale)])
                double.append(time.perf_counter() - began)
        except (Failed, subprocess.TimeoutExpired, ValueError) as error:
            print(f"  {name:14} failed: {error}")
            continue
        ratio, low, high = spread([b / a for a, b in zip(single, double)])
        print(f"  {name:14} {statistics.median(single):8.3f}s {statistics.median(double):8.3f}s {ratio:7.2f}   {low:.2f} .. {high:.2f}")
        sys.stdout.flush()


def run_micro(options):
    folder = os.path.join(options.build, "benchmarks")
    programs = sorted(name for name in os.listdir(folder) if name.endswith("_bench")) if os.path.isdir(folder) else []
    for name in programs:
        print(f"\n{name}")
        sys.stdout.flush()
        subprocess.run([os.path.join(folder, name)], timeout=600, check=False)


def first_thread(options):
    try:
        seconds, rest = run_one([options.weft, os.path.join(HERE, "first_thread.py")])
        print(f"\nFirst thread start with a heap of 1 GB: {seconds * 1e3:.1f} ms; {rest} s")
    except Failed as error:
        print(f"\nFirst thread start failed: {error}")


def measure_process(command):
    """Wall time and CPU time of a whole process."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"{command[-1]}: exit status {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime


def peak_megabytes(command, program):
    """Of its memory since exec: ru_maxrss would count what the forking process had as well."""
    program += "\nfor line in open('/proc/self/status'):\n    if line.startswith('VmHWM'): print(line.split()[1], 0)"
    return run_one([command, "-c", program])[0] / 1024


MEMORY = {
    "nothing": "pass",
    "10^6 instances": "class C:\n    def __init__(self, i): self.x = i; self.y = i\nx = [C(i) for i in range(10**6)]",
    "10^6 int keys": "x = {i: i for i in range(10**6)}",
    "10^6 str keys": "x = {str(i): i for i in range(10**6)}",
    "10^6 strings": "x = ['abc%d' % i for i in range(10**6)]",
    "10^7 ints": "x = [i * 7 for i in range(10**7)]",
    "10^7 floats": "x = [i * 0.7 for i in range(10**7)]",
}


def compare_memory(options):
    print("\nPeak memory of a process: weft (second) against python3.11 (first)")
    print(f"  {'program':14} {'first':>9} {'second':>9} {'ratio':>7}")
    for title, program in MEMORY.items():
        try:
            theirs, ours = (peak_megabytes(command, program) for command in (PYTHON, options.weft))
            print(f"  {title:14} {theirs:7.1f}MB {ours:7.1f}MB {ours / theirs:7.2f}")
        except (Failed, ValueError) as error:
            print(f"  {title:14} failed: {error}")
        sys.stdout.flush()


STARTUP = {
    "-c pass": ["-c", "pass"],
    "-S -c pass": ["-S", "-c", "pass"],
    "-I -c pass": ["-I", "-c", "pass"],
    "long import": ["-c", "import asyncio, json, http.server, subprocess, datetime, decimal, logging, unittest, argparse, email, xml.dom.minidom, "
                    "urllib.request, tempfile, shutil, pathlib, typing, dataclasses, inspect"],
}


def compare_startup(options):
    """Cached bytecode of both is written by the first run, which does not count."""
    print("\nTime of a process from start to end: weft (second) against python3.11 (first); wall time, and CPU time")
    print(f"  {'program':14} {'first':>9} {'second':>9} {'ratio':>7} {'quartiles':>14}   {'first':>9} {'second':>9} {'ratio':>7}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    os.environ.clear()
    os.environ.update(environment)
    for title, arguments in STARTUP.items():
        try:
            runs = [[measure_process([command, *arguments]) for command in (PYTHON, options.weft)] for _ in range(4 * options.rounds + 1)][1:]
        except Failed as error:
            print(f"  {title:14} failed: {error}")
            continue
        ratio, low, high = spread([ours[0] / theirs[0] for theirs, ours in runs])
        columns = [[statistics.median(run[command][what] for run in runs) * 1e3 for command in (0, 1)] for what in (0, 1)]
        cpu = statistics.median(ours[1] / theirs[1] for theirs, ours in runs)
        print(f"  {title:14} {columns[0][0]:7.1f}ms {columns[0][1]:7.1f}ms {ratio:7.2f} {low:6.2f} .. {high:4.2f}   "
              f"{columns[1][0]:7.1f}ms {columns[1][1]:7.1f}ms {cpu:7.2f}")
        sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weft", required=True)
    parser.add_argument("--build", default="build/release-gcc")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    parser.add_argument("group", nargs="*", choices=[[], *GROUPS])
    options = parser.parse_args()
    groups = options.group or GROUPS
    chosen = set(options.only.split(",")) if options.only else None

    def names(kernels):
        return [name for name in kernels if chosen is None or name in chosen]

    script, scale = os.path.join(HERE, "solo.py"), [str(options.scale)]
    if "solo" in groups:
        compare("Solo: weft (second) against python3.11 (first)", names(solo.KERNELS), script, [PYTHON], [options.weft], options.rounds, scale)
    if "single" in groups:
        compare("Programs of one thread: weft (second) against python3.11 (first)", names(single_thread.KERNELS),
                os.path.join(HERE, "single_thread.py"), [PYTHON], [options.weft], options.rounds, scale)
    if "multi" in groups:
        compare("One thread: --stm-multi (second) against solo (first)", names(solo.KERNELS), script, [options.weft], [options.weft, "--stm-multi"],
                options.rounds, scale)
    if "threads" in groups:
        compare_threads(options, names(threads.KERNELS))
    if "micro" in groups:
        run_micro(options)
        first_thread(options)
    if "memory" in groups:
        compare_memory(options)
    if "startup" in groups:
        compare_startup(options)


main()
