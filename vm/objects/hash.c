/* hash.c -- hashes of text and bytes: SipHash-1-3 (Aumasson, Bernstein: "SipHash: a fast
 * short-input PRF"), keyed by PYTHONHASHSEED. The key is set once, before the first string is
 * hashed. */
#include "vm/objects/str.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static uint64_t hash_key[2];

/* The generator that CPython documents for a given seed, so that a seed gives the same hashes in
 * both. */
static void hash_key_from_seed(uint32_t seed) {
    uint8_t bytes[16];
    uint32_t x = seed;
    for (int i = 0; i < 16; i++) {
        x = x * 214013 + 2531011;
        bytes[i] = (uint8_t)(x >> 16);
    }
    memcpy(hash_key, bytes, sizeof bytes);
}

int py_hash_init(const char *seed) {
    hash_key[0] = hash_key[1] = 0;
    if (!seed || !*seed || !strcmp(seed, "random")) {
        if (getrandom(hash_key, sizeof hash_key, 0) != (ssize_t)sizeof hash_key)
            stm_fatal("no random numbers for the hash key: errno %d", errno);
        return 0;
    }
    char *end;
    errno = 0;
    unsigned long number = strtoul(seed, &end, 10);
    if (*end || errno || number > UINT32_MAX || *seed == '-') return -1;
    if (number) hash_key_from_seed((uint32_t)number);
    return 0;
}

#define ROTATE(x, b) ((x) << (b) | (x) >> (64 - (b)))
#define ROUND(a, b, c, d)                                                                          \
    do {                                                                                           \
        a += b, c += d;                                                                            \
        b = ROTATE(b, 13) ^ a, d = ROTATE(d, 16) ^ c;                                              \
        a = ROTATE(a, 32);                                                                         \
        c += b, a += d;                                                                            \
        b = ROTATE(b, 17) ^ c, d = ROTATE(d, 21) ^ a;                                              \
        c = ROTATE(c, 32);                                                                         \
    } while (0)

int64_t py_hash_bytes(const void *data, size_t length) {
    if (length == 0) return 0;
    const uint8_t *p = data;
    uint64_t a = hash_key[0] ^ 0x736f6d6570736575, b = hash_key[1] ^ 0x646f72616e646f6d;
    uint64_t c = hash_key[0] ^ 0x6c7967656e657261, d = hash_key[1] ^ 0x7465646279746573;
    uint64_t word;
    size_t left = length;
    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&word, p, 8);
        d ^= word;
        ROUND(a, b, c, d);
        a ^= word;
    }
    word = 0;
    memcpy(&word, p, left);
    word |= (uint64_t)length << 56;
    d ^= word;
    ROUND(a, b, c, d);
    a ^= word;
    c ^= 0xff;
    ROUND(a, b, c, d);
    ROUND(a, b, c, d);
    ROUND(a, b, c, d);
    int64_t hash = (int64_t)(a ^ b ^ c ^ d);
    return hash == -1 ? -2 : hash;
}
