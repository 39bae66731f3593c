#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is who: accounts of the machine become people by their login, nobody speaks for somebody else, and everybody sees what is
theirs. Accounts that every Debian has (games, news, bin) play the staff."""
import os
import pwd
import unittest

import books
import harness

# Registered as …, in …
STAFF = {"games": ("academic", "staff"), "news": ("general", "staff"), "man": ("general", "operator")}
STRANGER = "bin"


def setUpModule():
    global room, documents, printer
    documents = harness.Documents()
    room = harness.Room().start()
    printer = room.printer()
    for login, (department, role) in STAFF.items():
        room.cli("person", "add", login, "Account " + login, "--department", department, "--role", role)


def tearDownModule():
    try:
        room.rest()
        books.check(room)
        assert not books.check_paper(room)
    finally:
        room.stop()
        documents.remove()


def cli(account, *arguments, confined=False, **environment):
    """printroom --json, run by an account of the machine; `confined` as the daemon's helpers are."""
    entry = pwd.getpwnam(account)
    return harness.run("setpriv", "--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups",
                       *["--no-new-privs"] * confined, os.path.join(room.prefix, "bin", "printroom"), "--json", *arguments,
                       check=False,
                       env=dict(room.environment, HOME="/nonexistent", **environment))


class Case(unittest.TestCase):
    def answer(self, account, *arguments):
        result = cli(account, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return harness.json.loads(result.stdout)

    def refused(self, words, account, *arguments):
        result = cli(account, *arguments)
        self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
        self.assertIn(words, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1)

    def submit(self, account, **more):
        job_id = self.answer(account, "submit", documents.pdf(**more))["id"]
        return room.wait_for(job_id, "completed")


class Accounts(Case):
    def test_an_account_is_its_person(self):
        job = self.submit("games", pages=2)
        self.assertEqual((job["person"], job["department"], job["sheets_charged"]), ("games", "academic", 2))
        self.assertEqual(job["events"][0]["actor"], "games")

    def test_an_account_that_is_nobody(self):
        for verb in (["jobs"], ["quota", "show"], ["submit", documents.pdf()], ["device", "list"]):
            with self.subTest(verb):
                self.refused("\"%s\" is not registered here" % STRANGER, STRANGER, *verb)
        # How things stand is for everybody.
        self.assertIn("jobs", self.answer(STRANGER, "status"))

    def test_nobody_speaks_for_somebody_else(self):
        for account in ("games", "news", "lp", "nobody", STRANGER):
            for person in ("wang", "director", "root", "printroom", account):
                with self.subTest(account=account, person=person):
                    self.refused("Only root and the service's own account may act as another person.", account, "--as", person,
                                 "jobs")

    def test_the_service_and_root_may(self):
        for account in ("root", "printroom"):
            with self.subTest(account):
                job_id = self.answer(account, "--as", "wang", "submit", documents.pdf())["id"]
                job = room.wait_for(job_id, "completed")
                self.assertEqual((job["person"], job["events"][0]["actor"]), ("wang", account + " as wang"))
                leaves = room.query("SELECT body FROM audit_leaf WHERE body LIKE '%job.opened%' AND body LIKE ?",
                                    "%" + job_id + "%")
                self.assertIn("%s as wang" % account, leaves[0]["body"])

    def test_a_helper_of_the_service_may_not(self):
        """One that a printer or a document has taken over would have the account of the daemon."""
        for arguments, words in ((["--as", "director", "jobs"], "Only root and the service's own account may act as another"),
                                 (["jobs"], "\"printroom\" is not registered here"),
                                 (["submit", documents.pdf()], "\"printroom\" is not registered here")):
            with self.subTest(arguments):
                result = cli("printroom", *arguments, confined=True)
                self.assertEqual((result.returncode, result.stdout), (1, ""), result.stderr)
                self.assertIn(words, result.stderr)

    def test_as_somebody_has_no_more_rights_than_they(self):
        self.refused("This may be done only by: admin", "root", "--as", "wang", "person", "add", "mallory", "M",
                     "--department", "academic")

    def test_a_document_in_somebody_elses_name(self):
        """Only cupsd's backends may hand one in; the field is not for staff."""
        uid = pwd.getpwnam("games").pw_uid
        script = ("import http.client,socket,json,os;os.setuid(%d);c=http.client.HTTPConnection('localhost');"
                  "c.sock=socket.socket(socket.AF_UNIX);c.sock.connect(%r);"
                  "c.request('POST','/v1/jobs',json.dumps({'origin':'urn:uuid:forged','person':'wang'}),"
                  "{'Content-Type':'application/json'});a=c.getresponse();print(a.status,a.read().decode())"
                  % (uid, room.variables["PRINTROOM_SOCKET"]))
        answer = harness.run("/usr/bin/python3", "-c", script).stdout
        self.assertTrue(answer.startswith("403 "), answer)
        self.assertIn("not-yours", answer)


class Own(Case):
    """Everybody sees their own; officers see more."""

    def test_jobs(self):
        mine, others = self.submit("games")["id"], self.submit("news")["id"]
        self.assertEqual({job["person"] for job in self.answer("games", "jobs")}, {"games"})
        self.assertEqual({job["person"] for job in self.answer("news", "jobs", "--person", "games")} - {"games"}, set())
        self.assertNotIn(mine, [job["id"] for job in self.answer("news", "jobs", "--person", "games")])
        self.assertEqual(self.answer("games", "show", mine)["id"], mine)
        self.refused("%s belongs to somebody else" % others, "games", "show", others)
        self.refused("%s belongs to somebody else" % others, "games", "cancel", others)
        everything = [job["id"] for job in self.answer("man", "jobs")]
        self.assertTrue({mine, others} <= set(everything))

    def test_quota(self):
        self.assertEqual([quota["department"] for quota in self.answer("games", "quota", "show")], ["academic"])
        self.assertEqual(self.answer("games", "quota", "show", "academic")["department"], "academic")
        result = cli("games", "quota", "show", "general")
        self.assertEqual(result.returncode, 1, result.stdout)
        for verb in (["quota", "set", "academic", "9999"], ["quota", "grant", "academic", "9", "--reason", "because"]):
            with self.subTest(verb):
                self.refused("This may be done only by: director", "games", *verb)

    def test_offices(self):
        for verb, role in ((["person", "list"], "operator, director, auditor, admin"),
                           (["person", "add", "x", "X", "--department", "academic"], "admin"),
                           (["department", "add", "x", "X"], "admin"), (["doctor"], "operator, auditor, admin"),
                           (["device", "add", "x", "--queue", "x", "--manage", "ipp://localhost/"], "admin"),
                           (["settle", "2026-01-000001", "1"], "operator"), (["reprint", "2026-01-000001"], "operator")):
            with self.subTest(verb):
                self.refused("This may be done only by: %s." % role, "games", *verb)


class Queue(Case):
    def lp(self, account, *arguments):
        return room.as_account(account, "lp", *arguments, documents.pdf("queue.pdf"))

    def test_the_device_queue_takes_nothing_from_staff(self):
        room.rest()
        before = printer.paper()
        for claim in ([], ["-U", "printroom"], ["-U", "root"], ["-U", "lp"]):
            with self.subTest(claim):
                result = self.lp("games", "-d", "office-printer", *claim)
                self.assertNotEqual(result.returncode, 0)
                self.assertRegex(result.stderr, "Unauthorized|Forbidden|Not authorized")
        self.assertEqual(printer.paper(), before)

    def test_doctor_is_loud_about_claimed_names(self):
        """With queue-authentication = claimed, as in this sample office, a name at the managed queue is only said."""
        result = self.lp("games", "-U", "wang", "-d", "print-room")
        self.assertEqual(result.returncode, 0, result.stderr)
        findings = {finding["check"]: finding for finding in room.cli("doctor")}
        found = [finding for finding in findings.values() if "claimed" in str(finding)]
        self.assertEqual([finding["result"] for finding in found], ["warning"])


class ExitCodes(Case):
    def test_done(self):
        self.assertEqual(cli("root", "status").returncode, 0)

    def test_refused(self):
        self.assertEqual(cli("games", "show", "2001-01-000001").returncode, 1)
        self.assertEqual(cli("games", "submit", "/nonexistent.pdf").returncode, 1)

    def test_usage(self):
        for words in ([], ["dance"], ["show"], ["show", "a", "b"], ["jobs", "--colour"], ["quota", "set", "academic", "many"],
                      ["submit", "x", "--copies", "some"], ["quota", "grant", "academic", "5"],
                      ["device", "add", "x"], ["--as"]):
            with self.subTest(words):
                result = cli("root", *words)
                self.assertEqual((result.returncode, result.stdout), (2, ""), result.stderr)
                self.assertNotEqual(result.stderr, "")

    def test_unreachable(self):
        result = cli("root", "status", PRINTROOM_SOCKET="/nonexistent/socket")
        self.assertEqual((result.returncode, result.stderr.count("\n")), (3, 1), result.stderr)
        room.daemon_stop()
        try:
            self.assertEqual(cli("root", "jobs").returncode, 3)
            self.assertEqual(cli("root", "submit", documents.pdf()).returncode, 3)
        finally:
            room.daemon_start()

    def test_chinese(self):
        result = cli("games", "show", "2001-01-000001", LC_ALL="zh_CN.UTF-8")
        self.assertEqual(result.returncode, 1)
        self.assertIn("没有您可查看的作业", result.stderr)


if __name__ == "__main__":
    harness.main()
