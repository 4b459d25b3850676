"""A receiver of webhooks that behaves as the path says; also a process of its own.

``python receiver.py PORT FILE [CERTIFICATE]`` appends a line to FILE for each request
that it answers with success: when, the ``webhook-id``, and the body.
"""

import json
import ssl
import sys
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BYTE_INTERVAL_S = 1.0


class Handler(BaseHTTPRequestHandler):
    """Behaves by the first part of the path."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with suppress(OSError):  # the other side does not wait
            getattr(self, self.path.strip("/").partition("/")[0])(body)
        self.close_connection = True

    def good(self, body):
        self.server.received(self.headers, body)
        self.send_response(204)
        self.end_headers()

    def hanging(self, body):
        time.sleep(30)

    def silent(self, body):
        pass

    def broken(self, body):
        self.wfile.write(b"220 mail.example.org ESMTP\r\n")

    def slow(self, body):
        for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100:
            self.wfile.write(bytes([byte]))
            time.sleep(self.server.byte_interval_s)

    def interim(self, body):
        self.wfile.write(b"HTTP/1.1 102 Processing\r\n\r\n")
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
        self.good(body)

    def endless_head(self, body):
        while True:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)

    def endless(self, body):
        self.server.received(self.headers, body)
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(b"x" * 65536)

    def log_message(self, *args):
        pass


class Server(ThreadingHTTPServer):
    """Keeps the bodies that it has answered with success.

    :param certificate: of TLS, a file with its key; else there is no TLS.
    """

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 50

    def __init__(self, port=0, certificate=None):
        super().__init__(("127.0.0.1", port), Handler)
        self.bodies, self.names = [], []
        self.byte_interval_s = BYTE_INTERVAL_S
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            context.sni_callback = lambda tls, name, _: self.names.append(name)
            self.socket = context.wrap_socket(self.socket, server_side=True)

    def received(self, headers, body):
        self.bodies.append(body)

    def handle_error(self, request, address):
        pass  # such as a client that does not trust the certificate


class Recorder(Server):
    """Writes what it receives to a file."""

    def __init__(self, port, file, certificate=None):
        super().__init__(int(port), certificate)
        self.file = open(file, "ab", buffering=0)

    def received(self, headers, body):
        line = {"at": time.time(), "id": headers["webhook-id"]}
        line["content"] = json.loads(body)
        self.file.write(json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    Recorder(*sys.argv[1:]).serve_forever()
