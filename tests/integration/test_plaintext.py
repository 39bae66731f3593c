#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The plaintext hunt: sentences nobody else has ever written are printed, and then looked for everywhere on the disk, as
raw bytes in every encoding they may have.

Allowed are the simulated printer's output, which is the paper, and the folder of the originals. What is searched: every
file of the instance (store and its log, spool, keys, logs, cupsd's spool, temporary files and cache, the printer's memory),
files that its processes hold open though they have no name any more, and whatever has appeared in the machine's temporary
folders since the test began.
"""
import array
import base64
import contextlib
import fcntl
import http.client
import json
import os
import random
import re
import secrets
import socket
import stat
import termios
import time
import unittest
import zlib

import harness

TEMPORARY = ["/tmp", "/var/tmp", "/dev/shm"]
ENCODINGS = ["utf-8", "utf-16-le", "utf-16-be", "gb18030"]


class Canary:
    """A sentence in English and one in Chinese; both are new in every run."""

    def __init__(self):
        chance = random.SystemRandom()
        self.documents = 0
        self.english = "The canary %s sings at midnight" % secrets.token_hex(6)
        self.chinese = "金丝雀" + "".join(chr(chance.randrange(0x4e00, 0x9fa0)) for _ in range(8)) + "在午夜歌唱"

    def patterns(self):
        """All byte sequences that give a sentence away, with their names."""
        found = {}
        for language, text in (("English", self.english), ("Chinese", self.chinese)):
            for encoding in ENCODINGS:
                raw = text.encode(encoding)
                name = language + " " + encoding
                found.setdefault(raw, name)
                found.setdefault(raw.hex().encode(), name + " hex")
                found.setdefault(raw.hex().upper().encode(), name + " HEX")
                for shift in range(3):
                    # Where the text begins within a group of three bytes changes all letters; those at the ends depend on
                    # the neighbours.
                    letters = base64.b64encode(b"\0" * shift + raw)
                    begin = {0: 0, 1: 2, 2: 3}[shift]
                    end = len(letters) if (len(raw) + shift) % 3 == 0 else len(letters) - 4
                    found.setdefault(letters[begin:end], name + " base64/%d" % shift)
        return found

    def pdf(self, pages=1, compress=False, mark=""):
        """A PDF that says both sentences on every page, as literal text and as a hexadecimal UTF-16 string. No two are alike,
        since what is printed again is held."""
        self.documents += 1
        content = "BT /F1 12 Tf 40 800 Td (%s) Tj 0 -20 Td (%s) Tj 0 -20 Td (%d) Tj /F2 12 Tf 0 -20 Td <%s> Tj ET" % (
            mark, self.english, self.documents, self.chinese.encode("utf-16-be").hex())
        content = content.encode()
        filter_name = ""
        if compress:
            content, filter_name = zlib.compress(content), "/Filter/FlateDecode"
        kids = " ".join("%d 0 R" % (7 + page) for page in range(pages))
        objects = [b"<</Type/Catalog/Pages 2 0 R>>", ("<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids)).encode(),
                   b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
                   b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts[5 0 R]>>",
                   b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)"
                   b"/Supplement 4>>>>",
                   b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), filter_name.encode(), content)]
        objects += [b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 6 0 R/Resources<</Font<</F1 3 0 R/F2 4 0 R>>"
                    b">>>>"] * pages
        data, offsets = b"%PDF-1.4\n", []
        for number, value in enumerate(objects, 1):
            offsets.append(len(data))
            data += b"%d 0 obj\n%s\nendobj\n" % (number, value)
        table = len(data)
        data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
        return data + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)

    def text(self):
        return ("%s\n%s\n" % (self.english, self.chinese)).encode()


class Hunter:
    """Looks for byte sequences where plaintext must not be."""

    def __init__(self, home, patterns, allowed):
        self.home = home
        self.patterns = patterns
        self.allowed = allowed | {home}
        # Other programs' folders, which may be large and are busy while other tests run.
        self.earlier = {os.path.join(folder, name) for folder in TEMPORARY for name in os.listdir(folder)
                        if os.path.isdir(os.path.join(folder, name))}
        self.began = time.time() - 1
        self.known = {}

    def in_data(self, data):
        """Names of what is in these bytes, also in compressed streams among them."""
        found = {name for pattern, name in self.patterns.items() if pattern in data}
        for start in re.finditer(rb"stream\r?\n|(?=\x78[\x01\x5e\x9c\xda])|(?=\x1f\x8b\x08)", data):
            for window in (zlib.MAX_WBITS | 32, -zlib.MAX_WBITS) if start.group() else (zlib.MAX_WBITS | 32,):
                with contextlib.suppress(zlib.error):
                    inflated = zlib.decompressobj(window).decompress(data[start.end():], 1 << 24)
                    found |= {name + ", compressed" for pattern, name in self.patterns.items() if pattern in inflated}
        return found

    def in_file(self, path):
        """Names of what is in a file; one that has not changed since it was read is not read again."""
        with contextlib.suppress(FileNotFoundError):
            with open(path, "rb") as file:
                status = os.fstat(file.fileno())
                version = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                if version not in self.known:
                    data = file.read()
                    self.known[version] = self.in_data(data) | ({"a PDF"} if b"%PDF" in data else set())
                return self.known[version]
        return set()

    def files(self, folder, passed_over):
        for parent, folders, names in os.walk(folder):
            folders[:] = [name for name in folders if os.path.join(parent, name) not in passed_over]
            for name in names:
                path = os.path.join(parent, name)
                with contextlib.suppress(FileNotFoundError):
                    # Sockets and the like hold nothing.
                    if stat.S_ISREG(os.lstat(path).st_mode):
                        yield path

    def new_files(self):
        """What has appeared in the temporary folders; PDFs there may be somebody else's."""
        for folder in TEMPORARY:
            for path in self.files(folder, self.earlier | self.allowed):
                with contextlib.suppress(FileNotFoundError):
                    if os.lstat(path).st_ctime >= self.began:
                        yield path

    def open_files(self):
        """Regular files without a name, in memory or not, that processes of the instance hold."""
        for pid, _ in harness.processes_naming(self.home):
            folder = "/proc/%d/fd" % pid
            with contextlib.suppress(OSError):
                for name in os.listdir(folder):
                    path = os.path.join(folder, name)
                    with contextlib.suppress(OSError):
                        if os.readlink(path).endswith(" (deleted)") and os.path.isfile(path):
                            yield path

    def hunt(self):
        """All finds: "file: what"."""
        own = set(self.files(self.home, self.allowed)) | set(self.open_files())
        finds = [(path, what) for path in own for what in self.in_file(path)]
        finds += [(path, what) for path in self.new_files() for what in self.in_file(path) if what != "a PDF"]
        return sorted("%s: %s" % find for find in finds)


