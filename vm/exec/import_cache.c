/* Where bytecode is kept when the source's folder cannot be written: in the user's cache folder, in a tree like that of
 * sys.pycache_prefix. Two methods of importlib's SourceFileLoader, in front of its own: _cache_bytecode writes there (as always into a
 * new file that then takes the old one's place), get_data reads there first.
 *
 * The folder must be the user's own: what others may write is not run. */
#include "vm/exec/safepoint.h"
#include "vm/objects/type.h"
#include "vm/runtime.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static Value own_get_data, own_cache_bytecode; /* importlib's */

/* XDG_CACHE_HOME/weft or ~/.cache/weft. False: there is none. */
static bool user_folder(char out[PATH_MAX]) {
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n = cache && *cache == '/' ? snprintf(out, PATH_MAX, "%s/weft", cache)
            : home && *home == '/' ? snprintf(out, PATH_MAX, "%s/.cache/weft", home)
                                   : 0;
    struct stat st;
    if (n <= 0 || n >= PATH_MAX) return false;
    return stat(out, &st) < 0 || st.st_uid == geteuid();
}

/* Can files be put into the folder, which need not exist yet? */
static bool can_write(const char *folder) {
    if (access(folder, W_OK) == 0) return true;
    if (errno != ENOENT) return false;
    const char *slash = strrchr(folder, '/');
    char parent[PATH_MAX];
    snprintf(parent, sizeof parent, "%.*s", slash ? (int)(slash - folder) : 1, slash ? folder : ".");
    return access(*parent ? parent : "/", W_OK) == 0;
}

/* /a/__pycache__/b.pyc: /home/u/.cache/weft/a/b.pyc, where /a/__pycache__ cannot be written. False: the path as it is. */
bool vm_import_cache_place(const char *path, char *out) {
    static const char part[] = "/__pycache__";
    char folder[PATH_MAX], user[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    if (vm_options.pycache_prefix || *path != '/' || length < sizeof part || length >= PATH_MAX) return false;
    snprintf(folder, sizeof folder, "%.*s", (int)length, path);
    if (strcmp(folder + length - strlen(part), part) != 0 || can_write(folder) || !user_folder(user)) return false;
    int n = snprintf(out, PATH_MAX, "%s%.*s%s", user, (int)(length - strlen(part)), path, slash);
    return n > 0 && n < PATH_MAX;
}

/* The place of a bytecode file as a str, or the path itself. */
static Value place_of(Value path) {
    char copy[PATH_MAX], place[PATH_MAX];
    size_t length;
    if (!py_is_str(path)) return path;
    const char *text = py_str_utf8(path, &length);
    if (!text) return py_error_clear(), path; /* surrogates: no name of a file that we would write */
    if (length < 4 || length >= sizeof copy || strcmp(text + length - 4, ".pyc") != 0) return path;
    memcpy(copy, text, length + 1);
    bool found;
    VM_DETACHED("access", found = vm_import_cache_place(copy, place));
    return found ? py_decode_fs(place, strlen(place)) : path;
}

static Value loader_get_data(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value place = place_of(args[1]);
    if (!place) return 0;
    if (place != args[1]) {
        Value data = py_call2(own_get_data, args[0], place);
        if (data || !py_error_is(TYPE_OSError)) return data;
        py_error_clear();
    }
    return py_call2(own_get_data, args[0], args[1]);
}

static Value loader_cache_bytecode(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Value place = place_of(args[2]);
    const Value own_args[] = {args[0], args[1], place, args[3]};
    return place ? py_call(own_cache_bytecode, own_args, 4, 0) : 0;
}

static const PyMethodDef loader_methods[] = {
    {"get_data", "($self, path, /)", loader_get_data, 0, "Return the data from path as raw bytes."},
    {"_cache_bytecode", "($self, source_path, bytecode_path, data, /)", loader_cache_bytecode, 0, 0}};

static int put_in_front(Value loader, const PyMethodDef *def, Value *own) {
    *own = py_getattr_c(loader, def->name);
    vm_root_register(own);
    Value method = *own ? py_method_descr_new(def, loader) : 0;
    return method ? py_setattr(loader, py_intern_c(def->name), method) : -1;
}

int vm_import_cache_init(Value bootstrap_external) {
    Value loader = py_getattr_c(bootstrap_external, "SourceFileLoader");
    return !loader || put_in_front(loader, &loader_methods[0], &own_get_data) < 0 ? -1
                                                                                 : put_in_front(loader, &loader_methods[1], &own_cache_bytecode);
}
