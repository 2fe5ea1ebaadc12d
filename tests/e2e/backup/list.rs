//! Listing, verifying and pruning backups.

use rstest::rstest;

use super::*;

#[test]
fn list_shows_backup_states_without_reading_archives() {
    let world = stopped_world().build(Backend::Sqlite);
    assert_eq!(said(&world.botctl(&["backup", "list"], 0)), "no backups in backups\n");
    assert!(said(&world.botctl(&["backup", "list", "--check"], 3)).contains("there is no good backup"));
    world.botctl(&["backup", "verify"], 3);
    world.botctl(&["backup", "prune"], 0);
    assert!(!world.backup_folder().exists(), "looking made it");
    world.botctl(&["migrate", "up"], 0);
    let [missing, short, unreadable] = [world.make_backup(), world.make_backup(), world.make_backup()];
    let packed = world.run_json(&["backup", "create", "--compress"], 0);
    assert!(packed["data"]["path"].as_str().unwrap().ends_with(".db.zst"));
    fs::remove_file(&missing).unwrap();
    fs::write(&short, "short").unwrap();
    fs::write(sidecar_path(&unreadable, ".json"), "{").unwrap();
    // Without a manifest it does not count, despite its name.
    fs::write(world.backup_folder().join("bot_database_2020-01-01_00-00-00.db"), "of another program")
        .unwrap();
    let state = |path: &Path| {
        let all = world.listed_backups();
        let of = all.into_iter().find(|shown| shown["path"].as_str().unwrap().ends_with(file_name(path)));
        of.unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state(&missing), "file missing");
    assert_eq!(state(&short), "wrong size");
    assert_eq!(state(&unreadable), "manifest unreadable");
    assert_eq!(world.listed_backups().len(), 4);
    let text = said(&world.botctl(&["backup", "list", "--check", "--max-age", "1h"], 0));
    let words: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(words[0], ["NAME", "AGE", "SIZE", "REASON", "STATE"]);
    assert!(words[1][1].ends_with(['s', 'm']) && words[1].last() == Some(&"good"), "{text}");
    let (note, table) = words.split_last().unwrap();
    assert_eq!((table.len(), note[..3].join(" ")), (5, format!("database {}, schema", world.store.url())));
    // But for the row whose manifest cannot be read, which says why.
    assert_eq!(text.lines().take(5).filter(|line| line.len() < 80).count(), 4, "{text}");
    assert!(said(&world.botctl(&["backup", "list", "--check", "--max-age", "0s"], 3)).contains("old"));
    world.botctl(&["backup", "list", "--check", "--max-age", "soon"], 2);
    let output = said(&world.botctl(&["backup", "verify", "--all"], 3));
    assert_eq!(output.matches("NOT GOOD").count(), 3, "{output}");
    // The compressed one can be put back like the others.
    let packed = packed["data"]["path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    world.add_users(1..5);
    world.botctl(&["backup", "restore", &packed, "--yes"], 0);
    assert_eq!(world.count_users(), 0);
    let unknown = said(&world.botctl(&["backup", "restore", "nothing.db", "--yes"], 1));
    assert!(unknown.contains("backup list"), "{unknown}");
}

#[rstest]
fn backups_of_other_databases_do_not_count(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = stopped_world().build_or_skip(backend) else { return };
    let folder = tempfile::tempdir().unwrap();
    let trial = folder.path().join("trial.db");
    let trial = trial.to_str().unwrap();
    for url in [&world.store.url(), trial] {
        world.botctl(&["--database-url", url, "migrate", "up"], 0);
    }
    world.add_users(1..4);
    world.botctl(&["--database-url", trial, "backup"], 0);
    let no_good =
        |output: Output| assert!(said(&output).contains("there is no good backup of"), "{}", said(&output));
    no_good(world.botctl(&["backup", "list", "--check"], 3));
    world.botctl(&["--database-url", trial, "backup", "list", "--check"], 0);
    let wanted = |world: &World| {
        let status = world.run_json(&["status"], 3);
        status["data"]["attention"].to_string().contains("no backup in the last 26 hours")
    };
    assert!(wanted(&world));
    assert_eq!(world.run_json(&["status"], 3)["data"]["last_backup"], Value::Null);
    let checked = said(&run_to_end(world.command(&["config", "check"])));
    assert!(checked.contains("there is no good backup of"), "{checked}");

    let ours = world.make_backup();
    assert!(!wanted(&world));
    assert!(!said(&run_to_end(world.command(&["config", "check"]))).contains("there is no good backup of"));
    world.botctl(&["backup", "list", "--check"], 0);
    // Each row says of which.
    let listed = said(&world.botctl(&["backup", "list"], 0));
    let row = |name: &str| listed.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let trial_name = Path::new(trial).canonicalize().unwrap();
    assert!(!row(file_name(&ours)).contains(trial_name.to_str().unwrap()), "{listed}");
    assert!(listed.contains(trial_name.to_str().unwrap()), "{listed}");
    // Each has its own last two.
    world.make_backup();
    world.botctl(&["--database-url", trial, "backup"], 0);
    world.botctl(&["backup", "prune", "--keep-last", "2"], 0);
    assert!(ours.exists());
    // Replacing one by the other is reported.
    if matches!(world.store, crate::world::TestDatabase::Sqlite(_)) {
        let asked = said(&world.botctl(&["--database-url", trial, "backup", "restore", file_name(&ours)], 6));
        assert!(asked.contains("this is a backup of another database than"), "{asked}");
        let asked = said(&world.botctl(&["backup", "restore", file_name(&ours)], 6));
        assert!(asked.contains("(manual) from ") && !asked.contains("another database"), "{asked}");
    }
}

#[test]
fn prune_follows_manifests_and_keeps_the_last_good_backup() {
    let world = stopped_world().with("BACKUP_KEEP_DAYS", "10").build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    let dated = |path: &Path, days: i64| {
        let manifest = sidecar_path(path, ".json");
        let mut known: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        let date = chrono::Utc::now() - chrono::TimeDelta::days(days);
        known["created_at"] = date.to_rfc3339_opts(chrono::SecondsFormat::Micros, true).into();
        fs::write(&manifest, known.to_string()).unwrap();
    };
    let made: Vec<PathBuf> = [5, 8, 12, 40, 50, -3, 60]
        .map(|days| (world.make_backup(), days))
        .into_iter()
        .map(|(path, days)| {
            dated(&path, days);
            path
        })
        .collect();
    let (broken, unreadable, foreign) =
        (&made[4], &made[6], world.backup_folder().join("bot_database_2001-01-01_00-00-00.db"));
    fs::write(broken, "short").unwrap();
    fs::write(sidecar_path(unreadable, ".json"), "?").unwrap();
    fs::write(&foreign, "of another program").unwrap();
    let before = file_names(&world.backup_folder());
    let dry = world.run_json(&["backup", "prune", "--keep-last", "1", "--dry-run"], 0);
    assert_eq!(file_names(&world.backup_folder()), before);
    assert_eq!(dry["data"]["removed"].as_array().unwrap().len(), 4, "{dry}");
    let text = said(&world.botctl(&["backup", "prune"], 0));
    let fate = |path: &Path| {
        text.lines().find(|line| line.contains(file_name(path))).unwrap().split_once(' ').unwrap().0
    };
    assert_eq!(
        made.iter().map(|path| fate(path)).collect::<Vec<_>>(),
        ["kept", "kept", "removed", "removed", "removed", "kept", "kept"],
        "{text}"
    );
    assert!(text.contains("its date is in the future") && text.contains("older than 10 days"), "{text}");
    assert!(foreign.exists() && unreadable.exists());
    // The youngest good one stays however old it is.
    dated(&made[0], 400);
    dated(&made[1], 500);
    let text = said(&world.botctl(&["backup", "prune", "--keep-days", "0"], 0));
    assert!(text.contains(&format!("kept {}: the last good one", file_name(&made[0]))), "{text}");
    assert!(made[0].exists() && !made[1].exists());
    // A new one takes its place, and the old ones go with it.
    let output = said(&world.botctl(&["backup"], 0));
    assert!(output.contains(&format!("removed {}", file_name(&made[0]))), "{output}");
    assert!(foreign.exists());
}

#[test]
fn backups_from_before_a_change_are_kept_for_ninety_days() {
    let world = stopped_world().with("BACKUP_KEEP_DAYS", "10").build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    let made = [
        ("manual", 0),
        ("before-migrate", 20),
        ("daily", 30),
        ("before-restore", 60),
        ("before-adopt", 89),
        ("before-adopt", 91),
    ]
    .map(|kind| (world.make_backup(), kind))
    .map(|(path, (reason, days))| {
        let manifest = sidecar_path(&path, ".json");
        let mut known: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
        let date = chrono::Utc::now() - chrono::TimeDelta::days(days);
        known["created_at"] = date.to_rfc3339_opts(chrono::SecondsFormat::Micros, true).into();
        known["reason"] = reason.into();
        fs::write(&manifest, known.to_string()).unwrap();
        path
    });
    let there = || made.each_ref().map(|path| path.exists());
    for rule in [&[][..], &["--keep-last", "1"], &["--keep-days", "0"]] {
        let dry = world.run_json(&[&["backup", "prune", "--dry-run"], rule].concat(), 0);
        let removed = dry["data"]["removed"].as_array().unwrap().len();
        assert_eq!(removed, 2, "{rule:?}: {dry}");
    }
    // As the daily job does.
    let text = said(&world.botctl(&["backup"], 0));
    assert_eq!(there(), [true, true, false, true, true, false], "{text}");
    let text = said(&world.botctl(&["backup", "prune"], 0));
    assert!(text.contains("made before a change, and younger than 90 days"), "{text}");
    world.botctl(&["backup", "prune", "--include-safety"], 0);
    assert_eq!(there(), [true, false, false, false, false, false]);
}

#[test]
fn prune_verifies_the_backup_it_keeps() {
    let world = migrated_world(Backend::Sqlite);
    let [oldest, good, bad] = [world.make_backup(), world.make_backup(), world.make_backup()];
    flip_byte(&bad);
    let dry = world.run_json(&["backup", "prune", "--keep-last", "1", "--dry-run"], 0);
    let said = said(&world.botctl(&["backup", "prune", "--keep-last", "1"], 0));
    assert!(said.contains(&format!("kept {}: the last good one", file_name(&good))), "{said}");
    assert!(said.contains(&format!("kept {}: its bytes have changed", file_name(&bad))), "{said}");
    assert!(good.exists() && bad.exists() && !oldest.exists());
    assert_eq!(dry["data"]["removed"][0]["name"], file_name(&oldest));
    // Without any good one everything stays.
    flip_byte(&good);
    world.botctl(&["backup", "prune", "--keep-days", "0"], 0);
    assert!(good.exists() && bad.exists());
}

#[test]
fn unreadable_backup_is_neither_bad_nor_missing() {
    let world = migrated_world(Backend::Sqlite);
    world.add_users(1..4);
    let [hidden, looped, old, good] =
        [world.make_backup(), world.make_backup(), world.make_backup(), world.make_backup()];
    // Root can read everything, but these cannot be read even by root.
    let manifest = sidecar_path(&hidden, ".json");
    fs::rename(&manifest, world.cwd().join("kept.json")).unwrap();
    fs::create_dir(&manifest).unwrap();
    fs::rename(&looped, world.cwd().join("kept.db")).unwrap();
    std::os::unix::fs::symlink(&looped, &looped).unwrap();
    let state = |path: &Path| {
        let of = world
            .listed_backups()
            .into_iter()
            .find(|shown| shown["path"].as_str().unwrap().ends_with(file_name(path)));
        of.unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert!(state(&hidden).starts_with("cannot be read: "), "{}", state(&hidden));
    assert!(state(&looped).starts_with("cannot be read: "), "{}", state(&looped));
    // Those that can be tried are tried.
    let document = world.run_json(&["backup", "verify", "--all"], 1);
    let tried = document["data"]["backups"].as_array().unwrap();
    assert_eq!(tried.len(), 4);
    assert_eq!(tried.iter().filter(|tried| tried["good"] == true).count(), 2, "{document}");
    assert_eq!(tried.iter().filter(|tried| tried["good"].is_null() && tried["error"].is_string()).count(), 2);
    flip_byte(&good);
    let document = world.run_json(&["backup", "verify", "--all"], 3);
    assert_eq!(document["data"]["backups"].as_array().unwrap().len(), 4);
    flip_byte(&good);
    // Nothing of them goes.
    for path in [&looped, &old] {
        edit_manifest(path, |known| known["created_at"] = "2020-01-01T00:00:00.000000Z".into());
    }
    let text = said(&world.botctl(&["backup", "prune", "--keep-last", "1"], 0));
    assert!(
        hidden.exists() && looped.symlink_metadata().is_ok() && sidecar_path(&looped, ".json").exists(),
        "{text}"
    );
    assert!(!old.exists(), "{text}");
    assert!(
        said(&world.botctl(&["backup", "restore", "--yes", file_name(&hidden)], 1))
            .contains("allow this user to read")
    );
    // An empty manifest does not hide what is beside it.
    fs::write(sidecar_path(&good, ".json"), "{").unwrap();
    world.run_sql("DELETE FROM users");
    world.close_db();
    let output = said(&world.botctl(&["backup", "restore", "--yes", file_name(&good)], 3));
    assert!(output.contains(&format!("move backups/{}.json away", file_name(&good))), "{output}");
    fs::remove_file(sidecar_path(&good, ".json")).unwrap();
    world.botctl(&["backup", "restore", "--yes", file_name(&good)], 0);
    assert_eq!(world.count_users(), 3);
}

#[test]
fn backup_from_the_future_is_not_the_newest() {
    let world = migrated_world(Backend::Sqlite);
    let (tomorrow, today) = (world.make_backup(), world.make_backup());
    edit_manifest(&tomorrow, |known| known["created_at"] = "2099-01-01T00:00:00.000000Z".into());
    let tried = world.run_json(&["backup", "verify"], 0);
    assert!(tried["data"]["backups"][0]["path"].as_str().unwrap().ends_with(file_name(&today)), "{tried}");
}
