/* Module mmap: files and anonymous memory as mutable bytes.
 *
 * Mapped memory is outside the heap, shared with other processes and never put back by an abort: what touches it is inevitable first. The
 * mapping stays where it is while buffers are held (exports). */
#define _GNU_SOURCE
#include "vm/audit.h"
#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include "vm/objects/bytes.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY };

static PyMmap GS *map_of(Value v) { return REF(PyMmap, v); }

/* The mapped memory, after the transaction has become inevitable; 0 with an exception. */
static uint8_t *enter(Value self) {
    VM_C_SAFEPOINT(stm_become_inevitable("mmap"));
    int64_t address = GET(map_of(self), address);
    return address ? (uint8_t *)address : (uint8_t *)py_raise(TYPE_ValueError, "mmap closed or invalid");
}
static uint8_t *enter_to_write(Value self) {
    uint8_t *data = enter(self);
    if (data && map_of(self)->access == ACCESS_READ) return (uint8_t *)py_raise(TYPE_TypeError, "mmap can't modify a readonly memory map.");
    return data;
}

/* ---- making -------------------------------------------------------------------------------------------------------------------- */

typedef struct Mapping {
    int fd, flags, prot, access;
    int64_t size, offset;
} Mapping;

static int access_of(Mapping *m) {
    switch (m->access) {
    case ACCESS_READ: m->flags = MAP_SHARED, m->prot = PROT_READ; return 0;
    case ACCESS_WRITE: m->flags = MAP_SHARED, m->prot = PROT_READ | PROT_WRITE; return 0;
    case ACCESS_COPY: m->flags = MAP_PRIVATE, m->prot = PROT_READ | PROT_WRITE; return 0;
    case ACCESS_DEFAULT:
        if (!(m->prot & PROT_WRITE)) m->access = ACCESS_READ;
        else if (!(m->prot & PROT_READ)) m->access = ACCESS_WRITE;
        return 0;
    default: return py_raise_int(TYPE_ValueError, "mmap invalid access parameter.");
    }
}

/* Check the size against the file's, which a size of 0 stands for. */
static int fit_file(Mapping *m) {
    struct stat st;
    if (m->fd == -1 || fstat(m->fd, &st) < 0 || !S_ISREG(st.st_mode)) return 0;
    if (m->size == 0) {
        if (st.st_size == 0) return py_raise_int(TYPE_ValueError, "cannot mmap an empty file");
        if (m->offset >= st.st_size) return py_raise_int(TYPE_ValueError, "mmap offset is greater than file size");
        m->size = st.st_size - m->offset;
    } else if (m->offset > st.st_size || st.st_size - m->offset < m->size) {
        return py_raise_int(TYPE_ValueError, "mmap length is greater than file size");
    }
    return 0;
}

static int mapping_arguments(Mapping *m, const Value *args) {
    *m = (Mapping){.flags = MAP_SHARED, .prot = PROT_READ | PROT_WRITE};
    if (int_argument(args[1], &m->fd) < 0) return -1;
    m->size = py_index_int64(args[2], "OverflowError");
    if ((m->size == -1 && py_error()) || (args[3] && int_argument(args[3], &m->flags) < 0) || (args[4] && int_argument(args[4], &m->prot) < 0) ||
        (args[5] && int_argument(args[5], &m->access) < 0))
        return -1;
    m->offset = args[6] ? py_index_int64(args[6], "OverflowError") : 0;
    if (m->offset == -1 && py_error()) return -1;
    if (m->size < 0) return py_raise_int(TYPE_OverflowError, "memory mapped length must be positive");
    if (m->offset < 0) return py_raise_int(TYPE_OverflowError, "memory mapped offset must be positive");
    if (m->access != ACCESS_DEFAULT && (m->flags != MAP_SHARED || m->prot != (PROT_READ | PROT_WRITE)))
        return py_raise_int(TYPE_ValueError, "mmap can't specify both access and flags, prot.");
    return access_of(m);
}

