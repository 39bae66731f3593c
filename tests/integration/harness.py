# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a whole print room for tests: private cupsd, simulated printers, printroomd (see daemon/quickstart).

A test file makes one Room (or several), its tests use it, and Room.stop() asserts that nothing is left behind. The
environment variable PRINTROOM_PREFIX names the installation under test; tests/run sets it.
"""
import contextlib
import glob
import http.client
import json
import os
import pwd
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import ipp_client

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
QUICKSTART = os.path.join(TOP, "daemon", "quickstart")
FAKE_DAEMON = os.path.join(TOP, "tests", "simulators", "fake-daemon.py")
PATIENCE_S = 120
# For rooms that mostly wait for the daemon's next look at the clock. Elsewhere a tick could come between two questions.
SHORT_TICKS = {"PRINTROOM_TICK": "2"}


def run(*command, check=True, timeout=PATIENCE_S, **more):
    """Runs a command with its output captured as text."""
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            encoding="utf-8", errors="replace", timeout=timeout, check=False, **more)
    if check and result.returncode != 0:
        raise AssertionError("%s\nended with %d\n%s%s" % (" ".join(command), result.returncode, result.stdout,
                                                          result.stderr))
    return result


def wait_until(condition, what, patience_s=PATIENCE_S):
    """Calls condition() until it returns something true, and returns that.

    The longer it takes, the more seldom it asks: what is waited for needs the processors more."""
    start = time.monotonic()
    while True:
        value = condition()
        if value:
            return value
        waited_s = time.monotonic() - start
        if waited_s > patience_s:
            raise AssertionError("waited in vain for " + (what() if callable(what) else what))
        time.sleep(min(0.02 + waited_s / 10, 0.3))


class CommandRefused(Exception):
    """printroom ended with something else than 0."""

    def __init__(self, code, words):
        super().__init__("printroom ended with %d: %s" % (code, words))
        self.code = code
        self.words = words


class Printer:
    """The controls of a simulated printer, see tests/simulators/office-printer-job."""

    FIELDS = ("job", "title", "user", "copies", "sides", "media", "color_mode", "pages", "printed", "total", "end")
    NUMBERS = ("job", "copies", "pages", "printed", "total")

    def __init__(self, room, name):
        self.room = room
        self.name = name
        self.control = os.path.join(room.home, "control", name)

    def set(self, control, contents=""):
        """Makes a control file."""
        path = os.path.join(self.control, control)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(str(contents) + "\n")
        os.rename(path + ".new", path)

    def clear(self, *controls):
        """Removes control files; without arguments all of them."""
        for control in controls or ("seconds-per-side", "media-empty", "jam-after", "abort-after", "silent"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(os.path.join(self.control, control))

    def ipp(self, operation, *attributes):
        """Sends the device an IPP request with ipptool; returns its output."""
        with open(os.path.join(self.room.home, "etc", "port-" + self.name), encoding="utf-8") as file:
            uri = "ipp://localhost:%s/ipp/print" % file.read().strip()
        request = "{ OPERATION %s GROUP operation-attributes-tag ATTR charset attributes-charset utf-8\n" \
            "ATTR language attributes-natural-language en ATTR uri printer-uri $uri\n%s\nSTATUS successful-ok }" % (
                operation, "\n".join("ATTR " + attribute for attribute in attributes))
        return subprocess.run(["ipptool", "-tv", uri, "/dev/stdin"], input=request, stdout=subprocess.PIPE,
                              encoding="utf-8", timeout=PATIENCE_S, check=True).stdout

    def cancel(self):
        """Cancels what is being printed, as at the device's panel."""
        jobs = re.findall(r"job-id \(integer\) = (\d+)", self.ipp("Get-Jobs", "keyword requested-attributes job-id"))
        self.ipp("Cancel-Job", "integer job-id " + jobs[0], "name requesting-user-name printroom")

    def stop(self):
        self.room.quickstart("printer", "stop", self.name)

    def start(self):
        self.room.quickstart("printer", "start", self.name)

    def paper(self):
        """What came out: one dictionary a job, in order."""
        jobs = []
        with contextlib.suppress(FileNotFoundError):
            with open(os.path.join(self.control, "paper.log"), encoding="utf-8") as file:
                for line in file:
                    job = dict(zip(self.FIELDS, line.rstrip("\n").split("\t")))
                    job.update({field: int(job[field]) for field in self.NUMBERS})
                    jobs.append(job)
        return jobs


