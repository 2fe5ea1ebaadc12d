//! `export` and `import`: the business data as JSON Lines, from and to either kind of database, all of it or nothing.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use rstest::rstest;
use serde_json::{Value, json};

use crate::command::Said;
use crate::transfer::{everything, fill, next_audit, targets};
use crate::world::{Backend, World, empty, execute, run_to_end, staffed};

impl World {
    fn export(&self) -> String {
        self.ask(&["export"]).ends(0).out
    }

    /// Writes this input and imports it.
    fn import(&self, input: &str, arguments: &[&str]) -> Said {
        fs::write(self.cwd().join("input.jsonl"), input).unwrap();
        self.ask(&[&["import", "input.jsonl"], arguments].concat())
    }
}

fn parse(line: &str) -> Value {
    serde_json::from_str(line).unwrap()
}

#[rstest]
fn round_trip_through_either_kind_gives_the_same_bytes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    fill(&world);
    let exported = world.export();
    let first = parse(exported.lines().next().unwrap());
    assert_eq!(
        (&first["version"], &first["table"], &first["row"]["id"]),
        (&json!(1), &json!("users"), &json!(1))
    );
    assert!(first["row"]["created_at"].as_str().unwrap().ends_with('Z'), "{first}");
    let end = parse(exported.lines().last().unwrap());
    assert_eq!(end["end"]["rows"], exported.lines().count() - 1);
    for table in
        ["users", "masters", "equipment_types", "orders", "order_status_history", "audit_log", "order_files"]
    {
        assert!(
            exported.contains(&format!("{{\"version\":1,\"table\":\"{table}\",\"row\":{{\"id\":")),
            "{table}"
        );
    }
    assert!(!exported.contains("moved with the house"), "queued messages are not business data");
    let last_audit = end["end"]["last_ids"]["audit_log"].as_i64().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for target in targets(folder.path()) {
        let url = target.url();
        let at_target = |arguments: &[&str]| world.ask(&[&["--database-url", &url], arguments].concat());
        at_target(&["migrate", "up"]).ends(0);
        fs::write(world.cwd().join("data.jsonl"), &exported).unwrap();
        let said = at_target(&["import", "data.jsonl"]).ends(0);
        assert!(said.cells().contains(&"orders 7 0 0".to_owned()), "{said:?}");
        assert!(!said.err.contains("backup:"), "there was nothing to back up: {said:?}");
        assert!(at_target(&["export"]).ends(0).out == exported, "{url}");
        // Again nothing changes.
        let again: Value = at_target(&["import", "data.jsonl", "--json", "--no-backup"]).ends(0).document();
        let tables = again["data"]["tables"].as_array().unwrap().clone();
        assert!(tables.iter().all(|table| table["inserted"] == 0 && table["unchanged"] != 0), "{again}");
        assert!(at_target(&["export"]).ends(0).out == exported);
        // Ids of deleted rows are not given out again.
        assert_eq!(next_audit(&mut target.open()), last_audit + 1);
    }
}

#[rstest]
fn different_rows_are_listed_and_nothing_changes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().with("PATH", "/usr/bin:/bin").build_or_skip(backend) else { return };
    fill(&world);
    let exported = world.export();
    world.db(|conn| {
        execute(conn, "UPDATE orders SET notes = 'newer', has_review = TRUE WHERE status = 'CLOSED'");
        execute(conn, "DELETE FROM audit_log WHERE action = 'kept'");
    });
    let before = world.db(everything);
    let said = world.import(&exported, &["--no-backup"]).ends(3);
    let closed = exported.lines().map(parse).find(|line| line["row"]["status"] == "CLOSED").unwrap();
    let differs = format!("orders {} differs: notes, has_review", closed["row"]["id"]);
    assert!(said.err.contains(&differs), "{said:?}");
    assert!(
        said.err.contains("error: rows that the database has with another content: 1")
            && said.err.contains("--on-conflict"),
        "{said:?}"
    );
    assert_eq!(world.db(everything), before);
    let dry =
        world.import(&exported, &["--on-conflict", "replace", "--dry-run", "--json"]).ends(0).document();
    let conflict = json!({ "table": "orders", "id": closed["row"]["id"].to_string(), "columns": ["notes", "has_review"] });
    assert_eq!(dry["data"]["conflicts"], json!([conflict]), "{dry}");
    assert_eq!((&dry["data"]["dry_run"], &dry["data"]["backup"]), (&json!(true), &Value::Null));
    assert_eq!(world.db(everything), before);
    // The rest is taken, and the row stays.
    world.import(&exported, &["--on-conflict", "keep", "--no-backup"]).ends(0);
    assert!(world.export().contains("\"notes\":\"newer\""));
    let replaced = world.import(&exported, &["--on-conflict", "replace", "--json"]).ends(0).document();
    assert!(world.export() == exported);
    let backup = replaced["data"]["backup"].as_str().unwrap();
    let manifest: Value =
        serde_json::from_slice(&fs::read(world.cwd().join(format!("{backup}.json"))).unwrap()).unwrap();
    assert_eq!(manifest["reason"], "before-import");
}

