#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The rules of the print room through the real queue: every rule, every reason for a hold, and the order of printing."""
import datetime
import re
import unittest
import zoneinfo

import harness

ZONE = zoneinfo.ZoneInfo("Asia/Shanghai")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def setUpModule():
    global room, documents
    documents = harness.Documents()
    room = harness.Room(environment=harness.SHORT_TICKS).start()
    # Enough for all tests of this file.
    for department in ("academic", "general", "office"):
        room.cli("quota", "set", department, "3000")


def tearDownModule():
    room.stop()
    documents.remove()


def quota(department):
    found = room.cli("quota", "show", department)
    return found[0] if isinstance(found, list) else found


def color_pdf(name, pages):
    """A document with a red bar on every page."""
    data = harness.pdf(pages=pages, text="Colour of " + name).decode()
    data = re.sub(r"BT /F 30 Tf (72 \d+) Td \(([^)]*)\) Tj ET", r"1 0 0 rg 72 72 90 90 re f BT /F 30 Tf \1 Td (\2) Tj ET",
                  data)
    # The lengths and offsets are wrong now: qpdf writes them anew.
    path = documents.write(name + ".qdf", data.encode())
    harness.run("qpdf", path, documents.path(name), check=False)
    return documents.path(name)


def said(job):
    return " ".join(job["messages"])


class Rules(unittest.TestCase):
    def paper_of(self, job_id):
        return [job for job in room.printer().paper() if job["title"].startswith(job_id)]

    def refused(self, code, *arguments, **more):
        with self.assertRaises(harness.CommandRefused) as caught:
            room.cli(*arguments, **more)
        self.assertEqual(caught.exception.code, code, caught.exception.words)
        return caught.exception.words

    def refused_job(self, *arguments):
        """Prints what is refused; the job, and what cupsd's job says of it."""
        attributes = room.wait_cups(room.lp(*arguments))
        self.assertEqual(attributes["job-state"], "canceled")
        row, = room.query("SELECT month, number FROM job WHERE origin = ?", attributes["job-uuid"])
        job = room.job("%s-%06d" % (row["month"], row["number"]))
        self.assertEqual(job["state"], "aborted")
        self.assertEqual(self.paper_of(job["id"]), [])
        return job, attributes["job-printer-state-message"]

    def held(self, job_id, *reasons):
        job = room.wait_for(job_id, "pending-held", "pending", "completed", "aborted")
        self.assertEqual((job["state"], job["reasons"]), ("pending-held", sorted(reasons)), job)
        return job


