-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Monthly figures and the register of violations.
--
-- What a month's report counts is defined once, by the views below over rows that are never altered: settled ledger
-- entries, grants, events that ended a held duplicate, violations. The table `figure` holds their sums; triggers add each
-- row to it in the transaction that writes the row, daemon/store/report.c makes it anew from the views and compares the
-- two. A month is the month of the account that was charged, so that sheets agree with the ledger.

-- Sheets that two sides save: what the job would take on one side, less what it takes. Written with the decision.
ALTER TABLE job ADD COLUMN duplex_saved INTEGER NOT NULL DEFAULT 0 CHECK (duplex_saved >= 0);

-- What printing or copying did against the rules of the office. Written once, acknowledged once, never deleted.
CREATE TABLE violation (
    violation        INTEGER PRIMARY KEY,
    kind             TEXT NOT NULL             -- 'label-below-marks', …: daemon/report/columns.c has the words
                     CHECK (length(kind) BETWEEN 1 AND 32 AND kind NOT GLOB '*[^a-z-]*'),
    month            TEXT NOT NULL CHECK (month GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]'),
    at               INTEGER NOT NULL,
    job              INTEGER REFERENCES job,
    device           INTEGER REFERENCES device,
    person           TEXT NOT NULL DEFAULT '', -- login of who did it; need not be registered
    department       INTEGER REFERENCES department,
    detail           TEXT NOT NULL DEFAULT '{}' CHECK (detail GLOB '{*}'), -- JSON object
    acknowledged_by  TEXT,
    acknowledged_at  INTEGER,
    comment          TEXT CHECK (comment <> ''),
    CHECK ((acknowledged_by IS NULL) = (acknowledged_at IS NULL)
       AND (acknowledged_by IS NULL) = (comment IS NULL))
) STRICT;
CREATE UNIQUE INDEX violation_once ON violation (job, kind) WHERE job IS NOT NULL;
CREATE INDEX violation_open ON violation (violation) WHERE acknowledged_at IS NULL;
CREATE INDEX violation_by_month ON violation (month, violation);
CREATE TRIGGER violation_no_replace BEFORE INSERT ON violation
    WHEN EXISTS (SELECT 1 FROM violation AS v WHERE v.violation = NEW.violation)
BEGIN
    SELECT RAISE(ABORT, 'the register of violations is append only');
END;
CREATE TRIGGER violation_no_update BEFORE UPDATE ON violation
    WHEN OLD.acknowledged_at IS NOT NULL
      OR (NEW.violation, NEW.kind, NEW.month, NEW.at, NEW.job, NEW.device, NEW.person, NEW.department, NEW.detail)
         IS NOT (OLD.violation, OLD.kind, OLD.month, OLD.at, OLD.job, OLD.device, OLD.person, OLD.department, OLD.detail)
BEGIN
    SELECT RAISE(ABORT, 'of a violation only its acknowledgement is written, once');
END;
CREATE TRIGGER violation_no_delete BEFORE DELETE ON violation
BEGIN
    SELECT RAISE(ABORT, 'violations are never forgotten');
END;

