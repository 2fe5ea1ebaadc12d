//! What a backup asks of a database: the pages of one moment, whether they are whole, what is in them.
//!
//! Files, manifests and the client programs of PostgreSQL are the business of `ops::backup`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use diesel::connection::{DefaultLoadingMode, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::connection::{AnyConnection, on_each};
use super::error::{Error, Result};

/// What a check of a whole database found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Check {
    /// Damage of the file, in the database's words; empty when it is whole.
    pub damage: Vec<String>,
    /// Rows that refer to a row that is not there. The old bot's databases have some; a copy has as many as its source.
    pub broken_references: u64,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Page {
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
}

/// From now on the connection sees a SQLite database as it is now, whatever others write, for as long as it lives.
///
/// # Errors
/// When the database cannot be read.
pub fn stop_time(conn: &mut AnyConnection) -> Result<()> {
    if let AnyConnection::Sqlite(c) = conn {
        // BEGIN alone waits for the first read.
        c.batch_execute("BEGIN; SELECT count(*) FROM sqlite_schema")?;
    }
    Ok(())
}

/// Ends that.
///
/// # Errors
/// When the statement fails.
pub fn let_time_go_on(conn: &mut AnyConnection) -> Result<()> {
    on_each!(conn, |c| c.batch_execute("COMMIT"))?;
    Ok(())
}

/// Where the header of a SQLite file says how it is written, and how read: 1 alone, 2 with a `-wal` beside it ("Database
/// File Format", 1.3.3).
const JOURNAL_MODES: Range<usize> = 18..20;

/// Gives `each` the pages of a SQLite database as it is now, first to last, beside whoever writes meanwhile. Put one
/// after the other they are a file that needs no `-wal`.
///
/// Unlike `VACUUM INTO`, which puts every row into a new place, this costs little more than reading the file: a third of
/// the time, during which whoever writes waits for the processor and a checkpoint for us. The pages come through
/// `sqlite_dbpage`, so they are those of one read transaction, whatever is in the `-wal`. It copies damage too: the copy must
/// be [checked](steps).
///
/// # Errors
/// When the database cannot be read, on PostgreSQL, or whatever `each` fails with; then at once.
pub fn pages<E: From<Error>>(
    conn: &mut AnyConnection,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let conn = match conn {
        AnyConnection::Sqlite(conn) => conn,
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {
            return Err(Error::Connect("only a SQLite database has pages".to_owned()).into());
        }
    };
    let query = diesel::sql_query("SELECT data AS bytes FROM sqlite_dbpage ORDER BY pgno");
    let mut is_first = true;
    for page in query.load_iter::<Page, DefaultLoadingMode>(conn).map_err(Error::Query)? {
        let mut bytes = page.map_err(Error::Query)?.bytes;
        if std::mem::take(&mut is_first)
            && let Some(modes) = bytes.get_mut(JOURNAL_MODES)
        {
            modes.fill(1);
        }
        each(&bytes)?;
    }
    Ok(())
}

/// Copies the database as it is now into a new SQLite file, beside whoever writes meanwhile. The connection must be one
/// that [may write](super::connection::allow_writing), though nothing is written to its own database.
///
/// # Errors
/// When the file cannot be written, or on PostgreSQL.
pub fn copy_into(conn: &mut AnyConnection, file: &Path) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(c) => {
            let file = file.to_str().ok_or_else(|| {
                Error::Connect(format!(
                    "{} is a path that is no UTF-8, which SQLite cannot take",
                    file.display()
                ))
            })?;
            diesel::sql_query("VACUUM INTO ?").bind::<Text, _>(file).execute(c)?;
            Ok(())
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {
            Err(Error::Connect("only a SQLite database can be copied into a file".to_owned()))
        }
    }
}

/// About how many bytes the tables take.
///
/// # Errors
/// When the database fails.
pub fn size(conn: &mut AnyConnection) -> Result<u64> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT page_count * page_size AS number FROM pragma_page_count, pragma_page_size"
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {
            "SELECT coalesce(sum(pg_table_size(c.oid)), 0)::bigint AS number FROM pg_class c
             WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
        }
    };
    number(conn, query)
}