def setUpModule():
    global room, documents, canary, hunter
    documents = harness.Documents()
    # The same canary is printed again and again.
    room = harness.Room(settings="duplicates { within-minutes = 0 }").start()
    canary = Canary()
    hunter = Hunter(room.home, canary.patterns(), {room.variables["PRINTROOM_OUTPUT"], documents.folder})


def tearDownModule():
    room.stop()
    documents.remove()


class TheHunter(unittest.TestCase):
    """It finds what is there: each pattern, in each kind of place."""

    def plant(self, folder, data):
        path = os.path.join(folder, "planted-" + secrets.token_hex(4))
        self.addCleanup(lambda: os.path.exists(path) and os.unlink(path))
        with open(path, "wb") as file:
            file.write(data)
        return path

    def test_every_pattern(self):
        patterns = canary.patterns()
        # In English GB 18030 is UTF-8.
        self.assertEqual(len(patterns), (4 + 3) * len(["raw", "hex", "HEX", "base64/0", "base64/1", "base64/2"]))
        for pattern, name in patterns.items():
            with self.subTest(name):
                self.assertGreater(len(pattern), 20)
                path = self.plant(os.path.join(room.home, "state"), b"before" + pattern + b"after")
                self.assertIn("%s: %s" % (path, name), hunter.hunt())
                os.unlink(path)

    def test_base64_at_every_offset(self):
        for offset in range(7):
            for text in (canary.english, canary.chinese):
                data = base64.b64encode(b"x" * offset + text.encode() + b"and more")
                self.assertTrue(hunter.in_data(data), (offset, text))

    def test_every_place(self):
        for folder in TEMPORARY + [os.path.join(room.home, place) for place in (
                "state", "state/spool", "log", "memory/cups/spool", "memory/cups/tmp", "memory/office-printer", "control")]:
            with self.subTest(folder):
                path = self.plant(folder, canary.text())
                self.assertTrue([find for find in hunter.hunt() if find.startswith(path)])
                os.unlink(path)

    def test_documents_compressed_or_not(self):
        for compress in (False, True):
            with self.subTest(compress=compress):
                path = self.plant(os.path.join(room.home, "state"), canary.pdf(compress=compress))
                finds = [find for find in hunter.hunt() if find.startswith(path)]
                self.assertIn("%s: a PDF" % path, finds)
                suffix = ", compressed" if compress else ""
                self.assertIn("%s: English utf-8%s" % (path, suffix), finds)
                self.assertIn("%s: Chinese utf-16-be hex%s" % (path, suffix), finds)
                os.unlink(path)

    def test_what_cupsd_has_in_its_spool_is_found_and_goes(self):
        number = room.lp("-o", "job-hold-until=indefinite", documents.write("held-by-cups.pdf", canary.pdf()))
        self.assertTrue([find for find in hunter.hunt() if "/memory/cups/spool/" in find])
        harness.run("cancel", "-U", "wang", "print-room-%d" % number, env=room.environment)
        self.assertEqual(room.wait_cups(number)["job-state"], "canceled")
        harness.wait_until(lambda: not hunter.hunt(), lambda: "a clean disk: %s" % hunter.hunt())


