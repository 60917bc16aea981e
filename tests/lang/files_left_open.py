# Files, sockets and directories that nobody has closed do not use up the descriptors: where none is free, what is dead is closed first.
import os
import resource
import socket
import threading
import warnings

warnings.simplefilter("ignore")
resource.setrlimit(resource.RLIMIT_NOFILE, (50, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def leave_open(count=200):
    for i in range(count):
        open("/dev/null").read()
        open("/dev/null", "wb", 0)
        socket.socket()
        next(os.scandir("/"))


leave_open()
threads = [threading.Thread(target=leave_open, args=(50,)) for i in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()

files = []
try:
    while True:
        files.append(open("/dev/null"))
except OSError as error:
    print(error)  # expect: [Errno 24] Too many open files: '/dev/null'
del files[10:]
print(len([open("/dev/null") for i in range(20)]))  # expect: 20
