//! The SQL of what is pending, as a script that does the same when it is run by hand.

use diesel::migration::CREATE_MIGRATIONS_TABLE;

use super::scripts::{Dialect, MigrationScript};
use super::{LEDGER, MigrationPlan, checksums};

/// Everything that `up` would run, the rows of the ledger and the checksums included.
#[must_use]
pub fn sql(plan: &MigrationPlan<'_>, dialect: Dialect) -> String {
    let mut blocks = Vec::new();
    if dialect == Dialect::Sqlite && !plan.pending.is_empty() {
        blocks.push("PRAGMA foreign_keys = OFF;".to_owned());
    }
    if !plan.unrecorded.is_empty() {
        let rows = plan.unrecorded.iter().map(|script| checksums::row(script));
        let rows: Vec<String> = std::iter::once(checksums::CREATE.to_owned()).chain(rows).collect();
        blocks.push(format!("-- checksums of what is applied\nBEGIN;\n{};\nCOMMIT;", rows.join(";\n")));
    }
    blocks.extend(plan.pending.iter().map(|script| one(script, dialect)));
    if dialect == Dialect::Sqlite && !plan.pending.is_empty() {
        blocks.push("PRAGMA foreign_keys = ON;".to_owned());
    }
    blocks.join("\n\n")
}

fn one(script: &MigrationScript, dialect: Dialect) -> String {
    let ledger = CREATE_MIGRATIONS_TABLE.trim().trim_end_matches(';');
    let (begin, commit) = if script.in_transaction { ("BEGIN;\n", "COMMIT;") } else { ("", "") };
    let text = script.up.trim();
    // What ends in a comment has its semicolon before that.
    let end = if text.is_empty() || text.ends_with(';') { "" } else { "\n;" };
    let look =
        if dialect == Dialect::Sqlite { "PRAGMA foreign_key_check; -- must find nothing\n" } else { "" };
    format!(
        "-- {script} ({folder}/up.sql)\n{begin}{ledger};\n{text}{end}\n\
         INSERT INTO {LEDGER} (version) VALUES ('{version}');\n{create};\n{row};\n{look}{commit}",
        folder = script.folder.display(),
        version = script.version,
        create = checksums::CREATE,
        row = checksums::row(script),
    )
}
