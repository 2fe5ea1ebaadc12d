-- What masters owe the company, in kopecks, as entries that are never changed or deleted: a balance is their sum. An entry has
-- a key, so that the same event cannot be booked twice. Orders that were closed before have none.
CREATE TABLE ledger_entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    master_id BIGINT NOT NULL REFERENCES masters (id),
    order_id BIGINT REFERENCES orders (id),
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    note TEXT,
    created_by BIGINT,
    created_at TIMESTAMP NOT NULL,
    entry_key TEXT NOT NULL UNIQUE
);
CREATE INDEX ledger_entries_by_master ON ledger_entries (master_id, id);
CREATE INDEX ledger_entries_by_order ON ledger_entries (order_id, id);
