/* arena.c -- see arena.h. */
#include "arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE = 256 * 1024, FIRST_CHUNK_SIZE = 32 * 1024 };

struct ArenaChunk {
    ArenaChunk *older;
    uint64_t bytes[];
};

void arena_init(Arena *arena) { memset(arena, 0, sizeof *arena); }

void arena_free(Arena *arena) {
    for (ArenaChunk *chunk = arena->chunks; chunk;) {
        ArenaChunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
    free(arena->names);
    memset(arena, 0, sizeof *arena);
}

static void *checked_calloc(size_t size) {
    void *memory = calloc(1, size);
    if (!memory) {
        fprintf(stderr, "front end: out of memory (%zu bytes)\n", size);
        abort();
    }
    return memory;
}

static ArenaChunk *add_chunk(Arena *arena, size_t size) {
    ArenaChunk *chunk = checked_calloc(sizeof *chunk + size);
    chunk->older = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

/* Asks for zeroed pages: a fresh chunk costs nothing until it is touched. A large request gets a
 * chunk of its own and leaves the current one in use. */
void *arena_alloc_slow(Arena *arena, size_t size) {
    if (size > CHUNK_SIZE / 4) return add_chunk(arena, size)->bytes;
    size_t chunk_size = arena->chunks ? CHUNK_SIZE : FIRST_CHUNK_SIZE;
    if (size > chunk_size) chunk_size = CHUNK_SIZE;
    ArenaChunk *chunk = add_chunk(arena, chunk_size);
    arena->next = (char *)chunk->bytes + size;
    arena->limit = (char *)chunk->bytes + chunk_size;
    return chunk->bytes;
}

char *arena_copy(Arena *arena, const void *bytes, size_t length) {
    char *copy = arena_alloc(arena, length + 1);
    if (length) memcpy(copy, bytes, length);
    return copy;
}

char *arena_printf(Arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

static void grow_names(Arena *arena) {
    uint32_t capacity = arena->name_capacity ? arena->name_capacity * 2 : 512;
    ArenaName **names = checked_calloc(capacity * sizeof *names);
    for (uint32_t i = 0; i < arena->name_capacity; i++) {
        ArenaName *name = arena->names[i];
        if (!name) continue;
        uint32_t slot = name->hash & (capacity - 1);
        while (names[slot]) slot = (slot + 1) & (capacity - 1);
        names[slot] = name;
    }
    free(arena->names);
    arena->names = names;
    arena->name_capacity = capacity;
}

const char *arena_intern_hashed(Arena *arena, const char *bytes, size_t length, uint32_t hash) {
    if (arena->name_count * 2 >= arena->name_capacity) grow_names(arena);
    uint32_t mask = arena->name_capacity - 1, slot = hash & mask;
    for (ArenaName *name; (name = arena->names[slot]); slot = (slot + 1) & mask)
        if (name->hash == hash && name->length == length && memcmp(name->text, bytes, length) == 0)
            return name->text;
    ArenaName *name = arena_alloc(arena, sizeof *name + length + 1);
    name->hash = hash;
    name->length = (uint32_t)length;
    memcpy(name->text, bytes, length);
    arena->names[slot] = name;
    arena->name_count++;
    return name->text;
}

const char *arena_intern(Arena *arena, const char *bytes, size_t length) {
    uint32_t hash = ARENA_HASH_SEED;
    for (size_t i = 0; i < length; i++) hash = arena_hash_step(hash, (unsigned char)bytes[i]);
    return arena_intern_hashed(arena, bytes, length, arena_hash_finish(hash));
}

const char *arena_intern_str(Arena *arena, const char *text) {
    return arena_intern(arena, text, strlen(text));
}
