# Module pickle over _pickle: what goes through all protocols, how it looks, hooks, buffers, errors.
import copyreg, io, pickle, pickletools
from collections import OrderedDict, deque
from fractions import Fraction


def error(f, *args, **kw):
    try:
        print(f(*args, **kw))
    except Exception as e:
        print(type(e).__name__, str(e)[:90])


class Plain:
    pass


class Slots:
    __slots__ = 'a', 'b'


class New(int):
    def __new__(cls, value, *, unit):
        self = super().__new__(cls, value)
        self.unit = unit
        return self

    def __getnewargs_ex__(self):
        return (int(self),), {'unit': self.unit}


class State:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return State, (0,), self.value, None, None, State.put

    def put(self, state):
        self.value = state * 2


class Bag(list):
    class Inner:
        pass


plain = Plain()
plain.x, plain.me, plain.ring = [1, (2,)], plain, ()
plain.ring = (plain, [plain])
slots = Slots()
slots.a = {1: frozenset([2])}
bag = Bag('abc')
bag.name = 'bag'
values = [None, True, 0, -1, 255, 65535, -2**31, 2**31, 2**2000, -2**63, 1.5, -0.0, '', 'é\n\\\u20ac\U0001d11e\ud800', b'', b'\x00\xff' * 200,
          bytearray(b'xy'), (), (1,), (1, 2, 3, 4), [], list(range(2500)), {}, {i: str(i) for i in range(1500)}, set(range(1200)), frozenset(),
          Fraction(3, 4), OrderedDict(a=1), deque([1, 2], 5), len, [].append.__name__, int, type(None), ..., NotImplemented, Bag.Inner, range(5), 3 + 4j]
for protocol in range(6):
    copies = pickle.loads(pickle.dumps(values, protocol))
    assert copies == values and [type(x) for x in copies] == [type(x) for x in values], protocol
    p = pickle.loads(pickle.dumps(plain, protocol))
    assert p.me is p and p.ring[0] is p and p.ring[1][0] is p and p.x == [1, (2,)]
    b = pickle.loads(pickle.dumps(bag, protocol))
    assert b == bag and b.name == 'bag' and type(b) is Bag
    assert pickle.loads(pickle.dumps(State(4), protocol)).value == 8
    n = pickle.loads(pickle.dumps(New(5, unit='m'), protocol)) if protocol >= 2 else New(5, unit='m')
    assert n == 5 and n.unit == 'm'
    out = io.BytesIO()
    for thing in 'abc', ['x' * 100000, b'y' * 70000], 5: pickle.dump(thing, out, protocol)
    out.seek(0)
    assert [pickle.load(out) for i in range(3)] == ['abc', ['x' * 100000, b'y' * 70000], 5]
print(pickle.loads(pickle.dumps(slots, 2)).a, pickle.Pickler.__module__, pickle.PickleBuffer(b'x').raw().tobytes())  # expect: {1: frozenset({2})} _pickle b'x'
print(pickle.dumps([1, 'a', (2.5, None), {'k': b'v'}], 0))  # expect: b'(lp0\nI1\naVa\np1\na(F2.5\nNtp2\na(dp3\nVk\np4\nc_codecs\nencode\np5\n(Vv\np6\nVlatin1\np7\ntp8\nRp9\nsa.'
print(pickle.dumps([1, 'a', (2.5, None), {'k': b'v'}], 2))  # expect: b'\x80\x02]q\x00(K\x01X\x01\x00\x00\x00aq\x01G@\x04\x00\x00\x00\x00\x00\x00N\x86q\x02}q\x03X\x01\x00\x00\x00kq\x04c_codecs\nencode\nq\x05X\x01\x00\x00\x00vq\x06X\x06\x00\x00\x00latin1q\x07\x86q\x08Rq\tse.'
print(pickle.dumps([1, 'a', (2.5, None), {'k': b'v'}]))  # expect: b'\x80\x04\x95"\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01\x8c\x01a\x94G@\x04\x00\x00\x00\x00\x00\x00N\x86\x94}\x94\x8c\x01k\x94C\x01v\x94se.'
print(pickle.dumps(Bag.Inner), pickle.dumps(OrderedDict, 2), pickle.dumps(OrderedDict, 2, fix_imports=False))  # expect: b'\x80\x04\x95\x1a\x00\x00\x00\x00\x00\x00\x00\x8c\x08__main__\x94\x8c\tBag.Inner\x94\x93\x94.' b'\x80\x02ccollections\nOrderedDict\nq\x00.' b'\x80\x02ccollections\nOrderedDict\nq\x00.'
print(pickle.loads(b"c__builtin__\nxrange\n(I1\nI3\ntR."), pickle.loads(b"S'\\xe9'\n.", encoding='latin-1'), pickle.loads(b'U\x01\xe9.', encoding='bytes'))  # expect: range(1, 3) é b'\xe9'


