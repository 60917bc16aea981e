/* Arithmetic on constants for folding. What would raise, or give a large object, is left to run
 * time; the limits are CPython's. Integers of any size through GMP. */
#include "vm/front/compiler.h"
#include <gmp.h>
#include <math.h>
#include <stdlib.h>

enum { MAX_INT_BITS = 128, MAX_STR = 4096, MAX_ITEMS = 256 };

static bool is_integer(const AstConst *k) {
    return k->kind == CONST_INT || k->kind == CONST_BIGINT || k->kind == CONST_TRUE ||
           k->kind == CONST_FALSE;
}

static bool is_truth(const AstConst *k) { return k->kind == CONST_TRUE || k->kind == CONST_FALSE; }

static void get_integer(const AstConst *k, mpz_t z) {
    switch (k->kind) {
    case CONST_INT: mpz_init_set_si(z, k->integer); return;
    case CONST_BIGINT:
        mpz_init_set_str(z, k->bigint.digits, k->bigint.base);
        if (k->bigint.negative) mpz_neg(z, z);
        return;
    default: mpz_init_set_si(z, k->kind == CONST_TRUE); return;
    }
}

static void put_integer(Arena *arena, mpz_t z, AstConst *out) {
    if (mpz_fits_slong_p(z)) {
        out->kind = CONST_INT;
        out->integer = mpz_get_si(z);
        return;
    }
    out->kind = CONST_BIGINT;
    out->bigint.negative = mpz_sgn(z) < 0;
    out->bigint.base = 16;
    mpz_abs(z, z);
    char *digits = arena_alloc(arena, mpz_sizeinbase(z, 16) + 2);
    mpz_get_str(digits, 16, z);
    out->bigint.digits = digits;
    out->bigint.length = (uint32_t)strlen(digits);
}

static size_t bits_of(mpz_t z) { return mpz_sgn(z) ? mpz_sizeinbase(z, 2) : 0; }

static bool as_double(const AstConst *k, double *out) {
    if (k->kind == CONST_FLOAT) {
        *out = k->real;
        return true;
    }
    if (!is_integer(k) || k->kind == CONST_BIGINT) return false;
    int64_t i = k->kind == CONST_INT ? k->integer : k->kind == CONST_TRUE;
    *out = (double)i;
    return i >= -(INT64_C(1) << 53) && i <= INT64_C(1) << 53;
}

static bool put_float(double d, AstConst *out) {
    if (!isfinite(d)) return false;
    out->kind = CONST_FLOAT;
    out->real = d;
    return true;
}

/* ---- unary -------------------------------------------------------------------------------------
 */

bool fold_unary(Arena *arena, AstEnum op, const AstConst *k, AstConst *out) {
    if (k->kind == CONST_FLOAT && op != AST_Invert) {
        out->kind = CONST_FLOAT; /* infinity too: 1e999 is one */
        out->real = op == AST_USub ? -k->real : k->real;
        return true;
    }
    if (k->kind == CONST_COMPLEX && op != AST_Invert) {
        out->kind = CONST_COMPLEX;
        out->real = op == AST_USub ? -k->real : k->real;
        out->imag = op == AST_USub ? -k->imag : k->imag;
        return true;
    }
    if (!is_integer(k)) return false;
    mpz_t z;
    get_integer(k, z);
    if (op == AST_USub)
        mpz_neg(z, z);
    else if (op == AST_Invert)
        mpz_com(z, z);
    put_integer(arena, z, out);
    mpz_clear(z);
    return true;
}

/* ---- integers ----------------------------------------------------------------------------------
 */

/* v **= w */
static bool integer_power(mpz_t v, mpz_t w) {
    if (mpz_sgn(w) < 0) return false; /* a float; rare */
    if (mpz_sgn(v) != 0 && mpz_sgn(w) != 0 &&
        (!mpz_fits_ulong_p(w) || bits_of(v) > MAX_INT_BITS ||
         mpz_get_ui(w) > MAX_INT_BITS / bits_of(v)))
        return false;
    mpz_pow_ui(v, v, mpz_fits_ulong_p(w) ? mpz_get_ui(w) : 1); /* w unbounded only where v is 0 */
    return true;
}

static bool integer_shift(mpz_t v, mpz_t w, bool left) {
    if (mpz_sgn(w) < 0 || !mpz_fits_ulong_p(w)) return false;
    unsigned long n = mpz_get_ui(w);
    if (!left) {
        mpz_fdiv_q_2exp(v, v, n);
        return true;
    }
    if (mpz_sgn(v) && (n > MAX_INT_BITS || bits_of(v) + n > MAX_INT_BITS)) return false;
    if (mpz_sgn(v)) mpz_mul_2exp(v, v, n);
    return true;
}

