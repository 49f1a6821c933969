-- What was told to the information system of a rise in priority, or why nothing was; what that system told us of orders and patients;
-- and since when a person has stopped all such messages.

CREATE TABLE priority_notice (
    id TEXT NOT NULL CONSTRAINT pk_priority_notice PRIMARY KEY,
    study_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    priority TEXT NOT NULL,
    state TEXT NOT NULL,
    reason_code TEXT NOT NULL,
    reason TEXT NOT NULL,
    letter TEXT NOT NULL,
    existing_priority TEXT NOT NULL,
    control_id TEXT NULL,
    message BLOB NULL,
    attempts INTEGER NOT NULL,
    refusals INTEGER NOT NULL,
    answer TEXT NOT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    sent_at TEXT NULL,
    acknowledged_at TEXT NULL,
    CONSTRAINT fk_priority_notice_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

CREATE TABLE order_context (
    accession_digest TEXT NOT NULL CONSTRAINT pk_order_context PRIMARY KEY,
    priority TEXT NOT NULL,
    priority_source TEXT NOT NULL,
    priority_at TEXT NULL,
    status TEXT NOT NULL,
    status_source TEXT NOT NULL,
    status_at TEXT NULL,
    read_state TEXT NOT NULL,
    read_source TEXT NOT NULL,
    read_at TEXT NULL,
    changed_at TEXT NOT NULL
);

-- As patient_identity: apart from everything else, so that it can be erased alone.
CREATE TABLE reconciled_identity (
    study_id TEXT NOT NULL CONSTRAINT pk_reconciled_identity PRIMARY KEY,
    patient_id TEXT NULL,
    issuer TEXT NULL,
    patient_name TEXT NULL,
    birth_date TEXT NULL,
    sex TEXT NULL,
    source TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT fk_reconciled_identity_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

CREATE TABLE message_stop (
    id TEXT NOT NULL CONSTRAINT pk_message_stop PRIMARY KEY,
    since TEXT NOT NULL,
    why TEXT NOT NULL,
    actor TEXT NOT NULL,
    ended_at TEXT NULL
);

CREATE UNIQUE INDEX ix_priority_notice_study_id_priority ON priority_notice (study_id, priority);
CREATE INDEX ix_patient_identity_patient_id ON patient_identity (patient_id);
CREATE INDEX ix_patient_identity_accession_number ON patient_identity (accession_number);
CREATE INDEX ix_reconciled_identity_patient_id ON reconciled_identity (patient_id);
