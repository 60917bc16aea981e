/* ast_dump.c -- runs the front end over many sources and prints what it makes of them, for
 * tests/front/compare.py.
 *
 * Standard input holds requests, one after another: a line "MODE FLAGS LENGTH WHAT\n" and LENGTH
 * bytes of source; WHAT is any of the letters a (AST), s (symbol table), w (warnings), q (only
 * parse: no output of the tree). Each answer is a line "LENGTH\n" and LENGTH bytes.
 *
 * An optional argument names a file of lines "CODE NAME" (hexadecimal) for \N{...}. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vm/front/front.h"
#include "vm/front/unicode.h"

/* --- the tree, by reflection, exactly as ast.dump(tree, include_attributes=True) prints it ---- */

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

/* A str as repr() writes it. */
static void dump_str(FILE *out, const char *text, size_t length) {
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
    case CONST_FROZENSET:
    case CONST_INVALID: fputs("<folded>", out); break;
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

static void dump_module(FILE *out, const AstMod *mod) {
    dump_node(out, ast_class_of_kind(mod->kind), (const char *)mod);
}

/* --- the symbol table, for comparison with the _symtable module --------------------------------
 */

static int compare_symbols(const void *a, const void *b) {
    return strcmp(((const Symbol *)a)->name, ((const Symbol *)b)->name);
}

static void dump_names(FILE *out, int depth, const char *title, AstNameSeq names) {
    fprintf(out, "%*s %s:", depth, "", title);
    for (int i = 0; i < names.count; i++) fprintf(out, " %s", names.items[i]);
    fputc('\n', out);
}

static void dump_scope(FILE *out, const SymScope *scope, int depth) {
    static const char *const blocks[] = {"module", "class", "function", "annotation"};
    fprintf(out, "%*s%s %s %d %d\n", depth, "", blocks[scope->block], scope->name,
            scope->pos.lineno, scope->nested);
    size_t size = (size_t)scope->symbol_count * sizeof(Symbol);
    Symbol *sorted = malloc(size + 1);
    if (size) memcpy(sorted, scope->symbols, size);
    qsort(sorted, (size_t)scope->symbol_count, sizeof *sorted, compare_symbols);
    for (int i = 0; i < scope->symbol_count; i++)
        fprintf(out, "%*s %s %d\n", depth, "", sorted[i].name,
                sorted[i].flags | sorted[i].scope << 11);
    free(sorted);
    dump_names(out, depth, "params", scope->params);
    for (int i = 0; i < scope->children.count; i++)
        dump_scope(out, scope->children.items[i], depth + 1);
}

/* --- requests --------------------------------------------------------------------------------- */

typedef struct {
    int32_t code;
    char *name;
} NamedCharacter;

static NamedCharacter *names;
static size_t name_count;

static void load_names(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) return;
    char line[256];
    unsigned code;
    while (fgets(line, sizeof line, file)) {
        int at = 0;
        if (sscanf(line, "%x %n", &code, &at) != 1) continue;
        line[strcspn(line, "\n")] = 0;
        names = realloc(names, (name_count + 1) * sizeof *names);
        names[name_count++] = (NamedCharacter){(int32_t)code, strdup(line + at)};
    }
    fclose(file);
}

static int32_t lookup_name(void *context, const char *name, size_t length) {
    (void)context;
    for (size_t i = 0; i < name_count; i++)
        if (strlen(names[i].name) == length && strncasecmp(names[i].name, name, length) == 0)
            return names[i].code;
    return -1;
}

static void dump_error(FILE *out, const FrontError *error) {
    static const char *const names_of[] = {"",           "SyntaxError",    "IndentationError",
                                           "TabError",   "RecursionError", "MemoryError",
                                           "ValueError", "OverflowError",  "SystemError"};
    fprintf(out, "%s: ", names_of[error->kind]);
    dump_str(out, error->message, strlen(error->message));
    if (error->kind > FRONT_TAB_ERROR) {
        fputs(" 0 -1 None None None", out); /* not a SyntaxError: it has no position */
        return;
    }
    fprintf(out, " %d %d", error->lineno, error->offset);
    if (error->has_end)
        fprintf(out, " %d %d ", error->end_lineno, error->end_offset);
    else if (error->end_lineno)
        fprintf(out, " %d None ", error->end_lineno);
    else
        fputs(" None None ", out);
    if (error->text)
        dump_str(out, error->text, error->text_length);
    else
        fputs("None", out);
}

static void answer_symtable(FILE *out, Arena *arena, AstMod *mod, const char *source,
                            size_t length) {
    SymError problem;
    Symtable *table = front_symtable(arena, mod, 0, 0, &problem);
    if (table) {
        dump_scope(out, table->top, 0);
        return;
    }
    FrontError error;
    front_error_at(arena, &error, (FrontErrorClass)problem.kind, problem.message, &problem.pos,
                   source, length);
    error.text = NULL;
    dump_error(out, &error);
}

static void answer(FILE *out, const char *source, size_t length, const FrontOptions *options,
                   const char *what) {
    Arena arena;
    FrontError error;
    FrontWarning *warnings = NULL;
    arena_init(&arena);
    AstMod *mod = front_parse(&arena, source, length, options, &error, &warnings);
    if (!mod)
        dump_error(out, &error);
    else if (strchr(what, 's'))
        answer_symtable(out, &arena, mod, source, length);
    else if (strchr(what, 'a'))
        dump_module(out, mod);
    else
        fputs("OK", out);
    for (FrontWarning *w = warnings; w && strchr(what, 'w'); w = w->next)
        fprintf(out, "\n%d %s", w->lineno, w->message);
    arena_free(&arena);
}

int main(int argc, char **argv) {
    if (argc > 1) load_names(argv[1]);
    FrontHooks hooks = {.unicode_name = lookup_name};
    int mode;
    unsigned flags;
    size_t length;
    char what[16];
    while (scanf("%d %u %zu %15s", &mode, &flags, &length, what) == 4) {
        getchar();
        char *source = malloc(length + 1);
        if (fread(source, 1, length, stdin) != length) return 1;
        char *text;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        FrontOptions options = {
            .filename = "<s>", .mode = (FrontMode)mode, .flags = flags, .hooks = &hooks};
        answer(out, source, length, &options, what);
        fclose(out);
        printf("%zu\n", size);
        fwrite(text, 1, size, stdout);
        fflush(stdout);
        free(text);
        free(source);
    }
    for (size_t i = 0; i < name_count; i++) free(names[i].name);
    free(names);
    return 0;
}
