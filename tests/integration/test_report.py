#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The monthly report after real jobs, in every format, against a recount with the sqlite3 program; walk-up copies;
violations."""
import csv
import io
import json
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree as xml
import zipfile

import harness

COLUMNS = ("jobs", "pages", "impressions", "sheets", "color_impressions", "duplex_sheets", "duplex_saved",
           "walk_up_sheets", "grants", "granted_sheets", "duplicates", "duplicate_sheets", "violations",
           "unregistered_sheets")
PARTS = ("departments", "people", "devices", "levels", "sources", "months")


def setUpModule():
    global room, documents, month, first
    documents = harness.Documents()
    room = harness.Room().start()
    month = room.cli("status", person="director")["month"]
    print_jobs()
    first = room.cli("report", "month", month, person="director")


def tearDownModule():
    room.stop()
    documents.remove()


def print_jobs():
    """Jobs of two departments, one and two sides, several copies, A3, one canceled; copies; a grant; a violation."""
    done = [
        room.print_document("-n", "2", "-o", "sides=two-sided-long-edge", documents.pdf("a.pdf", pages=5), user="wang"),
        room.print_document("-o", "sides=one-sided", documents.pdf("b.pdf", pages=3, text="Other"), user="wang"),
        room.print_document("-o", "media=A3", "-o", "sides=two-sided-long-edge",
                            documents.pdf("c.pdf", pages=4, width=842, height=1191),
                            user="li"),
    ]
    for job in done:
        room.wait_for(job, "completed")
    # A mark stands on a line of its own.
    marked = harness.pdf(text="CONFIDENTIAL").replace(b"CONFIDENTIAL 1", b"CONFIDENTIAL  ")
    held = room.print_document(documents.write("d.pdf", marked), user="li")
    assert room.job(held)["state"] == "pending-held", room.job(held)
    room.cli("cancel", held, person="li")
    # Sent a second time by mistake, and given up.
    again = room.print_document("-n", "2", "-o", "sides=two-sided-long-edge", documents.path("a.pdf"), user="wang")
    assert room.job(again)["reasons"] == ["job-held-for-review"], room.job(again)
    room.cli("cancel", again, person="wang")
    room.cli("quota", "grant", department_of("wang"), "7", "--reason", "examinations", person="director")
    room.cli("copy", "register", "--device", "office-printer", "--sheets", "11", "--person", "wang", person="operator")


def department_of(login):
    person, = [person for person in room.cli("person", "list", person="operator") if person["login"] == login]
    return person["department"]


def recount(sql):
    """Rows that the sqlite3 program gives, as dictionaries."""
    path = os.path.join(room.home, "state", "printroom.db")
    output = harness.run("sqlite3", "-readonly", "-json", path, sql).stdout
    return json.loads(output) if output.strip() else []


def weight(width, height):
    """Sheets of A4 a sheet of the test's sizes counts."""
    return 2 if max(width, height) > 400000 else 1


