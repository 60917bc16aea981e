/* unicode_data.h -- properties of characters (Unicode 14). Codes up to 0x10ffff. */
#ifndef VM_OBJECTS_UNICODE_DATA_H
#define VM_OBJECTS_UNICODE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool unicode_is_alpha(uint32_t c);
bool unicode_is_decimal(uint32_t c);
bool unicode_is_digit(uint32_t c);
bool unicode_is_numeric(uint32_t c);
bool unicode_is_alnum(uint32_t c); /* alpha, decimal, digit or numeric */
bool unicode_is_lower(uint32_t c);
bool unicode_is_upper(uint32_t c);
bool unicode_is_title(uint32_t c);
bool unicode_is_cased(uint32_t c);
bool unicode_is_case_ignorable(uint32_t c);
bool unicode_is_space(uint32_t c);     /* as str.isspace and split */
bool unicode_is_linebreak(uint32_t c); /* as splitlines */
bool unicode_is_shown(uint32_t c);     /* repr shows it as it is (str.isprintable) */
bool unicode_is_id_start(uint32_t c);  /* XID_Start or '_' */
bool unicode_is_id_part(uint32_t c);

const char *unicode_category(uint32_t c); /* "Lu" */
int unicode_decimal(uint32_t c);          /* 0..9, -1 */
int unicode_digit(uint32_t c);
bool unicode_numeric(uint32_t c, double *value);

uint32_t unicode_simple_lower(uint32_t c); /* one to one, as regular expressions use it */
uint32_t unicode_simple_upper(uint32_t c); /* the first where the mapping is to several */
enum { UNICODE_CASE_MAX = 3 };
/* The full mappings, SpecialCasing included but for the context rule of the capital sigma: write up
 * to UNICODE_CASE_MAX characters and return how many. */
size_t unicode_upper(uint32_t c, uint32_t *out);
size_t unicode_lower(uint32_t c, uint32_t *out);
size_t unicode_title(uint32_t c, uint32_t *out);
size_t unicode_fold(uint32_t c, uint32_t *out);

#endif
