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

use botctl::domain::status::Status;
use telegram_sandbox::TelegramUser;

use crate::world::{ADMIN, Backend, PATIENCE, Store, World, empty, has_postgres, run_to_end, said};

const ALEMBIC: &str = include_str!("legacy/alembic_001.sql");
const INIT_DB: &str = include_str!("legacy/init_db.sql");
const LATER: &str = include_str!("legacy/later.sql");

/// A folder with a database of the old bot in it.
struct Old {
    folder: tempfile::TempDir,
}

impl Old {
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
        data(&self.run(&["migrate", "adopt", "--json"], 0))
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

fn data(output: &Output) -> Value {
    let document: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(output)));
    assert_eq!(document["ok"], json!(true), "{document}");
    document["data"].clone()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The rows of a query, each one text.
fn rows(conn: &mut SqliteConnection, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Text>)]
        row: Option<String>,
    }
    let rows: Vec<Row> =
        diesel::sql_query(query).load(conn).unwrap_or_else(|error| panic!("{query}: {error}"));
    rows.into_iter().map(|row| row.row.unwrap_or_default()).collect()
}

fn number(conn: &mut SqliteConnection, query: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        n: i64,
    }
    diesel::sql_query(query).get_result::<Row>(conn).unwrap_or_else(|error| panic!("{query}: {error}")).n
}

/// What the database says about itself.
fn is_sound(conn: &mut SqliteConnection) {
    assert_eq!(rows(conn, "SELECT integrity_check AS row FROM pragma_integrity_check"), ["ok"]);
    assert_eq!(number(conn, "SELECT count(*) AS n FROM pragma_foreign_key_check"), 0);
}

/// Of each kind: how often, over all tables.
fn counts(report: &Value, part: &str) -> Vec<(String, u64)> {
    let changes = report[part].as_array().unwrap().iter();
    changes
        .map(|change| {
            let name = format!("{} {}", change["table"].as_str().unwrap(), change["kind"].as_str().unwrap());
            (name, change["count"].as_u64().unwrap())
        })
        .collect()
}

fn count_of(report: &Value, kind: &str) -> u64 {
    counts(report, "repaired").iter().find(|(name, _)| name == kind).map_or(0, |(_, count)| *count)
}

/// Each adopted row beside its source, in SQL that knows nothing of the program.
fn is_the_same_row_by_row(file: &Path, source: &Path) {
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
        let total = number(conn, &format!("SELECT count(*) AS n FROM old.{table}"));
        for same in same {
            let query = format!(
                "SELECT count(*) AS n FROM main.{table} n JOIN old.{table} o ON o.id = n.id WHERE {same}"
            );
            assert_eq!(number(conn, &query), total, "{table}: {same}");
        }
        // And the old rows are where they were put, to the last byte and type.
        let columns = rows(conn, &format!("SELECT name AS row FROM pragma_table_info('legacy_{table}')"));
        let typed: Vec<_> = columns.iter().map(|name| format!("typeof({name}), {name}")).collect();
        let typed = typed.join(", ");
        let gone = format!(
            "SELECT count(*) AS n FROM (SELECT {typed} FROM old.{table} EXCEPT SELECT {typed} FROM legacy_{table})"
        );
        assert_eq!(number(conn, &gone), 0, "legacy_{table}");
        assert_eq!(number(conn, &format!("SELECT count(*) AS n FROM legacy_{table}")), total);
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
    is_sound(&mut conn);
}

#[test]
fn both_schemas_come_over_row_by_row() {
    let made_by_alembic = [
        ("orders skip_label", 98),
        ("orders missing_user", 5),
        ("orders missing_master", 5),
        ("orders shares_rounded", 40),
        ("orders kopeck_fractions", 85),
        ("users role_order", 5),
    ];
    let made_by_init_db = [
        ("orders skip_label", 93),
        ("orders missing_user", 5),
        ("orders missing_master", 4),
        ("orders shares_rounded", 32),
        ("orders kopeck_fractions", 79),
        ("users role_order", 5),
    ];
    for (sql, made_by, mended) in
        [(ALEMBIC, "alembic 001_initial_schema", made_by_alembic), (INIT_DB, "init_db", made_by_init_db)]
    {
        let old = Old::new(sql);
        let source = old.folder.path().join("source.db");
        fs::copy(old.file(), &source).unwrap();
        let report = old.adopt();
        assert_eq!(report["old_schema"], made_by);
        let mended = mended.map(|(kind, count)| (kind.to_owned(), count));
        assert_eq!(counts(&report, "repaired"), mended);
        assert_eq!(report["kept_in_legacy"], json!([]));
        is_the_same_row_by_row(&old.file(), &source);
        let mut conn = connect(&old.file());
        // The rules of this report hold in the database, too.
        for table in report["tables"].as_array().unwrap() {
            let name = table["name"].as_str().unwrap();
            assert_eq!(
                number(&mut conn, &format!("SELECT count(*) AS n FROM {name}")),
                table["rows_out"].as_i64().unwrap()
            );
        }
        for sum in report["money"].as_array().unwrap() {
            let column = sum["column"].as_str().unwrap();
            assert_eq!(
                number(&mut conn, &format!("SELECT sum({column}) AS n FROM orders")),
                sum["sum_out"].as_i64().unwrap()
            );
            // What somebody gets who adds up the old column.
            assert_eq!(
                number(
                    &mut connect(&source),
                    &format!("SELECT CAST(round(sum({column}) * 100) AS INTEGER) AS n FROM orders")
                ),
                sum["sum_in"].as_i64().unwrap()
            );
        }
        // New orders go on where the old ones ended.
        assert_eq!(number(&mut conn, "SELECT seq AS n FROM sqlite_sequence WHERE name = 'orders'"), 400);
        assert_eq!(rows(&mut conn, "SELECT journal_mode AS row FROM pragma_journal_mode"), ["wal"]);
        drop(conn);
        old.run(&["migrate", "status", "--check"], 0);
        // The backup is the old database.
        let backup = old.folder.path().join(report["backup"].as_str().unwrap());
        let mut backup = connect(&backup);
        assert_eq!(
            number(&mut backup, "SELECT count(*) AS n FROM orders WHERE scheduled_time LIKE '%Пропустить'"),
            i64::try_from(mended[0].1).unwrap()
        );
    }
}

