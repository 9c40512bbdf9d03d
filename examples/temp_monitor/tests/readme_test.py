#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs what README.md shows: each line `$ COMMAND` of its console blocks prints what stands below it, with both faces."""
import pathlib
import re
import subprocess
import tempfile
import unittest

from monitor_process import SECONDS_MAX, Monitor, program

README = pathlib.Path(__file__).parent.parent / "README.md"
# What a background command began, and what a write set going, takes a moment.
PAUSE = "sleep 0.3"
# The part of an event's id that is another one each time.
EPOCH = re.compile(r"^id: [0-9a-f]{12}-", re.MULTILINE)


def shown_commands():
    """Yields (command, output as shown)."""
    text = README.read_text(encoding="utf-8")
    for block in re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield command, output


def run(commands, monitor):
    """Runs the commands one after another in one shell; returns what each prints."""
    script = [f"printf '\\n@@@\\n'; {command}\n{PAUSE}" for command in commands]
    text = "\n".join(script).replace("localhost:8080", f"127.0.0.1:{monitor.port}")
    text = text.replace("./dev run temp_client --", f"{program('temp_client')} --url {monitor.url}")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["bash", "-c", text], cwd=folder, capture_output=True, text=True, timeout=SECONDS_MAX,
                              check=False)
    assert done.stderr == "", done.stderr
    return done.stdout.split("\n@@@\n")[1:]


class Readme(unittest.TestCase):
    maxDiff = None

    def test_shows_what_happens(self):
        commands = list(shown_commands())
        self.assertGreater(len(commands), 10)
        for face in ("temp_monitor_meta", "temp_monitor_classic"):
            with Monitor(face, "--ticks", 12, "--interval-ms", 1) as monitor:
                monitor.wait_for_version(12)
                outputs = run([command for command, _ in commands], monitor)
            self.assertEqual(len(outputs), len(commands))
            for (command, shown), output in zip(commands, outputs):
                shown, output = (EPOCH.sub("id: EPOCH-", text).rstrip("\n") for text in (shown, output))
                self.assertEqual(shown, output, f"{face}: {command}")


if __name__ == "__main__":
    unittest.main()
