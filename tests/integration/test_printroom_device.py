#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""printroom-device asks and empties devices: printers at port 9100 that do as they please (tests/simulators/socket-printer), printers
that store jobs, CUPS's ippeveprinter, and queues of a cupsd."""
import base64
import collections
import contextlib
import json
import os
import re
import socket
import subprocess
import threading
import time
import unittest

import harness
from private_cupsd import PrivateCupsd
from socket_printer import DEVICE, FILES, RESIDUE, STAY, Run, SocketPrinter, device, of_type
from stored_jobs import CANCEL_DOCUMENT, CANCEL_JOB, PURGE_JOBS, StoredJobs, done, held


def outcomes(run):
    return collections.Counter(step["outcome"] for step in of_type(run, "step"))


def gaps(run):
    """Why something was not covered, without what only limits claims."""
    return {line["why"] for line in of_type(run, "not-covered")} - {"overwrite-unknown", "maker-unknown"}


def get_jobs(uri, which):
    """What ipptool's Get-Jobs shows of a printer: the names and the states of its jobs."""
    request = "{ OPERATION Get-Jobs GROUP operation-attributes-tag ATTR charset attributes-charset utf-8 " \
        "ATTR language attributes-natural-language en ATTR uri printer-uri $uri ATTR name requesting-user-name printroom " \
        "ATTR keyword which-jobs %s ATTR keyword requested-attributes job-name,job-state STATUS successful-ok }" % which
    shown = subprocess.run(["ipptool", "-tv", uri, "/dev/stdin"], input=request, stdout=subprocess.PIPE, encoding="utf-8",
                           timeout=harness.PATIENCE_S, check=True).stdout.partition("status-code")[2]
    return re.findall(r"job-name \(\S+\) = (.*)", shown), re.findall(r"job-state \(enum\) = (\S+)", shown)


def ipp_jobs(uri, which):
    """The same, as {job-name: job-state}. Not for jobs that are over at a cupsd: it forgets their names when it puts them away, now
    and then at once."""
    return dict(zip(*get_jobs(uri, which)))


class Questions(unittest.TestCase):
    def test_probe_status_and_counters(self):
        with SocketPrinter() as printer:
            probe, = device("probe", printer.uri).lines
            self.assertEqual((probe["make"], probe["model"], probe["serial"], probe["firmware"]),
                             ("Example", "Press 3", "S0003", "20261101"))
            # That it has PostScript it has said itself, in PJL.
            self.assertEqual(probe["languages"], ["pjl", "postscript"])
            self.assertEqual(probe["can"], ["status", "counters", "residue", "purge"])
            status, = device("status", printer.uri).lines
            self.assertEqual((status["type"], status["state"], status["reasons"]), ("status", "idle", ["none"]))
            counters, = device("counters", printer.uri).lines
            self.assertEqual((counters["source"], counters["impressions"], counters["media_sheets"]), ("pjl", 4711, None))
            self.assertEqual(device("supplies", printer.uri).lines[0]["error"], "unsupported")

    def test_a_device_of_which_nothing_is_known_gets_no_byte(self):
        with SocketPrinter(language=None) as printer:
            probe = device("probe", printer.uri)
            self.assertEqual((probe.code, probe.lines[0]["languages"]), (0, []))
            purge = printer.purge()
            self.assertEqual((purge.code, purge.lines[0]["error"]), (1, "unsupported"))
            self.assertIn("--language", purge.lines[0]["message"])
            self.assertEqual((printer.commands(), printer.left()), ([], set(FILES)))

    def test_residue_and_what_counts_as_such(self):
        with SocketPrinter() as printer:
            residue = device("residue", printer.uri, "--language", "pjl")
            self.assertEqual(residue.code, 0)
            self.assertEqual({(item["where"], item["name"]) for item in of_type(residue, "residue") if item["residue"]},
                             {("0:\\saved", "job1.prn"), ("0:\\saved", "job 2.prn"), ("0:\\saved\\deep", "job3.prn"),
                              ("0:\\PostScript\\jobs", "a.ps")})
            self.assertEqual(residue.lines[-1], {"type": "end", "residue": RESIDUE, "other": len(STAY)})
            more = device("residue", printer.uri, "--language", "pjl", "--also", "fonts,macros", "--keep", "saved").lines[-1]
            self.assertEqual((more["residue"], more["other"]), (4, 3))
            verify = device("verify", printer.uri, "--language", "pjl")
            self.assertEqual((verify.code, verify.lines[-1]["outcome"], verify.lines[-1]["residue"]), (1, "refused", RESIDUE))

    def test_print(self):
        with SocketPrinter() as printer:
            done_ = device("print", printer.uri, input=b"page\fpage\f")
            self.assertEqual(done_.lines, [{"type": "print", "bytes": 10, "outcome": "sent-unverified"}])
            # It is sent, which is not yet read.
            harness.wait_until(lambda: "SET HOLD=OFF" in printer.commands(), lambda: str(printer.commands()))
            harness.wait_until(lambda: device("counters", printer.uri).lines[0]["impressions"] == 4713, "the pages to be counted")

    def test_usage_and_addresses(self):
        self.assertEqual(subprocess.run([DEVICE, "purge"], stderr=subprocess.PIPE, check=False).returncode, 2)
        self.assertEqual(subprocess.run([DEVICE, "purge", "socket://127.0.0.1", "--language", "esperanto"], stderr=subprocess.PIPE,
                                        check=False).returncode, 2)
        refused = device("purge", "lpd://127.0.0.1/queue")
        self.assertEqual((refused.code, refused.lines[0]["type"], refused.lines[0]["error"]), (1, "error", "unsupported"))
        self.assertEqual(device("purge", "socket://127.0.0.1:1").code, 3)


