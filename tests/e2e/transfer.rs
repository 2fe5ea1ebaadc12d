//! `migrate transfer`: everything moves or nothing, from and to either kind of database.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use botctl::testing::db::{self, AnyConnection, schema};
use botctl::testing::domain::OrderStatus;
use diesel::prelude::*;
use rstest::rstest;
use serde_json::json;

use crate::world::{Backend, STRANGER, TIMEOUT, TestDatabase, World, empty, execute, has_postgres, staffed};

/// Every table with all its rows as the program reads them, in order.
pub fn everything(conn: &mut AnyConnection) -> Vec<(&'static str, Vec<String>)> {
    macro_rules! rows {
        ($($table:ident: $($column:ident => $type:ty),+;)+) => {
            vec![$((stringify!($table), {
                let rows: Vec<($($type,)+)> = schema::$table::table.load(conn).unwrap();
                let text = |($($column,)+)| [$(format!("{:?}", $column)),+].join(" ");
                let mut rows: Vec<String> = rows.into_iter().map(text).collect();
                rows.sort();
                rows
            })),+]
        };
    }
    type Text = Option<String>;
    type Number = Option<i64>;
    type Time = chrono::NaiveDateTime;
    rows! {
        users: id => i64, telegram_id => i64, username => Text, first_name => Text, last_name => Text, role => String, locale => Text, created_at => Time, muted => String, relayed_at => Option<Time>;
        masters: id => i64, telegram_id => i64, phone => String, specialization => String, is_active => bool, is_approved => bool, work_chat => Number, created_at => Time, work_thread => Number, is_senior => bool, day_off => Option<Time>, added_by => Number;
        equipment_types: id => i64, name => String, position => i64, hidden => bool, created_at => Time;
        rates: id => i64, equipment => Number, threshold => i64, below => i32, from => i32, review => i32, out_of_city => i32, floor => i32, cap => i32, at => Time;
        orders: id => i64, equipment => String, description => String, name => String, address => String, phone => String, status => String, master => Number, dispatcher => Number, notes => Text, scheduled => Text, total => Number, materials => Number, masters => Number, companys => Number, review => Option<bool>, created_at => Time, updated_at => Time, visit_from => Option<Time>, visit_until => Option<Time>, equipment_id => Number, promised => Option<chrono::NaiveDate>, parts => Text, prepayment => Number, refuse_reason => Text, out_of_city => Option<bool>, reschedules => i32, closed_at => Option<Time>, deleted_at => Option<Time>, repeat_of => Number, rates => Text;
        order_status_history: id => i64, order => i64, old => Text, new => String, by => Number, at => Time, notes => Text, for_master => Number;
        audit_log: id => i64, user => Number, action => String, details => Text, at => Time;
        inbox: id => i64, payload => String, received_at => Time, done_at => Option<Time>, outcome => Text;
        order_files: id => i64, order => i64, kind => String, file => String, by => Number, created_at => Time;
        order_changes: id => i64, order => i64, by => Number, at => Time, field => String, old => Text, new => Text;
        ledger_entries: id => i64, master => i64, order => Number, kind => String, amount => i64, note => Text, by => Number, created_at => Time, key => String;
        hand_overs: id => i64, master => i64, amount => i64, note => Text, state => String, reason => Text, by => i64, created_at => Time, answered_at => Option<Time>;
        order_comments: id => i64, order => i64, author => Number, text => String, created_at => Time;
        order_messages: id => i64, order => i64, chat => i64, message => Option<i32>, kind => String, created_at => Time, thread => Number;
        outbox: id => i64, chat => i64, method => String, payload => String, card => Number, update => Number, state => String, attempts => i32, due_at => Time, expires_at => Option<Time>, owner => Number, until => Option<Time>, error => Text, created_at => Time, finished_at => Option<Time>;
        chats: id => i64, title => String, at => Time;
        access_requests: id => i64, user => i64, created_at => Time, decision => Text, by => Number, at => Option<Time>;
        dialogues: chat => i64, user => i64, version => i64, state => String, updated_at => Time, expires_at => Time, thread => i64;
        dialogue_questions: id => i64, chat => i64, thread => i64, user => i64, order => Number, action => Text, message => Option<i32>, open => bool, created_at => Time;
        announcements: id => i64, order => Number, kind => String, about => String, count => i32, at => Time;
        job_runs: job => String, started_at => Time, finished_at => Option<Time>, outcome => Text;
        searches: id => i64, user => i64, query => String, created_at => Time;
        settings: name => String, value => String, created_at => Time;
    }
}

