//! The rules of times of day.

use std::ops::RangeInclusive;

use chrono::{NaiveTime, Timelike};

use super::parser::{VisitParser, VisitTime};
use super::tokens::Token;

/// The hours that are the same in everyone's mouth: "at 5" may be in the afternoon.
const CERTAIN_HOURS: RangeInclusive<u32> = 7..=23;
const MORNING: (u32, u32) = (8, 12);
const AFTERNOON: (u32, u32) = (12, 17);
const EVENING: (u32, u32) = (17, 22);

/// A time of day as it was said.
#[derive(Clone, Copy)]
struct SaidTime {
    hour: u32,
    minute: u32,
    /// Whether it has minutes or a unit, and cannot be any number.
    is_clock: bool,
    is_leading_zero: bool,
    half: Option<DayHalf>,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum DayHalf {
    Morning,
    Afternoon,
}

impl SaidTime {
    /// Returns the time, if there is no doubt about the half of the day.
    fn certain(self) -> Option<NaiveTime> {
        let is_first_half = (1..=12).contains(&self.hour);
        let hour = match self.half {
            Some(DayHalf::Morning) => (is_first_half && self.hour != 12).then_some(self.hour)?,
            Some(DayHalf::Afternoon) if is_first_half => self.hour % 12 + 12,
            Some(DayHalf::Afternoon) => (self.hour >= 12).then_some(self.hour)?,
            None if self.is_leading_zero => self.hour,
            None => CERTAIN_HOURS.contains(&self.hour).then_some(self.hour)?,
        };
        NaiveTime::from_hms_opt(hour, self.minute, 0)
    }

    /// Returns the beginning of a range: in "from 9 to 11 pm" both are in the evening, in "from 10 to 4 pm" one is.
    fn certain_until(self, until: Self) -> Option<NaiveTime> {
        let of_clock = |time: Self| (time.hour % 12, time.minute);
        let is_shared = self.half.is_none()
            && (1..=12).contains(&self.hour)
            && until.half.is_some()
            && of_clock(self) < of_clock(until);
        Self { half: if is_shared { until.half } else { self.half }, ..self }.certain()
    }
}

impl VisitParser<'_> {
    pub(super) fn time(&mut self) -> Option<VisitTime> {
        let rules = [Self::part_of_day, Self::range, Self::one_sided, Self::exact];
        rules.into_iter().find_map(|rule| self.attempt(rule))
    }

    /// Skips words that leave the whole day open.
    pub(super) fn any_time(&mut self) -> Option<()> {
        let phrases =
            ["в течение дня", "весь день", "целый день", "в любое время", "any time", "anytime", "all day"];
        phrases.into_iter().find_map(|phrase| self.all_of(phrase))
    }

    fn part_of_day(&mut self) -> Option<VisitTime> {
        const PHRASES: [(&str, (u32, u32)); 11] = [
            ("с утра", MORNING),
            ("до обеда", MORNING),
            ("после обеда", AFTERNOON),
            ("в первой половине дня", MORNING),
            ("первая половина дня", MORNING),
            ("во второй половине дня", AFTERNOON),
            ("вторая половина дня", AFTERNOON),
            ("in the morning", MORNING),
            ("in the afternoon", AFTERNOON),
            ("in the evening", EVENING),
            ("after lunch", AFTERNOON),
        ];
        const WORDS: [(&str, (u32, u32)); 3] =
            [("утром morning", MORNING), ("днем afternoon", AFTERNOON), ("вечером evening", EVENING)];
        let phrase = PHRASES.into_iter().find(|(phrase, _)| self.all_of(phrase).is_some());
        let (_, (from, until)) =
            phrase.or_else(|| WORDS.into_iter().find(|(words, _)| self.one_of(words).is_some()))?;
        Some(VisitTime::Between(full_hour(from)?, full_hour(until)?))
    }

    fn range(&mut self) -> Option<VisitTime> {
        let _preposition = self.one_of("с со от from между between");
        let from = self.said_time()?;
        self.one_of("до по to till until и and").or_else(|| self.dash())?;
        let until = self.said_time()?;
        let (from, until) = (from.certain_until(until)?, until.certain()?);
        (from < until).then_some(VisitTime::Between(from, until))
    }

    fn one_sided(&mut self) -> Option<VisitTime> {
        const AFTER: [&str; 5] =
            ["не раньше", "не ранее", "no earlier than", "not earlier than", "not before"];
        const BEFORE: [&str; 5] = ["не позже", "не позднее", "no later than", "not later than", "not after"];
        if self.any_of(&AFTER).or_else(|| self.one_of("после с from after")).is_some() {
            return self.clock().map(VisitTime::After);
        }
        self.any_of(&BEFORE).or_else(|| self.one_of("до before until till"))?;
        self.clock().map(VisitTime::Before)
    }