/// Every table with its number of rows, but for virtual ones of a module that this SQLite does not have.
///
/// # Errors
/// When the database fails.
pub fn rows(conn: &mut AnyConnection) -> Result<BTreeMap<String, u64>> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {
            "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema()"
        }
    };
    let tables: Vec<Name> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    let mut rows = BTreeMap::new();
    for Name { name } in tables {
        match number(conn, &format!("SELECT count(*) AS number FROM {}", quoted(&name))) {
            Ok(count) => drop(rows.insert(name, count)),
            Err(error) if error.to_string().contains("no such module") => {}
            Err(error) => return Err(error),
        }
    }
    Ok(rows)
}

/// The newest migration that is applied; `None` in a database that has no ledger of ours.
///
/// # Errors
/// When the database fails.
pub fn schema_version(conn: &mut AnyConnection) -> Result<Option<String>> {
    let has_ledger = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT count(*) AS number FROM sqlite_schema WHERE type = 'table' AND name = '__diesel_schema_migrations'"
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => {
            "SELECT count(*) AS number FROM pg_tables
             WHERE schemaname = current_schema() AND tablename = '__diesel_schema_migrations'"
        }
    };
    if number(conn, has_ledger)? == 0 {
        return Ok(None);
    }
    let query = "SELECT version AS name FROM __diesel_schema_migrations ORDER BY version DESC LIMIT 1";
    let newest: Vec<Name> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    Ok(newest.into_iter().next().map(|newest| newest.name))
}

/// Reads the whole database and checks that it is in order. PostgreSQL has no such check and no broken references.
///
/// # Errors
/// When the database cannot even be read.
pub fn check(conn: &mut AnyConnection) -> Result<Check> {
    if !matches!(conn, AnyConnection::Sqlite(_)) {
        return Ok(Check::default());
    }
    Ok(Check {
        damage: all_damage(conn)?,
        broken_references: number(conn, "SELECT count(*) AS number FROM pragma_foreign_key_check")?,
    })
}

/// One of the steps into which the check of a SQLite file can be divided, for several connections.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Every page has its place, and only one.
    Structure,
    /// A table and its indexes.
    Table(String),
    /// The references of a table.
    References(String),
}

/// The steps, those that take longest first. Together they find what [`check`] finds.
///
/// # Errors
/// When the database fails.
pub fn steps(conn: &mut AnyConnection) -> Result<Vec<Step>> {
    // A table that has more indexes takes longer; the length of a table is not known without reading it.
    let query = "SELECT tables.name AS name FROM sqlite_schema AS tables
         WHERE tables.type = 'table' AND tables.rootpage > 0
         ORDER BY (SELECT count(*) FROM sqlite_schema AS i WHERE i.type = 'index' AND i.tbl_name = tables.name) DESC";
    let names: Vec<Name> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    let schema = std::iter::once("sqlite_schema".to_owned());
    let tables: Vec<String> = names.into_iter().map(|table| table.name).chain(schema).collect();
    let references = tables.clone().into_iter().filter(|table| !table.starts_with("sqlite_"));
    let references: Vec<Step> = references.map(Step::References).collect();
    let structure = std::iter::once(Step::Structure);
    Ok(structure.chain(tables.into_iter().map(Step::Table)).chain(references).collect())
}

/// Takes one step.
///
/// # Errors
/// When the database cannot even be read.
pub fn take(conn: &mut AnyConnection, step: &Step) -> Result<Check> {
    let quoted = |name: &str| format!("'{}'", name.replace('\'', "''"));
    let mut check = Check::default();
    match step {
        Step::Structure => {
            // Counting is much faster. Where it does not come out even (there are also pages that belong to nobody by
            // right) SQLite says what is wrong, if anything. In a file of more than 1 GiB the page there is nobody's ("The
            // Lock-Byte Page").
            let left_over = "SELECT abs(page_count - freelist_count - (page_count > 1073741824 / page_size)
                     - (SELECT sum(pageno) FROM dbstat WHERE aggregate = 1)) AS number
                 FROM pragma_page_count, pragma_page_size, pragma_freelist_count";
            if !matches!(number(conn, left_over), Ok(0)) {
                check.damage = damage_of_pages(conn)?;
            }
        }
        Step::Table(name) => {
            check.damage = damage(conn, &quoted(name))?;
        }
        Step::References(name) => {
            let query = format!("SELECT count(*) AS number FROM pragma_foreign_key_check({})", quoted(name));
            check.broken_references = number(conn, &query)?;
        }
    }
    Ok(check)
}