#[rstest]
fn odd_input_is_refused_with_its_line_and_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().stopped().build_or_skip(backend) else { return };
    world.ask(&["migrate", "up"]).ends(0);
    let user = |id: i64, telegram: i64| {
        json!({ "version": 1, "table": "users", "row": {
            "id": id, "telegram_id": telegram, "username": null, "first_name": "Ann", "last_name": null,
            "role": "ADMIN", "locale": null, "created_at": "2026-01-02T03:04:05.678901Z", "muted_notices": "" } })
    };
    let changed = |column: &str, value: Value| {
        let mut line = user(2, 3002);
        line["row"][column] = value;
        line
    };
    let end = |rows: u64| json!({ "version": 1, "end": { "rows": rows } });
    let before = world.db(everything);
    let master = json!({ "version": 1, "table": "masters", "row": {
        "id": 1, "telegram_id": 5005, "phone": "+79990001122", "specialization": "x", "is_active": true,
        "is_approved": true, "created_at": "2026-01-02T03:04:05Z", "is_senior": false } });
    for (second, expected) in [
        (
            json!({ "version": 2, "table": "users", "rows": {} }),
            "line 2 has the form 2, which is of a newer botctl",
        ),
        (
            json!({ "version": 1, "table": "inbox", "row": { "id": 1 } }),
            "line 2: is of a table that is not imported",
        ),
        (json!({ "version": 1, "table": "users" }), "line 2: is no line of an export"),
        (json!({ "version": 1, "table": "users", "row": {}, "end": null }), "line 2: has no id"),
        (json!({ "users": 5 }), "line 2: is no line of an export"),
        (json!("Ann"), "line 2: is no line of an export"),
        (changed("nickname", json!("A")), "line 2: users has no column \"nickname\""),
        (changed("telegram_id", json!("3002")), "line 2: users.telegram_id is not an integer"),
        (changed("created_at", json!("yesterday")), "line 2: users.created_at is not a time such as"),
        (changed("role", Value::Null), "line 2: users.role is not a text"),
        (changed("locale", json!("de")), "line 2: users 2: "),
        (user(2, 3001), "line 2: users 2: "),
        (master, "line 2: masters 1: "),
        (end(7), "line 2: there should be 7 rows, not 1"),
    ] {
        let input = format!("{}\n{second}\n{}\n", user(1, 3001), end(2));
        let input =
            if second.get("end").is_some() { format!("{}\n{second}\n", user(1, 3001)) } else { input };
        let said = world.import(&input, &[]).ends(3);
        assert!(said.err.contains(expected), "{expected}: {said:?}");
        assert!(said.err.contains("hint: nothing was imported"), "{said:?}");
        assert_eq!(world.db(everything), before, "{expected}");
    }
    for (input, expected) in [
        (format!("{}\n{{\"version\":1,", user(1, 3001)), "line 2: is no JSON object"),
        (format!("{}\n", user(1, 3001)), "the input ends after 1 rows without its last line"),
        (format!("{}\n{}\n{}\n", user(1, 3001), end(1), user(2, 3002)), "line 3: follows the last line"),
        (String::new(), "the input ends after 0 rows"),
    ] {
        let said = world.import(&input, &[]).ends(3);
        assert!(said.err.contains(expected), "{expected}: {said:?}");
        assert_eq!(world.db(everything), before, "{expected}");
    }
    // A selection of lines is taken on purpose; the same line twice is one row.
    let selected = format!("{0}\n\n{0}\n", user(1, 3001));
    let said = world.import(&selected, &["--partial"]).ends(0);
    assert!(said.cells().contains(&"users 1 1 0".to_owned()), "{said:?}");
    let nul = format!("{}\n{}\n", changed("first_name", json!("a\u{0}b")), end(1));
    match backend {
        Backend::Sqlite => drop(world.import(&nul, &["--no-backup"]).ends(0)),
        Backend::Postgres => {
            let said = world.import(&nul, &["--no-backup"]).ends(3);
            assert!(said.err.contains("users.first_name holds a NUL byte"), "{said:?}");
        }
    }
}

/// Columns that were added since the first export, by table.
const LATER_COLUMNS: [(&str, &[&str]); 4] = [
    ("users", &["muted_notices", "relayed_at"]),
    ("masters", &["is_senior", "day_off_until", "added_by", "work_thread_id"]),
    (
        "orders",
        &[
            "visit_from",
            "visit_until",
            "equipment_type_id",
            "promised_date",
            "parts",
            "prepayment",
            "refuse_reason",
            "out_of_city",
            "reschedule_count",
            "closed_at",
            "deleted_at",
            "repeat_of",
        ],
    ),
    ("order_status_history", &["for_master_id"]),
];

