-- A result may do no more than take another back: its report goes where the other's went.
-- One question of storage commitment names the objects of many deliveries, and is answered for each of them.
-- Beside what images say of a patient: the age that the modality worklist names, for routing alone.

ALTER TABLE result ADD COLUMN withdraws uuid;

ALTER TABLE commitment_request ADD COLUMN put_at timestamp with time zone;
ALTER TABLE commitment_request DROP CONSTRAINT pk_commitment_request;
ALTER TABLE commitment_request ADD CONSTRAINT pk_commitment_request PRIMARY KEY (transaction_uid, delivery_id);
UPDATE commitment_request SET put_at = created_at;

ALTER TABLE patient_identity ADD COLUMN worklist_birth_date text;
ALTER TABLE patient_identity ADD COLUMN worklist_age text;
