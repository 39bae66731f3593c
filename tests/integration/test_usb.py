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
from private_cupsd import PrivateCupsd

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


def at_printer(personality, script, *options, more=None):
    """Runs a shell script beside the printer, as nobody. Gives what it printed, what the printer got and what the simulated kernel
    was asked."""
    output, log = (tempfile.mktemp(dir=folder, prefix=name) for name in ("output-", "log-"))
    environment = dict(os.environ, DEVICE=DEVICE, BACKEND=backend, DEVICE_URI=URI, PAGE=os.path.join(folder, "page"),
                       LC_ALL="C", LOG=log, **(more or {}), ASAN_OPTIONS="detect_leaks=1:verify_asan_link_order=0")
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

    def test_cups_prints_before_and_after(self):
        done, printed, log = at_printer(
            "obedient", 'set -e; "$BACKEND" 1 wang first 1 usb-unidir "$PAGE"; "$DEVICE" purge "$DEVICE_URI" --language pjl; '
                        '"$BACKEND" 2 wang second 1 usb-unidir "$PAGE"; "$DEVICE" verify "$DEVICE_URI" --language pjl')
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        purge, verify = [line for line in lines(done) if line["type"] == "summary"]
        self.assertEqual((purge["outcome"], purge["verified_absent"], verify["outcome"]), ("verified-absent", 2, "verified-absent"))
        # The second page is counted by who prints, and nothing of ours is on paper.
        self.assertEqual((purge["counters_before"]["impressions"], purge["counters_after"]["impressions"]), (4712, 4712))
        self.assertTrue(printed.startswith(PAGE + b"\x1b%-12345X@PJL"))
        self.assertEqual(printed.count(PAGE), 2)
        self.assertIn(b"@PJL ECHO", printed.split(PAGE)[2])
        self.assertEqual(log.count("driver-attached"), log.count("driver-detached"))
        self.assertEqual(log.count("soft-reset") + log.count("configured"), 0)

    def test_busy(self):
        for verb in ("purge", "verify", "counters"):
            done, printed, log = at_printer("busy", '"$DEVICE" %s "$DEVICE_URI" --language pjl --timeout 5' % verb)
            answer, = lines(done)
            self.assertEqual((done.returncode, answer["error"], printed), (1, "refused", b""))
            self.assertIn("lpstat", answer["message"])
            self.assertEqual(log.count("driver-attached"), log.count("driver-detached"))
        done, _, log = at_printer("busy-once", '"$DEVICE" purge "$DEVICE_URI" --language pjl')
        self.assertEqual((done.returncode, lines(done)[-1]["outcome"], log.count("claim-refused")), (0, "verified-absent", 1))

    def test_stalled(self):
        done, printed, log = at_printer("stall", '"$DEVICE" purge "$DEVICE_URI" --language pjl --step-timeout 3')
        answer, = lines(done)
        self.assertEqual((done.returncode, answer["type"], printed), (1, "error", b""))
        self.assertIn("stalled", answer["message"])
        self.assertEqual((log.count("halt-cleared"), log.count("driver-attached")), (1, log.count("driver-detached")))
        done, _, log = at_printer("stall-once", '"$DEVICE" purge "$DEVICE_URI" --language pjl')
        self.assertEqual((done.returncode, lines(done)[-1]["verified_absent"]), (0, 2))

    def test_unplugged_in_mid_purge(self):
        done, _, _ = at_printer("unplugged", '"$DEVICE" purge "$DEVICE_URI" --language pjl --step-timeout 3; echo $?')
        *answers, code = lines(done)
        steps = [line["outcome"] for line in answers if line["type"] == "step"]
        self.assertEqual((code, answers[-1]["outcome"], steps), (3, "unreachable", ["sent-unverified", "unreachable"]))


