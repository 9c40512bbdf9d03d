#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compiles a file and checks that the compiler says what the file expects.

Usage: expect.py FILE -- COMPILER [FLAGS]

One of FILE's first lines is `// expect: <regex>`: the compiler must refuse the file, and its first error must match, since
that is what people read; or `// expect: compiles`. Without the source quoted in the messages (-fno-diagnostics-show-caret),
a sentence that only stands in the file does not count as said.
"""
import pathlib
import re
import subprocess
import sys


def expectation(path):
    for line in path.read_text().split("\n")[:3]:
        if line.startswith("// expect: "):
            return line.removeprefix("// expect: ").strip()
    sys.exit(f"{path}: none of the first three lines says `// expect: ...`")


def first_error(messages):
    return next((line for line in messages.split("\n") if re.search(r"\berror: ", line)), "")


def main():
    if len(sys.argv) < 4 or sys.argv[2] != "--":
        sys.exit(__doc__.split("\n\n")[1])
    path, compiler = pathlib.Path(sys.argv[1]), sys.argv[3:]
    expected = expectation(path)
    command = [*compiler, "-fsyntax-only", "-fno-diagnostics-show-caret", "-fdiagnostics-color=never", str(path)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if expected == "compiles":
        problem = "should compile" if result.returncode else None
    elif result.returncode == 0:
        problem = "compiles, but must be refused"
    else:
        problem = None if re.search(expected, first_error(result.stderr)) else f"is not refused first with /{expected}/"
    if problem:
        sys.exit(f"{path.name} {problem}\n{result.stderr[:8000]}")


if __name__ == "__main__":
    main()
