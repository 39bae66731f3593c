#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Numbered copies through the whole appliance: handing on, overdue, two people to destroy, tracing codes and pictures;
the registers of documents."""
import base64
import contextlib
import datetime
import glob
import hashlib
import os
import sqlite3
import subprocess
import time
import unittest

import harness

NUMBER = "校办〔2026〕7号"


def setUpModule():
    global room, documents
    documents = harness.Documents()
    room = harness.Room(environment=harness.SHORT_TICKS).start()


def tearDownModule():
    room.stop()
    documents.remove()


def number_copies(document_number, copies):
    """Prints a document and gives it numbered copies, written as daemon/store/custody.c does; the job's id and key."""
    job_id = room.cli("submit", documents.pdf(), "--document-number", document_number, person="wang")["id"]
    room.wait_for(job_id, "completed")
    key = room.query("SELECT max(job) AS job FROM job")[0]["job"]
    path, = glob.glob(os.path.join(room.home, "state", "*.db"))
    with contextlib.closing(sqlite3.connect(path, timeout=30)) as database, database:
        for number in range(1, copies + 1):
            copy = database.execute("INSERT INTO copy (document, number, job, state) VALUES (?, ?, ?, 'printed')",
                                    (document_number, number, key)).lastrowid
            for name, before, after in (("numbered", "", "printing"), ("printed", "printing", "printed")):
                database.execute(
                    "INSERT INTO copy_event (copy, at, name, from_state, to_state, actor, holder, outside)"
                    " VALUES (?, ?, ?, ?, ?, 'printroomd', '', 0)", (copy, int(time.time() * 1000), name, before, after))
    return job_id, key


def token(job, copy, page):
    """The text of a sheet's code, made from its description, not with printroom's code."""
    with open(os.path.join(room.home, "state", "keys", "trace.key"), encoding="ascii") as file:
        key = bytes.fromhex(file.read())
    site = int.from_bytes(hashlib.blake2b(b"printroom trace key id 1\0", key=key, digest_size=32).digest()[:2], "big")
    code = (site << 68 | job << 36 | copy << 20 | page) << 4
    mac = hashlib.blake2b(b"printroom trace token 1\0" + code.to_bytes(11, "big"), key=key, digest_size=32).digest()
    number = (code >> 4) << 96 | int.from_bytes(mac[:12], "big")
    return "PR1:" + base64.b32encode((number << 20).to_bytes(25, "big")).decode()[:36]


def picture(text, name, *alter):
    """A code on white paper, as a scanner or telephone sees it."""
    path = os.path.join(documents.folder, name)
    code = subprocess.run(["qrencode", "-o", "-", "-s", "6", "-m", "4", text], stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["convert", "-size", "900x900", "xc:white", "png:-", "-gravity", "center", "-composite", *alter, path],
                   input=code, check=True)
    os.chmod(path, 0o644)
    return path


