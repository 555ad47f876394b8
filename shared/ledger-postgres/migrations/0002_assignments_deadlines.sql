-- Why: a case is worked through assignments under time limits.

-- due_at without a limit is the largest integer, so that the order of pulling is the order of the index.
CREATE TABLE assignments (
    id          uuid NOT NULL PRIMARY KEY,
    case_id     uuid NOT NULL,
    unit        text COLLATE "C" NOT NULL,
    state       text COLLATE "C" NOT NULL,
    priority    bigint NOT NULL,
    due_at      bigint NOT NULL,
    assigned_at bigint NOT NULL,
    officer     uuid,
    lease_until bigint,
    version     bigint NOT NULL,
    body        jsonb NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX assignments_pull ON assignments (unit, priority, due_at, assigned_at, id)
    WHERE state IN ('waiting', 'leased');
CREATE INDEX assignments_case ON assignments (case_id, assigned_at, id);
CREATE INDEX assignments_officer ON assignments (officer) WHERE officer IS NOT NULL;

-- next_step_at is set only while a limit runs: the clock looks at nothing else.
CREATE TABLE deadlines (
    id           uuid NOT NULL PRIMARY KEY,
    case_id      uuid NOT NULL,
    started_at   bigint NOT NULL,
    state        text COLLATE "C" NOT NULL,
    next_step_at bigint,
    body         jsonb NOT NULL
);
CREATE INDEX deadlines_case ON deadlines (case_id, started_at, id);
CREATE INDEX deadlines_next_step ON deadlines (next_step_at, id) WHERE next_step_at IS NOT NULL;

-- The key is what makes a step of the ladder happen once, however many clocks run.
CREATE TABLE ladder_steps (
    deadline_id uuid NOT NULL,
    level       bigint NOT NULL,
    case_id     uuid NOT NULL,
    due_at      bigint NOT NULL,
    taken_at    bigint NOT NULL,
    action      text NOT NULL,
    PRIMARY KEY (deadline_id, level)
);
CREATE INDEX ladder_steps_case ON ladder_steps (case_id);
