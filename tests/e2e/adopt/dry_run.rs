//! `--dry-run`: the same report, and nothing changed.

use super::*;

#[test]
fn a_dry_run_changes_nothing_and_reports_the_same() {
    for sql in [ALEMBIC, INIT_DB, LATER] {
        let old = LegacyFolder::new(sql);
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
        let (mut dry, mut real) = (document_data(&output), old.adopt());
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
    let old = LegacyFolder::new(INIT_DB);
    let mut python = connect(&old.file());
    python
        .batch_execute("PRAGMA journal_mode = WAL; UPDATE orders SET notes = 'only in the log' WHERE id = 1")
        .unwrap();
    // Beside the old bot, and after it was killed.
    let killed = LegacyFolder { folder: tempfile::tempdir().unwrap() };
    for (from, to) in [(old.file(), killed.file()), (wal_path(&old.file()), wal_path(&killed.file()))] {
        fs::copy(from, to).unwrap();
    }
    for old in [&old, &killed] {
        let before = (old.bytes(), fs::read(wal_path(&old.file())).unwrap());
        let report = document_data(&old.run(&["migrate", "adopt", "--dry-run", "--json"], 0));
        assert_eq!(report["tables"][2]["rows_in"], 400);
        assert!((old.bytes(), fs::read(wal_path(&old.file())).unwrap()) == before, "a file has changed");
        // SQLite needs the index of a log to read it, and makes it where it is missing.
        assert_eq!(old.files(), ["bot_database.db", "bot_database.db-shm", "bot_database.db-wal"]);
    }
    // A closed one is read even in a read-only folder.
    drop(python);
    assert_eq!(old.files(), ["bot_database.db"]);
    let before = old.bytes();
    old.run(&["migrate", "adopt", "--dry-run"], 0);
    assert!(old.bytes() == before, "the file has changed");
    assert_eq!(old.files(), ["bot_database.db"]);
}

#[test]
fn killed_dry_run_leaves_no_copy() {
    let old = LegacyFolder::new(INIT_DB);
    multiply_orders(&old, 20);
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
    let deadline = std::time::Instant::now() + TIMEOUT;
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

#[test]
fn dry_run_on_a_full_disk_names_the_folder() {
    let old = LegacyFolder::new(INIT_DB);
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
        let output = run_with_file_size_limit(&old, allowed, &["migrate", "adopt", "--dry-run"]);
        assert_eq!(output.status.code(), Some(1), "{allowed} kB: {}", said(&output));
        assert!(stderr(&output).contains("with TMPDIR"), "{allowed} kB: {}", said(&output));
        assert!(!stderr(&output).contains("its disk"), "{allowed} kB: {}", said(&output));
    }
}
