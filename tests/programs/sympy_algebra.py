"""Expansion, factors, integrals, equations, series, matrices and printing."""
from sympy import (Eq, Function, I, Integral, Matrix, Rational, S, Symbol, apart, binomial, cos, diff, dsolve, exp, expand,
                   factor, factorint, fibonacci, gcd, gamma, integrate, latex, limit, log, nsimplify, nsolve, oo, pi, pretty,
                   prime, primerange, series, simplify, sin, solve, solveset, sqrt, srepr, summation, symbols, sympify, tan,
                   together, trigsimp, zeta, Poly, groebner, Piecewise, lambdify, ccode, python, linsolve, Sum, oo, cancel)
import sys

x, y, z, n = symbols("x y z n")
k = Symbol("k", integer=True)
f = Function("f")
print(expand((x + y + z) ** 8))
print(factor(x ** 12 - 1), factor(x ** 4 + 4 * y ** 4), factor(expand((x + 2 * y) ** 3 * (x - y) ** 2)))
print(integrate(x ** 2 * exp(x), x), integrate(sin(x) ** 3, x), integrate(1 / (x ** 3 + 1), x))
print(integrate(exp(-x ** 2), (x, -oo, oo)), integrate(log(x), (x, 1, 2)))
print(diff(tan(x) ** x, x), diff(sin(x * y) / x, x, 2))
print(solve(x ** 3 - 6 * x ** 2 + 11 * x - 6, x), solve([x + y - 3, x * y - 2], [x, y]), solve(x ** 4 + x + 1, x)[:1])
print(solveset(sin(x) - 1, x), linsolve([x + y + z - 1, x + y + 2 * z - 3], (x, y, z)))
print(series(sin(x) / x, x, 0, 12), series(exp(sin(x)), x, 0, 8), limit(sin(x) / x, x, 0), limit((1 + 1 / n) ** n, n, oo))
print(summation(1 / k ** 2, (k, 1, oo)), summation(k ** 3, (k, 1, n)).factor(), Sum(1 / k, (k, 1, 20)).doit())
m = Matrix([[2, 1, 0], [1, 3, x], [0, x, 4]])
print(m.det(), m.inv(), m.charpoly(y), m.subs(x, 1).eigenvals())
print(Matrix(4, 4, lambda i, j: Rational(1, i + j + 1)).inv(), Matrix([[1, 2], [3, 4]]).LUdecomposition())
print(simplify(sin(x) ** 2 + cos(x) ** 2), trigsimp(2 * sin(x) * cos(x)), apart(1 / (x ** 3 - x), x), together(1 / x + 1 / y))
print(dsolve(Eq(f(x).diff(x, 2) + f(x), 0), f(x)), dsolve(f(x).diff(x) - f(x) * x, f(x)))
print(groebner([x ** 2 + y ** 2 - 1, x - y], x, y), Poly(x ** 5 - x - 1).discriminant(), gcd(x ** 4 - 1, x ** 6 - 1))
print(pi.evalf(200), sqrt(2).evalf(50), zeta(3).evalf(40), gamma(Rational(1, 3)).evalf(30), exp(I * pi / 7).evalf(20))
print(factorint(2 ** 71 - 1), prime(2000), sum(primerange(10 ** 5)), fibonacci(500), binomial(200, 77))
print(nsolve(cos(x) - x, x, 1), nsimplify(0.3333333333, rational=True, tolerance=1e-6))
e = Integral(sqrt(1 / x) + Piecewise((x, x > 1), (0, True)), x)
print(pretty(e), latex(e), srepr(e), ccode(sin(x) ** 2 / 3), sep="\n")
print(pretty(Matrix([[x / y, sqrt(x)], [S.Half, oo]]), use_unicode=True), pretty(e, use_unicode=False), sep="\n")
print(lambdify((x, y), x ** 2 + sin(y), "math")(2, 0.5), sympify("2*x + 3/4*y**2"), python(x + y))
try:
    sympify("2x +")
except Exception as error:
    print(type(error).__name__, str(error)[:40])
if sys.argv[1:] == ["long"]:
    print(integrate(sqrt(tan(x)), x), integrate(1 / (x ** 4 + x ** 2 + 1), x))
    print(expand((x + y + z + n) ** 16).coeff(x ** 4 * y ** 4 * z ** 4 * n ** 4))
    print(simplify(expand((x ** 2 + 3 * x * y + y ** 2) ** 9) / (x ** 2 + 3 * x * y + y ** 2) ** 7))
    print(Matrix(7, 7, lambda i, j: (i + 1) * x ** abs(i - j)).det().factor())
    print(groebner([x ** 3 - 2 * x * y, x ** 2 * y - 2 * y ** 2 + x, x * z - y ** 2], x, y, z, order="lex"))
    print(pi.evalf(5000))
