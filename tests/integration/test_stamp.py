#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Stamped documents, judged by qpdf, poppler and zbar: every geometry, every form of file, content that resists, both ways to
write, and the odd files of other people's documentation."""
import collections
import glob
import random
import re
import subprocess
import unittest

import harness
import stamping
from stamping import Desk, check_status, codes, document, plan, text_page, words


def setUpModule():
    global desk
    desk = Desk()


def tearDownModule():
    desk.close()


A4 = b"/MediaBox[0 0 595 842]"
PAGES = [text_page(1), text_page(2), text_page(3)]


class Case(unittest.TestCase):
    def expect(self, data, pages, copies=1, sound=True, original=None, **more):
        """Stamps and lets others read it: structure, pages, text, codes."""
        texts = codes(pages, copies, **{key: more[key] for key in more if key in ("length", "head")})
        path = desk.stamp(data, plan(pages, copies, texts=texts, **{key: more[key] for key in more
                                                                   if key in ("pad", "marks", "first")}))
        if sound:
            self.assertEqual(check_status(path), 0)
        padded = pages + (pages % 2 if more.get("pad") else 0)
        read = desk.read_codes(path, more.get("dpi", 200))
        expected = []
        for copy in range(copies):
            expected += [[text] for text in texts[copy * pages:(copy + 1) * pages]] + [[]] * (padded - pages)
        self.assertEqual(read, expected)
        before = collections.Counter(words(desk.put("original.pdf", original or data)))
        after = collections.Counter(words(path))
        for word in before:
            self.assertGreaterEqual(after[word], before[word] * copies, word)
        return path


class Forms(Case):
    """The same document in every form a file can have."""

    def test_table(self):
        data = document(PAGES)
        path = self.expect(data, 3)
        with open(path, "rb") as file:
            stamped = file.read()
        # The bytes that came are the bytes that stay.
        self.assertTrue(stamped.startswith(data))
        self.assertLess(len(stamped) - len(data), 9000 + 3 * 1000)
        text = " ".join(words(path, 2))
        for part in (stamping.LEVEL, stamping.NUMBER, stamping.PERSON, stamping.TIME, "份号 000001", "第 2/3 页"):
            self.assertIn(part, text)
        self.assertIn("PRSTMP+Stamp", harness.run("pdffonts", path).stdout)

    def test_cross_reference_streams(self):
        self.expect(desk.qpdf(document(PAGES), "--object-streams=generate"), 3, copies=2)

    def test_linearized(self):
        self.expect(desk.qpdf(document(PAGES), "--linearize"), 3)

    def test_junk_before_the_header(self):
        self.expect(b"junk\n" + document(PAGES), 3)

    def test_broken_cross_references(self):
        data = document(PAGES).replace(b"startxref\n", b"startxref\n9")
        self.expect(data, 3)

    def test_truncated(self):
        data = document(PAGES)
        self.expect(data[:data.index(b"startxref")], 3)
        status, out = desk.try_stamp(data[:data.index(b"xref\n0")], plan(3))
        self.assertEqual((status, b'"kind":"format"' in out), (1, True))

    def test_count_that_lies(self):
        self.expect(document(PAGES, count=1), 3, original=document(PAGES))
        self.expect(document(PAGES, count=999), 3, original=document(PAGES))

    def test_encrypted(self):
        options = ["--encrypt", "", "owner", "256", "--"]
        self.expect(desk.qpdf(document(PAGES), *options), 3)
        options[1] = "user"
        status, out = desk.try_stamp(desk.qpdf(document(PAGES), *options), plan(3))
        self.assertEqual(status, 1)
        self.assertIn(b'"kind":"encrypted"', out)

    def test_updated_and_odd_but_right(self):
        """Forms the quick reader takes or leaves; paper is the same."""
        data = document(PAGES)
        tail = data[data.index(b"trailer"):]
        start = int(re.search(rb"startxref\n(\d+)", data)[1])
        # The second page anew, as an update.
        page = data[data.index(b"7 0 obj"):data.index(b"8 0 obj")].replace(b"[0 0 595 842]", b"[0 0 842 595]")
        update = data + page
        update += (b"xref\n7 1\n%010d 00000 n \ntrailer<</Root 1 0 R/Size 10/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
                   % (len(data), start, len(update)))
        self.assertIn(b"trailer", tail)
        path = self.expect(update, 3)
        sizes = [(width, height) for width, height, _ in desk.pictures(path, 20)]
        self.assertEqual([width > height for width, height in sizes], [False, True, False])
        for options in (["--object-streams=generate", "--compress-streams=n"], ["--linearize", "--object-streams=generate"],
                        ["--qdf"], ["--recompress-flate", "--compression-level=1"]):
            self.expect(desk.qpdf(update, *options), 3)

    def test_stamped_twice(self):
        first = codes(3, 1)
        with open(desk.stamp(document(PAGES), plan(3, texts=first)), "rb") as file:
            data = file.read()
        path = desk.stamp(data, plan(3, texts=codes(3, 1, length=35)))
        self.assertEqual(check_status(path), 0)
        for page, found in enumerate(desk.read_codes(path)):
            # Where the first stamp is, the second one is not.
            self.assertEqual(sorted(found), sorted([first[page], codes(3, 1, length=35)[page]]))

    def test_same_on_paper_by_either_way(self):
        pages = [text_page(1), (A4 + b"/Rotate 90", text_page(2)), (b"/MediaBox[0 0 1191 842]", text_page(3)), b"q q 0.5 g (open"]
        data = document(pages)
        direct = desk.pictures(desk.stamp(data, plan(4, 2, pad=1)), 60)
        rewritten = desk.pictures(desk.stamp(b"x" + data, plan(4, 2, pad=1)), 60)
        self.assertEqual(len(direct), 8)
        self.assertTrue(direct == rewritten)


