#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The house and its devices with nothing in between: printroomd runs the real printroom-device against a copier at port 9100
(tests/simulators/socket-printer), CUPS's ippeveprinter, and queues of a cupsd; Get-Jobs of ipptool has the last word."""
import base64
import json
import os
import threading
import unittest

import harness
from socket_printer import FILES, SocketPrinter, device

ROOM = None
SETTINGS = """devices {
    step-timeout = 5
    counter-tolerance = 3
    residue = {"macros"}
    keep-folders = {"deep"}
}
"""
# With these settings.
LEFT = {"saved/deep/job3.prn", "fonts/song.ttf", "PostScript/fonts/b.pfa"}


def setUpModule():
    global ROOM
    ROOM = harness.Room().start()
    ROOM.daemon_settings(SETTINGS)


def tearDownModule():
    ROOM.stop()


class Copier:
    """A copier at port 9100 in the register, under a queue of its own; gone after the `with` statement."""

    def __init__(self, name, personality="obedient", *options, manage="{uri}", language="pjl,postscript"):
        self.name, self.manage = name, manage
        self.printer = SocketPrinter(personality, *options, language=language)

    def __enter__(self):
        self.printer.__enter__()
        address = self.printer.uri.partition("?")[0]
        self.added = ROOM.cli("device", "add", self.name, "--queue", "queue-" + self.name, "--manage",
                              self.manage.format(uri=self.printer.uri, name=self.name), "--printer", address, "--driver", "raw")
        return self

    def __exit__(self, *details):
        ROOM.cli("device", "retire", self.name)
        harness.run("lpadmin", "-x", "queue-" + self.name, env=ROOM.environment)
        self.printer.__exit__(*details)

    def purge(self):
        return ROOM.cli("device", "purge", self.name, person="operator")

    def evidence(self, purge):
        whole = ROOM.cli("device", "purges", self.name, str(purge["number"]))
        return [json.loads(line) for line in whole["evidence"].splitlines()]

    def make_copies(self, sheets):
        """As at its panel: nobody is asked."""
        done = device("print", self.printer.uri, input=b"page\f" * sheets)
        assert done.lines[0]["outcome"] == "sent-unverified", done.lines


