//! Copying a PostgreSQL database, trying archives out and restoring them, with the server's own client programs.
//!
//! | file | what |
//! |---|---|
//! | `client` | runs `pg_dump`, `pg_restore` and `psql` |
//! | `archive` | the table of contents of an archive |
//! | `objects` | what is in the bot's schema, who owns it, what depends on it |
//! | `scratch` | databases in which archives are tried out |

mod archive;
mod client;
mod objects;
mod scratch;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::Stdio;

use diesel::connection::SimpleConnection;

use super::contents;
use super::error::{BackupError, ClientFailure};
use super::files::{self, Progress};
use super::manifest::DatabaseCopy;
use crate::config::SecretUrl;
use crate::config::database::DatabaseUrl;
use crate::config::postgres_url;
use crate::db::connection::{self, AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::sql::{query_names, query_number, quote_name};
use crate::migrate::{self, ExtraObject};

/// Dumps the bot's schema into the new file `copy` while other connections write, and checks the archive.
pub(super) fn dump_database(
    url: &SecretUrl,
    copy: &Path,
    progress: Progress<'_>,
) -> Result<DatabaseCopy, BackupError> {
    let mut conn = connect(url)?;
    // Without the right to drop them there is a backup all the same.
    let _may_fail = scratch::drop_stale_scratches(&mut conn);
    let server = server_version(&mut conn)?;
    client::require_version("pg_dump", server)?;
    client::require_version("pg_restore", server)?;
    let estimate = estimate_size(&mut conn)?;
    // Rows are counted in the snapshot that is dumped.
    let snapshot = export_snapshot(&mut conn)?;
    let schema = query_names(&mut conn, "SELECT current_schema()::text AS name")?.concat();
    let left_out = objects::list_unreadable_of_others(&mut conn)?;
    let rows = contents::count_rows(&mut conn, &left_out)?;
    let version = contents::schema_version(&mut conn)?;
    let mut dump = client::connecting_command("pg_dump", url)?;
    dump.args(["--format=custom", "--no-owner", "--no-privileges"])
        .arg(format!("--snapshot={snapshot}"))
        .arg(format!("--schema={}", quote_name(&schema)))
        .arg("--file")
        .arg(copy);
    for table in list_extension_tables(&mut conn)? {
        dump.arg(format!("--exclude-table-data={}.{}", quote_name(&schema), quote_name(&table)));
    }
    let length = || std::fs::metadata(copy).map_or(0, |file| file.len());
    for object in &left_out {
        dump.arg(format!("--exclude-table={}.{}", quote_name(&schema), quote_name(object)));
    }
    files::run_with_ticks(
        || client::run_client("pg_dump", dump, Some(url)),
        || progress("copying", length().min(estimate), estimate),
    )?;
    drop(conn);
    progress("checking", 0, 1);
    archive::list_contents(copy)?.expect_tables(rows.len())?;
    read_archive(copy)?;
    files::make_private(copy).map_err(BackupError::file("set the mode of", copy))?;
    let (size, sha256) = files::hash_file(copy, &mut |_| {}).map_err(BackupError::file("read", copy))?;
    files::sync_file(copy).map_err(BackupError::file("write", copy))?;
    Ok(DatabaseCopy {
        rows,
        schema: version,
        broken_references: 0,
        size,
        sha256,
        repaired: Vec::new(),
        left_out,
    })
}

fn connect(url: &SecretUrl) -> Result<AnyConnection> {
    let url = DatabaseUrl::Postgres(url.clone());
    // pg_dump and pg_restore change the session.
    connection::require_session(&url)?;
    let mut conn = connection::open_connection(&url)?;
    contents::lift_timeouts(&mut conn)?;
    Ok(conn)
}

fn server_version(conn: &mut AnyConnection) -> Result<u64> {
    let version = query_number(conn, "SELECT current_setting('server_version_num')::bigint AS number")?;
    Ok(version.unsigned_abs() / 10_000)
}

/// Returns about how many bytes the tables take.
fn estimate_size(conn: &mut AnyConnection) -> Result<u64> {
    let query = "SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint AS number
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND n.nspname = current_schema()";
    Ok(query_number(conn, query)?.unsigned_abs())
}

/// Begins a transaction that lasts as long as the connection, and returns the name by which `pg_dump` can use its snapshot.
fn export_snapshot(conn: &mut AnyConnection) -> Result<String> {
    on_each!(conn, |c| c.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))?;
    Ok(query_names(conn, "SELECT pg_export_snapshot() AS name")?.concat())
}

