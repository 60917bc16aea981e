# Code that a program has changed: what no compiler would write is refused, before it can run. The instructions are Weft's own.
import opcode
import struct


def with_field(code, operation, field, value):
    """The code whose first instruction of this name has another operand: field 1 x, 2 a, 3 b, 4 c."""
    words = [list(struct.unpack("<BBHHH", code.co_code[at : at + 8])) for at in range(0, len(code.co_code), 8)]
    word = next(w for w in words if w[0] == opcode.opmap[operation])
    word[field] = value(word) if callable(value) else value
    return b"".join(struct.pack("<BBHHH", *w) for w in words)


def refused(function, operation, field, value):
    code = function.__code__
    try:
        code.replace(co_code=with_field(code, operation, field, value))
    except ValueError as error:
        return str(error).split(": ", 2)[2]
    return "taken"


def plain(a, b):
    c = [a]
    for x in b:
        if x is a < b:
            break
    return len(c, key=f"{a}{b}")


def displays(a):
    return [*a], {*a}, {**a}


def outer(n):
    def inner():
        return n
    return inner


def handling(f):
    try:
        f()
    except ValueError as e:
        return e


print(refused(plain, "JUMP_CMP", 1, 7))  # expect: x is 7
print(refused(plain, "JUMP_CMP", 2, 1))  # expect: taken
print(refused(plain, "JUMP_CMP", 2, 200))  # expect: r200 is read unwritten
print(refused(plain, "FOR_LOOP", 4, 2**16 - 3))  # expect: jump to 3
print(refused(plain, "FOR_LOOP", 4, 999))  # expect: jump to 1005
print(refused(plain, "FOR_LOOP", 3, lambda word: word[3] + 1))  # expect: r5 holds something else
print(refused(plain, "LOAD_GLOBAL", 3, 99))  # expect: name 99
print(refused(plain, "BUILD_STRING", 3, 0))  # expect: r0 holds something else
print(refused(plain, "CALL_KW", 3, 0))  # expect: r3 holds something else
print(refused(plain, "CALL_KW", 4, 0))  # expect: names of keywords
print(refused(displays, "LIST_EXTEND", 2, 0))  # expect: r0 holds something else
print(refused(displays, "LIST_EXTEND", 0, opcode.opmap["SET_UPDATE"]))  # expect: r2 holds something else
print(refused(displays, "DICT_UPDATE", 0, opcode.opmap["YIELD"]))  # expect: no generator
print(refused(outer, "MAKE_CELL", 0, opcode.opmap["NOP"]))  # expect: r3 holds something else
print(refused(outer, "MAKE_FUNCTION", 1, 0))  # expect: closure
print(refused(outer, "MAKE_FUNCTION", 3, 0))  # expect: no code
print(refused(handling, "PUSH_EXC", 3, 0))  # expect: r0 holds something else
print(refused(handling, "POP_EXC", 2, 0))  # expect: r0 holds something else
print(refused(handling, "PUSH_EXC", 2, 0))  # expect: r0 is a variable
print(refused(handling, "RETURN", 0, 1))  # expect: opcode 1
print(refused(handling, "RETURN", 2, 1))  # expect: r1 holds something else
