-- Photos, videos and documents about an order; Telegram keeps them under these ids.
CREATE TABLE order_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    file_id TEXT NOT NULL,
    added_by BIGINT REFERENCES users (telegram_id),
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX order_files_by_order ON order_files (order_id, id);
