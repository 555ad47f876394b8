-- Small values under keys, each with the instant at which somebody wants to be reminded of it.
CREATE TABLE IF NOT EXISTS keyed (
    space TEXT NOT NULL,
    key BLOB NOT NULL,
    value BLOB NOT NULL,
    due_us INTEGER,
    PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS keyed_due ON keyed (space, due_us) WHERE due_us IS NOT NULL;
PRAGMA user_version = 1;
