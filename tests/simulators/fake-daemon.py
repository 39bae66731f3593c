#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A stand-in for printroomd that speaks the intake part of its protocol, for tests of the CUPS backend alone.

    fake-daemon.py SOCKET FOLDER

FOLDER/mode says how it behaves (read anew for each request; none: "accept"):
    accept          every document is accepted, its job is pending
    hold            … its job is pending-held with a message
    abort           the document is refused as document-format-error
    reject          opening is refused with 403 and a detail
    unavailable     503 to everything
    full            507 when a job is opened
    full-midway     507 after the first bytes of a document, without reading the rest
    break-midway    the connection is closed after the first bytes of a document
    break-answer    the document is accepted, but the connection is closed instead of an answer
FOLDER/jobs.jsonl takes one line for each event; accepted documents are FOLDER/ID.pdf.
"""
import hashlib
import json
import os
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler


class Jobs:
    """Jobs by origin and document, as the daemon knows them."""

    def __init__(self, folder):
        self.folder = folder
        self.lock = threading.Lock()
        self.by_id = {}

    def mode(self):
        try:
            with open(os.path.join(self.folder, "mode"), encoding="utf-8") as file:
                return file.read().strip()
        except FileNotFoundError:
            return "accept"

    def record(self, event, **more):
        with open(os.path.join(self.folder, "jobs.jsonl"), "a", encoding="utf-8") as file:
            file.write(json.dumps({"event": event, **more}, ensure_ascii=False) + "\n")

    def open(self, request):
        with self.lock:
            for job in self.by_id.values():
                if (job["origin"], job["document"]) == (request["origin"], request["document"]):
                    return 200, job
            job = {"id": "2026-11-%06d" % (len(self.by_id) + 1), "state": "incoming", "reasons": [],
                   "messages": [], "origin": request["origin"], "document": request["document"]}
            self.by_id[job["id"]] = job
            return 201, job


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    jobs = None

    def log_message(self, format, *args):
        pass

    def address_string(self):
        return "socket"

    def answer(self, status, body, kind="application/json"):
        data = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def problem(self, status, detail):
        self.jobs.record("problem", status=status)
        self.answer(status, {"title": "Problem", "detail": detail, "status": status},
                    "application/problem+json")

    def do_POST(self):
        mode = self.jobs.mode()
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.jobs.record("open", request=request, language=self.headers.get("Accept-Language", ""))
        if mode == "unavailable":
            self.problem(503, "The key of the day is missing.")
        elif mode == "full":
            self.problem(507, "The spool is full.")
        elif mode == "reject":
            self.problem(403, "You may not print here.")
        else:
            self.answer(*self.jobs.open(request))

    def chunks(self):
        while True:
            size = int(self.rfile.readline().split(b";")[0], 16)
            data = self.rfile.read(size)
            self.rfile.readline()
            if size == 0:
                return
            yield data

    def do_PUT(self):
        mode = self.jobs.mode()
        job = self.jobs.by_id[self.path.split("/")[3]]
        received = []
        if mode == "unavailable":
            self.close_connection = True
            self.problem(503, "The key of the day is missing.")
            return
        for chunk in self.chunks():
            received.append(chunk)
            if mode == "full-midway":
                self.close_connection = True
                self.problem(507, "The spool is full.")
                return
            if mode == "break-midway":
                self.jobs.record("broken")
                self.close_connection = True
                return
        data = b"".join(received)
        if mode == "abort":
            job.update(state="aborted", reasons=["document-format-error"],
                       messages=["The document cannot be read.", "Send it again as PDF."])
        elif mode == "hold":
            job.update(state="pending-held", reasons=["account-limit-reached"],
                       messages=["It needs 12 sheets, 5 are left.", "Ask the director."])
        else:
            job.update(state="pending", messages=["It will be printed."])
        with open(os.path.join(self.jobs.folder, job["id"] + ".pdf"), "wb") as file:
            file.write(data)
        self.jobs.record("document", id=job["id"], document=job["document"], length=len(data),
                         sha256=hashlib.sha256(data).hexdigest(), type=self.headers["Content-Type"])
        if mode == "break-answer":
            self.close_connection = True
        else:
            self.answer(200, job)


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A peer that goes away is what some tests are about."""


def main():
    path, folder = sys.argv[1:]
    Handler.jobs = Jobs(folder)
    if os.path.exists(path):
        os.unlink(path)
    with Server(path, Handler) as server:
        os.chmod(path, 0o666)
        server.serve_forever(0.1)


if __name__ == "__main__":
    main()
