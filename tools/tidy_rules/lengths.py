# SPDX-License-Identifier: MIT
"""Long files and functions: noted past the aim, refused past the limit (STYLE: files 300 and 600, functions 40 and 70)."""
import ast
import re

from .tree import CXX_SUFFIXES

FILE_AIM, FILE_LIMIT = 300, 600
FUNCTION_AIM, FUNCTION_LIMIT = 40, 70
SUFFIXES = CXX_SUFFIXES | {".py", ".cmake", ".js", ".mjs", ".css", ".html", ".sh", ""}

# Comments, literals and preprocessor lines: whatever could hold a brace that is none.
NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<raw>[^()\\ \n]{0,16})\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-zA-Z_])'(?:\\.|[^'\\\n])+'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.S | re.M)
SCOPE = re.compile(r"\b(namespace|class|struct|union|enum|extern)\b")


def check(tree, report):
    for path in tree.files:
        text = tree.text(path)
        if path.suffix not in SUFFIXES or text is None:
            continue
        judge(report, path, 1, "the file", text.count("\n"), FILE_AIM, FILE_LIMIT)
        if path.suffix in CXX_SUFFIXES:
            found = cxx_functions(text)
        elif path.suffix == ".py":
            found = python_functions(text)
        else:
            continue
        for name, line, length in found:
            judge(report, path, line, name, length, FUNCTION_AIM, FUNCTION_LIMIT)


def judge(report, path, line, what, length, aim, limit):
    if length > limit:
        report.problem(path, line, "lengths", f"{what} has {length} lines; the limit is {limit}")
    elif length > aim:
        report.note(path, line, "lengths", f"{what} has {length} lines; the aim is {aim}")


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def blank_noise(text):
    """The text with all NOISE replaced by nothing but its line ends."""
    return NOISE.sub(lambda match: "\n" * match[0].count("\n") or " ", text)


def without_template_head(header):
    """`template <class T> void f()` -> ` void f()`."""
    while match := re.match(r"\s*template\s*<", header):
        depth, end = 1, match.end()
        while depth and end < len(header):
            depth += {"<": 1, ">": -1}.get(header[end], 0)
            end += 1
        header = header[end:]
    return header


def kind_of(header):
    """What a brace after `header`, outside of functions, opens: a scope, a function or an initializer."""
    plain = without_template_head(header)
    if SCOPE.search(plain.split("(")[0]) or re.search(r"\b(class|struct|union)\s+\w+(\s+final)?\s*$", plain):
        return "scope"
    if ")" not in plain:
        return "initializer"
    in_member_initializers = re.search(r"\)\s*(noexcept\s*)?:[^:]", plain)
    if in_member_initializers and not header[-1].isspace() and header[-1] != ")":
        return "initializer"
    return "function"


def name_of(header):
    match = re.search(r"([\w:~]+|operator\s*\S+)\s*\(([^()]*)\)?", without_template_head(header))
    if not match:
        return "a function"
    is_test = match[1].startswith("TEST") or match[1].endswith("_TEST")
    return f"{match[1]}({match[2].strip()})" if is_test else f"{match[1]}()"


def cxx_functions(text):
    """Yields (name, line, length in lines) of each function outside another; lambdas count as part of theirs.

    A scan of braces, not a parser: good for what this house writes.
    """
    text = blank_noise(text)
    stack, header_start, parens = [], 0, 0
    function_depth, name, opened = 0, "", 0
    for match in re.finditer(r"[{}();]", text):
        mark = match[0]
        if function_depth:
            function_depth += {"{": 1, "}": -1}.get(mark, 0)
            if function_depth == 0:
                line = text.count("\n", 0, opened) + 1
                yield name, line, text.count("\n", opened, match.end()) + 1
                header_start = match.end()
        elif mark in "()":
            parens += 1 if mark == "(" else -1
        elif mark == ";" and not parens:
            header_start = match.end()
        elif mark == "{":
            header = text[header_start:match.start()]
            kind = "initializer" if parens else kind_of(header)
            if kind == "function":
                function_depth, name, opened = 1, name_of(header), match.start()
                continue
            stack.append(kind)
            if kind == "scope":
                header_start = match.end()
        elif mark == "}" and stack and stack.pop() == "scope":
            header_start = match.end()
