"""Mutated pickles: what loads gives the same, and what does not raises some exception. Which one is not compared: that depends on
which of several faults is met first."""
import io
import pickle
import sys

import fuzzing


class Thing:
    def __init__(self, *args):
        self.args = args

    def __repr__(self):
        return "Thing" + repr(sorted(self.__dict__.items(), key=repr))


Thing.__module__ = "__main__"
sys.modules["__main__"].Thing = Thing


class Careful(pickle.Unpickler):
    def find_class(self, module, name):
        if name in ("Thing", "OrderedDict", "bytearray", "set", "complex", "_reconstructor", "object", "int", "encode"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, pid):
        return "pid", pid


def sample_objects():
    shared = [1, "x"]
    thing = Thing(1)
    thing.self = thing
    return [(1, -5, 2**70, 1.5, None, True, "text\xe9", b"bytes"), {"a": shared, "b": shared, 3: {4}}, [thing, Thing()], bytearray(b"ab"),
            [frozenset([1]), 1j, list(range(20)), "x" * 300, 300, 70000]]


SAMPLES = [pickle.dumps(value, protocol) for value in sample_objects() for protocol in range(6)]


def load(data):
    try:
        return repr(Careful(io.BytesIO(data)).load())
    except Exception:
        return "an exception"


def case(rng):
    yield fuzzing.outcome(load, fuzzing.mutate(rng, rng.choice(SAMPLES)), show=str)


if __name__ == "__main__":
    fuzzing.run(case)
