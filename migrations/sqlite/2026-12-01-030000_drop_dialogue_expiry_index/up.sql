-- Every step of a dialogue moves its expiry and paid for this index; only the hourly housekeeping reads it, of a small table.
DROP INDEX dialogues_by_expiry;