/// Where SQLite ends a check that is given no other number ("PRAGMA `integrity_check`").
const LINES: usize = 100;

/// Damage of a table and its indexes.
fn damage(conn: &mut AnyConnection, quoted: &str) -> Result<Vec<String>> {
    let query = format!("SELECT integrity_check AS name FROM pragma_integrity_check({quoted})");
    let found: Vec<Name> = on_each!(conn, |c| diesel::sql_query(&query).load(c))?;
    let lines: Vec<&str> = found.iter().flat_map(|found| lines(&found.name)).collect();
    let damage: Vec<String> =
        lines.iter().filter(|line| !is_about_a_row(line)).map(|line| (*line).to_owned()).collect();
    // What comes after so many lines about rows is not said; and a check of one table takes no other number.
    if damage.len() < lines.len() && lines.len() >= LINES {
        return all_damage(conn);
    }
    Ok(damage)
}

/// Damage of the whole database, however much there is to say about rows; of the damage itself hardly more than so many lines.
fn all_damage(conn: &mut AnyConnection) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }
    match conn {
        AnyConnection::Sqlite(conn) => {
            let query = diesel::sql_query(format!("PRAGMA integrity_check({})", i32::MAX));
            let found = query.load_iter::<Found, DefaultLoadingMode>(conn)?;
            first_damage(found.map(|found| found.map(|found| found.integrity_check)))
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => Ok(Vec::new()),
    }
}

/// The same without indexes, in less time.
fn damage_of_pages(conn: &mut AnyConnection) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    match conn {
        AnyConnection::Sqlite(conn) => {
            let query = diesel::sql_query(format!("PRAGMA quick_check({})", i32::MAX));
            let found = query.load_iter::<Found, DefaultLoadingMode>(conn)?;
            first_damage(found.map(|found| found.map(|found| found.quick_check)))
        }
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => Ok(Vec::new()),
    }
}

fn first_damage(found: impl Iterator<Item = QueryResult<String>>) -> Result<Vec<String>> {
    let mut damage = Vec::new();
    for text in found {
        damage.extend(lines(&text?).filter(|line| !is_about_a_row(line)).map(str::to_owned));
        if damage.len() >= LINES {
            break;
        }
    }
    Ok(damage)
}

/// What is said about pages comes as one text with a title.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("*** in database"))
}

/// Whether damage is in no table and no index: pages that nobody uses, and the list of those that are free.
#[must_use]
pub fn is_outside_of_rows(line: &str) -> bool {
    line.starts_with("Freelist: ") || (line.starts_with("Page ") && line.ends_with("never used"))
}

/// Whether all of this damage is in indexes, so that they can be made anew from rows that are whole.
pub fn is_only_about_indexes(conn: &mut AnyConnection, damage: &[String]) -> bool {
    const SIGNS: [&str; 5] = [
        "wrong # of entries in index ",
        "non-unique entry in index ",
        " missing from index ",
        " values differ from index ",
        " of index ",
    ];
    // What is found in a page is said with the first page of its tree, or with its own.
    let tree = |line: &str| line.strip_prefix("Tree ")?.split_once(' ')?.0.parse::<u32>().ok();
    let page = |line: &str| line.rsplit_once(" on page ")?.1.parse::<u32>().ok();
    let mut is_of_index = |line: &String| {
        let query = match (tree(line), page(line)) {
            (Some(root), _) => format!(
                "SELECT count(*) AS number FROM sqlite_schema WHERE type = 'index' AND rootpage = {root}"
            ),
            (None, Some(page)) => format!(
                "SELECT count(*) AS number FROM dbstat JOIN sqlite_schema USING (name) WHERE type = 'index' AND pageno = {page}"
            ),
            (None, None) => return SIGNS.iter().any(|sign| line.contains(sign)),
        };
        number(conn, &query).is_ok_and(|count| count > 0)
    };
    damage.iter().all(&mut is_of_index)
}

