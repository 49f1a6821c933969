-- A result may do no more than take another back: its report goes where the other's went.
-- One question of storage commitment names the objects of many deliveries, and is answered for each of them.
-- Beside what images say of a patient: the age that the modality worklist names, for routing alone.

ALTER TABLE result ADD COLUMN withdraws TEXT;

CREATE TABLE commitment_request_of_many (
    transaction_uid TEXT NOT NULL,
    delivery_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    put_at TEXT NULL,
    asked_at TEXT NULL,
    answered_at TEXT NULL,
    detail TEXT NULL,
    CONSTRAINT pk_commitment_request PRIMARY KEY (transaction_uid, delivery_id),
    CONSTRAINT fk_commitment_request_delivery_id FOREIGN KEY (delivery_id) REFERENCES delivery (id) ON DELETE RESTRICT
);
INSERT INTO commitment_request_of_many SELECT transaction_uid, delivery_id, state, created_at, created_at, asked_at, answered_at, detail FROM commitment_request;
DROP TABLE commitment_request;
ALTER TABLE commitment_request_of_many RENAME TO commitment_request;
CREATE INDEX ix_commitment_request_delivery_id ON commitment_request (delivery_id);

ALTER TABLE patient_identity ADD COLUMN worklist_birth_date TEXT;
ALTER TABLE patient_identity ADD COLUMN worklist_age TEXT;