/// Lists tables and sequences of extensions in the bot's schema. `pg_dump` writes their rows where the extension asks for
/// it, but not the tables, which the extension creates and fills itself.
fn list_extension_tables(conn: &mut AnyConnection) -> Result<Vec<String>> {
    query_names(
        conn,
        "SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
         WHERE c.relkind IN ('r', 'p', 'S') AND n.nspname = current_schema()",
    )
}

/// What came out of an archive.
pub(super) struct RestoredArchive {
    pub(super) rows: BTreeMap<String, u64>,
    pub(super) schema: Option<String>,
    pub(super) extra_objects: Vec<ExtraObject>,
}

/// Restores an archive into a scratch database on the server, which is dropped again. `None` when the role may not create
/// one, or not the extensions that the archive needs in it.
pub(super) fn restore_into_scratch(
    url: &SecretUrl,
    archive: &Path,
) -> Result<Option<RestoredArchive>, BackupError> {
    let mut conn = connect(url)?;
    client::require_version("pg_restore", server_version(&mut conn)?)?;
    let Ok(name) = scratch::create_scratch(&mut conn) else { return Ok(None) };
    let target = SecretUrl::new(postgres_url::with_database(url.expose(), &name));
    let extensions = objects::extension_statements(&mut conn).map_err(BackupError::from);
    let restored = extensions.and_then(|extensions| fill_scratch(&target, archive, &extensions));
    scratch::drop_scratch(&mut conn, &name)?;
    restored
}

fn fill_scratch(
    url: &SecretUrl,
    archive: &Path,
    extensions: &[String],
) -> Result<Option<RestoredArchive>, BackupError> {
    let contents = archive::list_contents(archive)?;
    let restore = |list: String| {
        let mut restore = client::connecting_command("pg_restore", url)?;
        restore.args(["--no-owner", "--no-privileges", "--exit-on-error", "--clean", "--if-exists"]);
        restore.arg("--use-list=/dev/stdin").arg(archive);
        client::run_client_with_input("pg_restore", restore, list, Some(url))
    };
    // The schema comes first, because the extensions are in it and it could not be created anew with them.
    restore(contents.only_schema())?;
    let mut conn = connect(url)?;
    let failures =
        extensions.iter().filter(|create| on_each!(&mut conn, |c| c.batch_execute(create)).is_err());
    let has_extensions = failures.count() == 0;
    match restore(contents.without_schema()) {
        // Without its extensions this shows nothing about the archive.
        Err(BackupError::Client { message, .. })
            if !has_extensions && ClientFailure::classify(&message) == ClientFailure::Other =>
        {
            return Ok(None);
        }
        restored => restored?,
    };
    let (rows, schema) = (contents::count_rows(&mut conn, &[])?, contents::schema_version(&mut conn)?);
    let extra_objects = migrate::list_extra_objects(&mut conn)?;
    Ok(Some(RestoredArchive { rows, schema, extra_objects }))
}

/// Makes `pg_restore` read every byte of an archive without a database.
pub(super) fn read_archive(archive: &Path) -> Result<(), BackupError> {
    let mut read = client::new_command("pg_restore");
    read.arg("--file=/dev/null").arg(archive);
    client::run_client("pg_restore", read, None).map(drop)
}

