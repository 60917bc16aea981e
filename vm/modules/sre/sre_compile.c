/* Translates re's codes to the program of sre_match.c, checking them on the way: anything that re would not have made is refused, so
 * the matcher can trust its program. */
#include "vm/modules/sre/sre.h"
#include "vm/objects/unicode_data.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct Compiler {
    SreProgram *p;
    uint32_t room, set_room;
    uint32_t depth;
    bool failed;
} Compiler;

/* ---- characters --------------------------------------------------------------------------------------------------------------------------- */

uint32_t sre_lower(uint32_t c, SreFold fold) {
    switch (fold) {
    case FOLD_ASCII: return c >= 'A' && c <= 'Z' ? c + 32 : c;
    case FOLD_LOCALE: return c < 256 ? (uint32_t)tolower((int)c) : c;
    case FOLD_UNICODE: return unicode_simple_lower(c);
    default: return c;
    }
}

static bool ascii_space(uint32_t c) { return c == ' ' || (c >= 9 && c <= 13); }
static bool ascii_word(uint32_t c) { return c < 128 && (isalnum((int)c) || c == '_'); }
static bool locale_word(uint32_t c) { return c == '_' || (c < 256 && isalnum((int)c)); }
static bool unicode_word(uint32_t c) { return c == '_' || unicode_is_alnum(c); }

bool sre_category(uint32_t category, uint32_t c) {
    switch (category) {
    case 0: return c >= '0' && c <= '9';
    case 1: return !(c >= '0' && c <= '9');
    case 2: return ascii_space(c);
    case 3: return !ascii_space(c);
    case 4: return ascii_word(c);
    case 5: return !ascii_word(c);
    case 6: return c == '\n';
    case 7: return c != '\n';
    case 8: return locale_word(c);
    case 9: return !locale_word(c);
    case 10: return unicode_is_decimal(c);
    case 11: return !unicode_is_decimal(c);
    case 12: return unicode_is_space(c);
    case 13: return !unicode_is_space(c);
    case 14: return unicode_word(c);
    case 15: return !unicode_word(c);
    case 16: return unicode_is_linebreak(c);
    default: return !unicode_is_linebreak(c);
    }
}

/* Is c in the set whose codes start at `at`? The codes have been checked. */
static bool charset_contains(const uint32_t *codes, uint32_t at, uint32_t c) {
    bool in = true;
    for (;;) {
        switch (codes[at++]) {
        case SRE_FAILURE: return !in;
        case SRE_NEGATE: in = !in; break;
        case SRE_LITERAL:
            if (c == codes[at++]) return in;
            break;
        case SRE_CATEGORY:
            if (sre_category(codes[at++], c)) return in;
            break;
        case SRE_RANGE:
            if (codes[at] <= c && c <= codes[at + 1]) return in;
            at += 2;
            break;
        case SRE_RANGE_UNI_IGNORE: {
            uint32_t upper = unicode_simple_upper(c);
            if ((codes[at] <= c && c <= codes[at + 1]) || (codes[at] <= upper && upper <= codes[at + 1])) return in;
            at += 2;
            break;
        }
        case SRE_CHARSET:
            if (c < 256 && (codes[at + c / 32] >> (c & 31) & 1)) return in;
            at += 8;
            break;
        case SRE_BIGCHARSET: {
            uint32_t chunks = codes[at++];
            if (c < 0x10000) {
                uint32_t chunk = ((const uint8_t *)(codes + at))[c >> 8];
                if (codes[at + 64 + chunk * 8 + (c & 255) / 32] >> (c & 31) & 1) return in;
            }
            at += 64 + chunks * 8;
            break;
        }
        }
    }
}

bool sre_set_contains(const SreProgram *p, const SreSet *set, uint32_t c) {
    return charset_contains(p->codes, set->code, sre_lower(c, set->fold));
}

