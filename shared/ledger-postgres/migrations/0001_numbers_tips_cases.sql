-- Why: everything begins with a registered tip and its case.
-- Times are microseconds since 1970 (UTC), integers bigint, as in SQLite: one statement serves both.
-- Texts that are compared or ordered use COLLATE "C": the order of bytes, the same in every database.
-- Sealed boxes cannot be compressed, so their columns do not try (STORAGE EXTERNAL).
-- No foreign keys: the order in which a unit of work writes is free, and `dengwen verify` finds what is broken.

-- Numbers must have no gaps: a row is counted up and given back on rollback, which no sequence does.
-- Half-empty pages keep its new versions beside the old ones (HOT).
CREATE TABLE counters (
    series text COLLATE "C" NOT NULL PRIMARY KEY,
    last   bigint NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Never changed but for case_id. content, identity, reply_to and reading are sealed boxes.
CREATE TABLE tips (
    id            uuid NOT NULL PRIMARY KEY,
    number        text COLLATE "C" NOT NULL,
    door          text NOT NULL,
    channel       text NOT NULL,
    received_at   bigint NOT NULL,
    registered_at bigint NOT NULL,
    received_by   text NOT NULL,
    receipt_hash  bytea NOT NULL,
    external_key  bytea,
    content       bytea NOT NULL,
    identity      bytea,
    reply_to      bytea,
    reading       bytea NOT NULL,
    relation      jsonb NOT NULL,
    case_id       uuid NOT NULL
);
CREATE UNIQUE INDEX tips_number ON tips (number);
CREATE UNIQUE INDEX tips_receipt_hash ON tips (receipt_hash);
CREATE UNIQUE INDEX tips_external_key ON tips (external_key);
CREATE INDEX tips_case ON tips (case_id, registered_at, id);

-- body is the whole case; the columns beside it repeat what queries ask for.
-- Room in each page, because a further tip changes a case without touching what is indexed.
CREATE TABLE cases (
    id          uuid NOT NULL PRIMARY KEY,
    number      text COLLATE "C" NOT NULL,
    opened_at   bigint NOT NULL,
    updated_at  bigint NOT NULL,
    received_by text COLLATE "C" NOT NULL,
    handled_by  text COLLATE "C",
    stage       text COLLATE "C" NOT NULL,
    category    text NOT NULL,
    priority    bigint NOT NULL,
    tips        bigint NOT NULL,
    version     bigint NOT NULL,
    body        jsonb NOT NULL,
    file        bytea NOT NULL
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX cases_number ON cases (number);
CREATE INDEX cases_opened ON cases (opened_at, id);
CREATE INDEX cases_stage ON cases (stage, opened_at, id);
CREATE INDEX cases_received_by ON cases (received_by, opened_at, id);
CREATE INDEX cases_handled_by ON cases (handled_by, opened_at, id) WHERE handled_by IS NOT NULL;

ALTER TABLE tips
    ALTER content SET STORAGE EXTERNAL,
    ALTER identity SET STORAGE EXTERNAL,
    ALTER reply_to SET STORAGE EXTERNAL,
    ALTER reading SET STORAGE EXTERNAL;
ALTER TABLE cases ALTER file SET STORAGE EXTERNAL;
