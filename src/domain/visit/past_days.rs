//! The days of a period of the past, in the words of the visits: `1.11-15.11`, `с 25 декабря по 10 января`, `вчера`.

use chrono::{Datelike, Days, NaiveDate};

use super::parser::VisitParser;
use super::tokens::{Token, tokenize};

/// For how many years a date without a year is looked for: the 29th of February comes twice in sixteen.
const YEARS: i32 = 8;

/// A day as it was said.
#[derive(Clone, Copy)]
enum SaidDay {
    Date(NaiveDate),
    /// Day and month.
    Yearless(u32, u32),
    /// The day of a month that is said with the last day.
    Monthless(u32),
}

/// Parses the first and the last day, or a single one; `None` when they are not understood with certainty or in the wrong
/// order. Without a year the last day is the next one after the first, and the first one the latest that is not ahead.
pub(crate) fn parse_past_days(text: &str, today: NaiveDate) -> Option<(NaiveDate, NaiveDate)> {
    let tokens = tokenize(text)?;
    let mut parser = VisitParser::new(&tokens, today);
    let _preposition = parser.one_of("с со from");
    let first = parser.said_day(today)?;
    if parser.is_at_end() {
        let day = latest_until(first, today)?;
        return Some((day, day));
    }
    let _separator = parser.dash().or_else(|| parser.one_of("по до to till until"));
    let last = parser.said_day(today)?;
    let days = match (first, last) {
        (_, SaidDay::Monthless(_)) => return None,
        (SaidDay::Monthless(day), last) => {
            let last = latest_until(last, today).or_else(|| earliest_from(last, today))?;
            (last.with_day(day)?, last)
        }
        (first, SaidDay::Date(last)) => (latest_until(first, last)?, last),
        (first, last) => {
            let first = latest_until(first, today)?;
            let last = earliest_from(last, first)?;
            // "15.11 - 10.11" is a slip, and not nearly a year.
            (first, Some(last).filter(|last| *last <= today || last.year() == first.year())?)
        }
    };
    (parser.is_at_end() && days.0 <= days.1).then_some(days)
}

fn latest_until(said: SaidDay, limit: NaiveDate) -> Option<NaiveDate> {
    match said {
        SaidDay::Date(date) => Some(date),
        SaidDay::Yearless(day, month) => (0..=YEARS)
            .filter_map(|back| NaiveDate::from_ymd_opt(limit.year() - back, month, day))
            .find(|date| *date <= limit),
        SaidDay::Monthless(_) => None,
    }
}

fn earliest_from(said: SaidDay, limit: NaiveDate) -> Option<NaiveDate> {
    match said {
        SaidDay::Date(date) => Some(date),
        SaidDay::Yearless(day, month) => (0..=YEARS)
            .filter_map(|ahead| NaiveDate::from_ymd_opt(limit.year() + ahead, month, day))
            .find(|date| *date >= limit),
        SaidDay::Monthless(_) => None,
    }
}

impl VisitParser<'_> {
    fn said_day(&mut self, today: NaiveDate) -> Option<SaidDay> {
        let relative = [("сегодня today", 0), ("вчера yesterday", 1), ("позавчера", 2)];
        if let Some((_, days)) = relative.into_iter().find(|(words, _)| self.one_of(words).is_some()) {
            return today.checked_sub_days(Days::new(days)).map(SaidDay::Date);
        }
        let rules = [Self::iso_day, Self::numeric_day, Self::named_day];
        rules.into_iter().find_map(|rule| self.attempt(rule))
    }

    fn iso_day(&mut self) -> Option<SaidDay> {
        let year = self.number().filter(|year| *year >= 2000)?;
        self.dash()?;
        let month = self.number()?;
        self.dash()?;
        let day = self.number()?;
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day).map(SaidDay::Date)
    }

    fn numeric_day(&mut self) -> Option<SaidDay> {
        let Token::Date(day, month, year) = *self.next()? else { return None };
        said_date(day, month, year)
    }

    fn named_day(&mut self) -> Option<SaidDay> {
        let Some(day) = self.number() else {
            let month = self.month()?;
            let day = self.number()?;
            let year = self.year();
            return said_date(day, month, year);
        };
        let _suffix = self.attempt(Self::ordinal_suffix);
        match self.month() {
            Some(month) => {
                let year = self.year();
                said_date(day, month, year)
            }
            None => (1..=31).contains(&day).then_some(SaidDay::Monthless(day)),
        }
    }

    fn year(&mut self) -> Option<i32> {
        let year = self.attempt(|parser| parser.number().filter(|year| *year >= 2000))?;
        let _word = self.one_of("г года");
        i32::try_from(year).ok()
    }
}

fn said_date(day: u32, month: u32, year: Option<i32>) -> Option<SaidDay> {
    match year {
        Some(year) => NaiveDate::from_ymd_opt(year, month, day).map(SaidDay::Date),
        // A leap year has every day.
        None => NaiveDate::from_ymd_opt(2000, month, day).map(|_| SaidDay::Yearless(day, month)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rstest::rstest;

    use super::*;

    fn parse(text: &str) -> Option<(NaiveDate, NaiveDate)> {
        parse_past_days(text, "2026-11-28".parse().unwrap())
    }

    #[rstest]
    #[case("1.11-15.11", "2026-11-01", "2026-11-15")]
    #[case("01.11.2025 – 15.11.2025", "2025-11-01", "2025-11-15")]
    #[case("01.11 15.11", "2026-11-01", "2026-11-15")]
    #[case("1.11.25 - 3.11.25", "2025-11-01", "2025-11-03")]
    #[case("с 25 декабря по 10 января", "2025-12-25", "2026-01-10")]
    #[case("1-15 ноября", "2026-11-01", "2026-11-15")]
    #[case("с 1 по 15 декабря", "2025-12-01", "2025-12-15")]
    #[case("1 ноября 2024 г. по сегодня", "2024-11-01", "2026-11-28")]
    #[case("from 1 Nov to 15 Nov", "2026-11-01", "2026-11-15")]
    #[case("Nov 1 - Nov 15 2025", "2025-11-01", "2025-11-15")]
    #[case("2026-11-01 - 2026-11-15", "2026-11-01", "2026-11-15")]
    #[case("1.11-15.12", "2026-11-01", "2026-12-15")]
    #[case("29.02", "2024-02-29", "2024-02-29")]
    #[case("вчера", "2026-11-27", "2026-11-27")]
    #[case("позавчера - сегодня", "2026-11-26", "2026-11-28")]
    #[case("28.11", "2026-11-28", "2026-11-28")]
    #[case("29.11", "2025-11-29", "2025-11-29")]
    fn days_are_those_of_the_past(#[case] text: &str, #[case] from: &str, #[case] to: &str) {
        assert_eq!(parse(text), Some((from.parse().unwrap(), to.parse().unwrap())));
    }

    #[rstest]
    fn what_is_not_certain_is_not_understood(
        #[values(
            "",
            "1",
            "15",
            "1-15",
            "31.02",
            "15.11.2026-01.11.2026",
            "завтра",
            "1.11-15.11-20.11",
            "1.11 в 10",
            "10:30",
            "ноябрь",
            "32 ноября",
            "1.11 -",
            "0-5 ноября"
        )]
        text: &str,
    ) {
        assert_eq!(parse(text), None);
    }
}
