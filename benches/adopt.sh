#!/bin/sh
# How long `botctl migrate adopt` takes for a database of the old bot with 200,000 orders (or as many as are named).
# Usage: benches/adopt.sh [ORDERS]. Needs sqlite3. BOTCTL names another program than target/release/botctl.
set -eu
cd "$(dirname "$0")/.."
orders=${1:-200000}
botctl=$(realpath "${BOTCTL:-target/release/botctl}")
# On the disk that the build is on: on a memory disk the numbers would be too good.
mkdir -p target/tmp
folder=$(mktemp -d target/tmp/adopt.XXXXXX)
trap 'rm -rf "$folder"' EXIT
old=$folder/bot_database.db
sqlite3 "$old" < tests/e2e/legacy/init_db.sql
# Every order, with its history and its line in the audit log, over and over again.
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
for how in "--dry-run" ""; do
    echo "migrate adopt $how"
    # shellcheck disable=SC2086 # no argument at all where there is none
    TMPDIR=. env time -f '%e s, of which %U s computing; at most %M kB in memory' \
        "$botctl" migrate adopt $how --json --database-url bot_database.db > report.json
done
sqlite3 bot_database.db "SELECT count(*) || ' orders taken over' FROM orders"