#[test]
fn a_second_run_does_nothing() {
    for sql in [ALEMBIC, LATER] {
        let old = Old::new(sql);
        old.adopt();
        let (before, files) = (old.bytes(), old.files());
        let report = old.adopt();
        assert_eq!((&report["adopted"], &report["backup"]), (&json!(false), &Value::Null));
        let text = old.run(&["migrate", "adopt"], 0);
        assert!(String::from_utf8_lossy(&text.stdout).starts_with("nothing to do"), "{}", said(&text));
        old.run(&["migrate", "adopt", "--dry-run"], 0);
        assert!(old.bytes() == before, "the file has changed");
        assert_eq!(old.files(), files);
    }
}

#[test]
fn a_later_version_comes_over_with_everything_odd_about_it() {
    let old = Old::new(LATER);
    let report = old.adopt();
    let aside = [
        ("audit_log deleted", 1),
        ("masters deleted", 1),
        ("orders deleted", 1),
        ("users deleted", 2),
        ("order_status_history no_order", 2),
    ];
    assert_eq!(counts(&report, "kept_in_legacy"), aside.map(|(kind, count)| (kind.to_owned(), count)));
    for kind in [
        "users senior_master",
        "users unknown_role",
        "orders unknown_status",
        "masters work_chat",
        "orders shares_off",
    ] {
        assert_eq!(count_of(&report, kind), 1, "{kind}");
    }
    let mut conn = connect(&old.file());
    is_sound(&mut conn);
    let people =
        "SELECT telegram_id || ' ' || role || ' ' || coalesce(first_name, '-') || ' ' || created_at AS row
                  FROM users WHERE telegram_id > 0 ORDER BY id";
    assert_eq!(
        rows(&mut conn, people),
        [
            "501 ADMIN Anna 2025-11-01 08:00:00",
            "502 DISPATCHER,MASTER Denis 2025-11-01 08:00:01.500",
            "503 MASTER Semyon 2025-11-01 08:00:02",
            "505 MASTER Olga 2025-11-01 08:00:04",
            "507 MASTER - 2025-11-02 08:00:04",
        ]
    );
    let masters = "SELECT id || ' ' || telegram_id || ' ' || phone || ' ' || is_active || is_approved || ' ' || coalesce(work_chat_id, '-') AS row
                   FROM masters ORDER BY id";
    assert_eq!(
        rows(&mut conn, masters),
        [
            "1 502 +79000000502 11 -1001000000502",
            "2 503 +79000000503 11 -",
            "3 -6000000000000003  01 -",
            "4 -6000000000000004 +79000000506 01 -",
            "5 507 +79000000507 11 -",
            "41 -6000000000000041  01 -",
        ]
    );
    let orders = "SELECT id || ' ' || status || ' ' || coalesce(assigned_master_id, '-') || ' ' || coalesce(dispatcher_id, '-')
                  || ' ' || coalesce(scheduled_time, '-') || ' ' || coalesce(total_amount, '-') || ' ' || coalesce(materials_cost, '-')
                  || ' ' || coalesce(master_profit, '-') || ' ' || coalesce(company_profit, '-') || ' ' || coalesce(has_review, '-')
                  || ' ' || created_at AS row FROM orders ORDER BY id";
    assert_eq!(
        rows(&mut conn, orders),
        [
            "10 NEW - 502 - - - - - 0 2025-11-03 08:00:00",
            "12 ASSIGNED 2 -5000000000000504 tomorrow - - - - - 2025-11-03 08:00:02",
            "13 ONSITE 41 502 - - - - - 0 2025-11-04 09:00:00",
            "14 CLOSED 4 -5000000000000999 - 500000 100001 200000 199999 1 2025-11-03 08:00:04",
            "15 CLOSED 3 502 - 120050 - -500 - 1 2025-11-03 08:00:05",
            "16 REFUSED 5 - - - 1000 - - - 2025-11-03 08:00:06",
        ]
    );
    // The deleted order is not lost, but the number of the next one is beyond all that ever were.
    assert_eq!(
        rows(&mut conn, "SELECT description AS row FROM legacy_orders WHERE id = 11"),
        ["Deleted by mistake"]
    );
    assert_eq!(number(&mut conn, "SELECT seq AS n FROM sqlite_sequence WHERE name = 'orders'"), 40);
    assert_eq!(
        rows(&mut conn, "SELECT new_status AS row FROM order_status_history WHERE id = 3"),
        ["RESCHEDULED"]
    );
    // What has no place is where the report says.
    for table in report["unknown_tables"].as_array().unwrap() {
        let legacy = table["legacy"].as_str().unwrap();
        assert_eq!(
            number(&mut conn, &format!("SELECT count(*) AS n FROM {legacy}")),
            table["rows"].as_i64().unwrap()
        );
    }
    assert_eq!(rows(&mut conn, "SELECT hex(value) AS row FROM legacy_settings"), ["00FF"]);
    let dropped: Vec<_> =
        report["dropped"].as_array().unwrap().iter().map(|gone| gone["name"].as_str().unwrap()).collect();
    assert_eq!(dropped, ["orders_touch", "active_orders", "broken_view", "orders_by_status"]);
}

#[test]
fn the_report_reads_like_this() {
    let old = Old::new(LATER);
    let dry = old.run(&["migrate", "adopt", "--dry-run"], 0);
    insta::assert_snapshot!(String::from_utf8_lossy(&dry.stdout));
    assert_eq!(stderr(&dry), "");
    // The real run reports the same.
    let real = old.run(&["migrate", "adopt"], 0);
    let rest = |output: &Output| {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (_, rest) = text.split_once("counts and sums match").unwrap();
        rest.replace("\n\nnext: `botctl serve`", "")
    };
    assert_eq!(rest(&dry), rest(&real));
}

