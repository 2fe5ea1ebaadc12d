//! Files that lie: archives, manifests and databases from elsewhere, and what stands in the place of a file.

use std::os::unix::net::UnixListener;

use rstest::rstest;
use sha2::{Digest, Sha256};

use super::*;

const MISPLACED: &str = "bot_database_2030-01-01_00-00-00.db";

fn make_fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Changes what a manifest says of the bytes to what they are.
fn adjust_manifest(artifact: &Path) {
    let bytes = fs::read(artifact).unwrap();
    edit_manifest(artifact, |known| {
        known["size"] = bytes.len().into();
        known["sha256"] = hex::encode(Sha256::digest(&bytes)).into();
    });
}

#[rstest]
fn special_files_are_named_and_passed_over(
    #[values("manifest", "artifact")] place: &str,
    #[values("pipe", "socket", "directory", "link")] kind: &str,
) {
    let world = migrated_world(Backend::Sqlite);
    let good = world.make_backup();
    let artifact = world.backup_folder().join(MISPLACED);
    let manifest = sidecar_path(&artifact, ".json");
    let odd = if place == "manifest" {
        fs::copy(&good, &artifact).unwrap();
        manifest
    } else {
        fs::copy(sidecar_path(&good, ".json"), manifest).unwrap();
        artifact
    };
    let mut _socket = None;
    match kind {
        "pipe" => make_fifo(&odd),
        "socket" => _socket = Some(UnixListener::bind(&odd).unwrap()),
        "directory" => fs::create_dir(&odd).unwrap(),
        _ => std::os::unix::fs::symlink("nowhere", &odd).unwrap(),
    }
    let listed = said(&world.botctl(&["backup", "list"], 0));
    let line = listed.lines().find(|line| line.starts_with(MISPLACED)).unwrap();
    let named = match (kind, place) {
        ("pipe", _) => "is a named pipe",
        ("socket", _) => "is a socket",
        ("directory", _) => "is a directory",
        (_, "manifest") => "manifest unreadable",
        _ => "file missing",
    };
    assert!(line.contains(named), "{listed}");
    world.botctl(&["backup", "list", "--check"], 0);
    let checked = said(&run_to_end(world.command(&["config", "check"])));
    let status = said(&world.botctl(&["status"], 3));
    for text in [&checked, &status, &said(&world.botctl(&["backup"], 0))] {
        let is_named = text.contains(&format!("{MISPLACED} cannot be read: {named}"));
        assert!(is_named || kind == "link", "{text}");
    }
    assert_ne!(run_to_end(world.command(&["backup", "verify", MISPLACED])).status.code(), Some(0));
    assert_ne!(run_to_end(world.command(&["backup", "restore", "--yes", MISPLACED])).status.code(), Some(0));
    let all = said(&run_to_end(world.command(&["backup", "verify", "--all"])));
    assert!(all.contains(&format!("{}: good", file_name(&good))), "{all}");
    // Neither does it keep others from being made and removed.
    world.botctl(&["backup"], 0);
    world.botctl(&["backup", "prune", "--keep-last", "1"], 0);
    assert!(odd.symlink_metadata().is_ok() && !good.exists());
}

#[test]
fn special_file_without_a_manifest_is_not_restored() {
    let world = migrated_world(Backend::Sqlite);
    make_fifo(&world.cwd().join("copy.db"));
    let output = said(&world.botctl(&["backup", "restore", "--yes", "./copy.db"], 1));
    assert!(output.contains("copy.db: is a named pipe"), "{output}");
}

#[test]
fn pipe_in_place_of_a_lock_file_is_named() {
    let world = migrated_world(Backend::Sqlite);
    let good = world.make_backup();
    let lock = world.backup_folder().join(".botctl-lock");
    fs::remove_file(&lock).unwrap();
    make_fifo(&lock);
    for command in [&["backup"][..], &["backup", "prune"]] {
        let output = said(&world.botctl(command, 1));
        assert!(output.contains(".botctl-lock: is a named pipe"), "{output}");
    }
    world.botctl(&["backup", "list", "--check"], 0);
    world.botctl(&["backup", "verify"], 0);
    fs::remove_file(&lock).unwrap();
    for ending in [".serve.lock", ".migrate.lock"] {
        let lock = sidecar_path(&world.database_file(), ending);
        let _removed = fs::remove_file(&lock);
        make_fifo(&lock);
        let output = said(&run_to_end(world.command(&["backup", "restore", "--yes", file_name(&good)])));
        assert!(output.contains(ending) && output.contains("is a named pipe"), "{output}");
        run_to_end(world.command(&["status"]));
        fs::remove_file(&lock).unwrap();
    }
    world.botctl(&["backup", "restore", "--yes", file_name(&good)], 0);
}

