-- Cash that masters gave to the company, in kopecks, as staff booked it: open until the master confirms or disputes it. The
-- money itself is in ledger_entries.
CREATE TABLE hand_overs (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    master_id BIGINT NOT NULL REFERENCES masters (id),
    amount BIGINT NOT NULL,
    note TEXT,
    state TEXT NOT NULL,
    reason TEXT,
    created_by BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    answered_at TIMESTAMP
);
CREATE INDEX hand_overs_by_master ON hand_overs (master_id, id);
