/* Modules pwd and grp: the databases of users and groups. */
#define _GNU_SOURCE
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <grp.h>
#include <pwd.h>

enum { ENTRY_ROOM = 16384 };

static Value text(const char *s) { return s ? py_decode_fs(s, strlen(s)) : VM_NONE; }

/* A user's or group's number; -1 when out of range, with *known false. */
static int id_argument(Value v, uint32_t *id, bool *known) {
    int64_t number = py_index_int64(v, "OverflowError");
    *known = number >= -1 && number <= UINT32_MAX;
    *id = (uint32_t)number;
    if (number != -1 || !py_error()) return 0;
    if (!py_error_is(TYPE_OverflowError)) return -1;
    py_error_clear();
    *known = false;
    return 0;
}
static int name_argument(Value v, const char *function, Path *name) {
    if (!py_is_str(v)) return py_raise_int(TYPE_TypeError, "%s() argument must be str, not %T", function, v);
    return path_init(name, v, function, "name", 0);
}

/* ---- pwd -------------------------------------------------------------------------------------------------------------- */

static const PyGetSetDef passwd_fields[] = {{"pw_name", structseq_get_0, 0, "user name"},   {"pw_passwd", structseq_get_1, 0, "password"},
                                            {"pw_uid", structseq_get_2, 0, "user id"},      {"pw_gid", structseq_get_3, 0, "group id"},
                                            {"pw_gecos", structseq_get_4, 0, "real name"},  {"pw_dir", structseq_get_5, 0, "home directory"},
                                            {"pw_shell", structseq_get_6, 0, "shell program"}, {0}};
STRUCTSEQ_SPEC(struct_passwd, "pwd.struct_passwd: Results from getpw*() routines.", passwd_fields, "pwd");

static Value passwd_entry(const struct passwd *p) {
    const Value fields[] = {text(p->pw_name), text(p->pw_passwd), int_make(p->pw_uid), int_make(p->pw_gid), text(p->pw_gecos), text(p->pw_dir), text(p->pw_shell)};
    return py_structseq_new(TYPE_STRUCT_PASSWD, fields, 7, 7);
}
FUNCTION(pwd_getpwuid) {
    uint32_t id;
    bool known;
    char room[ENTRY_ROOM];
    struct passwd entry, *found = 0;
    if (id_argument(args[0], &id, &known) < 0) return 0;
    if (known) VM_DETACHED("getpwuid", getpwuid_r(id, &entry, room, sizeof room, &found));
    return found ? passwd_entry(found) : py_raise(TYPE_KeyError, "getpwuid(): uid not found: %S", args[0]);
}
FUNCTION(pwd_getpwnam) {
    Path name;
    char room[ENTRY_ROOM];
    struct passwd entry, *found = 0;
    if (name_argument(args[0], "getpwnam", &name) < 0) return 0;
    VM_DETACHED("getpwnam", getpwnam_r(name.text, &entry, room, sizeof room, &found));
    return found ? passwd_entry(found) : py_raise(TYPE_KeyError, "getpwnam(): name not found: %R", args[0]);
}
FUNCTION(pwd_getpwall) {
    Value list = py_list_new(0);
    VM_C_SAFEPOINT(stm_become_inevitable("getpwall"));
    setpwent();
    for (struct passwd *p; list && (p = getpwent());) {
        Value entry = passwd_entry(p);
        if (!entry || py_list_append(list, entry) < 0) list = 0;
    }
    endpwent();
    return list;
}
static const PyMethodDef pwd_functions[] = {
    {"getpwuid", "($module, uidobj, /)", pwd_getpwuid, 0, "Return the password database entry for the given numeric user ID."},
    {"getpwnam", "($module, name, /)", pwd_getpwnam, 0, "Return the password database entry for the given user name."},
    {"getpwall", "($module, /)", pwd_getpwall, 0, "Return a list of all available password database entries, in arbitrary order."},
    {0}};
static int pwd_init(Value module) {
    py_structseq_register(TYPE_STRUCT_PASSWD, 7);
    return py_module_add_type(module, TYPE_STRUCT_PASSWD);
}
const PyModuleDef py_module_pwd = {.doc = "This module provides access to the Unix password database.", .functions = pwd_functions, .init = pwd_init};

/* ---- grp ----------------------------------------------------------------------------------------------------------------- */

static const PyGetSetDef group_fields[] = {{"gr_name", structseq_get_0, 0, "group name"}, {"gr_passwd", structseq_get_1, 0, "password"},
                                           {"gr_gid", structseq_get_2, 0, "group id"}, {"gr_mem", structseq_get_3, 0, "group members"}, {0}};
STRUCTSEQ_SPEC(struct_group, "grp.struct_group: Results from getgr*() routines.", group_fields, "grp");

static Value group_entry(const struct group *g) {
    Value members = py_list_new(0);
    for (char **p = g->gr_mem; members && *p; p++)
        if (py_list_append(members, text(*p)) < 0) return 0;
    const Value fields[] = {text(g->gr_name), text(g->gr_passwd), int_make(g->gr_gid), members};
    return members ? py_structseq_new(TYPE_STRUCT_GROUP, fields, 4, 4) : 0;
}
FUNCTION(grp_getgrgid) {
    uint32_t id;
    bool known;
    char room[ENTRY_ROOM];
    struct group entry, *found = 0;
    if (id_argument(args[0], &id, &known) < 0) return 0;
    if (known) VM_DETACHED("getgrgid", getgrgid_r(id, &entry, room, sizeof room, &found));
    return found ? group_entry(found) : py_raise(TYPE_KeyError, "getgrgid(): gid not found: %S", args[0]);
}
FUNCTION(grp_getgrnam) {
    Path name;
    char room[ENTRY_ROOM];
    struct group entry, *found = 0;
    if (name_argument(args[0], "getgrnam", &name) < 0) return 0;
    VM_DETACHED("getgrnam", getgrnam_r(name.text, &entry, room, sizeof room, &found));
    return found ? group_entry(found) : py_raise(TYPE_KeyError, "getgrnam(): name not found: %R", args[0]);
}
FUNCTION(grp_getgrall) {
    Value list = py_list_new(0);
    VM_C_SAFEPOINT(stm_become_inevitable("getgrall"));
    setgrent();
    for (struct group *g; list && (g = getgrent());) {
        Value entry = group_entry(g);
        if (!entry || py_list_append(list, entry) < 0) list = 0;
    }
    endgrent();
    return list;
}
static const PyMethodDef grp_functions[] = {
    {"getgrgid", "($module, /, id)", grp_getgrgid, 0, "Return the group database entry for the given numeric group ID."},
    {"getgrnam", "($module, /, name)", grp_getgrnam, 0, "Return the group database entry for the given group name."},
    {"getgrall", "($module, /)", grp_getgrall, 0, "Return a list of all available group entries, in arbitrary order."},
    {0}};
static int grp_init(Value module) {
    py_structseq_register(TYPE_STRUCT_GROUP, 4);
    return py_module_add_type(module, TYPE_STRUCT_GROUP);
}
const PyModuleDef py_module_grp = {.doc = "Access to the Unix group database.", .functions = grp_functions, .init = grp_init};
