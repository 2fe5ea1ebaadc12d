-- How the money of an order is shared: one row for all types of equipment (equipment_type_id is null) and one for each type
-- that has its own. Without a row the rates with which the bot begins hold. Money in kopecks, shares in whole per cent of the net.
CREATE TABLE rates (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    equipment_type_id BIGINT REFERENCES equipment_types (id),
    threshold BIGINT NOT NULL CHECK (threshold >= 0),
    percent_below INTEGER NOT NULL CHECK (percent_below BETWEEN 0 AND 100),
    percent_from INTEGER NOT NULL CHECK (percent_from BETWEEN percent_below AND 100),
    review_bonus INTEGER NOT NULL CHECK (review_bonus BETWEEN 0 AND 100),
    out_of_city_bonus INTEGER NOT NULL CHECK (out_of_city_bonus BETWEEN 0 AND 100),
    senior_floor INTEGER NOT NULL CHECK (senior_floor BETWEEN 0 AND 100),
    cap INTEGER NOT NULL CHECK (cap BETWEEN 0 AND 100),
    updated_at TIMESTAMP NOT NULL
);
CREATE UNIQUE INDEX rates_by_type ON rates (coalesce(equipment_type_id, 0));

-- The rates by which an order was closed, as JSON; null: those of the old bot.
ALTER TABLE orders ADD COLUMN rates TEXT;