class FakeDaemon:
    """tests/simulators/fake-daemon.py at the place of printroomd's socket."""

    def __init__(self, socket):
        self.socket = socket
        self.folder = tempfile.mkdtemp(prefix="fake")
        self.process = None

    def start(self):
        self.process = subprocess.Popen([sys.executable, "-B", FAKE_DAEMON, self.socket, self.folder],
                                        stdin=subprocess.DEVNULL)
        wait_until(lambda: os.path.exists(self.socket), "the fake daemon's socket")

    def stop(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE_S)
            self.process = None
            os.unlink(self.socket)

    def remove(self):
        self.stop()
        shutil.rmtree(self.folder)

    def mode(self, mode):
        path = os.path.join(self.folder, "mode")
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(mode)
        os.rename(path + ".new", path)

    def events(self, kind=None, origin=None):
        """What happened, in order."""
        events = []
        with contextlib.suppress(FileNotFoundError):
            with open(os.path.join(self.folder, "jobs.jsonl"), encoding="utf-8") as file:
                events = [json.loads(line) for line in file]
        return [event for event in events
                if (kind is None or event["event"] == kind)
                and (origin is None or event.get("request", {}).get("origin") == origin)]

    def forget(self):
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(self.folder, "jobs.jsonl"))

    def document(self, job_id):
        return os.path.join(self.folder, job_id + ".pdf")


