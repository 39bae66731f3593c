-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- The store of printroomd. One file is one step of the schema; steps are run in order inside one transaction each and
-- never edited after a release. PRAGMA user_version holds the number of the last step.
--
-- Canonical facts are what people and devices did (person, ledger, event, audit_leaf …). What is derived from them and
-- kept only for speed says so in its comment and can be rebuilt.
-- Times are integer milliseconds since 1970-01-01 UTC. Sheets are sheets of A4 (A3 counts two).
--
-- Append-only tables refuse UPDATE and DELETE by trigger. INSERT OR REPLACE deletes without asking those triggers (unless
-- PRAGMA recursive_triggers is on), so a BEFORE INSERT trigger refuses every row that would take the place of another.

-- 'PRrm': file(1) and the daemon tell the store from other databases by it.
PRAGMA application_id = 1347580525;

-- A department of the office: the payer of paper.
CREATE TABLE department (
    department      INTEGER PRIMARY KEY,
    code            TEXT NOT NULL UNIQUE CHECK (length(code) BETWEEN 1 AND 32),  -- 'academic'
    name            TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),        -- '教务处'
    active          INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    -- Sheets a month that every new month starts with; NULL: none was ever set, which allots nothing.
    standing_quota  INTEGER CHECK (standing_quota >= 0),
    created_at      INTEGER NOT NULL
) STRICT;
CREATE TRIGGER department_no_delete BEFORE DELETE ON department
BEGIN
    SELECT RAISE(ABORT, 'departments are made inactive, never deleted');
END;

-- A person, named as CUPS and the system name them. Never deleted: jobs point here by login.
CREATE TABLE person (
    person      INTEGER PRIMARY KEY,
    login       TEXT NOT NULL UNIQUE CHECK (length(login) BETWEEN 1 AND 64),
    name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    department  INTEGER NOT NULL REFERENCES department,
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at  INTEGER NOT NULL
) STRICT;
CREATE TRIGGER person_no_delete BEFORE DELETE ON person
BEGIN
    SELECT RAISE(ABORT, 'people are made inactive, never deleted');
END;

-- The roles a person has. admin, security roles and auditor exclude each other (三权分立).
CREATE TABLE person_role (
    person  INTEGER NOT NULL REFERENCES person,
    role    TEXT NOT NULL CHECK (role IN ('staff', 'operator', 'supervisor', 'director',
                                          'archivist', 'auditor', 'admin')),
    PRIMARY KEY (person, role)
) STRICT, WITHOUT ROWID;
-- A role is added to people who hold none of another power. To change somebody's power, the old roles go first.
CREATE TRIGGER person_role_separation BEFORE INSERT ON person_role WHEN NEW.role <> 'staff'
BEGIN
    SELECT RAISE(ABORT, 'these roles exclude each other')
     WHERE EXISTS (SELECT 1 FROM person_role AS held
                    WHERE held.person = NEW.person AND held.role <> 'staff'
                      AND iif(held.role IN ('admin', 'auditor'), held.role, 'security')
                          <> iif(NEW.role IN ('admin', 'auditor'), NEW.role, 'security'));
END;
CREATE TRIGGER person_role_no_update BEFORE UPDATE ON person_role
BEGIN
    SELECT RAISE(ABORT, 'roles are added and removed, not altered');
END;

-- A printer or copier behind a CUPS queue of its own that only the service's account may use.
CREATE TABLE device (
    device      INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    queue       TEXT NOT NULL UNIQUE CHECK (length(queue) BETWEEN 1 AND 127),
    -- JSON array of the URIs the device answers questions at.
    manage      TEXT NOT NULL CHECK (manage GLOB '[[]*]'),
    area        TEXT NOT NULL DEFAULT '' CHECK (length(area) <= 127), -- designated area it stands in
    -- Id of the highest level it may print; '': the highest that needs no supervisor.
    max_level   TEXT NOT NULL DEFAULT '' CHECK (length(max_level) <= 23),
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at  INTEGER NOT NULL
) STRICT;

