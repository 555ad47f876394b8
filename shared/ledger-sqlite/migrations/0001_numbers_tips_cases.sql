-- Why: everything begins with a registered tip and its case.
-- All tables: STRICT and NOT NULL, because a driver turns NULL into "" or 0 where the type is not optional.
-- Times are microseconds since 1970 (UTC). Ids are 16 bytes, ordered by time (UUID version 7); tables keep
-- their hidden rowid, because rows clustered by a 16-byte key make batches slow.
-- No foreign keys: the order in which a unit of work writes is free, and `dengwen verify` finds what is broken.

-- Numbers must have no gaps: a row is counted up and given back on rollback, which no sequence does.
CREATE TABLE counters (
    series TEXT NOT NULL PRIMARY KEY,
    last   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Never changed but for case_id. content, identity, reply_to and reading are sealed boxes.
CREATE TABLE tips (
    id            BLOB NOT NULL PRIMARY KEY,
    number        TEXT NOT NULL,
    door          TEXT NOT NULL,
    channel       TEXT NOT NULL,
    received_at   INTEGER NOT NULL,
    registered_at INTEGER NOT NULL,
    received_by   TEXT NOT NULL,
    receipt_hash  BLOB NOT NULL,
    external_key  BLOB,
    content       BLOB NOT NULL,
    identity      BLOB,
    reply_to      BLOB,
    reading       BLOB NOT NULL,
    relation      TEXT NOT NULL,
    case_id       BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX tips_number ON tips (number);
CREATE UNIQUE INDEX tips_receipt_hash ON tips (receipt_hash);
CREATE UNIQUE INDEX tips_external_key ON tips (external_key) WHERE external_key IS NOT NULL;
CREATE INDEX tips_case ON tips (case_id, registered_at, id);

-- body is the whole case; the columns beside it repeat what queries ask for.
CREATE TABLE cases (
    id          BLOB NOT NULL PRIMARY KEY,
    number      TEXT NOT NULL,
    opened_at   INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    received_by TEXT NOT NULL,
    handled_by  TEXT,
    stage       TEXT NOT NULL,
    category    TEXT NOT NULL,
    priority    INTEGER NOT NULL,
    tips        INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    body        TEXT NOT NULL,
    file        BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX cases_number ON cases (number);
CREATE INDEX cases_opened ON cases (opened_at, id);
CREATE INDEX cases_stage ON cases (stage, opened_at, id);
CREATE INDEX cases_received_by ON cases (received_by, opened_at, id);
CREATE INDEX cases_handled_by ON cases (handled_by, opened_at, id) WHERE handled_by IS NOT NULL;
