-- What was told to the information system of a rise in priority, or why nothing was; what that system told us of orders and patients;
-- and since when a person has stopped all such messages.

CREATE TABLE priority_notice (
    id uuid NOT NULL,
    study_id uuid NOT NULL,
    revision integer NOT NULL,
    priority text NOT NULL,
    state text NOT NULL,
    reason_code text NOT NULL,
    reason text NOT NULL,
    letter text NOT NULL,
    existing_priority text NOT NULL,
    control_id text,
    message bytea,
    attempts integer NOT NULL,
    refusals integer NOT NULL,
    answer text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    acknowledged_at timestamp with time zone,
    CONSTRAINT pk_priority_notice PRIMARY KEY (id),
    CONSTRAINT fk_priority_notice_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

CREATE TABLE order_context (
    accession_digest text NOT NULL,
    priority text NOT NULL,
    priority_source text NOT NULL,
    priority_at timestamp with time zone,
    status text NOT NULL,
    status_source text NOT NULL,
    status_at timestamp with time zone,
    read_state text NOT NULL,
    read_source text NOT NULL,
    read_at timestamp with time zone,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_order_context PRIMARY KEY (accession_digest)
);

-- As patient_identity: apart from everything else, so that it can be erased alone.
CREATE TABLE reconciled_identity (
    study_id uuid NOT NULL,
    patient_id text,
    issuer text,
    patient_name text,
    birth_date text,
    sex text,
    source text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT pk_reconciled_identity PRIMARY KEY (study_id),
    CONSTRAINT fk_reconciled_identity_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

CREATE TABLE message_stop (
    id uuid NOT NULL,
    since timestamp with time zone NOT NULL,
    why text NOT NULL,
    actor text NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT pk_message_stop PRIMARY KEY (id)
);

CREATE UNIQUE INDEX ix_priority_notice_study_id_priority ON priority_notice (study_id, priority);
CREATE INDEX ix_patient_identity_patient_id ON patient_identity (patient_id);
CREATE INDEX ix_patient_identity_accession_number ON patient_identity (accession_number);
CREATE INDEX ix_reconciled_identity_patient_id ON reconciled_identity (patient_id);
