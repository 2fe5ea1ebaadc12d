//! Full disks, damage and kills.

use super::*;

#[test]
fn full_disk_leaves_the_legacy_database() {
    let old = LegacyFolder::new(INIT_DB);
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
        let now = query_texts(&mut conn, "SELECT name AS row FROM sqlite_schema ORDER BY 1");
        assert_eq!(contents.get_or_insert_with(|| now.clone()), &now);
        drop(conn);
        assert!(old.bytes() == before, "{allowed} kB: the file has changed");
    }
    old.adopt();
}

#[test]
fn file_size_limit_is_an_error_with_a_hint() {
    let old = LegacyFolder::new(INIT_DB);
    let (before, kilobytes) = (old.bytes(), fs::metadata(old.file()).unwrap().len() / 1024);
    let output = run_with_file_size_limit(
        &old,
        kilobytes + 8,
        &["migrate", "adopt", "--no-backup", "--yes", "--json"],
    );
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["error"]["hint"].as_str().unwrap().contains("ulimit -f"), "{document}");
    assert!(connect(&old.file()).batch_execute("SELECT 1 FROM orders").is_ok());
    assert!(old.bytes() == before, "the file has changed");
}

#[test]
fn damage_is_reported_before_any_change() {
    use std::os::unix::fs::FileExt;
    let pages: &[u64] = &[20];
    let page = LegacyFolder::new(INIT_DB);
    let file = fs::OpenOptions::new().write(true).open(page.file()).unwrap();
    for number in pages {
        file.write_all_at(&[0xff; 300], 4096 * number + 100).unwrap();
    }
    let index = LegacyFolder::new(INIT_DB);
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
fn damage_outside_the_rows_is_reported_as_damage() {
    let old = LegacyFolder::new(INIT_DB);
    // A page that belongs to no table.
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
fn adoption_is_recorded_when_its_report_cannot_be_written() {
    for more in [&[][..], &["--json"]] {
        let old = LegacyFolder::new(INIT_DB);
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
        assert!(said.contains("the schema was changed") && said.contains("(backup: "), "{said}");
    }
}

#[test]
fn killed_adoption_leaves_the_legacy_database_and_can_be_repeated() {
    let old = LegacyFolder::new(INIT_DB);
    multiply_orders(&old, 20);
    let schema = "SELECT coalesce(sql, name) AS row FROM sqlite_schema ORDER BY 1";
    let before = query_texts(&mut connect(&old.file()), schema);
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
        let deadline = std::time::Instant::now() + TIMEOUT;
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
        assert_eq!(
            query_texts(&mut conn, "SELECT integrity_check AS row FROM pragma_integrity_check"),
            ["ok"]
        );
        assert_eq!(query_number(&mut conn, "SELECT count(*) AS n FROM orders"), 8400);
        if query_texts(&mut conn, schema) == before {
            killed += 1;
            continue;
        }
        // All or nothing.
        assert_sound(&mut conn);
        assert_eq!(
            query_number(&mut conn, "SELECT count(*) AS n FROM legacy_orders"),
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
    assert_sound(&mut conn);
    assert_eq!(query_number(&mut conn, "SELECT count(*) AS n FROM orders"), 8400);
}
