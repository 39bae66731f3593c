#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every kind of document and every choice of layout, with lp through the managed queue to paper: what came out of the printer,
what the job says of itself and what the ledger was charged must agree."""
import os
import re
import unittest

import books
import harness


def setUpModule():
    global room, documents
    documents = harness.Documents()
    room = harness.Room().start()


def tearDownModule():
    try:
        books.check(room)
        # Only what a printer without a count prints may be left to an estimate.
        assert not books.check_paper(room)
    finally:
        room.stop()
        documents.remove()


class Printed:
    """A job that was printed, and its paper."""

    def __init__(self, *arguments):
        self.job = room.wait_for(room.print_document(*arguments), "completed", "aborted", "canceled", "pending-held")
        assert self.job["state"] == "completed", self.job
        self.paper, = [paper for paper in room.printer().paper() if paper["title"] == self.job["id"] + "/1"]
        self.path, = [os.path.join(room.variables["PRINTROOM_OUTPUT"], name) for name in room.output()
                      if self.job["id"] in name]
        harness.run("qpdf", "--check", self.path)
        self.pages, self.width, self.height, self.text = harness.pdf_facts(self.path)
        entries = room.query("SELECT l.kind, l.sheets FROM ledger AS l JOIN job AS j ON j.job = l.job"
                             " WHERE j.month || '-' || printf('%06d', j.number) = ? ORDER BY entry", self.job["id"])
        self.ledger = [(entry["kind"], entry["sheets"]) for entry in entries]


def ink(path):
    """How much of the first page is not white, and of that how much is red, 0 … 1."""
    picture = path + ".ppm"
    harness.run("pdftoppm", "-r", "20", "-singlefile", "-aa", "no", path, path)
    with open(picture, "rb") as file:
        data = file.read()
    os.unlink(picture)
    pixels = data[re.match(rb"P6\s+\d+\s+\d+\s+\d+\s", data).end():]
    dark = red = 0
    for place in range(0, len(pixels) - 2, 3):
        r, g, b = pixels[place:place + 3]
        dark += min(r, g, b) < 128
        red += r > 200 and max(g, b) < 80
    return dark * 3 / len(pixels), red / max(dark, 1)


class Case(unittest.TestCase):
    def print(self, sheets, *arguments, sides=None):
        """Prints; judges the figures that go with `sheets` of A4 and `sides` printed sides (the same, if not given)."""
        sides = sheets if sides is None else sides
        printed = Printed(*arguments)
        job = printed.job
        self.assertEqual((job["sheets"], job["sheets_charged"], job["sheets_reserved"]), (sheets, sheets, 0))
        self.assertEqual(job["impressions"], sides)
        self.assertEqual(job["settlement"], "device-job")
        self.assertEqual(printed.ledger, [("reserve", sheets), ("settle", sheets)])
        self.assertEqual((printed.paper["printed"], printed.paper["end"]), (sides, "completed"))
        self.assertEqual([event["event"] for event in job["events"]], ["opened", "accepted", "dispatched", "printed"])
        return printed


class Formats(Case):
    def test_pdf(self):
        printed = self.print(3, documents.pdf(pages=3, text="Leaf"))
        self.assertEqual((printed.pages, printed.width, printed.height), (3, 595, 842))
        self.assertEqual(re.findall(r"Leaf \d", printed.text), ["Leaf 1", "Leaf 2", "Leaf 3"])

    def test_text(self):
        # cups-filters' texttopdf gives its glyphs no Unicode values: that there is text is seen only by its ink.
        printed = self.print(2, documents.write("a.txt", b"A plain line of text\n" * 100))
        self.assertEqual((printed.pages, printed.width, printed.height), (2, 595, 842))
        self.assertGreater(ink(printed.path)[0], 0.01)

    def test_postscript(self):
        source = b"%!PS\n/Helvetica findfont 30 scalefont setfont 72 500 moveto (Written in PostScript) show showpage\n"
        printed = self.print(1, documents.write("a.ps", source))
        self.assertIn("Written in PostScript", printed.text)

    def image(self, name):
        path = documents.path(name)
        harness.run("convert", "-size", "300x200", "xc:red", path)
        printed = self.print(1, path)
        self.assertEqual((printed.pages, printed.job["color_pages"]), (1, 1))
        self.assertGreater(ink(printed.path)[1], 0.9)

    def test_png(self):
        self.image("a.png")

    def test_jpeg(self):
        self.image("a.jpg")

    def raster(self, device, name):
        path = documents.path(name)
        harness.run("gs", "-q", "-dNOPAUSE", "-dBATCH", "-dSAFER", "-r100", "-sDEVICE=" + device, "-sOutputFile=" + path,
                    documents.pdf(pages=3))
        printed = self.print(3, path)
        self.assertEqual((printed.pages, printed.width, printed.height), (3, 595, 842))
        self.assertGreater(ink(printed.path)[0], 0.001)

    def test_pwg_raster(self):
        self.raster("pwgraster", "a.pwg")

    def test_urf(self):
        self.raster("appleraster", "a.urf")


class Layout(Case):
    def test_copies(self):
        printed = self.print(15, "-n", "5", documents.pdf(pages=3))
        # The paper carries one set; the printer makes the copies, and not copies of copies.
        self.assertEqual((printed.job["copies"], printed.paper["copies"], printed.pages), (5, 5, 3))

    def test_duplex(self):
        printed = self.print(3, "-o", "sides=two-sided-long-edge", documents.pdf(pages=5), sides=5)
        self.assertEqual(printed.paper["sides"], "two-sided-long-edge")

    def test_duplex_copies_begin_on_a_sheet_of_their_own(self):
        printed = self.print(6, "-n", "2", "-o", "sides=two-sided-short-edge", documents.pdf(pages=5), sides=10)
        self.assertEqual((printed.paper["sides"], printed.paper["copies"]), ("two-sided-short-edge", 2))

    def test_two_up(self):
        printed = self.print(2, "-o", "number-up=2", documents.pdf(pages=4, text="Leaf"))
        self.assertEqual((printed.pages, re.findall(r"Leaf \d", printed.text)), (2, ["Leaf 1", "Leaf 2", "Leaf 3", "Leaf 4"]))

    def test_four_up_duplex_copies(self):
        printed = self.print(6, "-n", "3", "-o", "number-up=4", "-o", "sides=two-sided-long-edge",
                             documents.pdf(pages=9, text="Leaf"), sides=9)
        self.assertEqual((printed.pages, len(re.findall(r"Leaf \d", printed.text))), (3, 9))

    def test_page_ranges(self):
        printed = self.print(3, "-o", "page-ranges=2-3,5", documents.pdf(pages=6, text="Leaf"))
        self.assertEqual(re.findall(r"Leaf \d", printed.text), ["Leaf 2", "Leaf 3", "Leaf 5"])

    def test_a3_counts_two(self):
        path = documents.pdf("a3.pdf", pages=3, width=842, height=1191)
        printed = self.print(6, "-o", "media=iso_a3_297x420mm", path, sides=3)
        self.assertEqual((printed.width, printed.height, printed.paper["media"]), (842, 1191, "29700x42000"))

    def test_a3_duplex(self):
        path = documents.pdf("a3.pdf", pages=3, width=842, height=1191)
        self.print(4, "-o", "media=iso_a3_297x420mm", "-o", "sides=two-sided-long-edge", path, sides=3)

    def test_a4_made_of_a3_counts_one(self):
        printed = self.print(2, documents.pdf("a3.pdf", pages=2, width=842, height=1191))
        self.assertEqual((printed.width, printed.height, printed.paper["media"]), (595, 842, "21000x29700"))

    def test_monochrome(self):
        printed = self.print(1, "-o", "print-color-mode=monochrome", documents.pdf())
        self.assertEqual((printed.job["color_mode"], printed.paper["color_mode"]), ("monochrome", "monochrome"))


class Submitted(Case):
    """`printroom submit` ends the same way as lp."""

    def submit(self, *arguments):
        answer = room.cli("submit", *arguments, person="wang")
        return room.wait_for(answer["id"], "completed", "aborted", "canceled")

    def test_pdf_goes_straight_to_the_daemon(self):
        job = self.submit(documents.pdf(pages=4), "--copies", "2", "--sides", "two-sided-long-edge", "--title", "Straight")
        self.assertEqual((job["state"], job["source"], job["title"]), ("completed", "cli", "Straight"))
        self.assertEqual((job["sheets_charged"], job["impressions"]), (4, 8))

    def test_anything_else_takes_the_queue(self):
        job = self.submit(documents.write("note.txt", b"A note\n"), "--copies", "2")
        self.assertEqual((job["state"], job["source"], job["sheets_charged"]), ("completed", "cups", 2))

    def test_mixed_paper_is_counted_page_by_page(self):
        mixed = documents.path("mixed.pdf")
        harness.run("qpdf", "--empty", "--pages", documents.pdf("one.pdf", pages=2),
                    documents.pdf("two.pdf", pages=1, width=842, height=1191), "--", mixed)
        explained = room.cli("explain", mixed, person="wang")
        self.assertEqual((explained["pages"], explained["sheets"]), (3, 4))


if __name__ == "__main__":
    harness.main()
