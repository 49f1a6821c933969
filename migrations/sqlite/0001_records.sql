-- The record of everything the worker received, did and said. Forward only: released migrations are final.

CREATE TABLE audit_entry (
    seq INTEGER NOT NULL CONSTRAINT pk_audit_entry PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    study_id TEXT NULL,
    detail TEXT NOT NULL,
    prev BLOB NOT NULL,
    hash BLOB NOT NULL
);

CREATE TABLE audit_head (
    one INTEGER NOT NULL CONSTRAINT pk_audit_head PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL
);

CREATE TABLE model (
    identity TEXT NOT NULL CONSTRAINT pk_model PRIMARY KEY,
    model_id TEXT NOT NULL,
    version TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    manufacturer TEXT NOT NULL,
    family TEXT NOT NULL,
    is_demonstration INTEGER NOT NULL,
    aggregation TEXT NOT NULL,
    threshold REAL NOT NULL,
    positive_priority TEXT NOT NULL,
    classes TEXT NOT NULL,
    stage TEXT NOT NULL,
    stage_since TEXT NOT NULL
);

CREATE TABLE outbox (
    id TEXT NOT NULL CONSTRAINT pk_outbox PRIMARY KEY,
    work_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    tier INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    sent_at TEXT NULL,
    not_before TEXT NOT NULL,
    attempts INTEGER NOT NULL
);

CREATE TABLE study (
    id TEXT NOT NULL CONSTRAINT pk_study PRIMARY KEY,
    study_instance_uid TEXT NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    instance_count INTEGER NOT NULL,
    calling_ae TEXT NOT NULL,
    site TEXT NOT NULL,
    quiet_seconds INTEGER NOT NULL,
    first_received_at TEXT NOT NULL,
    last_received_at TEXT NOT NULL,
    completed_at TEXT NULL,
    tier INTEGER NOT NULL,
    priority TEXT NOT NULL,
    priority_reason TEXT NOT NULL,
    flagged_at TEXT NULL
);

CREATE TABLE work (
    id TEXT NOT NULL CONSTRAINT pk_work PRIMARY KEY,
    kind TEXT NOT NULL,
    dedupe_key TEXT NOT NULL,
    subject TEXT NOT NULL,
    tier INTEGER NOT NULL,
    state TEXT NOT NULL,
    not_before TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    max_attempts INTEGER NOT NULL,
    lease_owner TEXT NULL,
    lease_until TEXT NULL,
    fence INTEGER NOT NULL,
    reason_code TEXT NULL,
    reason_detail TEXT NULL,
    created_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    CONSTRAINT work_state CHECK (state IN ('ready', 'leased', 'done', 'parked', 'cancelled')),
    CONSTRAINT work_tier CHECK (tier BETWEEN 0 AND 3),
    CONSTRAINT work_lease CHECK ((state = 'leased') = (lease_owner IS NOT NULL AND lease_until IS NOT NULL))
);

