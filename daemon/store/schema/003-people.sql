-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- People change, use paper and sign in.

-- Most sheets a month that a person's jobs may take, whichever department pays; NULL: as many as the department has.
ALTER TABLE person ADD COLUMN sheets_cap INTEGER CHECK (sheets_cap >= 0);

-- What a person's jobs took of one month: derived from the ledger by the trigger below, can be rebuilt from it. Kept by
-- login, as jobs are: it need not be registered.
CREATE TABLE account_person (
    person    TEXT NOT NULL,
    month     TEXT NOT NULL,
    reserved  INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    used      INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
    PRIMARY KEY (person, month)
) STRICT, WITHOUT ROWID;
INSERT INTO account_person (person, month, reserved, used)
SELECT j.person, l.month,
       sum(iif(l.kind = 'reserve' AND NOT EXISTS (SELECT 1 FROM ledger AS c WHERE c.closes = l.entry), l.sheets, 0)),
       sum(iif(l.kind = 'settle', l.sheets, 0))
  FROM ledger AS l JOIN job AS j USING (job)
 GROUP BY j.person, l.month;

CREATE TRIGGER ledger_sums_of_person AFTER INSERT ON ledger WHEN NEW.job IS NOT NULL
BEGIN
    INSERT INTO account_person (person, month) SELECT j.person, NEW.month FROM job AS j WHERE j.job = NEW.job
        ON CONFLICT DO NOTHING;
    UPDATE account_person SET
        reserved = reserved + iif(NEW.kind = 'reserve', NEW.sheets, 0)
                            - coalesce((SELECT r.sheets FROM ledger AS r WHERE r.entry = NEW.closes), 0),
        used     = used     + iif(NEW.kind = 'settle', NEW.sheets, 0)
    WHERE person = (SELECT j.person FROM job AS j WHERE j.job = NEW.job) AND month = NEW.month;
END;
-- No reservation takes a person beyond the cap. (Lowering a cap below what was taken already is allowed, so that this
-- cannot be a CHECK of account_person.)
CREATE TRIGGER ledger_within_cap BEFORE INSERT ON ledger WHEN NEW.kind = 'reserve'
BEGIN
    SELECT RAISE(ABORT, 'the person has too few sheets left')
      FROM job AS j
      JOIN person AS p ON p.login = j.person
      LEFT JOIN account_person AS a ON a.person = j.person AND a.month = NEW.month
     WHERE j.job = NEW.job AND NEW.sheets + coalesce(a.reserved + a.used, 0) > p.sheets_cap;
END;

-- The audit leaves that tell of a person or department, so that its history is found without reading all leaves. Derived:
-- written with the leaf (daemon/store/audit.c), can be rebuilt from audit_leaf as below.
CREATE TABLE history (
    kind    TEXT NOT NULL CHECK (kind IN ('person', 'department')),
    object  TEXT NOT NULL,                     -- login or code
    leaf    INTEGER NOT NULL REFERENCES audit_leaf,
    PRIMARY KEY (kind, object, leaf)
) STRICT, WITHOUT ROWID;
INSERT INTO history (kind, object, leaf)
SELECT iif(l.body ->> '$.event' GLOB 'person.*', 'person', 'department'), l.body ->> '$.object', l.leaf
  FROM audit_leaf AS l
 WHERE substr(l.body ->> '$.event', 1, instr(l.body ->> '$.event', '.')) IN ('person.', 'department.', 'quota.');

-- Accounts whose month has begun and for which it was decided what goes on from the month before: once. (An account may be
-- opened before, by a quota set for a month to come.)
CREATE TABLE carry_over (
    department  INTEGER NOT NULL,
    month       TEXT NOT NULL,
    PRIMARY KEY (department, month),
    FOREIGN KEY (department, month) REFERENCES account
) STRICT, WITHOUT ROWID;

-- What people prove themselves with, apart from person so that no listing ever reads it.
CREATE TABLE person_secret (
    person      INTEGER NOT NULL REFERENCES person,
    kind        TEXT NOT NULL CHECK (kind IN ('password', 'pin')),
    hash        TEXT NOT NULL CHECK (hash GLOB '$argon2id$*'), -- with its salt and parameters
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (person, kind)
) STRICT, WITHOUT ROWID;

-- Attempts to prove oneself that failed since the last that did not, and until when no other is looked at. Names that
-- nobody has share a fixed number of rows ('/000' …; no login has a '/'), so that nobody can fill the disk.
CREATE TABLE sign_in (
    name      TEXT NOT NULL PRIMARY KEY,
    failures  INTEGER NOT NULL CHECK (failures > 0),
    until     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Bearer tokens that are good: only the hash is kept (BLAKE2b-256 of the token's text).
CREATE TABLE token (
    hash        BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    person      INTEGER NOT NULL REFERENCES person,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_by_person ON token (person);
CREATE INDEX token_by_end ON token (expires_at);
