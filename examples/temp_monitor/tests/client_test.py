#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""temp_client as its user sees it: what it prints, how it comes back after a restart, how it ends."""
import os
import pty
import re
import signal
import subprocess
import threading
import unittest

from monitor_process import SECONDS_MAX, Monitor, program, wait_until

SERVER = "temp_monitor_meta"
COLOURED = {"normal": "\033[32m", "low": "\033[34m", "high": "\033[33m", "critical": "\033[31m"}


def run_client(*options, **environment):
    """Runs it to its end: (status, standard output, standard error)."""
    done = subprocess.run([program("temp_client"), *options], capture_output=True, text=True, timeout=SECONDS_MAX,
                          env={**os.environ, **environment}, check=False)
    return done.returncode, done.stdout, done.stderr


def run_on_terminal(*options, **environment):
    """What it prints when its output is a terminal."""
    terminal, inner = pty.openpty()
    subprocess.run([program("temp_client"), *options], stdout=inner, timeout=SECONDS_MAX, check=True,
                   env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment})
    os.close(inner)
    text = os.read(terminal, 65536).decode()
    os.close(terminal)
    return text


class LiveClient:
    """The client while it follows a monitor; its lines gather in `lines` and `notices`."""

    def __init__(self, *options):
        self.process = subprocess.Popen([program("temp_client"), *options], stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.lines, self.notices = [], []
        self.readers = [threading.Thread(target=gather.extend, args=(pipe,)) for gather, pipe in
                        ((self.lines, self.process.stdout), (self.notices, self.process.stderr))]
        for reader in self.readers:
            reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()

    def wait_for(self, pattern):
        wait_until(lambda: any(re.search(pattern, line) for line in self.lines + self.notices), pattern)

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS_MAX)


class Client(unittest.TestCase):
    def test_prints_how_things_stand_once(self):
        with Monitor(SERVER, "--seed", 3, "--ticks", 1) as monitor:
            status, text, errors = run_client("--url", monitor.url, "--once")
        self.assertEqual((status, errors), (0, ""))
        sensors = [line.split()[0] for line in text.splitlines()]
        self.assertEqual(sensors, ["desk", "gate", "rack-1", "rack-2", "roof", "window"])
        self.assertIn("°C  normal    (20 to 25)", text.splitlines()[0])
        self.assertNotIn("\033", text)

    def test_paints_on_a_terminal_unless_told_not_to(self):
        with Monitor(SERVER, "--ticks", 1) as monitor:
            for celsius, level in ((22, "normal"), (5, "low"), (29, "high"), (60, "critical")):
                reading = {"sensor": "desk", "place": "office", "celsius": celsius}
                monitor.write("readings", [["desk", [reading]]])
                painted = run_on_terminal("--url", monitor.url, "--once").splitlines()[0]
                self.assertTrue(painted.startswith(COLOURED[level]) and level in painted, painted)
            self.assertNotIn("\033", run_on_terminal("--url", monitor.url, "--once", NO_COLOR="1"))
            self.assertNotIn("\033", run_on_terminal("--url", monitor.url, "--once", TERM="dumb"))

    def test_asks_for_its_own_threshold(self):
        with Monitor(SERVER, "--ticks", 1) as monitor:
            monitor.write("readings", [["desk", [{"sensor": "desk", "place": "office", "celsius": 29}]]])
            self.assertIn(" high ", run_client("--url", monitor.url, "--once")[1].splitlines()[0])
            self.assertIn(" critical ",
                          run_client("--url", monitor.url, "--once", "--threshold", "28")[1].splitlines()[0])

    def test_follows_changes_and_gives_its_opening_back(self):
        with Monitor(SERVER, "--ticks", 1) as monitor, LiveClient("--url", monitor.url) as client:
            client.wait_for(r"^\d\d:\d\d:\d\d  window ")
            self.assertEqual(monitor.metric("freshet_openings"), 1)
            monitor.write("readings", [["desk", [{"sensor": "desk", "place": "office", "celsius": 60}]]])
            client.wait_for("desk .* critical")
            monitor.write("readings", [["desk", []]])
            client.wait_for("desk is gone")
            self.assertEqual(client.interrupt(), 0)
            self.assertEqual(monitor.metric("freshet_openings"), 0)

    def test_comes_back_when_the_service_restarts(self):
        with Monitor(SERVER, "--ticks", 1) as monitor, LiveClient("--url", monitor.url) as client:
            client.wait_for("window")
            monitor.stop()
            client.wait_for("connection lost")
            with Monitor(SERVER, "--ticks", 1, port=monitor.port) as again:
                client.wait_for("connected again")
                again.write("readings", [["desk", [{"sensor": "desk", "place": "office", "celsius": 60}]]])
                client.wait_for("desk .* critical")
                self.assertEqual(sum("window" in line for line in client.lines), 1, "an init repeats nothing")
                self.assertEqual(client.interrupt(), 0)
                self.assertEqual(again.metric("freshet_openings"), 0)

    def test_comes_back_when_the_service_dies(self):
        with Monitor(SERVER, "--ticks", 1) as monitor, LiveClient("--url", monitor.url) as client:
            client.wait_for("window")
            monitor.process.kill()
            monitor.process.wait()
            monitor.process.stdout.close()
            client.wait_for("connection lost")
            with Monitor(SERVER, "--ticks", 1, port=monitor.port):
                client.wait_for("connected again")
                self.assertEqual(client.interrupt(), 0)

    def test_can_be_ended_while_the_service_is_away(self):
        with Monitor(SERVER, "--ticks", 1) as monitor, LiveClient("--url", monitor.url) as client:
            client.wait_for("window")
            monitor.stop()
            client.wait_for("connection lost")
            self.assertEqual(client.interrupt(), 0)

    def test_says_in_one_line_what_is_wrong(self):
        with Monitor(SERVER, "--ticks", 1) as monitor:
            closed = Monitor(SERVER, "--ticks", 1)
            closed.stop()
            for options, status, complaint in (
                    (["--url", monitor.url, "--threshold", "1000"], 1, r"\$\.threshold: "),
                    (["--url", monitor.url, "--threshold", "warm"], 2, "--threshold"),
                    (["--url", closed.url], 1, "cannot reach 127.0.0.1"),
                    (["--url", closed.url, "--once"], 1, "cannot reach 127.0.0.1"),
                    (["--url", "ftp://example.org"], 1, "cannot use the URL"),
                    (["--colour"], 2, "--colour")):
                with self.subTest(options=options):
                    ended, text, errors = run_client(*options)
                    self.assertEqual((ended, text), (status, ""))
                    self.assertRegex(errors, rf"^temp_client: .*{complaint}.*\n$")


if __name__ == "__main__":
    unittest.main()
