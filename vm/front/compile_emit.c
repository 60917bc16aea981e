/* Instructions, labels, registers, constants and names of the unit being compiled.
 *
 * I1. While `dead` is set nothing is emitted, so a label is used only by code that can run; binding
 * a used label ends the dead stretch. I2. Equal constants of a code object are one; 1, 1.0 and True
 * differ, as do 0.0 and -0.0. */
#include "vm/front/compiler.h"
#include "vm/exec/opinfo.h"

const AstPos compile_no_pos = {-1, -1, -1, -1};

/* Room for one more element in an array of the arena. */
#define GROW(c, items, count, capacity)                                                            \
    do {                                                                                           \
        if ((count) == (capacity)) {                                                               \
            (capacity) = (capacity) ? 2 * (capacity) : 16;                                         \
            void *grown_ = arena_alloc((c)->arena, sizeof *(items) * (size_t)(capacity));          \
            if (count) memcpy(grown_, (items), sizeof *(items) * (size_t)(count));                 \
            (items) = grown_;                                                                      \
        }                                                                                          \
    } while (0)

static IrInstr *emit_instr(Compiler *c, const AstPos *pos, int op, int x) {
    Unit *u = c->unit;
    if (u->dead || c->failed) return 0;
    GROW(c, u->code, u->count, u->capacity);
    IrInstr *i = &u->code[u->count++];
    *i = (IrInstr){
        .op = (uint8_t)op, .x = (uint8_t)x, .label = NO_LABEL, .handler = u->handler, .pos = *pos};
    const VmOpInfo *info = vm_op_info((unsigned)op);
    if (u->handler != NO_HANDLER && (info->raises || info->calls))
        u->handlers[u->handler].used = true;
    if (op == OP_CHECK_BOUND) u->has_checks = true;
    if (info->ends) u->dead = true;
    return i;
}

void emit(Compiler *c, const AstPos *pos, int op, int x, int a, int b, int d) {
    IrInstr *i = emit_instr(c, pos, op, x);
    if (i) i->a = a, i->b = b, i->c = d;
}

void emit_jump(Compiler *c, const AstPos *pos, int op, int x, int a, int b, int label) {
    IrInstr *i = emit_instr(c, pos, op, x);
    if (!i) return;
    i->a = a, i->b = b, i->label = label;
    c->unit->labels[label].used = true;
}

void emit_line(Compiler *c, const AstPos *pos) { emit(c, pos, OP_NOP, 0, 0, 0, 0); }

void emit_move(Compiler *c, const AstPos *pos, Reg dst, Reg src) {
    if (dst != src) emit(c, pos, OP_MOVE, 0, dst, src, 0);
}

void emit_none(Compiler *c, const AstPos *pos, Reg dst) {
    emit(c, pos, OP_LOAD_IMM, 0, dst, (int)VM_NONE, 0);
}

void emit_unbound(Compiler *c, Reg dst) {
    emit(c, &compile_no_pos, OP_LOAD_IMM, 0, dst, (int)VM_UNBOUND, 0);
}

/* The bits of a constant that LOAD_IMM can hold. */
static bool immediate_bits(const AstConst *k, int32_t *bits) {
    switch (k->kind) {
    case CONST_NONE: *bits = (int32_t)VM_NONE; return true;
    case CONST_TRUE: *bits = (int32_t)VM_TRUE; return true;
    case CONST_FALSE: *bits = (int32_t)VM_FALSE; return true;
    case CONST_ELLIPSIS: *bits = (int32_t)VM_ELLIPSIS; return true;
    case CONST_INT:
        if (k->integer < -(1 << 30) || k->integer >= 1 << 30) return false;
        *bits = (int32_t)int_make(k->integer);
        return true;
    default: return false;
    }
}

void emit_constant(Compiler *c, const AstPos *pos, Reg dst, const AstConst *constant) {
    int32_t bits;
    if (immediate_bits(constant, &bits))
        emit(c, pos, OP_LOAD_IMM, 0, dst, bits, 0);
    else if (!c->unit->dead)
        emit(c, pos, OP_LOAD_CONST, 0, dst, constant_add(c, constant), 0);
}

