#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Classified jobs whose delivery is interrupted: never printed again by themselves, no number on two sheets, and every sheet
that may be on paper is in the register, whatever the operator believes."""
import contextlib
import http.client
import os
import subprocess
import time
import unittest

import books
import harness
import stamping

PIN = "271828"
PAGES, COPIES = 3, 2
NUMBER = "校办〔2026〕11号"


def setUpModule():
    global room, documents, printer
    documents = harness.Documents()
    room = harness.Room().start()
    printer = room.printer()
    room.settings("delivery {\n poll-interval-ms = 200\n device-timeout = 3\n}")
    status, answer = room.api("PUT", "/v1/people/supervisor/pin", {"pin": PIN}, person="admin")
    assert status == 200, answer
    # Counts are believed from the first print on.
    room.wait_for(room.print_document(documents.pdf()), "completed")


def tearDownModule():
    try:
        books.check(room)
    finally:
        room.stop()
        documents.remove()


def release(job_id):
    return room.api("POST", "/v1/jobs/%s/release" % job_id, {"supervisor": "supervisor", "secret": PIN}, person="wang")


class Case(unittest.TestCase):
    def setUp(self):
        self.before = room.output()

    def tearDown(self):
        printer.clear()
        room.queue("cupsenable", "office-printer")
        room.rest()

    def held(self, number=NUMBER):
        job_id = room.print_document("-o", "Classification=secret", "-o", "DocumentNumber=" + number, "-n", str(COPIES),
                                     documents.pdf(pages=PAGES))
        job = room.wait_for(job_id, "pending-held")
        self.assertEqual(job["reasons"], ["job-held-for-authorization"])
        return job_id

    def copies(self, job_id):
        return [(copy["number"], copy["state"]) for copy in room.cli("copy", "list", job_id, person="operator")]

    def codes(self):
        """The code of each page that came out since the test began, as somebody else's decoder reads it."""
        found = []
        for name in room.output():
            if name in self.before or not name.endswith(".pdf"):
                continue
            folder = os.path.join(documents.folder, "pages-%d" % time.monotonic_ns())
            os.mkdir(folder)
            subprocess.run(["pdftoppm", "-r", "200", "-gray", os.path.join(room.variables["PRINTROOM_OUTPUT"], name),
                            os.path.join(folder, "p")], check=True)
            for page in sorted(os.listdir(folder)):
                found += subprocess.run(["zbarimg", "--raw", "-q", "-S*.disable", "-Sqrcode.enable", os.path.join(folder, page)],
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="ascii",
                                        check=False).stdout.split()
        return found

    def accounted(self, job_id):
        """No code twice, and each of them one of a copy in the register: as found on the pages, those of copies, the register."""
        found = self.codes()
        self.assertEqual(len(found), len(set(found)), found)
        register = {"%s/%d" % (job_id, number): state for number, state in self.copies(job_id)}
        on_paper = set()
        for code in found:
            traced, = room.cli("trace", code, person="auditor")["codes"]
            self.assertEqual(traced["verdict"], "genuine")
            self.assertIn(traced["copy"]["code"], register)
            on_paper.add(traced["copy"]["code"])
        return found, on_paper, register

    def reckoned(self, number):
        figures = room.cli("copy", "reckon", number, person="auditor")
        self.assertEqual(figures["printed"], sum(figures[part] for part in (
            "held", "issued", "returned", "archived", "destroyed", "lost")))
        return figures

    def in_doubt(self, number):
        """The printer is switched off in the middle of the job, and forgets it."""
        printer.set("seconds-per-side", "0.6")
        job_id = self.held(number)
        self.assertEqual(release(job_id)[0], 200)

        def printing():
            jobs = printer.ipp("Get-Jobs", "keyword which-jobs not-completed", "keyword requested-attributes job-impressions-completed")
            return any("job-impressions-completed (integer) = %d" % sides in jobs for sides in (2, 3, 4))
        harness.wait_until(printing, "the device to print " + job_id)
        printer.stop()
        try:
            harness.wait_until(lambda: "connecting-to-device" in room.job(job_id)["reasons"], lambda: str(room.job(job_id)))
        finally:
            printer.clear()
            printer.start()
        harness.wait_until(lambda: "job-suspended-by-system" in room.job(job_id)["reasons"], lambda: str(room.job(job_id)))
        self.assertEqual(self.copies(job_id), [(1, "in-doubt"), (2, "in-doubt")])
        return job_id


    def reprinted(self, job_id):
        """The operator's word does not stand for a second pair of eyes."""
        papers = len(room.output())
        job = room.cli("reprint", job_id, person="operator")
        self.assertEqual((job["state"], job["reasons"]), ("pending-held", ["job-held-for-authorization"]))
        self.assertIn("when a supervisor releases them", " ".join(job["messages"]))
        self.assertIn("待放行后重新打印", room.text("show", job_id, language="zh"))
        time.sleep(1)
        self.assertEqual((room.job(job_id)["state"], len(room.output())), ("pending-held", papers))
        self.released_again(job_id)

    def released_again(self, job_id):
        self.assertEqual(release(job_id)[0], 200)
        self.assertEqual(release(job_id)[0], 409)
        room.wait_for(job_id, "completed")
        self.assertEqual(room.query("SELECT count(*) AS n FROM job_release AS r JOIN job AS j USING (job)"
                                    " WHERE printf('%%s-%%06d', j.month, j.number) = '%s'" % job_id)[0]["n"], 2)


