-- Why: last days that were counted before the calendar of their year was loaded are counted again once it is; of all
-- running limits they are few.

CREATE INDEX deadlines_provisional ON deadlines (id)
    WHERE state IN ('open', 'overdue') AND json_extract(body, '$.provisional') = 1;
