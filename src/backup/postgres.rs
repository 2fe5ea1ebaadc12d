//! The copy of a PostgreSQL database, made, tried out and put back by the server's own client programs.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;
use std::process::Stdio;

use super::Progress;
use super::archive;
use super::client;
use super::create::Copied;
use super::error::{BackupError, ClientFailure};
use super::files;
use crate::backup::database;
use crate::config::SecretUrl;
use crate::config::database::DatabaseUrl;
use crate::config::postgres_url;
use crate::db::connection::{self, AnyConnection};

/// Dumps the bot's schema as it is now into the new file `copy`, beside whoever writes meanwhile, and checks the archive.
pub(super) fn copy(url: &SecretUrl, copy: &Path, progress: Progress<'_>) -> Result<Copied, BackupError> {
    let mut conn = connection::open_connection(&DatabaseUrl::Postgres(url.clone()))?;
    database::take_time(&mut conn)?;
    // What trials that died left; whoever may not remove it has a backup all the same.
    let _cleared = database::postgres::clear_scratches(&mut conn);
    let server = database::postgres::server_version(&mut conn)?.unwrap_or_default();
    client::require("pg_dump", server)?;
    client::require("pg_restore", server)?;
    let estimate = database::size(&mut conn)?;
    // What is counted and what is dumped is of the same moment.
    let (snapshot, schema) = database::postgres::export_snapshot(&mut conn)?;
    let rows = database::rows(&mut conn)?;
    let version = database::schema_version(&mut conn)?;
    let of_extensions = database::postgres::tables_of_extensions(&mut conn)?;
    let mut dump = client::connected("pg_dump", url)?;
    dump.args(["--format=custom", "--no-owner", "--no-privileges"])
        .arg(format!("--snapshot={snapshot}"))
        .arg(format!("--schema={}", database::quoted(&schema)))
        .arg("--file")
        .arg(copy);
    for table in of_extensions {
        let (schema, table) = (database::quoted(&schema), database::quoted(&table));
        dump.arg(format!("--exclude-table-data={schema}.{table}"));
    }
    let length = || std::fs::metadata(copy).map_or(0, |file| file.len());
    files::aside(
        || client::run("pg_dump", dump, Some(url)),
        || progress("copying", length().min(estimate), estimate),
    )?;
    drop(conn);
    progress("checking", 0, 1);
    archive::list(copy)?.expect_tables(rows.len())?;
    read_through(copy)?;
    files::make_private(copy).map_err(BackupError::file("set the mode of", copy))?;
    let (size, sha256) = files::hash(copy, &mut |_| {}).map_err(BackupError::file("read", copy))?;
    files::sync(copy).map_err(BackupError::file("write", copy))?;
    Ok(Copied { rows, schema: version, broken_references: 0, size, sha256, repaired: Vec::new() })
}

/// What came out of trying an archive.
pub(super) struct Tried {
    /// Rows of each table; `None` when there was no database to try it in.
    pub(super) rows: Option<BTreeMap<String, u64>>,
    /// The newest migration in it.
    pub(super) schema: Option<String>,
}

/// Restores an archive into a database of its own on the server, which goes away again. Where the user may not make one, or
/// not the extensions that the archive needs in it, nothing is tried.
pub(super) fn try_out(url: &SecretUrl, archive: &Path) -> Result<Tried, BackupError> {
    let mut conn = connection::open_connection(&DatabaseUrl::Postgres(url.clone()))?;
    database::take_time(&mut conn)?;
    client::require("pg_restore", database::postgres::server_version(&mut conn)?.unwrap_or_default())?;
    let Ok(name) = database::postgres::create_scratch(&mut conn) else {
        return Ok(Tried { rows: None, schema: None });
    };
    let scratch = SecretUrl::new(postgres_url::with_database(url.expose(), &name));
    let extensions = database::replace::extensions(&mut conn).map_err(BackupError::from);
    let tried = extensions.and_then(|extensions| restore_into_scratch(&scratch, archive, &extensions));
    database::postgres::drop_scratch(&mut conn, &name)?;
    tried
}

