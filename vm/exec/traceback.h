/* Printing tracebacks: what traceback.c and traceback_source.c share. */
#ifndef VM_EXEC_TRACEBACK_H
#define VM_EXEC_TRACEBACK_H

#include "vm/exec/code.h"

/* Line `number` of a source file without its newline, malloc'ed, UTF-8; or 0. */
char *source_line(const char *filename, int number);

/* The part of a line to mark, in characters from its start; -1 where absent. The operator or subscript
 * between left_end and right_start gets '^', the rest '~'; without one everything gets '^'. */
typedef struct Marks {
    int start, end, left_end, right_start;
} Marks;
/* False: nothing is to be marked (no position known, or it is the whole line). */
bool source_marks(const char *line, const VmPosition *position, Marks *marks);

/* "Did you mean" for an AttributeError or NameError: a name or 0. Raises nothing. May call. */
Value error_suggestion_may_call(Value exception);

#endif
