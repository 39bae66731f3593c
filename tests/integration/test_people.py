#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Departments and people against the whole appliance: changes and what they do to jobs, tables, passwords, signing in."""
import os
import pty
import pwd
import stat
import subprocess
import tempfile
import unittest

import harness


def setUpModule():
    global room, documents
    documents = harness.Documents()
    room = harness.Room().start()


def tearDownModule():
    room.stop()
    documents.remove()


def printroom(*arguments, text=None, account=None, state=None):
    """Runs printroom, maybe as another account of the machine. Returns (exit code, stdout, stderr)."""
    environment = dict(room.environment)
    environment["XDG_STATE_HOME"] = state or "/nonexistent"
    more = {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []} if account else {}
    result = subprocess.run([os.path.join(room.prefix, "bin", "printroom"), *arguments], input=text or "",
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", check=False, cwd="/",
                            timeout=harness.PATIENCE_S, env=environment, **more)
    return result.returncode, result.stdout, result.stderr


def submit(person, name="a.pdf", **more):
    return room.cli("submit", documents.pdf(name, **more), person=person)["id"]


class Changes(unittest.TestCase):
    def test_jobs_of_who_left_are_held_and_go_on_when_they_are_back(self):
        room.cli("person", "add", "sun", "孙老师", "--department", "academic")
        room.cli("person", "deactivate", "sun")
        job = room.job(room.print_document(documents.pdf("sun.pdf"), user="sun"))
        self.assertEqual((job["state"], job["reasons"]), ("pending-held", ["account-info-needed"]))
        room.cli("person", "reactivate", "sun")
        room.wait_for(job["id"], "completed")
        # Leaving takes nothing of history away.
        room.cli("person", "deactivate", "sun")
        self.assertEqual([found["id"] for found in room.cli("jobs", "--person", "sun")], [job["id"]])
        events = [change["event"] for change in room.cli("person", "show", "sun")["changes"]]
        self.assertEqual(events, ["person.add", "person.deactivate", "person.reactivate", "person.deactivate"])

    def test_a_department_out_of_use_holds_its_peoples_jobs(self):
        room.cli("department", "add", "library", "图书馆")
        room.cli("quota", "set", "library", "10")
        room.cli("person", "add", "qian", "钱老师", "--department", "library")
        room.cli("department", "deactivate", "library")
        job = room.job(room.print_document(documents.pdf("qian.pdf"), user="qian"))
        self.assertEqual((job["state"], job["reasons"]), ("pending-held", ["account-info-needed"]))
        room.cli("department", "reactivate", "library")
        room.wait_for(job["id"], "completed")
        events = [change["event"] for change in room.cli("department", "show", "library")["changes"]]
        self.assertEqual(events, ["department.add", "quota.set", "department.deactivate", "department.reactivate"])

    def test_who_moves_is_paid_by_the_new_department(self):
        room.cli("person", "add", "zhou", "周老师", "--department", "academic")
        before = room.cli("quota", "show", "general")["used"]
        room.cli("person", "set", "zhou", "--department", "general")
        room.wait_for(submit("zhou", "zhou.pdf"), "completed")
        self.assertEqual(room.cli("quota", "show", "general")["used"], before + 1)

    def test_each_change_is_one_leaf(self):
        def leaves():
            return room.query("SELECT count(*) AS n FROM audit_leaf")[0]["n"]
        room.cli("person", "add", "feng", "冯", "--department", "academic")
        for arguments, expected in ((("person", "set", "feng", "--name", "冯老师"), 1),
                                    (("person", "set", "feng", "--name", "冯老师"), 0),
                                    (("person", "deactivate", "feng"), 1), (("person", "deactivate", "feng"), 0),
                                    (("quota", "cap", "feng", "7"), 1), (("quota", "cap", "feng", "none"), 1)):
            before = leaves()
            room.cli(*arguments)
            self.assertEqual(leaves() - before, expected, arguments)

    def test_separated_powers_stay_separated(self):
        for arguments, person in ((("person", "set", "director", "--role", "director", "--role", "auditor"), None),
                                  (("person", "set", "admin", "--role", "director"), "admin"),
                                  (("person", "deactivate", "admin"), "admin"),
                                  (("person", "set", "wang", "--role", "admin"), "director")):
            with self.subTest(arguments=arguments), self.assertRaises(harness.CommandRefused) as refusal:
                room.cli(*arguments, person=person)
            self.assertEqual(refusal.exception.code, 1)


