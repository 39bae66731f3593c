# SPDX-License-Identifier: GPL-2.0-or-later
"""A cupsd of a test's own with one raw queue, `office`. It runs as whoever starts it, root or not, with no more rights, and lets
everybody who reaches it do everything that a policy does not forbid."""
import os
import shutil
import socket
import subprocess
import tempfile

import harness

FILES = """User lp
Group lp
SystemGroup root
ServerRoot {0}/root
ServerBin {0}/bin
RequestRoot {0}/spool
TempDir {0}/spool/tmp
CacheDir {0}/cache
StateDir {0}/state
AccessLog {0}/log/access_log
ErrorLog {0}/log/error_log
PageLog {0}/log/page_log
ServerKeychain {0}/root/ssl
Printcap
FileDevice Yes
PassEnv LD_PRELOAD
PassEnv UMOCKDEV_DIR
"""
SETTINGS = """Listen {0}/cups.sock
{2}
LogLevel debug
MaxLogSize 0
Browsing Off
WebInterface No
PreserveJobHistory Yes
PreserveJobFiles No
DefaultAuthType None
<Location />
Order allow,deny
Allow localhost
</Location>
<Policy default>
JobPrivateAccess all
JobPrivateValues none
{1}
<Limit All>
Order deny,allow
</Limit>
</Policy>
"""
QUEUE = """NextPrinterId 2
<Printer office>
PrinterId 1
Info office
DeviceURI {0}
State Idle
Accepting Yes
Shared No
JobSheets none none
OpPolicy default
ErrorPolicy retry-current-job
</Printer>
"""


class PrivateCupsd:
    """Folders and settings; `start()` starts it here, `command` is for others who do. `backends` are copied from CUPS's own, `policy`
    are limits that come before the one that allows everything."""

    def __init__(self, device_uri, backends=(), policy="", account=None, tcp=False):
        self.folder = tempfile.mkdtemp(prefix="printroom-cupsd-")
        os.chmod(self.folder, 0o755)
        self.socket = os.path.join(self.folder, "cups.sock")
        self.environment = dict(os.environ, CUPS_SERVER=self.socket, LC_ALL="C")
        self.process = None
        self.port = self.free_port() if tcp else None
        for name in ("root", "root/ssl", "root/ppd", "bin", "bin/backend", "spool", "spool/tmp", "cache", "state", "log"):
            os.mkdir(os.path.join(self.folder, name))
        for name in ("daemon", "filter", "notifier", "monitor", "cgi-bin", "driver"):
            os.symlink("/usr/lib/cups/" + name, os.path.join(self.folder, "bin", name))
        for name in backends:
            # Some are root's alone where they are installed.
            os.chmod(shutil.copy("/usr/lib/cups/backend/" + name, os.path.join(self.folder, "bin", "backend")), 0o755)
        self.write("cups-files.conf", FILES.format(self.folder))
        self.write("cupsd.conf", SETTINGS.format(self.folder, policy, "Listen localhost:%d" % self.port if tcp else ""))
        self.write("root/printers.conf", QUEUE.format(device_uri))
        for path, names, files in os.walk(self.folder):
            for name in names + files:
                if account and not os.path.islink(os.path.join(path, name)) and "backend" not in path:
                    shutil.chown(os.path.join(path, name), account)
        if account:
            shutil.chown(self.folder, account)
        self.command = ["/usr/sbin/cupsd", "-f", "-c", os.path.join(self.folder, "cupsd.conf"), "-s",
                        os.path.join(self.folder, "cups-files.conf")]

    @staticmethod
    def free_port():
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            return one.getsockname()[1]

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL)
        harness.wait_until(lambda: self.run("lpstat", "-r", check=False).stdout.startswith("scheduler is running"), "cupsd")
        return self

    def run(self, *command, **more):
        return harness.run(*command, env=self.environment, **more)

    def remove(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(harness.PATIENCE_S)
        shutil.rmtree(self.folder)
