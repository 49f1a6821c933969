-- Whose image it is: versions of one image, copies, rejection notes, what is held until somebody says who the patient is.
-- And what reports say of an image beyond its size: its side, and when it was made.
-- A PACS that takes no heat maps gets the report in a form that names none.

ALTER TABLE instance ADD COLUMN pixel_digest text;
ALTER TABLE instance ADD COLUMN copy_of uuid;
ALTER TABLE instance ADD COLUMN set_aside text;
ALTER TABLE instance ADD COLUMN laterality text NOT NULL DEFAULT '';
ALTER TABLE instance ADD COLUMN acquired text NOT NULL DEFAULT '';
UPDATE instance SET set_aside = 'conflict' WHERE NOT is_current;
CREATE INDEX ix_instance_pixel_digest ON instance (pixel_digest);
CREATE INDEX ix_instance_copy_of ON instance (copy_of);

ALTER TABLE result ADD COLUMN withdrawn_at timestamp with time zone;
ALTER TABLE result ADD COLUMN withdrawn_why text NOT NULL DEFAULT '';

CREATE TABLE study_hold (
    id uuid NOT NULL CONSTRAINT pk_study_hold PRIMARY KEY,
    study_id uuid NOT NULL CONSTRAINT fk_study_hold_study_id REFERENCES study (id) ON DELETE RESTRICT,
    reason text NOT NULL,
    destination text NOT NULL,
    since timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    ended_by text NOT NULL
);
CREATE UNIQUE INDEX ix_study_hold_study_id_reason_destination ON study_hold (study_id, reason, destination);

CREATE TABLE study_confirmation (
    id uuid NOT NULL CONSTRAINT pk_study_confirmation PRIMARY KEY,
    study_id uuid NOT NULL CONSTRAINT fk_study_confirmation_study_id REFERENCES study (id) ON DELETE RESTRICT,
    take text NOT NULL,
    why text NOT NULL,
    actor text NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    answer text NOT NULL
);
CREATE INDEX ix_study_confirmation_study_id ON study_confirmation (study_id);

CREATE TABLE rejection (
    note_id uuid NOT NULL CONSTRAINT fk_rejection_note_id REFERENCES instance (id) ON DELETE RESTRICT,
    sop_instance_uid text NOT NULL,
    study_instance_uid text NOT NULL,
    title text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT pk_rejection PRIMARY KEY (note_id, sop_instance_uid)
);
CREATE INDEX ix_rejection_sop_instance_uid ON rejection (sop_instance_uid);

ALTER TABLE report ADD COLUMN without_maps boolean NOT NULL DEFAULT false;
DROP INDEX ix_report_result_id_sop_class_uid;
CREATE UNIQUE INDEX ix_report_result_id_sop_class_uid_without_maps ON report (result_id, sop_class_uid, without_maps);
