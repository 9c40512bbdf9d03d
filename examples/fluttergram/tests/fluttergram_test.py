# SPDX-License-Identifier: MIT
"""Both faces fill the feeds of those who follow, on stores of two kinds, and keep what the model does not name."""
import json
import os
import subprocess
import tempfile
import unittest


def entry(follower):
    post = {"ownerId": "ann", "obj_type": "Post", "doc_id": "post_1", "doc_ref": "insta_posts/post_1", "hello": "world"}
    return {"obj_type": "PostDAV", "doc_ref": f"users/{follower}/feed/post_1", "post": post}


EXPECTED = {f"users/{follower}/feed/post_1": entry(follower) for follower in ("bob", "dan")}


def documents(program, *arguments):
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=100, check=False)
    if ran.returncode != 0:
        raise AssertionError(ran.stderr)
    lines = [line.split(" ", 1) for line in ran.stdout.splitlines()]
    return {path: json.loads(document) for path, document in lines}


class Fluttergram(unittest.TestCase):
    programs = [os.environ["FRESHET_FLUTTERGRAM_META"], os.environ["FRESHET_FLUTTERGRAM_CLASSIC"]]

    def test_a_post_reaches_those_who_follow(self):
        for program in self.programs:
            with self.subTest(program):
                self.assertEqual(documents(program), EXPECTED)

    def test_the_same_is_kept_in_a_file(self):
        for program in self.programs:
            with self.subTest(program), tempfile.TemporaryDirectory() as folder:
                self.assertEqual(documents(program, "--store", f"sqlite:{folder}/feeds.db"), EXPECTED)


if __name__ == "__main__":
    unittest.main()
