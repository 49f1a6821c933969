-- The record of everything the worker received, did and said. Forward only: released migrations are final.

CREATE TABLE audit_entry (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    study_id uuid,
    detail text NOT NULL,
    prev bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_audit_entry PRIMARY KEY (seq)
);

CREATE TABLE audit_head (
    one integer NOT NULL,
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (one)
);

CREATE TABLE model (
    identity text NOT NULL,
    model_id text NOT NULL,
    version text NOT NULL,
    sha256 text NOT NULL,
    manufacturer text NOT NULL,
    family text NOT NULL,
    is_demonstration boolean NOT NULL,
    aggregation text NOT NULL,
    threshold double precision NOT NULL,
    positive_priority text NOT NULL,
    classes text NOT NULL,
    stage text NOT NULL,
    stage_since timestamp with time zone NOT NULL,
    CONSTRAINT pk_model PRIMARY KEY (identity)
);

CREATE TABLE outbox (
    id uuid NOT NULL,
    work_id uuid NOT NULL,
    kind text NOT NULL,
    tier smallint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    not_before timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    CONSTRAINT pk_outbox PRIMARY KEY (id)
);

CREATE TABLE study (
    id uuid NOT NULL,
    study_instance_uid text NOT NULL,
    state text NOT NULL,
    revision integer NOT NULL,
    instance_count integer NOT NULL,
    calling_ae text NOT NULL,
    site text NOT NULL,
    quiet_seconds integer NOT NULL,
    first_received_at timestamp with time zone NOT NULL,
    last_received_at timestamp with time zone NOT NULL,
    completed_at timestamp with time zone,
    tier smallint NOT NULL,
    priority text NOT NULL,
    priority_reason text NOT NULL,
    flagged_at timestamp with time zone,
    CONSTRAINT pk_study PRIMARY KEY (id)
);

CREATE TABLE work (
    id uuid NOT NULL,
    kind text NOT NULL,
    dedupe_key text NOT NULL,
    subject uuid NOT NULL,
    tier smallint NOT NULL,
    state text NOT NULL,
    not_before timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    max_attempts integer NOT NULL,
    lease_owner text,
    lease_until timestamp with time zone,
    fence bigint NOT NULL,
    reason_code text,
    reason_detail text,
    created_at timestamp with time zone NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_work PRIMARY KEY (id),
    CONSTRAINT work_state CHECK (state IN ('ready', 'leased', 'done', 'parked', 'cancelled')),
    CONSTRAINT work_tier CHECK (tier BETWEEN 0 AND 3),
    CONSTRAINT work_lease CHECK ((state = 'leased') = (lease_owner IS NOT NULL AND lease_until IS NOT NULL))
);

CREATE TABLE instance (
    id uuid NOT NULL,
    study_id uuid NOT NULL,
    sop_instance_uid text NOT NULL,
    sop_class_uid text NOT NULL,
    series_instance_uid text NOT NULL,
    transfer_syntax_uid text NOT NULL,
    digest text NOT NULL,
    data_set_bytes bigint NOT NULL,
    file text NOT NULL,
    calling_ae text NOT NULL,
    called_ae text NOT NULL,
    source text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    instance_number integer,
    modality text,
    manufacturer text,
    manufacturer_model text,
    identity_digest text NOT NULL,
    is_current boolean NOT NULL,
    duplicates integer NOT NULL,
    outcome text,
    outcome_reason text,
    outcome_detail text,
    outcome_at timestamp with time zone,
    rows integer,
    columns integer,
    frames integer,
    CONSTRAINT pk_instance PRIMARY KEY (id),
    CONSTRAINT fk_instance_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

CREATE TABLE patient_identity (
    study_id uuid NOT NULL,
    patient_id text,
    patient_name text,
    birth_date text,
    sex text,
    accession_number text,
    study_date text,
    study_description text,
    CONSTRAINT pk_patient_identity PRIMARY KEY (study_id),
    CONSTRAINT fk_patient_identity_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

CREATE TABLE result (
    id uuid NOT NULL,
    study_id uuid NOT NULL,
    revision integer NOT NULL,
    model_id text NOT NULL,
    model_version text NOT NULL,
    model_sha256 text NOT NULL,
    model_identity text NOT NULL,
    is_demonstration boolean NOT NULL,
    stage text NOT NULL,
    input_digest text NOT NULL,
    inputs text NOT NULL,
    images_received integer NOT NULL,
    images_scored integer NOT NULL,
    images_positive integer NOT NULL,
    not_scored text NOT NULL,
    aggregation text NOT NULL,
    probability double precision,
    threshold double precision NOT NULL,
    is_positive boolean NOT NULL,
    priority text NOT NULL,
    sentence text NOT NULL,
    run_id uuid NOT NULL,
    run_started_at timestamp with time zone NOT NULL,
    decided_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_result PRIMARY KEY (id),
    CONSTRAINT fk_result_study_id FOREIGN KEY (study_id) REFERENCES study (id) ON DELETE RESTRICT
);

CREATE TABLE score (
    id uuid NOT NULL,
    instance_id uuid NOT NULL,
    study_id uuid NOT NULL,
    model_id text NOT NULL,
    model_version text NOT NULL,
    model_sha256 text NOT NULL,
    model_identity text NOT NULL,
    frame integer NOT NULL,
    class_ids text NOT NULL,
    logits text NOT NULL,
    probabilities text NOT NULL,
    predicted_class text NOT NULL,
    positive_probability double precision NOT NULL,
    threshold double precision NOT NULL,
    is_positive boolean NOT NULL,
    crop_x0 integer NOT NULL,
    crop_y0 integer NOT NULL,
    crop_x1 integer NOT NULL,
    crop_y1 integer NOT NULL,
    crop_source text NOT NULL,
    preprocessing text NOT NULL,
    runtime text NOT NULL,
    input_sha256 text NOT NULL,
    scored_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_score PRIMARY KEY (id),
    CONSTRAINT fk_score_instance_id FOREIGN KEY (instance_id) REFERENCES instance (id) ON DELETE RESTRICT
);

CREATE TABLE report (
    id uuid NOT NULL,
    result_id uuid NOT NULL,
    sop_class_uid text NOT NULL,
    sop_instance_uid text NOT NULL,
    series_instance_uid text NOT NULL,
    content bytea NOT NULL,
    sha256 text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_report PRIMARY KEY (id),
    CONSTRAINT fk_report_result_id FOREIGN KEY (result_id) REFERENCES result (id) ON DELETE RESTRICT
);

CREATE TABLE delivery (
    id uuid NOT NULL,
    report_id uuid NOT NULL,
    destination text NOT NULL,
    state text NOT NULL,
    status integer,
    detail text,
    attempts integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    stored_at timestamp with time zone,
    commitment text NOT NULL,
    CONSTRAINT pk_delivery PRIMARY KEY (id),
    CONSTRAINT fk_delivery_report_id FOREIGN KEY (report_id) REFERENCES report (id) ON DELETE RESTRICT
);

CREATE TABLE delivery_attempt (
    id uuid NOT NULL,
    delivery_id uuid NOT NULL,
    at timestamp with time zone NOT NULL,
    status integer,
    detail text NOT NULL,
    CONSTRAINT pk_delivery_attempt PRIMARY KEY (id),
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
INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
CREATE FUNCTION audit_entry_final() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'audit entries are final'; END $$;
CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_entry_final();
CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_final();
