#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""printroom-device asks by SNMP what a printer's own languages do not tell: net-snmp's snmpd serves the Printer MIB, and agents of
the test's own answer nonsense."""
import os
import random
import tempfile
import threading
import time
import unittest

import harness
import snmp_agents as agents
from snmp_agents import Agent, Snmpd, printer_objects
from socket_printer import DEVICE, SocketPrinter, device, of_type
from stored_jobs import StoredJobs, held

HP = "HP LaserJet M608"


def at(agent, *more):
    return ("--snmp-port", str(agent.port), *more)


class WhatTheLanguagesDoNotTell(unittest.TestCase):
    def test_a_printer_of_which_nothing_else_is_known(self):
        with Snmpd(printer_objects(HP, errors="0x2000")) as agent, SocketPrinter(language=None) as printer:
            probe, = device("probe", printer.uri, *at(agent)).lines
            self.assertEqual((probe["make"], probe["model"], probe["serial"], probe["languages"], probe["can"]),
                             ("HP", "LaserJet M608", "S0161", ["snmp"], ["status", "counters", "supplies"]))
            self.assertEqual(probe["vendor_steps"][0]["id"], "hp-erase-mode")
            status, = device("status", printer.uri, *at(agent)).lines
            self.assertEqual((status["state"], status["reasons"], status["make_and_model"]), ("idle", ["toner-low-warning"], HP))
            counters, = device("counters", printer.uri, *at(agent)).lines
            self.assertEqual((counters["source"], counters["uri"], counters["impressions"], counters["media_sheets"]),
                             ("snmp", printer.uri, 3000000000, None))
            self.assertEqual(device("supplies", printer.uri, *at(agent)).lines, [
                {"type": "supply", "name": "Black cartridge", "kind": "toner", "color": "black", "level_percent": 5, "state": "low"},
                {"type": "supply", "name": "Waste toner box", "kind": "waste", "color": "", "level_percent": None, "state": "ok"},
                {"type": "supply", "name": "toner cartridge", "kind": "toner", "color": "cyan", "level_percent": 0, "state": "empty"},
                {"type": "end", "supplies": 3}])
            # Bytes to port 9100 it still gets none, and is not emptied.
            self.assertEqual(device("purge", printer.uri, *at(agent)).lines[0]["error"], "unsupported")
            self.assertEqual(printer.commands(), [])

    def test_only_what_they_do_not_tell(self):
        with Snmpd(printer_objects("Acme 9000")) as agent, SocketPrinter() as printer:
            probe, = device("probe", printer.uri, *at(agent)).lines
            self.assertEqual((probe["make"], probe["model"], probe["serial"]), ("Example", "Press 3", "S0003"))
            self.assertEqual(probe["can"], ["status", "counters", "supplies", "residue", "purge"])
            asked = agent.asked()
            counters, = device("counters", printer.uri, *at(agent)).lines
            self.assertEqual((counters["source"], counters["impressions"]), ("pjl", 4711))
            self.assertEqual(device("status", printer.uri, *at(agent)).lines[0]["make_and_model"], "Example Press 3")
            self.assertEqual(agent.asked(), asked)
            self.assertEqual(device("supplies", printer.uri, *at(agent)).lines[-1]["supplies"], 3)
            self.assertGreater(agent.asked(), asked)

    def test_beside_ipp(self):
        printer = StoredJobs({"not-completed": {1: held("a")}, "completed": {}})
        self.addCleanup(printer.stop)
        with Snmpd(printer_objects()) as agent:
            probe, = device("probe", printer.uri, *at(agent)).lines
            self.assertEqual((probe["make"], probe["model"], probe["serial"], probe["languages"]),
                             ("Ricoh", "Press 9", "S0161", ["ipp", "snmp"]))
            run = device("purge", printer.uri, *at(agent))
            self.assertEqual((run.code, run.lines[-1]["serial"]), (0, "S0161"))
            self.assertEqual(run.lines[-1]["counters_before"]["source"], "ipp")

    def test_version_2c_where_1_is_not_spoken(self):
        def behave(request):
            oid = agents.PRINTER + ".5.1.1.1.5"
            return [] if request.version == 0 else [request.answer(oid, agents.integer(1))] \
                if request.command == agents.GETNEXT else [request.answer(request.oid, agents.ber(agents.OCTETS, b"S2"))]
        with Agent(behave) as agent, SocketPrinter(language=None) as printer:
            self.assertEqual(device("probe", printer.uri, *at(agent)).lines[0]["serial"], "S2")
            self.assertEqual({request.version for request in agent.requests}, {0, 1})

    def test_no_settings_of_net_snmp_are_read_and_no_files_written(self):
        with tempfile.TemporaryDirectory() as folder, Snmpd(printer_objects()) as agent, SocketPrinter(language=None) as printer:
            with open(os.path.join(folder, "snmp.conf"), "w", encoding="utf-8") as file:
                file.write("clientaddr 192.0.2.77\n")
            environment = dict(os.environ, SNMPCONFPATH=folder, SNMP_PERSISTENT_DIR=folder, HOME=folder)
            self.assertEqual(device("probe", printer.uri, *at(agent), environment=environment).lines[0]["serial"], "S0161")
            self.assertEqual(os.listdir(folder), ["snmp.conf"])

    def test_nothing_is_written(self):
        with Agent(lambda request: [request.answer(agents.PRINTER + ".5.1.1.1.5", agents.integer(1))]) as agent, \
                SocketPrinter(language=None) as printer:
            for verb in ("probe", "status", "counters", "supplies"):
                device(verb, printer.uri, *at(agent))
            self.assertTrue(agent.requests)
            self.assertLessEqual({request.command for request in agent.requests}, {agents.GET, agents.GETNEXT})


