-- The desk: who may sign in, what readers answered, who opened a result, and which studies are read.

CREATE TABLE account (
    id uuid NOT NULL CONSTRAINT pk_account PRIMARY KEY,
    name text NOT NULL,
    role text NOT NULL,
    secret text NOT NULL,
    stamp text NOT NULL,
    failures integer NOT NULL,
    locked_until timestamp with time zone NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    disabled_at timestamp with time zone NULL
);
CREATE UNIQUE INDEX ix_account_name ON account (name);

CREATE TABLE invitation (
    token_digest text NOT NULL CONSTRAINT pk_invitation PRIMARY KEY,
    role text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by text NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone NULL,
    account_id uuid NULL
);

CREATE TABLE study_opened (
    study_id uuid NOT NULL CONSTRAINT fk_study_opened_study_id REFERENCES study (id) ON DELETE RESTRICT,
    account text NOT NULL,
    revision integer NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT pk_study_opened PRIMARY KEY (study_id, account, revision)
);

CREATE TABLE feedback (
    id uuid NOT NULL CONSTRAINT pk_feedback PRIMARY KEY,
    study_id uuid NOT NULL CONSTRAINT fk_feedback_study_id REFERENCES study (id) ON DELETE RESTRICT,
    result_id uuid NOT NULL CONSTRAINT fk_feedback_result_id REFERENCES result (id) ON DELETE RESTRICT,
    verdict text NOT NULL,
    label text NOT NULL,
    reason text NOT NULL,
    source text NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone NULL
);
CREATE INDEX ix_feedback_study_id ON feedback (study_id);
CREATE INDEX ix_feedback_result_id ON feedback (result_id);
CREATE INDEX ix_feedback_at ON feedback (at);

ALTER TABLE study ADD COLUMN read_at timestamp with time zone NULL;
ALTER TABLE study ADD COLUMN read_by text NOT NULL DEFAULT '';

CREATE INDEX ix_result_decided_at ON result (decided_at);
CREATE INDEX ix_score_scored_at ON score (scored_at);
CREATE INDEX ix_instance_received_at ON instance (received_at);
