-- Why: the classifier learns from persons' corrections; every model is kept, since decisions name theirs.

CREATE TABLE corrections (
    tip_id       BLOB NOT NULL PRIMARY KEY,
    leaf         TEXT NOT NULL,
    leaf_before  TEXT NOT NULL,
    decided_by   TEXT NOT NULL,
    corrected_by BLOB NOT NULL,
    at           INTEGER NOT NULL
) STRICT;

CREATE TABLE models (
    version      TEXT NOT NULL PRIMARY KEY,
    made_at      INTEGER NOT NULL,
    report       TEXT NOT NULL,
    sealed       BLOB NOT NULL,
    activated_at INTEGER,
    place        INTEGER
) STRICT;
