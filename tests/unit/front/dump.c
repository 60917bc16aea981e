/* dump.c -- prints any AST by reflection (ast_class_of_kind), with Python's repr of constants. */
#include "dump.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "unicode.h"

static void dump_value(FILE *out, AstBaseType type, const void *where);

/* Reads WTF-8: like unicode_next, but accepts surrogates. */
static uint32_t next_code(const char **s, const char *end) {
    int32_t code = unicode_next(s, end);
    if (code >= 0) return (uint32_t)code;
    const unsigned char *u = (const unsigned char *)*s;
    *s += 3;
    return (uint32_t)((u[0] & 0x0F) << 12 | (u[1] & 0x3F) << 6 | (u[2] & 0x3F));
}

static void dump_code(FILE *out, uint32_t code, char quote) {
    char utf8[4];
    if (code == (unsigned char)quote || code == '\\')
        fprintf(out, "\\%c", (char)code);
    else if (code == '\n')
        fputs("\\n", out);
    else if (code == '\r')
        fputs("\\r", out);
    else if (code == '\t')
        fputs("\\t", out);
    else if (code >= 0xD800 && code < 0xE000)
        fprintf(out, "\\u%04x", code);
    else if (unicode_is_printable(code))
        fwrite(utf8, 1, (size_t)unicode_put(utf8, code), out);
    else if (code < 0x100)
        fprintf(out, "\\x%02x", code);
    else
        fprintf(out, code < 0x10000 ? "\\u%04x" : "\\U%08x", code);
}

void dump_str(FILE *out, const char *text, size_t length) {
    const char *end = text + length;
    char quote = memchr(text, '\'', length) && !memchr(text, '"', length) ? '"' : '\'';
    fputc(quote, out);
    while (text < end) dump_code(out, next_code(&text, end), quote);
    fputc(quote, out);
}

static void dump_bytes(FILE *out, const char *text, size_t length) {
    char quote = memchr(text, '\'', length) && !memchr(text, '"', length) ? '"' : '\'';
    fprintf(out, "b%c", quote);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c >= 0x7F)
            fprintf(out, "\\x%02x", c);
        else
            dump_code(out, c, quote);
    }
    fputc(quote, out);
}

/* The shortest decimal that reads back as VALUE, in repr's layout. */
static void dump_double(FILE *out, double value, bool in_complex) {
    if (isinf(value) || isnan(value)) {
        fputs(isnan(value) ? "nan" : value < 0 ? "-inf" : "inf", out);
        return;
    }
    char text[40];
    int precision = 1;
    do snprintf(text, sizeof text, "%.*e", precision - 1, value);
    while (strtod(text, NULL) != value && precision++ < 17);
    int exponent = atoi(strchr(text, 'e') + 1);
    if (exponent < -4 || exponent >= 16)
        fputs(text, out);
    else if (exponent + 1 >= precision)
        fprintf(out, in_complex ? "%.0f" : "%.0f.0", value);
    else
        fprintf(out, "%.*f", precision - 1 - exponent, value);
}

/* Base conversion by repeated multiplication of a decimal digit array. */
static void dump_bigint(FILE *out, const AstConst *value) {
    if (value->bigint.base == 10) {
        fputs(value->bigint.digits, out);
        return;
    }
    size_t capacity = value->bigint.length * 2 + 4, count = 1;
    unsigned char *decimal = calloc(capacity, 1);
    for (const char *s = value->bigint.digits; *s; s++) {
        unsigned carry = (unsigned)(*s <= '9' ? *s - '0' : (*s | 32) - 'a' + 10);
        for (size_t i = 0; i < count; i++) {
            carry += decimal[i] * (unsigned)value->bigint.base;
            decimal[i] = (unsigned char)(carry % 10);
            carry /= 10;
        }
        for (; carry; carry /= 10) decimal[count++] = (unsigned char)(carry % 10);
    }
    while (count) fputc('0' + decimal[--count], out);
    free(decimal);
}

