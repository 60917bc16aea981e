/* Module _socket: messages with ancillary data: sendmsg, recvmsg, recvmsg_into. Several buffers travel as one, joined in C memory. */
#include "vm/modules/socket.h"
#include "vm/objects/builtin.h"
#include <stdlib.h>

enum { BUFFERS_MAX = 1024 };
typedef struct Message {
    FlatBytes data, control;
    size_t length, control_length; /* of what is sent, or room for what is received */
    SocketAddress address;
    int flags;
    struct msghdr header;
} Message;

static void message_free(Message *m) {
    flat_bytes_free(&m->data);
    flat_bytes_free(&m->control);
}
static int message_room(Message *m, size_t length, size_t control_length) {
    m->length = length;
    m->control_length = control_length;
    m->control.data = m->control.small;
    if (flat_bytes_room(&m->data, length) < 0) return -1;
    if (flat_bytes_room(&m->control, control_length) == 0) return 0;
    flat_bytes_free(&m->data);
    return -1;
}
static void fill_header(Message *m, struct iovec *vector) {
    *vector = (struct iovec){m->data.data, m->length};
    m->header = (struct msghdr){.msg_name = m->address.length ? &m->address.any : 0, .msg_namelen = m->address.length, .msg_iov = vector,
                                .msg_iovlen = 1, .msg_control = m->control_length ? m->control.data : 0, .msg_controllen = m->control_length};
}
static ssize_t do_send(int fd, void *context) {
    Message *m = context;
    struct iovec vector;
    fill_header(m, &vector);
    return VM_BLOCKING(SYS_sendmsg, fd, (long)&m->header, m->flags);
}
static ssize_t do_receive(int fd, void *context) {
    Message *m = context;
    struct iovec vector;
    m->address.length = sizeof m->address.storage;
    fill_header(m, &vector);
    ssize_t got = VM_BLOCKING(SYS_recvmsg, fd, (long)&m->header, m->flags);
    m->address.length = m->header.msg_namelen;
    return got;
}

/* ---- several buffers ------------------------------------------------------------------------------------------------------- */

/* A list of bytes-like objects from an iterable, and their bytes in all. */
static Value buffer_list(Value iterable, const char *message, bool writable, size_t *total) {
    Value list = py_iterable(iterable) ? py_list_from_iterable(iterable) : py_raise(TYPE_TypeError, "%s", message);
    if (!list) return 0;
    if (py_list_length(list) > BUFFERS_MAX) return py_raise_errno(EMSGSIZE, 0);
    *total = 0;
    for (int64_t i = 0; i < py_list_length(list); i++) {
        PyBuffer view;
        if ((writable ? writable_buffer(py_list_item(list, i), &view) : py_get_buffer(py_list_item(list, i), &view, false)) < 0) return 0;
        *total += (size_t)view.length;
        py_release_buffer(&view);
    }
    return list;
}
/* Copies between the buffers and `flat`, at most `length` bytes: a buffer may have changed its size meanwhile. */
static size_t copy_buffers(Value list, uint8_t *flat, size_t length, bool into_buffers) {
    size_t done = 0;
    for (int64_t i = 0; i < py_list_length(list) && done < length; i++) {
        PyBuffer view;
        if (py_get_buffer(py_list_item(list, i), &view, into_buffers) < 0) return done;
        size_t n = (size_t)view.length < length - done ? (size_t)view.length : length - done;
        if (into_buffers) memcpy(view.data, flat + done, n);
        else memcpy(flat + done, view.data, n);
        py_release_buffer(&view);
        done += n;
    }
    return done;
}

/* ---- ancillary data -------------------------------------------------------------------------------------------------------- */

