-- The spool is a log: rows follow it. Where an instance stands in it, how far the rows have come, and what could not be recorded.

ALTER TABLE instance ADD COLUMN segment uuid NULL;
ALTER TABLE instance ADD COLUMN purged_at timestamp with time zone NULL;
CREATE INDEX ix_instance_segment ON instance (segment);

CREATE TABLE spool_segment (
    id uuid NOT NULL CONSTRAINT pk_spool_segment PRIMARY KEY,
    recorded_bytes bigint NOT NULL,
    changed_at timestamp with time zone NOT NULL
);

CREATE TABLE spool_problem (
    location text NOT NULL CONSTRAINT pk_spool_problem PRIMARY KEY,
    reason text NOT NULL,
    at timestamp with time zone NOT NULL
);
