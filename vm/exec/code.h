/* Code objects as the interpreter sees them: C memory, immutable once made but for inline caches,
 * never freed while a PyCode refers to them. All Values inside are permanent or immediates, so code
 * is shared by all segments.
 *
 * Most functions of a module are never called: what code that comes from a cache file holds is read when it is first
 * needed (vm_code_ready). Until then only the fields of the head are there. */
#ifndef VM_EXEC_CODE_H
#define VM_EXEC_CODE_H

#include "stm/atomic.h"
#include "vm/vm.h"

enum {
#define OP(name, operands, effects, what) OP_##name,
#include "vm/opcode.tbl"
#undef OP
    OP_COUNT
};

typedef union VmInstr {
    struct {
        uint8_t op, x;
        uint16_t a;
        union {
            struct {
                uint16_t b, c;
            };
            int32_t bc;
        };
    };
    uint64_t word; /* EXT: data of the instruction, or an inline cache: cache_word_load, cache.c */
} VmInstr;
_Static_assert(sizeof(VmInstr) == 8, "an instruction is one word");

enum { /* as inspect's CO_* */
       CODE_OPTIMIZED = 1,
       CODE_NEWLOCALS = 2,
       CODE_VARARGS = 4,
       CODE_VARKEYWORDS = 8,
       CODE_NESTED = 16,
       CODE_GENERATOR = 32,
       CODE_COROUTINE = 0x80,
       CODE_ITERABLE_COROUTINE = 0x100,
       CODE_ASYNC_GENERATOR = 0x200,
       CODE_FUTURE_ANNOTATIONS = 0x1000000
};

typedef struct VmHandler {       /* sorted so that the first match is the innermost */
    uint32_t start, end, target; /* instruction indices */
    uint16_t exception_reg;
    uint16_t lasti_reg; /* receives the raising instruction's index for RERAISE x=1; 0xffff: none */
} VmHandler;

typedef struct VmPosition {
    int32_t line, end_line;
    int16_t col, end_col;
} VmPosition; /* -1: none */

typedef struct VmCode {
    /* ---- the head ---- */
    uint32_t id, flags;
    uint32_t arg_count, posonly_count,
        kwonly_count; /* as co_argcount: positional ones incl. positional-only */
    uint32_t local_count, cell_count, free_count; /* registers 0.. : locals, cells, frees */
    uint32_t register_count;
    int32_t first_line;
    Value name, qualname, filename;
    Value object;       /* its PyCode */
    uint32_t simple_args; /* arg_count if that is all parameters there are and the rest is there, else UINT32_MAX */
    uint32_t fixed_count; /* registers of locals, cells and free variables; temporaries follow */
    const uint8_t *unread; /* the rest, marshalled */
    uint32_t unread_length;
    /* ---- the rest ---- */
    uint32_t instr_count, constant_count, name_count, handler_count;
    VmInstr *instrs; /* 0: not read yet; stored last, with release */
    Value *constants, *names; /* names: interned; for CHECK_BOUND and LOAD_DEREF too */
    Value *local_names;       /* varnames, cellvars (those not parameters), freevars: one per local
                                 register */
    int32_t *cell_of_local;   /* local that is also a cell (parameter): MAKE_CELL works in place on
                                 it; else -1 */
    VmHandler *handlers;
    VmPosition *positions;               /* one per instruction */
    Value linetable;                     /* co_linetable as replace() was given it, where positions say less; else 0 */
    Value doc;                           /* VM_NONE or str; 0: not read yet (vm_code_doc) */
    Value constant_tuple, name_tuple;    /* co_consts, co_names: made when somebody asks */
    uint64_t *live;                      /* liveness.c: temporaries live at each instruction; made at first use */
} VmCode;
/* Cell variables: a parameter that is a cell keeps its register (MAKE_CELL at entry turns it into a
 * cell); other cell variables have registers after the locals; free variables' cells are copied
 * there from the function's closure by the call. */

enum { VM_CODE_LIMIT = 1 << 22 };
extern VmCode *vm_code_table[VM_CODE_LIMIT]; /* by id; append-only */
static inline VmCode *vm_code(uint32_t id) { return vm_code_table[id]; }
VmCode *vm_code_new(void);          /* registers an empty one with the next id; thread-safe */
Value py_code_object(VmCode *code); /* makes code->object (permanent) after all fields are set */
uint32_t vm_code_simple_args(const VmCode *code);
bool vm_code_read(VmCode *code); /* code_cache_read.c */
Value vm_code_doc(VmCode *code); /* ... of code that may be unread; 0 with ValueError */

/* Whole code: false with ValueError if what the cache file says is not right. */
static inline bool vm_code_ready(VmCode *code) {
    return __builtin_expect(atomic_load_acquire(&code->instrs) != 0, 1) || vm_code_read(code); /* pairs with publish_body */
}

/* front end (vm/front/compiler.c): source to a PyCode, or 0 with SyntaxError etc. mode: "exec",
 * "eval", "single". */
Value vm_compile(const char *source, size_t length, const char *filename, const char *mode,
                 uint32_t future_flags, int optimize, bool dont_inherit);
enum { VM_COMPILE_IGNORE_COOKIE = 0x0800 }; /* in future_flags: the source is UTF-8 whatever it says */
void vm_disassemble(VmCode *code, FILE *out);

#endif