static Value mmap_new(const Value *args, size_t nargs, Value kwnames) {
    (void)nargs, (void)kwnames;
    Mapping m;
    if (mapping_arguments(&m, args) < 0) return 0;
    if (VM_AUDIT("mmap.__new__", py_tuple_pack(4, int_make(m.fd), int_make(m.size), int_make(m.access), int_make(m.offset))) < 0 || fit_file(&m) < 0) return 0;
    Value self = py_alloc(args[0], 0);
    if (!self) return 0;
    gc_finalizer_register(self);
    VM_C_SAFEPOINT(stm_become_inevitable("mmap"));
    int fd = -1;
    if (m.fd != -1) SYSTEM_CALL(fd, fcntl(m.fd, F_DUPFD_CLOEXEC, 0));
    if (m.fd != -1 && fd < 0) return posix_error();
    void *address = mmap(0, (size_t)m.size, m.prot, m.flags | (fd < 0 ? MAP_ANONYMOUS : 0), fd, m.offset);
    if (address == MAP_FAILED) {
        posix_error();
        if (fd >= 0) close(fd);
        return 0;
    }
    PyMmap GS *map = map_of(self);
    SET(map, address, (int64_t)address);
    SET(map, size, m.size);
    SET(map, fd, fd);
    SET(map, offset, m.offset);
    SET(map, access, m.access);
    return self;
}

static void unmap(Value self) {
    PyMmap GS *map = map_of(self);
    int64_t address = GET(map, address), fd = GET(map, fd);
    if (!address) return;
    munmap((void *)address, (size_t)GET(map, size));
    if (fd >= 0) close((int)fd);
    SET(map, address, 0);
    SET(map, fd, -1);
}
FUNCTION(mmap_del) {
    VM_C_SAFEPOINT(stm_become_inevitable("mmap"));
    unmap(args[0]);
    return VM_NONE;
}
FUNCTION(mmap_close) {
    VM_C_SAFEPOINT(stm_become_inevitable("mmap"));
    if (GET(map_of(args[0]), exports) > 0) return py_raise(TYPE_BufferError, "cannot close exported pointers exist");
    unmap(args[0]);
    return VM_NONE;
}

/* ---- reading and writing at the position --------------------------------------------------------------------------------------------- */

