-- The types of equipment that administrators keep. The bot fills an empty table with those that it begins with; an order
-- keeps the name of its type, whatever becomes of the type.
CREATE TABLE equipment_types (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    position BIGINT NOT NULL,
    is_hidden BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMP NOT NULL
);
ALTER TABLE orders ADD COLUMN equipment_type_id BIGINT REFERENCES equipment_types (id);

-- A client is known by the phone.
CREATE INDEX orders_by_client_phone ON orders (client_phone, id);
