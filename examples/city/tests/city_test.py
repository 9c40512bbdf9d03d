# SPDX-License-Identifier: MIT
"""Both faces print the documents that were to be, on stores of two kinds."""
import json
import os
import subprocess
import tempfile
import unittest

EXPECTED = {
    "cityView/TOK": {"name": "Tokyo", "country": "Japan", "doc_ref": "cityView/TOK", "obj_type": "CityView"},
    "City/LA": {"cityName": "Los Angeles", "country": "USA", "doc_id": "LA", "doc_ref": "City/LA", "obj_type": "City"},
    "cityView/LA": {"name": "Los Angeles", "country": "USA", "doc_ref": "cityView/LA", "obj_type": "CityView"},
}


def documents(program, *arguments):
    ran = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=100, check=False)
    if ran.returncode != 0:
        raise AssertionError(ran.stderr)
    lines = [line.split(" ", 1) for line in ran.stdout.splitlines()]
    return {path: json.loads(document) for path, document in lines}


class City(unittest.TestCase):
    programs = [os.environ["FRESHET_CITY_META"], os.environ["FRESHET_CITY_CLASSIC"]]

    def test_forms_become_cities_and_cities_views(self):
        for program in self.programs:
            with self.subTest(program):
                self.assertEqual(documents(program), EXPECTED)

    def test_the_same_is_kept_in_a_file(self):
        for program in self.programs:
            with self.subTest(program), tempfile.TemporaryDirectory() as folder:
                store = f"sqlite:{folder}/city.db"
                self.assertEqual(documents(program, "--store", store), EXPECTED)
                self.assertEqual(documents(program, "--store", store), EXPECTED)

    def test_a_wrong_store_is_told(self):
        ran = subprocess.run([self.programs[0], "--store", "clay:tablet"], capture_output=True, text=True, timeout=100,
                             check=False)
        self.assertEqual(ran.returncode, 1)
        self.assertIn("clay", ran.stderr)


if __name__ == "__main__":
    unittest.main()
