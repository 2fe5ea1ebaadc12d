-- The questions on screens whose buttons still count. message_id is filled in once Telegram has it.

CREATE TABLE dialogue_questions (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    chat_id BIGINT NOT NULL,
    thread_id BIGINT NOT NULL DEFAULT 0,
    user_id BIGINT NOT NULL,
    order_id BIGINT,
    action TEXT,
    message_id INTEGER,
    is_open BOOLEAN NOT NULL DEFAULT TRUE,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX dialogue_questions_by_user ON dialogue_questions (chat_id, user_id);
CREATE INDEX dialogue_questions_by_order ON dialogue_questions (order_id);
