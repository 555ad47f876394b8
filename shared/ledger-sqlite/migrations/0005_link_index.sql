-- Why: triage finds what is known by keyed hashes. link_keys answers "the newest entries of this key" from
-- its key alone; links keeps the keys a second time, side by side, so that an index in memory is rebuilt by
-- one scan.

CREATE TABLE links (
    seq       INTEGER NOT NULL PRIMARY KEY,
    tip_id    BLOB NOT NULL,
    case_id   BLOB NOT NULL,
    signature BLOB NOT NULL,
    keys      BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX links_tip ON links (tip_id);

CREATE TABLE link_keys (
    key INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (key, seq)
) STRICT, WITHOUT ROWID;
