-- orders_by_phone has the same columns.
DROP INDEX orders_by_client_phone;

-- Found by user alone when a role is taken away; the index by chat does not help there.
CREATE INDEX dialogue_questions_of_user ON dialogue_questions (user_id);
