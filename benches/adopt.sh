#!/bin/sh
# Measures `botctl migrate adopt` on a database of the old bot with 200,000 orders.
# Usage: benches/adopt.sh [ORDERS]. Needs sqlite3. BOTCTL is the program, by default target/release/botctl.
set -eu
cd "$(dirname "$0")/.."
orders=${1:-200000}
botctl=$(realpath "${BOTCTL:-target/release/botctl}")
# On the disk of the build, since a memory disk would make the figures too good.
mkdir -p target/tmp
folder=$(mktemp -d target/tmp/adopt.XXXXXX)
trap 'rm -rf "$folder"' EXIT
old=$folder/bot_database.db
sqlite3 "$old" < tests/e2e/legacy/init_db.sql
# Repeats the orders with their history and audit log.
for table in orders order_status_history audit_log; do
    columns=$(sqlite3 "$old" "SELECT group_concat(name) FROM pragma_table_info('$table') WHERE name <> 'id'")
    values=$(printf %s "$columns" | sed 's/\border_id\b/(order_id + 400 * n)/')
    sqlite3 "$old" "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < $orders / 400 - 1)
        INSERT INTO $table ($columns) SELECT $values FROM n, (SELECT * FROM $table) ORDER BY n;"
done
sqlite3 "$old" "SELECT (SELECT count(*) FROM orders) || ' orders, ' || (SELECT count(*) FROM order_status_history)
    || ' history rows, ' || (SELECT count(*) FROM audit_log) || ' audit rows, '
    || (SELECT page_count * page_size / 1000000 FROM pragma_page_count, pragma_page_size) || ' MB'"
cd "$folder"
for option in "--dry-run" ""; do
    echo "migrate adopt $option"
    # shellcheck disable=SC2086 # an empty option must not become an argument
    TMPDIR=. env time -f '%e s, %U s of processor time, peak memory %M kB' \
        "$botctl" migrate adopt $option --json --database-url bot_database.db > report.json
done
sqlite3 bot_database.db "SELECT count(*) || ' orders adopted' FROM orders"
