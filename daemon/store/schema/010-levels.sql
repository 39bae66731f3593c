-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- What levels ask of those who print them, and copies that are lost.

-- Who heads the department (部门负责人) and approves its jobs of levels that say so; NULL: nobody is named.
ALTER TABLE department ADD COLUMN head INTEGER REFERENCES person;

-- Whether the job's level wants what is printed in the archive, as decided.
ALTER TABLE job ADD COLUMN archive INTEGER NOT NULL DEFAULT 0 CHECK (archive IN (0, 1));

-- One question about one job, bound to the document, and of one about its level to the level it was asked about. Made anew
-- for the second kind.
CREATE TABLE approval_before AS SELECT * FROM approval;
DROP TABLE approval;
CREATE TABLE approval (
    approval        INTEGER PRIMARY KEY CHECK (approval > 0),
    kind            TEXT NOT NULL CHECK (kind IN ('over-quota', 'classified')),
    job             INTEGER NOT NULL REFERENCES job,
    sha256          TEXT NOT NULL CHECK (length(sha256) = 64), -- hex, of the document
    level           TEXT NOT NULL DEFAULT '' CHECK ((kind = 'classified') = (level <> '')), -- id
    asked_at        INTEGER NOT NULL,
    -- Sheets the department lacked when it was asked; what is granted is what is lacking then.
    sheets_missing  INTEGER NOT NULL CHECK (sheets_missing >= 0),
    state           TEXT NOT NULL DEFAULT 'open'
                    CHECK (state IN ('open', 'approved', 'denied', 'expired', 'withdrawn')),
    decided_by      TEXT CHECK (decided_by <> ''),             -- as in the audit log
    decided_at      INTEGER,
    comment         TEXT NOT NULL DEFAULT '',
    reference       TEXT NOT NULL DEFAULT '',                  -- 批准文号 of the authority that classified the document
    -- When those who may decide were told of it by mail, and reminded; NULL: not yet.
    told_at         INTEGER,
    reminded_at     INTEGER,
    CHECK ((state = 'open') = (decided_by IS NULL)),
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK (state <> 'open' OR comment = ''),
    CHECK (state <> 'denied' OR comment <> ''),
    CHECK (reference = '' OR (kind = 'classified' AND state = 'approved'))
) STRICT;
INSERT INTO approval (approval, kind, job, sha256, asked_at, sheets_missing, state, decided_by, decided_at, comment, told_at,
                      reminded_at)
SELECT approval, kind, job, sha256, asked_at, sheets_missing, state, decided_by, decided_at, comment, told_at, reminded_at
  FROM approval_before;
DROP TABLE approval_before;
-- One open question of a kind about a job.
CREATE UNIQUE INDEX approval_open_once ON approval (job, kind) WHERE state = 'open';
CREATE INDEX approval_open ON approval (approval) WHERE state = 'open';
CREATE INDEX approval_by_job ON approval (job, approval);
CREATE TRIGGER approval_no_replace BEFORE INSERT ON approval
    WHEN EXISTS (SELECT 1 FROM approval AS a WHERE a.approval = NEW.approval)
      OR EXISTS (SELECT 1 FROM approval AS a
                  WHERE a.job = NEW.job AND a.kind = NEW.kind AND a.state = 'open')
BEGIN
    SELECT RAISE(ABORT, 'the approval is there already');
END;
-- What was asked stays as it was asked, and what was decided stays decided.
CREATE TRIGGER approval_decided_once BEFORE UPDATE ON approval
    WHEN OLD.state <> 'open' OR NEW.approval <> OLD.approval OR NEW.kind <> OLD.kind
      OR NEW.job <> OLD.job OR NEW.sha256 <> OLD.sha256 OR NEW.level <> OLD.level
      OR NEW.asked_at <> OLD.asked_at OR NEW.sheets_missing <> OLD.sheets_missing
BEGIN
    SELECT RAISE(ABORT, 'an approval is decided once, and what was asked never changes');
END;
-- Never by the sender, whatever the program believes.
CREATE TRIGGER approval_by_another BEFORE UPDATE ON approval
    WHEN NEW.state IN ('approved', 'denied')
     AND EXISTS (SELECT 1 FROM job AS j
                  WHERE j.job = NEW.job
                    AND (NEW.decided_by = j.person
                         OR substr(NEW.decided_by, -length(' as ' || j.person)) = ' as ' || j.person))
