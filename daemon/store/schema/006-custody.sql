-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Numbered copies of classified documents, and in whose hands each of them is.

-- The id of the key that makes the codes on copies. There is one for good: with another, every sheet on paper would look
-- forged. The key itself is a file of the vault.
CREATE TABLE trace_key (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    id          TEXT NOT NULL CHECK (length(id) = 32 AND id NOT GLOB '*[^0-9a-f]*'),
    created_at  INTEGER NOT NULL
) STRICT;
CREATE TRIGGER trace_key_no_replace BEFORE INSERT ON trace_key WHEN EXISTS (SELECT 1 FROM trace_key)
BEGIN
    SELECT RAISE(ABORT, 'the trace key is known already');
END;
CREATE TRIGGER trace_key_no_update BEFORE UPDATE ON trace_key
BEGIN
    SELECT RAISE(ABORT, 'the trace key stays');
END;
CREATE TRIGGER trace_key_no_delete BEFORE DELETE ON trace_key
BEGIN
    SELECT RAISE(ABORT, 'the trace key is never forgotten');
END;

-- A numbered copy: one 份号 of one document. What changes of it (state, holder, due day) is derived from its events and
-- written in daemon/store/custody.c only.
CREATE TABLE copy (
    copy      INTEGER PRIMARY KEY,
    document  TEXT NOT NULL CHECK (document <> ''),          -- 发文字号, else the job's id
    number    INTEGER NOT NULL CHECK (number BETWEEN 1 AND 65535), -- 份号
    job       INTEGER NOT NULL REFERENCES job,               -- that prints it
    state     TEXT NOT NULL CHECK (state IN ('printing', 'void', 'in-doubt', 'printed', 'collected', 'issued',
                                             'circulating', 'returned', 'archived', 'destroyed')),
    holder    TEXT NOT NULL DEFAULT '',                      -- login, or the name of an outside body; '' nobody yet or any more
    outside   INTEGER NOT NULL DEFAULT 0 CHECK (outside IN (0, 1)), -- holder is an outside body
    due       TEXT CHECK (due IS date(due, '+0 days')),      -- 'YYYY-MM-DD' it is to be back
    -- When it was written into the register of violations that it is not back; NULL: it was not, for this loan.
    overdue_noted  INTEGER,
    UNIQUE (document, number),
    -- In one place, and in somebody's hands exactly as long as it exists on paper.
    CHECK ((state IN ('collected', 'issued', 'circulating', 'returned', 'archived')) = (holder <> '')),
    CHECK (outside = 0 OR state = 'issued'),
    CHECK (due IS NULL OR state IN ('issued', 'circulating')),
    CHECK (overdue_noted IS NULL OR due IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX copy_by_job ON copy (job, number);
CREATE INDEX copy_by_holder ON copy (holder) WHERE holder <> '';
CREATE INDEX copy_due ON copy (due) WHERE due IS NOT NULL;
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

-- What happened to a copy. Append only.
CREATE TABLE copy_event (
    event       INTEGER PRIMARY KEY,
    copy        INTEGER NOT NULL REFERENCES copy,
    at          INTEGER NOT NULL,
    name        TEXT NOT NULL,                   -- 'numbered', 'issue', …: daemon/store/custody.c
    from_state  TEXT NOT NULL,                   -- '' for 'numbered'
    to_state    TEXT NOT NULL,
    actor       TEXT NOT NULL CHECK (actor <> ''),
    holder      TEXT NOT NULL,                   -- as the copy's from now on; so the following two
    outside     INTEGER NOT NULL CHECK (outside IN (0, 1)),
    due         TEXT,
    witness     TEXT NOT NULL DEFAULT '',        -- login of who saw it destroyed
    note        TEXT NOT NULL DEFAULT '',
    CHECK ((name = 'destroy') = (witness <> '')),
    CHECK (witness <> actor)
) STRICT;
CREATE INDEX copy_event_by_copy ON copy_event (copy, event);
CREATE TRIGGER copy_event_no_replace BEFORE INSERT ON copy_event
    WHEN EXISTS (SELECT 1 FROM copy_event AS e WHERE e.event = NEW.event)
BEGIN
    SELECT RAISE(ABORT, 'events of copies are append only');
END;
-- An event begins where the one before ended: a copy is never in two places.
CREATE TRIGGER copy_event_follows BEFORE INSERT ON copy_event
    WHEN NEW.from_state <> coalesce((SELECT e.to_state FROM copy_event AS e WHERE e.copy = NEW.copy
                                      ORDER BY e.event DESC LIMIT 1), '')
BEGIN
    SELECT RAISE(ABORT, 'the copy is somewhere else');
END;
CREATE TRIGGER copy_event_no_update BEFORE UPDATE ON copy_event
BEGIN
    SELECT RAISE(ABORT, 'events of copies are append only');
END;
CREATE TRIGGER copy_event_no_delete BEFORE DELETE ON copy_event
BEGIN
    SELECT RAISE(ABORT, 'events of copies are append only');
END;

-- Who is to read a copy in circulation (传阅), in turn.
CREATE TABLE copy_reader (
    copy         INTEGER NOT NULL REFERENCES copy,
    position     INTEGER NOT NULL CHECK (position > 0),
    person       TEXT NOT NULL CHECK (person <> ''),  -- login
    received_at  INTEGER,                             -- NULL: the copy has not been there yet
    PRIMARY KEY (copy, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER copy_reader_no_replace BEFORE INSERT ON copy_reader
    WHEN EXISTS (SELECT 1 FROM copy_reader AS r WHERE r.copy = NEW.copy AND r.position = NEW.position)
BEGIN
    SELECT RAISE(ABORT, 'the list of readers is append only');
END;
CREATE TRIGGER copy_reader_once BEFORE UPDATE ON copy_reader
    WHEN OLD.received_at IS NOT NULL OR NEW.received_at IS NULL
      OR (NEW.copy, NEW.position, NEW.person) IS NOT (OLD.copy, OLD.position, OLD.person)
BEGIN
    SELECT RAISE(ABORT, 'of a reader only the moment of receipt is written, once');
END;
CREATE TRIGGER copy_reader_no_delete BEFORE DELETE ON copy_reader
BEGIN
    SELECT RAISE(ABORT, 'the list of readers is append only');
END;
