/* Module math: integers (GMP where it has the function), and folds over iterables. */
#include "vm/exec/safepoint.h"
#include "vm/objects/float.h"
#include "vm/objects/int_long.h"
#include <math.h>
#include <stdlib.h>

#define MATH(name)                                                                                                    \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

/* ---- integers ------------------------------------------------------------------------------------------------------------------------------ */

/* Of two small ints; the binary algorithm. */
static int64_t small_gcd(int64_t a, int64_t b) {
    uint64_t x = (uint64_t)llabs(a), y = (uint64_t)llabs(b);
    if (!x || !y) return (int64_t)(x | y);
    int twos = __builtin_ctzll(x | y);
    x >>= __builtin_ctzll(x);
    while (y) {
        y >>= __builtin_ctzll(y);
        if (x > y) {
            uint64_t larger = x;
            x = y, y = larger;
        }
        y -= x;
    }
    return (int64_t)(x << twos);
}
static void gcd(IntLong *l) { mpz_gcd(l->r, l->a, l->b); }
static void lcm(IntLong *l) { mpz_lcm(l->r, l->a, l->b); }

static Value fold_integers(const Value *args, Value start, void (*combine)(IntLong *l)) {
    Value result = start;
    for (int64_t i = 0; i < tuple_length(args[0]); i++) {
        Value v = py_index(tuple_item(args[0], i));
        if (!v) return 0;
        if (combine == gcd && is_int(result) && is_int(v)) result = py_int_from_i64(small_gcd(int_value(result), int_value(v)));
        else result = int_long_result_may_call(combine, result, v, 0, 0);
        if (!result) return 0;
    }
    return result;
}
MATH(math_gcd) { return fold_integers(args, int_make(0), gcd); }
MATH(math_lcm) { return fold_integers(args, int_make(1), lcm); }

static void isqrt(IntLong *l) { mpz_sqrt(l->r, l->a); }
MATH(math_isqrt) {
    Value v = py_index(args[0]);
    if (!v) return 0;
    if (py_int_compare(v, int_make(0)) < 0) return py_raise(TYPE_ValueError, "isqrt() argument must be nonnegative");
    return int_long_result_may_call(isqrt, v, 0, 0, 0);
}

/* GMP ends the process where it finds no memory: results of more bits are refused before. */
#define MOST_BITS 7e10

static void factorial(IntLong *l) { mpz_fac_ui(l->r, l->n); }
MATH(math_factorial) {
    if (py_is_float(args[0])) return py_raise(TYPE_TypeError, "'float' object cannot be interpreted as an integer");
    Value v = py_index(args[0]);
    int64_t n;
    if (!v) return 0;
    if (py_int_compare(v, int_make(0)) < 0) return py_raise(TYPE_ValueError, "factorial() not defined for negative values");
    if (py_int_as_i64(v, &n)) return py_raise(TYPE_OverflowError, "factorial() argument should not exceed %ld", INT64_MAX);
    if ((double)n * (double)py_int_bit_length(v) > MOST_BITS) return py_raise_memory();
    return int_long_result_may_call(factorial, int_make(0), 0, 0, (unsigned long)n);
}

/* n, k as non-negative: k as unsigned long, or an error. */
static int choose_arguments(Value n, Value k, unsigned long *k_out) {
    int64_t small;
    if (py_int_compare(n, int_make(0)) < 0) return py_raise_int(TYPE_ValueError, "n must be a non-negative integer");
    if (py_int_compare(k, int_make(0)) < 0) return py_raise_int(TYPE_ValueError, "k must be a non-negative integer");
    if (py_int_as_i64(k, &small)) return py_raise_int(TYPE_OverflowError, "k must not exceed %ld", INT64_MAX);
    if ((double)small * (double)py_int_bit_length(n) > MOST_BITS) return (int)py_raise_memory() - 1;
    *k_out = (unsigned long)small;
    return 0;
}

