-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- The device register: what a device is, what it counted, what was done to it, what it is fed with, and how it was emptied.

-- What the device said of itself when it was asked (printroom-device probe); '' where it did not say.
ALTER TABLE device ADD COLUMN maker TEXT NOT NULL DEFAULT '' CHECK (length(maker) <= 127);
ALTER TABLE device ADD COLUMN model TEXT NOT NULL DEFAULT '' CHECK (length(model) <= 127);
ALTER TABLE device ADD COLUMN serial TEXT NOT NULL DEFAULT '' CHECK (length(serial) <= 127);
ALTER TABLE device ADD COLUMN firmware TEXT NOT NULL DEFAULT '' CHECK (length(firmware) <= 127);
-- The serial number last seen, by whatever question; one other than `serial` is a board, or a device, that was replaced.
ALTER TABLE device ADD COLUMN serial_seen TEXT NOT NULL DEFAULT '' CHECK (length(serial_seen) <= 127);
-- JSON arrays: languages understood, questions answered, erasures that only an operator can trigger at the device.
ALTER TABLE device ADD COLUMN languages TEXT NOT NULL DEFAULT '[]' CHECK (languages GLOB '[[]*]');
ALTER TABLE device ADD COLUMN can TEXT NOT NULL DEFAULT '[]' CHECK (can GLOB '[[]*]');
ALTER TABLE device ADD COLUMN vendor_steps TEXT NOT NULL DEFAULT '[]' CHECK (vendor_steps GLOB '[[]*]');
ALTER TABLE device ADD COLUMN probed_at INTEGER;
-- When the device last answered any question, and whether the latest one went unanswered.
ALTER TABLE device ADD COLUMN answered_at INTEGER;
ALTER TABLE device ADD COLUMN unreachable_at INTEGER;
-- Whom to call when it breaks.
ALTER TABLE device ADD COLUMN vendor_contact TEXT NOT NULL DEFAULT '' CHECK (length(vendor_contact) <= 200);
-- Which of its counters is compared with our books, and what a sheet printed on both sides adds to it (0: not known).
ALTER TABLE device ADD COLUMN counter TEXT NOT NULL DEFAULT 'auto' CHECK (counter IN ('auto', 'sheets', 'impressions'));
ALTER TABLE device ADD COLUMN duplex_step INTEGER NOT NULL DEFAULT 0 CHECK (duplex_step BETWEEN 0 AND 2);

-- A reading of a device's counters; append only. NULL: the device does not count that.
CREATE TABLE reading (
    reading            INTEGER PRIMARY KEY CHECK (reading > 0),
    device             INTEGER NOT NULL REFERENCES device,
    at                 INTEGER NOT NULL,
    day                TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    -- Why it was read. But for 'request' the device was at rest: nothing of ours was printing.
    occasion           TEXT NOT NULL CHECK (occasion IN ('day-start', 'purge-before', 'purge-after', 'request')),
    source             TEXT NOT NULL CHECK (source IN ('ipp', 'pjl', 'postscript', 'snmp')),
    serial             TEXT NOT NULL DEFAULT '',
    impressions        INTEGER CHECK (impressions >= 0),
    color_impressions  INTEGER CHECK (color_impressions >= 0),
    media_sheets       INTEGER CHECK (media_sheets >= 0)
) STRICT;
CREATE INDEX reading_by_device ON reading (device, at, reading);
CREATE TRIGGER reading_no_replace BEFORE INSERT ON reading
    WHEN EXISTS (SELECT 1 FROM reading AS r WHERE r.reading = NEW.reading)
BEGIN
    SELECT RAISE(ABORT, 'readings are append only');
END;
CREATE TRIGGER reading_no_update BEFORE UPDATE ON reading
BEGIN
    SELECT RAISE(ABORT, 'readings are append only');
END;
CREATE TRIGGER reading_no_delete BEFORE DELETE ON reading
BEGIN
    SELECT RAISE(ABORT, 'readings are append only');
END;
-- A device's jobs between two readings.
CREATE INDEX job_by_device ON job (device, completed_at) WHERE device IS NOT NULL;

