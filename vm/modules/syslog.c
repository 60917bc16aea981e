/* Module syslog. */
#include "vm/audit.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include "vm/runtime.h"
#include <syslog.h>

static bool is_open;
static char identity[256]; /* openlog keeps the address */

static int open_log(Value ident, Value option, Value facility) {
    int options = 0, where = LOG_USER;
    Path name = {.text = ""};
    if ((option && int_argument(option, &options) < 0) || (facility && int_argument(facility, &where) < 0)) return -1;
    if (ident && path_init(&name, ident, "openlog", "ident", 0) < 0) return -1;
    if (!ident) {
        Value argv = vm_sys_get("argv"), first = argv && py_is_list(argv) && py_list_length(argv) ? py_list_item(argv, 0) : 0;
        if (first && py_is_str(first) && path_init(&name, first, "openlog", "ident", 0) < 0) return -1;
    }
    const char *slash = strrchr(name.text, '/'), *shown = !ident && slash ? slash + 1 : name.text;
    Value event_name = *shown ? py_decode_fs(shown, strlen(shown)) : VM_NONE;
    if (VM_AUDIT("syslog.openlog", py_tuple_pack(3, event_name, int_make(options), int_make(where))) < 0) return -1;
    VM_C_SAFEPOINT(stm_become_inevitable("syslog"));
    snprintf(identity, sizeof identity, "%.255s", shown);
    openlog(*identity ? identity : 0, options, where);
    is_open = true;
    return 0;
}
FUNCTION(syslog_openlog) { return open_log(args[0], args[1], args[2]) < 0 ? 0 : VM_NONE; }
FUNCTION(syslog_syslog) { /* syslog([priority,] message) */
    int priority = LOG_INFO;
    if (nargs < 1 || nargs > 2 || (kwnames && tuple_length(kwnames))) return py_raise(TYPE_TypeError, "syslog.syslog requires 1 to 2 arguments");
    if (nargs == 2 && int_argument(args[0], &priority) < 0) return 0;
    if (!py_is_str(args[nargs - 1])) return py_raise(TYPE_TypeError, "syslog() argument %zu must be str, not %T", nargs, args[nargs - 1]);
    const char *text = py_str_utf8(args[nargs - 1], 0);
    char copy[8192];
    if (!text) return 0;
    snprintf(copy, sizeof copy, "%s", text);
    if (VM_AUDIT("syslog.syslog", py_tuple_pack(2, int_make(priority), args[nargs - 1])) < 0) return 0;
    if (!is_open && open_log(0, 0, 0) < 0) return 0;
    VM_DETACHED("syslog", syslog(priority, "%s", copy));
    return VM_NONE;
}
FUNCTION(syslog_closelog) {
    if (VM_AUDIT("syslog.closelog", 0) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("syslog"));
    if (is_open) closelog();
    is_open = false;
    return VM_NONE;
}
FUNCTION(syslog_setlogmask) {
    int mask;
    if (int_argument(args[0], &mask) < 0 || VM_AUDIT("syslog.setlogmask", py_tuple_pack(1, args[0])) < 0) return 0;
    VM_C_SAFEPOINT(stm_become_inevitable("syslog"));
    return int_make(setlogmask(mask));
}
FUNCTION(syslog_log_mask) {
    int priority;
    return int_argument(args[0], &priority) < 0 ? 0 : int_make(LOG_MASK(priority));
}
FUNCTION(syslog_log_upto) {
    int priority;
    return int_argument(args[0], &priority) < 0 ? 0 : int_make(LOG_UPTO(priority));
}
static const PyMethodDef syslog_functions[] = {
    {"openlog", "($module, /, ident=<unrepresentable>, logoption=0, facility=LOG_USER)", syslog_openlog, 0, 0},
    {"syslog", 0, syslog_syslog, 0, 0},
    {"closelog", "($module, /)", syslog_closelog, 0, 0},
    {"setlogmask", "($module, maskpri, /)", syslog_setlogmask, 0, 0},
    {"LOG_MASK", "($module, pri, /)", syslog_log_mask, 0, 0},
    {"LOG_UPTO", "($module, pri, /)", syslog_log_upto, 0, 0},
    {0}};
#define C CONSTANT
static const IntConstant constants[] = {
    C(LOG_EMERG), C(LOG_ALERT), C(LOG_CRIT), C(LOG_ERR), C(LOG_WARNING), C(LOG_NOTICE), C(LOG_INFO), C(LOG_DEBUG), C(LOG_PID), C(LOG_CONS), C(LOG_NDELAY), C(LOG_ODELAY),
    C(LOG_NOWAIT), C(LOG_PERROR), C(LOG_KERN), C(LOG_USER), C(LOG_MAIL), C(LOG_DAEMON), C(LOG_AUTH), C(LOG_LPR), C(LOG_LOCAL0), C(LOG_LOCAL1), C(LOG_LOCAL2),
    C(LOG_LOCAL3), C(LOG_LOCAL4), C(LOG_LOCAL5), C(LOG_LOCAL6), C(LOG_LOCAL7), C(LOG_SYSLOG), C(LOG_CRON), C(LOG_UUCP), C(LOG_NEWS), C(LOG_AUTHPRIV)};
#undef C
static int syslog_init(Value module) { return ADD_CONSTANTS(module, constants); }
const PyModuleDef py_module_syslog = {.functions = syslog_functions, .init = syslog_init};
