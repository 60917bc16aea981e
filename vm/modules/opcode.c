/* Module opcode: Weft's instructions for dis.py and whoever else takes co_code apart, in place of the library's opcode.py, which describes
 * CPython's. An instruction word is four units of two bytes: its number and its immediate x, then what dis takes for inline caches,
 * the operands. So dis.dis(f) shows lines, names and x (docs/bytecode.md). */
#include "vm/exec/opinfo.h"
#include "vm/modules/module.h"
#include "vm/objects/code_parts.h"

/* Instructions that CPython has and Weft has not: their numbers, the last ones of a byte, stand in no code, so who looks for one
 * finds none. */
static const char absent[] =
    "CACHE POP_TOP PUSH_NULL UNARY_POSITIVE UNARY_NEGATIVE UNARY_NOT UNARY_INVERT BINARY_SUBSCR PUSH_EXC_INFO CHECK_EXC_MATCH "
    "CHECK_EG_MATCH BEFORE_ASYNC_WITH BEFORE_WITH STORE_SUBSCR DELETE_SUBSCR RETURN_VALUE YIELD_VALUE PREP_RERAISE_STAR POP_EXCEPT "
    "UNPACK_SEQUENCE SWAP COMPARE_OP JUMP_FORWARD JUMP_IF_FALSE_OR_POP JUMP_IF_TRUE_OR_POP POP_JUMP_FORWARD_IF_FALSE "
    "POP_JUMP_FORWARD_IF_TRUE IS_OP CONTAINS_OP COPY BINARY_OP SEND LOAD_FAST STORE_FAST DELETE_FAST POP_JUMP_FORWARD_IF_NOT_NONE "
    "POP_JUMP_FORWARD_IF_NONE RAISE_VARARGS JUMP_BACKWARD_NO_INTERRUPT LOAD_CLOSURE JUMP_BACKWARD CALL_FUNCTION_EX EXTENDED_ARG "
    "LOAD_CLASSDEREF COPY_FREE_VARS BUILD_CONST_KEY_MAP PRECALL KW_NAMES POP_JUMP_BACKWARD_IF_NOT_NONE POP_JUMP_BACKWARD_IF_NONE "
    "POP_JUMP_BACKWARD_IF_FALSE POP_JUMP_BACKWARD_IF_TRUE ";
enum { OPCODE_SLOTS = 256 };

static int absent_count(void) {
    int count = 0;
    for (const char *s = absent; *s; s++) count += *s == ' ';
    return count;
}

static int add_names(Value opname, Value opmap) {
    int number = OPCODE_SLOTS - absent_count();
    if (number < OP_COUNT) stm_fatal("opcode: more names than numbers");
    for (int op = 0; op < number; op++) {
        Value name = op < OP_COUNT ? py_intern_c(vm_op_info((unsigned)op)->name) : py_str_format("<%d>", op);
        if (!name || py_list_append(opname, name) < 0 || (op < OP_COUNT && py_dict_set(opmap, name, int_make(op)) < 0)) return -1;
    }
    for (const char *s = absent; *s; number++) {
        size_t length = strcspn(s, " ");
        Value name = py_intern(py_str_new(s, length));
        if (!name || py_dict_set(opmap, name, int_make(number)) < 0 || py_list_append(opname, name) < 0) return -1;
        s += length + 1;
    }
    return 0;
}

/* What follows the first unit of an instruction, in units. */
static Value operand_format(const VmOpInfo *info) {
    Value dict = py_dict_new();
    int failed = !dict || py_dict_set_c(dict, "operands", int_make(UNITS_PER_WORD - 1)) < 0;
    if (!failed && info->cache) failed = py_dict_set_c(dict, "cache", int_make(UNITS_PER_WORD)) < 0;
    if (!failed && info->data) failed = py_dict_set_c(dict, "data", int_make(UNITS_PER_WORD)) < 0;
    return failed ? 0 : dict;
}

static int add_operands(Value module) {
    Value entries = py_list_new(0), format = py_dict_new();
    if (!entries || !format) return -1;
    for (int op = 0; op < OPCODE_SLOTS; op++) {
        const VmOpInfo *info = vm_op_info(op < OP_COUNT ? (unsigned)op : OP_NOP);
        Value units = int_make(UNITS_PER_WORD - 1 + UNITS_PER_WORD * info->ext_words), operands = operand_format(info);
        if (py_list_append(entries, units) < 0) return -1;
        if (op < OP_COUNT && (!operands || py_dict_set(format, py_intern_c(info->name), operands) < 0)) return -1;
    }
    return py_module_add(module, "_inline_cache_entries", entries) < 0 ? -1 : py_module_add(module, "_cache_format", format);
}

static Value str_list(const char *const *texts, int count) {
    Value list = py_list_new(0);
    for (int i = 0; list && i < count; i++)
        if (py_list_append(list, py_intern_c(texts[i])) < 0) return 0;
    return list;
}

static int opcode_init(Value module) {
    static const char *const all[] = {"cmp_op", "hasconst", "hasname", "hasjrel", "hasjabs", "haslocal", "hascompare", "hasfree", "opname",
                                      "opmap", "HAVE_ARGUMENT", "EXTENDED_ARG", "hasnargs"};
    static const char *const comparisons[] = {"<", "<=", "==", "!=", ">", ">="};
    /* No instruction has its operand where dis looks for it. */
    static const char *const empty_lists[] = {"hasconst", "hasname", "hasjrel", "hasjabs", "haslocal", "hascompare", "hasfree", "hasnargs",
                                              "_nb_ops", "_specialized_instructions", "_specialization_stats"};
    Value opname = py_list_new(0), opmap = py_dict_new(), cmp_op = str_list(comparisons, 6), names = str_list(all, sizeof all / sizeof *all);
    if (!opname || !opmap || !cmp_op || !names || add_names(opname, opmap) < 0 || add_operands(module) < 0) return -1;
    for (size_t i = 0; i < sizeof empty_lists / sizeof *empty_lists; i++)
        if (py_module_add(module, empty_lists[i], py_list_new(0)) < 0) return -1;
    if (py_module_add(module, "cmp_op", py_list_to_tuple(cmp_op)) < 0 || py_module_add(module, "opname", opname) < 0 ||
        py_module_add(module, "opmap", opmap) < 0 || py_module_add(module, "__all__", names) < 0 ||
        py_module_add(module, "_specializations", py_dict_new()) < 0 || py_module_add(module, "HAVE_ARGUMENT", int_make(0)) < 0)
        return -1;
    return py_module_add(module, "EXTENDED_ARG", py_dict_get_c(opmap, "EXTENDED_ARG"));
}
const PyModuleDef py_module_opcode = {.doc = "Instructions of Weft, for dis.", .init = opcode_init};
