-- Why: who may do what, and to which unit a case can go.

CREATE TABLE staff (
    id            BLOB NOT NULL PRIMARY KEY,
    name          TEXT NOT NULL,
    role          TEXT NOT NULL,
    unit          TEXT,
    password_hash TEXT NOT NULL,
    must_change   INTEGER NOT NULL,
    disabled      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX staff_name ON staff (name);

CREATE TABLE withdrawn_tokens (
    token        BLOB NOT NULL PRIMARY KEY,
    withdrawn_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    token_hash BLOB NOT NULL PRIMARY KEY,
    user_id    BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE units (
    code TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;