class Duplicates(Rules):
    def test_the_same_document_again_waits_for_its_sender(self):
        path = documents.pdf(pages=2)
        first = room.print_document("-t", "Agenda", path)
        room.wait_for(first, "completed")
        before = quota("academic")
        again = room.print_document("-t", "Agenda, final", path)
        job = self.held(again, "job-held-for-review")
        self.assertIn("job %s" % first, said(job))
        self.assertIn("printroom confirm", said(job))
        self.assertEqual(job["sheets_reserved"], 2)
        self.assertEqual(self.paper_of(again), [])
        # Neither a colleague nor a director can say so.
        for other in ("li", "director"):
            self.refused(1, "confirm", again, person=other)
        self.held(again, "job-held-for-review")
        confirmed = room.cli("confirm", again, person="wang")
        self.assertIn(confirmed["state"], ("pending", "processing", "completed"))
        job = room.wait_for(again, "completed")
        self.assertEqual(job["sheets_charged"], 2)
        self.assertEqual(quota("academic")["used"], before["used"] + 2)
        row, = room.query("SELECT c.* FROM confirmation AS c JOIN job USING (job) WHERE origin = ?", job["origin"])
        self.assertEqual(row["rule"], "duplicate")
        self.assertIn("wang", row["actor"])
        # It cannot be confirmed again, and counts as the earlier one from now on.
        self.refused(1, "confirm", again, person="wang")
        third = room.print_document(path)
        self.assertIn("job %s" % again, said(self.held(third, "job-held-for-review")))
        # The operator may confirm for others.
        room.cli("confirm", third, person="operator")
        room.wait_for(third, "completed")

    def test_another_department_may_print_the_same(self):
        path = documents.pdf()
        room.wait_for(room.print_document(path), "completed")
        room.wait_for(room.print_document(path, user="li"), "completed")

    def test_what_was_cancelled_is_no_duplicate(self):
        path = documents.pdf()
        first = room.print_document("-o", "Classification=secret", path)
        self.held(first, "job-held-for-authorization")
        room.cli("cancel", first, person="wang")
        room.wait_for(room.print_document(path), "completed")

    def test_a_duplicate_of_what_is_cancelled_goes_on_by_itself(self):
        path = documents.pdf(pages=2)
        first = room.print_document("-o", "Classification=secret", path)
        self.held(first, "job-held-for-authorization")
        again = room.print_document(path)
        third = room.print_document(path)
        self.held(again, "job-held-for-review")
        self.assertIn("job %s" % again, said(self.held(third, "job-held-for-review")))
        room.cli("cancel", first, person="wang")
        job = room.wait_for(again, "completed")
        self.assertEqual(job["sheets_charged"], 2)
        self.assertEqual(room.query("SELECT 1 FROM confirmation AS c JOIN job USING (job) WHERE origin = ?", job["origin"]), [])
        # That one is printed: the third is the same thing twice.
        self.assertIn("job %s" % again, said(self.held(third, "job-held-for-review")))
        room.cli("cancel", third, person="wang")

    def test_a_cancelled_duplicate_gives_its_sheets_back(self):
        path = documents.pdf(pages=3)
        room.wait_for(room.print_document(path), "completed")
        before = quota("academic")
        again = room.print_document(path)
        self.held(again, "job-held-for-review")
        room.cli("cancel", again, person="wang")
        self.assertEqual(quota("academic"), before)

    def test_explain_knows_of_it(self):
        path = documents.pdf()
        self.assertEqual(room.cli("explain", path, person="wang")["outcome"], "print")
        first = room.cli("submit", path, person="wang")["id"]
        room.wait_for(first, "completed")
        explained = room.cli("explain", path, person="wang")
        self.assertEqual((explained["outcome"], explained["reasons"]), ("hold", ["job-held-for-review"]))
        self.assertIn(first, " ".join(explained["messages"]))
        self.assertEqual(room.cli("explain", path, "--person", "li", person="director")["outcome"], "print")

    def test_marks_are_not_for_the_sender_to_settle(self):
        marked = documents.write("marked.pdf", harness.pdf().replace(b"(Page 1)", b"(SECRET)"))
        job_id = room.print_document(marked)
        job = self.held(job_id, "job-held-for-review", "job-held-for-authorization")
        self.assertEqual(job["level"], "secret")
        for person in ("wang", "operator"):
            self.assertIn("not for anything you can confirm", self.refused(1, "confirm", job_id, person=person))
        # Once more: two holds of one reason, of which one goes.
        again = room.print_document(marked)
        self.assertIn(job_id, said(self.held(again, "job-held-for-review", "job-held-for-authorization")))
        room.cli("confirm", again, person="wang")
        self.assertNotIn(job_id, said(self.held(again, "job-held-for-review", "job-held-for-authorization")))
        self.refused(1, "confirm", again, person="wang")
        for held in (job_id, again):
            room.cli("cancel", held, person="wang")


class Holds(Rules):
    """The reasons for a hold that are no rule of the print room's own."""

    def test_too_few_sheets(self):
        room.cli("quota", "set", "general", "40")
        left = quota("general")["available"]
        job_id = room.print_document("-n", str(left + 1), "-o", "sides=one-sided", documents.pdf(), user="li")
        self.held(job_id, "account-limit-reached")
        room.cli("quota", "grant", "general", "1", "--reason", "期末试卷")
        room.wait_for(job_id, "completed")
        room.cli("quota", "set", "general", "3000")

    def test_somebody_unknown(self):
        job_id = room.print_document(documents.pdf(), user="stranger")
        self.held(job_id, "account-info-needed")
        room.cli("cancel", job_id)

    def test_a_classified_level(self):
        job_id = room.print_document("-o", "Classification=confidential", documents.pdf())
        self.held(job_id, "job-held-for-authorization")
        room.cli("cancel", job_id)


