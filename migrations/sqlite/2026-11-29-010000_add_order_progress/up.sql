-- A long repair (the day promised to the client, parts, prepayment in kopecks), why the client declined, how often the
-- visit was moved, and when the order was closed; in the history, the master in whose place staff acted.

ALTER TABLE orders ADD COLUMN promised_date DATE;
ALTER TABLE orders ADD COLUMN parts TEXT;
ALTER TABLE orders ADD COLUMN prepayment BIGINT CHECK (prepayment >= 0);
ALTER TABLE orders ADD COLUMN refuse_reason TEXT;
ALTER TABLE orders ADD COLUMN out_of_city BOOLEAN;
ALTER TABLE orders ADD COLUMN reschedule_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE orders ADD COLUMN closed_at TIMESTAMP;
ALTER TABLE order_status_history ADD COLUMN for_master_id BIGINT;

UPDATE orders SET closed_at = coalesce(
    (SELECT history.changed_at FROM order_status_history AS history
     WHERE history.order_id = orders.id AND history.new_status = 'CLOSED'
     ORDER BY history.id DESC LIMIT 1),
    updated_at)
WHERE status = 'CLOSED';
