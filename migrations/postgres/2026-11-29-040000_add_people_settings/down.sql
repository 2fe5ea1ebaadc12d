DROP TABLE access_requests;
DROP TABLE chats;
ALTER TABLE users DROP COLUMN relayed_at;
ALTER TABLE users DROP COLUMN muted_notices;
ALTER TABLE masters DROP COLUMN added_by;
ALTER TABLE masters DROP COLUMN day_off_until;
ALTER TABLE masters DROP COLUMN is_senior;
