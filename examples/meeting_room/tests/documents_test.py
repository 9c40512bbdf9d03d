# SPDX-License-Identifier: MIT
"""Sessions are documents, and documents that another program writes change them."""
import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.request

PROGRAM = os.environ["FRESHET_MEETING_ROOM"]
USERS = ["joshua", "thomasina", "tijuana"]


class Documents(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.file = os.path.join(self.folder.name, "meeting_room.db")
        self.start()

    def tearDown(self):
        self.stop(signal.SIGTERM)
        self.folder.cleanup()

    def start(self):
        self.program = subprocess.Popen([PROGRAM, "--port", "0", "--store", f"sqlite:{self.file}"],
                                        stdout=subprocess.PIPE, text=True)
        self.url = self.program.stdout.readline().split()[-1]

    def stop(self, how):
        self.program.send_signal(how)
        self.program.wait(20)
        self.program.stdout.close()

    def session(self):
        with urllib.request.urlopen(f"{self.url}/meeting_sessions/meeting_1", timeout=20) as answer:
            return json.load(answer)

    def query(self, text, *values):
        # A program of its own, as far as the store is concerned.
        store = sqlite3.connect(self.file, timeout=20)
        try:
            with store:
                return store.execute(text, values).fetchall()
        finally:
            store.close()

    def ask(self, user, name, changes, target="meeting_1"):
        self.query(
            'INSERT INTO "MeetingSession_PATCH" (_parent, _id, target, changes, error) VALUES (?, ?, ?, ?, ?)',
            f"users/{user}", name, target, json.dumps(changes), "")

    def requests(self):
        return dict(self.query('SELECT _parent || \'/\' || _id, error FROM "MeetingSession_PATCH"'))

    def documents(self):
        # The table is made behind the program's start, with the first documents.
        if not self.query("SELECT 1 FROM sqlite_master WHERE name = 'MeetingSession'"):
            return {}
        rows = self.query('SELECT _parent, _id, session FROM "MeetingSession"')
        return {f"{parent}/MeetingSession/{name}": json.loads(session) for parent, name, session in rows}

    def eventually(self, condition):
        end = time.monotonic() + 20
        while not condition():
            self.assertLess(time.monotonic(), end, (self.documents(), self.requests()))
            time.sleep(0.02)

    def all_say(self, in_session):
        documents = self.documents()
        return (sorted(documents) == [f"users/{user}/MeetingSession/meeting_1" for user in USERS] and
                all(document["in_session"] is in_session for document in documents.values()))

    def test_a_document_closes_the_meeting_for_all(self):
        self.eventually(lambda: self.all_say(True))
        before = self.session()
        self.ask("tijuana", "1", {"inSession": False})
        self.eventually(lambda: self.all_say(False))
        self.assertEqual(self.query("SELECT status FROM meetings"), [("closed",)])
        self.eventually(lambda: self.session() == {**before, "inSession": False})
        self.assertEqual(self.requests(), {})

    def test_who_asks_for_what_cannot_be_is_told_and_the_others_go_on(self):
        self.ask("tijuana", "unknown", {"insession": False})
        self.ask("tijuana", "type", {"inSession": "no"})
        self.ask("tijuana", "setter", {"inSession": True})
        self.ask("tijuana", "missing", {"inSession": True}, "meeting_9")
        self.eventually(lambda: len(self.requests()) == 4 and all(self.requests().values()))
        # Requests of different documents come in no order; this one would make way for "setter".
        self.ask("joshua", "good", {"inSession": False})
        self.eventually(lambda: self.all_say(False))
        self.assertEqual(len(self.requests()), 4)
        errors = self.requests()
        self.assertIn("$.insession", errors["users/tijuana/unknown"])
        self.assertIn("$.inSession", errors["users/tijuana/type"])
        self.assertIn("the meeting cannot be opened", errors["users/tijuana/setter"])
        self.assertIn("there is no meeting_9 in MeetingSession", errors["users/tijuana/missing"])

    def test_what_was_asked_while_the_program_was_down_is_done(self):
        self.eventually(lambda: self.all_say(True))
        self.stop(signal.SIGKILL)
        self.ask("thomasina", "1", {"inSession": False})
        self.start()
        self.eventually(lambda: self.all_say(False))
        self.assertEqual(self.requests(), {})

    def test_mediators_are_to_be_looked_at(self):
        with urllib.request.urlopen(f"{self.url}/v1/mediators", timeout=20) as answer:
            [mediator] = json.load(answer)["mediators"]
        self.assertEqual((mediator["name"], mediator["mode"]), ("MeetingSession", "document"))


if __name__ == "__main__":
    unittest.main()
