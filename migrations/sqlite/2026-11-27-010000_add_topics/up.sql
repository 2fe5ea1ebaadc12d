-- A master can work in a topic of a forum group, and each topic has dialogues of its own. 0 stands for no topic in a key.

ALTER TABLE masters ADD COLUMN work_thread_id BIGINT CHECK (work_thread_id > 0);
ALTER TABLE order_messages ADD COLUMN thread_id BIGINT CHECK (thread_id > 0);

CREATE TABLE dialogues_new (
    chat_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    version BIGINT NOT NULL,
    state TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    thread_id BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (chat_id, thread_id, user_id)
);
INSERT INTO dialogues_new (chat_id, user_id, version, state, updated_at, expires_at)
SELECT chat_id, user_id, version, state, updated_at, expires_at
FROM dialogues;
DROP TABLE dialogues;
ALTER TABLE dialogues_new RENAME TO dialogues;
CREATE INDEX dialogues_by_expiry ON dialogues (expires_at);
