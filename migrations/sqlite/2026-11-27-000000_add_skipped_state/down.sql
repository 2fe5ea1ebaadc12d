-- Skipped messages are sent ones with a reason in last_error, as before.

CREATE TABLE outbox_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    chat_id BIGINT NOT NULL,
    method TEXT NOT NULL,
    payload TEXT NOT NULL,
    order_message_id BIGINT REFERENCES order_messages (id) ON DELETE SET NULL,
    update_id BIGINT,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'dead')),
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    lease_owner BIGINT,
    leased_until TIMESTAMP,
    last_error TEXT,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
-- Ids that were given out are not given out again, even if their rows are gone.
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_new', seq FROM sqlite_sequence WHERE name = 'outbox';
INSERT INTO outbox_new (
    id, chat_id, method, payload, order_message_id, update_id, state, attempts, due_at, expires_at,
    lease_owner, leased_until, last_error, created_at, finished_at
)
SELECT
    id, chat_id, method, payload, order_message_id, update_id,
    CASE state WHEN 'skipped' THEN 'sent' ELSE state END, attempts, due_at, expires_at, lease_owner,
    leased_until, last_error, created_at, finished_at
FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE INDEX outbox_pending ON outbox (id) WHERE state = 'pending';
CREATE INDEX outbox_pending_by_chat ON outbox (chat_id, id) WHERE state = 'pending';
CREATE INDEX outbox_dead ON outbox (id) WHERE state = 'dead';