class Changes(Rules):
    """Rules that change how a job is printed."""

    @classmethod
    def setUpClass(cls):
        room.daemon_settings("duplex { above-pages = 3 }\n"
                             "grayscale { above-color-pages = 1  levels = {\"internal\"} }\n"
                             "largest-job { sheets = 30 }\n"
                             "policy { copies-max = 9 }\n"
                             "e-copy { copies = 5 }")

    @classmethod
    def tearDownClass(cls):
        room.daemon_settings("")

    def test_many_pages_are_printed_on_both_sides(self):
        path = documents.pdf(pages=4)
        explained = room.cli("explain", path, person="wang")
        self.assertEqual((explained["sides"], explained["sheets"]), ("two-sided-long-edge", 2))
        attributes = room.wait_cups(room.lp("-o", "sides=one-sided", path))
        job_id, _, words = attributes["job-printer-state-message"].partition(":")
        self.assertIn("both sides", words)
        job = room.wait_for(job_id, "completed")
        self.assertEqual((job["sides"], job["asked"]["sides"]), ("two-sided-long-edge", "one-sided"))
        self.assertEqual(job["sheets_charged"], 2)
        paper, = self.paper_of(job_id)
        self.assertEqual((paper["sides"], paper["printed"]), ("two-sided-long-edge", 4))

    def test_few_pages_are_printed_as_asked(self):
        job_id = room.print_document("-o", "sides=one-sided", documents.pdf(pages=3))
        self.assertEqual(room.wait_for(job_id, "completed")["sheets_charged"], 3)
        self.assertEqual(self.paper_of(job_id)[0]["sides"], "one-sided")

    def test_many_colour_pages_are_printed_in_grey(self):
        job_id = room.print_document(color_pdf("two.pdf", 2))
        job = room.wait_for(job_id, "completed")
        self.assertEqual((job["color_pages"], job["color_mode"], job["asked"]["color_mode"]), (2, "monochrome", "color"))
        self.assertEqual(self.paper_of(job_id)[0]["color_mode"], "monochrome")

    def test_few_colour_pages_stay_in_colour(self):
        job_id = room.print_document(color_pdf("one.pdf", 1))
        job = room.wait_for(job_id, "completed")
        self.assertEqual((job["color_pages"], job["color_mode"]), (1, "color"))
        self.assertNotEqual(self.paper_of(job_id)[0]["color_mode"], "monochrome")

    def test_a_level_in_grey(self):
        job_id = room.print_document("-o", "Classification=internal", color_pdf("internal.pdf", 1))
        room.wait_for(job_id, "completed")
        self.assertEqual(self.paper_of(job_id)[0]["color_mode"], "monochrome")

    def test_too_large_a_job_is_refused(self):
        job, words = self.refused_job("-n", "8", documents.pdf(pages=8))
        self.assertIn("document-unprintable-error", job["reasons"])
        self.assertIn("32 sheets", words)
        self.assertEqual(job["sheets_reserved"], 0)
        # The rules before it count: on both sides it is small enough.
        room.wait_for(room.print_document("-n", "7", documents.pdf(pages=8)), "completed")

    def test_too_many_copies_are_refused(self):
        job, words = self.refused_job("-n", "10", documents.pdf())
        self.assertIn("document-unprintable-error", job["reasons"])
        self.assertIn("at most 9", words)

    def test_for_many_copies_a_file_is_suggested(self):
        attributes = room.wait_cups(room.lp("-n", "5", documents.pdf()))
        job_id, _, words = attributes["job-printer-state-message"].partition(":")
        self.assertIn("electronically", words)
        self.assertEqual(room.wait_for(job_id, "completed")["sheets_charged"], 5)
        few = room.cli("explain", documents.pdf(), "--copies", "4", person="wang")
        self.assertNotIn("copies.electronic", [finding["rule"] for finding in few["findings"]])
        many = room.cli("explain", documents.pdf(), "--copies", "5", person="wang")
        self.assertIn("copies.electronic", [finding["rule"] for finding in many["findings"]])


