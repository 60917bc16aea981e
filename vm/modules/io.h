/* Parts of module _io. */
#ifndef VM_MODULES_IO_H
#define VM_MODULES_IO_H

#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include "vm/objects/builtin.h"
#include "vm/runtime.h"

enum { FILE_IO_READ = 1, FILE_IO_WRITE = 2, FILE_IO_APPEND = 4, FILE_IO_CREATED = 8, FILE_IO_CLOSE_FD = 16, FILE_IO_SEEKABLE = 32, FILE_IO_SEEK_KNOWN = 64 };
enum { BUFFERED_READ = 1, BUFFERED_WRITE = 2, BUFFERED_DETACHED = 4, BUFFERED_READY = 8 };
enum { IO_DEFAULT_BUFFER = 8192 };

#define IO(name)                                                                                                      \
    static Value name(const Value *args __attribute__((unused)), size_t nargs __attribute__((unused)),                \
                      Value kwnames __attribute__((unused)))

/* The slot `name`: binds the arguments of __init__ by `signature` and calls fn(self, arguments ...). */
#define IO_INIT(name, fn, type_name, signature, count)                                                                \
    static int name(Value self, const Value *args, size_t nargs, Value kwnames) {                                     \
        static BuiltinSignature *parsed;                                                                              \
        Value bound[(count) + 1] = {self};                                                                            \
        if (builtin_bind_init(&parsed, signature, type_name, args, nargs, kwnames, bound + 1) < 0) return -1;         \
        return fn(bound, (count) + 1, 0) ? 0 : -1;                                                                    \
    }

extern Value io_unsupported_operation; /* io.UnsupportedOperation */
Value io_unsupported(const char *message);
Value io_new(Value type, const Value *args, size_t nargs, Value kwnames); /* slots.new where __init__ does it all */
int io_check_closed(Value self);       /* -1 with ValueError "I/O operation on closed file." */
/* What closing a stream that is no longer referred to gave: errors are shown in development mode only. None. */
Value io_closed_by_del(Value self, Value result);
bool io_true_attr(Value self, const char *name, int *status); /* method called, or attribute; *status -1 on error */
/* bytes into a buffer that the caller holds and asked for before it read: its address may be another one now. */
int io_fill_buffer(Value target, Value data);
int io_size_argument(Value v_or_0, int64_t *size); /* None or absent: -1 */
Value io_open(const Value *args);      /* file, mode, buffering, encoding, errors, newline, closefd, opener; 0: default */

/* io_file.c */
Value file_io_open(Value type, Value name, const char *mode, bool close_fd, Value opener);
Value file_io_read(Value self, int64_t size);            /* at most size; bytes, or None if it would block */
Value file_io_write(Value self, const void *flat, size_t length); /* number written; flat is C memory; None if it would block */

/* io_buffered.c */
Value buffered_new(uint32_t type_id, Value raw, int64_t size);
int buffered_write_flat(Value self, const void *flat, size_t length); /* an exact BufferedWriter or BufferedRandom; flat: heap or C memory */
Value buffered_read(Value self, int64_t size);           /* bytes; -1: all */
Value buffered_read1(Value self, int64_t size);
int buffered_flush(Value self);
void buffered_give_up(Value self, int64_t size); /* of a buffer of at most SIZE bytes: what waits to be written */
static inline bool is_buffered_writer(Value v) { return is_ref(v) && vm_type_of(v)->id == TYPE_BUFFERED_WRITER; }
static inline bool is_buffered_reader(Value v) { return is_ref(v) && vm_type_of(v)->id == TYPE_BUFFERED_READER; }

/* io_newline.c: universal newlines. `pending_cr` carries a final \r to the next piece. */
Value io_translate_newlines(Value text, bool translate, bool *pending_cr, bool final, uint64_t *seen);
Value io_newlines_seen(uint64_t seen);                   /* None, a str or a tuple of str */
enum { SEEN_CR = 1, SEEN_LF = 2, SEEN_CRLF = 4 };
/* End of the line that starts at `start` (behind its newline), or -1 if the text has no whole line there. newline: "" any of
 * \n \r \r\n, None or "\n": \n. */
int64_t io_find_line_end(Value text, int64_t start, Value newline);

/* The stream's finalizer will run, once: a class with a __del__ has seen to that already. */
static inline void io_finalize_later(Value self) {
    if (!type_flag(self, VM_TYPE_HAS_DEL)) gc_finalizer_register(self);
}
/* `stream`, over `below`, is collected without having been closed: warns, if what is below is open and warns about that. */
void io_dealloc_warn(Value below, Value stream);
/* Closes `stream` although an error (or 0) has come before: an error of the close has that one as its context. */
Value io_close_after(Value stream, Value error_or_0);
/* The EncodingWarning of -X warn_default_encoding. 0 or -1. */
int io_warn_default_encoding(int64_t stack_level);
/* Around the repr() of a stream's name: -1 with RuntimeError inside the stream's own; pair 0 with py_repr_leave. */
int io_repr_enter(Value self);

#endif
