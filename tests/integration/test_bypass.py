#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who prints past the print room, straight to a device's queue: refused by the real cupsd, and in the register."""
import json
import os
import re
import unittest

import harness


def setUpModule():
    global room, documents, printer, log
    documents = harness.Documents()
    room = harness.Room(environment=harness.SHORT_TICKS).start()
    printer = room.printer()
    log = os.path.join(room.home, "log", "cups-access.log")


def tearDownModule():
    room.stop()
    documents.remove()


def attempts(**wanted):
    found = [row for row in room.cli("violations", person="operator") if row["kind"] == "queue-bypass"]
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


def finding():
    row, = [row for row in room.cli("doctor", person="operator", check=False) if row["check"] == "access-log"]
    return row


class Bypass(unittest.TestCase):
    def setUp(self):
        self.paper = len(printer.paper())

    def refuse(self, account, *arguments, words="Forbidden"):
        result = room.as_account(account, "lp", "-d", "office-printer", *arguments, documents.pdf())
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(words, result.stderr)

    def test_a_person_is_noted_once_a_day(self):
        for _ in range(5):
            self.refuse("nobody")
        row, = harness.wait_until(lambda: attempts(person="nobody"), "the attempt of nobody")
        self.assertEqual((row["device"], row["job"], row["department"]), ("office-printer", None, None))
        self.assertEqual(row["detail"], {"host": "localhost", "queue": "office-printer"})
        self.assertIn("past the print room", room.text("--as", "operator", "violations"))
        self.assertIn("企图绕过文印室直接打印", room.text("--as", "operator", "violations", language="zh"))
        leaf = room.query("SELECT body FROM audit_leaf WHERE body ->> '$.event' = 'violation.add'"
                          " AND body ->> '$.object' = 'nobody'")
        self.assertEqual(len(leaf), 1)
        # It is acknowledged like any other.
        done = room.cli("violations", "ack", str(row["number"]), "--comment", "talked to", person="supervisor")
        self.assertIn("supervisor", done["acknowledged_by"])
        self.assertEqual(len(printer.paper()), self.paper)

    def test_somebody_unknown(self):
        # Neither root in another name nor anybody over TCP can say to cupsd who it is.
        result = harness.run("lp", "-U", "li", "-d", "office-printer", documents.pdf(), check=False, env=room.environment)
        self.assertIn("Unauthorized", result.stderr)
        self.refuse("nobody", "-h", "localhost:" + room.cups_port, words="Unauthorized")
        row, = harness.wait_until(lambda: attempts(person=""), "the attempt of somebody")
        self.assertEqual(row["device"], "office-printer")
        self.assertIn("? (localhost)", room.text("--as", "operator", "violations"))
        # And is not taken for the name that was only claimed.
        self.assertEqual(attempts(person="li"), [])
        self.assertEqual(len(printer.paper()), self.paper)

    def test_the_service_is_no_violator(self):
        before = len(attempts())
        for _ in range(3):
            room.wait_for(room.print_document(documents.pdf()), "completed")
        # What comes later in the log was read later.
        self.refuse("lp")
        harness.wait_until(lambda: attempts(person="lp"), "the attempt of lp")
        self.assertEqual(attempts(person="printroom"), [])
        self.assertLessEqual(len(attempts()), before + 2)

    def test_nothing_is_missed_while_the_daemon_is_down(self):
        room.daemon_stop()
        self.refuse("games")
        # cupsd's own rotation.
        os.rename(log, log + ".O")
        room.cupsd_stop()
        room.cupsd_start()
        room.daemon_start()
        harness.wait_until(lambda: attempts(person="games"), "the attempt of games")
        self.refuse("man")
        harness.wait_until(lambda: attempts(person="man"), "the attempt of man, in the new log")
        numbers = [row["number"] for row in attempts()]
        room.daemon_stop()
        room.daemon_start()
        self.refuse("mail")
        harness.wait_until(lambda: attempts(person="mail"), "the attempt of mail")
        self.assertEqual([row["number"] for row in attempts()][1:], numbers)

    def test_doctor(self):
        self.assertEqual(finding()["result"], "ok")
        os.chmod(log, 0o600)
        try:
            found = finding()
            self.assertEqual(found["result"], "warning")
            self.assertIn("not noted", found["message"])
            self.assertIn("LogFileGroup", found["action"])
            warnings = room.cli("status", person="operator")["warnings"]
            self.assertTrue(re.search("access-log|past the print room", json.dumps(warnings)), warnings)
        finally:
            os.chmod(log, 0o640)
        self.assertEqual(finding()["result"], "ok")


if __name__ == "__main__":
    harness.main()
