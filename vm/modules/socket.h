/* Parts of module _socket. Timeouts are nanoseconds; -1: none (blocking), 0: never wait. */
#ifndef VM_MODULES_SOCKET_H
#define VM_MODULES_SOCKET_H

#include "vm/modules/layouts.h"
#include "vm/modules/module.h"
#include "vm/modules/posix.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>

typedef struct SocketAddress {
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
        struct sockaddr_un un;
        struct sockaddr_storage storage;
    };
    socklen_t length;
} SocketAddress;

extern int64_t socket_default_timeout;

/* socket_address.c */
int address_from(SocketAddress *out, int family, Value v, const char *caller); /* -1 with an exception */
Value address_to(const SocketAddress *address, int fd);
int address_of_host(SocketAddress *out, Value host, int family); /* resolves a name, detached */
Value raise_gai(int code);
extern const PyMethodDef socket_address_functions[];

int socket_timeout_argument(Value v, int64_t *ns);
int socket_add_constants(Value module); /* socket_constants.c */

static inline PySocket GS *socket_of(Value v) { return REF(PySocket, v); }
/* One system call on a socket, `call(fd, context)`, again after EINTR, waiting first for the descriptor as its timeout says. -1
 * with an exception. The context is C memory. */
typedef ssize_t SocketCall(int fd, void *context);
ssize_t socket_call(Value self, bool writing, SocketCall *call, void *context);

/* socket_message.c */
Value socket_sendmsg(const Value *args, size_t nargs, Value kwnames);
Value socket_recvmsg(const Value *args, size_t nargs, Value kwnames);
Value socket_recvmsg_into(const Value *args, size_t nargs, Value kwnames);

#endif
