#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What is not printed, or not yet: the reason stands in words where the person looks, nothing is lost, and the daemon lives."""
import calendar
import glob
import os
import unittest
import zlib

import books
import harness

STATE_BYTES = 8 * 1024 * 1024


def setUpModule():
    global room, documents, printer
    documents = harness.Documents()
    room = harness.Room()
    # The state directory is a disk of its own, small enough to be filled.
    state = os.path.join(room.home, "state")
    os.mkdir(state)
    harness.run("mount", "-t", "tmpfs", "-o", "size=%d" % STATE_BYTES, "printroom-test", state)
    room.start()
    printer = room.printer()


def tearDownModule():
    try:
        books.check(room)
        assert not books.check_paper(room)
    finally:
        room.daemon_stop()
        harness.run("umount", os.path.join(room.home, "state"))
        room.stop()
        documents.remove()


def chinese_pdf(words):
    """A page with Chinese words at its top, in a font that is not embedded."""
    codes = words.encode("utf-16-be").hex()
    content = "BT /F 24 Tf 200 780 Td <%s> Tj ET" % codes
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[3 0 R]>>",
               "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
               "<</Length %d>>stream\n%s\nendstream" % (len(content), content),
               "<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>",
               "<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000/FontDescriptor 7 0 R"
               "/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>",
               "<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880"
               "/Descent -120/CapHeight 880/StemV 93>>"]
    return assemble(objects)


