-- Why: a case is worked through assignments under time limits.

-- due_at without a limit is the largest integer, so that the order of pulling is the order of the index.
CREATE TABLE assignments (
    id          BLOB NOT NULL PRIMARY KEY,
    case_id     BLOB NOT NULL,
    unit        TEXT NOT NULL,
    state       TEXT NOT NULL,
    priority    INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    assigned_at INTEGER NOT NULL,
    officer     BLOB,
    lease_until INTEGER,
    version     INTEGER NOT NULL,
    body        TEXT NOT NULL
) STRICT;
CREATE INDEX assignments_pull ON assignments (unit, priority, due_at, assigned_at, id)
    WHERE state IN ('waiting', 'leased');
CREATE INDEX assignments_case ON assignments (case_id, assigned_at, id);
CREATE INDEX assignments_officer ON assignments (officer) WHERE officer IS NOT NULL;

-- next_step_at is set only while a limit runs: the clock looks at nothing else.
CREATE TABLE deadlines (
    id           BLOB NOT NULL PRIMARY KEY,
    case_id      BLOB NOT NULL,
    started_at   INTEGER NOT NULL,
    state        TEXT NOT NULL,
    next_step_at INTEGER,
    body         TEXT NOT NULL
) STRICT;
CREATE INDEX deadlines_case ON deadlines (case_id, started_at, id);
CREATE INDEX deadlines_next_step ON deadlines (next_step_at, id) WHERE next_step_at IS NOT NULL;

-- The key is what makes a step of the ladder happen once, however many clocks run.
CREATE TABLE ladder_steps (
    deadline_id BLOB NOT NULL,
    level       INTEGER NOT NULL,
    case_id     BLOB NOT NULL,
    due_at      INTEGER NOT NULL,
    taken_at    INTEGER NOT NULL,
    action      TEXT NOT NULL,
    PRIMARY KEY (deadline_id, level)
) STRICT, WITHOUT ROWID;
CREATE INDEX ladder_steps_case ON ladder_steps (case_id);