class Names(pickle.Pickler):
    def persistent_id(self, v):
        return v.upper() if type(v) is bytes else None

    def reducer_override(self, v):
        return (complex, (1, 2)) if isinstance(v, Plain) else NotImplemented


class Unnames(pickle.Unpickler):
    def persistent_load(self, pid):
        return pid + b'!'

    def find_class(self, module, name):
        return super().find_class(module, name)


out = io.BytesIO()
Names(out).dump([b'a', plain, b'a'])
print(Unnames(io.BytesIO(out.getvalue())).load())  # expect: [b'A!', (1+2j), b'A!']
out = io.BytesIO()
pickler = pickle.Pickler(out, 2)
pickler.dispatch_table = copyreg.dispatch_table.copy()
pickler.dispatch_table[Slots] = lambda v: (str, ('slots',))
pickler.dump(slots)
pickler.dump(slots)
print(out.getvalue(), len(pickler.memo.copy()))  # expect: b'\x80\x02c__builtin__\nunicode\nq\x00X\x05\x00\x00\x00slotsq\x01\x85q\x02Rq\x03.\x80\x02h\x03.' 4
buffers = []
data = pickle.dumps([pickle.PickleBuffer(b'in'), pickle.PickleBuffer(bytearray(b'out'))], 5, buffer_callback=buffers.append)
print(data, [bytes(x) for x in pickle.loads(data, buffers=buffers)])  # expect: b'\x80\x05\x95\x08\x00\x00\x00\x00\x00\x00\x00]\x94(\x97\x98\x97e.' [b'in', b'out']
error(pickle.dumps, 1, 6)  # expect: ValueError pickle protocol must be <= 5
error(pickle.dumps, (x for x in ()))  # expect: TypeError cannot pickle 'generator' object
error(pickle.dumps, staticmethod(len))  # expect: TypeError cannot pickle 'staticmethod' object
error(pickle.loads, b'')  # expect: EOFError Ran out of input
error(pickle.loads, b'\x80\x09.')  # expect: ValueError unsupported pickle protocol: 9
error(pickle.loads, b'K')  # expect: UnpicklingError pickle data was truncated
error(pickle.loads, b'Z')  # expect: UnpicklingError invalid load key, 'Z'.
error(pickle.loads, b'\xff')  # expect: UnpicklingError invalid load key, '\xff'.
error(pickle.loads, b'h\x01.')  # expect: UnpicklingError Memo value not found at index 1
error(pickle.loads, b'R.')  # expect: UnpicklingError unpickling stack underflow
error(pickle.loads, b'(.')  # expect: UnpicklingError unexpected MARK found
error(pickle.loads, b'cnone_such\nx\n.')  # expect: ModuleNotFoundError No module named 'none_such'
error(pickle.loads, 'text')  # expect: TypeError a bytes-like object is required, not 'str'
error(pickle.load, 5)  # expect: TypeError file must have 'read' and 'readline' attributes
error(pickle.loads, data)  # expect: UnpicklingError pickle stream refers to out-of-band data but no *buffers* argument was given
deep = []
for i in range(10000): deep = [deep]
error(pickle.dumps, deep)  # expect: RecursionError maximum recursion depth exceeded while pickling an object
print(pickle.loads(b'(' * 100000 + b'N.'), len(pickle.loads(b']' + b'(N' * 0 + b'.')))  # expect: None 0

