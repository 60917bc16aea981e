/* Module _socket: addresses between Python and C, names of hosts and services. Look-ups run detached. */
#define _GNU_SOURCE
#include "vm/audit.h"
#include "vm/modules/socket.h"
#include <net/if.h>
#include <stdlib.h>
#include <unistd.h>

static Value raise_pair(uint32_t type_id, int code, const char *text) {
    Value pair = py_tuple_pack(2, int_make(code), py_str_c(text)), error = pair ? py_call_kw(py_type(type_id), pair, 0) : 0;
    return error ? py_raise_object(error) : 0;
}
Value raise_gai(int code) {
    return code == EAI_SYSTEM ? posix_error() : raise_pair(TYPE_SOCKET_GAIERROR, code, gai_strerror(code));
}
static Value raise_herror(int code) { return raise_pair(TYPE_SOCKET_HERROR, code, hstrerror(code)); }

/* ---- hosts -------------------------------------------------------------------------------------------------------- */

enum { HOST_MAX = 1100 };
/* A host's name in C memory: None is "" and *is_none. */
static int host_text(Value v, char *out, bool *is_none) {
    *is_none = v == VM_NONE;
    *out = 0;
    if (*is_none) return 0;
    Value bytes = v;
    if (py_is_str(v)) {
        bytes = py_encode(v, REF(PyStr, v)->ascii ? "ascii" : "idna", "strict");
        if (!bytes) return -1;
    } else if (!py_is_bytes(v) && !py_is_instance_of(v, TYPE_BYTEARRAY)) {
        return py_raise_int(TYPE_TypeError, "str, bytes or bytearray expected, not %T", v);
    }
    PyBuffer view;
    if (py_get_buffer(bytes, &view, false) < 0) return -1;
    size_t length = (size_t)view.length;
    bool good = length < HOST_MAX && !memchr(view.data, 0, length);
    if (good) memcpy(out, view.data, length), out[length] = 0;
    py_release_buffer(&view);
    return good ? 0 : py_raise_int(TYPE_TypeError, length < HOST_MAX ? "host name must not contain null character" : "host name too long");
}

static int resolve(SocketAddress *out, const char *host, int family) {
    struct addrinfo hints = {.ai_family = family}, *found = 0;
    int code;
    if (!*host) hints.ai_socktype = SOCK_DGRAM, hints.ai_flags = AI_PASSIVE;
    VM_DETACHED("getaddrinfo", code = getaddrinfo(*host ? host : 0, *host ? 0 : "0", &hints, &found));
    if (code) return raise_gai(code), -1;
    memcpy(&out->storage, found->ai_addr, found->ai_addrlen);
    out->length = found->ai_addrlen;
    bool many = found->ai_next && !*host && family == AF_UNSPEC;
    freeaddrinfo(found);
    return many ? py_raise_int(TYPE_OSError, "wildcard resolved to multiple address") : 0;
}

int address_of_host(SocketAddress *out, Value host, int family) {
    char name[HOST_MAX];
    bool none;
    if (host_text(host, name, &none) < 0) return -1;
    out->storage.ss_family = (sa_family_t)family;
    if ((family == AF_INET || family == AF_UNSPEC) && (!strcmp(name, "<broadcast>") || inet_pton(AF_INET, name, &out->in.sin_addr) == 1)) {
        if (*name == '<') out->in.sin_addr.s_addr = INADDR_BROADCAST;
        out->in.sin_family = AF_INET;
        out->length = sizeof out->in;
        return 0;
    }
    if (family == AF_INET && !*name) {
        out->in.sin_addr.s_addr = INADDR_ANY;
        out->length = sizeof out->in;
        return 0;
    }
    return resolve(out, name, family);
}

/* ---- addresses from Python ------------------------------------------------------------------------------------------ */

static int port_argument(Value v, const char *caller, uint16_t *port) {
    int number;
    if (int_argument(v, &number) < 0) return -1;
    if (number < 0 || number > 0xffff) return py_raise_int(TYPE_OverflowError, "%s(): port must be 0-65535.", caller);
    *port = htons((uint16_t)number);
    return 0;
}