#[rstest]
fn older_export_takes_the_defaults_of_later_columns(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(source) = staffed().build_or_skip(backend) else { return };
    fill(&source);
    let mut taken = 0;
    let mut older = String::new();
    for line in source.export().lines() {
        let mut line = parse(line);
        if let Some((_, columns)) = LATER_COLUMNS.iter().find(|(table, _)| line["table"] == *table) {
            let row = line["row"].as_object_mut().unwrap();
            taken += columns.iter().filter(|column| row.remove(**column).is_some()).count();
        }
        older.push_str(&line.to_string());
        older.push('\n');
    }
    assert!(taken > 20, "{taken}");
    fs::write(source.cwd().join("older.jsonl"), older).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let target = targets(folder.path()).swap_remove(usize::from(backend == Backend::Postgres));
    let url = target.url();
    let at_target = |arguments: &[&str]| source.ask(&[&["--database-url", &url], arguments].concat());
    at_target(&["migrate", "up"]).ends(0);
    at_target(&["import", "older.jsonl", "--no-backup"]).ends(0);
    let again = at_target(&["import", "older.jsonl", "--no-backup"]).ends(0);
    assert!(again.out.contains("imported: 0 new rows"), "{again:?}");
    let rows: Vec<Value> = at_target(&["export"]).ends(0).out.lines().map(parse).collect();
    let of = |table: &str| {
        rows.iter().filter(|row| row["table"] == table).map(|row| &row["row"]).collect::<Vec<_>>()
    };
    assert!(!of("users").is_empty() && of("users").iter().all(|row| row["muted_notices"] == ""));
    assert!(!of("masters").is_empty() && of("masters").iter().all(|row| row["is_senior"] == false));
    let orders = of("orders");
    assert!(!orders.is_empty() && orders.iter().all(|row| row["reschedule_count"] == 0));
    // Reports count the money on the day of the closing.
    let closed: Vec<_> = orders.iter().filter(|row| row["status"] == "CLOSED").collect();
    assert!(closed.iter().all(|row| row["closed_at"].is_string()), "{closed:?}");
}

#[rstest]
fn running_bot_is_exported_but_not_imported_into(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let exported = world.export();
    assert!(exported.lines().count() > 6, "{exported}");
    let said = world.import(&exported, &[]).ends(5);
    assert!(said.err.contains("stop it first"), "{said:?}");
    assert_eq!(world.terminate(), 0);
    // From a pipe.
    let mut command = world.command(&["import", "-", "--no-backup"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(exported.as_bytes()).unwrap();
    let said = Said::from(child.wait_with_output().unwrap()).ends(0);
    assert!(said.out.contains("imported: 0 new rows"), "{said:?}");
}

#[test]
fn exported_file_is_private_and_replaces_nothing_unasked() {
    let world = staffed().build(Backend::Sqlite);
    let path = world.cwd().join("data.jsonl");
    let document = world.ask_json(&["export", "-o", "data.jsonl"], 0);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let rows = fs::read_to_string(&path).unwrap().lines().count() - 1;
    assert_eq!(document["data"]["rows"], rows, "{document}");
    fs::write(&path, "mine").unwrap();
    let said = world.ask(&["export", "-o", "data.jsonl"]).ends(1);
    assert!(said.err.contains("--force replaces it"), "{said:?}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    let said = world.ask(&["export", "-o", "data.jsonl", "--force"]).ends(0);
    assert!(said.out.contains("exported to data.jsonl: "), "{said:?}");
    assert_ne!(fs::read_to_string(&path).unwrap(), "mine");
    world.ask(&["export", "-o", "missing/data.jsonl"]).ends(1);
    let document = world.ask_json(&["export"], 2);
    assert!(document["error"]["hint"].as_str().unwrap().contains("--output"), "{document}");
    let names = fs::read_dir(world.cwd()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(names.filter(|name| name.to_string_lossy().contains("data.jsonl")).count(), 1);
}

/// A value that only a hand can have written would arrive as another one.
#[test]
fn odd_value_in_the_database_is_not_exported() {
    let world = staffed().build(Backend::Sqlite);
    world.terminate();
    world.db(|conn| execute(conn, "UPDATE users SET created_at = '2026-01-02 03:04:05+03:00' WHERE id = 1"));
    let said = world.ask(&["export", "-o", "data.jsonl"]).ends(1);
    assert!(said.err.contains("users.created_at of the row"), "{said:?}");
    assert!(!world.cwd().join("data.jsonl").exists());
    let mut command = world.command(&["export"]);
    command.stdout(Stdio::null());
    Said::from(run_to_end(command)).ends(1);
}

#[test]
fn selected_lines_go_back_where_they_came_from() {
    let world = staffed().build(Backend::Sqlite);
    world.terminate();
    let exported = world.export();
    let users: Vec<&str> = exported.lines().filter(|line| line.contains("\"table\":\"users\"")).collect();
    let users = users.join("\n");
    let said = world.import(&users, &["--partial", "--no-backup"]).ends(0);
    assert!(said.out.contains("imported: 0 new rows"), "{said:?}");
}
