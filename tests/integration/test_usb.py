#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""printroom-device and CUPS's own usb backend, one after the other at a simulated USB printer under umockdev, all of it as the
account nobody: what one does must not disturb the other."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import harness

DEVICE = os.path.join(os.environ.get("PRINTROOM_PREFIX", ""), "libexec", "printroom", "printroom-device")
PRINTER = os.path.join(harness.TOP, "build", "sanitized", "tests", "simulators", "usb-printer")
BACKEND = "/usr/lib/cups/backend/usb"
URI = "usb://Example/Press%202?serial=S0001"
PAGE = b"a page of plain text\f"


def setUpModule():
    global folder, backend, printer
    folder = tempfile.mkdtemp(prefix="printroom-usb-")
    os.chmod(folder, 0o777)
    # Root's alone where it is installed, and the tree may lie where nobody cannot look.
    backend = shutil.copy(BACKEND, os.path.join(folder, "usb"))
    printer = shutil.copy(PRINTER, os.path.join(folder, "usb-printer"))
    os.chmod(backend, 0o755)
    os.chmod(printer, 0o755)
    with open(os.path.join(folder, "page"), "wb") as file:
        file.write(PAGE)
    os.chmod(os.path.join(folder, "page"), 0o644)


def tearDownModule():
    shutil.rmtree(folder)


def at_printer(personality, script, *options):
    """Runs a shell script beside the printer, as nobody. Gives what it printed, what the printer got and what the simulated kernel
    was asked."""
    output, log = (tempfile.mktemp(dir=folder, prefix=name) for name in ("output-", "log-"))
    environment = dict(os.environ, DEVICE=DEVICE, BACKEND=backend, DEVICE_URI=URI, PAGE=os.path.join(folder, "page"), LC_ALL="C",
                       ASAN_OPTIONS="detect_leaks=1:verify_asan_link_order=0")
    done = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "umockdev-wrapper", printer,
                           "--personality", personality, "--output", output, "--log", log, *options, "--", "sh", "-c", script],
                          env=environment, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=harness.PATIENCE_S)

    def contents(path):
        if not os.path.exists(path):
            return b""
        with open(path, "rb") as file:
            return file.read()
    return done, contents(output), contents(log).decode().split("\n")


def lines(done):
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


class Together(unittest.TestCase):
    def test_cups_prints_before_and_after(self):
        # usb-unidir: the backend ends its reading thread by cancelling it, wherever it is, and in CUPS 2.4 now and then dies of a
        # mutex that the thread held, after all was printed.
        done, printed, log = at_printer(
            "obedient", 'id -un >&2; set -e; "$BACKEND" 1 wang first 1 usb-unidir "$PAGE"; "$DEVICE" status "$DEVICE_URI"; "$DEVICE" probe usb:;'
                        ' "$BACKEND" 2 wang second 1 usb-unidir "$PAGE"')
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        self.assertTrue(done.stderr.startswith(b"nobody\n"))
        self.assertEqual(printed, PAGE + PAGE)
        status, probe = lines(done)
        self.assertEqual((status["state"], status["reasons"], status["make_and_model"]), ("idle", ["none"], "Example Press 2"))
        self.assertEqual((probe["uri"], probe["serial"], probe["languages"]), (URI, "S0001", ["pjl", "postscript"]))
        # Each gave the kernel's driver its place back, and nobody reset or configured the printer.
        self.assertEqual(log.count("driver-attached"), log.count("driver-detached"))
        self.assertGreaterEqual(log.count("driver-attached"), 4)
        self.assertEqual(log.count("soft-reset") + log.count("configured"), 0)

    def test_the_name_is_the_one_that_cups_gives(self):
        done, _, _ = at_printer("obedient", '"$BACKEND" 2>/dev/null; "$DEVICE" probe usb:')
        cups, ours = done.stdout.decode().splitlines()
        self.assertEqual(cups.split()[1], json.loads(ours)["uri"])

    def test_the_name_of_an_old_version_of_cups(self):
        done, _, _ = at_printer("obedient", '"$DEVICE" status "usb://Example/Press%202"')
        self.assertEqual(done.returncode, 0, done.stdout)


