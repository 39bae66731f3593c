# SPDX-License-Identifier: GPL-2.0-or-later
"""A print client that costs next to nothing: IPP (RFC 8010) over one kept connection to cupsd's Unix socket.

lp and ipptool start a process and log in anew for every job; on a small machine a bench would measure them.
"""
import socket
import struct

OPERATION, JOB, END = 0x01, 0x02, 0x03
INTEGER, BOOLEAN, ENUM, TEXT, NAME, KEYWORD, URI, CHARSET, LANGUAGE, MIME = (
    0x21, 0x22, 0x23, 0x41, 0x42, 0x44, 0x45, 0x47, 0x48, 0x49)
PRINT_JOB, CANCEL_JOB, GET_JOB_ATTRIBUTES = 0x0002, 0x0008, 0x0009
COMPLETED, CANCELED, ABORTED = 9, 7, 8
JOB_STATES = {3: "pending", 4: "pending-held", 5: "processing", 6: "processing-stopped", CANCELED: "canceled",
              ABORTED: "aborted", COMPLETED: "completed"}


def attribute(tag, name, *values):
    """One attribute; integers, booleans and text are encoded by their tag."""
    data = b""
    for value in values:
        if tag in (INTEGER, ENUM):
            raw = struct.pack(">i", value)
        elif tag == BOOLEAN:
            raw = struct.pack(">?", value)
        else:
            raw = value.encode()
        key = b"" if data else name.encode()
        data += struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(raw)) + raw
    return data


def integers(answer):
    """All integer and enum attributes of an answer, by name (the last of a name counts)."""
    found, at, name = {}, 8, ""
    while at < len(answer) and answer[at] != END:
        tag = answer[at]
        if tag < 0x10:
            at += 1
            continue
        length, = struct.unpack_from(">H", answer, at + 1)
        name = answer[at + 3:at + 3 + length].decode() or name
        at += 3 + length
        length, = struct.unpack_from(">H", answer, at)
        if tag in (INTEGER, ENUM):
            found[name], = struct.unpack_from(">i", answer, at + 2)
        at += 2 + length
    return found


class Refused(Exception):
    """cupsd answered with a status that is no success."""


class Client:
    """One person at one computer."""

    def __init__(self, path, user="wang"):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(120)
        self.socket.connect(path)
        self.user = user
        self.buffer = b""

    def close(self):
        self.socket.close()

    def line(self):
        while b"\r\n" not in self.buffer:
            self.receive()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode()

    def take(self, length):
        while len(self.buffer) < length:
            self.receive()
        data, self.buffer = self.buffer[:length], self.buffer[length:]
        return data

    def receive(self):
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("cupsd closed the connection")
        self.buffer += data

    def read_answer(self):
        status = self.line()
        headers = {}
        while line := self.line():
            key, _, value = line.partition(":")
            headers[key.lower()] = value.strip()
        if status.split()[1] == "100":
            return self.read_answer()
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while length := int(self.line(), 16):
                body += self.take(length)
                self.line()
            self.line()
        else:
            body = self.take(int(headers["content-length"]))
        if status.split()[1] != "200":
            raise Refused(status)
        return body

    def request(self, path, operation, attributes, job=b"", document=b""):
        head = struct.pack(">BBHIB", 2, 0, operation, 1, OPERATION)
        head += attribute(CHARSET, "attributes-charset", "utf-8") + attribute(LANGUAGE, "attributes-natural-language", "en")
        head += attributes + (bytes([JOB]) + job if job else b"") + bytes([END])
        http = "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n\r\n" % (
            path, len(head) + len(document))
        self.socket.sendall(http.encode() + head + document)
        answer = self.read_answer()
        if struct.unpack_from(">H", answer, 2)[0] >= 0x0100:
            raise Refused("%04x %r" % (struct.unpack_from(">H", answer, 2)[0], answer))
        return answer

    def print_job(self, queue, document, title="document", media_type="application/pdf", job=b""):
        """Returns cupsd's number of the job."""
        attributes = (attribute(URI, "printer-uri", "ipp://localhost/printers/" + queue)
                      + attribute(NAME, "requesting-user-name", self.user) + attribute(NAME, "job-name", title)
                      + attribute(MIME, "document-format", media_type))
        return integers(self.request("/printers/" + queue, PRINT_JOB, attributes, job, document))["job-id"]

    def about(self, number):
        return (attribute(URI, "job-uri", "ipp://localhost/jobs/%d" % number)
                + attribute(NAME, "requesting-user-name", self.user))

    def job_state(self, number):
        answer = self.request("/jobs/", GET_JOB_ATTRIBUTES,
                              self.about(number) + attribute(KEYWORD, "requested-attributes", "job-state"))
        return integers(answer)["job-state"]

    def cancel(self, number):
        self.request("/jobs/", CANCEL_JOB, self.about(number))