-- What was found when a reading at rest was compared with the one before it; append only, kept as it was judged then. Figures
-- are in the counter's unit; of a device that counts impressions `unregistered_sheets` is half as many, rounded up.
CREATE TABLE reconciliation (
    reading              INTEGER PRIMARY KEY REFERENCES reading, -- the later one
    device               INTEGER NOT NULL REFERENCES device,
    month                TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'), -- of the earlier reading, as `day`
    day                  TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    outcome              TEXT NOT NULL CHECK (outcome <> ''), -- policy/reconcile.h
    counter              TEXT NOT NULL CHECK (counter IN ('', 'sheets', 'impressions')),
    delta                INTEGER CHECK (delta >= 0),          -- counted in between; NULL: the two cannot be compared
    jobs                 INTEGER NOT NULL CHECK (jobs >= 0),  -- sheets our jobs were charged
    copies               INTEGER NOT NULL CHECK (copies >= 0), -- registered copies, likewise
    unregistered         INTEGER NOT NULL CHECK (unregistered >= 0),
    missing              INTEGER NOT NULL CHECK (missing >= 0),
    tolerance            INTEGER NOT NULL CHECK (tolerance >= 0),
    unregistered_sheets  INTEGER NOT NULL CHECK (unregistered_sheets >= 0) -- beyond the tolerance, 0: within it
) STRICT;
CREATE INDEX reconciliation_by_device ON reconciliation (device, month);
CREATE TRIGGER reconciliation_no_replace BEFORE INSERT ON reconciliation
    WHEN EXISTS (SELECT 1 FROM reconciliation AS r WHERE r.reading = NEW.reading)
BEGIN
    SELECT RAISE(ABORT, 'reconciliations are append only');
END;
CREATE TRIGGER reconciliation_no_update BEFORE UPDATE ON reconciliation
BEGIN
    SELECT RAISE(ABORT, 'reconciliations are append only');
END;
CREATE TRIGGER reconciliation_no_delete BEFORE DELETE ON reconciliation
BEGIN
    SELECT RAISE(ABORT, 'reconciliations are append only');
END;

-- Paper that nobody answers for is a figure of the month: by device, and of no department.
ALTER TABLE figure ADD COLUMN unregistered_sheets INTEGER NOT NULL DEFAULT 0;
CREATE VIEW figure_unregistered AS
SELECT r.reading, r.month, d.dimension, 0 AS department, iif(d.dimension = 'device', v.name, '') AS key, r.unregistered_sheets
  FROM reconciliation AS r JOIN device AS v USING (device) CROSS JOIN dimension AS d
 WHERE d.dimension IN ('department', 'device') AND r.unregistered_sheets > 0;
CREATE TRIGGER figure_of_reconciliation AFTER INSERT ON reconciliation
BEGIN
    INSERT INTO figure (month, dimension, department, key, unregistered_sheets)
    SELECT u.month, u.dimension, u.department, u.key, u.unregistered_sheets
      FROM figure_unregistered AS u WHERE u.reading = NEW.reading
    ON CONFLICT DO UPDATE SET unregistered_sheets = unregistered_sheets + excluded.unregistered_sheets;
END;

-- figure_fact and figure_sum as before, with it.
DROP VIEW figure_sum;
DROP VIEW figure_fact;
CREATE VIEW figure_fact AS
SELECT month, dimension, department,
       CASE dimension WHEN 'person' THEN person WHEN 'device' THEN device WHEN 'level' THEN level
                      WHEN 'source' THEN source ELSE '' END AS key, jobs, pages, impressions, sheets, color_impressions,
       duplex_sheets, duplex_saved, walk_up_sheets, 0 AS grants, 0 AS granted_sheets, 0 AS duplicates, 0 AS duplicate_sheets,
       0 AS violations, 0 AS unregistered_sheets
  FROM figure_cube CROSS JOIN dimension
UNION ALL
SELECT month, dimension, department, key, 0, 0, 0, 0, 0, 0, 0, 0, grants, granted_sheets, 0, 0, 0, 0 FROM figure_grant
UNION ALL
SELECT month, dimension, department, key, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, duplicates, duplicate_sheets, 0, 0
  FROM figure_duplicate
UNION ALL
SELECT month, dimension, department, key, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, violations, 0 FROM figure_violation
UNION ALL
SELECT month, dimension, department, key, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, unregistered_sheets FROM figure_unregistered;
CREATE VIEW figure_sum AS
SELECT month, dimension, department, key, sum(jobs) AS jobs, sum(pages) AS pages, sum(impressions) AS impressions,
       sum(sheets) AS sheets, sum(color_impressions) AS color_impressions, sum(duplex_sheets) AS duplex_sheets,
       sum(duplex_saved) AS duplex_saved, sum(walk_up_sheets) AS walk_up_sheets, sum(grants) AS grants,
       sum(granted_sheets) AS granted_sheets, sum(duplicates) AS duplicates, sum(duplicate_sheets) AS duplicate_sheets,
       sum(violations) AS violations, sum(unregistered_sheets) AS unregistered_sheets
  FROM figure_fact GROUP BY month, dimension, department, key;

