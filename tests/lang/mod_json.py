# Module json over _json: what it reads and writes, and where it says that a text is wrong.
import json
from collections import OrderedDict


def error(text, **options):
    try:
        print(json.loads(text, **options))
    except (ValueError, RecursionError) as e:
        print(type(e).__name__, e)


def show(value, **options):
    try:
        print(json.dumps(value, **options))
    except (ValueError, TypeError, RecursionError) as e:
        print(type(e).__name__, e)


print(json.decoder.scanstring.__module__, json.encoder.c_make_encoder.__name__)  # expect: _json Encoder
print(json.loads('[1, -0, 2.5, 1e3, -1E-2, "a\\u00e9\\n\\ud834\\udd1e\\ud834", true, false, null, {"k": [], "l": {}}]'))  # expect: [1, 0, 2.5, 1000.0, -0.01, 'aé\n𝄞\ud834', True, False, None, {'k': [], 'l': {}}]
print(json.loads('123456789012345678901234567890'), json.loads(' \t\n\r 7 '), json.loads('-12'))  # expect: 123456789012345678901234567890 7 -12
print(json.loads('[NaN, Infinity, -Infinity]'))  # expect: [nan, inf, -inf]
print(json.loads('{"a": 1, "b": {"c": 2}}', object_pairs_hook=OrderedDict))  # expect: OrderedDict([('a', 1), ('b', OrderedDict([('c', 2)]))])
print(json.loads('{"a": 1, "b": {"c": 2}}', object_hook=lambda d: sorted(d.items(), key=str)))  # expect: [('a', 1), ('b', [('c', 2)])]
print(json.loads('[1.5, 2]', parse_float=str, parse_int=lambda s: s + '!'))  # expect: ['1.5', '2!']
error('')  # expect: JSONDecodeError Expecting value: line 1 column 1 (char 0)
error('[1,]')  # expect: JSONDecodeError Expecting value: line 1 column 4 (char 3)
error('[1 2]')  # expect: JSONDecodeError Expecting ',' delimiter: line 1 column 4 (char 3)
error('{"a" 1}')  # expect: JSONDecodeError Expecting ':' delimiter: line 1 column 6 (char 5)
error('{"a": 1,}')  # expect: JSONDecodeError Expecting property name enclosed in double quotes: line 1 column 9 (char 8)
error('{a: 1}')  # expect: JSONDecodeError Expecting property name enclosed in double quotes: line 1 column 2 (char 1)
error('{"a": }')  # expect: JSONDecodeError Expecting value: line 1 column 7 (char 6)
error('[1, 2')  # expect: JSONDecodeError Expecting ',' delimiter: line 1 column 6 (char 5)
error('"abc')  # expect: JSONDecodeError Unterminated string starting at: line 1 column 1 (char 0)
error('"a\\')  # expect: JSONDecodeError Unterminated string starting at: line 1 column 1 (char 0)
error('"a\\x"')  # expect: JSONDecodeError Invalid \escape: line 1 column 3 (char 2)
error('"a\\u12"')  # expect: JSONDecodeError Invalid \uXXXX escape: line 1 column 4 (char 3)
error('"a\\u12g4"')  # expect: JSONDecodeError Invalid \uXXXX escape: line 1 column 4 (char 3)
error('"a\tb"')  # expect: JSONDecodeError Invalid control character at: line 1 column 3 (char 2)
error('"a\tb"', strict=False)  # expect: a	b
error('01')  # expect: JSONDecodeError Extra data: line 1 column 2 (char 1)
error('-')  # expect: JSONDecodeError Expecting value: line 1 column 1 (char 0)
error('1 2')  # expect: JSONDecodeError Extra data: line 1 column 3 (char 2)
error('nul')  # expect: JSONDecodeError Expecting value: line 1 column 1 (char 0)
error('[' * 100000)  # expect: RecursionError maximum recursion depth exceeded while decoding a JSON array from a unicode string
error('{"a":' * 100000)  # expect: RecursionError maximum recursion depth exceeded while decoding a JSON object from a unicode string
keys = json.loads('[{"key": 1}, {"key": 2}]')
print(list(keys[0])[0] is list(keys[1])[0])  # expect: True
show([1, 2.5, 'é"\\\n\x7f\U0001d11e', None, True, {'a': (), 'b': {}, 1: 2, 2.5: 3, None: 4, False: 5}])  # expect: [1, 2.5, "\u00e9\"\\\n\u007f\ud834\udd1e", null, true, {"a": [], "b": {}, "1": 2, "2.5": 3, "null": 4, "false": 5}]
show('é"\\\n\x01\x7f', ensure_ascii=False)  # expect: "é\"\\\n\u0001"
show({'b': 1, 'a': [1, {'z': 0}]}, sort_keys=True, separators=(',', ':'))  # expect: {"a":[1,{"z":0}],"b":1}
show([float('nan'), float('inf'), -float('inf'), 1e308, 5e-324])  # expect: [NaN, Infinity, -Infinity, 1e+308, 5e-324]
show(float('nan'), allow_nan=False)  # expect: ValueError Out of range float values are not JSON compliant
show({(1, 2): 3})  # expect: TypeError keys must be str, int, float, bool or None, not tuple
show({(1, 2): 3, 'a': 1}, skipkeys=True)  # expect: {"a": 1}
show(object)  # expect: TypeError Object of type type is not JSON serializable
show([1, {2, 3}], default=sorted)  # expect: [1, [2, 3]]
show([])  # expect: []
cycle = []
cycle.append(cycle)
show(cycle)  # expect: ValueError Circular reference detected
show({'a': cycle})  # expect: ValueError Circular reference detected
deep = []
for i in range(10000):
    deep = [deep]
