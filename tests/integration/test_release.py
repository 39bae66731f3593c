#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Classified jobs through the real queue: held, released by a second person at one device, numbered, stamped, printed."""
import contextlib
import http.client
import os
import subprocess
import time
import unittest

import harness

PIN = "271828"
ROOM, OTHER = "office-printer", "office-printer-2"


def setUpModule():
    global room, documents
    documents = harness.Documents()
    room = harness.Room(devices=2).start()
    status, answer = room.api("PUT", "/v1/people/supervisor/pin", {"pin": PIN}, person="admin")
    assert status == 200, answer
    status, answer = room.api("PUT", "/v1/people/wang/pin", {"pin": PIN}, person="admin")
    assert status == 200, answer


def tearDownModule():
    room.stop()
    documents.remove()


def held(*arguments, level="secret", pages=1, text=None):
    """A classified job that waits for its release."""
    text = text or "Minutes %d" % time.monotonic_ns()
    job_id = room.print_document("-o", "Classification=" + level, *arguments, documents.pdf(pages=pages, text=text))
    job = room.wait_for(job_id, "pending-held")
    assert "job-held-for-authorization" in job["reasons"], job
    return job_id


def release(job_id, secret=PIN, person="wang", supervisor="supervisor", **more):
    return room.api("POST", "/v1/jobs/%s/release" % job_id, {"supervisor": supervisor, "secret": secret, **more},
                    person=person)


def codes(path):
    """What somebody else's decoder reads on each page of a printed document at 200 dpi."""
    folder = os.path.join(documents.folder, "pages-%d" % time.monotonic_ns())
    os.mkdir(folder)
    subprocess.run(["pdftoppm", "-r", "200", "-gray", path, os.path.join(folder, "p")], check=True)
    return [subprocess.run(["zbarimg", "--raw", "-q", "-S*.disable", "-Sqrcode.enable", os.path.join(folder, page)],
                           stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="ascii", check=False).stdout.split()
            for page in sorted(os.listdir(folder))]


def printed_since(before):
    return [os.path.join(room.variables["PRINTROOM_OUTPUT"], name) for name in room.output()
            if name not in before and name.endswith(".pdf")]