class Overwriting(unittest.TestCase):
    """SP 800-88 Clear is claimed by nothing but a device that was read and said so."""

    def purge(self, mode, make_and_model=HP):
        objects = printer_objects(make_and_model)
        if mode is not None:
            objects[agents.ERASE_MODE] = mode
        # PJL does not give a model, so that HP is who SNMP says.
        with Snmpd(objects) as agent, SocketPrinter("nameless", "--no-postscript") as printer:
            run = printer.purge(*at(agent))
            self.assertEqual((run.code, run.lines[-1]["outcome"]), (0, "verified-absent"), run.lines)
            gaps = {line["why"]: line for line in of_type(run, "not-covered") if line["why"].startswith("overwrite")}
            return run.lines[-1]["overwrite"], gaps

    def test_on(self):
        for mode in ("0x01", "0x02"):
            self.assertEqual(self.purge(("octet_str", mode)), ("on", {}))

    def test_off_is_told(self):
        overwrite, gaps = self.purge(("octet_str", "0x00"))
        self.assertEqual((overwrite, list(gaps)), ("off", ["overwrite-off"]))
        self.assertIn("does not overwrite", gaps["overwrite-off"]["en"])
        self.assertIn("不覆写", gaps["overwrite-off"]["zh"])

    def test_whatever_else_is_said_is_unknown(self):
        for mode in (None, ("octet_str", "0x03"), ("octet_str", "on"), ("integer", 1)):
            overwrite, gaps = self.purge(mode)
            self.assertEqual((overwrite, list(gaps)), ("unknown", ["overwrite-unknown"]), mode)

    def test_another_maker_is_not_asked_for_it(self):
        self.assertEqual(self.purge(("octet_str", "0x01"), "Acme Copy 1")[0], "unknown")

    def test_switched_off_in_between(self):
        modes = []

        def behave(request):
            if request.oid == agents.ERASE_MODE:
                modes.append(request)
                return [request.answer(request.oid, agents.ber(agents.OCTETS, b"\1" if len(modes) == 1 else b"\0"))]
            if request.command == agents.GETNEXT:
                return [request.answer(agents.PRINTER + ".5.1.1.1.5", agents.integer(1))]
            return [request.answer(request.oid, agents.ber(agents.OCTETS, HP.encode()))]
        with Agent(behave) as agent, SocketPrinter("nameless", "--no-postscript") as printer:
            run = printer.purge(*at(agent))
            self.assertEqual((run.lines[-1]["overwrite"], len(modes)), ("off", 2))

    def test_gone_in_between(self):
        modes = []

        def behave(request):
            if request.oid == agents.ERASE_MODE:
                modes.append(request)
            if len(modes) > 1:
                return []
            if request.command == agents.GETNEXT:
                return [request.answer(agents.PRINTER + ".5.1.1.1.5", agents.integer(1))]
            return [request.answer(request.oid, agents.ber(agents.OCTETS, b"\1" if modes else HP.encode()))]
        with Agent(behave) as agent, SocketPrinter("nameless", "--no-postscript") as printer:
            self.assertEqual(printer.purge(*at(agent)).lines[-1]["overwrite"], "unknown")