class Purge(unittest.TestCase):
    def expect(self, personality, code, outcome, steps, left, *options, why=frozenset(), language="pjl", printer_options=()):
        with SocketPrinter(personality, *printer_options, language=language) as printer:
            run = printer.purge(*options)
            self.assertEqual((run.code, run.lines[-1]["outcome"], dict(outcomes(run))), (code, outcome, steps), run.lines)
            self.assertEqual(gaps(run), set(why))
            self.assertEqual(printer.left(), left)
            return run

    def test_obedient(self):
        # PostScript sees a file that is gone when its turn comes.
        run = self.expect("obedient", 0, "verified-absent", {"verified-absent": RESIDUE + 1}, STAY)
        summary = run.lines[-1]
        self.assertEqual((summary["found"], summary["verified_absent"]), (RESIDUE + 1, RESIDUE + 1))
        self.assertEqual(len([item for item in summary["before"] if item["residue"]]), RESIDUE + 1)
        self.assertFalse([item for item in summary["after"] if item["residue"]])
        self.assertEqual((summary["counters_before"]["impressions"], summary["counters_after"]["impressions"]), (4711, 4711))
        self.assertEqual((summary["method"], summary["overwrite"], summary["serial"]), ("job-data-deletion", "unknown", "S0003"))
        step = of_type(run, "step")[0]
        self.assertIn(b'@PJL FSDELETE NAME="0:\\saved\\', base64.b64decode(step["request"]))
        self.assertIn(b"FILEERROR=3", base64.b64decode(step["reply"]))
        self.assertIn("overwrite-unknown", {line["why"] for line in of_type(run, "not-covered")})

    def test_only_postscript(self):
        run = self.expect("obedient", 0, "verified-absent", {"verified-absent": 1}, set(FILES) - {"PostScript/jobs/a.ps"},
                          language="postscript", printer_options=("--only-postscript",))
        self.assertEqual(run.lines[-1]["counters_before"]["source"], "postscript")

    def test_names_that_try_to_be_something_else(self):
        names = ("saved/@PJL ECHO PR0123456789ABCDEF0123", "saved/FILEERROR=3", "saved/a TYPE=DIR", "saved/?",
                 "PostScript/x) deletefile (y", "PostScript/50% off")
        with SocketPrinter(files=FILES + names) as printer:
            run = printer.purge()
            self.assertEqual((run.code, run.lines[-1]["outcome"]), (0, "verified-absent"), run.lines)
            self.assertEqual(printer.left(), STAY)

    def test_names_in_chinese(self):
        """In UTF-8, and in GB 18030, which is none: its bytes are deleted, whatever is shown of them."""
        gb = "会议纪要".encode("gb18030").decode("utf-8", "surrogateescape")
        with SocketPrinter("obedient", "--no-postscript", files=("saved/工资表.prn", "saved/" + gb, "fonts/宋体")) as printer:
            run = printer.purge()
            self.assertEqual((run.code, dict(outcomes(run))), (0, {"verified-absent": 2}), run.lines)
            self.assertEqual(printer.left(), {"fonts/宋体"})
            self.assertIn("工资表.prn", {item["name"] for item in run.lines[-1]["before"]})

    def test_a_name_that_cannot_be_said(self):
        with SocketPrinter("obedient", "--no-postscript", files=FILES + ('saved/a"b',)) as printer:
            run = printer.purge()
            self.assertEqual((run.code, dict(outcomes(run))), (1, {"verified-absent": RESIDUE, "refused": 1}))
            self.assertEqual([step["code"] for step in of_type(run, "step") if step["outcome"] == "refused"], ["illegal-name"])

    def test_more_than_a_page_in_a_folder(self):
        many = tuple("saved/many-%03d.prn" % i for i in range(600))
        with SocketPrinter("obedient", "--no-postscript", files=FILES + many) as printer:
            run = printer.purge()
            self.assertEqual((run.code, run.lines[-1]["verified_absent"]), (0, RESIDUE + len(many)))
            self.assertEqual(printer.left(), STAY)

    def test_slow(self):
        self.expect("slow", 0, "verified-absent", {"verified-absent": RESIDUE + 1}, STAY)

    def test_dropping_the_line(self):
        self.expect("dropping", 0, "verified-absent", {"verified-absent": RESIDUE + 1}, STAY)

    def test_gone_in_the_middle(self):
        run = self.expect("dying", 3, "unreachable", {"sent-unverified": 2, "unreachable": 2}, set(FILES) - set(FILES[:2]),
                          "--language", "pjl", why={"unreachable"})
        self.assertEqual(run.lines[-1]["after"], [])
        self.assertIsNone(run.lines[-1]["counters_after"])

    def test_question_mark(self):
        run = self.expect("unknown", 1, "unsupported", {}, set(FILES), why={"no-file-system"})
        self.assertEqual(run.lines[-1]["found"], 0)

    def test_locked(self):
        run = self.expect("locked", 1, "refused", {"refused": RESIDUE}, set(FILES), "--language", "pjl", why={"volume-locked"})
        self.assertEqual({step["code"] for step in of_type(run, "step")}, {"volume-locked"})

    def test_the_liar_is_caught(self):
        run = self.expect("lying", 1, "refused", {"refused": RESIDUE + 1}, set(FILES))
        self.assertEqual({step["code"] for step in of_type(run, "step")}, {"still-listed", "still-there"})

    def test_a_liar_of_another_kind(self):
        run = self.expect("forgetful", 1, "refused", {"refused": RESIDUE}, set(FILES), "--language", "pjl")
        self.assertEqual({step["code"] for step in of_type(run, "step")}, {"still-there"})

    def test_pages(self):
        self.expect("small-pages", 0, "verified-absent", {"verified-absent": RESIDUE}, STAY, "--language", "pjl")
        self.expect("same-page", 0, "verified-absent", {"verified-absent": RESIDUE}, STAY, "--language", "pjl")

    def test_a_folder_that_cannot_be_read_hides_what_is_in_it(self):
        for personality in ("closed-folder", "mute-folder"):
            self.expect(personality, 1, "refused", {"verified-absent": 1}, set(FILES) - {"PostScript/jobs/a.ps"}, "--language", "pjl",
                        why={"folder-unreadable"})

    def test_silent_and_garbage(self):
        for personality, code, error in (("silent", 3, "unreachable"), ("garbage", 1, "malformed")):
            with SocketPrinter(personality) as printer:
                began = time.monotonic()
                run = device("purge", printer.uri, "--step-timeout", "1")
                self.assertLess(time.monotonic() - began, 20)
                self.assertEqual((run.code, run.lines[0]["error"], len(run.lines)), (code, error, 1))
                self.assertEqual(printer.left(), set(FILES))

    def test_time_runs_out(self):
        with SocketPrinter("slow", "--no-postscript", "--delay", "0.2",
                           files=tuple("saved/%03d" % i for i in range(100))) as printer:
            began = time.monotonic()
            run = device("purge", printer.uri, "--timeout", "10")
            self.assertLess(time.monotonic() - began, 20)
            self.assertEqual((run.code, run.lines[-1]["outcome"]), (3, "unreachable"))
            late = [step for step in of_type(run, "step") if step["outcome"] == "unreachable"]
            self.assertEqual({step["code"] for step in late}, {"time"})
            # What was deleted in time was looked at again in time.
            self.assertEqual(outcomes(run)["verified-absent"], 100 - len(late))
            self.assertEqual(len(printer.left()), len(late))


