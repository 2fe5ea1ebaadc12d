//! `botctl migrate repair`.

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::change;
use super::options::{Source, Waiting};
use crate::db::lock;
use crate::db::{AnyConnection, Error};
use crate::migrate::{self, ChecksumState, Dialect, MigrationScript, MigrationSet, run};

/// Accept migrations that were changed after they were applied
///
/// Records the checksum of the changed script and changes no table. Only correct if both scripts produce the same schema,
/// for example after a comment was corrected. Shows the migrations and asks for confirmation.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl migrate repair     show the changed migrations and ask")]
pub(super) struct Repair {
    /// Skip confirmation
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    source: Source,
}

#[derive(Serialize)]
struct Report {
    accepted: Vec<Accepted>,
}

#[derive(Serialize)]
struct Accepted {
    version: String,
    name: String,
    /// ChecksumState of what was applied; `null` when nobody kept it.
    was: Option<String>,
    is: String,
}

impl Repair {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let (url, output) = (context.database_url()?, context.output());
        let scripts = self.source.scripts(Dialect::of(&url))?;
        let patience = self.waiting.lock_timeout;
        let mut looking = change::look(&url, patience)?;
        change::must_be_ours(&mut looking, &url, &scripts)?;
        if to_accept(&mut looking, &scripts)?.is_empty() {
            return output.print_result(&Report { accepted: Vec::new() }, || {
                "nothing to repair: every applied migration is what it was".to_owned()
            });
        }
        drop(looking);
        let _lock = lock::for_migrating(&url, patience)?;
        let mut conn = change::open(&url, patience)?;
        change::must_be_ours(&mut conn, &url, &scripts)?;
        let found = to_accept(&mut conn, &scripts)?;
        let mut table = output.table(["VERSION", "NAME", "WAS", "IS"]);
        for (script, was) in &found {
            let was = was.as_deref().unwrap_or("unknown");
            table.add_row([&*script.version, &*script.name, short(was), short(&script.sha256)]);
        }
        output.note(table.trim_fmt());
        let accepted = found.iter().map(|(script, was)| Accepted {
            version: script.version.clone(),
            name: script.name.clone(),
            was: was.clone(),
            is: script.sha256.clone(),
        });
        let report = Report { accepted: accepted.collect() };
        let question = "They will count as what was applied.";
        output.confirm(question, self.yes).map_err(|failure| failure.with_data(&report))?;
        let scripts: Vec<&MigrationScript> = found.iter().map(|(script, _)| *script).collect();
        run::record(&mut conn, &scripts)?;
        output.print_result(&report, || {
            scripts.iter().map(|script| format!("accepted {script}")).collect::<Vec<_>>().join("\n")
        })
    }
}

/// Applied migrations that are not known to be what they were, each with the checksum of what was applied.
fn to_accept<'a>(
    conn: &mut AnyConnection,
    scripts: &'a MigrationSet,
) -> Result<Vec<(&'a MigrationScript, Option<String>)>, Error> {
    let entries = migrate::list_migrations_of(conn, scripts)?;
    let applied = entries.into_iter().filter(|entry| entry.applied_at.is_some());
    Ok(applied
        .filter_map(|entry| {
            let was = match entry.checksum {
                ChecksumState::Match => return None,
                ChecksumState::Unknown => None,
                ChecksumState::Mismatch(was) => Some(was),
            };
            Some((scripts.find(&entry.version)?, was))
        })
        .collect())
}

/// Enough of a checksum to tell two apart.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
