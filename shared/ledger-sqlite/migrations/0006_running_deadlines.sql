-- Why: whoever oversees the line pages through all limits that run, of the many that are settled.

CREATE INDEX deadlines_running ON deadlines (id) WHERE state IN ('open', 'overdue');
