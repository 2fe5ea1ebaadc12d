//! `botctl config check`: all problems at once. One file per area; checks change nothing, and a failed one does not prevent
//! the others.

mod data;
mod finding;
mod online;
mod places;
pub(super) mod values;
mod webhook;

use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::exit_code::ExitCode;
use super::super::text::format_count;
use crate::config::Inspection;
use finding::{CheckState, Finding};

/// Check the configuration and list all problems at once
///
/// Checks every value, misspelt names, file permissions of secrets, whether logs, backups and the database can be written,
/// the schema and the age of the last backup. Changes nothing and makes no network connections, except with --online.
///
/// Exits with code 3 if there are problems, with code 4 if there are none but a service is unreachable, otherwise with code
/// 0, also with warnings. A misspelt name is a problem in the env file and a warning in the environment, which contains the
/// variables of other programs.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl config check --online     before the first start, and when a service does not respond
  botctl config check -q           only problems and warnings")]
pub(super) struct ConfigCheckArgs {
    /// Also connect to Telegram, PostgreSQL, Redis and the Sentry host, for a few seconds each
    #[arg(long)]
    online: bool,
}

#[derive(Serialize)]
struct CheckDocument {
    checks: Vec<Finding>,
    failed: usize,
    unreachable: usize,
    warnings: usize,
}

impl ConfigCheckArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let output = context.output();
        let report = CheckDocument::new(self.run_checks(context));
        let shown = |finding: &&Finding| !output.is_quiet() || finding.state > CheckState::Skip;
        let shown = || report.checks.iter().filter(shown);
        let width = shown().map(|finding| finding.state.mark().0.len()).fold("failed".len(), usize::max);
        let lines: Vec<_> = shown().map(|finding| finding.render(output, width)).collect();
        if let Some(error) = report.error() {
            return output.print_failed_check(lines.join("\n"), error);
        }
        output.print_result(&report, || lines.join("\n"))?;
        if !self.online {
            output.note("no services were contacted; use --online");
        }
        Ok(())
    }

    fn run_checks(&self, context: &CommandContext) -> Vec<Finding> {
        let mut found = Vec::new();
        let sources = match context.read_sources() {
            Ok(sources) => {
                if sources.env_file().is_none() {
                    found.push(places::missing_env_file());
                }
                sources
            }
            Err(problems) => {
                found.extend(problems.iter().map(values::problem_finding));
                context.sources_without_env_file()
            }
        };
        let inspection = Inspection::new(&sources);
        found.extend(values::check_values(&sources, &inspection));
        found.extend(places::check_places(&sources, &inspection));
        found.extend(data::check_data(&sources, &inspection, self.online));
        if self.online {
            found.extend(online::check_services(&sources, &inspection));
        }
        found
    }
}

impl CheckDocument {
    fn new(checks: Vec<Finding>) -> Self {
        let count = |state| checks.iter().filter(|finding| finding.state == state).count();
        let (failed, unreachable, warnings) =
            (count(CheckState::Failed), count(CheckState::Unreachable), count(CheckState::Warn));
        Self { checks, failed, unreachable, warnings }
    }

    fn error(&self) -> Option<CommandError> {
        let code = match (self.failed, self.unreachable) {
            (0, 0) => return None,
            (0, _) => ExitCode::Unreachable,
            _ => ExitCode::Refused,
        };
        let counts = [
            (self.failed, format_count(self.failed, "problem") + " found"),
            (self.unreachable, format!("{} unreachable", self.unreachable)),
            (self.warnings, format_count(self.warnings, "warning")),
        ];
        let counts: Vec<_> =
            counts.into_iter().filter(|(count, _)| *count > 0).map(|(_, text)| text).collect();
        Some(CommandError::new(code, counts.join(", ")).with_data(self))
    }
}