/* The length of the set at `at`, FAILURE included; 0 if it is malformed. */
static uint32_t charset_length(const SreProgram *p, uint32_t at, uint32_t end) {
    uint32_t start = at;
    while (at < end) {
        uint32_t skip = 0;
        switch (p->codes[at++]) {
        case SRE_FAILURE: return at - start;
        case SRE_NEGATE: break;
        case SRE_LITERAL: skip = 1; break;
        case SRE_CATEGORY:
            if (at >= end || p->codes[at] > 17) return 0;
            skip = 1;
            break;
        case SRE_RANGE:
        case SRE_RANGE_UNI_IGNORE: skip = 2; break;
        case SRE_CHARSET: skip = 8; break;
        case SRE_BIGCHARSET:
            if (at >= end || p->codes[at] > 256 || end - at < 65) return 0;
            skip = 1 + 64 + p->codes[at] * 8;
            for (int i = 0; i < 256; i++)
                if (((const uint8_t *)(p->codes + at + 1))[i] >= p->codes[at]) return 0;
            break;
        default: return 0;
        }
        if (skip > end - at) return 0;
        at += skip;
    }
    return 0;
}

/* ---- emitting -------------------------------------------------------------------------------------------------------------------------------- */

static uint32_t emit(Compiler *c, SreInstr instr) {
    SreProgram *p = c->p;
    if (p->instr_count == c->room) {
        uint32_t room = c->room ? 2 * c->room : 32;
        SreInstr *grown = realloc(p->instrs, room * sizeof *grown);
        if (!grown) return c->failed = true, 0;
        p->instrs = grown;
        c->room = room;
    }
    p->instrs[p->instr_count] = instr;
    return p->instr_count++;
}
static void patch(Compiler *c, uint32_t at) {
    if (!c->failed) c->p->instrs[at].to = c->p->instr_count;
}

static uint32_t add_set(Compiler *c, uint32_t code, SreFold fold) {
    SreProgram *p = c->p;
    if (p->set_count == c->set_room) {
        uint32_t room = c->set_room ? 2 * c->set_room : 8;
        SreSet *grown = realloc(p->sets, room * sizeof *grown);
        if (!grown) return c->failed = true, 0;
        p->sets = grown;
        c->set_room = room;
    }
    SreSet *set = &p->sets[p->set_count];
    *set = (SreSet){.code = code, .fold = (uint8_t)fold};
    if (fold != FOLD_LOCALE)
        for (uint32_t i = 0; i < 256; i++)
            if (sre_set_contains(p, set, i)) set->low[i / 64] |= (uint64_t)1 << (i & 63);
    return p->set_count++;
}

/* ---- codes ------------------------------------------------------------------------------------------------------------------------------------- */

static bool compile_block(Compiler *c, uint32_t at, uint32_t end);

static bool bad(Compiler *c) {
    c->failed = true;
    return false;
}

static SreFold fold_of(uint32_t op, uint32_t ascii, uint32_t locale, uint32_t unicode) {
    return op == ascii ? FOLD_ASCII : op == locale ? FOLD_LOCALE : op == unicode ? FOLD_UNICODE : FOLD_NONE;
}

/* A one-character test at `at`: its length in codes, 0 if it is none. */
static uint32_t compile_test(Compiler *c, uint32_t at, uint32_t end) {
    const uint32_t *codes = c->p->codes;
    uint32_t op = codes[at], left = end - at;
    switch (op) {
    case SRE_ANY: emit(c, (SreInstr){.op = M_ANY}); return 1;
    case SRE_ANY_ALL: emit(c, (SreInstr){.op = M_ANY_ALL}); return 1;
    case SRE_CATEGORY:
        if (left < 2 || codes[at + 1] > 17) return 0;
        emit(c, (SreInstr){.op = M_CATEGORY, .a = codes[at + 1]});
        return 2;
    case SRE_LITERAL:
    case SRE_LITERAL_IGNORE:
    case SRE_LITERAL_LOC_IGNORE:
    case SRE_LITERAL_UNI_IGNORE:
        if (left < 2) return 0;
        emit(c, (SreInstr){.op = M_CHAR, .a = codes[at + 1],
                           .fold = (uint8_t)fold_of(op, SRE_LITERAL_IGNORE, SRE_LITERAL_LOC_IGNORE, SRE_LITERAL_UNI_IGNORE)});
        return 2;
    case SRE_NOT_LITERAL:
    case SRE_NOT_LITERAL_IGNORE:
    case SRE_NOT_LITERAL_LOC_IGNORE:
    case SRE_NOT_LITERAL_UNI_IGNORE:
        if (left < 2) return 0;
        emit(c, (SreInstr){.op = M_NOT_CHAR, .a = codes[at + 1],
                           .fold = (uint8_t)fold_of(op, SRE_NOT_LITERAL_IGNORE, SRE_NOT_LITERAL_LOC_IGNORE, SRE_NOT_LITERAL_UNI_IGNORE)});
        return 2;
    case SRE_IN:
    case SRE_IN_IGNORE:
    case SRE_IN_LOC_IGNORE:
    case SRE_IN_UNI_IGNORE: {
        if (left < 2 || codes[at + 1] > left - 1) return 0;
        uint32_t skip = codes[at + 1], length = charset_length(c->p, at + 2, at + 1 + skip);
        if (length == 0 || length != skip - 1) return 0;
        uint32_t set = add_set(c, at + 2, fold_of(op, SRE_IN_IGNORE, SRE_IN_LOC_IGNORE, SRE_IN_UNI_IGNORE));
        emit(c, (SreInstr){.op = M_SET, .a = set});
        return 1 + skip;
    }
    default: return 0;
    }
}

