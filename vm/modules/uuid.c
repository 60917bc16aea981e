/* Module _uuid: UUIDs of time and node by libuuid, which asks uuidd, if that runs, for ones that no other process gets. */
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <uuid/uuid.h>

FUNCTION(uuid_time_safe) {
    uuid_t id;
    int status;
    VM_DETACHED("uuid", status = uuid_generate_time_safe(id));
    return py_tuple_pack(2, py_bytes_new(id, sizeof id), int_make(status));
}
static const PyMethodDef uuid_functions[] = {{"generate_time_safe", "($module, /)", uuid_time_safe, 0, 0}, {0}};
static int uuid_init(Value module) { return py_module_add(module, "has_uuid_generate_time_safe", int_make(1)); }
const PyModuleDef py_module_uuid = {.functions = uuid_functions, .init = uuid_init};
