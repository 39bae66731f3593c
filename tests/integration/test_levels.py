#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What levels ask of those who print and copy, through the real queue: who may, whose approval, how often, what becomes of it
overnight and in the archive; and that nothing leads to paper at a device below a job's level."""
import os
import subprocess
import time
import unittest

import harness

PIN = "271828"
REFERENCE = "中办〔2026〕1号"
ROOM, OTHER = "office-printer", "office-printer-2"
NAMES = {"public": "公开", "internal": "内部", "confidential": "秘密", "secret": "机密", "top-secret": "绝密", "sealed": "密封"}
# What the office of this test wants; %s: of secret.
LADDER = {
    "public": "",
    "internal": 'approval = "department-head" copies-max = 3',
    "confidential": 'may-print = {"department:academic", "role:director", "person:archivist"}\n'
                    'may-copy = {"role:operator"} areas = {"文印室"} archive = true stamp = true',
    "secret": 'supervised = true stamp = true archive = true overnight = "purge" approval = "%s"',
    "top-secret": 'supervised = true stamp = true approval = "external" may-copy = {"nobody"}',
    "sealed": 'may-print = {"nobody"}',
}


def ladder(secret="director", without=()):
    return "".join('level %s { name-zh = "%s" name-en = "%s" %s }\n' % (
        level, NAMES[level], level.capitalize(), rules % secret if "%s" in rules else rules)
        for level, rules in LADDER.items() if level not in without)


def setUpModule():
    global room, documents
    documents = harness.Documents()
    room = harness.Room(devices=2, environment=harness.SHORT_TICKS).start()
    room.daemon_settings(ladder())
    status, answer = room.api("PUT", "/v1/people/supervisor/pin", {"pin": PIN}, person="admin")
    assert status == 200, answer
    room.cli("person", "add", "head", "主任教师", "--department", "academic", "--role", "staff", person="admin")
    room.cli("department", "set", "academic", "--head", "head", person="admin")


def tearDownModule():
    room.stop()
    documents.remove()


def send(level, *arguments, user="wang", **more):
    return room.print_document("-o", "Classification=" + level, *arguments, documents.pdf(**more), user=user)


def held(level, *arguments, reasons=("job-suspended-for-approval",), **more):
    job_id = send(level, *arguments, **more)
    job = room.wait_for(job_id, "pending-held")
    assert sorted(job["reasons"]) == sorted(reasons), job
    return job_id


def release(job_id, person="wang"):
    return room.api("POST", "/v1/jobs/%s/release" % job_id, {"supervisor": "supervisor", "secret": PIN}, person=person)


def release_and_die(job_id, fault):
    """Releases a job, at which the daemon dies."""
    room.daemon_stop()
    room.daemon_start(fault=fault)
    try:
        release(job_id)
    except OSError:
        pass  # it may end before it answers
    room.daemon_dies()


def refused(*arguments, person):
    with unittest.TestCase().assertRaises(harness.CommandRefused) as caught:
        room.cli(*arguments, person=person)
    return caught.exception.words


def alter(sql, *values):
    """Writes into the database while the daemon is down."""
    path = os.path.join(room.home, "state", "printroom.db")
    for value in values:
        sql = sql.replace("?", "'%s'" % value, 1)
    subprocess.run(["sqlite3", path, sql], check=True)


def key_of(job_id):
    month, _, number = job_id.rpartition("-")
    return "(SELECT job FROM job WHERE month = '%s' AND number = %d)" % (month, int(number))


class Case(unittest.TestCase):
    def tearDown(self):
        for job in room.cli("jobs", "--state", "pending-held"):
            room.cli("cancel", job["id"])