/// How many rows all tables of ours have together.
fn rows(conn: &mut AnyConnection) -> usize {
    everything(conn).iter().map(|(_, rows)| rows.len()).sum()
}

/// Databases of both kinds that are not there yet, or are empty.
pub fn targets(folder: &Path) -> Vec<TestDatabase> {
    [Backend::Sqlite, Backend::Postgres]
        .into_iter()
        .filter(|backend| *backend == Backend::Sqlite || has_postgres())
        .map(|backend| match backend {
            Backend::Sqlite => TestDatabase::Sqlite(folder.join("moved.db")),
            Backend::Postgres => TestDatabase::new(backend, folder),
        })
        .collect()
}

/// Orders of every kind, a message to be sent, an update to be handled, an open dialogue, texts of every sort.
pub fn fill(world: &World) {
    for status in OrderStatus::ALL {
        world.order_in(status);
    }
    world.dispatcher().says("➕ Создать заявку");
    assert_eq!(world.dialogues(), 1);
    world.terminate();
    world.db(|conn| {
        let text = "Ёлки ''кавычки''; -- <b>&amp;</b> 🛠 \u{1}\t\\x41 \\N \r\n конец";
        execute(conn, &format!("UPDATE orders SET description = '{text}', notes = '' WHERE status = 'CLOSED'"));
        execute(conn, "UPDATE orders SET promised_date = '2026-12-24', parts = 'Насос', prepayment = 150050, reschedule_count = 2 WHERE status = 'DR'");
        execute(conn, "UPDATE orders SET refuse_reason = 'Дорого', out_of_city = TRUE WHERE status = 'REFUSED'");
        execute(conn, &format!(
            "INSERT INTO outbox (chat_id, method, payload, due_at, created_at, lease_owner, leased_until)
             VALUES ({STRANGER}, 'sendMessage', '{{\"chat_id\":{STRANGER},\"text\":\"moved with the house\"}}',
                     '2026-01-01 10:00:00.123456', '2026-01-01 10:00:00.1', -9223372036854775808, '2999-01-01 10:00:00')"
        ));
        execute(conn, "INSERT INTO inbox (update_id, payload, received_at) VALUES (99, '{}', '2026-01-01 10:00:00')");
        execute(conn, "INSERT INTO job_runs (job, started_at) VALUES ('b-job', '2026-01-01 10:00:00'), ('B', '2026-01-01 10:00:00'), ('a', '2026-01-01 10:00:00')");
        execute(conn, "INSERT INTO announcements (order_id, kind, about, last_at) VALUES (1, 'unanswered', '1', '2026-01-01 10:00:00'), (NULL, 'dead_letters', '', '2026-01-01 10:00:00')");
        execute(conn, "INSERT INTO searches (user_id, query, created_at) VALUES (1001, 'Ёлка', '2026-01-01 10:00:00')");
        execute(conn, "INSERT INTO settings (name, value, created_at) VALUES ('webhook_secret', 'made-up', '2026-01-01 10:00:00')");
        execute(conn, "INSERT INTO audit_log (user_id, action, details, timestamp) VALUES (1001, 'kept', NULL, '2026-01-01 10:00:00')");
        execute(conn, "INSERT INTO order_messages (order_id, chat_id, message_id, kind, created_at) SELECT id, -5, 7, 'staff', created_at FROM orders");
        execute(conn, "INSERT INTO chats (chat_id, title, updated_at) SELECT -5, 'Бригада', created_at FROM users WHERE telegram_id = 1001");
        execute(conn, "INSERT INTO access_requests (user_id, created_at) SELECT telegram_id, created_at FROM users WHERE telegram_id = 1001");
        execute(conn, "INSERT INTO rates (equipment_type_id, threshold, percent_below, percent_from, review_bonus, out_of_city_bonus, senior_floor, cap, updated_at) SELECT min(id), 700000, 40, 50, 10, 5, 45, 60, min(created_at) FROM equipment_types");
        execute(conn, "INSERT INTO order_files (order_id, kind, file_id, added_by, created_at) SELECT id, 'photo', 'AgAC', dispatcher_id, created_at FROM orders");
        execute(conn, "INSERT INTO order_changes (order_id, changed_by, changed_at, field, old_value, new_value) SELECT id, dispatcher_id, created_at, 'notes', NULL, 'x' FROM orders");
        execute(conn, "INSERT INTO ledger_entries (master_id, order_id, kind, amount, created_at, entry_key) SELECT assigned_master_id, id, 'correction', -5, created_at, 'test:' || id FROM orders WHERE status = 'CLOSED'");
        execute(conn, "INSERT INTO hand_overs (master_id, amount, state, created_by, created_at) SELECT id, 100, 'open', 1, created_at FROM masters");
        execute(conn, "INSERT INTO order_comments (order_id, author, text, created_at) SELECT id, dispatcher_id, 'x', created_at FROM orders");
        execute(conn, "UPDATE outbox SET order_message_id = (SELECT max(id) FROM order_messages) WHERE state = 'sent'");
        execute(conn, "UPDATE outbox SET state = 'skipped', last_error = 'the card is gone' WHERE id = (SELECT min(id) FROM outbox WHERE state = 'sent')");
        // The highest numbers are gone, and must not be given out again.
        execute(conn, "INSERT INTO audit_log (action, timestamp) VALUES ('gone', '2026-01-01 10:00:00')");
        execute(conn, "DELETE FROM audit_log WHERE action = 'gone'");
    });
}

