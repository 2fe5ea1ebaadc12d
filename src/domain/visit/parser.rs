//! The rules of days and of times from now. Each reads what it knows at the front of the tokens.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime, TimeDelta, Weekday};

use super::tokens::Token;

/// How far ahead a date without a year may be. A later one was probably meant to be in the past.
const MAX_DAYS_WITHOUT_YEAR: i64 = 183;

/// A local time of day, or a part of the day.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum VisitTime {
    At(NaiveTime),
    After(NaiveTime),
    Before(NaiveTime),
    Between(NaiveTime, NaiveTime),
}

pub(super) struct VisitParser<'a> {
    pub(super) rest: &'a [Token],
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

    pub(super) fn next(&mut self) -> Option<&Token> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    /// Skips any one of the words, separated by spaces; `None` when none follows.
    pub(super) fn one_of(&mut self, words: &str) -> Option<()> {
        self.attempt(|parser| match parser.next()? {
            Token::Word(word) => words.split(' ').any(|one| one == word).then_some(()),
            _ => None,
        })
    }

    /// Skips the words in this order.
    pub(super) fn all_of(&mut self, words: &str) -> Option<()> {
        self.attempt(|parser| words.split(' ').try_for_each(|word| parser.one_of(word)))
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        self.attempt(|parser| match parser.next()? {
            Token::Number(number) => Some(*number),
            _ => None,
        })
    }

    /// A number, also in words up to twelve.
    pub(super) fn counted_number(&mut self) -> Option<u32> {
        const WORDS: [&str; 12] = [
            "один одну one",
            "два две двух two",
            "три трех three",
            "четыре четырех four",
            "пять пяти five",
            "шесть шести six",
            "семь семи seven",
            "восемь восьми eight",
            "девять девяти nine",
            "десять десяти ten",
            "одиннадцать одиннадцати eleven",
            "двенадцать двенадцати twelve",
        ];
        self.number().or_else(|| (1..).zip(WORDS).find_map(|(n, words)| self.one_of(words).map(|()| n)))
    }

    pub(super) fn day(&mut self) -> Option<NaiveDate> {
        let rules = [
            Self::relative_day,
            Self::weekday,
            Self::numeric_date,
            Self::named_date,
            Self::day_of_month,
            Self::counted_day,
        ];
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
        if self.attempt(Self::this_part_of_day).is_some() {
            return Some(self.today);
        }
        let _preposition = self.one_of("на");
        let days = [("сегодня today", 0), ("завтра tomorrow", 1), ("послезавтра", 2)];
        let (_, days) = days.into_iter().find(|(words, _)| self.one_of(words).is_some())?;
        self.days_ahead(days)
    }

    /// The "this" of "this evening", which is said of today.
    fn this_part_of_day(&mut self) -> Option<()> {
        self.one_of("this")?;
        let before = self.rest;
        let part = self.one_of("morning afternoon evening");
        self.rest = before;
        part
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
        let is_next_week = self.attempt(Self::next_week).is_some();
        let _preposition = self.one_of("в во на on");
        let is_this = self.one_of("этот эту это this").is_some();
        let is_nearest = self.one_of("ближайший ближайшую ближайшее coming").is_some();
        let (_, weekday) = NAMES.into_iter().find(|(names, _)| self.one_of(names).is_some())?;
        let days = weekday.days_since(self.today.weekday());
        if is_next_week || self.attempt(Self::next_week).is_some() {
            let until_monday = 7 - self.today.weekday().num_days_from_monday();
            return (!is_nearest && !is_this)
                .then(|| self.days_ahead(u64::from(until_monday + weekday.num_days_from_monday())))
                .flatten();
        }
        // A date behind it says which one is meant.
        if let Some(date) = self.attempt(Self::numeric_date).or_else(|| self.attempt(Self::named_date)) {
            return (date.weekday() == weekday).then_some(date);
        }
        // "This Monday" said on a Saturday is past, or a slip.
        let is_left = weekday.num_days_from_monday() > self.today.weekday().num_days_from_monday();
        (days > 0 && (is_left || !is_this)).then(|| self.days_ahead(u64::from(days))).flatten()
    }

    /// The week that begins on the next Monday. On which Sunday it ends is the same for everyone who says it in Russian.
    fn next_week(&mut self) -> Option<()> {
        self.all_of("на следующей неделе").or_else(|| self.all_of("next week"))
    }

    fn numeric_date(&mut self) -> Option<NaiveDate> {
        let _preposition = self.one_of("на on");
        let Token::Date(day, month, year) = *self.next()? else { return None };
        self.date(day, month, year)
    }

    fn named_date(&mut self) -> Option<NaiveDate> {
        let _preposition = self.one_of("на on");
        let _article = self.one_of("the");
        let day_before = self.number();
        let _suffix = self.attempt(Self::ordinal_suffix);
        let _of = self.one_of("of");
        let month = self.month()?;
        let day = match day_before {
            Some(day) => day,
            None => {
                let day = self.number()?;
                let _suffix = self.attempt(Self::ordinal_suffix);
                day
            }
        };
        let year = self.attempt(|parser| parser.number().filter(|year| *year >= 2000));
        let _word = year.and_then(|_| self.one_of("г года"));
        self.date(day, month, year.and_then(|year| i32::try_from(year).ok()))
    }

    pub(super) fn ordinal_suffix(&mut self) -> Option<()> {
        let _dash = self.dash();
        self.one_of("st nd rd th го е ое")
    }

    pub(super) fn dash(&mut self) -> Option<()> {
        self.attempt(|parser| matches!(parser.next()?, Token::Dash).then_some(()))
    }

    /// `25-го`, `25 числа`, `on the 25th`: the next such day.
    fn day_of_month(&mut self) -> Option<NaiveDate> {
        let _preposition = self.all_of("on the").or_else(|| self.one_of("the"));
        let day = self.number()?;
        let has_suffix = self.attempt(Self::ordinal_suffix).is_some();
        self.one_of("числа").or_else(|| has_suffix.then_some(()))?;
        let months =
            (0..12).map_while(|month| self.today.with_day(1)?.checked_add_months(Months::new(month)));
        let date = months.filter_map(|first| first.with_day(day)).find(|date| *date >= self.today)?;
        // Without a month, a far day is a slip: the 31st said in June.
        (date - self.today <= TimeDelta::days(31)).then_some(date)
    }

    pub(super) fn month(&mut self) -> Option<u32> {
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
        if self.one_of("день").is_some() || self.all_of("a day").is_some() {
            return self.days_ahead(1);
        }
        let count = u64::from(self.counted_number()?);
        if self.one_of("недели недель weeks week").is_some() {
            return self.days_ahead(count * 7);
        }
        self.one_of("день дня дней day days")?;
        self.days_ahead(count)
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
        let count = i64::from(self.counted_number()?);
        if self.one_of("час часа часов ч hour hours h").is_some() {
            return Some(TimeDelta::hours(count));
        }
        self.one_of("минуту минуты минут мин minute minutes min").map(|()| TimeDelta::minutes(count))
    }
}