class Ladder(Case):
    def test_is_shown_to_everybody(self):
        levels = {level["id"]: level for level in room.cli("level", "list", person="wang")}
        self.assertEqual(list(levels), list(LADDER))
        level = levels["confidential"]
        self.assertEqual((level["may_print"], level["may_copy"], level["approval"], level["areas"], level["archive"]),
                         (["role:director", "department:academic", "person:archivist"], ["role:operator"], "none", ["文印室"],
                          True))
        self.assertEqual((levels["secret"]["overnight"], levels["public"]["overnight"]), ("purge", "keep"))
        self.assertEqual((levels["internal"]["copies_max"], levels["public"]["default"]), (3, True))
        self.assertEqual(levels["sealed"]["may_print"], ["nobody"])
        self.assertIn("department:academic", room.text("level", "list"))
        for words in ("可复印", "部门负责人", "主任凭批准文号", "清除", "无人"):
            self.assertIn(words, room.text("level", "list", language="zh"))


class People(Case):
    def refused(self, level, *arguments, user):
        """The job of somebody who is refused: they read why at cupsd too."""
        number = room.lp("-o", "Classification=" + level, *arguments, documents.pdf(), user=user)
        attributes = room.wait_cups(number)
        self.assertEqual(attributes["job-state"], "canceled")
        self.assertIn("The job is refused.", attributes["job-printer-state-message"])
        job = room.job(room.cli("jobs", "--limit", "1")[0]["id"])
        self.assertEqual((job["state"], job["person"], job["sheets_reserved"], job["sheets_charged"]), ("aborted", user, 0, 0))
        return job

    def forbidden(self, level, english, chinese, *arguments, user):
        job = self.refused(level, *arguments, user=user)
        self.assertEqual(job["reasons"], ["aborted-by-system", "account-authorization-failed"])
        self.assertIn(english, " ".join(job["messages"]))
        self.assertIn("office director", " ".join(job["messages"]))
        self.assertIn(chinese, room.text("show", job["id"], language="zh"))

    def test_by_department_role_and_name(self):
        for user in ("wang", "director", "archivist"):
            with self.subTest(user):
                job = room.wait_for(send("confidential", user=user), "completed", "aborted", "pending-held")
                self.assertEqual(job["state"], "completed", job)
                self.assertTrue(job["archive"])
        for user in ("li", "operator", "supervisor"):
            with self.subTest(user):
                self.forbidden("confidential", user + " is not one of those who may print",
                               user + "不在可以打印“秘密”级文件的人员之列", user=user)

    def test_marks_and_numbers_count(self):
        self.forbidden("public", "may print jobs of level", "不在可以打印", "-o", "DocumentNumber=秘密〔2026〕3号", user="li")

    def test_nobody(self):
        for user in ("director", "wang"):
            self.forbidden("sealed", "are not printed here", "不打印“密封”级文件", user=user)

    def test_explained_before(self):
        for person, outcome in (("li", "refuse"), ("wang", "print")):
            said = room.cli("explain", documents.pdf(), "--level", "confidential", person=person)
            self.assertEqual((said["outcome"], said["archive"]), (outcome, True))
            self.assertIn("level.people", [finding["rule"] for finding in said["findings"]])
        self.assertFalse(room.cli("explain", documents.pdf(), person="li")["archive"])

    def test_copies_of_a_level(self):
        self.assertEqual(self.refused("internal", "-n", "4", user="wang")["reasons"][-1], "document-unprintable-error")


