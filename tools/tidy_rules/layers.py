# SPDX-License-Identifier: MIT
"""Includes point down, never up, sideways or in a circle, and CMake's DEPENDS say the same (DESIGN section 2)."""
import pathlib
import re

SOURCE = pathlib.Path("src")
LIBRARY = SOURCE / "freshet"

# From the ground up; layers on one line are siblings and do not know each other.
STOREYS = [
    ["base"],
    ["model"],
    ["codec", "expr"],
    ["rx", "graph"],
    ["net", "store"],
    ["stream", "api", "connect", "sql"],
    ["service"],
    ["classic", "meta"],
    ["cli", "dashboard"],
]
RANK = {layer: rank for rank, storey in enumerate(STOREYS) for layer in storey}

# Lower, yet not to be known: bytes on sockets know nothing of the engine.
STRANGERS = {("net", "graph")}

# Where an include that is no freshet/... is looked for, after the folder of the file itself.
PROGRAM_FOLDERS = [pathlib.Path(name) for name in (".", "examples", "benchmarks", "tests", "fuzz")]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def layer_of(path):
    """The layer a file belongs to, or None for programs, tests, tools."""
    if path.is_relative_to(LIBRARY) and len(path.parts) > len(LIBRARY.parts) + 1:
        return path.parts[len(LIBRARY.parts)]
    return None


def includes_of(tree, path):
    """Yields (line, target path or None if not ours, text as written) for each include."""
    for number, line in enumerate(tree.lines(path), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        name = match[2]
        target = None
        if name.startswith("freshet/"):
            target = SOURCE / name
        elif match[1] == '"':
            places = [folder / name for folder in [path.parent, *PROGRAM_FOLDERS]]
            target = next((place for place in places if place in tree.file_set), None)
        yield number, target, match[0].strip()


def is_installed(path):
    """Whether users get the header: not those in internal/ (the layer's own) and testing/ (its tests')."""
    return path.suffix == ".hpp" and not {"internal", "testing"} & set(path.parts)


def may_include(lower, upper):
    return lower == upper or (RANK[lower] < RANK[upper] and (upper, lower) not in STRANGERS)


def check(tree, report):
    graph = {path: list(includes_of(tree, path)) for path in tree.cxx()}
    for path, includes in graph.items():
        for line, target, text in includes:
            check_include(tree, report, path, line, target, text)
    check_cycles(report, graph)
    check_depends(tree, report, graph)


def check_include(tree, report, path, line, target, text):
    own = layer_of(path)
    if own is not None and own not in RANK:
        report.problem(path, line, "layers", f"'{own}' is not a layer of tools/tidy_rules/layers.py")
        return
    if own is not None and (target is None or not target.is_relative_to(SOURCE)):
        if text.endswith('"'):
            report.problem(path, line, "layers", f'{text}: write the whole path, "freshet/<layer>/x.hpp"')
        return
    if target is None or not target.is_relative_to(LIBRARY):
        return
    if target not in tree.file_set:
        report.problem(path, line, "layers", f"{text}: there is no such file")
        return
    other = layer_of(target)
    if own is not None and other is not None and not may_include(other, own):
        report.problem(path, line, "layers", f"{own} may not include {other}: an include may only point down")
    if "internal" in target.parts and other != own:
        report.problem(path, line, "layers", f"{text}: internal headers are for their own layer only")
    elif "internal" in target.parts and is_installed(path):
        report.problem(path, line, "layers", f"{text}: an installed header may not include what is never installed")


def check_cycles(report, graph):
    """Reports each file from which a chain of includes leads back to it, once per circle."""
    done, stack = set(), []

    def visit(path):
        if path in stack:
            circle = [str(step) for step in stack[stack.index(path):] + [path]]
            report.problem(path, 1, "layers", "includes in a circle: " + " -> ".join(circle))
            return
        if path in done or path not in graph:
            return
        stack.append(path)
        for _, target, _ in graph[path]:
            if target is not None:
                visit(target)
        stack.pop()
        done.add(path)

    for path in graph:
        visit(path)


def declared_depends(tree):
    """The DEPENDS of each freshet_layer() call: {layer: (CMakeLists path, [layers])}."""
    depends = {}
    for path in tree.cmake_lists():
        words = tree.cmake_words(path)
        if layer_of(path) is None or "freshet_layer" not in words:
            continue
        name = words[words.index("NAME") + 1]
        listed = []
        if "DEPENDS" in words:
            for word in words[words.index("DEPENDS") + 1:]:
                if not word or word.isupper():
                    break
                listed.append(word)
        depends[name] = (path, listed)
    return depends


def closure(layer, depends):
    """All layers that `layer` links, directly or through others."""
    seen, pending = set(), [layer]
    while pending:
        for lower in depends.get(pending.pop(), (None, []))[1]:
            if lower not in seen:
                seen.add(lower)
                pending.append(lower)
    return seen


def check_depends(tree, report, graph):
    depends = declared_depends(tree)
    used = {layer: {} for layer in depends}
    written = {layer_of(path) for path in graph}
    for path, includes in graph.items():
        if layer_of(path) in used:
            for line, target, _ in includes:
                if target in tree.file_set and layer_of(target) is not None:
                    used[layer_of(path)].setdefault(layer_of(target), (path, line))
    for layer, (cmake, listed) in depends.items():
        for lower in listed:
            if lower not in RANK or layer not in RANK or lower == layer or not may_include(lower, layer):
                report.problem(cmake, 1, "layers", f"{layer} DEPENDS {lower}, which is not below it")
            elif layer in written and lower not in used[layer]:
                report.problem(cmake, 1, "layers", f"{layer} DEPENDS {lower}, but includes nothing of it")
        for lower, (path, line) in used[layer].items():
            if lower != layer and lower not in closure(layer, depends):
                report.problem(path, line, "layers", f"includes {lower}, which {cmake} does not name in DEPENDS")
