-- SPDX-License-Identifier: GPL-2.0-or-later
--
-- Copies that are lost.

-- A copy that was reported lost (遗失) has with it whose hands it was lost from, if it was in any; so has one whose loss is
-- closed. The table is made anew for its CHECKs; events and readers of copies keep pointing at it.
PRAGMA defer_foreign_keys = ON;
CREATE TABLE copy_before AS SELECT * FROM copy;
DROP TABLE copy;
CREATE TABLE copy (
    copy      INTEGER PRIMARY KEY,
    document  TEXT NOT NULL CHECK (document <> ''),          -- 发文字号, else the job's id
    number    INTEGER NOT NULL CHECK (number BETWEEN 1 AND 65535), -- 份号
    job       INTEGER NOT NULL REFERENCES job,               -- that prints it
    state     TEXT NOT NULL CHECK (state IN ('printing', 'void', 'in-doubt', 'printed', 'collected', 'issued',
                                             'circulating', 'returned', 'archived', 'destroyed', 'lost', 'written-off')),
    holder    TEXT NOT NULL DEFAULT '',                      -- login, or the name of an outside body; '' nobody yet or any more
    outside   INTEGER NOT NULL DEFAULT 0 CHECK (outside IN (0, 1)), -- holder is an outside body
    due       TEXT CHECK (due IS date(due, '+0 days')),      -- 'YYYY-MM-DD' it is to be back
    -- When it was written into the register of violations that it is not back; NULL: it was not, for this loan.
    overdue_noted  INTEGER,
    UNIQUE (document, number),
    -- In one place, and in somebody's hands exactly as long as it exists on paper; who had it last answers for a lost one.
    CHECK (state IN ('lost', 'written-off')
           OR (state IN ('collected', 'issued', 'circulating', 'returned', 'archived')) = (holder <> '')),
    CHECK (outside = 0 OR (state IN ('issued', 'lost', 'written-off') AND holder <> '')),
    CHECK (due IS NULL OR state IN ('issued', 'circulating')),
    CHECK (overdue_noted IS NULL OR due IS NOT NULL)
) STRICT;
INSERT INTO copy (copy, document, number, job, state, holder, outside, due, overdue_noted)
SELECT copy, document, number, job, state, holder, outside, due, overdue_noted FROM copy_before;
DROP TABLE copy_before;
CREATE UNIQUE INDEX copy_by_job ON copy (job, number);
CREATE INDEX copy_by_holder ON copy (holder) WHERE holder <> '';
CREATE INDEX copy_due ON copy (due) WHERE due IS NOT NULL;
CREATE INDEX copy_lost ON copy (state) WHERE state IN ('lost', 'written-off');
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
-- A loss is reported and closed with words: what happened, and what came of it.
CREATE TRIGGER copy_event_loss_in_words BEFORE INSERT ON copy_event
    WHEN NEW.name IN ('lost', 'recover', 'write-off') AND NEW.note = ''
BEGIN
    SELECT RAISE(ABORT, 'a loss needs words');
END;