static int inet_from(SocketAddress *out, Value v, const char *caller) {
    if (!py_is_tuple(v)) return py_raise_int(TYPE_TypeError, "%s(): AF_INET address must be tuple, not %T", caller, v);
    if (tuple_length(v) != 2) return py_raise_int(TYPE_TypeError, "AF_INET address must be a pair (host, port)");
    uint16_t port = 0;
    if (address_of_host(out, tuple_item(v, 0), AF_INET) < 0 || port_argument(tuple_item(v, 1), caller, &port) < 0) return -1;
    out->in.sin_port = port;
    return 0;
}

static int inet6_from(SocketAddress *out, Value v, const char *caller) {
    if (!py_is_tuple(v)) return py_raise_int(TYPE_TypeError, "%s(): AF_INET6 address must be tuple, not %T", caller, v);
    int64_t length = tuple_length(v);
    if (length < 2 || length > 4) return py_raise_int(TYPE_TypeError, "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])");
    uint16_t port = 0;
    uint64_t flow = 0, scope = 0;
    if (address_of_host(out, tuple_item(v, 0), AF_INET6) < 0 || port_argument(tuple_item(v, 1), caller, &port) < 0 ||
        (length > 2 && unsigned_argument(tuple_item(v, 2), &flow) < 0) || (length > 3 && unsigned_argument(tuple_item(v, 3), &scope) < 0))
        return -1;
    if (flow > 0xfffff) return py_raise_int(TYPE_OverflowError, "%s(): flowinfo must be 0-1048575.", caller);
    out->in6.sin6_port = port;
    out->in6.sin6_flowinfo = htonl((uint32_t)flow);
    if (length > 3) out->in6.sin6_scope_id = (uint32_t)scope;
    return 0;
}

static int unix_from(SocketAddress *out, Value v) {
    Value bytes = py_is_str(v) ? py_encode(v, "utf-8", "surrogateescape") : v;
    PyBuffer view;
    if (!bytes || py_get_buffer(bytes, &view, false) < 0) return -1;
    size_t length = (size_t)view.length;
    bool abstract = length && *(char *)view.data == 0, fits = length < sizeof out->un.sun_path + abstract;
    if (fits) {
        memset(&out->un, 0, sizeof out->un);
        memcpy(out->un.sun_path, view.data, length);
        out->un.sun_family = AF_UNIX;
        out->length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + !abstract);
    }
    py_release_buffer(&view);
    return fits ? 0 : py_raise_int(TYPE_OSError, "AF_UNIX path too long");
}

int address_from(SocketAddress *out, int family, Value v, const char *caller) {
    switch (family) {
    case AF_INET: return inet_from(out, v, caller);
    case AF_INET6: return inet6_from(out, v, caller);
    case AF_UNIX: return unix_from(out, v);
    default: return py_raise_int(TYPE_OSError, "%s(): bad family", caller);
    }
}

/* ---- addresses to Python ------------------------------------------------------------------------------------------------ */

static Value unix_to(const SocketAddress *a) {
    size_t room = a->length > offsetof(struct sockaddr_un, sun_path) ? a->length - offsetof(struct sockaddr_un, sun_path) : 0;
    if (room && a->un.sun_path[0] == 0) return py_bytes_new(a->un.sun_path, room);
    return py_decode_fs(a->un.sun_path, room ? strnlen(a->un.sun_path, room) : 0);
}

Value address_to(const SocketAddress *a, int fd) {
    char text[INET6_ADDRSTRLEN];
    (void)fd;
    if (!a->length) return VM_NONE;
    switch (a->any.sa_family) {
    case AF_INET:
        inet_ntop(AF_INET, &a->in.sin_addr, text, sizeof text);
        return py_tuple_pack(2, py_str_c(text), int_make(ntohs(a->in.sin_port)));
    case AF_INET6:
        inet_ntop(AF_INET6, &a->in6.sin6_addr, text, sizeof text);
        return py_tuple_pack(4, py_str_c(text), int_make(ntohs(a->in6.sin6_port)), int_make(ntohl(a->in6.sin6_flowinfo)), int_make(a->in6.sin6_scope_id));
    case AF_UNIX: return unix_to(a);
    default: return py_tuple_pack(2, int_make(a->any.sa_family), py_bytes_new(a->any.sa_data, sizeof a->any.sa_data));
    }
}

