//! When a client expects the master, in words.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc, Weekday};
use chrono_tz::Tz;

use crate::bot::view::text::{Texts, plain_text};
use crate::domain::locale::Locale;
use crate::domain::order::Order;
use crate::domain::visit::{VisitTime, VisitWindow, day_bounds};

/// Returns the window if the words were understood, else the words; plain text.
pub(crate) fn visit_text(
    texts: &Texts,
    zone: Tz,
    window: Option<VisitWindow>,
    words: Option<&str>,
) -> Option<String> {
    window.map(|window| window_text(texts, zone, window)).or_else(|| words.map(str::to_owned))
}

/// Formats a window in a time zone: `Fri 28 Nov, 15:00–18:00`, `Fri 28 Nov, after 15:00`.
fn window_text(texts: &Texts, zone: Tz, window: VisitWindow) -> String {
    let (date, time) = window.in_zone(zone);
    let day = day_text(texts, date);
    let clock = |time: NaiveTime| time.format("%H:%M").to_string();
    match time {
        None => day,
        Some(VisitTime::At(time)) => format!("{day}, {}", clock(time)),
        Some(VisitTime::After(time)) => plain_text!(texts, "visit-after", day = day, time = clock(time)),
        Some(VisitTime::Before(time)) => plain_text!(texts, "visit-before", day = day, time = clock(time)),
        Some(VisitTime::Between(from, until)) => format!("{day}, {}–{}", clock(from), clock(until)),
    }
}

/// Formats a date: `Fri 28 Nov`.
pub(crate) fn day_text(texts: &Texts, date: NaiveDate) -> String {
    format!("{} {}", weekday_name(texts, date.weekday()), short_date(texts, date))
}

/// Formats the beginning of a day as the day alone, else with the time: `Fri 28 Nov`, `Fri 28 Nov, 15:00`.
pub(crate) fn moment_text(texts: &Texts, zone: Tz, moment: DateTime<Utc>) -> String {
    let local = moment.with_timezone(&zone);
    let day = day_text(texts, local.date_naive());
    let is_begin = day_bounds(zone, local.date_naive()).is_some_and(|(begin, _)| begin == moment);
    if is_begin { day } else { format!("{day}, {}", local.format("%H:%M")) }
}

/// The time zone of the company, and now in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LocalClock {
    pub(crate) zone: Tz,
    pub(crate) now: DateTime<Utc>,
}

impl LocalClock {
    pub(crate) fn today(self) -> NaiveDate {
        self.now.with_timezone(&self.zone).date_naive()
    }
}

