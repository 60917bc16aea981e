/* The backtracking machine.
 *
 * The stack holds, newest on top: CHOICE (go on at an instruction and a position), SPAN (a greedy run of one-character matches that may
 * give some back), LAZY (a lazy run that may take one more), ROUND (a lazy loop that may go round once more), and RESTORE (a
 * register's old value). Failing pops: RESTOREs are undone, the first choice is taken. ATOMIC_END and LOOK_END drop the choices made since their start but keep the RESTOREs, so that an earlier choice finds
 * its registers as they were. */
#include "vm/modules/sre/sre.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "vm/objects/unicode_data.h"

typedef enum EntryKind { CHOICE, SPAN, LAZY, ROUND, RESTORE } EntryKind;
typedef struct Entry {
    uint32_t kind, at;      /* instruction, or register */
    int64_t position, low;  /* SPAN: may go back to low; LAZY: how many have been taken; RESTORE: the value */
} Entry;

/* One per thread, kept for the next match: an abort that jumps out of a match leaves it behind, not lost. */
typedef struct SreStack {
    Entry *entries;
    size_t count, room;
} SreStack;
static __thread SreStack thread_stack;

static inline bool push(SreStack *s, EntryKind kind, uint32_t at, int64_t position, int64_t low) {
    if (s->count == s->room) {
        size_t room = s->room ? 2 * s->room : 256;
        Entry *grown = realloc(s->entries, room * sizeof *grown);
        if (!grown) return false;
        s->entries = grown;
        s->room = room;
    }
    s->entries[s->count++] = (Entry){kind, at, position, low};
    return true;
}

static inline uint32_t char_at(const SreMatch *m, int64_t i) {
    return m->width == 1   ? ((const uint8_t *)m->text)[i]
           : m->width == 2 ? ((const uint16_t *)m->text)[i]
                           : ((const uint32_t *)m->text)[i];
}

static inline bool in_set(const SreProgram *p, uint32_t index, uint32_t c) {
    const SreSet *set = &p->sets[index];
    if (c < 256 && set->fold != FOLD_LOCALE) return set->low[c / 64] >> (c & 63) & 1;
    return sre_set_contains(p, set, c);
}

static inline bool equal_folded(uint32_t c, uint32_t wanted, SreFold fold) {
    if (fold == FOLD_NONE) return c == wanted;
    if (fold == FOLD_LOCALE) return c == wanted || (c < 256 && wanted < 256 && ((uint32_t)tolower((int)c) == wanted || (uint32_t)toupper((int)c) == wanted));
    return sre_lower(c, fold) == wanted;
}

static inline bool test(const SreMatch *m, const SreInstr *i, uint32_t c) {
    switch (i->op) {
    case M_CHAR: return equal_folded(c, i->a, i->fold);
    case M_NOT_CHAR: return !equal_folded(c, i->a, i->fold);
    case M_ANY: return c != '\n';
    case M_ANY_ALL: return true;
    case M_SET: return in_set(m->program, i->a, c);
    default: return sre_category(i->a, c);
    }
}

/* How many characters from `at` on pass the test, at most `most`. */
static int64_t run_length(const SreMatch *m, const SreInstr *i, int64_t at, int64_t most) {
    int64_t end = most < m->end - at ? at + most : m->end, p = at;
    if (i->op == M_ANY_ALL) return end - at;
    if (m->width == 1) {
        const uint8_t *text = m->text;
        if (i->op == M_ANY) {
            const uint8_t *newline = memchr(text + at, '\n', (size_t)(end - at));
            return newline ? newline - text - at : end - at;
        }
        if (i->op == M_SET && m->program->sets[i->a].fold != FOLD_LOCALE) {
            const uint64_t *low = m->program->sets[i->a].low;
            while (p < end && (low[text[p] / 64] >> (text[p] & 63) & 1)) p++;
            return p - at;
        }
    }
    while (p < end && test(m, i, char_at(m, p))) p++;
    return p - at;
}

