# SPDX-License-Identifier: GPL-2.0-or-later
"""Agents for SNMP at a port of their own: net-snmp's snmpd as a printer, and one that answers whatever a test likes."""
import os
import shutil
import socket
import subprocess
import tempfile
import threading

import harness

PRINTER, HOST, ERASE_MODE = "1.3.6.1.2.1.43", "1.3.6.1.2.1.25.3", "1.3.6.1.4.1.11.2.3.9.4.2.1.1.10.1.11.0"
# hrDeviceIndex of the printer: not 1, which is what a program that guesses would ask for.
INDEX = 5


def printer_objects(make_and_model="Example Press 3", serial="S0161", errors="0x00"):
    """What a printer with a Printer MIB says: {oid: (type of snmpd's override, value)}."""
    return {
        "%s.2.1.3.%d" % (HOST, INDEX): ("octet_str", make_and_model),
        "%s.5.1.1.%d" % (HOST, INDEX): ("integer", 3),
        "%s.5.1.2.%d" % (HOST, INDEX): ("octet_str", errors),
        "%s.5.1.1.1.%d" % (PRINTER, INDEX): ("counter", 17),
        "%s.5.1.1.17.%d" % (PRINTER, INDEX): ("octet_str", serial),
        "%s.10.2.1.3.%d.1" % (PRINTER, INDEX): ("integer", 7),
        "%s.10.2.1.4.%d.1" % (PRINTER, INDEX): ("counter", 3000000000),
        **supply(1, 3, 1, "Black cartridge", 10000, 500), **supply(2, 4, 0, "Waste toner box", -2, -3),
        **supply(4, 21, 2, "", 200, 0),
        "%s.12.1.1.4.%d.1" % (PRINTER, INDEX): ("octet_str", "black"),
        "%s.12.1.1.4.%d.2" % (PRINTER, INDEX): ("octet_str", "cyan"),
    }


def supply(row, kind, colorant, description, capacity, level):
    cells = {3: ("integer", colorant), 5: ("integer", kind), 6: ("octet_str", description), 8: ("integer", capacity),
             9: ("integer", level)}
    return {"%s.11.1.1.%d.%d.%d" % (PRINTER, column, INDEX, row): cell for column, cell in cells.items()}


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Snmpd:
    """net-snmp's agent, without the machine's own objects for devices; ends with the `with` statement."""

    def __init__(self, objects, community="public"):
        self.objects, self.community = objects, community

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="printroom-snmpd-")
        self.port = free_port()
        self.log = os.path.join(self.folder, "log")
        settings = os.path.join(self.folder, "snmpd.conf")
        with open(settings, "w", encoding="utf-8") as file:
            file.write("rocommunity %s 127.0.0.1\n" % self.community)
            for oid, (kind, value) in self.objects.items():
                quoted = '"%s"' % value if kind == "octet_str" and not value.startswith("0x") else value
                file.write("override .%s %s %s\n" % (oid, kind, quoted))
        self.process = subprocess.Popen(
            ["/usr/sbin/snmpd", "-f", "-Lf", self.log, "-C", "-c", settings, "-I", "-hr_device,-hr_print", "-p",
             os.path.join(self.folder, "pid"), "udp:127.0.0.1:%d" % self.port], stdin=subprocess.DEVNULL,
            env=dict(os.environ, SNMP_PERSISTENT_DIR=self.folder, SNMPCONFPATH=self.folder, MIBS="", MIBDIRS=self.folder))
        harness.wait_until(self.listens, lambda: "snmpd: " + self.words())
        return self

    def words(self):
        if not os.path.exists(self.log):
            return ""
        with open(self.log, encoding="utf-8") as file:
            return file.read()

    def listens(self):
        assert self.process.poll() is None, self.words()
        return "NET-SNMP version" in self.words()

    def asked(self):
        """How many datagrams came."""
        return self.words().count("Connection from")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(harness.PATIENCE_S)
        shutil.rmtree(self.folder)


# --- BER (ITU-T X.690), as little of it as SNMP needs ---

INTEGER, OCTETS, NULL, NAME, SEQUENCE, COUNTER, GET, GETNEXT, RESPONSE = 2, 4, 5, 6, 0x30, 0x41, 0xA0, 0xA1, 0xA2


def ber(tag, body):
    length = len(body)
    size = bytes([length]) if length < 128 else bytes([0x82]) + length.to_bytes(2, "big")
    return bytes([tag]) + size + body


def integer(value, tag=INTEGER):
    return ber(tag, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def name(oid):
    numbers = [int(part) for part in oid.split(".")]
    body = bytes([numbers[0] * 40 + numbers[1]])
    for number in numbers[2:]:
        digits = [number & 127]
        while number > 127:
            number >>= 7
            digits.insert(0, number & 127 | 128)
        body += bytes(digits)
    return ber(NAME, body)


def parts(body):
    """The elements of a sequence: (tag, contents)."""
    found, at = [], 0
    while at < len(body):
        tag, length, begin = body[at], body[at + 1], at + 2
        if length & 128:
            begin += length & 127
            length = int.from_bytes(body[at + 2:begin], "big")
        found.append((tag, body[begin:begin + length]))
        at = begin + length
    return found


def oid_of(body):
    numbers, number = [body[0] // 40, body[0] % 40], 0
    for byte in body[1:]:
        number = number << 7 | byte & 127
        if not byte & 128:
            numbers.append(number)
            number = 0
    return ".".join(map(str, numbers))


class Request:
    def __init__(self, datagram):
        (_, message), = parts(datagram)
        (_, version), (_, self.community), (self.command, pdu) = parts(message)
        self.version = version[0]
        (_, identity), _, _, (_, bindings) = parts(pdu)
        self.identity = int.from_bytes(identity, "big", signed=True)
        (_, binding), = parts(bindings)
        self.oid = oid_of(parts(binding)[0][1])

    def answer(self, oid, value, command=RESPONSE, identity=None, error=0):
        """A datagram that answers, or nearly; `value` is encoded already."""
        binding = ber(SEQUENCE, ber(SEQUENCE, name(oid) + value))
        pdu = ber(command, integer(self.identity if identity is None else identity) + integer(error) + integer(1 if error else 0) + binding)
        return ber(SEQUENCE, integer(self.version) + ber(OCTETS, self.community) + pdu)


class Agent:
    """Answers each request with the datagrams that `behave(request)` gives; ends with the `with` statement."""

    def __init__(self, behave):
        self.behave, self.requests = behave, []

    def __enter__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        return self

    def serve(self):
        while True:
            datagram, peer = self.socket.recvfrom(65536)
            if not datagram:
                return
            request = Request(datagram)
            self.requests.append(request)
            for reply in self.behave(request):
                self.socket.sendto(reply, peer)

    def __exit__(self, *_):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join(harness.PATIENCE_S)
        self.socket.close()
