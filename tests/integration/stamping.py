# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents to be stamped, plans of stamps, and other people's programs to judge the result by."""
import os
import random
import re
import subprocess
import tempfile

PREFIX = os.environ.get("PRINTROOM_PREFIX", "/usr/local")
PROGRAM = os.environ.get("PRINTROOM_DOCUMENT", os.path.join(PREFIX, "libexec", "printroom", "printroom-document"))
LEVEL, NUMBER, PERSON, TIME = "机密★20年", "教发〔2026〕12号", "王小明", "2026-11-26 09:30"
TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


def codes(pages, copies, length=36, head="PR1:"):
    chance = random.Random(pages * 1000 + copies)
    return [head + "".join(chance.choice(TOKEN) for _ in range(length)) for _ in range(pages * copies)]


def plan(pages, copies=1, first=1, pad=0, marks=1, texts=None, **more):
    texts = texts or codes(pages, copies, **more)
    return ("printroom-stamp 1\nlevel-term %s\ndocument-number %s\nperson %s\ntime %s\nfirst-copy %d\ncopies %d\npages %d\n"
            "pad %d\nmarks %d\ncodes\n%s\n" % (LEVEL, NUMBER, PERSON, TIME, first, copies, pages, pad, marks, "\n".join(texts)))


class Pdf:
    """A document made object by object: a stream is a pair of entries and data."""

    def __init__(self):
        self.objects = []

    def add(self, body=b""):
        self.objects.append(body)
        return len(self.objects)

    def stream(self, data, entries=b""):
        return self.add(b"<<%s/Length %d>>stream\n%s\nendstream" % (entries, len(data), data))

    def finish(self, catalogue):
        out, places = b"%PDF-1.6\n%\xe2\xe3\xcf\xd3\n", []
        for number, body in enumerate(self.objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        return out + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Root %d 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (
            len(places) + 1, b"".join(b"%010d 00000 n \n" % place for place in places), catalogue, len(places) + 1, len(out))


def text_page(number, x=85, y=700, lines=20, size=12):
    return b"BT /F1 %d Tf %d %d Td 16 TL " % (size, x, y) + b"".join(
        b"(Page %d, line %d of the timetable) Tj T* " % (number, line) for line in range(lines)) + b"ET"


def document(pages, keys=b"/MediaBox[0 0 595 842]", resources=b"", tree=b"", catalogue=b"", count=None):
    """pages: contents, or pairs of keys and contents."""
    pdf = Pdf()
    root, kids_object = pdf.add(), pdf.add()
    font = pdf.add(b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
    kids = []
    for page in pages:
        own, content = page if isinstance(page, tuple) else (keys, page)
        stream = pdf.stream(content)
        kids.append(pdf.add(b"<</Type/Page/Parent %d 0 R%s/Contents %d 0 R/Resources<</Font<</F1 %d 0 R>>%s>>>>" % (
            kids_object, own, stream, font, resources)))
    pdf.objects[kids_object - 1] = b"<</Type/Pages/Count %d%s/Kids[%s]>>" % (
        len(kids) if count is None else count, tree, b" ".join(b"%d 0 R" % kid for kid in kids))
    pdf.objects[root - 1] = b"<</Type/Catalog/Pages %d 0 R%s>>" % (kids_object, catalogue)
    return pdf.finish(root)


class Desk:
    """A folder to work in."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="printroom-stamp-")

    def close(self):
        self.folder.cleanup()

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def put(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data.encode() if isinstance(data, str) else data)
        return self.path(name)

    def qpdf(self, data, *options):
        """The document as qpdf writes it."""
        subprocess.run(["qpdf", *options, self.put("qpdf-in.pdf", data), self.path("qpdf-out.pdf")], check=True)
        with open(self.path("qpdf-out.pdf"), "rb") as file:
            return file.read()

    def try_stamp(self, data, text, *options):
        """Exit status and output."""
        with open(self.put("in.pdf", data), "rb") as document_file:
            done = subprocess.run([PROGRAM, "stamp", "--plan", self.put("plan", text), *options], stdin=document_file,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        assert b"Sanitizer" not in done.stderr, done.stderr.decode(errors="replace")
        return done.returncode, done.stdout

    def stamp(self, data, text, name="stamped.pdf"):
        status, out = self.try_stamp(data, text)
        assert status == 0, out[-300:]
        return self.put(name, out)

    def pictures(self, path, dpi):
        """The pages in grey: (width, height, pixels) each."""
        for name in os.listdir(self.folder.name):
            if name.startswith("picture-"):
                os.unlink(self.path(name))
        subprocess.run(["pdftoppm", "-r", str(dpi), "-gray", path, self.path("picture")], check=True, stderr=subprocess.DEVNULL)
        pages = []
        for name in sorted(name for name in os.listdir(self.folder.name) if name.startswith("picture-")):
            with open(self.path(name), "rb") as file:
                data = file.read()
            head = re.match(rb"P5\s+(\d+)\s+(\d+)\s+\d+\s", data)
            pages.append((int(head[1]), int(head[2]), data[head.end():]))
        return pages

    def read_codes(self, path, dpi=200):
        """What zbarimg reads on each page."""
        found = []
        for width, height, pixels in self.pictures(path, dpi):
            self.put("code.pgm", b"P5\n%d %d\n255\n" % (width, height) + pixels)
            out = subprocess.run(["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", self.path("code.pgm")],
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout
            found.append(out.decode().split())
        return found


def check_status(path):
    """0 sound, 3 warnings, 2 errors."""
    return subprocess.run(["qpdf", "--check", path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode


def words(path, page=None):
    pages = [] if page is None else ["-f", str(page), "-l", str(page)]
    return subprocess.run(["pdftotext", *pages, path, "-"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          check=True).stdout.decode(errors="replace").split()