/* BRANCH <skip> alternative JUMP <to end> ... <0 = FAILURE>; returns the code behind it, 0 if malformed. */
static uint32_t compile_branch(Compiler *c, uint32_t at, uint32_t end) {
    const uint32_t *codes = c->p->codes;
    uint32_t jumps[64], *all = jumps, count = 0, room = 64, target = 0;
    while (at < end && codes[at]) {
        uint32_t skip = codes[at], next = at + skip;
        if (skip < 3 || skip > end - at || codes[next - 2] != SRE_JUMP) break;
        uint32_t to = next - 1 + codes[next - 1];
        if (target && to != target) break;
        target = to;
        bool last = next < end && codes[next] == 0;
        uint32_t split = last ? 0 : emit(c, (SreInstr){.op = M_SPLIT});
        if (!compile_block(c, at + 1, next - 2)) break;
        if (count == room) {
            uint32_t *grown = malloc(2 * room * sizeof *grown);
            if (!grown) break;
            memcpy(grown, all, count * sizeof *grown);
            if (all != jumps) free(all);
            all = grown;
            room *= 2;
        }
        all[count++] = last ? UINT32_MAX : emit(c, (SreInstr){.op = M_JUMP});
        if (!last) patch(c, split);
        at = next;
    }
    bool good = at < end && codes[at] == 0 && target == at + 1 && !c->failed;
    for (uint32_t i = 0; good && i < count; i++)
        if (all[i] != UINT32_MAX) patch(c, all[i]);
    if (all != jumps) free(all);
    return good ? target : 0;
}

/* REPEAT_ONE <skip> <min> <max> test SUCCESS and its variants. */
static uint32_t compile_one(Compiler *c, uint32_t at, uint32_t end) {
    const uint32_t *codes = c->p->codes;
    if (end - at < 5) return 0;
    uint32_t op = codes[at], skip = codes[at + 1], min = codes[at + 2], max = codes[at + 3];
    if (skip > end - at - 1 || skip < 4 || min > max) return 0;
    SreOp kind = op == SRE_REPEAT_ONE ? M_ONE_GREEDY : op == SRE_MIN_REPEAT_ONE ? M_ONE_LAZY : M_ONE_POSSESSIVE;
    uint32_t loop = emit(c, (SreInstr){.op = (uint8_t)kind, .min = min, .b = max});
    uint32_t body_end = at + 1 + skip - 1, length = compile_test(c, at + 4, body_end);
    if (!length || at + 4 + length != body_end || codes[body_end] != SRE_SUCCESS) return 0;
    patch(c, loop);
    return at + 1 + skip;
}

