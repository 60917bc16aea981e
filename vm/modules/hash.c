/* Modules _md5, _sha1, _sha256, _sha512, _sha3, _blake2: one object type over a table of algorithms. MD5 and SHA-1/2 are
 * libcrypto's block functions, which keep their state in plain structs. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "vm/modules/hash.h"
#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/objects/int.h"
#include "vm/objects/type.h"
#include <openssl/md5.h>
#include <openssl/sha.h>

_Static_assert(sizeof(SHA512_CTX) <= HASH_STATE_WORDS * 8 && sizeof(((PyHash *)0)->state) == HASH_STATE_WORDS * 8, "fits");

#define LIBRARY(name, type, start, feed, end)                                                                         \
    static void name##_init(void *state) { start((type *)state); }                                                    \
    static void name##_update(void *state, const void *data, size_t length) { feed((type *)state, data, length); }    \
    static void name##_finish(void *state, uint8_t *out, size_t length) {                                             \
        (void)length;                                                                                                 \
        end(out, (type *)state);                                                                                      \
    }
LIBRARY(md5, MD5_CTX, MD5_Init, MD5_Update, MD5_Final)
LIBRARY(sha1, SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final)
LIBRARY(sha224, SHA256_CTX, SHA224_Init, SHA224_Update, SHA224_Final)
LIBRARY(sha256, SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final)
LIBRARY(sha384, SHA512_CTX, SHA384_Init, SHA384_Update, SHA384_Final)
LIBRARY(sha512, SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final)
#define SPONGE(name, rate, suffix)                                                                                    \
    static void name##_init(void *state) { keccak_init(state, rate, suffix); }
SPONGE(sha3_224, 144, 6)
SPONGE(sha3_256, 136, 6)
SPONGE(sha3_384, 104, 6)
SPONGE(sha3_512, 72, 6)
SPONGE(shake_128, 168, 0x1f)
SPONGE(shake_256, 136, 0x1f)

enum {
    ID_MD5, ID_SHA1, ID_SHA224, ID_SHA256, ID_SHA384, ID_SHA512, ID_SHA3_224, ID_SHA3_256, ID_SHA3_384, ID_SHA3_512, ID_SHAKE_128, ID_SHAKE_256, ID_BLAKE2B, ID_BLAKE2S
};
static const HashAlgorithm algorithms[] = {
#define ROW(name, block, digest) {#name, block, digest, name##_init, name##_update, name##_finish}
#define SPONGE_ROW(name, rate, digest) {#name, rate, digest, name##_init, keccak_update, keccak_finish}
    ROW(md5, 64, 16), ROW(sha1, 64, 20), ROW(sha224, 64, 28), ROW(sha256, 64, 32), ROW(sha384, 128, 48), ROW(sha512, 128, 64),
    SPONGE_ROW(sha3_224, 144, 28), SPONGE_ROW(sha3_256, 136, 32), SPONGE_ROW(sha3_384, 104, 48), SPONGE_ROW(sha3_512, 72, 64),
    SPONGE_ROW(shake_128, 168, 0), SPONGE_ROW(shake_256, 136, 0),
    {"blake2b", 128, 64, 0, blake2b_update, blake2b_finish}, {"blake2s", 64, 32, 0, blake2s_update, blake2s_finish}};

static PyHash GS *hash_of(Value v) { return REF(PyHash, v); }
static const HashAlgorithm *algorithm_of(Value v) { return &algorithms[hash_of(v)->algorithm]; }

/* ---- feeding and reading ------------------------------------------------------------------------------------------ */

static int feed(Value self, Value data) {
    PyBuffer view;
    if (py_is_str(data)) return py_raise_int(TYPE_TypeError, "Strings must be encoded before hashing");
    if (py_get_buffer(data, &view, false) < 0) {
        if (!py_error_is(TYPE_TypeError)) return -1;
        py_error_clear();
        return py_raise_int(TYPE_TypeError, "object supporting the buffer API required");
    }
    PyHash GS *h = hash_of(self);
    stm_write_range((StmObj)h, h->state, sizeof h->state);
    algorithm_of(self)->update(stm_flat(h->state, sizeof h->state, true), view.data, (size_t)view.length);
    py_release_buffer(&view);
    return 0;
}

static void copy_state(Value self, uint64_t *out) {
    stm_read_range(hash_of(self)->state, HASH_STATE_WORDS * 8);
    memcpy(out, stm_flat(hash_of(self)->state, HASH_STATE_WORDS * 8, false), HASH_STATE_WORDS * 8);
}

