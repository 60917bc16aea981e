# Annotations as strings.
from __future__ import annotations


def f(a: int, b: list[int, str] | None = 1, *c: "x", d: a.b.c(1, k=2)[1:2, ::3], **e: {1: 2, **z}) -> lambda x, /, y=1, *a, k, **kw: x + 1: ...


print(f.__annotations__)  # expect: {'a': 'int', 'b': 'list[int, str] | None', 'c': "'x'", 'd': 'a.b.c(1, k=2)[1:2, ::3]', 'e': '{1: 2, **z}', 'return': 'lambda x, /, y=1, *a, k, **kw: x + 1'}


class C:
    x: not a and b or c
    y: a < b <= c is not d not in e = 1
    z: (a if b else c, *d, (e,), ())
    w: f"{a!r:>{w}} {{}} {b}" 'x'
    v: -x ** -y + (a + b) * c // d @ e
    u: [i for i in x if y for (j, k) in z]
    r: 'it\'s' "q"
    q: 1e400 + 0x10 + 1.5j + b'x'
    o: Tuple[()]
    n: x[a, b]
    m: (lambda: 0)
    k: ...
    j: None
    i: {1, 2}
    h: 1 .real
    g: ~a ^ b | c & d << 2
    f: (a, b)
    e: x if y else z if w else v
    d: not (not a)
    c: (i for i in x)
    b: fn(i for i in x)
    a: u"uni"


for name, text in C.__annotations__.items():
    pass
print("\n".join(f"{k}: {v}" for k, v in C.__annotations__.items()).replace("\n", " ; "))  # expect: x: not a and b or c ; y: a < b <= c is not d not in e ; z: (a if b else c, *d, (e,), ()) ; w: f'{a!r:>{w}} {{}} {b}x' ; v: -x ** (-y) + (a + b) * c // d @ e ; u: [i for i in x if y for j, k in z] ; r: "it'sq" ; q: 1e309 + 16 + 1.5j + b'x' ; o: Tuple[()] ; n: x[a, b] ; m: lambda: 0 ; k: ... ; j: None ; i: {1, 2} ; h: 1 .real ; g: ~a ^ b | c & d << 2 ; f: (a, b) ; e: x if y else z if w else v ; d: not not a ; c: (i for i in x) ; b: fn(i for i in x) ; a: u'uni'