#[test]
fn a_dry_run_changes_nothing_and_reports_the_same() {
    for sql in [ALEMBIC, INIT_DB, LATER] {
        let old = Old::new(sql);
        let temporary = tempfile::tempdir().unwrap();
        let (before, files) = (old.bytes(), old.files());
        let mut command = old.command(&["migrate", "adopt", "--dry-run", "--json"]);
        let output = run_to_end({
            command.env("TMPDIR", temporary.path());
            command
        });
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(old.bytes() == before, "the file has changed");
        assert_eq!(old.files(), files);
        assert!(!old.folder.path().join("bot_database.db.serve.lock").exists());
        assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "the copy is still there");
        let (mut dry, mut real) = (data(&output), old.adopt());
        assert_eq!((&dry["dry_run"], &dry["adopted"]), (&json!(true), &json!(false)));
        for report in [&mut dry, &mut real] {
            for field in ["dry_run", "adopted", "backup"] {
                report.as_object_mut().unwrap().remove(field);
            }
        }
        assert_eq!(dry, real);
    }
}

#[test]
fn a_dry_run_leaves_a_write_ahead_log_as_it_is() {
    let old = Old::new(INIT_DB);
    let mut python = connect(&old.file());
    python
        .batch_execute("PRAGMA journal_mode = WAL; UPDATE orders SET notes = 'only in the log' WHERE id = 1")
        .unwrap();
    // Beside the old bot, and after it was killed.
    let killed = Old { folder: tempfile::tempdir().unwrap() };
    for (from, to) in [(old.file(), killed.file()), (wal_of(&old.file()), wal_of(&killed.file()))] {
        fs::copy(from, to).unwrap();
    }
    for old in [&old, &killed] {
        let before = (old.bytes(), fs::read(wal_of(&old.file())).unwrap());
        let report = data(&old.run(&["migrate", "adopt", "--dry-run", "--json"], 0));
        assert_eq!(report["tables"][2]["rows_in"], 400);
        assert!((old.bytes(), fs::read(wal_of(&old.file())).unwrap()) == before, "a file has changed");
        // SQLite needs the index of a log to read it, and makes it where it is missing.
        assert_eq!(old.files(), ["bot_database.db", "bot_database.db-shm", "bot_database.db-wal"]);
    }
    // One that nobody has open is read in a folder in which nothing can be made.
    drop(python);
    assert_eq!(old.files(), ["bot_database.db"]);
    let before = old.bytes();
    old.run(&["migrate", "adopt", "--dry-run"], 0);
    assert!(old.bytes() == before, "the file has changed");
    assert_eq!(old.files(), ["bot_database.db"]);
}

fn wal_of(file: &Path) -> PathBuf {
    file.with_extension("db-wal")
}

#[test]
fn who_merely_has_a_file_with_a_write_ahead_log_open_keeps_it_from_being_taken_over() {
    let old = Old::new(INIT_DB);
    let mut python = connect(&old.file());
    python.batch_execute("PRAGMA journal_mode = WAL; UPDATE orders SET notes = 'x' WHERE id = 1").unwrap();
    let output = old.run(&["migrate", "adopt", "--lock-timeout", "1s"], 5);
    assert!(stderr(&output).contains("stop the old bot"), "{}", said(&output));
    assert_eq!(number(&mut python, "SELECT count(*) AS n FROM orders"), 400);
    assert_eq!(rows(&mut python, "SELECT journal_mode AS row FROM pragma_journal_mode"), ["wal"]);
    drop(python);
    assert_eq!(old.files(), ["bot_database.db"], "a backup was made of what was not touched");
    let report = old.adopt();
    let backup = old.folder.path().join(report["backup"].as_str().unwrap());
    assert_eq!(rows(&mut connect(&backup), "SELECT notes AS row FROM orders WHERE id = 1"), ["x"]);
    is_sound(&mut connect(&old.file()));
}