pub fn next_audit(conn: &mut AnyConnection) -> i64 {
    execute(conn, "INSERT INTO audit_log (action, timestamp) VALUES ('next', '2026-01-01 10:00:00')");
    schema::audit_log::table
        .select(diesel::dsl::max(schema::audit_log::id))
        .get_result::<Option<i64>>(conn)
        .unwrap()
        .unwrap()
}

#[rstest]
fn transferred_database_is_complete_and_served(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    fill(&world);
    let folder = tempfile::tempdir().unwrap();
    let before = world.db(everything);
    assert!(before.iter().all(|(_, rows)| !rows.is_empty()), "{before:#?}");
    for (number, target) in targets(folder.path()).into_iter().enumerate() {
        let said = if number == 0 {
            let said = world.ask(&["migrate", "transfer", "--to", &target.url()]).ends(0);
            assert!(said.cells().contains(&"orders 7".to_owned()), "{said:?}");
            assert!(said.err.contains("1 message to send and 1 update to handle"), "{said:?}");
            assert!(said.err.contains("now set DATABASE_URL="), "{said:?}");
            said.out
        } else {
            let document = world.ask_json(&["migrate", "transfer", "--to", &target.url()], 0);
            let data = &document["data"];
            let sum: usize = before.iter().map(|(_, rows)| rows.len()).sum();
            assert_eq!(data["rows"], sum);
            let tables: Vec<_> =
                before.iter().map(|(table, rows)| json!({ "table": table, "rows": rows.len() })).collect();
            assert_eq!(data["tables"], json!(tables));
            assert_eq!(
                (&data["left_behind"], &data["pending_messages"], &data["unhandled_updates"]),
                (&json!([]), &json!(1), &json!(1))
            );
            document.to_string()
        };
        assert!(!said.contains(crate::database_rows::CLIENT), "{said}");
        let mut moved = target.open();
        let after = everything(&mut moved);
        for (old, new) in before.iter().zip(&after) {
            assert_eq!(old, new);
        }
        assert_eq!(world.db(everything), before, "the source was changed");
        let next = next_audit(&mut moved);
        assert!(
            next >= next_audit_of_fresh(&before),
            "{next}: a number that was given out is given out again"
        );
        drop(moved);
        world.ask(&["migrate", "status", "--check", "--database-url", &target.url()]).ends(0);
        if number == 1 {
            // What waited there is sent from here.
            world.spawn(&["serve", "--database-url", &target.url()]);
            world.stranger().sees("moved with the house");
            assert_eq!(world.terminate(), 0);
        }
    }
    let left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .filter(|name| name.to_string_lossy().contains(".transfer"))
        .collect();
    assert_eq!(left, [""; 0], "the temporary file is still there");
    assert_eq!(next_audit(&mut world.store.open()), next_audit_of_fresh(&before));
}

