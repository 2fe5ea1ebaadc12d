//! The client programs of PostgreSQL, and a server that is busy or fails.

use super::*;

#[test]
fn postgres_clients_are_required_and_get_no_password_in_arguments() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    let with_path = |path: &Path, url: Option<&str>| {
        let mut command = world.command(&["backup"]);
        command.env("PATH", format!("{}:/usr/bin:/bin", path.display()));
        if let Some(url) = url {
            command.env("DATABASE_URL", url);
        }
        run_to_end(command)
    };
    let tools = world.cwd().join("tools");
    fs::create_dir(&tools).unwrap();
    let tool = |script: &str| {
        fs::write(tools.join("pg_dump"), script).unwrap();
        fs::set_permissions(tools.join("pg_dump"), fs::Permissions::from_mode(0o755)).unwrap();
    };
    let mut nothing = world.command(&["backup"]);
    nothing.env("PATH", world.cwd().join("nothing"));
    let output = run_to_end(nothing);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("pg_dump is not installed") && said(&output).contains("apt install"),
        "{}",
        said(&output)
    );
    tool("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.1'\n");
    let output = with_path(&tools, None);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("has version 9"), "{}", said(&output));
    tool(
        "#!/bin/sh\necho 'pg_dump (PostgreSQL) 99.1'\n[ \"$1\" = --version ] || { echo 'no such luck' >&2; exit 1; }\n",
    );
    let output = with_path(&tools, None);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("pg_dump failed: no such luck"), "{}", said(&output));
    assert!(world.listed_backups().is_empty());
    assert_eq!(staging_dirs(&world.backup_folder()), Vec::<PathBuf>::new());
    // What other users of the machine can see of it.
    let seen = world.cwd().join("seen");
    tool(&format!("#!/bin/sh\necho \"$@\" >> {}\nexec /usr/bin/pg_dump \"$@\"\n", seen.display()));
    let mut url = url::Url::parse(&world.store.url()).unwrap();
    url.set_password(Some("hunter2secret")).unwrap();
    let output = with_path(&tools, Some(url.as_str()));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let seen = fs::read_to_string(seen).unwrap();
    assert!(seen.contains("tcp_user_timeout=") && seen.contains("keepalives_idle="), "{seen}");
    assert!(seen.contains("--snapshot=") && !seen.contains("hunter2secret"), "{seen}");
    assert!(!said(&output).contains("hunter2secret"));
    let manifest =
        sidecar_path(&world.cwd().join(world.listed_backups()[0]["path"].as_str().unwrap()), ".json");
    assert!(!fs::read_to_string(manifest).unwrap().contains("hunter2secret"));
}

#[test]
fn failed_postgres_restore_changes_nothing() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    world.add_users(1..4);
    let path = world.make_backup();
    world.add_users(10..12);
    // An archive that says other numbers than came out of it.
    let manifest = sidecar_path(&path, ".json");
    let honest = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, honest.replace("\"users\": 3", "\"users\": 4")).unwrap();
    let output = world.botctl(&["backup", "restore", file_name(&path), "--yes"], 1);
    assert!(said(&output).contains("has 4 rows in"), "{}", said(&output));
    assert_eq!(world.count_users(), 5);
    fs::write(&manifest, honest).unwrap();
    // A program that stops in the middle: what ends the transaction is never said.
    let tools = world.cwd().join("tools");
    fs::create_dir(&tools).unwrap();
    let script = "#!/bin/sh\ncase \"$*\" in *--use-list*) kill -KILL $PPID; exit 1;; esac\nexec /usr/bin/pg_restore \"$@\"\n";
    fs::write(tools.join("pg_restore"), script).unwrap();
    fs::set_permissions(tools.join("pg_restore"), fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = world.command(&["backup", "restore", file_name(&path), "--yes"]);
    command.env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
    assert_eq!(run_to_end(command).status.code(), None, "it was not killed");
    assert_eq!(world.count_users(), 5);
    world.botctl(&["backup", "restore", file_name(&path), "--yes"], 0);
    assert_eq!(world.count_users(), 3);
}

#[test]
fn uncountable_tables_are_not_taken_for_empty() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    let old = world.make_backup();
    world.add_users(1..4);
    let mut other = world.store.open();
    execute(&mut other, "BEGIN");
    execute(&mut other, "LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE");
    let mut restore = world.command(&["backup", "restore", "--yes", file_name(&old)]);
    restore.env("DATABASE_URL", format!("{}?options=-c%20lock_timeout%3D200ms", world.store.url()));
    let output = run_to_end(restore);
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    assert!(!said(&output).contains("nothing that can be read"), "{}", said(&output));
    execute(&mut other, "ROLLBACK");
    assert_eq!((world.count_users(), world.listed_backups().len()), (3, 1));
    // How long a statement of the role may take is no reason either.
    let mut restore = world.command(&["backup", "restore", "--yes", file_name(&old)]);
    restore.env("DATABASE_URL", format!("{}?options=-c%20statement_timeout%3D2s", world.store.url()));
    assert_eq!(run_to_end(restore).status.code(), Some(0));
    assert_eq!(world.listed_backups()[0]["manifest"]["rows"]["users"], 3);
}