show(deep, check_circular=False)  # expect: RecursionError maximum recursion depth exceeded while encoding a JSON object


class Int(int):
    def __repr__(self):
        return 'not this'


class Dict(dict):
    def items(self):
        return [('own', Int(3))]


show([Int(5), Dict(a=1)])  # expect: [5, {"own": 3}]

# circles and repeats of containers, through default() too; texts that are kept apart from their characters
ring = {"a": [1, {"b": ()}]}
ring["a"][1]["b"] = [ring]
for value in (ring, ring["a"]):
    try:
        json.dumps(value)
    except ValueError as e:
        print(e)  # expect: Circular reference detected
        # expect: Circular reference detected
one = [1.5, None, True, False, -0.0, 1e300, 10**20]
print(json.dumps({"x": one, "y": [one, one]}))
# expect: {"x": [1.5, null, true, false, -0.0, 1e+300, 100000000000000000000], "y": [[1.5, null, true, false, -0.0, 1e+300, 100000000000000000000], [1.5, null, true, false, -0.0, 1e+300, 100000000000000000000]]}


class Box:
    def __init__(self, inner):
        self.inner = inner


def unbox(b):
    return {"box": b.inner}


inner = Box(0)
print(json.dumps([Box(1), Box(inner), inner], default=unbox))  # expect: [{"box": 1}, {"box": {"box": 0}}, {"box": 0}]
inner.inner = [inner]
try:
    json.dumps(inner, default=unbox)
except ValueError as e:
    print(e)  # expect: Circular reference detected
grown = "["
for k in range(200):
    grown += '{"key": "v%d"}, ' % k
print(json.loads(grown + "-1]", object_hook=lambda d: [str(i) for i in range(300)] and d["key"])[-3:])  # expect: ['v198', 'v199', -1]
changing = {i: i for i in range(5)}
print(json.dumps({"d": changing, "b": Box(0), "c": changing}, default=lambda b: changing.pop(4)))
# expect: {"d": {"0": 0, "1": 1, "2": 2, "3": 3, "4": 4}, "b": 4, "c": {"0": 0, "1": 1, "2": 2, "3": 3}}
