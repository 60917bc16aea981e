/* What to run: from the command line (main.c) to run_main.c. */
#ifndef VM_RUN_MAIN_H
#define VM_RUN_MAIN_H

#include "vm/runtime.h"

typedef struct VmProgram {
    enum { PROGRAM_STDIN, PROGRAM_FILE, PROGRAM_COMMAND, PROGRAM_MODULE } kind;
    const char *text; /* path, source or module name */
} VmProgram;

int vm_run_main(const VmProgram *program); /* the exit status; errors have been shown */
int vm_status_of_error(void);              /* show the pending exception as the end of a program; the exit status */
void vm_show_pending_error(void);          /* by sys.excepthook */
int vm_finish(int status);                 /* threads, atexit, flush; the exit status */

#endif