/* ---- labels and handlers --------------------------------------------------------------------- */

int label_new(Compiler *c) {
    Unit *u = c->unit;
    GROW(c, u->labels, u->label_count, u->label_capacity);
    u->labels[u->label_count] = (IrLabel){.position = -1};
    return u->label_count++;
}

void label_bind(Compiler *c, int label) {
    Unit *u = c->unit;
    u->labels[label].position = u->count;
    if (u->labels[label].used) u->dead = false;
}

int handler_new(Compiler *c, Reg exception) {
    Unit *u = c->unit;
    int label = label_new(c);
    GROW(c, u->handlers, u->handler_count, u->handler_capacity);
    u->handlers[u->handler_count] = (IrHandler){.label = label, .exception = exception};
    return u->handler_count++;
}

/* The handler's code starts here; it is dead if nothing under it can raise. */
void handler_bind(Compiler *c, int handler) {
    Unit *u = c->unit;
    u->dead = true;
    IrHandler *h = &u->handlers[handler];
    u->labels[h->label].used = h->used;
    label_bind(c, h->label);
}

/* ---- registers ------------------------------------------------------------------------------- */

Reg temp_run(Compiler *c, int count) {
    Unit *u = c->unit;
    Reg first = u->temp_top;
    u->temp_top += count;
    if (u->temp_top > u->temp_max) u->temp_max = u->temp_top;
    return first;
}

Reg temp_new(Compiler *c) { return temp_run(c, 1); }

/* ---- constants ------------------------------------------------------------------------------- */

static uint32_t hash_bytes(uint32_t h, const void *data, size_t n) {
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i++) h = arena_hash_step(h, p[i]);
    return h;
}

static uint32_t const_hash(const AstConst *k) {
    uint32_t h = arena_hash_step(ARENA_HASH_SEED, (unsigned char)k->kind);
    switch (k->kind) {
    case CONST_INT: return hash_bytes(h, &k->integer, 8);
    case CONST_BIGINT: return hash_bytes(h, k->bigint.digits, k->bigint.length);
    case CONST_FLOAT: return hash_bytes(h, &k->real, 8);
    case CONST_COMPLEX: return hash_bytes(hash_bytes(h, &k->real, 8), &k->imag, 8);
    case CONST_STR:
    case CONST_BYTES: return hash_bytes(h, k->bytes.data, k->bytes.length);
    case CONST_TUPLE:
    case CONST_FROZENSET:
        for (size_t i = 0; i < k->items.count; i++) h = h * 31 + const_hash(&k->items.data[i]);
        return h;
    default: return h;
    }
}

static bool const_same(const AstConst *a, const AstConst *b) {
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case CONST_INT: return a->integer == b->integer;
    case CONST_BIGINT:
        return a->bigint.length == b->bigint.length && a->bigint.base == b->bigint.base &&
               a->bigint.negative == b->bigint.negative &&
               !memcmp(a->bigint.digits, b->bigint.digits, a->bigint.length);
    case CONST_FLOAT: return !memcmp(&a->real, &b->real, 8);
    case CONST_COMPLEX: return !memcmp(&a->real, &b->real, 8) && !memcmp(&a->imag, &b->imag, 8);
    case CONST_STR:
    case CONST_BYTES:
        return a->bytes.length == b->bytes.length &&
               !memcmp(a->bytes.data, b->bytes.data, a->bytes.length);
    case CONST_TUPLE:
    case CONST_FROZENSET:
        if (a->items.count != b->items.count) return false;
        for (size_t i = 0; i < a->items.count; i++)
            if (!const_same(&a->items.data[i], &b->items.data[i])) return false;
        return true;
    default: return true;
    }
}

static void const_index_insert(Unit *u, int index) {
    uint32_t mask = u->constant_index_capacity - 1;
    uint32_t at = u->constants[index].hash & mask;
    while (u->constant_index[at]) at = (at + 1) & mask;
    u->constant_index[at] = index + 1;
}

