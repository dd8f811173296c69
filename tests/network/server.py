# SPDX-License-Identifier: BSD-2-Clause
# Copyright 2026, the CAmkES VMM for x86 authors
"""A small HTTP server for guests behind QEMU's user networking: they reach the host as 10.0.2.2."""

import hashlib
import http.server
import random
import threading

CHUNK = 1 << 16


class Server:
    """Serves made-up files of any size: /SIZE is always the same SIZE bytes."""

    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_GET(self):
                size = int(self.path.strip("/") or "0")
                self.send_response(200)
                self.send_header("Content-Length", str(size))
                self.end_headers()
                try:
                    for block in outer.content(size):
                        self.wfile.write(block)
                except (BrokenPipeError, ConnectionResetError):
                    pass

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.http.server_port
        self.thread = threading.Thread(target=self.http.serve_forever, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

    @staticmethod
    def content(size):
        """The bytes of /SIZE, in blocks."""
        numbers = random.Random(size)
        block = numbers.randbytes(CHUNK)
        for start in range(0, size, CHUNK):
            head = start.to_bytes(8, "big")
            yield (head + block[8:])[:min(CHUNK, size - start)]

    def url(self, size):
        """Where a guest finds /SIZE."""
        return f"http://10.0.2.2:{self.port}/{size}"

    def sha256(self, size):
        """The hash of /SIZE."""
        digest = hashlib.sha256()
        for block in self.content(size):
            digest.update(block)
        return digest.hexdigest()
