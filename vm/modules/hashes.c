/* Hashes: modules _md5, _sha1, _sha256, _sha512, _sha3, _blake2, of which hashlib is made.
 *
 * A hash's state is plain memory in the heap (a PyRaw), written with barriers, so update() can be run again after an abort: that is why the
 * libraries' interfaces with a state of fixed layout are used (libcrypto's own structs, libb2's), and not EVP, whose
 * contexts hold pointers. Keccak is written out from FIPS 202, as no library in Debian gives its state. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "vm/modules/layouts.h"
#include "vm/vm.h"
#include <blake2.h>
#include <openssl/md5.h>
#include <openssl/sha.h>
#include <stdio.h>

#define HASH(name)                                                                                                    \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

/* ---- Keccak ------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Keccak {
    uint64_t lanes[25];
    uint32_t rate, used; /* bytes */
    uint8_t suffix;      /* domain bits and the first padding bit */
    bool squeezing;
} Keccak;

static uint64_t rotate(uint64_t x, unsigned n) { return n ? x << n | x >> (64 - n) : x; }

/* Keccak-f[1600]: theta, rho, pi, chi, iota; the round constants from the LFSR of FIPS 202, 3.2.5. */
static void keccak_permute(uint64_t *a) {
    uint8_t lfsr = 1;
    for (int round = 0; round < 24; round++) {
        uint64_t c[5], b[25];
        for (int x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
        for (int i = 0; i < 25; i++) a[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
        b[0] = a[0];
        for (int t = 0, x = 1, y = 0; t < 24; t++) {
            int next = (2 * x + 3 * y) % 5;
            b[y + 5 * next] = rotate(a[x + 5 * y], (unsigned)((t + 1) * (t + 2) / 2 % 64));
            x = y;
            y = next;
        }
        for (int y = 0; y < 25; y += 5)
            for (int x = 0; x < 5; x++) a[y + x] = b[y + x] ^ (~b[y + (x + 1) % 5] & b[y + (x + 2) % 5]);
        for (int j = 0; j < 7; j++) {
            if (lfsr & 1) a[0] ^= (uint64_t)1 << ((1 << j) - 1);
            lfsr = (uint8_t)(lfsr << 1 ^ (lfsr & 0x80 ? 0x71 : 0));
        }
    }
}

static void keccak_update(Keccak *k, const uint8_t *data, size_t length) {
    for (size_t i = 0; i < length; i++) {
        ((uint8_t *)k->lanes)[k->used++] ^= data[i];
        if (k->used == k->rate) keccak_permute(k->lanes), k->used = 0;
    }
}

static void keccak_final(Keccak *k, uint8_t *out, size_t length) {
    ((uint8_t *)k->lanes)[k->used] ^= k->suffix;
    ((uint8_t *)k->lanes)[k->rate - 1] ^= 0x80;
    keccak_permute(k->lanes);
    for (size_t i = 0, at = 0; i < length; i++) {
        if (at == k->rate) keccak_permute(k->lanes), at = 0;
        out[i] = ((uint8_t *)k->lanes)[at++];
    }
}

/* ---- algorithms --------------------------------------------------------------------------------------------------------------------------- */

typedef union HashState {
    MD5_CTX md5;
    SHA_CTX sha1;
    SHA256_CTX sha256;
    SHA512_CTX sha512;
    Keccak keccak;
    blake2b_state blake2b;
    blake2s_state blake2s;
} HashState;

typedef enum Algorithm {
    HASH_MD5, HASH_SHA1, HASH_SHA224, HASH_SHA256, HASH_SHA384, HASH_SHA512, HASH_SHA3_224, HASH_SHA3_256, HASH_SHA3_384, HASH_SHA3_512,
    HASH_SHAKE_128, HASH_SHAKE_256, HASH_BLAKE2B, HASH_BLAKE2S
} Algorithm;
static const struct {
    const char *name;
    uint16_t digest, block; /* digest 0: as long as asked for */
} algorithms[] = {{"md5", 16, 64},       {"sha1", 20, 64},      {"sha224", 28, 64},    {"sha256", 32, 64},   {"sha384", 48, 128},
                  {"sha512", 64, 128},   {"sha3_224", 28, 144}, {"sha3_256", 32, 136}, {"sha3_384", 48, 104}, {"sha3_512", 64, 72},
                  {"shake_128", 0, 168}, {"shake_256", 0, 136}, {"blake2b", 64, 128},  {"blake2s", 32, 64}};

static void state_init(HashState *s, Algorithm a) {
    memset(s, 0, sizeof *s);
    switch (a) {
    case HASH_MD5: MD5_Init(&s->md5); break;
    case HASH_SHA1: SHA1_Init(&s->sha1); break;
    case HASH_SHA224: SHA224_Init(&s->sha256); break;
    case HASH_SHA256: SHA256_Init(&s->sha256); break;
    case HASH_SHA384: SHA384_Init(&s->sha512); break;
    case HASH_SHA512: SHA512_Init(&s->sha512); break;
    case HASH_BLAKE2B:
    case HASH_BLAKE2S: break; /* by parameters: blake2_make */
    default:
        s->keccak.rate = algorithms[a].block;
        s->keccak.suffix = a == HASH_SHAKE_128 || a == HASH_SHAKE_256 ? 0x1f : 0x06;
    }
}

static void state_update(HashState *s, Algorithm a, const void *data, size_t length) {
    switch (a) {
    case HASH_MD5: MD5_Update(&s->md5, data, length); break;
    case HASH_SHA1: SHA1_Update(&s->sha1, data, length); break;
    case HASH_SHA224:
    case HASH_SHA256: SHA256_Update(&s->sha256, data, length); break;
    case HASH_SHA384:
    case HASH_SHA512: SHA512_Update(&s->sha512, data, length); break;
    case HASH_BLAKE2B: blake2b_update(&s->blake2b, data, length); break;
    case HASH_BLAKE2S: blake2s_update(&s->blake2s, data, length); break;
    default: keccak_update(&s->keccak, data, length);
    }
}

static void state_final(HashState *s, Algorithm a, uint8_t *out, size_t length) {
    switch (a) {
    case HASH_MD5: MD5_Final(out, &s->md5); break;
    case HASH_SHA1: SHA1_Final(out, &s->sha1); break;
    case HASH_SHA224:
    case HASH_SHA256: SHA256_Final(out, &s->sha256); break;
    case HASH_SHA384:
    case HASH_SHA512: SHA512_Final(out, &s->sha512); break;
    case HASH_BLAKE2B: blake2b_final(&s->blake2b, out, length); break;
    case HASH_BLAKE2S: blake2s_final(&s->blake2s, out, length); break;
    default: keccak_final(&s->keccak, out, length);
    }
}

/* ---- the object ------------------------------------------------------------------------------------------------------------------------------ */

static HashObject GS *of(Value self) { return REF(HashObject, self); }
static Algorithm algorithm_of(Value self) { return (Algorithm)of(self)->algorithm; }
static uint8_t GS *state_of(Value self) { return REF(PyRaw, of(self)->state)->data; }

static void read_state(Value self, HashState *s) {
    stm_read_range(state_of(self), sizeof *s);
    memcpy(s, stm_flat(state_of(self), sizeof *s, false), sizeof *s);
}
static void write_state(Value self, const HashState *s) {
    stm_write_range(STM_OBJ(of(self)->state), state_of(self), sizeof *s);
    memcpy(stm_flat(state_of(self), sizeof *s, true), s, sizeof *s);
}

static Value hash_new(Algorithm a, const HashState *s, size_t digest_size) {
    Value raw = py_raw_new(sizeof *s), self = raw ? py_alloc_id(TYPE_HASH, 0) : 0;
    if (!self) return 0;
    of(self)->algorithm = a;
    of(self)->digest_size = digest_size;
    of(self)->state = raw;
    memcpy(stm_flat(state_of(self), sizeof *s, true), s, sizeof *s);
    return self;
}

static int update_with(Value self, Value data) {
    if (py_is_str(data)) return py_raise_int(TYPE_TypeError, "Strings must be encoded before hashing");
    PyBuffer buffer;
    if (!vm_type_of(data)->slots->get_buffer && !py_is_bytes(data))
        return py_raise_int(TYPE_TypeError, "object supporting the buffer API required");
    if (py_get_buffer(data, &buffer, false) < 0) return -1;
    HashState s;
    read_state(self, &s);
    state_update(&s, algorithm_of(self), buffer.data, (size_t)buffer.length);
    py_release_buffer(&buffer);
    write_state(self, &s);
    return 0;
}

HASH(hash_update) { return update_with(args[0], args[1]) < 0 ? 0 : VM_NONE; }

HASH(hash_copy) {
    HashState s;
    read_state(args[0], &s);
    return hash_new(algorithm_of(args[0]), &s, of(args[0])->digest_size);
}

/* The digest as bytes; `length` is asked for by the SHAKEs alone. */
static Value digest(Value self, Value length_or_0) {
    size_t length = of(self)->digest_size;
    if (algorithms[algorithm_of(self)].digest == 0) {
        int64_t wanted = length_or_0 ? py_index_int64(length_or_0, "OverflowError") : -1;
        if (!length_or_0) return py_raise(TYPE_TypeError, "digest() missing required argument 'length' (pos 1)");
        if (wanted == -1 && py_error()) return 0;
        if (wanted < 0 || wanted >= 1 << 29) return py_raise(TYPE_ValueError, "length is too large");
        length = (size_t)wanted;
    } else if (length_or_0) {
        return py_raise(TYPE_TypeError, "digest() takes no arguments (1 given)");
    }
    HashState s;
    uint8_t fixed[64];
    read_state(self, &s);
    Value bytes = py_bytes_new(0, length);
    if (!bytes) return 0;
    if (length <= sizeof fixed) {
        state_final(&s, algorithm_of(self), fixed, length);
        memcpy(stm_flat(bytes_data(bytes), length, true), fixed, length);
    } else {
        state_final(&s, algorithm_of(self), stm_flat(bytes_data(bytes), length, true), length);
    }
    return bytes;
}
HASH(hash_digest) { return digest(args[0], args[1]); }
HASH(hash_hexdigest) {
    Value bytes = digest(args[0], args[1]);
    return bytes ? py_call_method(bytes, "hex", 0, 0) : 0;
}

static Value get_digest_size(Value self) { return int_make((int64_t)of(self)->digest_size); }
static Value get_block_size(Value self) { return int_make(algorithms[algorithm_of(self)].block); }
static Value get_name(Value self) { return py_intern_c(algorithms[algorithm_of(self)].name); }
static Value hash_repr(Value self) { return py_str_format("<%s _hashlib.HASH object @ 0x%lx>", algorithms[algorithm_of(self)].name, (unsigned long)self); }

static const PyMethodDef hash_methods[] = {
    {"update", "($self, obj, /)", hash_update, 0, "Update this hash object's state with the provided string."},
    {"copy", "($self, /)", hash_copy, 0, "Return a copy of the hash object."},
    {"digest", "($self, length=None, /)", hash_digest, 0, "Return the digest value as a bytes object."},
    {"hexdigest", "($self, length=None, /)", hash_hexdigest, 0, "Return the digest value as a string of hexadecimal digits."},
    {0}};
static const PyGetSetDef hash_getsets[] = {
    {"digest_size", get_digest_size, 0, 0}, {"block_size", get_block_size, 0, 0}, {"name", get_name, 0, 0}, {0}};
const PyTypeSpec py_spec_hash_object = {
    .slots = {.repr = hash_repr}, .methods = hash_methods, .getsets = hash_getsets, .raw_words = 2, .module = "_hashlib"};

/* ---- constructors ------------------------------------------------------------------------------------------------------------------------------ */

static Value make(Algorithm a, Value data) {
    HashState s;
    state_init(&s, a);
    Value self = hash_new(a, &s, algorithms[a].digest);
    return self && (!data || update_with(self, data) == 0) ? self : 0;
}
#define MAKE(function, algorithm) HASH(function) { return make(algorithm, args[0]); }
MAKE(make_md5, HASH_MD5)
MAKE(make_sha1, HASH_SHA1)
MAKE(make_sha224, HASH_SHA224)
MAKE(make_sha256, HASH_SHA256)
MAKE(make_sha384, HASH_SHA384)
MAKE(make_sha512, HASH_SHA512)
MAKE(make_sha3_224, HASH_SHA3_224)
MAKE(make_sha3_256, HASH_SHA3_256)
MAKE(make_sha3_384, HASH_SHA3_384)
MAKE(make_sha3_512, HASH_SHA3_512)
MAKE(make_shake_128, HASH_SHAKE_128)
MAKE(make_shake_256, HASH_SHAKE_256)

/* An integer parameter within [low, high], or `fallback` when it was not given. */
static int parameter(Value v, const char *message, uint64_t low, uint64_t high, uint64_t fallback, uint64_t *out) {
    *out = fallback;
    if (!v) return 0;
    int64_t i = py_index_int64(v, "OverflowError");
    if (i == -1 && py_error()) return -1;
    if (i < 0 || (uint64_t)i < low || (uint64_t)i > high) return py_raise_int(TYPE_ValueError, "%s", message);
    *out = (uint64_t)i;
    return 0;
}

/* Up to `room` bytes of a buffer, zero-filled: its length, -1 with an exception. */
static int bytes_parameter(Value v, const char *name, uint8_t *out, int room) {
    memset(out, 0, (size_t)room);
    if (!v) return 0;
    PyBuffer buffer;
    if (py_get_buffer(v, &buffer, false) < 0) return -1;
    int length = buffer.length <= room ? (int)buffer.length : -1;
    if (length >= 0) memcpy(out, buffer.data, (size_t)length);
    py_release_buffer(&buffer);
    return length >= 0 ? length : py_raise_int(TYPE_ValueError, "maximum %s length is %d bytes", name, room);
}

/* args: data, digest_size, key, salt, person, fanout, depth, leaf_size, node_offset, node_depth, inner_size, last_node */
static Value blake2_make(Algorithm a, const Value *args) {
    bool b = a == HASH_BLAKE2B;
    int out_max = b ? BLAKE2B_OUTBYTES : BLAKE2S_OUTBYTES, salt_max = b ? BLAKE2B_SALTBYTES : BLAKE2S_SALTBYTES;
    uint64_t size, fanout, depth, leaf, offset, node_depth, inner;
    uint8_t key[64], salt[16], person[16];
    char text[64];
    snprintf(text, sizeof text, "digest_size must be between 1 and %d bytes", out_max);
    if (parameter(args[1], text, 1, (uint64_t)out_max, (uint64_t)out_max, &size) < 0) return 0;
    int key_length = bytes_parameter(args[2], "key", key, out_max);
    if (key_length < 0 || bytes_parameter(args[3], "salt", salt, salt_max) < 0 || bytes_parameter(args[4], "person", person, salt_max) < 0) return 0;
    snprintf(text, sizeof text, "inner_size must be between 0 and is %d", out_max);
    if (parameter(args[5], "fanout must be between 0 and 255", 0, 255, 1, &fanout) < 0 ||
        parameter(args[6], "depth must be between 1 and 255", 1, 255, 1, &depth) < 0 ||
        parameter(args[7], "leaf_size is too large", 0, UINT32_MAX, 0, &leaf) < 0 ||
        parameter(args[8], "node_offset is too large", 0, b ? INT64_MAX : (UINT64_C(1) << 48) - 1, 0, &offset) < 0 ||
        parameter(args[9], "node_depth must be between 0 and 255", 0, 255, 0, &node_depth) < 0 ||
        parameter(args[10], text, 0, (uint64_t)out_max, 0, &inner) < 0)
        return 0;
    int last_node = args[11] ? py_truth(args[11]) : 0;
    if (last_node < 0) return 0;
    HashState s;
    memset(&s, 0, sizeof s);
    if (b) {
        blake2b_param p = {(uint8_t)size, (uint8_t)key_length, (uint8_t)fanout, (uint8_t)depth, (uint32_t)leaf, offset, (uint8_t)node_depth, (uint8_t)inner, {0}, {0}, {0}};
        memcpy(p.salt, salt, sizeof p.salt);
        memcpy(p.personal, person, sizeof p.personal);
        blake2b_init_param(&s.blake2b, &p);
        s.blake2b.last_node = (uint8_t)last_node;
    } else {
        blake2s_param p = {(uint8_t)size, (uint8_t)key_length, (uint8_t)fanout, (uint8_t)depth, (uint32_t)leaf, {0}, (uint8_t)node_depth, (uint8_t)inner, {0}, {0}};
        memcpy(p.node_offset, &offset, sizeof p.node_offset);
        memcpy(p.salt, salt, sizeof p.salt);
        memcpy(p.personal, person, sizeof p.personal);
        blake2s_init_param(&s.blake2s, &p);
        s.blake2s.last_node = (uint8_t)last_node;
    }
    if (key_length) { /* the key fills the first block */
        uint8_t block[BLAKE2B_BLOCKBYTES] = {0};
        memcpy(block, key, (size_t)key_length);
        state_update(&s, a, block, algorithms[a].block);
    }
    Value self = hash_new(a, &s, (size_t)size);
    return self && (!args[0] || update_with(self, args[0]) == 0) ? self : 0;
}
HASH(make_blake2b) { return blake2_make(HASH_BLAKE2B, args); }
HASH(make_blake2s) { return blake2_make(HASH_BLAKE2S, args); }

/* ---- modules ----------------------------------------------------------------------------------------------------------------------------------- */

#define ROW(name) {#name, "($module, string=b'', /, *, usedforsecurity=True)", make_##name, 0, "Return a new hash object."}
#define FUNCTIONS(list, ...) static const PyMethodDef list[] = {__VA_ARGS__, {0}}
FUNCTIONS(md5_functions, ROW(md5));
FUNCTIONS(sha1_functions, ROW(sha1));
FUNCTIONS(sha256_functions, ROW(sha224), ROW(sha256));
FUNCTIONS(sha512_functions, ROW(sha384), ROW(sha512));
FUNCTIONS(sha3_functions, ROW(sha3_224), ROW(sha3_256), ROW(sha3_384), ROW(sha3_512), ROW(shake_128), ROW(shake_256));
#define BLAKE_SIGNATURE                                                                                               \
    "($module, data=b'', /, *, digest_size=0, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, "         \
    "node_offset=0, node_depth=0, inner_size=0, last_node=False, usedforsecurity=True)"
FUNCTIONS(blake2_functions, {"blake2b", BLAKE_SIGNATURE, make_blake2b, 0, "Return a new BLAKE2b hash object."},
          {"blake2s", BLAKE_SIGNATURE, make_blake2s, 0, "Return a new BLAKE2s hash object."});

static int blake2_init(Value module) {
    static const struct {
        const char *name;
        int value;
    } sizes[] = {{"BLAKE2B_SALT_SIZE", 16}, {"BLAKE2B_PERSON_SIZE", 16}, {"BLAKE2B_MAX_KEY_SIZE", 64}, {"BLAKE2B_MAX_DIGEST_SIZE", 64},
                 {"BLAKE2S_SALT_SIZE", 8},  {"BLAKE2S_PERSON_SIZE", 8},  {"BLAKE2S_MAX_KEY_SIZE", 32}, {"BLAKE2S_MAX_DIGEST_SIZE", 32}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (py_module_add(module, sizes[i].name, int_make(sizes[i].value)) < 0) return -1;
    return 0;
}
const PyModuleDef py_module_md5 = {.functions = md5_functions};
const PyModuleDef py_module_sha1 = {.functions = sha1_functions};
const PyModuleDef py_module_sha256 = {.functions = sha256_functions};
const PyModuleDef py_module_sha512 = {.functions = sha512_functions};
const PyModuleDef py_module_sha3 = {.functions = sha3_functions};
const PyModuleDef py_module_blake2 = {.doc = "_blake2b provides BLAKE2b for hashlib", .functions = blake2_functions, .init = blake2_init};