class Approval(Case):
    def test_of_the_head_of_the_department(self):
        job_id = held("internal")
        asked, = [one for one in room.cli("approvals", person="head") if one["job"] == job_id]
        self.assertEqual((asked["kind"], asked["level"], asked["approver"], asked["missing_now"]),
                         ("classified", "internal", "department-head", 0))
        self.assertIn("密级 internal", room.text("--as", "head", "approvals", language="zh"))
        self.assertIn("部门负责人", room.text("show", job_id, language="zh"))
        self.assertEqual(room.cli("approvals", person="li"), [])
        for person in ("li", "operator", "supervisor", "archivist", "wang"):
            self.assertIn("head of the department", refused("approve", job_id, person=person))
        path = documents.path("page.png")
        room.cli("preview", job_id, "-o", path, person="head")
        self.assertIn("sender", refused("preview", job_id, "-o", path, person="li"))
        room.cli("approve", job_id, "--comment", "for the class", person="head")
        self.assertEqual(room.wait_for(job_id, "completed")["state"], "completed")
        row, = room.query("SELECT decided_by, level, reference FROM approval WHERE job = " + key_of(job_id))
        self.assertEqual((row["decided_by"], row["level"], row["reference"]), ("root as head", "internal", ""))
        # Somebody else's department is not theirs.
        job_id = held("internal", user="li")
        self.assertIn("head of the department", refused("approve", job_id, person="head"))
        self.assertNotIn(job_id, [one["job"] for one in room.cli("approvals", person="head")])
        room.cli("deny", job_id, "--comment", "circulate it", person="director")
        job = room.job(job_id)
        self.assertEqual((job["state"], job["reasons"]), ("canceled", ["account-authorization-failed"]))
        self.assertIn("circulate it", " ".join(job["messages"]))
        self.assertIn("has denied", refused("approve", job_id, person="director"))

    def test_never_of_the_sender(self):
        job_id = held("internal", user="head")
        self.assertIn("own job", refused("approve", job_id, person="head"))
        room.cli("approve", job_id, person="director")
        room.wait_for(job_id, "completed")
        job_id = held("internal", user="director")
        self.assertIn("own job", refused("approve", job_id, person="director"))

    def test_who_cannot_be_head(self):
        for login in ("admin", "auditor", "nobody-here"):
            self.assertIn("head", refused("department", "set", "general", "--head", login, person="admin"))
        self.assertIn("only by", refused("department", "set", "general", "--head", "li", person="li"))
        room.cli("department", "set", "general", "--head", "li", person="admin")
        self.assertEqual(room.cli("department", "show", "general")["head"], "li")
        room.cli("department", "set", "general", "--head", "", person="admin")
        self.assertIsNone(room.cli("department", "show", "general")["head"])

    def test_of_the_director_and_then_a_release(self):
        job_id = held("secret", reasons=("job-held-for-authorization", "job-suspended-for-approval"))
        self.assertEqual(release(job_id)[0], 409)
        self.assertIn("director", refused("approve", job_id, person="head"))
        self.assertIn("reference", refused("approve", job_id, "--reference", "x" * 101, person="director"))
        room.cli("approve", job_id, person="director")
        self.assertEqual(room.job(job_id)["reasons"], ["job-held-for-authorization"])
        self.assertEqual(release(job_id)[0], 200)
        room.wait_for(job_id, "completed")

    def test_with_the_reference_of_an_authority(self):
        job_id = held("top-secret", reasons=("job-held-for-authorization", "job-suspended-for-approval"))
        self.assertIn("原定密机关", room.text("show", job_id, language="zh"))
        self.assertIn("--reference", refused("approve", job_id, person="director"))
        self.assertEqual(len(room.job(job_id)["reasons"]), 2)
        room.cli("approve", job_id, "--reference", REFERENCE, person="director")
        self.assertEqual(release(job_id)[0], 200)
        room.wait_for(job_id, "completed")
        for table in ("approval", "job_release"):
            row, = room.query("SELECT reference FROM %s WHERE job = %s" % (table, key_of(job_id)))
            self.assertEqual(row["reference"], REFERENCE)
        approval, = [one for one in room.cli("approvals", "--all", person="director") if one["job"] == job_id]
        self.assertEqual((approval["reference"], approval["approver"]), (REFERENCE, "external"))

    def test_beside_the_question_about_paper(self):
        month = room.cli("quota", "show", "academic")
        account = month[0] if isinstance(month, list) else month
        lacking = account["used"] + account["reserved"] - account["granted"] + 1
        room.cli("quota", "set", "academic", str(lacking), "--month", account["month"], person="director")
        try:
            both = ("account-limit-reached", "job-suspended-for-approval")
            job_id = held("internal", pages=3, reasons=both)
            # A reference belongs to a level, and each answers what is theirs.
            room.cli("approve", job_id, person="head")
            self.assertEqual(room.job(job_id)["reasons"], ["account-limit-reached"])
            self.assertIn("head of the department", refused("approve", job_id, person="head"))
            self.assertIn("reference", refused("approve", job_id, "--reference", REFERENCE, person="director"))
            room.cli("approve", job_id, person="director")
            room.wait_for(job_id, "completed")
            job_id = held("internal", pages=3, reasons=both)
            room.cli("approve", job_id, person="director")
            room.wait_for(job_id, "completed")
            self.assertEqual([row["state"] for row in room.query("SELECT state FROM approval WHERE job = " + key_of(job_id))],
                             ["approved"] * 2)
        finally:
            room.cli("quota", "grant", "academic", "500", "--reason", "for the other tests", person="director")

    def test_settings_that_were_tightened_count(self):
        """An approval is one of its level, and bare where the level has come to need a reference."""
        job_id = held("secret", reasons=("job-held-for-authorization", "job-suspended-for-approval"))
        room.cli("approve", job_id, person="director")
        try:
            room.daemon_settings(ladder(secret="external"))
            self.assertEqual(sorted(room.job(job_id)["reasons"]), ["job-held-for-authorization", "job-suspended-for-approval"])
            self.assertEqual(release(job_id)[0], 409)
            room.cli("approve", job_id, "--reference", REFERENCE, person="director")
            self.assertEqual(room.job(job_id)["reasons"], ["job-held-for-authorization"])
            # And where it needs none any more, the question goes.
            other = held("secret", reasons=("job-held-for-authorization", "job-suspended-for-approval"))
            room.daemon_settings(ladder(secret="none"))
            self.assertEqual(room.job(other)["reasons"], ["job-held-for-authorization"])
            self.assertEqual([row["state"] for row in room.query("SELECT state FROM approval WHERE job = " + key_of(other))],
                             ["withdrawn"])
        finally:
            room.daemon_settings(ladder())