static bool word_at(const SreMatch *m, int64_t i, uint32_t category) {
    return i >= 0 && i < m->end && sre_category(category, char_at(m, i));
}

/* AT codes. The text's start is 0 even if the search starts later (pos is no beginning for \b, but is for ^, as re has it: text was cut). */
static bool at_position(const SreMatch *m, uint32_t code, int64_t at) {
    switch (code) {
    case 0: case 2: return at == m->start;
    case 1: return at == m->start || char_at(m, at - 1) == '\n';
    case 5: return at == m->end || (at + 1 == m->end && char_at(m, at) == '\n');
    case 6: return at == m->end || char_at(m, at) == '\n';
    case 7: return at == m->end;
    default: {
        uint32_t category = code <= 4 ? 4 : code <= 9 ? 8 : 14;
        bool before = at > m->start && word_at(m, at - 1, category), after = word_at(m, at, category);
        bool boundary = code == 3 || code == 8 || code == 10;
        return m->start < m->end && (before != after) == boundary;
    }
    }
}

static bool set_register(SreMatch *m, uint32_t reg, int64_t value) {
    if (m->registers[reg] == value) return true;
    if (!push(m->stack, RESTORE, reg, 0, m->registers[reg])) return false;
    m->registers[reg] = value;
    return true;
}

/* Drop the choices above `height`; RESTOREs stay, in order. */
static void cut(SreStack *s, size_t height) {
    size_t kept = height;
    for (size_t i = height; i < s->count; i++)
        if (s->entries[i].kind == RESTORE) s->entries[kept++] = s->entries[i];
    s->count = kept;
}

static int64_t backref(const SreMatch *m, const SreInstr *i, int64_t at) {
    int64_t from = m->registers[2 * i->a], to = m->registers[2 * i->a + 1];
    if (from < 0 || to < from) return -1;
    if (to - from > m->end - at) return -1;
    for (int64_t k = from; k < to; k++, at++) {
        uint32_t a = char_at(m, at), b = char_at(m, k);
        if (a != b && (i->fold == FOLD_NONE || sre_lower(a, i->fold) != sre_lower(b, i->fold))) return -1;
    }
    return at;
}

/* Pop to the newest choice: true, with *pc and *at set; false: there is none above `floor`. *round: the loop at *pc is to
 * begin another round. */
static bool backtrack(SreMatch *m, size_t floor, uint32_t *pc, int64_t *at, bool *round) {
    SreStack *s = m->stack;
    *round = false;
    while (s->count > floor) {
        Entry *e = &s->entries[s->count - 1];
        const SreInstr *i = &m->program->instrs[e->at];
        switch (e->kind) {
        case RESTORE:
            m->registers[e->at] = e->low;
            s->count--;
            break;
        case CHOICE:
            *pc = e->at;
            *at = e->position;
            s->count--;
            return true;
        case ROUND:
            *pc = e->at;
            *at = e->position;
            *round = true;
            s->count--;
            return true;
        case SPAN: { /* give one back; skip positions where a literal that must follow does not stand */
            const SreInstr *next = &m->program->instrs[i->to];
            int64_t p = e->position - 1;
            if (next->op == M_CHAR && next->fold == FOLD_NONE)
                while (p >= e->low && (p >= m->end || char_at(m, p) != next->a)) p--;
            if (p < e->low) {
                s->count--;
                break;
            }
            *pc = i->to;
            *at = p;
            if (p == e->low) s->count--;
            else e->position = p;
            return true;
        }
        case LAZY:
            if (e->low >= (int64_t)i->b || e->position >= m->end || !test(m, i + 1, char_at(m, e->position))) {
                s->count--;
                break;
            }
            e->position++;
            e->low++;
            *pc = i->to;
            *at = e->position;
            return true;
        }
    }
    return false;
}

#define FAIL goto failed
#define TRY(condition)                                                                                                \
    if (!(condition)) return SRE_NO_MEMORY

