# SPDX-License-Identifier: GPL-2.0-or-later
"""Judges a room's books from outside: ledger, jobs, events, audit leaves, spool and paper must tell the same story.

Everything is computed here anew from the rows; nothing is asked of the program under test.
"""
import collections
import hashlib
import json
import math
import os

FINAL = ("completed", "canceled", "aborted")


def sheets(pages, copies=1, sides="one-sided", factor=1):
    """Sheets of A4 by the office's rule."""
    return copies * math.ceil(pages / (1 if sides == "one-sided" else 2)) * factor


def expect(condition, *what):
    if not condition:
        raise AssertionError(" ".join(str(part) for part in what))


def check(room, spool=True):
    """
    All that holds at any time, however the daemon was treated.

    spool: also that the spool holds what it should and nothing else, which holds when the daemon has been started again.
    """
    jobs = {row["job"]: row for row in room.query("SELECT * FROM job")}
    check_ledger(room, jobs)
    check_events(room, jobs)
    check_audit(room, jobs)
    if spool:
        check_spool(room, jobs)


def job_id(row):
    return "%s-%06d" % (row["month"], row["number"])


def check_ledger(room, jobs):
    """Accounts are the sums of their entries and never below zero; a job is reserved for once at a time and charged once."""
    accounts = collections.defaultdict(collections.Counter)
    reserves, closed, charged = {}, set(), collections.Counter()
    for entry in room.query("SELECT * FROM ledger ORDER BY entry"):
        sums = accounts[entry["department"], entry["month"]]
        kind, amount = entry["kind"], entry["sheets"]
        if kind in ("allot", "adjust"):
            sums["allotted"] += amount
        elif kind == "grant":
            sums["granted"] += amount
        elif kind == "reserve":
            expect(not any(job == entry["job"] for job, _ in reserves.values()), "reserved twice:", entry)
            reserves[entry["entry"]] = (entry["job"], amount)
            sums["reserved"] += amount
        else:
            job, amount_reserved = reserves.pop(entry["closes"])
            expect(job == entry["job"] and amount <= amount_reserved and entry["closes"] not in closed, "bad end:", entry)
            closed.add(entry["closes"])
            sums["reserved"] -= amount_reserved
            sums["used"] += amount
            charged[job] += amount
            expect(jobs[job]["state"] in FINAL, "charged before its end:", jobs[job])
        expect(sums["allotted"] + sums["granted"] - sums["reserved"] - sums["used"] >= 0, "overdrawn at", entry)
    for row in room.query("SELECT * FROM account"):
        found = {name: row[name] for name in ("allotted", "granted", "reserved", "used")}
        counted = {name: accounts[row["department"], row["month"]][name] for name in found}
        expect(found == counted, "account", row, "but its entries say", counted)
    for job, _ in reserves.values():
        expect(jobs[job]["state"] not in FINAL + ("incoming",), "reserved for a job that is over:", jobs[job])
    reserved = {job for job, _ in reserves.values()}
    for job, row in jobs.items():
        if row["state"] in ("pending", "processing", "processing-stopped"):
            expect(job in reserved, "nothing is reserved for", row)
        if row["state"] == "completed" and row["settlement"] != "operator":
            expect(charged[job] > 0, "printed for nothing:", row)
    return charged


def check_events(room, jobs):
    """Each job's events are one unbroken way that ends where the job is."""
    where = {}
    for event in room.query("SELECT * FROM event ORDER BY event"):
        expect(where.get(event["job"], "incoming") == event["from_state"], "the way is broken at", event)
        expect(event["from_state"] not in FINAL, "something happened after the end:", event)
        where[event["job"]] = event["to_state"]
    for job, row in jobs.items():
        expect(where.get(job) == row["state"], "events lead to", where.get(job), "but the job is", row)
        expect((row["state"] in FINAL) == (row["completed_at"] is not None), "wrong end time:", row)
    open_deliveries = collections.Counter(row["job"] for row in room.query("SELECT job FROM delivery WHERE ended_at IS NULL"))
    for job, number in open_deliveries.items():
        expect(number == 1 and jobs[job]["state"] in ("processing", "processing-stopped"), "delivered while", jobs[job])
    printed = collections.Counter(row["job"] for row in room.query("SELECT job FROM delivery WHERE outcome = 'printed'"))
    expect(not printed or max(printed.values()) == 1, "printed more than once:", printed)


# Leaves that tell of a job and are no event of it.
WORDS_OF_PEOPLE = ("job.release", "job.confirm", "job.page-seen")


def check_audit(room, jobs):
    """Leaves are numbered without gaps, hashed as RFC 6962 says, and every event has its own."""
    ids = {job_id(row): job for job, row in jobs.items()}
    told = collections.defaultdict(list)
    for place, leaf in enumerate(room.query("SELECT * FROM audit_leaf ORDER BY leaf")):
        expect(leaf["leaf"] == place, "a leaf is missing before", leaf)
        expect(hashlib.sha256(b"\0" + leaf["body"].encode()).digest() == leaf["hash"], "wrong hash:", leaf)
        body = json.loads(leaf["body"])
        if body["event"].startswith("job.") and body["event"] not in WORDS_OF_PEOPLE:
            told[ids[body["object"]]].append(body["event"][len("job."):])
    for event in room.query("SELECT job, name FROM event ORDER BY event"):
        expect(told[event["job"]] and told[event["job"]].pop(0) == event["name"], "no leaf tells of", event)
    expect(not any(told.values()), "leaves without events:", told)


def check_spool(room, jobs):
    """A document for every job that still needs it, and no other file."""
    needed = {job_id(row) + ".age" for row in jobs.values()
              if row["state"] in ("pending-held", "pending", "processing", "processing-stopped")}
    incoming = {job_id(row) + ".age" for row in jobs.values() if row["state"] == "incoming"}
    found = set(os.listdir(os.path.join(room.home, "state", "spool")))
    expect(needed <= found, "documents are lost:", needed - found)
    expect(found <= needed | incoming, "documents are left:", found - needed - incoming)


def check_paper(room, *printers):
    """
    What the simulated printers put out is what was charged: each job once, no sheet unaccounted for.

    Jobs the operator settled and those charged by estimate are left to the caller, which is told of them.
    """
    jobs = {job_id(row): row for row in room.query("SELECT * FROM job")}
    charged = check_ledger(room, {row["job"]: row for row in jobs.values()})
    copies_of = collections.defaultdict(list)
    for printer in printers or (room.printer(),):
        for paper in printer.paper():
            copies_of[paper["title"].partition("/")[0]].append(paper)
    left = []
    for name, row in jobs.items():
        papers = [paper for paper in copies_of.get(name, []) if paper["printed"] > 0]
        if row["settlement"] in ("operator", "estimate"):
            left.append(name)
            continue
        expect(len(papers) <= 1, "printed more than once:", papers)
        if row["state"] == "completed":
            expect(len(papers) == 1 and papers[0]["end"] == "completed", name, "is completed, but the paper is", papers)
        if row["state"] not in FINAL:
            continue
        runs = json.loads(row["page_runs"]) if row["page_runs"] else []
        factor = 2 if runs and max(runs[0][1:]) > 400000 else 1
        sides = papers[0]["printed"] if papers else 0
        pages = row["pages"] or 1
        whole, rest = divmod(sides, pages)
        paid = sheets(pages, whole, row["sides"], factor) + sheets(rest, 1, row["sides"], factor)
        expect(charged[row["job"]] == paid, name, "was charged", charged[row["job"]], "for", paid, "sheets:", row, papers)
    return left