#[rstest]
fn round_trip_transfer_is_lossless(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    fill(&world);
    let folder = tempfile::tempdir().unwrap();
    let before = world.db(everything);
    for there in targets(folder.path()) {
        world.ask(&["migrate", "transfer", "--to", &there.url()]).ends(0);
        let back = folder.path().join("back.db");
        world
            .ask(&["migrate", "transfer", "--database-url", &there.url(), "--to", back.to_str().unwrap()])
            .ends(0);
        assert_eq!(everything(&mut TestDatabase::Sqlite(back.clone()).open()), before);
        std::fs::remove_file(back).unwrap();
    }
}

#[rstest]
fn foreign_tables_stay_and_are_named(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.terminate();
    world.db(|conn| {
        execute(conn, "CREATE TABLE legacy_orders (id BIGINT)");
        execute(conn, "INSERT INTO legacy_orders VALUES (1)");
    });
    let folder = tempfile::tempdir().unwrap();
    for target in targets(folder.path()) {
        let document = world.ask_json(&["migrate", "transfer", "--to", &target.url()], 0);
        assert_eq!(document["data"]["left_behind"], json!(["legacy_orders"]));
    }
    let said =
        world.ask(&["migrate", "transfer", "--to", folder.path().join("third.db").to_str().unwrap()]).ends(0);
    assert!(said.err.contains("not the bot's, not copied: legacy_orders"), "{said:?}");
}

#[rstest]
fn non_empty_target_is_refused_unchanged(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.terminate();
    let folder = tempfile::tempdir().unwrap();
    for target in targets(folder.path()) {
        let url = target.url();
        world.ask(&["migrate", "transfer", "--to", &url]).ends(0);
        let before = everything(&mut target.open());
        let document = world.ask_json(&["migrate", "transfer", "--to", &url], 3);
        assert!(document["error"]["message"].as_str().unwrap().contains("is not empty: "), "{document}");
        assert!(document["error"]["hint"].is_string());
        assert_eq!(everything(&mut target.open()), before);
    }
    // A file that is no database, a folder, and the log of a database that is gone.
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "not a database").unwrap();
    world.ask(&["migrate", "transfer", "--to", file.to_str().unwrap()]).ends(3);
    assert_eq!(std::fs::read(&file).unwrap(), b"not a database");
    let inner = folder.path().join("folder");
    std::fs::create_dir(&inner).unwrap();
    world.ask(&["migrate", "transfer", "--to", inner.to_str().unwrap()]).ends(3);
    let fresh = folder.path().join("fresh.db");
    let log = folder.path().join("fresh.db-wal");
    std::fs::write(&log, "pages").unwrap();
    let said = world.ask(&["migrate", "transfer", "--to", fresh.to_str().unwrap()]).ends(3);
    assert!(said.err.contains("fresh.db-wal") && log.exists() && !fresh.exists(), "{said:?}");
    // An empty file is nothing, and so is what a killed run left.
    std::fs::remove_file(log).unwrap();
    std::fs::write(&fresh, "").unwrap();
    std::fs::write(folder.path().join("fresh.db.transfer"), "half").unwrap();
    world.ask(&["migrate", "transfer", "--to", fresh.to_str().unwrap()]).ends(0);
    if has_postgres() {
        let foreign = TestDatabase::new(Backend::Postgres, folder.path());
        execute(&mut foreign.open(), "CREATE TABLE invoices (id BIGINT)");
        world.ask(&["migrate", "transfer", "--to", &foreign.url()]).ends(3);
        execute(&mut foreign.open(), "DROP TABLE invoices");
        world.ask(&["migrate", "up", "--no-backup", "--database-url", &foreign.url()]);
        execute(&mut foreign.open(), "CREATE TABLE invoices (id BIGINT)");
        let said = world.ask(&["migrate", "transfer", "--to", &foreign.url()]).ends(3);
        assert!(said.err.contains("invoices") && rows(&mut foreign.open()) == 0, "{said:?}");
        // Our schema without a row is empty.
        execute(&mut foreign.open(), "DROP TABLE invoices");
        world.ask(&["migrate", "transfer", "--to", &foreign.url()]).ends(0);
    }
}