class Copying(Case):
    def register(self, person, level, *more, device=ROOM):
        return room.cli("copy", "register", "--device", device, "--sheets", "2", "--person", person, "--level", level, *more,
                        person="operator")

    def kinds(self, job):
        return sorted(row["kind"] for row in room.cli("violations", person="director") if row["job"] == job["id"])

    def test_who_may(self):
        self.assertEqual(self.kinds(self.register("operator", "confidential")), [])
        before = len(room.cli("copy", "list", person="operator"))
        self.assertIn("may not copy", refused("copy", "register", "--device", ROOM, "--sheets", "2", "--person", "wang", "--level",
                                              "confidential", person="operator"))
        self.assertEqual(len(room.cli("copy", "list", person="operator")), before)
        job = self.register("wang", "confidential", "--over", "done before anybody looked")
        self.assertEqual(self.kinds(job), ["copies-not-allowed"])
        job = self.register("director", "top-secret", "--over", "the minister waited")
        self.assertEqual(self.kinds(job), ["copies-not-allowed"])
        self.assertIn("无权人员复印", room.text("violations", language="zh"))

    def test_where(self):
        job = self.register("operator", "confidential", device=OTHER)
        self.assertEqual(self.kinds(job), ["copies-outside-area"])
        self.assertEqual(self.kinds(self.register("operator", "public", device=OTHER)), [])


