/* See the Note BLOCKING in blocking.h. */
#define _GNU_SOURCE
#include "vm/exec/blocking.h"
#include <errno.h>
#include <ucontext.h>
#include <unistd.h>

static const uint32_t never;
static __thread const uint32_t *watched = &never;

void vm_blocking_watch(const uint32_t *flag) { watched = flag; }

#ifdef WEFT_SAN_thread /* it delivers signals at the calls that it knows */

static long call(long number, const long *a, const uint32_t *flag) {
    if (!atomic_load_relaxed(flag)) return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    errno = EINTR;
    return -1;
}
void vm_blocking_give_up(void *ucontext) { (void)ucontext; }

#else

/* long blocking_raw(long number, const long arguments[6], const uint32_t *flag) */
__asm__(".text\n"
        ".type blocking_raw, @function\n"
        "blocking_raw:\n\t"
        ".cfi_startproc\n\t"
        "movq %rdi, %rax\n\t"
        "movq %rdx, %r11\n\t"
        "movq 0(%rsi), %rdi\n\t"
        "movq 16(%rsi), %rdx\n\t"
        "movq 24(%rsi), %r10\n\t"
        "movq 32(%rsi), %r8\n\t"
        "movq 40(%rsi), %r9\n\t"
        "movq 8(%rsi), %rsi\n"
        "blocking_begin:\n\t"
        "cmpl $0, (%r11)\n\t"
        "jne blocking_given_up\n\t"
        "syscall\n"
        "blocking_end:\n\t"
        "ret\n"
        "blocking_given_up:\n\t"
        "movq $-4, %rax\n\t" /* EINTR */
        "ret\n\t"
        ".cfi_endproc\n\t"
        ".size blocking_raw, .-blocking_raw\n");
long blocking_raw(long number, const long *arguments, const uint32_t *flag);
extern const char blocking_begin[], blocking_end[], blocking_given_up[];

static long call(long number, const long *arguments, const uint32_t *flag) {
    long result = blocking_raw(number, arguments, flag);
    if (result >= 0 || result < -4095) return result;
    errno = (int)-result;
    return -1;
}

void vm_blocking_give_up(void *ucontext) {
    greg_t *at = &((ucontext_t *)ucontext)->uc_mcontext.gregs[REG_RIP];
    if (*at >= (greg_t)blocking_begin && *at < (greg_t)blocking_end) *at = (greg_t)blocking_given_up;
}

#endif

long vm_blocking_call(long number, const long *arguments) { return call(number, arguments, watched); }
