-- Proof of delivery: what a PACS promised to keep, each question asked of it, reports in the SOP class that it takes, and the objects that
-- go with a report. Work that leaves for one destination has that as its lane, so that a slow one holds up no other.

ALTER TABLE delivery ADD COLUMN committed_at TEXT NULL;
ALTER TABLE delivery ADD COLUMN restores INTEGER NOT NULL DEFAULT 0;

CREATE TABLE commitment_request (
    transaction_uid TEXT NOT NULL CONSTRAINT pk_commitment_request PRIMARY KEY,
    delivery_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    asked_at TEXT NULL,
    answered_at TEXT NULL,
    detail TEXT NULL,
    CONSTRAINT fk_commitment_request_delivery_id FOREIGN KEY (delivery_id) REFERENCES delivery (id) ON DELETE RESTRICT
);
CREATE INDEX ix_commitment_request_delivery_id ON commitment_request (delivery_id);

DROP INDEX ix_report_result_id;
CREATE UNIQUE INDEX ix_report_result_id_sop_class_uid ON report (result_id, sop_class_uid);

CREATE TABLE report_companion (
    id TEXT NOT NULL CONSTRAINT pk_report_companion PRIMARY KEY,
    report_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    sop_class_uid TEXT NOT NULL,
    sop_instance_uid TEXT NOT NULL,
    series_instance_uid TEXT NOT NULL,
    content BLOB NOT NULL,
    sha256 TEXT NOT NULL,
    CONSTRAINT fk_report_companion_report_id FOREIGN KEY (report_id) REFERENCES report (id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX ix_report_companion_report_id_position ON report_companion (report_id, position);

ALTER TABLE work ADD COLUMN lane TEXT NOT NULL DEFAULT '';
UPDATE work SET lane = COALESCE((SELECT destination FROM delivery WHERE delivery.id = work.subject), '') WHERE kind = 'deliver';