class Overnight(Case):
    def test_what_may_not_stay(self):
        gone = held("secret", reasons=("job-held-for-authorization", "job-suspended-for-approval"))
        stays = held("internal")
        today = held("secret", reasons=("job-held-for-authorization", "job-suspended-for-approval"))
        room.daemon_stop()
        # A day is enough, whatever the hours.
        for job_id in (gone, stays):
            alter("UPDATE job SET submitted_at = submitted_at - 24 * 3600000 WHERE job = " + key_of(job_id))
        room.daemon_start()
        job = room.wait_for(gone, "aborted")
        self.assertEqual(job["reasons"], ["aborted-by-system", "job-not-kept-overnight"])
        self.assertIn("not kept overnight", " ".join(job["messages"]))
        self.assertIn("不过夜保留", room.text("show", gone, language="zh"))
        self.assertEqual(job["sheets_reserved"], 0)
        self.assertFalse(os.path.exists(os.path.join(room.home, "state", "spool", gone + ".age")))
        self.assertEqual([room.job(job_id)["state"] for job_id in (stays, today)], ["pending-held"] * 2)

    def test_neither_may_what_waits_for_its_device(self):
        job_id = held("secret", reasons=("job-held-for-authorization", "job-suspended-for-approval"))
        room.cli("approve", job_id, person="director")
        release_and_die(job_id, "release.decided")
        # Released; its device is out of order.
        room.queue("cupsdisable", ROOM)
        try:
            room.daemon_start()
            self.assertEqual(room.job(job_id)["state"], "pending")
            room.daemon_stop()
            alter("UPDATE job SET submitted_at = submitted_at - 24 * 3600000 WHERE job = " + key_of(job_id))
            room.daemon_start()
            self.assertIn("job-not-kept-overnight", room.wait_for(job_id, "aborted")["reasons"])
        finally:
            room.queue("cupsenable", ROOM)


