//! `botctl config show`.

use anstyle::AnsiColor;
use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::{CommandError, ProblemDocument};
use super::check::values::{DSN, unusable};
use crate::config::inspection::{self, ShownVariable};
use crate::config::sentry::Dsn;
use crate::config::{Inspection, Problem, Problems, Sources, variables};

/// Show the value of every variable, and where it comes from.
///
/// A flag wins over the environment, the environment over the env file, the env file over the default. Secrets are
/// masked. What is wrong with a value is said beside it; `botctl config check` says what to do. What could not be read of
/// the env file is a warning.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl config show
  botctl config show --env-file /etc/botctl.env --json")]
pub(super) struct Show {}

/// What is shown.
#[derive(Serialize)]
struct Values<'a> {
    env_file: Option<String>,
    variables: Vec<Row>,
    /// Those that stand beside no value.
    problems: Vec<ProblemDocument<'a>>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    /// Without secrets; null when it is not set and has no default.
    value: Option<String>,
    origin: String,
    /// What is wrong with it.
    wrong: Option<String>,
}

impl Show {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let sources = context.sources()?;
        let output = context.output();
        let Inspection { problems, dsn, .. } = Inspection::new(sources);
        for problem in problems.iter().filter(|problem| is_alone(problem)) {
            output.warn(format_args!("{problem}; {}", problem.hint));
        }
        let values = Values::of(sources, &problems, &dsn);
        output.print_result(&values, || {
            // What may be of any length comes last, so that it widens no other row.
            let mut table = output.table(["VARIABLE", "ORIGIN", "VALUE"]);
            for Row { name, value, origin, wrong } in &values.variables {
                let value = match value.as_deref() {
                    None => "(not set)".to_owned(),
                    Some("") => "(empty)".to_owned(),
                    Some(text) => on_one_line(text),
                };
                let mark = wrong.as_deref().map_or_else(String::new, |message| {
                    format!("  {} {message}", output.paint(AnsiColor::Red, "wrong:"))
                });
                table.add_row([*name, origin, &format!("{value}{mark}")]);
            }
            table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
        })
    }
}

impl<'a> Values<'a> {
    fn of(sources: &Sources, problems: &'a Problems, dsn: &Dsn) -> Self {
        let env_file = sources.env_file().map(|file| file.path().display().to_string());
        let value = |ShownVariable { name, value, origin }: ShownVariable| Row {
            name,
            value,
            origin: origin.to_string(),
            wrong: complaint(problems, dsn, name),
        };
        Self {
            env_file,
            variables: inspection::effective_values(sources).into_iter().map(value).collect(),
            problems: problems.iter().filter(|problem| is_alone(problem)).map(ProblemDocument::new).collect(),
        }
    }
}

/// Whether it stands beside no value: one of the env file itself, or of a variable that is not ours.
fn is_alone(problem: &Problem) -> bool {
    variables::find_variable(&problem.variable).is_none()
}

/// What `config check` calls wrong. A malformed DSN is no problem of a start, but it is wrong.
fn complaint(problems: &Problems, dsn: &Dsn, name: &str) -> Option<String> {
    match dsn {
        Dsn::Unusable(complaint) if name == DSN => Some(unusable(complaint)),
        _ => problems.iter().find(|problem| problem.variable == name).map(|problem| problem.message.clone()),
    }
}

/// A value may go on over several lines in the env file, and hold what would move the cursor.
fn on_one_line(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().collect() } else { c.to_string() };
    text.chars().map(escape).collect()
}