/* (level, type, data) of each item as tuples of exact types, and the room they need. */
static Value control_list(Value iterable, size_t *room) {
    Value items = py_iterable(iterable) ? py_list_from_iterable(iterable) : py_raise(TYPE_TypeError, "sendmsg() argument 2 must be an iterable");
    *room = 0;
    for (int64_t i = 0; items && i < py_list_length(items); i++) {
        Value item = py_list_item(items, i);
        int level, type;
        if (!py_is_tuple(item) || tuple_length(item) != 3)
            return py_raise(TYPE_TypeError, "[sendmsg() ancillary data items]() argument must be 3-item sequence, not %T", item);
        if (int_argument(tuple_item(item, 0), &level) < 0 || int_argument(tuple_item(item, 1), &type) < 0) return 0;
        PyBuffer view;
        if (py_get_buffer(tuple_item(item, 2), &view, false) < 0) return 0;
        Value data = py_bytes_new(view.data, (size_t)view.length);
        py_release_buffer(&view);
        if (!data) return 0;
        py_list_set_item(items, i, py_tuple_pack(3, int_make(level), int_make(type), data));
        *room += CMSG_SPACE((size_t)REF(PyBytes, data)->length);
    }
    return items;
}
static void fill_control(Message *m, Value items) {
    uint8_t *at = m->control.data;
    memset(at, 0, m->control_length);
    for (int64_t i = 0; i < py_list_length(items); i++) {
        Value item = py_list_item(items, i), data = tuple_item(item, 2);
        PyBuffer view;
        if (py_get_buffer(data, &view, false) < 0) return; /* bytes: it has one */
        size_t length = (size_t)view.length;
        struct cmsghdr *header = (struct cmsghdr *)at;
        header->cmsg_len = CMSG_LEN(length);
        header->cmsg_level = (int)int_value(tuple_item(item, 0));
        header->cmsg_type = (int)int_value(tuple_item(item, 1));
        memcpy(CMSG_DATA(header), view.data, length);
        py_release_buffer(&view);
        at += CMSG_SPACE(length);
    }
}
static Value received_control(Message *m) {
    Value list = py_list_new(0);
    for (struct cmsghdr *header = CMSG_FIRSTHDR(&m->header); list && header; header = CMSG_NXTHDR(&m->header, header)) {
        size_t left = (size_t)((uint8_t *)m->header.msg_control + m->header.msg_controllen - CMSG_DATA(header));
        size_t length = header->cmsg_len < CMSG_LEN(0) ? 0 : header->cmsg_len - CMSG_LEN(0);
        Value data = py_bytes_new(CMSG_DATA(header), length < left ? length : left);
        Value item = data ? py_tuple_pack(3, int_make(header->cmsg_level), int_make(header->cmsg_type), data) : 0;
        if (!item || py_list_append(list, item) < 0) return 0;
    }
    return list;
}

/* ---- methods ------------------------------------------------------------------------------------------------------------------ */

Value socket_sendmsg(const Value *args, size_t nargs, Value kwnames) { /* buffers[, ancdata[, flags[, address]]] */
    (void)nargs, (void)kwnames;
    Message m = {.address.length = 0};
    size_t length, control_length = 0;
    Value buffers = buffer_list(args[1], "sendmsg() argument 1 must be an iterable", false, &length), control = 0;
    if (!buffers || (args[2] && !(control = control_list(args[2], &control_length)))) return 0;
    if (args[3] && int_argument(args[3], &m.flags) < 0) return 0;
    if (args[4] && args[4] != VM_NONE && address_from(&m.address, (int)GET(socket_of(args[0]), family), args[4], "sendmsg") < 0) return 0;
    if (message_room(&m, length, control_length) < 0) return 0;
    m.length = copy_buffers(buffers, m.data.data, length, false);
    if (control) fill_control(&m, control);
    ssize_t sent = socket_call(args[0], true, do_send, &m);
    message_free(&m);
    return sent < 0 ? 0 : int_make(sent);
}

/* data: what stands for it in the result. */
static Value receive(Value self, Message *m, Value buffers_or_0) {
    ssize_t got = socket_call(self, false, do_receive, m);
    if (got < 0) return 0;
    Value data = buffers_or_0 ? (copy_buffers(buffers_or_0, m->data.data, (size_t)got, true), int_make(got)) : py_bytes_new(m->data.data, (size_t)got);
    Value control = data ? received_control(m) : 0;
    Value address = m->address.length ? address_to(&m->address, (int)GET(socket_of(self), fd)) : VM_NONE;
    return control && address ? py_tuple_pack(4, data, control, int_make(m->header.msg_flags), address) : 0;
}
static int control_arguments(const Value *args, Message *m, int64_t *control_length) {
    *control_length = args[2] ? py_index_int64(args[2], "OverflowError") : 0;
    if ((*control_length == -1 && py_error()) || (args[3] && int_argument(args[3], &m->flags) < 0)) return -1;
    bool ok = *control_length >= 0 && *control_length <= INT32_MAX;
    return ok ? 0 : py_raise_int(TYPE_ValueError, "invalid ancillary data buffer length");
}
Value socket_recvmsg(const Value *args, size_t nargs, Value kwnames) { /* bufsize[, ancbufsize[, flags]] */
    (void)nargs, (void)kwnames;
    Message m = {.flags = 0};
    int64_t length = py_index_int64(args[1], "OverflowError"), control_length;
    if ((length == -1 && py_error()) || control_arguments(args, &m, &control_length) < 0) return 0;
    if (length < 0) return py_raise(TYPE_ValueError, "negative buffer size in recvmsg()");
    if (message_room(&m, (size_t)length, (size_t)control_length) < 0) return 0;
    Value result = receive(args[0], &m, 0);
    message_free(&m);
    return result;
}
Value socket_recvmsg_into(const Value *args, size_t nargs, Value kwnames) { /* buffers[, ancbufsize[, flags]] */
    (void)nargs, (void)kwnames;
    Message m = {.flags = 0};
    size_t length;
    int64_t control_length;
    Value buffers = buffer_list(args[1], "recvmsg_into() argument 1 must be an iterable", true, &length);
    if (!buffers || control_arguments(args, &m, &control_length) < 0 || message_room(&m, length, (size_t)control_length) < 0) return 0;
    Value result = receive(args[0], &m, buffers);
    message_free(&m);
    return result;
}
