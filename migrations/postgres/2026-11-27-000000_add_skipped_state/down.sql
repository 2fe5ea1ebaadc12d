-- Skipped messages are sent ones with a reason in last_error, as before.

ALTER TABLE outbox DROP CONSTRAINT outbox_state_check;
UPDATE outbox SET state = 'sent' WHERE state = 'skipped';
ALTER TABLE outbox ADD CONSTRAINT outbox_state_check CHECK (state IN ('pending', 'sent', 'dead'));