-- The register's feeds: what a job's event says by itself, and what the decision on a new document found. (Details are
-- compact JSON made by the program; SQLite's JSON functions may not run in a trigger under trusted_schema = OFF.)
CREATE TRIGGER violation_of_event AFTER INSERT ON event
    WHEN NEW.name = 'operator-settled' OR instr(NEW.detail, '"discrepancy":true') > 0
BEGIN
    INSERT INTO violation (kind, month, at, job, device, person, department, detail)
    SELECT iif(NEW.name = 'operator-settled', 'operator-settled', 'discrepancy'),
           j.month, NEW.at, j.job, j.device, j.person, j.department, NEW.detail
      FROM job AS j WHERE j.job = NEW.job
    ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER violation_of_decision AFTER INSERT ON event
    WHEN NEW.from_state = 'incoming' AND NEW.to_state IN ('pending-held', 'aborted')
BEGIN
    INSERT INTO violation (kind, month, at, job, person, department, detail)
    SELECT CASE f.rule WHEN 'level.marks' THEN 'label-below-marks'
                       WHEN 'person.known' THEN 'unknown-person'
                       ELSE 'level-refused' END,
           j.month, NEW.at, j.job, j.person, j.department,
           printf('{"a":%d,"b":%d,"rule":"%s"}', f.a, f.b, f.rule)
      FROM finding AS f JOIN job AS j ON j.job = f.job
     WHERE f.job = NEW.job
       AND (f.rule IN ('level.marks', 'person.known') AND f.effect <> 'print'
            OR f.rule LIKE 'level.%' AND f.effect = 'refuse')
    ON CONFLICT DO NOTHING;
END;

-- The ways a month is divided.
CREATE TABLE dimension (dimension TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO dimension VALUES ('department'), ('person'), ('device'), ('level'), ('source');

-- Derived: the sums of a month by each dimension, always within the department that pays (0: none). One table of all
-- combinations would grow with their product; these grow with their number. key: '' for 'department', else login, device
-- name, level id, 'cups' …
CREATE TABLE figure (
    month              TEXT NOT NULL,
    dimension          TEXT NOT NULL REFERENCES dimension,
    department         INTEGER NOT NULL,
    key                TEXT NOT NULL,
    jobs               INTEGER NOT NULL DEFAULT 0, -- that were charged
    pages              INTEGER NOT NULL DEFAULT 0, -- of their documents, one copy
    impressions        INTEGER NOT NULL DEFAULT 0, -- sides, all copies; in proportion where a job was not finished
    sheets             INTEGER NOT NULL DEFAULT 0, -- charged
    color_impressions  INTEGER NOT NULL DEFAULT 0,
    duplex_sheets      INTEGER NOT NULL DEFAULT 0, -- of sheets: of jobs on two sides
    duplex_saved       INTEGER NOT NULL DEFAULT 0, -- sheets one side would have taken more
    walk_up_sheets     INTEGER NOT NULL DEFAULT 0, -- of sheets: copied at a device without a document
    grants             INTEGER NOT NULL DEFAULT 0, -- over quota
    granted_sheets     INTEGER NOT NULL DEFAULT 0,
    duplicates         INTEGER NOT NULL DEFAULT 0, -- jobs held as a duplicate and never printed
    duplicate_sheets   INTEGER NOT NULL DEFAULT 0, -- what they would have taken
    violations         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (month, dimension, department, key)
) STRICT, WITHOUT ROWID;

-- Paper: one row a settled reservation.
CREATE VIEW figure_settled AS
SELECT l.entry, l.month, l.department, j.person, coalesce(v.name, '') AS device, j.level, j.source,
       1 AS jobs,
       coalesce(j.pages, 0) AS pages,
       iif(l.sheets < j.sheets, (j.impressions * l.sheets + j.sheets - 1) / j.sheets,
           coalesce(j.impressions, 0)) AS impressions,
       l.sheets,
       CASE WHEN coalesce(j.color_mode_decided, j.color_mode)
                 IN ('monochrome', 'auto-monochrome', 'process-monochrome', 'bi-level', 'process-bi-level') THEN 0
            WHEN l.sheets < j.sheets
                THEN (coalesce(j.color_pages, 0) * j.copies * l.sheets + j.sheets - 1) / j.sheets
            ELSE coalesce(j.color_pages, 0) * j.copies END AS color_impressions,
       iif(coalesce(j.sides_decided, j.sides) = 'one-sided', 0, l.sheets) AS duplex_sheets,
       iif(l.sheets < j.sheets, j.duplex_saved * l.sheets / j.sheets, j.duplex_saved) AS duplex_saved,
       iif(j.source = 'walk-up', l.sheets, 0) AS walk_up_sheets
  FROM ledger AS l JOIN job AS j ON j.job = l.job LEFT JOIN device AS v ON v.device = j.device
 WHERE l.kind = 'settle' AND l.sheets > 0;

-- Its sums by everything at once, so that the many rows are sorted once and not for each dimension.
CREATE VIEW figure_cube AS
SELECT month, department, person, device, level, source, sum(jobs) AS jobs, sum(pages) AS pages,
       sum(impressions) AS impressions, sum(sheets) AS sheets, sum(color_impressions) AS color_impressions,
       sum(duplex_sheets) AS duplex_sheets, sum(duplex_saved) AS duplex_saved, sum(walk_up_sheets) AS walk_up_sheets
  FROM figure_settled GROUP BY month, department, person, device, level, source;

CREATE VIEW figure_grant AS
SELECT l.entry, l.month, 'department' AS dimension, l.department, '' AS key, 1 AS grants, l.sheets AS granted_sheets
  FROM ledger AS l WHERE l.kind = 'grant';

CREATE VIEW figure_duplicate AS
SELECT e.event, j.month, d.dimension, coalesce(j.department, 0) AS department,
       CASE d.dimension WHEN 'person' THEN j.person WHEN 'level' THEN j.level WHEN 'source' THEN j.source
                        ELSE '' END AS key,
       1 AS duplicates, coalesce(j.sheets, 0) AS duplicate_sheets
  FROM event AS e JOIN job AS j ON j.job = e.job CROSS JOIN dimension AS d
 WHERE e.from_state = 'pending-held' AND e.to_state IN ('canceled', 'aborted') AND d.dimension <> 'device'
   AND EXISTS (SELECT 1 FROM finding AS f WHERE f.job = e.job AND f.rule = 'duplicate' AND f.effect = 'hold');

CREATE VIEW figure_violation AS
SELECT v.violation, v.month, d.dimension, coalesce(v.department, 0) AS department,
       iif(d.dimension = 'person', v.person, '') AS key, 1 AS violations
  FROM violation AS v CROSS JOIN dimension AS d WHERE d.dimension IN ('department', 'person');

-- All that is counted, by dimension.
CREATE VIEW figure_fact AS
SELECT month, dimension, department,
       CASE dimension WHEN 'person' THEN person WHEN 'device' THEN device WHEN 'level' THEN level
                      WHEN 'source' THEN source ELSE '' END AS key, jobs, pages, impressions, sheets, color_impressions, duplex_sheets, duplex_saved,
       walk_up_sheets, 0 AS grants, 0 AS granted_sheets, 0 AS duplicates, 0 AS duplicate_sheets, 0 AS violations
  FROM figure_cube CROSS JOIN dimension
UNION ALL
SELECT month, dimension, department, key, 0, 0, 0, 0, 0, 0, 0, 0, grants, granted_sheets, 0, 0, 0 FROM figure_grant
UNION ALL
SELECT month, dimension, department, key, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, duplicates, duplicate_sheets, 0
  FROM figure_duplicate
UNION ALL
SELECT month, dimension, department, key, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, violations FROM figure_violation;

CREATE VIEW figure_sum AS
SELECT month, dimension, department, key, sum(jobs) AS jobs, sum(pages) AS pages, sum(impressions) AS impressions,
       sum(sheets) AS sheets, sum(color_impressions) AS color_impressions, sum(duplex_sheets) AS duplex_sheets,
       sum(duplex_saved) AS duplex_saved, sum(walk_up_sheets) AS walk_up_sheets, sum(grants) AS grants,
       sum(granted_sheets) AS granted_sheets, sum(duplicates) AS duplicates, sum(duplicate_sheets) AS duplicate_sheets,
       sum(violations) AS violations
  FROM figure_fact GROUP BY month, dimension, department, key;

CREATE TRIGGER figure_of_settlement AFTER INSERT ON ledger WHEN NEW.kind = 'settle'
BEGIN
    INSERT INTO figure (month, dimension, department, key, jobs, pages, impressions, sheets, color_impressions,
                        duplex_sheets, duplex_saved, walk_up_sheets)
    SELECT p.month, d.dimension, p.department,
           CASE d.dimension WHEN 'person' THEN p.person WHEN 'device' THEN p.device WHEN 'level' THEN p.level
                            WHEN 'source' THEN p.source ELSE '' END, p.jobs, p.pages, p.impressions, p.sheets, p.color_impressions,
           p.duplex_sheets, p.duplex_saved, p.walk_up_sheets
      FROM figure_settled AS p CROSS JOIN dimension AS d WHERE p.entry = NEW.entry
    ON CONFLICT DO UPDATE SET
        jobs = jobs + excluded.jobs, pages = pages + excluded.pages, impressions = impressions + excluded.impressions,
        sheets = sheets + excluded.sheets, color_impressions = color_impressions + excluded.color_impressions,
        duplex_sheets = duplex_sheets + excluded.duplex_sheets, duplex_saved = duplex_saved + excluded.duplex_saved,
        walk_up_sheets = walk_up_sheets + excluded.walk_up_sheets;
END;
CREATE TRIGGER figure_of_grant AFTER INSERT ON ledger WHEN NEW.kind = 'grant'
BEGIN
    INSERT INTO figure (month, dimension, department, key, grants, granted_sheets)
    SELECT g.month, g.dimension, g.department, g.key, g.grants, g.granted_sheets
      FROM figure_grant AS g WHERE g.entry = NEW.entry
    ON CONFLICT DO UPDATE SET grants = grants + excluded.grants, granted_sheets = granted_sheets + excluded.granted_sheets;
END;
CREATE TRIGGER figure_of_duplicate AFTER INSERT ON event
    WHEN NEW.from_state = 'pending-held' AND NEW.to_state IN ('canceled', 'aborted')
BEGIN
    INSERT INTO figure (month, dimension, department, key, duplicates, duplicate_sheets)
    SELECT u.month, u.dimension, u.department, u.key, u.duplicates, u.duplicate_sheets
      FROM figure_duplicate AS u WHERE u.event = NEW.event
    ON CONFLICT DO UPDATE SET duplicates = duplicates + excluded.duplicates,
        duplicate_sheets = duplicate_sheets + excluded.duplicate_sheets;
END;
CREATE TRIGGER figure_of_violation AFTER INSERT ON violation
BEGIN
    INSERT INTO figure (month, dimension, department, key, violations)
    SELECT v.month, v.dimension, v.department, v.key, v.violations
      FROM figure_violation AS v WHERE v.violation = NEW.violation
    ON CONFLICT DO UPDATE SET violations = violations + excluded.violations;
END;

-- What happened before this step.
INSERT INTO violation (kind, month, at, job, device, person, department, detail)
SELECT iif(e.name = 'operator-settled', 'operator-settled', 'discrepancy'),
       j.month, e.at, j.job, j.device, j.person, j.department, e.detail
  FROM event AS e JOIN job AS j ON j.job = e.job
 WHERE e.name = 'operator-settled' OR instr(e.detail, '"discrepancy":true') > 0
ON CONFLICT DO NOTHING;
DELETE FROM figure;
INSERT INTO figure SELECT * FROM figure_sum;