class Copies(Case):
    def test_numbers_and_padding(self):
        path = self.expect(document(PAGES), 3, copies=3, pad=1, first=41)
        self.assertEqual(harness.pdf_facts(path)[0], 12)
        for copy in range(3):
            for page in range(3):
                self.assertIn("份号 %06d 第 %d/3 页" % (41 + copy, page + 1), " ".join(words(path, copy * 4 + page + 1)))
            self.assertEqual(words(path, copy * 4 + 4), [])

    def test_even_copies_need_no_padding(self):
        self.assertEqual(harness.pdf_facts(self.expect(document(PAGES[:2]), 2, copies=2, pad=1))[0], 4)

    def test_cost_of_copies(self):
        data = document(PAGES + [b"0 g " * 50000])
        size = [len(desk.try_stamp(data, plan(4, copies))[1]) for copies in (1, 11)]
        self.assertLess((size[1] - size[0]) / 40, 1000)

    def test_corner_marks(self):
        plain = words(desk.stamp(document(PAGES), plan(3, marks=0)), 1)
        marked = words(desk.stamp(document(PAGES), plan(3, marks=1)), 1)
        self.assertEqual((plain.count(stamping.LEVEL), plain.count("000001")), (1, 1))
        self.assertEqual((marked.count(stamping.LEVEL), marked.count("000001")), (2, 2))
        # A document that says CONFIDENTIAL itself gets 份号 only; further pages get nothing.
        own = document([b"BT /F1 16 Tf 85 780 Td (CONFIDENTIAL) Tj ET", text_page(2)])
        path = desk.stamp(own, plan(2, marks=1))
        self.assertEqual((words(path, 1).count(stamping.LEVEL), words(path, 1).count("000001")), (1, 2))
        self.assertEqual(words(path, 2).count("000001"), 1)


    def column_of_marks(self, page):
        """How far from the left edge, in mm, the words at the top begin that are not the document's."""
        path = desk.stamp(stamping.document([page]), stamping.plan(1))
        boxes = subprocess.run(["pdftotext", "-bbox", path, "-"], stdout=subprocess.PIPE, check=True).stdout.decode()
        numbers = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)"[^>]*>000001<', boxes)
        left, _ = min(numbers, key=lambda number: float(number[1]))
        return float(left) / 72 * 25.4

    def test_corner_marks_stay_off_what_is_printed_there(self):
        self.assertAlmostEqual(self.column_of_marks(stamping.text_page(1)), 28, delta=1)
        left = b"BT /F1 12 Tf 20 805 Td (A heading in the corner) Tj ET"
        self.assertGreater(self.column_of_marks(left), 80)
        self.assertLess(self.column_of_marks(left), 110)
        wide = b"BT /F1 12 Tf 20 805 Td (A heading that goes on and on to behind the middle of the page) Tj ET"
        self.assertGreater(self.column_of_marks(wide), 110)