class Release(unittest.TestCase):
    def test_the_whole_way(self):
        before = room.output()
        job_id = held("-n", "2", "-o", "sides=two-sided-long-edge", "-o", "DocumentNumber=校办〔2026〕9号", pages=3)
        # Only a second person.
        status, answer = release(job_id, supervisor="wang")
        self.assertEqual(status, 403, answer)
        self.assertIn("own-job", answer["type"])
        # Only where the level may be printed.
        status, answer = release(job_id, device=OTHER)
        self.assertEqual(status, 409, answer)
        self.assertIn("device-not-allowed", answer["type"])
        self.assertEqual(release(job_id, device="nowhere")[0], 404)
        # Only by people who may see it, and never by somebody without the role.
        self.assertEqual(release(job_id, person="li")[0], 403)
        self.assertEqual(room.job(job_id)["state"], "pending-held")
        status, answer = release(job_id)
        self.assertEqual(status, 200, answer)
        job = room.wait_for(job_id, "completed", "processing-stopped", "aborted")
        self.assertEqual((job["state"], job["device"], job["copies"], job["sheets_charged"]), ("completed", ROOM, 2, 4), job)
        self.assertNotIn("discrepancy", str([row["kind"] for row in room.query(
            "SELECT kind FROM violation WHERE job = (SELECT max(job) FROM job)")]))
        row = room.query("SELECT supervisor, level, actor FROM job_release ORDER BY job DESC LIMIT 1")[0]
        self.assertEqual((row["supervisor"], row["level"]), ("supervisor", "secret"))
        self.assertIn("wang", row["actor"])
        self.assertEqual([copy["state"] for copy in room.cli("copy", "list", job_id, person="operator")], ["printed"] * 2)
        # On paper: each copy its own sheets, each page its own code.
        path, = printed_since(before)
        found = codes(path)
        self.assertEqual([len(page) for page in found], [1, 1, 1, 0] * 2, found)
        self.assertEqual(len({code for page in found for code in page}), 6)
        text = subprocess.run(["pdftotext", "-layout", path, "-"], stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout
        self.assertIn("机密★20年", text)
        trace = room.cli("trace", found[4][0], person="supervisor")
        self.assertIn("genuine", str(trace))
        self.assertIn(job_id + "/2", str(trace))
        # Once: there is nothing more to release.
        self.assertEqual(release(job_id)[0], 409)

    def test_codes_with_the_office_s_address(self):
        room.daemon_settings('web-address = "print.example.org:8443"')
        try:
            before = room.output()
            job_id = held(pages=2)
            self.assertEqual(release(job_id)[0], 200)
            room.wait_for(job_id, "completed")
            path, = printed_since(before)
            for code, in codes(path):
                self.assertTrue(code.startswith("HTTPS://PRINT.EXAMPLE.ORG:8443/T/"), code)
                trace = room.cli("trace", code, person="supervisor")
                self.assertIn("genuine", str(trace))
                self.assertIn(job_id + "/1", str(trace))
        finally:
            room.daemon_settings("")

    def test_wrong_secrets_are_slowed_down(self):
        job_id = held()
        try:
            for _ in range(3):
                self.assertEqual(release(job_id, secret="314159")[0], 401)
            status, answer = release(job_id)
            self.assertEqual(status, 429, answer)
            self.assertEqual(room.job(job_id)["state"], "pending-held")
        finally:
            harness.wait_until(lambda: release(job_id)[0] == 200, "the wait to be over")
        room.wait_for(job_id, "completed")

    def test_the_secret_of_somebody_else(self):
        job_id = held()
        room.api("PUT", "/v1/people/operator/pin", {"pin": PIN}, person="admin")
        status, answer = release(job_id, supervisor="operator")
        self.assertEqual(status, 403, answer)
        self.assertIn("role-needed", answer["type"])
        self.assertEqual(room.query("SELECT count(*) AS n FROM job_release AS r JOIN job AS j USING (job)"
                                    " WHERE j.state = 'pending-held'")[0]["n"], 0)
        room.cli("cancel", job_id)

    def test_top_secret_needs_an_approval_with_a_reference(self):
        job_id = held(level="top-secret")
        # A supervisor's word is not enough, whatever reference comes with it.
        status, answer = release(job_id, reference="中办〔2026〕1号")
        self.assertEqual(status, 409, answer)
        # Nor is the director's alone.
        status, answer = room.api("POST", "/v1/jobs/%s/approve" % job_id, {}, person="director")
        self.assertEqual(status, 400, answer)
        self.assertIn("--reference", answer["detail"])
        room.cli("approve", job_id, "--reference", "中办〔2026〕1号", person="director")
        self.assertEqual(room.job(job_id)["reasons"], ["job-held-for-authorization"])
        self.assertEqual(release(job_id)[0], 200)
        room.wait_for(job_id, "completed")
        self.assertEqual(room.query("SELECT reference FROM job_release WHERE level = 'top-secret'")[0]["reference"],
                         "中办〔2026〕1号")

    def test_from_the_command_line(self):
        job_id = held()
        command = [os.path.join(room.prefix, "bin", "printroom"), "--as", "wang", "release", job_id, "--supervisor", "supervisor"]
        result = subprocess.run(command, input=PIN + "\n", env=room.environment, encoding="utf-8", stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        room.wait_for(job_id, "completed")

    def test_marks_are_reviewed_by_the_director_and_stay(self):
        marked = harness.pdf(text="CONFIDENTIAL").replace(b"CONFIDENTIAL 1", b"CONFIDENTIAL  ")
        job_id = room.print_document(documents.write("marked.pdf", marked))
        job = room.wait_for(job_id, "pending-held")
        self.assertEqual((job["level"], sorted(job["reasons"])),
                         ("confidential", ["job-held-for-authorization", "job-held-for-review"]))
        self.assertEqual(room.query("SELECT count(*) AS n FROM violation WHERE kind = 'label-below-marks'")[0]["n"], 1)
        # The review comes first, and is not the sender's or the operator's.
        self.assertEqual(release(job_id)[0], 409)
        for person in ("wang", "operator"):
            self.assertEqual(room.api("POST", "/v1/jobs/%s/confirm" % job_id, person=person)[0], 409)
        self.assertEqual(room.api("POST", "/v1/jobs/%s/confirm" % job_id, person="li")[0], 403)
        status, job = room.api("POST", "/v1/jobs/%s/confirm" % job_id, person="director")
        self.assertEqual((status, job["level"], job["reasons"]), (200, "confidential", ["job-held-for-authorization"]), job)
        self.assertEqual(release(job_id)[0], 200)
        room.wait_for(job_id, "completed")


class Queue(unittest.TestCase):
    def test_a_queue_of_a_level(self):
        uri = "printroom://%s?level=" % room.variables["PRINTROOM_SOCKET"]
        ppd = os.path.join(room.home, "etc", "print-room.ppd")

        def queue(level):
            harness.run("lpadmin", "-p", "secret-room", "-E", "-v", uri + level, "-P", ppd, env=room.environment)
            return {"queue": "secret-room"}
        for chosen, expected in ((None, "secret"), ("public", "secret"), ("top-secret", "top-secret")):
            with self.subTest(chosen):
                options = ["-o", "Classification=" + chosen] if chosen else []
                text = "Queue %d" % time.monotonic_ns()
                job_id = room.print_document(*options, documents.pdf(text=text), **queue("secret"))
                job = room.wait_for(job_id, "pending-held")
                self.assertEqual(job["level"], expected)
                room.cli("cancel", job_id)
        # A level there is none of never prints.
        number = room.lp(documents.pdf(text="wrong"), **queue("secrte"))
        self.assertEqual(room.wait_cups(number)["job-state"], "canceled")


class Faults(unittest.TestCase):
    """Whatever instruction it ends at, a job is printed once, with numbers of its own."""

    def test_faults(self):
        for fault in ("release.decided", "deliver.copies-numbered", "deliver.stamped", "deliver.created", "deliver.sending",
                      "deliver.sent"):
            with self.subTest(fault):
                before = room.output()
                job_id = held("-n", "2")
                room.daemon_stop()
                room.daemon_start(fault=fault)
                try:
                    release(job_id)
                except (OSError, http.client.HTTPException):
                    pass  # it may end before it answers
                room.daemon_dies()
                room.daemon_start()
                job = room.wait_for(job_id, "completed", "processing-stopped", "pending-held")
                self.assertEqual(job["state"], "completed", job)
                copies = room.cli("copy", "list", job_id, person="operator")
                self.assertEqual([(copy["number"], copy["state"]) for copy in copies], [(1, "printed"), (2, "printed")])
                found = [code for path in printed_since(before) for page in codes(path) for code in page]
                self.assertEqual((len(found), len(set(found))), (2, 2), found)


    def test_a_release_that_was_not_written_down(self):
        job_id = held()
        room.daemon_stop()
        room.daemon_start(fault="release.deciding")
        with self.assertRaises((OSError, http.client.HTTPException)):
            release(job_id)
        room.daemon_dies()
        room.daemon_start()
        self.assertEqual(room.job(job_id)["state"], "pending-held")
        self.assertEqual(release(job_id)[0], 200)
        room.wait_for(job_id, "completed")


class Expiry(unittest.TestCase):
    def test_nobody_came(self):
        job_id = held()
        path = os.path.join(room.home, "state", "printroom.db")
        room.daemon_stop()
        subprocess.run(["sqlite3", path, "UPDATE job SET submitted_at = submitted_at - 73 * 3600000"
                        " WHERE job = (SELECT max(job) FROM job)"], check=True)
        with contextlib.suppress(AssertionError):
            room.daemon_start(fault="release.expired")  # it may have ended before it is seen to run
        room.daemon_dies()
        room.daemon_start()
        job = room.wait_for(job_id, "aborted")
        self.assertIn("job-release-wait", job["reasons"])
        self.assertIn("No supervisor released", room.text("show", job_id))
        self.assertEqual(job["sheets_reserved"], 0)
        self.assertEqual(release(job_id)[0], 409)


if __name__ == "__main__":
    harness.main()
