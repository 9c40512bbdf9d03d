#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the server takes for a request, h11 takes for the same request: method, target, fields and body.

Requests of all forms are changed at random, in the places where servers are known to differ. What the server refuses and
h11 does not is the server's right (lines that end with LF, folded lines); the other way round is a way to smuggle.
"""
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import unittest

try:
    import h11
except ImportError:
    print("python3-h11 is not installed")
    sys.exit(77)

ROUNDS = 3_000
SEEDS = [
    b"GET /mirror?a=b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
    b"POST /mirror HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    b"PUT /mirror HTTP/1.1\r\nhost:a:80\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    b"POST /mirror HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n03\r\nllo\r\n0\r\nT: u\r\n\r\n",
    b"DELETE /mirror HTTP/1.0\r\nContent-Length: 0\r\n\r\n",
    b"PATCH /mirror HTTP/1.1\r\nHost: a\r\nContent-Length: 34\r\n\r\nGET /mirror HTTP/1.1\r\nHost: b\r\n\r\nxx",
    b"POST /mirror HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhelloGET /mirror HTTP/1.1\r\nHost: a\r\n\r\n",
]
PIECES = [b"\r\n", b"\n", b"\r", b" ", b"\t", b"\0", b":", b",", b";", b"0", b"5", b"-", b"+", b"\x0b", b"\x7f", b"\xff", b"\"",
          b"Content-Length: 5\r\n", b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n", b"chunked", b"gzip, ",
          b"Host: b\r\n", b"\r\n\r\n", b"0\r\n\r\n", b"HTTP/1.0", b"GET /mirror HTTP/1.1\r\nHost: a\r\n\r\n", b"%00", b"#", b"@"]


def mutate(rng):
    data = bytearray(rng.choice(SEEDS))
    for _ in range(rng.randint(0, 3)):
        at = rng.randint(0, len(data))
        change = rng.randint(0, 3)
        if change == 0:
            data[at:at] = rng.choice(PIECES)
        elif change == 1:
            del data[at:at + rng.randint(1, 4)]
        elif change == 2 and at < len(data):
            data[at] = rng.choice(rng.choice(PIECES))
        else:
            data[at:at] = rng.choice(SEEDS)[:rng.randint(1, 60)]
    return bytes(data)


def understood_by_h11(data):
    """(method, target, fields, body) of the first request; None where it is not complete; throws where it is none."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    connection.receive_data(data)
    request, body = None, b""
    while True:
        event = connection.next_event()
        if isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return request.method, request.target, list(request.headers), body
        else:
            return None


class H11Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        certificate, key = os.path.join(cls.folder.name, "own.pem"), os.path.join(cls.folder.name, "own.key")
        subprocess.run(["openssl", *"req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=a".split(),
                        "-out", certificate, "-keyout", key], check=True, capture_output=True)
        cls.server = subprocess.Popen([os.environ["FRESHET_TEST_SERVER"], certificate, key], stdout=subprocess.PIPE, text=True)
        cls.port = int(re.match(r"listening on (\d+)", cls.server.stdout.readline())[1])

    @classmethod
    def tearDownClass(cls):
        cls.server.terminate()
        assert cls.server.wait(20) == 0
        cls.server.stdout.close()
        cls.folder.cleanup()

    def exchange(self, data):
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as connection:
            answer = b""
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                while part := connection.recv(65536):
                    answer += part
            except ConnectionError:
                pass
            return answer

    def first_answer(self, data):
        """What the server understood, if it took what came for a request; None where it did not."""
        head, _, rest = self.exchange(data).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            return None
        length = int(re.search(rb"(?i)\r\ncontent-length: (\d+)", head)[1])
        return json.loads(rest[:length])

    def check(self, data):
        answer = self.first_answer(data)
        if answer is None:
            return False
        if data.startswith(b"\r\n"):
            data = data[2:]  # RFC 9112 section 2.2 has servers ignore it; h11 does not
        method, target, fields, body = understood_by_h11(data)
        path, _, query = target.decode("latin1").partition("?")
        path = re.sub(r"^https?://[^/?]*", "", path) or "/"
        self.assertEqual((answer["method"], answer["path"], answer["query"]), (method.decode(), path, query), data)
        ours = [(name.lower(), value.encode("utf-8", "replace")) for name, value in answer["fields"]]
        theirs = [(name.decode(), value.decode("utf-8", "replace").encode()) for name, value in fields]
        self.assertEqual(ours, theirs, data)
        self.assertEqual(answer["body"], body.decode("utf-8", "replace"), data)
        return True

    def test_understands_what_h11_understands(self):
        for seed in SEEDS:
            self.assertTrue(self.check(seed), seed)
        rng = random.Random(20261121)
        taken = 0
        for _ in range(ROUNDS):
            data = mutate(rng)
            try:
                taken += self.check(data)
            except h11.RemoteProtocolError as error:
                self.fail(f"the server takes {data!r}, h11 does not: {error}")
        # Neither refuses everything nor takes everything, or nothing was tried.
        self.assertGreater(taken, ROUNDS // 20)
        self.assertLess(taken, ROUNDS * 3 // 4)


if __name__ == "__main__":
    unittest.main()
