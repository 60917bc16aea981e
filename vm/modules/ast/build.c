/* Syntax trees of the front end as Python objects. */
#include "vm/exec/frame.h"
#include "vm/front/compiler.h"
#include "vm/modules/ast/ast_module.h"

typedef struct TreeBuilder {
    AstState state;
    int64_t depth, max_depth;
} TreeBuilder;

/* Nodes are smaller than frames: three of them count as one. */
enum { NODES_PER_FRAME = 3 };
static int64_t depth_left(const VmThread *thread) {
    return NODES_PER_FRAME * ((int64_t)thread->depth_limit - (thread->frame ? thread->frame->depth : 0));
}

static Value build_node(TreeBuilder *t, AstBaseType type, const void *node);

static Value build_text(const char *text) { return text ? py_str_c(text) : VM_NONE; }

/* What a field or the item of a sequence holds. */
static Value build_value(TreeBuilder *t, AstBaseType type, const void *where) {
    switch (type) {
    case AST_IS_identifier: {
        const char *name = *(const char *const *)where;
        return name ? py_intern(py_str_new(name, arena_name_length(name))) : VM_NONE;
    }
    case AST_IS_string: return build_text(*(const char *const *)where);
    case AST_IS_int: return int_make(*(const int *)where);
    case AST_IS_constant: return constant_make(where);
    default: break;
    }
    if (AST_IS_ENUMERATION(type)) return tuple_item(t->state.instances, (int64_t)*(const AstEnum *)where);
    const void *node = *(const void *const *)where;
    return node ? build_node(t, type, node) : VM_NONE;
}

static Value build_sequence(TreeBuilder *t, AstBaseType type, const AstPtrSeq *seq) {
    Value list = py_list_new((size_t)seq->count);
    size_t step = AST_IS_ENUMERATION(type) ? sizeof(AstEnum) : sizeof(void *);
    for (int i = 0; list && i < seq->count; i++) {
        Value item = build_value(t, type, (const char *)seq->items + (size_t)i * step);
        if (!item) return 0;
        py_list_set_item(list, i, item);
    }
    return list;
}

static int build_position(Value object, const AstPos *pos) {
    const int numbers[4] = {pos->lineno, pos->col_offset, pos->end_lineno, pos->end_col_offset};
    for (int i = 0; i < 4; i++)
        if (py_setattr(object, ast_position_name(i), int_make(numbers[i])) < 0) return -1;
    return 0;
}

static Value build_fields(TreeBuilder *t, int number, const void *node) {
    const AstClass *class = ast_class_of_number(number);
    Value object = py_alloc(ast_class(&t->state, number), 0);
    for (int i = 0; object && i < class->field_count; i++) {
        const AstField *field = &class->fields[i];
        const void *where = (const char *)node + field->offset;
        bool sequence = field->quantity == AST_SEQ || field->quantity == AST_OPTSEQ;
        Value value = sequence ? build_sequence(t, field->type, where) : build_value(t, field->type, where);
        if (!value || py_setattr(object, ast_field_name(&t->state, number, i), value) < 0) return 0;
    }
    if (!object || !class->has_pos) return object;
    return build_position(object, (const AstPos *)(const void *)((const char *)node + class->pos_offset)) < 0 ? 0 : object;
}

static Value build_node(TreeBuilder *t, AstBaseType type, const void *node) {
    if (++t->depth > t->max_depth || (const uint8_t *)__builtin_frame_address(0) < vm_thread()->c_stack_limit)
        return py_raise(TYPE_RecursionError, "maximum recursion depth exceeded during ast construction");
    Value object = build_fields(t, ast_class_number(type, node), node);
    t->depth--;
    return object;
}

Value ast_to_object_may_call(const AstMod *mod) {
    TreeBuilder t = {.max_depth = depth_left(vm_thread())};
    return ast_state(&t.state) < 0 ? 0 : build_node(&t, AST_IS_mod, mod);
}
