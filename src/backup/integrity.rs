//! Whether a SQLite database is intact, and what is in it.

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::DefaultLoadingMode;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::contents;
use super::manifest::BackupManifest;
use crate::db::connection::AnyConnection;
use crate::db::error::Result;
use crate::db::foreign_keys;
use crate::db::sql::query_number;

/// The result of reading and checking a whole database.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Inspection {
    /// Damage of the file in SQLite's words; empty when it is intact.
    pub(super) damage: Vec<String>,
    /// Foreign key violations. The old bot's databases have some; a copy has as many as its source.
    pub(super) broken_references: u64,
    pub(super) rows: BTreeMap<String, u64>,
    /// The newest applied migration; `None` in a database of the old bot.
    pub(super) schema: Option<String>,
}

/// How thoroughly a database is read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum CheckDepth {
    /// Every page, every row, and every row's entry in every index.
    Full,
    /// The same without the entries in indexes, which take most of the time.
    Quick,
}

/// Looks for damage and foreign key violations and counts rows. Damaged rows are not counted.
pub(super) fn inspect_database(conn: &mut AnyConnection, depth: CheckDepth) -> Result<Inspection> {
    let damage = find_damage_to(conn, depth)?;
    if !damage.iter().all(|line| is_outside_of_rows(line)) {
        return Ok(Inspection { damage, ..Inspection::default() });
    }
    let broken_references = foreign_keys::count_violations(conn)?;
    let (rows, schema) = (contents::count_rows(conn, &[])?, contents::schema_version(conn)?);
    Ok(Inspection { damage, broken_references, rows, schema })
}

impl Inspection {
    /// Returns what is not as in the source of a copy.
    pub(super) fn differences_from(&self, source: &Self) -> Vec<String> {
        self.compare_with(&source.rows, source.broken_references, source.schema.as_ref())
    }

    /// Returns what is not as the manifest says.
    pub(super) fn differences_from_manifest(&self, manifest: &BackupManifest) -> Vec<String> {
        self.compare_with(&manifest.rows, manifest.broken_references, manifest.schema.as_ref())
    }

    fn compare_with(
        &self,
        rows: &BTreeMap<String, u64>,
        broken_references: u64,
        schema: Option<&String>,
    ) -> Vec<String> {
        let mut differences = row_differences(rows, &self.rows);
        if self.broken_references != broken_references {
            differences.push(format!(
                "{} rows refer to missing rows instead of {broken_references}",
                self.broken_references
            ));
        }
        if self.schema.as_ref() != schema {
            differences.push("the schema version is not the expected one".to_owned());
        }
        differences
    }
}

/// Returns the tables whose row counts differ, each in words.
pub(super) fn row_differences(
    expected: &BTreeMap<String, u64>,
    actual: &BTreeMap<String, u64>,
) -> Vec<String> {
    let tables: BTreeSet<_> = expected.keys().chain(actual.keys()).collect();
    let shown =
        |count: Option<&u64>| count.map_or_else(|| "no table".to_owned(), |count| format!("{count} rows"));
    tables
        .into_iter()
        .filter(|table| expected.get(*table) != actual.get(*table))
        .map(|table| {
            format!("{table}: {} instead of {}", shown(actual.get(table)), shown(expected.get(table)))
        })
        .collect()
}

/// Returns the damage that `integrity_check` finds, about 100 lines at most; nothing on PostgreSQL.
pub(crate) fn find_damage(conn: &mut AnyConnection) -> Result<Vec<String>> {
    find_damage_to(conn, CheckDepth::Full)
}

fn find_damage_to(conn: &mut AnyConnection, depth: CheckDepth) -> Result<Vec<String>> {
    // Where SQLite's own check stops by default.
    const LINES: usize = 100;
    let AnyConnection::Sqlite(conn) = conn else { return Ok(Vec::new()) };
    let check = match depth {
        CheckDepth::Full => "integrity_check",
        CheckDepth::Quick => "quick_check",
    };
    // Without a limit of its own, because rows that break a constraint are not damage and must not hide it.
    let query = sql::<Text>(&format!("PRAGMA {check}({})", i32::MAX));
    let mut damage = Vec::new();
    for text in query.load_iter::<String, DefaultLoadingMode>(conn)? {
        // Damage of pages comes as one text with a title.
        let text = text?;
        let lines = text.lines().map(str::trim);
        let is_damage = |line: &&str| {
            !line.is_empty() && !line.starts_with("*** in database") && !is_constraint_violation(line)
        };
        damage.extend(lines.filter(is_damage).map(str::to_owned));
        if damage.len() >= LINES {
            break;
        }
    }
    Ok(damage)
}

/// Returns whether a line is about a row that breaks a constraint which its table got later. The file is intact, and it must
/// be possible to back it up.
fn is_constraint_violation(line: &str) -> bool {
    line == "ok" || line.starts_with("NULL value in ") || line.starts_with("CHECK constraint failed in ")
}

/// Returns whether damage is in no table and no index, but in unused pages or the list of free ones.
pub(crate) fn is_outside_of_rows(line: &str) -> bool {
    line.starts_with("Freelist: ") || (line.starts_with("Page ") && line.ends_with("never used"))
}

/// Returns whether all of this damage is in indexes, which can be rebuilt from intact rows.
pub(crate) fn is_only_in_indexes(conn: &mut AnyConnection, damage: &[String]) -> bool {
    const SIGNS: [&str; 5] = [
        "wrong # of entries in index ",
        "non-unique entry in index ",
        " missing from index ",
        " values differ from index ",
        " of index ",
    ];
    // Damage of a page names the first page of its tree, or the page itself.
    let tree = |line: &str| line.strip_prefix("Tree ")?.split_once(' ')?.0.parse::<u32>().ok();
    let page = |line: &str| line.rsplit_once(" on page ")?.1.parse::<u32>().ok();
    let mut is_in_index = |line: &String| {
        let query = match (tree(line), page(line)) {
            (Some(root), _) => format!(
                "SELECT count(*) AS number FROM sqlite_schema WHERE type = 'index' AND rootpage = {root}"
            ),
            (None, Some(page)) => format!(
                "SELECT count(*) AS number FROM dbstat JOIN sqlite_schema USING (name) WHERE type = 'index' AND pageno = {page}"
            ),
            (None, None) => return SIGNS.iter().any(|sign| line.contains(sign)),
        };
        query_number(conn, &query).is_ok_and(|count| count > 0)
    };
    damage.iter().all(&mut is_in_index)
}
