/* BLAKE2b and BLAKE2s (RFC 7693), with the parameter block given by the caller. */
#include "vm/modules/hash.h"

static const uint8_t sigma[10][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
                                      {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4}, {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
                                      {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13}, {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
                                      {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11}, {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
                                      {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5}, {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}};
static const uint64_t iv64[8] = {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
                                 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179};

/* The two differ in word size, rounds and rotations. The buffer is emptied only when more comes: the last block is special. */
#define BLAKE2(name, word, bits, rounds, r1, r2, r3, r4)                                                              \
    typedef struct name##State {                                                                                      \
        word h[8], count[2];                                                                                          \
        uint8_t block[bits * 2];                                                                                      \
        uint32_t fill;                                                                                                \
        bool last_node;                                                                                               \
    } name##State;                                                                                                    \
    _Static_assert(sizeof(name##State) <= HASH_STATE_WORDS * 8, "fits");                                              \
    static word name##_rotate(word x, int n) { return (word)(x >> n | x << (bits - n)); }                             \
    static void name##_mix(word *v, int a, int b, int c, int d, word x, word y) {                                     \
        v[a] += v[b] + x, v[d] = name##_rotate(v[d] ^ v[a], r1);                                                      \
        v[c] += v[d], v[b] = name##_rotate(v[b] ^ v[c], r2);                                                          \
        v[a] += v[b] + y, v[d] = name##_rotate(v[d] ^ v[a], r3);                                                      \
        v[c] += v[d], v[b] = name##_rotate(v[b] ^ v[c], r4);                                                          \
    }                                                                                                                 \
    static void name##_compress(name##State *s, bool last) {                                                          \
        word v[16], m[16];                                                                                            \
        memcpy(m, s->block, sizeof m);                                                                                \
        for (int i = 0; i < 8; i++) v[i] = s->h[i], v[i + 8] = (word)(iv64[i] >> (64 - bits));                        \
        v[12] ^= s->count[0], v[13] ^= s->count[1];                                                                   \
        if (last) v[14] = ~v[14];                                                                                     \
        if (last && s->last_node) v[15] = ~v[15];                                                                     \
        for (int i = 0; i < rounds; i++) {                                                                            \
            const uint8_t *o = sigma[i % 10];                                                                         \
            for (int k = 0; k < 4; k++) name##_mix(v, k, k + 4, k + 8, k + 12, m[o[2 * k]], m[o[2 * k + 1]]);         \
            for (int k = 0; k < 4; k++)                                                                               \
                name##_mix(v, k, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4, m[o[8 + 2 * k]], m[o[9 + 2 * k]]); \
        }                                                                                                             \
        for (int i = 0; i < 8; i++) s->h[i] ^= v[i] ^ v[i + 8];                                                       \
    }                                                                                                                 \
    void name##_init(void *state, const uint8_t *parameters, bool last_node) {                                        \
        name##State *s = state;                                                                                       \
        memset(s, 0, sizeof *s);                                                                                      \
        memcpy(s->h, parameters, sizeof s->h);                                                                        \
        for (int i = 0; i < 8; i++) s->h[i] ^= (word)(iv64[i] >> (64 - bits));                                        \
        s->last_node = last_node;                                                                                     \
    }                                                                                                                 \
    static void name##_count(name##State *s, uint32_t bytes) {                                                        \
        s->count[0] += bytes;                                                                                         \
        if (s->count[0] < bytes) s->count[1]++;                                                                       \
    }                                                                                                                 \
    void name##_update(void *state, const void *data, size_t length) {                                                \
        name##State *s = state;                                                                                       \
        const uint8_t *p = data;                                                                                      \
        while (length) {                                                                                              \
            if (s->fill == sizeof s->block) name##_count(s, s->fill), name##_compress(s, false), s->fill = 0;         \
            size_t n = sizeof s->block - s->fill;                                                                     \
            if (n > length) n = length;                                                                               \
            memcpy(s->block + s->fill, p, n);                                                                         \
            s->fill += (uint32_t)n, p += n, length -= n;                                                              \
        }                                                                                                             \
    }                                                                                                                 \
    void name##_finish(void *state, uint8_t *out, size_t length) {                                                    \
        name##State *s = state;                                                                                       \
        name##_count(s, s->fill);                                                                                     \
        memset(s->block + s->fill, 0, sizeof s->block - s->fill);                                                     \
        name##_compress(s, true);                                                                                     \
        memcpy(out, s->h, length);                                                                                    \
    }
BLAKE2(blake2b, uint64_t, 64, 12, 32, 24, 16, 63)
BLAKE2(blake2s, uint32_t, 32, 10, 16, 12, 8, 7)
