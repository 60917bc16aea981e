/* C layouts of the types in modules/types.tbl that C modules define. */
#ifndef VM_MODULES_LAYOUTS_H
#define VM_MODULES_LAYOUTS_H

#include "vm/object.h"

typedef struct { StmObject head; uint64_t negative_version; Value registry, cache, negative_cache; } AbcData; /* abc.c */
typedef struct { StmObject head; Value args, kwargs, dicts; } ThreadLocal; /* thread_local.c; args: tuple, kwargs: dict or 0 */
/* posix_dir.c: entry names are bytes if the path was; d_type and ino as readdir gave them. */
typedef struct { StmObject head; uint64_t type, ino; int64_t dir_fd; Value name, path, stat, lstat; } DirEntry;
typedef struct { StmObject head; uint64_t index; Value entries; } ScandirIter;
enum { MT_WORDS = 624 };
typedef struct { StmObject head; uint64_t index; Value words /* PyRaw of MT_WORDS uint32 */; } RandomState; /* random.c */
/* sre/: program: number of the SreProgram; a match's `marks` holds start and end of group 0, 1 ... */
typedef struct { StmObject head; uint64_t nested, type; int64_t line; Value id, name, symbols, varnames, children; } SymtableEntry; /* symtable.c */
typedef struct { StmObject head; uint64_t program, flags, groups; Value pattern, group_index, index_group; } Pattern;
typedef struct { StmObject head; int64_t pos, endpos, last_index; Value string, pattern, marks /* PyRaw of int64 */; } Match;
typedef struct { StmObject head; int64_t at, end, must_advance; Value pattern, string, hold /* PyBufferHold or 0 */; } Scanner;
/* io_*.c */
typedef struct { StmObject head; int64_t fd /* -1: closed */; uint64_t flags /* FILE_IO_* */; Value name; } FileIO;
typedef struct { StmObject head; int64_t length, position; uint64_t closed; Value array /* bytearray */; } BytesIO;
typedef struct {
    StmObject head;
    int64_t position;      /* in chunk: what has been read of it */
    int64_t fill, size;    /* bytes waiting in `pending`, its capacity */
    uint64_t flags;        /* BUFFERED_* */
    Value raw, chunk /* bytes read ahead */, pending /* PyRaw */, lock, read_lock;
} Buffered;
typedef struct { StmObject head; Value reader, writer; } BufferedPair;
typedef struct {
    StmObject head;
    uint64_t flags;        /* TEXT_* */
    int64_t decoded_used;  /* characters of `decoded` that have been read */
    int64_t chunk_size;
    Value buffer, encoding, errors, newline, decoded /* str or 0 */, chunk /* the bytes it came from */, decoder, encoder, tail /* undecoded bytes */;
} TextIO;
typedef struct { StmObject head; int64_t position; uint64_t flags; Value text /* list of pieces or str */, newline; } StringIO;
typedef struct { StmObject head; uint64_t flags, seen; Value decoder, errors; } NewlineDecoder;
typedef struct { StmObject head; int64_t size, count /* of values */; Value format /* bytes */; } PyStruct; /* struct.c */
/* contextvars.c */
typedef struct { StmObject head; uint64_t entered, shared; Value dict, previous; } PyContext;
typedef struct { StmObject head; Value name, initial; } PyContextVar;
typedef struct { StmObject head; uint64_t used; Value context, variable, before; } PyContextToken;
typedef struct { StmObject head; Value items /* deque */, counter /* PyLock, whose count grows with each item */; } PySimpleQueue; /* queue.c */
/* lsprof.c; times in the profiler's units */
typedef struct { StmObject head; uint64_t flags; double unit; Value timer /* or 0 */, entries /* dict */, call /* running PyProfileCall, or 0 */; } PyProfiler;
typedef struct { StmObject head; int64_t calls, recursive, total, own, depth /* running now */; Value code /* or name */, callees /* dict or 0 */; } PyProfileEntry;
typedef struct { StmObject head; int64_t start, under /* time in what it calls */; Value entry, callee /* its caller's entry for it, or 0 */, previous; } PyProfileCall;
typedef struct { StmObject head; int64_t fd /* -1: closed */, family, type, proto, timeout /* ns; -1: none */; } PySocket; /* socket.c */
typedef struct { StmObject head; int64_t fd /* -1: closed */; } PyEpoll; /* epoll.c */
typedef struct { StmObject head; uint64_t waiting; Value events; } PyPoll; /* select.c */
/* csv.c; characters are code points or CSV_NOT_SET */
typedef struct { StmObject head; uint64_t delimiter, escape, quote, quoting, double_quote, skip_space, strict; Value line_end; } CsvDialect;
typedef struct { StmObject head; int64_t line; Value input, dialect; } CsvReader;
typedef struct { StmObject head; Value write, dialect; } CsvWriter;
typedef struct { StmObject head; uint64_t algorithm, digest_size, state[48] /* HASH_STATE_WORDS */; } PyHash; /* hash.c */
typedef struct { StmObject head; uint64_t stream /* number in a table; 0: none */, eof; Value unused, tail, dictionary /* bytes or 0 */; } PyZlib; /* zlib_stream.c */
typedef struct { StmObject head; uint64_t strict; Value object_hook, object_pairs_hook, parse_float, parse_int, parse_constant; } JsonScanner; /* json_scanner.c */
typedef struct { StmObject head; uint64_t flags; Value markers, fallback, encoder, indent, key_separator, item_separator; } JsonEncoder; /* json_encoder.c */
/* datetime*.c; tzinfo is VM_NONE or a tzinfo */
typedef struct { StmObject head; int64_t days, seconds, us; } PyDelta;
typedef struct { StmObject head; int64_t year, month, day; } PyDate;
typedef struct { PyDate date; int64_t hour, minute, second, us, fold; Value tzinfo; } PyDateTime;
typedef struct { StmObject head; int64_t hour, minute, second, us, fold; Value tzinfo; } PyTime;
typedef struct { StmObject head; Value offset, name /* or 0 */; } PyTimezone;
/* codec_stream.c; unused, pending: bytes */
typedef struct { StmObject head; uint64_t stream /* native_table.h; 0: flushed */, eof, needs_input, check /* lzma */; Value unused, pending; } CodecStream;
typedef struct { StmObject head; int64_t address /* 0: closed */, size, position, fd /* -1: anonymous */, offset, access, exports; } PyMmap; /* mmap.c */
typedef struct { StmObject head; uint64_t handle, kind, max_value, owner /* thread */; int64_t count; Value name; } PySemLock; /* multiprocessing.c */
/* pyexpat.c; handlers: list; intern: dict or None; buffer: list of str */
typedef struct {
    StmObject head;
    uint64_t parser /* native_table.h */, ordered, specified, prefixes, buffer_text, buffer_size, buffered /* bytes in buffer */, unused;
    Value handlers, intern, buffer, parent /* parser or None */;
} XmlParser;

