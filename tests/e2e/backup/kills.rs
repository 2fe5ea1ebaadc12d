//! Runs that die half-way, and what the next run makes of their remains.

use super::*;

#[test]
fn killed_backup_lists_nothing_and_is_cleaned_up_by_the_next_run() {
    let world = migrated_world(Backend::Sqlite);
    world.fill_audit_log();
    let mut child = spawn(world.command(&["backup"]));
    wait_for("the copy", || {
        staging_dirs(&world.backup_folder()).pop().filter(|work| work.join("copy").exists())
    });
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None, "it was over before the kill");
    assert_eq!(staging_dirs(&world.backup_folder()).len(), 1);
    assert!(world.listed_backups().is_empty());
    world.botctl(&["backup"], 0);
    assert_eq!(staging_dirs(&world.backup_folder()), Vec::<PathBuf>::new());
    assert_eq!(world.listed_backups().len(), 1);
}

#[test]
fn backup_killed_before_its_manifest_is_completed() {
    let world = migrated_world(Backend::Sqlite);
    let path = world.make_backup();
    let work = world.backup_folder().join(".botctl-work-0000000000000000");
    fs::create_dir(&work).unwrap();
    let manifest = sidecar_path(&path, ".json");
    fs::rename(&manifest, work.join(file_name(&manifest))).unwrap();
    assert!(world.listed_backups().is_empty());
    world.botctl(&["backup", "prune"], 0);
    assert_eq!(world.listed_backups().len(), 1);
    world.botctl(&["backup", "verify"], 0);
    assert_eq!(staging_dirs(&world.backup_folder()), Vec::<PathBuf>::new());
}

#[test]
fn killed_restore_leaves_the_old_or_the_new_database() {
    let world = migrated_world(Backend::Sqlite);
    world.fill_audit_log();
    let path = world.make_backup();
    world.add_users(1..6);
    let folder = world.database_folder().to_owned();
    let unpacked = || staging_dirs(&folder).pop().filter(|work| work.join("restored").exists()).map(drop);
    let backed_up = || {
        (file_names(&world.backup_folder()).iter().filter(|name| name.contains(".json")).count() > 1)
            .then_some(())
    };
    let moments: [(&str, &dyn Fn() -> Option<()>); 2] =
        [("the unpacked file", &unpacked), ("the backup of what was there", &backed_up)];
    for (moment, look) in moments {
        let mut child = spawn(world.command(&["backup", "restore", file_name(&path), "--yes"]));
        wait_for(moment, look);
        child.kill().unwrap();
        child.wait().unwrap();
        let people = world.count_users();
        assert!(people == 5 || people == 0, "{moment}: {people}");
        world.botctl(&["migrate", "status", "--check"], 0);
    }
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
    assert_eq!(world.count_users(), 0);
    assert_eq!(staging_dirs(&folder), Vec::<PathBuf>::new());
    world.botctl(&["backup", "verify", "--all"], 0);
}

#[test]
fn stale_write_ahead_log_is_not_applied_to_the_restored_database() {
    let world = empty().with("BACKUP_DIR", "backups").build(Backend::Sqlite);
    let database = world.database_file();
    let wal = sidecar_path(&database, "-wal");
    let early = world.make_backup();
    let people = world.count_users();
    world.dispatcher().says("/start").hears("Дарья");
    world.kill();
    assert!(fs::metadata(&wal).unwrap().len() > 0, "the crash left no log");
    let (copy, log) = (fs::read(&database).unwrap(), fs::read(&wal).unwrap());
    // What is only in the log is in the backup.
    world.botctl(&["backup", "restore", file_name(&early), "--yes"], 0);
    assert_eq!(fs::metadata(&wal).map_or(0, |file| file.len()), 0);
    assert_eq!(world.count_users(), people);
    assert_eq!(world.listed_backups()[0]["manifest"]["rows"]["users"], people + 1);
    // The log of a removed database stays out of the way too.
    let crashed = || {
        for side in ["-wal", "-shm"] {
            let _removed = fs::remove_file(sidecar_path(&database, side));
        }
        fs::write(&database, &copy).unwrap();
        fs::write(&wal, &log).unwrap();
    };
    crashed();
    fs::remove_file(&database).unwrap();
    world.botctl(&["backup", "restore", file_name(&early), "--yes"], 0);
    assert_eq!(world.count_users(), people);
    world.botctl(&["migrate", "status", "--check"], 0);
    world.start();
    world.dispatcher().says("/start").hears("Дарья");
}

#[test]
fn remains_of_a_killed_restore_are_cleaned_up() {
    let world = migrated_world(Backend::Sqlite);
    for command in [&["backup"][..], &["backup", "prune"]] {
        let left = world.database_folder().join(".botctl-work-0000000000000000");
        fs::create_dir(&left).unwrap();
        fs::write(left.join("restored"), "a copy").unwrap();
        world.botctl(command, 0);
        assert_eq!(staging_dirs(world.database_folder()), Vec::<PathBuf>::new(), "{command:?}");
    }
}
