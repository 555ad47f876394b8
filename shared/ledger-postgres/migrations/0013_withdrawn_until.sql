-- Why: the tokens of a browser are withdrawn whenever somebody signs out; once they have run out they need not be
-- listed any more. NULL: withdrawn before this was kept.

ALTER TABLE withdrawn_tokens ADD COLUMN expires_at bigint;
