-- Why: the classifier learns from persons' corrections; every model is kept, since decisions name theirs.

CREATE TABLE corrections (
    tip_id       uuid NOT NULL PRIMARY KEY,
    leaf         text NOT NULL,
    leaf_before  text NOT NULL,
    decided_by   text NOT NULL,
    corrected_by uuid NOT NULL,
    at           bigint NOT NULL
);

CREATE TABLE models (
    version      text COLLATE "C" NOT NULL PRIMARY KEY,
    made_at      bigint NOT NULL,
    report       jsonb NOT NULL,
    sealed       bytea NOT NULL,
    activated_at bigint,
    place        bigint
);
