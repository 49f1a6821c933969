-- The desk: who may sign in, what readers answered, who opened a result, and which studies are read.

CREATE TABLE account (
    id TEXT NOT NULL CONSTRAINT pk_account PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    secret TEXT NOT NULL,
    stamp TEXT NOT NULL,
    failures INTEGER NOT NULL,
    locked_until TEXT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    disabled_at TEXT NULL
);
CREATE UNIQUE INDEX ix_account_name ON account (name);

CREATE TABLE invitation (
    token_digest TEXT NOT NULL CONSTRAINT pk_invitation PRIMARY KEY,
    role TEXT NOT NULL,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT NULL,
    account_id TEXT NULL
);

CREATE TABLE study_opened (
    study_id TEXT NOT NULL CONSTRAINT fk_study_opened_study_id REFERENCES study (id) ON DELETE RESTRICT,
    account TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT pk_study_opened PRIMARY KEY (study_id, account, revision)
);

CREATE TABLE feedback (
    id TEXT NOT NULL CONSTRAINT pk_feedback PRIMARY KEY,
    study_id TEXT NOT NULL CONSTRAINT fk_feedback_study_id REFERENCES study (id) ON DELETE RESTRICT,
    result_id TEXT NOT NULL CONSTRAINT fk_feedback_result_id REFERENCES result (id) ON DELETE RESTRICT,
    verdict TEXT NOT NULL,
    label TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL,
    opened_at TEXT NULL
);
CREATE INDEX ix_feedback_study_id ON feedback (study_id);
CREATE INDEX ix_feedback_result_id ON feedback (result_id);
CREATE INDEX ix_feedback_at ON feedback (at);

ALTER TABLE study ADD COLUMN read_at TEXT NULL;
ALTER TABLE study ADD COLUMN read_by TEXT NOT NULL DEFAULT '';

CREATE INDEX ix_result_decided_at ON result (decided_at);
CREATE INDEX ix_score_scored_at ON score (scored_at);
CREATE INDEX ix_instance_received_at ON instance (received_at);