def scanned_pdf(jpeg, side):
    """A PDF of one page that is a grey JPEG, as copiers send scans."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
               b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
               b"<</Length 33>>stream\nq 400 0 0 400 100 200 cm /I Do Q   \nendstream",
               b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode"
               b"/Length %d>>stream\n%s\nendstream" % (side, side, len(jpeg), jpeg)]
    data = b"%PDF-1.4\n"
    offsets = []
    for number, value in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, value)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return data + b"xref\n0 6\n0000000000 65535 f \n%strailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (
        table, len(data))


def refused(*arguments, person):
    """The words of a refusal."""
    try:
        room.cli(*arguments, person=person)
    except harness.CommandRefused as refusal:
        assert refusal.code == 1, refusal
        return refusal.words
    raise AssertionError("%s was not refused" % (arguments,))


class Custody(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.job, cls.key = number_copies(NUMBER, 6)

    def code(self, number):
        return "%s/%d" % (self.job, number)

    def state(self, number):
        return next(copy for copy in room.cli("copy", "list", self.job) if copy["number"] == number)

    def test_way_of_a_copy(self):
        code = self.code(1)
        self.assertIn("printed, not collected", refused("copy", "issue", code, "--to", "li", person="operator"))
        room.cli("copy", "collect", code, person="operator")
        self.assertEqual(self.state(1)["holder"], "operator")
        room.cli("copy", "issue", code, "--to", "li", "--due", "2099-01-31", person="operator")
        self.assertEqual((self.state(1)["holder"], self.state(1)["due"]), ("li", "2099-01-31"))
        room.cli("copy", "circulate", code, "--to", "director", "--to", "wang", person="operator")
        room.cli("copy", "circulate", code, person="operator")
        self.assertIn("list of readers", refused("copy", "circulate", code, person="operator"))
        copy = self.state(1)
        self.assertEqual((copy["state"], copy["holder"], copy["readers"], copy["waiting"]), ("circulating", "wang", 2, 0))
        # What one holds oneself, one may see, and nothing else.
        self.assertEqual([mine["code"] for mine in room.cli("copy", "list", "--holder", "wang", person="wang")], [code])
        self.assertIn("somebody else", refused("copy", "list", "--holder", "wang", person="li"))
        self.assertIn("somebody else", refused("copy", "list", self.job, person="wang"))
        room.cli("copy", "return", code, person="archivist")
        self.assertIn("only by", refused("copy", "archive", code, person="operator"))
        room.cli("copy", "archive", code, "--note", "卷 12", person="archivist")
        self.assertEqual((self.state(1)["state"], self.state(1)["holder"]), ("archived", "archivist"))
        for person in ("wang", "auditor", "admin", "supervisor"):
            self.assertIn("only by", refused("copy", "collect", self.code(5), person=person))

    def test_all_or_none(self):
        codes = [self.code(4), self.code(5)]
        room.cli("copy", "collect", codes[0], person="operator")
        self.assertIn("collected", refused("copy", "collect", codes[1], codes[0], person="operator"))
        self.assertEqual(self.state(5)["state"], "printed")

    def test_destroyed_by_two(self):
        code = self.code(2)
        room.cli("copy", "collect", code, person="operator")
        pin = "271828"
        status, answer = room.api("PUT", "/v1/people/supervisor/pin", {"pin": pin}, person="admin")
        self.assertEqual(status, 200, answer)
        body = {"event": "destroy", "codes": [code]}

        def destroy(**more):
            return room.api("POST", "/v1/custody", {**body, **more}, person="operator")
        self.assertEqual(destroy()[0], 400)
        self.assertEqual(destroy(witness="supervisor")[0], 400)
        self.assertEqual(destroy(witness="supervisor", witness_secret="314159")[0], 401)
        self.assertEqual(self.state(2)["state"], "collected")
        result = subprocess.run([os.path.join(room.prefix, "bin", "printroom"), "--as", "operator", "copy", "destroy", code,
                                 "--witness", "supervisor"], input=pin + "\n", env=room.environment, encoding="utf-8",
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.state(2)["state"], "destroyed")
        witness = room.query("SELECT actor, witness FROM copy_event WHERE name = 'destroy'")
        self.assertEqual(witness[0]["witness"], "supervisor")
        self.assertNotIn(pin, room.log())

    def test_overdue_once(self):
        yesterday = (datetime.date.today() - datetime.timedelta(days=2)).isoformat()
        room.cli("copy", "collect", self.code(3), person="operator")
        room.cli("copy", "issue", self.code(3), "--outside", "市教育局", "--due", yesterday, person="operator")
        self.assertEqual([copy["code"] for copy in room.cli("copy", "list", "--overdue", person="supervisor")],
                         [self.code(3)])
        harness.wait_until(lambda: [violation for violation in room.cli("violations")
                                    if violation["kind"] == "copy-overdue"], "the violation")
        room.daemon_stop()
        room.daemon_start()
        room.cli("status")
        found = [violation for violation in room.cli("violations") if violation["kind"] == "copy-overdue"]
        self.assertEqual([(one["person"], one["detail"]["copy"]) for one in found], [("市教育局", self.code(3))])
        self.assertEqual(found[0]["words"], "numbered copy not given back in time")

    def test_lost(self):
        """Reported, pursued, closed; and what is found is taken back, whenever that is."""
        code = self.code(6)
        room.cli("copy", "collect", code, person="operator")
        room.cli("copy", "issue", code, "--to", "li", "--due", "2099-01-31", person="operator")
        self.assertEqual(room.api("POST", "/v1/custody", {"event": "lost", "codes": [code]}, person="operator")[0], 400)
        for person in ("li", "admin", "auditor"):
            self.assertIn("only by", refused("copy", "lost", code, "--note", "?", person=person))
        room.cli("copy", "lost", code, "--note", "not in the cabinet on Monday", person="supervisor")
        copy = self.state(6)
        self.assertEqual((copy["state"], copy["holder"], copy["due"], copy["words"]), ("lost", "li", None, "reported lost"))
        self.assertIn("reported lost", refused("copy", "return", code, person="operator"))
        self.assertIn("已报遗失", room.text("copy", "list", "--lost", language="zh"))
        self.assertEqual([one["code"] for one in room.cli("copy", "list", "--lost", person="auditor")], [code])
        found = [violation for violation in room.cli("violations") if violation["kind"] == "copy-lost"]
        self.assertEqual([(one["person"], one["detail"]["copy"], one["detail"]["document"]) for one in found],
                         [("li", code, NUMBER)])
        self.assertIn("编号文件遗失", room.text("violations", language="zh"))
        self.assertEqual(room.cli("copy", "reckon", NUMBER, person="auditor")["lost"], 1)
        self.assertIn("only by", refused("copy", "write-off", code, "--note", "?", person="operator"))
        room.cli("copy", "write-off", code, "--note", "not found; reported on 3 December", person="director")
        self.assertEqual(self.state(6)["state"], "written-off")
        room.cli("copy", "recover", code, "--note", "behind the drawer", person="archivist")
        self.assertEqual((self.state(6)["state"], self.state(6)["holder"]), ("returned", "archivist"))
        room.cli("copy", "lost", code, "--note", "again", person="operator")
        room.cli("copy", "write-off", code, "--note", "for good", person="director")
        events = room.cli("trace", code, person="auditor")["codes"][0]["copy"]["events"]
        self.assertEqual([event["event"] for event in events[-5:]], ["lost", "write-off", "recover", "lost", "write-off"])
        self.assertEqual(events[-5]["note"], "not in the cabinet on Monday")

    def test_zz_reckoning(self):
        figures = room.cli("copy", "reckon", NUMBER, person="auditor")
        self.assertEqual(figures["printed"], 6)
        self.assertEqual(figures["printed"], sum(figures[part] for part in (
            "held", "issued", "returned", "archived", "destroyed", "lost")))
        self.assertEqual((figures["lost"], figures["written_off"]), (1, 1))
        self.assertIn("遗失", room.text("copy", "reckon", NUMBER, language="zh"))
        self.assertIn("已印，待领取", room.text("copy", "list", self.job, language="zh"))
        self.assertTrue(refused("copy", "reckon", "没有", person="auditor"))


class Trace(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.job, cls.key = number_copies("机要〔2026〕3号", 2)
        cls.text = token(cls.key, 2, 7)

    def trace(self, what, person="archivist"):
        return room.cli("trace", what, person=person)["codes"]

    def genuine(self, what, **more):
        found, = self.trace(what, **more)
        self.assertEqual((found["verdict"], found["page"]), ("genuine", 7))
        self.assertEqual((found["copy"]["code"], found["copy"]["person"]), (self.job + "/2", "wang"))
        self.assertEqual([event["event"] for event in found["copy"]["events"]][:2], ["numbered", "printed"])

    def test_code(self):
        for text in (self.text, self.text.lower(), self.text[4:], "https://print.example.org/t/" + self.text[4:],
                     " ".join((self.text[:12], self.text[12:24], self.text[24:]))):
            self.genuine(text)
        self.assertEqual(self.trace(self.job + "/1")[0]["copy"]["number"], 1)
        self.assertIn("genuine", room.text("--as", "auditor", "trace", self.text))
        self.assertIn("真实", room.text("--as", "auditor", "trace", self.text, language="zh"))

    def test_whose_business(self):
        for person in ("archivist", "supervisor", "auditor", "wang"):
            self.genuine(self.text, person=person)
        for person in ("li", "operator", "admin", "director"):
            self.assertIn("somebody else's. Archivists, supervisors and auditors", refused("trace", self.text, person=person))
        looks = room.query("SELECT count(*) AS n FROM audit_leaf WHERE body LIKE '%\"copy.trace\"%'")
        self.assertGreaterEqual(looks[0]["n"], 4)

    def test_not_genuine(self):
        last = "A" if self.text[-1] != "A" else "B"
        self.assertEqual(self.trace(self.text[:-1] + last)[0]["verdict"], "forged")
        # Another copy's number on the same MAC.
        self.assertEqual(self.trace(self.text[:18] + ("A" if self.text[18] != "A" else "B") + self.text[19:])[0]["verdict"],
                         "forged")
        self.assertEqual(self.trace("hello")[0]["verdict"], "foreign")
        self.assertEqual(self.trace(token(self.key, 99, 1))[0]["verdict"], "unregistered")
        forged = [violation for violation in room.cli("violations") if violation["kind"] == "code-forged"]
        self.assertEqual(len(forged), 2)

    def test_pictures(self):
        self.genuine(picture(self.text, "plain.png"))
        self.genuine(picture(self.text, "jpeg.jpg", "-quality", "20"))
        self.genuine(picture(self.text, "blur.png", "-blur", "0x2"))
        self.genuine(picture(self.text, "turned.jpg", "-rotate", "7", "-quality", "60"))
        self.genuine(picture(self.text, "small.png", "-resize", "45%"))
        self.genuine(picture("HTTPS://PRINT.EXAMPLE.ORG/T/" + self.text[4:], "address.png"))
        self.assertIn("code in this picture", refused("trace", picture("x", "none.png", "-threshold", "-1"), person="auditor"))
        self.assertIn("damaged", refused("trace", documents.write("broken.png", b"\x89PNG\r\n\x1a\nnothing"), person="auditor"))

    def test_pdf(self):
        with open(picture(self.text, "page.jpg", "-colorspace", "gray", "-quality", "50"), "rb") as file:
            self.genuine(documents.write("scan.pdf", scanned_pdf(file.read(), 900)))
        self.assertIn("code in this picture", refused("trace", documents.pdf(), person="auditor"))


class Registers(unittest.TestCase):
    def test_received(self):
        got = room.cli("document", "receive", "教发〔2026〕3号", "--from", "市教育局", "--to", "wang", "--to", "li", "--level",
                       "secret", "--copies", "2", "--signer", "=张", "--urgency", "urgent", "--condition", "missing-pages",
                       person="operator")
        self.assertRegex(got["id"], r"^received-\d{4}-0001$")
        self.assertEqual((got["state"], got["to"], got["condition"]), ("registered", ["li", "wang"], "missing-pages"))
        self.assertIn("only by", refused("document", "sign", got["id"], person="operator"))
        room.cli("document", "sign", got["id"], "--note", "已阅", person="director")
        shown = room.cli("document", "show", got["id"], person="auditor")
        self.assertEqual([(step["event"], step["note"]) for step in shown["events"]], [("receive", None), ("sign", "已阅")])
        self.assertIn("教发", room.text("--as", "auditor", "document", "show", got["id"], language="zh"))
        csv = room.text("--as", "auditor", "document", "list", "received", "--csv", language="zh").lstrip("\ufeff")
        self.assertEqual(csv.split("\n")[0], "编号,日期,发文字号,密级,紧急程度,来文单位,收文人,签发人,份数,完好情况,状态")
        self.assertIn('"教发〔2026〕3号","机密","加急","市教育局","li; wang","\'=张",2,"缺页","已签批"', csv)
        # The register has the columns of D1, and is one people of either language read.
        for language, words in (("zh", ("签发人", "机密", "加急", "=张", "缺页", "已签批")),
                                ("en", ("SIGNER", "Secret", "urgent", "=张", "pages missing", "signed off"))):
            told = room.text("--as", "auditor", "document", "list", "received", language=language)
            for word in words:
                self.assertIn(word, told)
        self.assertIn("领导签批", room.text("--as", "auditor", "document", "show", got["id"], language="zh"))
        self.assertTrue(refused("document", "receive", "x", "--to", "wang", "--from", " ", person="operator"))
        self.assertTrue(refused("document", "receive", "x", "--to", "nobody", "--from", "x", person="operator"))
        self.assertIn("only by", refused("document", "list", "received", person="wang"))

    def test_dispatched(self):
        number = "校办〔2026〕11号"
        draft = room.cli("document", "dispatch", number, "--to", "各系部", "--to", "市教育局", "--copies", "2",
                         person="director")["id"]
        self.assertIn("does not review", refused("document", "review", draft, person="director"))
        room.cli("person", "add", "deputy", "副主任", "--department", "general", "--role", "director")
        room.cli("document", "review", draft, person="deputy")
        self.assertIn("completed job", refused("document", "print", draft, person="operator"))
        job, _ = number_copies(number, 2)
        room.cli("document", "print", draft, person="operator")
        room.cli("document", "seal", draft, person="operator")
        self.assertIn("exactly", refused("document", "distribute", draft, "--to", "市教育局", person="operator"))
        room.cli("document", "distribute", draft, "--to", "市教育局", "--to", "各系部", person="operator")
        shown = room.cli("document", "show", draft, person="archivist")
        self.assertEqual(shown["state"], "distributed")
        self.assertEqual([copy["code"] for copy in shown["numbered_copies"]], [job + "/1", job + "/2"])


class ZKeyGone(unittest.TestCase):
    """Last: without its key the office traces nothing, says so, and makes no other."""

    def test_key_gone(self):
        path = os.path.join(room.home, "state", "keys", "trace.key")
        code = token(1, 1, 1)
        os.rename(path, path + ".away")
        room.daemon_stop()
        room.daemon_start()
        self.assertIn("trace.key", refused("trace", code, person="archivist"))
        check, = [check for check in room.cli("doctor", check=False) if check["check"] == "trace-key"]
        self.assertEqual(check["result"], "failed")
        self.assertFalse(os.path.exists(path))
        os.rename(path + ".away", path)
        room.daemon_stop()
        room.daemon_start()
        self.assertEqual(room.cli("trace", code, person="archivist")["codes"][0]["verdict"], "genuine")


if __name__ == "__main__":
    harness.main()
