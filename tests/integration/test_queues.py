#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The queues: what cupsd makes of documents on their way to the backend, and who may print where.

printroomd is replaced by a fake here, which keeps what arrives.
"""
import os
import pwd
import re
import unittest

import harness


def setUpModule():
    global room, documents, fake, fake_context
    documents = harness.Documents()
    room = harness.Room().start()
    fake_context = room.fake_daemon()
    fake = fake_context.__enter__()


def tearDownModule():
    fake_context.__exit__(None, None, None)
    room.stop()
    documents.remove()


def arrived(*arguments, **more):
    """Prints on the managed queue. Returns the requests the fake got and facts of the documents."""
    fake.forget()
    number = room.lp(*arguments, **more)
    attributes = room.wait_cups(number)
    assert attributes["job-state"] == "completed", attributes
    requests = [event["request"] for event in fake.events("open")]
    files = [harness.pdf_facts(fake.document(event["id"])) for event in fake.events("document")]
    assert len(requests) == len(files), (requests, files)
    return requests, files


def arrived_one(*arguments, **more):
    requests, files = arrived(*arguments, **more)
    assert len(files) == 1, files
    return requests[0], files[0]


class Formats(unittest.TestCase):
    """Whatever is printed, PDF arrives."""

    def setUp(self):
        fake.mode("accept")

    def test_pdf(self):
        _, (pages, width, height, text) = arrived_one(documents.pdf(pages=3, text="Leaf"))
        self.assertEqual((pages, width, height), (3, 595, 842))
        self.assertEqual(re.findall(r"Leaf \d", text), ["Leaf 1", "Leaf 2", "Leaf 3"])

    def test_text(self):
        # cups-filters' texttopdf gives its glyphs no Unicode values: the text cannot be read back from the PDF.
        _, (pages, width, height, _) = arrived_one(documents.write("a.txt", b"A plain line\n" * 100))
        self.assertEqual((pages, width, height), (2, 595, 842))

    def test_postscript(self):
        source = b"%!PS\n/Helvetica findfont 30 scalefont setfont 72 500 moveto (Written in PostScript) show showpage\n"
        _, (pages, _, _, text) = arrived_one(documents.write("a.ps", source))
        self.assertEqual(pages, 1)
        self.assertIn("Written in PostScript", text)

    def images(self, name):
        path = documents.path(name)
        harness.run("convert", "-size", "300x200", "xc:red", path)
        _, (pages, width, height, _) = arrived_one(path)
        self.assertEqual((pages, width, height), (1, 595, 842))

    def test_png(self):
        self.images("a.png")

    def test_jpeg(self):
        self.images("a.jpg")

    def rasters(self, device, name):
        path = documents.path(name)
        harness.run("gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-r100", "-sDEVICE=" + device, "-sOutputFile=" + path,
                    documents.pdf(pages=3))
        _, (pages, width, height, _) = arrived_one(path)
        self.assertEqual((pages, width, height), (3, 595, 842))

    def test_pwg_raster(self):
        self.rasters("pwgraster", "a.pwg")

    def test_urf(self):
        self.rasters("appleraster", "a.urf")

    def test_what_is_no_document_ends_with_words(self):
        fake.mode("abort")
        path = documents.write("broken.pdf", harness.pdf(pages=3)[:500])
        attributes = room.wait_cups(room.lp(path))
        self.assertEqual(attributes["job-state"], "canceled")
        self.assertNotEqual(attributes["job-printer-state-message"], "")


class Options(unittest.TestCase):
    """What is chosen arrives, as arguments or in the PDF."""

    def setUp(self):
        fake.mode("accept")

    def test_nothing_chosen(self):
        request, _ = arrived_one(documents.pdf())
        chosen = {key: request[key] for key in ("copies", "sides", "media", "urgent", "document_number", "person",
                                                "title", "source", "document", "queue")}
        self.assertEqual(chosen, {"copies": 1, "sides": "one-sided", "media": "iso_a4_210x297mm", "urgent": False,
                                  "document_number": "", "person": "wang", "title": "document.pdf", "source": "cups",
                                  "document": 1, "queue": "print-room"})
        self.assertRegex(request["origin"], r"^urn:uuid:[0-9a-f-]{36}$")

    def test_the_rooms_own_options(self):
        request, _ = arrived_one("-o", "Classification=secret", "-o", "Urgent=true", "-o",
                                 "DocumentNumber=教办发〔2026〕15号", "-t", "关于期末考试的通知", documents.pdf(),
                                 user="li")
        self.assertEqual((request["level"], request["urgent"], request["document_number"], request["title"],
                          request["person"]), ("secret", True, "教办发〔2026〕15号", "关于期末考试的通知", "li"))

    def test_copies_are_a_number_and_not_in_the_pdf(self):
        for more in ([], ["-o", "collate=true"], ["-o", "collate=false"]):
            with self.subTest(more):
                request, (pages, _, _, _) = arrived_one("-n", "3", *more, documents.pdf(pages=2))
                self.assertEqual((request["copies"], pages), (3, 2))

    def test_copies_and_sides(self):
        request, (pages, _, _, _) = arrived_one("-n", "2", "-o", "sides=two-sided-long-edge", documents.pdf(pages=3))
        self.assertEqual((request["copies"], request["sides"]), (2, "two-sided-long-edge"))
        # A blank last side would be counted as a page.
        self.assertEqual(pages, 3)

    def test_short_edge_by_the_ppd_option(self):
        request, _ = arrived_one("-o", "Duplex=DuplexTumble", documents.pdf())
        self.assertEqual(request["sides"], "two-sided-short-edge")

    def test_number_up(self):
        _, (pages, _, _, text) = arrived_one("-o", "number-up=2", documents.pdf(pages=3, text="Leaf"))
        self.assertEqual(pages, 2)
        self.assertEqual(len(re.findall(r"Leaf \d", text)), 3)

    def test_page_ranges(self):
        _, (pages, _, _, text) = arrived_one("-o", "page-ranges=2-3,5", documents.pdf(pages=6, text="Leaf"))
        self.assertEqual(pages, 3)
        self.assertEqual(re.findall(r"Leaf \d", text), ["Leaf 2", "Leaf 3", "Leaf 5"])

    def test_a3(self):
        path = documents.pdf("a3.pdf", pages=2, width=842, height=1191)
        request, (pages, width, height, _) = arrived_one("-o", "media=iso_a3_297x420mm", path)
        self.assertEqual((request["media"], pages, width, height), ("iso_a3_297x420mm", 2, 842, 1191))

    def test_monochrome(self):
        request, _ = arrived_one("-o", "print-color-mode=monochrome", documents.pdf())
        self.assertEqual(request["color_mode"], "monochrome")


class SeveralDocuments(unittest.TestCase):
    """One CUPS job can hold several documents; none is lost and none comes twice."""

    def setUp(self):
        fake.mode("accept")

    def files(self):
        return (documents.pdf("one.pdf", pages=1, text="First"), documents.write("two.txt", b"Second\n"),
                documents.pdf("three.pdf", pages=3, text="Third"))

    def test_each_arrives_as_a_document_of_its_own(self):
        requests, files = arrived(*self.files())
        self.assertEqual([request["document"] for request in requests], [1, 2, 3])
        self.assertEqual(len({request["origin"] for request in requests}), 1)
        for (pages, _, _, text), (pages_sent, words) in zip(files, [(1, "First"), (1, ""), (3, "Third")]):
            self.assertEqual(pages, pages_sent)
            self.assertIn(words, text)

    def test_a_break_in_the_middle_loses_and_doubles_nothing(self):
        fake.forget()
        fake.mode("break-answer")
        number = room.lp(*self.files())
        harness.wait_until(lambda: len(fake.events("document")) >= 1, "the first document")
        fake.mode("accept")
        self.assertEqual(room.wait_cups(number)["job-state"], "completed")
        self.assertEqual([event["document"] for event in fake.events("document")], [1, 2, 3])

    def test_an_attached_pdf_is_no_document(self):
        inner = harness.pdf(text="Inner")
        path = documents.path("attached.pdf")
        attachment = documents.write("inner.pdf", inner + b"\n" + inner)
        harness.run("qpdf", "--compress-streams=n", "--stream-data=preserve", documents.pdf(text="Outer"),
                    "--add-attachment", attachment, "--", path)
        with open(path, "rb") as file:
            self.assertRegex(file.read(), rb"%%EOF\n\n?%PDF-", "the attachment does not try what this test is about")
        # Raw, or cupsd's filters would leave the attachment out.
        fake.forget()
        room.wait_cups(room.lp("-o", "raw", path))
        with open(path, "rb") as sent, open(fake.document(fake.events("document")[0]["id"]), "rb") as got:
            self.assertEqual(sent.read(), got.read())
        self.assertEqual(len(fake.events("document")), 1)


class Recovery(unittest.TestCase):
    """Whatever happens to the daemon, the job stays in cupsd, says why, and arrives once."""

    def setUp(self):
        fake.mode("accept")
        fake.forget()

    def waiting(self, words):
        number = room.lp(documents.pdf())
        last = {}

        def told():
            last.update(room.cups_job(number))
            return words in last.get("job-printer-state-message", "")

        harness.wait_until(told, lambda: "the words %r: %s" % (words, last))
        self.assertEqual(last["job-state"], "processing")
        return number

    def arrives(self, number):
        attributes = room.wait_cups(number)
        self.assertEqual(attributes["job-state"], "completed")
        self.assertEqual(len(fake.events("document")), 1)

    def test_the_daemon_is_down(self):
        fake.stop()
        number = self.waiting("does not answer")
        fake.start()
        self.arrives(number)

    def test_the_disk_is_full(self):
        fake.mode("full")
        number = self.waiting("no room for the document")
        fake.mode("accept")
        self.arrives(number)

    def test_the_daemon_breaks_off_again_and_again(self):
        fake.mode("break-midway")
        number = self.waiting("broke off")
        harness.wait_until(lambda: len(fake.events("broken")) >= 3, "three tries")
        fake.mode("accept")
        self.arrives(number)

    def test_a_waiting_job_can_be_canceled(self):
        fake.mode("unavailable")
        number = self.waiting("cannot accept documents now")
        harness.run("cancel", "-U", "wang", "print-room-%d" % number, env=room.environment)
        self.assertEqual(room.wait_cups(number)["job-state"], "canceled")
        fake.mode("accept")
        fake.forget()
        room.wait_cups(room.lp(documents.pdf("next.pdf"), "-t", "next"))
        self.assertEqual([event["request"]["title"] for event in fake.events("open")], ["next"])


class DeviceQueue(unittest.TestCase):
    """Staff cannot print around the managed queue."""

    def as_account(self, account, *arguments):
        entry = pwd.getpwnam(account)
        return harness.run("setpriv", "--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups", "lp",
                           "-d", "office-printer", *arguments, documents.pdf("around.pdf"), check=False,
                           env=dict(room.environment, HOME="/nonexistent"))

    def printed(self):
        return [job["user"] for job in room.printer().paper()]

    def refused(self, result):
        self.assertNotEqual(result.returncode, 0)
        self.assertRegex(result.stderr, "Unauthorized|Forbidden|Not authorized")

    def test_anybody_else_is_refused(self):
        before = self.printed()
        over_tcp = ["-h", "localhost:" + room.cups_port]
        for account in ("nobody", "lp", "root"):
            for claim in ([], ["-U", "lp"], ["-U", "root"], ["-U", "printroom"]):
                for way in ([], over_tcp):
                    with self.subTest(account=account, claim=claim, way=way):
                        self.refused(self.as_account(account, *way, *claim))
        self.assertEqual(self.printed(), before)

    def test_the_service_prints(self):
        before = self.printed()
        result = self.as_account("printroom")
        self.assertEqual(result.returncode, 0, result.stderr)
        harness.wait_until(lambda: len(self.printed()) > len(before), "the paper")
        self.assertEqual(self.printed(), before + ["printroom"])

    def test_a_job_cannot_be_moved_there(self):
        before = self.printed()
        fake.mode("unavailable")
        number = room.lp(documents.pdf("moved.pdf"), "-o", "job-hold-until=indefinite")
        for claim in (["-U", "wang"], ["-U", "printroom"]):
            result = harness.run("setpriv", "--reuid", "nobody", "--clear-groups", "lpmove", *claim,
                                 "print-room-%d" % number, "office-printer", check=False,
                                 env=dict(room.environment, HOME="/nonexistent"))
            self.assertNotEqual(result.returncode, 0)
        harness.run("cancel", "-U", "wang", "print-room-%d" % number, env=room.environment)
        self.assertEqual(self.printed(), before)
        fake.mode("accept")


if __name__ == "__main__":
    harness.main()
