DROP INDEX orders_by_client_phone;
ALTER TABLE orders DROP COLUMN equipment_type_id;
DROP TABLE equipment_types;
