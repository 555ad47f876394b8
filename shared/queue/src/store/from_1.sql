-- Format 1 had a delivery for every message from the start, made by triggers, and one index of lookup keys.

DROP TRIGGER message_ready;
DROP TRIGGER message_unrouted;
DROP INDEX message_lookup_key;
ALTER TABLE queue ADD COLUMN taken_to INTEGER NOT NULL DEFAULT 0;
UPDATE queue SET taken_to = (SELECT coalesce(max(seq), 0) FROM message);
