#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks the habits of the house that no compiler checks: layers, dead files, pages, snippets, lengths, names.

Usage: tools/tidy.py [--fix] [ROOT]

Prints `path:line: rule: message` for each problem and exits 1 if there is one; notes do not count. --fix rewrites the
snippets that pages quote. Each rule is one module of tools/tidy_rules; tools/tidy_test.py shows what each refuses.
"""
import argparse
import pathlib
import sys

from tidy_rules import layers, lengths, listing, pages, snippets, words
from tidy_rules.tree import Report, Tree


def check(root, fix=False):
    """Runs every rule over the tree at `root` and returns the Report."""
    if fix:
        snippets.fix(Tree(root))
    tree, report = Tree(root), Report()
    for rule in (layers, listing, pages, snippets, lengths, words):
        rule.check(tree, report)
    return tree, report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fix", action="store_true", help="rewrite the snippets that pages quote")
    parser.add_argument("root", nargs="?", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    options = parser.parse_args()
    tree, report = check(options.root.resolve(), options.fix)
    for line in report.notes + report.problems:
        print(line)
    print(f"tidy: {len(tree.files)} files, {len(report.problems)} problems, {len(report.notes)} notes")
    return 1 if report.problems else 0


if __name__ == "__main__":
    sys.exit(main())
