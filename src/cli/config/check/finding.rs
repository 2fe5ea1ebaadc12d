//! What a check finds.

use anstyle::AnsiColor;
use serde::Serialize;

use crate::cli::output::Output;
use crate::config::{Origin, Sources};

/// The result of one check.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum CheckState {
    Ok,
    /// Not checked.
    Skip,
    /// Works, but is probably not intended.
    Warn,
    Unreachable,
    Failed,
}

impl CheckState {
    pub(super) fn mark(self) -> (&'static str, AnsiColor) {
        match self {
            Self::Ok => ("ok", AnsiColor::Green),
            Self::Skip => ("skip", AnsiColor::Blue),
            Self::Warn => ("warn", AnsiColor::Yellow),
            Self::Unreachable => ("unreachable", AnsiColor::Magenta),
            Self::Failed => ("failed", AnsiColor::Red),
        }
    }
}

/// The result of a check. Contains no secrets.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Finding {
    pub(super) name: &'static str,
    pub(super) state: CheckState,
    pub(super) variable: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Finding {
    pub(super) fn new(name: &'static str, state: CheckState, message: impl Into<String>) -> Self {
        Self { name, state, variable: None, origin: None, message: message.into(), hint: None }
    }

    /// Adds the variable, with the source of its value.
    pub(super) fn with_variable(self, variable: &str, sources: &Sources) -> Self {
        let origin = sources.get(variable).map_or(Origin::Default, |found| found.origin);
        self.with_origin(variable, &origin)
    }

    pub(super) fn with_origin(self, variable: &str, origin: &Origin) -> Self {
        Self { variable: Some(variable.to_owned()), origin: Some(origin.to_string()), ..self }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The finding as text, with its state in a column of this width.
    pub(super) fn render(&self, output: Output, width: usize) -> String {
        let (mark, colour) = self.state.mark();
        let subject = match (&self.variable, &self.origin) {
            (Some(variable), Some(origin)) => format!("{variable} ({origin})"),
            (None, Some(origin)) => format!("{} ({origin})", self.name),
            _ => self.name.to_owned(),
        };
        let first =
            format!("{}  {subject}: {}", output.paint(colour, format!("{mark:<width$}")), self.message);
        match &self.hint {
            Some(hint) => format!("{first}\n{:width$}  hint: {hint}", ""),
            None => first,
        }
    }
}