static int64_t rest_of(Value self) {
    int64_t rest = GET(map_of(self), size) - GET(map_of(self), position);
    return rest > 0 ? rest : 0;
}
static Value take(Value self, const uint8_t *data, int64_t count) {
    int64_t position = GET(map_of(self), position);
    Value bytes = py_bytes_new(count ? data + position : (const uint8_t *)"", (size_t)count);
    if (bytes) SET(map_of(self), position, position + count);
    return bytes;
}
FUNCTION(mmap_read) {
    int64_t count = args[1] && args[1] != VM_NONE ? py_index_int64(args[1], "OverflowError") : -1;
    if (count == -1 && py_error()) return 0;
    uint8_t *data = enter(args[0]);
    if (!data) return 0;
    int64_t rest = rest_of(args[0]);
    return take(args[0], data, count < 0 || count > rest ? rest : count);
}
FUNCTION(mmap_readline) {
    uint8_t *data = enter(args[0]);
    if (!data) return 0;
    int64_t rest = rest_of(args[0]);
    const uint8_t *start = data + GET(map_of(args[0]), position), *end = rest ? memchr(start, '\n', (size_t)rest) : 0;
    return take(args[0], data, end ? end + 1 - start : rest);
}
FUNCTION(mmap_read_byte) {
    uint8_t *data = enter(args[0]);
    if (!data) return 0;
    int64_t position = GET(map_of(args[0]), position);
    if (position >= GET(map_of(args[0]), size)) return py_raise(TYPE_ValueError, "read byte out of range");
    SET(map_of(args[0]), position, position + 1);
    return int_make(data[position]);
}
FUNCTION(mmap_write) {
    PyBuffer view;
    if (!enter(args[0]) || py_get_buffer(args[1], &view, false) < 0) return 0;
    uint8_t *data = enter_to_write(args[0]); /* getting the buffer may have closed the map */
    int64_t position = GET(map_of(args[0]), position), size = GET(map_of(args[0]), size), length = view.length;
    bool fits = position <= size && length <= size - position;
    if (data && fits) {
        memmove(data + position, view.data, (size_t)length);
        SET(map_of(args[0]), position, position + length);
    }
    py_release_buffer(&view);
    return !data ? 0 : fits ? int_make(length) : py_raise(TYPE_ValueError, "data out of range");
}
static int byte_argument(Value v, uint8_t *byte) {
    int64_t number = py_index_int64(v, "OverflowError");
    if (number == -1 && py_error()) return -1;
    if (number < 0) return py_raise_int(TYPE_OverflowError, "unsigned byte integer is less than minimum");
    if (number > 255) return py_raise_int(TYPE_OverflowError, "unsigned byte integer is greater than maximum");
    *byte = (uint8_t)number;
    return 0;
}
FUNCTION(mmap_write_byte) {
    uint8_t byte = 0;
    if (byte_argument(args[1], &byte) < 0) return 0;
    uint8_t *data = enter_to_write(args[0]);
    if (!data) return 0;
    int64_t position = GET(map_of(args[0]), position);
    if (position >= GET(map_of(args[0]), size)) return py_raise(TYPE_ValueError, "write byte out of range");
    data[position] = byte;
    SET(map_of(args[0]), position, position + 1);
    return VM_NONE;
}
FUNCTION(mmap_seek) {
    int how = SEEK_SET;
    int64_t distance = py_index_int64(args[1], "OverflowError");
    if ((distance == -1 && py_error()) || (args[2] && int_argument(args[2], &how) < 0) || !enter(args[0])) return 0;
    int64_t size = GET(map_of(args[0]), size), base = how == SEEK_SET ? 0 : how == SEEK_CUR ? GET(map_of(args[0]), position) : size, to;
    if (how < SEEK_SET || how > SEEK_END) return py_raise(TYPE_ValueError, "unknown seek type");
    if (__builtin_add_overflow(base, distance, &to) || to < 0 || to > size) return py_raise(TYPE_ValueError, "seek out of range");
    SET(map_of(args[0]), position, to);
    return VM_NONE;
}
FUNCTION(mmap_tell) { return enter(args[0]) ? int_make(GET(map_of(args[0]), position)) : 0; }

/* ---- the whole --------------------------------------------------------------------------------------------------------------------------- */

/* find and rfind: from `start` (the position) to `end` (the size). */
static Value find(const Value *args, bool last) {
    PyBuffer view;
    uint8_t *data = enter(args[0]);
    if (!data) return 0;
    int64_t size = GET(map_of(args[0]), size), start = GET(map_of(args[0]), position), end = size;
    if (args[2]) start = py_index_int64(args[2], 0);
    if (!py_error() && args[3]) end = py_index_int64(args[3], 0);
    if (py_error() || py_get_buffer(args[1], &view, false) < 0) return 0;
    if (start < 0) start = start + size < 0 ? 0 : start + size;
    if (end < 0) end = end + size < 0 ? 0 : end + size;
    if (end > size) end = size;
    data = enter(args[0]);
    int64_t found = -1, n = view.length;
    for (int64_t i = last ? end - n : start; data && i >= start && i <= end - n; i += last ? -1 : 1) {
        const uint8_t *hit = last ? data + i : memmem(data + i, (size_t)(end - i), view.data, (size_t)n);
        if (!hit) break;
        if (last && memcmp(hit, view.data, (size_t)n) != 0) continue;
        found = hit - data;
        break;
    }
    py_release_buffer(&view);
    return data ? int_make(found) : 0;
}
FUNCTION(mmap_find) { return find(args, false); }
FUNCTION(mmap_rfind) { return find(args, true); }

