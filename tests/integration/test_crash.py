#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""SIGKILL for printroomd at every commit point and at random moments, for cupsd, and for the document helper: afterwards every job
is in one state, each sheet is counted once, nothing is printed twice, and nothing is lost.

printroomd must be built with --enable-fault-points.
"""
import os
import random
import re
import signal
import time
import unittest

import books
import harness

SOURCES = os.path.join(harness.TOP, "daemon")
SEED = 20261124
DEVICES = ("office-printer", "office-printer-2")


def fault_points():
    """Every FAULT_POINT of the sources."""
    points = set()
    for folder, _, names in os.walk(SOURCES):
        for name in names:
            if name.endswith(".c"):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    points.update(re.findall(r'FAULT_POINT\("([a-z.]+)"\)', file.read()))
    return sorted(points)


def setUpModule():
    global room, documents
    documents = harness.Documents()
    room = harness.Room(devices=len(DEVICES)).start()
    # cupsd writes its queues down half a minute after they were made, or at its end.
    room.cupsd_stop()
    room.cupsd_start()
    # Counts are believed from the first print of each device on.
    for device in DEVICES:
        others = [name for name in DEVICES if name != device]
        room.queue("cupsdisable", *others)
        room.wait_for(room.print_document(documents.pdf()), "completed")
        room.queue("cupsenable", *others)


def tearDownModule():
    try:
        room.settled()
    finally:
        room.stop()
        documents.remove()


def settled(self):
    """The books at rest."""
    books.check(self)
    left = books.check_paper(self, *(self.printer(name) for name in DEVICES))
    assert not left, left
    # Nothing is left of the tries at cupsd either: it would not print, but it would lie there in plain.
    queued = harness.run("lpstat", "-W", "not-completed", "-o", ",".join(DEVICES), env=self.environment).stdout
    assert queued == "", queued


harness.Room.settled = settled


class Case(unittest.TestCase):
    def setUp(self):
        self.jobs_before = len(room.cli("jobs"))

    def tearDown(self):
        if not room.daemon_running():
            room.daemon_start()

    def new_jobs(self):
        jobs = room.cli("jobs")
        return jobs[:len(jobs) - self.jobs_before]

    def all_done(self, cups_jobs, states=("completed",)):
        """Waits until cupsd has handed everything over and all of it has ended; as many jobs here as there."""
        for number in cups_jobs:
            self.assertEqual(room.wait_cups(number)["job-state"], "completed")
        room.rest()
        jobs = self.new_jobs()
        self.assertEqual([job["state"] for job in jobs], list(states) * (len(cups_jobs) // len(states)), jobs)
        room.settled()
        return jobs


# Only classified jobs pass these: test_release.py tries them.
CLASSIFIED = {"deliver.copies-numbered", "deliver.stamped", "release.deciding", "release.decided", "release.expired"}


class FaultPoints(Case):
    """The daemon dies as by a power cut at one place."""

    def dies_printing(self, point, passage=1):
        room.daemon_stop()
        room.daemon_start(fault="%s:%d" % (point, passage))
        number = room.lp(documents.pdf(pages=3), "-n", "2", "-o", "sides=two-sided-long-edge")
        room.daemon_dies()
        books.check(room, spool=False)
        room.daemon_start()
        job, = self.all_done([number])
        self.assertEqual((job["sheets_charged"], job["settlement"]), (4, "device-job"))

    def dies_at_command(self, point, states, *command, person):
        """The daemon dies while it carries out a command on a job held for its account."""
        room.cli("quota", "set", "general", "0", person="director")
        room.daemon_stop()
        room.daemon_start(fault=point)
        job_id = room.print_document(documents.pdf(pages=2), user="li")
        self.assertEqual(room.job(job_id)["reasons"], ["account-limit-reached"])
        with self.assertRaises(harness.CommandRefused) as broken:
            room.cli(*(job_id if word == "JOB" else word for word in command), person=person)
        self.assertEqual(broken.exception.code, 3)
        room.daemon_dies()
        books.check(room, spool=False)
        room.daemon_start()
        job = room.wait_for(job_id, *states)
        room.settled()
        if job["state"] == "pending-held":
            room.cli("cancel", job_id, person="li")

    def test_every_point_is_tried(self):
        tried = {name[len("test_"):].replace("_", ".") for name in dir(self) if name.startswith("test_")}
        self.assertEqual(set(fault_points()) - tried - CLASSIFIED, set())

    def dies_emptying(self, point):
        """The daemon dies while it empties a device: its queue is started again, and jobs are printed."""
        room.daemon_stop()
        room.daemon_start(fault=point)
        with self.assertRaises(harness.CommandRefused) as broken:
            room.cli("device", "purge", "office-printer")
        self.assertEqual(broken.exception.code, 3)
        room.daemon_dies()
        self.assertIsNone(room.query("SELECT ended_at FROM purge ORDER BY purge DESC LIMIT 1")[0]["ended_at"])
        room.daemon_start()
        harness.wait_until(lambda: room.cli("device", "purges", "office-printer")[0]["queue"] == "resumed",
                           "the queue to be started again")
        self.assertEqual(room.cli("device", "purges", "office-printer")[0]["outcome"], "interrupted")
        self.all_done([room.lp(documents.pdf(pages=1))])

    def test_purge_stopping(self):
        self.dies_emptying("purge.stopping")

    def test_purge_device(self):
        self.dies_emptying("purge.device")

    def test_control_deciding(self):
        self.dies_at_command("control.deciding", ["pending-held"], "cancel", "JOB", person="li")

    def test_control_decided(self):
        self.dies_at_command("control.decided", ["canceled"], "cancel", "JOB", person="li")

    def test_approval_deciding(self):
        self.dies_at_command("approval.deciding", ["pending-held"], "approve", "JOB", person="director")

    def test_approval_decided(self):
        self.dies_at_command("approval.decided", ["completed"], "approve", "JOB", person="director")

    def test_reconsider_deciding(self):
        # The start looks at held jobs again.
        self.dies_at_command("reconsider.deciding", ["completed"], "quota", "grant", "general", "2", "--reason", "test",
                             person="director")

    def test_reconsider_decided(self):
        self.dies_at_command("reconsider.decided", ["completed"], "quota", "grant", "general", "2", "--reason", "test",
                             person="director")


def add_point(point):
    setattr(FaultPoints, "test_" + point.replace(".", "_"), lambda self: self.dies_printing(point))


for a_point in fault_points():
    if a_point.partition(".")[0] in ("intake", "deliver") and a_point not in CLASSIFIED:
        add_point(a_point)


class AtAnyMoment(Case):
    def slowly(self):
        """The printers take their time, so that jobs are under way whenever something is killed."""
        for name in DEVICES:
            room.printer(name).set("seconds-per-side", "0.2")
            self.addCleanup(room.printer(name).clear)

    def stream(self, rng, jobs=20):
        """Prints documents of random lengths for two people."""
        return [room.lp(documents.pdf("stream-%d.pdf" % number, pages=rng.randint(1, 4)), "-n", str(rng.randint(1, 2)),
                        user=rng.choice(("wang", "director"))) for number in range(jobs)]

    def test_the_daemon_is_killed_again_and_again(self):
        rng = random.Random(SEED)
        self.slowly()
        numbers = self.stream(rng)
        for _ in range(10):
            time.sleep(rng.uniform(0, 0.8))
            room.daemon_kill()
            books.check(room, spool=False)
            room.daemon_start()
        self.all_done(numbers)

    def test_cupsd_is_killed(self):
        """What cupsd has taken and not handed over is cupsd's to lose; what is here is not."""
        rng = random.Random(SEED + 1)
        self.slowly()
        numbers = self.stream(rng, 6)
        for number in numbers:
            room.wait_cups(number)
        for _ in range(3):
            time.sleep(rng.uniform(0, 1.5))
            room.cupsd_stop(signal.SIGKILL)
            room.cupsd_start()
        ended = ("completed", "canceled", "aborted")
        harness.wait_until(lambda: all(job["state"] in ended or "job-suspended-by-system" in job["reasons"]
                                       for job in self.new_jobs()), lambda: str(self.new_jobs()))
        jobs = self.new_jobs()
        self.assertEqual(len(jobs), len(numbers))
        for job in jobs:
            if job["state"] not in ended:
                papers = [paper["printed"] for name in DEVICES for paper in room.printer(name).paper()
                          if paper["title"].startswith(job["id"] + "/")]
                self.assertLessEqual(len(papers), 1)
                room.cli("reprint" if not papers else "settle", job["id"], *([] if not papers else [str(sum(papers))]),
                         person="operator")
                room.wait_for(job["id"], "completed")
        self.assertEqual({job["state"] for job in self.new_jobs()}, {"completed"})
        books.check(room)


