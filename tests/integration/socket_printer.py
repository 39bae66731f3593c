# SPDX-License-Identifier: GPL-2.0-or-later
"""A printer at port 9100 with files on it (tests/simulators/socket-printer), and printroom-device to ask it."""
import collections
import json
import os
import shutil
import subprocess
import tempfile

import harness

DEVICE = os.path.join(os.environ.get("PRINTROOM_PREFIX", ""), "libexec", "printroom", "printroom-device")
SIMULATOR = os.path.join(harness.TOP, "tests", "simulators", "socket-printer")
# What lies on a printer. Under PostScript is what PostScript sees.
FILES = ("saved/job1.prn", "saved/job 2.prn", "saved/deep/job3.prn", "fonts/song.ttf", "macros/head", "PostScript/jobs/a.ps",
         "PostScript/fonts/b.pfa")
STAY = {"fonts/song.ttf", "macros/head", "PostScript/fonts/b.pfa"}
RESIDUE = len(FILES) - len(STAY)

Run = collections.namedtuple("Run", "code lines")


def device(*arguments, environment=None, **more):
    done_ = subprocess.run([DEVICE, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=harness.PATIENCE_S,
                           env=environment, **more)
    assert not done_.stderr, done_.stderr.decode()
    return Run(done_.returncode, [json.loads(line) for line in done_.stdout.decode("ascii").splitlines()])


def of_type(run, kind):
    return [line for line in run.lines if line["type"] == kind]


class SocketPrinter:
    """With files on it; ends with the `with` statement."""

    def __init__(self, personality="obedient", *options, files=FILES, language="pjl"):
        self.personality, self.options, self.files, self.language = personality, options, files, language

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="printroom-device-")
        self.log = os.path.join(self.folder, "log")
        self.root = os.path.join(self.folder, "files")
        for name in self.files:
            path = os.path.join(self.root, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write("a job\n")
        self.process = subprocess.Popen([SIMULATOR, "--folder", self.root, "--personality", self.personality, "--log", self.log,
                                         *self.options], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.port = int(self.process.stdout.readline())
        self.uri = "socket://127.0.0.1:%d%s" % (self.port, "?language=" + self.language if self.language else "")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(harness.PATIENCE_S)
        self.process.stdout.close()
        shutil.rmtree(self.folder)

    def left(self):
        return {os.path.relpath(os.path.join(folder, name), self.root) for folder, _, names in os.walk(self.root) for name in names}

    def commands(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as file:
            return file.read().splitlines()

    def purge(self, *options):
        return device("purge", self.uri, "--step-timeout", "5", *options)
