#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An example program started as systemd starts it: with a socket that listens already and another to say how it is."""
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import tempfile
import time

PROGRAM = os.environ["FRESHET_TEST_PROGRAM"]
PATIENCE_S = 30


class Supervisor:
    """Plays systemd for one program at a time; the socket outlives the programs."""

    def __init__(self, folder):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.name = str(folder / "notify")
        self.notified = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notified.bind(self.name)
        self.notified.settimeout(PATIENCE_S)
        self.process = None

    def start(self, *arguments):
        self.process = os.fork()
        if self.process == 0:
            os.dup2(self.listener.fileno(), 3)
            os.set_inheritable(3, True)
            environment = dict(os.environ, LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", NOTIFY_SOCKET=self.name,
                               WATCHDOG_USEC="100000")
            os.execve(PROGRAM, [PROGRAM, *arguments], environment)

    def hears(self, wanted):
        """Waits for that message; the signs of life before it are passed over."""
        while True:
            message = self.notified.recv(256).decode()
            if message == wanted:
                return
            assert message == "WATCHDOG=1", message

    def stop(self):
        os.kill(self.process, signal.SIGTERM)
        self.hears("STOPPING=1")
        _, status = os.waitpid(self.process, 0)
        assert os.waitstatus_to_exitcode(status) == 0, status
        self.process = None


def connect(supervisor):
    return http.client.HTTPConnection("127.0.0.1", supervisor.port, timeout=PATIENCE_S)


def get(supervisor, path, headers=None):
    connection = connect(supervisor)
    connection.request("GET", path, headers=headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def open_stream(supervisor):
    connection = connect(supervisor)
    connection.request("POST", "/v1/streams/temperature_monitor", body='{"threshold": 20}')
    instance = json.loads(connection.getresponse().read())["instance_id"]
    connection = connect(supervisor)
    connection.request("GET", "/v1/streams/" + instance, headers={"Accept": "text/event-stream"})
    stream = connection.getresponse()
    assert stream.status == 200
    assert stream.readline() == b"event: init\n"
    return stream


def wait_for(condition):
    """Waits until that holds; what another process does takes some time."""
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        log = folder / "access.log"
        (folder / "freshet.toml").write_text(
            f'[clients]\ntrusted_proxies = ["127.0.0.1"]\n[access_log]\nfile = "{log}"\n')
        supervisor = Supervisor(folder)
        arguments = ("--config", str(folder / "freshet.toml"), "--log-level", "error")
        supervisor.start(*arguments)
        supervisor.hears("READY=1")
        assert get(supervisor, "/readyz") == (200, '{"status":"ready"}')
        supervisor.hears("WATCHDOG=1")

        get(supervisor, "/v1/resources?ticket=hunter2", {"X-Forwarded-For": "192.0.2.7", "X-Request-Id": "one"})
        wait_for(lambda: any(line.get("request_id") == "one" for line in lines_of(log)))
        line = next(line for line in lines_of(log) if line.get("request_id") == "one")
        assert line["client"] == "192.0.2.7" and line["query"] == "ticket=***" and line["status"] == 200, line

        # As logrotate does it.
        log.rename(folder / "access.log.1")
        os.kill(supervisor.process, signal.SIGHUP)
        wait_for(log.exists)
        get(supervisor, "/healthz", {"X-Request-Id": "two"})
        wait_for(lambda: any(line.get("request_id") == "two" for line in lines_of(log)))

        stream = open_stream(supervisor)
        supervisor.stop()
        assert re.search(rb"retry: ?\d+\n", stream.read()), "a reader was not told to come back"
        wait_for(lambda: any(line.get("closed") == "finished" for line in lines_of(log)))

        # Who comes between two programs waits for the next.
        early = connect(supervisor)
        early.request("GET", "/healthz")
        supervisor.start(*arguments)
        assert early.getresponse().status == 200
        supervisor.hears("READY=1")
        supervisor.stop()


if __name__ == "__main__":
    main()
