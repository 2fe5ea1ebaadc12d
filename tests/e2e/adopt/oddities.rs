//! Odd values in legacy rows: flags, texts, ids, amounts and references.

use super::*;

#[test]
fn negative_deleted_flag_deletes_nothing() {
    for no in ["'no'", "'f'", "'n'", "'нет'", "0", "'false'"] {
        let (_old, report) = adopt_with(&format!(
            "ALTER TABLE orders ADD COLUMN is_deleted TEXT DEFAULT {no}; UPDATE orders SET is_deleted = 'yes' WHERE id = 7"
        ));
        assert_eq!(count_of(&report, "orders deleted_order"), 1, "{no}");
    }
}

#[test]
fn missing_flags_make_a_master_inactive_and_unapproved() {
    let (old, report) = adopt_with(
        "UPDATE masters SET is_active = NULL, is_approved = 1 WHERE id = 1;
         UPDATE masters SET is_active = 1, is_approved = NULL WHERE id = 2;
         UPDATE masters SET is_active = 'who knows', is_approved = 1 WHERE id = 3",
    );
    let flags = "SELECT is_active || ' ' || is_approved AS row FROM masters WHERE id < 5 ORDER BY id";
    assert_eq!(query_texts(&mut connect(&old.file()), flags), ["0 1", "1 0", "0 1", "1 1"]);
    assert_eq!(count_of(&report, "masters missing_flag"), 2);
    assert_eq!(count_of(&report, "masters bad_flag"), 1);
}

#[test]
fn invalid_text_is_read_with_replacement_characters() {
    let (old, report) = adopt_with(
        "UPDATE users SET first_name = CAST(x'41ff42' AS TEXT), last_name = '\u{fffd}' WHERE id = 2",
    );
    assert_eq!(count_of(&report, "users bad_text"), 1);
    let name = "SELECT first_name || last_name AS row FROM users WHERE id = 2";
    assert_eq!(query_texts(&mut connect(&old.file()), name), ["A\u{fffd}B\u{fffd}"]);
}

#[test]
fn status_of_another_type_is_repaired_and_counted() {
    let (old, report) = adopt_with(
        "INSERT INTO orders (equipment_type, description, client_name, client_address, client_phone, status)
         VALUES ('x', 'd', 'n', 'a', '+79030000000', x'4E4557'), ('x', 'd', 'n', 'a', '+79030000000', 'NEW' || char(0))",
    );
    assert_eq!(count_of(&report, "orders status_name"), 2);
    assert_eq!(
        query_texts(&mut connect(&old.file()), "SELECT status AS row FROM orders WHERE id > 400"),
        ["NEW", "NEW"]
    );
}

#[test]
fn deleted_master_keeps_their_name() {
    let (old, _) = adopt_with(
        "ALTER TABLE masters ADD COLUMN deleted_at TIMESTAMP; UPDATE masters SET deleted_at = '2025-11-20 10:00:00' WHERE id = 2",
    );
    let mut conn = connect(&old.file());
    let name =
        "SELECT trim(first_name || ' ' || coalesce(last_name, '')) AS row FROM users WHERE telegram_id =";
    let living =
        query_texts(&mut conn, &format!("{name} (SELECT telegram_id FROM legacy_masters WHERE id = 2)"));
    let shown = query_texts(&mut conn, &format!("{name} (SELECT telegram_id FROM masters WHERE id = 2)"));
    assert_eq!(shown, [format!("{} (?)", living[0])]);
}

#[test]
fn table_name_case_and_huge_amounts_are_accepted() {
    let old = LegacyFolder::new(INIT_DB);
    connect(&old.file())
        .batch_execute(
            "ALTER TABLE orders RENAME TO other; ALTER TABLE other RENAME TO Orders;
             WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 20000)
             INSERT INTO Orders (equipment_type, description, client_name, client_address, client_phone, status, total_amount)
             SELECT 'x', 'd', 'n', 'a', '+79030000000', 'NEW', 9e12 FROM n",
        )
        .unwrap();
    let report = old.adopt();
    assert_eq!(report["tables"][2]["legacy"], "legacy_Orders");
    assert_eq!(count_of(&report, "orders bad_money"), 20_000);
    assert_sound(&mut connect(&old.file()));
    assert_eq!(old.adopt()["adopted"], false);
}

