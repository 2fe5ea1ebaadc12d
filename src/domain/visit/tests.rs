#![allow(clippy::unwrap_used, clippy::panic)]
use super::*;

#[path = "phrases_tests.rs"]
mod phrases;

/// A Saturday.
const NOW: &str = "2026-11-28T14:07:31";

fn moment(local: &str, zone: Tz) -> DateTime<Utc> {
    let local: NaiveDateTime = local.parse().unwrap();
    zone.from_local_datetime(&local).unwrap().to_utc()
}

/// Returns the window in local time, as `28.11 15:00` or `28.11 15:00 - 29.11 00:00`.
fn parse_at(text: &str, now: &str, zone: Tz) -> Option<String> {
    let window = parse_visit(text, moment(now, zone), zone)?;
    let shown = |time: DateTime<Utc>| time.with_timezone(&zone).format("%d.%m.%y %H:%M").to_string();
    Some(match window.until {
        None => shown(window.from),
        Some(until) => format!("{} - {}", shown(window.from), shown(until)),
    })
}

fn parse(text: &str) -> Option<String> {
    parse_at(text, NOW, chrono_tz::Europe::Moscow)
}

#[track_caller]
fn all_mean(texts: &[&str], expected: &str) {
    for text in texts {
        assert_eq!(parse(text).as_deref(), Some(expected), "{text}");
    }
}

