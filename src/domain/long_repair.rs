//! A long repair: what the client is promised, and what it needs.

use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};
use thiserror::Error;

use super::money::{Kopecks, parse_amount};

/// The most days ahead that the end may be promised.
pub(crate) const MAX_PROMISED_DAYS: i64 = 180;
/// A promise beyond so many days is unusual.
const USUAL_DAYS: i64 = 90;

const PROMISED: &str = "promised=";
const PREPAYMENT: &str = "prepayment=";
const PARTS: &str = "parts=";

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct LongRepair {
    /// The day by which the client has the appliance back.
    pub(crate) promised: NaiveDate,
    pub(crate) parts: Option<String>,
    pub(crate) prepayment: Option<Kopecks>,
}

impl LongRepair {
    /// Returns how the status history writes it.
    pub(crate) fn to_note(&self) -> String {
        let prepayment = self.prepayment.map(|paid| format!("{PREPAYMENT}{paid}"));
        let parts = self.parts.as_ref().map(|parts| format!("{PARTS}{parts}"));
        let promised = format!("{PROMISED}{}", self.promised);
        let note: Vec<_> = [Some(promised), prepayment, parts].into_iter().flatten().collect();
        note.join(" ")
    }

    /// Reads a note of the status history; `None` when it is in a user's words.
    pub(crate) fn from_note(note: &str) -> Option<Self> {
        let rest = note.strip_prefix(PROMISED)?;
        let (day, mut rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let mut prepayment = None;
        if let Some(paid) = rest.strip_prefix(PREPAYMENT) {
            let (paid, behind) = paid.split_once(' ').unwrap_or((paid, ""));
            prepayment = Some(parse_amount(paid).ok()?);
            rest = behind;
        }
        let parts = match rest.strip_prefix(PARTS) {
            Some(parts) => Some(parts.to_owned()),
            None if rest.is_empty() => None,
            None => return None,
        };
        Some(Self { promised: day.parse().ok()?, parts, prepayment })
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub(crate) enum PromisedDateError {
    #[error("today or past")]
    TooEarly,
    #[error("more than {MAX_PROMISED_DAYS} days ahead")]
    TooLate,
}

/// What is unusual about a promised day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PromiseWarning {
    Weekend,
    FarAhead,
}

/// Checks that a day is tomorrow or later, and not too late.
pub(crate) fn check_promised_date(day: NaiveDate, today: NaiveDate) -> Result<NaiveDate, PromisedDateError> {
    match day - today {
        ahead if ahead < TimeDelta::days(1) => Err(PromisedDateError::TooEarly),
        ahead if ahead > TimeDelta::days(MAX_PROMISED_DAYS) => Err(PromisedDateError::TooLate),
        _ => Ok(day),
    }
}

pub(crate) fn promise_warning(day: NaiveDate, today: NaiveDate) -> Option<PromiseWarning> {
    if day - today > TimeDelta::days(USUAL_DAYS) {
        Some(PromiseWarning::FarAhead)
    } else if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
        Some(PromiseWarning::Weekend)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn note_of_the_history_is_read_back_and_words_of_a_user_are_none() {
        let promised = NaiveDate::from_ymd_opt(2026, 12, 5).unwrap();
        for parts in [None, Some("a belt, prepayment=5 parts=2".to_owned())] {
            for prepayment in [None, Some(Kopecks(150_050)), Some(Kopecks(0))] {
                let repair = LongRepair { promised, parts: parts.clone(), prepayment };
                assert_eq!(LongRepair::from_note(&repair.to_note()), Some(repair));
            }
        }
        for note in ["", "the belt is broken", "promised=soon", "promised=2026-12-05 and more", "master=5"] {
            assert_eq!(LongRepair::from_note(note), None, "{note}");
        }
    }

    #[test]
    fn promise_is_between_tomorrow_and_half_a_year_ahead() {
        // A Saturday.
        let today: NaiveDate = "2026-11-28".parse().unwrap();
        let after = |days| today + TimeDelta::days(days);
        for (days, expected, warning) in [
            (-1, Err(PromisedDateError::TooEarly), None),
            (0, Err(PromisedDateError::TooEarly), None),
            (1, Ok(after(1)), Some(PromiseWarning::Weekend)),
            (2, Ok(after(2)), None),
            (90, Ok(after(90)), None),
            (91, Ok(after(91)), Some(PromiseWarning::FarAhead)),
            (180, Ok(after(180)), Some(PromiseWarning::FarAhead)),
            (181, Err(PromisedDateError::TooLate), None),
        ] {
            assert_eq!(check_promised_date(after(days), today), expected, "{days}");
            if expected.is_ok() {
                assert_eq!(promise_warning(after(days), today), warning, "{days}");
            }
        }
    }
}