class Documents(unittest.TestCase):
    """What became of the document makes no difference."""

    def clean(self):
        # cupsd removes a document a moment after it has said how the job ended.
        harness.wait_until(lambda: not hunter.hunt(), lambda: "a clean disk: %s" % hunter.hunt(), 20)

    def spooled(self):
        return [name for name in os.listdir(os.path.join(room.home, "state", "spool")) if name.endswith(".age")]

    def printed_text(self, job_id):
        """Text of what came out for a job."""
        folder = room.variables["PRINTROOM_OUTPUT"]
        name, = [name for name in os.listdir(folder) if job_id in name]
        return harness.run("pdftotext", os.path.join(folder, name), "-").stdout

    def test_printed_as_pdf(self):
        for compress in (False, True):
            with self.subTest(compress=compress):
                job_id = room.print_document("-t", "plain", documents.write("a.pdf", canary.pdf(3, compress)))
                room.wait_for(job_id, "completed")
                # It was really in there.
                self.assertIn(canary.english, self.printed_text(job_id))
                self.assertIn(canary.chinese, self.printed_text(job_id))
                self.clean()

    def test_printed_as_text(self):
        job_id = room.print_document("-t", "plain", documents.write("a.txt", canary.text()))
        room.wait_for(job_id, "completed")
        self.clean()

    def test_handed_in_directly(self):
        job = room.cli("submit", documents.write("b.pdf", canary.pdf()), "--title", "plain", person="wang")
        room.wait_for(job["id"], "completed")
        self.clean()

    def test_held(self):
        before = self.spooled()
        job_id = room.print_document("-t", "plain", "-o", "Classification=secret", documents.write("c.pdf", canary.pdf()))
        room.wait_for(job_id, "pending-held")
        # It is there, and cannot be read.
        self.assertEqual(set(self.spooled()) - set(before), {job_id + ".age"})
        self.clean()
        room.cli("cancel", job_id)
        room.wait_for(job_id, "canceled")
        self.assertEqual(self.spooled(), before)
        self.clean()

    def test_refused_as_damaged(self):
        path = documents.write("damaged.pdf", canary.pdf()[:-200].replace(b"/Type/Pages", b"/Type/Nothing"))
        attributes = room.wait_cups(room.lp("-t", "plain", path))
        self.assertEqual(attributes["job-state"], "canceled")
        with self.assertRaises(harness.CommandRefused):
            room.cli("submit", path, "--title", "plain", person="wang")
        aborted = room.cli("jobs", "--state", "aborted")
        self.assertEqual([job["reasons"] for job in aborted if "document-format-error" not in job["reasons"]], [])
        self.assertTrue(aborted)
        self.clean()

    def test_refused_by_a_rule(self):
        attributes = room.wait_cups(room.lp("-t", "plain", "-n", "900", documents.write("d.pdf", canary.pdf())))
        self.assertEqual(attributes["job-state"], "canceled")
        self.clean()

    def test_canceled_in_the_middle_of_printing(self):
        printer = room.printer()
        self.addCleanup(printer.clear)
        printer.set("seconds-per-side", "0.3")
        job_id = room.print_document("-t", "plain", documents.write("e.pdf", canary.pdf(60)))
        room.wait_for(job_id, "processing")
        harness.wait_until(lambda: any("(" in name for name in room.output()) or room.job(job_id)["state"] == "processing",
                           "some paper")
        room.cli("cancel", job_id)
        job = room.wait_for(job_id, "canceled")
        self.assertLess(job["sheets_charged"], 60)
        self.clean()

    def test_canceled_on_the_way_into_the_room(self):
        with self.upload() as connection:
            connection.send_part()
            connection.sock.close()
        harness.wait_until(lambda: room.job(connection.job)["state"] == "incoming", "the job to be without its document")
        self.clean()
        room.cli("cancel", connection.job)
        self.clean()

    def test_the_daemon_is_killed_while_it_receives(self):
        with self.upload() as connection:
            connection.send_part()
            room.daemon_kill()
        self.clean()
        room.daemon_start()
        self.assertEqual(room.job(connection.job)["state"], "incoming")
        self.assertNotIn(connection.job + ".age", self.spooled())
        self.clean()
        room.cli("cancel", connection.job)

    def test_the_daemon_is_stopped(self):
        """Then it holds no secrets, and the store is written back."""
        room.daemon_stop()
        self.assertEqual(hunter.hunt(), [])
        room.daemon_start()

    @contextlib.contextmanager
    def upload(self):
        connection = Upload(room.variables["PRINTROOM_SOCKET"])
        try:
            yield connection
        finally:
            connection.close()


