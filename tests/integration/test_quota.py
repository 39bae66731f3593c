#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Paper quotas against the whole appliance: many clients for the last sheets, caps of people, warnings."""
import datetime
import os
import subprocess
import unittest
import zoneinfo

import harness

CLIENTS = 16
LAST = 10


def setUpModule():
    global room, documents
    documents = harness.Documents()
    room = harness.Room().start()


def tearDownModule():
    room.stop()
    documents.remove()


def office(name, sheets, people):
    """A department of its own with so many sheets and these people."""
    room.cli("department", "add", name, name)
    room.cli("quota", "set", name, str(sheets))
    for person in people:
        room.cli("person", "add", person, person, "--department", name)


def submit_at_once(people, name):
    """Each hands in a document of one page at the same time, all of them different; the ids of the jobs."""
    program = os.path.join(room.prefix, "bin", "printroom")
    sheets = [documents.pdf("%s%d.pdf" % (name, number), text="%s %d" % (name, number)) for number in range(len(people))]
    clients = [subprocess.Popen([program, "--json", "--as", person, "submit", sheet], env=room.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                encoding="utf-8") for person, sheet in zip(people, sheets)]
    ids = []
    for client in clients:
        out, err = client.communicate(timeout=harness.PATIENCE_S)
        assert client.returncode == 0, err
        ids.append(harness.json.loads(out)["id"])
    return ids


def settled(ids):
    """The jobs when none moves any more."""
    return [room.wait_for(job_id, "completed", "pending-held") for job_id in ids]


def sound():
    """What the ledger's own sums say, recounted without them."""
    return room.query(
        "SELECT a.department, a.month FROM account AS a WHERE a.used <> coalesce((SELECT sum(sheets) FROM ledger AS l"
        " WHERE l.kind = 'settle' AND l.department = a.department AND l.month = a.month), 0)"
        " UNION ALL SELECT p.person, p.month FROM account_person AS p WHERE p.used <> coalesce((SELECT sum(l.sheets)"
        " FROM ledger AS l JOIN job AS j USING (job) WHERE l.kind = 'settle' AND j.person = p.person"
        " AND l.month = p.month), 0)") == []


class Races(unittest.TestCase):
    def test_sixteen_clients_for_the_last_sheets_of_a_department(self):
        people = ["racer%d" % number for number in range(CLIENTS)]
        office("race", LAST, people)
        jobs = settled(submit_at_once(people, "race"))
        done = [job for job in jobs if job["state"] == "completed"]
        held = [job for job in jobs if job["state"] == "pending-held"]
        self.assertEqual((len(done), len(held)), (LAST, CLIENTS - LAST))
        for job in held:
            self.assertEqual(job["reasons"], ["account-limit-reached"])
        account = room.cli("quota", "show", "race")
        self.assertEqual((account["used"], account["reserved"], account["available"]), (LAST, 0, 0))
        # More paper: exactly as many go on as it is enough for.
        room.cli("quota", "grant", "race", "4", "--reason", "exam")
        harness.wait_until(lambda: room.cli("quota", "show", "race")["used"] == LAST + 4, "four more to be printed")
        states = [room.job(job["id"])["state"] for job in held]
        self.assertEqual(sorted(states), ["completed"] * 4 + ["pending-held"] * 2)
        self.assertTrue(sound())

    def test_sixteen_clients_of_one_person_for_the_last_sheets_under_a_cap(self):
        office("capped", 500, ["one"])
        room.cli("quota", "cap", "one", str(LAST))
        jobs = settled(submit_at_once(["one"] * CLIENTS, "cap"))
        held = [job for job in jobs if job["state"] == "pending-held"]
        self.assertEqual(len(held), CLIENTS - LAST)
        for job in held:
            self.assertEqual(job["reasons"], ["account-limit-reached"])
        use = room.cli("person", "show", "one")["use"]
        self.assertEqual((use["used"], use["reserved"], use["left"]), (LAST, 0, 0))
        self.assertEqual(room.cli("quota", "show", "capped")["used"], LAST)
        room.cli("quota", "cap", "one", "none")
        for job in held:
            room.wait_for(job["id"], "completed")
        self.assertTrue(sound())

    def test_both_limits_at_once(self):
        people = ["both%d" % number for number in range(4)]
        office("both", LAST, people)
        for person in people:
            room.cli("quota", "cap", person, "3")
        jobs = settled(submit_at_once(people * 4, "both"))
        taken = {person: sum(job["state"] == "completed" for job in jobs if job["person"] == person)
                 for person in people}
        self.assertEqual(sum(taken.values()), LAST)
        self.assertLessEqual(max(taken.values()), 3)
        self.assertTrue(sound())