#[test]
fn the_second_of_two_at_once_waits_and_finds_nothing_to_do() {
    let old = Old::new(INIT_DB);
    many(&old, 5);
    let spawn = || {
        let mut command = old.command(&["migrate", "adopt", "--json", "--lock-timeout", "60s"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let first = spawn();
    let deadline = std::time::Instant::now() + PATIENCE;
    let lock = old.folder.path().join("bot_database.db.serve.lock");
    while !fs::File::open(&lock).is_ok_and(|file| file.try_lock_shared().is_err()) {
        assert!(std::time::Instant::now() < deadline, "the first never took its lock");
        std::thread::yield_now();
    }
    let second = spawn();
    for (child, adopted) in [(first, true), (second, false)] {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert_eq!(data(&output)["adopted"], adopted);
    }
}

#[test]
fn a_killed_dry_run_leaves_no_copy_behind() {
    let old = Old::new(INIT_DB);
    many(&old, 20);
    let temporary = tempfile::tempdir().unwrap();
    let dry_run = || {
        let mut command = old.command(&["migrate", "adopt", "--dry-run"]);
        command.env("TMPDIR", temporary.path());
        command
    };
    let mut child = dry_run().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let open = format!("/proc/{}/fd", child.id());
    let has_nameless_copy = || {
        let open = fs::read_dir(&open).unwrap().filter_map(|entry| fs::read_link(entry.unwrap().path()).ok());
        open.into_iter().any(|file| file.to_string_lossy().ends_with("copy.db (deleted)"))
    };
    let deadline = std::time::Instant::now() + PATIENCE;
    while !has_nameless_copy() {
        assert!(child.try_wait().unwrap().is_none(), "ended before it was killed");
        assert!(std::time::Instant::now() < deadline, "never worked on a copy");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let left =
        || fs::read_dir(&temporary).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>();
    assert_eq!(left(), [""; 0]);
    // Killed earlier, while it was copied: the next run removes it, but not that of a run that is at work.
    for name in ["botctl-adopt-0000000000000001", "botctl-adopt-0000000000000002"] {
        fs::create_dir(temporary.path().join(name)).unwrap();
        fs::write(temporary.path().join(name).join("copy.db"), "names and phones").unwrap();
    }
    let at_work = fs::File::open(temporary.path().join("botctl-adopt-0000000000000002")).unwrap();
    at_work.lock().unwrap();
    assert_eq!(run_to_end(dry_run()).status.code(), Some(0));
    assert_eq!(left(), ["botctl-adopt-0000000000000002"]);
    assert!(temporary.path().join("botctl-adopt-0000000000000002/copy.db").exists());
}

/// A database made by `init_db()`, with this done to it, and the report of taking it over.
fn taken_over_with(sql: &str) -> (Old, Value) {
    let old = Old::new(INIT_DB);
    connect(&old.file()).batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let report = old.adopt();
    is_sound(&mut connect(&old.file()));
    (old, report)
}

/// The same without a backup, after a dry run that reported the same.
fn taken_over_without_a_backup(sql: &str) -> (Old, Value) {
    let old = Old::new(INIT_DB);
    connect(&old.file()).batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    let dry = data(&old.run(&["migrate", "adopt", "--dry-run", "--json"], 0));
    let report = data(&old.run(&["migrate", "adopt", "--no-backup", "--yes", "--json"], 0));
    assert_eq!(dry["tables"], report["tables"]);
    is_sound(&mut connect(&old.file()));
    (old, report)
}

fn dropped(report: &Value) -> Vec<String> {
    let dropped = report["dropped"].as_array().unwrap().iter();
    let name =
        |gone: &Value| format!("{} {}", gone["kind"].as_str().unwrap(), gone["name"].as_str().unwrap());
    dropped.map(name).collect()
}

#[test]
fn what_looks_into_other_tables_goes_so_that_the_database_can_be_checked() {
    let table = "CREATE VIRTUAL TABLE found USING";
    for sql in [
        format!("ALTER TABLE orders ADD COLUMN comment TEXT; {table} fts5(comment, content='orders', content_rowid='id');
                 INSERT INTO found (found) VALUES ('rebuild')"),
        format!("CREATE VIEW texts AS SELECT id, description FROM orders; {table} fts5(description, content=texts, content_rowid='id')"),
        format!("{table} fts4(content='orders', description); INSERT INTO found (found) VALUES ('rebuild')"),
        format!("CREATE VIRTUAL TABLE words USING fts5(description, content=''); INSERT INTO words (rowid, description) VALUES (1, 'a');
                 {table} fts5vocab('words', 'row')"),
        // Of a module that is not there.
        format!("CREATE TABLE found_chunks (a); PRAGMA writable_schema = ON;
                 INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql)
                 VALUES ('table', 'found', 'found', 0, '{table} vec0(x)'); PRAGMA writable_schema = OFF"),
    ] {
        let old = Old::new(INIT_DB);
        connect(&old.file()).batch_execute(&sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
        let dry = data(&old.run(&["migrate", "adopt", "--dry-run", "--json"], 0));
        let report = old.adopt();
        assert_eq!(dry["dropped"], report["dropped"]);
        let dropped = report["dropped"].as_array().unwrap();
        let found = dropped.iter().find(|gone| gone["name"] == "found").unwrap_or_else(|| panic!("{sql}: {report}"));
        assert_eq!(found["kind"], "virtual table");
        assert!(found["sql"].as_str().unwrap().starts_with(table), "{found}");
        is_sound(&mut connect(&old.file()));
        old.run(&["backup"], 0);
        for table in report["unknown_tables"].as_array().unwrap() {
            let query = format!("SELECT count(*) AS n FROM {}", table["legacy"].as_str().unwrap());
            assert_eq!(number(&mut connect(&old.file()), &query), table["rows"].as_i64().unwrap());
        }
    }
}

#[test]
fn indexes_of_copied_tables_are_listed() {
    let (_old, report) = taken_over_with(
        "CREATE UNIQUE INDEX ux ON orders (lower(description) || id); CREATE INDEX of_users ON users (first_name)",
    );
    assert_eq!(
        dropped(&report),
        [
            "index idx_audit_user_id",
            "index idx_masters_is_approved",
            "index idx_masters_telegram_id",
            "index idx_orders_assigned_master_id",
            "index idx_orders_dispatcher_id",
            "index idx_orders_status",
            "index ux"
        ]
    );
}

#[test]
fn what_sqlite_cannot_check_alone_is_named_with_the_way_out() {
    let old = Old::new(INIT_DB);
    let mut conn = connect(&old.file());
    conn.register_collation("ru", str::cmp).unwrap();
    conn.batch_execute(
        "CREATE TABLE k (name TEXT); CREATE INDEX \"k i\" ON k (name COLLATE ru); INSERT INTO k VALUES ('a'), ('b')",
    )
    .unwrap();
    drop(conn);
    let (before, files) = (old.bytes(), old.files());
    for arguments in [&["migrate", "adopt"][..], &["migrate", "adopt", "--dry-run"]] {
        let output = old.run(arguments, 3);
        assert!(stderr(&output).contains("index k i"), "{}", said(&output));
        assert!(stderr(&output).contains("DROP INDEX \"k i\";"), "{}", said(&output));
    }
    assert!(old.bytes() == before, "the file has changed");
    assert_eq!(old.files(), files);
    connect(&old.file()).batch_execute("DROP INDEX \"k i\";").unwrap();
    old.adopt();
    // Here it is a part of the table.
    for column in ["name TEXT COLLATE ru", "name TEXT UNIQUE COLLATE ru", "name TEXT CHECK (ru(name) > 0)"] {
        let old = Old::new(INIT_DB);
        let mut conn = connect(&old.file());
        conn.register_collation("ru", str::cmp).unwrap();
        define_ru(&mut conn);
        conn.batch_execute(&format!("CREATE TABLE k ({column}); INSERT INTO k VALUES ('a'), ('b')")).unwrap();
        drop(conn);
        let output = stderr(&old.run(&["migrate", "adopt"], 3));
        old.run(&["migrate", "adopt", "--dry-run"], 3);
        let (_, hint) = output.split_once("`sqlite3`: ").unwrap();
        let (hint, _) = hint.split_once(" Nothing was changed").unwrap();
        connect(&old.file()).batch_execute(hint).unwrap_or_else(|error| panic!("{error}: {hint}"));
        assert_eq!(old.adopt()["unknown_tables"][0]["rows"], 2);
    }
}

/// A function that a program may bring along, and that is gone with it.
fn define_ru(conn: &mut SqliteConnection) {
    #[diesel::declare_sql_function]
    extern "SQL" {
        fn ru(text: Text) -> BigInt;
    }
    ru_utils::register_impl(conn, |_: String| 1_i64).unwrap();
}

#[test]
fn a_flag_that_says_no_deletes_nothing() {
    for no in ["'no'", "'f'", "'n'", "'нет'", "0", "'false'"] {
        let (_old, report) = taken_over_with(&format!(
            "ALTER TABLE orders ADD COLUMN is_deleted TEXT DEFAULT {no}; UPDATE orders SET is_deleted = 'yes' WHERE id = 7"
        ));
        assert_eq!(counts(&report, "kept_in_legacy")[0], ("orders deleted".to_owned(), 1), "{no}");
    }
}

#[test]
fn a_master_of_whom_nothing_says_so_is_neither_active_nor_approved() {
    let (old, report) = taken_over_with(
        "UPDATE masters SET is_active = NULL, is_approved = 1 WHERE id = 1;
         UPDATE masters SET is_active = 1, is_approved = NULL WHERE id = 2;
         UPDATE masters SET is_active = 'who knows', is_approved = 1 WHERE id = 3",
    );
    let flags = "SELECT is_active || ' ' || is_approved AS row FROM masters WHERE id < 5 ORDER BY id";
    assert_eq!(rows(&mut connect(&old.file()), flags), ["0 1", "1 0", "0 1", "1 1"]);
    assert_eq!(count_of(&report, "masters missing_flag"), 2);
    assert_eq!(count_of(&report, "masters bad_flag"), 1);
}

#[test]
fn texts_in_another_encoding_come_over_as_they_are() {
    for encoding in ["UTF-16le", "UTF-16be"] {
        let old = Old::new(&format!("PRAGMA encoding = '{encoding}'; {INIT_DB}"));
        let source = old.folder.path().join("source.db");
        fs::copy(old.file(), &source).unwrap();
        let report = old.adopt();
        assert_eq!(count_of(&report, "users bad_text"), 0, "{report}");
        is_the_same_row_by_row(&old.file(), &source);
        old.run(&["backup"], 0);
        old.run(&["users", "list"], 0);
    }
}

#[test]
fn a_text_that_is_none_is_read_as_far_as_it_goes() {
    let (old, report) = taken_over_with(
        "UPDATE users SET first_name = CAST(x'41ff42' AS TEXT), last_name = '\u{fffd}' WHERE id = 2",
    );
    assert_eq!(count_of(&report, "users bad_text"), 1);
    let name = "SELECT first_name || last_name AS row FROM users WHERE id = 2";
    assert_eq!(rows(&mut connect(&old.file()), name), ["A\u{fffd}B\u{fffd}"]);
}

#[test]
fn a_status_that_is_stored_as_something_else_is_mended_and_counted() {
    let (old, report) = taken_over_with(
        "INSERT INTO orders (equipment_type, description, client_name, client_address, client_phone, status)
         VALUES ('x', 'd', 'n', 'a', '+79030000000', x'4E4557'), ('x', 'd', 'n', 'a', '+79030000000', 'NEW' || char(0))",
    );
    assert_eq!(count_of(&report, "orders status_name"), 2);
    assert_eq!(
        rows(&mut connect(&old.file()), "SELECT status AS row FROM orders WHERE id > 400"),
        ["NEW", "NEW"]
    );
}

#[test]
fn a_deleted_master_keeps_the_name_of_the_person() {
    let (old, _) = taken_over_with(
        "ALTER TABLE masters ADD COLUMN deleted_at TIMESTAMP; UPDATE masters SET deleted_at = '2025-11-20 10:00:00' WHERE id = 2",
    );
    let mut conn = connect(&old.file());
    let name =
        "SELECT trim(first_name || ' ' || coalesce(last_name, '')) AS row FROM users WHERE telegram_id =";
    let living = rows(&mut conn, &format!("{name} (SELECT telegram_id FROM legacy_masters WHERE id = 2)"));
    let shown = rows(&mut conn, &format!("{name} (SELECT telegram_id FROM masters WHERE id = 2)"));
    assert_eq!(shown, [format!("{} (?)", living[0])]);
}

#[test]
fn the_case_of_a_name_and_amounts_beyond_all_bounds_are_no_reason_to_refuse() {
    let old = Old::new(INIT_DB);
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
    is_sound(&mut connect(&old.file()));
    assert_eq!(old.adopt()["adopted"], false);
}

#[test]
fn what_is_not_the_old_bots_is_refused_untouched() {
    let refused = |old: &Old, code: i32, word: &str| {
        let (before, files) = (old.bytes(), old.files());
        for dry in [&["migrate", "adopt"][..], &["migrate", "adopt", "--dry-run"]] {
            let output = old.run(dry, code);
            assert!(stderr(&output).contains(word), "{}", said(&output));
        }
        assert!(old.bytes() == before, "the file has changed");
        assert_eq!(old.files(), files);
    };
    refused(&Old::new("CREATE TABLE notes (text)"), 3, "some other program");
    refused(&Old::new("CREATE TABLE alembic_version (version_num)"), 3, "there is no table users");
    let unlike = "CREATE TABLE users (telegram_id, role); CREATE TABLE masters (id, telegram_id); CREATE TABLE orders (id)";
    refused(&Old::new(unlike), 3, "orders has no column status");
    refused(&Old::new(""), 3, "empty");
    let rubbish = Old::new("");
    fs::write(rubbish.file(), "this is no database, whatever its name says".repeat(100)).unwrap();
    refused(&rubbish, 3, "cannot be read");
    let ours = Old::new("");
    ours.run(&["migrate", "up"], 0);
    connect(&ours.file()).batch_execute("PRAGMA journal_mode = DELETE").unwrap();
    refused(&ours, 3, "never was the old bot's");
    connect(&ours.file())
        .batch_execute(
            "INSERT INTO __diesel_schema_migrations VALUES ('29991231235959', '2026-01-01 00:00:00')",
        )
        .unwrap();
    refused(&ours, 3, "newer");
    let missing = Old::new("");
    fs::remove_file(missing.file()).unwrap();
    assert!(stderr(&missing.run(&["migrate", "adopt"], 4)).contains("no database"));
    assert_eq!(missing.files(), [""; 0]);
}

#[test]
fn a_server_is_refused_with_the_way_to_go() {
    if !has_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(Backend::Postgres, folder.path());
    let old = Old::new("");
    let output = old.run(&["migrate", "adopt", "--database-url", &store.url()], 3);
    assert!(stderr(&output).contains("migrate transfer --to"), "{}", said(&output));
}

#[test]
fn nobody_else_may_be_at_work() {
    let old = Old::new(ALEMBIC);
    let before = old.bytes();
    // The old bot in the middle of a press.
    let mut python = connect(&old.file());
    python.batch_execute("BEGIN IMMEDIATE").unwrap();
    let hasty = ["migrate", "adopt", "--lock-timeout", "1s"];
    let output = old.run(&hasty, 5);
    assert!(stderr(&output).contains("stop the old bot"), "{}", said(&output));
    python.batch_execute("ROLLBACK").unwrap();
    assert!(old.bytes() == before, "the file has changed");
    assert_eq!(old.files(), ["bot_database.db"], "a backup was made of what was not touched");
    for lock in ["bot_database.db.serve.lock", "bot_database.db.migrate.lock"] {
        let file = fs::File::create(old.folder.path().join(lock)).unwrap();
        file.lock().unwrap();
        old.run(&hasty, 5);
        // Looking on is always possible.
        old.run(&["migrate", "adopt", "--dry-run"], 0);
    }
    assert!(old.bytes() == before, "the file has changed");
    old.adopt();
}

#[test]
fn without_a_backup_somebody_must_say_yes() {
    let old = Old::new(INIT_DB);
    old.run(&["migrate", "adopt", "--no-backup"], 6);
    old.run(&["migrate", "adopt", "--no-backup", "--yes"], 0);
    assert_eq!(old.files(), ["bot_database.db"]);
}

#[test]
fn a_full_disk_leaves_the_old_database() {
    let old = Old::new(INIT_DB);
    let (before, kilobytes) = (old.bytes(), fs::metadata(old.file()).unwrap().len() / 1024);
    let mut contents: Option<Vec<String>> = None;
    // From "not even a backup" to "just not enough for the new tables", in blocks of 512 bytes.
    for allowed in [kilobytes / 2, kilobytes + 8, kilobytes + 100, kilobytes + 200] {
        let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", allowed * 2);
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", &script, env!("CARGO_BIN_EXE_botctl"), "migrate", "adopt"])
            .env_clear()
            .current_dir(&old.folder)
            .stdin(Stdio::null());
        let output = run_to_end(command);
        assert_eq!(output.status.code(), Some(1), "{allowed} kB: {}", said(&output));
        assert!(stderr(&output).contains("disk"), "{}", said(&output));
        let mut conn = connect(&old.file());
        let now = rows(&mut conn, "SELECT name AS row FROM sqlite_schema ORDER BY 1");
        assert_eq!(contents.get_or_insert_with(|| now.clone()), &now);
        drop(conn);
        assert!(old.bytes() == before, "{allowed} kB: the file has changed");
    }
    old.adopt();
}

/// A run that may make files no longer than this, as somebody's shell starts one.
fn limited(old: &Old, kilobytes: u64, arguments: &[&str]) -> Output {
    let script = format!("ulimit -f {}; exec \"$0\" \"$@\"", kilobytes * 2);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_botctl")]).args(arguments);
    command.env_clear().env("TMPDIR", old.folder.path()).current_dir(&old.folder).stdin(Stdio::null());
    run_to_end(command)
}

#[test]
fn a_dry_run_that_finds_no_room_names_the_folder() {
    let old = Old::new(INIT_DB);
    for folder in ["/nonexistent", "/dev/null"] {
        let dry_run = |more: &[&str]| {
            let mut command = old.command(&[&["migrate", "adopt", "--dry-run"], more].concat());
            command.env("TMPDIR", folder);
            let output = run_to_end(command);
            assert_eq!(output.status.code(), Some(1), "{}", said(&output));
            output
        };
        let said = stderr(&dry_run(&[]));
        assert!(said.contains(folder) && said.contains("TMPDIR"), "{said}");
        let document: Value = serde_json::from_slice(&dry_run(&["--json"]).stdout).unwrap();
        assert!(document["error"]["hint"].as_str().unwrap().contains("TMPDIR"), "{document}");
    }
    let kilobytes = fs::metadata(old.file()).unwrap().len() / 1024;
    // Not enough for the copy, and for that but not for the work on it.
    for allowed in [kilobytes / 2, kilobytes + 8] {
        let output = limited(&old, allowed, &["migrate", "adopt", "--dry-run"]);
        assert_eq!(output.status.code(), Some(1), "{allowed} kB: {}", said(&output));
        assert!(stderr(&output).contains("with TMPDIR"), "{allowed} kB: {}", said(&output));
        assert!(!stderr(&output).contains("its disk"), "{allowed} kB: {}", said(&output));
    }
}

#[test]
fn a_file_that_may_not_grow_is_an_error_with_a_hint() {
    let old = Old::new(INIT_DB);
    let (before, kilobytes) = (old.bytes(), fs::metadata(old.file()).unwrap().len() / 1024);
    let output = limited(&old, kilobytes + 8, &["migrate", "adopt", "--no-backup", "--yes", "--json"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["error"]["hint"].as_str().unwrap().contains("ulimit -f"), "{document}");
    assert!(connect(&old.file()).batch_execute("SELECT 1 FROM orders").is_ok());
    assert!(old.bytes() == before, "the file has changed");
}

#[test]
fn damage_is_found_before_anything_is_done_and_called_by_its_name() {
    use std::os::unix::fs::FileExt;
    let pages: &[u64] = &[20];
    let page = Old::new(INIT_DB);
    let file = fs::OpenOptions::new().write(true).open(page.file()).unwrap();
    for number in pages {
        file.write_all_at(&[0xff; 300], 4096 * number + 100).unwrap();
    }
    let index = Old::new(INIT_DB);
    connect(&index.file())
        .batch_execute(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX idx_users_role ON users(username)'
             WHERE name = 'idx_users_role'; PRAGMA writable_schema = OFF",
        )
        .unwrap();
    for (old, hint) in [(&page, "backup restore"), (&index, "REINDEX")] {
        let before = old.bytes();
        for arguments in [&["--dry-run"][..], &["--no-backup", "--yes"], &[]] {
            let output = old.run(&[&["migrate", "adopt"], arguments].concat(), 3);
            let said = stderr(&output);
            assert!(said.contains("damaged") && said.contains(hint), "{arguments:?}: {said}");
            assert!(!said.contains("room") && !said.contains("fault of botctl"), "{arguments:?}: {said}");
        }
        assert!(old.bytes() == before, "the file has changed");
    }
    connect(&index.file()).batch_execute("REINDEX").unwrap();
    index.adopt();
}

#[test]
fn damage_outside_of_the_rows_is_none_of_botctls_faults() {
    let old = Old::new(INIT_DB);
    // A page that belongs to nobody.
    connect(&old.file())
        .batch_execute(
            "CREATE TABLE gone (x); PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'gone';
             PRAGMA writable_schema = OFF",
        )
        .unwrap();
    let before = old.bytes();
    let mut hint = String::new();
    for arguments in [&["--dry-run"][..], &["--no-backup", "--yes"], &[]] {
        hint = stderr(&old.run(&[&["migrate", "adopt"], arguments].concat(), 3));
        assert!(hint.contains("outside of its rows"), "{arguments:?}: {hint}");
    }
    assert!(old.bytes() == before, "the file has changed");
    let (_, backup) = hint.split_once("backup restore ").unwrap();
    let (backup, _) = backup.split_once('`').unwrap();
    old.run(&["backup", "restore", backup, "--yes"], 0);
    old.adopt();
}

#[cfg(target_os = "linux")]
#[test]
fn a_lost_report_does_not_hide_that_it_was_done() {
    for more in [&[][..], &["--json"]] {
        let old = Old::new(INIT_DB);
        let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let run = |arguments: &[&str]| {
            let mut command = old.command(&[arguments, more].concat());
            let child = command.stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{}", said(&output));
            stderr(&output)
        };
        let said = run(&["migrate", "adopt"]);
        let made = fs::read_dir(old.folder.path().join("backups")).unwrap();
        let made = made.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let made = made
            .into_iter()
            .find(|name| name.starts_with("bot_database_") && !name.contains("json"))
            .unwrap();
        assert!(said.contains("was adopted") && said.contains(&made), "{said}");
        assert_eq!(old.adopt()["adopted"], false);
        let moved = old.folder.path().join("moved.db");
        assert!(
            run(&["migrate", "transfer", "--to", moved.to_str().unwrap()]).contains("everything was copied")
        );
        let said = run(&["migrate", "down", "--yes"]);
        assert!(said.contains("taken back") && said.contains("(backup: "), "{said}");
    }
}

#[test]
fn what_was_taken_over_and_taken_back_is_not_called_done() {
    let old = Old::new(INIT_DB);
    old.adopt();
    let down = data(&old.run(&["migrate", "down", "--yes", "--json"], 0));
    let before = old.bytes();
    for arguments in [&["migrate", "adopt"][..], &["migrate", "adopt", "--dry-run"]] {
        let said = stderr(&old.run(arguments, 3));
        assert!(said.contains("legacy_") && said.contains("backup restore"), "{said}");
    }
    assert!(old.bytes() == before, "the file has changed");
    // Both ways out lead somewhere.
    let other = Old { folder: tempfile::tempdir().unwrap() };
    fs::copy(old.file(), other.file()).unwrap();
    other.run(&["migrate", "up"], 0);
    old.run(&["backup", "restore", down["backup"].as_str().unwrap(), "--yes"], 0);
    assert_eq!(old.adopt()["adopted"], false);
    assert_eq!(number(&mut connect(&old.file()), "SELECT count(*) AS n FROM orders"), 400);
}

#[test]
fn numbers_at_the_edge_are_replaced_and_leave_room_for_the_next() {
    let (old, report) = taken_over_with(
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
    assert_eq!(number(&mut conn, "SELECT count(*) AS n FROM orders WHERE id = 401"), 1);
    assert_eq!(
        number(
            &mut conn,
            "SELECT max(seq) < 1000000 AS n FROM sqlite_sequence WHERE name NOT LIKE 'legacy%'"
        ),
        1
    );
    assert_eq!(
        number(&mut conn, "SELECT count(*) AS n FROM order_status_history"),
        number(&mut conn, "SELECT count(*) AS n FROM legacy_order_status_history")
    );
    drop(conn);
    if has_postgres() {
        let target = Store::new(Backend::Postgres, old.folder.path());
        old.run(&["migrate", "transfer", "--to", &target.url()], 0);
    }
}

#[test]
fn a_table_whose_numbers_are_not_sqlites_own_keeps_them() {
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
        let (old, report) = taken_over_without_a_backup(&format!(
            "DROP TABLE orders; CREATE TABLE orders ({key}, {columns}{three}) {without};
             INSERT INTO orders (id, {columns}) VALUES (700, {values}), (9, {values}), (12, {values});
             DELETE FROM order_status_history"
        ));
        assert_eq!(count_of(&report, "orders new_number"), 0, "{key}{three}");
        let ids = "SELECT group_concat(id, ' ') AS row FROM (SELECT id FROM orders ORDER BY id)";
        assert_eq!(rows(&mut connect(&old.file()), ids), ["9 12 700"], "{key}{three}");
    }
}

#[test]
fn masters_without_a_number_or_a_person_get_one_each() {
    let (old, report) = taken_over_without_a_backup(
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
    assert_eq!(number(&mut conn, people), number(&mut conn, "SELECT count(*) AS n FROM masters"));
}

/// The same rows many times over, so that there is a middle in which to be killed.
fn many(old: &Old, times: usize) {
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

#[test]
fn a_kill_in_the_middle_leaves_the_old_database_and_the_next_run_works() {
    let old = Old::new(INIT_DB);
    many(&old, 20);
    let schema = "SELECT coalesce(sql, name) AS row FROM sqlite_schema ORDER BY 1";
    let before = rows(&mut connect(&old.file()), schema);
    let length = fs::metadata(old.file()).unwrap().len();
    let source = old.folder.path().join("source.db");
    fs::copy(old.file(), &source).unwrap();
    let mut killed = 0;
    // Killed as soon as the file has grown by so much: in the middle of the old tables, of the new ones, near the end. On
    // a busy machine the kill may come when all is done; then once more.
    for percent in [2, 40, 80, 95].into_iter().cycle().take(20) {
        if killed == 4 {
            break;
        }
        let mut child = old
            .command(&["migrate", "adopt", "--no-backup", "--yes"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = std::time::Instant::now() + PATIENCE;
        loop {
            assert!(std::time::Instant::now() < deadline, "neither grown nor ended");
            if fs::metadata(old.file()).unwrap().len() > length * (100 + percent) / 100 {
                child.kill().unwrap();
                break;
            }
            if child.try_wait().unwrap().is_some() {
                break;
            }
            std::thread::yield_now();
        }
        child.wait().unwrap();
        let mut conn = connect(&old.file());
        assert_eq!(rows(&mut conn, "SELECT integrity_check AS row FROM pragma_integrity_check"), ["ok"]);
        assert_eq!(number(&mut conn, "SELECT count(*) AS n FROM orders"), 8400);
        if rows(&mut conn, schema) == before {
            killed += 1;
            continue;
        }
        // All or nothing.
        is_sound(&mut conn);
        assert_eq!(
            number(&mut conn, "SELECT count(*) AS n FROM legacy_orders"),
            8400,
            "killed at {percent} %"
        );
        conn.batch_execute("PRAGMA journal_mode = DELETE").unwrap();
        drop(conn);
        fs::copy(&source, old.file()).unwrap();
    }
    assert!(killed >= 2, "killed only {killed} times");
    old.adopt();
    let mut conn = connect(&old.file());
    is_sound(&mut conn);
    assert_eq!(number(&mut conn, "SELECT count(*) AS n FROM orders"), 8400);
}

/// A world whose database is the old bot's, taken over.
fn world_with(sql: &str) -> World {
    let world = empty().stopped().build(Backend::Sqlite);
    let file = PathBuf::from(world.store.url());
    connect(&file).batch_execute(sql).unwrap();
    world
}

#[test]
fn serving_it_untaken_is_refused_and_afterwards_old_buttons_work() {
    let world = world_with(ALEMBIC);
    let refused = run_to_end(world.command(&["serve"]));
    assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
    assert!(said(&refused).contains("migrate adopt"), "{}", said(&refused));
    let taken = run_to_end(world.command(&["migrate", "adopt"]));
    assert_eq!(taken.status.code(), Some(0), "{}", said(&taken));
    let file = PathBuf::from(world.store.url());
    let find = "SELECT o.id || ' ' || m.telegram_id || ' ' || o.dispatcher_id AS row
                FROM orders o JOIN masters m ON m.id = o.assigned_master_id JOIN users d ON d.telegram_id = o.dispatcher_id
                WHERE d.role IN ('ADMIN', 'DISPATCHER') AND o.status = 'ASSIGNED' AND m.is_active AND m.work_chat_id IS NULL AND m.telegram_id > 0 ORDER BY o.id LIMIT 1";
    let found = rows(&mut connect(&file), find);
    let numbers: Vec<i64> = found[0].split(' ').map(|number| number.parse().unwrap()).collect();
    let [order, master, dispatcher] = numbers[..] else { panic!("{found:?}") };
    for person in [master, dispatcher] {
        world.sandbox.add_user(TelegramUser::new(person, "Имярек").with_language("ru"));
    }
    world.start();
    // Beside it, there is nothing more to take over.
    let running = run_to_end(world.command(&["migrate", "adopt"]));
    assert_eq!(running.status.code(), Some(0), "{}", said(&running));
    world.admin().says("/start");
    let seen = world.admin().presses_old(&format!("view_order:{order}"));
    assert_ne!(seen.outcome, "failed");
    world.admin().sees(&format!("№{order}"));
    // Order 1 refers to a master and a dispatcher who are no longer there; their place is taken by nobody.
    world.admin().presses_old("view_order:1");
    world.admin().sees("№ 99999 (?)");
    // The master's keyboard and buttons are from the old bot's days, too.
    let player = world.player(master);
    world.player(dispatcher).says("/start");
    player.says("/start");
    let accepted = player.presses_old(&format!("group_accept_order:{order}"));
    assert_ne!(accepted.outcome, "failed");
    // Whoever took the order in the old bot's days is told.
    world.player(dispatcher).sees(&format!("№{order}"));
    let status = format!("SELECT status AS row FROM orders WHERE id = {order}");
    assert_eq!(rows(&mut connect(&file), &status), [Status::Accepted.as_str()]);
    let step = format!(
        "SELECT new_status || ' ' || (id > 360) AS row FROM order_status_history WHERE order_id = {order} ORDER BY id DESC LIMIT 1"
    );
    assert_eq!(rows(&mut connect(&file), &step), ["ACCEPTED 1"]);
    // Taking an order off a master who is nobody says nothing to nobody.
    let status = "SELECT status AS row FROM orders WHERE id = 1";
    assert_eq!(rows(&mut connect(&file), status), ["ACCEPTED"]);
    let taken_off = world.admin().presses_old("unassign_master:1");
    assert_ne!(taken_off.outcome, "failed");
    assert_eq!(rows(&mut connect(&file), status), ["NEW"]);
    assert_eq!(
        number(&mut connect(&file), "SELECT count(*) AS n FROM outbox WHERE chat_id < -5000000000000000"),
        0
    );
    assert_eq!(world.terminate(), 0);
    let roles =
        format!("SELECT role AS row FROM users WHERE telegram_id IN ({master}, {ADMIN}) ORDER BY role");
    let roles = rows(&mut connect(&file), &roles);
    assert!(roles[0] == "ADMIN" && roles[1].contains("MASTER"), "{roles:?}");
    is_sound(&mut connect(&file));
}

#[test]
fn a_reference_to_what_is_no_key_stays_as_it_was() {
    let references = "
        CREATE TABLE reviews (id INTEGER PRIMARY KEY, status TEXT REFERENCES orders (status), stars INT);
        INSERT INTO reviews VALUES (1, 'NEW', 5);
        CREATE VIEW newest AS SELECT id FROM orders;
        CREATE TABLE notes (id INTEGER PRIMARY KEY, of INT REFERENCES newest (id), again INT REFERENCES orders (gone));
        INSERT INTO notes VALUES (1, 1, 1)";
    let old = Old::new(INIT_DB);
    connect(&old.file()).batch_execute(references).unwrap();
    old.run(&["migrate", "adopt", "--dry-run"], 0);
    old.adopt();
    let mut conn = connect(&old.file());
    assert_eq!(rows(&mut conn, "SELECT CAST(stars AS TEXT) AS row FROM legacy_reviews"), ["5"]);
    old.run(&["backup"], 0);
    old.run(&["backup", "verify", "--all"], 0);
    old.run(&["migrate", "redo", "--yes"], 0);
}