static bool integer_op(AstEnum op, mpz_t v, mpz_t w) {
    switch (op) {
    case AST_Add: mpz_add(v, v, w); return true;
    case AST_Sub: mpz_sub(v, v, w); return true;
    case AST_Mult:
        if (mpz_sgn(v) && mpz_sgn(w) && bits_of(v) + bits_of(w) > MAX_INT_BITS) return false;
        mpz_mul(v, v, w);
        return true;
    case AST_FloorDiv:
        if (!mpz_sgn(w)) return false;
        mpz_fdiv_q(v, v, w);
        return true;
    case AST_Mod:
        if (!mpz_sgn(w)) return false;
        mpz_fdiv_r(v, v, w);
        return true;
    case AST_Pow: return integer_power(v, w);
    case AST_LShift: return integer_shift(v, w, true);
    case AST_RShift: return integer_shift(v, w, false);
    case AST_BitAnd: mpz_and(v, v, w); return true;
    case AST_BitOr: mpz_ior(v, v, w); return true;
    case AST_BitXor: mpz_xor(v, v, w); return true;
    default: return false;
    }
}

static bool fold_integers(Arena *arena, AstEnum op, const AstConst *l, const AstConst *r,
                          AstConst *out) {
    mpz_t v, w;
    get_integer(l, v);
    get_integer(r, w);
    bool done = integer_op(op, v, w);
    if (done && (op == AST_BitAnd || op == AST_BitOr || op == AST_BitXor) && is_truth(l) &&
        is_truth(r))
        out->kind = mpz_sgn(v) ? CONST_TRUE : CONST_FALSE;
    else if (done)
        put_integer(arena, v, out);
    mpz_clear(v);
    mpz_clear(w);
    return done;
}

/* ---- floats and complex numbers
 * ------------------------------------------------------------------ */

static double float_mod(double a, double b) {
    double mod = fmod(a, b);
    if (mod == 0) return copysign(0, b);
    return (b < 0) != (mod < 0) ? mod + b : mod;
}

static double float_floordiv(double a, double b) {
    double mod = fmod(a, b), div = (a - mod) / b;
    if (mod != 0 && (b < 0) != (mod < 0)) div -= 1;
    if (div == 0) return copysign(0, a / b);
    double floored = floor(div);
    return div - floored > 0.5 ? floored + 1 : floored;
}

static bool fold_floats(AstEnum op, double a, double b, AstConst *out) {
    switch (op) {
    case AST_Add: return put_float(a + b, out);
    case AST_Sub: return put_float(a - b, out);
    case AST_Mult: return put_float(a * b, out);
    case AST_Div: return b != 0 && put_float(a / b, out);
    case AST_FloorDiv: return b != 0 && put_float(float_floordiv(a, b), out);
    case AST_Mod: return b != 0 && put_float(float_mod(a, b), out);
    case AST_Pow:
        if ((a == 0 && b < 0) || (a < 0 && b != floor(b))) return false;
        return put_float(pow(a, b), out);
    default: return false;
    }
}

static bool as_complex(const AstConst *k, double *real, double *imag) {
    if (k->kind == CONST_COMPLEX) {
        *real = k->real, *imag = k->imag;
        return true;
    }
    *imag = 0;
    return as_double(k, real);
}

static bool fold_complex(AstEnum op, const AstConst *l, const AstConst *r, AstConst *out) {
    double a, b, x, y;
    if (!as_complex(l, &a, &b) || !as_complex(r, &x, &y)) return false;
    AstConst k = {.kind = CONST_COMPLEX};
    switch (op) {
    case AST_Add: k.real = a + x, k.imag = b + y; break;
    case AST_Sub: k.real = a - x, k.imag = b - y; break;
    case AST_Mult: k.real = a * x - b * y, k.imag = a * y + b * x; break;
    default: return false;
    }
    if (!isfinite(k.real) || !isfinite(k.imag)) return false;
    *out = k;
    return true;
}

/* ---- sequences ----------------------------------------------------------------------------------
 */

static bool is_text(const AstConst *k) { return k->kind == CONST_STR || k->kind == CONST_BYTES; }

/* Joining could put two surrogates together that then would have to become one: such text is left
 * alone. */
static bool has_surrogate(const AstConst *k) {
    if (k->kind != CONST_STR) return false;
    for (size_t i = 0; i + 1 < k->bytes.length; i++)
        if ((unsigned char)k->bytes.data[i] == 0xed && (unsigned char)k->bytes.data[i + 1] >= 0xa0)
            return true;
    return false;
}

