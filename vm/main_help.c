/* What --help and its kin print. */
#include "vm/main_options.h"

static const char usage_text[] =
    "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\n";

static const char options_text[] =
    "Options (as python3's):\n"
    "-b     : warn about str() of bytes and comparing bytes with str (-bb: errors)\n"
    "-B     : don't write .pyc files on import; also PYTHONDONTWRITEBYTECODE=x\n"
    "-c cmd : program passed in as string (terminates option list)\n"
    "-E     : ignore PYTHON* environment variables (such as PYTHONPATH)\n"
    "-h     : print this help message and exit (also -? or --help)\n"
    "-i     : prompt after running the program; prompt though stdin is no terminal\n"
    "-I     : isolate Weft from the user's environment (implies -E -P -s)\n"
    "-m mod : run library module as a script (terminates option list)\n"
    "-O     : remove assert and __debug__-dependent statements; -OO: docstrings too\n"
    "-P     : don't prepend a potentially unsafe path to sys.path\n"
    "-q     : don't print version and copyright messages on interactive startup\n"
    "-s     : don't add user site directory to sys.path; also PYTHONNOUSERSITE=x\n"
    "-S     : don't imply 'import site' on initialization\n"
    "-u     : force the stdout and stderr streams to be unbuffered\n"
    "-v     : trace import statements; also PYTHONVERBOSE=x\n"
    "-V     : print the Weft version number and exit (also --version)\n"
    "-W arg : warning control; arg is action:message:category:module:lineno\n"
    "-x     : skip first line of source\n"
    "-X opt : set implementation-specific option (--help-xoptions)\n"
    "--check-hash-based-pycs always|default|never: whether to compare .pyc to source\n"
    "--help-env, --help-xoptions, --help-all: print more help\n"
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

static const char environment_text[] =
    "Environment variables that change behavior:\n"
    "PYTHONSTARTUP   : file executed on interactive startup (no default)\n"
    "PYTHONPATH      : ':'-separated list of directories prefixed to sys.path\n"
    "PYTHONHOME      : directory whose lib/python3.11 is the standard library\n"
    "PYTHONPLATLIBDIR: sys.platlibdir\n"
    "PYTHONSAFEPATH  : don't prepend a potentially unsafe path to sys.path (-P)\n"
    "PYTHONUTF8      : 1 turns the UTF-8 mode on, 0 off\n"
    "PYTHONIOENCODING: encoding[:errors] used for stdin, stdout, stderr\n"
    "PYTHONFAULTHANDLER: enable the fault handler\n"
    "PYTHONHASHSEED  : 'random', or a number that seeds the hashes of str and bytes\n"
    "PYTHONINTMAXSTRDIGITS: digits of an int that may be converted to or from text; 0: no limit\n"
    "PYTHONBREAKPOINT: callable that breakpoint() calls; 0: none\n"
    "PYTHONDEVMODE   : development mode (-X dev)\n"
    "PYTHONPYCACHEPREFIX: root directory for bytecode cache files\n"
    "PYTHONWARNDEFAULTENCODING: warn where the locale's encoding is used (-X warn_default_encoding)\n"
    "PYTHONDEBUG, PYTHONDONTWRITEBYTECODE, PYTHONINSPECT, PYTHONNOUSERSITE, PYTHONOPTIMIZE,\n"
    "PYTHONUNBUFFERED, PYTHONVERBOSE, PYTHONWARNINGS: as -d -B -i -s -O -u -v -W\n";

static const char x_options_text[] =
    "Implementation-specific options:\n"
    "-X dev: development mode: default warning filter, fault handler\n"
    "-X faulthandler: enable the fault handler\n"
    "-X importtime: show how long each import takes; also PYTHONPROFILEIMPORTTIME=x\n"
    "-X int_max_str_digits=N: digits of an int that may be converted to or from text\n"
    "-X pycache_prefix=PATH: write .pyc files to a parallel tree\n"
    "-X utf8[=0|1]: UTF-8 mode on or off\n"
    "-X warn_default_encoding: warn where the locale's encoding is used\n";

void main_help(FILE *out, const char *program, unsigned parts) {
    if (parts & HELP_USAGE) fprintf(out, usage_text, program);
    if (parts & HELP_OPTIONS) fputs(options_text, out);
    if (parts & HELP_ENVIRONMENT) fputs(environment_text, out);
    if (parts & HELP_X_OPTIONS) fputs(x_options_text, out);
}