BEGIN
    SELECT RAISE(ABORT, 'nobody approves a job of their own');
END;
CREATE TRIGGER approval_no_delete BEFORE DELETE ON approval
BEGIN
    SELECT RAISE(ABORT, 'approvals are never deleted');
END;

-- A copy that was reported lost (遗失) has with it whose hands it was lost from, if it was in any; so has one whose loss is
-- closed. The table is made anew for its CHECKs; events and readers of copies keep pointing at it.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE copy_before AS SELECT * FROM copy;
DROP TABLE copy;
CREATE TABLE copy (
    copy      INTEGER PRIMARY KEY,
    document  TEXT NOT NULL CHECK (document <> ''),          -- 发文字号, else the job's id
    number    INTEGER NOT NULL CHECK (number BETWEEN 1 AND 65535), -- 份号
    job       INTEGER NOT NULL REFERENCES job,               -- that prints it
    state     TEXT NOT NULL CHECK (state IN ('printing', 'void', 'in-doubt', 'printed', 'collected', 'issued',
                                             'circulating', 'returned', 'archived', 'destroyed', 'lost', 'written-off')),
    holder    TEXT NOT NULL DEFAULT '',                      -- login, or the name of an outside body; '' nobody yet or any more
    outside   INTEGER NOT NULL DEFAULT 0 CHECK (outside IN (0, 1)), -- holder is an outside body
    due       TEXT CHECK (due IS date(due, '+0 days')),      -- 'YYYY-MM-DD' it is to be back
    -- When it was written into the register of violations that it is not back; NULL: it was not, for this loan.
    overdue_noted  INTEGER,
    UNIQUE (document, number),
    -- In one place, and in somebody's hands exactly as long as it exists on paper; who had it last answers for a lost one.
    CHECK (state IN ('lost', 'written-off')
           OR (state IN ('collected', 'issued', 'circulating', 'returned', 'archived')) = (holder <> '')),
    CHECK (outside = 0 OR (state IN ('issued', 'lost', 'written-off') AND holder <> '')),
    CHECK (due IS NULL OR state IN ('issued', 'circulating')),
    CHECK (overdue_noted IS NULL OR due IS NOT NULL)
) STRICT;
INSERT INTO copy (copy, document, number, job, state, holder, outside, due, overdue_noted)
SELECT copy, document, number, job, state, holder, outside, due, overdue_noted FROM copy_before;
DROP TABLE copy_before;
CREATE UNIQUE INDEX copy_by_job ON copy (job, number);
CREATE INDEX copy_by_holder ON copy (holder) WHERE holder <> '';
CREATE INDEX copy_due ON copy (due) WHERE due IS NOT NULL;
CREATE INDEX copy_lost ON copy (state) WHERE state IN ('lost', 'written-off');
CREATE TRIGGER copy_no_replace BEFORE INSERT ON copy
    WHEN EXISTS (SELECT 1 FROM copy AS c WHERE c.copy = NEW.copy)
      OR EXISTS (SELECT 1 FROM copy AS c WHERE c.document = NEW.document AND c.number = NEW.number)
BEGIN
    SELECT RAISE(ABORT, 'the copy is there already');
END;
CREATE TRIGGER copy_no_update BEFORE UPDATE ON copy
    WHEN (NEW.copy, NEW.document, NEW.number, NEW.job) IS NOT (OLD.copy, OLD.document, OLD.number, OLD.job)
BEGIN
    SELECT RAISE(ABORT, 'a copy stays the copy it is');
END;
CREATE TRIGGER copy_no_delete BEFORE DELETE ON copy
BEGIN
    SELECT RAISE(ABORT, 'copies are destroyed on paper, never in the register');
END;
-- A loss is reported and closed with words: what happened, and what came of it.
CREATE TRIGGER copy_event_loss_in_words BEFORE INSERT ON copy_event
    WHEN NEW.name IN ('lost', 'recover', 'write-off') AND NEW.note = ''
BEGIN
    SELECT RAISE(ABORT, 'a loss needs words');
END;
