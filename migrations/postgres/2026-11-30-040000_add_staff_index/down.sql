DROP INDEX users_with_role;
