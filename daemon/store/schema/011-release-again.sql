-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- A job that is printed once more is released once more.

-- A supervisor let a job be printed once, at one device. Bound to the document, so that nothing else is printed on this
-- word, and to the printing: made anew for that.
CREATE TABLE release_before AS SELECT * FROM job_release;
DROP TABLE job_release;
CREATE TABLE job_release (
    job          INTEGER NOT NULL REFERENCES job,
    -- Which printing of the job was let happen: how often it had been held again after a release.
    printing     INTEGER NOT NULL DEFAULT 0 CHECK (printing >= 0),
    sha256       TEXT NOT NULL CHECK (length(sha256) = 64),   -- hex, of the document
    level        TEXT NOT NULL CHECK (level <> ''),           -- id, as released
    device       INTEGER NOT NULL REFERENCES device,          -- the only one that may print it
    supervisor   TEXT NOT NULL CHECK (supervisor <> ''),      -- login; showed who they are by PIN or password
    actor        TEXT NOT NULL CHECK (actor <> ''),           -- whose session it was asked for in
    reference    TEXT NOT NULL DEFAULT '',                    -- of the authority that classified the document
    released_at  INTEGER NOT NULL,
    PRIMARY KEY (job, printing)
) STRICT;
INSERT INTO job_release (job, sha256, level, device, supervisor, actor, reference, released_at)
SELECT job, sha256, level, device, supervisor, actor, reference, released_at FROM release_before;
DROP TABLE release_before;
CREATE TRIGGER job_release_no_replace BEFORE INSERT ON job_release
    WHEN EXISTS (SELECT 1 FROM job_release AS r WHERE r.job = NEW.job AND r.printing >= NEW.printing)
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
