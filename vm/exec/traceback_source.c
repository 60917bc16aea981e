/* Source lines for tracebacks, and which part of a line failed. */
#include "vm/exec/safepoint.h"
#include "vm/exec/traceback.h"
#include "vm/front/front.h"
#include <stdio.h>
#include <stdlib.h>

static bool is_utf8(const char *text) {
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        int more = *p < 0x80 ? 0 : *p >= 0xc2 && *p < 0xe0 ? 1 : *p >= 0xe0 && *p < 0xf0 ? 2
                                                              : *p >= 0xf0 && *p < 0xf5  ? 3
                                                                                         : -1;
        if (more < 0) return false;
        for (p++; more > 0; more--, p++)
            if ((*p & 0xc0) != 0x80) return false;
    }
    return true;
}

/* Bytes that are no UTF-8 are shown as Latin-1. */
static char *from_latin1(char *text) {
    char *out = malloc(2 * strlen(text) + 1), *to = out;
    if (!out) return text;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p < 0x80) *to++ = (char)*p;
        else *to++ = (char)(0xc0 | *p >> 6), *to++ = (char)(0x80 | (*p & 0x3f));
    }
    *to = 0;
    free(text);
    return out;
}

/* A line that is no UTF-8, as the file's coding comment says. Replaces `text`. */
static char *from_coding(char *text, const char *head, size_t head_length) {
    Arena arena;
    arena_init(&arena);
    const char *coding = front_coding(&arena, head, head_length), *utf8 = 0;
    char *copy = 0;
    vm_c_memory_enter(); /* the arena, the texts */
    Value decoded = coding ? py_decode(text, strlen(text), coding, "replace") : 0;
    if (decoded) utf8 = py_str_utf8(decoded, 0);
    if (utf8) copy = strdup(utf8);
    py_error_clear();
    vm_c_memory_leave();
    arena_free(&arena);
    if (!copy) return from_latin1(text);
    free(text);
    return copy;
}

char *source_line(const char *filename, int number) {
    if (number < 1 || filename[0] == '<') return 0;
    FILE *file = fopen(filename, "re");
    if (!file) return 0;
    char *line = 0, head[512];
    size_t room = 0, head_length = fread(head, 1, sizeof head, file);
    rewind(file);
    ssize_t length = -1;
    for (int i = 0; i < number; i++)
        if ((length = getline(&line, &room, file)) < 0) break;
    fclose(file);
    if (length < 0 || memchr(line, 0, (size_t)length)) {
        free(line);
        return 0;
    }
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) line[--length] = 0;
    return is_utf8(line) ? line : from_coding(line, head, head_length);
}

/* ---- what to mark ----------------------------------------------------------------------------- */

/* Number of characters in the first `bytes` bytes. */
static int characters(const char *text, int bytes) {
    int count = 0;
    for (int i = 0; i < bytes && text[i]; i++) count += (text[i] & 0xc0) != 0x80;
    return count;
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

/* The operator between the operands of a binary operation, in bytes of `text`. */
static bool operator_anchor(const char *text, const AstExpr *e, int *left, int *right) {
    int from = e->BinOp.left->pos.end_col_offset, to = e->BinOp.right->pos.col_offset;
    for (int i = from; i < to; i++) {
        if (is_blank(text[i])) continue;
        if (i + 1 < to && text[i] == ')') continue;
        *left = i;
        *right = i + 1;
        if (i + 1 < to && !is_blank(text[i + 1])) ++*right;
        return true;
    }
    return false;
}

static bool expression_anchor(const char *text, const AstMod *mod, int *left, int *right) {
    if (!mod || mod->kind != MOD_Module || mod->Module.body.count != 1) return false;
    const AstStmt *s = mod->Module.body.items[0];
    if (s->kind != STMT_Expr) return false;
    const AstExpr *e = s->Expr.value;
    if (e->kind == EXPR_BinOp) return operator_anchor(text, e, left, right);
    if (e->kind != EXPR_Subscript) return false;
    /* there may be parentheses and blanks before the brackets */
    *left = e->Subscript.value->pos.end_col_offset;
    *right = e->Subscript.slice->pos.end_col_offset + 1;
    while (text[*left] && text[*left] != '[') ++*left;
    int length = *left + (int)strlen(text + *left);
    while (*right < length && text[*right] != ']') ++*right;
    if (*right < length) ++*right;
    return true;
}

static void find_anchors(const char *line, int start, int end, Marks *marks) {
    Arena arena;
    FrontError error;
    FrontOptions options = {.filename = "<traceback>", .mode = FRONT_EXEC, .flags = FRONT_SOURCE_IS_UTF8};
    size_t length = (size_t)(end - start);
    char *segment = malloc(length + 1);
    if (!segment) return;
    memcpy(segment, line + start, length);
    segment[length] = 0;
    arena_init(&arena);
    int left, right;
    if (expression_anchor(segment, front_parse(&arena, segment, length, &options, &error, 0), &left, &right)) {
        marks->left_end = marks->start + characters(segment, left);
        marks->right_start = marks->start + characters(segment, right);
    }
    arena_free(&arena);
    free(segment);
}

bool source_marks(const char *line, const VmPosition *p, Marks *marks) {
    int length = (int)strlen(line), indent = 0;
    if (p->line < 0 || p->end_line < 0 || p->col < 0 || p->end_col < 0) return false;
    if (p->col > length || (p->line == p->end_line && p->end_col > length)) return false;
    *marks = (Marks){characters(line, p->col), 0, -1, -1};
    if (p->line == p->end_line) {
        marks->end = characters(line, p->end_col);
        find_anchors(line, p->col, p->end_col, marks);
    } else {
        int end = length;
        while (end > 0 && is_blank(line[end - 1])) end--;
        marks->end = characters(line, end);
    }
    while (is_blank(line[indent])) indent++;
    return marks->left_end >= 0 || marks->end - marks->start != characters(line, length) - indent;
}
