-- What was changed, deleted, commented and repeated. A deleted order stays, and counts nowhere.

CREATE TABLE order_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    changed_by BIGINT REFERENCES users (telegram_id),
    changed_at TIMESTAMP NOT NULL,
    field TEXT NOT NULL,
    old_value TEXT,
    new_value TEXT
);
CREATE INDEX order_changes_by_order ON order_changes (order_id, id);

CREATE TABLE order_comments (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    author BIGINT REFERENCES users (telegram_id),
    text TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX order_comments_by_order ON order_comments (order_id, id);

ALTER TABLE orders ADD COLUMN deleted_at TIMESTAMP;
ALTER TABLE orders ADD COLUMN repeat_of BIGINT REFERENCES orders (id);
CREATE INDEX orders_by_repeat ON orders (repeat_of) WHERE repeat_of IS NOT NULL;

DROP INDEX orders_by_status;
DROP INDEX orders_by_master;
CREATE INDEX orders_by_status ON orders (status, id) WHERE deleted_at IS NULL;
CREATE INDEX orders_by_master ON orders (assigned_master_id, status, id) WHERE deleted_at IS NULL;
