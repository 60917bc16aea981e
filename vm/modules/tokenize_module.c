/* Module _tokenize: the front end's tokens, as tokenize's function for tests of the C tokenizer wants them.
 *
 * A source is tokenized when its iterator is made: `a` is the list of tokens, `b` the exception that comes behind them, or 0. */
#include "vm/exec/safepoint.h"
#include "vm/front/arena.h"
#include "vm/front/compile.h"
#include "vm/front/tokenizer.h"
#include "vm/modules/module.h"
#include "vm/objects/iterators.h"

/* Numbers of token.py. Operators have consecutive ones, in this order. */
enum { NUMBER_END, NUMBER_NAME, NUMBER_NUMBER, NUMBER_STRING, NUMBER_NEWLINE, NUMBER_INDENT, NUMBER_DEDENT, NUMBER_FIRST_OP,
       NUMBER_OP = 54, NUMBER_AWAIT, NUMBER_ASYNC, NUMBER_TYPE_IGNORE, NUMBER_TYPE_COMMENT };
static const char *const operators[] = {"(",  ")",  "[",  "]",  ":",  ",",  ";",  "+",  "-",  "*",   "/",   "|",   "&",  "<",   ">", "=",
                                        ".",  "%",  "{",  "}",  "==", "!=", "<=", ">=", "~",  "^",   "<<",  ">>",  "**", "+=",  "-=", "*=",
                                        "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "//", "//=", "@", "@=", "->", "...", ":="};

static int operator_number(const Token *token) {
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strlen(operators[i]) == token->length && !memcmp(operators[i], token->start, token->length)) return NUMBER_FIRST_OP + (int)i;
    return token->length == 2 && !memcmp(token->start, "<>", 2) ? NUMBER_FIRST_OP + 21 : NUMBER_OP; /* != has both forms */
}

static int token_number(const Token *token) {
    switch (token->type) {
    case TOK_NUMBER: return NUMBER_NUMBER;
    case TOK_STRING: return NUMBER_STRING;
    case TOK_NEWLINE: return NUMBER_NEWLINE;
    case TOK_INDENT: return NUMBER_INDENT;
    case TOK_DEDENT: return NUMBER_DEDENT;
    case TOK_TYPE_IGNORE: return NUMBER_TYPE_IGNORE;
    case TOK_TYPE_COMMENT: return NUMBER_TYPE_COMMENT;
    case TOK_AWAIT: return NUMBER_AWAIT;
    case TOK_ASYNC: return NUMBER_ASYNC;
    default: return token->name ? NUMBER_NAME : operator_number(token);
    }
}

/* Characters of the line before this place in it, -1 where it is not in it. */
static int64_t column(const char *line_start, const char *at) {
    int64_t count = 0;
    if (!at || at < line_start) return -1;
    for (const char *p = line_start; p < at; p++) count += (*p & 0xc0) != 0x80;
    return count;
}

/* (text, number, first line, last line, first column, last column, line) */
static Value token_tuple(const Tokenizer *t, const Token *token) {
    bool is_string = token->type == TOK_STRING;
    Value text = token->start ? py_decode(token->start, token->length, "utf-8", "replace") : NAME(empty);
    Value line = py_decode(t->buf, (size_t)(t->inp - t->buf), "utf-8", "replace");
    if (!text || !line) return 0;
    const char *end = token->start ? token->start + token->length : 0;
    return py_tuple_pack(7, text, int_make(token_number(token)), int_make(is_string ? t->first_lineno : t->lineno), int_make(t->lineno),
                         int_make(column(is_string ? t->multi_line_start : t->line_start, token->start)),
                         int_make(column(t->line_start, end)), line);
}

static int add_tokens(Value self, Arena *arena, const char *text, size_t length) {
    FrontOptions options = {.filename = "<string>", .mode = FRONT_EXEC, .flags = FRONT_SOURCE_IS_UTF8};
    FrontError error = {0};
    Source source;
    Tokenizer t;
    Token token;
    Value list = py_list_new(0);
    if (!list) return -1;
    if (!source_decode(arena, text, length, &options, &source, &error)) return front_raise(&error, 0), -1;
    tokenizer_intern_keywords(arena);
    tokenizer_init(&t, arena, source.text, source.length);
    t.imply_dedent = true;
    for (tokenizer_next(&t, &token); token.type != TOK_END && token.type != TOK_ERROR; tokenizer_next(&t, &token)) {
        Value tuple = token_tuple(&t, &token);
        if (!tuple || py_list_append(list, tuple) < 0) return -1;
    }
    SET(REF(PyIter, self), a, list);
    if (t.state != TOKENIZER_RAISED) return 0; /* other errors are the parser's: here they are the end */
    front_raise(&t.error, options.filename);
    Value exception = py_error_take();
    SET(REF(PyIter, self), b, exception);
    return 0;
}

static Value iter_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    if (!py_is_str(args[1])) return py_raise(TYPE_TypeError, "tokenizeriter() argument 'source' must be str, not %T", args[1]);
    Value utf8 = py_encode(args[1], "utf-8", "strict"), self = utf8 ? py_alloc(args[0], 0) : 0;
    FlatBytes text;
    if (!self || flat_bytes(&text, utf8) < 0) return 0;
    Arena arena;
    vm_c_memory_enter();
    arena_init(&arena);
    int status = add_tokens(self, &arena, (const char *)text.data, text.length);
    arena_free(&arena);
    vm_c_memory_leave();
    flat_bytes_free(&text);
    return status < 0 ? 0 : self;
}

static Value iter_next(Value self) {
    PyIter GS *it = REF(PyIter, self);
    Value list = GET(it, a), exception = GET(it, b);
    if (!list) return VM_STOP;
    int64_t i = GET(it, index);
    if (i < py_list_length(list)) {
        SET(it, index, i + 1);
        return py_list_item(list, i);
    }
    iterator_end(self);
    return exception ? py_raise_object(exception) : VM_STOP;
}

const PyTypeSpec py_spec_tokenizer_iter = {.slots = {.iter = iterator_self, .next = iter_next},
                                           .new_signature = "(source)",
                                           .new_fn = iter_new,
                                           .raw_words = 2,
                                           .module = "_tokenize"};

static int tokenize_init(Value module) { return py_module_add_type(module, TYPE_TOKENIZER_ITER); }
const PyModuleDef py_module_tokenize = {.doc = "Tokens of source text.", .init = tokenize_init};
