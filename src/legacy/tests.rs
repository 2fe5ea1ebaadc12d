//! Any value in any column: the import never fails, no row is lost, and the result obeys the new schema.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Double, Text};
use proptest::prelude::*;

use super::adopt::adopt_database;
use super::context::{ImportContext, ImportOptions};
use super::report::ImportReport;
use super::value::LegacyValue;
use super::{checks, legacy_tables, orders, source};
use crate::db::connection::AnyConnection;
use crate::db::schema;
use crate::migrate;

/// No types and no constraints: every column accepts any value.
const SCHEMA: &str = "
    CREATE TABLE users (id, telegram_id, username, first_name, last_name, role, created_at, deleted_at);
    CREATE TABLE masters (id INTEGER PRIMARY KEY, telegram_id, phone, specialization, is_active, is_approved,
        work_chat_id, created_at, deleted_at);
    CREATE TABLE orders (id INTEGER PRIMARY KEY, equipment_type, description, client_name, client_address, client_phone,
        status, assigned_master_id REFERENCES masters (id), dispatcher_id, notes, scheduled_time, total_amount,
        materials_cost, master_profit, company_profit, has_review, created_at, updated_at, version, deleted_at);
    CREATE TABLE order_status_history (id, order_id, old_status, new_status, changed_by, changed_at, notes);
    CREATE TABLE audit_log (id, user_id, action, details, timestamp);";

