//! `botctl config show`.

use anstyle::AnsiColor;
use clap::Args;
use serde::Serialize;

use super::super::context::CommandContext;
use super::super::error::{CommandError, ProblemDocument};
use super::check::values::{DSN, describe_dsn_error};
use crate::config::inspection::{self, ShownVariable};
use crate::config::sentry::Dsn;
use crate::config::{Inspection, Problem, Problems, Sources, variables};

/// Show the effective configuration and its sources
///
/// Flags override the environment, the environment overrides the env file, the env file overrides the defaults. Secrets are
/// masked. Errors are shown beside the values; `botctl config check` also gives hints. Lines of the env file that cannot be
/// read are warnings.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl config show
  botctl config show --env-file /etc/botctl.env --json")]
pub(super) struct ConfigShowArgs {}

#[derive(Serialize)]
struct ConfigDocument<'a> {
    env_file: Option<String>,
    variables: Vec<VariableRow>,
    /// Problems that belong to no row.
    problems: Vec<ProblemDocument<'a>>,
}

#[derive(Serialize)]
struct VariableRow {
    name: &'static str,
    /// Without secrets; null if not set and without default.
    value: Option<String>,
    origin: String,
    error: Option<String>,
}

impl ConfigShowArgs {
    #[allow(clippy::unused_self, reason = "every command has the same shape")]
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let sources = context.sources()?;
        let output = context.output();
        let Inspection { problems, dsn, .. } = Inspection::new(sources);
        for problem in problems.iter().filter(|problem| has_no_row(problem)) {
            output.warn(format_args!("{problem}; {}", problem.hint));
        }
        let values = ConfigDocument::new(sources, &problems, &dsn);
        output.print_result(&values, || {
            // The value comes last because it can be long.
            let mut table = output.table(["VARIABLE", "ORIGIN", "VALUE"]);
            for VariableRow { name, value, origin, error } in &values.variables {
                let value = match value.as_deref() {
                    None => "(not set)".to_owned(),
                    Some("") => "(empty)".to_owned(),
                    Some(text) => escape_controls(text),
                };
                let mark = error.as_deref().map_or_else(String::new, |message| {
                    format!("  {} {message}", output.paint(AnsiColor::Red, "error:"))
                });
                table.add_row([*name, origin, &format!("{value}{mark}")]);
            }
            table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
        })
    }
}

impl<'a> ConfigDocument<'a> {
    fn new(sources: &Sources, problems: &'a Problems, dsn: &Dsn) -> Self {
        let env_file = sources.env_file().map(|file| file.path().display().to_string());
        let value = |ShownVariable { name, value, origin }: ShownVariable| VariableRow {
            name,
            value,
            origin: origin.to_string(),
            error: find_error(problems, dsn, name),
        };
        Self {
            env_file,
            variables: inspection::effective_values(sources).into_iter().map(value).collect(),
            problems: problems
                .iter()
                .filter(|problem| has_no_row(problem))
                .map(ProblemDocument::new)
                .collect(),
        }
    }
}

/// Whether the problem belongs to no row: it is in the env file itself, or an unknown variable.
fn has_no_row(problem: &Problem) -> bool {
    variables::find_variable(&problem.variable).is_none()
}

/// The error of a variable, as in `config check`. A malformed DSN does not prevent a start, but it is an error.
fn find_error(problems: &Problems, dsn: &Dsn, name: &str) -> Option<String> {
    match dsn {
        Dsn::Unusable(error) if name == DSN => Some(describe_dsn_error(error)),
        _ => problems.iter().find(|problem| problem.variable == name).map(|problem| problem.message.clone()),
    }
}

/// Escapes line ends and other control characters in a value.
fn escape_controls(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().collect() } else { c.to_string() };
    text.chars().map(escape).collect()
}
