//! How both databases run the statements of a working day: none may read a whole table that grows with the company.
//!
//! A plan for unknown values is what counts. PostgreSQL makes one after a few runs of a prepared statement, and then a
//! condition such as `state = $1` cannot use an index that has `WHERE state = 'pending'`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use diesel::connection::{InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::bot::testing::{ADMIN, DISPATCHER, GROUP, MASTER, World};
use crate::config::database::DatabaseUrl;
use crate::db::{AnyConnection, announcements, connection, dead_letters, old_rows, order_watch};
use crate::domain::ids::OrderId;
use crate::migrate;
use crate::migrate::testing::ScratchDatabase;

/// The tables with a row per user, order, update or message.
const GROWING_TABLES: [&str; 13] = [
    "users",
    "orders",
    "order_status_history",
    "order_changes",
    "order_comments",
    "order_files",
    "order_messages",
    "order_search",
    "audit_log",
    "inbox",
    "outbox",
    "dialogues",
    "dialogue_questions",
];

/// The indexes of SQLite's that hold a few rows only: what waits to be sent or cannot be, and users with a role.
const PARTIAL_INDEXES: [&str; 3] = ["outbox_pending", "outbox_dead", "users_with_role"];

/// Statements that may read a whole table: a type that is added gives its id to the orders that have its name; the test itself
/// counts orders; nothing is read for an empty page; and once in an hour housekeeping looks for expired dialogues, of which there
/// are those of the last week.
const EXCEPTIONS: [&str; 4] =
    ["SET `equipment_type_id`", "GROUP BY `orders`.`status`", "(1=0)", "(`dialogues`.`expires_at` <"];

/// Collects the distinct statements of a connection.
fn record_statements(conn: &mut AnyConnection) -> Arc<Mutex<BTreeSet<String>>> {
    let statements = Arc::new(Mutex::new(BTreeSet::new()));
    let recorded = Arc::clone(&statements);
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let query = query.to_string();
            let statement = query.split(" -- binds:").next().unwrap().to_owned();
            recorded.lock().unwrap().insert(statement);
        }
    });
    statements
}

/// Lets everyone do what they do all day. Returns the statements and the connection.
fn work_for_a_day(mut conn: AnyConnection) -> (BTreeSet<String>, AnyConnection) {
    let recorded = record_statements(&mut conn);
    let mut world = World::on(conn);
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    world.press(MASTER, MASTER, card, &format!("onsite_order:{order}"));
    world.press(MASTER, MASTER, card, &format!("complete_order:{order}"));
    for answer in ["5000", "500", "Yes", "Yes"] {
        world.say(MASTER, MASTER, answer);
    }
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    for text in ["📅 Today", "📋 My orders"] {
        world.say(MASTER, MASTER, text);
    }
    world.press(DISPATCHER, DISPATCHER, 5, &format!("assign_order:{order}"));
    for text in ["📋 All orders", "👥 Masters", "/find Testov", "/order 1", "+7 999 000-11-22"] {
        world.say(DISPATCHER, DISPATCHER, text);
    }
    world.bot_added(ADMIN, GROUP);
    watch_orders(&mut world);
    let statements = recorded.lock().unwrap().clone();
    (statements, world.tx)
}

/// Reads what the scheduled jobs read every few minutes.
fn watch_orders(world: &mut World) {
    let now = world.now();
    let open = order_watch::list_open_orders(&mut world.tx).unwrap();
    assert!(!open.is_empty());
    let stays = order_watch::list_status_stays(&mut world.tx, &open).unwrap();
    assert!(stays.values().all(|stay| stay.change.is_some()));
    let ids: Vec<OrderId> = open.iter().map(|order| order.id).collect();
    announcements::list_announcements(&mut world.tx, &ids).unwrap();
    dead_letters::find_new_dead_letters(&mut world.tx, 0).unwrap();
    dead_letters::list_dead_chats(&mut world.tx).unwrap();
    old_rows::list_old_messages(&mut world.tx, now, 0, 100).unwrap();
    old_rows::delete_expired_dialogues(&mut world.tx, now, 100).unwrap();
}

