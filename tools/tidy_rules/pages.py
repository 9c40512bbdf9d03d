# SPDX-License-Identifier: MIT
"""Pages: one h1 each, every relative link leads somewhere, every file they name exists."""
import os
import pathlib
import re

LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
CODE = re.compile(r"`([^`\n]+)`")
EXAMPLE = re.compile(r"Example: ([\w./-]+)(?: \[(\w+)\])?")
FENCE = re.compile(r"^\s*(```+|~~~+)")

# A word in backticks that begins with one of these folders is taken for a file of ours.
FOLDERS = ("src/", "examples/", "tests/", "tools/", "docs/", "benchmarks/", "fuzz/", "cmake/", ".ci/")

# Pages that tell of a past day may name files that are gone since.
HISTORY = ("docs/decisions/", "CHANGELOG.md")


def prose(tree, page):
    """Yields (line number, line) of the page without its fenced blocks."""
    fence = None
    for number, line in enumerate(tree.lines(page), 1):
        match = FENCE.match(line)
        if fence is None and match:
            fence = match[1]
        elif fence is not None and match and match[1].startswith(fence):
            fence = None
        elif fence is None:
            yield number, line


def links(tree, page):
    """Yields (line, target as written) of each link of the page that is not to another site."""
    for number, line in prose(tree, page):
        for target in LINK.findall(CODE.sub("", line)):
            if not re.match(r"[a-z][a-z0-9+.-]*:", target):
                yield number, target


def resolve(page, target):
    """The path below the root that a link of `page` leads to."""
    name = target.split("#")[0]
    return pathlib.Path(os.path.normpath(page.parent / name)) if name else page


def anchors(tree, page):
    """The anchors of a page's headings, as GitHub makes them."""
    found = set()
    for _, line in prose(tree, page):
        if re.match(r"#{1,6} ", line):
            text = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("#").strip()).lower()
            found.add(re.sub(r"[^\w\- ]", "", text).replace(" ", "-"))
    return found


def reachable(tree):
    """All files that a chain of links leads to from README.md; a link to a folder leads to the pages in it."""
    seen, pending = set(), [pathlib.Path("README.md")]
    while pending:
        page = pending.pop()
        if page in seen or page not in tree.file_set:
            continue
        seen.add(page)
        if page.suffix != ".md":
            continue
        for _, target in links(tree, page):
            goal = resolve(page, target)
            pending.append(goal)
            if goal in tree.folders:
                pending += [path for path in tree.markdown() if path.parent == goal]
    return seen


def check(tree, report):
    for page in tree.markdown():
        check_heading(tree, report, page)
        check_links(tree, report, page)
        if not str(page).startswith(HISTORY):
            check_named_files(tree, report, page)
    for path in tree.cxx():
        check_examples(tree, report, path)


def check_heading(tree, report, page):
    heads = [number for number, line in prose(tree, page) if re.match(r"# |=+$", line)]
    if len(heads) != 1:
        report.problem(page, heads[1] if heads else 1, "pages", f"has {len(heads)} top headings, not one")


def check_links(tree, report, page):
    for number, target in links(tree, page):
        goal = resolve(page, target)
        if goal not in tree.file_set and goal not in tree.folders:
            report.problem(page, number, "pages", f"the link to {target} leads nowhere")
        elif "#" in target and goal.suffix == ".md" and target.split("#")[1] not in anchors(tree, goal):
            report.problem(page, number, "pages", f"{goal} has no heading for {target}")


def check_named_files(tree, report, page):
    for number, line in prose(tree, page):
        for code in CODE.findall(line):
            word = code.split()[0].rstrip("/").split(":")[0] if code.strip() else ""
            if not word.startswith(FOLDERS) or re.search(r"[*<>{}$]|\.\.\.", code):
                continue
            if pathlib.Path(word) not in tree.file_set and pathlib.Path(word) not in tree.folders:
                report.problem(page, number, "pages", f"names {word}, which does not exist")


def check_examples(tree, report, path):
    """A comment's `Example: path [tag]` names a tagged region that exists; a bare name is a file beside it."""
    for number, line in enumerate(tree.lines(path), 1):
        match = EXAMPLE.search(line) if "//" in line else None
        if not match or "." not in match[1]:
            continue
        goal = pathlib.Path(match[1]) if "/" in match[1] else path.parent / match[1]
        tag = match[2]
        if goal not in tree.file_set:
            report.problem(path, number, "pages", f"names the example {goal}, which does not exist")
        elif tag and f"// [{tag}]" not in tree.text(goal):
            report.problem(path, number, "pages", f"{goal} has no region [{tag}]")
