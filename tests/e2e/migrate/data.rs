//! What happens to rows: rebuilt tables, going down, backups.

use std::fs;
use std::path::Path;

use super::*;
use rstest::rstest;

use crate::world::{Backend, execute};

#[rstest]
fn a_rebuilt_table_keeps_its_children(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    run(&world, &["up"], 0);
    script(&mut world.store.open(), DATA);
    add(&world, SECOND, &rebuild_orders(&world, ""), "SELECT 1;");
    run(&world, &["up", "--no-backup"], 0);
    assert_eq!(number(&world, "orders WHERE priority = 5"), 1);
    assert_eq!(number(&world, "order_status_history"), 2);
    assert_eq!(number(&world, "order_messages"), 1);
    assert_eq!(number(&world, "outbox WHERE order_message_id = 1"), 1);
    // The children point at the new table, and it is not for show.
    let mut conn = world.store.open();
    execute(&mut conn, "DELETE FROM orders");
    assert_eq!(number(&world, "order_status_history"), 0);
    assert_eq!(number(&world, "order_messages"), 0);
    run(&world, &["status", "--check"], 0);
}

#[rstest]
fn a_rebuild_that_loses_parents_is_undone(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    run(&world, &["up"], 0);
    script(&mut world.store.open(), DATA);
    add(&world, SECOND, &rebuild_orders(&world, "WHERE id > 1"), "SELECT 1;");
    let said = run(&world, &["up", "--no-backup"], 1);
    if is_sqlite(&world) {
        assert!(
            said.contains(
                "1 in order_messages would refer to missing rows of orders, 2 in order_status_history"
            ),
            "{said}"
        );
    } else {
        assert!(said.contains("order_status_history"), "{said}");
    }
    assert_eq!(number(&world, "orders"), 1);
    assert_eq!(number(&world, "order_status_history"), 2);
    assert!(!tables(&world).contains(&"orders_new".to_owned()));
}

#[rstest]
fn migrate_down_shows_lost_data_and_asks(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    let up = "CREATE TABLE notes (id BIGINT PRIMARY KEY);\nALTER TABLE users ADD COLUMN email TEXT;\n\
              INSERT INTO notes VALUES (1), (2);";
    let down = "DROP TABLE notes;\nALTER TABLE users DROP COLUMN email;\nDELETE FROM order_status_history WHERE id = 2;\n\
                UPDATE orders SET description = '', notes = NULL;";
    add(&world, SECOND, up, down);
    run(&world, &["up"], 0);
    script(&mut world.store.open(), DATA);
    execute(&mut world.store.open(), "UPDATE users SET email = 'x@example.org'");
    execute(&mut world.store.open(), "UPDATE orders SET notes = 'the second floor'");
    let asked = run(&world, &["down"], 6);
    let table = "TABLE                 DELETED          ROWS\n\
                 notes                 the table        2\n\
                 order_status_history  rows             1\n\
                 orders                values in notes  1\n\
                 users                 column email     1\n";
    assert!(asked.contains(table) && asked.contains("--yes is required"), "{asked}");
    assert_eq!(number(&world, "notes"), 2);
    let document = json(&world, &["redo"], 6);
    assert_eq!(document["data"]["planned"][0]["name"], "second");
    assert_eq!(document["data"]["applied"], serde_json::json!([]), "{document}");
    assert_eq!(
        document["data"]["lost"][3],
        serde_json::json!({ "table": "users", "column": "email", "kind": "column", "rows": 1 })
    );
    assert_eq!(number(&world, "users WHERE email IS NOT NULL"), 1);
    // The last one may have been changed: that is what redo is for.
    write(&world, SECOND, "up.sql", &up.replace("(1), (2)", "(1), (2), (3)"));
    assert_eq!(json(&world, &["redo", "--yes", "--no-backup"], 0)["data"]["applied"][0]["name"], "second");
    assert_eq!((number(&world, "notes"), number(&world, "order_status_history")), (3, 1));
    run(&world, &["status", "--check"], 0);
    // A failure in the second half takes back the first.
    write(&world, SECOND, "up.sql", "SELECT * FROM nowhere");
    run(&world, &["redo", "--yes", "--no-backup"], 1);
    assert_eq!(number(&world, "notes"), 3);
    run(&world, &["down", "--yes", "--no-backup"], 0);
    assert!(!tables(&world).contains(&"notes".to_owned()));
}