def assemble(objects):
    data = "%PDF-1.4\n"
    offsets = []
    for number, value in enumerate(objects, 1):
        offsets.append(len(data))
        data += "%d 0 obj\n%s\nendobj\n" % (number, value)
    table = len(data)
    data += "xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += "".join("%010d 00000 n \n" % offset for offset in offsets)
    return (data + "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)).encode()


class Case(unittest.TestCase):
    def setUp(self):
        self.paper_before = len(printer.paper())

    def tearDown(self):
        printer.clear()
        room.rest()

    def waits_at_cupsd(self, number, words):
        """The job stays with cupsd, which shows why."""
        last = {}

        def told():
            last.update(room.cups_job(number))
            return words in last.get("job-printer-state-message", "")
        harness.wait_until(told, lambda: "the words %r: %s" % (words, last))
        self.assertEqual(last["job-state"], "processing")
        self.assertEqual(len(printer.paper()), self.paper_before)

    def job_of(self, number):
        """Our job that came from a CUPS job, once cupsd is rid of it."""
        attributes = room.wait_cups(number)
        jobs = [job for job in room.cli("jobs") if job["origin"] == attributes["job-uuid"]]
        self.assertEqual(len(jobs), 1, attributes)
        return attributes, room.job(jobs[0]["id"])

    def printed(self, number):
        attributes, job = self.job_of(number)
        self.assertEqual(attributes["job-state"], "completed")
        room.wait_for(job["id"], "completed")
        self.assertEqual([paper["title"] for paper in printer.paper()[self.paper_before:]], [job["id"] + "/1"])
        return job

    def held(self, job, reasons, *words):
        self.assertEqual((job["state"], job["reasons"]), ("pending-held", reasons))
        for word in words:
            self.assertTrue(any(word in message for message in job["messages"]), (word, job["messages"]))


class NotNow(Case):
    """What will pass: cupsd keeps the job and tries again."""

    def key(self):
        path, = glob.glob(os.path.join(room.home, "state", "keys", "day-*.key"))
        return path

    def test_key_missing(self):
        key = self.key()
        room.daemon_stop()
        os.rename(key, key + ".away")
        room.daemon_start()
        try:
            number = room.lp(documents.pdf())
            self.waits_at_cupsd(number, "is not available, so nothing can be kept safely.")
            findings = [finding for finding in room.cli("doctor", check=False) or [] if finding["result"] == "failed"]
            self.assertIn("key", str(findings))
        finally:
            os.rename(key + ".away", key)
        self.printed(number)

    def test_key_missing_for_a_job_that_waits(self):
        room.queue("cupsdisable", "office-printer")
        job_id = room.print_document(documents.pdf())
        key = self.key()
        room.daemon_stop()
        os.rename(key, key + ".away")
        room.daemon_start()
        room.queue("cupsenable", "office-printer")
        try:
            job = room.wait_for(job_id, "processing-stopped")
            self.assertEqual((job["reasons"], len(job["messages"])), (["job-suspended-by-system"], 1))
            self.assertIn("cannot be opened, so nothing was printed", job["messages"][0])
            self.assertIn("无法打开已存文件", room.text("show", job_id, language="zh"))
        finally:
            os.rename(key + ".away", key)
        room.cli("reprint", job_id, person="operator")
        room.wait_for(job_id, "completed")
        self.assertEqual(len(printer.paper()), self.paper_before + 1)

    def fill(self, leave=0):
        """Fills the disk but for so many bytes."""
        state = os.path.join(room.home, "state")
        status = os.statvfs(state)
        with open(os.path.join(state, "filler"), "wb") as file:
            file.write(bytes(max(status.f_bavail * status.f_bsize - leave, 0)))

    def empty(self):
        os.unlink(os.path.join(room.home, "state", "filler"))

    def test_no_room_for_the_document(self):
        self.fill(leave=512 * 1024)
        try:
            picture = documents.path("noise.png")
            harness.run("convert", "-size", "800x800", "xc:", "+noise", "Random", picture)
            number = room.lp(picture)
            self.waits_at_cupsd(number, "The print room has no room for the document.")
        finally:
            self.empty()
        _, job = self.job_of(number)
        room.wait_for(job["id"], "completed")

    def test_no_room_for_a_row(self):
        self.fill()
        try:
            number = room.lp(documents.pdf())
            self.waits_at_cupsd(number, "The print room has no room for the document.")
        finally:
            self.empty()
        self.printed(number)

    def test_no_room_to_settle(self):
        """The paper is out and cannot be written down: it is, once there is room."""
        printer.set("media-empty")
        job_id = room.print_document(documents.pdf(pages=3))
        room.wait_for(job_id, "processing-stopped")
        self.fill()
        try:
            printer.clear("media-empty")
            harness.wait_until(lambda: len(printer.paper()) > self.paper_before, "the paper")
            # It is tried again and again.
            harness.wait_until(lambda: room.log().count(job_id + " cannot be settled now") >= 3, "the trouble in the log")
        finally:
            self.empty()
        self.assertEqual(room.wait_for(job_id, "completed")["sheets_charged"], 3)
        self.assertEqual(len(printer.paper()), self.paper_before + 1)

    def test_daemon_down(self):
        room.daemon_stop()
        number = room.lp(documents.pdf())
        self.waits_at_cupsd(number, "does not answer")
        room.daemon_start()
        self.printed(number)


class Never(Case):
    """Documents that cannot be printed cost their own job an end in words."""

    def refused(self, data, reason, *words):
        path = documents.write("refused.pdf", data)
        with self.assertRaises(harness.CommandRefused) as refused:
            room.cli("submit", path, person="wang")
        self.assertEqual(refused.exception.code, 1, refused.exception.words)
        job = room.job(room.cli("jobs", "--person", "wang", "--limit", "1")[0]["id"])
        self.assertEqual((job["state"], sorted(job["reasons"])), ("aborted", sorted(["aborted-by-system", reason])))
        self.assertEqual((job["sheets_reserved"], job["sheets_charged"]), (0, 0))
        for word in words:
            self.assertTrue(any(word in message for message in job["messages"]), (word, job["messages"]))
            self.assertIn(word, refused.exception.words)
        self.assertTrue(room.daemon_running())
        return job

    def test_broken(self):
        for name, data in {"garbage": b"%PDF-1.7\n" + os.urandom(4096), "cut off": harness.pdf(pages=3)[:400],
                           "nothing but a name": b"%PDF-1.4\n", "no pages": assemble(
                               ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 0/Kids[]>>"])}.items():
            with self.subTest(name):
                self.refused(data, "document-format-error", "The document is damaged")

    def test_hostile(self):
        bomb = zlib.compress(bytes(64 * 1024 * 1024), 9)
        cycle = assemble(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 1/Kids[2 0 R]>>"])
        self.refused(cycle, "document-format-error", "The document is damaged")
        head = assemble(["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Count 99999999/Kids[3 0 R]>>",
                         "<</Type/Page/Parent 2 0 R/MediaBox[0 0 1e30 1e30]/Contents 4 0 R>>"])
        path = documents.write("huge.pdf", head.replace(b"trailer", b"4 0 obj\n<</Length %d/Filter/FlateDecode>>stream\n%s\n"
                                                        b"endstream\nendobj\ntrailer" % (len(bomb), bomb)))
        with self.assertRaises(harness.CommandRefused):
            room.cli("submit", path, person="wang")
        self.assertTrue(room.daemon_running())

    def test_encrypted(self):
        path = documents.path("locked.pdf")
        harness.run("qpdf", "--encrypt", "secret", "secret", "256", "--", documents.pdf(), path)
        with open(path, "rb") as file:
            self.refused(file.read(), "document-format-error", "locked with a password")

    def test_ten_thousand_pages(self):
        job = self.refused(harness.pdf(pages=10000), "document-unprintable-error", "split it")
        self.assertIn("请拆分", room.text("show", job["id"], language="zh"))

    def test_through_lp(self):
        number = room.lp(documents.pdf("many.pdf", pages=6000))
        attributes, job = self.job_of(number)
        self.assertEqual((attributes["job-state"], job["state"]), ("canceled", "aborted"))
        self.assertIn("split it", attributes["job-printer-state-message"])

    def test_a_good_one_follows(self):
        self.assertEqual(len(printer.paper()), self.paper_before)
        self.printed(room.lp(documents.pdf()))

    def test_unknown_level(self):
        before = len(room.cli("jobs"))
        attributes = room.wait_cups(room.lp("-o", "Classification=nonsense", documents.pdf()))
        self.assertEqual(attributes["job-state"], "canceled")
        self.assertIn("There is no level", attributes["job-printer-state-message"])
        with self.assertRaises(harness.CommandRefused) as refused:
            room.cli("submit", documents.pdf(), "--level", "nonsense", person="wang")
        self.assertEqual(refused.exception.code, 1)
        self.assertIn("Choose one of: public, internal, confidential, secret, top-secret", refused.exception.words)
        self.assertEqual(len(room.cli("jobs")), before)


class Held(Case):
    """What waits for somebody."""

    def test_unknown_person(self):
        job_id = room.print_document(documents.pdf(pages=2), user="newcomer")
        job = room.job(job_id)
        self.held(job, ["account-info-needed"], "No registration was found for newcomer", "no need to send it again")
        self.assertEqual((job["department"], job["sheets_reserved"]), (None, 0))
        self.assertIn("没有查到newcomer的登记信息", room.text("show", job_id, language="zh"))
        room.cli("person", "add", "newcomer", "新同事", "--department", "general", "--role", "staff")
        job = room.wait_for(job_id, "completed")
        self.assertEqual((job["department"], job["sheets_charged"]), ("general", 2))

    def test_over_quota(self):
        room.cli("quota", "set", "general", "5", person="director")
        used = room.cli("quota", "show", "general")["used"]
        left = 5 - used
        job_id = room.print_document("-n", "4", documents.pdf(pages=3), user="li")
        self.held(room.job(job_id), ["account-limit-reached"], "12 sheets (A4) are needed; 总务处 has %d left" % left,
                  "grant %d more" % (12 - left))
        year, number = room.cli("status")["month"].split("-")
        self.assertIn("总务处 has %d left for %s %s, %d too few" % (left, calendar.month_name[int(number)], year, 12 - left),
                      room.text("show", job_id))
        self.assertIn("本次需用纸12张（折合A4），总务处%s年%d月额度还剩%d张，差%d张" % (year, int(number), left, 12 - left),
                      room.text("show", job_id, language="zh"))
        small = room.print_document(documents.pdf(), user="li")
        self.assertEqual(room.wait_for(small, "completed")["sheets_charged"], 1)
        room.cli("quota", "grant", "general", str(12 - left), "--reason", "not enough yet", person="director")
        self.assertEqual(room.job(job_id)["state"], "pending-held")
        room.cli("quota", "grant", "general", "1", "--reason", "exam papers", person="director")
        self.assertEqual(room.wait_for(job_id, "completed")["sheets_charged"], 12)
        quota = room.cli("quota", "show", "general")
        self.assertEqual((quota["available"], quota["reserved"], quota["used"]), (0, 0, used + 13))
        room.cli("quota", "set", "general", "500", person="director")

    def test_marked_higher_than_labelled(self):
        for words, text in (("机密★5年", "The document is marked Secret but was sent as Public"),):
            job_id = room.print_document(documents.write("marked.pdf", chinese_pdf(words)))
            job = room.job(job_id)
            self.assertEqual((job["level"], job["marked_level"]), ("secret", "secret"))
            self.held(job, ["job-held-for-authorization", "job-held-for-review"], text)
            self.assertIn("文件中的密级标志为“机密”，高于送印密级“公开”", room.text("show", job_id, language="zh"))
            room.cli("cancel", job_id, person="wang")

    def test_marked_as_labelled(self):
        job_id = room.print_document("-o", "Classification=secret", documents.write("marked.pdf", chinese_pdf("机密")))
        self.held(room.job(job_id), ["job-held-for-authorization"], "only when a supervisor releases them")
        room.cli("cancel", job_id, person="wang")

    def test_classified(self):
        for level in ("confidential", "secret", "top-secret", "秘密"):
            with self.subTest(level):
                job_id = room.print_document("-o", "Classification=" + level, documents.pdf(pages=2))
                job = room.job(job_id)
                self.assertEqual((job["state"], job["sheets_reserved"]), ("pending-held", 2))
                self.assertIn("job-held-for-authorization", job["reasons"])
                room.cli("cancel", job_id, person="wang")
        self.assertEqual(len(printer.paper()), self.paper_before)


if __name__ == "__main__":
    harness.main()
