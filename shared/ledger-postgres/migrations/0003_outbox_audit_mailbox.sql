-- Why: what must be told to others, who did what, and what reporter and line write to each other,
-- each committed with the change that caused it.

-- A relay reads at the head, where the dead rows of the last ones lie: they must go at once.
CREATE TABLE outbox (
    seq         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id          uuid NOT NULL,
    queued_at   bigint NOT NULL,
    topic       text NOT NULL,
    payload     bytea NOT NULL,
    traceparent text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE audit (
    seq    bigint NOT NULL PRIMARY KEY,
    at     bigint NOT NULL,
    actor  text NOT NULL,
    role   text NOT NULL,
    action text NOT NULL,
    object text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    prev   bytea NOT NULL,
    hash   bytea NOT NULL
);
CREATE INDEX audit_object ON audit (object, seq);

CREATE TABLE mailbox (
    id     uuid NOT NULL PRIMARY KEY,
    tip_id uuid NOT NULL,
    sender text NOT NULL,
    at     bigint NOT NULL,
    text   bytea NOT NULL
);
CREATE INDEX mailbox_tip ON mailbox (tip_id, at, id);

ALTER TABLE mailbox ALTER text SET STORAGE EXTERNAL;
