-- Why: triage finds what is known by keyed hashes. link_keys answers "the newest entries of this key" from
-- its index alone; links keeps the keys a second time, side by side, so that an index in memory is rebuilt by
-- one scan.

CREATE TABLE links (
    seq       bigint NOT NULL PRIMARY KEY,
    tip_id    uuid NOT NULL,
    case_id   uuid NOT NULL,
    signature bytea NOT NULL,
    keys      bytea NOT NULL
);
CREATE UNIQUE INDEX links_tip ON links (tip_id);

CREATE TABLE link_keys (
    key bigint NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (key, seq)
);