class Trouble(unittest.TestCase):
    def test_busy(self):
        done, _, log = at_printer("busy", '"$DEVICE" status "$DEVICE_URI" --timeout 2')
        answer, = lines(done)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(answer["error"], "refused")
        self.assertIn("lpstat", answer["message"])
        self.assertEqual(log.count("driver-attached"), log.count("driver-detached"))
        done, _, _ = at_printer("busy", '"$DEVICE" probe usb:')
        probe, = lines(done)
        self.assertEqual(probe["uri"], URI)
        self.assertIn("another program", probe["trouble"])

    def test_not_there(self):
        done, _, log = at_printer("obedient", '"$DEVICE" status "usb://Example/Press%202?serial=S0002"; echo $?')
        answer, code = lines(done)
        self.assertEqual((answer["error"], code), ("unreachable", 3))
        self.assertNotIn("claimed", log)

    def test_on_the_list_of_cups_that_it_cannot_be_used(self):
        done, _, log = at_printer("quirk-blacklist", '"$DEVICE" probe usb:')
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.assertEqual(log, [""])

    def test_one_way(self):
        done, _, _ = at_printer("one-way", '"$DEVICE" probe usb:; "$DEVICE" status "$DEVICE_URI"; "$DEVICE" job "$DEVICE_URI" --name x')
        probe, status, job = lines(done)
        self.assertFalse(probe["two_way"])
        self.assertEqual(status["state"], "idle")
        self.assertEqual(job["error"], "unsupported")

    def test_only_usb_can_be_watched(self):
        done, _, _ = at_printer("obedient", '"$DEVICE" watch ipp://localhost/; "$DEVICE" watch "$DEVICE_URI"')
        self.assertEqual([answer["error"] for answer in lines(done)], ["unsupported", "unsupported"])


class Purging(unittest.TestCase):
    """The language is given, as the simulated printer has more of them in its 1284 id than it speaks."""

    def test_probed_counted_and_emptied(self):
        done, _, log = at_printer(
            "obedient", 'for verb in probe counters purge verify; do "$DEVICE" $verb "$DEVICE_URI" --language pjl; done')
        answers = {line["type"]: line for line in lines(done) if line["type"] in ("probe", "counters")}
        self.assertEqual((answers["probe"]["make"], answers["probe"]["serial"]), ("Example", "S0001"))
        self.assertEqual((answers["counters"]["source"], answers["counters"]["impressions"]), ("pjl", 4711))
        purge, verify = [line for line in lines(done) if line["type"] == "summary"]
        self.assertEqual((purge["outcome"], purge["verified_absent"], verify["residue"]), ("verified-absent", 2, 0))
        self.assertEqual(log.count("driver-attached"), log.count("driver-detached"))

    def test_unplugged_in_mid_purge(self):
        done, _, _ = at_printer("unplugged", '"$DEVICE" purge "$DEVICE_URI" --language pjl --step-timeout 3; echo $?')
        *answers, code = lines(done)
        steps = [line["outcome"] for line in answers if line["type"] == "step"]
        self.assertEqual((code, answers[-1]["outcome"], steps), (3, "unreachable", ["sent-unverified", "unreachable"]))


class Plugging(unittest.TestCase):
    def test_watched(self):
        done, _, _ = at_printer("obedient", '"$DEVICE" watch usb: --timeout 3', "--unplug-after", "1000", "--replug")
        self.assertEqual([event["plugged_in"] for event in lines(done)], [True, False, True])
        self.assertEqual({event["product"] for event in lines(done)}, {"1209:0001"})


if __name__ == "__main__":
    harness.main()