class Paper(Case):
    def test_mixed_sizes_have_their_codes_on_paper(self):
        """All of it comes on the paper of the first page: what is larger is made smaller, not cut off."""
        sizes = [b"/MediaBox[0 0 595 842]", b"/MediaBox[0 0 842 1191]", b"/MediaBox[0 0 700 950]/TrimBox[100 100 600 850]",
                 b"/MediaBox[0 0 1191 842]", b"/MediaBox[0 0 842 595]", b"/MediaBox[0 0 842 1191]/Rotate 270"]
        document = stamping.document([(size, stamping.text_page(number)) for number, size in enumerate(sizes)])
        job = room.cli("submit", documents.write("mixed.pdf", document), "--level", "secret", "--sides", "one-sided", person="wang")
        self.assertEqual(release(job["id"])[0], 200)
        room.wait_for(job["id"], "completed")
        found = self.codes()
        self.assertEqual((len(found), len(set(found))), (len(sizes), len(sizes)), found)
        pages = [room.cli("trace", code, person="auditor")["codes"][0]["page"] for code in found]
        self.assertEqual(pages, list(range(1, len(sizes) + 1)))


class Operator(Case):
    def test_waits_for_the_operator_whatever_happens(self):
        job_id = self.in_doubt("校办〔2026〕12号")
        printed = len(printer.paper())
        for end in (room.daemon_stop, room.daemon_kill):
            end()
            room.daemon_start()
            time.sleep(1)
            self.assertIn("job-suspended-by-system", room.job(job_id)["reasons"])
            self.assertEqual(self.copies(job_id), [(1, "in-doubt"), (2, "in-doubt")])
        self.assertEqual(len(printer.paper()), printed)
        self.assertEqual(release(job_id)[0], 409)
        figures = self.reckoned("校办〔2026〕12号")
        self.assertEqual((figures["printed"], figures["in_doubt"]), (0, 2))
        # Counted: all of the first, nothing of the second.
        room.cli("settle", job_id, "3", person="operator")
        self.assertEqual(self.copies(job_id), [(1, "in-doubt"), (2, "in-doubt")])
        room.cli("copy", "found", job_id + "/1", person="operator")
        room.cli("copy", "absent", job_id + "/2", person="operator")
        self.assertEqual(self.copies(job_id), [(1, "printed"), (2, "void")])
        figures = self.reckoned("校办〔2026〕12号")
        self.assertEqual((figures["printed"], figures["held"], figures["in_doubt"], figures["void"]), (1, 1, 0, 1))

    def test_reprinted_with_numbers_of_its_own(self):
        number = "校办〔2026〕13号"
        job_id = self.in_doubt(number)
        self.reprinted(job_id)
        self.assertEqual(self.copies(job_id), [(1, "void"), (2, "void"), (3, "printed"), (4, "printed")])
        _, on_paper, register = self.accounted(job_id)
        # What came out of the first attempt is told from what came out of the second.
        self.assertEqual({code for code in on_paper if register[code] == "printed"}, {job_id + "/3", job_id + "/4"})
        figures = self.reckoned(number)
        self.assertEqual((figures["printed"], figures["void"]), (2, 2))
        # The operator was wrong: a sheet of the first turns up, and is one of those to be reckoned with from now on.
        room.cli("copy", "found", job_id + "/1", "--note", "behind the tray", person="operator")
        figures = self.reckoned(number)
        self.assertEqual((figures["printed"], figures["void"]), (3, 1))
        # The next job of the document goes on behind all of them.
        later = self.held(number)
        self.assertEqual(release(later)[0], 200)
        room.wait_for(later, "completed")
        self.assertEqual(self.copies(later), [(5, "printed"), (6, "printed")])

    def test_killed_while_the_operator_decides(self):
        for fault, after in (("control.deciding", "in-doubt"), ("control.decided", "void")):
            with self.subTest(fault):
                self.before = room.output()
                job_id = self.in_doubt("校办〔2026〕%s号" % fault)
                room.daemon_stop()
                room.daemon_start(fault=fault)
                with self.assertRaises(harness.CommandRefused):
                    room.cli("reprint", job_id, person="operator")
                room.daemon_dies()
                room.daemon_start()
                self.assertEqual(self.copies(job_id)[:2], [(1, after), (2, after)])
                if after == "in-doubt":
                    self.reprinted(job_id)
                else:
                    self.released_again(job_id)
                self.assertEqual(self.copies(job_id), [(1, "void"), (2, "void"), (3, "printed"), (4, "printed")])
                self.accounted(job_id)