#[rstest]
fn unready_source_is_refused(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    let folder = tempfile::tempdir().unwrap();
    let sqlite = matches!(world.store, TestDatabase::Sqlite(_));
    for target in targets(folder.path()) {
        let url = target.url();
        world.ask_json(&["migrate", "transfer", "--to", &url], if sqlite { 4 } else { 3 });
    }
    world.ask(&["migrate", "up"]).ends(0);
    world.db(|conn| execute(conn, "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('29990101000000', '2026-01-01 10:00:00')"));
    let target = folder.path().join("moved.db");
    let said = world.ask(&["migrate", "transfer", "--to", target.to_str().unwrap()]).ends(3);
    assert!(said.err.contains("newer botctl") && !target.exists(), "{said:?}");
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        0,
        "nothing is made for a source that is refused"
    );
    world.ask_json(&["migrate", "transfer", "--to", "mysql://host/x"], 2);
    world.ask(&["migrate", "transfer"]).ends(2);
}

#[rstest]
fn transfer_locks_source_and_target(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = world.store.url().parse().unwrap();
    for target in targets(folder.path()) {
        let url = target.url();
        let document = world.ask_json(&["migrate", "transfer", "--to", &url], 5);
        assert!(
            document["error"]["message"].as_str().unwrap().starts_with("a `botctl serve` is running on "),
            "{document}"
        );
    }
    world.terminate();
    for target in targets(folder.path()) {
        let url = target.url();
        let arguments = ["migrate", "transfer", "--lock-timeout", "0s", "--to", &url];
        for locked in [&source, &url.parse().unwrap()] {
            let held = db::acquire_migrate_lock(locked, Duration::ZERO).unwrap();
            let document = world.ask_json(&arguments, 5);
            assert!(
                document["error"]["message"].as_str().unwrap().contains("changing the schema"),
                "{document}"
            );
            drop(held);
            let held = db::acquire_serve_lock(locked).unwrap();
            world.ask_json(&arguments, 5);
            drop(held);
        }
        world.ask(&arguments).ends(0);
    }
}

#[rstest]
fn a_database_is_not_moved_onto_itself(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.terminate();
    let before = world.db(everything);
    let mut same = vec![world.store.url()];
    if let TestDatabase::Sqlite(path) = &world.store {
        let link = path.with_file_name("link.db");
        std::os::unix::fs::symlink(path, &link).unwrap();
        same.push(link.display().to_string());
    } else {
        same.push(world.store.url().replace("127.0.0.1", "localhost"));
    }
    for url in same {
        let document = world.ask_json(&["migrate", "transfer", "--to", &url], 2);
        assert!(
            document["error"]["message"].as_str().unwrap().contains("both the source and the target"),
            "{document}"
        );
    }
    assert_eq!(world.db(everything), before);
}