class Upload(http.client.HTTPConnection):
    """A sender that stops in the middle of a document."""

    def __init__(self, path):
        super().__init__("localhost", timeout=harness.PATIENCE_S)
        self.path = path
        request = {"origin": "urn:uuid:" + secrets.token_hex(16), "title": "plain", "person": "wang", "copies": 1}
        self.request("POST", "/v1/jobs", json.dumps(request), {"Content-Type": "application/json"})
        answer = self.getresponse()
        self.job = json.load(answer)["id"]

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(harness.PATIENCE_S)
        self.sock.connect(self.path)

    def send_part(self):
        """Sends some megabytes without an end, and sees to it that the daemon has them under way."""
        self.putrequest("PUT", "/v1/jobs/%s/document" % self.job)
        self.putheader("Content-Type", "application/pdf")
        self.putheader("Transfer-Encoding", "chunked")
        self.endheaders()
        data = canary.pdf() + canary.text() * 50000
        self.send(b"%x\r\n%s\r\n" % (len(data), data))
        harness.wait_until(self.received, "the daemon to have the beginning")

    def received(self):
        """The bytes of a Unix socket are gone from it when the other side has taken them."""
        left = array.array("i", [0])
        fcntl.ioctl(self.sock, termios.TIOCOUTQ, left)
        return left[0] == 0