static Value digest(Value self, int64_t length) {
    uint64_t state[HASH_STATE_WORDS];
    Value bytes = py_bytes_new(0, (size_t)length);
    if (!bytes) return 0;
    copy_state(self, state);
    algorithm_of(self)->finish(state, stm_flat(bytes_data(bytes), (size_t)length, true), (size_t)length);
    return bytes;
}
static Value digest_of(const Value *args) {
    if (algorithm_of(args[0])->digest_size) return args[1] ? py_raise(TYPE_TypeError, "digest() takes no arguments (1 given)") : digest(args[0], (int64_t)hash_of(args[0])->digest_size);
    if (!args[1]) return py_raise(TYPE_TypeError, "digest() missing required argument 'length' (pos 1)");
    int64_t length = py_index_int64(args[1], "OverflowError");
    if (length == -1 && py_error()) return 0;
    if (length < 0) return py_raise(TYPE_ValueError, "value must be positive");
    return length >= 1 << 29 ? py_raise(TYPE_ValueError, "length is too large") : digest(args[0], length);
}
FUNCTION(hash_digest) { return digest_of(args); }
FUNCTION(hash_hexdigest) {
    Value bytes = digest_of(args);
    return bytes ? py_call_method(bytes, "hex", 0, 0) : 0;
}
FUNCTION(hash_update) { return feed(args[0], args[1]) < 0 ? 0 : VM_NONE; }
FUNCTION(hash_copy) {
    Value copy = py_alloc(py_type_of(args[0]), 0);
    if (!copy) return 0;
    uint64_t state[HASH_STATE_WORDS];
    copy_state(args[0], state);
    hash_of(copy)->algorithm = hash_of(args[0])->algorithm;
    hash_of(copy)->digest_size = hash_of(args[0])->digest_size;
    memcpy(stm_flat(hash_of(copy)->state, sizeof state, true), state, sizeof state);
    return copy;
}
static Value hash_name(Value self) { return py_str_c(algorithm_of(self)->name); }
static Value hash_block_size(Value self) { return int_make(algorithm_of(self)->block_size); }
static Value hash_digest_size(Value self) { return int_make((int64_t)hash_of(self)->digest_size); }

/* Of the sponges (SHA-3) alone: bits that the output comes from, the others, and what is appended to the message. */
static const HashAlgorithm *sponge_of(Value self) {
    const HashAlgorithm *a = algorithm_of(self);
    if (strncmp(a->name, "sha3", 4) == 0 || strncmp(a->name, "shake", 5) == 0) return a;
    return (const HashAlgorithm *)py_raise(TYPE_AttributeError, "%s has no sponge", a->name);
}
static Value hash_rate(Value self) {
    const HashAlgorithm *a = sponge_of(self);
    return a ? int_make(a->block_size * 8) : 0;
}
static Value hash_capacity(Value self) {
    const HashAlgorithm *a = sponge_of(self);
    return a ? int_make(1600 - a->block_size * 8) : 0;
}
static Value hash_suffix(Value self) {
    const HashAlgorithm *a = sponge_of(self);
    return a ? py_bytes_new(a->digest_size ? "\x06" : "\x1f", 1) : 0;
}
static Value hash_repr(Value self) {
    return py_str_format("<%s _hash.hash object @ 0x%lx>", algorithm_of(self)->name, (unsigned long)gc_id(self));
}

static const PyMethodDef hash_methods[] = {
    {"update", "($self, obj, /)", hash_update, 0, "Update this hash object's state with the provided string."},
    {"digest", "($self, length=None, /)", hash_digest, 0, "Return the digest value as a bytes object."},
    {"hexdigest", "($self, length=None, /)", hash_hexdigest, 0, "Return the digest value as a string of hexadecimal digits."},
    {"copy", "($self, /)", hash_copy, 0, "Return a copy of the hash object."},
    {0}};
static const PyGetSetDef hash_getsets[] = {{"name", hash_name, 0, 0}, {"block_size", hash_block_size, 0, 0}, {"digest_size", hash_digest_size, 0, 0},
                                           {"_rate_bits", hash_rate, 0, 0}, {"_capacity_bits", hash_capacity, 0, 0}, {"_suffix", hash_suffix, 0, 0}, {0}};
const PyTypeSpec py_spec_hash = {.slots = {.repr = hash_repr}, .methods = hash_methods, .getsets = hash_getsets, .raw_words = GC_KIND_LEAF, .module = "_hash"};

/* ---- making --------------------------------------------------------------------------------------------------------- */