static int const_append(Compiler *c, IrConst entry) {
    Unit *u = c->unit;
    GROW(c, u->constants, u->constant_count, u->constant_capacity);
    int index = u->constant_count++;
    u->constants[index] = entry;
    if (2 * (uint32_t)u->constant_count > u->constant_index_capacity) {
        u->constant_index_capacity =
            u->constant_index_capacity ? 2 * u->constant_index_capacity : 32;
        u->constant_index = ARENA_ARRAY(c->arena, int32_t, u->constant_index_capacity);
        for (int i = 0; i < index; i++) const_index_insert(u, i);
    }
    const_index_insert(u, index);
    return index;
}

int constant_add(Compiler *c, const AstConst *constant) {
    Unit *u = c->unit;
    uint32_t hash = const_hash(constant);
    if (u->constant_index_capacity) {
        uint32_t mask = u->constant_index_capacity - 1;
        for (uint32_t at = hash & mask; u->constant_index[at]; at = (at + 1) & mask) {
            const IrConst *k = &u->constants[u->constant_index[at] - 1];
            if (k->hash == hash && k->constant && const_same(k->constant, constant))
                return u->constant_index[at] - 1;
        }
    }
    return const_append(c, (IrConst){.constant = constant, .hash = hash});
}

int constant_add_code(Compiler *c, Value code) {
    return const_append(c, (IrConst){.code = code, .hash = (uint32_t)code});
}

const AstConst *constant_str(Compiler *c, const char *text) {
    AstConst *k = ARENA_NEW(c->arena, AstConst);
    k->kind = CONST_STR;
    k->bytes.data = text;
    k->bytes.length = strlen(text);
    return k;
}

int constant_add_names(Compiler *c, const char *const *names, int count) {
    AstConst *items = ARENA_ARRAY(c->arena, AstConst, count ? count : 1);
    for (int i = 0; i < count; i++) items[i] = *constant_str(c, names[i]);
    AstConst *tuple = ARENA_NEW(c->arena, AstConst);
    tuple->kind = CONST_TUPLE;
    tuple->items.data = items;
    tuple->items.count = (size_t)count;
    return constant_add(c, tuple);
}

/* ---- names ----------------------------------------------------------------------------------- */

static uint32_t name_slot(const NameMap *map, const char *key) {
    uint32_t mask = map->capacity - 1, at = arena_name_hash(key) & mask;
    while (map->keys[at] && map->keys[at] != key) at = (at + 1) & mask;
    return at;
}

bool name_map_get(const NameMap *map, const char *key, int32_t *value) {
    if (!map->capacity) return false;
    uint32_t at = name_slot(map, key);
    if (!map->keys[at]) return false;
    *value = map->values[at];
    return true;
}

void name_map_put(Compiler *c, NameMap *map, const char *key, int32_t value) {
    if (2 * (map->count + 1) > map->capacity) {
        NameMap grown = {.capacity = map->capacity ? 2 * map->capacity : 16, .count = map->count};
        grown.keys = ARENA_ARRAY(c->arena, const char *, grown.capacity);
        grown.values = ARENA_ARRAY(c->arena, int32_t, grown.capacity);
        for (uint32_t i = 0; i < map->capacity; i++) {
            if (!map->keys[i]) continue;
            uint32_t at = name_slot(&grown, map->keys[i]);
            grown.keys[at] = map->keys[i], grown.values[at] = map->values[i];
        }
        *map = grown;
    }
    uint32_t at = name_slot(map, key);
    if (!map->keys[at]) map->count++;
    map->keys[at] = key, map->values[at] = value;
}

int name_add(Compiler *c, const char *name) {
    Unit *u = c->unit;
    int32_t index;
    if (name_map_get(&u->name_map, name, &index)) return index;
    GROW(c, u->names, u->name_count, u->name_capacity);
    index = u->name_count++;
    u->names[index] = name;
    name_map_put(c, &u->name_map, name, index);
    return index;
}
