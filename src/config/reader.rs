//! How a concern reads its variables: every problem is collected, the first one stops nothing.
//!
//! A concern asks for all its fields first (each `None` has reported its problem) and builds itself afterwards.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use chrono::NaiveTime;

use super::plain_text::{check_plain_list, check_plain_text};
pub(crate) use super::problem::ValueError;
use super::problem::{Origin, Problem, ProblemKind, Problems};
use super::secret::quote_value;
use super::sources::{FoundValue, Sources};
use super::variables::{self, Variable};

/// Reads variables and collects their problems.
#[derive(Debug)]
pub(crate) struct ConfigReader<'a> {
    sources: &'a Sources,
    problems: Vec<Problem>,
}

impl<'a> ConfigReader<'a> {
    /// Starts with the problems of the sources themselves.
    #[must_use]
    pub(crate) fn new(sources: &'a Sources) -> Self {
        Self { sources, problems: sources.problems().cloned().collect() }
    }

    /// Reads one concern.
    pub(crate) fn load<T>(
        sources: &'a Sources,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Result<T, Problems> {
        let mut reader = Self::new(sources);
        let value = read(&mut reader);
        match value {
            Some(value) if reader.problems.is_empty() => Ok(value),
            _ => Err(Problems::from(reader.problems)),
        }
    }

    /// Returns everything reported so far.
    pub(crate) fn into_problems(self) -> Problems {
        Problems::from(self.problems)
    }

    /// Where the values come from.
    pub(crate) fn sources(&self) -> &'a Sources {
        self.sources
    }

    /// Returns the value if it is set and not empty.
    pub(crate) fn given(&self, name: &str) -> Option<FoundValue<'a>> {
        self.sources.get(name).filter(|found| !found.text.is_empty())
    }

    /// Reads a variable that always has a value: the default stands in when it is not set. An empty value is an error and
    /// not the default, because the line is there on purpose.
    pub(crate) fn read_value<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        let default = variables::find_variable(name).and_then(|variable| variable.default);
        let found = match (self.sources.get(name), default) {
            (Some(found), _) => found,
            (None, Some(default)) => FoundValue { text: default, origin: Origin::Default },
            (None, None) => {
                self.report_missing(name);
                return None;
            }
        };
        if found.text.is_empty() && default != Some("") {
            let hint = match default {
                Some(default) => format!("set a value, or remove the line to use the default {default}"),
                None => "set a value, or remove the line".to_owned(),
            };
            self.report_wrong(name, found.origin, ValueError::new("the value is empty", hint));
            return None;
        }
        self.parse_value(name, &found, parse)
    }

    /// Reads a variable that may be absent: `Some(None)` when it is not set, or empty.
    #[allow(clippy::option_option)]
    pub(crate) fn read_optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Option<Option<T>> {
        match self.given(name) {
            None => Some(None),
            Some(found) => self.parse_value(name, &found, parse).map(Some),
        }
    }

    /// Parses a value that was found; an error is reported for the variable.
    pub(crate) fn parse_value<T>(
        &mut self,
        name: &str,
        found: &FoundValue<'_>,
        parse: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        let check = if name.ends_with("_IDS") { check_plain_list } else { check_plain_text };
        match check(found.text).and_then(|()| parse(found.text)) {
            Ok(value) => Some(value),
            Err(error) => {
                self.report_wrong(name, found.origin.clone(), error);
                None
            }
        }
    }

    /// Reports a problem with a value that is set.
    pub(crate) fn report_wrong(&mut self, name: &str, origin: Origin, error: ValueError) {
        self.report(name, origin, ProblemKind::Wrong, error);
    }

    /// Reports that a required variable is not set; the hint shows the documented example.
    ///
    /// Does nothing when its line in the env file could not be read: that is reported already.
    pub(crate) fn report_missing(&mut self, name: &str) {
        if self.problems.iter().any(|problem| problem.variable == name) {
            return;
        }
        let hint = match variables::find_variable(name) {
            // A made-up secret would be redacted like a real one.
            Some(Variable { about, secret: true, .. }) => format!("set {name}=…  ({about})"),
            Some(Variable { example, about, .. }) => format!("set {name}={example}  ({about})"),
            None => format!("set {name}"),
        };
        // An empty variable is missing too.
        let origin = self.sources.get(name).map_or(Origin::Default, |found| found.origin);
        self.report(name, origin, ProblemKind::Missing, ValueError::new("required but not set", hint));
    }

    fn report(&mut self, name: &str, origin: Origin, kind: ProblemKind, error: ValueError) {
        let ValueError { message, hint } = error;
        self.problems.push(Problem { variable: name.to_owned(), origin, kind, message, hint });
    }
}

/// Parses a whole number within bounds.
pub(crate) fn parse_number<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, ValueError>
where
    T: FromStr + PartialOrd + Display,
{
    move |text| {
        let (low, high) = (range.start(), range.end());
        let hint = || format!("write digits only, from {low} to {high}");
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ValueError::new(format!("{} is not a whole number", quote_value(text)), hint()));
        }
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(ValueError::new(format!("{} is outside {low}..{high}", quote_value(text)), hint())),
        }
    }
}

/// Parses a boolean.
pub(crate) fn parse_bool(text: &str) -> Result<bool, ValueError> {
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(ValueError::new(
            format!("{} is neither true nor false", quote_value(text)),
            "write true or false",
        )),
    }
}

/// Parses a time of day, `HH:MM`.
pub(crate) fn parse_time_of_day(text: &str) -> Result<NaiveTime, ValueError> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| {
        ValueError::new(
            format!("{} is not a time of day", quote_value(text)),
            "write hours and minutes, such as 09:00",
        )
    })
}

/// Parses a duration within bounds, such as `90s`, `15m` or `1h30m`.
pub(crate) fn parse_span(least: Duration, most: Duration) -> impl Fn(&str) -> Result<Duration, ValueError> {
    move |text| {
        let (low, high) = (humantime::format_duration(least), humantime::format_duration(most));
        let hint = format!("write a number with a unit, such as 90s, 15m or 1h30m, from {low} to {high}");
        match humantime::parse_duration(text) {
            Ok(span) if (least..=most).contains(&span) => Ok(span),
            Ok(_) => Err(ValueError::new(format!("{} is outside {low}..{high}", quote_value(text)), hint)),
            Err(_) => Err(ValueError::new(format!("{} is not a duration", quote_value(text)), hint)),
        }
    }
}

/// Parses a path. What only a shell would expand is an error: a folder named `~` is never meant.
pub(crate) fn parse_path(text: &str) -> Result<PathBuf, ValueError> {
    if text.contains("://") {
        return Err(ValueError::new(
            format!("{} is a URL, not a path", quote_value(text)),
            "name a file or a directory",
        ));
    }
    if let Some(start) = unexpanded_prefix(text) {
        return Err(ValueError::new(format!("{} is not expanded here", quote_value(start)), FULL_PATH_HINT));
    }
    Ok(PathBuf::from(text))
}

/// The hint for a path that only a shell would expand.
pub(super) const FULL_PATH_HINT: &str = "write the full path";

/// Returns what a shell would expand at the beginning of a path: `~`, `$NAME` or `${NAME}`.
pub(super) fn unexpanded_prefix(path: &str) -> Option<&str> {
    let (start, _) = path.split_once('/').unwrap_or((path, ""));
    let is_name = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{'));
    (start == "~" || start.strip_prefix('$').is_some_and(is_name)).then_some(start)
}
