-- When the master is expected, as far as the words in scheduled_time were understood; UTC.

ALTER TABLE orders ADD COLUMN visit_from TIMESTAMP;
ALTER TABLE orders ADD COLUMN visit_until TIMESTAMP;
