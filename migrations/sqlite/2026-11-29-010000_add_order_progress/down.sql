-- The reasons also stay in the history.

ALTER TABLE order_status_history DROP COLUMN for_master_id;
ALTER TABLE orders DROP COLUMN closed_at;
ALTER TABLE orders DROP COLUMN reschedule_count;
ALTER TABLE orders DROP COLUMN out_of_city;
ALTER TABLE orders DROP COLUMN refuse_reason;
ALTER TABLE orders DROP COLUMN prepayment;
ALTER TABLE orders DROP COLUMN parts;
ALTER TABLE orders DROP COLUMN promised_date;
