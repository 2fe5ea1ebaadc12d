DROP INDEX orders_by_end;
DROP INDEX orders_by_creation;
UPDATE orders SET closed_at = NULL WHERE status = 'REFUSED';