-- Maintenance: what was done to a device, or is wrong with it. Opened once, closed once, never deleted.
CREATE TABLE maintenance (
    maintenance   INTEGER PRIMARY KEY CHECK (maintenance > 0),
    device        INTEGER NOT NULL REFERENCES device,
    kind          TEXT NOT NULL CHECK (kind IN ('cleaning', 'calibration', 'part', 'fault', 'service')),
    note          TEXT NOT NULL CHECK (note <> ''),
    vendor        TEXT NOT NULL DEFAULT '',
    -- Day it is to be done again, NULL: no such day.
    next_due      TEXT CHECK (next_due GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'
                              AND next_due IS date(next_due, '+0 days')),
    opened_by     TEXT NOT NULL CHECK (opened_by <> ''),
    opened_at     INTEGER NOT NULL,
    closed_by     TEXT CHECK (closed_by <> ''),
    closed_at     INTEGER,
    closing_note  TEXT CHECK (closing_note <> ''),
    CHECK ((closed_by IS NULL) = (closed_at IS NULL) AND (closed_by IS NULL) = (closing_note IS NULL))
) STRICT;
CREATE INDEX maintenance_by_device ON maintenance (device, maintenance);
CREATE INDEX maintenance_open ON maintenance (next_due) WHERE closed_at IS NULL;
CREATE TRIGGER maintenance_no_replace BEFORE INSERT ON maintenance
    WHEN EXISTS (SELECT 1 FROM maintenance AS m WHERE m.maintenance = NEW.maintenance)
BEGIN
    SELECT RAISE(ABORT, 'the maintenance register is append only');
END;
CREATE TRIGGER maintenance_closed_once BEFORE UPDATE ON maintenance
    WHEN OLD.closed_at IS NOT NULL
      OR (NEW.maintenance, NEW.device, NEW.kind, NEW.note, NEW.vendor, NEW.next_due, NEW.opened_by, NEW.opened_at)
         IS NOT (OLD.maintenance, OLD.device, OLD.kind, OLD.note, OLD.vendor, OLD.next_due, OLD.opened_by, OLD.opened_at)
BEGIN
    SELECT RAISE(ABORT, 'of an entry only its end is written, once');
END;
CREATE TRIGGER maintenance_no_delete BEFORE DELETE ON maintenance
BEGIN
    SELECT RAISE(ABORT, 'the maintenance register is append only');
END;

-- What a device's supplies were when it was last asked: replaced with every answer.
CREATE TABLE supply (
    device         INTEGER NOT NULL REFERENCES device,
    place          INTEGER NOT NULL,           -- in the device's order
    name           TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('toner', 'ink', 'drum', 'waste', 'fuser', 'paper', 'other')),
    color          TEXT NOT NULL DEFAULT '',
    level_percent  INTEGER CHECK (level_percent BETWEEN 0 AND 100), -- left (waste: room left); NULL not known
    state          TEXT NOT NULL CHECK (state IN ('ok', 'low', 'empty', 'unknown')),
    seen_at        INTEGER NOT NULL,
    PRIMARY KEY (device, place)
) STRICT, WITHOUT ROWID;

-- Consumables in the cupboard. `amount` is derived from the moves by the trigger; the CHECK keeps it from going below 0.
CREATE TABLE stock (
    item     TEXT NOT NULL PRIMARY KEY CHECK (length(item) BETWEEN 1 AND 100),
    minimum  INTEGER NOT NULL DEFAULT 0 CHECK (minimum >= 0),
    amount   INTEGER NOT NULL DEFAULT 0 CHECK (amount >= 0)
) STRICT, WITHOUT ROWID;
-- What came in (+) and was used (-); append only.
CREATE TABLE stock_move (
    move    INTEGER PRIMARY KEY CHECK (move > 0),
    item    TEXT NOT NULL REFERENCES stock,
    change  INTEGER NOT NULL CHECK (change <> 0 AND change BETWEEN -1000000 AND 1000000),
    device  INTEGER REFERENCES device,          -- that it was used for, NULL: none in particular
    note    TEXT NOT NULL DEFAULT '',
    actor   TEXT NOT NULL CHECK (actor <> ''),
    at      INTEGER NOT NULL
) STRICT;
CREATE TRIGGER stock_move_sum AFTER INSERT ON stock_move
BEGIN
    UPDATE stock SET amount = amount + NEW.change WHERE item = NEW.item;
END;
CREATE TRIGGER stock_move_no_replace BEFORE INSERT ON stock_move
    WHEN EXISTS (SELECT 1 FROM stock_move AS m WHERE m.move = NEW.move)
BEGIN
    SELECT RAISE(ABORT, 'stock moves are append only');
END;
CREATE TRIGGER stock_move_no_update BEFORE UPDATE ON stock_move
BEGIN
    SELECT RAISE(ABORT, 'stock moves are append only');
