#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Approvals through the real queue: over quota, the director's word, deputies, pages, time, mail."""
import datetime
import glob
import os
import re
import sqlite3
import stat
import subprocess
import threading
import unittest

import harness

serial = []
SENDMAIL = """#!/bin/sh
# What it is given, one file a mail; hangs or fails when told to.
folder=%s
[ ! -e "$folder/fail" ] || exit 75
cat >"$folder/.new"
if [ -e "$folder/hang" ] && grep -qF -f "$folder/hang" "$folder/.new"; then
    echo $$ >"$folder/hanging"
    sleep 600
fi
number=$(ls "$folder" | grep -c '^mail-')
printf '%%s\\n' "$*" >"$folder/arguments-$number"
env >"$folder/environment-$number"
mv "$folder/.new" "$folder/mail-$number"
"""


def setUpModule():
    global room, documents, mail_folder
    documents = harness.Documents()
    room = harness.Room(environment=harness.SHORT_TICKS).start()
    mail_folder = os.path.join(room.home, "mail")
    os.mkdir(mail_folder)
    os.chmod(mail_folder, 0o777)
    program = os.path.join(room.home, "sendmail")
    with open(program, "w", encoding="utf-8") as file:
        file.write(SENDMAIL % mail_folder)
    os.chmod(program, 0o755)
    settings = os.path.join(room.home, "etc", "printroom", "printroom.conf")
    room.daemon_stop()
    with open(settings, "a", encoding="utf-8") as file:
        file.write('sendmail = "%s"\n' % program)
    room.daemon_start()
    # A second director, and a director who only sends.
    room.cli("person", "add", "director2", "马主任", "--department", "office", "--role", "director")


def tearDownModule():
    room.stop()
    documents.remove()


def quota(department):
    found = room.cli("quota", "show", department)
    return found[0] if isinstance(found, list) else found


def lacking(department, left):
    """Leaves a department so many sheets this month, without touching what is used."""
    account = quota(department)
    month = account["month"]
    room.cli("quota", "set", department,
             str(left + account["used"] + account["reserved"] - account["granted"]), "--month", month,
             person="director")
    assert quota(department)["available"] == left, quota(department)


def held(pages=5, left=2, user="wang", department="academic", **more):
    """A job that lacks sheets, held by the real queue."""
    lacking(department, left)
    # A document of its own each time: one printed twice would be held as a duplicate.
    serial.append(len(serial))
    path = documents.pdf("over-%d.pdf" % pages, pages=pages, text="Text %d page" % len(serial))
    job_id = room.print_document(path, user=user, **more)
    job = room.job(job_id)
    assert job["state"] == "pending-held" and job["reasons"] == ["account-limit-reached"], job
    return job_id


def approval_of(job_id, *arguments, person="director"):
    found = [item for item in room.cli("approvals", *arguments, person=person) if item["job"] == job_id]
    return found[-1] if found else None


def refused(*arguments, person):
    with unittest.TestCase().assertRaises(harness.CommandRefused) as caught:
        room.cli(*arguments, person=person)
    return caught.exception.words


def leaves(event, job_id):
    return room.query("SELECT body FROM audit_leaf WHERE json_extract(body, '$.event') = ?"
                      " AND json_extract(body, '$.object') = ?", event, job_id)


