//! `botctl migrate repair`.

use std::cell::RefCell;

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::args::SchemaArgs;
use super::flow::{MigrationStep, SchemaChange};
use crate::migrate::{ChecksumState, MigrationEntry, MigrationScript, MigrationSet};

/// Accept migrations that were changed after they were applied
///
/// Changes no table: the changed script counts as the applied one from then on. Only right if both create the same schema,
/// for example after a comment was corrected. Lists the changed migrations and asks for confirmation.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate repair     list what has changed, then accept it or not")]
pub(super) struct Repair {
    /// Skip confirmation.
    #[arg(short, long)]
    yes: bool,
    #[command(flatten)]
    schema: SchemaArgs,
}

#[derive(Default, Serialize)]
struct RepairReport {
    accepted: Vec<AcceptedMigration>,
}

#[derive(Serialize)]
struct AcceptedMigration {
    version: String,
    name: String,
    /// The recorded checksum; `null` if there is none.
    was: Option<String>,
    is: String,
}

impl Repair {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let (change, output) = (SchemaChange::new(context, &self.schema)?, context.output());
        let report = RefCell::new(RepairReport::default());
        let plan = |entries: &[MigrationEntry]| {
            let mismatches = find_mismatches(entries, &change.scripts);
            report.borrow_mut().accepted =
                mismatches.iter().map(|(script, was)| AcceptedMigration::new(script, *was)).collect();
            Ok(mismatches.into_iter().map(|(script, _)| MigrationStep::Accept(script)).collect())
        };
        let mut confirm = |_: &[MigrationStep<'_>], _| {
            let report = report.borrow();
            let mut table = output.table(["VERSION", "NAME", "WAS", "IS"]);
            for AcceptedMigration { version, name, was, is } in &report.accepted {
                let was = was.as_deref().unwrap_or("unknown");
                table.add_row([&**version, &**name, shorten_checksum(was), shorten_checksum(is)]);
            }
            output.note(table.trim_fmt());
            output
                .confirm("The changed scripts will count as applied.", self.yes)
                .map_err(|error| error.with_data(&*report))
        };
        change.run(&plan, &mut confirm, &mut |_| {})?;
        let report = report.into_inner();
        output.print_result(&report, || {
            if report.accepted.is_empty() {
                return "nothing to repair: all checksums match".to_owned();
            }
            let lines = report.accepted.iter().map(|one| format!("accepted {} {}", one.version, one.name));
            lines.collect::<Vec<_>>().join("\n")
        })
    }
}

impl AcceptedMigration {
    fn new(script: &MigrationScript, was: Option<&str>) -> Self {
        Self {
            version: script.version.clone(),
            name: script.name.clone(),
            was: was.map(str::to_owned),
            is: script.sha256.clone(),
        }
    }
}

/// Returns the applied migrations whose checksum differs or is unknown, with the recorded one.
fn find_mismatches<'a, 'e>(
    entries: &'e [MigrationEntry],
    scripts: &'a MigrationSet,
) -> Vec<(&'a MigrationScript, Option<&'e str>)> {
    let applied = entries.iter().filter(|entry| entry.applied_at.is_some());
    let mismatch = |entry: &'e MigrationEntry| {
        let was = match &entry.checksum {
            ChecksumState::Match => return None,
            ChecksumState::Unknown => None,
            ChecksumState::Mismatch(was) => Some(was.as_str()),
        };
        Some((scripts.find_version(&entry.version)?, was))
    };
    applied.filter_map(mismatch).collect()
}

/// Enough of a checksum to tell two apart.
fn shorten_checksum(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
