/* Module _lzma: filters between dicts ({"id": FILTER_LZMA2, "preset": 6, "dict_size": ...}) and the library's structures. */
#include "vm/modules/lzma.h"
#include "vm/objects/int.h"
#include <stdlib.h>

int lzma_u64(Value v, uint64_t *out) {
    Value index = py_index(v);
    if (!index) return -1;
    IntView view;
    int_view(&view, index);
    if (view.negative || view.count > 1) return py_raise_int(TYPE_OverflowError, "int too large or negative for an unsigned C integer");
    *out = view.count ? view.limbs[0] : 0;
    return 0;
}
int lzma_u32(Value v, uint32_t *out) {
    uint64_t wide;
    if (lzma_u64(v, &wide) < 0) return -1;
    if (wide > UINT32_MAX) return py_raise_int(TYPE_OverflowError, "Value too large for uint32_t type");
    *out = (uint32_t)wide;
    return 0;
}

/* ---- from dicts ------------------------------------------------------------------------------------------------------------------- */

/* Fields of lzma_options_lzma as the dicts name them. Enums have int's size. */
typedef struct Field {
    const char *name;
    size_t offset;
} Field;
#define FIELD(name, member) {name, offsetof(lzma_options_lzma, member)}
static const Field lzma_fields[] = {FIELD("dict_size", dict_size), FIELD("lc", lc), FIELD("lp", lp), FIELD("pb", pb), FIELD("mode", mode),
                                    FIELD("nice_len", nice_len), FIELD("mf", mf), FIELD("depth", depth)};
_Static_assert(sizeof(lzma_mode) == sizeof(uint32_t) && sizeof(lzma_match_finder) == sizeof(uint32_t), "fields of one size");
enum { FIELD_COUNT = sizeof lzma_fields / sizeof *lzma_fields };

/* Every key must be known; those in `fields` are stored at their offsets. */
static int read_fields(Value dict, const Field *fields, size_t count, const char *also, void *options) {
    Value keys = py_list_from_iterable(dict);
    for (int64_t i = 0; keys && i < py_list_length(keys); i++) {
        Value key = py_list_item(keys, i), value = py_getitem(dict, key);
        if (!value) return -1;
        if (!py_is_str(key)) return py_raise_int(TYPE_ValueError, "Invalid filter specifier");
        if (py_str_equal_c(key, "id") || (also && py_str_equal_c(key, also))) continue;
        size_t f = 0;
        while (f < count && !py_str_equal_c(key, fields[f].name)) f++;
        if (f == count) return py_raise_int(TYPE_ValueError, "Invalid filter specifier");
        if (lzma_u32(value, (uint32_t *)((char *)options + fields[f].offset)) < 0) return -1;
    }
    return keys ? 0 : -1;
}

/* dict[name] or VM_UNBOUND. */
static Value dict_item(Value dict, const char *name) {
    Value item = py_getitem(dict, py_intern_c(name));
    if (item || !py_error_is(TYPE_KeyError)) return item;
    py_error_clear();
    return VM_UNBOUND;
}

static int read_lzma(Value dict, lzma_options_lzma *options) {
    uint32_t preset = LZMA_PRESET_DEFAULT;
    Value given = dict_item(dict, "preset");
    if (!given || (given != VM_UNBOUND && lzma_u32(given, &preset) < 0)) return -1;
    if (lzma_lzma_preset(options, preset)) return py_raise_int(TYPE_LZMA_ERROR, "Invalid compression preset: %u", preset);
    if (read_fields(dict, lzma_fields, FIELD_COUNT, "preset", options) == 0) return 0;
    if (!py_error_is(TYPE_ValueError)) return -1;
    py_error_clear();
    return py_raise_int(TYPE_ValueError, "Invalid filter specifier for LZMA filter");
}
static int read_delta(Value dict, lzma_options_delta *options) {
    static const Field fields[] = {{"dist", offsetof(lzma_options_delta, dist)}};
    *options = (lzma_options_delta){.type = LZMA_DELTA_TYPE_BYTE, .dist = 1};
    if (read_fields(dict, fields, 1, 0, options) == 0) return 0;
    if (!py_error_is(TYPE_ValueError)) return -1;
    py_error_clear();
    return py_raise_int(TYPE_ValueError, "Invalid filter specifier for delta filter");
}
static int read_bcj(Value dict, lzma_options_bcj *options) {
    static const Field fields[] = {{"start_offset", offsetof(lzma_options_bcj, start_offset)}};
    *options = (lzma_options_bcj){0};
    if (read_fields(dict, fields, 1, 0, options) == 0) return 0;
    if (!py_error_is(TYPE_ValueError)) return -1;
    py_error_clear();
    return py_raise_int(TYPE_ValueError, "Invalid filter specifier for BCJ filter");
}

