"""The figures of `make bench`. Runs under /usr/bin/python3; starts Weft and python3.11 as processes, interleaved.

    run.py --weft PATH [--build DIR] [--pairs N] [--rounds N] [--scale X] [--only KERNEL,...] [GROUP...]

Groups: solo and single (kernels, and programs of varied kind: time against python3.11), multi (--stm-multi against solo), threads (2 threads against two solo
processes started together), micro (C programs that print their own figures). All by default.
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


def memory_of(command, program):
    """Peak resident bytes that a program adds to an empty one."""
    peaks = []
    for text in ("pass", program):
        script = f"{text}\nfor line in open('/proc/self/status'):\n    if line.startswith('VmHWM'): print(line.split()[1], 0)"
        peaks.append(run_one(command + ["-c", script])[0] * 1024)
    return peaks[1] - peaks[0]


def compare_memory(options):
    print("\nMemory of a list of ten million numbers, bytes each")
    for title, program in (("ints", "x = list(range(10**7))"), ("floats", "x = [i * 0.5 for i in range(10**7)]")):
        try:
            ours, theirs = (memory_of(command, program) / 1e7 for command in ([options.weft], [PYTHON]))
            print(f"  {title:7} weft {ours:6.1f}   python3.11 {theirs:6.1f}")
        except (Failed, ValueError) as error:
            print(f"  {title:7} failed: {error}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--weft", required=True)
    parser.add_argument("--build", default="build/release-gcc")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", default="")
    parser.add_argument("group", nargs="*", choices=[[], "solo", "single", "multi", "threads", "micro", "memory"])
    options = parser.parse_args()
    groups = options.group or ["solo", "single", "multi", "threads", "micro", "memory"]
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


main()
