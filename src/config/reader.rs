//! How a concern reads its variables: every problem is collected, the first one stops nothing.
//!
//! A concern asks for all its fields first (each `None` has left its problem behind) and builds
//! itself afterwards.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::NaiveTime;

use super::known::{self, Known};
use super::problem::{Origin, Problem, ProblemKind, Problems};
use super::secret::shown;
use super::sources::{Found, Sources};

/// What is wrong with a value, and what to do about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Complaint {
    /// What is wrong, a sentence without a full stop.
    pub message: String,
    /// What to do, likewise.
    pub hint: String,
}

impl Complaint {
    /// A complaint in two sentences.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }
}

/// Reads variables and collects what is wrong with them.
#[derive(Debug)]
pub struct Reader<'a> {
    sources: &'a Sources,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    /// Starts with the problems that the sources themselves have.
    #[must_use]
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, problems: sources.problems().cloned().collect() }
    }

    /// Reads one thing and ends: the thing, or every problem.
    ///
    /// # Errors
    /// All problems that were found, those of the sources included.
    pub fn load<T>(sources: &'a Sources, read: impl FnOnce(&mut Self) -> Option<T>) -> Result<T, Problems> {
        let mut reader = Self::new(sources);
        let value = read(&mut reader);
        match value {
            Some(value) if reader.problems.is_empty() => Ok(value),
            _ => Err(Problems::from(reader.problems)),
        }
    }

    /// Everything that was complained about.
    #[must_use]
    pub fn into_problems(self) -> Problems {
        Problems::from(self.problems)
    }

    /// Where the values come from.
    #[must_use]
    pub fn sources(&self) -> &'a Sources {
        self.sources
    }

    /// The value, where somebody set one that is not empty.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<Found<'a>> {
        self.sources.get(name).filter(|found| !found.text.is_empty())
    }

    /// A variable that always has a value: the documented default stands in when nobody set it.
    ///
    /// An empty value is wrong and not the default: whoever wrote the line meant something by it.
    pub fn value<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, Complaint>) -> Option<T> {
        let default = known::find(name).and_then(|known| known.default);
        let found = match (self.sources.get(name), default) {
            (Some(found), _) => found,
            (None, Some(default)) => Found { text: default, origin: Origin::Default },
            (None, None) => {
                self.missing(name);
                return None;
            }
        };
        if found.text.is_empty() && default != Some("") {
            let hint = match default {
                Some(default) => {
                    format!("give it a value, or remove it to get the default {default}")
                }
                None => "give it a value, or remove it".to_owned(),
            };
            self.wrong(name, found.origin, Complaint::new("the value is empty", hint));
            return None;
        }
        self.parse(name, &found, parse)
    }

    /// A variable that may be absent: `Some(None)` when nobody set it, or set it to nothing.
    #[allow(clippy::option_option)]
    pub fn optional<T>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<Option<T>> {
        match self.given(name) {
            None => Some(None),
            Some(found) => self.parse(name, &found, parse).map(Some),
        }
    }

    /// Understands a value that was found; a complaint is filed under the variable.
    pub fn parse<T>(
        &mut self,
        name: &str,
        found: &Found<'_>,
        parse: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Option<T> {
        match parse(found.text) {
            Ok(value) => Some(value),
            Err(complaint) => {
                self.wrong(name, found.origin.clone(), complaint);
                None
            }
        }
    }

    /// Files a problem with a value that is there.
    pub fn wrong(&mut self, name: &str, origin: Origin, complaint: Complaint) {
        self.file(name, origin, ProblemKind::Wrong, complaint);
    }

    /// Files that a needed variable is not there; the hint shows the documented example.
    ///
    /// Says nothing when its line in the env file could not be read: that is reported already.
    pub fn missing(&mut self, name: &str) {
        if self.problems.iter().any(|problem| problem.variable == name) {
            return;
        }
        let hint = match known::find(name) {
            // A made-up secret would be taken out of what is printed like a real one.
            Some(Known { about, secret: true, .. }) => format!("set {name}=…  ({about})"),
            Some(Known { example, about, .. }) => format!("set {name}={example}  ({about})"),
            None => format!("set {name}"),
        };
        let kind = ProblemKind::Missing;
        let complaint = Complaint::new("it is needed and not set", hint);
        // A variable that is set to nothing is missing all the same.
        let origin = self.sources.get(name).map_or(Origin::Default, |found| found.origin);
        self.file(name, origin, kind, complaint);
    }

    fn file(
        &mut self,
        name: &str,
        origin: Origin,
        kind: ProblemKind,
        Complaint { message, hint }: Complaint,
    ) {
        self.problems.push(Problem { variable: name.to_owned(), origin, kind, message, hint });
    }
}

/// A whole number within bounds.
pub fn number<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, Complaint>
where
    T: FromStr + PartialOrd + Display,
{
    move |text| {
        let (low, high) = (range.start(), range.end());
        let hint = || format!("write digits only, from {low} to {high}");
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Complaint::new(format!("{} is not a whole number", shown(text)), hint()));
        }
        match text.parse() {
            Ok(number) if range.contains(&number) => Ok(number),
            _ => Err(Complaint::new(format!("{} is outside {low}..{high}", shown(text)), hint())),
        }
    }
}

/// Yes or no.
pub fn boolean(text: &str) -> Result<bool, Complaint> {
    match text.to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(Complaint::new(format!("{} is neither true nor false", shown(text)), "write true or false")),
    }
}

/// A time of day, `HH:MM`.
pub fn time_of_day(text: &str) -> Result<NaiveTime, Complaint> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| {
        Complaint::new(
            format!("{} is not a time of day", shown(text)),
            "write hours and minutes, such as 09:00",
        )
    })
}

/// A path, taken as it is. What only a shell would make a path of is refused: a folder named `~` is nobody's wish.
pub fn path(text: &str) -> Result<PathBuf, Complaint> {
    if text.contains("://") {
        return Err(Complaint::new(
            format!("{} is an address, not a path", shown(text)),
            "name a file or a folder",
        ));
    }
    if let Some(start) = unexpanded(text) {
        return Err(Complaint::new(format!("{} is not expanded here", shown(start)), WHOLE_PATH));
    }
    Ok(PathBuf::from(text))
}

/// What to do about a path that only a shell would understand.
pub(super) const WHOLE_PATH: &str = "write the whole path";

/// What a shell would put a folder in the place of, at the beginning of a path: `~`, `$NAME` or `${NAME}`.
pub(super) fn unexpanded(path: &str) -> Option<&str> {
    let (start, _) = path.split_once('/').unwrap_or((path, ""));
    let is_name = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{'));
    (start == "~" || start.strip_prefix('$').is_some_and(is_name)).then_some(start)
}
