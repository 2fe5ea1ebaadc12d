//! What is in an archive of PostgreSQL, as `pg_restore --list` says it.

use std::path::Path;

use super::client;
use super::error::BackupError;

/// The contents of an archive, a line for each thing.
pub(super) struct Contents(String);

/// Lists what is in an archive.
///
/// # Errors
/// When the archive cannot be read.
pub(super) fn list(archive: &Path) -> Result<Contents, BackupError> {
    let mut list = client::alone("pg_restore");
    list.arg("--list").arg(archive);
    let listed = client::run("pg_restore", list, None)?;
    Ok(Contents(String::from_utf8_lossy(&listed).into_owned()))
}

impl Contents {
    /// Whether the archive has the data of so many tables.
    ///
    /// # Errors
    /// [`BackupError::Archive`] when it has not.
    pub(super) fn expect_tables(&self, expected: usize) -> Result<(), BackupError> {
        let tables = self.0.lines().filter(|line| is_data(line)).count();
        if tables == expected {
            return Ok(());
        }
        Err(BackupError::Archive(format!("it has the data of {tables} tables instead of {expected}")))
    }

    /// The list without the schema, for `--use-list`.
    pub(super) fn without_schema(&self) -> String {
        self.chosen(|line| !is_schema(line))
    }

    /// The list of nothing but the schema.
    pub(super) fn only_schema(&self) -> String {
        self.chosen(is_schema)
    }

    fn chosen(&self, is_chosen: impl Fn(&str) -> bool) -> String {
        self.0.lines().filter(|line| is_chosen(line)).flat_map(|line| [line, "\n"]).collect()
    }
}

/// Where the thing is in the catalogs of PostgreSQL, and what follows: what it is, its schema, its name, its owner. A line
/// is "222; 1259 16385 TABLE public users bot"; nothing keeps a name from looking like any of these words.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (_, rest) = line.split_once("; ").filter(|(id, _)| id.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (catalog, rest) = rest.split_once(' ')?;
    let (_, rest) = rest.split_once(' ')?;
    Some((catalog, rest))
}

fn is_data(line: &str) -> bool {
    // Data is in no catalog; a table in a schema called DATA is.
    entry(line).is_some_and(|(catalog, what)| catalog == "0" && what.starts_with("TABLE DATA "))
}

fn is_schema(line: &str) -> bool {
    entry(line)
        .is_some_and(|(_, what)| what.starts_with("SCHEMA - ") || what.starts_with("COMMENT - SCHEMA "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn names_are_not_taken_for_what_they_look_like() {
        let contents = Contents(
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