class Tables(unittest.TestCase):
    def test_a_table_is_imported_twice(self):
        table = documents.write("people.csv", "\ufefflogin,name,department,role\r\nt1,\"一, 号\",academic,staff\r\n"
                                "t2,二号,general,director;supervisor\r\n".encode())
        self.assertEqual(room.cli("person", "import", table), {"added": 2, "changed": 0, "unchanged": 0})
        self.assertEqual(room.cli("person", "import", table), {"added": 0, "changed": 0, "unchanged": 2})
        self.assertEqual(room.cli("person", "show", "t1")["name"], "一, 号")

    def test_mistakes_are_named_by_line_as_compilers_do(self):
        table = documents.write("wrong.csv", "login,name,department,role\nok,O,academic,staff\nx,X,nowhere,staff\n"
                                "y,Y,academic,king\n".encode())
        code, out, err = printroom("person", "import", table)
        self.assertEqual((code, out), (1, ""))
        lines = err.splitlines()
        self.assertEqual(len(lines), 3)
        self.assertTrue(lines[0].startswith(table + ":3: ") and "nowhere" in lines[0], err)
        self.assertTrue(lines[1].startswith(table + ":4: ") and "king" in lines[1], err)
        self.assertTrue(lines[2].startswith("printroom: Nothing was changed"), err)
        with self.assertRaises(harness.CommandRefused):
            room.cli("person", "show", "ok")

    def test_a_table_that_is_not_there(self):
        code, _, err = printroom("person", "import", "/nonexistent.csv")
        self.assertEqual(code, 1)
        self.assertIn("/nonexistent.csv", err)


