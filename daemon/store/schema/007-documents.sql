-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- The registers of documents received (收文登记表) and dispatched (发文登记). Titles stand in neither: those of classified
-- documents are in no file; what a document is asked for by is its number (发文字号), which ties it to its copies.

CREATE TABLE document (
    document         INTEGER PRIMARY KEY,
    direction        TEXT NOT NULL CHECK (direction IN ('received', 'dispatched')),
    year             INTEGER NOT NULL CHECK (year BETWEEN 1970 AND 9999),  -- of registration
    number           INTEGER NOT NULL CHECK (number > 0),      -- in the register of that year
    day              TEXT NOT NULL CHECK (day IS date(day, '+0 days')), -- received or drafted on
    document_number  TEXT NOT NULL CHECK (document_number <> ''),  -- 发文字号
    level            TEXT NOT NULL,                            -- id
    urgency          TEXT NOT NULL CHECK (urgency IN ('ordinary', 'urgent', 'extra-urgent')), -- 平件, 加急, 特急
    sender           TEXT NOT NULL DEFAULT '',                 -- whom a received one is from
    signer           TEXT NOT NULL DEFAULT '',                 -- 签发人
    copies           INTEGER NOT NULL CHECK (copies BETWEEN 1 AND 65535),
    condition        TEXT NOT NULL CHECK (condition IN ('complete', 'damaged', 'missing-pages')), -- as looked at on arrival
    state            TEXT NOT NULL CHECK (state IN ('registered', 'signed', 'draft', 'reviewed', 'printed', 'sealed',
                                                    'distributed')),
    UNIQUE (direction, year, number),
    CHECK ((direction = 'received') = (sender <> '')),
    CHECK ((direction = 'received') = (state IN ('registered', 'signed'))),
    CHECK (direction = 'received' OR condition = 'complete')
) STRICT;
CREATE INDEX document_by_number ON document (document_number);
CREATE TRIGGER document_no_replace BEFORE INSERT ON document
    WHEN EXISTS (SELECT 1 FROM document AS d WHERE d.document = NEW.document)
      OR EXISTS (SELECT 1 FROM document AS d WHERE d.direction = NEW.direction AND d.year = NEW.year
                                               AND d.number = NEW.number)
BEGIN
    SELECT RAISE(ABORT, 'the document is registered already');
END;
CREATE TRIGGER document_no_update BEFORE UPDATE ON document
    WHEN (NEW.document, NEW.direction, NEW.year, NEW.number, NEW.day, NEW.document_number, NEW.level, NEW.urgency,
          NEW.sender, NEW.signer, NEW.copies, NEW.condition)
         IS NOT (OLD.document, OLD.direction, OLD.year, OLD.number, OLD.day, OLD.document_number, OLD.level, OLD.urgency,
                 OLD.sender, OLD.signer, OLD.copies, OLD.condition)
BEGIN
    SELECT RAISE(ABORT, 'what was registered stays as it was registered');
END;
CREATE TRIGGER document_no_delete BEFORE DELETE ON document
BEGIN
    SELECT RAISE(ABORT, 'the registers are never struck out');
END;

-- Whom it is for: a person here or, of a dispatched one, an outside body (主送、抄送). Written with the document.
CREATE TABLE document_recipient (
    document   INTEGER NOT NULL REFERENCES document,
    recipient  TEXT NOT NULL CHECK (recipient <> ''),
    PRIMARY KEY (document, recipient)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER document_recipient_no_update BEFORE UPDATE ON document_recipient
BEGIN
    SELECT RAISE(ABORT, 'recipients stay as they were registered');
END;
CREATE TRIGGER document_recipient_no_delete BEFORE DELETE ON document_recipient
BEGIN
    SELECT RAISE(ABORT, 'recipients stay as they were registered');
END;

-- What happened to it. Append only; each event begins where the one before ended.
CREATE TABLE document_event (
    event       INTEGER PRIMARY KEY,
    document    INTEGER NOT NULL REFERENCES document,
    at          INTEGER NOT NULL,
    name        TEXT NOT NULL,             -- 'receive', 'draft', 'review' …: daemon/store/documents.c
    from_state  TEXT NOT NULL,             -- '' for the first
    to_state    TEXT NOT NULL,
    actor       TEXT NOT NULL CHECK (actor <> ''),
    login       TEXT NOT NULL DEFAULT '',  -- the person behind the actor
    note        TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX document_event_by_document ON document_event (document, event);
CREATE TRIGGER document_event_no_replace BEFORE INSERT ON document_event
    WHEN EXISTS (SELECT 1 FROM document_event AS e WHERE e.event = NEW.event)
BEGIN
    SELECT RAISE(ABORT, 'the history of documents is append only');
END;
CREATE TRIGGER document_event_follows BEFORE INSERT ON document_event
    WHEN NEW.from_state <> coalesce((SELECT e.to_state FROM document_event AS e WHERE e.document = NEW.document
                                      ORDER BY e.event DESC LIMIT 1), '')
BEGIN
    SELECT RAISE(ABORT, 'the document is in another state');
END;
CREATE TRIGGER document_event_no_update BEFORE UPDATE ON document_event
BEGIN
    SELECT RAISE(ABORT, 'the history of documents is append only');
END;
CREATE TRIGGER document_event_no_delete BEFORE DELETE ON document_event
BEGIN
    SELECT RAISE(ABORT, 'the history of documents is append only');
END;
