-- Recall of a package: which studies it touched, what was done about each, and who closed the line.
-- A person stops messages about priority altogether, of one package, or over one channel.
-- How many flags of a package a site expects in a day.
-- What the workers find of themselves and their peers, and peers that a person wants looked at.

ALTER TABLE model ADD COLUMN flags_per_day integer;
ALTER TABLE model ADD COLUMN recalled_at timestamp with time zone;

CREATE TABLE recall (
    id uuid NOT NULL CONSTRAINT pk_recall PRIMARY KEY,
    model_identity text NOT NULL CONSTRAINT fk_recall_model_identity REFERENCES model (identity) ON DELETE RESTRICT,
    why text NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    listed_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by text NOT NULL,
    ended_why text NOT NULL
);
CREATE INDEX ix_recall_model_identity ON recall (model_identity);

CREATE TABLE recall_study (
    recall_id uuid NOT NULL CONSTRAINT fk_recall_study_recall_id REFERENCES recall (id) ON DELETE RESTRICT,
    study_id uuid NOT NULL CONSTRAINT fk_recall_study_study_id REFERENCES study (id) ON DELETE RESTRICT,
    kind text NOT NULL,
    was_read boolean NOT NULL,
    withdrawn_at timestamp with time zone,
    scored_again text NOT NULL,
    revision integer NOT NULL,
    verdict text NOT NULL,
    closed_at timestamp with time zone,
    closed_by text NOT NULL,
    closed_why text NOT NULL,
    CONSTRAINT pk_recall_study PRIMARY KEY (recall_id, study_id)
);
CREATE INDEX ix_recall_study_study_id ON recall_study (study_id);

ALTER TABLE message_stop ADD COLUMN model_id text NOT NULL DEFAULT '';
ALTER TABLE message_stop ADD COLUMN channel text NOT NULL DEFAULT '';

CREATE TABLE worker_fact (
    worker text NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    is_well boolean NOT NULL,
    says text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT pk_worker_fact PRIMARY KEY (worker, kind, name)
);

CREATE TABLE peer_look (
    peer text NOT NULL CONSTRAINT pk_peer_look PRIMARY KEY,
    id uuid NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    asked_by text NOT NULL,
    answered_at timestamp with time zone,
    is_well boolean NOT NULL,
    says text NOT NULL
);
