-- What a score needs to be computed again and explained: the picture it was computed from, its batch, and where its time went.

ALTER TABLE score ADD COLUMN input_picture text NOT NULL DEFAULT '';
ALTER TABLE score ADD COLUMN batch_bucket integer NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN batch_rows integer NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN read_ms double precision NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN fill_ms double precision NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN wait_ms double precision NOT NULL DEFAULT 0;
ALTER TABLE score ADD COLUMN run_ms double precision NOT NULL DEFAULT 0;
