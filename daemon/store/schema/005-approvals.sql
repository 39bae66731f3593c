-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Approvals: what a job waits for somebody's word on, and who stands in for whom.

-- One question to the director about one job, bound to the document it was asked about.
CREATE TABLE approval (
    approval        INTEGER PRIMARY KEY CHECK (approval > 0),
    kind            TEXT NOT NULL CHECK (kind IN ('over-quota')),
    job             INTEGER NOT NULL REFERENCES job,
    sha256          TEXT NOT NULL CHECK (length(sha256) = 64), -- hex, of the document
    asked_at        INTEGER NOT NULL,
    -- Sheets the department lacked when it was asked; what is granted is what is lacking then.
    sheets_missing  INTEGER NOT NULL CHECK (sheets_missing >= 0),
    state           TEXT NOT NULL DEFAULT 'open'
                    CHECK (state IN ('open', 'approved', 'denied', 'expired', 'withdrawn')),
    decided_by      TEXT CHECK (decided_by <> ''),             -- as in the audit log
    decided_at      INTEGER,
    comment         TEXT NOT NULL DEFAULT '',
    -- When those who may decide were told of it by mail, and reminded; NULL: not yet.
    told_at         INTEGER,
    reminded_at     INTEGER,
    CHECK ((state = 'open') = (decided_by IS NULL)),
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK (state <> 'open' OR comment = ''),
    CHECK (state <> 'denied' OR comment <> '')
) STRICT;
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
      OR NEW.job <> OLD.job OR NEW.sha256 <> OLD.sha256 OR NEW.asked_at <> OLD.asked_at
      OR NEW.sheets_missing <> OLD.sheets_missing
BEGIN
    SELECT RAISE(ABORT, 'an approval is decided once, and what was asked never changes');
END;
CREATE TRIGGER approval_no_delete BEFORE DELETE ON approval
BEGIN
    SELECT RAISE(ABORT, 'approvals are never deleted');
END;

-- Who decides for a director from one day to another, both included. A later word on the same first day takes the
-- place of the earlier one; the audit log has both.
CREATE TABLE deputy (
    person    INTEGER NOT NULL REFERENCES person,   -- the director
    deputy    INTEGER NOT NULL REFERENCES person,
    from_day  TEXT NOT NULL CHECK (from_day GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'
                                   AND from_day IS date(from_day, '+0 days')),
    to_day    TEXT NOT NULL CHECK (to_day GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'
                                   AND to_day IS date(to_day, '+0 days')),
    PRIMARY KEY (person, from_day),
    CHECK (deputy <> person),
    CHECK (to_day >= from_day)
) STRICT, WITHOUT ROWID;
