# SPDX-License-Identifier: MIT
"""No dead file: everything is listed in a CMakeLists.txt, linked from a page, or named by a file that is used."""
import re

from . import layers, pages
from .tree import CXX_SUFFIXES

# What tools find by its name alone.
ROOTS = {"README.md", "LICENSE", "CMakeLists.txt", "CMakePresets.json", "package.json", "package-lock.json", "dev",
         ".ci/run", ".gitignore", ".gitattributes", ".clang-format", ".clang-tidy", ".editorconfig"}


def check(tree, report):
    linked = pages.reachable(tree)
    included = {target for path in tree.cxx() for _, target, _ in layers.includes_of(tree, path)}
    mentions = mentioned_words(tree)
    for path in tree.files:
        if str(path) in ROOTS or path in linked:
            continue
        if path.suffix == ".md":
            report.problem(path, 1, "dead file", "no chain of links leads here from README.md")
        elif path.suffix in CXX_SUFFIXES:
            below_source = path.is_relative_to(layers.SOURCE)
            if not is_listed(tree, path) and (below_source or path not in included):
                report.problem(path, 1, "dead file", "listed in no CMakeLists.txt above it")
        elif not is_listed(tree, path, with_folders=True) and not is_mentioned(path, mentions):
            report.problem(path, 1, "dead file", "no CMakeLists.txt lists it, and no other file names it")


def is_listed(tree, path, with_folders=False):
    """Whether a CMakeLists.txt above `path` names it, or (with_folders) a folder that it lies in."""
    for folder in path.parents:
        cmake = folder / "CMakeLists.txt"
        if cmake not in tree.file_set or cmake == path:
            continue
        below = path.relative_to(folder)
        names = [below] + (list(below.parents)[:-1] if with_folders else [])
        words = listed_words(tree, cmake)
        if {str(name) for name in names} & words or is_in_a_loop(str(below), words):
            return True
    return False


def is_in_a_loop(name, words):
    """Whether a foreach() lists it by its stem: `a` and `${name}.test.mjs` are a list of a.test.mjs."""
    endings = {word.split("}", 1)[1] for word in words if re.match(r"\$\{\w+\}[\w.]+$", word)}
    return any(name.endswith(ending) and name.removesuffix(ending) in words for ending in endings)


def listed_words(tree, cmake):
    """The words of a CMakeLists.txt but for add_subdirectory(): that a folder is built does not list what is in it."""
    words = tree.cmake_words(cmake)
    return {word for before, word in zip([""] + words, words) if before != "add_subdirectory"}


def mentioned_words(tree):
    """For each word that looks like a file name: the files that say it."""
    mentions = {}
    for path in tree.files:
        if path.name == "package-lock.json":
            continue
        for word in set(re.findall(r"[\w.-]+", tree.text(path) or "")):
            mentions.setdefault(word.rstrip("."), set()).add(path)
    return mentions


def is_mentioned(path, mentions):
    """Whether another file says its name: a script its caller, a page its style sheet, a CMakeLists.txt its folder."""
    names = [path.name]
    if path.suffix in (".py", ".cmake"):
        names.append(path.stem)
    if path.name in ("CMakeLists.txt", "__init__.py"):
        names = [path.parent.name]
    return any(mentions.get(name, set()) - {path} for name in names)
