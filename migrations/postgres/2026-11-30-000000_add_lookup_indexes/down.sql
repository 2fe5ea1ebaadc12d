DROP INDEX dialogue_questions_of_user;
CREATE INDEX orders_by_client_phone ON orders (client_phone, id);
