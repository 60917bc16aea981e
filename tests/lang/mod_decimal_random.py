# Random operands, contexts and operations: the C module decimal against the one in Python.
# not under: --gc-stress (the module in Python takes minutes; mod_decimal.py is)
import random
import sys
import _decimal as C
import _pydecimal as P

count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
R = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 19)
ROUNDINGS = [n for n in dir(C) if n.startswith("ROUND_")]
UNARY = """abs exp ln log10 logb logical_invert minus next_minus next_plus normalize plus sqrt to_integral_exact to_integral_value
    copy_abs copy_negate is_normal is_subnormal is_zero is_signed number_class to_sci_string to_eng_string create_decimal""".split()
BINARY = """add subtract multiply divide divide_int remainder divmod compare compare_signal compare_total compare_total_mag logical_and
    logical_or logical_xor max max_mag min min_mag next_toward quantize remainder_near rotate scaleb shift power copy_sign same_quantum""".split()


def context_values():
    emax, emin = R.choice([(R.randint(0, 20), -R.randint(0, 20)), (999, -999), (999999, -999999), (C.MAX_EMAX, C.MIN_EMIN)])
    prec = R.choice([1, 2, 3, 9, 16, 19, 20, 28, 28, 38, 39, R.randint(1, 80)])
    return dict(prec=prec, rounding=R.choice(ROUNDINGS), Emin=emin, Emax=emax, clamp=R.randint(0, 1), capitals=R.randint(0, 1), traps=[], flags=[])


def digits(n):
    return R.choice(["9" * n, "1" + "0" * (n - 1), "".join(R.choices("01", k=n)), "".join(R.choices("0123456789", k=n)),
                     "".join(R.choices("0123456789", k=n)), (R.choice("12345") + "0" * n)[: n - 1] + R.choice("0159")])


def number(c):
    kind, prec = R.random(), c["prec"]
    sign = R.choice(["", "", "-"])
    if kind < 0.03:
        return sign + R.choice(["Infinity", "NaN", "sNaN", "NaN%d" % R.randint(0, 10**9), "sNaN12"])
    if kind < 0.08:
        return "%s0E%d" % (sign, R.randint(-prec - 5, prec + 5))
    if kind < 0.15:
        return str(R.randint(-20, 20))
    n = R.choice([1, 1, 2, 3, prec, prec + 1, R.randint(1, 2 * prec + 2), 19, 20, 38])
    e = R.choice([0, 0, -n, 1 - n, R.randint(-30, 30), R.randint(-2 * prec, 2 * prec), c["Emax"] - n + R.randint(-3, 3), c["Emin"] + R.randint(-3, 3)])
    return "%s%sE%d" % (sign, digits(n), max(-10**17, min(10**17, e)))


def size(x):
    return abs(x.adjusted()) if x.is_finite() else 0


def choose(c):
    """Name and operands as texts; none that takes _pydecimal long."""
    while True:
        name = R.choice(UNARY + BINARY * 2 + ["fma"] * 3 + ["power_mod"])
        operands = [number(c) for _ in range(1 if name in UNARY else 3 if name == "fma" else 2)]
        if name in ("shift", "rotate", "scaleb") and R.random() < 0.8:
            operands[1] = str(R.randint(-c["prec"] - 1, c["prec"] + 1))
        if name == "power" and R.random() < 0.6:
            operands = [R.choice(["4", "0.25", "16", "1.44", "100", "0.01", "1E+4", "0.5", "1.00", "-2", "-8", "1E-6", "125", operands[0]]),
                        R.choice(["2", "3", "-1", "-2", "0.5", "-0.5", "0.25", "10", "17", "1.5", "-3", "1E+1", "2.0"])]
        if name == "power_mod":
            operands = [str(R.randint(-10**R.randint(1, 30), 10**20)), str(R.randint(0, 10**10)), str(R.randint(-10**R.randint(1, 20), 10**20))]
        values = [C.Decimal(x) for x in operands]
        if name not in ("exp", "power", "ln", "log10") or all(size(v) < 1200 for v in values):
            return name, operands


def run(module, c, name, operands):
    context = module.Context(**c)
    module.setcontext(context)
    values = [module.Decimal(x) for x in operands]
    context.clear_flags()
    try:
        result = getattr(context, "power" if name == "power_mod" else name)(*values)
    except Exception as error:
        return type(error).__name__
    return str(result), " ".join(sorted(signal.__name__ for signal, on in context.flags.items() if on))


differences = 0
for _ in range(count):
    c = context_values()
    name, operands = choose(c)
    if name in ("divide_int", "divmod"):  # _pydecimal does not round their quotients
        c.update(clamp=0, Emax=999)
    got, want = run(C, c, name, operands), run(P, c, name, operands)
    if got != want:
        differences += 1
        print(name, operands, c, got, want)
print(differences, "differences")  # expect: 0 differences
