-- The words in scheduled_time stay.

ALTER TABLE orders DROP COLUMN visit_until;
ALTER TABLE orders DROP COLUMN visit_from;