/* Start of a one-character repeat: the number taken at once, -1 if fewer than its minimum. */
static int64_t take_run(const SreMatch *m, const SreInstr *i, int64_t at, bool all) {
    int64_t most = all ? (i->b == SRE_MAXREPEAT ? INT64_MAX : (int64_t)i->b) : (int64_t)i->min;
    int64_t taken = run_length(m, i + 1, at, most);
    return taken < (int64_t)i->min ? -1 : taken;
}

static SreResult run(SreMatch *m, uint32_t pc, int64_t at, size_t floor) {
    const SreProgram *program = m->program;
    SreStack *s = m->stack;
    unsigned steps = 0;
    for (;;) {
        const SreInstr *i = &program->instrs[pc];
        switch (i->op) {
        case M_CHAR:
            if (at >= m->end || !equal_folded(char_at(m, at), i->a, i->fold)) FAIL;
            at++, pc++;
            continue;
        case M_NOT_CHAR:
        case M_ANY:
        case M_ANY_ALL:
        case M_SET:
        case M_CATEGORY:
            if (at >= m->end || !test(m, i, char_at(m, at))) FAIL;
            at++, pc++;
            continue;
        case M_AT:
            if (!at_position(m, i->a, at)) FAIL;
            pc++;
            continue;
        case M_JUMP: pc = i->to; continue;
        case M_SPLIT:
            TRY(push(s, CHOICE, i->to, at, 0));
            pc++;
            continue;
        case M_MARK:
            TRY(set_register(m, i->a, at));
            if (i->a & 1) {
                /* lastindex is kept in a register behind the others, so that it backtracks too */
                TRY(set_register(m, program->registers, (int64_t)i->a / 2 + 1));
            }
            pc++;
            continue;
        case M_BACKREF: {
            int64_t next = backref(m, i, at);
            if (next < 0) FAIL;
            at = next, pc++;
            continue;
        }
        case M_IF_GROUP: {
            bool matched = m->registers[2 * i->a] >= 0 && m->registers[2 * i->a + 1] >= m->registers[2 * i->a];
            pc = matched ? pc + 1 : i->to;
            continue;
        }
        case M_ONE_GREEDY: {
            int64_t taken = take_run(m, i, at, true);
            if (taken < 0) FAIL;
            if (taken > (int64_t)i->min) {
                /* the entry starts one beyond, and gives "one back" at once: the same search for a literal that follows */
                TRY(push(s, SPAN, pc, at + taken + 1, at + i->min));
                FAIL;
            }
            at += taken, pc = i->to;
            continue;
        }
        case M_ONE_LAZY: {
            int64_t taken = take_run(m, i, at, false);
            if (taken < 0) FAIL;
            at += taken;
            TRY(push(s, LAZY, pc, at, taken));
            pc = i->to;
            continue;
        }
        case M_ONE_POSSESSIVE: {
            int64_t taken = take_run(m, i, at, true);
            if (taken < 0) FAIL;
            at += taken, pc = i->to;
            continue;
        }
        case M_LOOP_START:
            TRY(set_register(m, i->a, 0) && set_register(m, i->a + 1, -1));
            pc++;
            continue;
        case M_LOOP_GREEDY:
        case M_LOOP_LAZY: {
            int64_t count = m->registers[i->a];
            bool may = (i->b == SRE_MAXREPEAT || count < (int64_t)i->b) && m->registers[i->a + 1] != at;
            if (count < (int64_t)i->min || (may && i->op == M_LOOP_GREEDY)) {
                if (count >= (int64_t)i->min) TRY(push(s, CHOICE, pc + 1, at, 0));
                TRY(set_register(m, i->a, count + 1) && set_register(m, i->a + 1, at));
                pc = i->to;
            } else {
                if (may && i->op == M_LOOP_LAZY) TRY(push(s, ROUND, pc, at, 0));
                pc++;
            }
            continue;
        }
        case M_ATOMIC:
            TRY(set_register(m, i->a, (int64_t)s->count));
            m->registers[i->a] = (int64_t)s->count;
            pc++;
            continue;
        case M_ATOMIC_END:
            cut(s, (size_t)m->registers[i->a]);
            pc++;
            continue;
        case M_LOOK:
            if (at - (int64_t)i->b < m->start) FAIL;
            TRY(set_register(m, i->a + 1, at) && set_register(m, i->a, (int64_t)s->count));
            m->registers[i->a] = (int64_t)s->count;
            at -= i->b, pc++;
            continue;
        case M_LOOK_END:
            at = m->registers[i->a + 1];
            cut(s, (size_t)m->registers[i->a]);
            pc++;
            continue;
        case M_LOOK_NOT:
            if (at - (int64_t)i->b < m->start) {
                pc = i->to;
                continue;
            }
            TRY(set_register(m, i->a, (int64_t)s->count));
            m->registers[i->a] = (int64_t)s->count;
            TRY(push(s, CHOICE, i->to, at, 0));
            at -= i->b, pc++;
            continue;
        case M_LOOK_NOT_END: { /* the inside has matched: undo it and fail behind the choice that was laid down */
            size_t height = (size_t)m->registers[i->a];
            while (s->count > height) {
                Entry *e = &s->entries[--s->count];
                if (e->kind == RESTORE) m->registers[e->at] = e->low;
            }
            FAIL;
        }
        case M_SUCCESS:
            if ((m->full && at != m->end) || (at == m->not_empty_at && at == m->from)) FAIL;
            m->to = at;
            return SRE_YES;
        default: FAIL;
        }
    failed:
        if ((++steps & 0xffff) == 0 && sre_interrupt_wanted()) return SRE_INTERRUPTED;
        bool round;
        if (!backtrack(m, floor, &pc, &at, &round)) return SRE_NO;
        if (round) {
            const SreInstr *loop = &program->instrs[pc];
            TRY(set_register(m, loop->a, m->registers[loop->a] + 1) && set_register(m, loop->a + 1, at));
            pc = loop->to;
        }
    }
}