static bool concatenate(Arena *arena, const AstConst *l, const AstConst *r, AstConst *out) {
    if (l->kind != r->kind) return false;
    if (is_text(l)) {
        if (has_surrogate(l) || has_surrogate(r)) return false;
        size_t length = l->bytes.length + r->bytes.length;
        char *data = arena_alloc(arena, length + 1);
        memcpy(data, l->bytes.data, l->bytes.length);
        memcpy(data + l->bytes.length, r->bytes.data, r->bytes.length);
        out->kind = l->kind, out->bytes.data = data, out->bytes.length = length;
        return true;
    }
    if (l->kind != CONST_TUPLE) return false;
    size_t count = l->items.count + r->items.count;
    AstConst *items = ARENA_ARRAY(arena, AstConst, count ? count : 1);
    if (l->items.count) memcpy(items, l->items.data, l->items.count * sizeof *items);
    if (r->items.count)
        memcpy(items + l->items.count, r->items.data, r->items.count * sizeof *items);
    out->kind = CONST_TUPLE, out->items.data = items, out->items.count = count;
    return true;
}

static bool repeat(Arena *arena, const AstConst *k, const AstConst *times, AstConst *out) {
    if (times->kind == CONST_BIGINT || !is_integer(times)) return false;
    int64_t n = times->kind == CONST_INT ? times->integer : times->kind == CONST_TRUE;
    if (n < 0) n = 0;
    if (is_text(k)) {
        size_t length = k->bytes.length;
        if (has_surrogate(k) || (length && (uint64_t)n > MAX_STR / length)) return false;
        if (!length) n = 0;
        char *data = arena_alloc(arena, length * (size_t)n + 1);
        for (int64_t i = 0; i < n; i++) memcpy(data + (size_t)i * length, k->bytes.data, length);
        out->kind = k->kind, out->bytes.data = data, out->bytes.length = length * (size_t)n;
        return true;
    }
    if (k->kind != CONST_TUPLE) return false;
    size_t count = k->items.count;
    if (count && (uint64_t)n > MAX_ITEMS / count) return false;
    if (!count) n = 0;
    AstConst *items = ARENA_ARRAY(arena, AstConst, count * (size_t)n + 1);
    for (int64_t i = 0; i < n; i++)
        memcpy(items + (size_t)i * count, k->items.data, count * sizeof *items);
    out->kind = CONST_TUPLE, out->items.data = items, out->items.count = count * (size_t)n;
    return true;
}

bool fold_binary(Arena *arena, AstEnum op, const AstConst *l, const AstConst *r, AstConst *out) {
    double a, b;
    if (is_integer(l) && is_integer(r) && op != AST_Div) return fold_integers(arena, op, l, r, out);
    if (l->kind == CONST_COMPLEX || r->kind == CONST_COMPLEX) return fold_complex(op, l, r, out);
    if (as_double(l, &a) && as_double(r, &b)) return fold_floats(op, a, b, out);
    if (op == AST_Add) return concatenate(arena, l, r, out);
    if (op == AST_Mult) return repeat(arena, l, r, out) || repeat(arena, r, l, out);
    return false;
}

/* The bytes of character number `index` of valid UTF-8, or false. */
static bool find_char(const AstConst *k, int64_t index, const char **start, size_t *length) {
    const char *p = k->bytes.data, *end = p + k->bytes.length;
    int64_t count = 0;
    for (const char *q = p; q < end; q++) count += (*q & 0xc0) != 0x80;
    if (index < 0) index += count;
    if (index < 0 || index >= count) return false;
    for (; index > 0; index--) do
            p++;
        while (p < end && (*p & 0xc0) == 0x80);
    *start = p++;
    while (p < end && (*p & 0xc0) == 0x80) p++;
    *length = (size_t)(p - *start);
    return true;
}

bool fold_subscript(Arena *arena, const AstConst *value, const AstConst *index, AstConst *out) {
    (void)arena;
    if (!is_integer(index) || index->kind == CONST_BIGINT) return false;
    int64_t i = index->kind == CONST_INT ? index->integer : index->kind == CONST_TRUE;
    if (value->kind == CONST_STR) {
        const char *start;
        size_t length;
        if (!find_char(value, i, &start, &length)) return false;
        out->kind = CONST_STR, out->bytes.data = start, out->bytes.length = length;
        return true;
    }
    int64_t count = value->kind == CONST_BYTES   ? (int64_t)value->bytes.length
                    : value->kind == CONST_TUPLE ? (int64_t)value->items.count
                                                 : 0;
    if (i < 0) i += count;
    if (i < 0 || i >= count) return false;
    if (value->kind == CONST_BYTES)
        *out = (AstConst){.kind = CONST_INT, .integer = (unsigned char)value->bytes.data[i]};
    else
        *out = value->items.data[i];
    return true;
}
