-- Why: a tip that joins a case may speak against the unit that has it, and so may another case. Dispatch is told by
-- a message, which a broker can lose; what it has to look at again is kept here until it has looked.

CREATE TABLE looks (
    case_id BLOB NOT NULL PRIMARY KEY,
    due_at  INTEGER NOT NULL
) STRICT;
CREATE INDEX looks_due ON looks (due_at, case_id);
