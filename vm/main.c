/* The command line of weft. */
#include "vm/main_options.h"
#include "vm/run_main.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef WEFT_VERSION
#define WEFT_VERSION "0.1"
#endif

static const char stm_report_program[] = {
#include "vm/lib/stm_report.inc"
    0};

/* Status 2, after saying what is wrong and how to use the program. */
static int bad_usage(const VmOptions *o, const char *format, const char *what) {
    fprintf(stderr, format, what);
    fputc('\n', stderr);
    main_help(stderr, o->program, HELP_USAGE);
    fputs("Try `weft -h' for more information.\n", stderr);
    return 2;
}

static int print_version(int times) {
    if (times > 1) printf("Python %s\n", vm_version_text());
    else puts("Python 3.11.2 (Weft " WEFT_VERSION ")");
    return -1;
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
    static const struct {
        const char *option;
        unsigned parts;
    } helps[] = {{"--help", HELP_USAGE | HELP_OPTIONS},
                 {"--help-env", HELP_ENVIRONMENT},
                 {"--help-xoptions", HELP_X_OPTIONS},
                 {"--help-all", HELP_USAGE | HELP_OPTIONS | HELP_ENVIRONMENT | HELP_X_OPTIONS}};
    for (size_t k = 0; k < sizeof helps / sizeof *helps; k++)
        if (strcmp(option, helps[k].option) == 0) return main_help(stdout, o->program, helps[k].parts), -1;
    if (strcmp(option, "--version") == 0) return o->print_version++, 0;
    if (strcmp(option, "--stm-multi") == 0) return o->stm_multi = true, 0;
    if (strcmp(option, "--gc-stress") == 0) return o->gc_stress = true, 0;
    if (strcmp(option, "--stress-after=main") == 0) return o->stress_after_main = true, 0;
    if ((value = long_value(argc, argv, i, "--stm-log"))) return o->stm_log = value, 0;
    if ((value = long_value(argc, argv, i, "--stdlib"))) return o->stdlib = value, 0;
    if ((value = long_value(argc, argv, i, "--check-hash-based-pycs"))) {
        o->check_hash_pycs = value;
        if (strcmp(value, "always") == 0 || strcmp(value, "never") == 0 || strcmp(value, "default") == 0) return 0;
        return bad_usage(o, "--check-hash-based-pycs must be one of 'default', 'always', or 'never'", "");
    }
    if ((value = long_value(argc, argv, i, "--heap-limit"))) {
        o->heap_limit = parse_size(value);
        return o->heap_limit ? 0 : bad_usage(o, "--heap-limit wants a size such as 512M: %s", value);
    }
    if ((value = long_value(argc, argv, i, "--stm-quantum"))) {
        o->stm_quantum = strtoll(value, &end, 10);
        return o->stm_quantum > 0 && !*end ? 0 : bad_usage(o, "--stm-quantum wants a positive number: %s", value);
    }
    if ((value = long_value(argc, argv, i, "--stm-chaos"))) {
        o->stm_chaos = strtoull(value, &end, 10);
        return o->stm_chaos > 0 && !*end ? 0 : bad_usage(o, "--stm-chaos wants a positive number: %s", value);
    }
    return bad_usage(o, "unknown option %s", option);
}

