//! Folders, links and owners of the files.

use std::os::unix::fs::MetadataExt;

use super::*;

#[test]
fn symlinked_database_shares_its_locks() {
    let world = staffed().build(Backend::Sqlite);
    let TestDatabase::Sqlite(database) = &world.store else { unreachable!() };
    std::os::unix::fs::symlink(database, world.cwd().join("link.db")).unwrap();
    for arguments in [&["serve"][..], &["migrate", "down", "--yes"], &["migrate", "redo", "--yes"]] {
        let mut command = world.command(arguments);
        command.env("DATABASE_URL", "link.db").env("DATABASE_PATH", "link.db");
        let output = run_to_end(command);
        assert_eq!(output.status.code(), Some(5), "{arguments:?}: {}", said(&output));
    }
    world.dispatcher().says("/start").hears("Дарья");
}

#[test]
fn unusable_backup_folder_is_named() {
    let world = stopped_world().with("BACKUP_DIR", "a-file/backups").build(Backend::Sqlite);
    world.botctl(&["migrate", "up"], 0);
    fs::write(world.cwd().join("a-file"), "").unwrap();
    let output = said(&world.botctl(&["backup"], 1));
    assert!(output.contains("a-file/backups") && output.contains("BACKUP_DIR"), "{output}");
    let world = stopped_world().build(Backend::Sqlite);
    world.botctl(&["backup"], 4);
    assert!(!world.database_file().exists() && !world.backup_folder().exists(), "looking made it");
}

#[test]
fn symlinked_staging_folder_is_not_followed() {
    let world = migrated_world(Backend::Sqlite);
    let victim = world.cwd().join("victim");
    fs::create_dir_all(&victim).unwrap();
    fs::create_dir_all(world.backup_folder()).unwrap();
    let (artifact, manifest) =
        ("bot_database_2026-01-01_00-00-00.db", "bot_database_2026-01-01_00-00-00.db.json");
    for (folder, file) in [(&world.backup_folder(), artifact), (&victim, manifest), (&victim, "passwd.json")]
    {
        fs::write(folder.join(file), "of another program").unwrap();
    }
    fs::write(world.backup_folder().join("passwd"), "").unwrap();
    std::os::unix::fs::symlink(&victim, world.backup_folder().join(".botctl-work-0000000000000000")).unwrap();
    world.botctl(&["backup"], 0);
    world.botctl(&["backup", "prune"], 0);
    assert_eq!(file_names(&victim), [manifest, "passwd.json"]);
    // Nor does it move what is no manifest of ours.
    let work = world.backup_folder().join(".botctl-work-0000000000000001");
    fs::create_dir(&work).unwrap();
    fs::write(work.join("passwd.json"), "").unwrap();
    world.botctl(&["backup", "prune"], 0);
    assert!(!work.exists() && !world.backup_folder().join("passwd.json").exists());
}

#[test]
fn files_made_by_root_belong_to_the_folder_owner() {
    let world = migrated_world(Backend::Sqlite);
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    let other_user = 65_534;
    std::os::unix::fs::chown(world.cwd(), Some(other_user), Some(other_user)).unwrap();
    let path = world.make_backup();
    let folder = world.backup_folder();
    for made in [&folder, &folder.join(".botctl-lock"), &path, &sidecar_path(&path, ".json")] {
        let facts = fs::metadata(made).unwrap();
        assert_eq!((facts.uid(), facts.gid()), (other_user, other_user), "{}", made.display());
    }
    world.botctl(&["backup", "verify"], 0);
    for command in
        [&["--database-url", "new.db", "migrate", "up"][..], &["migrate", "transfer", "--to", "moved.db"]]
    {
        world.botctl(command, 0);
    }
    for made in ["new.db", "moved.db"] {
        let facts = fs::metadata(world.cwd().join(made)).unwrap();
        assert_eq!(
            (facts.uid(), facts.gid(), facts.mode() & 0o777),
            (other_user, other_user, 0o600),
            "{made}"
        );
    }
}

#[test]
fn database_behind_a_dangling_link_is_private() {
    let world = stopped_world().build(Backend::Sqlite);
    std::os::unix::fs::symlink("target.db", world.cwd().join("link.db")).unwrap();
    world.botctl(&["--database-url", "link.db", "migrate", "up"], 0);
    let facts = fs::symlink_metadata(world.cwd().join("target.db")).unwrap();
    assert_eq!(facts.mode() & 0o777, 0o600);
}

/// Everything in a folder that others than its owner may use.
fn shared_files(folder: &Path) -> Vec<String> {
    let mut shared = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let facts = fs::symlink_metadata(&path).unwrap();
        if facts.mode() & 0o077 != 0 {
            shared.push(format!("{:o} {}", facts.mode() & 0o777, path.display()));
        }
        if facts.is_dir() {
            shared.extend(shared_files(&path));
        }
    }
    shared
}

#[test]
fn everything_that_is_made_is_private() {
    let world = stopped_world().build(Backend::Sqlite);
    let open_umask = |arguments: &str| {
        let program = world.command(&[]);
        let mut shell = Command::new("/bin/sh");
        shell.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.args(["-c", &format!("umask 0; exec {} {arguments}", env!("CARGO_BIN_EXE_botctl"))]);
        shell.env("DATABASE_URL", "bot.db").current_dir(world.cwd()).stdin(Stdio::null());
        shell
    };
    for arguments in [
        "migrate up",
        "backup",
        "backup create --compress",
        "backup verify --all",
        "migrate redo --yes",
        "migrate transfer --to moved.db",
        "backup list",
    ] {
        let output = run_to_end(open_umask(arguments));
        assert_eq!(output.status.code(), Some(0), "{arguments}: {}", said(&output));
    }
    let newest = file_names(&world.backup_folder())
        .into_iter()
        .find(|name| name.contains(".zst") && !name.contains(".json"))
        .unwrap();
    let output = run_to_end(open_umask(&format!("backup restore --yes {newest}")));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let mut serving = spawn(open_umask("serve"));
    let log = world.cwd().join("logs/bot.log");
    wait_for("the log", || fs::read_to_string(&log).ok().filter(|log| log.contains("serving")));
    assert_eq!(shared_files(&world.cwd()), Vec::<String>::new());
    send_signal(&serving, "TERM");
    assert_eq!(serving.wait().unwrap().code(), Some(0));
    assert_eq!(shared_files(&world.cwd()), Vec::<String>::new());
}

#[test]
fn lock_files_that_others_could_hold_become_private() {
    let world = migrated_world(Backend::Sqlite);
    world.make_backup();
    let database = world.database_file();
    let locks = [
        sidecar_path(&database, ".serve.lock"),
        sidecar_path(&database, ".migrate.lock"),
        world.backup_folder().join(".botctl-lock"),
    ];
    for lock in &locks {
        fs::write(lock, "").unwrap();
        fs::set_permissions(lock, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let path = world.make_backup();
    world.botctl(&["backup", "restore", "--yes", file_name(&path)], 0);
    for lock in &locks {
        assert_eq!(fs::metadata(lock).unwrap().mode() & 0o777, 0o600, "{}", lock.display());
    }
    // A group that may write to the database may run commands on it.
    fs::set_permissions(&database, fs::Permissions::from_mode(0o660)).unwrap();
    fs::remove_file(&locks[0]).unwrap();
    world.botctl(&["backup", "restore", "--yes", file_name(&path)], 0);
    assert_eq!(fs::metadata(&locks[0]).unwrap().mode() & 0o007, 0);
}
