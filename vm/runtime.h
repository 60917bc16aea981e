/* The runtime as a whole: options, global roots, start-up and shut-down. */
#ifndef VM_RUNTIME_H
#define VM_RUNTIME_H

#include "vm/vm.h"
#include <stdio.h>

typedef struct VmOptions { /* from the command line and PYTHON* variables (main.c) */
    const char *program;      /* argv[0] */
    const char *stdlib;       /* directory of the standard library */
    const char *stm_log;
    const char *hash_seed;
    uint64_t heap_limit;      /* bytes; 0: none */
    uint64_t stm_chaos;       /* seed; 0: off */
    int64_t stm_quantum;      /* safepoints; 0: adaptive */
    bool stm_multi, gc_stress, stress_after_main;
    bool inspect, interactive, quiet, no_site, no_user_site, ignore_environment, isolated, safe_path, dont_write_bytecode,
        unbuffered, utf8_mode, dev_mode, import_time, skip_first_line, random_hash, warn_default_encoding, fault_handler, no_debug_ranges;
    bool c_locale;            /* LC_ALL names the C locale */
    bool lenient_streams;     /* the locale says nothing of the encoding: surrogateescape on the standard streams */
    bool runs_code;           /* a file, -c or -m: not standard input */
    bool closed[3];           /* standard descriptors that were closed at start */
    int64_t int_max_str_digits; /* -1: as by default */
    const char *pycache_prefix, *check_hash_pycs; /* or 0 */
    int optimize, verbose, bytes_warning, debug, print_version;
    int argc, orig_argc;      /* of sys.argv, of the process */
    char **argv, **orig_argv;
    int warning_count;
    const char **warnings;
    int x_option_count;
    const char **x_options;
} VmOptions;
extern VmOptions vm_options;

/* Global references, set at start-up and constant afterwards (what they refer to may change); roots of the collector. */
typedef struct VmRuntime {
    Value sys, sys_dict, modules;   /* module, its dict, sys.modules */
    Value builtins, builtins_dict;
    Value bootstrap;                /* importlib._bootstrap */
    Value import_function;          /* builtins.__import__ as it was at start */
} VmRuntime;
extern VmRuntime vm_runtime;
/* Make a C variable a root for ever: for module state that is set once. Start-up or under the import lock only. */
void vm_root_register(Value *variable);

void vm_run_exit_functions(void);   /* of module atexit */
bool vm_is_finalizing(void);        /* the program has ended: vm_finish */
const char *vm_version_text(void); /* sys.version */
int vm_start(const VmOptions *options); /* 0, or -1 after a message on stderr */

/* ---- import (import.c) ---- */
int vm_import_init(void);               /* builtins and sys exist; installs importlib */
/* Bytecode in the user's cache folder (exec/import_cache.c): installs it in importlib; where a bytecode file (absolute path) is to be
 * instead, into out[PATH_MAX]. False: the path as it is. */
int vm_import_cache_init(Value bootstrap_external);
bool vm_import_cache_place(const char *path, char *out);
Value vm_import(Value name, Value globals_or_0, Value fromlist_or_0, int64_t level); /* __import__ */
Value vm_builtin_module_create(const char *name); /* runs its init; 0 without exception if there is none by that name */
Value vm_builtin_module_names(void); /* sorted tuple */
struct VmThread;
void thread_locals_end(struct VmThread *thread); /* the running thread ends: attributes of its _thread._local objects go */
void vm_threads_freeze(void); /* the main thread, at exit: all others stop for good at their next safepoint outside stm.atomic */
void vm_threads_init(void);
void vm_faulthandler_init(void); /* before other event handlers: tracebacks show what was interrupted, not what those do */
/* Around fork: nobody imports in the child. before: 0, or -1 with an exception; after: in both processes. */
int vm_import_lock_before_fork(void);
void vm_import_lock_after_fork(void);
int vm_builtin_module_fill(const char *name, Value module); /* into sys.modules, then its init: 0 or -1 */
bool vm_is_builtin_module(Value name);
extern const char *const vm_bootstrap_names[2]; /* what tracebacks call the files of importlib, as if they were frozen */
int vm_code_rename(Value code, Value filename); /* code from a cache file: its source is there now */
int vm_exec_source_file(const char *path, const char *filename, Value globals); /* filename: what tracebacks say */

/* ---- sys (sys.c) ---- */
Value vm_sys_get(const char *name);     /* sys attribute, or 0 without exception */
int vm_sys_set(const char *name, Value value);


/* stderr text that must come out whatever state Python is in. */
void vm_print_error_on(Value exception, Value file_or_0); /* 0: the process's stderr; None: nowhere */
void vm_print_error(Value exception);   /* sys.excepthook's work */

/* contextvars.copy_context() */
Value vm_copy_context(void);

#endif