class Titles(unittest.TestCase):
    """A title of a classified document is on no disk; others are in the store, and nowhere else."""

    def files_with(self, title):
        on_disk = Hunter(room.home, {title.encode(): "title"}, set(hunter.allowed))
        if os.path.ismount(os.path.join(room.home, "memory")):
            # cupsd's memory: it knows the title as long as it knows the job.
            on_disk.allowed.add(os.path.join(room.home, "memory"))
        return sorted({find.partition(": ")[0] for find in on_disk.hunt() if find.endswith(": title")})

    def title(self):
        return "Title %s" % secrets.token_hex(6)

    def test_an_ordinary_title_is_in_the_store(self):
        title = self.title()
        job_id = room.print_document("-t", title, documents.pdf(text=title))
        self.assertEqual(room.wait_for(job_id, "completed")["title"], title)
        found = self.files_with(title)
        self.assertTrue(found)
        self.assertEqual([path for path in found if not os.path.basename(path).startswith("printroom.db")], [])

    def hidden(self, title, *arguments, document=None):
        job_id = room.print_document("-t", title, *arguments, document or documents.pdf(text=secrets.token_hex(6)))
        job = room.wait_for(job_id, "pending-held")
        self.assertIsNone(job["title"])
        self.assertEqual(self.files_with(title), [])
        self.assertEqual(room.query("SELECT title FROM job WHERE origin = ?", job["origin"]), [{"title": ""}])
        shown = harness.run(os.path.join(room.prefix, "bin", "printroom"), "show", job_id, env=room.environment).stdout
        self.assertIn("(classified)", shown)
        self.assertNotIn(title, shown)
        room.cli("cancel", job_id)
        self.assertIsNone(room.job(job_id)["title"])
        self.assertEqual(self.files_with(title), [])
        return job

    def test_the_sender_says_that_it_is_classified(self):
        self.assertEqual(self.hidden(self.title(), "-o", "Classification=secret")["level"], "secret")

    def test_the_document_says_that_it_is_classified(self):
        marked = documents.write("marked.pdf", canary.pdf(mark="TOP SECRET"))
        job = self.hidden(self.title(), document=marked)
        self.assertEqual((job["marked_level"], job["level"]), ("top-secret", "top-secret"))

    def test_neither_is_it_there_before_the_document_has_come(self):
        """Also when the daemon is killed then; the sender says the title again."""
        title = self.title()
        connection = Upload(room.variables["PRINTROOM_SOCKET"])
        request = {"origin": "urn:uuid:" + secrets.token_hex(16), "title": title, "person": "wang", "copies": 1}
        for _ in range(2):
            connection.request("POST", "/v1/jobs", json.dumps(request), {"Content-Type": "application/json"})
            job = json.load(connection.getresponse())
            self.assertEqual((job["title"], job["state"]), (title, "incoming"))
            self.assertEqual(self.files_with(title), [])
            connection.close()
            room.daemon_kill()
            room.daemon_start()
            self.assertEqual(self.files_with(title), [])
        connection.request("POST", "/v1/jobs", json.dumps(request), {"Content-Type": "application/json"})
        connection.getresponse().read()
        connection.request("PUT", "/v1/jobs/%s/document" % job["id"], canary.pdf(), {"Content-Type": "application/pdf"})
        self.assertEqual(json.load(connection.getresponse())["title"], title)
        connection.close()
        self.assertEqual(room.wait_for(job["id"], "completed")["title"], title)


if __name__ == "__main__":
    harness.main()