class Queue(unittest.TestCase):
    """A real cupsd, as nobody too, prints on the printer by its own usb backend; while the device is managed its queue stands still."""

    FUNCTIONS = """set -e
        state() { lpstat -p office; }
        until_() { i=0; until "$@"; do i=$((i + 1)); [ $i -lt 600 ] || { echo "in vain: $*" >&2; state >&2; exit 99; }; sleep 0.1; done; }
        idle() { state | grep -q "is idle"; }
        disabled() { state | grep -q "disabled"; }
        empty() { [ -z "$(lpstat -o office)" ]; }
        waiting() { ! empty; }
        print_() { lp -s -d office -o raw -o usb-unidir "$PAGE"; }
        $CUPSD & cupsd=$!
        trap 'kill $cupsd; wait $cupsd || true' EXIT
        up() { lpstat -r | grep -q "is running"; }
        until_ up
        cupsenable office
        """

    def run_with_cupsd(self, personality, script):
        cupsd = PrivateCupsd(URI, backends=("usb",), account="nobody")
        self.addCleanup(cupsd.remove)
        done, printed, log = at_printer(personality, self.FUNCTIONS + script,
                                        more={"CUPSD": " ".join(cupsd.command), "CUPS_SERVER": cupsd.socket})
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done, printed, log

    def test_printed_before_held_during_printed_after(self):
        done, printed, _ = self.run_with_cupsd("slow", """
            print_; until_ empty; until_ idle
            "$DEVICE" purge "$DEVICE_URI" --language pjl --cups-server "$CUPS_SERVER" & device=$!
            until_ disabled; print_; sleep 1; waiting; disabled
            wait $device
            until_ empty; idle
            """)
        self.assertEqual(lines(done)[-1]["verified_absent"], 2)
        # The page that came in meanwhile is printed whole, and after the last word of ours.
        self.assertEqual(printed.count(PAGE), 2)
        self.assertTrue(printed.startswith(PAGE) and printed.endswith(PAGE))

    def test_goes_on_after_a_sudden_end(self):
        _, printed, log = self.run_with_cupsd("slow", """
            "$DEVICE" purge "$DEVICE_URI" --language pjl --cups-server "$CUPS_SERVER" & device=$!
            until_ disabled; until_ grep -q claimed "$LOG"; print_
            kill -KILL $device; wait $device || true
            until_ empty; idle
            """)
        # CUPS's backend takes the interface although nobody gave it back.
        self.assertEqual(printed.count(PAGE), 1)
        self.assertTrue(printed.endswith(PAGE))
        self.assertEqual((log.count("claimed"), log.count("claim-refused")), (2, 0))

    def test_resumed_when_the_device_cannot_be_taken(self):
        done, printed, _ = self.run_with_cupsd("unplugged", """
            "$DEVICE" purge "$DEVICE_URI" --language pjl --cups-server "$CUPS_SERVER" --step-timeout 3 || echo $?
            idle
            "$DEVICE" purge "$DEVICE_URI" --language pjl --cups-server "$CUPS_SERVER" --step-timeout 3 || echo $?
            idle
            """)
        self.assertEqual([line for line in lines(done) if isinstance(line, int)], [3, 3])


class Plugging(unittest.TestCase):
    def test_watched(self):
        pull = tempfile.mktemp(dir=folder, prefix="pull-")
        done, _, _ = at_printer("obedient", """
            "$DEVICE" watch usb: --timeout 100 >"$PULL-out" & watch=$!
            events() { wc -l <"$PULL-out"; }
            until [ "$(events)" -ge 1 ]; do sleep 0.1; done
            touch "$PULL"
            until [ "$(events)" -ge 3 ]; do sleep 0.1; done
            kill $watch; wait $watch || true
            cat "$PULL-out"
            """, "--unplug-when", pull, "--replug", more={"PULL": pull})
        self.assertEqual([event["plugged_in"] for event in lines(done)], [True, False, True])
        self.assertEqual({event["product"] for event in lines(done)}, {"1209:0001"})


if __name__ == "__main__":
    harness.main()
