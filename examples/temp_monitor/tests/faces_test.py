#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Both faces of the temperature monitor answer alike, byte for byte, and stream what tests/expected/stream.txt says.

FRESHET_RENEW=1 writes that file anew.
"""
import json
import os
import pathlib
import re
import unittest

from monitor_process import Monitor

FACES = ("temp_monitor_meta", "temp_monitor_classic")
EXPECTED_STREAM = pathlib.Path(__file__).parent / "expected" / "stream.txt"
TICKS = 45
LAST_KEY = "the end"


def read_stream(name, interval_ms):
    """The `event:` and `data:` lines from the first commit to the last, or None if the first was missed."""
    with Monitor(name, "--seed", 1, "--interval-ms", interval_ms, "--ticks", TICKS) as monitor:
        instance = json.loads(monitor.request("POST", "/v1/streams/temperature_monitor", {"threshold": 32})[1])
        connection = monitor.connect()
        connection.request("GET", f"/v1/streams/{instance['instance_id']}", headers={"Accept": "text/event-stream"})
        stream = connection.getresponse()
        events, version = [], None
        while True:
            line = stream.readline().decode()
            if line.startswith("id:"):
                # The id is `<epoch>-<version>`; the epoch is another one each time.
                named = int(re.search(r"-(\d+)", line)[1])
                if version is None and named != 1:
                    connection.close()
                    return None
                version = named
                if version == TICKS:
                    monitor.write("readings", [[LAST_KEY, [{"sensor": LAST_KEY, "place": "office", "celsius": 21}]]])
            if line.startswith(("event:", "data:")):
                events.append(line)
                if line.startswith("data:") and LAST_KEY in line:
                    connection.close()
                    return "".join(events)


def read_whole_stream(name):
    """On a busy machine the stream may be opened after the second commit; then there is another try, at half the speed."""
    for interval_ms in (100, 200, 400, 800, 1600):
        events = read_stream(name, interval_ms)
        if events is not None:
            return events
    raise AssertionError("the machine is too busy to see the first commit")


REQUESTS = (
    ("GET", "/v1/resources", None, 200),
    ("GET", "/v1/inputs", None, 200),
    ("POST", "/v1/snapshot/temperature_monitor", {}, 200),
    ("POST", "/v1/snapshot/temperature_monitor", {"threshold": 40}, 200),
    ("POST", "/v1/snapshot/temperature_monitor", {"threshold": 200}, 400),
    ("POST", "/v1/snapshot/temperature_monitor", {"treshold": 20}, 400),
    ("POST", "/v1/snapshot/temperature_monitor/lookup", {"key": "desk", "params": {"threshold": 20}}, 200),
    ("PATCH", "/v1/inputs/ranges", [["office", [{"low": 22, "high": 20}]]], 422),
    ("PATCH", "/v1/inputs/ranges", [["office", [{"low": "cold", "high": 20}]]], 400),
    ("PATCH", "/v1/inputs/readings", [["desk", [{"sensor": "desk", "place": "office", "celsius": 1000}]]], 400),
    ("PATCH", "/v1/inputs/ranges", [["warehouse", []]], 200),
    ("POST", "/v1/snapshot/temperature_monitor", {}, 200),
)


def read_answers(name):
    """The (status, body) of all requests, in a row."""
    with Monitor(name, "--seed", 7, "--interval-ms", 1, "--ticks", 30) as monitor:
        monitor.wait_for_version(30)
        return [monitor.request(method, path, body)[:2] for method, path, body, _ in REQUESTS]


class Faces(unittest.TestCase):
    maxDiff = None

    def test_send_the_same_events(self):
        meta, classic = (read_whole_stream(name) for name in FACES)
        self.assertEqual(meta, classic)
        if os.environ.get("FRESHET_RENEW"):
            EXPECTED_STREAM.write_text(meta, encoding="utf-8")
        self.assertEqual(meta, EXPECTED_STREAM.read_text(encoding="utf-8"))

    def test_show_every_level_in_the_stream(self):
        for level in ("normal", "low", "high", "critical"):
            self.assertIn(f'"level":"{level}"', EXPECTED_STREAM.read_text(encoding="utf-8"))

    def test_give_the_same_answers(self):
        meta, classic = (read_answers(name) for name in FACES)
        for request, one, other in zip(REQUESTS, meta, classic):
            self.assertEqual(one, other, request)
            self.assertEqual(one[0], request[3], (request, one))
        self.assertNotIn("warehouse", meta[-1][1])

    def test_compute_again_only_what_read_the_range_that_changed(self):
        for name in FACES:
            with Monitor(name, "--ticks", 1) as monitor:
                instance = monitor.request("POST", "/v1/streams/temperature_monitor", {})[1]
                self.assertIn("instance_id", instance)
                before = monitor.metric("freshet_mapper_calls_total")
                monitor.write("ranges", [["office", [{"low": 30, "high": 40}]]])
                self.assertEqual(monitor.metric("freshet_mapper_calls_total") - before, 2)
                levels = {sensor: alert["level"] for sensor, [alert] in monitor.snapshot({})}
                self.assertEqual((levels["desk"], levels["window"], levels["rack-1"]), ("low", "low", "normal"))

    def test_leave_nothing_of_a_range_that_is_refused(self):
        for name in FACES:
            with Monitor(name, "--ticks", 1) as monitor:
                before = monitor.snapshot({})
                rows = [["server_room", [{"low": 0, "high": 1}]], ["office", [{"low": 2, "high": 1}]]]
                status, text, _ = monitor.request("PATCH", "/v1/inputs/ranges", rows)
                self.assertEqual(status, 422, text)
                self.assertEqual(monitor.snapshot({}), before)
                self.assertEqual(monitor.version(), 1)

    def test_end_well_when_asked_to(self):
        for name in FACES:
            with Monitor(name) as monitor:
                self.assertEqual(monitor.stop(), 0)


if __name__ == "__main__":
    unittest.main()
