# SPDX-License-Identifier: MIT
"""Pages quote tested code: a fenced block below `<!-- snippet: path tag -->` equals that file's tagged region.

A region stands between lines `// [tag]` and `// [/tag]` (`# [tag]` in scripts). Its indentation is taken off, and the
lines of other tags inside it are left out.
"""
import pathlib
import re
import textwrap

from . import pages

MARKER = re.compile(r"^<!-- snippet: (\S+) (\S+) -->$")
TAG_LINE = re.compile(r"^\s*(?://|#) \[/?[\w-]+\]\s*$")


class Broken(Exception):
    """A snippet whose source or block cannot be found; the text says why."""


def region(tree, path, tag):
    """The lines of a tagged region, without common indentation."""
    if path not in tree.file_set:
        raise Broken(f"there is no file {path}")
    lines = tree.lines(path)
    marks = {}
    for edge in (tag, "/" + tag):
        found = [i for i, line in enumerate(lines) if re.fullmatch(rf"\s*(?://|#) \[{re.escape(edge)}\]\s*", line)]
        if len(found) != 1:
            raise Broken(f"{path} has the mark [{edge}] {len(found)} times, not once")
        marks[edge] = found[0]
    inside = [line for line in lines[marks[tag] + 1:marks["/" + tag]] if not TAG_LINE.match(line)]
    return textwrap.dedent("\n".join(inside)).strip("\n").split("\n")


def blocks(tree, page, lines):
    """Yields (marker's index, path, tag, first, last) for each marker; lines[first:last] is the fence's content."""
    for number, line in pages.prose(tree, page):
        index, match = number - 1, MARKER.match(line)
        if not match:
            continue
        first = index + 2
        if index + 1 >= len(lines) or not lines[index + 1].startswith("```"):
            yield index, pathlib.Path(match[1]), match[2], None, None
            continue
        last = next((i for i in range(first, len(lines)) if lines[i].startswith("```")), None)
        yield index, pathlib.Path(match[1]), match[2], first, last


def check(tree, report):
    for page in tree.markdown():
        lines = tree.lines(page)
        for index, path, tag, first, last in blocks(tree, page, lines):
            try:
                expected = region(tree, path, tag)
            except Broken as broken:
                report.problem(page, index + 1, "snippets", str(broken))
                continue
            if last is None:
                report.problem(page, index + 1, "snippets", "no fenced block follows the marker")
            elif lines[first:last] != expected:
                report.problem(page, index + 1, "snippets", f"differs from {path} [{tag}]; tools/tidy.py --fix renews it")


def fix(tree):
    """Rewrites every fenced block that differs from its region; leaves broken ones to check()."""
    for page in tree.markdown():
        lines = tree.lines(page)
        for _, path, tag, first, last in reversed(list(blocks(tree, page, lines))):
            try:
                expected = region(tree, path, tag)
            except Broken:
                continue
            if last is not None:
                lines[first:last] = expected
        text = "\n".join(lines)
        if text != tree.text(page):
            (tree.root / page).write_text(text, encoding="utf-8")