class Daemon(Case):
    def test_killed_between_dispatch_and_answer(self):
        """Whatever instruction it ends at, one set of numbers is on paper, once."""
        for fault in ("deliver.claimed", "deliver.copies-numbered", "deliver.numbered", "deliver.noted", "deliver.released",
                      "deliver.judged", "deliver.settling", "deliver.settled"):
            with self.subTest(fault):
                self.before = room.output()
                job_id = self.held("校办〔2026〕%s号" % fault)
                room.daemon_stop()
                room.daemon_start(fault=fault)
                with contextlib.suppress(OSError, http.client.HTTPException):
                    release(job_id)
                room.daemon_dies()
                room.daemon_start()
                job = room.wait_for(job_id, "completed", "processing-stopped", "aborted", "pending-held")
                self.assertEqual((job["state"], job["sheets_charged"]), ("completed", PAGES * COPIES), job)
                self.assertEqual(self.copies(job_id), [(1, "printed"), (2, "printed")])
                found, on_paper, _ = self.accounted(job_id)
                self.assertEqual((len(found), on_paper), (PAGES * COPIES, {job_id + "/1", job_id + "/2"}))

    def test_killed_while_the_device_prints(self):
        printer.set("seconds-per-side", "0.4")
        job_id = self.held("校办〔2026〕14号")
        self.assertEqual(release(job_id)[0], 200)
        room.wait_for(job_id, "processing")
        harness.wait_until(lambda: "job-state (enum) = processing" in printer.ipp(
            "Get-Jobs", "keyword requested-attributes job-state"), "the device")
        room.daemon_kill()
        room.daemon_start()
        room.wait_for(job_id, "completed")
        self.assertEqual(self.copies(job_id), [(1, "printed"), (2, "printed")])
        found, on_paper, _ = self.accounted(job_id)
        self.assertEqual((len(found), on_paper), (PAGES * COPIES, {job_id + "/1", job_id + "/2"}))


if __name__ == "__main__":
    harness.main()
