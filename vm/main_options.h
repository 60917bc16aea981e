/* Parts of the command line: environment variables and -X options (main_options.c), help (main_help.c). */
#ifndef VM_MAIN_OPTIONS_H
#define VM_MAIN_OPTIONS_H

#include "vm/runtime.h"

enum { HELP_USAGE = 1, HELP_OPTIONS = 2, HELP_ENVIRONMENT = 4, HELP_X_OPTIONS = 8 };
void main_help(FILE *out, const char *program, unsigned parts);

void main_append(const char ***list, int *count, const char *text);
/* After the command line has been read: variables fill in what it left open, -X options are looked at, sys.warnoptions put
 * in order. 0, or -1 after a message. */
int main_complete_options(VmOptions *o);

#endif