#[rstest]
fn killed_transfer_leaves_nothing_and_can_be_repeated(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.terminate();
    world.db(|conn| {
        let many = match conn {
            AnyConnection::Sqlite(_) => "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) ",
            AnyConnection::Pg(_) => "WITH n(i) AS (SELECT generate_series(1, 40000)) ",
        };
        execute(conn, &format!("INSERT INTO audit_log (action, details, timestamp) {many} SELECT 'a', 'a row like many others, with some words in it', '2026-01-01 10:00:00' FROM n"));
        execute(conn, "INSERT INTO job_runs (job, started_at) VALUES ('a', '2026-01-01 10:00:00')");
    });
    let before = world.db(everything);
    let folder = tempfile::tempdir().unwrap();
    for target in targets(folder.path()) {
        let url = target.url();
        kill_in_the_middle(&world, &target);
        match &target {
            TestDatabase::Sqlite(path) => assert!(!path.exists()),
            TestDatabase::Postgres { .. } => assert_eq!(rows(&mut target.open()), 0),
        }
        assert_eq!(world.db(everything), before);
        world.ask(&["migrate", "transfer", "--to", &url]).ends(0);
        assert_eq!(everything(&mut target.open()), before);
    }
    let left = std::fs::read_dir(&folder)
        .unwrap()
        .any(|file| file.unwrap().path().extension().is_some_and(|ending| ending == "transfer"));
    assert!(!left, "what the killed run made is still there");
}

