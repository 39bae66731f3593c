-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- The store of printroomd. One file is one step of the schema; steps are run in order inside one transaction each and
-- never edited after a release. PRAGMA user_version holds the number of the last step.
--
-- Canonical facts are what people and devices did (person, ledger, event, audit_leaf …). What is derived from them and
-- kept only for speed says so in its comment and can be rebuilt.
-- Times are integer milliseconds since 1970-01-01 UTC. Sheets are sheets of A4 (A3 counts two).

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

-- A person, named as CUPS and the system name them. Never deleted: jobs point here by login.
CREATE TABLE person (
    person      INTEGER PRIMARY KEY,
    login       TEXT NOT NULL UNIQUE CHECK (length(login) BETWEEN 1 AND 64),
    name        TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    department  INTEGER NOT NULL REFERENCES department,
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at  INTEGER NOT NULL
) STRICT;

-- The roles a person has. admin, security roles and auditor exclude each other (三权分立); the API enforces it.
CREATE TABLE person_role (
    person  INTEGER NOT NULL REFERENCES person,
    role    TEXT NOT NULL CHECK (role IN ('staff', 'operator', 'supervisor', 'director',
                                          'archivist', 'auditor', 'admin')),
    PRIMARY KEY (person, role)
) STRICT, WITHOUT ROWID;

-- A printer or copier behind a CUPS queue of its own that only the service's account may use.
CREATE TABLE device (
    device      INTEGER PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    queue       TEXT NOT NULL CHECK (length(queue) BETWEEN 1 AND 127),
    manage      TEXT NOT NULL,                 -- JSON array of URIs the device answers questions at
    area        TEXT NOT NULL DEFAULT '',      -- designated area it stands in
    max_level   TEXT NOT NULL DEFAULT '',      -- id of the highest level it may print; '': the lowest of the ladder
    active      INTEGER NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    created_at  INTEGER NOT NULL
) STRICT;

-- A working day and the recipient of its key. The private half is a file of the vault.
CREATE TABLE day (
    day           TEXT NOT NULL PRIMARY KEY CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    recipient     TEXT NOT NULL UNIQUE,        -- 'age1…'
    created_at    INTEGER NOT NULL,
    destroyed_at  INTEGER                      -- when the close of day destroyed the private half
) STRICT;

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
    title           TEXT NOT NULL DEFAULT '',
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
    month       TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'),
    allotted    INTEGER NOT NULL DEFAULT 0 CHECK (allotted >= 0),
    granted     INTEGER NOT NULL DEFAULT 0 CHECK (granted >= 0),
    reserved    INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    used        INTEGER NOT NULL DEFAULT 0 CHECK (used >= 0),
    PRIMARY KEY (department, month),
    CHECK (allotted + granted - reserved - used >= 0)
) STRICT, WITHOUT ROWID;

-- The ledger of sheets: append only, two-phase. A reserve entry is closed by exactly one settle or void entry.
CREATE TABLE ledger (
    entry       INTEGER PRIMARY KEY,
    department  INTEGER NOT NULL,
    month       TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('allot', 'grant', 'reserve', 'settle', 'void', 'adjust')),
    -- allot and adjust: signed change; grant, reserve: sheets; settle: sheets really charged, at most those reserved;
    -- void: 0.
    sheets      INTEGER NOT NULL,
    job         INTEGER REFERENCES job,
    closes      INTEGER REFERENCES ledger (entry),
    reason      TEXT NOT NULL DEFAULT '',
    actor       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    FOREIGN KEY (department, month) REFERENCES account,
    CHECK (kind IN ('allot', 'adjust') OR sheets >= 0),
    CHECK ((kind IN ('reserve', 'settle', 'void')) = (job IS NOT NULL)),
    CHECK ((kind IN ('settle', 'void')) = (closes IS NOT NULL)),
    CHECK (kind <> 'void' OR sheets = 0)
) STRICT;
-- A reservation is closed once.
CREATE UNIQUE INDEX ledger_closed_once ON ledger (closes) WHERE closes IS NOT NULL;
CREATE INDEX ledger_by_account ON ledger (department, month, entry);
CREATE INDEX ledger_by_job ON ledger (job, entry) WHERE job IS NOT NULL;

CREATE TRIGGER ledger_entry_fits BEFORE INSERT ON ledger WHEN NEW.closes IS NOT NULL
BEGIN
    SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM ledger AS r
                                  WHERE r.entry = NEW.closes AND r.kind = 'reserve' AND r.job = NEW.job
                                    AND r.department = NEW.department AND r.month = NEW.month
                                    AND NEW.sheets <= r.sheets)
                THEN RAISE(ABORT, 'entry does not fit the reservation it closes') END;
END;
-- One open reservation a job.
CREATE TRIGGER ledger_reserve_once BEFORE INSERT ON ledger WHEN NEW.kind = 'reserve'
BEGIN
    SELECT CASE WHEN EXISTS (SELECT 1 FROM ledger AS r WHERE r.job = NEW.job AND r.kind = 'reserve'
                                AND NOT EXISTS (SELECT 1 FROM ledger AS c WHERE c.closes = r.entry))
                THEN RAISE(ABORT, 'job has an open reservation') END;
END;
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
CREATE TRIGGER ledger_no_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
CREATE TRIGGER ledger_no_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'the ledger is append only'); END;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'events are append only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'events are append only'); END;

-- The audit log's leaves, append only: canonical JSON, hashed as RFC 6962 §2.1 hashes leaves, SHA-256(0x00 ‖ leaf).
CREATE TABLE audit_leaf (
    leaf    INTEGER PRIMARY KEY,               -- from 0, without gaps
    at      INTEGER NOT NULL,
    body    TEXT NOT NULL,
    hash    BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TRIGGER audit_leaf_no_update BEFORE UPDATE ON audit_leaf BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
CREATE TRIGGER audit_leaf_no_delete BEFORE DELETE ON audit_leaf BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END;
