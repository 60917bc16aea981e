/* Where the running program is and what it is installed in: sys.executable, sys.prefix. */
#ifndef VM_INSTALL_H
#define VM_INSTALL_H

#include <limits.h>

typedef struct VmInstall {
    char executable[PATH_MAX];      /* as it was called, absolute; "" if unknown */
    char base_executable[PATH_MAX]; /* the same, but outside of virtual environments */
    char prefix[PATH_MAX], base_prefix[PATH_MAX];
} VmInstall;
extern VmInstall vm_install;

/* `program` is argv[0]. Once, before sys is made. */
void vm_install_init(const char *program);

#endif