class Trouble(unittest.TestCase):
    """That SNMP gives nothing never costs an answer, nor much time."""

    def quickly(self, below_s, work):
        """What work() returned when it was quick: a machine that has much else to do is slow now and then, a program always."""
        for _ in range(6):
            began = time.monotonic()
            result = work()
            took_s = time.monotonic() - began
            if took_s < below_s:
                break
        self.assertLess(took_s, below_s)
        return result

    def expect_nothing(self, behave, *more, below_s=12.0):
        with Agent(behave) as agent, SocketPrinter() as printer:
            began = time.monotonic()
            run = device("supplies", printer.uri, *at(agent, *more))
            self.assertLess(time.monotonic() - began, below_s)
            self.assertEqual((run.code, run.lines[0]["error"], run.lines[0]["message"]),
                             (1, "unsupported", "the device cannot be asked that"))
            self.assertEqual(device("counters", printer.uri, *at(agent, *more)).lines[0]["source"], "pjl")
            return agent

    def test_silence(self):
        agent = self.expect_nothing(lambda request: [])
        # Two versions, each asked twice.
        self.assertEqual(len(agent.requests), 4)

    def test_nobody_there(self):
        with SocketPrinter() as printer:
            run = self.quickly(1, lambda: device("supplies", printer.uri, "--snmp-port", str(agents.free_port())))
            self.assertEqual(run.lines[0]["error"], "unsupported")

    def test_an_agent_that_is_no_printer_s(self):
        agent = self.expect_nothing(lambda request: [request.answer("1.3.6.1.2.1.44.1.0", agents.integer(1))])
        self.assertEqual({request.command for request in agent.requests}, {agents.GETNEXT})
        agent = self.expect_nothing(lambda request: [request.answer(request.oid, agents.ber(agents.NULL, b""), error=2)])

    def test_another_community(self):
        with Snmpd(printer_objects(), community="office") as agent, SocketPrinter() as printer:
            self.assertEqual(device("supplies", printer.uri, *at(agent)).lines[0]["error"], "unsupported")
            self.assertEqual(device("supplies", printer.uri, *at(agent, "--snmp-community", "office")).lines[-1]["supplies"], 3)
            asked = agent.asked()
            self.assertEqual(device("supplies", printer.uri, *at(agent, "--snmp-community", "none")).lines[0]["error"], "unsupported")
            self.assertEqual(agent.asked(), asked)

    def test_answers_to_something_else(self):
        first = agents.PRINTER + ".5.1.1.1.5"
        self.expect_nothing(lambda request: [request.answer(first, agents.integer(1), identity=request.identity + 1)])
        self.expect_nothing(lambda request: [request.answer(first, agents.integer(1), command=agents.GET)])

    def test_garbage(self):
        chance = random.Random(161)

        def noise(request):
            whole = request.answer(agents.PRINTER + ".5.1.1.1.5", agents.integer(1))
            at_ = chance.randrange(len(whole))
            return [chance.randbytes(chance.randrange(1, 400)), whole[:at_], b"\x30\x84\xff\xff\xff\xff" + whole,
                    whole[:at_] + bytes([whole[at_] ^ 0x80]) + whole[at_ + 1:]]
        for _ in range(5):
            with Agent(noise) as agent, SocketPrinter() as printer:
                run = device("supplies", printer.uri, *at(agent))
                self.assertIn(run.lines[-1].get("error", "none"), ("unsupported", "none"))

    def test_a_table_that_goes_round_in_circles(self):
        level = agents.PRINTER + ".11.1.1.9.5"

        def behave(request):
            if request.command == agents.GET:
                return [request.answer(request.oid, agents.ber(agents.OCTETS, b"\xff" * 60000))]
            return [request.answer(agents.PRINTER + ".5.1.1.1.5" if not request.oid.startswith(level) else level + ".7",
                                   agents.integer(2 ** 31 - 1))]
        with Agent(behave) as agent, SocketPrinter() as printer:
            run = device("supplies", printer.uri, *at(agent))
            self.assertEqual(run.lines[-1], {"type": "end", "supplies": 1}, run.lines)
            self.assertLess(len(agent.requests), 20)

    def test_a_table_without_end(self):
        level = agents.PRINTER + ".11.1.1.9.5"

        def behave(request):
            if request.command == agents.GET:
                return [request.answer(request.oid, agents.integer(-1))]
            if not request.oid.startswith(level):
                return [request.answer(agents.PRINTER + ".5.1.1.1.5", agents.integer(1))]
            row = int(request.oid[len(level) + 1:] or 0)
            return [request.answer("%s.%d" % (level, row + 1), agents.integer(50))]
        with Agent(behave) as agent, SocketPrinter() as printer:
            self.assertEqual(device("supplies", printer.uri, *at(agent)).lines[-1]["supplies"], 32)

    def test_a_flood_of_answers_to_something_else(self):
        """Of one question a thousand datagrams that are no answer; they do not take the time of the whole."""
        first = agents.PRINTER + ".5.1.1.1.5"
        over = threading.Event()

        def behave(request):
            # From the agent's own address, as only that one is heard.
            def more():
                while not over.is_set():
                    yield request.answer(first, agents.integer(1), identity=request.identity + 1)
                    time.sleep(0.005)
            return more()
        with Agent(behave) as agent, SocketPrinter() as printer:
            began = time.monotonic()
            run = device("supplies", printer.uri, *at(agent), "--timeout", "60")
            over.set()
            self.assertLess(time.monotonic() - began, 20)
            self.assertEqual(run.lines[0]["error"], "unsupported")

    def test_gone_in_the_middle_of_a_table(self):
        """Half a list would stand for the whole."""
        level = agents.PRINTER + ".11.1.1.9.5"

        def behave(request):
            if request.oid.startswith(level) and not request.oid.endswith(level):
                return []
            if request.command == agents.GET:
                return [request.answer(request.oid, agents.integer(1))]
            return [request.answer(agents.PRINTER + ".5.1.1.1.5" if request.oid != level else level + ".1", agents.integer(50))]
        self.expect_nothing(behave)

    def test_another_object_of_the_same_length(self):
        def behave(request):
            if request.command == agents.GETNEXT:
                return [request.answer(agents.PRINTER + ".5.1.1.1.5", agents.integer(1))]
            return [request.answer(agents.PRINTER + ".5.1.1.99.1", agents.ber(agents.OCTETS, b"Wrong 1"))]
        with Agent(behave) as agent, SocketPrinter("nameless", "--no-postscript", language=None) as printer:
            probe, = device("probe", printer.uri, *at(agent)).lines
            self.assertEqual((probe["languages"], probe["serial"], probe["model"]), (["snmp"], "", ""))

    def test_names_that_are_too_long(self):
        long = agents.PRINTER + ".5.1.1.1" + ".7" * 60
        self.expect_nothing(lambda request: [request.answer(long, agents.integer(1))])

    def test_the_machine_itself_is_asked_only_at_a_port_that_was_given(self):
        with SocketPrinter(language=None) as printer:
            run = self.quickly(1, lambda: device("probe", printer.uri))
            self.assertEqual(run.lines[0]["languages"], [])

    def test_usage(self):
        for options in (("--snmp-port", "0"), ("--snmp-port", "65536"), ("--snmp-community", ""), ("--snmp-community", "x" * 65)):
            self.assertEqual(harness.run(DEVICE, "status", "socket://127.0.0.1", *options, check=False).returncode, 2)


if __name__ == "__main__":
    harness.main()