class Geometry(Case):
    def one(self, keys, content=None, dpi=200):
        self.expect(document([(keys, content or text_page(1))]), 1, dpi=dpi)

    def test_rotated(self):
        for degrees in (90, 180, 270, -90, 450):
            with self.subTest(degrees=degrees):
                self.one(A4 + b"/Rotate %d" % degrees)

    def test_boxes(self):
        for keys in (b"/MediaBox[-100 -50 495 792]", b"/MediaBox[0 0 800 1100]/CropBox[100 120 695 962]",
                     b"/MediaBox[595 842 0 0]", A4 + b"/CropBox[-10 -10 9000 9000]", A4 + b"/CropBox[700 900 800 1000]",
                     b"/MediaBox[0 0 800 1100]/CropBox[100 120 695 962]/Rotate 90"):
            with self.subTest(keys=keys):
                self.one(keys)

    def show_object(self, path, name):
        return subprocess.run(["qpdf", "--show-object=" + name, path], stdout=subprocess.PIPE, check=True).stdout.decode()

    def test_boxes_of_other_trades(self):
        """Filters cut pages off at a TrimBox, and it goes before what a viewer is asked to print."""
        data = document([(A4 + b"/TrimBox[100 100 495 742]/BleedBox[90 90 500 750]/ArtBox[200 200 300 300]", text_page(1))],
                        catalogue=b"/ViewerPreferences<</NumCopies 3/PrintArea/TrimBox/PrintPageRange[1 1]>>")
        for way in (data, b"x" + data):
            path = self.expect(way, 1, copies=2)
            told = subprocess.run(["pdfinfo", "-box", "-f", "1", "-l", "2", path], stdout=subprocess.PIPE, check=True).stdout.decode()
            for box in ("Trim", "Bleed", "Art"):
                self.assertEqual(re.findall(box + r"Box: +(.*)", told), ["0.00     0.00   595.00   842.00"] * 2)
            root = re.search(r"/Root (\d+)", self.show_object(path, "trailer"))[1]
            self.assertIn("/Pages", self.show_object(path, root))
            self.assertNotIn("/ViewerPreferences", self.show_object(path, root))

    def test_user_unit(self):
        # poppler does not know the unit: it paints both as if it were 1.
        self.one(b"/MediaBox[0 0 297.5 421]/UserUnit 2", text_page(1, x=40, y=350, size=6), dpi=400)
        self.one(b"/MediaBox[0 0 5950 8420]/UserUnit 0.1/Rotate 270", text_page(1, x=850, y=7000, size=120), dpi=20)

    def test_sizes(self):
        for width, height in ((842, 595), (842, 1191), (1191, 842), (612, 792), (420, 595), (298, 420)):
            with self.subTest(width=width):
                self.one(b"/MediaBox[0 0 %d %d]" % (width, height))

    def test_mixed(self):
        self.expect(document([(A4, text_page(1)), (b"/MediaBox[0 0 842 595]", text_page(2, y=500)),
                              (A4 + b"/Rotate 90", text_page(3)), (b"/MediaBox[0 0 842 1191]", text_page(4))]), 4, copies=2)

    def test_too_small(self):
        status, out = desk.try_stamp(document([(b"/MediaBox[0 0 50 50]", b"")]), plan(1))
        self.assertEqual(status, 1)
        self.assertIn(b"page 1 is too small", out)

    def test_long_codes(self):
        self.expect(document(PAGES), 3, length=44, head="HTTPS://PRINT.SCHOOL.EDU.CN/T/")

    def compare(self, path, original):
        """The type area of GB/T 9704 and the outermost 5 mm stay as they were."""
        dpi = 50
        dots = dpi / 25.4
        for (width, height, before), (_, _, after) in zip(desk.pictures(original, dpi), desk.pictures(path, dpi)):
            changed = [(place % width / dots, place // width / dots) for place in range(len(before))
                       if abs(before[place] - after[place]) > 8]
            self.assertTrue(changed)
            for x, y in changed:
                self.assertFalse(28 < x < 28 + 156 and 37 < y < 37 + 225, (x, y))
                self.assertTrue(4.5 < x < width / dots - 4.5 and 4.5 < y < height / dots - 4.5, (x, y))

    def test_type_area_and_edges_are_left_alone(self):
        for keys in (A4, A4 + b"/Rotate 180", b"/MediaBox[100 100 695 942]", b"/MediaBox[0 0 842 595]/Rotate 90"):
            data = document([(keys, text_page(1)), (keys, b"0.8 g 0 0 2000 2000 re f")])
            original = desk.put("before.pdf", data)
            self.compare(desk.stamp(data, plan(2)), original)

    def test_emptier_margin(self):
        corner = {"right": b"400 0 195 80 re f ", "left": b"0 0 300 80 re f "}
        for covered, where in (((), "bottom right"), (("right",), "bottom left"), (("right", "left"), "top right")):
            content = b"0.5 g " + b"".join(corner[name] for name in covered)
            for pages in (1, 20):
                data = document([content + text_page(number) for number in range(pages)])
                for width, height, pixels in desk.pictures(desk.stamp(data, plan(pages, marks=0)), 72)[:2]:
                    black = [place for place in range(len(pixels)) if pixels[place] < 60]
                    found = {(place // width > height * 0.9, place % width > width * 0.88): 0 for place in black}
                    key = {"bottom right": (True, True), "bottom left": (True, False), "top right": (False, True)}[where]
                    self.assertIn(key, found, where)


class Content(Case):
    """Content that leaves things behind, by accident or on purpose."""

    def test_resists(self):
        tail = {
            "saved": b" q q 0.5 0 0 0.5 100 100 cm 1 g", "restored": b" Q Q Q 3 0 0 3 0 0 cm", "text": b" BT /F1 8 Tf 3 Tr",
            "string": b" (never closed", "hexadecimal": b" <4142", "comment": b" % a comment", "array": b" [ 1 2",
            "image": b" BI /W 1000 /H 1000 /BPC 8 /CS /G ID ", "marked": b" /OC /Off BDC", "clip": b" 0 0 1 1 re W n",
            "path": b" 0 0 m 100 100 l", "ignored": b" BX", "matrix": b" 0 0 0 0 0 0 cm", "operand": b" 1 2 3", "dictionary": b" <<",
            "no operand": b" BT Tj ET", "few operands": b" 1 0 0 RG 1 2 m", "one of six": b" q 1 cm Q", "unknown": b" T-1 Tj",
            "in a word": b" 1Tj", "in an array": b" [ Tj", "no name": b" Do", "bare": b" BDC", "nothing before": b" '",
        }
        off = b"/Properties<</Off 4 0 R>>"
        for name, content in tail.items():
            with self.subTest(content=name):
                data = document([text_page(1) + content], resources=off,
                                catalogue=b"/OCProperties<</OCGs[4 0 R]/D<</OFF[4 0 R]>>>>")
                self.assertIn(b"4 0 obj", data)
                self.expect(data, 1, sound=False)

    def test_default_colour_space(self):
        white = (b"/ColorSpace<</DefaultGray[/Separation/None/DeviceGray<</FunctionType 2/Domain[0 1]/C0[1]/C1[1]/N 1>>]>>")
        self.expect(document([text_page(1)], resources=white), 1)

    def test_streams_in_pieces(self):
        pdf = stamping.Pdf()
        root, tree = pdf.add(), pdf.add()
        font = pdf.add(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
        pieces = [pdf.stream(part) for part in (b"q BT /F1 12", b"Tf 85 700 Td (in pieces)", b"Tj ET Q")]
        array = pdf.add(b"[%s]" % b" ".join(b"%d 0 R" % piece for piece in pieces))
        page = pdf.add(b"<</Type/Page/Parent %d 0 R/Contents %d 0 R>>" % (tree, array))
        # Everything else is inherited, as direct objects.
        pdf.objects[tree - 1] = (b"<</Type/Pages/Count 1/Kids[%d 0 R]/MediaBox[0 0 842 595]/Rotate 90/Resources<</Font<</F1 %d 0 R"
                                 b">>>>>>" % (page, font))
        pdf.objects[root - 1] = b"<</Type/Catalog/Pages %d 0 R>>" % tree
        self.expect(pdf.finish(root), 1, copies=2)

    def test_nothing_on_a_page(self):
        pdf = stamping.Pdf()
        root, tree = pdf.add(), pdf.add()
        pages = [pdf.add(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]%s>>" % more)
                 for more in (b"", b"/Contents[]", b"/Resources 99 0 R/Contents null", b"/Contents 98 0 R")]
        pdf.objects[tree - 1] = b"<</Type/Pages/Count 4/Kids[%s]>>" % b" ".join(b"%d 0 R" % page for page in pages)
        pdf.objects[root - 1] = b"<</Type/Catalog/Pages %d 0 R>>" % tree
        self.expect(pdf.finish(root), 4)

    def test_one_page_twice(self):
        data = document([text_page(1), text_page(2)]).replace(b"/Kids[5 0 R 7 0 R]", b"/Kids[5 0 R 5 0 R]")
        self.expect(data, 2)

    def test_forms_and_annotations(self):
        field = (b"/AcroForm<</Fields[<</FT/Tx/T(name)/V(Zhang)/Type/Annot/Subtype/Widget/F 4/Rect[100 400 200 420]"
                 b"/DA(/F1 12 Tf 0 g)>>]/DA(/F1 12 Tf 0 g)/DR<</Font<</F1 3 0 R>>>>>>")
        note = A4 + b"/Annots[<</Type/Annot/Subtype/Square/F 4/Rect[300 300 400 350]/C[0 0 0]/BS<</W 3>>>>]"
        data = document([(note, text_page(1)), text_page(2)], catalogue=field)
        path = self.expect(data, 2, copies=2)
        dark = [sum(pixel < 100 for pixel in pixels) for _, _, pixels in desk.pictures(path, 50)]
        self.assertGreater(dark[0], dark[1])
        self.assertGreater(dark[2], dark[3])


class Annotations(Case):
    """What is printed over the page must not be printed over its code."""

    RIGHT, LEFT, TOP = b"395 0 595 80", b"0 0 300 80", b"300 780 595 842"

    def test_code_goes_where_no_annotation_is(self):
        for boxes in ((self.RIGHT,), (self.LEFT,), (self.RIGHT, self.LEFT), (self.RIGHT, self.TOP)):
            for pages in (1, 10):
                with self.subTest(boxes=boxes, pages=pages):
                    self.expect(self.covered(boxes, pages), pages)

    def covered(self, boxes, pages, flags=4, **more):
        """Every page has an annotation painted white over each box."""
        pdf = stamping.Pdf()
        root, tree = pdf.add(), pdf.add()
        font = pdf.add(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
        white = pdf.stream(b"1 g 0 0 1 1 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 1 1]")
        notes = [pdf.add(b"<</Type/Annot/Subtype/Stamp/F %d/Rect[%s]/AP<</N %d 0 R>>>>" % (flags, box, white)) for box in boxes]
        kids = []
        for number in range(pages):
            content = pdf.stream(text_page(number))
            kids.append(pdf.add(b"<</Type/Page/Parent %d 0 R%s/Contents %d 0 R/Resources<</Font<</F1 %d 0 R>>>>/Annots[%s]>>" % (
                tree, more.get("keys", A4), content, font, b" ".join(b"%d 0 R" % note for note in notes))))
        pdf.objects[tree - 1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b" ".join(b"%d 0 R" % kid for kid in kids))
        pdf.objects[root - 1] = b"<</Type/Catalog/Pages %d 0 R>>" % tree
        return pdf.finish(root)

    def test_either_reader_sees_them(self):
        data = self.covered((self.RIGHT, self.LEFT), 2)
        for other in (data, b"x" + data, desk.qpdf(data, "--object-streams=generate"), desk.qpdf(data, "--encrypt", "", "o", "256", "--")):
            self.expect(other, 2, original=data)

    def test_turned_page(self):
        for degrees in (90, 180, 270):
            for box in (b"0 0 120 120", b"475 0 595 120", b"0 722 120 842", b"475 722 595 842"):
                with self.subTest(degrees=degrees, box=box):
                    self.expect(self.covered((box,), 1, keys=A4 + b"/Rotate %d" % degrees), 1)

    def test_no_place_left(self):
        data = self.covered((b"0 0 595 842",), 3)
        for other in (data, b"x" + data):
            status, out = desk.try_stamp(other, plan(3))
            self.assertEqual((status, b'"kind":"limit"' in out, b"page 1 has annotations over every place" in out), (1, True, True))

    def test_what_is_not_printed_is_not_in_the_way(self):
        for flags in (6, 2):
            self.expect(self.covered((b"0 0 595 842",), 1, flags=flags), 1)

    def test_what_is_on_the_screen_only_is_avoided_where_it_can_be(self):
        # pdftoppm paints as for a screen.
        self.expect(self.covered((self.RIGHT, self.LEFT), 1, flags=0), 1)
        self.assertEqual(desk.try_stamp(self.covered((b"0 0 595 842",), 1, flags=0), plan(1))[0], 0)


class Refusals(Case):
    def test_other_number_of_pages(self):
        status, out = desk.try_stamp(document(PAGES), plan(2))
        self.assertEqual((status, b"has 3 pages, not 2" in out, b'"kind":"format"' in out), (1, True, True))

    def test_plans(self):
        good = plan(1)
        data = document(PAGES[:1])
        self.assertEqual(desk.try_stamp(data, good)[0], 0)
        for bad in ("", good + "x\n", good[:-1], good.replace("copies 1", "copies 0"), good.replace("copies 1", "copies 2"),
                    good.replace("pad 0", "pad 2"), good.replace("marks 1\n", ""), good.replace(stamping.PERSON, "a\tb"),
                    good.replace("stamp 1", "stamp 2"), good.replace("first-copy 1", "first-copy 1000000"),
                    good.replace("copies 1", "copies 1 "), good.replace(stamping.PERSON, "x" * 300)):
            with self.subTest(plan=bad):
                status, out = desk.try_stamp(data, bad)
                self.assertEqual(status, 1)
                self.assertTrue(out.startswith(b'{"error"'), out[:50])

    def test_no_document(self):
        for data in (b"no PDF", b"%PDF-1.4\n%%EOF\n"):
            status, out = desk.try_stamp(data, plan(1))
            self.assertEqual((status, out[:9]), (1, b'{"error":'))


class Corpus(unittest.TestCase):
    """Documents of other people, as far as they are installed: stamped and no worse than before, or refused with a reason."""

    def test_documents_of_this_machine(self):
        found = sorted(path for folder in ("/usr/share/doc", "/usr/share/cups", "/usr/share/texmf-dist", "/usr/share/texlive")
                       for path in glob.glob(folder + "/**/*.pdf", recursive=True))
        if not found:
            self.skipTest("no package on this machine has a PDF")
        for path in random.Random(4).sample(found, min(len(found), 25)):
            with self.subTest(path=path):
                with open(path, "rb") as file:
                    data = file.read()
                counted = harness.subprocess.run(["qpdf", "--show-npages", path], stdout=-1, stderr=-1, check=False).stdout
                pages = int(counted or 0)
                status, out = desk.try_stamp(data, plan(max(pages, 1)))
                if status == 0:
                    self.assertLessEqual(check_status(desk.put("out.pdf", out)), max(check_status(path), 0) or 0)
                else:
                    self.assertIn(b'"kind"', out.rsplit(b"\n", 2)[-2])


if __name__ == "__main__":
    harness.main()