-- A working day and the recipient of its key. The private half is a file of the vault.
CREATE TABLE day (
    day           TEXT NOT NULL PRIMARY KEY CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    recipient     TEXT NOT NULL UNIQUE         -- 'age1…', X25519
                  CHECK (length(recipient) = 62 AND recipient GLOB 'age1*'),
    created_at    INTEGER NOT NULL,
    destroyed_at  INTEGER                      -- when the close of day destroyed the private half
) STRICT;
-- A day's recipient is remembered for ever, so that no other key can take its place; a key is destroyed once.
CREATE TRIGGER day_no_update BEFORE UPDATE ON day
    WHEN NEW.day <> OLD.day OR NEW.recipient <> OLD.recipient OR NEW.created_at <> OLD.created_at
      OR OLD.destroyed_at IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'of a day only the destruction of its key is written, once');
END;
CREATE TRIGGER day_no_replace BEFORE INSERT ON day
    WHEN EXISTS (SELECT 1 FROM day AS d WHERE d.recipient = NEW.recipient)
      OR EXISTS (SELECT 1 FROM day AS d WHERE d.day = NEW.day)
BEGIN
    SELECT RAISE(ABORT, 'the day or its key is known already');
END;
CREATE TRIGGER day_no_delete BEFORE DELETE ON day
BEGIN
    SELECT RAISE(ABORT, 'days are never forgotten');
END;

-- A job. State and completed_at are written in daemon/jobs/states.c only.
CREATE TABLE job (
    job             INTEGER PRIMARY KEY,
    month           TEXT NOT NULL,             -- 'YYYY-MM' it was opened in, local time
    number          INTEGER NOT NULL CHECK (number > 0),
    state           TEXT NOT NULL CHECK (state IN ('incoming', 'pending-held', 'pending', 'processing',
                                                   'processing-stopped', 'completed', 'canceled', 'aborted')),
    -- Where it came from: a caller that retries says the same origin and document number again.
    source          TEXT NOT NULL,             -- 'cups', 'cli', …
    origin          TEXT NOT NULL,             -- job-uuid
    document        INTEGER NOT NULL,          -- number of the document in that job, from 1
    person          TEXT NOT NULL,             -- login as authenticated; need not be registered
    department      INTEGER REFERENCES department, -- the payer, once known
    host            TEXT NOT NULL DEFAULT '',
    title           TEXT NOT NULL DEFAULT '',  -- '' until the level is decided, and for classified jobs for ever
    -- What was asked for.
    level_asked     TEXT NOT NULL DEFAULT '',  -- id of the level the sender named, '' none
    urgent          INTEGER NOT NULL DEFAULT 0 CHECK (urgent IN (0, 1)),
    document_number TEXT NOT NULL DEFAULT '',  -- 发文字号
    copies          INTEGER NOT NULL CHECK (copies > 0),
    sides           TEXT NOT NULL,
    media           TEXT NOT NULL DEFAULT '',  -- PWG media name asked for, '' none
    color_mode      TEXT NOT NULL DEFAULT 'auto',
    -- What inspection found (NULL until then).
    pages           INTEGER,
    color_pages     INTEGER,
    page_runs       TEXT,                      -- JSON array of [pages, width_um, height_um]
    fingerprint     TEXT,                      -- hex
    sha256          TEXT,                      -- hex, of the document as received
    size_bytes      INTEGER,
    marked_level    TEXT,                      -- highest level id the document itself claims, '' none
    -- What was decided.
    level           TEXT NOT NULL DEFAULT '',  -- id; '' until decided
    impressions     INTEGER,
    sheets          INTEGER,                   -- the job's cost in sheets, whether reserved yet or not
    -- Where the document is: name in the spool and the day whose key opens it; NULL once it was removed.
    spool_name      TEXT,
    spool_day       TEXT REFERENCES day (day),
    device          INTEGER REFERENCES device,
    -- How it was settled.
    settlement      TEXT CHECK (settlement IN ('device-job', 'device-counter', 'estimate', 'operator')),
    submitted_at    INTEGER NOT NULL,
    completed_at    INTEGER,
    UNIQUE (month, number),
    UNIQUE (origin, document)
) STRICT;

-- Jobs that still want something: the working set, however many jobs are stored.
CREATE INDEX job_unfinished ON job (state) WHERE state NOT IN ('completed', 'canceled', 'aborted');
CREATE INDEX job_by_person ON job (person, job);
CREATE INDEX job_by_department ON job (department, job);

