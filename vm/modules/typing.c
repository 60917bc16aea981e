/* Module _typing: what typing takes from C. */
#include "vm/modules/module.h"

FUNCTION(typing_idfunc) { return args[0]; }

static const PyMethodDef typing_functions[] = {{"_idfunc", "($module, x, /)", typing_idfunc, 0, 0}, {0}};
const PyModuleDef py_module_typing = {.doc = "Primitives and accelerators for the typing module.\n", .functions = typing_functions};