#[test]
fn ids_at_the_integer_limit_are_replaced() {
    let (old, report) = adopt_with(
        "UPDATE users SET id = 9223372036854775807 WHERE id = 2;
         UPDATE orders SET id = -9223372036854775808 WHERE id = 7;
         UPDATE order_status_history SET order_id = -9223372036854775808 WHERE order_id = 7;
         UPDATE audit_log SET id = -9223372036854775808 WHERE id = 7;
         UPDATE sqlite_sequence SET seq = 9223372036854775807 WHERE name = 'masters'",
    );
    for table in ["users", "orders", "audit_log"] {
        assert_eq!(count_of(&report, &format!("{table} new_number")), 1, "{table}");
    }
    let mut conn = connect(&old.file());
    assert_eq!(query_number(&mut conn, "SELECT count(*) AS n FROM orders WHERE id = 401"), 1);
    assert_eq!(
        query_number(
            &mut conn,
            "SELECT max(seq) < 1000000 AS n FROM sqlite_sequence WHERE name NOT LIKE 'legacy%'"
        ),
        1
    );
    assert_eq!(
        query_number(&mut conn, "SELECT count(*) AS n FROM order_status_history"),
        query_number(&mut conn, "SELECT count(*) AS n FROM legacy_order_status_history")
    );
    drop(conn);
    if has_postgres() {
        let target = TestDatabase::new(Backend::Postgres, old.folder.path());
        old.run(&["migrate", "transfer", "--to", &target.url()], 0);
    }
}

#[test]
fn ids_of_tables_without_rowid_alias_are_kept() {
    let columns = "equipment_type, description, client_name, client_address, client_phone, status";
    let values = "'x', 'd', 'n', 'a', '+79030000000', 'NEW'";
    for (key, three) in [
        ("id INTEGER PRIMARY KEY DESC", ""),
        ("id INTEGER PRIMARY KEY DESC REFERENCES users (id)", ""),
        ("id INTEGER PRIMARY KEY", ", rowid, _rowid_, oid"),
        ("id INTEGER", ", rowid, _rowid_, oid"),
        ("id INTEGER PRIMARY KEY", "; WITHOUT ROWID"),
    ] {
        let (three, without) = if three == "; WITHOUT ROWID" { ("", "WITHOUT ROWID") } else { (three, "") };
        let (old, report) = adopt_without_backup(&format!(
            "DROP TABLE orders; CREATE TABLE orders ({key}, {columns}{three}) {without};
             INSERT INTO orders (id, {columns}) VALUES (700, {values}), (9, {values}), (12, {values});
             DELETE FROM order_status_history"
        ));
        assert_eq!(count_of(&report, "orders new_number"), 0, "{key}{three}");
        let ids = "SELECT group_concat(id, ' ') AS row FROM (SELECT id FROM orders ORDER BY id)";
        assert_eq!(query_texts(&mut connect(&old.file()), ids), ["9 12 700"], "{key}{three}");
    }
}

#[test]
fn masters_without_telegram_id_or_user_get_placeholders() {
    let (old, report) = adopt_without_backup(
        "CREATE TABLE m AS SELECT * FROM masters; DROP TABLE masters; ALTER TABLE m RENAME TO masters;
         INSERT INTO masters (id, telegram_id) VALUES
             (0, 33.335), (1700000000, -1), ('xxx', 'yyy'), (NULL, NULL), (-7, 0), (9e18, 'z'), (4294967296, x'00');
         UPDATE orders SET assigned_master_id = 'nobody knows' WHERE id = 3;
         UPDATE orders SET assigned_master_id = 1700000001 WHERE id = 4;
         UPDATE orders SET assigned_master_id = 0.5 WHERE id = 5",
    );
    assert_eq!(count_of(&report, "masters master_without_user"), 7, "{report}");
    let people = "SELECT count(DISTINCT telegram_id) AS n FROM masters";
    let mut conn = connect(&old.file());
    assert_eq!(query_number(&mut conn, people), query_number(&mut conn, "SELECT count(*) AS n FROM masters"));
}

#[test]
fn reference_to_a_non_key_column_is_unchanged() {
    let references = "
        CREATE TABLE reviews (id INTEGER PRIMARY KEY, status TEXT REFERENCES orders (status), stars INT);
        INSERT INTO reviews VALUES (1, 'NEW', 5);
        CREATE VIEW newest AS SELECT id FROM orders;
        CREATE TABLE notes (id INTEGER PRIMARY KEY, of INT REFERENCES newest (id), again INT REFERENCES orders (gone));
        INSERT INTO notes VALUES (1, 1, 1)";
    let old = LegacyFolder::new(INIT_DB);
    connect(&old.file()).batch_execute(references).unwrap();
    old.run(&["migrate", "adopt", "--dry-run"], 0);
    old.adopt();
    let mut conn = connect(&old.file());
    assert_eq!(query_texts(&mut conn, "SELECT CAST(stars AS TEXT) AS row FROM legacy_reviews"), ["5"]);
    old.run(&["backup"], 0);
    old.run(&["backup", "verify", "--all"], 0);
    old.run(&["migrate", "redo", "--yes"], 0);
}