class Room:
    """One print room in a folder of its own."""

    def __init__(self, devices=1, environment=None, settings="", brisk=True):
        """`brisk`: CUPS's ipp backend pauses a tenth as long as usual, see tests/simulators/brisk.c."""
        self.prefix = os.environ["PRINTROOM_PREFIX"]
        self.devices = devices
        self.brisk = brisk
        self.home = tempfile.mkdtemp(prefix="pr-", dir="/tmp")
        os.chmod(self.home, 0o755)
        self.environment = dict(os.environ, LC_ALL="C.UTF-8", PRINTROOM_SETTINGS=settings, **(environment or {}))
        self.variables = {}
        self.cups_port = None

    # --- as a whole

    def quickstart(self, *arguments, environment=None):
        return run(QUICKSTART, "--home", self.home, *arguments, env=dict(self.environment, **(environment or {})),
                   timeout=300)

    def start(self):
        self.quickstart("--bare", "--installed", self.prefix, "--devices", str(self.devices))
        for line in self.quickstart("env").stdout.splitlines():
            key, _, value = line.removeprefix("export ").partition("=")
            self.variables[key] = value.strip("'")
        with open(os.path.join(self.home, "etc", "port-cupsd"), encoding="utf-8") as file:
            self.cups_port = file.read().strip()
        self.environment.update({key: self.variables[key] for key in ("CUPS_SERVER", "PRINTROOM_SOCKET")})
        if self.brisk:
            self.make_brisk()
        return self

    def make_brisk(self):
        library = os.path.join(self.home, "simulators", "brisk.so")
        run("gcc", "-shared", "-fPIC", "-O2", "-o", library, os.path.join(TOP, "tests", "simulators", "brisk.c"))
        backend = os.path.join(self.home, "cups", "bin", "backend", "ipp")
        with open(backend + ".new", "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nLD_PRELOAD=%s exec /usr/lib/cups/backend/ipp \"$@\"\n" % library)
        os.chmod(backend + ".new", 0o755)
        os.rename(backend + ".new", backend)

    def stop(self):
        """Ends the room and asserts that no process and no mount of it is left."""
        self.quickstart("stop")
        left = processes_naming(self.home)
        mounts = [line for line in open("/proc/self/mounts", encoding="utf-8") if self.home in line]
        # Programs built with a sanitizer report on stderr; cupsd's log has the backend's.
        complaints = [line for name in ("printroomd", "cupsd") for line in self.log(name).splitlines()
                      if re.search("Sanitizer|runtime error:", line)]
        if sys.exc_info()[0] is None and os.environ.get("PRINTROOM_KEEP") is None:
            shutil.rmtree(self.home)
        assert not left, "processes are left: %s" % left
        assert not mounts, "mounts are left: %s" % mounts
        assert not complaints, complaints

    def log(self, name="printroomd"):
        with open(os.path.join(self.home, "log", name + ".log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    # --- the daemon

    def daemon_stop(self):
        self.quickstart("daemon", "stop")

    def daemon_kill(self):
        self.quickstart("daemon", "kill")

    def daemon_start(self, fault=None):
        self.quickstart("daemon", "start", environment={"PRINTROOM_FAULT": fault} if fault else None)

    def daemon_settings(self, more):
        """Restarts the daemon with more settings than the room has otherwise."""
        path = os.path.join(self.home, "etc", "printroom", "printroom.conf")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        mark = "# --- settings of a test\n"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.partition(mark)[0] + mark + more + "\n")
        self.daemon_stop()
        self.daemon_start()

    def daemon_running(self):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            with open(os.path.join(self.home, "pid", "printroomd"), encoding="utf-8") as file:
                pid, start = file.read().split()
            with open("/proc/%s/stat" % pid, encoding="utf-8") as file:
                fields = file.read().rpartition(") ")[2].split()
            # A zombie whose threads are still in a system call may yet write.
            return (fields[0] != "Z" or int(fields[17]) > 1) and fields[19] == start
        return False

    def daemon_dies(self):
        """Waits until a fault has ended the daemon."""
        wait_until(lambda: not self.daemon_running(), "the end of printroomd at its fault")

    @contextlib.contextmanager
    def fake_daemon(self):
        """The same room with a fake in the place of printroomd."""
        self.daemon_stop()
        fake = FakeDaemon(self.variables["PRINTROOM_SOCKET"])
        with contextlib.suppress(FileNotFoundError):
            os.unlink(fake.socket)
        try:
            fake.start()
            yield fake
        finally:
            fake.remove()
            self.daemon_start()

    def settings(self, text):
        """Adds lines to printroom.conf and starts the daemon anew."""
        with open(os.path.join(self.home, "etc", "printroom", "printroom.conf"), "a", encoding="utf-8") as file:
            file.write(text + "\n")
        self.daemon_stop()
        self.daemon_start()

    # --- cupsd

    def pid(self, name):
        with open(os.path.join(self.home, "pid", name), encoding="utf-8") as file:
            return int(file.read().split()[0])

    def cupsd_stop(self, signal_number=signal.SIGTERM):
        pid = self.pid("cupsd")
        os.kill(pid, signal_number)
        wait_until(lambda: process_state(pid) in (None, "Z"), "the end of cupsd")

    def cupsd_start(self):
        etc = os.path.join(self.home, "etc", "cups")
        with open(os.path.join(self.home, "log", "cupsd.log"), "ab") as log:
            process = subprocess.Popen(["cupsd", "-f", "-c", etc + "/cupsd.conf", "-s", etc + "/cups-files.conf"],
                                       stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        with open("/proc/%d/stat" % process.pid, encoding="utf-8") as file:
            start = file.read().rpartition(") ")[2].split()[19]
        # Where daemon/quickstart looks for it; it ends it like its own.
        with open(os.path.join(self.home, "pid", "cupsd"), "w", encoding="utf-8") as file:
            file.write("%d %s\n" % (process.pid, start))
        threading.Thread(target=process.wait, daemon=True).start()
        wait_until(lambda: run("lpstat", "-r", check=False, env=self.environment).returncode == 0, "cupsd")

    def queue(self, command, *names):
        """cupsenable or cupsdisable; a cupsd that was just started refuses now and then."""
        last = []

        def done():
            last[:] = [run(command, *names, check=False, env=self.environment)]
            return last[0].returncode == 0
        wait_until(done, lambda: "%s: %s" % (command, last))

    def lp(self, *arguments, user="wang", queue="print-room", **more):
        """Prints. Returns the number of the CUPS job."""
        output = run("lp", "-U", user, "-d", queue, *arguments, env=self.environment, **more).stdout
        return int(re.search(r"-(\d+) \(", output).group(1))

    def cups_job(self, number):
        """Attributes of a CUPS job as ipptool writes them, e.g. job-state "completed"."""
        request = os.path.join(TOP, "tests", "integration", "get-job-attributes.test")
        # ipptool finds fault with what cupsd says of a job of several documents; the answer is there all the same.
        output = run("ipptool", "-tv", "ipp://localhost:%s/jobs/%d" % (self.cups_port, number), request, check=False).stdout
        assert "status-code = successful-ok" in output, output
        found = re.findall(r"^ +(\S+) \([^)]*\) = (.*)$", output.partition("RECEIVED")[2], re.MULTILINE)
        return dict(found)

    def wait_cups(self, number, *states):
        """Waits until the CUPS job is in one of the states (none: in a final one), and returns its attributes."""
        states = states or ("completed", "canceled", "aborted")
        last = {}

        def reached():
            # Not by ipptool each time: starting it takes longer than cupsd's answer.
            with contextlib.suppress(OSError, ipp_client.Refused):
                with contextlib.closing(ipp_client.Client(os.path.join(self.home, "run", "cups.sock"))) as client:
                    last["job-state"] = ipp_client.JOB_STATES.get(client.job_state(number))
                    if last["job-state"] not in states:
                        return False
            last.update(self.cups_job(number))
            return last.get("job-state") in states

        wait_until(reached, lambda: "CUPS job %d to be %s: %s" % (number, " or ".join(states), last))
        return last

    # --- printroom

    def cli(self, *arguments, person=None, check=True):
        """printroom --json: what it printed, parsed."""
        command = [os.path.join(self.prefix, "bin", "printroom"), "--json"]
        if person is not None:
            command += ["--as", person]
        result = run(*command, *arguments, check=False, env=self.environment)
        if result.returncode != 0 and check:
            raise CommandRefused(result.returncode, result.stderr.strip())
        return json.loads(result.stdout) if result.stdout.strip() else None

    def text(self, *arguments, language="en"):
        """What printroom prints for people."""
        locale = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}[language]
        return run(os.path.join(self.prefix, "bin", "printroom"), *arguments,
                   env=dict(self.environment, LC_ALL=locale)).stdout

    def as_account(self, account, *command):
        """Runs a command under an account of this machine, without its groups and environment."""
        entry = pwd.getpwnam(account)
        return run("setpriv", "--reuid", str(entry.pw_uid), "--regid", str(entry.pw_gid), "--clear-groups", *command,
                   check=False, env=dict(self.environment, HOME="/nonexistent"))

    def connect(self):
        """A connection to the API's socket, to be closed by the caller."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(PATIENCE_S)
        connection.connect(self.variables["PRINTROOM_SOCKET"])
        return connection

    def api(self, method, path, body=None, person=None):
        """(status, JSON) of one call."""
        connection = http.client.HTTPConnection("localhost")
        connection.sock = self.connect()
        headers = {"Printroom-As": person} if person else {}
        if isinstance(body, bytes):
            headers["Content-Type"] = "application/pdf"
        elif body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def job(self, job_id):
        return self.cli("show", job_id)

    def wait_for(self, job_id, *states):
        """Waits until the job is in one of the states, and returns it."""
        last = {}

        def reached():
            last.update(self.glance("/v1/jobs/" + job_id))
            return last.get("state") in states

        wait_until(reached, lambda: "job %s to be %s: %s" % (job_id, " or ".join(states), last))
        return last

    def glance(self, path):
        """What the API answers, {} while it answers nothing: for waiting, which must not cost a process a look."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, answer = self.api("GET", path)
            if status == 200:
                return answer
        return {}

    def rest(self):
        """Waits until nothing is under way: what is not over waits for somebody."""
        def resting():
            status, jobs = self.api("GET", "/v1/jobs")
            return status == 200 and all(job["state"] in ("completed", "canceled", "aborted", "pending-held")
                                         or "job-suspended-by-system" in job["reasons"] for job in jobs)
        wait_until(resting, "the jobs to rest")

    def print_document(self, *arguments, **more):
        """Prints on the managed queue and returns printroom's number of the job."""
        return self.number_of(self.lp(*arguments, **more))

    def number_of(self, cups_job):
        """printroom's number of a job, which cupsd's job carries when it is done."""
        attributes = self.wait_cups(cups_job)
        found = re.match(r"\d{4}-\d{2}-\d+", attributes["job-printer-state-message"])
        assert found, attributes
        return found.group(0)

    def query(self, sql, *values):
        """Rows of the daemon's database, read beside the daemon."""
        path, = glob.glob(os.path.join(self.home, "state", "*.db")) + glob.glob(
            os.path.join(self.home, "state", "*.sqlite"))
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % path, uri=True, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute(sql, values)]

    # --- devices

    def printer(self, name="office-printer"):
        return Printer(self, name)

    def output(self):
        """Names of the printed files."""
        return sorted(os.listdir(self.variables["PRINTROOM_OUTPUT"]))


