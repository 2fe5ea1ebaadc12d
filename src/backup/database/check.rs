//! Whether a SQLite database is whole.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Name, number};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::foreign_keys::{self, ForeignKeyViolation};

/// What a check of a whole database found.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Check {
    /// Damage of the file, in the database's words; empty when it is whole.
    pub damage: Vec<String>,
    /// Rows that refer to a row that is not there. The old bot's databases have some; a copy has as many as its source.
    pub broken_references: u64,
}

/// Reads the whole database and checks that it is in order. PostgreSQL has no such check and no broken references.
///
/// # Errors
/// When the database cannot even be read.
pub fn whole(conn: &mut AnyConnection) -> Result<Check> {
    if !matches!(conn, AnyConnection::Sqlite(_)) {
        return Ok(Check::default());
    }
    Ok(Check { damage: all_damage(conn)?, broken_references: rows_of(&foreign_keys::violations(conn)?) })
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

/// The steps, those that take longest first. Together they find what [`whole`] finds.
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
            check.broken_references = rows_of(&foreign_keys::violations_in(conn, name)?);
        }
    }
    Ok(check)
}

fn rows_of(unmet: &[ForeignKeyViolation]) -> u64 {
    unmet.iter().map(|unmet| u64::try_from(unmet.rows).unwrap_or_default()).sum()
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
