-- Proof of delivery: what a PACS promised to keep, each question asked of it, reports in the SOP class that it takes, and the objects that
-- go with a report. Work that leaves for one destination has that as its lane, so that a slow one holds up no other.

ALTER TABLE delivery ADD COLUMN committed_at timestamp with time zone;
ALTER TABLE delivery ADD COLUMN restores integer NOT NULL DEFAULT 0;

CREATE TABLE commitment_request (
    transaction_uid text NOT NULL,
    delivery_id uuid NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    asked_at timestamp with time zone,
    answered_at timestamp with time zone,
    detail text,
    CONSTRAINT pk_commitment_request PRIMARY KEY (transaction_uid),
    CONSTRAINT fk_commitment_request_delivery_id FOREIGN KEY (delivery_id) REFERENCES delivery (id) ON DELETE RESTRICT
);
CREATE INDEX ix_commitment_request_delivery_id ON commitment_request (delivery_id);

DROP INDEX ix_report_result_id;
CREATE UNIQUE INDEX ix_report_result_id_sop_class_uid ON report (result_id, sop_class_uid);

CREATE TABLE report_companion (
    id uuid NOT NULL,
    report_id uuid NOT NULL,
    position integer NOT NULL,
    sop_class_uid text NOT NULL,
    sop_instance_uid text NOT NULL,
    series_instance_uid text NOT NULL,
    content bytea NOT NULL,
    sha256 text NOT NULL,
    CONSTRAINT pk_report_companion PRIMARY KEY (id),
    CONSTRAINT fk_report_companion_report_id FOREIGN KEY (report_id) REFERENCES report (id) ON DELETE RESTRICT
);
CREATE UNIQUE INDEX ix_report_companion_report_id_position ON report_companion (report_id, position);

ALTER TABLE work ADD COLUMN lane text NOT NULL DEFAULT '';
UPDATE work SET lane = COALESCE((SELECT destination FROM delivery WHERE delivery.id = work.subject), '') WHERE kind = 'deliver';