FUNCTION(mmap_move) {
    int64_t to = py_index_int64(args[1], "OverflowError"), from = py_error() ? 0 : py_index_int64(args[2], "OverflowError");
    int64_t count = py_error() ? 0 : py_index_int64(args[3], "OverflowError");
    uint8_t *data = py_error() ? 0 : enter_to_write(args[0]);
    if (!data) return 0;
    int64_t size = GET(map_of(args[0]), size);
    if (to < 0 || from < 0 || count < 0 || size - to < count || size - from < count) return py_raise(TYPE_ValueError, "source, destination, or count out of range");
    memmove(data + to, data + from, (size_t)count);
    return VM_NONE;
}
FUNCTION(mmap_size) {
    struct stat st;
    if (!enter(args[0])) return 0;
    int64_t fd = map_of(args[0])->fd;
    if (fd < 0) return int_make(GET(map_of(args[0]), size));
    return fstat((int)fd, &st) < 0 ? posix_error() : py_int_from_i64(st.st_size);
}
FUNCTION(mmap_flush) {
    int64_t offset = args[1] ? py_index_int64(args[1], "OverflowError") : 0;
    uint8_t *data = offset == -1 && py_error() ? 0 : enter(args[0]);
    if (!data) return 0;
    int64_t size = GET(map_of(args[0]), size), length = args[2] ? py_index_int64(args[2], "OverflowError") : size;
    if (length == -1 && py_error()) return 0;
    if (size < offset || size - offset < length || offset < 0 || length < 0) return py_raise(TYPE_ValueError, "flush values out of range");
    int64_t access = map_of(args[0])->access;
    if (access == ACCESS_READ || access == ACCESS_COPY) return VM_NONE;
    return msync(data + offset, (size_t)length, MS_SYNC) < 0 ? posix_error() : VM_NONE;
}
FUNCTION(mmap_madvise) {
    int option;
    uint8_t *data = int_argument(args[1], &option) < 0 ? 0 : enter(args[0]);
    if (!data) return 0;
    int64_t size = GET(map_of(args[0]), size), start = args[2] ? py_index_int64(args[2], "OverflowError") : 0;
    int64_t length = py_error() ? 0 : args[3] ? py_index_int64(args[3], "OverflowError") : size;
    if (py_error()) return 0;
    if (start < 0 || start >= size) return py_raise(TYPE_ValueError, "madvise start out of bounds");
    if (length < 0) return py_raise(TYPE_ValueError, "madvise length invalid");
    if (INT64_MAX - start < length) return py_raise(TYPE_OverflowError, "madvise length too large");
    if (start + length > size) length = size - start;
    return madvise(data + start, (size_t)length, option) < 0 ? posix_error() : VM_NONE;
}
FUNCTION(mmap_resize) {
    int64_t size = py_index_int64(args[1], "OverflowError");
    uint8_t *data = size == -1 && py_error() ? 0 : enter(args[0]);
    if (!data) return 0;
    PyMmap GS *map = map_of(args[0]);
    if (GET(map, exports) > 0) return py_raise(TYPE_BufferError, "mmap can't resize with extant pointers exported.");
    if (map->access != ACCESS_WRITE && map->access != ACCESS_DEFAULT) return py_raise(TYPE_TypeError, "mmap can't resize a readonly or copy-on-write memory map.");
    if (size < 0 || INT64_MAX - size < map->offset) return py_raise(TYPE_ValueError, "new size out of range");
    if (map->fd >= 0 && ftruncate((int)map->fd, map->offset + size) < 0) return posix_error();
    void *address = mremap(data, (size_t)GET(map, size), (size_t)size, MREMAP_MAYMOVE);
    if (address == MAP_FAILED) return posix_error();
    SET(map, address, (int64_t)address);
    SET(map, size, size);
    return VM_NONE;
}
FUNCTION(mmap_enter) { return enter(args[0]) ? args[0] : 0; }
FUNCTION(mmap_exit) { return py_call_method(args[0], "close", 0, 0) ? VM_NONE : 0; }
FUNCTION(mmap_sizeof) { return int_make((int64_t)sizeof(PyMmap)); }
static Value mmap_closed(Value self) { return vm_bool(!GET(map_of(self), address)); }

