# SPDX-License-Identifier: GPL-2.0-or-later
"""An IPP printer that stores jobs (RFC 8011, PWG 5100.11), as far as they are listed and deleted. No simulator of CUPS's does."""
import http.server
import struct
import threading

from ipp_client import ENUM, INTEGER, KEYWORD, NAME, TEXT, CHARSET, LANGUAGE, COMPLETED, attribute

GET_JOBS, CANCEL_JOB, GET_PRINTER, PURGE_JOBS, CANCEL_DOCUMENT = 0x000A, 0x0008, 0x000B, 0x0012, 0x0033
OK, NOT_POSSIBLE, VALUES_NOT_SUPPORTED, OPERATION_NOT_SUPPORTED = 0x0000, 0x0404, 0x040B, 0x0501


def values(request):
    """Attributes of a request by name: the bytes of the first value."""
    found, at = {}, 8
    while at < len(request) and request[at] != 0x03:
        if request[at] < 0x10:
            at += 1
            continue
        length, = struct.unpack_from(">H", request, at + 1)
        name = request[at + 3:at + 3 + length].decode()
        at += 3 + length
        length, = struct.unpack_from(">H", request, at)
        if name:
            found[name] = request[at + 2:at + 2 + length]
        at += 2 + length
    return found


class StoredJobs:
    """`lists` has the jobs: which-jobs value → {job-id: (name, state, reasons)}. `cancel` are the operations that delete, `lies`
    makes them say so and not do it."""

    def __init__(self, lists, cancel=(CANCEL_JOB,), operations=(CANCEL_JOB,), lies=False, refused=()):
        self.lists, self.cancel, self.operations, self.lies, self.refused = lists, cancel, operations, lies, refused
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                if self.headers.get("Expect") == "100-continue":
                    self.send_response_only(100)
                    self.end_headers()
                body = self.rfile.read(int(self.headers["Content-Length"])) if "Content-Length" in self.headers else self.chunks()
                answer = outer.answer(body)
                self.send_response(200)
                self.send_header("Content-Type", "application/ipp")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def chunks(self):
                body = b""
                while (size := int(self.rfile.readline(), 16)) > 0:
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
                return body

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.uri = "ipp://127.0.0.1:%d/ipp/print" % self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, request):
        operation, number = struct.unpack_from(">HI", request, 2)
        asked = values(request)
        self.asked.append(operation)
        groups = b""
        status = OK
        if operation == GET_PRINTER:
            groups = b"\x04" + attribute(KEYWORD, "which-jobs-supported", *self.lists) + attribute(
                ENUM, "operations-supported", GET_JOBS, GET_PRINTER, *self.operations) + attribute(
                TEXT, "printer-make-and-model", "Ricoh Press 9") + attribute(INTEGER, "printer-impressions-completed", 815)
        elif operation == GET_JOBS:
            which = asked["which-jobs"].decode()
            if which in self.refused or which not in self.lists:
                status = VALUES_NOT_SUPPORTED
            for job_id, (name, state, reasons) in self.lists.get(which, {}).items() if status == OK else ():
                groups += b"\x02" + attribute(INTEGER, "job-id", job_id) + attribute(NAME, "job-name", name) + attribute(
                    ENUM, "job-state", state) + attribute(KEYWORD, "job-state-reasons", *reasons)
        elif operation not in self.operations:
            status = OPERATION_NOT_SUPPORTED
        elif operation in self.cancel:
            self.delete(None if operation == PURGE_JOBS else struct.unpack(">i", asked["job-id"])[0])
        else:
            status = NOT_POSSIBLE
        head = struct.pack(">BBHI", 2, 0, status, number) + b"\x01" + attribute(CHARSET, "attributes-charset", "utf-8") + attribute(
            LANGUAGE, "attributes-natural-language", "en")
        return head + groups + b"\x03"

    def delete(self, job_id):
        if self.lies:
            return
        for which, jobs in self.lists.items():
            for number in list(jobs):
                if which == "completed":
                    name, state, _ = jobs[number]
                    jobs[number] = (name, state, ("none",))
                elif job_id in (None, number):
                    del jobs[number]


def held(name):
    return (name, 4, ("job-hold-until-specified",))


def done(name, *reasons):
    return (name, COMPLETED, reasons or ("job-completed-successfully",))
