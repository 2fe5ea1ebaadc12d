//! `botctl config check`: every problem at once. One file per kind of thing that is looked at; none of them changes
//! anything, and none keeps the others from being looked at.

mod data;
mod online;
mod places;
pub(super) mod values;

use anstyle::AnsiColor;
use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::{CommandError, ExitCode};
use super::super::output::Output;
use crate::config::{Inspection, Origin, Sources};

/// Check the configuration and everything it names, and list all that is wrong at once.
///
/// Looks at every value, at names that are misspelt, at who may read the secrets, whether logs, backups and the database
/// can be written, at the schema and at the age of the last backup. Changes nothing, makes nothing and talks to nobody;
/// --online also asks Telegram, PostgreSQL, Redis and the Sentry host.
///
/// Exits with 3 when something is wrong, with 4 when nothing is wrong and something cannot be reached, else with 0:
/// warnings alone are no failure. A name in the env file that resembles a known one is wrong, in the environment it is a
/// warning, because that is full of other programs' names.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl config check --online     before the first start, and when something does not answer
  botctl config check -q           only what is not in order")]
pub(super) struct Check {
    /// Ask Telegram, PostgreSQL, Redis and the Sentry host too, each for some seconds at most.
    #[arg(long)]
    online: bool,
}

/// How one thing is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// In order.
    Ok,
    /// Not looked at.
    Skip,
    /// Works, and is probably not what was meant.
    Warn,
    /// Could not be asked.
    Away,
    /// Will not do.
    Wrong,
}

impl State {
    /// The word in front of the line.
    fn mark(self) -> (&'static str, AnsiColor) {
        match self {
            Self::Ok => ("ok", AnsiColor::Green),
            Self::Skip => ("skip", AnsiColor::Blue),
            Self::Warn => ("warn", AnsiColor::Yellow),
            Self::Away => ("away", AnsiColor::Magenta),
            Self::Wrong => ("wrong", AnsiColor::Red),
        }
    }
}

/// One thing that was looked at. Holds no secret.
#[derive(Clone, Debug, Serialize)]
struct Finding {
    name: &'static str,
    state: State,
    variable: Option<String>,
    origin: Option<String>,
    message: String,
    hint: Option<String>,
}

impl Finding {
    fn new(name: &'static str, state: State, message: impl Into<String>) -> Self {
        Self { name, state, variable: None, origin: None, message: message.into(), hint: None }
    }

    /// Of a variable, wherever its value comes from.
    fn of(self, variable: &str, sources: &Sources) -> Self {
        let origin = sources.get(variable).map_or(Origin::Default, |found| found.origin);
        self.at(variable, &origin)
    }

    fn at(self, variable: &str, origin: &Origin) -> Self {
        Self { variable: Some(variable.to_owned()), origin: Some(origin.to_string()), ..self }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The lines that people read.
    fn lines(&self, output: Output) -> String {
        let (mark, colour) = self.state.mark();
        let subject = match (&self.variable, &self.origin) {
            (Some(variable), Some(origin)) => format!("{variable} ({origin})"),
            (None, Some(origin)) => format!("{} ({origin})", self.name),
            _ => self.name.to_owned(),
        };
        let first = format!("{}  {subject}: {}", output.paint(colour, format!("{mark:<5}")), self.message);
        match &self.hint {
            Some(hint) => format!("{first}\n       hint: {hint}"),
            None => first,
        }
    }
}

/// Everything that was looked at.
#[derive(Serialize)]
struct Report {
    checks: Vec<Finding>,
    wrong: usize,
    away: usize,
    warnings: usize,
}

impl Check {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let output = context.output();
        let report = Report::of(self.look(context));
        let shown = |finding: &&Finding| !output.is_quiet() || finding.state > State::Skip;
        let lines: Vec<_> = report.checks.iter().filter(shown).map(|finding| finding.lines(output)).collect();
        if let Some(failure) = report.failure() {
            return output.print_failed_check(lines.join("\n"), failure);
        }
        output.print_result(&report, || lines.join("\n"))?;
        if !self.online {
            output.note("nobody was asked over the network; --online does");
        }
        Ok(())
    }

    fn look(&self, context: &CommandContext) -> Vec<Finding> {
        let mut found = Vec::new();
        let sources = match context.read_sources() {
            Ok(sources) => sources,
            Err(problems) => {
                found.extend(problems.iter().map(values::wrong));
                context.sources_without_env_file()
            }
        };
        let inspection = Inspection::new(&sources);
        found.extend(values::look(&sources, &inspection));
        found.extend(places::look(&sources, &inspection));
        found.extend(data::look(&sources, &inspection, self.online));
        if self.online {
            found.extend(online::look(&sources, &inspection));
        }
        found
    }
}

impl Report {
    fn of(checks: Vec<Finding>) -> Self {
        let count = |state| checks.iter().filter(|finding| finding.state == state).count();
        let (wrong, away, warnings) = (count(State::Wrong), count(State::Away), count(State::Warn));
        Self { checks, wrong, away, warnings }
    }

    /// How it ends, if not well.
    fn failure(&self) -> Option<CommandError> {
        let code = match (self.wrong, self.away) {
            (0, 0) => return None,
            (0, _) => ExitCode::Unreachable,
            _ => ExitCode::Refused,
        };
        let counted = [(self.wrong, "wrong"), (self.away, "not reachable"), (self.warnings, "to look at")];
        let counted: Vec<_> = counted
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let hint = "what to do stands under each of them";
        Some(
            CommandError::new(code, format!("the check found: {}", counted.join(", ")))
                .hint(hint)
                .with_data(self),
        )
    }
}