def expected(key):
    """Figures by a key, from ledger, jobs and events, without the views and triggers of the report."""
    figures = {}

    def add(row, **values):
        sums = figures.setdefault(row[key], dict.fromkeys(COLUMNS, 0))
        for name, value in values.items():
            sums[name] += value

    for row in recount("SELECT d.code AS department, j.person, coalesce(v.name, '') AS device, j.level, j.source, j.pages,"
                       " j.copies, j.color_pages, coalesce(j.color_mode_decided, j.color_mode) AS color_mode,"
                       " coalesce(j.sides_decided, j.sides) AS sides, j.page_runs, j.impressions, l.sheets"
                       " FROM ledger AS l, job AS j, department AS d LEFT JOIN device AS v ON v.device = j.device"
                       " WHERE j.job = l.job AND d.department = l.department AND l.kind = 'settle' AND l.sheets > 0"
                       " AND l.month = '%s'" % month):
        runs = json.loads(row["page_runs"] or "[]")
        one_sided = sum(pages * weight(width, height) for pages, width, height in runs) * row["copies"]
        duplex = row["sides"] != "one-sided"
        add(row, jobs=1, pages=row["pages"] or 0, impressions=row["impressions"], sheets=row["sheets"],
            color_impressions=0 if row["color_mode"] == "monochrome" else (row["color_pages"] or 0) * row["copies"],
            duplex_sheets=row["sheets"] if duplex else 0, duplex_saved=one_sided - row["sheets"] if duplex else 0,
            walk_up_sheets=row["sheets"] if row["source"] == "walk-up" else 0)
    if key == "department":
        for row in recount("SELECT code AS department FROM department WHERE active = 1"):
            add(row)
        for row in recount("SELECT d.code AS department, l.sheets FROM ledger AS l, department AS d WHERE l.kind = 'grant'"
                           " AND d.department = l.department AND l.month = '%s'" % month):
            add(row, grants=1, granted_sheets=row["sheets"])
    if key != "device":
        for row in recount("SELECT d.code AS department, j.person, j.level, j.source, j.sheets FROM job AS j, department AS d"
                           " WHERE d.department = j.department AND j.state = 'canceled' AND j.duplicate_of IS NOT NULL"
                           " AND j.month = '%s' AND NOT EXISTS (SELECT 1 FROM delivery AS y WHERE y.job = j.job)" % month):
            add(row, duplicates=1, duplicate_sheets=row["sheets"])
    if key in ("department", "person"):
        for row in recount("SELECT coalesce(d.code, '') AS department, v.person FROM violation AS v"
                           " LEFT JOIN department AS d ON d.department = v.department WHERE v.month = '%s'" % month):
            add(row, violations=1)
    return figures


def figures_of(rows):
    return {row["key"]: {column: row[column] for column in COLUMNS} for row in rows}


def report_file(name, form, person="director", language="zh_CN.UTF-8"):
    path = documents.path(name)
    command = [os.path.join(room.prefix, "bin", "printroom"), "--as", person, "report", "month", month, "--format", form,
               "-o", path]
    harness.run(*command, env=dict(room.environment, LC_ALL=language))
    return path


