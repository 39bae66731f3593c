#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The device register, its maintenance, supplies and counters, and emptying devices, over a running room."""
import contextlib
import hashlib
import http.client
import json
import os
import shutil
import threading
import time
import unittest

import harness

ROOM = None
FAKE = None


class FakeDevice:
    """The controls of tests/simulators/fake-device, in a folder that the service's account can use."""

    PROBE = {"type": "probe", "uri": "fake:a", "make": "Acme", "model": "Copy 1", "serial": "S1", "firmware": "7",
             "languages": ["ipp", "pjl"], "can": ["status", "counters", "supplies", "residue", "purge"],
             "vendor_steps": [{"id": "overwrite", "en": "Start it at the panel", "zh": "在面板上启动"}]}

    def __init__(self, room):
        self.folder = os.path.join(room.home, "fake-device")
        os.mkdir(self.folder)
        os.mkdir(os.path.join(self.folder, "answers"))
        shutil.copy(os.path.join(harness.TOP, "tests", "simulators", "fake-device"), self.program)
        self.write("real", os.path.join(room.prefix, "libexec", "printroom", "printroom-device"))
        self.write("calls", "")
        os.chmod(os.path.join(self.folder, "calls"), 0o666)

    @property
    def program(self):
        return os.path.join(self.folder, "printroom-device")

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def say(self, name, verb, *lines):
        """From now on the device answers so; without lines it is unreachable."""
        if lines:
            self.write("answers/%s.%s" % (name, verb), "".join(json.dumps(line) + "\n" for line in lines))
        else:
            os.unlink(os.path.join(self.folder, "answers", "%s.%s" % (name, verb)))

    def delay(self, name, verb, seconds):
        self.write("answers/%s.%s.sleep" % (name, verb), str(seconds))

    def calls(self, verb, name):
        with open(os.path.join(self.folder, "calls"), encoding="utf-8") as file:
            return file.read().splitlines().count("%s %s" % (verb, name))

    def counters(self, name, sheets):
        return self.say(name, "counters", counters(sheets))


def counters(sheets):
    return {"type": "counters", "uri": "fake:a", "source": "ipp", "impressions": sheets, "color_impressions": None,
            "media_sheets": sheets}


def summary(outcome="verified-absent", before=None, after=None):
    item = {"kind": "job", "where": "", "name": "7", "size_bytes": None, "state": "held", "residue": True}
    return {"type": "summary", "outcome": outcome, "found": 1, "verified_absent": 1, "sent_unverified": 0, "refused": 0,
            "unreachable": 0, "before": [item], "after": [], "counters_before": before, "counters_after": after,
            "method": "job-data-deletion", "overwrite": "unknown", "make": "Acme", "model": "Copy 1", "serial": "S1",
            "tool": "printroom-device", "version": "1", "began_at": "2026-11-02T00:00:00Z",
            "ended_at": "2026-11-02T00:00:01Z"}


STEP = {"type": "step", "kind": "job", "target": "job 7", "outcome": "verified-absent", "code": "", "message": "",
        "request": "AA==", "reply": "AQ=="}


def setUpModule():
    global ROOM, FAKE
    ROOM = harness.Room(devices=2).start()
    FAKE = FakeDevice(ROOM)
    settings()
    ROOM.environment["LC_ALL"] = "C.UTF-8"


def settings(tolerance=3):
    ROOM.daemon_settings('device-program = "%s"\ndevices {\n    purge-timeout = 6\n    counter-tolerance = %d\n}\n'
                         % (FAKE.program, tolerance))


def tearDownModule():
    ROOM.stop()


def add(name, queue="office-printer-2"):
    """A device of its own for a test; the queue is taken from the device that has it."""
    FAKE.say(name, "probe", FakeDevice.PROBE)
    return ROOM.cli("device", "add", name, "--queue", queue, "--manage", "fake:" + name)


def device(name):
    return ROOM.cli("device", "show", name)