static Value hash_new(int algorithm, Value data_or_0) {
    Value self = py_alloc_id(TYPE_HASH, 0);
    if (!self) return 0;
    hash_of(self)->algorithm = (uint64_t)algorithm;
    hash_of(self)->digest_size = algorithms[algorithm].digest_size;
    algorithms[algorithm].init(stm_flat(hash_of(self)->state, HASH_STATE_WORDS * 8, true));
    return !data_or_0 || feed(self, data_or_0) == 0 ? self : 0;
}
#define MAKER(name, id)                                                                                               \
    FUNCTION(make_##name) { return hash_new(id, args[0]); }
MAKER(md5, ID_MD5)
MAKER(sha1, ID_SHA1)
MAKER(sha224, ID_SHA224)
MAKER(sha256, ID_SHA256)
MAKER(sha384, ID_SHA384)
MAKER(sha512, ID_SHA512)
MAKER(sha3_224, ID_SHA3_224)
MAKER(sha3_256, ID_SHA3_256)
MAKER(sha3_384, ID_SHA3_384)
MAKER(sha3_512, ID_SHA3_512)
MAKER(shake_128, ID_SHAKE_128)
MAKER(shake_256, ID_SHAKE_256)

/* ---- BLAKE2 ------------------------------------------------------------------------------------------------------------ */

typedef struct Blake2Sizes {
    int64_t digest, key, salt, person;
    int id;
} Blake2Sizes;
static const Blake2Sizes sizes_b = {64, 64, 16, 16, ID_BLAKE2B}, sizes_s = {32, 32, 8, 8, ID_BLAKE2S};

static int bytes_parameter(Value v, const char *name, int64_t most, uint8_t *out, int64_t *length) {
    PyBuffer view;
    *length = 0;
    if (!v) return 0;
    if (py_get_buffer(v, &view, false) < 0) return -1;
    *length = view.length;
    if (view.length <= most) memcpy(out, view.data, (size_t)view.length);
    py_release_buffer(&view);
    return *length <= most ? 0 : py_raise_int(TYPE_ValueError, "maximum %s length is %ld bytes", name, (long)most);
}
static int number_parameter(Value v, const char *range, uint64_t low, uint64_t high, uint64_t fallback, uint64_t *out) {
    *out = fallback;
    if (!v) return 0;
    Value index = py_index(v);
    if (!index) return -1;
    bool above = py_int_compare(index, py_int_from_u64(high)) > 0;
    if (above && high > 255) return py_raise_int(TYPE_OverflowError, "%s", range);
    if (above || py_int_compare(index, py_int_from_u64(low)) < 0) return py_raise_int(TYPE_ValueError, "%s", range);
    uint8_t bytes[8];
    if (py_int_to_bytes(index, bytes, 8, true, false) < 0) return -1;
    memcpy(out, bytes, 8);
    return 0;
}

/* args: class, data, digest_size, key, salt, person, fanout, depth, leaf_size, node_offset, node_depth, inner_size, last_node. */
static Value blake2_new(const Value *args, const Blake2Sizes *sizes) {
    uint64_t digest_size, fanout, depth, leaf, offset, node_depth, inner;
    uint8_t key[128] = {0}, parameters[64] = {0};
    int64_t key_length, ignored;
    bool b = sizes->id == ID_BLAKE2B;
    size_t salt_at = b ? 32 : 16;
    char range[120];
    snprintf(range, sizeof range, "digest_size for %s must be between 1 and %ld bytes, here it is %ld", b ? "Blake2b" : "Blake2s", (long)sizes->digest, args[2] && is_int(args[2]) ? (long)int_value(args[2]) : 0L);
    if (number_parameter(args[2], range, 1, (uint64_t)sizes->digest, (uint64_t)sizes->digest, &digest_size) < 0 ||
        bytes_parameter(args[4], "salt", sizes->salt, parameters + salt_at, &ignored) < 0 ||
        bytes_parameter(args[5], "person", sizes->person, parameters + salt_at + sizes->salt, &ignored) < 0 ||
        number_parameter(args[6], "fanout must be between 0 and 255", 0, 255, 1, &fanout) < 0 || number_parameter(args[7], "depth must be between 1 and 255", 1, 255, 1, &depth) < 0 ||
        number_parameter(args[8], "leaf_size is too large", 0, UINT32_MAX, 0, &leaf) < 0 ||
        number_parameter(args[9], "node_offset is too large", 0, b ? UINT64_MAX : (UINT64_C(1) << 48) - 1, 0, &offset) < 0 ||
        number_parameter(args[10], "node_depth must be between 0 and 255", 0, 255, 0, &node_depth) < 0 ||
        number_parameter(args[11], b ? "inner_size must be between 0 and 64" : "inner_size must be between 0 and 32", 0, (uint64_t)sizes->digest, 0, &inner) < 0)
        return 0;
    int last = args[12] ? py_truth(args[12]) : 0;
    if (last < 0 || bytes_parameter(args[3], "key", sizes->key, key, &key_length) < 0) return 0;
    parameters[0] = (uint8_t)digest_size, parameters[1] = (uint8_t)key_length, parameters[2] = (uint8_t)fanout, parameters[3] = (uint8_t)depth;
    memcpy(parameters + 4, &leaf, 4);
    memcpy(parameters + 8, &offset, b ? 8 : 6);
    parameters[b ? 16 : 14] = (uint8_t)node_depth, parameters[b ? 17 : 15] = (uint8_t)inner;
    Value self = py_alloc(args[0], 0);
    if (!self) return 0;
    hash_of(self)->algorithm = (uint64_t)sizes->id;
    hash_of(self)->digest_size = digest_size;
    void *state = stm_flat(hash_of(self)->state, HASH_STATE_WORDS * 8, true);
    (b ? blake2b_init : blake2s_init)(state, parameters, last);
    if (key_length) algorithms[sizes->id].update(state, key, algorithms[sizes->id].block_size);
    return !args[1] || feed(self, args[1]) == 0 ? self : 0;
}
FUNCTION(blake2b_new) { return blake2_new(args, &sizes_b); }
FUNCTION(blake2s_new) { return blake2_new(args, &sizes_s); }

#define BLAKE2_SIGNATURE                                                                                              \
    "(data=b'', /, *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, " \
    "last_node=False, usedforsecurity=True)"
#define BLAKE2_SPEC(name, make)                                                                                       \
    const PyTypeSpec py_spec_##name = {.doc = "Return a new BLAKE2 hash object.", .methods = hash_methods, .getsets = hash_getsets,     \
                                       .new_signature = BLAKE2_SIGNATURE, .new_fn = make, .raw_words = GC_KIND_LEAF, .module = "_blake2"}
