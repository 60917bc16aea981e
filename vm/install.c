/* Where the running program is. A virtual environment (PEP 405) has a file pyvenv.cfg beside the program or one directory up; its
 * program is a link to the real one or a copy. */
#include "vm/install.h"
#include "vm/runtime.h"
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

VmInstall vm_install = {.base_prefix = "/usr"};

/* directory/name into `out`, if both fit. */
static bool join(char *out, const char *directory, size_t length, const char *name) {
    return (size_t)snprintf(out, PATH_MAX, "%.*s/%s", (int)length, directory, name) < PATH_MAX;
}

static bool found_on_path(char *out, const char *name) {
    const char *path = getenv("PATH");
    while (path && *path) {
        size_t length = strcspn(path, ":");
        if (length && join(out, path, length, name) && access(out, X_OK) == 0) return true;
        path += length + (path[length] == ':');
    }
    return false;
}

static void find_executable(const char *program) {
    char *out = vm_install.executable;
    static char directory[PATH_MAX];
    if (program[0] == '/') {
        snprintf(out, PATH_MAX, "%s", program);
    } else if (strchr(program, '/')) {
        while (strncmp(program, "./", 2) == 0) program += 2;
        if (!getcwd(directory, sizeof directory) || !join(out, directory, strlen(directory), program)) out[0] = 0;
    } else if (!*program || !found_on_path(out, program)) {
        out[0] = 0;
        return;
    }
    if (access(out, X_OK) != 0 && !realpath("/proc/self/exe", out)) out[0] = 0;
}

/* Is there a pyvenv.cfg that names a home in the `length` first characters of the program's path? */
static bool is_environment(const char *directory, size_t length) {
    static char path[PATH_MAX];
    char line[1024];
    if (!join(path, directory, length, "pyvenv.cfg")) return false;
    FILE *file = fopen(path, "re");
    bool home = false;
    while (file && !home && fgets(line, sizeof line, file)) {
        char *key = line + strspn(line, " \t");
        home = strncasecmp(key, "home", 4) == 0 && key[4 + strspn(key + 4, " \t")] == '=';
    }
    if (file) fclose(file);
    return home;
}

static size_t parent(const char *path, size_t length) {
    while (length && path[length - 1] != '/') length--;
    while (length > 1 && path[length - 1] == '/') length--;
    return length;
}

void vm_install_init(const char *program) {
    const char *home = vm_options.ignore_environment ? 0 : getenv("PYTHONHOME");
    if (home && *home) snprintf(vm_install.base_prefix, PATH_MAX, "%.*s", (int)strcspn(home, ":"), home);
    find_executable(program);
    strcpy(vm_install.prefix, vm_install.base_prefix);
    strcpy(vm_install.base_executable, vm_install.executable);
    const char *path = vm_install.executable;
    size_t bin = parent(path, strlen(path)), top = parent(path, bin);
    size_t environment = bin && is_environment(path, bin) ? bin : top && is_environment(path, top) ? top : 0;
    if (!environment) return;
    snprintf(vm_install.prefix, PATH_MAX, "%.*s", (int)environment, path);
    if (!realpath("/proc/self/exe", vm_install.base_executable)) vm_install.base_executable[0] = 0;
}
