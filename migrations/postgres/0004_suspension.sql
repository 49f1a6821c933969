-- A package that a person has stopped: since when and why. Every worker sees it within seconds.
-- An image that it would have scored remembers that.

ALTER TABLE model ADD COLUMN suspended_at timestamp with time zone;
ALTER TABLE model ADD COLUMN suspended_why text NOT NULL DEFAULT '';
ALTER TABLE instance ADD COLUMN withheld text NOT NULL DEFAULT '';
