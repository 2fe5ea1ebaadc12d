-- Every step of a dialogue moves its expiry and paid for this index; only the hourly housekeeping reads it, of a small table.
-- Without it, and with room in each page, a step is a heap-only update (PostgreSQL: Heap-Only Tuples).
DROP INDEX dialogues_by_expiry;
ALTER TABLE dialogues SET (fillfactor = 50);
