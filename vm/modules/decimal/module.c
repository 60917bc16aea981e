/* Module _decimal: its functions, constants and types. */
#include "vm/modules/decimal/decimal.h"

FUNCTION(module_getcontext) { return context_current(); }
FUNCTION(module_setcontext) { return context_set_current(args[0]); }
FUNCTION(module_localcontext) { return context_manager(args[0], args[1]); }
static const PyMethodDef functions[] = {
    {"getcontext", "($module, /)", module_getcontext, 0, "The current thread's context."},
    {"setcontext", "($module, context, /)", module_setcontext, 0, "Makes a context the current one."},
    {"localcontext", "($module, /, ctx=None, **kwargs)", module_localcontext, 0, 
     "A manager that makes a copy of a context the current one while its block runs."},
    {0}};

static int add_types(Value module) {
    static const uint32_t types[] = {TYPE_DECIMAL, TYPE_DECIMAL_CONTEXT, TYPE_DEC_EXCEPTION,
#define SIGNAL(id, bits) TYPE_##id,
#define CONDITION(id, bits) TYPE_##id,
#include "vm/modules/decimal/conditions.tbl"
#undef SIGNAL
#undef CONDITION
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (py_module_add_type(module, types[i]) < 0) return -1;
    return 0;
}

static int decimal_init(Value module) {
    static const IntConstant constants[] = {
        {"MAX_PREC", DEC_MAX_PREC}, {"MAX_EMAX", DEC_MAX_EMAX}, {"MIN_EMIN", DEC_MIN_EMIN}, {"MIN_ETINY", DEC_MIN_ETINY}};
    static const struct {
        const char *name;
        int which;
    } shared[] = {{"DefaultContext", SHARED_DEFAULT},
                {"BasicContext", SHARED_BASIC},
                {"ExtendedContext", SHARED_EXTENDED},
                {"DecimalTuple", SHARED_TUPLE}};
    Value number = py_import_attr("numbers", "Number"), type = py_type(TYPE_DECIMAL);
    if (!number || !py_call_method(number, "register", 1, &type)) return -1;
    if (context_init_shared() < 0 || ADD_CONSTANTS(module, constants) < 0 || add_types(module) < 0) return -1;
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (py_module_add(module, shared[i].name, decimal_shared(shared[i].which)) < 0) return -1;
    for (int i = 0; i < DEC_ROUNDING_COUNT; i++) {
        Value name = rounding_name((DecRounding)i);
        if (py_dict_set(py_module_dict(module), name, name) < 0) return -1;
    }
    return py_module_add(module, "HAVE_THREADS", VM_TRUE) < 0 || py_module_add(module, "HAVE_CONTEXTVAR", VM_TRUE) < 0 ||
                   py_module_add(module, "__version__", py_str_c("1.70")) < 0
               ? -1
               : py_module_add(module, "__libmpdec_version__", py_str_c("2.5.1"));
}
const PyModuleDef py_module_decimal = {.doc = "C decimal arithmetic module", .functions = functions, .init = decimal_init};