#[track_caller]
fn none_is_certain(texts: &[&str]) {
    for text in texts {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn phrases_mean_what_people_mean_by_them() {
    let mut wrong = Vec::new();
    for (text, expected) in phrases::RUSSIAN.iter().chain(phrases::ENGLISH) {
        let parsed = parse(text);
        if parsed.as_deref() != Some(expected) {
            wrong.push(format!("{text:?}: {parsed:?} instead of {expected:?}"));
        }
    }
    for text in phrases::RUSSIAN_UNCERTAIN.iter().chain(phrases::ENGLISH_UNCERTAIN) {
        if let Some(parsed) = parse(text) {
            wrong.push(format!("{text:?}: {parsed:?} is not certain"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(phrases::RUSSIAN.len() >= 150 && phrases::ENGLISH.len() >= 100);
}

/// The same words on the days around a change of the clocks, where they are sold as whole days or exact hours.
#[test]
fn phrases_never_name_an_hour_that_a_day_lacks_or_has_twice() {
    for (zone, nights) in [
        (chrono_tz::Europe::Berlin, ["2026-03-28T14:07:31", "2026-10-24T14:07:31"]),
        (chrono_tz::America::New_York, ["2026-03-07T14:07:31", "2026-10-31T14:07:31"]),
    ] {
        for now in nights {
            for (text, expected) in phrases::RUSSIAN.iter().chain(phrases::ENGLISH) {
                let Some(window) = parse_visit(text, moment(now, zone), zone) else { continue };
                let shown = window.from.with_timezone(&zone).format("%H:%M").to_string();
                let is_delay = text.starts_with("через") || text.starts_with("in ");
                assert!(is_delay || expected.contains(&shown), "{text} at {now}: {shown}");
            }
        }
    }
}

#[test]
fn days_are_whole_days() {
    all_mean(
        &["сегодня", "Today", "28.11", "28.11.2026", "28 ноября", "сб 28.11"],
        "28.11.26 00:00 - 29.11.26 00:00",
    );
    all_mean(
        &[
            "завтра",
            "tomorrow",
            "в воскресенье",
            "вс",
            "Вс.",
            "on Sunday",
            "29.11",
            "29.11.26",
            "29 ноября 2026 г.",
            "nov 29",
            "29th of November",
        ],
        "29.11.26 00:00 - 30.11.26 00:00",
    );
    all_mean(
        &["послезавтра", "the day after tomorrow", "пн", "в понедельник", "через 2 дня"],
        "30.11.26 00:00 - 01.12.26 00:00",
    );
    all_mean(&["через 3 дня", "in 3 days", "вт", "во вторник 1 декабря"], "01.12.26 00:00 - 02.12.26 00:00");
    all_mean(
        &["25 декабря", "25.12", "25.12.2026", "в пятницу, 25.12", "December 25"],
        "25.12.26 00:00 - 26.12.26 00:00",
    );
    all_mean(&["5.01", "5 января", "05.01.2027"], "05.01.27 00:00 - 06.01.27 00:00");
    all_mean(&["через неделю", "in a week"], "05.12.26 00:00 - 06.12.26 00:00");
}

#[test]
fn times_are_exact_or_windows() {
    all_mean(
        &[
            "в 15",
            "в 15:00",
            "15:00",
            "к 15",
            "15.00",
            "сегодня в 15",
            "в 15 часов",
            "в 3 часа дня",
            "at 3 pm",
            "3pm",
        ],
        "28.11.26 15:00",
    );
    all_mean(
        &["завтра 15:30", "15.30 завтра", "завтра, в 15:30", "вс 15:30", "tomorrow at 15:30"],
        "29.11.26 15:30",
    );
    all_mean(&["после 15", "сегодня после 15:00", "с 15", "after 15"], "28.11.26 15:00 - 29.11.26 00:00");
    all_mean(&["завтра до 12", "до 12 завтра", "tomorrow before 12"], "29.11.26 00:00 - 29.11.26 12:00");
    all_mean(
        &[
            "завтра с 10 до 16",
            "завтра 10-16",
            "завтра 10:00–16:00",
            "завтра 10 — 16",
            "tomorrow between 10 and 16",
            "tomorrow from 10 to 4 pm",
        ],
        "29.11.26 10:00 - 29.11.26 16:00",
    );
    all_mean(&["завтра утром", "утром завтра", "tomorrow in the morning"], "29.11.26 08:00 - 29.11.26 12:00");
    all_mean(&["завтра днём", "завтра днем"], "29.11.26 12:00 - 29.11.26 17:00");
    all_mean(&["вечером", "сегодня вечером"], "28.11.26 17:00 - 28.11.26 22:00");
    all_mean(&["днём"], "28.11.26 12:00 - 28.11.26 17:00");
    all_mean(&["завтра в 9 утра"], "29.11.26 09:00");
    all_mean(&["завтра в 7 вечера"], "29.11.26 19:00");
}

#[test]
fn delays_count_from_now() {
    all_mean(&["через час", "in an hour", "через 60 минут", "через 1 час"], "28.11.26 15:07");
    all_mean(&["через полчаса", "in half an hour", "через 30 мин"], "28.11.26 14:37");
    all_mean(&["через полтора часа"], "28.11.26 15:37");
    all_mean(&["через 2 часа", "in 2 hours"], "28.11.26 16:07");
}

#[test]
fn what_may_mean_something_else_is_not_understood() {
    none_is_certain(&["", "5", "10", "15", "завтра 15", "в 5", "завтра в 3", "25", "2026", "10 12", "15 30"]);
    none_is_certain(&["сб", "в субботу", "пт 28.11", "пн 1 декабря"]);
    none_is_certain(&["завтра послезавтра", "завтра 25.12", "в 15 в 16", "завтра через час", "утром в 10"]);
    none_is_certain(&[
        "в обед",
        "когда удобно",
        "завтра, позвонить за час",
        "15:00?",
        "с 16 до 10",
        "25:00",
        "15:7",
    ]);
    none_is_certain(&[
        "31.02",
        "32.12",
        "00.12",
        "29.02.2027",
        "10.13.2026",
        "1.2.3.4",
        "через 99999999999 дней",
        "через 9999 дней",
    ]);
}

#[test]
fn what_is_past_is_not_understood() {
    none_is_certain(&[
        "в 14",
        "14:07",
        "после 27.11",
        "сегодня до 12",
        "сегодня в 10",
        "утром",
        "27.11",
        "27.11.2026",
        "вчера",
        "27 ноября",
        "25.12.2025",
    ]);
    none_is_certain(&["сегодня с 10 до 14"]);
    all_mean(&["сегодня с 10 до 16"], "28.11.26 10:00 - 28.11.26 16:00");
}

#[test]
fn the_year_turns() {
    let zone = chrono_tz::Europe::Moscow;
    let at_midnight = |text| parse_at(text, "2026-12-31T23:50:00", zone);
    assert_eq!(at_midnight("завтра").as_deref(), Some("01.01.27 00:00 - 02.01.27 00:00"));
    assert_eq!(at_midnight("01.01").as_deref(), Some("01.01.27 00:00 - 02.01.27 00:00"));
    assert_eq!(at_midnight("через полчаса").as_deref(), Some("01.01.27 00:20"));
    assert_eq!(at_midnight("в 15"), None);
    assert_eq!(at_midnight("31.12").as_deref(), Some("31.12.26 00:00 - 01.01.27 00:00"));
}

#[test]
fn hours_that_the_clocks_skip_or_repeat_are_not_certain() {
    let zone = chrono_tz::Europe::Berlin;
    let spring = |text| parse_at(text, "2026-03-28T12:00:00", zone);
    assert_eq!(spring("завтра в 2:30 утра"), None, "skipped");
    assert_eq!(spring("завтра").as_deref(), Some("29.03.26 00:00 - 30.03.26 00:00"));
    let window = parse_visit("завтра", moment("2026-03-28T12:00:00", zone), zone).unwrap();
    assert_eq!(window.until.unwrap() - window.from, TimeDelta::hours(23));
    assert_eq!(parse_at("завтра в 2:30 утра", "2026-10-24T12:00:00", zone), None, "twice");
    assert_eq!(parse_at("завтра в 9", "2026-10-24T12:00:00", zone).as_deref(), Some("25.10.26 09:00"));
    // Midnight does not exist there on that day.
    let skipped = parse_at("завтра", "2025-04-24T12:00:00", chrono_tz::Africa::Cairo);
    assert_eq!(skipped.as_deref(), Some("25.04.25 01:00 - 26.04.25 00:00"));
}

#[test]
fn window_is_read_back_as_it_was_meant() {
    let zone = chrono_tz::Europe::Moscow;
    let time = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap();
    for (text, expected) in [
        ("завтра", None),
        ("завтра в 15", Some(VisitTime::At(time(15)))),
        ("завтра после 15", Some(VisitTime::After(time(15)))),
        ("завтра до 12", Some(VisitTime::Before(time(12)))),
        ("завтра 10-16", Some(VisitTime::Between(time(10), time(16)))),
    ] {
        let window = parse_visit(text, moment(NOW, zone), zone).unwrap();
        assert_eq!(window.in_zone(zone), ("2026-11-29".parse().unwrap(), expected), "{text}");
    }
}