class StoredJobsOfBothVocabularies(unittest.TestCase):
    def printer(self, *arguments, **more):
        printer = StoredJobs(*arguments, **more)
        self.addCleanup(printer.stop)
        return printer

    def test_every_list_is_emptied(self):
        printer = self.printer({"not-completed": {1: held("a")}, "saved": {2: done("b")}, "proof-print": {3: done("c")},
                                "fetchable": {4: held("d")}, "stored-owner": {5: done("e")}, "stored-public": {6: done("f")},
                                "proof-and-suspend": {7: held("g")},
                                "completed": {8: done("h"), 9: done("i", "job-restartable")}})
        residue = device("residue", printer.uri)
        self.assertEqual({item["name"] for item in of_type(residue, "residue") if item["residue"]}, set("abcdefgi"))
        run = device("purge", printer.uri)
        self.assertEqual((run.code, dict(outcomes(run))), (0, {"verified-absent": 8}), run.lines)
        self.assertEqual([jobs for which, jobs in printer.lists.items() if which != "completed" and jobs], [])
        # Ricoh offers no way to have what was deleted overwritten.
        steps = of_type(run, "vendor-step")
        self.assertTrue(steps and all(step["outcome"] == "operator-attested" and not step["done"] and step["zh"] for step in steps))

    def test_by_the_document_where_the_job_cannot_be_canceled(self):
        printer = self.printer({"not-completed": {}, "saved": {2: done("b")}, "completed": {}}, cancel=(CANCEL_DOCUMENT,),
                               operations=(CANCEL_JOB, CANCEL_DOCUMENT))
        run = device("purge", printer.uri)
        self.assertEqual((run.code, dict(outcomes(run))), (0, {"verified-absent": 1}))
        self.assertLess(printer.asked.index(CANCEL_JOB), printer.asked.index(CANCEL_DOCUMENT))

    def test_purge_jobs_only_when_allowed(self):
        printer = self.printer({"not-completed": {}, "saved": {2: done("b")}, "completed": {}}, cancel=(PURGE_JOBS,),
                               operations=(CANCEL_JOB, PURGE_JOBS))
        run = device("purge", printer.uri)
        self.assertEqual((run.code, of_type(run, "step")[0]["code"]), (1, "client-error-not-possible"))
        self.assertNotIn(PURGE_JOBS, printer.asked)
        run = device("purge", printer.uri, "--purge-jobs")
        self.assertEqual((run.code, dict(outcomes(run))), (0, {"verified-absent": 1}))

    def test_a_liar(self):
        printer = self.printer({"not-completed": {}, "saved": {2: done("b")}, "completed": {}}, lies=True)
        run = device("purge", printer.uri)
        self.assertEqual((run.code, of_type(run, "step")[0]["outcome"], of_type(run, "step")[0]["code"]),
                         (1, "refused", "still-listed"))

    def test_a_list_that_cannot_be_read(self):
        printer = self.printer({"not-completed": {1: held("a")}, "saved": {}, "completed": {}}, refused=("saved",))
        run = device("purge", printer.uri)
        self.assertEqual((run.code, run.lines[-1]["outcome"], dict(outcomes(run))), (1, "refused", {"sent-unverified": 1}))
        self.assertEqual(gaps(run), {"jobs-unreadable"})

    def test_two_ways_to_one_device(self):
        printer = self.printer({"not-completed": {1: held("a")}, "saved": {}, "completed": {}})
        with SocketPrinter("obedient", "--no-postscript") as other:
            run = device("purge", other.uri, printer.uri)
            self.assertEqual((run.code, dict(outcomes(run))), (0, {"verified-absent": RESIDUE + 1}))
            self.assertEqual({step["kind"] for step in of_type(run, "step")}, {"job", "file"})
            self.assertEqual(run.lines[-1]["counters_before"]["source"], "ipp")
            # The question is answered by the first that can.
            self.assertEqual(device("counters", other.uri, printer.uri).lines[0]["source"], "pjl")
        run = device("purge", other.uri, printer.uri)
        self.assertEqual((run.code, run.lines[-1]["outcome"], gaps(run)), (3, "unreachable", {"unreachable"}))