SreResult sre_match(SreMatch *m, int64_t at) {
    m->stack = &thread_stack;
    thread_stack.count = 0;
    for (uint32_t i = 0; i <= m->program->registers; i++) m->registers[i] = -1;
    m->from = at;
    SreResult result = run(m, 0, at, 0);
    m->last_index = (int32_t)m->registers[m->program->registers];
    return result;
}

/* ---- searching ----------------------------------------------------------------------------------------------------------------------------------- */

/* The next place from `at` on where the literal prefix stands, or -1. */
static int64_t find_prefix(const SreMatch *m, int64_t at, int64_t last) {
    const SreProgram *p = m->program;
    int64_t length = p->prefix_length;
    for (; at <= last; at++) {
        if (m->width == 1) {
            if (p->prefix[0] > 255) return -1;
            const uint8_t *text = m->text, *found = memchr(text + at, (int)p->prefix[0], (size_t)(last - at + 1));
            if (!found) return -1;
            at = found - text;
        } else if (char_at(m, at) != p->prefix[0]) {
            continue;
        }
        int64_t k = 1;
        while (k < length && at + k < m->end && char_at(m, at + k) == p->prefix[k]) k++;
        if (k >= length) return at;
    }
    return -1;
}

static int64_t next_candidate(const SreMatch *m, int64_t at, int64_t last) {
    const SreProgram *p = m->program;
    if (p->prefix) return find_prefix(m, at, last);
    if (p->first_set < 0) return at;
    while (at <= last && at < m->end && !in_set(p, (uint32_t)p->first_set, char_at(m, at))) at++;
    return at <= last && at < m->end ? at : -1;
}

SreResult sre_search(SreMatch *m, int64_t at) {
    const SreInstr *first = m->program->instrs;
    int64_t last = m->end - m->program->min_width;
    if (first->op == M_AT && (first->a == 0 || first->a == 2) && last > m->start) last = m->start; /* ^ or \A */
    while (at <= last) {
        at = next_candidate(m, at, last);
        if (at < 0) return SRE_NO;
        SreResult result = sre_match(m, at);
        if (result != SRE_NO) return result;
        m->not_empty_at = -1;
        at++;
    }
    return SRE_NO;
}