-- Why a job is held or stopped: a set of IPP job-state-reasons. Empty for a job that may go on.
CREATE TABLE job_reason (
    job     INTEGER NOT NULL REFERENCES job,
    reason  TEXT NOT NULL,
    PRIMARY KEY (job, reason)
) STRICT, WITHOUT ROWID;

-- The rules of the latest decision, in the order they were applied; a and b as policy/decide.c defines.
CREATE TABLE finding (
    job     INTEGER NOT NULL REFERENCES job,
    place   INTEGER NOT NULL,
    rule    TEXT NOT NULL,
    effect  TEXT NOT NULL CHECK (effect IN ('print', 'hold', 'refuse')),
    reason  TEXT NOT NULL DEFAULT '',
    a       INTEGER NOT NULL,
    b       INTEGER NOT NULL,
    PRIMARY KEY (job, place)
) STRICT, WITHOUT ROWID;

-- What happened to a job, append only.
CREATE TABLE event (
    event       INTEGER PRIMARY KEY,
    job         INTEGER NOT NULL REFERENCES job,
    at          INTEGER NOT NULL,
    name        TEXT NOT NULL,                 -- 'document-durable', 'dispatch', …: daemon/jobs/states.c
    from_state  TEXT NOT NULL,
    to_state    TEXT NOT NULL,
    actor       TEXT NOT NULL,                 -- login, or 'printroomd'
    detail      TEXT NOT NULL DEFAULT '{}'     -- JSON object
) STRICT;
CREATE INDEX event_by_job ON event (job, event);

-- One try to hand a job to a device queue. The token is in the CUPS job's name, so that the job can be found again
-- after a crash between CUPS's answer and our commit.
CREATE TABLE delivery (
    delivery    INTEGER PRIMARY KEY,
    job         INTEGER NOT NULL REFERENCES job,
    attempt     INTEGER NOT NULL CHECK (attempt > 0),
    device      INTEGER NOT NULL REFERENCES device,
    token       TEXT NOT NULL UNIQUE,
    cups_job    INTEGER,                       -- job-id at cupsd once known
    sent        INTEGER NOT NULL DEFAULT 0 CHECK (sent IN (0, 1)), -- the whole document was accepted
    outcome     TEXT CHECK (outcome IN ('printed', 'nothing-printed', 'partly-printed', 'uncertain')),
    started_at  INTEGER NOT NULL,
    ended_at    INTEGER,
    UNIQUE (job, attempt)
) STRICT;
CREATE INDEX delivery_open ON delivery (device) WHERE ended_at IS NULL;

-- An account: one department's paper of one month. The sums are derived from the ledger by the trigger below; the CHECK
-- is what no error elsewhere can get past.
CREATE TABLE account (
    department  INTEGER NOT NULL REFERENCES department,
    month       TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'
                                     AND substr(month, 6) BETWEEN '01' AND '12'),
    allotted    INTEGER NOT NULL DEFAULT 0 CHECK (allotted >= 0),
    granted     INTEGER NOT NULL DEFAULT 0 CHECK (granted >= 0),
    reserved    INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    used        INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
    PRIMARY KEY (department, month),
    -- The program knows this refusal by its name.
    CONSTRAINT account_balance CHECK (allotted + granted - reserved - used >= 0)
) STRICT, WITHOUT ROWID;

-- The ledger of sheets: append only, two-phase. A reserve entry is closed by exactly one settle or void entry.
CREATE TABLE ledger (
    entry       INTEGER PRIMARY KEY CHECK (entry > 0),
    department  INTEGER NOT NULL,
    month       TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('allot', 'grant', 'reserve', 'settle', 'void', 'adjust')),
    -- allot and adjust: signed change; grant, reserve: sheets; settle: sheets really charged, at most those reserved;
    -- void: 0. The bound keeps every sum far from overflow.
    sheets      INTEGER NOT NULL CHECK (sheets BETWEEN -1000000000 AND 1000000000),
    job         INTEGER REFERENCES job,
    closes      INTEGER REFERENCES ledger (entry),
    reason      TEXT NOT NULL DEFAULT '',
    actor       TEXT NOT NULL CHECK (actor <> ''),
    at          INTEGER NOT NULL,
    FOREIGN KEY (department, month) REFERENCES account,
    CHECK (kind IN ('allot', 'adjust') OR sheets >= 0),
    CHECK (kind NOT IN ('grant', 'reserve') OR sheets > 0),
    CHECK (kind <> 'grant' OR reason <> ''),
    CHECK ((kind IN ('reserve', 'settle', 'void')) = (job IS NOT NULL)),
    CHECK ((kind IN ('settle', 'void')) = (closes IS NOT NULL)),
    CHECK (kind <> 'void' OR sheets = 0)
) STRICT;
-- A reservation is closed once.
CREATE UNIQUE INDEX ledger_closed_once ON ledger (closes) WHERE closes IS NOT NULL;
CREATE INDEX ledger_by_account ON ledger (department, month, entry);
CREATE INDEX ledger_by_job ON ledger (job, entry) WHERE job IS NOT NULL;

