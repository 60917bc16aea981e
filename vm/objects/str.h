/* Text and bytes, shared among str*.c, bytes*.c, codec*.c and format*.c; other files may use what
 * is here too. The public interface is in vm/vm.h.
 *
 * Algorithms run over flat memory. A flat address stays right while nothing reaches a safepoint,
 * and allocation does not: so a function takes its views after the last call that may run Python
 * code. */
#ifndef VM_OBJECTS_STR_H
#define VM_OBJECTS_STR_H

#include "vm/vm.h"

/* A built-in function's definition: its arguments arrive bound (PyFn in vm/vm.h). */
#define PY_FN(name)                                                                                \
    Value name(__attribute__((unused)) const Value *args, __attribute__((unused)) size_t nargs,    \
               __attribute__((unused)) Value kwnames)

#define STR_MAX_LENGTH ((size_t)UINT32_MAX - 16)
#define STR_MAX_CHAR   0x10ffffu

/* ---- start-up (hash.c intern.c): once, in this order, after gc_init ------------------------- */

/* The key of string hashes from PYTHONHASHSEED's text: 0 or "random": random; a decimal number
 * below 2^32; 0 turns randomisation off. -1 when it is neither. */
int py_hash_init(const char *seed_or_0);
/* The intern table, the one-character strings, vm_names. */
void py_intern_init(void);
Value py_intern_ascii(const char *ascii, size_t length);

/* ---- characters in flat memory -------------------------------------------------------------- */

static inline unsigned width_for(uint32_t max_char) {
    return max_char < 0x100 ? 1 : max_char < 0x10000 ? 2 : 4;
}
static inline uint32_t flat_char(const void *data, unsigned width, size_t i) {
    return width == 1   ? ((const uint8_t *)data)[i]
           : width == 2 ? ((const uint16_t *)data)[i]
                        : ((const uint32_t *)data)[i];
}
static inline void flat_put(void *data, unsigned width, size_t i, uint32_t c) {
    if (width == 1)
        ((uint8_t *)data)[i] = (uint8_t)c;
    else if (width == 2)
        ((uint16_t *)data)[i] = (uint16_t)c;
    else
        ((uint32_t *)data)[i] = c;
}
/* Copies n characters between widths; narrowing is for characters known to fit. */
void flat_copy(void *to, unsigned to_width, const void *from, unsigned from_width, size_t n);
void flat_fill(void *to, unsigned width, size_t n, uint32_t c);
/* The largest character, or one with the same width and ASCII-ness. */
uint32_t flat_max_char(const void *data, unsigned width, size_t n);

/* A str in flat memory. */
typedef struct StrView {
    const void *data;
    size_t length;
    unsigned width;
    bool ascii;
} StrView;
static inline StrView str_view(Value s) {
    PyStr GS *str = REF(PyStr, s);
    StrView v = {0, str->length, str->width, str->ascii != 0};
    if (UNLIKELY(str->external)) v.data = stm_flat(str_data(s), v.length * v.width, false);
    else v.data = stm_flat_beside((StmObj)str, str->data, v.length * v.width);
    return v;
}
static inline uint32_t view_char(const StrView *v, size_t i) {
    return flat_char(v->data, v->width, i);
}
static inline StrView view_part(const StrView *v, size_t start, size_t end) {
    StrView part = *v;
    part.data = (const char *)v->data + start * v->width;
    part.length = end - start;
    return part;
}

/* ---- str ------------------------------------------------------------------------------------ */

static inline size_t str_length(Value s) { return REF(PyStr, s)->length; }
static inline bool str_is_ascii(Value s) { return REF(PyStr, s)->ascii != 0; }
static inline uint32_t str_at(Value s, size_t i) {
    return str_char(str_data(s), REF(PyStr, s)->width, i);
}
/* Flat address of a str that py_str_alloc has just made, for filling it: nothing has been touched since. */
static inline void *str_fill(Value s) { return stm_flat_new(REF(PyStr, s)->data); }
/* The same text as an exact str: s itself unless it is of a subclass. */
Value str_exact(Value s);
/* A str of view's characters, the narrowest that fits. The view may be of any live memory. */
Value str_from_view(const StrView *v);
/* Latin-1 or wider characters in flat memory, the narrowest that fits. */
Value str_from_flat(const void *data, unsigned width, size_t length);
Value str_repeat(Value s, int64_t times);
Value str_repr(Value s);
Value str_ascii_repr(Value s); /* ascii(s) */
int str_builder_view(PyStrBuilder *b, const StrView *v);
int str_builder_fill(PyStrBuilder *b, uint32_t c, size_t times);
/* Room for n more characters up to max_char; 0 or -1 with MemoryError. */
int str_builder_reserve(PyStrBuilder *b, size_t n, uint32_t max_char);
/* TypeError "<what> must be str, not <type>" unless v is one. */
int str_check(Value v, const char *what);

/* start and end arguments of find, count, startswith ...: 0 or None stand for the ends; clipped to
 * [0, length] as slices are (start may exceed length: then no match). May call __index__. */
int str_range_may_call(Value start_or_0, Value end_or_0, int64_t length, int64_t *start,
                       int64_t *end);

/* The count of `sequence * other`: 1 and *times; 0: let the other operand try (NotImplemented); -1.
 * May call __index__. */
int str_repeat_count_may_call(Value other, int64_t *times);
/* May `right` have a say in `left + right` (a class of Python's with __radd__)? */
bool str_defers_to(Value right, Value reflected_name);
/* An argument that may be left out: the UTF-8 of a str, or 0; -1 with TypeError. */
int str_optional_utf8(Value v_or_0, const char *function, const char *name, const char **out);

/* str.__mod__, str.format, str.format_map (format_percent.c, format_str.c). */
Value str_percent_format(Value format, Value args);
Value str_format_fields(Value format, const Value *args, size_t nargs, Value kwargs_or_0);

/* ---- search (str_search.c): positions in characters of `hay`, -1: absent --------------------- */

int64_t flat_find(const StrView *hay, const StrView *needle, size_t start, size_t end);
int64_t flat_rfind(const StrView *hay, const StrView *needle, size_t start, size_t end);
int64_t flat_find_char(const StrView *hay, uint32_t c, size_t start, size_t end);
int64_t flat_rfind_char(const StrView *hay, uint32_t c, size_t start, size_t end);
int64_t flat_count(const StrView *hay, const StrView *needle, size_t start, size_t end,
                   int64_t limit);
bool flat_equal_at(const StrView *hay, size_t at, const StrView *needle);

#endif
