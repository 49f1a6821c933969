-- What a score needs to be computed again and explained: the picture it was computed from, its batch, and where its time went.

ALTER TABLE score ADD COLUMN input_picture TEXT NOT NULL DEFAULT '';
ALTER TABLE score ADD COLUMN batch_bucket INTEGER NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN batch_rows INTEGER NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN read_ms REAL NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN fill_ms REAL NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN wait_ms REAL NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN run_ms REAL NOT NULL DEFAULT 0;