#[rstest]
fn data_migrations_back_up_first(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = with_clients().build_or_skip(backend) else { return };
    run(&world, &["up"], 0);
    assert!(!world.cwd().join("backups").exists(), "there was nothing to lose");
    script(&mut world.store.open(), DATA);
    add(&world, SECOND, "UPDATE orders SET description = 'changed';", "SELECT 1;");
    let document = json(&world, &["up"], 0);
    let path = world.cwd().join(document["data"]["backup"].as_str().unwrap());
    assert!(path.is_file(), "{document}");
    if is_sqlite(&world) {
        assert_eq!(in_file(&path, "orders WHERE description = 'x'"), 1);
    }
    let backups = || fs::read_dir(world.cwd().join("backups")).unwrap().count();
    let before = backups();
    assert!(run(&world, &["up"], 0).contains("nothing to do"));
    assert_eq!(backups(), before, "nothing was changed");
    let said = run(&world, &["redo", "--yes"], 0);
    assert!(said.contains("backup: backups/"), "{said}");
    let said = run(&world, &["down", "--yes"], 0);
    assert!(said.contains("backup: backups/"), "{said}");
    // Where no backup can be made, nothing is changed.
    fs::remove_dir_all(world.cwd().join("backups")).unwrap();
    fs::write(world.cwd().join("backups"), "in the way").unwrap();
    let said = run(&world, &["up"], 1);
    assert!(said.contains("no backup could be made, so nothing was changed"), "{said}");
    run(&world, &["status", "--check"], 3);
    run(&world, &["up", "--no-backup"], 0);
}

#[rstest]
fn serve_backs_up_before_data_migrations(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = with_clients().build_or_skip(backend) else { return };
    let built_in = |arguments: &[&str]| {
        let output = run_to_end(world.command(arguments));
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    };
    built_in(&["migrate", "up"]);
    built_in(&["migrate", "down", "--to", "0", "--yes"]);
    script(&mut world.store.open(), "CREATE TABLE notes (id BIGINT); INSERT INTO notes VALUES (1)");
    let refused = run_to_end(world.command(&["serve"]));
    assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
    world.spawn(&["serve", "--migrate"]);
    world.wait_for_log(&["backup made before the schema changes", "backups/"]);
    world.wait_for_log(&["\"message\":\"serving\""]);
    assert_eq!(world.terminate(), 0);
    assert_eq!(number(&world, "notes"), 1);
}

#[rstest]
fn the_outbox_keeps_its_rows_when_skipped_becomes_a_state(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    run(&world, &["up", "--to", FIRST], 0);
    script(&mut world.store.open(), DATA);
    // The highest number is gone, and must not be given out again.
    script(
        &mut world.store.open(),
        "INSERT INTO outbox (chat_id, method, payload, update_id, state, attempts, due_at, expires_at, lease_owner,
             leased_until, last_error, created_at, finished_at) VALUES
             (43, 'sendMessage', '{\"a\":1}', 7, 'dead', 3, '2026-11-22 10:00:01', '2026-11-22 10:00:02', -9,
              '2026-11-22 10:00:03', 'blocked', '2026-11-22 10:00:04', '2026-11-22 10:00:05'),
             (44, 'sendMessage', '{}', NULL, 'sent', 1, '2026-11-22 10:00:01', NULL, NULL, NULL, NULL,
              '2026-11-22 10:00:04', '2026-11-22 10:00:05'),
             (45, 'sendMessage', '{}', NULL, 'sent', 1, '2026-11-22 10:00:01', NULL, NULL, NULL, NULL,
              '2026-11-22 10:00:04', NULL);
         DELETE FROM outbox WHERE chat_id = 45;",
    );
    let rows = "SELECT concat_ws('|', id, chat_id, method, payload, order_message_id, update_id, state, attempts, due_at,
             expires_at, lease_owner, leased_until, last_error, created_at, finished_at) AS text FROM outbox ORDER BY id";
    let schema = if is_sqlite(&world) {
        "SELECT sql AS text FROM sqlite_schema WHERE tbl_name = 'outbox' AND type = 'index' ORDER BY name"
    } else {
        "SELECT indexdef AS text FROM pg_indexes WHERE tablename = 'outbox' ORDER BY indexname"
    };
    let before = (texts(&world, rows), texts(&world, schema));
    assert_eq!(before.0.len(), 3);
    run(&world, &["up", "--to", BUILT_IN[1].0, "--no-backup"], 0);
    assert_eq!((texts(&world, rows), texts(&world, schema)), before);
    script(
        &mut world.store.open(),
        "INSERT INTO outbox (chat_id, method, payload, state, due_at, last_error, created_at)
         VALUES (46, 'editMessageText', '{}', 'skipped', '2026-11-22 10:00:01', 'the card is gone', '2026-11-22 10:00:04')",
    );
    assert_eq!(number(&world, "outbox WHERE chat_id = 46 AND id = 5"), 1);
    let wrong = "UPDATE outbox SET state = 'lost'";
    assert!(is_refused(&world, wrong));
    let asked = json(&world, &["down", "--to", FIRST], 6);
    assert_eq!(asked["data"]["lost"], serde_json::json!([]), "{asked}");
    run(&world, &["down", "--to", FIRST, "--yes", "--no-backup"], 0);
    assert_eq!(number(&world, "outbox WHERE state = 'sent' AND last_error = 'the card is gone'"), 1);
    assert_eq!((&texts(&world, rows)[..3], texts(&world, schema)), (&before.0[..], before.1));
    assert!(is_refused(&world, wrong) && is_refused(&world, "UPDATE outbox SET state = 'skipped'"));
    run(&world, &["up", "--no-backup"], 0);
    // Its reference to the card is one still.
    execute(&mut world.store.open(), "DELETE FROM order_messages");
    assert_eq!(number(&world, "outbox WHERE order_message_id IS NULL"), 4);
    run(&world, &["status", "--check"], 0);
}

