-- Notices look for the few users with a role among all who ever wrote to the bot.
CREATE INDEX users_with_role ON users (id) WHERE role <> 'UNKNOWN';