def process_state(pid):
    """A letter as in ps, None when there is no such process."""
    with contextlib.suppress(OSError):
        with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
            return file.read().rpartition(") ")[2][0]
    return None


def processes_naming(text):
    """Processes with this text in their arguments or environment, this one and those above it left out."""
    own = set()
    pid = os.getpid()
    while pid > 0:
        own.add(pid)
        with open("/proc/%d/stat" % pid, encoding="utf-8") as file:
            pid = int(file.read().rpartition(") ")[2].split()[1])
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) in own:
            continue
        with contextlib.suppress(OSError):
            for kind in ("cmdline", "environ"):
                with open("/proc/%s/%s" % (entry, kind), "rb") as file:
                    if text.encode() in file.read():
                        with open("/proc/%s/cmdline" % entry, "rb") as arguments:
                            found.append((int(entry), arguments.read().replace(b"\0", b" ").decode(errors="replace")))
                        break
    return found


# --- documents -------------------------------------------------------------------------------------------


def pdf(pages=1, width=595, height=842, text="Page"):
    """A PDF with a line of text on each page; sizes in points."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>",
               "<</Type/Pages/Count %d/Kids[%s]>>" % (pages, " ".join("%d 0 R" % (4 + 2 * i) for i in range(pages))),
               "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    for page in range(pages):
        content = "BT /F 30 Tf 72 %d Td (%s %d) Tj ET" % (height - 100, text, page + 1)
        objects.append("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>"
                       % (width, height, 5 + 2 * page))
        objects.append("<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    data = "%PDF-1.4\n"
    offsets = []
    for number, value in enumerate(objects, 1):
        offsets.append(len(data))
        data += "%d 0 obj\n%s\nendobj\n" % (number, value)
    table = len(data)
    data += "xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += "".join("%010d 00000 n \n" % offset for offset in offsets)
    data += "trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return data.encode()


def pdf_facts(path):
    """(pages, width, height) of the first page in points, and its text."""
    output = run("pdfinfo", path).stdout
    size = re.search(r"Page size: +([\d.]+) x ([\d.]+)", output)
    text = run("pdftotext", path, "-").stdout
    return int(re.search(r"Pages: +(\d+)", output).group(1)), round(float(size.group(1))), round(
        float(size.group(2))), text


class Documents:
    """A folder of documents for a test file."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="documents-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        self.number = 0

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def pdf(self, name="document.pdf", **more):
        """A PDF; without a text of its own one that is like no other: the same content twice is held as a duplicate."""
        self.number += 1
        more.setdefault("text", "Document %d page" % self.number)
        return self.write(name, pdf(**more))

    def remove(self):
        shutil.rmtree(self.folder)


