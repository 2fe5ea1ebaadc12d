//! `migrate adopt`: databases of the old bot, whole and broken, with kills, full disks and others at work on them.
//!
//! `legacy/*.sql` are the old bot's two schemas with rows as it left them, and one of a later version with everything that
//! can be odd about one.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::sqlite::SqliteConnection;
use serde_json::{Value, json};

use botctl::testing::domain::OrderStatus;
use telegram_sandbox::TelegramUser;

use crate::world::{ADMIN, Backend, TIMEOUT, TestDatabase, World, empty, has_postgres, run_to_end, said};

mod dry_run;
mod failures;
mod oddities;
mod refusals;
mod rows;

const ALEMBIC: &str = include_str!("../legacy/alembic_001.sql");
const INIT_DB: &str = include_str!("../legacy/init_db.sql");
const LATER: &str = include_str!("../legacy/later.sql");

/// A folder with a database of the old bot in it.
struct LegacyFolder {
    folder: tempfile::TempDir,
}

impl LegacyFolder {
    fn new(sql: &str) -> Self {
        let old = Self { folder: tempfile::tempdir().unwrap() };
        connect(&old.file()).batch_execute(sql).unwrap();
        old
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("bot_database.db")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_botctl"));
        command.args(arguments).env_clear().current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str], code: i32) -> Output {
        let output = run_to_end(self.command(arguments));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        output
    }

    fn adopt(&self) -> Value {
        document_data(&self.run(&["migrate", "adopt", "--json"], 0))
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(self.file()).unwrap()
    }

    /// Every file in the folder but the (empty) lock files.
    fn files(&self) -> Vec<String> {
        let names = fs::read_dir(&self.folder).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
        names.retain(|name| !name.ends_with("lock"));
        names.sort();
        names
    }
}

fn connect(file: &Path) -> SqliteConnection {
    let mut conn = SqliteConnection::establish(file.to_str().unwrap()).unwrap();
    conn.batch_execute("PRAGMA foreign_keys = OFF").unwrap();
    conn
}

fn document_data(output: &Output) -> Value {
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(output)));
    assert_eq!(document["ok"], json!(true), "{document}");
    document["data"].clone()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The rows of a query, each one text.
fn query_texts(conn: &mut SqliteConnection, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Text>)]
        row: Option<String>,
    }
    let rows: Vec<Row> =
        diesel::sql_query(query).load(conn).unwrap_or_else(|error| panic!("{query}: {error}"));
    rows.into_iter().map(|row| row.row.unwrap_or_default()).collect()
}

fn query_number(conn: &mut SqliteConnection, query: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    diesel::sql_query(query).get_result::<Row>(conn).unwrap_or_else(|error| panic!("{query}: {error}")).n
}

/// What the database says about itself.
fn assert_sound(conn: &mut SqliteConnection) {
    assert_eq!(query_texts(conn, "SELECT integrity_check AS row FROM pragma_integrity_check"), ["ok"]);
    assert_eq!(query_number(conn, "SELECT count(*) AS n FROM pragma_foreign_key_check"), 0);
}

/// Of each kind: how often, over all tables.
fn counts_by_kind(report: &Value, part: &str) -> Vec<(String, u64)> {
    let changes = report[part].as_array().unwrap().iter();
    changes
        .map(|change| {
            let name = format!("{} {}", change["table"].as_str().unwrap(), change["kind"].as_str().unwrap());
            (name, change["count"].as_u64().unwrap())
        })
        .collect()
}

fn count_of(report: &Value, kind: &str) -> u64 {
    counts_by_kind(report, "repaired").iter().find(|(name, _)| name == kind).map_or(0, |(_, count)| *count)
}

