/* unicode.h -- what the front end knows about characters (Unicode 14, tables by gen_unicode.py). */
#ifndef WEFT_FRONT_UNICODE_H
#define WEFT_FRONT_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The code point at *TEXT (before END), which moves past it; or -1, *TEXT unchanged, where the
 * bytes are not strict UTF-8 (no surrogates, no overlong forms). */
int32_t unicode_next(const char **text, const char *end);

/* Writes CODE as UTF-8 (surrogates too: WTF-8) and returns the number of bytes, at most 4. */
int unicode_put(char *out, uint32_t code);

bool unicode_is_xid_start(uint32_t code);
bool unicode_is_xid_continue(uint32_t code);
bool unicode_is_printable(uint32_t code);

/* NFKC of an identifier's UTF-8. Returns the length written to OUT, which needs room for
 * UNICODE_NFKC_GROWTH * length bytes; TEXT must be valid UTF-8. */
enum { UNICODE_NFKC_GROWTH = 18 };
size_t unicode_nfkc(const char *text, size_t length, char *out, uint32_t *scratch);

/* Normalization (unicode_normal.c): decompose each character, reorder, and recompose for the forms C and KC.
 * unicode_decompose writes up to UNICODE_NFKC_GROWTH codes and returns their number; unicode_recompose works in place and
 * returns the new length. */
size_t unicode_decompose(uint32_t code, bool compatible, uint32_t *out);
void unicode_reorder(uint32_t *codes, size_t count);
size_t unicode_recompose(uint32_t *codes, size_t count);

#endif