class Months(unittest.TestCase):
    """The daemon's clock is put forward into the next month, as the time zone of the settings has it."""

    def seconds_to_next_month(self):
        now = datetime.datetime.now(zoneinfo.ZoneInfo("Asia/Shanghai"))
        first = (now.replace(day=1) + datetime.timedelta(days=32)).replace(day=1, hour=0, minute=0, second=5)
        return int((first - now).total_seconds()) + 1, now.strftime("%Y-%m"), first.strftime("%Y-%m")

    def test_paper_is_charged_to_the_month_it_was_reserved_in(self):
        office("months", 20, ["monthly"])
        printer = room.printer()
        printer.set("media-empty")
        self.addCleanup(printer.clear)
        reserved = room.cli("submit", documents.pdf("old.pdf", pages=15), person="monthly")["id"]
        harness.wait_until(lambda: any("media-empty" in reason for reason in room.job(reserved)["reasons"]),
                           "the device to want paper")
        held = room.cli("submit", documents.pdf("held.pdf", pages=8), person="monthly")["id"]
        self.assertEqual(room.job(held)["state"], "pending-held")
        forward, this, following = self.seconds_to_next_month()

        room.daemon_stop()
        self.addCleanup(self.back_to_now)
        room.quickstart("daemon", "start", environment={"PRINTROOM_CLOCK_OFFSET": str(forward)})
        self.assertEqual(room.cli("status")["month"], following)
        printer.clear("media-empty")
        # What was held for want of paper goes on with the new month's, by itself.
        self.assertEqual(room.wait_for(held, "completed")["sheets_charged"], 8)
        self.assertEqual(room.wait_for(reserved, "completed")["sheets_charged"], 15)
        old = room.cli("quota", "show", "months", "--month", this)
        new = room.cli("quota", "show", "months")
        self.assertEqual((old["month"], old["used"], old["reserved"]), (this, 15, 0))
        self.assertEqual((new["month"], new["used"], new["reserved"]), (following, 8, 0))
        use = room.cli("person", "show", "monthly")["use"]
        self.assertEqual((use["month"], use["used"]), (following, 8))
        self.assertTrue(sound())

    def test_leftovers_go_on_as_the_settings_have_it(self):
        office("leftover", 20, ["leaver"])
        room.wait_for(room.cli("submit", documents.pdf("left.pdf", pages=4), person="leaver")["id"], "completed")
        settings = os.path.join(room.home, "etc", "printroom", "printroom.conf")
        with open(settings, encoding="utf-8") as file:
            before = file.read()
        with open(settings, "a", encoding="utf-8") as file:
            file.write('quota {\n    carry-over = "limited"\n    carry-over-max = 10\n}\n')
        forward, this, following = self.seconds_to_next_month()
        room.daemon_stop()
        self.addCleanup(self.back_to_now, settings, before)
        room.quickstart("daemon", "start", environment={"PRINTROOM_CLOCK_OFFSET": str(forward)})
        harness.wait_until(lambda: room.cli("quota", "show", "leftover")["allotted"] == 30, "ten sheets to be carried over")
        old = room.cli("quota", "show", "leftover", "--month", this)
        self.assertEqual((old["allotted"], old["used"], old["available"]), (10, 4, 6))
        self.assertEqual(room.cli("quota", "show", "leftover")["month"], following)
        # Once: also after a restart.
        room.daemon_stop()
        room.quickstart("daemon", "start", environment={"PRINTROOM_CLOCK_OFFSET": str(forward)})
        self.assertEqual(room.cli("quota", "show", "leftover")["allotted"], 30)
        moved = room.query("SELECT l.sheets FROM ledger AS l JOIN department AS d USING (department)"
                           " WHERE l.kind = 'adjust' AND d.code = 'leftover' ORDER BY l.entry")
        self.assertEqual([row["sheets"] for row in moved], [-10, 10])

    def back_to_now(self, settings=None, contents=None):
        room.daemon_stop()
        if settings is not None:
            with open(settings, "w", encoding="utf-8") as file:
                file.write(contents)
        room.daemon_start()


class Words(unittest.TestCase):
    def test_a_cap_is_explained_with_its_numbers(self):
        office("words", 100, ["speaker"])
        room.cli("quota", "cap", "speaker", "3")
        job = room.job(room.cli("submit", documents.pdf("words.pdf", pages=5), person="speaker")["id"])
        self.assertEqual((job["state"], job["reasons"]), ("pending-held", ["account-limit-reached"]))
        said = " ".join(job["messages"])
        for part in ("speaker", "3 are left", "5 are needed", "2 too few", "printroom quota cap"):
            self.assertIn(part, said)
        explained = room.cli("explain", documents.path("words.pdf"), "--person", "speaker")
        self.assertIn("quota.person", [finding["rule"] for finding in explained["findings"]])
        room.cli("quota", "cap", "speaker", "5")
        room.wait_for(job["id"], "completed")

    def test_warnings_at_four_fifths_and_at_the_end(self):
        office("warned", 10, ["warner"])

        def print_sheets(number):
            job = room.cli("submit", documents.pdf("w%d.pdf" % number, pages=number), person="warner")
            said = " ".join(job["messages"])
            room.wait_for(job["id"], "completed")
            account = room.cli("quota", "show", "warned")
            in_status = [warning["message"] for warning in room.cli("status")["warnings"]
                         if warning["check"] == "quota" and "warned" in warning["message"]]
            return said, account["warning"], account["percent"], in_status

        said, warning, percent, in_status = print_sheets(7)
        self.assertNotIn("%", said)
        self.assertEqual((warning, percent, in_status), ("none", 70, []))
        said, warning, percent, in_status = print_sheets(1)
        self.assertIn("80 %", said)
        self.assertEqual((warning, percent, len(in_status)), ("near", 80, 1))
        said, warning, percent, in_status = print_sheets(2)
        self.assertIn("100 %", said)
        self.assertEqual((warning, percent, len(in_status)), ("reached", 100, 1))
        # Others are not told of it.
        self.assertFalse([found for found in room.cli("status", person="li")["warnings"] if found["check"] == "quota"])


if __name__ == "__main__":
    harness.main()
