/* arena.h -- bump allocation for one parse: AST, symbol table, interned identifiers.
 *
 * Everything that the front end makes lives until arena_free(). Memory comes zeroed.
 * I1. Allocation never returns NULL: when the system has no memory left, the process stops with
 *     a message (the front end has no half-built state worth unwinding).
 * I2. Within one arena equal identifiers are the same pointer (arena_intern).
 * An arena belongs to one thread at a time. */
#ifndef WEFT_FRONT_ARENA_H
#define WEFT_FRONT_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ArenaChunk ArenaChunk;

/* The header before the bytes of an interned identifier. */
typedef struct {
    uint32_t hash;
    uint32_t length; /* in bytes */
    uint32_t tag;    /* free for the arena's user: the parser marks keywords */
    char text[];     /* UTF-8, NUL-terminated */
} ArenaName;

typedef struct {
    ArenaChunk *chunks; /* newest first */
    char *next, *limit; /* free part of the newest chunk */
    ArenaName **names;  /* open-addressing hash table, capacity a power of two */
    uint32_t name_count, name_capacity;
    const void *stack_limit; /* the C stack ends there for who recurses over a tree; NULL: unknown */
} Arena;

void arena_init(Arena *arena);
void arena_free(Arena *arena);

/* Whoever recurses as deep as a text or tree is nested asks this on its way. */
static inline bool arena_stack_is_low(const Arena *arena) {
    return (const char *)__builtin_frame_address(0) < (const char *)arena->stack_limit;
}

void *arena_alloc_slow(Arena *arena, size_t size);

/* SIZE zeroed bytes, aligned to 8. */
static inline void *arena_alloc(Arena *arena, size_t size) {
    size = (size + 7) & ~(size_t)7;
    if ((size_t)(arena->limit - arena->next) < size) return arena_alloc_slow(arena, size);
    void *result = arena->next;
    arena->next += size;
    return result;
}

#define ARENA_NEW(arena, Type) ((Type *)arena_alloc((arena), sizeof(Type)))
#define ARENA_ARRAY(arena, Type, count)                                                            \
    ((Type *)arena_alloc((arena), sizeof(Type) * (size_t)(count)))

/* A NUL-terminated copy of LENGTH bytes. */
char *arena_copy(Arena *arena, const void *bytes, size_t length);
char *arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The one identifier with these bytes (already normalised UTF-8). */
const char *arena_intern(Arena *arena, const char *bytes, size_t length);
/* The same, where the caller has computed the hash while scanning:
 * start at ARENA_HASH_SEED, one step per byte, then finish. */
#define ARENA_HASH_SEED 2166136261u
static inline uint32_t arena_hash_step(uint32_t hash, unsigned char byte) {
    return (hash ^ byte) * 16777619u;
}
static inline uint32_t arena_hash_finish(uint32_t hash) { return hash ^ (hash >> 15); }
const char *arena_intern_hashed(Arena *arena, const char *bytes, size_t length, uint32_t hash);
const char *arena_intern_str(Arena *arena, const char *text);

static inline ArenaName *arena_name(const char *interned) {
    return (ArenaName *)(uintptr_t)(interned - offsetof(ArenaName, text));
}
static inline uint32_t arena_name_length(const char *interned) {
    return arena_name(interned)->length;
}
static inline uint32_t arena_name_hash(const char *interned) { return arena_name(interned)->hash; }

#endif
