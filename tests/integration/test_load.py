#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Many at once: every job printed once, every sheet counted once, in each of four records of it.

The expected sheets are worked out here, from what was asked for. They are compared with the jobs, with the ledger added
up by hand, with the accounts, and with the sides the simulated printers say came out of them.
"""
import collections
import os
import random
import threading
import unittest

import harness
import ipp_client

PRINTERS = ["office-printer"] + ["office-printer-%d" % number for number in range(2, 5)]
DEPARTMENTS = {"academic": ["wang", "w2"], "general": ["li", "l2"], "office": ["director"], "library": ["qian", "sun"],
               "science": ["zhou"]}
CLIENTS, JOBS_OF_A_CLIENT = 8, 25
ALL_ENDED_S = 700


def setUpModule():
    global room, documents
    documents = harness.Documents()
    # A few documents are printed by everybody.
    room = harness.Room(devices=len(PRINTERS), settings="duplicates { within-minutes = 0 }").start()
    present = {person["login"] for person in room.cli("person", "list")}
    for department, people in DEPARTMENTS.items():
        if department not in {row["code"] for row in room.cli("department", "list")}:
            room.cli("department", "add", department, department)
        for login in people:
            if login not in present:
                room.cli("person", "add", login, login, "--department", department, "--role", "staff")
        room.cli("quota", "set", department, "5000")


def tearDownModule():
    room.stop()
    documents.remove()


def department_of(person):
    department, = (code for code, people in DEPARTMENTS.items() if person in people)
    return department


def sheets_of(pages, copies, sides):
    return copies * (pages if sides == "one-sided" else (pages + 1) // 2)


def in_threads(work, arguments):
    """Runs work(argument) for all arguments at the same time; an error in any is raised here."""
    ready = threading.Barrier(len(arguments))
    errors = []

    def run(argument):
        try:
            ready.wait()
            work(argument)
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)

    threads = [threading.Thread(target=run, args=(argument,)) for argument in arguments]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def paper_by_job():
    """What came out, by printroom's number of the job, which begins the device's name of it."""
    paper = collections.defaultdict(list)
    for printer in PRINTERS:
        for job in room.printer(printer).paper():
            paper[job["title"].partition("/")[0]].append(dict(job, printer=printer))
    return paper


class TwoHundredJobs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Eight clients print at once; the tests look at what became of it."""
        chance = random.Random(20261123)
        people = sum(DEPARTMENTS.values(), [])
        cls.asked = {}  # by title
        orders = []
        for client in range(CLIENTS):
            orders.append([])
            for number in range(JOBS_OF_A_CLIENT):
                job = {"title": "load %d-%d" % (client, number), "person": chance.choice(people),
                       "pages": chance.randint(1, 5), "copies": chance.randint(1, 3),
                       "sides": chance.choice(["one-sided", "two-sided-long-edge", "two-sided-short-edge"])}
                job["sheets"] = sheets_of(job["pages"], job["copies"], job["sides"])
                cls.asked[job["title"]] = job
                orders[-1].append(job)
        cls.earlier = {job["id"] for job in room.cli("jobs", "--limit", "10000")}
        cls.accounts_before = cls.accounts()
        in_threads(cls.print_all, orders)
        harness.wait_until(lambda: cls.ended() == len(cls.asked), lambda: "all jobs to end, %d have" % cls.ended(),
                           ALL_ENDED_S)
        cls.jobs = [job for job in room.cli("jobs", "--limit", "10000") if job["id"] not in cls.earlier]

    @classmethod
    def print_all(cls, orders):
        client = ipp_client.Client(os.path.join(room.home, "run", "cups.sock"))
        for job in orders:
            client.user = job["person"]
            # No two alike: what was printed a moment ago is held until somebody says that it is wanted again.
            client.print_job("print-room", harness.pdf(pages=job["pages"], text=job["title"]), job["title"],
                             job=ipp_client.attribute(ipp_client.INTEGER, "copies", job["copies"])
                             + ipp_client.attribute(ipp_client.KEYWORD, "sides", job["sides"]))
        client.close()

    @classmethod
    def ended(cls):
        row, = room.query("SELECT count(*) AS ended FROM job WHERE title LIKE 'load %' AND completed_at IS NOT NULL")
        return row["ended"]

    @classmethod
    def accounts(cls):
        return {(row["code"], row["month"]): row for row in room.query(
            "SELECT d.code, a.* FROM account AS a JOIN department AS d USING (department)")}

    def expected_by_department(self):
        expected = collections.Counter()
        for job in self.asked.values():
            expected[department_of(job["person"])] += job["sheets"]
        return expected

    def test_every_document_became_one_job_that_ended_well(self):
        self.assertEqual(sorted(job["title"] for job in self.jobs), sorted(self.asked))
        for job in self.jobs:
            with self.subTest(job=job["id"]):
                asked = self.asked[job["title"]]
                self.assertEqual(job["state"], "completed", job)
                self.assertEqual(
                    {key: job[key] for key in ("person", "department", "pages", "copies", "sides", "sheets_charged",
                                               "sheets_reserved", "settlement")},
                    {"person": asked["person"], "department": department_of(asked["person"]), "pages": asked["pages"],
                     "copies": asked["copies"], "sides": asked["sides"], "sheets_charged": asked["sheets"],
                     "sheets_reserved": 0, "settlement": "device-job"})

    def test_numbers_run_without_gaps_or_doubles(self):
        numbers = collections.defaultdict(list)
        for row in room.query("SELECT month, number FROM job"):
            numbers[row["month"]].append(row["number"])
        for month, found in numbers.items():
            self.assertEqual(sorted(found), list(range(1, len(found) + 1)), month)
        self.assertEqual(len({job["id"] for job in self.jobs}), len(self.asked))

    def test_every_job_came_out_of_one_printer_once(self):
        paper = paper_by_job()
        for job in self.jobs:
            with self.subTest(job=job["id"]):
                asked = self.asked[job["title"]]
                self.assertEqual([(came["printed"], came["total"], came["end"]) for came in paper[job["id"]]],
                                 [(asked["pages"] * asked["copies"], asked["pages"] * asked["copies"], "completed")])
                self.assertEqual(paper[job["id"]][0]["printer"], job["device"])

    def test_all_printers_took_part(self):
        self.assertEqual(sorted({job["device"] for job in self.jobs}), sorted(PRINTERS))

    def test_the_ledger_adds_up_to_the_jobs(self):
        """By the entries themselves, not by the sums the daemon keeps."""
        settled = collections.Counter()
        for row in room.query("SELECT d.code, l.month, l.sheets FROM ledger AS l JOIN department AS d USING (department)"
                              " JOIN job AS j ON j.job = l.job WHERE l.kind = 'settle' AND j.title LIKE 'load %'"):
            settled[row["code"], row["month"]] += row["sheets"]
        by_department = collections.Counter()
        for (department, _), sheets in settled.items():
            by_department[department] += sheets
        self.assertEqual(by_department, self.expected_by_department())
        by_job = collections.Counter()
        for job in self.jobs:
            by_job[job["department"]] += job["sheets_charged"]
        self.assertEqual(by_department, by_job)

    def test_every_reservation_was_closed_once(self):
        entries = collections.defaultdict(list)
        for row in room.query("SELECT j.title, l.kind, l.sheets FROM ledger AS l JOIN job AS j ON j.job = l.job"
                              " WHERE j.title LIKE 'load %' ORDER BY l.entry"):
            entries[row["title"]].append((row["kind"], row["sheets"]))
        for title, asked in self.asked.items():
            self.assertEqual(entries[title], [("reserve", asked["sheets"]), ("settle", asked["sheets"])], title)

    def test_the_accounts_are_the_sums_of_the_ledger(self):
        for (department, month), account in self.accounts().items():
            with self.subTest(department=department, month=month):
                sums = collections.Counter()
                for row in room.query("SELECT l.kind, l.sheets, (SELECT r.sheets FROM ledger AS r WHERE r.entry = l.closes)"
                                      " AS closed FROM ledger AS l WHERE l.department = ? AND l.month = ?",
                                      account["department"], month):
                    sums[row["kind"]] += row["sheets"]
                    sums["closed"] += row["closed"] or 0
                self.assertEqual(
                    (account["allotted"], account["granted"], account["reserved"], account["used"]),
                    (sums["allot"] + sums["adjust"], sums["grant"], sums["reserve"] - sums["closed"], sums["settle"]))
                self.assertEqual(account["reserved"], 0)

    def test_the_printers_counted_the_same(self):
        """Sides that came out, turned into sheets, by department."""
        department_of_job = {job["id"]: job["department"] for job in self.jobs}
        counted = collections.Counter()
        for job_id, came in paper_by_job().items():
            for job in came:
                if job_id in department_of_job:
                    pages = job["printed"] // job["copies"]
                    counted[department_of_job[job_id]] += sheets_of(pages, job["copies"], job["sides"])
        self.assertEqual(counted, self.expected_by_department())

    def test_what_people_are_told_is_the_same(self):
        expected = self.expected_by_department()
        for department in DEPARTMENTS:
            shown = room.cli("quota", "show", department)
            shown = shown[0] if isinstance(shown, list) else shown
            before = self.accounts_before[department, shown["month"]]
            self.assertEqual((shown["used"] - before["used"], shown["reserved"]), (expected[department], 0), department)
            self.assertEqual(shown["available"], shown["allotted"] + shown["granted"] - shown["used"])