/* ---- look-ups -------------------------------------------------------------------------------------------------------------- */

static Value address_list(struct addrinfo *found) {
    Value list = py_list_new(0);
    for (; list && found; found = found->ai_next) {
        SocketAddress address = {.length = found->ai_addrlen};
        memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
        Value entry = py_tuple_pack(5, int_make(found->ai_family), int_make(found->ai_socktype), int_make(found->ai_protocol),
                                    py_str_c(found->ai_canonname ? found->ai_canonname : ""), address_to(&address, -1));
        if (!entry || py_list_append(list, entry) < 0) return 0;
    }
    return list;
}

FUNCTION(socket_getaddrinfo) {
    char host[HOST_MAX], port[HOST_MAX];
    bool no_host, no_port;
    int hint[4] = {0, 0, 0, 0};
    if (args[0] != VM_NONE && !py_is_str(args[0]) && !py_is_bytes(args[0])) return py_raise(TYPE_TypeError, "getaddrinfo() argument 1 must be string or None");
    if (host_text(args[0], host, &no_host) < 0) return 0;
    if (py_is_int(args[1])) {
        int64_t number = py_index_int64(args[1], "OverflowError");
        if (number == -1 && py_error()) return 0;
        snprintf(port, sizeof port, "%ld", (long)number);
        no_port = false;
    } else if (args[1] != VM_NONE && !py_is_str(args[1]) && !py_is_bytes(args[1])) {
        return py_raise(TYPE_OSError, "Int or String expected");
    } else if (host_text(args[1], port, &no_port) < 0) {
        return 0;
    }
    for (int i = 0; i < 4; i++)
        if (args[2 + i] && int_argument(args[2 + i], &hint[i]) < 0) return 0;
    struct addrinfo hints = {.ai_family = hint[0], .ai_socktype = hint[1], .ai_protocol = hint[2], .ai_flags = hint[3]}, *found = 0;
    int code;
    VM_DETACHED("getaddrinfo", code = getaddrinfo(no_host ? 0 : host, no_port ? 0 : port, &hints, &found));
    if (code) return raise_gai(code);
    Value list = address_list(found);
    freeaddrinfo(found);
    return list;
}

FUNCTION(socket_getnameinfo) {
    int flags, code;
    char host[NI_MAXHOST], service[NI_MAXSERV];
    if (!py_is_tuple(args[0])) return py_raise(TYPE_TypeError, "getnameinfo() argument 1 must be tuple, not %T", args[0]);
    if (int_argument(args[1], &flags) < 0) return 0;
    int64_t length = tuple_length(args[0]);
    if (length < 2 || length > 4) return py_raise(TYPE_TypeError, "getnameinfo(): illegal sockaddr argument");
    if (!py_is_str(tuple_item(args[0], 0))) return py_raise(TYPE_TypeError, "getnameinfo(): illegal sockaddr argument");
    const char *text = py_str_utf8(tuple_item(args[0], 0), 0);
    SocketAddress address;
    if (!text || address_from(&address, strchr(text, ':') ? AF_INET6 : AF_INET, args[0], "getnameinfo") < 0) return 0;
    VM_DETACHED("getnameinfo", code = getnameinfo(&address.any, address.length, host, sizeof host, service, sizeof service, flags));
    return code ? raise_gai(code) : py_tuple_pack(2, py_str_c(host), py_str_c(service));
}

FUNCTION(socket_gethostname) {
    if (VM_AUDIT("socket.gethostname", 0) < 0) return 0;
    char name[256];
    VM_C_SAFEPOINT(stm_extend_snapshot());
    return gethostname(name, sizeof name) < 0 ? posix_error() : py_decode_fs(name, strnlen(name, sizeof name));
}
FUNCTION(socket_gethostbyname) {
    SocketAddress address;
    char text[INET_ADDRSTRLEN];
    if (address_of_host(&address, args[0], AF_INET) < 0) return 0;
    return py_str_c(inet_ntop(AF_INET, &address.in.sin_addr, text, sizeof text));
}

