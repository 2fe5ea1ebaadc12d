-- Dialogues in topics end; masters who work in a topic work in the whole group again.

CREATE TABLE dialogues_new (
    chat_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (chat_id, user_id)
);
INSERT INTO dialogues_new (chat_id, user_id, version, state, updated_at, expires_at)
SELECT chat_id, user_id, version, state, updated_at, expires_at
FROM dialogues
WHERE thread_id = 0;
DROP TABLE dialogues;
ALTER TABLE dialogues_new RENAME TO dialogues;
CREATE INDEX dialogues_by_expiry ON dialogues (expires_at);

ALTER TABLE order_messages DROP COLUMN thread_id;
ALTER TABLE masters DROP COLUMN work_thread_id;
