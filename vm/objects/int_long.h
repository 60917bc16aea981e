/* Computations with integers so long that Ctrl-C should end them: see int_long.c. */
#ifndef VM_OBJECTS_INT_LONG_H
#define VM_OBJECTS_INT_LONG_H

#include "vm/objects/int.h"

enum { INT_LONG_LIMBS = 3000, INT_LONG_DIGITS = 60000 }; /* from about a millisecond on */

/* What a computation reads (a, b, c, n, base, text) and gives (r, s). */
typedef struct IntLong {
    mpz_t a, b, c, r, s;
    unsigned long n;
    int base;
    char *text;
    bool none; /* there is no result */
} IntLong;

/* Copies of integers into C memory; those that are 0 are left out. */
void int_long_init(IntLong *l, Value a, Value b_or_0, Value c_or_0);
/* compute(l), on C memory alone; r and s are 0 at its start. 0, or -1 with an exception that a handler of a signal has raised. */
int int_long_run_may_call(void (*compute)(IntLong *l), IntLong *l);
/* The Value of one of its numbers. */
Value int_long_value(const mpz_t z);
void int_long_clear(IntLong *l);
/* init, run, value of r, clear. */
Value int_long_result_may_call(void (*compute)(IntLong *l), Value a, Value b_or_0, Value c_or_0, unsigned long n);

/* Are both operands long? */
bool int_long_both(Value a, Value b);
Value int_long_mul_may_call(Value a, Value b);
/* Floor division; either pointer may be 0. */
int int_long_divide_may_call(Value a, Value b, Value *quotient, Value *remainder);

void int_long_setup(void);
/* From a signal's handler, as its last act: does not return where it interrupts a computation of this thread. */
void int_long_signal_arrived(void);

#endif
