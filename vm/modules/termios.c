/* Module termios: modes of terminals. */
#define _GNU_SOURCE
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <asm/ioctls.h>
#include <sys/ioctl.h>
#include <termios.h>

MODULE_EXCEPTION(termios_error, 0, "termios");

/* termios.error(errno, text). */
static Value terminal_error(void) {
    if (py_error()) return 0;
    Value args = py_tuple_pack(2, int_make(errno), py_str_c(strerror(errno)));
    Value exception = args ? py_call_kw(py_type(TYPE_TERMIOS_ERROR), args, 0) : 0;
    return exception ? py_raise_object(exception) : 0;
}

/* Control characters are bytes; without canonical mode two of them are numbers. */
static Value characters(const struct termios *mode) {
    Value list = py_list_new(0);
    for (int i = 0; list && i < NCCS; i++) {
        bool number = !(mode->c_lflag & ICANON) && (i == VMIN || i == VTIME);
        Value item = number ? int_make(mode->c_cc[i]) : py_bytes_new(&mode->c_cc[i], 1);
        if (!item || py_list_append(list, item) < 0) return 0;
    }
    return list;
}
FUNCTION(termios_tcgetattr) {
    int fd, result;
    struct termios mode;
    if (fd_argument(args[0], &fd) < 0) return 0;
    SYSTEM_CALL(result, tcgetattr(fd, &mode));
    if (result < 0) return terminal_error();
    Value cc = characters(&mode);
    const Value items[] = {int_make(mode.c_iflag), int_make(mode.c_oflag), int_make(mode.c_cflag), int_make(mode.c_lflag),
                           int_make(cfgetispeed(&mode)), int_make(cfgetospeed(&mode)), cc};
    return cc ? py_list_from(items, 7) : 0;
}

static int set_characters(struct termios *mode, Value list) {
    if (!py_is_list(list) || py_list_length(list) != NCCS)
        return py_raise_int(TYPE_TypeError, "tcsetattr: attributes[6] must be %d element list", NCCS);
    for (int i = 0; i < NCCS; i++) {
        Value item = py_list_item(list, i);
        int number;
        if (py_is_bytes(item) && REF(PyBytes, item)->length == 1) mode->c_cc[i] = *bytes_data(item);
        else if (!py_is_int(item)) return py_raise_int(TYPE_TypeError, "tcsetattr: elements of attributes must be characters or integers");
        else if (int_argument(item, &number) < 0) return -1;
        else mode->c_cc[i] = (cc_t)number;
    }
    return 0;
}
static int mode_from(struct termios *mode, Value list) {
    uint64_t words[6];
    if (!py_is_list(list) || py_list_length(list) != 7) return py_raise_int(TYPE_TypeError, "tcsetattr, arg 3: must be 7 element list");
    for (int i = 0; i < 6; i++)
        if (unsigned_argument(py_list_item(list, i), &words[i]) < 0) return -1;
    mode->c_iflag = (tcflag_t)words[0];
    mode->c_oflag = (tcflag_t)words[1];
    mode->c_cflag = (tcflag_t)words[2];
    mode->c_lflag = (tcflag_t)words[3];
    if (set_characters(mode, py_list_item(list, 6)) < 0) return -1;
    return cfsetispeed(mode, (speed_t)words[4]) < 0 || cfsetospeed(mode, (speed_t)words[5]) < 0 ? (terminal_error(), -1) : 0;
}
FUNCTION(termios_tcsetattr) {
    int fd, when, result;
    struct termios mode;
    if (fd_argument(args[0], &fd) < 0 || int_argument(args[1], &when) < 0) return 0;
    SYSTEM_CALL(result, tcgetattr(fd, &mode)); /* what the list does not say stays */
    if (result < 0) return terminal_error();
    if (mode_from(&mode, args[2]) < 0) return 0;
    SYSTEM_CALL(result, tcsetattr(fd, when, &mode));
    return result < 0 ? terminal_error() : VM_NONE;
}