static Value host_entry(const struct hostent *h, int code) {
    if (!h) return raise_herror(code);
    Value aliases = py_list_new(0), addresses = py_list_new(0);
    char text[INET6_ADDRSTRLEN];
    for (char **p = h->h_aliases; aliases && p && *p; p++)
        if (py_list_append(aliases, py_str_c(*p)) < 0) return 0;
    for (char **p = h->h_addr_list; addresses && *p; p++)
        if (py_list_append(addresses, py_str_c(inet_ntop(h->h_addrtype, *p, text, sizeof text))) < 0) return 0;
    return aliases && addresses ? py_tuple_pack(3, py_str_c(h->h_name), aliases, addresses) : 0;
}
FUNCTION(socket_gethostbyname_ex) {
    char host[HOST_MAX], room[8192];
    bool none;
    struct hostent entry, *found = 0;
    int code = 0;
    if (host_text(args[0], host, &none) < 0) return 0;
    VM_DETACHED("gethostbyname", gethostbyname_r(host, &entry, room, sizeof room, &found, &code));
    if (!found) return raise_gai(code == TRY_AGAIN ? EAI_AGAIN : EAI_NONAME);
    return host_entry(found, code);
}
FUNCTION(socket_gethostbyaddr) {
    SocketAddress address;
    char room[8192];
    struct hostent entry, *found = 0;
    int code = 0;
    if (address_of_host(&address, args[0], AF_UNSPEC) < 0) return 0;
    bool six = address.any.sa_family == AF_INET6;
    const void *raw = six ? (void *)&address.in6.sin6_addr : &address.in.sin_addr;
    VM_DETACHED("gethostbyaddr", gethostbyaddr_r(raw, six ? 16 : 4, address.any.sa_family, &entry, room, sizeof room, &found, &code));
    return host_entry(found, code);
}

static int text_argument(Value v, const char *function, int number, char *out, size_t size) {
    if (!py_is_str(v)) return py_raise_int(TYPE_TypeError, "%s() argument %d must be str, not %T", function, number, v);
    const char *text = py_str_utf8(v, 0);
    if (!text) return -1;
    snprintf(out, size, "%s", text);
    return 0;
}
FUNCTION(socket_getservbyname) {
    char name[256], proto[64] = "", room[2048];
    struct servent entry, *found = 0;
    if (text_argument(args[0], "getservbyname", 1, name, sizeof name) < 0 || (args[1] && text_argument(args[1], "getservbyname", 2, proto, sizeof proto) < 0)) return 0;
    VM_DETACHED("getservbyname", getservbyname_r(name, *proto ? proto : 0, &entry, room, sizeof room, &found));
    return found ? int_make(ntohs((uint16_t)found->s_port)) : py_raise(TYPE_OSError, "service/proto not found");
}
FUNCTION(socket_getservbyport) {
    char proto[64] = "", room[2048];
    struct servent entry, *found = 0;
    int port;
    if (int_argument(args[0], &port) < 0 || (args[1] && text_argument(args[1], "getservbyport", 2, proto, sizeof proto) < 0)) return 0;
    if (port < 0 || port > 0xffff) return py_raise(TYPE_OverflowError, "getservbyport: port must be 0-65535.");
    VM_DETACHED("getservbyport", getservbyport_r(htons((uint16_t)port), *proto ? proto : 0, &entry, room, sizeof room, &found));
    return found ? py_str_c(found->s_name) : py_raise(TYPE_OSError, "port/proto not found");
}
FUNCTION(socket_getprotobyname) {
    char name[256], room[2048];
    struct protoent entry, *found = 0;
    if (text_argument(args[0], "getprotobyname", 1, name, sizeof name) < 0) return 0;
    VM_DETACHED("getprotobyname", getprotobyname_r(name, &entry, room, sizeof room, &found));
    return found ? int_make(found->p_proto) : py_raise(TYPE_OSError, "protocol not found");
}

