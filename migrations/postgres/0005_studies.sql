-- When a study is complete before its quiet time is over: a person says so, or the modality does (performed procedure steps).
-- What an image would have been scored by, had it been readable; what a report says of a package beyond its classes.

ALTER TABLE study ADD COLUMN close_asked_at timestamp with time zone;
ALTER TABLE study ADD COLUMN close_asked_by text NOT NULL DEFAULT '';

CREATE TABLE performed_step (
    sop_instance_uid text NOT NULL CONSTRAINT pk_performed_step PRIMARY KEY,
    state text NOT NULL,
    study_instance_uid text NOT NULL,
    calling_ae text NOT NULL,
    images text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL
);
CREATE INDEX ix_performed_step_study_instance_uid ON performed_step (study_instance_uid);

ALTER TABLE instance ADD COLUMN meant_for text NOT NULL DEFAULT '';
ALTER TABLE model ADD COLUMN facts text NOT NULL DEFAULT '';