/// Fails unless the objects in the bot's schema can be replaced, keep their owners, and no other object would be dropped.
pub(super) fn expect_replaceable(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<(), BackupError> {
    let owners = objects::list_foreign_owners(conn)?;
    if !owners.is_empty() {
        return Err(BackupError::NotOwner { database: url.to_string(), owners });
    }
    let objects = objects::list_dependents(conn)?;
    if !objects.is_empty() {
        return Err(BackupError::Dependents { database: url.to_string(), objects });
    }
    Ok(())
}

/// Fails when psql does not know the mode in which it runs no commands of a script.
pub(super) fn expect_safe_psql() -> Result<(), BackupError> {
    if client::has_help("psql", "--help=commands", "\\restrict")? {
        Ok(())
    } else {
        Err(BackupError::UnsafePsql)
    }
}

/// Returns the query for what the bot's schema does not have.
fn extra_objects_query() -> Result<String> {
    Ok(migrate::extra_objects::postgres_query(&migrate::extra_objects::own_names()?))
}

/// Replaces everything in the bot's schema with the contents of the archive, in one transaction that is only committed when
/// every table has the expected rows. If this process dies, the server rolls all of it back.
pub(super) fn restore_archive(
    url: &SecretUrl,
    archive: &Path,
    rows: &BTreeMap<String, u64>,
    allow_extra: bool,
    progress: Progress<'_>,
) -> Result<(), BackupError> {
    let contents = archive::list_contents(archive)?;
    let extra_objects = extra_objects_query()?;
    let mut psql = client::connecting_command("psql", url)?;
    psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]);
    // With the SQLSTATE, which is the same in every language.
    psql.arg("--set=VERBOSITY=verbose");
    // The context would quote a long script.
    psql.arg("--set=SHOW_CONTEXT=never");
    psql.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut psql = psql.spawn().map_err(|error| client::start_error("psql", &error))?;
    let mut script = client::new_command("pg_restore");
    script.args(["--no-owner", "--no-privileges", "--file=-", "--use-list=/dev/stdin"]).arg(archive);
    // Between these lines psql does what SQL says and nothing else. Newer versions of pg_restore write them themselves.
    let key = format!("{:032x}", rand::random::<u128>());
    let (mut begin, mut end) = (format!("\\restrict {key}\n"), format!("\n\\unrestrict {key}\n"));
    if client::has_help("pg_restore", "--help", "--restrict-key")? {
        script.arg(format!("--restrict-key={key}"));
        (begin, end) = (String::new(), String::new());
    }
    script.stdin(Stdio::piped()).stderr(Stdio::null());
    let mut script = script.spawn().map_err(|error| client::start_error("pg_restore", &error))?;
    let write = || -> io::Result<()> {
        let mut to = psql.stdin.take().ok_or_else(|| io::Error::other("no pipe"))?;
        let mut from = script.stdout.take().ok_or_else(|| io::Error::other("no pipe"))?;
        to.write_all(objects::script_before(&extra_objects).as_bytes())?;
        to.write_all(begin.as_bytes())?;
        let mut list = script.stdin.take().ok_or_else(|| io::Error::other("no pipe"))?;
        // The schema itself exists and stays.
        list.write_all(contents.without_schema().as_bytes())?;
        drop(list);
        io::copy(&mut from, &mut to)?;
        // Without the end of the script, which commits, nothing changes.
        if script.wait()?.success() {
            to.write_all(end.as_bytes())?;
            let extra_objects = (!allow_extra).then_some(&*extra_objects);
            to.write_all(objects::script_after(rows, extra_objects).as_bytes())
        } else {
            Err(io::Error::other("pg_restore cannot read the archive"))
        }
    };
    let written = files::run_with_ticks(write, || progress("restoring", 0, 1));
    let output = psql.wait_with_output().map_err(|error| client::start_error("psql", &error))?;
    let _may_fail = script.kill().and_then(|()| script.wait());
    if !output.status.success() {
        return Err(objects::name_extra_objects(client::exit_error("psql", &output, Some(url)), archive));
    }
    written.map_err(|error| BackupError::Client { program: "pg_restore", message: error.to_string() })
}
