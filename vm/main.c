/* The command line of weft. */
#include "vm/run_main.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef WEFT_VERSION
#define WEFT_VERSION "0.1"
#endif

static const char help_text[] =
    "usage: weft [option] ... [-c cmd | -m mod | file | -] [arg] ...\n"
    "Options (as python3's):\n"
    "-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x\n"
    "-c cmd : program passed in as string (terminates option list)\n"
    "-E     : ignore PYTHON* environment variables (such as PYTHONPATH)\n"
    "-h     : print this help message and exit (also -? or --help)\n"
    "-I     : isolate Weft from the user's environment (implies -E -P -s)\n"
    "-m mod : run library module as a script (terminates option list)\n"
    "-O     : remove assert and __debug__-dependent statements; -OO: docstrings too\n"
    "-P     : don't prepend a potentially unsafe path to sys.path\n"
    "-q     : don't print version and copyright messages on interactive startup\n"
    "-s     : don't add user site directory to sys.path\n"
    "-S     : don't imply 'import site' on initialization\n"
    "-u     : force the stdout and stderr streams to be unbuffered\n"
    "-V     : print the Weft version number and exit (also --version)\n"
    "-W arg : warning control; arg is action:message:category:module:lineno\n"
    "-X opt : set implementation-specific option\n"
    "Options of Weft:\n"
    "--stm-log FILE        : write conflicts, commits and collections to FILE; read it with `weft stm-report FILE`\n"
    "--stm-multi           : transactions with one thread too\n"
    "--stm-quantum=N       : end every transaction after N safepoints\n"
    "--stm-chaos=SEED      : abort transactions at random safepoints\n"
    "--gc-stress           : collect at every safepoint\n"
    "--stress-after=main   : the three above only once the program's own code starts\n"
    "--heap-limit=SIZE     : at most SIZE bytes of heap (suffixes K, M, G)\n"
    "--stdlib DIR          : the standard library of Python 3.11; also WEFT_STDLIB\n"
    "stm-report FILE       : print what a --stm-log says\n";

static const char stm_report_program[] = {
#include "vm/lib/stm_report.inc"
    0};

static int bad_usage(const char *what, const char *argument) {
    fprintf(stderr, "weft: %s%s%s\nTry `weft -h' for more information.\n", what, argument ? ": " : "", argument ? argument : "");
    return 2;
}

/* A size with suffix K, M, G, T; 0 if it is none. */
static uint64_t parse_size(const char *text) {
    char *end;
    errno = 0;
    uint64_t size = strtoull(text, &end, 10);
    const char *suffixes = "KMGT", *suffix = *end ? strchr(suffixes, *end & 0xdf) : 0;
    if (end == text || errno || (*end && (!suffix || end[1]))) return 0;
    return suffix ? size << (10 * (suffix - suffixes + 1)) : size;
}

/* The value of `--name=value` or `--name value`; 0 if argv[*i] is another option. */
static const char *long_value(int argc, char **argv, int *i, const char *name) {
    size_t length = strlen(name);
    if (strncmp(argv[*i], name, length) != 0) return 0;
    if (argv[*i][length] == '=') return argv[*i] + length + 1;
    if (argv[*i][length] != 0 || *i + 1 >= argc) return 0;
    return argv[++*i];
}

/* One `--` option at argv[*i]: 0, or an exit status (-1: exit 0 after printing). */
static int parse_long(int argc, char **argv, int *i, VmOptions *o) {
    const char *value, *option = argv[*i];
    char *end;
    if (strcmp(option, "--help") == 0) return fputs(help_text, stdout), -1;
    if (strcmp(option, "--version") == 0) return puts("Python 3.11.2 (Weft " WEFT_VERSION ")"), -1;
    if (strcmp(option, "--stm-multi") == 0) return o->stm_multi = true, 0;
    if (strcmp(option, "--gc-stress") == 0) return o->gc_stress = true, 0;
    if (strcmp(option, "--stress-after=main") == 0) return o->stress_after_main = true, 0;
    if ((value = long_value(argc, argv, i, "--stm-log"))) return o->stm_log = value, 0;
    if ((value = long_value(argc, argv, i, "--stdlib"))) return o->stdlib = value, 0;
    if ((value = long_value(argc, argv, i, "--check-hash-based-pycs"))) return 0;
    if ((value = long_value(argc, argv, i, "--heap-limit"))) {
        o->heap_limit = parse_size(value);
        return o->heap_limit ? 0 : bad_usage("--heap-limit wants a size such as 512M", value);
    }
    if ((value = long_value(argc, argv, i, "--stm-quantum"))) {
        o->stm_quantum = strtoll(value, &end, 10);
        return o->stm_quantum > 0 && !*end ? 0 : bad_usage("--stm-quantum wants a positive number", value);
    }
    if ((value = long_value(argc, argv, i, "--stm-chaos"))) {
        o->stm_chaos = strtoull(value, &end, 10);
        return o->stm_chaos > 0 && !*end ? 0 : bad_usage("--stm-chaos wants a positive number", value);
    }
    return bad_usage("unknown option", option);
}

static void append_string(const char ***list, int *count, const char *text) {
    *list = realloc(*list, (size_t)(*count + 1) * sizeof **list);
    if (!*list) abort();
    (*list)[(*count)++] = text;
}

