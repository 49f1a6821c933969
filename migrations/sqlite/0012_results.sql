-- A result may do no more than take another back: its report goes where the other's went.

ALTER TABLE result ADD COLUMN withdraws TEXT;
