#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""From the queue to paper when the device, its queue or cupsd itself makes trouble: the job says what is wrong in words of both
languages, goes on by itself where it can, is printed once, and is charged what came out."""
import os
import signal
import time
import unittest

import books
import harness

PAGES = 6


def setUpModule():
    global room, documents, printer
    documents = harness.Documents()
    room = harness.Room(devices=2).start()
    printer = room.printer()
    room.settings("delivery {\n poll-interval-ms = 200\n device-timeout = 3\n}")
    queue("cupsdisable", "office-printer-2")


def tearDownModule():
    try:
        books.check(room)
        left = books.check_paper(room, printer, room.printer("office-printer-2"))
        assert set(left) == told_by_others, (left, told_by_others)
    finally:
        room.stop()
        documents.remove()


# Jobs whose charge somebody or something else than the device's count told.
told_by_others = set()


def queue(command, name="office-printer"):
    room.queue(command, name)


class Case(unittest.TestCase):
    def setUp(self):
        self.before = len(printer.paper())

    def tearDown(self):
        printer.clear()
        queue("cupsenable")
        room.rest()

    def slowly(self):
        # Time enough for a busy machine to do something in the middle.
        printer.set("seconds-per-side", "0.5")

    def send(self, *arguments, pages=PAGES, user="wang"):
        return room.print_document(*arguments, documents.pdf(pages=pages), user=user)

    def paper(self):
        """What came out since the test began, but for what a test sent past printroom to keep the device busy."""
        return [paper for paper in printer.paper()[self.before:] if paper["title"] != "before"]

    def printing(self, job_id, sides=1):
        """Waits until the device has printed so many sides of it."""
        def reached():
            jobs = printer.ipp("Get-Jobs", "keyword which-jobs not-completed",
                               "keyword requested-attributes job-impressions-completed")
            return any("job-impressions-completed (integer) = %d" % n in jobs for n in range(sides, PAGES + 1))
        harness.wait_until(reached, "the device to print " + job_id)

    def stopped(self, job_id, reason, english, chinese):
        harness.wait_until(lambda: reason in room.glance("/v1/jobs/" + job_id).get("reasons", ()),
                           lambda: "%s: %s" % (reason, room.job(job_id)))
        job = room.job(job_id)
        self.assertEqual(job["state"], "processing-stopped")
        self.assertTrue(any(english in message for message in job["messages"]), job["messages"])
        self.assertNotIn("Printing.", job["messages"])
        self.assertIn(chinese, room.text("show", job_id, language="zh"))

    def ends(self, job_id, state, sheets, settlement="device-job"):
        job = room.wait_for(job_id, "completed", "canceled", "aborted")
        self.assertEqual((job["state"], job["sheets_charged"], job["settlement"], job["sheets_reserved"]),
                         (state, sheets, settlement, 0), job)
        if settlement in ("estimate", "operator"):
            told_by_others.add(job_id)
        return job

    def states(self, job):
        return [event["to"] for event in job["events"]]


class Device(Case):
    def test_out_of_paper(self):
        printer.set("media-empty")
        job_id = self.send()
        self.stopped(job_id, "media-empty", "office-printer is out of paper; load paper.", "office-printer 缺纸，请装纸。")
        printer.clear("media-empty")
        job = self.ends(job_id, "completed", PAGES)
        self.assertEqual([state for state in self.states(job) if state != "incoming"][:3],
                         ["pending", "processing", "processing-stopped"])
        told = room.text("show", job_id)
        for words in ("at office-printer", "the device is out of paper", "%d sheets, as the device says of the job" % PAGES):
            self.assertIn(words, told)
        told = room.text("show", job_id, language="zh")
        for words in ("设备 office-printer", "设备 缺纸", "%d 张，按设备对该作业的记录" % PAGES):
            self.assertIn(words, told)

    def test_paper_jam_in_the_middle(self):
        printer.set("jam-after", 2)
        job_id = self.send()
        self.stopped(job_id, "media-jam", "Paper is jammed in office-printer", "卡纸")
        printer.clear("jam-after")
        job = self.ends(job_id, "completed", PAGES)
        self.assertEqual(job["reasons"], ["job-completed-successfully"])

    def test_goes_on_after_trouble_in_the_middle(self):
        self.slowly()
        printer.set("jam-after", 2)
        job_id = self.send()
        self.stopped(job_id, "media-jam", "Paper is jammed", "卡纸")
        printer.clear("jam-after")
        room.wait_for(job_id, "processing")
        self.assertIn("device-resumed", [event["event"] for event in self.ends(job_id, "completed", PAGES)["events"]])

    def test_switched_off_before(self):
        printer.stop()
        job_id = self.send()
        try:
            self.stopped(job_id, "connecting-to-device", "office-printer does not answer", "office-printer 无应答")
        finally:
            printer.start()
        self.ends(job_id, "completed", PAGES)

    def test_switched_off_and_canceled_costs_nothing(self):
        printer.stop()
        job_id = self.send()
        try:
            self.stopped(job_id, "connecting-to-device", "office-printer does not answer", "无应答")
            room.cli("cancel", job_id, person="wang")
        finally:
            printer.start()
        self.ends(job_id, "canceled", 0)
        self.assertEqual(self.paper(), [])

    def vanish(self):
        """Switches the printer off in the middle of a job, and on again."""
        self.slowly()
        job_id = self.send()
        self.printing(job_id, 2)
        printer.stop()
        try:
            self.stopped(job_id, "connecting-to-device", "office-printer does not answer", "无应答")
        finally:
            printer.clear()
            printer.start()
        self.stopped(job_id, "job-suspended-by-system", "knows nothing of this job any more", "可能在打印途中断过电")
        return job_id

    def test_vanishes_in_the_middle_and_the_operator_has_it_printed_again(self):
        job_id = self.vanish()
        with self.assertRaises(harness.CommandRefused) as refused:
            room.cli("reprint", job_id, person="wang")
        self.assertEqual(refused.exception.code, 1)
        room.cli("reprint", job_id, person="operator")
        self.ends(job_id, "completed", PAGES)
        self.assertEqual([paper["end"] for paper in self.paper()], ["completed"])

    def test_vanishes_in_the_middle_and_the_operator_counts(self):
        job_id = self.vanish()
        with self.assertRaises(harness.CommandRefused):
            room.cli("settle", job_id, str(PAGES + 1), person="operator")
        room.cli("settle", job_id, "2", person="operator")
        self.ends(job_id, "completed", 2, "operator")
        self.assertIn("the device has lost the job", room.text("show", job_id))
        self.assertIn("设备已无此作业的记录", room.text("show", job_id, language="zh"))

    def test_canceled_after_it_has_vanished_in_the_middle(self):
        """The device had the job and has forgotten it: that it does not know it does not mean that nothing came out."""
        printer.set("seconds-per-side", "0.6")
        job_id = self.send()
        self.printing(job_id, 2)
        printer.stop()
        try:
            self.stopped(job_id, "connecting-to-device", "office-printer does not answer", "无应答")
            room.cli("cancel", job_id, person="wang")
        finally:
            printer.clear()
            printer.start()
        self.stopped(job_id, "job-suspended-by-system", "knows nothing of this job any more", "可能在打印途中断过电")
        room.cli("settle", job_id, "3", person="operator")
        self.ends(job_id, "completed", 3, "operator")

    def test_refuses_the_job(self):
        printer.set("abort-after", 0)
        job = self.ends(self.send(), "aborted", 0)
        self.assertTrue(any("the device gave up" in message for message in job["messages"]), job["messages"])
        self.assertIn("作业已中止", room.text("show", job["id"], language="zh"))

    def test_gives_up_in_the_middle(self):
        printer.set("abort-after", 2)
        self.ends(self.send(), "aborted", 2)

    def test_job_canceled_at_the_device(self):
        self.slowly()
        job_id = self.send()
        self.printing(job_id, 2)
        printer.cancel()
        job = room.wait_for(job_id, "canceled", "completed", "aborted")
        self.ends(job_id, "canceled", self.paper()[0]["printed"])
        self.assertEqual(job["messages"], ["The job was cancelled at office-printer."])

    def test_does_not_count(self):
        printer.set("silent")
        job = self.ends(self.send(), "completed", PAGES, "estimate")
        self.assertIn("%d sheets, estimated, the device does not tell" % PAGES, room.text("show", job["id"]))

    def test_does_not_count_and_is_interrupted(self):
        """Of a device that never counted, 0 sides mean nothing: all is charged."""
        other = room.printer("office-printer-2")
        queue("cupsdisable")
        queue("cupsenable", "office-printer-2")
        other.set("seconds-per-side", "0.3")
        other.set("silent")
        try:
            job_id = self.send()
            room.wait_for(job_id, "processing")
            harness.wait_until(lambda: "job-state (enum) = processing" in other.ipp("Get-Jobs", "keyword requested-attributes "
                                                                                    "job-state"), "the device")
            room.cli("cancel", job_id, person="wang")
            self.ends(job_id, "canceled", PAGES, "estimate")
        finally:
            other.clear()
            queue("cupsdisable", "office-printer-2")


class Queue(Case):
    def test_stopped(self):
        queue("cupsdisable")
        job_id = self.send()
        # A job that is not urgent comes first and yet goes second.
        urgent_id = self.send("-o", "Urgent=true")
        harness.wait_until(lambda: any("No printer is ready now" in message for message in room.job(job_id)["messages"]),
                           lambda: str(room.job(job_id)))
        self.assertEqual(room.job(job_id)["state"], "pending")
        self.assertIn("目前没有可用的打印机", room.text("show", job_id, language="zh"))
        queue("cupsenable")
        self.ends(job_id, "completed", PAGES)
        self.ends(urgent_id, "completed", PAGES)
        self.assertEqual([paper["title"] for paper in self.paper()], [urgent_id + "/1", job_id + "/1"])

    def test_stopped_in_the_middle(self):
        """cupsd would print the whole job again: the device has had it, so it must not."""
        self.slowly()
        job_id = self.send()
        self.printing(job_id, 2)
        queue("cupsdisable")
        room.wait_for(job_id, "canceled", "completed", "aborted")
        queue("cupsenable")
        self.ends(job_id, "canceled", self.paper()[0]["printed"])

    def test_canceled_before_the_queue_begins_it(self):
        """Nothing has left the queue, so there is nothing to ask the device for, and nothing to settle."""
        printer.set("media-empty")
        result = room.as_account("printroom", "lp", "-d", "office-printer", "-t", "before", documents.pdf())
        self.assertEqual(result.returncode, 0, result.stderr)
        harness.wait_until(lambda: "before" in printer.ipp("Get-Jobs", "keyword requested-attributes job-name"), "the device")
        job_id = self.send()
        room.wait_for(job_id, "processing", "processing-stopped")
        cups_job = harness.wait_until(lambda: room.query("SELECT cups_job FROM delivery WHERE sent ORDER BY delivery DESC LIMIT 1"),
                                      "the job at cupsd")[0]["cups_job"]
        self.assertEqual(room.wait_cups(cups_job, "pending")["time-at-processing"], "no-value")
        room.cli("cancel", job_id, person="wang")
        self.ends(job_id, "canceled", 0, None)
        # The one in front is no business of the next test: a queue that is stopped before it is done with it prints it again.
        printer.clear()
        room.wait_cups(int(result.stdout.split("office-printer-")[1].split()[0]))


class Cupsd(Case):
    def restarted(self, signal_number):
        self.slowly()
        job_id = self.send()
        self.printing(job_id)
        room.cupsd_stop(signal_number)
        try:
            self.stopped(job_id, "resources-are-not-ready", "The print service (cupsd) does not answer", "无应答")
        finally:
            room.cupsd_start()
        self.ends(job_id, "completed", PAGES)
        self.assertEqual(len(self.paper()), 1)

    def test_restarted_in_the_middle(self):
        self.restarted(signal.SIGTERM)

    def test_killed_in_the_middle(self):
        self.restarted(signal.SIGKILL)

    def test_away_while_a_job_waits(self):
        printer.set("media-empty")
        blocking_id = self.send()
        room.wait_for(blocking_id, "processing-stopped")
        waiting_id = self.send(pages=2)
        self.assertEqual(room.job(waiting_id)["state"], "pending")
        room.cupsd_stop()
        room.cupsd_start()
        printer.clear()
        # What the first printed is told by the device; the second was not begun.
        self.ends(blocking_id, "completed", PAGES)
        self.ends(waiting_id, "completed", 2)


class Daemon(Case):
    """Printroomd ends while a job is on its way to a printer without paper: nothing came out, so nothing is charged, and the
    job is over only when it has been printed."""

    def goes_on(self, job_id):
        """After the restart: it waits for paper, uncharged, however often it is looked at; then it is printed once."""
        self.stopped(job_id, "media-empty", "office-printer is out of paper", "缺纸")
        end = time.monotonic() + 3
        while time.monotonic() < end:
            job = room.job(job_id)
            self.assertEqual((job["state"], job["sheets_charged"], job["sheets_reserved"], job["settlement"]),
                             ("processing-stopped", 0, PAGES, None), job)
            time.sleep(0.1)
        self.assertEqual(self.charges(job_id), [])
        printer.clear("media-empty")
        self.ends(job_id, "completed", PAGES)
        self.assertEqual([(paper["title"].partition("/")[0], paper["printed"]) for paper in self.paper()], [(job_id, PAGES)])
        self.assertEqual(self.charges(job_id), [PAGES])

    def charges(self, job_id):
        month, _, number = job_id.rpartition("-")
        return [row["sheets"] for row in room.query("SELECT l.sheets FROM ledger AS l JOIN job AS j USING (job) WHERE"
                                                    " l.kind IN ('settle', 'void') AND j.month = ? AND j.number = ?", month,
                                                    int(number))]

    def ended(self, end):
        printer.set("media-empty")
        job_id = self.send()
        room.wait_for(job_id, "processing", "processing-stopped")
        end()
        room.daemon_start()
        self.goes_on(job_id)

    def test_stopped_right_after_dispatch(self):
        self.ended(room.daemon_stop)

    def test_killed_right_after_dispatch(self):
        self.ended(room.daemon_kill)

    def test_killed_at_each_step_of_the_dispatch(self):
        for step in ("deliver.claimed", "deliver.numbered", "deliver.created", "deliver.sent", "deliver.released"):
            with self.subTest(step):
                self.before = len(printer.paper())
                printer.set("media-empty")
                room.daemon_stop()
                room.daemon_start(fault=step)
                # It may die before the backend has its answer.
                cups_job = room.lp(documents.pdf(pages=PAGES))
                room.daemon_dies()
                room.daemon_start()
                self.goes_on(room.number_of(cups_job))


if __name__ == "__main__":
    harness.main()
