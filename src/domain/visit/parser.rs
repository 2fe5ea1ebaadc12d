//! The rules: days, times of day, and times from now. Each reads what it knows at the front of the tokens.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Timelike, Weekday};

use super::tokens::Token;

/// How far ahead a date without a year may be. A later one was probably meant to be in the past.
const MAX_DAYS_WITHOUT_YEAR: i64 = 183;
/// The hours that are the same in everyone's mouth: "at 5" may be in the afternoon.
const CERTAIN_HOURS: RangeInclusive<u32> = 7..=23;
const MORNING: (u32, u32) = (8, 12);
const AFTERNOON: (u32, u32) = (12, 17);
const EVENING: (u32, u32) = (17, 22);

/// A local time of day, or a part of the day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum VisitTime {
    At(NaiveTime),
    After(NaiveTime),
    Before(NaiveTime),
    Between(NaiveTime, NaiveTime),
}

pub(super) struct VisitParser<'a> {
    rest: &'a [Token],
    today: NaiveDate,
}

impl<'a> VisitParser<'a> {
    pub(super) fn new(tokens: &'a [Token], today: NaiveDate) -> Self {
        Self { rest: tokens, today }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Runs a rule, and goes back when it does not apply.
    pub(super) fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.rest;
        let parsed = rule(self);
        if parsed.is_none() {
            self.rest = before;
        }
        parsed
    }

    fn next(&mut self) -> Option<&Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// Skips any one of the words, separated by spaces; `None` when none follows.
    fn one_of(&mut self, words: &str) -> Option<()> {
        self.attempt(|parser| match parser.next()? {
            Token::Word(word) => words.split(' ').any(|one| one == word).then_some(()),
            _ => None,
        })
    }

    /// Skips the words in this order.
    fn all_of(&mut self, words: &str) -> Option<()> {
        self.attempt(|parser| words.split(' ').try_for_each(|word| parser.one_of(word)))
    }

    fn number(&mut self) -> Option<u32> {
        self.attempt(|parser| match parser.next()? {
            Token::Number(number) => Some(*number),
            _ => None,
        })
    }

    pub(super) fn day(&mut self) -> Option<NaiveDate> {
        let rules =
            [Self::relative_day, Self::weekday, Self::numeric_date, Self::named_date, Self::counted_day];
        rules.into_iter().find_map(|rule| self.attempt(rule))
    }

    fn relative_day(&mut self) -> Option<NaiveDate> {
        if self.all_of("day after tomorrow").is_some() || self.all_of("the day after tomorrow").is_some() {
            return self.days_ahead(2);
        }
        if let Some((_, days)) = [("вчера yesterday", 1), ("позавчера", 2)]
            .into_iter()
            .find(|(words, _)| self.one_of(words).is_some())
        {
            return self.today.checked_sub_days(Days::new(days));
        }
        let days = [("сегодня today", 0), ("завтра tomorrow", 1), ("послезавтра", 2)];
        let (_, days) = days.into_iter().find(|(words, _)| self.one_of(words).is_some())?;
        self.days_ahead(days)
    }

    /// The next such day. "On Friday" said on a Friday may be today or in a week.
    fn weekday(&mut self) -> Option<NaiveDate> {
        const NAMES: [(&str, Weekday); 7] = [
            ("понедельник пн monday mon", Weekday::Mon),
            ("вторник вт tuesday tue", Weekday::Tue),
            ("среда среду ср wednesday wed", Weekday::Wed),
            ("четверг чт thursday thu", Weekday::Thu),
            ("пятница пятницу пт friday fri", Weekday::Fri),
            ("суббота субботу сб saturday sat", Weekday::Sat),
            ("воскресенье вс sunday sun", Weekday::Sun),
        ];
        let _preposition = self.one_of("в во on");
        let (_, weekday) = NAMES.into_iter().find(|(names, _)| self.one_of(names).is_some())?;
        let days = weekday.days_since(self.today.weekday());
        // A date behind it says which one is meant.
        if let Some(date) = self.attempt(Self::numeric_date).or_else(|| self.attempt(Self::named_date)) {
            return (date.weekday() == weekday).then_some(date);
        }
        (days > 0).then(|| self.days_ahead(u64::from(days))).flatten()
    }

    fn numeric_date(&mut self) -> Option<NaiveDate> {
        let Token::Date(day, month, year) = *self.next()? else { return None };
        self.date(day, month, year)
    }

    fn named_date(&mut self) -> Option<NaiveDate> {
        let day_before = self.number();
        let _suffix = self.one_of("st nd rd th");
        let _of = self.one_of("of");
        let month = self.month()?;
        let day = day_before.or_else(|| self.number())?;
        let year = self.attempt(|parser| parser.number().filter(|year| *year >= 2000));
        let _word = year.and_then(|_| self.one_of("г года"));
        self.date(day, month, year.and_then(|year| i32::try_from(year).ok()))
    }

