#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Cancelling a job in each of its states, by those who may and those who may not."""
import json
import re
import unittest
import uuid

import books
import harness

PAGES = 8


def setUpModule():
    global room, documents, printer
    documents = harness.Documents()
    room = harness.Room().start()
    printer = room.printer()
    # A device that has counted is believed when it says 0.
    room.wait_for(room.print_document(documents.pdf()), "completed")


def tearDownModule():
    try:
        books.check(room)
        assert not books.check_paper(room)
    finally:
        room.stop()
        documents.remove()


class Upload:
    """A document that comes in slowly: the headers and a part of a chunked body are sent, the rest when told."""

    def __init__(self, data):
        self.data = data
        origin = "urn:uuid:%s" % uuid.uuid4()
        status, opened = room.api("POST", "/v1/jobs", {"origin": origin, "title": "Slow", "source": "test"}, person="wang")
        assert status == 201, opened
        self.job_id = opened["id"]
        self.connection = room.connect()
        self.connection.sendall(("PUT /v1/jobs/%s/document HTTP/1.1\r\nHost: localhost\r\nPrintroom-As: wang\r\n"
                                 "Content-Type: application/pdf\r\nTransfer-Encoding: chunked\r\n\r\n" % self.job_id).encode())
        self.chunk(data[:len(data) // 2])

    def chunk(self, data):
        self.connection.sendall(b"%x\r\n%s\r\n" % (len(data), data))

    def finish(self):
        """Sends the rest. Returns (status, JSON)."""
        self.chunk(self.data[len(self.data) // 2:])
        self.connection.sendall(b"0\r\n\r\n")
        answer = self.connection.makefile("rb")
        status = int(answer.readline().split()[1])
        length = 0
        for line in iter(answer.readline, b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        body = json.loads(answer.read(length))
        answer.close()
        self.connection.close()
        return status, body


class Case(unittest.TestCase):
    def setUp(self):
        self.paper_before = len(printer.paper())

    def tearDown(self):
        printer.clear()
        room.queue("cupsenable", "office-printer")
        room.rest()

    def send(self, *arguments, user="wang", pages=PAGES):
        return room.print_document(*arguments, documents.pdf(pages=pages), user=user)

    def paper(self):
        return printer.paper()[self.paper_before:]

    def refused(self, words, *arguments, person):
        with self.assertRaises(harness.CommandRefused) as refused:
            room.cli(*arguments, person=person)
        self.assertEqual(refused.exception.code, 1)
        self.assertIn(words, refused.exception.words)
        self.assertEqual(refused.exception.words.count("\n"), 0)

    def canceled(self, job_id, sheets=0, reason="job-canceled-by-user"):
        job = room.wait_for(job_id, "canceled", "completed", "aborted")
        self.assertEqual((job["state"], job["reasons"], job["sheets_charged"], job["sheets_reserved"]),
                         ("canceled", [reason], sheets, 0))
        self.assertEqual(room.query("SELECT spool_name FROM job WHERE month || '-' || printf('%06d', number) = ?", job_id),
                         [{"spool_name": None}])
        return job


class States(Case):
    def test_incoming(self):
        upload = Upload(harness.pdf(pages=PAGES))
        self.assertEqual(room.job(upload.job_id)["state"], "incoming")
        room.cli("cancel", upload.job_id, person="wang")
        self.canceled(upload.job_id)
        # The sender, who does not know, is told, and nothing is kept of what it sends.
        status, problem = upload.finish()
        self.assertEqual(status, 409, problem)
        self.canceled(upload.job_id)
        self.assertEqual(self.paper(), [])

    def test_incoming_document_that_breaks_off_can_be_sent_again(self):
        upload = Upload(harness.pdf(pages=PAGES))
        upload.connection.close()
        self.assertEqual(room.job(upload.job_id)["state"], "incoming")

        def sent():
            status, self.answer = room.api("PUT", "/v1/jobs/%s/document" % upload.job_id, harness.pdf(pages=1), person="wang")
            return status == 200
        harness.wait_until(sent, lambda: str(self.answer))
        self.assertEqual(room.wait_for(upload.job_id, "completed")["sheets_charged"], 1)

    def test_held(self):
        job_id = self.send("-o", "Classification=confidential")
        self.assertEqual(room.job(job_id)["state"], "pending-held")
        self.assertEqual(room.job(job_id)["sheets_reserved"], PAGES)
        room.cli("cancel", job_id, person="wang")
        self.canceled(job_id)

    def test_pending(self):
        room.queue("cupsdisable", "office-printer")
        job_id = self.send()
        self.assertEqual(room.job(job_id)["state"], "pending")
        room.cli("cancel", job_id, person="wang")
        self.canceled(job_id)
        room.queue("cupsenable", "office-printer")
        next_id = self.send()
        room.wait_for(next_id, "completed")
        self.assertEqual([paper["title"] for paper in self.paper()], [next_id + "/1"])

    def test_processing_is_charged_what_came_out(self):
        # So many that a busy machine does not come too late to cancel it.
        pages = 40
        printer.set("seconds-per-side", "0.4")
        job_id = self.send(pages=pages)

        def sides():
            counted = re.search(r"job-impressions-completed \(integer\) = (\d+)", printer.ipp(
                "Get-Jobs", "keyword requested-attributes job-impressions-completed"))
            return counted is not None and int(counted.group(1)) >= 2
        harness.wait_until(sides, "two sides")
        self.assertEqual(room.job(job_id)["state"], "processing")
        room.cli("cancel", job_id, person="wang")
        self.assertTrue(any("being cancelled" in message for message in room.job(job_id)["messages"]))
        job = room.wait_for(job_id, "canceled", "completed", "aborted")
        paper, = self.paper()
        self.assertEqual(paper["end"], "canceled")
        self.assertIn(paper["printed"], range(2, pages))
        self.canceled(job_id, paper["printed"])
        self.assertEqual((job["settlement"], job["events"][-1]["detail"]["device_impressions"]), ("device-job", paper["printed"]))

    def test_processing_stopped_costs_nothing_when_nothing_came_out(self):
        printer.set("media-empty")
        job_id = self.send()
        room.wait_for(job_id, "processing-stopped")
        room.cli("cancel", job_id, person="wang")
        self.assertEqual(self.canceled(job_id)["settlement"], "device-job")
        self.assertEqual(self.paper()[0]["printed"], 0)

    def test_canceled_twice(self):
        printer.set("media-empty")
        job_id = self.send()
        room.wait_for(job_id, "processing-stopped")
        room.cli("cancel", job_id, person="wang")
        try:
            room.cli("cancel", job_id, person="wang")
        except harness.CommandRefused as refused:
            self.assertIn("is canceled; this cannot be done now", refused.words)
        self.canceled(job_id)

    def test_completed(self):
        job_id = self.send()
        room.wait_for(job_id, "completed")
        self.refused("Job %s is completed; this cannot be done now." % job_id, "cancel", job_id, person="wang")
        self.assertEqual(room.job(job_id)["sheets_charged"], PAGES)

    def test_canceled_and_aborted(self):
        job_id = self.send("-o", "Classification=secret")
        room.cli("cancel", job_id, person="wang")
        self.refused("is canceled; this cannot be done now", "cancel", job_id, person="wang")
        printer.set("abort-after", 0)
        job_id = self.send()
        room.wait_for(job_id, "aborted")
        self.refused("is aborted; this cannot be done now", "cancel", job_id, person="wang")

    def test_unknown(self):
        for job_id in ("2001-01-000001", "nonsense", "../status"):
            with self.subTest(job_id):
                self.refused("There is no", "cancel", job_id, person="wang")


class People(Case):
    def held(self):
        return self.send("-o", "Classification=confidential")

    def test_operator(self):
        job_id = self.held()
        room.cli("cancel", job_id, person="operator")
        job = self.canceled(job_id, reason="job-canceled-by-operator")
        self.assertEqual((job["messages"], job["events"][-1]["actor"]),
                         (["The operator cancelled the job."], "root as operator"))

    def test_operator_while_it_prints(self):
        printer.set("media-empty")
        job_id = self.send()
        room.wait_for(job_id, "processing-stopped")
        room.cli("cancel", job_id, person="operator")
        self.canceled(job_id, reason="job-canceled-by-operator")

    def test_strangers(self):
        job_id = self.held()
        # Some may not even see it; those who may (director, auditor …) may still not end it.
        for person in ("li", "director", "supervisor", "archivist", "auditor", "admin"):
            with self.subTest(person):
                self.refused("%s belongs to somebody else" % job_id, "cancel", job_id, person=person)
        with self.subTest("nobody known here"):
            self.refused("\"mallory\" is not registered here", "cancel", job_id, person="mallory")
        self.assertEqual(room.job(job_id)["state"], "pending-held")

    def test_through_cupsd(self):
        """cupsd's own cancel reaches only what is still at cupsd; the job here is not cupsd's any more."""
        job_id = self.held()
        cups_jobs = harness.run("lpstat", "-W", "all", "-o", "print-room", env=room.environment).stdout
        number = cups_jobs.strip().splitlines()[-1].split()[0]
        result = harness.run("cancel", "-U", "wang", number, check=False, env=room.environment)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(room.job(job_id)["state"], "pending-held")


if __name__ == "__main__":
    harness.main()