#[derive(QueryableByName)]
struct PlanLine {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// Returns the lines of the plans that read all of a growing table, with their statements.
fn full_scans(statements: &BTreeSet<String>, mut plan: impl FnMut(&str) -> Vec<String>) -> Vec<String> {
    let is_planned = |statement: &&String| {
        ["SELECT", "UPDATE", "DELETE", "WITH"].iter().any(|verb| statement.starts_with(verb))
            && GROWING_TABLES.iter().any(|table| statement.contains(table))
            && !EXCEPTIONS.iter().any(|part| statement.replace('"', "`").contains(part))
    };
    let mut scans = Vec::new();
    for statement in statements.iter().filter(is_planned) {
        for line in plan(statement) {
            if GROWING_TABLES.iter().any(|table| is_scan_of(&line, table)) {
                scans.push(format!("{line}\n    {statement}"));
            }
        }
    }
    scans
}

/// Whether a line of a plan of SQLite (`SCAN orders`) or of PostgreSQL (`Seq Scan on orders`) reads the whole table.
fn is_scan_of(line: &str, table: &str) -> bool {
    let words: Vec<&str> = line.trim().trim_start_matches("->").split_whitespace().collect();
    match words.as_slice() {
        // A part of an index that is read to its end is no search, but as small as its condition makes it.
        ["SCAN", name, rest @ ..] => {
            *name == table && !PARTIAL_INDEXES.iter().any(|index| rest.contains(index))
        }
        ["Seq", "Scan", "on", name, ..] => *name == table,
        _ => false,
    }
}

#[test]
fn no_statement_of_a_day_reads_a_growing_table_on_sqlite() {
    let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(PathBuf::from(":memory:"))).unwrap();
    migrate::apply_pending(&mut conn).unwrap();
    let (statements, conn) = work_for_a_day(conn);
    let AnyConnection::Sqlite(mut conn) = conn else { panic!("not SQLite") };
    let scans = full_scans(&statements, |statement| {
        sqlite_plan(&mut conn, &format!("EXPLAIN QUERY PLAN {statement}"))
    });
    assert!(scans.is_empty(), "{} of {}:\n{}", scans.len(), statements.len(), scans.join("\n"));
}

fn sqlite_plan(conn: &mut SqliteConnection, explain: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }
    let steps: Vec<Step> = diesel::sql_query(explain).load(conn).unwrap();
    steps.into_iter().map(|step| step.detail).collect()
}

#[test]
fn no_statement_of_a_day_reads_a_growing_table_on_postgres() {
    let Some(scratch) = ScratchDatabase::create() else { return };
    let (statements, conn) = work_for_a_day(scratch.open());
    let AnyConnection::Pg(mut conn) = conn else { panic!("not PostgreSQL") };
    // The tables of a test are so small that reading them whole would be right. What is left with this is what no index
    // can serve.
    conn.batch_execute("SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off").unwrap();
    let scans = full_scans(&statements, |statement| postgres_plan(&mut conn, statement));
    assert!(scans.is_empty(), "{} of {}:\n{}", scans.len(), statements.len(), scans.join("\n"));
}

fn postgres_plan(conn: &mut PgConnection, statement: &str) -> Vec<String> {
    conn.batch_execute(&format!("PREPARE checked AS {statement}"))
        .unwrap_or_else(|error| panic!("{error}: {statement}"));
    let parameters = (1..1000).take_while(|number| statement.contains(&format!("${number}"))).count();
    let values =
        if parameters == 0 { String::new() } else { format!("({})", vec!["NULL"; parameters].join(", ")) };
    let explain = format!("EXPLAIN EXECUTE checked{values}");
    let lines: Vec<PlanLine> = diesel::sql_query(&explain).load(conn).unwrap();
    conn.batch_execute("DEALLOCATE checked").unwrap();
    lines.into_iter().map(|line| line.line).collect()
}

#[derive(QueryableByName)]
struct UpdateCounts {
    #[diesel(sql_type = BigInt)]
    updated: i64,
    #[diesel(sql_type = BigInt)]
    heap_only: i64,
}

#[test]
fn steps_of_a_dialogue_are_heap_only_updates_on_postgres() {
    let Some(scratch) = ScratchDatabase::create() else { return };
    let mut conn = scratch.open();
    // The counts of a transaction can be read in it.
    conn.begin_test_transaction().unwrap();
    let mut world = World::on(conn);
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    let question = world.screens.iter().rev().find(|((chat, _), _)| *chat == DISPATCHER);
    let ((_, message), screen) = question.expect("the question for the type");
    let message = *message;
    let data = screen["reply_markup"]["inline_keyboard"][0][0]["callback_data"].as_str().unwrap().to_owned();
    world.press(DISPATCHER, DISPATCHER, message, &data);
    for text in ["The oven does not heat", "+7 912 345-67-89"] {
        world.say(DISPATCHER, DISPATCHER, text);
    }
    let counts = "SELECT n_tup_upd AS updated, n_tup_hot_upd AS heap_only
        FROM pg_stat_xact_user_tables WHERE relname = 'dialogues'";
    let AnyConnection::Pg(mut conn) = world.tx else { panic!("not PostgreSQL") };
    let seen: UpdateCounts = diesel::sql_query(counts).get_result(&mut conn).unwrap();
    assert!(seen.updated > 1, "{} updates", seen.updated);
    assert_eq!(seen.heap_only, seen.updated);
}