/* REPEAT <skip> <min> <max> body MAX_UNTIL, MIN_UNTIL; POSSESSIVE_REPEAT ... SUCCESS (in an atomic group). */
static uint32_t compile_repeat(Compiler *c, uint32_t at, uint32_t end) {
    const uint32_t *codes = c->p->codes;
    if (end - at < 5) return 0;
    uint32_t skip = codes[at + 1], min = codes[at + 2], max = codes[at + 3], until = at + 1 + skip;
    if (skip > end - at - 2 || skip < 3 || min > max || until >= end) return 0;
    bool possessive = codes[at] == SRE_POSSESSIVE_REPEAT;
    uint32_t atomic = c->p->registers;
    if (possessive) {
        c->p->registers++;
        emit(c, (SreInstr){.op = M_ATOMIC, .a = atomic});
    }
    uint32_t reg = c->p->registers;
    c->p->registers += 2;
    emit(c, (SreInstr){.op = M_LOOP_START, .a = reg});
    uint32_t jump = emit(c, (SreInstr){.op = M_JUMP}), body = c->p->instr_count;
    if (!compile_block(c, at + 4, until)) return 0;
    patch(c, jump);
    bool lazy = codes[until] == SRE_MIN_UNTIL;
    if (codes[until] != (possessive ? SRE_SUCCESS : lazy ? SRE_MIN_UNTIL : SRE_MAX_UNTIL)) return 0;
    emit(c, (SreInstr){.op = lazy ? M_LOOP_LAZY : M_LOOP_GREEDY, .a = reg, .min = min, .b = max, .to = body});
    if (possessive) emit(c, (SreInstr){.op = M_ATOMIC_END, .a = atomic});
    return until + 1;
}

/* ASSERT <skip> <back> body SUCCESS; ASSERT_NOT; ATOMIC_GROUP <skip> body SUCCESS. */
static uint32_t compile_group(Compiler *c, uint32_t at, uint32_t end) {
    const uint32_t *codes = c->p->codes;
    uint32_t op = codes[at], head = op == SRE_ATOMIC_GROUP ? 2 : 3;
    if (end - at < head + 1) return 0;
    uint32_t skip = codes[at + 1], last = at + skip, reg = c->p->registers;
    if (skip > end - at - 1 || skip < head - 1 + 1 || codes[last] != SRE_SUCCESS) return 0;
    SreOp start = op == SRE_ASSERT ? M_LOOK : op == SRE_ASSERT_NOT ? M_LOOK_NOT : M_ATOMIC;
    SreOp stop = op == SRE_ASSERT ? M_LOOK_END : op == SRE_ASSERT_NOT ? M_LOOK_NOT_END : M_ATOMIC_END;
    c->p->registers += 2;
    uint32_t first = emit(c, (SreInstr){.op = (uint8_t)start, .a = reg, .b = head == 3 ? codes[at + 2] : 0});
    if (!compile_block(c, at + head, last)) return 0;
    emit(c, (SreInstr){.op = (uint8_t)stop, .a = reg});
    patch(c, first);
    return last + 1;
}

/* GROUPREF_EXISTS <group> <skip> yes [JUMP <skip> no] */
static uint32_t compile_conditional(Compiler *c, uint32_t at, uint32_t end) {
    const uint32_t *codes = c->p->codes;
    if (end - at < 3 || codes[at + 1] >= c->p->groups) return 0;
    uint32_t skip = codes[at + 2], no = at + 2 + skip - 1; /* re counts from the skip word, one too far: see its "+ 1" */
    if (skip < 1 || skip > end - at - 1) return 0;
    uint32_t test = emit(c, (SreInstr){.op = M_IF_GROUP, .a = codes[at + 1]});
    bool has_no = no >= at + 5 && codes[no - 2] == SRE_JUMP && no - 1 + codes[no - 1] <= end && codes[no - 1] >= 1;
    uint32_t after = has_no ? no - 1 + codes[no - 1] : no;
    if (has_no && after <= no) has_no = false, after = no;
    if (!compile_block(c, at + 3, has_no ? no - 2 : no)) return 0;
    if (!has_no) {
        patch(c, test);
        return no;
    }
    uint32_t jump = emit(c, (SreInstr){.op = M_JUMP});
    patch(c, test);
    if (!compile_block(c, no, after)) return 0;
    patch(c, jump);
    return after;
}