static Value mmap_repr(Value self) {
    static const char *const names[] = {"ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"};
    PyMmap GS *map = map_of(self);
    Value name = py_getattr_c(py_type_of(self), "__module__"), type = py_type_name(py_type_of(self));
    if (!name || !type) return 0;
    if (!GET(map, address)) return py_str_format("<%S.%S closed=True>", name, type);
    return py_str_format("<%S.%S closed=False, access=%s, length=%ld, pos=%ld, offset=%ld>", name, type, names[map->access], (long)GET(map, size),
                         (long)GET(map, position), (long)map->offset);
}

/* ---- as a sequence of bytes ---------------------------------------------------------------------------------------------------------------- */

static int64_t mmap_length(Value self) { return enter(self) ? GET(map_of(self), size) : -1; }

static int index_in(Value self, Value key, int64_t *index) {
    *index = py_index_int64(key, "IndexError");
    if (*index == -1 && py_error()) return -1;
    if (!enter(self)) return -1; /* __index__ may have closed it */
    int64_t size = GET(map_of(self), size);
    if (*index < 0) *index += size;
    return *index < 0 || *index >= size ? py_raise_int(TYPE_IndexError, "mmap index out of range") : 0;
}
static bool is_index(Value key) { return py_is_int(key) || py_type_lookup(py_type_of(key), NAME(__index__)); }

static Value mmap_getitem(Value self, Value key) {
    int64_t index, start, stop, step, count;
    if (!enter(self)) return 0;
    if (is_index(key)) return index_in(self, key, &index) < 0 ? 0 : int_make(((uint8_t *)map_of(self)->address)[index]);
    if (!is_exactly(key, TYPE_SLICE)) return py_raise(TYPE_TypeError, "mmap indices must be integers");
    if (py_slice_indices(key, GET(map_of(self), size), &start, &stop, &step, &count) < 0) return 0;
    uint8_t *data = enter(self);
    Value bytes = data ? py_bytes_new(0, (size_t)count) : 0;
    if (!bytes) return 0;
    uint8_t *out = stm_flat(bytes_data(bytes), (size_t)count, true);
    for (int64_t i = 0; i < count; i++) out[i] = data[start + i * step];
    return bytes;
}

static int assign_slice(Value self, Value key, Value value) {
    int64_t start, stop, step, count;
    PyBuffer view;
    if (py_slice_indices(key, GET(map_of(self), size), &start, &stop, &step, &count) < 0 || py_get_buffer(value, &view, false) < 0) return -1;
    uint8_t *data = enter(self);
    int status = !data ? -1 : view.length != count ? py_raise_int(TYPE_IndexError, "mmap slice assignment is wrong size") : 0;
    if (status == 0 && step == 1) memmove(data + start, view.data, (size_t)count);
    else if (status == 0)
        for (int64_t i = 0; i < count; i++) data[start + i * step] = ((uint8_t *)view.data)[i];
    py_release_buffer(&view);
    return status;
}
static int mmap_setitem(Value self, Value key, Value value) {
    int64_t index;
    if (!enter_to_write(self)) return -1;
    if (is_exactly(key, TYPE_SLICE)) return value ? assign_slice(self, key, value) : py_raise_int(TYPE_TypeError, "mmap object doesn't support slice deletion");
    if (!is_index(key)) return py_raise_int(TYPE_TypeError, "mmap indices must be integers");
    if (index_in(self, key, &index) < 0) return -1;
    if (!value) return py_raise_int(TYPE_TypeError, "mmap object doesn't support item deletion");
    if (!is_index(value)) return py_raise_int(TYPE_TypeError, "mmap item value must be an int");
    int64_t number = py_index_int64(value, "OverflowError");
    if (number == -1 && py_error()) return -1;
    if (number < 0 || number > 255) return py_raise_int(TYPE_ValueError, "mmap item value must be in range(0, 256)");
    uint8_t *data = enter(self);
    if (!data) return -1;
    data[index] = (uint8_t)number;
    return 0;
}

