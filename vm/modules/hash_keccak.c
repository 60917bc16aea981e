/* Keccak sponge (FIPS 202): SHA-3 and SHAKE. */
#include "vm/modules/hash.h"

typedef struct Keccak {
    uint64_t lanes[25];
    uint32_t rate, position; /* bytes */
    uint8_t suffix;          /* domain bits and the first padding bit */
} Keccak;
_Static_assert(sizeof(Keccak) <= HASH_STATE_WORDS * 8, "fits");

static uint64_t rotate(uint64_t x, unsigned n) { return n ? x << n | x >> (64 - n) : x; }

/* The round constants are made by an LFSR over x^8 + x^6 + x^5 + x^4 + 1, the rotations are triangular numbers. */
static void permute(uint64_t *a) {
    uint8_t lfsr = 1;
    for (int round = 0; round < 24; round++) {
        uint64_t c[5], b[25];
        for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int i = 0; i < 25; i++) a[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
        b[0] = a[0];
        for (int t = 0, x = 1, y = 0; t < 24; t++) {
            int next = (2 * x + 3 * y) % 5;
            b[y + 5 * next] = rotate(a[x + 5 * y], (unsigned)((t + 1) * (t + 2) / 2 % 64));
            x = y, y = next;
        }
        for (int y = 0; y < 25; y += 5)
            for (int x = 0; x < 5; x++) a[y + x] = b[y + x] ^ (~b[y + (x + 1) % 5] & b[y + (x + 2) % 5]);
        for (int j = 0; j < 7; j++) {
            if (lfsr & 1) a[0] ^= UINT64_C(1) << ((1 << j) - 1);
            lfsr = (uint8_t)(lfsr << 1 ^ (lfsr & 0x80 ? 0x71 : 0));
        }
    }
}

void keccak_init(void *state, unsigned rate, uint8_t suffix) {
    Keccak *k = state;
    memset(k, 0, sizeof *k);
    k->rate = rate;
    k->suffix = suffix;
}
static void absorb(Keccak *k, uint8_t byte) {
    k->lanes[k->position / 8] ^= (uint64_t)byte << k->position % 8 * 8;
    if (++k->position == k->rate) permute(k->lanes), k->position = 0;
}
void keccak_update(void *state, const void *data, size_t length) {
    Keccak *k = state;
    const uint8_t *p = data;
    for (; length && k->position % 8; length--) absorb(k, *p++);
    for (; length >= 8; length -= 8, p += 8) {
        uint64_t lane;
        memcpy(&lane, p, 8);
        k->lanes[k->position / 8] ^= lane;
        k->position += 8;
        if (k->position == k->rate) permute(k->lanes), k->position = 0;
    }
    for (; length; length--) absorb(k, *p++);
}
void keccak_finish(void *state, uint8_t *out, size_t length) {
    Keccak *k = state;
    k->lanes[k->position / 8] ^= (uint64_t)k->suffix << k->position % 8 * 8;
    k->lanes[(k->rate - 1) / 8] ^= UINT64_C(0x80) << (k->rate - 1) % 8 * 8;
    for (size_t i = 0; i < length; i++) {
        if (i % k->rate == 0) permute(k->lanes);
        out[i] = (uint8_t)(k->lanes[i % k->rate / 8] >> i % k->rate % 8 * 8);
    }
}
