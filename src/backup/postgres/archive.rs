//! The table of contents of an archive of PostgreSQL, as `pg_restore --list` prints it.

use std::path::Path;

use super::super::error::BackupError;
use super::client;

/// A line for each object in the archive.
pub(super) struct ArchiveContents(String);

pub(super) fn list_contents(archive: &Path) -> Result<ArchiveContents, BackupError> {
    let mut list = client::new_command("pg_restore");
    list.arg("--list").arg(archive);
    let listed = client::run_client("pg_restore", list, None)?;
    Ok(ArchiveContents(String::from_utf8_lossy(&listed).into_owned()))
}

impl ArchiveContents {
    /// Fails with [`BackupError::Archive`] unless the archive has the data of this many tables.
    pub(super) fn expect_tables(&self, expected: usize) -> Result<(), BackupError> {
        let tables = self.0.lines().filter(|line| is_table_data(line)).count();
        if tables == expected {
            return Ok(());
        }
        Err(BackupError::Archive(format!("it has the data of {tables} tables instead of {expected}")))
    }

    /// Returns the list without the schema itself, for `--use-list`.
    pub(super) fn without_schema(&self) -> String {
        self.filter_lines(|line| !is_schema(line))
    }

    /// Returns the list of only the schema itself.
    pub(super) fn only_schema(&self) -> String {
        self.filter_lines(is_schema)
    }

    fn filter_lines(&self, is_chosen: impl Fn(&str) -> bool) -> String {
        self.0.lines().filter(|line| is_chosen(line)).flat_map(|line| [line, "\n"]).collect()
    }
}

/// Parses a line like "222; 1259 16385 TABLE public users bot" into the catalog of the object and the rest: its type,
/// schema, name and owner. A name may look like any of these words.
fn parse_line(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once("; ").filter(|(id, _)| id.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (catalog, rest) = rest.split_once(' ')?;
    let (_, rest) = rest.split_once(' ')?;
    Some((catalog, rest))
}

fn is_table_data(line: &str) -> bool {
    // Data is in no catalog; a table in a schema called DATA is.
    parse_line(line).is_some_and(|(catalog, object)| catalog == "0" && object.starts_with("TABLE DATA "))
}

fn is_schema(line: &str) -> bool {
    parse_line(line)
        .is_some_and(|(_, object)| object.starts_with("SCHEMA - ") || object.starts_with("COMMENT - SCHEMA "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn names_that_look_like_keywords_are_only_names() {
        let contents = ArchiveContents(
            "; Archive created at 2026-11-24 19:27:25 UTC\n\
             ;     dbname: a TABLE DATA b\n\
             6; 2615 2200 SCHEMA - public pg_database_owner\n\
             3481; 0 0 COMMENT - SCHEMA public pg_database_owner\n\
             220; 1259 128829 TABLE public my TABLE DATA x bot\n\
             221; 1259 128830 TABLE DATA users bot\n\
             222; 1259 128831 TABLE public a SCHEMA - b bot\n\
             3483; 0 0 COMMENT public TABLE my TABLE DATA x bot\n\
             3470; 0 128829 TABLE DATA public my TABLE DATA x bot\n\
             3471; 0 128830 TABLE DATA DATA users bot\n"
                .to_owned(),
        );
        contents.expect_tables(2).unwrap();
        let wrong = contents.expect_tables(3).unwrap_err().to_string();
        assert!(wrong.contains("the data of 2 tables instead of 3"), "{wrong}");
        let left = contents.without_schema();
        assert_eq!(left.lines().count(), 8, "{left}");
        assert!(left.contains("a SCHEMA - b") && !left.contains("SCHEMA - public"), "{left}");
        assert_eq!(contents.only_schema().lines().count(), 2);
    }
}