static void combinations(IntLong *l) { mpz_bin_ui(l->r, l->a, l->n); }
MATH(math_comb) {
    Value n = py_index(args[0]), k = n ? py_index(args[1]) : 0;
    unsigned long small;
    if (!k) return 0;
    if (py_int_compare(n, int_make(0)) >= 0 && py_int_compare(k, n) > 0) return int_make(0);
    Value other = py_int_sub(n, k); /* the smaller of k and n - k */
    if (other && py_int_compare(other, int_make(0)) >= 0 && py_int_compare(k, int_make(0)) >= 0 && py_int_compare(other, k) < 0) k = other;
    if (!other || choose_arguments(n, k, &small) < 0) return 0;
    return int_long_result_may_call(combinations, n, 0, 0, small);
}

static void permutations(IntLong *l) {
    mpz_t factor;
    mpz_init_set(factor, l->a);
    mpz_set_ui(l->r, 1);
    for (unsigned long i = 0; i < l->n; i++) {
        mpz_mul(l->r, l->r, factor);
        mpz_sub_ui(factor, factor, 1);
    }
    mpz_clear(factor);
}
MATH(math_perm) {
    if (!args[1] || args[1] == VM_NONE) return math_factorial(args, 1, 0);
    Value n = py_index(args[0]), k = n ? py_index(args[1]) : 0;
    unsigned long small;
    if (!k) return 0;
    if (py_int_compare(n, int_make(0)) >= 0 && py_int_compare(k, n) > 0) return int_make(0);
    if (choose_arguments(n, k, &small) < 0) return 0;
    return int_long_result_may_call(permutations, n, 0, 0, small);
}

/* ---- folds ----------------------------------------------------------------------------------------------------------------------------------- */

/* Exact sum: partials that do not overlap, as Shewchuk's algorithm keeps them, rounded once at the end. */
typedef struct Partials {
    double *p;
    size_t count, room;
} Partials;

static int add_partial(Partials *s, double x) {
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        double y = s->p[i];
        if (fabs(x) < fabs(y)) {
            double t = x;
            x = y;
            y = t;
        }
        double high = x + y, low = y - (high - x);
        if (low != 0) s->p[kept++] = low;
        x = high;
    }
    if (kept == s->room) {
        double *grown = realloc(s->p, (s->room = s->room ? 2 * s->room : 32) * sizeof *grown);
        if (!grown) return py_raise_memory(), -1;
        s->p = grown;
    }
    s->p[kept++] = x;
    s->count = kept;
    return 0;
}

static double total(const Partials *s) {
    if (!s->count) return 0;
    size_t n = s->count;
    double high = s->p[--n], low = 0;
    while (n > 0) {
        double x = high, y = s->p[--n];
        high = x + y;
        low = y - (high - x);
        if (low != 0) break;
    }
    /* a tie between two doubles is decided by the sign of what is left */
    if (n > 0 && ((low < 0 && s->p[n - 1] < 0) || (low > 0 && s->p[n - 1] > 0))) {
        double y = low * 2, x = high + y;
        if (y == x - high) high = x;
    }
    return high;
}

MATH(math_fsum) {
    Value iterator = py_iter(args[0]);
    Partials s = {0};
    double special = 0, infinite = 0;
    bool has_special = false, overflow = false;
    int status = iterator ? 0 : -1;
    vm_c_memory_enter();
    for (Value item; status == 0 && (item = py_next(iterator)) != VM_STOP;) {
        double x;
        if (!item || py_as_double(item, &x) < 0) {
            status = -1;
        } else if (!isfinite(x)) {
            has_special = true;
            special += x;
            if (isinf(x)) infinite += x;
        } else {
            status = add_partial(&s, x);
            overflow |= status == 0 && isinf(s.p[s.count - 1]);
        }
    }
    vm_c_memory_leave();
    Value result = 0;
    if (status == 0) {
        if (has_special) result = isnan(infinite) ? py_raise(TYPE_ValueError, "-inf + inf in fsum") : float_make(special);
        else result = overflow ? py_raise(TYPE_OverflowError, "intermediate overflow in fsum") : float_make(total(&s));
    }
    free(s.p);
    return result;
}

