//! `migrate` when it gets difficult: failing, changed and unknown migrations, kills, locks, two runs, rebuilt tables.
//! The migrations of these tests are in a folder (`--source`): those built in, and what a test adds.

mod data;
mod failures;
mod inspection;
mod locks;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use botctl::testing::db::AnyConnection;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::Value;

use crate::world::{TestDatabase, World, WorldSetup, empty, run_to_end, said};

/// The migrations that are built in: version and name.
pub const BUILT_IN: [(&str, &str); 20] = [
    ("20261122000000", "create_schema"),
    ("20261127000000", "add_skipped_state"),
    ("20261127010000", "add_topics"),
    ("20261127020000", "add_order_files"),
    ("20261128000000", "add_settings"),
    ("20261128010000", "add_visits"),
    ("20261129000000", "add_equipment_types"),
    ("20261129010000", "add_order_progress"),
    ("20261129020000", "add_order_changes"),
    ("20261129030000", "add_order_search"),
    ("20261129040000", "add_people_settings"),
    ("20261129050000", "add_dialogue_questions"),
    ("20261130000000", "add_lookup_indexes"),
    ("20261130030000", "add_report_indexes"),
    ("20261130040000", "add_staff_index"),
    ("20261201000000", "add_rates"),
    ("20261201020000", "add_announcements"),
    ("20261201030000", "drop_dialogue_expiry_index"),
    ("20261201040000", "add_ledger"),
    ("20261201050000", "add_hand_overs"),
];
pub const FIRST: &str = BUILT_IN[0].0;
/// The newest of those built in.
pub const NEWEST: &str = BUILT_IN[BUILT_IN.len() - 1].0;
pub const SECOND: &str = "2027-01-01-000000_second";
pub const THIRD: &str = "2027-01-02-000000_third";

/// Users with an order that was accepted and closed.
pub const DATA: &str = "
    INSERT INTO users (telegram_id, created_at) VALUES (11, '2026-11-22 10:00:00');
    INSERT INTO masters (telegram_id, phone, specialization, created_at)
        VALUES (11, '+79990001122', 'ovens', '2026-11-22 10:00:00');
    INSERT INTO orders (equipment_type, description, client_name, client_address, client_phone, created_at, updated_at)
        VALUES ('x', 'x', 'Ivan Testov', 'x', '+79990001122', '2026-11-22 10:00:00', '2026-11-22 10:00:00');
    INSERT INTO order_status_history (order_id, new_status, changed_at) VALUES
        (1, 'NEW', '2026-11-22 10:00:00'), (1, 'REFUSED', '2026-11-22 10:00:01');
    INSERT INTO order_messages (order_id, chat_id, kind, created_at) VALUES (1, 42, 'staff', '2026-11-22 10:00:00');
    INSERT INTO outbox (chat_id, method, payload, order_message_id, due_at, created_at)
        VALUES (42, 'sendMessage', '{}', 1, '2026-11-22 10:00:00', '2026-11-22 10:00:00');";

/// Stopped, with PostgreSQL's client programs within reach.
pub fn with_clients() -> WorldSetup {
    empty().stopped().with("PATH", &std::env::var("PATH").unwrap_or_default())
}

pub fn add(world: &World, folder: &str, up: &str, down: &str) {
    write(world, folder, "up.sql", up);
    write(world, folder, "down.sql", down);
}

pub fn write(world: &World, folder: &str, file: &str, text: &str) {
    let folder = source(world).join(folder);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(file), text).unwrap();
}

/// The folder of this world's migrations, in the dialect of its database.
pub fn source(world: &World) -> PathBuf {
    let backend = if is_sqlite(world) { "sqlite" } else { "postgres" };
    let folder = world.cwd().join("mig").join(backend);
    if !folder.exists() {
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(backend);
        for entry in fs::read_dir(built_in).unwrap() {
            let from = entry.unwrap().path();
            let to = folder.join(from.file_name().unwrap());
            fs::create_dir_all(&to).unwrap();
            for file in fs::read_dir(from).unwrap() {
                let file = file.unwrap().path();
                fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
            }
        }
    }
    folder
}

pub fn is_sqlite(world: &World) -> bool {
    matches!(world.store, TestDatabase::Sqlite(_))
}

/// `botctl migrate` on this world's migrations.
pub fn migrate(world: &World, arguments: &[&str]) -> Command {
    source(world);
    let mut all = vec!["migrate"];
    all.extend(arguments);
    all.extend(["--source", "../cwd/mig"]);
    world.command(&all)
}

/// Runs it to its end, checks the exit code and returns all it said.
pub fn run(world: &World, arguments: &[&str], code: i32) -> String {
    let output = run_to_end(migrate(world, arguments));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// The same as a document.
pub fn json(world: &World, arguments: &[&str], code: i32) -> Value {
    let mut arguments = arguments.to_vec();
    arguments.push("--json");
    let output = run_to_end(migrate(world, &arguments));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 1, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[derive(QueryableByName)]
pub struct Number {
    #[diesel(sql_type = BigInt)]
    pub number: i64,
}

pub fn number(world: &World, query: &str) -> i64 {
    let query = diesel::sql_query(format!("SELECT count(*) AS number FROM {query}"));
    let mut conn = world.store.open();
    let found: Number = match &mut conn {
        AnyConnection::Sqlite(c) => query.get_result(c),
        AnyConnection::Pg(c) => query.get_result(c),
    }
    .unwrap();
    found.number
}

pub fn script(conn: &mut AnyConnection, text: &str) {
    match conn {
        AnyConnection::Sqlite(c) => c.batch_execute(text),
        AnyConnection::Pg(c) => c.batch_execute(text),
    }
    .unwrap_or_else(|error| panic!("{text}: {error}"));
}

pub fn tables(world: &World) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let query = if is_sqlite(world) {
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    } else {
        "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
    };
    let mut conn = world.store.open();
    let rows: Vec<Table> = match &mut conn {
        AnyConnection::Sqlite(c) => diesel::sql_query(query).load(c),
        AnyConnection::Pg(c) => diesel::sql_query(query).load(c),
    }
    .unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

/// Every file beside the database and what is in it; nothing for a server.
pub fn files(world: &World) -> BTreeMap<String, Vec<u8>> {
    let TestDatabase::Sqlite(path) = &world.store else { return BTreeMap::new() };
    let files = fs::read_dir(path.parent().unwrap()).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.is_file());
    files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .collect()
}