class Drip:
    """An IPP printer that never comes to the end of its answer: a byte now and then, of its head or of its body."""

    def __init__(self, of_head):
        self.of_head, self.over = of_head, threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.uri = "ipp://127.0.0.1:%d/ipp/print" % self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=self.answer, args=self.listener.accept()[:1], daemon=True).start()

    def answer(self, connection):
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: 100000\r\n"
        with connection, contextlib.suppress(OSError):
            connection.recv(65536)
            connection.sendall(head + (b"X-More: " if self.of_head else b"\r\n\x02\x00\x00\x00\x00\x00\x00\x01\x01\x47\x00\x70"))
            while not self.over.wait(0.2):
                connection.sendall(b"y")

    def stop(self):
        self.over.set()
        self.listener.close()


class StepTime(unittest.TestCase):
    def test_a_device_that_sends_a_byte_now_and_then(self):
        """It has the time of a step, and not that of the whole: what it is reached by besides is emptied."""
        for of_head in (True, False):
            drip = Drip(of_head)
            self.addCleanup(drip.stop)
            with self.subTest(of_head=of_head), SocketPrinter("obedient", "--no-postscript") as printer:
                began = time.monotonic()
                run = device("purge", drip.uri, printer.uri, "--step-timeout", "2", "--timeout", "60")
                self.assertLess(time.monotonic() - began, 30)
                self.assertEqual((run.code, run.lines[-1]["outcome"], gaps(run)), (3, "unreachable", {"unreachable"}))
                self.assertEqual((printer.left(), run.lines[-1]["verified_absent"]), (STAY, RESIDUE))