/// Each adopted row beside its source, in SQL that knows nothing of the program.
fn assert_rows_match_source(file: &Path, source: &Path) {
    let mut conn = connect(file);
    conn.batch_execute(&format!("ATTACH '{}' AS old", source.display())).unwrap();
    let utc = |column: &str| {
        format!(
            "rtrim(replace({column}, 'T', ' ') || CASE WHEN {column} LIKE '%.%' THEN '' ELSE '.' END, '0.')"
        )
    };
    let same_time =
        |column: &str| format!("{} = {}", utc(&format!("n.{column}")), utc(&format!("o.{column}")));
    let differ = |conn: &mut SqliteConnection, table: &str, same: &[String]| {
        let total = query_number(conn, &format!("SELECT count(*) AS n FROM old.{table}"));
        for same in same {
            let query = format!(
                "SELECT count(*) AS n FROM main.{table} n JOIN old.{table} o ON o.id = n.id WHERE {same}"
            );
            assert_eq!(query_number(conn, &query), total, "{table}: {same}");
        }
        // And the old rows are where they were put, to the last byte and type.
        let columns =
            query_texts(conn, &format!("SELECT name AS row FROM pragma_table_info('legacy_{table}')"));
        let typed: Vec<_> = columns.iter().map(|name| format!("typeof({name}), {name}")).collect();
        let typed = typed.join(", ");
        let gone = format!(
            "SELECT count(*) AS n FROM (SELECT {typed} FROM old.{table} EXCEPT SELECT {typed} FROM legacy_{table})"
        );
        assert_eq!(query_number(conn, &gone), 0, "legacy_{table}");
        assert_eq!(query_number(conn, &format!("SELECT count(*) AS n FROM legacy_{table}")), total);
    };
    let is = |columns: &[&str]| columns.iter().map(|c| format!("n.{c} IS o.{c}")).collect::<Vec<_>>();
    let mut users = is(&["telegram_id", "username", "first_name", "last_name"]);
    users.push(
        "n.role = CASE o.role WHEN 'MASTER,DISPATCHER' THEN 'DISPATCHER,MASTER' ELSE o.role END".to_owned(),
    );
    users.push(same_time("created_at"));
    differ(&mut conn, "users", &users);
    let mut masters =
        is(&["telegram_id", "phone", "specialization", "is_active", "is_approved", "work_chat_id"]);
    masters.push(same_time("created_at"));
    differ(&mut conn, "masters", &masters);
    let mut orders = is(&[
        "equipment_type",
        "description",
        "client_name",
        "client_address",
        "client_phone",
        "status",
        "assigned_master_id",
        "notes",
        "has_review",
    ]);
    orders.push(
        "n.dispatcher_id IS CASE o.dispatcher_id WHEN 555 THEN -5000000000000555 ELSE o.dispatcher_id END"
            .to_owned(),
    );
    orders.push("n.scheduled_time IS nullif(o.scheduled_time, '⏭️ Пропустить')".to_owned());
    for column in ["total_amount", "materials_cost", "master_profit"] {
        orders.push(format!("n.{column} IS CAST(o.{column} * 100 + 0.500001 AS INTEGER)"));
    }
    orders.push("n.company_profit IS n.total_amount - n.materials_cost - n.master_profit".to_owned());
    orders.push(
        "(o.company_profit IS NULL OR abs(n.company_profit - o.company_profit * 100) < 1.6)".to_owned(),
    );
    orders.extend([same_time("created_at"), same_time("updated_at")]);
    differ(&mut conn, "orders", &orders);
    let mut history = is(&["order_id", "old_status", "new_status", "changed_by", "notes"]);
    history.push(same_time("changed_at"));
    differ(&mut conn, "order_status_history", &history);
    let mut audit = is(&["user_id", "action", "details"]);
    audit.push(same_time("timestamp"));
    differ(&mut conn, "audit_log", &audit);
    assert_sound(&mut conn);
}

fn wal_path(file: &Path) -> PathBuf {
    file.with_extension("db-wal")
}

/// A database made by `init_db()`, with this done to it, and the report of taking it over.
fn adopt_with(sql: &str) -> (LegacyFolder, Value) {
    let old = LegacyFolder::new(INIT_DB);
    connect(&old.file()).batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let report = old.adopt();
    assert_sound(&mut connect(&old.file()));
    (old, report)
}

/// The same without a backup, after a dry run that reported the same.
fn adopt_without_backup(sql: &str) -> (LegacyFolder, Value) {
    let old = LegacyFolder::new(INIT_DB);
    connect(&old.file()).batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let dry = document_data(&old.run(&["migrate", "adopt", "--dry-run", "--json"], 0));
    let report = document_data(&old.run(&["migrate", "adopt", "--no-backup", "--yes", "--json"], 0));
    assert_eq!(dry["tables"], report["tables"]);
    assert_sound(&mut connect(&old.file()));
    (old, report)
}

/// Runs the program under a shell's limit of file sizes.
fn run_with_file_size_limit(old: &LegacyFolder, kilobytes: u64, arguments: &[&str]) -> Output {
    let script = format!("ulimit -f {}; exec \"$0\" \"$@\"", kilobytes * 2);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_botctl")]).args(arguments);
    command.env_clear().env("TMPDIR", old.folder.path()).current_dir(&old.folder).stdin(Stdio::null());
    run_to_end(command)
}

/// The same rows many times over, so that there is a middle in which to be killed.
fn multiply_orders(old: &LegacyFolder, times: usize) {
    let mut conn = connect(&old.file());
    let columns = "equipment_type, description, client_name, client_address, client_phone, status, assigned_master_id,
                   dispatcher_id, notes, scheduled_time, total_amount, materials_cost, master_profit, company_profit, has_review,
                   created_at, updated_at";
    conn.batch_execute(&format!(
        "WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < {times})
         INSERT INTO orders ({columns}) SELECT {columns} FROM orders, n;"
    ))
    .unwrap();
}
