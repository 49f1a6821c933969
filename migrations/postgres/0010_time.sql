-- What people decided about the priority of a study; which studies are expected; which absences a person has settled; and since when
-- all images of a performed step are here.

CREATE TABLE priority_override (
    id uuid NOT NULL,
    study_id uuid NOT NULL,
    action text NOT NULL,
    model_id text NOT NULL,
    finding text NOT NULL,
    priority text NOT NULL,
    why text NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT pk_priority_override PRIMARY KEY (id),
    CONSTRAINT fk_priority_override_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

-- The order by its digest alone: no name, no number.
CREATE TABLE expected_study (
    key_digest text NOT NULL,
    accession_digest text NOT NULL,
    study_instance_uid text NOT NULL,
    station_ae text NOT NULL,
    scheduled_at timestamp with time zone NOT NULL,
    first_listed_at timestamp with time zone NOT NULL,
    last_listed_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_expected_study PRIMARY KEY (key_digest)
);

CREATE TABLE absence_dismissal (
    subject text NOT NULL,
    why text NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT pk_absence_dismissal PRIMARY KEY (subject)
);

ALTER TABLE performed_step ADD COLUMN all_here_at timestamp with time zone;

CREATE INDEX ix_priority_override_study_id ON priority_override (study_id);
CREATE INDEX ix_expected_study_scheduled_at ON expected_study (scheduled_at);

-- A rise is told over more than one channel.
ALTER TABLE priority_notice ADD COLUMN channel text NOT NULL DEFAULT 'hl7';
DROP INDEX ix_priority_notice_study_id_priority;
CREATE UNIQUE INDEX ix_priority_notice_study_id_channel_priority ON priority_notice (study_id, channel, priority);