class DocumentHelper(Case):
    def parent(self):
        """The warm parent of the document helper."""
        daemon = room.pid("printroomd")
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open("/proc/%s/stat" % entry, encoding="utf-8") as file:
                        fields = file.read().rpartition(") ")[2].split()
                    with open("/proc/%s/cmdline" % entry, "rb") as file:
                        command = file.read()
                except OSError:
                    continue
                if int(fields[1]) == daemon and b"printroom-document" in command:
                    return int(entry)
        raise AssertionError("there is no document helper")

    def test_killed_while_idle(self):
        os.kill(self.parent(), signal.SIGKILL)
        self.all_done([room.lp(documents.pdf()) for _ in range(3)])
        self.assertIn("document helper has ended; starting it again", room.log())

    def test_killed_while_it_reads(self):
        """No document pays for a death that it has not caused."""
        path = documents.pdf("long.pdf", pages=4000)
        parent = self.parent()
        number = room.lp(path, "-o", "page-ranges=1-4000", user="director")

        def at_work():
            children = open("/proc/%d/task/%d/children" % (parent, parent), encoding="utf-8").read().split()
            return any(harness.process_state(int(child)) == "R" for child in children)
        harness.wait_until(at_work, "the helper to read")
        os.kill(parent, signal.SIGKILL)
        self.assertEqual(room.wait_cups(number)["job-state"], "completed")
        job, = self.new_jobs()
        self.assertNotEqual(room.job(job["id"])["state"], "aborted", room.job(job["id"]))
        self.assertEqual(job["pages"], 4000)
        self.assertEqual(job["reasons"], ["account-limit-reached"])
        room.cli("cancel", job["id"], person="director")


if __name__ == "__main__":
    harness.main()
