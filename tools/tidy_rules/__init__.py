# SPDX-License-Identifier: MIT
"""The rules of tools/tidy.py, one module each, with `check(tree, report)`."""
