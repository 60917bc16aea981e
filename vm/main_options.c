/* Environment variables and -X options, once the command line has been read. */
#include "vm/main_options.h"
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <stdlib.h>

void main_append(const char ***list, int *count, const char *text) {
    *list = realloc(*list, (size_t)(*count + 1) * sizeof **list);
    if (!*list) abort();
    (*list)[(*count)++] = text;
}

/* The variable's value; 0 if it is not set, empty, or not to be looked at. */
static const char *variable(const VmOptions *o, const char *name) {
    const char *value = o->ignore_environment ? 0 : getenv(name);
    return value && *value ? value : 0;
}

/* A flag that counts: a number raises it to at least that, any other text to 1. */
static void raise_flag(const VmOptions *o, int *flag, const char *name) {
    const char *value = variable(o, name);
    if (!value) return;
    char *end;
    long level = strtol(value, &end, 10);
    if (*end || level < 0 || level > INT_MAX) level = 1;
    if (level > *flag) *flag = (int)level;
}

/* The text behind "name=" among the -X options, "" for a bare one; the last counts; 0: not there. */
static const char *x_option(const VmOptions *o, const char *name) {
    size_t length = strlen(name);
    for (int i = o->x_option_count - 1; i >= 0; i--) {
        const char *option = o->x_options[i];
        if (strncmp(option, name, length) == 0 && (option[length] == '=' || !option[length]))
            return option[length] ? option + length + 1 : "";
    }
    return 0;
}

static int fatal(const char *where, const char *what) {
    fprintf(stderr, "Fatal Python error: %s: %s\nPython runtime state: preinitialized\n", where, what);
    return -1;
}

enum { DIGITS_LEAST = 640 };
static int read_int_digits(VmOptions *o) {
    const char *option = x_option(o, "int_max_str_digits"), *value = option ? option : variable(o, "PYTHONINTMAXSTRDIGITS");
    o->int_max_str_digits = -1;
    if (!value) return 0;
    char *end;
    errno = 0;
    long digits = strtol(value, &end, 10);
    if (*value && !*end && !errno && (digits == 0 || (digits >= DIGITS_LEAST && digits <= INT_MAX))) {
        o->int_max_str_digits = digits;
        return 0;
    }
    return fatal("config_init_int_max_str_digits", option ? "-X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited."
                                                          : "PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.");
}

/* UTF-8 mode (PEP 540): as asked for, or where the locale is the C locale. */
static int read_utf8_mode(VmOptions *o) {
    const char *option = x_option(o, "utf8"), *value = option ? option : variable(o, "PYTHONUTF8");
    if (value && (strcmp(value, "1") == 0 || (option && !*option))) o->utf8_mode = true;
    else if (value && strcmp(value, "0") == 0) o->utf8_mode = false;
    else if (value) return fatal("preconfig_init_utf8_mode", option ? "invalid -X utf8 option value" : "invalid PYTHONUTF8 environment variable value");
    else o->utf8_mode = o->c_locale;
    return 0;
}

/* Least important first: -X dev, PYTHONWARNINGS, -W, -b. */
static void order_warnings(VmOptions *o) {
    const char **given = o->warnings;
    int count = o->warning_count;
    o->warnings = 0;
    o->warning_count = 0;
    if (o->dev_mode) main_append(&o->warnings, &o->warning_count, "default");
    const char *value = variable(o, "PYTHONWARNINGS");
    char *copy = value ? strdup(value) : 0;
    for (char *part = copy ? strtok(copy, ",") : 0; part; part = strtok(0, ",")) main_append(&o->warnings, &o->warning_count, part);
    for (int i = 0; i < count; i++) main_append(&o->warnings, &o->warning_count, given[i]);
    if (o->bytes_warning) main_append(&o->warnings, &o->warning_count, o->bytes_warning > 1 ? "error::BytesWarning" : "default::BytesWarning");
    free(given);
}

static void read_x_options(VmOptions *o) {
    o->dev_mode |= x_option(o, "dev") != 0;
    o->import_time |= x_option(o, "importtime") != 0;
    o->fault_handler |= o->dev_mode || x_option(o, "faulthandler");
    o->warn_default_encoding |= x_option(o, "warn_default_encoding") != 0;
    o->no_debug_ranges |= x_option(o, "no_debug_ranges") != 0;
    const char *prefix = x_option(o, "pycache_prefix");
    if (prefix) o->pycache_prefix = *prefix ? prefix : 0;
}

int main_complete_options(VmOptions *o) {
    const char *locale = setlocale(LC_CTYPE, ""), *all = getenv("LC_ALL");
    /* where nothing but the C locale is asked for, UTF-8 is taken instead (PEP 538) */
    o->c_locale = all && *all && (strcmp(all, "C") == 0 || strcmp(all, "POSIX") == 0);
    o->lenient_streams = !locale || strcmp(locale, "C") == 0 || strcmp(locale, "POSIX") == 0 || strcmp(locale, "C.UTF-8") == 0;
    raise_flag(o, &o->debug, "PYTHONDEBUG");
    raise_flag(o, &o->verbose, "PYTHONVERBOSE");
    raise_flag(o, &o->optimize, "PYTHONOPTIMIZE");
    o->dont_write_bytecode |= variable(o, "PYTHONDONTWRITEBYTECODE") != 0;
    o->unbuffered |= variable(o, "PYTHONUNBUFFERED") != 0;
    o->no_user_site |= variable(o, "PYTHONNOUSERSITE") != 0;
    o->safe_path |= variable(o, "PYTHONSAFEPATH") != 0;
    o->inspect |= variable(o, "PYTHONINSPECT") != 0;
    o->dev_mode |= variable(o, "PYTHONDEVMODE") != 0;
    o->fault_handler |= variable(o, "PYTHONFAULTHANDLER") != 0;
    o->import_time |= variable(o, "PYTHONPROFILEIMPORTTIME") != 0;
    o->warn_default_encoding |= variable(o, "PYTHONWARNDEFAULTENCODING") != 0;
    o->no_debug_ranges |= variable(o, "PYTHONNODEBUGRANGES") != 0;
    o->pycache_prefix = variable(o, "PYTHONPYCACHEPREFIX");
    if (!o->random_hash) o->hash_seed = variable(o, "PYTHONHASHSEED");
    read_x_options(o);
    order_warnings(o);
    return read_int_digits(o) < 0 || read_utf8_mode(o) < 0 ? -1 : 0;
}