#[test]
fn restore_names_a_locked_table() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    let old = world.make_backup();
    world.add_users(1..4);
    // A reader that keeps its transaction open.
    let mut other = world.store.open();
    for statement in ["BEGIN", "LOCK TABLE users IN ACCESS SHARE MODE"] {
        execute(&mut other, statement);
    }
    let output = said(&world.botctl(&["backup", "restore", "--yes", file_name(&old)], 5));
    assert!(output.contains("55P03") && output.contains("lock on a table"), "{output}");
    execute(&mut other, "ROLLBACK");
    assert_eq!(world.count_users(), 3);
}

#[test]
fn truncated_archive_with_a_matching_checksum_is_bad() {
    use sha2::Digest as _;
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    let path = world.make_backup();
    let length = fs::metadata(&path).unwrap().len();
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 40).unwrap();
    let bytes = fs::read(&path).unwrap();
    edit_manifest(&path, |known| {
        known["size"] = bytes.len().into();
        let sum = sha2::Sha256::digest(&bytes);
        known["sha256"] = sum.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")).into();
    });
    let output = said(&world.botctl(&["backup", "restore", "--yes", file_name(&path)], 3));
    assert!(output.contains("it cannot be read"), "{output}");
    world.botctl(&["backup", "verify"], 3);
    // The disk changes what pg_dump wrote.
    let script = "#!/bin/sh\n/usr/bin/pg_dump \"$@\" || exit\nfor last; do :; done\n\
        [ \"$1\" = --version ] || truncate --size=-40 \"$last\"\n";
    let listed = world.listed_backups().len();
    let output = run_with_client_tool(&world, "pg_dump", script, &["backup"]);
    assert_ne!(output.status.code(), Some(0), "{}", said(&output));
    assert_eq!(world.listed_backups().len(), listed);
}

#[test]
fn unavailable_server_does_not_mark_the_backup_bad() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    world.make_backup();
    let script = "#!/bin/sh\ncase \"$*\" in *--exit-on-error*)\n\
        echo 'pg_restore: error: connection to server failed: FATAL:  too many connections for database' >&2; exit 1;;\n\
        esac\nexec /usr/bin/pg_restore \"$@\"\n";
    let output = run_with_client_tool(&world, "pg_restore", script, &["backup", "verify"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("could not be verified"), "{}", said(&output));
    world.botctl(&["backup", "verify"], 0);
}

#[test]
fn scratch_databases_of_dead_runs_are_dropped() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    let mut conn = world.store.open();
    let oid = query_words(
        &mut conn,
        "SELECT oid::text AS word FROM pg_database WHERE datname = current_database()",
    );
    let scratch = |which: &str| format!("botctl_scratch_{}_{which}", oid[0]);
    for which in ["dead", "living"] {
        execute(&mut conn, &format!("CREATE DATABASE {}", scratch(which)));
    }
    execute(&mut conn, &format!("SELECT pg_advisory_lock(hashtextextended('{}', 0))", scratch("living")));
    let mut other = world.store.open();
    let mut left = || {
        let query = format!(
            "SELECT datname::text AS word FROM pg_database WHERE starts_with(datname, '{}')",
            scratch("")
        );
        query_words(&mut other, &query)
    };
    world.make_backup();
    assert_eq!(left(), [scratch("living")]);
    let both = [spawn(world.command(&["backup", "verify"])), spawn(world.command(&["backup", "verify"]))];
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    }
    assert_eq!(left(), [scratch("living")]);
    drop(conn);
    world.make_backup();
    assert_eq!(left(), Vec::<String>::new());
}

#[test]
fn archive_without_a_table_gets_its_own_hint() {
    let Some(world) = migrated_or_skip(Backend::Postgres) else { return };
    let script = "#!/bin/sh\n/usr/bin/pg_restore \"$@\" | grep -v ' TABLE DATA public users '\n";
    let output = run_with_client_tool(&world, "pg_restore", script, &["backup"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    let output = said(&output);
    assert!(output.contains("tables instead of") && output.contains("pg_dump and pg_restore"), "{output}");
    assert!(!output.contains("sqlite3") && !output.contains("botctl-work"), "{output}");
    assert!(world.listed_backups().is_empty());
}
