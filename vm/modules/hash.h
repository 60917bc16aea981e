/* Hash algorithms whose whole state is a block of memory without pointers: it lives in the heap object, so that an abort takes
 * back what was fed. */
#ifndef VM_MODULES_HASH_H
#define VM_MODULES_HASH_H

#include "vm/vm.h"

enum { HASH_STATE_WORDS = 48 };

typedef struct HashAlgorithm {
    const char *name;
    uint32_t block_size, digest_size; /* bytes; digest_size 0: any length (SHAKE) */
    void (*init)(void *state);        /* 0: made in its own way (BLAKE2) */
    void (*update)(void *state, const void *data, size_t length);
    void (*finish)(void *state, uint8_t *out, size_t length);
} HashAlgorithm;

/* hash_keccak.c */
void keccak_init(void *state, unsigned rate, uint8_t suffix);
void keccak_update(void *state, const void *data, size_t length);
void keccak_finish(void *state, uint8_t *out, size_t length);

/* hash_blake2.c. Parameter blocks as RFC 7693 and the BLAKE2 paper lay them out: 64 bytes for b, 32 for s. */
void blake2b_init(void *state, const uint8_t *parameters, bool last_node);
void blake2b_update(void *state, const void *data, size_t length);
void blake2b_finish(void *state, uint8_t *out, size_t length);
void blake2s_init(void *state, const uint8_t *parameters, bool last_node);
void blake2s_update(void *state, const void *data, size_t length);
void blake2s_finish(void *state, uint8_t *out, size_t length);

#endif
