-- Dialogues in topics end; masters who work in a topic work in the whole group again.

DELETE FROM dialogues WHERE thread_id <> 0;
ALTER TABLE dialogues DROP CONSTRAINT dialogues_pkey;
ALTER TABLE dialogues ADD PRIMARY KEY (chat_id, user_id);
ALTER TABLE dialogues DROP COLUMN thread_id;

ALTER TABLE order_messages DROP COLUMN thread_id;
ALTER TABLE masters DROP COLUMN work_thread_id;
