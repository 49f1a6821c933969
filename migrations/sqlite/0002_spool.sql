-- The spool is a log: rows follow it. Where an instance stands in it, how far the rows have come, and what could not be recorded.

ALTER TABLE instance ADD COLUMN segment TEXT NULL;
ALTER TABLE instance ADD COLUMN purged_at TEXT NULL;
CREATE INDEX ix_instance_segment ON instance (segment);

CREATE TABLE spool_segment (
    id TEXT NOT NULL CONSTRAINT pk_spool_segment PRIMARY KEY,
    recorded_bytes INTEGER NOT NULL,
    changed_at TEXT NOT NULL
);

CREATE TABLE spool_problem (
    location TEXT NOT NULL CONSTRAINT pk_spool_problem PRIMARY KEY,
    reason TEXT NOT NULL,
    at TEXT NOT NULL
);
