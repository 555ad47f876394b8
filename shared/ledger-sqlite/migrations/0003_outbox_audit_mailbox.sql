-- Why: what must be told to others, who did what, and what reporter and line write to each other,
-- each committed with the change that caused it.

CREATE TABLE outbox (
    seq         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id          BLOB NOT NULL,
    queued_at   INTEGER NOT NULL,
    topic       TEXT NOT NULL,
    payload     BLOB NOT NULL,
    traceparent TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
    seq    INTEGER NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL,
    actor  TEXT NOT NULL,
    role   TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    reason TEXT NOT NULL,
    prev   BLOB NOT NULL,
    hash   BLOB NOT NULL
) STRICT;
CREATE INDEX audit_object ON audit (object, seq);

CREATE TABLE mailbox (
    id     BLOB NOT NULL PRIMARY KEY,
    tip_id BLOB NOT NULL,
    sender TEXT NOT NULL,
    at     INTEGER NOT NULL,
    text   BLOB NOT NULL
) STRICT;
CREATE INDEX mailbox_tip ON mailbox (tip_id, at, id);