/* ---- conversions -------------------------------------------------------------------------------------------------------------- */

FUNCTION(socket_inet_aton) {
    char text[256];
    struct in_addr address;
    if (text_argument(args[0], "inet_aton", 1, text, sizeof text) < 0) return 0;
    return inet_aton(text, &address) ? py_bytes_new(&address, 4) : py_raise(TYPE_OSError, "illegal IP address string passed to inet_aton");
}
FUNCTION(socket_inet_pton) {
    int family;
    char text[256];
    uint8_t address[16];
    if (int_argument(args[0], &family) < 0 || text_argument(args[1], "inet_pton", 2, text, sizeof text) < 0) return 0;
    int good = inet_pton(family, text, address);
    if (good < 0) return posix_error();
    return good ? py_bytes_new(address, family == AF_INET ? 4 : 16) : py_raise(TYPE_OSError, "illegal IP address string passed to inet_pton");
}
static Value network_text(Value v, int family, const char *wrong) {
    PyBuffer view;
    char text[INET6_ADDRSTRLEN];
    uint8_t address[16];
    if (family != AF_INET && family != AF_INET6) return py_raise(TYPE_ValueError, "unknown address family %d", family);
    if (py_get_buffer(v, &view, false) < 0) return 0;
    bool good = view.length == (family == AF_INET ? 4 : 16);
    if (good) memcpy(address, view.data, (size_t)view.length);
    py_release_buffer(&view);
    if (!good) return py_raise(family && *wrong == 'p' ? TYPE_OSError : TYPE_ValueError, "%s", wrong);
    return py_str_c(inet_ntop(family, address, text, sizeof text));
}
FUNCTION(socket_inet_ntoa) { return network_text(args[0], AF_INET, "packed IP wrong length"); }
FUNCTION(socket_inet_ntop) {
    int family;
    return int_argument(args[0], &family) < 0 ? 0 : network_text(args[1], family, "invalid length of packed IP address string");
}

static Value swap16(Value v, const char *name) {
    int number;
    if (int_argument(v, &number) < 0) return 0;
    if (number < 0) return py_raise(TYPE_OverflowError, "%s: can't convert negative Python int to C 16-bit unsigned integer", name);
    if (number > 0xffff) return py_raise(TYPE_OverflowError, "%s: Python int too large to convert to C 16-bit unsigned integer", name);
    return int_make(htons((uint16_t)number));
}
static Value swap32(Value v) {
    int64_t number;
    if (!py_is_int(v)) return py_raise(TYPE_TypeError, "expected int, %T found", v);
    if (py_int_as_i64(v, &number) || number > UINT32_MAX) return py_raise(TYPE_OverflowError, "int larger than 32 bits");
    if (number < 0) return py_raise(TYPE_OverflowError, "can't convert negative value to unsigned int");
    return int_make(htonl((uint32_t)number));
}
FUNCTION(socket_htons) { return swap16(args[0], "htons"); }
FUNCTION(socket_ntohs) { return swap16(args[0], "ntohs"); }
FUNCTION(socket_htonl) { return swap32(args[0]); }

FUNCTION(socket_if_nameindex) {
    struct if_nameindex *names = if_nameindex();
    if (!names) return posix_error();
    Value list = py_list_new(0);
    for (struct if_nameindex *p = names; list && p->if_index; p++) {
        Value pair = py_tuple_pack(2, int_make(p->if_index), py_decode_fs(p->if_name, strlen(p->if_name)));
        if (!pair || py_list_append(list, pair) < 0) list = 0;
    }
    if_freenameindex(names);
    return list;
}
FUNCTION(socket_if_nametoindex) {
    Path name;
    if (path_init(&name, args[0], "if_nametoindex", "oname", 0) < 0) return 0;
    unsigned index = if_nametoindex(name.text);
    return index ? int_make(index) : py_raise(TYPE_OSError, "no interface with this name");
}
FUNCTION(socket_if_indextoname) {
    int index;
    char name[IF_NAMESIZE];
    if (int_argument(args[0], &index) < 0) return 0;
    return if_indextoname((unsigned)index, name) ? py_decode_fs(name, strlen(name)) : posix_error();
}
FUNCTION(socket_cmsg_len) {
    int64_t length = py_index_int64(args[0], "OverflowError");
    if (length == -1 && py_error()) return 0;
    return length < 0 || length > INT32_MAX ? py_raise(TYPE_OverflowError, "CMSG_LEN() argument out of range") : int_make((int64_t)CMSG_LEN((size_t)length));
}
FUNCTION(socket_cmsg_space) {
    int64_t length = py_index_int64(args[0], "OverflowError");
    if (length == -1 && py_error()) return 0;
    return length < 0 || length > INT32_MAX ? py_raise(TYPE_OverflowError, "CMSG_SPACE() argument out of range") : int_make((int64_t)CMSG_SPACE((size_t)length));
}

