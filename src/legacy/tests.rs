//! Any value in any column: nothing makes the takeover fail, no row is lost, and what comes out keeps the new schema's rules.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Double, Text};
use proptest::prelude::*;

use super::cell::Cell;
use super::*;
use crate::db::schema;

/// No types and no rules, so that a column takes whatever it is given.
const SCHEMA: &str = "
    CREATE TABLE users (id, telegram_id, username, first_name, last_name, role, created_at, deleted_at);
    CREATE TABLE masters (id INTEGER PRIMARY KEY, telegram_id, phone, specialization, is_active, is_approved,
        work_chat_id, created_at, deleted_at);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, equipment_type, description, client_name, client_address, client_phone,
        status, assigned_master_id REFERENCES masters (id), dispatcher_id, notes, scheduled_time, total_amount,
        materials_cost, master_profit, company_profit, has_review, created_at, updated_at, version, deleted_at);
    CREATE TABLE order_status_history (id, order_id, old_status, new_status, changed_by, changed_at, notes);
    CREATE TABLE audit_log (id, user_id, action, details, timestamp);";

/// `numbered`: whether every order has a number, because that is its number inside SQLite.
fn old_database(numbered: bool) -> AnyConnection {
    let schema = if numbered {
        SCHEMA.to_owned()
    } else {
        SCHEMA.replace("orders (id INTEGER PRIMARY KEY", "orders (id")
    };
    let mut conn = AnyConnection::Sqlite(SqliteConnection::establish(":memory:").unwrap());
    sqlite(&mut conn).batch_execute("PRAGMA foreign_keys = OFF").unwrap();
    sqlite(&mut conn).batch_execute(&schema).unwrap();
    conn
}

fn sqlite(conn: &mut AnyConnection) -> &mut SqliteConnection {
    let AnyConnection::Sqlite(c) = conn else { panic!("not SQLite") };
    c
}

/// Puts a row into a table.
fn put(conn: &mut AnyConnection, table: &str, values: &[Cell]) {
    let marks = vec!["?"; values.len()].join(", ");
    let mut query = diesel::sql_query(format!("INSERT INTO {table} VALUES ({marks})")).into_boxed();
    for value in values {
        query = match value {
            Cell::Null => query.bind::<diesel::sql_types::Nullable<Text>, _>(None::<String>),
            Cell::Int(number) => query.bind::<BigInt, _>(*number),
            Cell::Real(number) => query.bind::<Double, _>(*number),
            Cell::Text(text) => query.bind::<Text, _>(text.clone()),
            Cell::Bytes(bytes) => query.bind::<diesel::sql_types::Binary, _>(bytes.clone().into_bytes()),
        };
    }
    query.execute(sqlite(conn)).unwrap();
}

fn taken_over(conn: &mut AnyConnection) -> Report {
    let options = Options { is_skip_label: |text| text == "skip" };
    adopt(conn, options, None, &mut |_, _, _| {}).unwrap()
}

/// What a database written to for years by programs in a hurry may hold.
fn any_cell() -> impl Strategy<Value = Cell> {
    let words = [
        "",
        "0",
        "skip",
        "NEW",
        "ASSIGNED",
        "DR",
        "CLOSED",
        "cancelled",
        "WEIRD",
        "ADMIN,MASTER",
        "SENIOR_MASTER",
        "2025-10-12 10:14:02",
        "2025-10-12T10:14:02+03:00",
        "12.10.2025",
        "1 234,50",
        "89001234567",
        "true",
        "-5",
        "3",
    ];
    prop_oneof![
        3 => Just(Cell::Null),
        4 => (0_i64..6).prop_map(Cell::Int),
        1 => any::<i64>().prop_map(Cell::Int),
        2 => (-1e5..1e5_f64).prop_map(Cell::Real),
        1 => any::<f64>().prop_map(Cell::Real),
        4 => prop::sample::select(words.to_vec()).prop_map(|word| Cell::Text(word.to_owned())),
        1 => "\\PC{0,12}".prop_map(Cell::Text),
        1 => "[a\\x00\u{fe}]{0,4}".prop_map(Cell::Bytes),
    ]
}