class Figures(unittest.TestCase):
    """The same numbers everywhere."""

    def report(self, person="director"):
        return room.cli("report", "month", month, person=person)

    def test_json_is_the_recount(self):
        report = self.report()
        for part, key in (("departments", "department"), ("people", "person"), ("devices", "device"), ("levels", "level"),
                          ("sources", "source")):
            with self.subTest(part):
                self.assertEqual(figures_of(report[part]), expected(key))

    def test_sheets_are_those_of_the_accounts(self):
        report = self.report()
        accounts = {account["department"]: account for account in room.cli("quota", "show", person="director")}
        self.assertGreater(report["total"]["sheets"], 0)
        for row in report["departments"]:
            self.assertEqual(row["sheets"], accounts[row["key"]]["used"])
            self.assertEqual([row[name] for name in ("allotted", "reserved", "used", "available")],
                             [accounts[row["key"]][name] for name in ("allotted", "reserved", "used", "available")])
        for column in COLUMNS:
            self.assertEqual(report["total"][column], sum(row[column] for row in report["departments"]), column)

    def test_who_used_nothing_is_there_too(self):
        self.assertEqual(set(figures_of(first["departments"])["office"].values()), {0})
        row, = [row for row in first["departments"] if row["key"] == "office"]
        self.assertEqual((row["name"], row["allotted"], row["available"]), ("办公室", 500, 500))
        with open(report_file("nothing.csv", "csv"), encoding="utf-8-sig") as file:
            self.assertIn("按部门,office,办公室,,0,0,0", file.read())
        for text in (harness.run("pdftotext", "-layout", report_file("nothing.pdf", "pdf"), "-").stdout,
                     room.text("--as", "director", "report", "month", month, language="zh")):
            self.assertRegex(text, r"(?m)^ *(office +)?办公室 +0 ")

    def test_what_was_printed(self):
        # 2 × ⌈5/2⌉ on two sides, 3 on one, two sheets of A3; 11 copied.
        wang = figures_of(first["people"])["wang"]
        li = figures_of(first["people"])["li"]
        self.assertEqual((wang["jobs"], wang["sheets"], wang["impressions"], wang["duplex_saved"], wang["walk_up_sheets"]),
                         (3, 6 + 3 + 11, 10 + 3 + 11, 4, 11))
        self.assertEqual((wang["duplicates"], wang["duplicate_sheets"]), (1, 6))
        self.assertEqual((li["jobs"], li["sheets"], li["impressions"], li["duplex_saved"]), (1, 4, 4, 4))

    def test_months(self):
        months = self.report()["months"]
        self.assertEqual(len(months), 12)
        self.assertEqual(months[-1]["key"], month)
        self.assertEqual({row["sheets"] for row in months[:-1]}, {0})
        self.assertEqual(months[-1]["sheets"], self.report()["total"]["sheets"])

    def test_csv(self):
        with open(report_file("report.csv", "csv"), "rb") as file:
            data = file.read()
        self.assertTrue(data.startswith(b"\xef\xbb\xbf"))
        self.assertEqual(data.count(b"\n"), data.count(b"\r\n"))
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
        self.assertEqual({len(row) for row in rows}, {4 + len(COLUMNS) + 1})
        self.assertEqual(rows[0][:4], ["分类", "代码", "名称", "部门"])
        report = self.report()
        read = [[int(value) for value in row[4:-1]] for row in rows[1:]]
        wanted = [[row[column] for column in COLUMNS]
                  for row in [report["total"]] + [row for part in PARTS for row in report[part]]]
        self.assertEqual(read, wanted)

    def test_xlsx(self):
        path = report_file("report.xlsx", "xlsx")
        names, sheets, charts = read_workbook(path)
        self.assertEqual(names, ["按部门", "按人员", "按设备", "按密级", "按来源", "近十二个月"])
        self.assertEqual(charts, 2)
        report = self.report()
        for part, sheet in zip(PARTS, sheets):
            self.assertEqual(numbers_of(sheet, len(report[part])),
                             [[row[column] for column in COLUMNS] for row in report[part]])
            total = numbers_of(sheet, len(report[part]) + 1)[-1]
            self.assertEqual(total, [sum(row[column] for row in report[part]) for column in COLUMNS])

    @unittest.skipUnless(shutil.which("soffice"), "LibreOffice is not there")
    def test_xlsx_opens_in_libreoffice(self):
        path = report_file("office.xlsx", "xlsx")
        harness.run("soffice", "-env:UserInstallation=file://" + documents.path("profile"), "--headless", "--convert-to",
                    "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1", "--outdir",
                    documents.folder, path)
        report = self.report()
        with open(documents.path("office-按部门.csv"), encoding="utf-8") as file:
            rows = list(csv.reader(file))[3:]
        self.assertEqual([int(row[2 + COLUMNS.index("sheets")].replace(",", "")) for row in rows if row[0]],
                         [row["sheets"] for row in report["departments"]] + [report["total"]["sheets"]])

    def test_pdf(self):
        path = report_file("report.pdf", "pdf")
        text = harness.run("pdftotext", "-layout", path, "-").stdout
        year, number = month.split("-")
        self.assertIn("%s年%d月用纸月报" % (year, int(number)), text)
        pages = int(re.search(r"Pages: +(\d+)", harness.run("pdfinfo", path).stdout).group(1))
        self.assertEqual(re.findall(r"第 (\d+) 页，共 (\d+) 页", text),
                         [(str(page), str(pages)) for page in range(1, pages + 1)])
        report = self.report()
        for row in report["departments"] + report["people"] + [dict(report["total"], name="合计")]:
            cells = [str(row[column]) for column in COLUMNS]
            lines = [line.split() for line in text.splitlines() if line.split()[:1] == [row["name"]]]
            self.assertIn(cells, [line[1:-1] for line in lines], row["name"])
        fonts = harness.run("pdffonts", path).stdout.splitlines()[2:]
        self.assertTrue(fonts)
        for font in fonts:
            self.assertRegex(font, r" yes +yes +(yes|no) +\d")

    def test_table(self):
        output = harness.run(os.path.join(room.prefix, "bin", "printroom"), "--as", "director", "report", "month", month,
                             env=dict(room.environment, LC_ALL="zh_CN.UTF-8")).stdout
        total = self.report()["total"]
        line, = re.findall(r"^合计 .*$", output, re.MULTILINE)
        self.assertEqual(line.split()[1:4], [str(total[column]) for column in ("jobs", "impressions", "sheets")])
        for heading in ("按部门", "按人员", "按设备", "按密级", "按来源", "近十二个月"):
            self.assertIn("\n" + heading, output)

    def test_staff_see_their_own(self):
        report = self.report("wang")
        self.assertEqual([row["key"] for row in report["departments"]], [department_of("wang")])
        self.assertEqual([row["key"] for row in report["people"]], ["wang"])
        self.assertNotEqual(report["scope"], "")
        self.assertEqual(self.report("auditor")["departments"], self.report()["departments"])

    def test_a_month_is_a_month(self):
        for text in ("2026-13", "rebuild", "2026-1"):
            with self.assertRaisesRegex(harness.CommandRefused, "YYYY-MM"):
                room.cli("report", "month", text, person="director")

    def test_rebuilding_finds_nothing(self):
        self.assertEqual(room.cli("report", "rebuild", person="admin"), {"corrected": 0})
        store, = [finding for finding in room.cli("doctor", person="operator", check=False) if finding["check"] == "store"]
        self.assertEqual(store["result"], "ok")
        with self.assertRaises(harness.CommandRefused):
            room.cli("report", "rebuild", person="director")


