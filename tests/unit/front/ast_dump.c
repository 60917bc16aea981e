/* ast_dump.c -- runs the front end over many sources and prints what it makes of them, for
 * tests/front/compare.py.
 *
 * Standard input holds requests, one after another: a line "MODE FLAGS LENGTH WHAT\n" and LENGTH
 * bytes of source; WHAT is any of the letters a (AST), s (symbol table), w (warnings), q (only
 * parse: no output of the tree). Each answer is a line "LENGTH\n" and LENGTH bytes.
 *
 * An optional argument names a file of lines "CODE NAME" (hexadecimal) for \N{...}. */
#include <stdlib.h>
#include <string.h>

#include "dump.h"

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