CREATE TRIGGER ledger_no_replace BEFORE INSERT ON ledger
    WHEN EXISTS (SELECT 1 FROM ledger AS l WHERE l.entry = NEW.entry)
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append only');
END;
-- What closes fits what it closes, which is open.
CREATE TRIGGER ledger_entry_fits BEFORE INSERT ON ledger WHEN NEW.closes IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'entry does not fit the reservation it closes')
     WHERE NOT EXISTS (SELECT 1 FROM ledger AS r
                        WHERE r.entry = NEW.closes AND r.kind = 'reserve' AND r.job = NEW.job
                          AND r.department = NEW.department AND r.month = NEW.month
                          AND NEW.sheets <= r.sheets);
    SELECT RAISE(ABORT, 'reservation is closed already')
     WHERE EXISTS (SELECT 1 FROM ledger AS c WHERE c.closes = NEW.closes);
END;
-- One open reservation a job.
CREATE TRIGGER ledger_reserve_once BEFORE INSERT ON ledger WHEN NEW.kind = 'reserve'
BEGIN
    SELECT RAISE(ABORT, 'job has an open reservation')
     WHERE EXISTS (SELECT 1 FROM ledger AS r
                    WHERE r.job = NEW.job AND r.kind = 'reserve'
                      AND NOT EXISTS (SELECT 1 FROM ledger AS c WHERE c.closes = r.entry));
END;
-- The only writer of an account's sums.
CREATE TRIGGER ledger_sums AFTER INSERT ON ledger
BEGIN
    UPDATE account SET
        allotted = allotted + iif(NEW.kind IN ('allot', 'adjust'), NEW.sheets, 0),
        granted  = granted  + iif(NEW.kind = 'grant', NEW.sheets, 0),
        reserved = reserved + iif(NEW.kind = 'reserve', NEW.sheets, 0)
                            - coalesce((SELECT r.sheets FROM ledger AS r WHERE r.entry = NEW.closes), 0),
        used     = used     + iif(NEW.kind = 'settle', NEW.sheets, 0)
    WHERE department = NEW.department AND month = NEW.month;
END;
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append only');
END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append only');
END;

CREATE TRIGGER event_no_replace BEFORE INSERT ON event
    WHEN EXISTS (SELECT 1 FROM event AS e WHERE e.event = NEW.event)
BEGIN
    SELECT RAISE(ABORT, 'events are append only');
END;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'events are append only');
END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'events are append only');
END;

-- The audit log's leaves, append only: canonical JSON, hashed as RFC 6962 §2.1 hashes leaves, SHA-256(0x00 ‖ leaf).
CREATE TABLE audit_leaf (
    leaf    INTEGER PRIMARY KEY CHECK (leaf >= 0), -- from 0, without gaps
    at      INTEGER NOT NULL,
    body    TEXT NOT NULL CHECK (body GLOB '{*}'),
    hash    BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_leaf_gapless BEFORE INSERT ON audit_leaf
    WHEN NEW.leaf <> (SELECT coalesce(max(l.leaf) + 1, 0) FROM audit_leaf AS l)
BEGIN
    SELECT RAISE(ABORT, 'leaves are numbered from 0 without gaps');
END;
CREATE TRIGGER audit_leaf_no_update BEFORE UPDATE ON audit_leaf
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append only');
END;
CREATE TRIGGER audit_leaf_no_delete BEFORE DELETE ON audit_leaf
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append only');
END;