class Word(unittest.TestCase):
    def tearDown(self):
        for job in room.cli("jobs", "--state", "pending-held"):
            room.cli("cancel", job["id"])

    def test_approving_grants_what_is_missing_and_prints(self):
        job_id = held(pages=5, left=2)
        asked = approval_of(job_id)
        expected = {"kind": "over-quota", "state": "open", "person": "wang", "department": "academic", "sheets": 5,
                    "sheets_missing": 3, "missing_now": 3, "pages": 5, "copies": 1}
        self.assertEqual({key: asked[key] for key in expected}, expected)
        self.assertEqual(asked["quota"]["available"], 2)
        self.assertEqual(asked["sha256"], room.job(job_id)["sha256"])
        self.assertIn("5", "".join(asked["messages"]))
        before = quota("academic")
        room.cli("approve", job_id, "--comment", "exam week", person="director")
        job = room.wait_for(job_id, "completed")
        self.assertEqual(job["sheets_charged"], 5)
        after = quota("academic")
        self.assertEqual((after["granted"] - before["granted"], after["used"] - before["used"], after["available"]),
                         (3, 5, 0))
        number = approval_of(job_id, "--all")["approval"]
        grants = room.query("SELECT sheets, actor FROM ledger WHERE kind = 'grant' AND reason = ?",
                            "approval %d: exam week" % number)
        self.assertEqual(grants, [{"sheets": 3, "actor": "root as director"}])
        self.assertEqual(len(leaves("approval.asked", job_id)), 1)
        self.assertEqual(len(leaves("approval.approved", job_id)), 1)

    def test_denying_ends_it_in_words(self):
        job_id = held()
        before = quota("academic")
        self.assertIn("--comment", refused("deny", job_id, person="director"))
        room.cli("deny", job_id, "--comment", "circulate it electronically", person="director")
        job = room.job(job_id)
        self.assertEqual((job["state"], job["reasons"]), ("canceled", ["account-authorization-failed"]))
        self.assertTrue(any("circulate it electronically" in words for words in room.cli("show", job_id,
                                                                                         person="wang")["messages"]))
        self.assertEqual(quota("academic"), before)
        self.assertEqual(glob.glob(os.path.join(room.home, "state", "spool", job_id + "*")), [])
        self.assertIn("denied", refused("approve", job_id, person="director2"))

    def test_withdrawn_with_the_job_and_with_the_hold(self):
        job_id = held()
        room.cli("cancel", job_id, person="wang")
        self.assertEqual(approval_of(job_id, "--all")["state"], "withdrawn")
        job_id = held()
        room.cli("quota", "grant", "academic", "3", "--reason", "more", person="director")
        room.wait_for(job_id, "completed")
        self.assertEqual(approval_of(job_id, "--all")["state"], "withdrawn")
        self.assertIsNone(approval_of(job_id))

    def test_one_of_sixteen_wins(self):
        job_id = held(pages=6, left=1)
        before = quota("academic")["granted"]
        outcomes = []
        gate = threading.Barrier(16)

        def decide(number):
            person = "director" if number % 2 else "director2"
            gate.wait()
            try:
                room.cli("approve", job_id, "--comment", "by %d" % number, person=person)
                outcomes.append(("won", number))
            except harness.CommandRefused as refusal:
                outcomes.append(("lost", refusal.words))

        threads = [threading.Thread(target=decide, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = [number for outcome, number in outcomes if outcome == "won"]
        self.assertEqual(len(won), 1, outcomes)
        for outcome, words in outcomes:
            if outcome == "lost":
                self.assertRegex(words, r"director2? has approved %s already: by %d" % (job_id, won[0]))
        room.wait_for(job_id, "completed")
        self.assertEqual(quota("academic")["granted"], before + 5)
        self.assertEqual(len(leaves("approval.approved", job_id)), 1)

    def test_nobody_decides_on_their_own(self):
        job_id = held(user="director", department="office")
        self.assertIn("own job", refused("approve", job_id, person="director"))
        self.assertIn("own job", refused("deny", job_id, "--comment", "x", person="director"))
        room.cli("approve", job_id, person="director2")
        room.wait_for(job_id, "completed")

    def test_no_other_role_decides(self):
        job_id = held()
        for person in ("wang", "li", "operator", "supervisor", "auditor", "admin", None):
            with self.subTest(person=person):
                self.assertIn("director", refused("approve", job_id, person=person))
        self.assertEqual(room.job(job_id)["state"], "pending-held")
        self.assertEqual(room.cli("approvals", person="li"), [])
        self.assertIsNotNone(approval_of(job_id, person="wang"))

    def test_the_document_is_the_one_that_was_asked_about(self):
        job_id = held()
        room.daemon_stop()
        self.alter("UPDATE job SET sha256 = ? WHERE job = (SELECT job FROM approval WHERE state = 'open')", "0" * 64)
        room.daemon_start()
        self.assertIn("document", refused("approve", job_id, person="director"))
        self.assertEqual(quota("academic")["available"], 2)

    def alter(self, sql, *values):
        """Writes into the database behind the daemon's back."""
        path, = glob.glob(os.path.join(room.home, "state", "*.db"))
        with sqlite3.connect(path) as database:
            database.execute(sql, values)
        database.close()


class Deputies(unittest.TestCase):
    def tearDown(self):
        Word.tearDown(self)

    def test_by_dates(self):
        zone = datetime.timezone(datetime.timedelta(hours=8))
        today = datetime.datetime.now(zone).date()
        day = datetime.timedelta(days=1)
        job_id = held()
        for begin, end in ((today - 3 * day, today - day), (today + day, today + 3 * day)):
            room.cli("deputy", "set", "director", "li", "--from", str(begin), "--to", str(end), person="director")
            self.assertIn("deputy", refused("approve", job_id, person="li"))
        room.cli("deputy", "set", "director", "li", "--from", str(today), "--to", str(today), person="director")
        self.assertIn({"person": "director", "deputy": "li", "from": str(today), "to": str(today)},
                      room.cli("deputy", "list"))
        room.cli("approve", job_id, "--comment", "for the director", person="li")
        room.wait_for(job_id, "completed")
        self.assertEqual(approval_of(job_id, "--all")["decided_by"], "root as li")
        # A later word on the same day takes its place.
        room.cli("deputy", "set", "director", "wang", "--from", str(today), "--to", str(today), person="director")
        job_id = held()
        self.assertIn("deputy", refused("approve", job_id, person="li"))
        self.assertIn("own job", refused("approve", job_id, person="wang"))
        room.cli("deputy", "set", "director", "archivist", "--from", str(today), "--to", str(today),
                 person="director")

    def test_who_cannot_be(self):
        for arguments in (("director", "admin"), ("director", "auditor"), ("director", "director"), ("wang", "li"),
                          ("director", "nobody-known")):
            with self.subTest(arguments=arguments):
                refused("deputy", "set", *arguments, "--from", "2031-12-01", "--to", "2031-12-02", person="director")
        for begin, end in (("2031-12-02", "2031-12-01"), ("2031-02-30", "2031-03-01"), ("tomorrow!!", "2031-12-01")):
            refused("deputy", "set", "director", "li", "--from", begin, "--to", end, person="director")
        self.assertIn("director", refused("deputy", "set", "director", "li", "--from", "2031-12-01", "--to",
                                          "2031-12-02", person="li"))
        self.assertNotIn("2031-12-01", str(room.cli("deputy", "list")))


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.job = held(pages=5, left=2)

    @classmethod
    def tearDownClass(cls):
        room.cli("cancel", cls.job)

    def preview(self, *arguments, person):
        path = documents.path("preview.png")
        if os.path.exists(path):
            os.unlink(path)
        command = [os.path.join(room.prefix, "bin", "printroom"), "--as", person, "preview", self.job, *arguments,
                   "-o", path]
        result = subprocess.run(command, env=room.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                encoding="utf-8", timeout=harness.PATIENCE_S, check=False)
        return result.returncode, result.stderr, path

    def test_it_is_the_page(self):
        # What cupsd made of the document is what was taken in and is printed.
        source = documents.path("stored.pdf")
        key, = glob.glob(os.path.join(room.home, "state", "keys", "day-*.key"))
        harness.run("age", "-d", "-i", key, "-o", source, os.path.join(room.home, "state", "spool", self.job + ".age"))
        for page in (1, 4):
            code, err, path = self.preview("--page", str(page), "--dpi", "72", person="director")
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            # The same library paints the same picture to the dot; another painter one that is like it, and a
            # picture of another page is not.
            other = documents.path("expected")
            self.painted("pdftocairo", source, page, other)
            self.assertEqual(harness.run("compare", "-metric", "AE", path, other + ".png", "null:").stderr, "0")
            self.painted("pdftoppm", source, page, other)
            near = self.difference(path, other + ".png")
            self.painted("pdftoppm", source, 2, other)
            self.assertLess(near, self.difference(path, other + ".png"))

    def painted(self, program, source, page, to):
        harness.run(program, "-png", "-r", "72", "-f", str(page), "-l", str(page), "-singlefile", source, to)

    def difference(self, one, other):
        soft = []
        for number, path in enumerate((one, other)):
            soft.append(documents.path("soft-%d.png" % number))
            harness.run("convert", path, "-blur", "0x2", soft[-1])
        said = harness.run("compare", "-metric", "RMSE", *soft, "null:", check=False).stderr
        return float(re.search(r"\(([\d.e-]+)\)", said).group(1))

    def test_who_may_look(self):
        for person in ("wang", "director", "director2", "supervisor", "operator"):
            with self.subTest(person=person):
                self.assertEqual(self.preview(person=person)[0], 0)
        for person in ("li", "admin", "auditor"):
            with self.subTest(person=person):
                code, err, path = self.preview(person=person)
                self.assertEqual(code, 1)
                self.assertIn("sender", err)
                self.assertFalse(os.path.exists(path))
        # root as itself reads no documents either.
        refused("preview", self.job, "-o", documents.path("root.png"), person=None)

    def test_looks_are_in_the_audit_log(self):
        before = len(leaves("job.page-seen", self.job))
        self.preview("--page", "2", person="wang")
        self.assertEqual(len(leaves("job.page-seen", self.job)), before)
        self.preview("--page", "2", person="director")
        self.assertEqual(len(leaves("job.page-seen", self.job)), before + 1)

    def test_what_is_not_there(self):
        for arguments in (("--page", "6"), ("--page", "0"), ("--page", "-1"), ("--dpi", "9"), ("--dpi", "301")):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.preview(*arguments, person="director")[0], 1)


class Time(unittest.TestCase):
    def tearDown(self):
        Word.tearDown(self)

    def mails(self):
        found = []
        for path in sorted(glob.glob(os.path.join(mail_folder, "mail-*"))):
            with open(path, encoding="utf-8") as file:
                text = file.read()
            with open(path.replace("mail-", "arguments-"), encoding="utf-8") as file:
                found.append((file.read().split(), text))
        return found

    def of(self, job_id):
        return [mail for mail in self.mails() if job_id in mail[1]]

    def age(self, hours):
        """Makes open approvals older, past the triggers, while the daemon is down."""
        room.daemon_stop()
        path, = glob.glob(os.path.join(room.home, "state", "*.db"))
        with sqlite3.connect(path) as database:
            sql, = database.execute("SELECT sql FROM sqlite_schema WHERE name = 'approval_decided_once'").fetchone()
            database.execute("DROP TRIGGER approval_decided_once")
            database.execute("UPDATE approval SET asked_at = asked_at - ? WHERE state = 'open'", (hours * 3600000,))
            database.execute(sql)
        database.close()
        room.daemon_start()

    def test_told_reminded_expired(self):
        job_id = held(user="director2", department="office", pages=5, left=2)
        told = harness.wait_until(lambda: self.of(job_id), "the mail on the approval")
        (arguments, text), = told
        self.assertIn("director", arguments)
        self.assertNotIn("director2", arguments)
        self.assertIn("5 sheets, 3 more", text)
        self.assertNotIn("over-5", text)
        self.age(25)
        harness.wait_until(lambda: len(self.of(job_id)) == 2, "the reminder")
        self.age(144)
        job = room.wait_for(job_id, "aborted")
        self.assertEqual(job["reasons"], ["aborted-by-system", "account-limit-reached"])
        self.assertTrue(any("Nobody approved" in words for words in job["messages"]), job["messages"])
        self.assertEqual(approval_of(job_id, "--all")["state"], "expired")
        self.assertEqual(len(self.of(job_id)), 2)
        self.assertEqual(glob.glob(os.path.join(room.home, "state", "spool", job_id + "*")), [])

    def test_a_failing_sendmail_is_tried_again(self):
        fail = os.path.join(mail_folder, "fail")
        with open(fail, "w", encoding="utf-8"):
            pass
        job_id = held()
        harness.wait_until(lambda: "did not take the mail" in room.log(), "the failure in the log")
        self.assertEqual(self.of(job_id), [])
        os.unlink(fail)
        harness.wait_until(lambda: self.of(job_id), "the mail after the failure")

    def test_a_hanging_sendmail_is_ended_and_holds_nobody_up(self):
        hang, hanging = (os.path.join(mail_folder, name) for name in ("hang", "hanging"))
        ended = room.log().count("took longer than 10 s and was ended")
        with open(hang, "w", encoding="utf-8") as file:
            file.write("(li,\n")
        # One before and one behind it, whichever way they are taken.
        jobs = [held(), held(user="li", department="general"), held()]
        for job_id in (jobs[0], jobs[2]):
            harness.wait_until(lambda: self.of(job_id), "the mail on %s" % job_id)
        harness.wait_until(lambda: room.log().count("took longer than 10 s and was ended") > ended, "the end of it")
        self.assertEqual(self.of(jobs[1]), [])
        os.unlink(hang)
        with open(hanging, encoding="utf-8") as file:
            pid = int(file.read())
        # It may be hanging anew: each is ended.
        harness.wait_until(lambda: harness.process_state(pid) is None, "the end of the program")
        harness.wait_until(lambda: self.of(jobs[1]), "the mail that could not be sent")
        self.assertEqual([len(self.of(job_id)) for job_id in jobs], [1, 1, 1])
        self.assertEqual(harness.processes_naming(os.path.join(room.home, "sendmail")), [])


if __name__ == "__main__":
    harness.main()