/// The number that the source itself gives next.
fn next_audit_of_fresh(before: &[(&'static str, Vec<String>)]) -> i64 {
    let (_, rows) = before.iter().find(|(table, _)| *table == "audit_log").unwrap();
    // One was given out and deleted.
    i64::try_from(rows.len()).unwrap() + 2
}

/// Starts a transfer and kills it after it has written rows and before it has ended.
fn kill_in_the_middle(world: &World, target: &TestDatabase) {
    let url = target.url();
    // On PostgreSQL a lock holds it up at the last table; a file is big by then.
    let mut held = match target {
        TestDatabase::Sqlite(_) => None,
        TestDatabase::Postgres { .. } => {
            world.ask(&["migrate", "up", "--database-url", &url]).ends(0);
            let mut held = target.open();
            execute(&mut held, "BEGIN");
            execute(&mut held, "LOCK TABLE job_runs IN SHARE MODE");
            Some(held)
        }
    };
    let mut child = world
        .command(&["migrate", "transfer", "--to", &url])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + TIMEOUT;
    let mut look = (held.is_some()).then(|| target.open());
    let is_in_the_middle = |look: &mut Option<AnyConnection>| match (target, look) {
        (TestDatabase::Sqlite(path), _) => {
            std::fs::metadata(path.with_extension("db.transfer")).is_ok_and(|file| file.len() > 1_500_000)
        }
        (TestDatabase::Postgres { .. }, Some(AnyConnection::Pg(conn))) => {
            let waits = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'job_runs'::regclass";
            diesel::sql_query(waits).execute(conn).unwrap() > 0
        }
        _ => unreachable!(),
    };
    while !is_in_the_middle(&mut look) {
        assert!(Instant::now() < deadline, "it never came to the middle");
        assert!(child.try_wait().unwrap().is_none(), "it was over before it could be killed");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None, "it was over before the kill");
    if let Some(held) = &mut held {
        execute(held, "ROLLBACK");
        // The server rolls back the transaction of the killed run first.
        let url = target.url().parse().unwrap();
        let serve = db::acquire_serve_lock(&url).unwrap();
        assert!(serve.is_first);
        drop(db::acquire_migrate_lock(&url, TIMEOUT).unwrap());
    }
}

#[test]
fn nul_byte_is_reported_with_its_row() {
    if !has_postgres() {
        return;
    }
    let world = staffed().build(Backend::Sqlite);
    let order = world.order_in(OrderStatus::New);
    world.terminate();
    world.db(|conn| {
        execute(conn, &format!("UPDATE orders SET notes = 'a' || char(0) || 'b' WHERE id = {order}"));
    });
    let folder = tempfile::tempdir().unwrap();
    let target = TestDatabase::new(Backend::Postgres, folder.path());
    let document = world.ask_json(&["migrate", "transfer", "--to", &target.url()], 1);
    let what = document["error"]["message"].as_str().unwrap();
    assert!(what.contains(&format!("orders.notes of the row \"{order}\" holds a NUL byte")), "{what}");
    assert_eq!(rows(&mut target.open()), 0);
    // SQLite takes it.
    let file = TestDatabase::Sqlite(folder.path().join("moved.db"));
    world.ask(&["migrate", "transfer", "--to", &file.url()]).ends(0);
    assert_eq!(everything(&mut file.open()), world.db(everything));
}

/// Refused with these words, and no target is there afterwards.
fn assert_refused(world: &World, words: &str) {
    let folder = tempfile::tempdir().unwrap();
    for target in targets(folder.path()) {
        let document = world.ask_json(&["migrate", "transfer", "--to", &target.url()], 1);
        let what = document["error"]["message"].as_str().unwrap();
        assert!(what.starts_with(words), "{what} instead of {words}");
        assert!(document["error"]["hint"].as_str().unwrap().contains("correct that value"), "{document}");
        match &target {
            TestDatabase::Sqlite(path) => assert!(!path.exists()),
            TestDatabase::Postgres { .. } => {
                let status = world.ask_json(&["migrate", "status", "--database-url", &target.url()], 0);
                let migrations = status["data"]["migrations"].as_array().unwrap();
                assert!(migrations.iter().all(|one| one["applied_at"].is_null()), "{status}");
            }
        }
    }
}

#[test]
fn hand_edited_values_are_refused_with_their_row_and_column() {
    let world = staffed().build(Backend::Sqlite);
    let order = world.order_in(OrderStatus::Closed);
    world.terminate();
    for (table, key, column, value, found) in [
        ("orders", "id", "total_amount", "500000.5", "real, not an integer"),
        ("orders", "id", "created_at", "'2026-01-01T10:00:00+03:00'", "text, not a time such as"),
        ("orders", "id", "updated_at", "'2026-01-01 10:00:00.1234567'", "text, not a time such as"),
        ("orders", "id", "updated_at", "1767261600", "integer, not a time such as"),
        ("orders", "id", "master_profit", "'half'", "text, not an integer"),
        ("orders", "id", "has_review", "2", "integer, not 0 or 1"),
        ("orders", "id", "notes", "x'00ff'", "blob, not a text"),
        ("order_status_history", "order_id", "changed_by", "x'41'", "blob, not an integer"),
    ] {
        let get = format!("(SELECT {column} FROM {table} WHERE {key} = {order} LIMIT 1)");
        world.db(|conn| {
            execute(conn, &format!("CREATE TABLE kept_{table} AS SELECT {get} AS old"));
            execute(conn, "PRAGMA ignore_check_constraints = ON");
            execute(conn, "PRAGMA foreign_keys = OFF");
            execute(conn, &format!("UPDATE {table} SET {column} = {value} WHERE {key} = {order}"));
        });
        let row = if table == "orders" { format!("\"{order}\"") } else { String::new() };
        let words = format!("{table}.{column} of the row {row}");
        assert_refused(&world, &words);
        let document = world.ask_json(&["migrate", "transfer", "--to", "moved.db"], 1);
        assert!(
            document["error"]["message"].as_str().unwrap().contains(&format!("holds {found}")),
            "{document}"
        );
        world.db(|conn| {
            execute(
                conn,
                &format!(
                    "UPDATE {table} SET {column} = (SELECT old FROM kept_{table}) WHERE {key} = {order}"
                ),
            );
            execute(conn, &format!("DROP TABLE kept_{table}"));
        });
    }
    world.ask(&["migrate", "transfer", "--to", "moved.db"]).ends(0);
}

#[test]
fn times_that_sqlite_cannot_hold_are_refused_with_their_row_and_column() {
    if !has_postgres() {
        return;
    }
    let world = staffed().build(Backend::Postgres);
    let order = world.order_in(OrderStatus::New);
    world.terminate();
    for time in ["infinity", "-infinity", "12026-01-01 10:00:00", "0044-03-15 10:00:00 BC"] {
        world.db(|conn| {
            execute(conn, &format!("UPDATE orders SET created_at = '{time}' WHERE id = {order}"));
        });
        assert_refused(&world, &format!("orders.created_at of the row \"{order}\" holds timestamp"));
    }
    world.db(|conn| {
        execute(
            conn,
            &format!("UPDATE orders SET created_at = '2026-01-01 10:00:00.123456' WHERE id = {order}"),
        );
    });
    world.ask(&["migrate", "transfer", "--to", "moved.db"]).ends(0);
}

#[test]
fn unreadable_row_is_located_by_its_predecessor() {
    let world = staffed().build(Backend::Sqlite);
    let orders = [OrderStatus::New, OrderStatus::New, OrderStatus::New].map(|status| world.order_in(status));
    world.terminate();
    world.db(|conn| {
        execute(
            conn,
            &format!("UPDATE orders SET description = CAST(x'ff' AS TEXT) WHERE id = {}", orders[2]),
        );
    });
    let document = world.ask_json(&["migrate", "transfer", "--to", "moved.db"], 1);
    let what = document["error"]["message"].as_str().unwrap();
    assert!(what.contains(&format!("the row of orders after {} cannot be read", orders[1])), "{what}");
    assert!(document["error"]["hint"].as_str().unwrap().contains("repair that row"), "{document}");
    assert!(!world.cwd().join("moved.db").exists());
}

#[test]
fn transferred_sequences_never_repeat_ids() {
    if !has_postgres() {
        return;
    }
    let world = empty().stopped().build(Backend::Postgres);
    world.ask(&["migrate", "up"]).ends(0);
    // As an earlier transfer leaves it: set, and not used since.
    world.db(|conn| execute(conn, "ALTER TABLE audit_log ALTER COLUMN id RESTART WITH 401"));
    world.ask(&["migrate", "transfer", "--to", "moved.db"]).ends(0);
    let file = TestDatabase::Sqlite(world.cwd().join("moved.db"));
    assert_eq!(next_audit(&mut file.open()), 401);
}

#[test]
fn target_errors_name_the_target() {
    if !has_postgres() {
        return;
    }
    let world = empty().stopped().build(Backend::Sqlite);
    world.ask(&["migrate", "up"]).ends(0);
    let target = TestDatabase::new(Backend::Postgres, &world.cwd());
    execute(&mut target.open(), "CREATE TABLE somebody_elses (id BIGINT)");
    let said = world.ask(&["migrate", "transfer", "--to", &target.url()]).ends(3);
    assert!(said.err.contains("with --to") && !said.err.contains("--database-url"), "{said:?}");
}

#[test]
fn a_full_disk_leaves_nothing() {
    let world = staffed().build(Backend::Sqlite);
    world.terminate();
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("moved.db");
    let mut command = std::process::Command::new("/bin/sh");
    // Blocks of 512 bytes: less than the schema takes.
    let script = format!(
        "ulimit -f 40; exec {} migrate transfer --to {}",
        env!("CARGO_BIN_EXE_botctl"),
        target.display()
    );
    command.args(["-c", &script]).env_clear().env("DATABASE_URL", world.store.url()).current_dir(world.cwd());
    let output = crate::world::run_to_end(command);
    assert_eq!(output.status.code(), Some(1), "{}", crate::world::said(&output));
    assert!(crate::world::said(&output).contains("hint: "), "{}", crate::world::said(&output));
    let left: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.contains(".lock"))
        .collect();
    assert_eq!(left, [""; 0]);
    world.ask(&["migrate", "transfer", "--to", target.to_str().unwrap()]).ends(0);
    drop(db::open_connection(&target.display().to_string().parse().unwrap()).unwrap());
}
