/* co_linetable: where in the source each part of co_code comes from, packed as CPython 3.11 does. An entry is a byte 1CCCCLLL
 * (a form, a number of code units less one) and what the form needs. */
#include "vm/objects/code_parts.h"
#include <stdlib.h>

enum { /* forms: 0 to 9 have a column in two bytes, 10 to 12 a line 0 to 2 further on */
       FORM_ONE_LINE = 10,
       FORM_NO_COLUMNS = 13,
       FORM_LONG,
       FORM_NONE,
       WORDS_PER_ENTRY = 8 / UNITS_PER_WORD,
       ENTRY_MAX = 32 /* bytes */
};

/* ---- packing ------------------------------------------------------------------------------------------------------------ */

static uint8_t *put_varint(uint8_t *out, uint32_t value) {
    for (; value >= 64; value >>= 6) *out++ = (uint8_t)(64 | (value & 63));
    *out++ = (uint8_t)value;
    return out;
}
static uint8_t *put_signed(uint8_t *out, int32_t value) {
    return put_varint(out, value < 0 ? (uint32_t)-value << 1 | 1 : (uint32_t)value << 1);
}

static uint8_t *put_form(uint8_t *out, int form, uint32_t words) {
    *out = (uint8_t)(0x80 | form << 3 | (words * UNITS_PER_WORD - 1));
    return out + 1;
}

static uint8_t *put_entry(uint8_t *out, const VmPosition *p, uint32_t words, int32_t *line) {
    if (p->line < 0) return put_form(out, FORM_NONE, words);
    int32_t delta = p->line - *line;
    *line = p->line;
    bool columns = p->col >= 0 && p->end_col >= 0;
    if (!columns && (p->end_line == p->line || p->end_line < 0)) return put_signed(put_form(out, FORM_NO_COLUMNS, words), delta);
    if (columns && p->end_line == p->line && delta == 0 && p->col < 80 && p->end_col >= p->col && p->end_col - p->col < 16) {
        out = put_form(out, p->col >> 3, words);
        *out++ = (uint8_t)((p->col & 7) << 4 | (p->end_col - p->col));
        return out;
    }
    if (columns && p->end_line == p->line && delta >= 0 && delta <= 2 && p->col < 128 && p->end_col < 128) {
        out = put_form(out, FORM_ONE_LINE + delta, words);
        *out++ = (uint8_t)p->col;
        *out++ = (uint8_t)p->end_col;
        return out;
    }
    out = put_signed(put_form(out, FORM_LONG, words), delta);
    out = put_varint(out, (uint32_t)(p->end_line > p->line ? p->end_line - p->line : 0));
    out = put_varint(out, (uint32_t)(p->col + 1));
    return put_varint(out, (uint32_t)(p->end_col + 1));
}

static bool same_position(const VmPosition *a, const VmPosition *b) {
    return a->line == b->line && a->end_line == b->end_line && a->col == b->col && a->end_col == b->end_col;
}

bool code_has_positions(const VmCode *code) {
    for (uint32_t i = 0; i < code->instr_count; i++)
        if (code->positions[i].line >= 0) return true;
    return false;
}

Value code_linetable(const VmCode *code) {
    if (code->linetable) return code->linetable;
    bool has_positions = code_has_positions(code);
    uint8_t *data = malloc((size_t)code->instr_count * ENTRY_MAX + 1), *out = data;
    if (!data) return py_raise_memory();
    int32_t line = code->first_line;
    for (uint32_t i = 0, n; has_positions && i < code->instr_count; i += n) {
        const VmPosition *p = &code->positions[i];
        for (n = 1; n < WORDS_PER_ENTRY && i + n < code->instr_count && same_position(p, p + n);) n++;
        out = put_entry(out, p, n, &line);
    }
    Value bytes = py_bytes_new(data, (size_t)(out - data));
    free(data);
    return bytes;
}

/* ---- unpacking ------------------------------------------------------------------------------------------------------------ */

typedef struct {
    const uint8_t *at, *end;
    bool bad;
} Reader;

static uint32_t get_byte(Reader *r) {
    if (r->at < r->end) return *r->at++;
    r->bad = true;
    return 0;
}
static uint32_t get_varint(Reader *r) {
    uint32_t byte = get_byte(r), value = byte & 63;
    for (int shift = 6; byte & 64 && shift < 30; shift += 6) {
        byte = get_byte(r);
        value |= (byte & 63) << shift;
    }
    return value;
}
static int32_t get_signed(Reader *r) {
    uint32_t value = get_varint(r);
    return value & 1 ? -(int32_t)(value >> 1) : (int32_t)(value >> 1);
}

/* What follows the first byte of an entry; the line of the entry before in *LINE. */
static VmPosition get_entry(Reader *r, int form, int32_t *line) {
    VmPosition p = {-1, -1, -1, -1};
    if (form == FORM_NONE) return p;
    if (form == FORM_LONG || form == FORM_NO_COLUMNS) *line += get_signed(r);
    else if (form >= FORM_ONE_LINE) *line += form - FORM_ONE_LINE;
    p.line = p.end_line = *line;
    if (form == FORM_LONG) {
        p.end_line += (int32_t)get_varint(r);
        p.col = (int16_t)(get_varint(r) - 1);
        p.end_col = (int16_t)(get_varint(r) - 1);
    } else if (form < FORM_ONE_LINE) {
        uint32_t byte = get_byte(r);
        p.col = (int16_t)(form << 3 | byte >> 4);
        p.end_col = (int16_t)(p.col + (int)(byte & 15));
    } else if (form != FORM_NO_COLUMNS) {
        p.col = (int16_t)get_byte(r);
        p.end_col = (int16_t)get_byte(r);
    }
    return p;
}

VmPosition *code_positions_of(Value linetable, int32_t first_line, uint32_t count) {
    size_t length = (size_t)REF(PyBytes, linetable)->length;
    const uint8_t *data = stm_flat(bytes_data(linetable), length, false);
    VmPosition *positions = malloc((count + 1) * sizeof *positions);
    if (!positions) return py_raise_memory(), (VmPosition *)0;
    Reader r = {data, data + length, false};
    size_t unit = 0, units = (size_t)count * UNITS_PER_WORD;
    int32_t line = first_line;
    while (unit < units && r.at < r.end && !r.bad) {
        uint32_t first = get_byte(&r);
        VmPosition p = get_entry(&r, first >> 3 & 15, &line);
        for (size_t end = unit + (first & 7) + 1; unit < end && unit < units; unit++) positions[unit / UNITS_PER_WORD] = p;
    }
    for (; unit < units; unit++)
        if (unit % UNITS_PER_WORD == 0) positions[unit / UNITS_PER_WORD] = (VmPosition){-1, -1, -1, -1};
    if (!r.bad) return positions;
    free(positions);
    py_raise(TYPE_ValueError, "code: co_linetable is malformed");
    return 0;
}
