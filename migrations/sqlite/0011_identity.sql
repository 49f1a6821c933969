-- Whose image it is: versions of one image, copies, rejection notes, what is held until somebody says who the patient is.
-- And what reports say of an image beyond its size: its side, and when it was made.
-- A PACS that takes no heat maps gets the report in a form that names none.

ALTER TABLE instance ADD COLUMN pixel_digest TEXT;
ALTER TABLE instance ADD COLUMN copy_of TEXT;
ALTER TABLE instance ADD COLUMN set_aside TEXT;
ALTER TABLE instance ADD COLUMN laterality TEXT NOT NULL DEFAULT '';
ALTER TABLE instance ADD COLUMN acquired TEXT NOT NULL DEFAULT '';
UPDATE instance SET set_aside = 'conflict' WHERE NOT is_current;
CREATE INDEX ix_instance_pixel_digest ON instance (pixel_digest);
CREATE INDEX ix_instance_copy_of ON instance (copy_of);

ALTER TABLE result ADD COLUMN withdrawn_at TEXT;
ALTER TABLE result ADD COLUMN withdrawn_why TEXT NOT NULL DEFAULT '';

CREATE TABLE study_hold (
    id TEXT NOT NULL CONSTRAINT pk_study_hold PRIMARY KEY,
    study_id TEXT NOT NULL CONSTRAINT fk_study_hold_study_id REFERENCES study (id) ON DELETE RESTRICT,
    reason TEXT NOT NULL,
    destination TEXT NOT NULL,
    since TEXT NOT NULL,
    ended_at TEXT,
    ended_by TEXT NOT NULL
);
CREATE UNIQUE INDEX ix_study_hold_study_id_reason_destination ON study_hold (study_id, reason, destination);

CREATE TABLE study_confirmation (
    id TEXT NOT NULL CONSTRAINT pk_study_confirmation PRIMARY KEY,
    study_id TEXT NOT NULL CONSTRAINT fk_study_confirmation_study_id REFERENCES study (id) ON DELETE RESTRICT,
    take TEXT NOT NULL,
    why TEXT NOT NULL,
    actor TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    answered_at TEXT,
    answer TEXT NOT NULL
);
CREATE INDEX ix_study_confirmation_study_id ON study_confirmation (study_id);

CREATE TABLE rejection (
    note_id TEXT NOT NULL CONSTRAINT fk_rejection_note_id REFERENCES instance (id) ON DELETE RESTRICT,
    sop_instance_uid TEXT NOT NULL,
    study_instance_uid TEXT NOT NULL,
    title TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT pk_rejection PRIMARY KEY (note_id, sop_instance_uid)
);
CREATE INDEX ix_rejection_sop_instance_uid ON rejection (sop_instance_uid);

ALTER TABLE report ADD COLUMN without_maps INTEGER NOT NULL DEFAULT 0;
DROP INDEX ix_report_result_id_sop_class_uid;
CREATE UNIQUE INDEX ix_report_result_id_sop_class_uid_without_maps ON report (result_id, sop_class_uid, without_maps);