class SigningIn(unittest.TestCase):
    """Somebody without an account on the machine uses the command line from any account."""

    def setUp(self):
        folder = tempfile.mkdtemp(prefix="state-", dir="/tmp")
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        self.addCleanup(subprocess.run, ["rm", "-r", folder], check=True)
        self.state = folder

    def as_nobody(self, *arguments, text=None):
        return printroom(*arguments, text=text, account="nobody", state=self.state)

    def sign_in(self, login, password):
        return self.as_nobody("login", login, text=password + "\n")

    def test_in_and_out(self):
        self.assertEqual(printroom("person", "password", "li", text="correct horse 1\n")[0], 0)
        self.assertEqual(self.as_nobody("jobs")[0], 1)
        code, out, err = self.sign_in("li", "correct horse 1")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("li", out)
        path = os.path.join(self.state, "printroom", "token")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode), 0o700)
        self.assertEqual(self.as_nobody("quota", "show", "general")[0], 0)
        # It is li's rights, not more.
        self.assertEqual(self.as_nobody("quota", "show", "academic")[0], 1)
        with open(path, encoding="utf-8") as file:
            token = file.read()
        self.assertEqual(self.as_nobody("logout")[0], 0)
        self.assertFalse(os.path.exists(path))
        self.assertEqual(self.as_nobody("jobs")[0], 1)
        # The token itself is dead, not only forgotten.
        with open(path, "w", encoding="utf-8") as file:
            file.write(token)
        os.chmod(path, 0o600)
        os.chown(path, pwd.getpwnam("nobody").pw_uid, -1)
        code, _, err = self.as_nobody("jobs")
        self.assertEqual(code, 1)
        self.assertIn("printroom login", err)

    def test_neither_password_nor_token_is_stored(self):
        printroom("person", "password", "supervisor", text="very secret words\n")
        self.sign_in("supervisor", "very secret words")
        with open(os.path.join(self.state, "printroom", "token"), "rb") as file:
            token = file.readline().strip()
        self.assertGreater(len(token), 40)
        for folder, _, files in os.walk(os.path.join(room.home, "state")):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    contents = file.read()
                self.assertNotIn(b"very secret words", contents, name)
                self.assertNotIn(token, contents, name)
        self.assertNotIn("very secret words", room.log())
        self.assertTrue(all(row["hash"].startswith("$argon2id$") for row in
                            room.query("SELECT hash FROM person_secret")))

    def test_leaving_and_a_new_password_sign_out(self):
        room.cli("person", "add", "wu", "吴", "--department", "academic")
        for change in (("person", "deactivate", "wu"), ("person", "password", "wu")):
            printroom("person", "password", "wu", text="correct horse 2\n")
            self.assertEqual(self.sign_in("wu", "correct horse 2")[0], 0)
            self.assertEqual(self.as_nobody("jobs")[0], 0)
            self.assertEqual(printroom(*change, text="correct horse 3\n")[0], 0)
            self.assertEqual(self.as_nobody("jobs")[0], 1)
            room.cli("person", "reactivate", "wu")

    def test_wrong_passwords_wait_and_tell_nothing(self):
        printroom("person", "password", "archivist", text="correct horse 4\n")
        answers = []
        for login in ("archivist", "nobody-has-this-name"):
            answers.append([self.sign_in(login, "wrong" * 3)[2] for _ in range(3)])
            self.assertEqual(len(set(answers[-1])), 1)
        self.assertEqual(answers[0], answers[1])
        for login in ("archivist", "nobody-has-this-name"):
            harness.wait_until(lambda name=login: "seconds" in self.sign_in(name, "wrong" * 3)[2], "a wait for " + login)
        # After the wait the right one is let in, and the count is forgotten.
        harness.wait_until(lambda: self.sign_in("archivist", "correct horse 4")[0] == 0, "the end of the wait")
        self.assertEqual(room.query("SELECT * FROM sign_in WHERE name = 'archivist'"), [])

    def test_ones_own_password_needs_the_present_one(self):
        room.cli("person", "add", "he", "何", "--department", "office")
        self.assertEqual(printroom("--as", "he", "person", "password", "he", text="correct horse 5\n")[0], 0)
        self.assertEqual(printroom("--as", "he", "person", "password", "he", text="correct horse 6\n")[0], 1)
        self.assertEqual(printroom("--as", "he", "person", "password", "he",
                                   text="correct horse 6\ncorrect horse 5\n")[0], 0)
        self.assertEqual(self.sign_in("he", "correct horse 6")[0], 0)
        self.assertEqual(printroom("--as", "wang", "person", "password", "he", text="correct horse 7\n")[0], 1)
        self.assertEqual(printroom("person", "password", "he", text="short\n")[0], 1)
        self.assertEqual(printroom("person", "pin", "he", text="12345\n")[0], 1)
        self.assertEqual(printroom("person", "pin", "he", text="123456\n")[0], 0)

    def test_the_terminal_does_not_echo(self):
        master, slave = pty.openpty()
        process = subprocess.Popen([os.path.join(room.prefix, "bin", "printroom"), "person", "password", "auditor"],
                                   stdin=slave, stdout=slave, stderr=slave, env=room.environment, close_fds=True)
        os.close(slave)
        seen = b""
        for prompt in (b"New password: ", b"Once more: "):
            while not seen.endswith(prompt):
                seen += os.read(master, 1024)
            os.write(master, b"correct horse 8\n")
        try:
            while True:
                more = os.read(master, 1024)
                if not more:
                    break
                seen += more
        except OSError:
            pass  # the other end is closed
        os.close(master)
        self.assertEqual(process.wait(harness.PATIENCE_S), 0, seen)
        self.assertNotIn(b"horse", seen)
        self.assertEqual(self.sign_in("auditor", "correct horse 8")[0], 0)


if __name__ == "__main__":
    harness.main()
