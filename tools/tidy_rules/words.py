# SPDX-License-Identifier: MIT
"""What is refused on sight: missing licence lines, catch-all names, GLOB, untidy white space, addresses in lock files."""
import re

from .tree import CXX_SUFFIXES

SOURCE_SUFFIXES = CXX_SUFFIXES | {".py", ".cmake", ".js", ".mjs", ".css", ".sh"}
TEXT_SUFFIXES = SOURCE_SUFFIXES | {".html", ".md", ".json", ".in", ".txt"}
CATCH_ALL = {"util", "utils", "utility", "utilities", "helper", "helpers", "common", "misc", "stuff"}
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
LICENCE = "SPDX-License-Identifier: MIT"


def is_source(tree, path):
    if path.suffix in SOURCE_SUFFIXES or path.name == "CMakeLists.txt":
        return True
    return path.suffix == "" and (tree.text(path) or "").startswith("#!")


def is_data(path):
    """Inputs and expected outputs of tests and fuzzers are bytes, whatever they look like."""
    return any(part in ("corpus", "expected", "data", "cases") for part in path.parts[:-1])


def check(tree, report):
    for path in tree.files:
        check_name(report, path)
        if is_data(path) or tree.text(path) is None:
            continue
        source = is_source(tree, path)
        if source:
            check_source(tree, report, path)
        if source or path.suffix in TEXT_SUFFIXES or path.parent.name == "":
            check_white_space(tree, report, path)
        if path.name == "package-lock.json" and '"resolved"' in tree.text(path):
            report.problem(path, 1, "words", "a lock file here names no address (npm: omit-lockfile-registry-resolved)")


def check_name(report, path):
    for part in (*path.parts[:-1], path.name.split(".")[0]):
        if part.lower() in CATCH_ALL:
            report.problem(path, 1, "words", f"'{part}' says nothing: name what it does")


def check_source(tree, report, path):
    lines = tree.lines(path)
    if not any(LICENCE in line for line in lines[:3]):
        report.problem(path, 1, "words", f"the first lines lack '{LICENCE}'")
    is_cmake = path.name == "CMakeLists.txt" or path.suffix == ".cmake"
    for number, line in enumerate(lines, 1):
        if is_cmake and re.search(r"\bfile\s*\(\s*GLOB", line):
            report.problem(path, number, "words", "GLOB: list the files, so that a dead one shows")
        if re.match(r"\s*#\s*include\s*<bits/", line):
            report.problem(path, number, "words", "<bits/...> is the library's own business: include the standard header")
        if UNFINISHED.search(line):
            report.problem(path, number, "words", "an unfinished mark: do it, or file an issue")


def check_white_space(tree, report, path):
    text = tree.text(path)
    if text and not text.endswith("\n"):
        report.problem(path, text.count("\n") + 1, "words", "the last line has no end")
    for number, line in enumerate(text.split("\n"), 1):
        if "\t" in line:
            report.problem(path, number, "words", "a tab: indent with spaces")
        if line != line.rstrip():
            report.problem(path, number, "words", "spaces at the end of the line")