fn restore_into_scratch(
    url: &SecretUrl,
    archive: &Path,
    extensions: &[String],
) -> Result<Tried, BackupError> {
    let contents = archive::list(archive)?;
    let restore = |list: String| {
        let mut restore = client::connected("pg_restore", url)?;
        restore.args(["--no-owner", "--no-privileges", "--exit-on-error", "--clean", "--if-exists"]);
        restore.arg("--use-list=/dev/stdin").arg(archive);
        client::run_with("pg_restore", restore, list, Some(url))
    };
    // The schema comes first, because the extensions are in it and it could not be made anew with them.
    restore(contents.only_schema())?;
    let mut conn = connection::open_connection(&DatabaseUrl::Postgres(url.clone()))?;
    database::take_time(&mut conn)?;
    let has_all = database::postgres::run_what_can_be(&mut conn, extensions);
    match restore(contents.without_schema()) {
        // That says nothing about the archive.
        Err(BackupError::Client { said, .. })
            if !has_all && ClientFailure::classify(&said) == ClientFailure::Other =>
        {
            return Ok(Tried { rows: None, schema: None });
        }
        restored => restored?,
    };
    Ok(Tried { rows: Some(database::rows(&mut conn)?), schema: database::schema_version(&mut conn)? })
}

/// Has `pg_restore` read every byte of an archive without a database.
pub(super) fn read_through(archive: &Path) -> Result<(), BackupError> {
    let mut read = client::alone("pg_restore");
    read.arg("--file=/dev/null").arg(archive);
    client::run("pg_restore", read, None).map(drop)
}

/// Makes sure that what is in the bot's schema can be replaced so that afterwards it belongs to whom it belonged before, and
/// that nothing else goes away.
pub(super) fn replaceable(url: &DatabaseUrl, conn: &mut AnyConnection) -> Result<(), BackupError> {
    let owners = database::replace::other_owners(conn)?;
    if !owners.is_empty() {
        return Err(BackupError::NotOwner { database: url.to_string(), owners });
    }
    let things = database::replace::would_go_along(conn)?;
    if !things.is_empty() {
        return Err(BackupError::Dependents { database: url.to_string(), things });
    }
    Ok(())
}

/// Replaces everything of the bot's schema with what is in the archive, in one transaction, which is only committed when
/// every table has the rows that it should have. If this process dies in the middle, the server takes all of it back.
pub(super) fn replace(
    url: &SecretUrl,
    archive: &Path,
    rows: &BTreeMap<String, u64>,
    progress: Progress<'_>,
) -> Result<(), BackupError> {
    let contents = archive::list(archive)?;
    let mut psql = client::connected("psql", url)?;
    psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"]);
    // With the SQLSTATE, which is the same in every language.
    psql.arg("--set=VERBOSITY=verbose");
    // Of a long script, where it went wrong would be all that is said.
    psql.arg("--set=SHOW_CONTEXT=never");
    psql.stdin(Stdio::piped()).stdout(Stdio::null());
    let mut psql = psql.spawn().map_err(|error| client::not_run("psql", &error))?;
    let mut script = client::alone("pg_restore");
    script.args(["--no-owner", "--no-privileges", "--file=-", "--use-list=/dev/stdin"]).arg(archive);
    script.stdin(Stdio::piped()).stderr(Stdio::null());
    let mut script = script.spawn().map_err(|error| client::not_run("pg_restore", &error))?;
    let write = || -> io::Result<()> {
        let mut to = psql.stdin.take().ok_or_else(|| io::Error::other("no pipe"))?;
        let mut from = script.stdout.take().ok_or_else(|| io::Error::other("no pipe"))?;
        to.write_all(database::replace::script_before().as_bytes())?;
        let mut list = script.stdin.take().ok_or_else(|| io::Error::other("no pipe"))?;
        // The schema itself is there and stays.
        list.write_all(contents.without_schema().as_bytes())?;
        drop(list);
        io::copy(&mut from, &mut to)?;
        // Where the script broke off, what ends the transaction is not said, and it does not take place.
        if script.wait()?.success() {
            to.write_all(database::replace::script_after(rows).as_bytes())
        } else {
            Err(io::Error::other("pg_restore cannot read the archive"))
        }
    };
    let written = files::aside(write, || progress("restoring", 0, 1));
    let output = psql.wait_with_output().map_err(|error| client::not_run("psql", &error))?;
    let _ended = script.kill().and_then(|()| script.wait());
    if !output.status.success() {
        return Err(client::failed("psql", &output, Some(url)));
    }
    written.map_err(|error| BackupError::Client { program: "pg_restore", said: error.to_string() })
}