END;
CREATE TRIGGER stock_move_no_delete BEFORE DELETE ON stock_move
BEGIN
    SELECT RAISE(ABORT, 'stock moves are append only');
END;

-- One emptying of a device. Begun before anything is done, ended once with the evidence, never deleted: a row without an
-- end is a purge that is under way or that a crash cut off.
CREATE TABLE purge (
    purge      INTEGER PRIMARY KEY CHECK (purge > 0),
    device     INTEGER NOT NULL REFERENCES device,
    occasion   TEXT NOT NULL CHECK (occasion IN ('request', 'day-close')),
    actor      TEXT NOT NULL CHECK (actor <> ''),
    began_at   INTEGER NOT NULL,
    ended_at   INTEGER,
    outcome    TEXT CHECK (outcome IN ('verified-absent', 'sent-unverified', 'refused', 'unsupported', 'unreachable',
                                       'operator-attested', 'interrupted', 'failed')),
    error      TEXT,                           -- of the helper or ours, '' none
    summary    TEXT CHECK (summary GLOB '{*}'), -- JSON: what the helper concluded, '{}': nothing
    evidence   TEXT,                           -- JSON lines, everything the helper said
    sha256     TEXT CHECK (length(sha256) = 64), -- hex, of `evidence`; stands in the audit log
    -- The device's queue: 'running' untouched, 'stopped' by us and to be started again, 'resumed', 'was-stopped' before.
    queue      TEXT NOT NULL DEFAULT 'running' CHECK (queue IN ('running', 'stopped', 'resumed', 'was-stopped')),
    CHECK ((ended_at IS NULL) = (outcome IS NULL) AND (ended_at IS NULL) = (error IS NULL)
       AND (ended_at IS NULL) = (summary IS NULL) AND (ended_at IS NULL) = (evidence IS NULL)
       AND (ended_at IS NULL) = (sha256 IS NULL))
) STRICT;
CREATE INDEX purge_by_device ON purge (device, purge);
CREATE UNIQUE INDEX purge_one_at_a_time ON purge (device) WHERE ended_at IS NULL;
CREATE INDEX purge_stopped ON purge (purge) WHERE queue = 'stopped';
CREATE TRIGGER purge_no_replace BEFORE INSERT ON purge
    WHEN EXISTS (SELECT 1 FROM purge AS p WHERE p.purge = NEW.purge)
      OR EXISTS (SELECT 1 FROM purge AS p WHERE p.device = NEW.device AND p.ended_at IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'the register of purges is append only');
END;
CREATE TRIGGER purge_ended_once BEFORE UPDATE ON purge
    WHEN (NEW.purge, NEW.device, NEW.occasion, NEW.actor, NEW.began_at)
         IS NOT (OLD.purge, OLD.device, OLD.occasion, OLD.actor, OLD.began_at)
      OR OLD.ended_at IS NOT NULL
         AND (NEW.ended_at, NEW.outcome, NEW.error, NEW.summary, NEW.evidence, NEW.sha256)
             IS NOT (OLD.ended_at, OLD.outcome, OLD.error, OLD.summary, OLD.evidence, OLD.sha256)
BEGIN
    SELECT RAISE(ABORT, 'of a purge only its end is written, once');
END;
CREATE TRIGGER purge_no_delete BEFORE DELETE ON purge
BEGIN
    SELECT RAISE(ABORT, 'the register of purges is append only');
END;

-- A person's word that an erasure was done at the device, which no wire can trigger; append only.
CREATE TABLE attestation (
    attestation  INTEGER PRIMARY KEY CHECK (attestation > 0),
    device       INTEGER NOT NULL REFERENCES device,
    step         TEXT NOT NULL CHECK (step <> ''),  -- id of the vendor step
    note         TEXT NOT NULL CHECK (note <> ''),
    actor        TEXT NOT NULL CHECK (actor <> ''),
    at           INTEGER NOT NULL
) STRICT;
CREATE INDEX attestation_by_device ON attestation (device, attestation);
CREATE TRIGGER attestation_no_replace BEFORE INSERT ON attestation
    WHEN EXISTS (SELECT 1 FROM attestation AS a WHERE a.attestation = NEW.attestation)
BEGIN
    SELECT RAISE(ABORT, 'attestations are append only');
END;
CREATE TRIGGER attestation_no_update BEFORE UPDATE ON attestation
BEGIN
    SELECT RAISE(ABORT, 'attestations are append only');
END;
CREATE TRIGGER attestation_no_delete BEFORE DELETE ON attestation
BEGIN
    SELECT RAISE(ABORT, 'attestations are append only');
END;