    fn month(&mut self) -> Option<u32> {
        const NAMES: [&str; 12] = [
            "января янв january jan",
            "февраля фев february feb",
            "марта мар march mar",
            "апреля апр april apr",
            "мая may",
            "июня июн june jun",
            "июля июл july jul",
            "августа авг august aug",
            "сентября сен сент september sep",
            "октября окт october oct",
            "ноября ноя november nov",
            "декабря дек december dec",
        ];
        (1..).zip(NAMES).find_map(|(month, names)| self.one_of(names).map(|()| month))
    }

    fn counted_day(&mut self) -> Option<NaiveDate> {
        self.one_of("через in")?;
        if self.one_of("неделю").is_some() || self.all_of("a week").is_some() {
            return self.days_ahead(7);
        }
        let days = self.number()?;
        self.one_of("день дня дней day days")?;
        self.days_ahead(u64::from(days))
    }

    fn days_ahead(&self, days: u64) -> Option<NaiveDate> {
        self.today.checked_add_days(Days::new(days))
    }

    /// Returns a date; without a year the next one, unless it is far away.
    fn date(&self, day: u32, month: u32, year: Option<i32>) -> Option<NaiveDate> {
        if let Some(year) = year {
            return NaiveDate::from_ymd_opt(year, month, day);
        }
        let this_year = self.today.year();
        let dates = [this_year, this_year + 1]
            .into_iter()
            .filter_map(|year| NaiveDate::from_ymd_opt(year, month, day));
        let next = dates.into_iter().find(|date| *date >= self.today)?;
        (next - self.today <= TimeDelta::days(MAX_DAYS_WITHOUT_YEAR)).then_some(next)
    }

    pub(super) fn time(&mut self) -> Option<VisitTime> {
        let rules = [Self::part_of_day, Self::range, Self::one_sided, Self::exact];
        rules.into_iter().find_map(|rule| self.attempt(rule))
    }

    /// A time from now.
    pub(super) fn delay(&mut self) -> Option<TimeDelta> {
        const PHRASES: [(&str, i64); 6] = [
            ("час", 60),
            ("an hour and a half", 90),
            ("an hour", 60),
            ("полчаса", 30),
            ("half an hour", 30),
            ("полтора часа", 90),
        ];
        self.one_of("через in")?;
        if let Some((_, minutes)) = PHRASES.into_iter().find(|(phrase, _)| self.all_of(phrase).is_some()) {
            return Some(TimeDelta::minutes(minutes));
        }
        let count = i64::from(self.number()?);
        if self.one_of("час часа часов ч hour hours h").is_some() {
            return Some(TimeDelta::hours(count));
        }
        self.one_of("минуту минуты минут мин minute minutes min").map(|()| TimeDelta::minutes(count))
    }

    fn part_of_day(&mut self) -> Option<VisitTime> {
        let _preposition = self.all_of("in the");
        let parts = [("утром morning", MORNING), ("днем afternoon", AFTERNOON), ("вечером evening", EVENING)];
        let (_, (from, until)) = parts.into_iter().find(|(words, _)| self.one_of(words).is_some())?;
        Some(VisitTime::Between(full_hour(from)?, full_hour(until)?))
    }

    fn range(&mut self) -> Option<VisitTime> {
        let _preposition = self.one_of("с со from между between");
        let from = self.clock()?;
        self.one_of("до to till until и and").or_else(|| {
            self.attempt(|parser| match parser.next()? {
                Token::Dash => Some(()),
                _ => None,
            })
        })?;
        let until = self.clock()?;
        (from < until).then_some(VisitTime::Between(from, until))
    }

    fn one_sided(&mut self) -> Option<VisitTime> {
        if self.one_of("после с from after").is_some() {
            return self.clock().map(VisitTime::After);
        }
        self.one_of("до before until till")?;
        self.clock().map(VisitTime::Before)
    }

    /// A number alone is no time: it may be anything.
    fn exact(&mut self) -> Option<VisitTime> {
        let has_preposition = self.one_of("в во к около примерно at by about around").is_some();
        let is_number = matches!(self.rest.first(), Some(Token::Number(_)));
        let before = self.rest.len();
        let time = self.clock()?;
        let has_unit = before - self.rest.len() > 1;
        (has_preposition || !is_number || has_unit).then_some(VisitTime::At(time))
    }

    /// A time of day: `15`, `15:30`, `15 часов`, `3 часа дня`, `3 pm`.
    fn clock(&mut self) -> Option<NaiveTime> {
        let (hour, minute) = match self.next()? {
            Token::Clock(time) => (time.hour(), time.minute()),
            Token::Number(hour) => (*hour, 0),
            _ => return None,
        };
        let _unit = self.one_of("час часа часов ч h o'clock");
        let is_first_half = (1..=12).contains(&hour);
        let hour = if self.one_of("утра am").is_some() {
            (is_first_half && hour != 12).then_some(hour)?
        } else if self.one_of("дня вечера pm").is_some() {
            if is_first_half { hour % 12 + 12 } else { hour }
        } else {
            CERTAIN_HOURS.contains(&hour).then_some(hour)?
        };
        NaiveTime::from_hms_opt(hour, minute, 0)
    }
}

fn full_hour(hour: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(hour, 0, 0)
}
