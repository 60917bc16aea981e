/* Module binascii: hexadecimal, checksums, the module. base64, uuencode and quoted-printable: binascii_text.c. */
#include "vm/objects/bytes_hex.h"
#include "vm/modules/binascii.h"
#include <zlib.h>

MODULE_EXCEPTION(binascii_error, 0, "binascii");
MODULE_EXCEPTION(binascii_incomplete, 0, "binascii");

int ascii_buffer(Value v, PyBuffer *view) {
    if (!py_is_str(v)) {
        if (py_get_buffer(v, view, false) == 0) return 0;
        if (!py_error_is(TYPE_TypeError)) return -1;
        py_error_clear();
        return py_raise_int(TYPE_TypeError, "argument should be bytes, buffer or ASCII string, not '%T'", v);
    }
    if (!REF(PyStr, v)->ascii) return py_raise_int(TYPE_ValueError, "string argument should contain only ASCII characters");
    return py_get_buffer(py_encode(v, "ascii", "strict"), view, false);
}

/* ---- hexadecimal -------------------------------------------------------------------------------------------- */

static int hex_digit(uint8_t c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}
FUNCTION(binascii_a2b_hex) {
    PyBuffer view;
    if (ascii_buffer(args[0], &view) < 0) return 0;
    const uint8_t *data = view.data;
    Value bytes = view.length & 1 ? py_raise(TYPE_BINASCII_ERROR, "Odd-length string") : py_bytes_new(0, (size_t)view.length / 2);
    uint8_t *out = bytes ? stm_flat(bytes_data(bytes), (size_t)view.length / 2, true) : 0;
    for (int64_t i = 0; bytes && i < view.length; i += 2) {
        int high = hex_digit(data[i]), low = hex_digit(data[i + 1]);
        if (high < 0 || low < 0) bytes = py_raise(TYPE_BINASCII_ERROR, "Non-hexadecimal digit found");
        else *out++ = (uint8_t)(high << 4 | low);
    }
    py_release_buffer(&view);
    return bytes;
}
FUNCTION(binascii_b2a_hex) {
    uint32_t separator;
    int64_t group;
    PyBuffer view;
    if (bytes_hex_arguments_may_call(args[1], args[2], &separator, &group) < 0 || py_get_buffer(args[0], &view, false) < 0) return 0;
    Value text = bytes_hex(view.data, (size_t)view.length, separator, group);
    py_release_buffer(&view);
    return text ? py_encode(text, "latin-1", "strict") : 0;
}

/* ---- checksums ------------------------------------------------------------------------------------------------ */

FUNCTION(binascii_crc32) {
    uint64_t start = 0;
    PyBuffer view;
    if ((args[1] && unsigned_argument(args[1], &start) < 0) || py_get_buffer(args[0], &view, false) < 0) return 0;
    uLong crc = crc32_z((uint32_t)start, view.data, (size_t)view.length);
    py_release_buffer(&view);
    return int_make((int64_t)(crc & 0xffffffff));
}
FUNCTION(binascii_crc_hqx) { /* CRC-CCITT: x^16 + x^12 + x^5 + 1 */
    uint64_t crc;
    PyBuffer view;
    if (unsigned_argument(args[1], &crc) < 0 || py_get_buffer(args[0], &view, false) < 0) return 0;
    crc &= 0xffff;
    for (int64_t i = 0; i < view.length; i++) {
        crc ^= (uint64_t)((uint8_t *)view.data)[i] << 8;
        for (int bit = 0; bit < 8; bit++) crc = (crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff;
    }
    py_release_buffer(&view);
    return int_make((int64_t)crc);
}

static const PyMethodDef binascii_functions[] = {
    {"a2b_hex", "($module, hexstr, /)", binascii_a2b_hex, 0, "Binary data of hexadecimal representation."},
    {"unhexlify", "($module, hexstr, /)", binascii_a2b_hex, 0, "Binary data of hexadecimal representation."},
    {"b2a_hex", "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)", binascii_b2a_hex, 0, "Hexadecimal representation of binary data."},
    {"hexlify", "($module, /, data, sep=<unrepresentable>, bytes_per_sep=1)", binascii_b2a_hex, 0, "Hexadecimal representation of binary data."},
    {"crc32", "($module, data, crc=0, /)", binascii_crc32, 0, "Compute CRC-32 incrementally."},
    {"crc_hqx", "($module, data, crc, /)", binascii_crc_hqx, 0, "Compute CRC-CCITT incrementally."},
    {0}};
static int binascii_init(Value module) {
    for (const PyMethodDef *def = binascii_text_functions; def->name; def++)
        if (py_module_add(module, def->name, py_builtin_new(def, module, py_intern_c("binascii"))) < 0) return -1;
    return py_module_add(module, "Error", py_type(TYPE_BINASCII_ERROR)) < 0 ? -1 : py_module_add(module, "Incomplete", py_type(TYPE_BINASCII_INCOMPLETE));
}
const PyModuleDef py_module_binascii = {.doc = "Conversion between binary data and ASCII", .functions = binascii_functions, .init = binascii_init};
