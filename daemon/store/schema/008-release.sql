-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Supervised release of classified jobs, and the director's review of marks.

-- A supervisor let a job be printed, at one device. Bound to the document, so that nothing else is printed on this word.
CREATE TABLE job_release (
    job          INTEGER PRIMARY KEY REFERENCES job,
    sha256       TEXT NOT NULL CHECK (length(sha256) = 64),   -- hex, of the document
    level        TEXT NOT NULL CHECK (level <> ''),           -- id, as released
    device       INTEGER NOT NULL REFERENCES device,          -- the only one that may print it
    supervisor   TEXT NOT NULL CHECK (supervisor <> ''),      -- login; showed who they are by PIN or password
    actor        TEXT NOT NULL CHECK (actor <> ''),           -- whose session it was asked for in
    reference    TEXT NOT NULL DEFAULT '',                    -- of the authority that classified the document
    released_at  INTEGER NOT NULL
) STRICT;
CREATE TRIGGER job_release_no_replace BEFORE INSERT ON job_release
    WHEN EXISTS (SELECT 1 FROM job_release AS r WHERE r.job = NEW.job)
BEGIN
    SELECT RAISE(ABORT, 'the job was released already');
END;
-- Never by the sender, whatever the program believes.
CREATE TRIGGER job_release_by_another BEFORE INSERT ON job_release
    WHEN NEW.supervisor = (SELECT j.person FROM job AS j WHERE j.job = NEW.job)
BEGIN
    SELECT RAISE(ABORT, 'nobody releases a job of their own');
END;
CREATE TRIGGER job_release_no_update BEFORE UPDATE ON job_release
BEGIN
    SELECT RAISE(ABORT, 'releases are append only');
END;
CREATE TRIGGER job_release_no_delete BEFORE DELETE ON job_release
BEGIN
    SELECT RAISE(ABORT, 'releases are append only');
END;

-- Confirmations are given of duplicates (sender, operator) and of the level a document's marks name (director).
CREATE TABLE confirmation_of_rule (
    job     INTEGER NOT NULL REFERENCES job,
    rule    TEXT NOT NULL CHECK (rule IN ('duplicate', 'level.marks')),   -- id of the rule, policy/decide.c
    actor   TEXT NOT NULL CHECK (actor <> ''),
    at      INTEGER NOT NULL,
    PRIMARY KEY (job, rule)
) STRICT, WITHOUT ROWID;
INSERT INTO confirmation_of_rule (job, rule, actor, at) SELECT job, rule, actor, at FROM confirmation;
DROP TABLE confirmation;
ALTER TABLE confirmation_of_rule RENAME TO confirmation;
CREATE TRIGGER confirmation_no_replace BEFORE INSERT ON confirmation
    WHEN EXISTS (SELECT 1 FROM confirmation AS c WHERE c.job = NEW.job AND c.rule = NEW.rule)
BEGIN
    SELECT RAISE(ABORT, 'confirmations are append only');
END;
CREATE TRIGGER confirmation_no_update BEFORE UPDATE ON confirmation
BEGIN
    SELECT RAISE(ABORT, 'confirmations are append only');
END;
CREATE TRIGGER confirmation_no_delete BEFORE DELETE ON confirmation
BEGIN
    SELECT RAISE(ABORT, 'confirmations are append only');
END;
