-- What people decided about the priority of a study; which studies are expected; which absences a person has settled; and since when
-- all images of a performed step are here.

CREATE TABLE priority_override (
    id TEXT NOT NULL CONSTRAINT pk_priority_override PRIMARY KEY,
    study_id TEXT NOT NULL,
    action TEXT NOT NULL,
    model_id TEXT NOT NULL,
    finding TEXT NOT NULL,
    priority TEXT NOT NULL,
    why TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL,
    ended_at TEXT NULL,
    CONSTRAINT fk_priority_override_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

-- The order by its digest alone: no name, no number.
CREATE TABLE expected_study (
    key_digest TEXT NOT NULL CONSTRAINT pk_expected_study PRIMARY KEY,
    accession_digest TEXT NOT NULL,
    study_instance_uid TEXT NOT NULL,
    station_ae TEXT NOT NULL,
    scheduled_at TEXT NOT NULL,
    first_listed_at TEXT NOT NULL,
    last_listed_at TEXT NOT NULL
);

CREATE TABLE absence_dismissal (
    subject TEXT NOT NULL CONSTRAINT pk_absence_dismissal PRIMARY KEY,
    why TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL
);

ALTER TABLE performed_step ADD COLUMN all_here_at TEXT NULL;

CREATE INDEX ix_priority_override_study_id ON priority_override (study_id);
CREATE INDEX ix_expected_study_scheduled_at ON expected_study (scheduled_at);

-- A rise is told over more than one channel.
ALTER TABLE priority_notice ADD COLUMN channel TEXT NOT NULL DEFAULT 'hl7';
DROP INDEX ix_priority_notice_study_id_priority;
CREATE UNIQUE INDEX ix_priority_notice_study_id_channel_priority ON priority_notice (study_id, channel, priority);