const PyMethodDef socket_address_functions[] = {
    {"getaddrinfo", "($module, /, host, port, family=0, type=0, proto=0, flags=0)", socket_getaddrinfo, 0, "Resolve host and port into addrinfo struct."},
    {"getnameinfo", "($module, sockaddr, flags, /)", socket_getnameinfo, 0, "Get host and port for a sockaddr."},
    {"gethostname", "($module, /)", socket_gethostname, 0, "Return the current host name."},
    {"gethostbyname", "($module, host, /)", socket_gethostbyname, 0, "Return the IP address (a string of the form '255.255.255.255') for a host."},
    {"gethostbyname_ex", "($module, host, /)", socket_gethostbyname_ex, 0, "Return the true host name, a list of aliases, and a list of IP addresses, for a host."},
    {"gethostbyaddr", "($module, host, /)", socket_gethostbyaddr, 0, "Return the true host name, a list of aliases, and a list of IP addresses, for a host."},
    {"getservbyname", "($module, servicename, protocolname=None, /)", socket_getservbyname, 0, "Return a port number from a service name and protocol name."},
    {"getservbyport", "($module, port, protocolname=None, /)", socket_getservbyport, 0, "Return the service name from a port number and protocol name."},
    {"getprotobyname", "($module, name, /)", socket_getprotobyname, 0, "Return the protocol number for the named protocol."},
    {"inet_aton", "($module, ip_addr, /)", socket_inet_aton, 0, "Convert an IP address in string format (123.45.67.89) to the 32-bit packed binary format."},
    {"inet_ntoa", "($module, packed_ip, /)", socket_inet_ntoa, 0, "Convert an IP address from 32-bit packed binary format to string format."},
    {"inet_pton", "($module, af, ip, /)", socket_inet_pton, 0, "Convert an IP address from string format to a packed string suitable for use with low-level network functions."},
    {"inet_ntop", "($module, af, packed_ip, /)", socket_inet_ntop, 0, "Convert a packed IP address of the given family to string format."},
    {"htons", "($module, x, /)", socket_htons, 0, "Convert a 16-bit unsigned integer from host to network byte order."},
    {"ntohs", "($module, x, /)", socket_ntohs, 0, "Convert a 16-bit unsigned integer from network to host byte order."},
    {"htonl", "($module, x, /)", socket_htonl, 0, "Convert a 32-bit integer from host to network byte order."},
    {"ntohl", "($module, x, /)", socket_htonl, 0, "Convert a 32-bit integer from network to host byte order."},
    {"if_nameindex", "($module, /)", socket_if_nameindex, 0, "Returns a list of network interface information (index, name) tuples."},
    {"if_nametoindex", "($module, oname, /)", socket_if_nametoindex, 0, "Returns the interface index corresponding to the interface name if_name."},
    {"if_indextoname", "($module, index, /)", socket_if_indextoname, 0, "Returns the interface name corresponding to the interface index if_index."},
    {"CMSG_LEN", "($module, length, /)", socket_cmsg_len, 0, "Return the total length, without trailing padding, of an ancillary data item."},
    {"CMSG_SPACE", "($module, length, /)", socket_cmsg_space, 0, "Return the buffer size needed for recvmsg() to receive an ancillary data item."},
    {0}};
