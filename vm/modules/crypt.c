/* Module _crypt: hashes of passwords by libcrypt. */
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <crypt.h>
#include <stdlib.h>

enum { TEXT_ROOM = 1024 };
static int text_argument(Value v, const char *name, char out[TEXT_ROOM]) {
    if (!py_is_str(v)) return py_raise_int(TYPE_TypeError, "crypt() argument '%s' must be str, not %T", name, v);
    size_t length;
    const char *text = py_str_utf8(v, &length);
    if (!text) return -1;
    if (memchr(text, 0, length)) return py_raise_int(TYPE_ValueError, "embedded null character");
    if (length >= TEXT_ROOM) return errno = ERANGE, posix_error(), -1;
    memcpy(out, text, length + 1);
    return 0;
}
FUNCTION(crypt_crypt) {
    char word[TEXT_ROOM], salt[TEXT_ROOM], *result;
    if (text_argument(args[0], "word", word) < 0 || text_argument(args[1], "salt", salt) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("crypt")); /* for malloc */
    struct crypt_data *data = calloc(1, sizeof *data);
    if (!data) return py_raise_memory();
    int err;
    VM_DETACHED("crypt", errno = 0; result = crypt_r(word, salt, data); err = errno);
    Value text = result ? py_str_c(result) : 0;
    if (!result) errno = err ? err : EINVAL, posix_error();
    free(data);
    return text;
}
static const PyMethodDef crypt_functions[] = {{"crypt", "($module, word, salt, /)", crypt_crypt, 0, "Hash a *word* with the given *salt* and return the hashed password."}, {0}};
const PyModuleDef py_module_crypt = {.functions = crypt_functions};
