-- Why: the registers (登记簿) of a channel are read by the day of registration.

CREATE INDEX tips_channel ON tips (channel, registered_at, id);