/// Formats a window shortly: `15:00` today, `Fri 15:00` within a week, else `28.11 15:00`.
pub(crate) fn short_visit(texts: &Texts, clock: LocalClock, window: VisitWindow) -> String {
    let (day, _) = window.in_zone(clock.zone);
    let ahead = day.signed_duration_since(clock.today()).num_days();
    let time = visit_clock(texts, clock.zone, window);
    let name = match ahead {
        0 if time.is_some() => None,
        0 => Some(plain_text!(texts, "day-today")),
        1..=6 => Some(weekday_name(texts, day.weekday())),
        _ => Some(short_date(texts, day)),
    };
    [name, time].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Formats the time of day of a window: `15:00`, `15–18`, `after 15:00`; `None` for the whole day.
pub(crate) fn visit_clock(texts: &Texts, zone: Tz, window: VisitWindow) -> Option<String> {
    let clock = |time: NaiveTime| time.format("%H:%M").to_string();
    Some(match window.in_zone(zone).1? {
        VisitTime::At(time) => clock(time),
        VisitTime::After(time) => plain_text!(texts, "time-after", time = clock(time)),
        VisitTime::Before(time) => plain_text!(texts, "time-before", time = clock(time)),
        VisitTime::Between(from, until) => format!("{}–{}", clock(from), clock(until)),
    })
}

/// Formats a day as `28.11` or `28 Nov`.
pub(crate) fn short_date(texts: &Texts, day: NaiveDate) -> String {
    let pattern = match texts.locale() {
        Locale::Ru => "%d.%m",
        Locale::En => "%-d %b",
    };
    day.format(pattern).to_string()
}

/// Formats a day as `Fri 28 Nov`, with `today` or `tomorrow` behind it: at the front of a header they would need a capital.
pub(crate) fn day_name(texts: &Texts, clock: LocalClock, day: NaiveDate) -> String {
    let name = day_text(texts, day);
    match day.signed_duration_since(clock.today()).num_days() {
        0 => format!("{name}, {}", plain_text!(texts, "day-today")),
        1 => format!("{name}, {}", plain_text!(texts, "day-tomorrow")),
        _ => name,
    }
}

/// Names the other visits that the master has at the same time, if there are any.
pub(crate) fn overlap_warning(texts: &Texts, zone: Tz, others: &[Order]) -> Option<String> {
    let first = others.first()?;
    let visit = visit_text(texts, zone, first.visit, None).unwrap_or_default();
    Some(plain_text!(texts, "visit-overlap", id = first.id, visit = visit, count = others.len() - 1))
}

fn weekday_name(texts: &Texts, weekday: Weekday) -> String {
    match weekday {
        Weekday::Mon => plain_text!(texts, "weekday-mon"),
        Weekday::Tue => plain_text!(texts, "weekday-tue"),
        Weekday::Wed => plain_text!(texts, "weekday-wed"),
        Weekday::Thu => plain_text!(texts, "weekday-thu"),
        Weekday::Fri => plain_text!(texts, "weekday-fri"),
        Weekday::Sat => plain_text!(texts, "weekday-sat"),
        Weekday::Sun => plain_text!(texts, "weekday-sun"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use chrono::{Days, TimeDelta};
    use chrono_tz::America::New_York;
    use chrono_tz::Europe::{Berlin, Moscow};
    use proptest::prelude::*;

    use super::*;
    use crate::domain::visit::parse_visit;

    #[test]
    fn windows_read_as_people_say_them() {
        let now = "2026-11-28T11:07:00Z".parse().unwrap();
        for (words, russian, english) in [
            ("завтра", "вс 29.11", "Sun 29 Nov"),
            ("пн в 9", "пн 30.11, 09:00", "Mon 30 Nov, 09:00"),
            ("вт после 15", "вт 01.12, после 15:00", "Tue 1 Dec, after 15:00"),
            ("ср до 12", "ср 02.12, до 12:00", "Wed 2 Dec, before 12:00"),
            ("чт с 10 до 16", "чт 03.12, 10:00–16:00", "Thu 3 Dec, 10:00–16:00"),
        ] {
            let window = parse_visit(words, now, Moscow);
            assert!(window.is_some(), "{words}");
            let shown = |locale| visit_text(Texts::of(locale), Moscow, window, Some(words)).unwrap();
            assert_eq!((&*shown(Locale::Ru), &*shown(Locale::En)), (russian, english));
        }
        let words = visit_text(Texts::of(Locale::En), Moscow, None, Some("when it suits"));
        assert_eq!(words.as_deref(), Some("when it suits"));
    }

    proptest! {
        /// Never a wrong date: what is shown means the same when it is typed, at every time of the year.
        #[test]
        fn what_is_printed_parses_back(
            minutes_into_year in 0..525_600_i64,
            ahead in 0..366_u64,
            (from, length) in (0..1_440_u32, 1..1_440_u32),
            kind in 0..5_u8,
            zone in prop::sample::select(vec![Moscow, Berlin, New_York]),
            locale in prop::sample::select(vec![Locale::Ru, Locale::En]),
        ) {
            let year_begin: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
            let now = year_begin + TimeDelta::minutes(minutes_into_year);
            let day = now.with_timezone(&zone).date_naive() + Days::new(ahead);
            let time = |minute: u32| format!("{:02}:{:02}", minute / 60, minute % 60);
            let until = (from + length).min(1_439);
            let date = day.format("%d.%m.%Y");
            let typed = match kind {
                0 => date.to_string(),
                1 => format!("{date} {}", time(from)),
                2 => format!("{date} после {}", time(from)),
                3 => format!("{date} до {}", time(until)),
                _ => format!("{date} {}-{}", time(from), time(until)),
            };
            let Some(window) = parse_visit(&typed, now, zone) else { return Ok(()) };
            let shown = visit_text(Texts::of(locale), zone, Some(window), None).unwrap();
            let read = parse_visit(&shown, now, zone);
            // The year is not shown, so a day that is far away is not certain any more.
            let is_far = ahead > 183;
            prop_assert!(read == Some(window) || is_far && read.is_none(), "{typed} at {now}: {shown}: {read:?}");
        }

        #[test]
        fn what_is_understood_is_ahead_and_within_a_year(
            text in "(завтра|пт|в среду|через [0-9]{1,3} (дня|часов)|[0-9]{1,2}[.:][0-9]{1,2}|[0-9]{1,2} (декабря|марта|дня|вечера|pm)|с|до|после|в|утром|-|[0-9]{1,2}| ){1,6}",
        ) {
            let now: DateTime<Utc> = "2026-12-31T20:50:00Z".parse().unwrap();
            if let Some(window) = parse_visit(&text, now, Berlin) {
                prop_assert!(window.end() > now && window.from <= now + TimeDelta::days(366), "{text}");
                prop_assert!(window.from < window.end(), "{text}");
            }
        }
    }
}