    fn any_of(&mut self, phrases: &[&str]) -> Option<()> {
        phrases.iter().find_map(|phrase| self.all_of(phrase))
    }

    /// A number alone is no time: it may be anything.
    fn exact(&mut self) -> Option<VisitTime> {
        let is_about = self.one_of("около примерно about around").is_some();
        let has_preposition = self.one_of("в во к на at by").is_some() || is_about;
        let time = self.said_time()?;
        (has_preposition || time.is_clock).then_some(VisitTime::At(time.certain()?))
    }

    fn clock(&mut self) -> Option<NaiveTime> {
        self.said_time()?.certain()
    }

    /// A time of day: `15`, `15:30`, `15 часов`, `3 часа дня`, `3 pm`, `half past ten`.
    fn said_time(&mut self) -> Option<SaidTime> {
        if self.one_of("полдень полудня noon midday").is_some() {
            let (is_clock, is_leading_zero, half) = (true, false, None);
            return Some(SaidTime { hour: 12, minute: 0, is_clock, is_leading_zero, half });
        }
        let time = self.attempt(Self::half_hour).or_else(|| self.attempt(Self::quarter));
        let mut time = time.or_else(|| self.attempt(Self::plain_time))?;
        time.half = self.day_half();
        time.is_clock |= time.half.is_some();
        Some(time)
    }

    fn plain_time(&mut self) -> Option<SaidTime> {
        let (hour, mut minute, is_clock, is_leading_zero) = match self.rest.first()? {
            Token::Clock(time, is_leading_zero) => (time.hour(), time.minute(), true, *is_leading_zero),
            _ => (self.counted_number()?, 0, false, false),
        };
        if is_clock {
            self.next()?;
        }
        let has_unit = self.one_of("час часа часов ч h o'clock").is_some();
        if has_unit && !is_clock {
            let minutes = self.attempt(|parser| {
                let minutes = parser.number().filter(|minutes| *minutes < 60)?;
                parser.one_of("минут минуты мин м min").map(|()| minutes)
            });
            minute = minutes.unwrap_or_default();
        }
        Some(SaidTime { hour, minute, is_clock: is_clock || has_unit, is_leading_zero, half: None })
    }

    /// `half past ten`, `в половине десятого`.
    fn half_hour(&mut self) -> Option<SaidTime> {
        let hour = if self.all_of("half past").is_some() {
            self.counted_number()?
        } else {
            self.one_of("половине половина пол")?;
            self.hour_in_progress()?
        };
        twelve_hours(hour, 30)
    }

    /// `quarter to ten`, `без четверти десять`, `четверть десятого`.
    fn quarter(&mut self) -> Option<SaidTime> {
        if self.all_of("без четверти").is_some() || self.any_of(&["quarter to", "a quarter to"]).is_some()
        {
            let hour = self.counted_number()?;
            return twelve_hours(if hour == 1 { 12 } else { hour.checked_sub(1)? }, 45);
        }
        let hour = if self.any_of(&["quarter past", "a quarter past"]).is_some() {
            self.counted_number()?
        } else {
            self.one_of("четверть")?;
            self.hour_in_progress()?
        };
        twelve_hours(hour, 15)
    }

    /// Returns the hour that has passed in "the tenth hour".
    fn hour_in_progress(&mut self) -> Option<u32> {
        const WORDS: [&str; 12] = [
            "второго",
            "третьего",
            "четвертого",
            "пятого",
            "шестого",
            "седьмого",
            "восьмого",
            "девятого",
            "десятого",
            "одиннадцатого",
            "двенадцатого",
            "первого",
        ];
        (1..).zip(WORDS).find_map(|(hour, word)| self.one_of(word).map(|()| hour))
    }

    fn day_half(&mut self) -> Option<DayHalf> {
        if self.one_of("утра am").or_else(|| self.any_of(&["a m", "in the morning"])).is_some() {
            return Some(DayHalf::Morning);
        }
        let phrases = ["p m", "in the afternoon", "in the evening"];
        self.one_of("дня вечера pm").or_else(|| self.any_of(&phrases)).map(|()| DayHalf::Afternoon)
    }
}

fn full_hour(hour: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(hour, 0, 0)
}

fn twelve_hours(hour: u32, minute: u32) -> Option<SaidTime> {
    let is_hour = (1..=12).contains(&hour);
    is_hour.then_some(SaidTime { hour, minute, is_clock: true, is_leading_zero: false, half: None })
}