/* A cluster of one-letter options; those with a value take the rest or the next argument. `program` is set by -c and -m. */
static int parse_short(int argc, char **argv, int *i, VmOptions *o, VmProgram *program) {
    for (const char *p = argv[*i] + 1; *p; p++) {
        const char *value = 0;
        if (strchr("cmWX", *p)) {
            value = p[1] ? p + 1 : *i + 1 < argc ? argv[++*i] : 0;
            if (!value) return bad_usage(o, "Argument expected for the -%s option", (char[]){*p, 0});
        }
        switch (*p) {
        case 'b': o->bytes_warning++; break;
        case 'B': o->dont_write_bytecode = true; break;
        case 'd': o->debug++; break;
        case 'E': o->ignore_environment = true; break;
        case 'h':
        case '?': return main_help(stdout, o->program, HELP_USAGE | HELP_OPTIONS), -1;
        case 'i': o->inspect = o->interactive = true; break;
        case 'I': o->isolated = o->ignore_environment = o->no_user_site = o->safe_path = true; break;
        case 'O': o->optimize++; break;
        case 'P': o->safe_path = true; break;
        case 'q': o->quiet = true; break;
        case 's': o->no_user_site = true; break;
        case 'S': o->no_site = true; break;
        case 'u': o->unbuffered = true; break;
        case 'v': o->verbose++; break;
        case 'R': o->random_hash = true; break;
        case 't': break; /* of older versions */
        case 'V': o->print_version++; break;
        case 'x': o->skip_first_line = true; break;
        case 'W': main_append(&o->warnings, &o->warning_count, value); return 0;
        case 'X': main_append(&o->x_options, &o->x_option_count, value); return 0;
        case 'c':
        case 'm':
            program->kind = *p == 'c' ? PROGRAM_COMMAND : PROGRAM_MODULE;
            program->text = value;
            return 0;
        default: return bad_usage(o, "Unknown option: -%s", (char[]){*p, 0});
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
        if (strcmp(argv[i], "--") == 0) {
            i++;
            break;
        }
        status = argv[i][1] == '-' ? parse_long(argc, argv, &i, o) : parse_short(argc, argv, &i, o, program);
        if (status || program->text) break;
    }
    if (status) return status;
    if (o->print_version) return print_version(o->print_version);
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

static int find_stdlib(VmOptions *o) {
    static char path[4096], below_home[4096];
    const char *home = o->ignore_environment ? 0 : getenv("PYTHONHOME");
    if (!o->stdlib) o->stdlib = getenv("WEFT_STDLIB");
    if (!o->stdlib && home && *home) {
        snprintf(below_home, sizeof below_home, "%.*s/lib/python3.11", (int)strcspn(home, ":"), home);
        o->stdlib = below_home;
    }
    if (!o->stdlib) o->stdlib = "/usr/lib/python3.11";
    snprintf(path, sizeof path, "%s/importlib/_bootstrap.py", o->stdlib);
    if (access(path, R_OK) == 0) return 0;
    fprintf(stderr, "weft: no Python 3.11 standard library in %s: install the package libpython3.11-stdlib, or name its directory "
                    "with --stdlib DIR or WEFT_STDLIB\n", o->stdlib);
    return 1;
}

/* Standard descriptors that the program was started without: filled with /dev/null until the runtime has opened its own files. */
static void fill_closed_descriptors(bool closed[3]) {
    for (int fd = 0; fd < 3; fd++) {
        closed[fd] = fcntl(fd, F_GETFD) < 0;
        if (closed[fd] && open("/dev/null", O_RDWR) != fd) abort();
    }
}

int main(int argc, char **argv) {
    VmOptions options = {.program = argc ? argv[0] : "weft", .orig_argc = argc};
    VmProgram program = {PROGRAM_STDIN, 0};
    fill_closed_descriptors(options.closed);
    options.orig_argv = calloc((size_t)argc + 1, sizeof *argv);
    if (!options.orig_argv) return 1;
    memcpy(options.orig_argv, argv, (size_t)argc * sizeof *argv);
    int status = parse_arguments(argc, argv, &options, &program);
    if (status) return status < 0 ? 0 : status;
    options.runs_code = program.kind != PROGRAM_STDIN;
    if (main_complete_options(&options) < 0) return 1;
    status = find_stdlib(&options);
    if (status) return status;
    if (vm_start(&options) < 0) return 1;
    for (int fd = 0; fd < 3; fd++)
        if (options.closed[fd]) close(fd);
    return vm_finish(vm_run_main(&program));
}
