"""Servers on 127.0.0.1 and their clients: HTTP with urllib and http.client, XML-RPC, SMTP by asyncio, WSGI."""
import asyncio
import http.client
import http.server
import os
import re
import smtplib
import socketserver
import threading
import urllib.error
import urllib.parse
import urllib.request
import xmlrpc.client
import xmlrpc.server
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.validate import validator


def serve(server):
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def stop():
        server.shutdown()
        thread.join()
        server.server_close()
    return server.server_address[1], stop


def blot(headers):
    return [(k, "..." if k in ("Date", "Last-Modified", "Server") else v) for k, v in headers]


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *args):
        print("log", format % args)

    def do_POST(self):
        data = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("X-Kind", self.headers.get("Content-Type", ""))
        self.end_headers()
        self.wfile.write(data[::-1])


def try_http():
    port, stop = serve(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    base = f"http://127.0.0.1:{port}"
    for path in ("/", "/a.txt", "/sub", "/sub/", "/none", "/%7e?q=1"):
        try:
            with urllib.request.urlopen(base + path) as answer:
                print(path, answer.status, blot(answer.headers.items()), answer.read().decode())
        except urllib.error.HTTPError as error:
            print(path, error, error.code, error.read().decode())
    request = urllib.request.Request(base + "/post", urllib.parse.urlencode({"a": "1 2", "b": "\u00e9"}).encode())
    with urllib.request.urlopen(request) as answer:
        print(answer.status, answer.headers["X-Kind"], answer.read())
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for method, headers in [("HEAD", {}), ("DELETE", {}), ("GET", {"If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"})]:
        connection.request(method, "/a.txt", headers=headers)
        answer = connection.getresponse()
        print(method, answer.status, answer.reason, blot(answer.getheaders()), len(answer.read()))
    connection.close()
    try:
        urllib.request.urlopen("http://127.0.0.1:1/")
    except urllib.error.URLError as error:
        print(error)
    stop()


def try_xmlrpc():
    server = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False, allow_none=True)
    server.register_introspection_functions()
    server.register_multicall_functions()
    server.register_function(lambda a, b: a + b, "add")
    server.register_function(lambda: 1 / 0, "fail")
    port, stop = serve(server)
    with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{port}", allow_none=True) as proxy:
        print(proxy.add(2, 3), proxy.add([1], ["x", None, {"k": 2.5}]), proxy.system.listMethods())
        multi = xmlrpc.client.MultiCall(proxy)
        multi.add(1, 2)
        multi.add("a", "b")
        print(list(multi()), proxy.add(xmlrpc.client.Binary(b"x").data.decode(), "y"))
        for method in (proxy.fail, proxy.nothing):
            try:
                method()
            except xmlrpc.client.Fault as error:
                print(error)
    stop()


async def smtp_session(reader, writer, seen):
    writer.write(b"220 local\r\n")
    in_data = False
    while line := await reader.readline():
        text = line.decode().rstrip("\r\n")
        seen.append(text)
        if in_data:
            in_data = text != "."
            reply = b"" if in_data else b"250 queued\r\n"
        elif text.upper().startswith("EHLO"):
            reply = b"250-local\r\n250-SIZE 1000\r\n250 8BITMIME\r\n"
        elif text.lower() == "data":
            in_data, reply = True, b"354 go\r\n"
        elif text.lower().startswith("rcpt") and "bad" in text:
            reply = b"550 no\r\n"
        else:
            reply = b"221 bye\r\n" if text.lower() == "quit" else b"250 ok\r\n"
        writer.write(reply)
        await writer.drain()
    writer.close()


def try_smtp():
    seen, started = [], threading.Event()

    async def main():
        nonlocal port, loop, done
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(lambda r, w: smtp_session(r, w, seen), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        started.set()
        async with server:
            await done.wait()
    port = loop = done = None
    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    started.wait()
    from email.message import EmailMessage
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org, bad@example.org", "caf\u00e9"
    message.set_content("line\n.dot\n\u00fc\n")
    with smtplib.SMTP("127.0.0.1", port, local_hostname="here") as client:
        print(client.ehlo(), client.esmtp_features, client.send_message(message))
        try:
            client.sendmail("a@x", ["bad@x"], "text")
        except smtplib.SMTPRecipientsRefused as error:
            print(error)
    loop.call_soon_threadsafe(done.set)
    thread.join()
    print(*seen, sep="\n")


def try_wsgi():
    class Quiet(WSGIRequestHandler):
        def log_message(self, *args): pass

    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
        return [environ["REQUEST_METHOD"].encode(), b" ", environ["PATH_INFO"].encode(), environ["wsgi.input"].read(3)]
    port, stop = serve(make_server("127.0.0.1", 0, validator(app), handler_class=Quiet))
    print(urllib.request.urlopen(f"http://127.0.0.1:{port}/x/y", b"data").read())
    stop()


def try_socketserver():
    class Upper(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                self.wfile.write(line.upper())
    import socket
    port, stop = serve(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Upper))

    def talk(i):
        with socket.create_connection(("127.0.0.1", port)) as s, s.makefile("rw") as f:
            for j in range(20):
                f.write(f"line {i} {j}\n")
                f.flush()
                results.append(f.readline())
    results = []
    threads = [threading.Thread(target=talk, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(sorted(results))
    stop()


os.mkdir("sub")
for name in ("a.txt", "sub/b.html", "\u00e9 <x>.bin"):
    with open(name, "w") as file:
        file.write(name * 10)
try_http()
try_xmlrpc()
try_smtp()
try_wsgi()
try_socketserver()
