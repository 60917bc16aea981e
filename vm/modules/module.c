/* Helpers for modules written in C: see module.h. */
#include "vm/modules/module.h"
#include "vm/exec/safepoint.h"
#include "vm/objects/int.h"
#include <errno.h>
#include <stdlib.h>

int module_add_constants(Value module, const IntConstant *constants, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (py_module_add(module, constants[i].name, py_int_from_i64(constants[i].value)) < 0)
            return -1;
    return 0;
}

Value module_state(const char *module, const char *name) { return py_import_attr(module, name); }

int unsigned_argument(Value v, uint64_t *out) {
    if (!py_is_int(v)) {
        v = py_index(v);
        if (!v) return -1;
    }
    IntView view;
    int_view(&view, v);
    *out = view.count ? view.limbs[0] : 0;
    if (view.negative) *out = -*out;
    return 0;
}

int writable_buffer(Value v, PyBuffer *view) {
    if (py_get_buffer(v, view, true) == 0) return 0;
    if (!py_error_is(TYPE_BufferError) && !py_error_is(TYPE_TypeError)) return -1;
    py_error_clear();
    return py_raise_int(TYPE_TypeError, "argument must be read-write bytes-like object, not %T", v);
}

int flat_bytes_room(FlatBytes *out, size_t n) {
    out->length = n;
    out->data = out->small;
    if (n <= sizeof out->small) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("system call")); /* an abort's jump would lose the memory */
    out->data = malloc(n);
    return out->data ? 0 : (py_raise_memory(), -1);
}

int flat_bytes(FlatBytes *out, Value v) {
    PyBuffer view;
    if (py_get_buffer(v, &view, false) < 0) return -1;
    int64_t length = view.length;
    py_release_buffer(&view);
    if (flat_bytes_room(out, (size_t)length) < 0 || py_get_buffer(v, &view, false) < 0) return -1;
    if (view.length < length) out->length = (size_t)view.length;
    memcpy(out->data, view.data, out->length);
    py_release_buffer(&view);
    return 0;
}

void flat_bytes_free(FlatBytes *bytes) {
    int err = errno;
    if (bytes->data != bytes->small) free(bytes->data);
    errno = err;
}