static int mmap_get_buffer(Value self, PyBuffer *buffer, bool writable) {
    uint8_t *data = enter(self);
    if (!data) return -1;
    PyMmap GS *map = map_of(self);
    if (writable && map->access == ACCESS_READ) return py_raise_int(TYPE_BufferError, "Object is not writable.");
    buffer->data = data;
    buffer->length = GET(map, size);
    buffer->readonly = map->access == ACCESS_READ;
    SET(map, exports, GET(map, exports) + 1);
    return 0;
}
static void mmap_release_buffer(Value self, PyBuffer *buffer) {
    (void)buffer;
    SET(map_of(self), exports, GET(map_of(self), exports) - 1);
}

#define ROW(name, signature) {#name, "($self, " signature ")", mmap_##name, 0, 0}
static const PyMethodDef mmap_methods[] = {
    ROW(close, "/"), ROW(find, "sub, start=None, end=None, /"), ROW(rfind, "sub, start=None, end=None, /"), ROW(flush, "offset=0, size=-1, /"),
    ROW(madvise, "option, start=0, length=None, /"), ROW(move, "dest, src, count, /"), ROW(read, "n=None, /"), ROW(read_byte, "/"), ROW(readline, "/"),
    ROW(resize, "newsize, /"), ROW(seek, "pos, whence=0, /"), ROW(size, "/"), ROW(tell, "/"), ROW(write, "bytes, /"), ROW(write_byte, "byte, /"),
    {"__enter__", "($self, /)", mmap_enter, 0, 0}, {"__exit__", "($self, /, *args)", mmap_exit, 0, 0}, {"__sizeof__", "($self, /)", mmap_sizeof, 0, 0},
    {"__del__", "($self, /)", mmap_del, 0, 0}, {0}};
static const PyGetSetDef mmap_getsets[] = {{"closed", mmap_closed, 0, 0}, {0}};
const PyTypeSpec py_spec_mmap = {.doc = "Maps length bytes from the file specified by the file handle fileno, and returns a mmap object.",
                                 .slots = {.repr = mmap_repr, .length = mmap_length, .getitem = mmap_getitem, .setitem = mmap_setitem,
                                           .get_buffer = mmap_get_buffer, .release_buffer = mmap_release_buffer},
                                 .methods = mmap_methods,
                                 .getsets = mmap_getsets,
                                 .raw_words = 7,
                                 .new_signature = "(fileno, length, flags=MAP_SHARED, prot=PROT_WRITE|PROT_READ, access=ACCESS_DEFAULT, offset=0)",
                                 .new_fn = mmap_new,
                                 .module = "mmap"};

static const PyMethodDef mmap_functions[] = {{0}};
#define C CONSTANT
static const IntConstant constants[] = {
    C(ACCESS_DEFAULT), C(ACCESS_READ), C(ACCESS_WRITE), C(ACCESS_COPY), C(PROT_EXEC), C(PROT_READ), C(PROT_WRITE), C(MAP_SHARED), C(MAP_PRIVATE), C(MAP_DENYWRITE),
    C(MAP_EXECUTABLE), C(MAP_ANON), C(MAP_ANONYMOUS), C(MAP_POPULATE), C(MAP_STACK), C(MAP_NORESERVE), C(MADV_NORMAL), C(MADV_RANDOM), C(MADV_SEQUENTIAL), C(MADV_WILLNEED),
    C(MADV_DONTNEED), C(MADV_REMOVE), C(MADV_DONTFORK), C(MADV_DOFORK), C(MADV_HWPOISON), C(MADV_MERGEABLE), C(MADV_UNMERGEABLE),
    C(MADV_HUGEPAGE), C(MADV_NOHUGEPAGE), C(MADV_DONTDUMP), C(MADV_DODUMP), C(MADV_FREE)};
#undef C
static int mmap_init(Value module) {
    int64_t page = sysconf(_SC_PAGESIZE);
    return ADD_CONSTANTS(module, constants) < 0 || py_module_add(module, "PAGESIZE", int_make(page)) < 0 ||
                   py_module_add(module, "ALLOCATIONGRANULARITY", int_make(page)) < 0 || py_module_add(module, "error", py_type(TYPE_OSError)) < 0
               ? -1
               : py_module_add_type(module, TYPE_MMAP);
}
const PyModuleDef py_module_mmap = {.functions = mmap_functions, .init = mmap_init};
