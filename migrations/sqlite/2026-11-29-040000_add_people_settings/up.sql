-- A senior master has better rates. A day off ends at day_off_until. added_by hears what an administrator decides.
ALTER TABLE masters ADD COLUMN is_senior BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE masters ADD COLUMN day_off_until TIMESTAMP;
ALTER TABLE masters ADD COLUMN added_by BIGINT;

-- The kinds of notice that a user switched off, joined by commas; when a message of a user without a role was last passed
-- on to the dispatchers.
ALTER TABLE users ADD COLUMN muted_notices TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN relayed_at TIMESTAMP;

-- The titles of groups, as last seen.
CREATE TABLE chats (
    chat_id BIGINT PRIMARY KEY NOT NULL,
    title TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- Who asked for a role, and what an administrator decided.
CREATE TABLE access_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (telegram_id),
    created_at TIMESTAMP NOT NULL,
    decision TEXT CHECK (decision IN ('dispatcher', 'master', 'rejected')),
    decided_by BIGINT REFERENCES users (telegram_id),
    decided_at TIMESTAMP
);
-- One open request per user.
CREATE UNIQUE INDEX access_requests_open ON access_requests (user_id) WHERE decided_at IS NULL;
