-- What is searched of an order, folded, as the order was at order_updated_at. The bot derives it from orders and fills it in.
CREATE TABLE order_search (
    order_id INTEGER PRIMARY KEY NOT NULL,
    folded TEXT NOT NULL,
    order_updated_at TIMESTAMP NOT NULL
);
CREATE INDEX order_search_by_update ON order_search (order_updated_at);

-- The parts of three letters of each folded text, by the order's id.
CREATE VIRTUAL TABLE order_search_grams USING fts5 (
    grams, content = '', contentless_delete = 1, detail = none, tokenize = 'unicode61 remove_diacritics 0'
);

-- What was searched for, so that the buttons of the pages need not carry it.
CREATE TABLE searches (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (telegram_id),
    query TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX searches_by_time ON searches (created_at);

CREATE INDEX orders_by_update ON orders (updated_at);
CREATE INDEX orders_by_visit ON orders (visit_from) WHERE visit_from IS NOT NULL;
CREATE INDEX orders_by_phone ON orders (client_phone, id);
CREATE INDEX orders_of_master ON orders (assigned_master_id, id);