class TheLastSheets(unittest.TestCase):
    """Sixteen clients want the last ten sheets of a department."""

    def rush(self, sizes):
        """Each size is the pages of a client's document. Returns the jobs, decided."""
        department = "rush%d" % len(room.cli("department", "list"))
        room.cli("department", "add", department, department)
        room.cli("person", "add", department, department, "--department", department, "--role", "staff")
        room.cli("quota", "set", department, "10")
        paths = [documents.pdf("rush%d.pdf" % number, pages=pages, text="%s %d" % (department, number))
                 for number, pages in enumerate(sizes)]
        in_threads(lambda path: room.cli("submit", path, person=department), paths)
        jobs = room.cli("jobs", "--department", department)
        self.assertEqual(len(jobs), len(sizes))
        self.assertEqual(sorted(job["pages"] for job in jobs), sorted(sizes))
        held = [job for job in jobs if job["state"] == "pending-held"]
        through = [job for job in jobs if job not in held]
        for job in held:
            self.assertEqual((job["reasons"], job["sheets_reserved"]), (["account-limit-reached"], 0))
        taken = sum(job["pages"] for job in through)
        self.assertLessEqual(taken, 10)
        shown = room.cli("quota", "show", department)
        shown = shown[0] if isinstance(shown, list) else shown
        self.assertEqual((shown["available"], shown["used"] + shown["reserved"]), (10 - taken, taken))
        # Sheets never came back, so what did not fit then does not fit now.
        for job in held:
            self.assertGreater(job["pages"], 10 - taken)
        for job in through:
            self.assertEqual(room.wait_for(job["id"], "completed")["sheets_charged"], job["pages"])
        paper = paper_by_job()
        self.assertEqual({job["id"]: [came["printed"] for came in paper[job["id"]]] for job in jobs},
                         {job["id"]: [job["pages"]] if job in through else [] for job in jobs})
        return through, held

    def test_one_sheet_each(self):
        through, held = self.rush([1] * 16)
        self.assertEqual((len(through), len(held)), (10, 6))

    def test_three_sheets_each(self):
        through, held = self.rush([3] * 16)
        self.assertEqual((len(through), len(held)), (3, 13))

    def test_of_all_sizes(self):
        for seed in range(3):
            chance = random.Random(seed)
            with self.subTest(seed=seed):
                self.rush([chance.randint(1, 6) for _ in range(16)])


if __name__ == "__main__":
    harness.main()
