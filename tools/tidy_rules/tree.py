# SPDX-License-Identifier: MIT
"""The files of the project, and where rules report to."""
import functools
import pathlib
import re
import subprocess

CXX_SUFFIXES = {".cpp", ".hpp", ".h", ".cc", ".ipp"}


class Report:
    """What the rules found: problems make the run fail, notes do not."""

    def __init__(self):
        self.problems = []
        self.notes = []

    def problem(self, path, line, rule, message):
        self.problems.append(f"{path}:{line}: {rule}: {message}")

    def note(self, path, line, rule, message):
        self.notes.append(f"{path}:{line}: note: {rule}: {message}")


class Tree:
    """The files below `root` that belong to the project, as relative pathlib paths in sorted order.

    In a git checkout these are the tracked files and the new ones that no .gitignore names; elsewhere (an unpacked
    archive, a test) all files.
    """

    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.files = sorted(path for path in self._list() if (self.root / path).is_file())
        self.file_set = set(self.files)
        self.folders = {parent for path in self.files for parent in path.parents}

    def _list(self):
        if (self.root / ".git").exists():
            command = ["git", "-C", str(self.root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
            names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
            return {pathlib.Path(name) for name in names if name}
        return {path.relative_to(self.root) for path in self.root.rglob("*")}

    @functools.cache
    def text(self, path):
        """The file's text, or None if it is not UTF-8 text."""
        try:
            text = (self.root / path).read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            return None
        return None if "\0" in text else text

    def lines(self, path):
        return (self.text(path) or "").split("\n")

    def cxx(self):
        return [path for path in self.files if path.suffix in CXX_SUFFIXES]

    def markdown(self):
        return [path for path in self.files if path.suffix == ".md"]

    def cmake_lists(self):
        return [path for path in self.files if path.name == "CMakeLists.txt"]

    @functools.cache
    def cmake_words(self, path):
        """The words of a CMake file, without comments; a path below its own folder is given relative to that."""
        text = re.sub(r"#[^\n]*", "", self.text(path))
        text = re.sub(r"\$\{CMAKE_CURRENT_(SOURCE|LIST)_DIR\}/", "", text)
        return re.split(r'[\s();"=]+', text)
