/* Module _testinternalcapi: what tests ask about the build. The rest of CPython's module looks into CPython's own internals. */
#include "vm/modules/module.h"
#include "vm/runtime.h"

FUNCTION(get_config) {
    Value dict = py_dict_new();
    return dict && py_dict_set_c(dict, "code_debug_ranges", int_make(!vm_options.no_debug_ranges)) == 0 ? dict : 0;
}

static const PyMethodDef functions[] = {{"get_config", "($module, /)", get_config, 0, 0}, {0}};
const PyModuleDef py_module_testinternalcapi = {.functions = functions};