/// Rows that break a rule which their table got later are a matter of the program that wrote them. The file is whole,
/// and a backup of it must be had.
fn is_about_a_row(line: &str) -> bool {
    line == "ok" || line.starts_with("NULL value in ") || line.starts_with("CHECK constraint failed in ")
}

/// Takes what is in the `-wal` or the `-journal` beside the file into the file and removes them: afterwards the file
/// alone is the whole database, and as long as the connection lives nobody else can write to it.
///
/// # Errors
/// When somebody else has the database open ("database is locked").
pub fn fold_into_one_file(conn: &mut AnyConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Mode {
        #[diesel(sql_type = Text)]
        journal_mode: String,
    }
    let AnyConnection::Sqlite(c) = conn else { return Ok(()) };
    let now: Mode = diesel::sql_query("PRAGMA journal_mode = DELETE").get_result(c)?;
    if now.journal_mode != "delete" {
        return Err(Error::Connect("the database is locked".to_owned()));
    }
    c.batch_execute("BEGIN EXCLUSIVE")?;
    Ok(())
}

/// A number that is another one as soon as another connection has changed a SQLite database; always 0 on PostgreSQL.
///
/// # Errors
/// When the database fails.
pub fn data_version(conn: &mut AnyConnection) -> Result<u64> {
    match conn {
        AnyConnection::Sqlite(_) => number(conn, "SELECT data_version AS number FROM pragma_data_version"),
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(_) => Ok(0),
    }
}

/// Gives a connection a cache of so many kibibytes.
///
/// # Errors
/// When the statement fails.
pub fn set_cache(conn: &mut AnyConnection, kibibytes: u32) -> Result<()> {
    if let AnyConnection::Sqlite(c) = conn {
        c.batch_execute(&format!("PRAGMA cache_size = -{kibibytes}"))?;
    }
    Ok(())
}

/// A name as SQL takes it, whatever is in it.
#[must_use]
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn number(conn: &mut AnyConnection, query: &str) -> Result<u64> {
    let found: Number = on_each!(conn, |c| diesel::sql_query(query).get_result(c))?;
    Ok(u64::try_from(found.number).unwrap_or_default())
}

/// The major version of a PostgreSQL server; `None` on SQLite.
///
/// # Errors
/// When the database fails.
pub fn server_version(conn: &mut AnyConnection) -> Result<Option<u64>> {
    if matches!(conn, AnyConnection::Sqlite(_)) {
        return Ok(None);
    }
    let version = number(conn, "SELECT current_setting('server_version_num')::bigint AS number")?;
    Ok(Some(version / 10_000))
}

/// Begins a transaction on PostgreSQL that sees the database as it is now, and returns the name under which `pg_dump` can
/// join it, and the schema that is ours. It lasts until the connection is dropped.
///
/// # Errors
/// When the database fails, or on SQLite.
pub fn export_snapshot(conn: &mut AnyConnection) -> Result<(String, String)> {
    on_each!(conn, |c| c.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))?;
    let snapshot: Name =
        on_each!(conn, |c| diesel::sql_query("SELECT pg_export_snapshot() AS name").get_result(c))?;
    let schema: Name =
        on_each!(conn, |c| diesel::sql_query("SELECT current_schema()::text AS name").get_result(c))?;
    Ok((snapshot.name, schema.name))
}

/// Lifts what the role or the address says about how long statements may take: a backup takes as long as it takes.
///
/// # Errors
/// When the statement fails.
pub fn take_time(conn: &mut AnyConnection) -> Result<()> {
    match conn {
        AnyConnection::Sqlite(_) => {}
        #[cfg(feature = "postgres")]
        AnyConnection::Pg(c) => {
            c.batch_execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")?;
        }
    }
    Ok(())
}

/// How the names of databases begin in which backups of this database are tried out. Locks with a number are those of one
/// database, so runs on another one would not see ours.
const SCRATCH: &str = "SELECT 'botctl_scratch_' || oid::text || '_' AS name FROM pg_database
     WHERE datname = current_database()";

