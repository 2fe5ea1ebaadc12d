-- A master can work in a topic of a forum group, and each topic has dialogues of its own. 0 stands for no topic in a key.

ALTER TABLE masters ADD COLUMN work_thread_id BIGINT CHECK (work_thread_id > 0);
ALTER TABLE order_messages ADD COLUMN thread_id BIGINT CHECK (thread_id > 0);

ALTER TABLE dialogues ADD COLUMN thread_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dialogues DROP CONSTRAINT dialogues_pkey;
ALTER TABLE dialogues ADD PRIMARY KEY (chat_id, thread_id, user_id);