BLAKE2_SPEC(blake2b, blake2b_new);
BLAKE2_SPEC(blake2s, blake2s_new);

static int add_blake2(Value module, uint32_t type_id, const char *name, const Blake2Sizes *sizes) {
    const IntConstant constants[] = {{"SALT_SIZE", sizes->salt}, {"PERSON_SIZE", sizes->person}, {"MAX_KEY_SIZE", sizes->key}, {"MAX_DIGEST_SIZE", sizes->digest}};
    for (int i = 0; i < 4; i++)
        if (type_dict_set(py_type(type_id), py_intern_c(constants[i].name), int_make(constants[i].value)) < 0) return -1;
    return py_module_add(module, name, py_type(type_id));
}
static int blake2_init(Value module) {
    return add_blake2(module, TYPE_BLAKE2B, "blake2b", &sizes_b) < 0 ? -1 : add_blake2(module, TYPE_BLAKE2S, "blake2s", &sizes_s);
}

/* ---- the modules ---------------------------------------------------------------------------------------------------------- */

#define HASH_ROW(name) {#name, "($module, /, string=b'', *, usedforsecurity=True)", make_##name, 0, "Return a new " #name " hash object; optionally initialized with a string."}
static const PyMethodDef md5_functions[] = {HASH_ROW(md5), {0}};
static const PyMethodDef sha1_functions[] = {HASH_ROW(sha1), {0}};
static const PyMethodDef sha256_functions[] = {HASH_ROW(sha224), HASH_ROW(sha256), {0}};
static const PyMethodDef sha512_functions[] = {HASH_ROW(sha384), HASH_ROW(sha512), {0}};
static const PyMethodDef sha3_functions[] = {HASH_ROW(sha3_224), HASH_ROW(sha3_256), HASH_ROW(sha3_384), HASH_ROW(sha3_512), HASH_ROW(shake_128), HASH_ROW(shake_256), {0}};
const PyModuleDef py_module_md5 = {.functions = md5_functions};
const PyModuleDef py_module_sha1 = {.functions = sha1_functions};
const PyModuleDef py_module_sha256 = {.functions = sha256_functions};
const PyModuleDef py_module_sha512 = {.functions = sha512_functions};
const PyModuleDef py_module_sha3 = {.functions = sha3_functions};
const PyModuleDef py_module_blake2 = {.doc = "_blake2b provides BLAKE2b for hashlib\n", .init = blake2_init};