fn texts(world: &World, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        text: String,
    }
    let rows: Vec<Row> = match &mut world.store.open() {
        AnyConnection::Sqlite(c) => diesel::sql_query(query).load(c),
        AnyConnection::Pg(c) => diesel::sql_query(query).load(c),
    }
    .unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

fn is_refused(world: &World, statement: &str) -> bool {
    match &mut world.store.open() {
        AnyConnection::Sqlite(c) => c.batch_execute(statement),
        AnyConnection::Pg(c) => c.batch_execute(statement),
    }
    .is_err()
}

/// `orders` made anew with one column more, as each backend wants it.
fn rebuild_orders(world: &World, which: &str) -> String {
    let backend = if is_sqlite(world) { "sqlite" } else { "postgres" };
    let first = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations")
        .join(backend)
        .join("2026-11-22-000000_create_schema/up.sql");
    let text = fs::read_to_string(first).unwrap();
    let begin = text.find("CREATE TABLE orders").unwrap();
    let end = begin + text[begin..].find(");\n").unwrap();
    let create = text[begin..end]
        .replace("CREATE TABLE orders", "CREATE TABLE orders_new")
        .replace("    notes TEXT,", "    notes TEXT,\n    priority BIGINT NOT NULL DEFAULT 5,");
    let columns = "id, equipment_type, description, client_name, client_address, client_phone, status, created_at, updated_at";
    let copy = format!("INSERT INTO orders_new ({columns}) SELECT {columns} FROM orders {which};");
    if is_sqlite(world) {
        return format!("{create});\n{copy}\nDROP TABLE orders;\nALTER TABLE orders_new RENAME TO orders;\n");
    }
    let children = [
        "order_status_history",
        "order_messages",
        "order_files",
        "order_changes",
        "order_comments",
        "ledger_entries",
    ];
    let free = children
        .map(|child| format!("ALTER TABLE {child} DROP CONSTRAINT {child}_order_id_fkey;"))
        .join("\n");
    let tie = children
        .map(|child| {
            format!(
                "ALTER TABLE {child} ADD CONSTRAINT {child}_order_id_fkey FOREIGN KEY (order_id) \
                 REFERENCES orders (id) ON DELETE CASCADE;"
            )
        })
        .join("\n");
    format!(
        "{create});\n{copy}\n{free}\nDROP TABLE orders;\nALTER TABLE orders_new RENAME TO orders;\n{tie}\n"
    )
}

fn in_file(path: &Path, query: &str) -> i64 {
    let url = path.to_str().unwrap().parse().unwrap();
    let Ok(AnyConnection::Sqlite(mut conn)) = botctl::testing::db::open_connection(&url) else {
        panic!("not SQLite")
    };
    let query = diesel::sql_query(format!("SELECT count(*) AS number FROM {query}"));
    query.get_result::<Number>(&mut conn).unwrap().number
}

#[rstest]
fn orders_that_are_over_get_the_day_on_which_they_ended(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    run(&world, &["up"], 0);
    let position = BUILT_IN.iter().position(|(_, name)| *name == "add_order_progress").unwrap();
    run(&world, &["down", &(BUILT_IN.len() - position).to_string(), "--yes"], 0);
    script(
        &mut world.store.open(),
        "INSERT INTO orders (id, equipment_type, description, client_name, client_address, client_phone, status, created_at, updated_at) VALUES
             (1, 'x', 'x', 'x', 'x', 'x', 'CLOSED', '2026-11-22 10:00:00', '2026-11-25 10:00:00'),
             (2, 'x', 'x', 'x', 'x', 'x', 'CLOSED', '2026-11-22 10:00:00', '2026-11-25 10:00:00'),
             (3, 'x', 'x', 'x', 'x', 'x', 'REFUSED', '2026-11-22 10:00:00', '2026-11-25 10:00:00');
         INSERT INTO order_status_history (order_id, new_status, changed_at) VALUES
             (1, 'CLOSED', '2026-11-23 10:00:00'), (1, 'CLOSED', '2026-11-24 10:00:00'), (3, 'CLOSED', '2026-11-24 10:00:00');",
    );
    run(&world, &["up", "--no-backup"], 0);
    assert_eq!(number(&world, "orders WHERE id = 1 AND closed_at = '2026-11-24 10:00:00'"), 1);
    assert_eq!(number(&world, "orders WHERE id = 2 AND closed_at = '2026-11-25 10:00:00'"), 1);
    assert_eq!(number(&world, "orders WHERE id = 3 AND closed_at = '2026-11-25 10:00:00'"), 1);
}
