#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The CUPS backend alone, run as cupsd runs it, against a fake of printroomd."""
import os
import signal
import subprocess
import threading
import unittest
import uuid

import harness

OK, CANCEL, RETRY_CURRENT = 0, 5, 7


class Backend(unittest.TestCase):
    def setUp(self):
        self.program = os.path.join(os.environ["PRINTROOM_PREFIX"], "lib", "cups", "backend", "printroom")
        folder = harness.Documents()
        self.addCleanup(folder.remove)
        self.documents = folder
        self.fake = harness.FakeDaemon(folder.path("api.sock"))
        self.addCleanup(self.fake.remove)
        self.origin = "urn:uuid:%s" % uuid.uuid4()

    def begin(self, language="C.UTF-8", options="", **more):
        environment = dict(os.environ, DEVICE_URI="printroom://" + self.fake.socket, PRINTER="print-room", LANG=language,
                           **more)
        return subprocess.Popen([self.program, "7", "wang", "Title", "2", "job-uuid=%s %s" % (self.origin, options)],
                                stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)

    def hand_over(self, data=None, **more):
        """Runs it to its end. Returns the exit code and what it said."""
        backend = self.begin(**more)
        said = backend.communicate(harness.pdf() if data is None else data, harness.PATIENCE_S)[1]
        return backend.returncode, said.decode()

    def test_says_what_it_is(self):
        found = harness.run(self.program).stdout
        self.assertRegex(found, r'^file printroom:/ "[^"]+" "[^"]+"\n$')

    def test_hands_the_bytes_over_unchanged(self):
        self.fake.start()
        data = os.urandom(3 * 1024 * 1024) + b"%%EO"
        code, said = self.hand_over(data)
        self.assertEqual(code, OK, said)
        job, = self.fake.events("document")
        with open(self.fake.document(job["id"]), "rb") as file:
            self.assertEqual(file.read(), data)
        self.assertEqual(job["type"], "application/pdf")
        self.assertEqual(said, "WARNING: %s: It will be printed.\n" % job["id"])

    def test_a_hold_is_told_in_words(self):
        self.fake.start()
        self.fake.mode("hold")
        code, said = self.hand_over()
        self.assertEqual(code, OK)
        self.assertIn("It needs 12 sheets, 5 are left. Ask the director.", said)

    def test_a_second_run_sends_nothing_again(self):
        self.fake.start()
        self.assertEqual(self.hand_over()[0], OK)
        self.assertEqual(self.hand_over()[0], OK)
        self.assertEqual(len(self.fake.events("open")), 2)
        self.assertEqual(len(self.fake.events("document")), 1)

    def test_a_refused_document_cancels_the_job_with_the_reason(self):
        self.fake.start()
        self.fake.mode("abort")
        self.assertEqual(self.hand_over(), (CANCEL, "ERROR: The document cannot be read. Send it again as PDF.\n"))

    def test_a_refused_person_cancels_the_job_with_the_reason(self):
        self.fake.start()
        self.fake.mode("reject")
        # Larger than a pipe: the filters in front of the backend must be able to end.
        self.assertEqual(self.hand_over(os.urandom(1024 * 1024)), (CANCEL, "ERROR: You may not print here.\n"))

    def waits_then(self, mode_before, words, start_later=False, language="C.UTF-8"):
        """The backend meets a trouble, says so, and hands over once it has passed."""
        if not start_later:
            self.fake.start()
            self.fake.mode(mode_before)
        backend = self.begin(language=language)
        lines = []
        told = threading.Event()

        def read():
            for line in backend.stderr:
                lines.append(line.decode())
                if words in lines[-1]:
                    told.set()

        reader = threading.Thread(target=read)
        reader.start()
        self.assertTrue(told.wait(harness.PATIENCE_S), lines)
        self.assertIsNone(backend.poll(), "it ended instead of waiting")
        self.fake.mode("accept")
        if start_later:
            self.fake.start()
        backend.stdin.write(harness.pdf())
        backend.stdin.close()
        self.assertEqual(backend.wait(harness.PATIENCE_S), OK)
        reader.join()
        backend.stderr.close()
        self.assertEqual(len(self.fake.events("document")), 1)
        return lines

    def test_waits_for_a_daemon_that_is_down(self):
        lines = self.waits_then(None, "does not answer", start_later=True)
        self.assertIn("STATE: +connecting-to-device\n", lines)
        self.assertIn("STATE: -connecting-to-device\n", lines)

    def test_says_it_in_chinese(self):
        self.waits_then(None, "文印室服务没有响应", start_later=True, language="zh_CN.UTF-8")
        self.assertEqual(self.fake.events("open")[0]["language"], "zh-CN")

    def test_waits_for_room_on_the_disk(self):
        lines = self.waits_then("full", "no room for the document")
        self.assertIn("STATE: +spool-area-full\n", lines)
        self.assertIn("STATE: -spool-area-full\n", lines)

    def test_waits_for_a_missing_key(self):
        self.waits_then("unavailable", "The key of the day is missing.")

    def test_is_canceled_while_it_waits(self):
        backend = self.begin()
        self.assertTrue(backend.stderr.readline())
        backend.send_signal(signal.SIGTERM)
        backend.communicate(timeout=harness.PATIENCE_S)
        self.assertEqual(backend.returncode, RETRY_CURRENT)

    def test_is_canceled_in_the_middle_of_a_document(self):
        self.fake.start()
        backend = self.begin()
        backend.stdin.write(b"%PDF-1.4\n" + b"x" * 100000)
        backend.stdin.flush()
        harness.wait_until(lambda: self.fake.events("open"), "the job to be opened")
        backend.send_signal(signal.SIGTERM)
        backend.wait(harness.PATIENCE_S)
        backend.communicate()
        self.assertEqual(self.fake.events("document"), [])

    def test_a_break_in_the_middle_is_tried_again(self):
        self.fake.start()
        for mode in ("break-midway", "full-midway"):
            with self.subTest(mode):
                self.fake.mode(mode)
                code, said = self.hand_over(os.urandom(8 * 1024 * 1024))
                self.assertEqual(code, RETRY_CURRENT)
                self.assertIn("INFO: ", said)
        self.fake.mode("accept")
        self.assertEqual(self.hand_over()[0], OK)
        self.assertEqual(len(self.fake.events("document")), 1)

    def test_a_lost_answer_is_asked_for_again(self):
        self.fake.start()
        self.fake.mode("break-answer")
        self.assertEqual(self.hand_over()[0], RETRY_CURRENT)
        self.fake.mode("accept")
        self.assertEqual(self.hand_over()[0], OK)
        self.assertEqual(len(self.fake.events("document")), 1)

    def test_takes_back_what_an_earlier_run_left_behind(self):
        self.fake.start()
        said = self.hand_over(PRINTER_STATE_REASONS="spool-area-full,media-low")[1]
        self.assertTrue(said.startswith("STATE: -spool-area-full\n"), said)

    def test_keeps_its_memory_small(self):
        self.fake.start()
        backend = self.begin()
        for _ in range(64):
            backend.stdin.write(bytes(1024 * 1024))
        backend.stdin.flush()
        with open("/proc/%d/smaps_rollup" % backend.pid, encoding="utf-8") as file:
            private_kib = sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty"))
        backend.communicate(timeout=harness.PATIENCE_S)
        self.assertEqual(backend.returncode, OK)
        # A sanitized program has some megabytes of its own; 64 MiB went through.
        self.assertLess(private_kib, 32 * 1024)


if __name__ == "__main__":
    harness.main()
