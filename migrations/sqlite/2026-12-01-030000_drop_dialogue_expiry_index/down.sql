CREATE INDEX dialogues_by_expiry ON dialogues (expires_at);