static Value with_int(const Value *args, int (*call)(int, int)) {
    int fd, number, result;
    if (fd_argument(args[0], &fd) < 0 || int_argument(args[1], &number) < 0) return 0;
    SYSTEM_CALL(result, call(fd, number));
    return result < 0 ? terminal_error() : VM_NONE;
}
FUNCTION(termios_tcsendbreak) { return with_int(args, tcsendbreak); }
FUNCTION(termios_tcflush) { return with_int(args, tcflush); }
FUNCTION(termios_tcflow) { return with_int(args, tcflow); }
FUNCTION(termios_tcdrain) {
    int fd, result;
    if (fd_argument(args[0], &fd) < 0) return 0;
    SYSTEM_CALL(result, tcdrain(fd));
    return result < 0 ? terminal_error() : VM_NONE;
}
FUNCTION(termios_tcgetwinsize) {
    int fd, result;
    struct winsize size;
    if (fd_argument(args[0], &fd) < 0) return 0;
    SYSTEM_CALL(result, ioctl(fd, TIOCGWINSZ, &size));
    return result < 0 ? terminal_error() : py_tuple_pack(2, int_make(size.ws_row), int_make(size.ws_col));
}
FUNCTION(termios_tcsetwinsize) {
    int fd, rows, columns, result;
    struct winsize size;
    Value pair = fd_argument(args[0], &fd) < 0 ? 0 : py_tuple_from_iterable(args[1]);
    if (!pair) return 0;
    if (tuple_length(pair) != 2) return py_raise(TYPE_TypeError, "tcsetwinsize, arg 2: must be a two-item sequence");
    if (int_argument(tuple_item(pair, 0), &rows) < 0 || int_argument(tuple_item(pair, 1), &columns) < 0) return 0;
    if (rows != (uint16_t)rows || columns != (uint16_t)columns) return py_raise(TYPE_OverflowError, "winsize value(s) out of range.");
    SYSTEM_CALL(result, ioctl(fd, TIOCGWINSZ, &size)); /* pixels stay */
    if (result < 0) return terminal_error();
    size.ws_row = (uint16_t)rows;
    size.ws_col = (uint16_t)columns;
    SYSTEM_CALL(result, ioctl(fd, TIOCSWINSZ, &size));
    return result < 0 ? terminal_error() : VM_NONE;
}

static const PyMethodDef termios_functions[] = {
    {"tcgetattr", "($module, fd, /)", termios_tcgetattr, 0, "Get the tty attributes for file descriptor fd."},
    {"tcsetattr", "($module, fd, when, attributes, /)", termios_tcsetattr, 0, "Set the tty attributes for file descriptor fd."},
    {"tcsendbreak", "($module, fd, duration, /)", termios_tcsendbreak, 0, "Send a break on file descriptor fd."},
    {"tcdrain", "($module, fd, /)", termios_tcdrain, 0, "Wait until all output written to file descriptor fd has been transmitted."},
    {"tcflush", "($module, fd, queue, /)", termios_tcflush, 0, "Discard queued data on file descriptor fd."},
    {"tcflow", "($module, fd, action, /)", termios_tcflow, 0, "Suspend or resume input or output on file descriptor fd."},
    {"tcgetwinsize", "($module, fd, /)", termios_tcgetwinsize, 0, "Get the tty winsize for file descriptor fd."},
    {"tcsetwinsize", "($module, fd, winsize, /)", termios_tcsetwinsize, 0, "Set the tty winsize for file descriptor fd."},
    {0}};
#define VSWTCH VSWTC
#define TERMIOS(name) {#name, name},
static const IntConstant constants[] = {
#include "vm/modules/termios.tbl"
};
static int termios_init(Value module) {
    return ADD_CONSTANTS(module, constants) < 0 ? -1 : py_module_add(module, "error", py_type(TYPE_TERMIOS_ERROR));
}
const PyModuleDef py_module_termios = {
    .doc = "This module provides an interface to the Posix calls for tty I/O control.", .functions = termios_functions, .init = termios_init};