# the memo: the same objects before and after collections, through a memo given to another pickler
class Shared:
    def __init__(self, parts):
        self.parts = parts


def collecting(pieces):
    for i in range(3):
        [str(k) for k in range(20000)]
    return Shared, (pieces,)


class Collects(pickle.Pickler):
    def reducer_override(self, v):
        return collecting(v.parts) if type(v) is Shared else NotImplemented


inner = [["k%d" % i] for i in range(40)]
buffer = io.BytesIO()
pickler = Collects(buffer, 4)
pickler.dump([inner, Shared(inner), inner, Shared([inner[3], inner[39]])])
first, second, third, fourth = pickle.loads(buffer.getvalue())
print(first is second.parts is third, fourth.parts[0] is first[3], fourth.parts[1] is first[39])  # expect: True True True
other = pickle.Pickler(io.BytesIO(), 4)
other.memo = pickler.memo
size = len(other.memo.copy())
other.dump(inner)
print(len(other.memo.copy()) == size, sorted(n for n, _ in other.memo.copy().values()) == list(range(size)))  # expect: True True
for n in (1, 2, 999, 1000, 1001, 2000):
    print(n, [len(pickle.dumps(x, 2)) for x in (list(range(n)), {i: i for i in range(n)})])
# expect: 1 [9, 11]
# expect: 2 [12, 16]
# expect: 999 [2749, 5490]
# expect: 1000 [2752, 5498]
# expect: 1001 [2757, 5504]
# expect: 2000 [5754, 11500]


class Shrinks:
    def __reduce__(self):
        changing.pop(0, None)
        return str, ()


changing = {0: 1, 1: Shrinks(), 2: 3}
try:
    pickle.dumps(changing)
except RuntimeError as changed:
    print(changed)  # expect: dictionary changed size during iteration

# numbers of an Unpickler's memo with gaps
print(pickle.loads(b"(K\x01q\x05K\x02q\x00K\x03r\x01\x00\x00\x00h\x05h\x00h\x01t."))  # expect: (1, 2, 3, 1, 2, 3)
print(pickle.loads(b"\x80\x04(K\x07q\x01K\x08\x94K\x09q\x00h\x01h\x00t."))  # expect: (7, 8, 9, 8, 9)
error(pickle.loads, b"(K\x01q\x02h\x01.")  # expect: UnpicklingError Memo value not found at index 1
unpickler = pickle.Unpickler(io.BytesIO(b"K\x01q\x05."))
unpickler.load()
print(unpickler.memo.copy())  # expect: {5: 1}
unpickler.memo = {0: "a", 7: "b"}
print(unpickler.memo.copy())  # expect: {0: 'a', 7: 'b'}

# Numbers as text, as C reads them.
for data in b"L0x10L\n.", b"I010\n.", b"I-010\n.", b"I08\n.", b"I5\0x\n.", b"I\n.", b"F1.5\0z\n.", b"F1.5 \n.", b"F1_0\n.", b"F-inf\n.":
    try:
        print(pickle.loads(data))
    except (ValueError, pickle.UnpicklingError) as error:
        print(type(error).__name__, error)
# expect: 16
# expect: 8
# expect: -8
# expect: ValueError could not convert string to int
# expect: 5
# expect: UnpicklingError pickle data was truncated
# expect: 1.5
# expect: ValueError could not convert string to float
# expect: ValueError could not convert string to float
# expect: -inf
