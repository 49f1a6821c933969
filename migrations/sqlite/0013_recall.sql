-- Recall of a package: which studies it touched, what was done about each, and who closed the line.
-- A person stops messages about priority altogether, of one package, or over one channel.
-- How many flags of a package a site expects in a day.
-- What the workers find of themselves and their peers, and peers that a person wants looked at.

ALTER TABLE model ADD COLUMN flags_per_day INTEGER;
ALTER TABLE model ADD COLUMN recalled_at TEXT;

CREATE TABLE recall (
    id TEXT NOT NULL CONSTRAINT pk_recall PRIMARY KEY,
    model_identity TEXT NOT NULL CONSTRAINT fk_recall_model_identity REFERENCES model (identity) ON DELETE RESTRICT,
    why TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL,
    listed_at TEXT NOT NULL,
    ended_at TEXT,
    ended_by TEXT NOT NULL,
    ended_why TEXT NOT NULL
);
CREATE INDEX ix_recall_model_identity ON recall (model_identity);

CREATE TABLE recall_study (
    recall_id TEXT NOT NULL CONSTRAINT fk_recall_study_recall_id REFERENCES recall (id) ON DELETE RESTRICT,
    study_id TEXT NOT NULL CONSTRAINT fk_recall_study_study_id REFERENCES study (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    was_read INTEGER NOT NULL,
    withdrawn_at TEXT,
    scored_again TEXT NOT NULL,
    revision INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    closed_at TEXT,
    closed_by TEXT NOT NULL,
    closed_why TEXT NOT NULL,
    CONSTRAINT pk_recall_study PRIMARY KEY (recall_id, study_id)
);
CREATE INDEX ix_recall_study_study_id ON recall_study (study_id);

ALTER TABLE message_stop ADD COLUMN model_id TEXT NOT NULL DEFAULT '';
ALTER TABLE message_stop ADD COLUMN channel TEXT NOT NULL DEFAULT '';

CREATE TABLE worker_fact (
    worker TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    is_well INTEGER NOT NULL,
    says TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT pk_worker_fact PRIMARY KEY (worker, kind, name)
);

CREATE TABLE peer_look (
    peer TEXT NOT NULL CONSTRAINT pk_peer_look PRIMARY KEY,
    id TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    answered_at TEXT,
    is_well INTEGER NOT NULL,
    says TEXT NOT NULL
);