CREATE TABLE instance (
    id TEXT NOT NULL CONSTRAINT pk_instance PRIMARY KEY,
    study_id TEXT NOT NULL,
    sop_instance_uid TEXT NOT NULL,
    sop_class_uid TEXT NOT NULL,
    series_instance_uid TEXT NOT NULL,
    transfer_syntax_uid TEXT NOT NULL,
    digest TEXT NOT NULL,
    data_set_bytes INTEGER NOT NULL,
    file TEXT NOT NULL,
    calling_ae TEXT NOT NULL,
    called_ae TEXT NOT NULL,
    source TEXT NOT NULL,
    received_at TEXT NOT NULL,
    instance_number INTEGER NULL,
    modality TEXT NULL,
    manufacturer TEXT NULL,
    manufacturer_model TEXT NULL,
    identity_digest TEXT NOT NULL,
    is_current INTEGER NOT NULL,
    duplicates INTEGER NOT NULL,
    outcome TEXT NULL,
    outcome_reason TEXT NULL,
    outcome_detail TEXT NULL,
    outcome_at TEXT NULL,
    rows INTEGER NULL,
    columns INTEGER NULL,
    frames INTEGER NULL,
    CONSTRAINT fk_instance_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

CREATE TABLE patient_identity (
    study_id TEXT NOT NULL CONSTRAINT pk_patient_identity PRIMARY KEY,
    patient_id TEXT NULL,
    patient_name TEXT NULL,
    birth_date TEXT NULL,
    sex TEXT NULL,
    accession_number TEXT NULL,
    study_date TEXT NULL,
    study_description TEXT NULL,
    CONSTRAINT fk_patient_identity_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

CREATE TABLE result (
    id TEXT NOT NULL CONSTRAINT pk_result PRIMARY KEY,
    study_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    model_id TEXT NOT NULL,
    model_version TEXT NOT NULL,
    model_sha256 TEXT NOT NULL,
    model_identity TEXT NOT NULL,
    is_demonstration INTEGER NOT NULL,
    stage TEXT NOT NULL,
    input_digest TEXT NOT NULL,
    inputs TEXT NOT NULL,
    images_received INTEGER NOT NULL,
    images_scored INTEGER NOT NULL,
    images_positive INTEGER NOT NULL,
    not_scored TEXT NOT NULL,
    aggregation TEXT NOT NULL,
    probability REAL NULL,
    threshold REAL NOT NULL,
    is_positive INTEGER NOT NULL,
    priority TEXT NOT NULL,
    sentence TEXT NOT NULL,
    run_id TEXT NOT NULL,
    run_started_at TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    CONSTRAINT fk_result_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

CREATE TABLE score (
    id TEXT NOT NULL CONSTRAINT pk_score PRIMARY KEY,
    instance_id TEXT NOT NULL,
    study_id TEXT NOT NULL,
    model_id TEXT NOT NULL,
    model_version TEXT NOT NULL,
    model_sha256 TEXT NOT NULL,
    model_identity TEXT NOT NULL,
    frame INTEGER NOT NULL,
    class_ids TEXT NOT NULL,
    logits TEXT NOT NULL,
    probabilities TEXT NOT NULL,
    predicted_class TEXT NOT NULL,
    positive_probability REAL NOT NULL,
    threshold REAL NOT NULL,
    is_positive INTEGER NOT NULL,
    crop_x0 INTEGER NOT NULL,
    crop_y0 INTEGER NOT NULL,
    crop_x1 INTEGER NOT NULL,
    crop_y1 INTEGER NOT NULL,
    crop_source TEXT NOT NULL,
    preprocessing TEXT NOT NULL,
    runtime TEXT NOT NULL,
    input_sha256 TEXT NOT NULL,
    scored_at TEXT NOT NULL,
    CONSTRAINT fk_score_instance_id FOREIGN KEY (instance_id) REFERENCES instance (id) ON DELETE RESTRICT
);

CREATE TABLE report (
    id TEXT NOT NULL CONSTRAINT pk_report PRIMARY KEY,
    result_id TEXT NOT NULL,
    sop_class_uid TEXT NOT NULL,
    sop_instance_uid TEXT NOT NULL,
    series_instance_uid TEXT NOT NULL,
    content BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT fk_report_result_id FOREIGN KEY (result_id) REFERENCES result (id) ON DELETE RESTRICT
);

CREATE TABLE delivery (
    id TEXT NOT NULL CONSTRAINT pk_delivery PRIMARY KEY,
    report_id TEXT NOT NULL,
    destination TEXT NOT NULL,
    state TEXT NOT NULL,
    status INTEGER NULL,
    detail TEXT NULL,
    attempts INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    stored_at TEXT NULL,
    commitment TEXT NOT NULL,
    CONSTRAINT fk_delivery_report_id FOREIGN KEY (report_id) REFERENCES report (id) ON DELETE RESTRICT
);

CREATE TABLE delivery_attempt (
    id TEXT NOT NULL CONSTRAINT pk_delivery_attempt PRIMARY KEY,
    delivery_id TEXT NOT NULL,
    at TEXT NOT NULL,
    status INTEGER NULL,
    detail TEXT NOT NULL,
    CONSTRAINT fk_delivery_attempt_delivery_id FOREIGN KEY (delivery_id) REFERENCES delivery (id) ON DELETE RESTRICT
);

CREATE INDEX ix_audit_entry_study_id ON audit_entry (study_id);
CREATE UNIQUE INDEX ix_delivery_report_id_destination ON delivery (report_id, destination);
CREATE INDEX ix_delivery_attempt_delivery_id ON delivery_attempt (delivery_id);
CREATE UNIQUE INDEX ix_instance_file ON instance (file);
-- One instance in use for each UID, whoever else comes with it.
CREATE UNIQUE INDEX ix_instance_sop_instance_uid ON instance (sop_instance_uid) WHERE is_current;
CREATE UNIQUE INDEX ix_instance_sop_instance_uid_digest ON instance (sop_instance_uid, digest);
CREATE INDEX ix_instance_study_id ON instance (study_id);
CREATE UNIQUE INDEX ix_report_result_id ON report (result_id);
CREATE UNIQUE INDEX ix_report_sop_instance_uid ON report (sop_instance_uid);
CREATE UNIQUE INDEX ix_result_study_id_model_identity_revision ON result (study_id, model_identity, revision);
CREATE UNIQUE INDEX ix_score_instance_id_model_identity_frame ON score (instance_id, model_identity, frame);
CREATE INDEX ix_score_study_id ON score (study_id);
CREATE INDEX ix_study_last_received_at ON study (last_received_at);
CREATE UNIQUE INDEX ix_study_study_instance_uid ON study (study_instance_uid);
CREATE UNIQUE INDEX ix_work_kind_dedupe_key ON work (kind, dedupe_key);

-- Work: due rows by urgency, and leases that may have run out. Expired leases are returned by the reaper, never by a claim.
CREATE INDEX work_ready ON work (kind, tier, not_before) WHERE state = 'ready';
CREATE INDEX work_leased ON work (lease_until) WHERE state = 'leased';
CREATE INDEX outbox_due ON outbox (created_at) WHERE sent_at IS NULL;
CREATE INDEX instance_awaiting ON instance (study_id) WHERE outcome IS NULL;

-- Audit entries are final.
INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, zeroblob(32));
CREATE TRIGGER audit_entry_no_update BEFORE UPDATE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit entries are final'); END;
CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry BEGIN SELECT RAISE(ABORT, 'audit entries are final'); END;