/* A cluster of one-letter options; those with a value take the rest or the next argument. `program` is set by -c and -m. */
static int parse_short(int argc, char **argv, int *i, VmOptions *o, VmProgram *program) {
    for (const char *p = argv[*i] + 1; *p; p++) {
        const char *value = 0;
        if (strchr("cmWX", *p)) {
            value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : 0;
            if (!value) return fprintf(stderr, "Argument expected for the -%c option\n", *p), bad_usage("missing argument", 0);
        }
        switch (*p) {
        case 'b': o->bytes_warning++; break;
        case 'B': o->dont_write_bytecode = true; break;
        case 'd': o->debug++; break;
        case 'E': o->ignore_environment = true; break;
        case 'h':
        case '?': return fputs(help_text, stdout), -1;
        case 'i': o->inspect = o->interactive = true; break;
        case 'I': o->isolated = o->ignore_environment = o->no_user_site = o->safe_path = true; break;
        case 'O': o->optimize++; break;
        case 'P': o->safe_path = true; break;
        case 'q': o->quiet = true; break;
        case 's': o->no_user_site = true; break;
        case 'S': o->no_site = true; break;
        case 'u': o->unbuffered = true; break;
        case 'v': o->verbose++; break;
        case 'V': return puts("Python 3.11.2 (Weft " WEFT_VERSION ")"), -1;
        case 'x': break;
        case 'W': append_string(&o->warnings, &o->warning_count, value); return 0;
        case 'X':
            append_string(&o->x_options, &o->x_option_count, value);
            o->utf8_mode |= strcmp(value, "utf8") == 0;
            o->dev_mode |= strcmp(value, "dev") == 0;
            o->no_debug_ranges |= strcmp(value, "no_debug_ranges") == 0;
            return 0;
        case 'c':
        case 'm':
            program->kind = *p == 'c' ? PROGRAM_COMMAND : PROGRAM_MODULE;
            program->text = value;
            return 0;
        default: fprintf(stderr, "Unknown option: -%c\n", *p); return bad_usage("bad option", 0);
        }
    }
    return 0;
}

/* Options up to the program; what follows is the program's. 0, an exit status, or -1 for status 0. */
static int parse_arguments(int argc, char **argv, VmOptions *o, VmProgram *program) {
    int i = 1, status = 0;
    if (argc > 1 && strcmp(argv[1], "stm-report") == 0) {
        *program = (VmProgram){PROGRAM_COMMAND, stm_report_program};
        o->argc = argc - 1;
        o->argv = argv + 1;
        return 0;
    }
    for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
        status = argv[i][1] == '-' ? parse_long(argc, argv, &i, o) : parse_short(argc, argv, &i, o, program);
        if (status || program->text) break;
    }
    if (status) return status;
    if (program->text) { /* -c or -m: argv[0] is its name */
        argv[i] = (char *)(program->kind == PROGRAM_COMMAND ? "-c" : "-m");
    } else if (i < argc) {
        program->text = argv[i];
        program->kind = strcmp(argv[i], "-") == 0 ? PROGRAM_STDIN : PROGRAM_FILE;
    }
    static char *no_program[] = {""};
    o->argc = i < argc ? argc - i : 1;
    o->argv = i < argc ? argv + i : no_program;
    return 0;
}

static bool variable_set(const VmOptions *o, const char *name) {
    const char *value = o->ignore_environment ? 0 : getenv(name);
    return value && *value;
}

static void read_environment(VmOptions *o) {
    o->dont_write_bytecode |= variable_set(o, "PYTHONDONTWRITEBYTECODE");
    o->unbuffered |= variable_set(o, "PYTHONUNBUFFERED");
    o->no_user_site |= variable_set(o, "PYTHONNOUSERSITE");
    o->safe_path |= variable_set(o, "PYTHONSAFEPATH");
    o->inspect |= variable_set(o, "PYTHONINSPECT");
    o->no_debug_ranges |= variable_set(o, "PYTHONNODEBUGRANGES");
    if (variable_set(o, "PYTHONOPTIMIZE") && !o->optimize) o->optimize = atoi(getenv("PYTHONOPTIMIZE")) > 1 ? 2 : 1;
    if (variable_set(o, "PYTHONHASHSEED")) o->hash_seed = getenv("PYTHONHASHSEED");
    if (variable_set(o, "PYTHONWARNINGS")) {
        char *copy = strdup(getenv("PYTHONWARNINGS"));
        const char **given = o->warnings; /* -W options come later, and so take precedence */
        int count = o->warning_count;
        o->warnings = 0, o->warning_count = 0;
        for (char *part = copy ? strtok(copy, ",") : 0; part; part = strtok(0, ",")) append_string(&o->warnings, &o->warning_count, part);
        for (int i = 0; i < count; i++) append_string(&o->warnings, &o->warning_count, given[i]);
    }
}

static int find_stdlib(VmOptions *o) {
    if (!o->stdlib) o->stdlib = getenv("WEFT_STDLIB");
    if (!o->stdlib) o->stdlib = "/usr/lib/python3.11";
    char path[4096];
    snprintf(path, sizeof path, "%s/importlib/_bootstrap.py", o->stdlib);
    if (access(path, R_OK) == 0) return 0;
    fprintf(stderr, "weft: no Python 3.11 standard library in %s: install the package libpython3.11-stdlib, or name its directory "
                    "with --stdlib DIR or WEFT_STDLIB\n", o->stdlib);
    return 1;
}

int main(int argc, char **argv) {
    VmOptions options = {.program = argv[0]};
    VmProgram program = {PROGRAM_STDIN, 0};
    int status = parse_arguments(argc, argv, &options, &program);
    if (status) return status < 0 ? 0 : status;
    read_environment(&options);
    status = find_stdlib(&options);
    if (status) return status;
    if (vm_start(&options) < 0) return 1;
    return vm_finish(vm_run_main(&program));
}
