# SPDX-License-Identifier: MIT
"""A temperature monitor as a process of its own, on a free port, and plain requests to it."""
import http.client
import json
import os
import re
import signal
import subprocess
import time

SECONDS_MAX = 60


def program(name):
    """The path of one of the example's programs, from the environment that CMake sets."""
    return os.environ["FRESHET_" + name.upper()]


def wait_until(holds, what):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {SECONDS_MAX} s in vain: {what}")
        time.sleep(0.02)


class Monitor:
    def __init__(self, name, *options, port=0):
        arguments = [program(name), "--port", str(port), "--log-level", "warn", *map(str, options)]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        match = re.fullmatch(r"listening on http://127\.0\.0\.1:(\d+)\n", line)
        if not match:
            self.process.kill()
            raise AssertionError(f"{name} says: {line!r}")
        self.port = int(match[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()

    def stop(self):
        """Ends it as an operator would; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(SECONDS_MAX)
        self.process.stdout.close()
        return status

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS_MAX)

    def request(self, method, path, body=None):
        """Returns (status, body as text, headers)."""
        connection = self.connect()
        headers = {} if body is None else {"Content-Type": "application/json"}
        connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, text, response.headers

    def snapshot(self, params):
        return json.loads(self.request("POST", "/v1/snapshot/temperature_monitor", params)[1])

    def version(self):
        return int(self.request("POST", "/v1/snapshot/temperature_monitor", {})[2]["Freshet-Version"])

    def wait_for_version(self, version):
        wait_until(lambda: self.version() >= version, f"version {version}")

    def metric(self, name):
        text = self.request("GET", "/metrics")[1]
        return int(re.search(rf"^{name} (\d+)$", text, re.MULTILINE)[1])

    def write(self, name, rows):
        status, text, _ = self.request("PATCH", f"/v1/inputs/{name}", rows)
        assert status == 200, text
        return json.loads(text)["version"]
