-- Why: a limit that was extended and passes again climbs the ladder again, and each warning of a run is one step.

CREATE TABLE ladder_runs (
    deadline_id BLOB NOT NULL,
    extension   INTEGER NOT NULL,
    level       INTEGER NOT NULL,
    nth         INTEGER NOT NULL,
    case_id     BLOB NOT NULL,
    due_at      INTEGER NOT NULL,
    taken_at    INTEGER NOT NULL,
    action      TEXT NOT NULL,
    PRIMARY KEY (deadline_id, extension, level, nth)
) STRICT, WITHOUT ROWID;

-- What fell due after the present last day (24:00 in China) was taken in the present run.
INSERT INTO ladder_runs (deadline_id, extension, level, nth, case_id, due_at, taken_at, action)
SELECT step.deadline_id,
       coalesce((SELECT json_extract(deadlines.body, '$.extensions') FROM deadlines
                 WHERE deadlines.id = step.deadline_id
                   AND step.due_at >= unixepoch(json_extract(deadlines.body, '$.due'), '+1 day', '-8 hours') * 1000000),
                0),
       step.level, 0, step.case_id, step.due_at, step.taken_at, step.action
FROM ladder_steps AS step;

DROP TABLE ladder_steps;
ALTER TABLE ladder_runs RENAME TO ladder_steps;
CREATE INDEX ladder_steps_case ON ladder_steps (case_id);
