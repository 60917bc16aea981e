/* Lines typed at the terminal (console.c) and the interactive prompt over them (interactive.c). */
#ifndef VM_CONSOLE_H
#define VM_CONSOLE_H

#include "vm/vm.h"

/* The next line of standard input: bytes with their newline, empty at the end of input; 0 with an exception: a signal's
 * handler raised. On a terminal it is edited if module readline is there, else the prompt goes to stderr. */
Value vm_console_line(Value prompt_bytes);
/* Do the objects read and write the process's own terminal? For input(). */
bool vm_console_owns(Value in, Value out);
/* What edits lines; set once by module readline. */
extern Value (*vm_console_editor)(const char *prompt);

/* Statements from standard input until it ends, run with the globals `dict`. The exit status of the program; SystemExit ends it. */
int vm_interactive(Value dict);
/* Before the first prompt: the banner; $PYTHONSTARTUP, run with `dict`; sys.__interactivehook__. */
void vm_interactive_banner(void);
void vm_interactive_startup(Value dict);
void vm_interactive_hook(void);

#endif
