#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""printroom, the command line, against the whole appliance: answers, refusals, exit codes, both ways of handing in."""
import json
import os
import subprocess
import unittest

import harness


def setUpModule():
    global room, documents
    documents = harness.Documents()
    room = harness.Room().start()


def tearDownModule():
    room.stop()
    documents.remove()


def printroom(*arguments, language="C.UTF-8", stdin=subprocess.DEVNULL, **environment):
    """Runs printroom as root. Returns (exit code, stdout, stderr)."""
    result = subprocess.run([os.path.join(room.prefix, "bin", "printroom"), *arguments], stdin=stdin,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=False,
                            timeout=harness.PATIENCE_S, env=dict(room.environment, LC_ALL=language, **environment))
    return result.returncode, result.stdout, result.stderr


class ExitCodes(unittest.TestCase):
    def test_done(self):
        code, out, err = printroom("status")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("print-room", out)

    def test_refused_says_why_in_one_line(self):
        for arguments in (("show", "1999-01-000001"), ("--as", "wang", "quota", "set", "academic", "1"),
                          ("--as", "nobody-known", "jobs"), ("submit", "/nonexistent.pdf"), ("submit", "/tmp"),
                          ("device", "show", "nothing")):
            with self.subTest(arguments=arguments):
                code, out, err = printroom(*arguments)
                self.assertEqual((code, out), (1, ""))
                self.assertRegex(err, r"\Aprintroom: [^\n]{10,}\n\Z")

    def test_usage(self):
        for arguments in ((), ("dance",), ("quota",), ("submit",), ("submit", "a", "--copies", "x"),
                          ("quota", "set", "academic", "many"), ("status", "--colour")):
            with self.subTest(arguments=arguments):
                code, out, err = printroom(*arguments)
                self.assertEqual((code, out), (2, ""))
                self.assertTrue(err)

    def test_unreachable(self):
        code, out, err = printroom("status", PRINTROOM_SOCKET="/nonexistent/socket")
        self.assertEqual((code, out), (3, ""))
        self.assertRegex(err, r"\Aprintroom: [^\n]+\n\Z")

    def test_help_and_version(self):
        code, out, _ = printroom("--help")
        self.assertEqual(code, 0)
        self.assertIn("printroom quota grant", out)
        self.assertEqual(printroom("--version")[0], 0)


class Words(unittest.TestCase):
    def test_both_languages(self):
        self.assertIn("AVAILABLE", printroom("quota", "show")[1])
        self.assertIn("可用", printroom("quota", "show", language="zh_CN.UTF-8")[1])
        self.assertIn("没有", printroom("show", "1999-01-000001", language="zh_CN.UTF-8")[2])

    def test_json_is_the_daemons_document(self):
        code, out, _ = printroom("--json", "quota", "show", "academic")
        self.assertEqual(code, 0)
        self.assertEqual(set(json.loads(out)), {"department", "department_name", "month", "allotted", "granted",
                                                "reserved", "used", "available", "percent", "warning", "message"})
        self.assertEqual(out, printroom("quota", "show", "academic", "--json")[1])
        self.assertEqual([quota["department"] for quota in json.loads(printroom("--json", "quota", "show")[1])],
                         sorted(quota["department"] for quota in room.cli("quota", "show")))


class Submit(unittest.TestCase):
    def submit(self, *arguments, **more):
        code, out, err = printroom("--json", "--as", "wang", "submit", *arguments, **more)
        self.assertEqual((code, err), (0, ""))
        return json.loads(out)

    def test_a_pdf_goes_straight_to_the_daemon(self):
        job = self.submit(documents.pdf(pages=3), "--title", "Straight 直送", "--copies", "2", "--sides",
                          "two-sided-long-edge", "--document-number", "校发〔2026〕1号")
        expected = {"person": "wang", "department": "academic", "title": "Straight 直送", "pages": 3, "copies": 2,
                    "sides": "two-sided-long-edge", "document_number": "校发〔2026〕1号", "source": "cli"}
        self.assertEqual({key: job[key] for key in expected}, expected)
        self.assertEqual(room.wait_for(job["id"], "completed")["sheets_charged"], 4)
        self.assertEqual(job["events"][0]["actor"], "root as wang")

    def test_standard_input_and_the_file_name_as_title(self):
        path = documents.pdf("Named 文件.pdf")
        self.assertEqual(self.submit(path)["title"], "Named 文件.pdf")
        with open(path, encoding="latin-1") as file:
            self.assertEqual(self.submit("-", "--title", "From a pipe", stdin=file)["title"], "From a pipe")

    def test_other_formats_go_through_the_managed_queue(self):
        path = documents.write("plain.txt", b"A plain line\n" * 100)
        job = self.submit(path, "--title", "Through the queue", "--copies", "2")
        expected = {"person": "wang", "title": "Through the queue", "pages": 2, "copies": 2, "source": "cups"}
        self.assertEqual({key: job[key] for key in expected}, expected)
        self.assertEqual(room.wait_for(job["id"], "completed")["sheets_charged"], 4)

    def test_a_level_on_either_way(self):
        for path in (documents.pdf(), documents.write("level.txt", b"text\n")):
            job = self.submit(path, "--level", "secret")
            self.assertEqual((job["state"], job["level"]), ("pending-held", "secret"))
            self.assertEqual(room.cli("cancel", job["id"], person="wang")["state"], "canceled")

    def test_a_broken_pdf_is_refused_with_its_reason(self):
        code, out, err = printroom("--as", "wang", "submit", documents.write("broken.pdf", b"%PDF-1.4\nnothing\n"))
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, r"\Aprintroom: [^\n]{10,}\n\Z")

    def test_an_unknown_level_leaves_no_job(self):
        before = len(room.cli("jobs"))
        code, _, err = printroom("--as", "wang", "submit", documents.pdf(), "--level", "cosmic")
        self.assertEqual(code, 1)
        self.assertIn("top-secret", err)
        self.assertEqual(len(room.cli("jobs")), before)


class Explain(unittest.TestCase):
    def test_rules_are_given_and_nothing_is_kept(self):
        before = room.cli("quota", "show", "academic"), len(room.cli("jobs"))
        decision = room.cli("explain", documents.pdf(pages=5), "--copies", "3", person="wang")
        self.assertEqual((decision["outcome"], decision["pages"], decision["sheets"]), ("print", 5, 15))
        self.assertIn("quota.available", [finding["rule"] for finding in decision["findings"]])
        code, out, _ = printroom("--as", "wang", "explain", documents.pdf(), "--level", "secret")
        self.assertEqual(code, 0)
        self.assertIn("level.supervised", out)
        self.assertEqual((room.cli("quota", "show", "academic"), len(room.cli("jobs"))), before)


class Doctor(unittest.TestCase):
    def test_a_sound_installation_has_no_failure_and_a_missing_queue_is_found(self):
        code, out, err = printroom("--json", "doctor")
        failed = [check for check in json.loads(out) if check["result"] == "failed"]
        self.assertEqual((code, failed, err), (0, [], ""))
        checks = {check["check"]: check["result"] for check in json.loads(out)}
        for check in ("store", "documents", "cups", "managed-queue", "device-queues"):
            self.assertEqual(checks[check], "ok", checks)
        room.cli("device", "add", "phantom", "--queue", "no-such-queue", "--manage", "ipp://127.0.0.1:9/ipp/print")
        code, out, _ = printroom("doctor")
        self.assertEqual(code, 1)
        self.assertIn("no-such-queue", out)


if __name__ == "__main__":
    harness.main()