class NothingOnADisk(unittest.TestCase):
    """Who used how much paper is nobody's business who finds the disk."""

    def make(self, form, mounts):
        """printroom-report in a room of its own mounts; its result."""
        report = documents.write("report.json", json.dumps(room.cli("report", "month", month, person="director")).encode())
        program = os.path.join(room.prefix, "libexec", "printroom", "printroom-report")
        command = "%s && exec %s %s zh <%s" % (mounts, program, form, report)
        return subprocess.run(["unshare", "-m", "sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=harness.PATIENCE_S, check=False)

    def test_files_are_made_where_nothing_can_be_written(self):
        for form, begin in (("xlsx", b"PK"), ("pdf", b"%PDF")):
            with self.subTest(form=form):
                made = self.make(form, "mount -o bind,ro /tmp /tmp && mount -o bind,ro /var/tmp /var/tmp")
                self.assertEqual((made.returncode, made.stdout[:len(begin)]), (0, begin), made.stderr)

    def test_a_disk_in_the_place_of_memory_is_refused(self):
        made = self.make("xlsx", "mount -o bind %s /dev/shm" % os.path.join(room.home, "state"))
        self.assertEqual((made.returncode, made.stdout), (1, b""))
        self.assertIn(b"/dev/shm is no file system in memory", made.stderr)

    def test_who_asked_is_told_what_can_be_had(self):
        room.daemon_settings("report-program = \"/bin/false\"")
        try:
            for language, words in (("C.UTF-8", "JSON or CSV meanwhile"), ("zh_CN.UTF-8", "JSON、CSV")):
                with self.subTest(language=language), self.assertRaisesRegex(AssertionError, words):
                    report_file("none.xlsx", "xlsx", language=language)
            self.assertTrue(report_file("some.csv", "csv"))
        finally:
            room.daemon_settings("")


class Copies(unittest.TestCase):
    """Walk-up copies."""

    def register(self, *more, person="wang", sheets=1, device="office-printer"):
        return room.cli("copy", "register", "--device", device, "--sheets", str(sheets), "--person", person, *more,
                        person="operator")

    def test_are_charged_and_listed(self):
        department = department_of("li")
        before = room.cli("quota", "show", department, person="director")
        job = self.register(person="li", sheets=5)
        after = room.cli("quota", "show", department, person="director")
        self.assertEqual((after["used"], after["available"]), (before["used"] + 5, before["available"] - 5))
        self.assertEqual((job["state"], job["source"], job["sheets"], job["settlement"], job["device"]),
                         ("completed", "walk-up", 5, "operator", "office-printer"))
        listed = room.cli("copy", "list", "--month", month, "--device", "office-printer", person="operator")
        self.assertIn(job["id"], [copy["id"] for copy in listed])
        self.assertEqual(room.cli("copy", "list", "--month", "2020-01", person="operator"), [])
        self.assertEqual(room.cli("copy", "list", "--device", "none", person="operator"), [])

    def test_never_below_zero(self):
        department = department_of("li")
        account = room.cli("quota", "show", department, person="director")
        needed = account["available"] + 3
        with self.assertRaisesRegex(harness.CommandRefused, "need %d sheets; %d are left" % (needed, account["available"])):
            self.register(person="li", sheets=needed)
        self.assertEqual(room.cli("quota", "show", department, person="director"), account)
        job = self.register("--over", "the copier ran on", person="li", sheets=needed)
        after = room.cli("quota", "show", department, person="director")
        self.assertEqual((after["available"], after["used"], after["granted"]),
                         (0, account["used"] + needed, account["granted"] + 3))
        violation, = [row for row in room.cli("violations", "--open", person="director") if row["job"] == job["id"]]
        self.assertEqual((violation["kind"], violation["detail"]["missing"], violation["detail"]["reason"]),
                         ("copies-over-quota", 3, "the copier ran on"))
        room.cli("quota", "grant", department, "100", "--reason", "for the other tests", person="director")

    def test_names_must_be_known(self):
        for more in ({"person": "nobody-here"}, {"device": "none"}):
            with self.assertRaises(harness.CommandRefused):
                self.register(**more)
        with self.assertRaises(harness.CommandRefused):
            self.register("--level", "no-such-level")
        with self.assertRaises(harness.CommandRefused):
            room.cli("copy", "register", "--device", "office-printer", "--sheets", "1", "--person", "wang", person="wang")

    def test_levels_above_the_device_are_written_down(self):
        room.cli("device", "add", "copier", "--queue", "copier", "--manage", "ipp://localhost:1/none", "--max-level",
                 "internal", person="admin")
        job = self.register("--level", "secret", device="copier")
        kinds = [row["kind"] for row in room.cli("violations", person="director") if row["job"] == job["id"]]
        self.assertEqual(kinds, ["copies-above-level"])
        job = self.register("--level", "internal", device="copier")
        self.assertEqual([row for row in room.cli("violations", person="director") if row["job"] == job["id"]], [])


class Violations(unittest.TestCase):
    def test_a_label_below_the_marks(self):
        row, = [row for row in room.cli("violations", person="director") if row["kind"] == "label-below-marks"]
        self.assertEqual((row["person"], row["month"]), ("li", month))

    def test_an_unknown_person(self):
        room.print_document(documents.pdf("e.pdf"), user="stranger")
        row, = [row for row in room.cli("violations", person="director") if row["person"] == "stranger"]
        self.assertEqual((row["kind"], row["department"]), ("unknown-person", None))

    def test_are_acknowledged_once(self):
        room.print_document(documents.pdf("f.pdf"), user="guest")
        row, = [row for row in room.cli("violations", "--open", person="director") if row["person"] == "guest"]
        with self.assertRaises(harness.CommandRefused):
            room.cli("violations", "ack", str(row["number"]), "--comment", "fine", person="operator")
        done = room.cli("violations", "ack", str(row["number"]), "--comment", "a visitor", person="supervisor")
        self.assertEqual((done["acknowledged_by"], done["comment"]), ("root as supervisor", "a visitor"))
        with self.assertRaises(harness.CommandRefused):
            room.cli("violations", "ack", str(row["number"]), "--comment", "again", person="director")
        self.assertEqual([left for left in room.cli("violations", "--open", person="director")
                          if left["number"] == row["number"]], [])


# --- workbooks -------------------------------------------------------------------------------------------

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_workbook(path):
    """Names of the sheets, {cell: value or text} of each, number of charts."""
    with zipfile.ZipFile(path) as file:
        texts = ["".join(part.text or "" for part in item.iter(MAIN + "t"))
                 for item in xml.fromstring(file.read("xl/sharedStrings.xml"))]
        names = [sheet.get("name") for sheet in xml.fromstring(file.read("xl/workbook.xml")).iter(MAIN + "sheet")]
        sheets = []
        for number in range(1, len(names) + 1):
            cells = {}
            for cell in xml.fromstring(file.read("xl/worksheets/sheet%d.xml" % number)).iter(MAIN + "c"):
                value = cell.find(MAIN + "v")
                if value is not None:
                    cells[cell.get("r")] = texts[int(value.text)] if cell.get("t") == "s" else float(value.text)
            sheets.append(cells)
        charts = len([name for name in file.namelist() if re.match(r"xl/charts/chart\d+\.xml$", name)])
    return names, sheets, charts


def numbers_of(sheet, rows):
    """The numbers of so many rows below the heading in row 3."""
    return [[sheet[chr(ord("C") + column) + str(4 + row)] for column in range(len(COLUMNS))] for row in range(rows)]


if __name__ == "__main__":
    harness.main()