class Urgent(Rules):
    @classmethod
    def tearDownClass(cls):
        room.daemon_settings("")

    def urgent(self, user, **more):
        job = room.job(room.print_document("-o", "Urgent=true", documents.pdf(), user=user, **more))
        self.assertTrue(job["asked"]["urgent"])
        room.wait_for(job["id"], "completed")
        return job["urgent"]

    def test_so_many_a_week(self):
        room.daemon_settings("urgent { per-week = 2 }")
        # Other tests may have sent urgent jobs of wang and li: these two belong to this test.
        self.assertTrue(self.urgent("archivist"))
        self.assertTrue(self.urgent("archivist"))
        attributes = room.wait_cups(room.lp("-o", "Urgent=true", documents.pdf(), user="archivist"))
        job_id, _, words = attributes["job-printer-state-message"].partition(":")
        self.assertIn("2 urgent jobs this week", words)
        self.assertFalse(room.wait_for(job_id, "completed")["urgent"])
        self.assertTrue(self.urgent("supervisor"))

    def test_for_roles_only(self):
        room.daemon_settings("urgent { roles = {\"director\"} }")
        self.assertTrue(self.urgent("director"))
        self.assertFalse(self.urgent("wang"))


class Hours(Rules):
    BEFORE_S = 20

    def test_jobs_wait_for_the_hours_and_go_on_by_themselves(self):
        # They begin at a full minute. The daemon's clock is put forward to BEFORE_S before it, so that a job sent at once comes
        # before it and yet nobody waits for a minute.
        now = datetime.datetime.now(ZONE)
        begin = (now + datetime.timedelta(seconds=self.BEFORE_S + 60)).replace(second=0, microsecond=0)
        forward = datetime.timedelta(seconds=int((begin - now).total_seconds()) - self.BEFORE_S)
        room.environment["PRINTROOM_CLOCK_OFFSET"] = str(int(forward.total_seconds()))
        room.daemon_settings("hours { open = {\"%s %02d:%02d-24:00\", \"%s 00:00-24:00\"} }" % (
            DAYS[begin.weekday()], begin.hour, begin.minute, DAYS[(begin.weekday() + 1) % 7]))
        try:
            job_id = room.print_document(documents.pdf())
            job = self.held(job_id, "job-hold-until-specified")
            self.assertIn("%02d:%02d" % (begin.hour, begin.minute), said(job))
            self.assertEqual(job["sheets_reserved"], 1)
            # It cannot be confirmed away.
            self.refused(1, "confirm", job_id, person="wang")
            room.wait_for(job_id, "completed")
            self.assertGreaterEqual(datetime.datetime.now(ZONE) + forward, begin)
            # Within the hours nothing waits.
            room.wait_for(room.print_document(documents.pdf()), "completed")
        finally:
            # The clock stays where it is: what has a time keeps its order.
            room.daemon_settings("")


class Order(Rules):
    def test_urgent_first_then_short_before_long(self):
        room.queue("cupsdisable", "office-printer")
        try:
            long = room.print_document("-t", "long", documents.pdf(pages=30))
            short = room.print_document("-t", "short", documents.pdf(pages=1))
            urgent = room.print_document("-t", "urgent", "-o", "Urgent=true", documents.pdf(pages=20))
            middle = room.print_document("-t", "middle", documents.pdf(pages=10))
            for job_id in (long, short, urgent, middle):
                self.assertEqual(room.job(job_id)["state"], "pending")
        finally:
            room.queue("cupsenable", "office-printer")
        for job_id in (long, short, urgent, middle):
            room.wait_for(job_id, "completed")
        order = [job["title"].partition("/")[0] for job in room.printer().paper()]
        self.assertEqual([job_id for job_id in order if job_id in (long, short, urgent, middle)],
                         [urgent, short, middle, long])


if __name__ == "__main__":
    harness.main()