MATH(math_prod) {
    Value product = args[1] ? args[1] : int_make(1), iterator = py_iter(args[0]);
    if (!iterator) return 0;
    for (Value item; (item = py_next(iterator)) != VM_STOP;)
        if (!item || !(product = py_binary(PY_OP_MUL, product, item))) return 0;
    return product;
}

/* sqrt of the sum of squares, scaled by the largest so that nothing overflows. */
static double norm(double *x, size_t n) {
    double largest = 0;
    bool nan = false;
    for (size_t i = 0; i < n; i++) {
        x[i] = fabs(x[i]);
        nan |= isnan(x[i]);
        if (x[i] > largest) largest = x[i];
    }
    if (isinf(largest)) return largest;
    if (nan) return NAN;
    if (largest == 0 || n == 1) return largest;
    int exponent;
    frexp(largest, &exponent);
    double sum = 0, lost = 0;
    for (size_t i = 0; i < n; i++) {
        double y = ldexp(x[i], -exponent), square = y * y, error = fma(y, y, -square), next = sum + square;
        lost += (sum >= square ? (sum - next) + square : (square - next) + sum) + error;
        sum = next;
    }
    double root = sqrt(sum + lost), correction = fma(-root, root, sum) + lost;
    return ldexp(root + correction / (2 * root), exponent);
}

static Value norm_of(Value items, Value others) {
    size_t n = (size_t)tuple_length(items);
    double small[16], *x = n <= 16 ? small : malloc(n * sizeof *x);
    if (!x) return py_raise_memory();
    int status = 0;
    vm_c_memory_enter();
    for (size_t i = 0; i < n && status == 0; i++) {
        double a, b = 0;
        status = py_as_double(tuple_item(items, (int64_t)i), &a);
        if (status == 0 && others) status = py_as_double(tuple_item(others, (int64_t)i), &b);
        x[i] = a - b;
    }
    vm_c_memory_leave();
    Value result = status < 0 ? 0 : float_make(norm(x, n));
    if (x != small) free(x);
    return result;
}
MATH(math_hypot) { return norm_of(args[0], 0); }
MATH(math_dist) {
    Value p = py_tuple_from_iterable(args[0]), q = p ? py_tuple_from_iterable(args[1]) : 0;
    if (!q) return 0;
    if (tuple_length(p) != tuple_length(q)) return py_raise(TYPE_ValueError, "both points must have the same number of dimensions");
    return norm_of(p, q);
}

const PyMethodDef math_int_functions[] = {
    {"gcd", "($module, /, *integers)", math_gcd, 0, "Greatest Common Divisor."},
    {"lcm", "($module, /, *integers)", math_lcm, 0, "Least Common Multiple."},
    {"isqrt", "($module, n, /)", math_isqrt, 0, "Return the integer part of the square root of the input."},
    {"factorial", "($module, n, /)", math_factorial, 0, "Find n!."},
    {"comb", "($module, n, k, /)", math_comb, 0, "Number of ways to choose k items from n items without repetition and without order."},
    {"perm", "($module, n, k=None, /)", math_perm, 0, "Number of ways to choose k items from n items without repetition and with order."},
    {"fsum", "($module, seq, /)", math_fsum, 0, "Return an accurate floating point sum of values in the iterable seq."},
    {"prod", "($module, iterable, /, *, start=1)", math_prod, 0, "Calculate the product of all the elements in the input iterable."},
    {"hypot", "($module, /, *coordinates)", math_hypot, 0, "Multidimensional Euclidean distance from the origin to a point."},
    {"dist", "($module, p, q, /)", math_dist, 0, "Return the Euclidean distance between two points p and q."},
    {0}};
