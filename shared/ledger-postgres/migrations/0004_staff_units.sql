-- Why: who may do what, and to which unit a case can go.

CREATE TABLE staff (
    id            uuid NOT NULL PRIMARY KEY,
    name          text COLLATE "C" NOT NULL,
    role          text NOT NULL,
    unit          text,
    password_hash text NOT NULL,
    must_change   boolean NOT NULL,
    disabled      boolean NOT NULL
);
CREATE UNIQUE INDEX staff_name ON staff (name);

CREATE TABLE withdrawn_tokens (
    token        uuid NOT NULL PRIMARY KEY,
    withdrawn_at bigint NOT NULL
);

CREATE TABLE sessions (
    token_hash bytea NOT NULL PRIMARY KEY,
    user_id    uuid NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE units (
    code text COLLATE "C" NOT NULL PRIMARY KEY,
    body jsonb NOT NULL
);
