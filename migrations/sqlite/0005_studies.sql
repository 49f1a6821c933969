-- When a study is complete before its quiet time is over: a person says so, or the modality does (performed procedure steps).
-- What an image would have been scored by, had it been readable; what a report says of a package beyond its classes.

ALTER TABLE study ADD COLUMN close_asked_at TEXT;
ALTER TABLE study ADD COLUMN close_asked_by TEXT NOT NULL DEFAULT '';

CREATE TABLE performed_step (
    sop_instance_uid TEXT NOT NULL CONSTRAINT pk_performed_step PRIMARY KEY,
    state TEXT NOT NULL,
    study_instance_uid TEXT NOT NULL,
    calling_ae TEXT NOT NULL,
    images TEXT NOT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
);
CREATE INDEX ix_performed_step_study_instance_uid ON performed_step (study_instance_uid);

ALTER TABLE instance ADD COLUMN meant_for TEXT NOT NULL DEFAULT '';
ALTER TABLE model ADD COLUMN facts TEXT NOT NULL DEFAULT '';
