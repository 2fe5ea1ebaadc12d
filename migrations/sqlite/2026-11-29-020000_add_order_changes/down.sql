-- Deleted orders are orders again.

DROP INDEX orders_by_repeat;
DROP INDEX orders_by_status;
DROP INDEX orders_by_master;
ALTER TABLE orders DROP COLUMN repeat_of;
ALTER TABLE orders DROP COLUMN deleted_at;
CREATE INDEX orders_by_status ON orders (status, id);
CREATE INDEX orders_by_master ON orders (assigned_master_id, status, id);
DROP TABLE order_comments;
DROP TABLE order_changes;