/* multibyte.c: pending str or bytes, and what brings the shift state back, or 0 */
typedef struct { StmObject head; uint64_t number; } PyMultibyteCodec;
typedef struct { StmObject head; Value codec, errors, pending, shift, stream; } PyMultibyteStream;
/* pickle*.c; Values may be 0. objects and table: pickle_memo.c */
typedef struct { StmObject head; int64_t protocol, binary, fast, fix_imports; uint64_t table_stamp; Value write, objects, table, dispatch_table, persistent, callback; } PyPickler;
typedef struct { StmObject head; int64_t protocol /* of what is being read */; uint64_t fix_imports; Value read, readline, memo, sparse_memo, encoding, errors, buffers, persistent; } PyUnpickler;

/* decimal/; a Decimal's info: sign, kind and digits (decimal.h), its words are in base 10^19 */
typedef struct { StmObject head; int64_t exp; uint64_t info; uint64_t words[]; } PyDecimal;
typedef struct { StmObject head; int64_t prec, emax, emin; uint64_t rounding, clamp, capitals, traps, status /* DEC_* */; Value signals[2] /* or 0 */; } PyDecimalContext;
typedef struct { StmObject head; uint64_t traps /* those, or the flags */; Value context; } PyDecimalSignals;
typedef struct { StmObject head; Value inner, outer; } PyDecimalManager;
/* asyncio*.c; Values may be 0. callbacks: list of pairs */
typedef struct {
    StmObject head;
    uint64_t state /* FUTURE_* */, flags;
    int64_t cancels; /* of a task: requests */
    Value loop, callbacks, result, exception, traceback, source_traceback, cancel_message, cancelled_error;
} PyFuture;
typedef struct { PyFuture future; Value coroutine, context, name, waiter; } PyTask;
typedef struct { StmObject head; Value task, exception /* or 0 */; } PyTaskCall;

#endif