static int read_options(lzma_filter *filter, Value dict) {
    switch (filter->id) {
    case LZMA_FILTER_LZMA1:
    case LZMA_FILTER_LZMA2: return read_lzma(dict, filter->options);
    case LZMA_FILTER_DELTA: return read_delta(dict, filter->options);
    case LZMA_FILTER_X86:
    case LZMA_FILTER_POWERPC:
    case LZMA_FILTER_IA64:
    case LZMA_FILTER_ARM:
    case LZMA_FILTER_ARMTHUMB:
    case LZMA_FILTER_SPARC: return read_bcj(dict, filter->options);
    default: return py_raise_int(TYPE_ValueError, "Invalid filter ID: %lu", (unsigned long)filter->id);
    }
}

static int filter_from(lzma_filter *filter, Value dict) {
    filter->options = 0;
    if (!vm_type_of(dict)->slots->getitem || py_is_str(dict)) return py_raise_int(TYPE_TypeError, "Filter specifier must be a dict or dict-like object");
    Value id = dict_item(dict, "id");
    if (!id) return -1;
    if (id == VM_UNBOUND) return py_raise_int(TYPE_ValueError, "Filter specifier must have an \"id\" entry");
    uint64_t number;
    if (lzma_u64(id, &number) < 0) return -1;
    filter->id = number;
    filter->options = calloc(1, sizeof(lzma_options_lzma));
    if (!filter->options) return py_raise_memory(), -1;
    return read_options(filter, dict);
}

int filter_chain_from(LzmaFilters *out, Value specifications) {
    for (int i = 0; i <= LZMA_FILTERS_MAX; i++) out->chain[i] = (lzma_filter){.id = LZMA_VLI_UNKNOWN};
    if (py_is_dict(specifications)) return py_raise_int(TYPE_TypeError, "filters must be a sequence, not %T", specifications);
    int64_t count = py_length(specifications);
    if (count < 0) return -1;
    if (count > LZMA_FILTERS_MAX) return py_raise_int(TYPE_ValueError, "Too many filters - liblzma supports a maximum of %d", LZMA_FILTERS_MAX);
    for (int64_t i = 0; i < count; i++) {
        Value dict = py_getitem(specifications, int_make(i));
        if (dict && filter_from(&out->chain[i], dict) == 0) continue;
        filter_chain_free(out);
        return -1;
    }
    return 0;
}
void filter_chain_free(LzmaFilters *filters) {
    for (int i = 0; i <= LZMA_FILTERS_MAX; i++) free(filters->chain[i].options);
}

/* ---- properties --------------------------------------------------------------------------------------------------------------------- */

Value lzma_encode_filter_properties(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    lzma_filter filter;
    uint32_t size;
    uint8_t encoded[64];
    codec_enter("lzma");
    vm_c_memory_enter();
    int status = filter_from(&filter, args[0]);
    vm_c_memory_leave();
    lzma_ret code = status < 0 ? LZMA_OK : lzma_properties_size(&size, &filter);
    if (status == 0 && code == LZMA_OK && size <= sizeof encoded) code = lzma_properties_encode(&filter, encoded);
    free(filter.options);
    if (status < 0) return 0;
    return code == LZMA_OK ? py_bytes_new(encoded, size) : py_raise(TYPE_LZMA_ERROR, "Invalid or unsupported options");
}

static int set_field(Value dict, const char *name, uint32_t value) { return py_dict_set_c(dict, name, int_make(value)); }
static Value describe(const lzma_filter *filter) {
    Value dict = py_dict_new();
    if (!dict || py_dict_set_c(dict, "id", py_int_from_u64(filter->id)) < 0) return 0;
    int status = 0;
    if (filter->id == LZMA_FILTER_LZMA1 || filter->id == LZMA_FILTER_LZMA2) {
        for (size_t i = 1; i < 4 && filter->id == LZMA_FILTER_LZMA1 && status == 0; i++) /* what the properties hold: lc, lp, pb */
            status = set_field(dict, lzma_fields[i].name, *(uint32_t *)((char *)filter->options + lzma_fields[i].offset));
        if (status == 0) status = set_field(dict, "dict_size", ((lzma_options_lzma *)filter->options)->dict_size);
    } else if (filter->id == LZMA_FILTER_DELTA) {
        status = set_field(dict, "dist", ((lzma_options_delta *)filter->options)->dist);
    } else if (filter->options) {
        status = set_field(dict, "start_offset", ((lzma_options_bcj *)filter->options)->start_offset);
    }
    return status < 0 ? 0 : dict;
}
Value lzma_decode_filter_properties(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    uint64_t id;
    FlatBytes encoded;
    codec_enter("lzma");
    if (lzma_u64(args[0], &id) < 0 || flat_bytes(&encoded, args[1]) < 0) return 0;
    lzma_filter filter = {.id = id, .options = 0};
    lzma_ret code = lzma_properties_decode(&filter, 0, encoded.data, encoded.length);
    flat_bytes_free(&encoded);
    if (code != LZMA_OK) return py_raise(TYPE_LZMA_ERROR, "Invalid or unsupported options");
    Value dict = describe(&filter);
    free(filter.options);
    return dict;
}