#[test]
fn huge_manifest_is_not_read() {
    let world = migrated_world(Backend::Sqlite);
    let path = world.make_backup();
    let manifest = sidecar_path(&path, ".json");
    // Sparse.
    fs::File::options().write(true).open(&manifest).unwrap().set_len(1 << 40).unwrap();
    let listed = said(&world.botctl(&["backup", "list"], 0));
    assert!(listed.contains("manifest unreadable"), "{listed}");
}

/// Puts other contents into a compressed backup, with its manifest adjusted.
fn repack(path: &Path, fill: impl FnOnce(&mut dyn std::io::Write)) {
    let mut packed = zstd::Encoder::new(fs::File::create(path).unwrap(), 3).unwrap();
    fill(&mut packed);
    packed.finish().unwrap();
    adjust_manifest(path);
}

#[test]
fn compressed_backup_is_unpacked_only_to_its_promised_size() {
    let world = migrated_world(Backend::Sqlite);
    let made = world.run_json(&["backup", "create", "--compress"], 0);
    let path = world.cwd().join(made["data"]["path"].as_str().unwrap());
    let good = zstd::decode_all(fs::File::open(&path).unwrap()).unwrap();
    let refused = |why: &str| {
        for arguments in [&["backup", "verify"][..], &["backup", "restore", "--yes", file_name(&path)]] {
            let output = said(&world.botctl(arguments, 3));
            assert!(output.contains(why), "{output}");
        }
        assert_eq!(staging_dirs(world.database_folder()), Vec::<PathBuf>::new());
    };
    // A gigabyte in 30 kB.
    repack(&path, |to| {
        to.write_all(&good).unwrap();
        (0..1024).for_each(|_| to.write_all(&vec![0; 1 << 20]).unwrap());
    });
    refused("it holds more than its header says");
    repack(&path, |to| to.write_all(&vec![7; 1 << 20]).unwrap());
    refused("it is no SQLite database");
    repack(&path, |to| to.write_all(&good[..50]).unwrap());
    refused("it is no SQLite database");
    // Pages of 64 KiB, as many as there can be.
    let mut header = good[..100].to_vec();
    header[16..18].copy_from_slice(&[0, 1]);
    header[28..32].fill(0xff);
    repack(&path, |to| to.write_all(&header).unwrap());
    for arguments in [&["backup", "verify"][..], &["backup", "restore", "--yes", file_name(&path)]] {
        let output = said(&world.botctl(arguments, 1));
        assert!(output.contains("needs 281.47 TB") && output.contains("df -h"), "{output}");
    }
    repack(&path, |to| to.write_all(&good).unwrap());
    world.botctl(&["backup", "restore", "--yes", file_name(&path)], 0);
}

/// Makes who writes to the bot an admin.
fn add_trigger(world: &World) {
    if matches!(world.store, TestDatabase::Sqlite(_)) {
        world.run_sql(
            "CREATE TRIGGER rise AFTER INSERT ON users BEGIN UPDATE users SET role = 'ADMIN' WHERE id = NEW.id; END",
        );
        world.close_db();
        return;
    }
    run_all(
        world,
        &[
            "CREATE FUNCTION rise() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN NEW.role := 'ADMIN'; RETURN NEW; END $$",
            "CREATE TRIGGER rise BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION rise()",
        ],
    );
}

fn drop_trigger(world: &World) {
    if matches!(world.store, TestDatabase::Sqlite(_)) {
        world.run_sql("DROP TRIGGER rise");
        world.close_db();
        return;
    }
    run_all(world, &["DROP TRIGGER rise ON users", "DROP FUNCTION rise"]);
}