/// Makes a PostgreSQL database to try a backup out in and returns its name. As long as the connection lives, it holds the
/// lock by which others know that the scratch database is not left over.
///
/// # Errors
/// When the user may not make databases.
pub fn create_scratch(conn: &mut AnyConnection) -> Result<String> {
    clear_scratches(conn)?;
    let prefix: Name = on_each!(conn, |c| diesel::sql_query(SCRATCH).get_result(c))?;
    let name = format!("{}{:016x}", prefix.name, rand::random::<u64>());
    on_each!(conn, |c| c.batch_execute(&format!("SELECT pg_advisory_lock(hashtextextended('{name}', 0))")))?;
    on_each!(conn, |c| c.batch_execute(&format!("CREATE DATABASE {} TEMPLATE template0", quoted(&name))))?;
    Ok(name)
}

/// Removes what runs that died left of their scratch databases of this database.
///
/// # Errors
/// When they cannot be listed; one that cannot be removed stays for the next run.
pub fn clear_scratches(conn: &mut AnyConnection) -> Result<()> {
    if matches!(conn, AnyConnection::Sqlite(_)) {
        return Ok(());
    }
    let query = format!(
        "SELECT d.datname::text AS name FROM pg_database d, ({SCRATCH}) s WHERE starts_with(d.datname, s.name)"
    );
    let left: Vec<Name> = on_each!(conn, |c| diesel::sql_query(&query).load(c))?;
    for Name { name } in left {
        let lock =
            format!("SELECT pg_try_advisory_lock(hashtextextended('{name}', 0))::int::bigint AS number");
        if number(conn, &lock)? == 1 {
            // A client program whose parent was killed may still be at it; then it stays too.
            let _dropped =
                on_each!(conn, |c| c.batch_execute(&format!("DROP DATABASE IF EXISTS {}", quoted(&name))));
            on_each!(conn, |c| c
                .batch_execute(&format!("SELECT pg_advisory_unlock(hashtextextended('{name}', 0))")))?;
        }
    }
    Ok(())
}

/// Removes a database that was made to try something out.
///
/// # Errors
/// When the database fails.
pub fn drop_scratch(conn: &mut AnyConnection, name: &str) -> Result<()> {
    on_each!(conn, |c| c.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name))))?;
    Ok(())
}

/// What `psql` is given before the script of `pg_restore`: one transaction begins, in which everything of the bot's
/// schema goes away. Whoever reads it must stop at the first error.
#[must_use]
pub fn script_before() -> &'static str {
    "SET client_min_messages = warning;
SET statement_timeout = 0;
SET lock_timeout = '15s';
BEGIN;
DO $clear$
DECLARE item record;
BEGIN
    FOR item IN
        SELECT format('DROP %s IF EXISTS %I.%I CASCADE',
            CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, current_schema(), c.relname) AS statement
        FROM pg_class c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
            AND NOT EXISTS (SELECT 1 FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i'))
        UNION ALL
        SELECT format('DROP TYPE IF EXISTS %I.%I CASCADE', current_schema(), t.typname)
        FROM pg_type t
        WHERE t.typnamespace = current_schema()::regnamespace AND t.typtype IN ('e', 'd')
            AND NOT EXISTS (SELECT 1 FROM pg_depend d
                WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
        UNION ALL
        SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
        FROM pg_proc p
        WHERE p.pronamespace = current_schema()::regnamespace
            AND NOT EXISTS (SELECT 1 FROM pg_depend d
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    LOOP
        EXECUTE item.statement;
    END LOOP;
END
$clear$;
"
}

/// What `psql` is given after it: the numbers of rows must be these, and only then everything takes effect.
#[must_use]
pub fn script_after(rows: &BTreeMap<String, u64>) -> String {
    use std::fmt::Write as _;
    let mut script = String::from("\nRESET search_path;\n");
    for (table, count) in rows {
        let quoted = quoted(table);
        let text = quoted.replace('\'', "''");
        // Writing to a String cannot fail.
        let _ = writeln!(
            script,
            "DO $count$ BEGIN IF (SELECT count(*) FROM {quoted}) <> {count} THEN \
             RAISE EXCEPTION USING MESSAGE = 'the backup has {count} rows in {text}, and others came out'; END IF; END $count$;"
        );
    }
    script.push_str("COMMIT;\n");
    script
}