class Devices(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        FAKE.counters("a", 1000)
        FAKE.say("a", "supplies",
                 {"type": "supply", "name": "Black toner", "kind": "toner", "color": "black", "level_percent": 9,
                  "state": "ok"}, {"type": "end", "supplies": 1})
        cls.added = add("a", "queue-a")

    def test_01_add_shows_what_was_found(self):
        self.assertTrue(self.added["probe"]["answered"])
        self.assertEqual((self.added["maker"], self.added["model"], self.added["serial"]), ("Acme", "Copy 1", "S1"))
        self.assertEqual(self.added["vendor_steps"][0]["id"], "overwrite")
        self.assertIn("Copy 1", ROOM.text("device", "show", "a"))
        self.assertIn("在面板上启动", ROOM.text("device", "show", "a", language="zh"))
        # The register is for those who watch over devices.
        for shown in (ROOM.cli("device", "show", "a", person="wang"), ROOM.cli("device", "list", person="wang")[-1]):
            self.assertEqual(set(shown), {"name", "queue", "area", "max_level", "active", "problem", "purging"})
        self.assertIn("serial", ROOM.cli("device", "list", person="operator")[-1])
        silent = ROOM.cli("device", "add", "silent", "--queue", "queue-silent", "--manage", "fake:silent")
        self.assertFalse(silent["probe"]["answered"])
        finding = {found["check"]: found for found in ROOM.cli("doctor", check=False)}["device-answers"]
        self.assertEqual(finding["result"], "warning")
        self.assertIn("silent", finding["message"])
        ROOM.cli("device", "retire", "silent")
        finding = {found["check"]: found for found in ROOM.cli("doctor", check=False)}["device-answers"]
        self.assertNotIn("silent", finding["message"])

    def test_02_day_begins_with_a_reading(self):
        harness.wait_until(lambda: ROOM.query("SELECT 1 FROM reading AS r JOIN device AS d USING (device)"
                                              " WHERE d.name = 'a' AND r.occasion = 'day-start'"), "the first reading")
        harness.wait_until(lambda: ROOM.query("SELECT 1 FROM supply"), "the supplies")
        found = {found["check"]: found for found in ROOM.cli("status")["warnings"]}
        self.assertIn("Black toner", found["supplies"]["message"])

    def test_03_set_and_doctor(self):
        ROOM.cli("device", "set", "a", "--max-level", "secret")
        found = {found["check"]: found for found in ROOM.cli("status")["warnings"]}
        self.assertIn("a", found["device-areas"]["message"])
        changed = ROOM.cli("device", "set", "a", "--area", "二楼", "--vendor-contact", "Acme 400", "--duplex-step", "2")
        self.assertEqual((changed["area"], changed["vendor_contact"], changed["duplex_step"]), ("二楼", "Acme 400", 2))
        self.assertIn("双面一张计数: 2\n", ROOM.text("device", "show", "a", language="zh"))
        found = {found["check"] for found in ROOM.cli("status")["warnings"]}
        self.assertNotIn("device-areas", found)
        with self.assertRaises(harness.CommandRefused):
            ROOM.cli("device", "set", "a", "--counter", "pages")
        with self.assertRaises(harness.CommandRefused):
            ROOM.cli("device", "set", "a", "--area", "x", person="operator")

    def test_04_serial_number(self):
        FAKE.say("a", "probe", dict(FakeDevice.PROBE, serial="S2"))
        self.assertEqual(device("a")["serial"], "S1")
        ROOM.cli("device", "probe", "a")
        self.assertEqual(device("a")["serial"], "S2")
        FAKE.say("a", "probe", FakeDevice.PROBE)
        ROOM.cli("device", "probe", "a")

    def test_05_maintenance(self):
        fault = ROOM.cli("device", "maintenance", "add", "a", "--kind", "fault", "--note", "卡纸", person="operator")
        due = ROOM.cli("device", "maintenance", "add", "a", "--kind", "cleaning", "--note", "rollers", "--next-due",
                       "2020-01-01", person="operator")
        self.assertEqual([entry["number"] for entry in ROOM.cli("device", "maintenance", "list", "a", "--open")],
                         [due["number"], fault["number"]])
        found = {found["check"]: found for found in ROOM.cli("status")["warnings"]}
        self.assertIn("rollers", found["maintenance"]["message"])
        self.assertIn(" 故障 ", ROOM.text("device", "show", "a", language="zh"))
        self.assertIn("维护到期", ROOM.text("status", language="zh"))
        for entry in (fault, due):
            ROOM.cli("device", "maintenance", "close", str(entry["number"]), "--note", "done", person="operator")
        self.assertEqual(ROOM.cli("device", "maintenance", "list", "--due"), [])
        with self.assertRaises(harness.CommandRefused):
            ROOM.cli("device", "maintenance", "close", str(fault["number"]), "--note", "twice")
        self.assertEqual(len(device("a")["maintenance"]), 2)

    def test_06_stock(self):
        ROOM.cli("device", "stock", "add", "Toner K", "3", "--minimum", "2", person="operator")
        ROOM.cli("device", "stock", "use", "Toner K", "2", "--device", "a", person="operator")
        self.assertEqual(ROOM.cli("device", "stock", "list")[0]["amount"], 1)
        with self.assertRaises(harness.CommandRefused):
            ROOM.cli("device", "stock", "use", "Toner K", "2")
        found = {found["check"]: found for found in ROOM.cli("status")["warnings"]}
        self.assertIn("Toner K", found["stock"]["message"])

    def test_07_purge_is_evidence(self):
        FAKE.say("a", "purge", STEP, summary(before=counters(1002), after=counters(1002)))
        purge = ROOM.cli("device", "purge", "a", person="operator")
        self.assertEqual(purge["outcome"], "verified-absent")
        self.assertIn("below SP 800-88 Clear", purge["method_words"])
        whole = ROOM.cli("device", "purges", "a", str(purge["number"]))
        self.assertEqual(hashlib.sha256(whole["evidence"].encode()).hexdigest(), purge["sha256"])
        self.assertEqual(json.loads(whole["evidence"].splitlines()[0])["reply"], "AQ==")
        leaf, = ROOM.query("SELECT body FROM audit_leaf WHERE body LIKE '%\"event\":\"device.purge\"%' AND body LIKE ?",
                           "%" + purge["sha256"] + "%")
        self.assertEqual(json.loads(leaf["body"])["actor"], "root as operator")
        self.assertEqual([row["occasion"] for row in ROOM.query(
            "SELECT occasion FROM reading WHERE occasion LIKE 'purge-%' ORDER BY reading")], ["purge-before", "purge-after"])
        self.assertIn("未达到", ROOM.text("device", "purge", "a", language="zh"))
        with self.assertRaises(harness.CommandRefused):
            ROOM.cli("device", "purge", "a", person="wang")

    def test_08_outcomes(self):
        FAKE.say("a", "purge", dict(STEP, outcome="refused"), summary("refused"))
        self.assertEqual(ROOM.cli("device", "purge", "a")["outcome"], "refused")
        FAKE.say("a", "purge", STEP)
        self.assertEqual(ROOM.cli("device", "purge", "a")["outcome"], "failed")
        FAKE.say("a", "purge", STEP, {"type": "summary", "outcome": "gone"})
        self.assertEqual(ROOM.cli("device", "purge", "a")["outcome"], "failed")
        FAKE.say("a", "purge")
        self.assertEqual(ROOM.cli("device", "purge", "a")["outcome"], "unreachable")
        self.assertEqual([purge["outcome"] for purge in ROOM.cli("device", "purges", "a")][:3],
                         ["unreachable", "failed", "failed"])

    def test_09_attest(self):
        attested = ROOM.cli("device", "attest", "a", "overwrite", "--note", "done at 17:05", person="operator")
        self.assertEqual(attested["attestations"][0]["step"], "overwrite")
        with self.assertRaises(harness.CommandRefused):
            ROOM.cli("device", "attest", "a", "burn", "--note", "x", person="operator")

    def test_10_unregistered_copies(self):
        FAKE.say("a", "purge", STEP, summary(before=counters(1032), after=counters(1032)))
        ROOM.cli("device", "purge", "a")
        violation = [found for found in ROOM.cli("violations") if found["kind"] == "counter-mismatch"]
        self.assertEqual((violation[0]["device"], violation[0]["detail"]["unregistered"]), ("a", 30))
        ROOM.cli("copy", "register", "--device", "a", "--sheets", "30", "--person", "wang", person="operator")
        FAKE.say("a", "purge", STEP, summary(before=counters(1062), after=counters(1062)))
        ROOM.cli("device", "purge", "a")
        intervals = ROOM.cli("device", "reconcile", "a")["intervals"]
        self.assertEqual([interval["outcome"] for interval in intervals if interval["delta"] != 0],
                         ["even", "unregistered", "even"])
        self.assertEqual(intervals[-2]["copies"], 30)
        self.assertIn("unregistered", ROOM.text("device", "reconcile", "a"))
        # With another setting: what was found then stays, and what would be found now stands below it.
        settings(tolerance=50)
        self.addCleanup(settings)
        found = [interval for interval in ROOM.cli("device", "reconcile", "a")["intervals"] if interval["outcome"] == "unregistered"]
        self.assertEqual([(interval["tolerance"], interval["now"]["outcome"]) for interval in found], [(3, "even")])
        chinese = ROOM.text("device", "reconcile", "a", language="zh")
        self.assertRegex(chinese, "有未登记用纸 .*\n  （现在） *相符 *张数")

    def test_11_questions(self):
        FAKE.say("a", "residue", summary()["before"][0] | {"type": "residue"},
                 {"type": "not-covered", "what": "disk", "why": "locked", "en": "locked", "zh": "已锁定"},
                 {"type": "end", "residue": 1, "other": 0})
        self.assertEqual(ROOM.cli("device", "residue", "a")["items"][0]["name"], "7")
        self.assertIn("已锁定", ROOM.text("device", "residue", "a", language="zh"))
        self.assertEqual(ROOM.cli("device", "supplies", "a")[0]["low"], True)
        self.assertRegex(ROOM.text("device", "supplies", "a", language="zh"), "Black toner *墨粉 .* 正常 ")
        FAKE.say("a", "counters", {"type": "counters", "source": "ipp", "impressions": -4})
        with self.assertRaises(harness.CommandRefused):
            ROOM.cli("device", "counters", "a")
        FAKE.counters("a", 1062)
        self.assertEqual(ROOM.cli("device", "counters", "a")["media_sheets"], 1062)
        self.assertEqual(ROOM.cli("device", "status", "office-printer")["state"], "idle")
        connection = http.client.HTTPConnection("localhost")
        connection.sock = ROOM.connect()
        with contextlib.closing(connection):
            connection.request("GET", "/metrics")
            metrics = connection.getresponse().read().decode()
        self.assertIn('printroom_device_answers{device="a"} 1\n', metrics)
        self.assertIn("printroom_supplies_low 1\n", metrics)
        self.assertRegex(metrics, r'printroom_purges{outcome="verified-absent"} [1-9]')


class Purging(unittest.TestCase):
    """The purge of a device that prints: office-printer-2 answers through the fake."""

    @classmethod
    def setUpClass(cls):
        ROOM.cli("device", "retire", "office-printer")
        ROOM.cli("device", "set", "office-printer-2", "--manage", "fake:b")
        FAKE.say("b", "probe", FakeDevice.PROBE)
        FAKE.counters("b", 5)
        FAKE.say("b", "purge", STEP, summary())
        FAKE.delay("b", "purge", 3)

    @classmethod
    def tearDownClass(cls):
        ROOM.cli("device", "reactivate", "office-printer")

    def queue_state(self):
        output = harness.run("lpstat", "-p", "office-printer-2", env=ROOM.environment).stdout
        return "disabled" if "disabled" in output else "enabled"

    def purge_aside(self):
        result = []
        thread = threading.Thread(target=lambda: result.append(ROOM.cli("device", "purge", "office-printer-2", check=False)))
        thread.start()
        harness.wait_until(lambda: self.queue_state() == "disabled", "the queue to stop")
        return thread, result

    def submit(self):
        return ROOM.cli("submit", os.path.join(ROOM.home, "page.pdf"), person="wang")["id"]

    def setUp(self):
        path = os.path.join(ROOM.home, "page.pdf")
        if not os.path.exists(path):
            harness.run("gs", "-q", "-sDEVICE=pdfwrite", "-o", path, "-c", "showpage")

    def test_1_a_job_waits_while_the_device_is_emptied(self):
        thread, result = self.purge_aside()
        self.assertTrue(device("office-printer-2")["purging"])
        with self.assertRaises(harness.CommandRefused):
            ROOM.cli("device", "purge", "office-printer-2")
        job = self.submit()
        time.sleep(1)
        self.assertEqual(ROOM.job(job)["state"], "pending")
        thread.join(harness.PATIENCE_S)
        self.assertEqual(result[0]["outcome"], "verified-absent")
        self.assertEqual(self.queue_state(), "enabled")
        ROOM.wait_for(job, "completed")

    def test_1_a_job_waits_while_the_device_is_looked_at(self):
        FAKE.say("b", "residue", {"type": "end", "residue": 0, "other": 0})
        FAKE.delay("b", "residue", 60)
        answers = []
        looks = FAKE.calls("residue", "b")
        thread = threading.Thread(target=lambda: answers.append(ROOM.cli("device", "residue", "office-printer-2", check=False)))
        thread.start()
        harness.wait_until(lambda: FAKE.calls("residue", "b") > looks, "the look at what lies there")
        documents = harness.Documents()
        self.addCleanup(documents.remove)
        job = ROOM.cli("submit", documents.pdf(), person="wang")["id"]
        time.sleep(1)
        self.assertEqual((ROOM.job(job)["state"], self.queue_state(), answers), ("pending", "enabled", []))
        FAKE.delay("b", "residue", 0)
        thread.join(harness.PATIENCE_S)
        self.assertEqual(answers[0]["items"], [])
        ROOM.wait_for(job, "completed")

    def test_2_a_stopped_queue_stays_stopped(self):
        ROOM.queue("cupsdisable", "office-printer-2")
        purge = ROOM.cli("device", "purge", "office-printer-2")
        self.assertEqual((purge["outcome"], purge["queue"]), ("verified-absent", "was-stopped"))
        self.assertEqual(self.queue_state(), "disabled")
        ROOM.queue("cupsenable", "office-printer-2")

    def test_3_a_crash_leaves_no_stopped_queue(self):
        self.purge_aside()
        ROOM.daemon_kill()
        self.assertEqual(self.queue_state(), "disabled")
        ROOM.daemon_start()
        harness.wait_until(lambda: self.queue_state() == "enabled", "the queue to be started again")
        last = ROOM.cli("device", "purges", "office-printer-2")[0]
        self.assertEqual((last["outcome"], last["queue"]), ("interrupted", "resumed"))
        self.assertEqual(ROOM.cli("device", "purge", "office-printer-2")["outcome"], "verified-absent")

    def test_4_time_is_limited(self):
        FAKE.delay("b", "purge", 60)
        began = time.monotonic()
        self.assertEqual(ROOM.cli("device", "purge", "office-printer-2")["outcome"], "failed")
        self.assertLess(time.monotonic() - began, 50)
        self.assertEqual(self.queue_state(), "enabled")


class NewQueue(unittest.TestCase):
    def test_add_makes_the_restricted_queue(self):
        with open(os.path.join(ROOM.home, "etc", "port-office-printer"), encoding="utf-8") as file:
            uri = "ipp://localhost:%s/ipp/print" % file.read().strip()
        FAKE.say("c", "probe", FakeDevice.PROBE)
        ROOM.cli("device", "add", "c", "--queue", "queue-c", "--manage", "fake:c", "--printer", uri)
        self.addCleanup(ROOM.cli, "device", "retire", "c")
        self.addCleanup(harness.run, "lpadmin", "-x", "queue-c", env=ROOM.environment)
        uri = "ipp://localhost:%s/printers/queue-c" % ROOM.cups_port
        request = os.path.join(ROOM.home, "get-policy.test")
        with open(request, "w", encoding="utf-8") as file:
            file.write("""{ OPERATION Get-Printer-Attributes GROUP operation-attributes-tag
                ATTR charset attributes-charset utf-8 ATTR language attributes-natural-language en
                ATTR uri printer-uri $uri
                ATTR keyword requested-attributes printer-op-policy,printer-is-shared STATUS successful-ok }""")
        answer = harness.run("ipptool", "-tv", uri, request).stdout
        self.assertRegex(answer, r"printer-op-policy \(\w+\) = device\n")
        self.assertIn("printer-is-shared (boolean) = false", answer)
        harness.run("lpadmin", "-p", "queue-c", "-o", "printer-is-shared=true", env=ROOM.environment)
        found = {found["check"]: found for found in ROOM.cli("doctor", check=False)}["device-queues"]
        self.assertNotEqual(found["result"], "ok")


class Rounds(unittest.TestCase):
    def read(self, name):
        return ROOM.query("SELECT 1 FROM reading AS r JOIN device AS d USING (device) WHERE d.name = ?", name)

    def is_closed(self):
        try:
            ROOM.connect().close()
        except OSError:
            return True
        return False

    def test_one_that_hangs_delays_nobody(self):
        FAKE.counters("hung", 1)
        FAKE.delay("hung", "counters", 59)
        add("hung", "queue-hung")
        self.addCleanup(ROOM.cli, "device", "retire", "hung")
        harness.wait_until(lambda: FAKE.calls("counters", "hung"), "the round to reach the one that hangs")
        FAKE.counters("late", 1)
        add("late", "queue-late")
        self.addCleanup(ROOM.cli, "device", "retire", "late")
        harness.wait_until(lambda: self.read("late"), "the reading of the one that came later")
        # Still under way: it was not waited for.
        self.assertEqual((self.read("hung"), FAKE.calls("supplies", "hung")), ([], 0))
        FAKE.delay("hung", "counters", 0)
        harness.wait_until(lambda: self.read("hung"), "the one that hung to be read")

    def test_no_further_question_when_the_house_closes(self):
        FAKE.counters("tired", 1)
        add("tired", "queue-tired")
        FAKE.delay("tired", "probe", 59)
        # The first one was asked when it was added.
        harness.wait_until(lambda: FAKE.calls("probe", "tired") == 2, "the round to ask it")
        thread = threading.Thread(target=ROOM.daemon_stop)
        thread.start()
        harness.wait_until(self.is_closed, "the daemon to be ending")
        time.sleep(1)
        self.assertTrue(thread.is_alive(), "a question that is under way is waited for")
        FAKE.delay("tired", "probe", 0)
        thread.join(harness.PATIENCE_S)
        self.assertEqual(FAKE.calls("counters", "tired"), 0)
        ROOM.daemon_start()
        harness.wait_until(lambda: self.read("tired"), "it to be read")
        ROOM.cli("device", "retire", "tired")

    def test_one_that_cannot_count_has_supplies(self):
        FAKE.say("simple", "counters", {"type": "error", "error": "unsupported", "message": "it has no counter"})
        FAKE.say("simple", "supplies", {"type": "supply", "name": "Drum of it", "kind": "drum", "color": "", "level_percent": 3,
                                        "state": "low"}, {"type": "end", "supplies": 1})
        add("simple", "queue-simple")
        self.addCleanup(ROOM.cli, "device", "retire", "simple")
        harness.wait_until(lambda: ROOM.query("SELECT 1 FROM supply WHERE name = 'Drum of it'"), "its supplies")
        found = {found["check"]: found for found in ROOM.cli("status")["warnings"]}
        self.assertIn("Drum of it", found["supplies"]["message"])
        self.assertEqual(FAKE.calls("counters", "simple"), 1)


if __name__ == "__main__":
    harness.main()
