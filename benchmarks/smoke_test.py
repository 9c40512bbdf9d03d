#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs a benchmark in its quick mode and checks that it succeeds and that its JSON is what scripts may rely on.

Usage: smoke_test.py PROGRAM NAME. A benchmark fails by itself where contenders disagree or a delivery is lost.
"""
import json
import subprocess
import sys
import tempfile

FIELDS = {"bench": str, "workload": str, "n": int, "batch": int, "contender": str, "metric": str, "unit": str,
          "value": (int, float), "ratio_to_floor": (int, float, type(None)), "low": (int, float, type(None)),
          "high": (int, float, type(None))}


def check(rows, name):
    assert rows, "there are rows"
    for row in rows:
        assert list(row) == list(FIELDS), f"fields of {row}"
        for field, kind in FIELDS.items():
            assert isinstance(row[field], kind), f"{field} of {row}"
        assert row["bench"] == name, row
    assert {row["contender"] for row in rows} >= {"floor", "freshet"}
    assert all(row["ratio_to_floor"] in (1, None) for row in rows if row["contender"] == "floor")
    places = {kind: {tuple(row[field] for field in ("workload", "n", "batch", "metric"))
                     for row in rows if row["contender"] == kind} for kind in ("floor", "freshet")}
    # Of how it encodes, and of what the floor is not asked to do, Freshet alone can be asked.
    is_complete = places["floor"] < places["freshet"] if name == "push" else places["floor"] == places["freshet"]
    assert is_complete, "each figure is there of both"


def main():
    program, name = sys.argv[1:]
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([program, "--quick", "--json", file.name], check=True)
        check(json.load(file)["rows"], name)


if __name__ == "__main__":
    main()