static void dump_constant(FILE *out, const AstConst *value) {
    switch (value->kind) {
    case CONST_NONE: fputs("None", out); break;
    case CONST_TRUE: fputs("True", out); break;
    case CONST_FALSE: fputs("False", out); break;
    case CONST_ELLIPSIS: fputs("Ellipsis", out); break;
    case CONST_INT: fprintf(out, "%lld", (long long)value->integer); break;
    case CONST_BIGINT: dump_bigint(out, value); break;
    case CONST_FLOAT: dump_double(out, value->real, false); break;
    case CONST_COMPLEX:
        dump_double(out, value->imag, true);
        fputc('j', out);
        break;
    case CONST_STR: dump_str(out, value->bytes.data, value->bytes.length); break;
    case CONST_BYTES: dump_bytes(out, value->bytes.data, value->bytes.length); break;
    case CONST_TUPLE:
    case CONST_FROZENSET: fputs("<folded>", out); break;
    }
}

static bool is_absent(const AstField *field, const void *where) {
    if (field->quantity != AST_OPT || field->type == AST_IS_int) return false;
    return *(void *const *)where == NULL;
}

static void dump_sequence(FILE *out, const AstField *field, const AstPtrSeq *seq) {
    fputc('[', out);
    for (int i = 0; i < seq->count; i++) {
        if (i) fputs(", ", out);
        if (field->type == AST_IS_cmpop)
            dump_value(out, field->type, &((const AstEnumSeq *)(const void *)seq)->items[i]);
        else if (!seq->items[i])
            fputs("None", out);
        else
            dump_value(out, field->type, &seq->items[i]);
    }
    fputc(']', out);
}

static void dump_node(FILE *out, const AstClass *class, const char *node) {
    const char *separator = "";
    fprintf(out, "%s(", class->name);
    for (int i = 0; i < class->field_count; i++) {
        const AstField *field = &class->fields[i];
        const void *where = node + field->offset;
        if (is_absent(field, where)) continue;
        fprintf(out, "%s%s=", separator, field->name);
        separator = ", ";
        if (field->quantity == AST_SEQ || field->quantity == AST_OPTSEQ)
            dump_sequence(out, field, where);
        else
            dump_value(out, field->type, where);
    }
    if (class->has_pos) {
        const AstPos *pos = (const void *)(node + class->pos_offset);
        fprintf(out, "%slineno=%d, col_offset=%d, end_lineno=%d, end_col_offset=%d", separator,
                pos->lineno, pos->col_offset, pos->end_lineno, pos->end_col_offset);
    }
    fputc(')', out);
}

static void dump_value(FILE *out, AstBaseType type, const void *where) {
    const void *pointer = NULL;
    if (type >= AST_IS_mod || type == AST_IS_identifier || type == AST_IS_string)
        memcpy(&pointer, where, sizeof pointer);
    switch (type) {
    case AST_IS_identifier:
    case AST_IS_string: dump_str(out, pointer, strlen(pointer)); break;
    case AST_IS_int: fprintf(out, "%d", *(const int *)where); break;
    case AST_IS_constant: dump_constant(out, where); break;
    case AST_IS_expr_context:
    case AST_IS_boolop:
    case AST_IS_operator:
    case AST_IS_unaryop:
    case AST_IS_cmpop: fprintf(out, "%s()", ast_enum_name(*(const AstEnum *)where)); break;
    case AST_IS_stmt:
    case AST_IS_expr:
    case AST_IS_pattern:
        dump_node(out, ast_class_of_kind(*(const AstKind *)pointer), pointer);
        break;
    default: dump_node(out, ast_class_of_type(type), pointer);
    }
}

void dump_module(FILE *out, const AstMod *mod) {
    dump_node(out, ast_class_of_kind(mod->kind), (const char *)mod);
}