class Lattice(Case):
    """Never at a device below its level, whatever is changed meanwhile and whatever instruction the daemon ends at."""

    def approved(self):
        job_id = held("secret", reasons=("job-held-for-authorization", "job-suspended-for-approval"))
        room.cli("approve", job_id, person="director")
        return job_id

    def nothing_printed(self, job_id, before):
        """Nor will it without somebody there: the release was for then."""
        end = time.monotonic() + 3
        while time.monotonic() < end or room.job(job_id)["state"] == "pending":
            self.assertIn(room.job(job_id)["state"], ("pending", "pending-held"), room.job(job_id))
            self.assertEqual(room.output(), before)
            time.sleep(0.1)
        self.assertEqual(room.job(job_id)["reasons"], ["job-held-for-authorization"])
        self.assertIn("收回，须重新放行", room.text("show", job_id, language="zh"))
        queued = harness.run("lpstat", "-W", "not-completed", "-o", ",".join((ROOM, OTHER)), env=room.environment).stdout
        self.assertEqual(queued, "")

    def prints_again(self, job_id):
        room.cli("device", "set", ROOM, "--max-level", "top-secret", person="admin")
        time.sleep(1)
        self.assertEqual(room.job(job_id)["state"], "pending-held")
        self.assertEqual(release(job_id)[0], 200)
        job = room.wait_for(job_id, "completed", "processing-stopped", "aborted")
        self.assertEqual((job["state"], job["device"]), ("completed", ROOM), job)
        self.assertEqual([(copy["number"], copy["state"]) for copy in room.cli("copy", "list", job_id)], [(1, "printed")])

    def test_a_device_that_was_lowered_meanwhile(self):
        for fault in ("release.decided", "deliver.claimed", "deliver.created", "deliver.sent", "deliver.noted"):
            with self.subTest(fault):
                job_id = self.approved()
                before = room.output()
                release_and_die(job_id, fault)
                alter("UPDATE device SET max_level = ? WHERE name = ?", "internal", ROOM)
                room.daemon_start()
                self.nothing_printed_soon(job_id, before)
                self.prints_again(job_id)

    def nothing_printed_soon(self, job_id, before):
        harness.wait_until(lambda: room.job(job_id)["state"].startswith("pending"), lambda: str(room.job(job_id)))
        self.nothing_printed(job_id, before)

    def test_an_area_that_was_taken_from_the_level(self):
        job_id = self.approved()
        before = room.output()
        room.daemon_stop()
        room.daemon_start(fault="deliver.noted")
        try:
            release(job_id)
        except OSError:
            pass
        room.daemon_dies()
        alter("UPDATE device SET area = ? WHERE name = ?", "走廊", ROOM)
        path = os.path.join(room.home, "etc", "printroom", "printroom.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("level secret { ", 'level secret { areas = {"文印室"} '))
        try:
            room.daemon_start()
            self.nothing_printed_soon(job_id, before)
            self.assertIn("may not print this level any more", room.text("show", job_id))
            self.assertIn("设备已不得打印此密级", room.text("show", job_id, language="zh"))
        finally:
            room.cli("device", "set", ROOM, "--area", "文印室", person="admin")
            room.daemon_settings(ladder())
        self.prints_again(job_id)

    def queued(self):
        return harness.run("lpstat", "-W", "not-completed", "-o", ROOM, env=room.environment).stdout

    def in_a_stopped_queue(self):
        """A job that cupsd has and may begin whenever its queue goes on."""
        job_id = self.approved()
        release_and_die(job_id, "deliver.noted")
        room.queue("cupsdisable", ROOM)
        self.addCleanup(room.queue, "cupsenable", ROOM)
        room.daemon_start()
        harness.wait_until(lambda: "paused" in room.job(job_id)["reasons"], lambda: str(room.job(job_id)))
        self.assertNotEqual(self.queued(), "")
        return job_id

    def test_a_device_is_not_lowered_under_a_job(self):
        job_id = self.in_a_stopped_queue()
        before = room.output()
        for change in (("set", ROOM, "--max-level", "internal"), ("set", ROOM, "--max-level", ""), ("retire", ROOM)):
            self.assertIn("Job %s has been handed to device %s" % (job_id, ROOM), refused("device", *change, person="admin"))
        said = harness.run(os.path.join(room.prefix, "bin", "printroom"), "--as", "admin", "device", "set", ROOM, "--area",
                           "走廊", "--max-level", "internal", check=False, env=dict(room.environment, LC_ALL="zh_CN.UTF-8"))
        self.assertEqual(said.returncode, 1)
        self.assertIn("作业 %s 已交给设备" % job_id, said.stderr)
        device = room.cli("device", "show", ROOM, person="admin")
        self.assertEqual((device["max_level"], device["active"]), ("top-secret", True))
        # What does not concern the job may be changed.
        room.cli("device", "set", ROOM, "--vendor-contact", "010-1", "--max-level", "secret", person="admin")
        room.cli("cancel", job_id, person="operator")
        room.wait_for(job_id, "canceled")
        room.cli("device", "set", ROOM, "--max-level", "internal", person="admin")
        self.assertEqual([copy["state"] for copy in room.cli("copy", "list", job_id)], ["void"])
        room.queue("cupsenable", ROOM)
        room.cli("device", "set", ROOM, "--max-level", "top-secret", person="admin")
        time.sleep(1)
        self.assertEqual(room.output(), before)

    def test_settings_count_for_what_cupsd_has_not_begun(self):
        job_id = self.in_a_stopped_queue()
        before = room.output()
        try:
            room.daemon_settings(ladder().replace("level secret { ", 'level secret { areas = {"保密室"} '))
            harness.wait_until(lambda: room.job(job_id)["state"].startswith("pending"), lambda: str(room.job(job_id)))
            room.queue("cupsenable", ROOM)
            self.nothing_printed(job_id, before)
            self.assertIn("may not print this level any more", room.text("show", job_id))
        finally:
            room.daemon_settings(ladder())
        self.prints_again(job_id)

    def test_a_level_that_is_not_on_the_ladder_any_more(self):
        job_id = held("secret", reasons=("job-held-for-authorization", "job-suspended-for-approval"))
        before = room.output()
        try:
            room.daemon_settings(ladder(without=("secret",)))
            # It counts as the highest there is, which nobody may print.
            self.assertEqual(room.job(job_id)["state"], "aborted")
            self.assertEqual(room.output(), before)
        finally:
            room.daemon_settings(ladder())


if __name__ == "__main__":
    harness.main()
