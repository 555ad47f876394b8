-- Why: a limit that was extended and passes again climbs the ladder again, and each warning of a run is one step.

ALTER TABLE ladder_steps
    ADD COLUMN extension bigint NOT NULL DEFAULT 0,
    ADD COLUMN nth bigint NOT NULL DEFAULT 0;

-- What fell due after the present last day (24:00 in China) was taken in the present run.
UPDATE ladder_steps SET extension = (deadlines.body ->> 'extensions')::bigint
FROM deadlines
WHERE deadlines.id = ladder_steps.deadline_id
  AND ladder_steps.due_at >=
      (extract(epoch FROM ((deadlines.body ->> 'due')::date + 1)::timestamp)::bigint - 8 * 3600) * 1000000;

ALTER TABLE ladder_steps
    ALTER COLUMN extension DROP DEFAULT,
    ALTER COLUMN nth DROP DEFAULT,
    DROP CONSTRAINT ladder_steps_pkey,
    ADD PRIMARY KEY (deadline_id, extension, level, nth);