#[rstest]
fn triggers_of_a_backup_are_refused_unless_the_database_has_them(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = migrated_or_skip(backend) else { return };
    let clean = world.make_backup();
    add_trigger(&world);
    run_all(
        &world,
        &[
            "CREATE VIEW busy AS SELECT id FROM orders WHERE status = 'NEW'",
            "CREATE TABLE notepad (line TEXT)",
        ],
    );
    world.close_db();
    let path = world.make_backup();
    let name = file_name(&path);
    // The database has all of them too.
    let verified = world.run_json(&["backup", "verify", name], 0);
    assert_eq!(verified["data"]["backups"][0]["extra_objects"].to_string().matches("rise").count(), {
        if backend == Backend::Sqlite { 1 } else { 2 }
    });
    let status = world.run_json(&["migrate", "status"], 0);
    let extra = status["data"]["extra_objects"].to_string();
    for object in ["trigger rise", "view busy", "table notepad"] {
        assert!(extra.contains(object), "{extra}");
    }
    let output = said(&world.botctl(&["migrate", "status", "--check"], 3));
    assert!(output.contains("trigger rise") && output.contains("DROP TRIGGER"), "{output}");
    world.botctl(&["backup", "restore", "--yes", name], 0);
    // A table and a view do nothing by themselves.
    drop_trigger(&world);
    let output = said(&world.botctl(&["migrate", "status", "--check"], 0));
    assert!(output.contains("view busy") && output.contains("table notepad"), "{output}");
    for (arguments, code) in
        [(&["backup", "verify", name][..], 3), (&["backup", "restore", "--yes", name], 3)]
    {
        let output = said(&world.botctl(arguments, code));
        assert!(output.contains("trigger rise") && !output.contains("busy"), "{arguments:?} {output}");
    }
    world.add_users(1..2);
    assert_eq!(world.count_users(), 1);
    world.botctl(&["backup", "restore", "--yes", file_name(&clean)], 0);
    let output = said(&world.botctl(&["backup", "restore", "--yes", name], 3));
    for object in ["trigger rise", "view busy", "table notepad"] {
        assert!(output.contains(object), "{output}");
    }
    assert!(output.contains("--allow-extra-objects"), "{output}");
    let output = said(&world.botctl(&["backup", "restore", "--yes", "--allow-extra-objects", name], 0));
    assert!(output.contains("trigger rise"), "{output}");
    world.botctl(&["backup", "verify", name], 0);
}

#[rstest]
fn trigger_of_the_same_name_is_not_the_same_trigger(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = migrated_or_skip(backend) else { return };
    add_trigger(&world);
    let path = world.make_backup();
    drop_trigger(&world);
    add_trigger(&world);
    world.botctl(&["backup", "restore", "--yes", file_name(&path)], 0);
    drop_trigger(&world);
    if backend == Backend::Sqlite {
        world.run_sql("CREATE TRIGGER rise AFTER INSERT ON users BEGIN SELECT 1; END");
        world.close_db();
    } else {
        run_all(
            &world,
            &[
                "CREATE FUNCTION rise() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
                "CREATE TRIGGER rise BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION rise()",
            ],
        );
    }
    world.botctl(&["backup", "verify", file_name(&path)], 3);
    let output = said(&world.botctl(&["backup", "restore", "--yes", file_name(&path)], 3));
    assert!(output.contains("rise"), "{output}");
}

/// `pg_restore` as it was before August 2025, which passes on what a crafted archive has in it: here the file `inject`.
const OLD_PG_RESTORE: &str = r#"#!/bin/sh
case "$*" in
*--help*) /usr/bin/pg_restore --help | grep -v restrict ;;
*--restrict-key*) echo 'unrecognized option' >&2; exit 1 ;;
*--file=-*) /usr/bin/pg_restore "$@" | sed -e '/^\\restrict /d' -e '/^\\unrestrict /d' -e '/^SET row_security/r inject' ;;
*) exec /usr/bin/pg_restore "$@" ;;
esac
"#;

#[rstest]
fn client_commands_in_an_archive_do_not_run(
    #[values(
        "\\! touch pwned",
        "SELECT 1 \\! touch pwned",
        "SELECT 1 \\g pwned",
        "COMMIT;\n\\unrestrict x\n\\! touch pwned",
        "\\setenv PATH .\n\\o pwned"
    )]
    inject: &str,
) {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    world.add_users(1..3);
    let path = world.make_backup();
    world.add_users(3..5);
    let restore = ["backup", "restore", "--yes", file_name(&path)];
    fs::write(world.cwd().join("inject"), format!("{inject}\n")).unwrap();
    let output = run_with_client_tool(&world, "pg_restore", OLD_PG_RESTORE, &restore);
    assert!(!world.cwd().join("pwned").exists(), "{}", said(&output));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    if !inject.starts_with("COMMIT") {
        assert_eq!(world.count_users(), 4);
    }
    // Without such commands it does what it should.
    fs::write(world.cwd().join("inject"), "-- nothing\n").unwrap();
    let output = run_with_client_tool(&world, "pg_restore", OLD_PG_RESTORE, &restore);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(world.count_users(), 2);
}

#[test]
fn psql_that_cannot_be_restricted_is_not_used() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    let path = world.make_backup();
    let script = "#!/bin/sh
case \"$*\" in
*--help*) /usr/bin/psql \"$@\" | grep -v restrict ;;
*) touch used; exec /usr/bin/psql \"$@\" ;;
esac
";
    let restore = ["backup", "restore", "--yes", file_name(&path)];
    let output = run_with_client_tool(&world, "psql", script, &restore);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("August 2025"), "{}", said(&output));
    assert!(!world.cwd().join("used").exists());
    world.botctl(&["migrate", "status", "--check"], 0);
}
