/* Functions of libraries that only some modules need, bound at their first call.
 *
 * Loading and relocating all of them took longer than running a short program. So none is linked to; each function of
 * lazy_library.tbl is defined here as a jump through a word of `lazy_targets`. At first all words lead to code that saves the
 * arguments, has the library loaded and the word set, and goes on in the function: what a linker's procedure linkage
 * table does, but for loading. Nothing here touches the heap, so it may happen inside a transaction; done twice, it does the same. */
#include "vm/lazy_library.h"
#include "stm/atomic.h"
#include "stm/stm.h"
#include <dlfcn.h>

enum { /* the number of each function is its position in the table */
#define LIBRARY(name, file)
#define FUNCTION(name) FUNCTION_##name,
#include "vm/lazy_library.tbl"
#undef FUNCTION
#undef LIBRARY
       FUNCTION_COUNT
};

static const char *const files[] = {
#define LIBRARY(name, file) file,
#define FUNCTION(name)
#include "vm/lazy_library.tbl"
#undef LIBRARY
#undef FUNCTION
};

static const struct {
    const char *name; /* 0: the libraries begin */
    LazyLibrary library;
} rows[] = {
#define LIBRARY(name, file) {0, LAZY_##name},
#define FUNCTION(name)      {#name, 0},
#include "vm/lazy_library.tbl"
#undef LIBRARY
#undef FUNCTION
};

void *vm_lazy_symbol(LazyLibrary library, const char *symbol) {
    static void *handles[LAZY_COUNT];
    void *handle = atomic_load_acquire(&handles[library]);
    if (!handle) {
        handle = dlopen(files[library], RTLD_NOW | RTLD_LOCAL); /* the same handle again for who comes second */
        if (!handle) stm_fatal("cannot load %s: %s", files[library], dlerror());
        atomic_store_release(&handles[library], handle);
    }
    void *address = dlsym(handle, symbol);
    if (!address) stm_fatal("%s has no %s", files[library], symbol);
    return address;
}

/* ---- stubs ------------------------------------------------------------------------------------------------------------------ */

/* Of each function: the stub, and where its first call goes. The table of targets and the code grow side by side. */
__asm__(".pushsection .data.lazy_targets, \"aw\"\n.balign 8\nlazy_targets:\n.popsection\n"
#define LIBRARY(name, file)
#define FUNCTION(name)                                                                             \
        ".pushsection .data.lazy_targets\n"                                                        \
        "0:  .quad 1f\n"                                                                           \
        ".popsection\n"                                                                            \
        ".pushsection .text\n"                                                                     \
        ".globl " #name "\n.type " #name ", @function\n" #name ":\n"                               \
        "    jmp *0b(%rip)\n"                                                                      \
        "1:  leaq 0b(%rip), %r11\n"                                                                \
        "    jmp lazy_first_call\n"                                                                \
        ".popsection\n"
#include "vm/lazy_library.tbl"
#undef LIBRARY
#undef FUNCTION
);

/* r11: the function's word. All registers that can hold arguments come through; the stack stays aligned. */
__asm__(".pushsection .text\n"
        ".type lazy_first_call, @function\n"
        "lazy_first_call:\n"
        "    pushq %rbp\n    movq %rsp, %rbp\n"
        "    pushq %rdi\n    pushq %rsi\n    pushq %rdx\n    pushq %rcx\n    pushq %r8\n    pushq %r9\n"
        "    pushq %rax\n    pushq %r11\n"
        "    subq $128, %rsp\n"
        "    movups %xmm0, (%rsp)\n    movups %xmm1, 16(%rsp)\n    movups %xmm2, 32(%rsp)\n    movups %xmm3, 48(%rsp)\n"
        "    movups %xmm4, 64(%rsp)\n    movups %xmm5, 80(%rsp)\n    movups %xmm6, 96(%rsp)\n    movups %xmm7, 112(%rsp)\n"
        "    movq %r11, %rdi\n    call lazy_bind\n"
        "    movups (%rsp), %xmm0\n    movups 16(%rsp), %xmm1\n    movups 32(%rsp), %xmm2\n    movups 48(%rsp), %xmm3\n"
        "    movups 64(%rsp), %xmm4\n    movups 80(%rsp), %xmm5\n    movups 96(%rsp), %xmm6\n    movups 112(%rsp), %xmm7\n"
        "    addq $128, %rsp\n"
        "    popq %r11\n    popq %rax\n"
        "    popq %r9\n    popq %r8\n    popq %rcx\n    popq %rdx\n    popq %rsi\n    popq %rdi\n"
        "    popq %rbp\n"
        "    jmp *(%r11)\n"
        ".popsection\n");

extern void *lazy_targets[FUNCTION_COUNT];

__attribute__((used)) void lazy_bind(void **target);
void lazy_bind(void **target) {
    LazyLibrary library = 0;
    ptrdiff_t number = target - lazy_targets;
    for (size_t row = 0;; row++) {
        if (!rows[row].name) library = rows[row].library;
        else if (number-- == 0) {
            atomic_store_release(target, vm_lazy_symbol(library, rows[row].name));
            return;
        }
    }
}
