/* unicode_data.c -- look-ups in the generated character tables. */
#include "vm/objects/unicode_data.h"

typedef struct UnicodeRecord {
    uint8_t category, decimal, digit; /* 255: has no value */
    uint8_t number;                   /* index into unicode_numbers; 255: none */
    uint32_t flags;
    int32_t upper, lower, title, fold; /* difference, or place in the pool if special */
} UnicodeRecord;

#include "vm/objects/unicode_data_tables.h"

static const UnicodeRecord *unicode_record(uint32_t c) {
    if (c > 0x10ffff) c = 0x10ffff;
    size_t page = unicode_stage1[c >> UNICODE_SHIFT];
    return &unicode_records[unicode_stage2[(page << UNICODE_SHIFT) +
                                           (c & ((1u << UNICODE_SHIFT) - 1))]];
}
static bool has_flag(uint32_t c, uint32_t flag) { return (unicode_record(c)->flags & flag) != 0; }

bool unicode_is_alpha(uint32_t c) { return has_flag(c, UNICODE_ALPHA); }
bool unicode_is_decimal(uint32_t c) { return has_flag(c, UNICODE_DECIMAL); }
bool unicode_is_digit(uint32_t c) { return has_flag(c, UNICODE_DIGIT); }
bool unicode_is_numeric(uint32_t c) { return has_flag(c, UNICODE_NUMERIC); }
bool unicode_is_alnum(uint32_t c) {
    return has_flag(c, UNICODE_ALPHA | UNICODE_DECIMAL | UNICODE_DIGIT | UNICODE_NUMERIC);
}
bool unicode_is_lower(uint32_t c) { return has_flag(c, UNICODE_LOWER); }
bool unicode_is_upper(uint32_t c) { return has_flag(c, UNICODE_UPPER); }
bool unicode_is_title(uint32_t c) { return has_flag(c, UNICODE_TITLE); }
bool unicode_is_cased(uint32_t c) { return has_flag(c, UNICODE_CASED); }
bool unicode_is_case_ignorable(uint32_t c) { return has_flag(c, UNICODE_CASE_IGNORABLE); }
bool unicode_is_space(uint32_t c) { return has_flag(c, UNICODE_SPACE); }
bool unicode_is_linebreak(uint32_t c) { return has_flag(c, UNICODE_LINEBREAK); }
bool unicode_is_shown(uint32_t c) { return has_flag(c, UNICODE_PRINTABLE); }
bool unicode_is_id_start(uint32_t c) { return has_flag(c, UNICODE_XID_START); }
bool unicode_is_id_part(uint32_t c) { return has_flag(c, UNICODE_XID_CONTINUE); }

const char *unicode_category(uint32_t c) {
    return unicode_category_names[unicode_record(c)->category];
}

int unicode_decimal(uint32_t c) {
    uint8_t value = unicode_record(c)->decimal;
    return value == 255 ? -1 : value;
}

int unicode_digit(uint32_t c) {
    uint8_t value = unicode_record(c)->digit;
    return value == 255 ? -1 : value;
}

bool unicode_numeric(uint32_t c, double *value) {
    uint8_t number = unicode_record(c)->number;
    if (number == 255) return false;
    *value = unicode_numbers[number];
    return true;
}

uint32_t unicode_simple_lower(uint32_t c) {
    const UnicodeRecord *r = unicode_record(c);
    if (r->flags & UNICODE_SPECIAL_LOWER) return 'i'; /* U+0130 is the only one */
    return c + (uint32_t)r->lower;
}

uint32_t unicode_simple_upper(uint32_t c) {
    const UnicodeRecord *r = unicode_record(c);
    return r->flags & UNICODE_SPECIAL_UPPER ? unicode_pool[r->upper + 1] : c + (uint32_t)r->upper;
}

static size_t map(uint32_t c, bool special, int32_t change, uint32_t *out) {
    if (!special) {
        *out = c + (uint32_t)change;
        return 1;
    }
    size_t count = unicode_pool[change];
    for (size_t i = 0; i < count; i++) out[i] = unicode_pool[change + 1 + (int32_t)i];
    return count;
}

size_t unicode_upper(uint32_t c, uint32_t *out) {
    const UnicodeRecord *r = unicode_record(c);
    return map(c, r->flags & UNICODE_SPECIAL_UPPER, r->upper, out);
}
size_t unicode_lower(uint32_t c, uint32_t *out) {
    const UnicodeRecord *r = unicode_record(c);
    return map(c, r->flags & UNICODE_SPECIAL_LOWER, r->lower, out);
}
size_t unicode_title(uint32_t c, uint32_t *out) {
    const UnicodeRecord *r = unicode_record(c);
    return map(c, r->flags & UNICODE_SPECIAL_TITLE, r->title, out);
}
size_t unicode_fold(uint32_t c, uint32_t *out) {
    const UnicodeRecord *r = unicode_record(c);
    return map(c, r->flags & UNICODE_SPECIAL_FOLD, r->fold, out);
}