fn rows(columns: usize) -> impl Strategy<Value = Vec<Vec<Cell>>> {
    prop::collection::vec(prop::collection::vec(any_cell(), columns), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_makes_it_fail_and_every_row_is_accounted_for(
        numbered: bool, users in rows(8), masters in rows(8), orders in rows(20), history in rows(7), audit in rows(5),
    ) {
        let mut conn = old_database(numbered);
        for (table, rows) in [("users", &users), ("order_status_history", &history), ("audit_log", &audit)] {
            for row in rows {
                put(&mut conn, table, row);
            }
        }
        for (row, id) in masters.iter().zip(1..) {
            put(&mut conn, "masters", &[&[Cell::Int(id)], &row[..]].concat());
        }
        for (row, id) in orders.iter().zip(1..) {
            let id = if numbered { Cell::Int(id) } else { row[0].clone() };
            put(&mut conn, "orders", &[&[id], &row[1..]].concat());
        }
        let report = taken_over(&mut conn);
        let lengths = [users.len(), masters.len(), orders.len(), history.len(), audit.len()];
        for (table, length) in report.tables.iter().zip(lengths) {
            prop_assert_eq!(table.rows_in, length as u64);
            prop_assert_eq!(table.rows_in + table.added, table.rows_out + table.set_aside);
        }
        // Everything can be read as the program reads it.
        let c = sqlite(&mut conn);
        schema::users::table.load::<(i64, i64, Option<String>, Option<String>, Option<String>, String, Option<String>, chrono::NaiveDateTime)>(c).unwrap();
        schema::masters::table.load::<(i64, i64, String, String, bool, bool, Option<i64>, chrono::NaiveDateTime)>(c).unwrap();
        schema::order_status_history::table.load::<(i64, i64, Option<String>, String, Option<i64>, chrono::NaiveDateTime, Option<String>)>(c).unwrap();
        schema::audit_log::table.load::<(i64, Option<i64>, String, Option<String>, chrono::NaiveDateTime)>(c).unwrap();
        let query = crate::domain::order::OrderFilter { status: None, open_only: false, master: None };
        let (page, total) = crate::db::orders::page(&mut conn, query, 0, 100).unwrap();
        prop_assert_eq!(page.len() as u64, report.tables[2].rows_out);
        prop_assert_eq!(total, i64::try_from(page.len()).unwrap());
        // New rows have new numbers.
        let c = sqlite(&mut conn);
        c.batch_execute("INSERT INTO masters (telegram_id, phone, specialization, created_at) SELECT telegram_id, '', '', '2025-10-12 10:00:00' FROM users WHERE telegram_id NOT IN (SELECT telegram_id FROM masters) LIMIT 1").unwrap();
    }
}

#[test]
fn an_amount_that_got_lost_or_changed_is_noticed() {
    for numbered in [true, false] {
        for (change, column) in [
            ("total_amount = NULL", "total_amount"),
            ("total_amount = total_amount + 1", "total_amount"),
            ("materials_cost = NULL", "materials_cost"),
            ("master_profit = NULL", "master_profit"),
            ("company_profit = NULL", "company_profit"),
            ("company_profit = 1", "company_profit"),
            ("status = 'CLOSED'", "status"),
        ] {
            let mut conn = old_database(numbered);
            let c = sqlite(&mut conn);
            c.batch_execute(
                "INSERT INTO orders (id, status, total_amount, materials_cost, master_profit, company_profit)
                 VALUES (7, 'NEW', 100.5, 20, 40.25, 40.25)",
            )
            .unwrap();
            let mut old = source::tables(c).unwrap();
            aside::set_aside(c, &mut old, &aside::names_of_new_schema().unwrap()).unwrap();
            migrate::apply_pending(&mut conn).unwrap();
            let old = old.iter().find(|table| table.name == "orders").unwrap();
            let options = Options { is_skip_label: |_| false };
            let mut progress = |_: &'static str, _: u64, _: u64| {};
            let mut work = Work::new(options, 1, &mut progress);
            work.numbers_from(orders::ORDERS, 8);
            let c = sqlite(&mut conn);
            orders::copy(c, old, &mut work).unwrap();
            assert_eq!(checks::row_by_row(c, old, &work).unwrap(), [""; 0], "{numbered}");
            c.batch_execute(&format!("PRAGMA ignore_check_constraints = ON; UPDATE orders SET {change}"))
                .unwrap();
            let wrong = checks::row_by_row(c, old, &work).unwrap();
            assert!(wrong.iter().any(|wrong| wrong.contains(column)), "{numbered}, {change}: {wrong:?}");
        }
    }
}
