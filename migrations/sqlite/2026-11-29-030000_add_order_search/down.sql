DROP INDEX orders_of_master;
DROP INDEX orders_by_phone;
DROP INDEX orders_by_visit;
DROP INDEX orders_by_update;
DROP TABLE searches;
DROP TABLE order_search_grams;
DROP TABLE order_search;
