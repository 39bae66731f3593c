-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- The rules of the print room: how a job is printed as decided, what it repeats, who confirmed that, and whose turn it is.

-- When the job was decided on for the first time; NULL until then. Whether a document was sent before goes by this, since
-- a job's content is not known earlier.
ALTER TABLE job ADD COLUMN decided_at INTEGER;
-- How it is printed, whatever was asked for (sides, color_mode, urgent); NULL until decided.
ALTER TABLE job ADD COLUMN sides_decided TEXT;
ALTER TABLE job ADD COLUMN color_mode_decided TEXT;
ALTER TABLE job ADD COLUMN urgent_decided INTEGER CHECK (urgent_decided IN (0, 1));
-- The earlier job of the same department with the same content that the latest decision found, NULL none.
ALTER TABLE job ADD COLUMN duplicate_of INTEGER REFERENCES job;
-- The job's turn, policy/order.h: of the pending jobs the one with the least is printed next.
ALTER TABLE job ADD COLUMN turn_at INTEGER;

-- Jobs that wait since before there were turns get theirs: the same sum as in policy/order.h.
UPDATE job SET turn_at = submitted_at + iif(urgent, 0, 7200000) + 6000 * min(coalesce(sheets, 0), 600)
 WHERE state NOT IN ('completed', 'canceled', 'aborted');

CREATE INDEX job_turn ON job (turn_at, job) WHERE state = 'pending';
CREATE INDEX job_by_content ON job (fingerprint, department, decided_at) WHERE fingerprint IS NOT NULL;
CREATE INDEX job_urgent ON job (person, decided_at) WHERE urgent_decided = 1;

-- A person said that a job is wanted although a rule holds it; append only.
CREATE TABLE confirmation (
    job     INTEGER NOT NULL REFERENCES job,
    rule    TEXT NOT NULL CHECK (rule = 'duplicate'),   -- id of the rule, policy/decide.c
    actor   TEXT NOT NULL CHECK (actor <> ''),
    at      INTEGER NOT NULL,
    PRIMARY KEY (job, rule)
) STRICT, WITHOUT ROWID;
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
