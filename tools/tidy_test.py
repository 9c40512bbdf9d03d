#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each rule of tools/tidy.py refuses what it is there to refuse, and lets good trees pass."""
import pathlib
import tempfile
import unittest

import tidy
from tidy_rules import lengths

SPDX = "// SPDX-License-Identifier: MIT\n"
HASH_SPDX = "# SPDX-License-Identifier: MIT\n"

# The smallest tree in which every rule has something to look at and nothing to refuse.
GOOD = {
    "README.md": "# Freshet\n\nSee [the map](docs/map.md#the-layers) and `src/freshet/base/a.hpp`.\n",
    "docs/map.md": "# Map\n\n## The layers\n\nSnippets:\n\n<!-- snippet: src/freshet/model/b.cpp sum -->\n"
                   "```cpp\nint sum = a() + 1;\n```\n",
    "CMakeLists.txt": HASH_SPDX + "add_subdirectory(src/freshet)\n",
    "src/freshet/CMakeLists.txt": HASH_SPDX + "add_subdirectory(base)\nadd_subdirectory(model)\n",
    "src/freshet/base/CMakeLists.txt": HASH_SPDX + "freshet_layer(NAME base HEADERS a.hpp)\n",
    "src/freshet/base/a.hpp": SPDX + "#pragma once\n#include <vector>\nint a();\n",
    "src/freshet/model/CMakeLists.txt": HASH_SPDX + "freshet_layer(NAME model DEPENDS base SOURCES b.cpp)\n",
    "src/freshet/model/b.cpp": SPDX + '#include "freshet/base/a.hpp"\n\nint b() {\n  // [sum]\n  int sum = a() + 1;\n'
                                      "  // [/sum]\n  return sum;\n}\n",
}


