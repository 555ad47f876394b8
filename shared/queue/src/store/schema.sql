-- One file holds the queue. Taking a message in writes one row, since its sender waits for that; what
-- changes with every delivery stands apart, so that a claim rewrites a few bytes and never a body.

CREATE TABLE IF NOT EXISTS topology (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    generation INTEGER NOT NULL            -- grows whenever a queue is declared
) STRICT;
INSERT OR IGNORE INTO topology (one, generation) VALUES (1, 1);

CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY,                -- 0 is no queue: such messages are unrouted
    name TEXT NOT NULL UNIQUE,
    binding TEXT NOT NULL,
    max_attempts INTEGER NOT NULL CHECK (max_attempts > 0),
    taken_to INTEGER NOT NULL DEFAULT 0    -- messages after this one were never delivered
) STRICT;

-- AUTOINCREMENT: a late settlement must never meet a younger message under an old number.
CREATE TABLE IF NOT EXISTS message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL,
    message_id BLOB NOT NULL,
    topic TEXT NOT NULL,
    traceparent TEXT,
    lookup_key BLOB,
    tag BLOB,                              -- the spool's tip id
    published_us INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS message_queue ON message (queue);
-- Lookup keys are random: in one index over all of them, each row of a commit would rewrite a page of its
-- own. So each run of 512 messages has its stretch of the index, and a look-up goes from run to run.
CREATE INDEX IF NOT EXISTS message_lookup_run ON message (seq >> 9, lookup_key) WHERE lookup_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS message_tag ON message (tag) WHERE tag IS NOT NULL;

-- Made with the first delivery.
CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY REFERENCES message (seq) ON DELETE CASCADE,
    queue INTEGER NOT NULL,
    due_us INTEGER NOT NULL,               -- leased: the lease's end
    attempt INTEGER NOT NULL,
    owner INTEGER NOT NULL                 -- 0: nobody holds it
) STRICT;
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (queue, due_us);

CREATE TABLE IF NOT EXISTS parked (
    seq INTEGER PRIMARY KEY REFERENCES message (seq) ON DELETE CASCADE,
    queue TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    parked_us INTEGER NOT NULL
) STRICT;

PRAGMA user_version = 2;
