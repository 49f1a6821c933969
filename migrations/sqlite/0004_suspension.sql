-- A package that a person has stopped: since when and why. Every worker sees it within seconds.
-- An image that it would have scored remembers that.

ALTER TABLE model ADD COLUMN suspended_at TEXT;
ALTER TABLE model ADD COLUMN suspended_why TEXT NOT NULL DEFAULT '';
ALTER TABLE instance ADD COLUMN withheld TEXT NOT NULL DEFAULT '';