class RealPrograms(unittest.TestCase):
    """ippeveprinter, and cupsd."""

    @classmethod
    def setUpClass(cls):
        cls.room = harness.Room().start()
        cls.printer = cls.room.printer()
        with open(os.path.join(cls.room.home, "etc", "port-office-printer"), encoding="utf-8") as file:
            cls.uri = "ipp://localhost:%s/ipp/print" % file.read().strip()

    @classmethod
    def tearDownClass(cls):
        cls.room.stop()

    def test_probe_and_supplies(self):
        probe, = device("probe", self.uri).lines
        self.assertEqual((probe["make"], probe["model"], probe["languages"]), ("Example", "Office Printer", ["ipp"]))
        self.assertEqual(probe["can"], ["status", "supplies", "residue", "purge"])
        supplies = device("supplies", self.uri)
        self.assertEqual(supplies.lines[0], {"type": "supply", "name": "Waste toner box", "kind": "waste", "color": "",
                                             "level_percent": 25, "state": "ok"})
        self.assertEqual([line["color"] for line in supplies.lines[1:-1]], ["black", "cyan", "magenta", "yellow"])
        self.assertEqual(supplies.lines[-1], {"type": "end", "supplies": 5})
        self.assertEqual(device("supplies", self.uri.replace("ipp:", "ipps:")).lines, supplies.lines)

    def test_held_and_completed_jobs(self):
        ours = "name requesting-user-name printroom"
        printed = device("print", self.uri, input=harness.pdf())
        self.assertEqual((printed.code, printed.lines[0]["outcome"]), (0, "sent-unverified"), printed.lines)
        harness.wait_until(lambda: device("status", self.uri).lines[0]["state"] == "idle", "the printer to be at rest")
        self.printer.ipp("Create-Job", ours, 'name job-name "held back"')
        # It has one job at a time that is not over.
        self.assertEqual(ipp_jobs(self.uri, "not-completed"), {"held back": "pending-held"})
        self.assertEqual(ipp_jobs(self.uri, "completed"), {"printroom-device": "completed"})
        residue = {(item["name"], item["state"]): item["residue"] for item in of_type(device("residue", self.uri), "residue")}
        self.assertTrue(residue[("held back", "pending-held")], residue)
        # Of the completed one only the name is left.
        self.assertIn(False, residue.values())
        run = device("purge", self.uri)
        self.assertEqual((run.code, dict(outcomes(run))), (0, {"verified-absent": 1}), run.lines)
        # Somebody else's Get-Jobs says so too, and of what is over nothing but the names is there.
        self.assertEqual(ipp_jobs(self.uri, "not-completed"), {})
        self.assertEqual(ipp_jobs(self.uri, "completed"),
                         {"printroom-device": "completed", "held back": "canceled"})
        memory = os.path.join(self.room.home, "memory", "office-printer")
        self.assertEqual([name for _, _, names in os.walk(memory) for name in names if name.endswith((".pdf", ".prn"))], [])
        # The evidence is the request as it went over the wire.
        self.assertEqual(base64.b64decode(of_type(run, "step")[0]["request"])[2:4], b"\x00\x08")
        self.assertEqual(device("verify", self.uri).lines[-1], {"type": "summary", "outcome": "verified-absent", "residue": 0})
        history = device("verify", self.uri, "--also", "history").lines[-1]
        self.assertEqual(history["outcome"], "refused")
        # Its completed jobs cannot be deleted, and nobody says that they were.
        run = device("purge", self.uri, "--also", "history")
        self.assertEqual((run.code, run.lines[-1]["outcome"], set(outcomes(run))), (1, "refused", {"refused"}))
        self.assertEqual({step["code"] for step in of_type(run, "step")}, {"client-error-not-possible"})

    def test_by_cancel_jobs_where_cancel_job_is_refused(self):
        # A cupsd is the printer: of CUPS's servers the one that has Cancel-Jobs.
        cupsd = PrivateCupsd("file:///dev/null", tcp=True, policy="<Limit Cancel-Job>\nRequire user root\nOrder deny,allow\n</Limit>")
        self.addCleanup(cupsd.remove)
        cupsd.start()
        uri = "ipp://localhost:%d/printers/office" % cupsd.port
        cupsd.run("lp", "-d", "office", "-t", "printed", __file__)
        harness.wait_until(lambda: get_jobs(uri, "completed")[1] == ["completed"], "the job to be printed")
        for title in ("held one", "held two"):
            cupsd.run("lp", "-d", "office", "-t", title, "-H", "hold", __file__)
        self.assertEqual(ipp_jobs(uri, "not-completed"), {"held one": "pending-held", "held two": "pending-held"})
        run = device("purge", uri)
        self.assertEqual((run.code, dict(outcomes(run))), (0, {"verified-absent": 2}), run.lines)
        self.assertEqual({base64.b64decode(step["request"])[2:4] for step in of_type(run, "step")}, {b"\x00\x38"})
        self.assertEqual(ipp_jobs(uri, "not-completed"), {})
        # (Of jobs that are over a cupsd forgets the names when it has put them away: they are not looked at.)
        spool = [name for _, _, names in os.walk(os.path.join(cupsd.folder, "spool")) for name in names if name.startswith("d")]
        self.assertEqual(spool, [])

    def test_a_queue_stands_still_meanwhile_and_goes_on(self):
        cups = ("--cups-server", self.room.environment["CUPS_SERVER"])
        with SocketPrinter("slow", "--no-postscript") as printer:
            harness.run("lpadmin", "-p", "raw", "-v", "socket://127.0.0.1:%d" % printer.port, "-E", "-o", "printer-is-shared=false",
                        env=self.room.environment)
            self.addCleanup(harness.run, "lpadmin", "-x", "raw", env=self.room.environment)
            process = subprocess.Popen([DEVICE, "purge", "cups:raw", "--language", "pjl", *cups], stdout=subprocess.PIPE)
            state = lambda: harness.run("lpstat", "-p", "raw", env=self.room.environment).stdout
            harness.wait_until(lambda: "disabled" in state(), "the queue to stand still")
            output, _ = process.communicate(timeout=harness.PATIENCE_S)
            run = Run(process.returncode, [json.loads(line) for line in output.splitlines()])
            self.assertEqual((run.code, dict(outcomes(run))), (0, {"verified-absent": RESIDUE}), run.lines)
            self.assertIn("idle", state())
            # To look at all that lies there takes as long.
            for verb in ("residue", "verify"):
                with subprocess.Popen([DEVICE, verb, "socket://127.0.0.1:%d" % printer.port, "--language", "pjl", *cups],
                                      stdout=subprocess.DEVNULL) as process:
                    harness.wait_until(lambda: "disabled" in state(), "the queue to stand still")
                self.assertEqual((process.returncode, "idle" in state()), (0, True), verb)
            # Killed in the middle it goes on too.
            process = subprocess.Popen([DEVICE, "purge", "cups:raw", "--language", "pjl", *cups], stdout=subprocess.DEVNULL)
            harness.wait_until(lambda: "disabled" in state(), "the queue to stand still")
            process.kill()
            process.wait(harness.PATIENCE_S)
            harness.wait_until(lambda: "idle" in state(), "the queue to go on")

    def test_documents_that_cupsd_keeps(self):
        cups = ("--cups-server", self.room.environment["CUPS_SERVER"])
        with SocketPrinter("obedient", "--no-postscript", files=()) as printer:
            self.room.cupsd_stop()
            with open(os.path.join(self.room.home, "etc", "cups", "cupsd.conf"), "a", encoding="utf-8") as file:
                file.write("\nPreserveJobFiles Yes\n")
            self.room.cupsd_start()
            # A cupsd that was just started refuses now and then.
            harness.wait_until(lambda: harness.run("lpadmin", "-p", "kept", "-v", "socket://127.0.0.1:%d" % printer.port, "-E", check=False,
                                                   env=self.room.environment).returncode == 0, "the queue")
            self.addCleanup(harness.run, "lpadmin", "-x", "kept", env=self.room.environment)
            job = int(re.search(r"-(\d+) \(", harness.run("lp", "-d", "kept", "-t", "kept one", __file__,
                                                          env=self.room.environment).stdout).group(1))
            self.room.wait_cups(job, "completed")
            residue = device("residue", "cups:kept", "--language", "pjl", *cups)
            self.assertEqual([(item["kind"], item["where"], item["name"]) for item in of_type(residue, "residue") if item["residue"]],
                             [("job", "kept", "kept one")], residue.lines)
            run = device("purge", "cups:kept", "--language", "pjl", *cups)
            self.assertEqual((run.code, dict(outcomes(run))), (0, {"verified-absent": 1}), run.lines)
            spool = [name for _, _, names in os.walk(os.path.join(self.room.home)) for name in names
                     if name.startswith("d%05d-" % job)]
            self.assertEqual(spool, [])

    def test_a_queue_that_is_not_there(self):
        run = device("purge", "cups:nothing", "--cups-server", self.room.environment["CUPS_SERVER"])
        self.assertEqual((run.code, run.lines[0]["error"]), (1, "not-found"))


if __name__ == "__main__":
    harness.main()