# --- results as TAP ----------------------------------------------------------------------------------------


class TapResult(unittest.TestResult):
    """Prints a TAP line a test, with the seconds it took."""

    def __init__(self):
        super().__init__()
        self.number = 0
        self.began = time.monotonic()

    def startTest(self, test):
        super().startTest(test)
        self.began = time.monotonic()

    def line(self, test, good, comment=None):
        self.number += 1
        print("%s %d - %s # %s" % ("ok" if good else "not ok", self.number, test.id().removeprefix("__main__."),
                                   comment or "%.1f s" % (time.monotonic() - self.began)), flush=True)

    def addSuccess(self, test):
        self.line(test, True)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.line(test, True, "SKIP " + reason)

    def explain(self, test, error):
        self.line(test, False)
        for line in self._exc_info_to_string(error, test).splitlines():
            print("# " + line, flush=True)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.explain(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self.explain(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.explain(subtest, err)


def main():
    """Runs the tests of the calling file; names on the command line choose among them."""
    loader = unittest.TestLoader()
    loader.testNamePatterns = ["*%s*" % name for name in sys.argv[1:]] or None
    suite = loader.loadTestsFromModule(sys.modules["__main__"])
    print("1..%d" % suite.countTestCases(), flush=True)
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() and result.testsRun > 0 else 1)
