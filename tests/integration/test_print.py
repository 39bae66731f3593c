#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A document's way through the real appliance: cupsd, backend, printroomd, device queue, device."""
import unittest

import harness


def setUpModule():
    global room, documents
    documents = harness.Documents()
    # In this room CUPS takes its own time.
    room = harness.Room(brisk=False).start()


def tearDownModule():
    room.stop()
    documents.remove()


def quota(department):
    found = room.cli("quota", "show", department)
    return found[0] if isinstance(found, list) else found


class Way(unittest.TestCase):
    def paper_of(self, job_id):
        """What came out of the printer for a job, whose device-side name begins with the job's number."""
        return [job for job in room.printer().paper() if job["title"].startswith(job_id)]

    def test_an_ordinary_document_is_printed_and_charged(self):
        before = quota("academic")
        job_id = room.print_document("-n", "2", "-o", "sides=two-sided-long-edge", "-t", "Timetable",
                                     documents.pdf(pages=3))
        job = room.wait_for(job_id, "completed")
        expected = {"person": "wang", "department": "academic", "title": "Timetable", "pages": 3, "copies": 2,
                    "impressions": 6, "sides": "two-sided-long-edge", "sheets_reserved": 0, "sheets_charged": 4,
                    "settlement": "device-job", "device": "office-printer"}
        self.assertEqual({key: job[key] for key in expected}, expected)
        paper, = self.paper_of(job_id)
        self.assertEqual({key: paper[key] for key in ("copies", "sides", "pages", "printed", "end")},
                         {"copies": 2, "sides": "two-sided-long-edge", "pages": 3, "printed": 6, "end": "completed"})
        after = quota("academic")
        self.assertEqual(after["used"], before["used"] + 4)
        self.assertEqual(after["available"], before["available"] - 4)
        self.assertEqual(after["reserved"], before["reserved"])

    def test_a_sheet_of_a3_counts_two(self):
        job_id = room.print_document("-o", "media=iso_a3_297x420mm", documents.pdf("a3.pdf", pages=2, width=842, height=1191))
        self.assertEqual(room.wait_for(job_id, "completed")["sheets_charged"], 4)
        self.assertEqual(self.paper_of(job_id)[0]["printed"], 2)

    def test_a_classified_document_waits_and_keeps_its_sheets(self):
        before = quota("general")
        job_id = room.print_document("-o", "Classification=secret", documents.pdf(pages=5), user="li")
        job = room.wait_for(job_id, "pending-held")
        self.assertEqual(job["reasons"], ["job-held-for-authorization"])
        self.assertEqual(job["level"], "secret")
        self.assertEqual(job["sheets_reserved"], 5)
        self.assertEqual(quota("general")["reserved"], before["reserved"] + 5)
        room.cli("cancel", job_id)
        room.wait_for(job_id, "canceled")
        self.assertEqual(quota("general"), before)
        self.assertEqual(self.paper_of(job_id), [])

    def test_the_sender_reads_why_in_cups(self):
        attributes = room.wait_cups(room.lp("-o", "Classification=secret", documents.pdf(), user="li"))
        job_id = attributes["job-printer-state-message"].partition(":")[0]
        self.assertEqual(attributes["job-state"], "completed")
        for message in room.job(job_id)["messages"]:
            self.assertIn(message, attributes["job-printer-state-message"].replace("\\", ""))
        room.cli("cancel", job_id)

    def test_several_documents_are_several_jobs(self):
        first = documents.pdf("first.pdf", pages=1)
        second = documents.pdf("second.pdf", pages=2)
        before = quota("academic")["used"]
        last = room.print_document(first, second)
        room.wait_for(last, "completed")
        harness.wait_until(lambda: quota("academic")["used"] == before + 3, "both documents to be charged")

    def test_nothing_is_lost_while_the_daemon_is_down(self):
        room.daemon_stop()
        number = room.lp(documents.pdf(), "-t", "Patience")
        harness.wait_until(lambda: "does not answer" in room.cups_job(number).get("job-printer-state-message", ""),
                           "the words that the daemon is down")
        room.daemon_start()
        attributes = room.wait_cups(number)
        job = room.wait_for(attributes["job-printer-state-message"].partition(":")[0], "completed")
        self.assertEqual(job["title"], "Patience")

    def test_a_broken_document_is_refused_with_words(self):
        path = documents.write("broken.pdf", harness.pdf(pages=3)[:500])
        attributes = room.wait_cups(room.lp(path))
        self.assertEqual(attributes["job-state"], "canceled")
        self.assertNotEqual(attributes["job-printer-state-message"], "")
        self.assertNotIn("broken.pdf", [job["title"] for job in room.printer().paper()])


if __name__ == "__main__":
    harness.main()