static uint32_t compile_code(Compiler *c, uint32_t at, uint32_t end) {
    const uint32_t *codes = c->p->codes;
    uint32_t left = end - at;
    switch (codes[at]) {
    case SRE_FAILURE: emit(c, (SreInstr){.op = M_FAIL}); return at + 1;
    case SRE_SUCCESS: emit(c, (SreInstr){.op = M_SUCCESS}); return at + 1;
    case SRE_AT:
        if (left < 2 || codes[at + 1] > 11) return 0;
        emit(c, (SreInstr){.op = M_AT, .a = codes[at + 1]});
        return at + 2;
    case SRE_MARK:
        if (left < 2 || codes[at + 1] >= 2 * c->p->groups) return 0;
        emit(c, (SreInstr){.op = M_MARK, .a = codes[at + 1]});
        return at + 2;
    case SRE_INFO: return left < 2 || codes[at + 1] > left - 1 ? 0 : at + 1 + codes[at + 1];
    case SRE_JUMP: return 0;
    case SRE_BRANCH: return compile_branch(c, at + 1, end);
    case SRE_GROUPREF:
    case SRE_GROUPREF_IGNORE:
    case SRE_GROUPREF_LOC_IGNORE:
    case SRE_GROUPREF_UNI_IGNORE:
        if (left < 2 || codes[at + 1] >= c->p->groups) return 0;
        emit(c, (SreInstr){.op = M_BACKREF, .a = codes[at + 1],
                           .fold = (uint8_t)fold_of(codes[at], SRE_GROUPREF_IGNORE, SRE_GROUPREF_LOC_IGNORE, SRE_GROUPREF_UNI_IGNORE)});
        return at + 2;
    case SRE_GROUPREF_EXISTS: return compile_conditional(c, at, end);
    case SRE_REPEAT_ONE:
    case SRE_MIN_REPEAT_ONE:
    case SRE_POSSESSIVE_REPEAT_ONE: return compile_one(c, at, end);
    case SRE_REPEAT:
    case SRE_POSSESSIVE_REPEAT: return compile_repeat(c, at, end);
    case SRE_ASSERT:
    case SRE_ASSERT_NOT:
    case SRE_ATOMIC_GROUP: return compile_group(c, at, end);
    default: {
        uint32_t length = compile_test(c, at, end);
        return length ? at + length : 0;
    }
    }
}

static bool compile_block(Compiler *c, uint32_t at, uint32_t end) {
    if (++c->depth > 2000) return bad(c);
    while (at < end && !c->failed) {
        uint32_t next = compile_code(c, at, end);
        if (next <= at || next > end) return bad(c);
        at = next;
    }
    c->depth--;
    return !c->failed && at == end;
}

/* What the INFO block at the start says for searching. */
static void read_info(Compiler *c) {
    SreProgram *p = c->p;
    p->first_set = -1;
    if (p->code_count < 5 || p->codes[0] != SRE_INFO || p->codes[1] < 4 || p->codes[1] > p->code_count - 1) return;
    uint32_t mask = p->codes[2], end = 1 + p->codes[1];
    p->min_width = p->codes[3];
    if ((mask & 1) && end >= 7 && p->codes[5] <= end - 7) {
        p->prefix_length = p->codes[5];
        p->prefix = p->codes + 7;
    } else if ((mask & 4) && charset_length(p, 5, end)) {
        p->first_set = (int32_t)add_set(c, 5, FOLD_NONE);
    }
}

SreProgram *sre_compile(const uint32_t *codes, size_t count, uint32_t groups) {
    SreProgram *p = calloc(1, sizeof *p);
    if (!p || count >= UINT32_MAX || count == 0) return free(p), (SreProgram *)0;
    p->codes = malloc(count * sizeof *codes);
    p->code_count = (uint32_t)count;
    p->groups = groups;
    p->registers = 2 * groups;
    Compiler c = {.p = p, .failed = !p->codes};
    if (!c.failed) {
        memcpy(p->codes, codes, count * sizeof *codes);
        read_info(&c);
        compile_block(&c, 0, p->code_count);
        emit(&c, (SreInstr){.op = M_FAIL}); /* never falls off the end */
    }
    if (!c.failed) return p;
    sre_free(p);
    return 0;
}

void sre_free(SreProgram *p) {
    if (!p) return;
    free(p->instrs);
    free(p->sets);
    free(p->codes);
    free(p);
}
