//! The SQL of pending migrations, as a script that does the same when it is run by hand.

use diesel::migration::CREATE_MIGRATIONS_TABLE;

use super::checksums;
use super::dialect::Dialect;
use super::plan::MigrationPlan;
use super::scripts::MigrationScript;
use super::tables::LEDGER;

/// Returns everything that `up` would run, including the rows of the ledger and the checksums.
pub(crate) fn preview_sql(plan: &MigrationPlan<'_>, dialect: Dialect) -> String {
    let switches_foreign_keys = dialect == Dialect::Sqlite && !plan.pending.is_empty();
    let mut blocks = Vec::new();
    if switches_foreign_keys {
        blocks.push("PRAGMA foreign_keys = OFF;".to_owned());
    }
    if !plan.unrecorded.is_empty() {
        let rows = plan.unrecorded.iter().map(|script| checksums::insert_statement(script));
        let rows: Vec<String> = std::iter::once(checksums::CREATE_TABLE.to_owned()).chain(rows).collect();
        blocks.push(format!("-- checksums of what is applied\nBEGIN;\n{};\nCOMMIT;", rows.join(";\n")));
    }
    blocks.extend(plan.pending.iter().map(|script| migration_sql(script, dialect)));
    if switches_foreign_keys {
        blocks.push("PRAGMA foreign_keys = ON;".to_owned());
    }
    blocks.join("\n\n")
}

fn migration_sql(script: &MigrationScript, dialect: Dialect) -> String {
    let ledger = CREATE_MIGRATIONS_TABLE.trim().trim_end_matches(';');
    let (begin, commit) = if script.in_transaction { ("BEGIN;\n", "COMMIT;") } else { ("", "") };
    let text = script.up.trim();
    // A script that ends in a comment has its semicolon before that.
    let end = if text.is_empty() || text.ends_with(';') { "" } else { "\n;" };
    let check =
        if dialect == Dialect::Sqlite { "PRAGMA foreign_key_check; -- must find nothing\n" } else { "" };
    format!(
        "-- {script} ({folder}/up.sql)\n{begin}{ledger};\n{text}{end}\n\
         INSERT INTO {LEDGER} (version) VALUES ('{version}');\n{create};\n{row};\n{check}{commit}",
        folder = script.folder.display(),
        version = script.version,
        create = checksums::CREATE_TABLE,
        row = checksums::insert_statement(script),
    )
}
