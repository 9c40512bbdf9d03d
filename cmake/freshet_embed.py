#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes C++ that holds files: a function that returns them as freshet::StaticFile. See freshet_embed.cmake."""
import argparse
import pathlib

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".woff2": "font/woff2",
    ".yaml": "application/yaml",
}
LINE_BYTES = 100

HEADER = """\
#pragma once

#include <span>

#include "freshet/service/static_files.hpp"

namespace {namespace} {{

std::span<const freshet::StaticFile> {function}();

}}  // namespace {namespace}
"""

SOURCE = """\
#include "{header}"

#include <array>

namespace {namespace} {{
namespace {{

{contents}
}}  // namespace

std::span<const freshet::StaticFile> {function}() {{
  static constexpr std::array<freshet::StaticFile, {count}> files{{{{
{files}  }}}};
  return files;
}}

}}  // namespace {namespace}
"""


def literal(content):
    """The bytes as adjacent string literals. Octal escapes end after three digits, whatever follows them."""
    def escaped(byte):
        if byte == 0x0A:
            return "\\n"
        character = chr(byte)
        if character in '"\\?':  # a question mark could begin a trigraph
            return "\\" + character
        return character if 0x20 <= byte < 0x7F else f"\\{byte:03o}"

    chunks = [content[i:i + LINE_BYTES] for i in range(0, len(content), LINE_BYTES)] or [b""]
    return "\n".join('    "' + "".join(map(escaped, chunk)) + '"' for chunk in chunks)


def write_if_changed(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)
    else:
        path.touch()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--header", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--name", required=True, help="namespace::function")
    parser.add_argument("files", nargs="+", metavar="FILE=PATH")
    options = parser.parse_args()

    namespace, function = options.name.rsplit("::", 1)
    contents, files = [], []
    for i, pair in enumerate(options.files):
        source, path = pair.rsplit("=", 1)
        content = pathlib.Path(source).read_bytes()
        kind = CONTENT_TYPES.get(pathlib.PurePath(path).suffix, "application/octet-stream")
        contents.append(f"constexpr char kFile{i}[] =\n{literal(content)};\n")
        files.append(f'      {{"{path}", "{kind}", {{kFile{i}, {len(content)}}}}},\n')

    names = {"namespace": namespace, "function": function, "header": options.header.name}
    write_if_changed(options.header, HEADER.format(**names))
    write_if_changed(options.source, SOURCE.format(
        **names, contents="\n".join(contents), files="".join(files), count=len(files)))


if __name__ == "__main__":
    main()