class TidyTest(unittest.TestCase):
    def check(self, changes=None, fix=False):
        """The report on the good tree after `changes` ({path: text or None to remove})."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**GOOD, **(changes or {})}.items():
                if text is not None:
                    path = root / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_text(text)
            _, report = tidy.check(root, fix)
            self.after = {name: (root / name).read_text() for name in GOOD if (root / name).exists()}
            return report

    def assert_refused(self, changes, *sentences):
        problems = "\n".join(self.check(changes).problems)
        for sentence in sentences:
            self.assertIn(sentence, problems)

    def test_a_good_tree_has_no_problems(self):
        self.assertEqual(self.check().problems, [])


class Layers(TidyTest):
    def test_refuses_an_include_that_points_up(self):
        self.assert_refused({"src/freshet/base/a.hpp": SPDX + '#include "freshet/model/b.cpp"\n'},
                            "base/a.hpp:2: layers: base may not include model")

    def test_refuses_an_include_of_a_sibling(self):
        self.assert_refused({"src/freshet/codec/CMakeLists.txt": HASH_SPDX + "freshet_layer(NAME codec HEADERS c.hpp)\n",
                             "src/freshet/codec/c.hpp": SPDX + '#include "freshet/expr/e.hpp"\n',
                             "src/freshet/expr/e.hpp": SPDX}, "codec may not include expr")

    def test_refuses_that_the_net_knows_the_graph(self):
        self.assert_refused({"src/freshet/net/n.hpp": SPDX + '#include "freshet/graph/g.hpp"\n',
                             "src/freshet/graph/g.hpp": SPDX}, "net may not include graph")

    def test_refuses_a_circle_of_includes_within_a_layer(self):
        self.assert_refused({"src/freshet/base/a.hpp": SPDX + '#include "freshet/base/z.hpp"\n',
                             "src/freshet/base/z.hpp": SPDX + '#include "freshet/base/a.hpp"\n'}, "includes in a circle")

    def test_refuses_an_include_of_nothing(self):
        self.assert_refused({"src/freshet/model/b.cpp": SPDX + '#include "freshet/base/gone.hpp"\n'}, "no such file")

    def test_refuses_a_short_include_in_the_library(self):
        self.assert_refused({"src/freshet/model/b.cpp": SPDX + '#include "x.hpp"\n'}, "write the whole path")

    def test_refuses_a_folder_that_is_no_layer(self):
        self.assert_refused({"src/freshet/extra/x.hpp": SPDX + "#include <vector>\n"}, "'extra' is not a layer")

    def test_refuses_internal_headers_of_another_layer(self):
        self.assert_refused({"src/freshet/model/b.cpp": SPDX + '#include "freshet/base/internal/i.hpp"\n',
                             "src/freshet/base/internal/i.hpp": SPDX}, "for their own layer only")

    def test_refuses_internal_headers_in_installed_ones(self):
        self.assert_refused({"src/freshet/base/a.hpp": SPDX + '#include "freshet/base/internal/i.hpp"\n',
                             "src/freshet/base/internal/i.hpp": SPDX}, "may not include what is never installed")

    def test_accepts_internal_headers_in_those_of_tests(self):
        cmake = HASH_SPDX + "freshet_layer(NAME base HEADERS a.hpp internal/i.hpp TESTS testing/t.hpp)\n"
        report = self.check({"src/freshet/base/testing/t.hpp": SPDX + '#include "freshet/base/internal/i.hpp"\n',
                             "src/freshet/base/internal/i.hpp": SPDX, "src/freshet/base/CMakeLists.txt": cmake})
        self.assertEqual(report.problems, [])

    def test_refuses_depends_that_are_not_below(self):
        self.assert_refused({"src/freshet/base/CMakeLists.txt": "freshet_layer(NAME base DEPENDS model HEADERS a.hpp)\n"},
                            "base DEPENDS model, which is not below it")

    def test_refuses_depends_that_are_not_included(self):
        self.assert_refused({"src/freshet/model/b.cpp": SPDX + "int b();\n"}, "model DEPENDS base, but includes nothing")

    def test_refuses_includes_without_depends(self):
        self.assert_refused({"src/freshet/model/CMakeLists.txt": "freshet_layer(NAME model SOURCES b.cpp)\n"},
                            "model/b.cpp:2: layers: includes base")


class Listing(TidyTest):
    def test_refuses_a_source_that_no_cmake_file_lists(self):
        self.assert_refused({"src/freshet/base/dead.cpp": SPDX}, "base/dead.cpp:1: dead file")

    def test_refuses_a_page_that_nothing_links(self):
        self.assert_refused({"docs/lost.md": "# Lost\n"}, "docs/lost.md:1: dead file")

    def test_refuses_a_script_that_nothing_names(self):
        self.assert_refused({"tools/lost.py": HASH_SPDX}, "tools/lost.py:1: dead file")

    def test_does_not_take_add_subdirectory_for_a_list(self):
        self.assert_refused({"src/freshet/base/notes.dat": "x\n"}, "base/notes.dat:1: dead file")

    def test_accepts_data_in_a_folder_that_is_listed(self):
        report = self.check({"CMakeLists.txt": HASH_SPDX + "run(seeds/corpus)\n", "seeds/corpus/one": "\t{ "})
        self.assertEqual(report.problems, [])

    def test_accepts_what_a_loop_lists_by_its_stem(self):
        loop = "foreach(name IN ITEMS one two)\n  add_test(node tests/${name}.test.mjs)\nendforeach()\n"
        tests = {"tests/CMakeLists.txt": HASH_SPDX + loop.replace("tests/$", "${CMAKE_CURRENT_SOURCE_DIR}/$"),
                 "CMakeLists.txt": GOOD["CMakeLists.txt"] + "add_subdirectory(tests)\n", "tests/one.test.mjs": SPDX}
        self.assertEqual(self.check(tests).problems, [])
        self.assert_refused({**tests, "tests/three.test.mjs": SPDX}, "tests/three.test.mjs:1: dead file")

    def test_accepts_the_pages_in_a_linked_folder(self):
        self.assertEqual(self.check({"README.md": GOOD["README.md"] + "[all](docs)\n", "docs/b.md": "# B\n"}).problems, [])


class Pages(TidyTest):
    def test_refuses_a_page_with_two_top_headings_or_none(self):
        self.assert_refused({"docs/map.md": "# Map\n\n## The layers\n\n# Another\n"}, "map.md:5: pages: has 2 top headings")
        self.assert_refused({"docs/map.md": "## The layers\n"}, "has 0 top headings")

    def test_takes_no_heading_from_a_fenced_block(self):
        self.assertEqual(self.check({"docs/map.md": "# Map\n\n## The layers\n\n```sh\n# run\n```\n"}).problems, [])

    def test_refuses_a_link_that_leads_nowhere(self):
        self.assert_refused({"docs/map.md": "# Map\n## The layers\n[x](gone.md)\n"}, "map.md:3: pages: the link to gone.md")

    def test_refuses_a_link_to_a_heading_that_is_not_there(self):
        self.assert_refused({"docs/map.md": "# Map\n"}, "no heading for docs/map.md#the-layers")

    def test_refuses_the_name_of_a_file_that_is_gone(self):
        self.assert_refused({"src/freshet/base/a.hpp": None}, "README.md:3: pages: names src/freshet/base/a.hpp")

    def test_refuses_an_example_that_is_not_there(self):
        self.assert_refused({"src/freshet/base/a.hpp": SPDX + "/// Example: src/freshet/model/b.cpp [total]\n"},
                            "b.cpp has no region [total]")


class Snippets(TidyTest):
    STALE = {"docs/map.md": GOOD["docs/map.md"].replace("+ 1", "+ 2")}

    def test_refuses_a_snippet_that_differs_from_its_source(self):
        self.assert_refused(self.STALE, "map.md:7: snippets: differs from src/freshet/model/b.cpp [sum]")

    def test_refuses_a_snippet_without_its_source(self):
        self.assert_refused({"docs/map.md": GOOD["docs/map.md"].replace("sum -->", "total -->")}, "the mark [total] 0 times")
        self.assert_refused({"docs/map.md": GOOD["docs/map.md"].replace("b.cpp", "c.cpp")}, "there is no file")

    def test_refuses_a_marker_without_a_block(self):
        self.assert_refused({"docs/map.md": "# Map\n## The layers\n<!-- snippet: src/freshet/model/b.cpp sum -->\ntext\n"},
                            "no fenced block follows")

    def test_takes_no_marker_from_a_fenced_block(self):
        shown = GOOD["docs/map.md"] + "\n```text\n<!-- snippet: gone.cpp sum -->\n```\n"
        self.assertEqual(self.check({"docs/map.md": shown}).problems, [])

    def test_fix_makes_the_page_equal_the_source(self):
        self.assertEqual(self.check(self.STALE, fix=True).problems, [])
        self.assertEqual(self.after["docs/map.md"], GOOD["docs/map.md"])


class Lengths(TidyTest):
    @staticmethod
    def function(lines, head="void long_one()"):
        return head + " {\n" + "  f();\n" * (lines - 2) + "}\n"

    def test_notes_and_refuses_long_functions(self):
        self.assertIn("long_one() has 41 lines",
                      self.check({"src/freshet/base/a.hpp": SPDX + self.function(41)}).notes[0])
        self.assert_refused({"src/freshet/base/a.hpp": SPDX + self.function(71)}, "a.hpp:2: lengths: long_one() has 71")

    def test_notes_and_refuses_long_files(self):
        self.assertIn("the file has 301 lines", self.check({"src/freshet/base/a.hpp": SPDX + "int a;\n" * 300}).notes[0])
        self.assert_refused({"src/freshet/base/a.hpp": SPDX + "int a;\n" * 600}, "the file has 601 lines")

    def test_refuses_a_long_python_function(self):
        self.assert_refused({"src/freshet/base/a.py": HASH_SPDX + "def f():\n" + "    g()\n" * 80}, "f has 81 lines")

    def test_finds_functions_wherever_they_stand(self):
        text = """
          #define BRACE {
          namespace n { enum class E { a, b }; const char* s = "{"; char c = '{'; int x = 1'000; /* { */
          template <class T> class C : public B<T> {
           public:
            C() : B<T>(1), b_{2},
                  c_{R"({{)"} {
              one();
            }
            int get(Options o = {}) const noexcept { return b_; }
            std::vector<int> b_{1, 2};
          };
          auto f = [](int) {
          };
          TEST(Suite, says_so) { if (a) { b(); } }
          }"""
        names = {name: length for name, _, length in lengths.cxx_functions(text)}
        self.assertEqual(names, {"C()": 3, "get()": 1, "a function": 2, "TEST(Suite, says_so)": 1})


class Words(TidyTest):
    def test_refuses_a_source_without_its_licence_line(self):
        self.assert_refused({"src/freshet/base/a.hpp": "int a();\n"}, "a.hpp:1: words: the first lines lack")

    def test_refuses_catch_all_names(self):
        self.assert_refused({"src/freshet/base/string_utils/a.hpp": SPDX, "src/freshet/base/utils.hpp": SPDX},
                            "base/utils.hpp:1: words: 'utils' says nothing")

    def test_refuses_glob(self):
        self.assert_refused({"CMakeLists.txt": HASH_SPDX + "file(GLOB all *.cpp)\n"}, "CMakeLists.txt:2: words: GLOB")

    def test_refuses_bits_headers(self):
        self.assert_refused({"src/freshet/base/a.hpp": SPDX + "#include <bits/stdc++.h>\n"}, "<bits/...>")

    def test_refuses_unfinished_marks(self):
        self.assert_refused({"src/freshet/base/a.hpp": SPDX + "// TO" "DO: all\n"}, "an unfinished mark")

    def test_refuses_tabs_trailing_spaces_and_a_missing_line_end(self):
        self.assert_refused({"src/freshet/base/a.hpp": SPDX + "\tint a(); \nint b();"}, "a.hpp:2: words: a tab",
                            "a.hpp:2: words: spaces at the end", "a.hpp:3: words: the last line has no end")

    def test_refuses_addresses_in_a_lock_file(self):
        self.assert_refused({"package-lock.json": '{"resolved": "somewhere"}\n'}, "a lock file here names no address")


if __name__ == "__main__":
    unittest.main()