class Copiers(unittest.TestCase):
    def test_adding_shows_what_was_found(self):
        with Copier("found") as copier:
            self.assertEqual((copier.added["maker"], copier.added["model"], copier.added["serial"]), ("Example", "Press 3", "S0003"))
            self.assertEqual(copier.added["languages"], ["pjl", "postscript"])
            first = harness.wait_until(lambda: ROOM.query(
                "SELECT r.* FROM reading AS r JOIN device AS d USING (device) WHERE d.name = 'found'"), "the day's reading")[0]
            self.assertEqual((first["occasion"], first["source"], first["impressions"]), ("day-start", "pjl", 4711))
            self.assertIn("device-queues", {check["check"] for check in ROOM.cli("doctor", check=False) if check["result"] == "ok"})

    def test_a_device_that_nobody_can_reach_is_added_all_the_same(self):
        added = ROOM.cli("device", "add", "off", "--queue", "queue-off", "--manage", "socket://127.0.0.1:1?language=pjl")
        self.addCleanup(ROOM.cli, "device", "retire", "off")
        self.assertFalse(added["probe"]["answered"])
        purge = ROOM.cli("device", "purge", "off", person="operator")
        self.assertEqual(purge["outcome"], "unreachable")

    def test_what_counts_as_residue_is_a_setting(self):
        with Copier("settings") as copier:
            listed = ROOM.cli("device", "residue", "settings")["items"]
            self.assertEqual({item["name"] for item in listed if not item["residue"]}, {"song.ttf", "job3.prn", "b.pfa"})
            purge = copier.purge()
            self.assertEqual((purge["outcome"], copier.printer.left()), ("verified-absent", LEFT))
            self.assertIn("below SP 800-88 Clear", purge["method_words"])
            why = {gap["why"] for gap in purge["summary"]["not_covered"]}
            self.assertEqual(why, {"overwrite-unknown", "maker-unknown"})
            self.assertIn("未涵盖：\n", ROOM.text("device", "purge", "settings", language="zh"))
            # What went over the wire is kept.
            sent = b"".join(base64.b64decode(line["request"]) for line in copier.evidence(purge) if line["type"] == "step")
            self.assertIn(b'FSDELETE NAME="0:\\saved\\job1.prn"', sent)

    def test_by_way_of_its_queue(self):
        """cupsd is asked where the queue leads, and the queue goes on afterwards."""
        with Copier("queued", manage="cups:queue-{name}") as copier:
            # Nothing says what a printer at a bare socket understands, and it gets no byte.
            self.assertEqual(copier.purge()["outcome"], "unsupported")
            self.assertEqual(copier.printer.commands(), [])
            ROOM.cli("device", "set", "queued", "--manage", copier.printer.uri, "--manage", "cups:queue-queued")
            self.assertEqual(copier.purge()["outcome"], "verified-absent")
            self.assertIn("enabled since", harness.run("lpstat", "-p", "queue-queued", env=ROOM.environment).stdout)

    def test_asked_by_way_of_its_queue(self):
        """By a cupsd that is not the machine's own."""
        ROOM.cli("device", "add", "behind", "--queue", "queue-behind", "--manage", "cups:office-printer")
        self.addCleanup(ROOM.cli, "device", "retire", "behind")
        self.assertEqual(ROOM.cli("device", "status", "behind")["make_and_model"], "Example Office Printer")
        self.assertTrue(ROOM.cli("device", "supplies", "behind"))

    def test_the_liar_is_caught(self):
        with Copier("liar", "lying") as copier:
            purge = copier.purge()
            self.assertEqual((purge["outcome"], purge["summary"]["refused"]), ("refused", purge["summary"]["found"]))
            self.assertEqual(copier.printer.left(), set(FILES))
            self.assertIn("设备拒绝，或数据仍在", ROOM.text("device", "purge", "liar", language="zh"))

    def test_one_that_says_nothing_delays_nobody(self):
        with Copier("mute", "silent") as mute, Copier("well") as copier:
            purged = []
            thread = threading.Thread(target=lambda: purged.append(mute.purge()))
            thread.start()
            harness.wait_until(lambda: ROOM.cli("device", "show", "mute")["purging"], "the silent one to be under way")
            well = copier.purge()
            thread.join(harness.PATIENCE_S)
            self.assertEqual((purged[0]["outcome"], well["outcome"]), ("unreachable", "verified-absent"))
            # It began while the other was waited for, and not behind it.
            self.assertLess(well["began_at"], purged[0]["ended_at"])

    def test_copies_that_nobody_registered(self):
        with Copier("panel", "obedient", "--no-postscript", language="pjl") as copier:
            copier.purge()
            copier.make_copies(30)
            copier.purge()
            violation = [found for found in ROOM.cli("violations") if (found["kind"], found["device"]) == ("counter-mismatch", "panel")]
            self.assertEqual([found["detail"]["unregistered"] for found in violation], [30])
            row, = [row for row in ROOM.cli("report", "month", violation[0]["month"], person="director")["devices"] if row["key"] == "panel"]
            self.assertEqual(row["unregistered_sheets"], 15)  # of thirty sides: at least
            copier.make_copies(20)
            ROOM.cli("copy", "register", "--device", "panel", "--sheets", "20", "--person", "wang", person="operator")
            copier.purge()
            intervals = [found for found in ROOM.cli("device", "reconcile", "panel")["intervals"] if found["delta"] != 0]
            self.assertEqual([(found["delta"], found["outcome"]) for found in intervals], [(30, "unregistered"), (20, "even")])


class OfficePrinter(unittest.TestCase):
    def test_held_and_completed_jobs(self):
        printer = ROOM.printer()
        ours = "name requesting-user-name printroom"
        documents = harness.Documents()
        self.addCleanup(documents.remove)
        job = ROOM.cli("submit", documents.pdf(), person="wang")["id"]
        harness.wait_until(lambda: ROOM.job(job)["state"] == "completed", "the job to be printed")
        printer.ipp("Create-Job", ours, 'name job-name "held back"')
        self.assertIn("held back", printer.ipp("Get-Jobs", ours, "keyword requested-attributes job-name"))
        purge = ROOM.cli("device", "purge", "office-printer", person="operator")
        self.assertEqual((purge["outcome"], purge["summary"]["found"], purge["summary"]["verified_absent"]), ("verified-absent", 1, 1))
        self.assertNotIn("held back", printer.ipp("Get-Jobs", ours, "keyword which-jobs not-completed",
                                                  "keyword requested-attributes job-name"))
        # The next one prints.
        job = ROOM.cli("submit", documents.pdf(), person="wang")["id"]
        harness.wait_until(lambda: ROOM.job(job)["state"] == "completed", "the next job to be printed")

    def test_a_queue_left_paused_goes_on_when_the_house_opens(self):
        """A power cut in the middle of a purge: cupsd remembers the words, nobody else does."""
        state = lambda: harness.run("lpstat", "-p", "office-printer", env=ROOM.environment).stdout
        ROOM.daemon_stop()
        ROOM.queue("cupsdisable", "-r", "paused by printroom-device while it manages the printer", "office-printer")
        self.assertIn("disabled", state())
        ROOM.daemon_start()
        harness.wait_until(lambda: "disabled" not in state(), "the queue to go on")


if __name__ == "__main__":
    harness.main()