/// `has_rowid_ids`: whether the id of an order is its rowid, and so always a unique integer.
fn old_database(has_rowid_ids: bool) -> AnyConnection {
    let schema = if has_rowid_ids {
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

fn insert_row(conn: &mut AnyConnection, table: &str, values: &[LegacyValue]) {
    let marks = vec!["?"; values.len()].join(", ");
    let mut query = diesel::sql_query(format!("INSERT INTO {table} VALUES ({marks})")).into_boxed();
    for value in values {
        query = match value {
            LegacyValue::Null => query.bind::<diesel::sql_types::Nullable<Text>, _>(None::<String>),
            LegacyValue::Int(number) => query.bind::<BigInt, _>(*number),
            LegacyValue::Real(number) => query.bind::<Double, _>(*number),
            LegacyValue::Text(text) => query.bind::<Text, _>(text.clone()),
            LegacyValue::Bytes(bytes) => {
                query.bind::<diesel::sql_types::Binary, _>(bytes.clone().into_bytes())
            }
        };
    }
    query.execute(sqlite(conn)).unwrap();
}

fn adopt_for_test(conn: &mut AnyConnection) -> ImportReport {
    let options =
        ImportOptions { is_skip_label: |text| text == "skip", later_line: |_, value| value.to_owned() };
    adopt_database(conn, options, None, &mut |_, _, _| {}).unwrap()
}

fn any_value() -> impl Strategy<Value = LegacyValue> {
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
        3 => Just(LegacyValue::Null),
        4 => (0_i64..6).prop_map(LegacyValue::Int),
        1 => any::<i64>().prop_map(LegacyValue::Int),
        2 => (-1e5..1e5_f64).prop_map(LegacyValue::Real),
        1 => any::<f64>().prop_map(LegacyValue::Real),
        4 => prop::sample::select(words.to_vec()).prop_map(|word| LegacyValue::Text(word.to_owned())),
        1 => "\\PC{0,12}".prop_map(LegacyValue::Text),
        1 => "[a\\x00\u{fe}]{0,4}".prop_map(LegacyValue::Bytes),
    ]
}

fn any_rows(columns: usize) -> impl Strategy<Value = Vec<Vec<LegacyValue>>> {
    prop::collection::vec(prop::collection::vec(any_value(), columns), 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn import_never_fails_and_accounts_for_every_row(
        has_rowid_ids: bool, users in any_rows(8), masters in any_rows(8), orders in any_rows(20), history in any_rows(7), audit in any_rows(5),
    ) {
        let mut conn = old_database(has_rowid_ids);
        for (table, rows) in [("users", &users), ("order_status_history", &history), ("audit_log", &audit)] {
            for row in rows {
                insert_row(&mut conn, table, row);
            }
        }
        for (row, id) in masters.iter().zip(1..) {
            insert_row(&mut conn, "masters", &[&[LegacyValue::Int(id)], &row[..]].concat());
        }
        for (row, id) in orders.iter().zip(1..) {
            let id = if has_rowid_ids { LegacyValue::Int(id) } else { row[0].clone() };
            insert_row(&mut conn, "orders", &[&[id], &row[1..]].concat());
        }
        let report = adopt_for_test(&mut conn);
        let lengths = [users.len(), masters.len(), orders.len(), history.len(), audit.len()];
        for (table, length) in report.tables.iter().zip(lengths) {
            prop_assert_eq!(table.rows_in, length as u64);
            prop_assert_eq!(table.rows_in + table.added, table.rows_out + table.kept_in_legacy);
        }
        // The program can read everything.
        let c = sqlite(&mut conn);
        schema::users::table.load::<(i64, i64, Option<String>, Option<String>, Option<String>, String, Option<String>, chrono::NaiveDateTime, String, Option<chrono::NaiveDateTime>)>(c).unwrap();
        schema::masters::table.load::<(i64, i64, String, String, bool, bool, Option<i64>, chrono::NaiveDateTime, Option<i64>, bool, Option<chrono::NaiveDateTime>, Option<i64>)>(c).unwrap();
        schema::order_status_history::table.load::<(i64, i64, Option<String>, String, Option<i64>, chrono::NaiveDateTime, Option<String>, Option<i64>)>(c).unwrap();
        schema::audit_log::table.load::<(i64, Option<i64>, String, Option<String>, chrono::NaiveDateTime)>(c).unwrap();
        let is_deleted = schema::orders::deleted_at.is_not_null();
        let deleted: i64 = schema::orders::table.filter(is_deleted).count().get_result(c).unwrap();
        let query = crate::domain::order::OrderFilter { status: None, open_only: false, master: None };
        let (page, total) = crate::db::orders::list_orders(&mut conn, query, 0, 100).unwrap();
        prop_assert_eq!(page.len() as u64 + deleted.unsigned_abs(), report.tables[2].rows_out);
        prop_assert_eq!(total, i64::try_from(page.len()).unwrap());
        // New rows get new ids.
        let c = sqlite(&mut conn);
        c.batch_execute("INSERT INTO masters (telegram_id, phone, specialization, created_at) SELECT telegram_id, '', '', '2025-10-12 10:00:00' FROM users WHERE telegram_id NOT IN (SELECT telegram_id FROM masters) LIMIT 1").unwrap();
    }
}

#[test]
fn lost_or_changed_amounts_are_detected() {
    for has_rowid_ids in [true, false] {
        for (change, column) in [
            ("total_amount = NULL", "total_amount"),
            ("total_amount = total_amount + 1", "total_amount"),
            ("materials_cost = NULL", "materials_cost"),
            ("master_profit = NULL", "master_profit"),
            ("company_profit = NULL", "company_profit"),
            ("company_profit = 1", "company_profit"),
            ("status = 'CLOSED'", "status"),
        ] {
            let mut conn = old_database(has_rowid_ids);
            let c = sqlite(&mut conn);
            c.batch_execute(
                "INSERT INTO orders (id, status, total_amount, materials_cost, master_profit, company_profit)
                 VALUES (7, 'NEW', 100.5, 20, 40.25, 40.25)",
            )
            .unwrap();
            let mut old = source::list_tables(c).unwrap();
            legacy_tables::move_to_legacy(
                c,
                &mut old,
                &crate::migrate::extra_objects::built_in_names().unwrap(),
            )
            .unwrap();
            migrate::apply_pending(&mut conn).unwrap();
            let old = old.iter().find(|table| table.name == "orders").unwrap();
            let options = ImportOptions { is_skip_label: |_| false, later_line: |_, value| value.to_owned() };
            let mut progress = |_: &'static str, _: u64, _: u64| {};
            let mut context = ImportContext::new(options, 1, &mut progress);
            context.start_ids_at(orders::ORDERS, 8);
            let c = sqlite(&mut conn);
            orders::copy_orders(c, old, &mut context).unwrap();
            assert_eq!(checks::compare_orders(c, old, &context).unwrap(), [""; 0], "{has_rowid_ids}");
            c.batch_execute(&format!("PRAGMA ignore_check_constraints = ON; UPDATE orders SET {change}"))
                .unwrap();
            let mismatches = checks::compare_orders(c, old, &context).unwrap();
            assert!(
                mismatches.iter().any(|mismatch| mismatch.contains(column)),
                "{has_rowid_ids}, {change}: {mismatches:?}"
            );
        }
    }
}
