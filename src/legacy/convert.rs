//! What the old values mean in the new schema: money, times, roles, statuses, yes and no. Nothing here fails; what cannot
//! be understood is said to be so.

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _};

use super::cell::Cell;
use crate::domain::answer::parse_yes_no;
use crate::domain::role::{Role, RoleSet};
use crate::domain::status::OrderStatus;

/// A value that was understood, and how.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Read<T> {
    /// As it should be.
    Plain(T),
    /// It took an interpretation that is worth a line in the report.
    Mended(T),
    /// There was something, and nobody knows what.
    Unreadable,
}

/// Amounts beyond this (in kopecks; ten billion roubles) are no amounts, and those of millions of rows would not add up in
/// 64 bits.
pub(super) const LARGEST: i128 = 1_000_000_000_000;

/// Roubles as the old bot kept them, in kopecks, rounded half up in decimal. [`Read::Mended`] had a fraction of a kopeck.
///
/// A binary fraction has a tail that nobody meant (2862.035 is stored as 2862.03499…): what counts is the decimal number of
/// 15 digits, which is what every program showed.
pub(super) fn kopecks(cell: &Cell) -> Read<Option<i64>> {
    let found = match cell {
        Cell::Null => return Read::Plain(None),
        Cell::Int(roubles) => i128::from(*roubles).checked_mul(100).map(|kopecks| (kopecks, true)),
        Cell::Real(roubles) if roubles.is_finite() => decimal(&format!("{roubles:.14e}")),
        Cell::Real(_) => None,
        Cell::Text(text) | Cell::Bytes(text) => {
            let is_noise = |c: char| c.is_whitespace() || c == '_' || c == '\u{20bd}';
            let text: String = text.chars().filter(|c| !is_noise(*c)).collect();
            decimal(&text.trim_end_matches(|c: char| c.is_alphabetic() || c == '.').replace(',', "."))
        }
    };
    match found {
        Some((kopecks, is_whole)) if kopecks.abs() <= LARGEST => match i64::try_from(kopecks) {
            Ok(kopecks) if is_whole => Read::Plain(Some(kopecks)),
            Ok(kopecks) => Read::Mended(Some(kopecks)),
            Err(_) => Read::Unreadable,
        },
        _ => Read::Unreadable,
    }
}

/// Hundredths of a decimal number (`-12.345e1`), rounded half up, and whether there was nothing to round.
fn decimal(text: &str) -> Option<(i128, bool)> {
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, number) = match number.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || digits.len() > 30 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits: i128 = digits.parse().ok()?;
    let shift = 2 + exponent - i32::try_from(fraction.len()).ok()?;
    let power = |by: u32| 10_i128.checked_pow(by);
    let (hundredths, is_whole) = if digits == 0 {
        (0, true)
    } else if shift >= 0 {
        (digits.checked_mul(power(shift.unsigned_abs())?)?, true)
    } else if let Some(part) = power(shift.unsigned_abs()) {
        let up = i128::from(digits % part * 2 >= part);
        (digits / part + up, digits % part == 0)
    } else {
        (0, false)
    };
    Some((if negative { -hundredths } else { hundredths }, is_whole))
}

/// A time. The old bot stored UTC without a zone: SQLite's `CURRENT_TIMESTAMP` and Python's `isoformat()`.
/// [`Read::Mended`] was written in another form: with a zone, a date alone, 31.12.2025, seconds since 1970, a Julian day.
pub(super) fn time(cell: &Cell) -> Read<NaiveDateTime> {
    let found = match cell {
        Cell::Null => None,
        Cell::Int(seconds) => since_1970(*seconds).map(Read::Mended),
        Cell::Real(number) => real_time(*number).map(Read::Mended),
        Cell::Text(text) | Cell::Bytes(text) => written(text.trim()),
    };
    let is_sane = |time: &NaiveDateTime| (1970..=2200).contains(&time.year());
    match found.map(without_leap_second) {
        Some(Read::Plain(time)) if is_sane(&time) => Read::Plain(cut(time)),
        Some(Read::Mended(time)) if is_sane(&time) => Read::Mended(cut(time)),
        _ => Read::Unreadable,
    }
}

fn cut(time: NaiveDateTime) -> NaiveDateTime {
    crate::db::time::to_stored(time.and_utc())
}

/// 23:59:60 is the next day's first second: no database and no clock of ours knows it otherwise.
fn without_leap_second(time: Read<NaiveDateTime>) -> Read<NaiveDateTime> {
    match time {
        Read::Plain(time) | Read::Mended(time) if time.nanosecond() >= 1_000_000_000 => {
            let next = time.with_nanosecond(time.nanosecond() - 1_000_000_000);
            let next = next.and_then(|time| time.checked_add_signed(TimeDelta::seconds(1)));
            next.map_or(Read::Unreadable, Read::Mended)
        }
        time => time,
    }
}

fn written(text: &str) -> Option<Read<NaiveDateTime>> {
    for form in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(text, form) {
            return Some(Read::Plain(time));
        }
    }
    let text = in_one_spelling(text);
    for form in ["%Y-%m-%d %H:%M:%S%.f%#z", "%Y-%m-%d %H:%M%#z"] {
        if let Ok(time) = DateTime::parse_from_str(&text, form) {
            return Some(Read::Mended(time.naive_utc()));
        }
    }
    for form in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M:%S%.f", "%d.%m.%Y %H:%M"] {
        if let Ok(time) = NaiveDateTime::parse_from_str(&text, form) {
            return Some(Read::Mended(time));
        }
    }
    for form in ["%Y-%m-%d", "%d.%m.%Y"] {
        if let Ok(day) = NaiveDate::parse_from_str(&text, form) {
            return Some(Read::Mended(day.and_time(NaiveTime::MIN)));
        }
    }
    let number = text.parse().ok().and_then(since_1970);
    number.or_else(|| text.parse().ok().and_then(real_since_1970)).map(Read::Mended)
}

/// `2025/10/12T10:14:02,5 UTC` as `2025-10-12 10:14:02.5+00:00`.
fn in_one_spelling(text: &str) -> String {
    let upper = text.to_uppercase();
    let zone = ["UTC", "GMT", "Z"].into_iter().find_map(|zone| upper.strip_suffix(zone));
    let text = zone.map_or_else(|| upper.clone(), |text| format!("{}+00:00", text.trim_end()));
    let text = text.replace('/', "-").replace(',', ".").replacen('T', " ", 1);
    // The space before a zone.
    text.replace(" +", "+").replace(" -", "-")
}

/// Seconds, milliseconds or microseconds, told apart by their size.
fn since_1970(number: i64) -> Option<NaiveDateTime> {
    let time = match number {
        100_000_000..100_000_000_000 => DateTime::from_timestamp(number, 0),
        100_000_000_000..100_000_000_000_000 => DateTime::from_timestamp_millis(number),
        100_000_000_000_000.. => DateTime::from_timestamp_micros(number),
        _ => None,
    };
    time.map(|time| time.naive_utc())
}

/// A number with a fraction: SQLite's `julianday()`, or one since 1970.
fn real_time(number: f64) -> Option<NaiveDateTime> {
    const OF_1970: f64 = 2_440_587.5;
    const IN_A_DAY: f64 = 86_400e3;
    if (2.4e6..2.6e6).contains(&number) {
        // As precise as such a number is.
        return DateTime::from_timestamp_millis(whole((number - OF_1970) * IN_A_DAY))
            .map(|time| time.naive_utc());
    }
    real_since_1970(number)
}

/// [`since_1970`] of a number with a fraction.
fn real_since_1970(number: f64) -> Option<NaiveDateTime> {
    if number.abs() < 1e11 {
        return since_1970(whole(number * 1e6)).filter(|_| number >= 1e8);
    }
    since_1970(whole(number))
}

#[allow(clippy::cast_possible_truncation, reason = "a float cast saturates, and the bounds are checked")]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

/// What became of a role list.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct RoleList {
    pub(super) roles: RoleSet,
    /// A role of a later version that is one of ours by another name.
    pub(super) senior: bool,
    /// Names that mean nothing here.
    pub(super) unknown: Vec<String>,
}

/// A list of roles.
pub(super) fn roles(text: &str) -> RoleList {
    let mut list = RoleList::default();
    for name in text.split([',', ';']).map(str::trim).filter(|name| !name.is_empty()) {
        if let Ok(role) = name.parse::<Role>() {
            list.roles.grant(role);
        } else if name.eq_ignore_ascii_case("SENIOR_MASTER") {
            list.senior = true;
            list.roles.grant(Role::Master);
        } else {
            list.unknown.push(name.to_owned());
        }
    }
    list
}

/// The status of a name, if it is one of ours in some spelling or plainly means one.
pub(super) fn status(text: &str) -> Option<OrderStatus> {
    let name = text.trim().to_uppercase().replace(['-', ' '], "_");
    Some(match name.as_str() {
        "NEW" | "CREATED" | "OPEN" | "PENDING" => OrderStatus::New,
        "ASSIGNED" => OrderStatus::Assigned,
        "ACCEPTED" | "CONFIRMED" => OrderStatus::Accepted,
        "ONSITE" | "ON_SITE" | "IN_PROGRESS" | "IN_WORK" => OrderStatus::OnSite,
        "DR" | "LONG_REPAIR" => OrderStatus::LongRepair,
        "CLOSED" | "COMPLETED" | "DONE" | "FINISHED" => OrderStatus::Closed,
        "REFUSED" | "REJECTED" | "DECLINED" | "CANCELLED" | "CANCELED" => OrderStatus::Refused,
        _ => return None,
    })
}

/// Yes or no; nothing is nothing.
pub(super) fn flag(cell: &Cell) -> Read<Option<bool>> {
    match cell {
        Cell::Null => Read::Plain(None),
        Cell::Int(0) => Read::Plain(Some(false)),
        Cell::Int(1) => Read::Plain(Some(true)),
        other => {
            let text = other.text().unwrap_or_default();
            match text.trim().to_ascii_lowercase().as_str() {
                "" => Read::Mended(None),
                "0" | "false" | "f" | "n" => Read::Mended(Some(false)),
                "1" | "true" | "t" | "y" => Read::Mended(Some(true)),
                word => match parse_yes_no(word) {
                    Some(answer) => Read::Mended(Some(answer)),
                    None => Read::Unreadable,
                },
            }
        }
    }
}

/// Whether a mark says that the row is deleted: yes, another number than 0, or the time at which it was. What cannot be
/// understood does not take a row away.
pub(super) fn is_deleted(mark: &Cell) -> bool {
    match flag(mark) {
        Read::Plain(answer) | Read::Mended(answer) => answer.unwrap_or(false),
        Read::Unreadable => mark.int().map_or_else(|| time(mark) != Read::Unreadable, |number| number != 0),
    }
}

/// Whether there is a time at which a row was deleted, in whatever form: anything but no, nothing, or a time of zeros.
pub(super) fn is_deleted_at(mark: &Cell) -> bool {
    match flag(mark) {
        Read::Plain(answer) | Read::Mended(answer) => answer.unwrap_or(false),
        Read::Unreadable => {
            let text = mark.text().unwrap_or_default().trim().to_lowercase();
            let is_zero =
                text.chars().all(|c| c.is_ascii_punctuation() || c.is_whitespace() || c == '0' || c == 't');
            !is_zero && !["none", "null", "nan", "nat"].contains(&text.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn roubles_become_kopecks_by_their_decimals() {
        use Read::{Mended, Plain, Unreadable};
        for (cell, expected) in [
            (Cell::Null, Plain(None)),
            (Cell::Int(5000), Plain(Some(500_000))),
            (Cell::Int(i64::MAX), Unreadable),
            (Cell::Real(0.0), Plain(Some(0))),
            (Cell::Real(-0.0), Plain(Some(0))),
            (Cell::Real(15423.71), Plain(Some(1_542_371))),
            (Cell::Real(8072.964), Mended(Some(807_296))),
            // As binary fractions these are below the half.
            (Cell::Real(2862.035), Mended(Some(286_204))),
            (Cell::Real(622.025), Mended(Some(62_203))),
            (Cell::Real(1.005), Mended(Some(101))),
            (Cell::Real(0.1 + 0.2), Plain(Some(30))),
            (Cell::Real(29.99 * 3.0), Plain(Some(8997))),
            (Cell::Real(0.001), Mended(Some(0))),
            (Cell::Real(1e-300), Mended(Some(0))),
            (Cell::Real(1e300), Unreadable),
            (Cell::Real(f64::INFINITY), Unreadable),
            (Cell::Real(f64::NAN), Unreadable),
            (Cell::Real(-12.5), Plain(Some(-1250))),
            (text("5 000,50"), Plain(Some(500_050))),
            (text("5\u{a0}000.5 ₽"), Plain(Some(500_050))),
            (text("1200 руб."), Plain(Some(120_000))),
            (text("1.5e3"), Plain(Some(150_000))),
            (text(""), Unreadable),
            (text("-"), Unreadable),
            (text("договорная"), Unreadable),
            (text("1.2.3"), Unreadable),
            (text("999999999999999999999999999999999999999999"), Unreadable),
        ] {
            assert_eq!(kopecks(&cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn times_are_understood_in_every_form_they_were_seen_in() {
        use Read::{Mended, Plain, Unreadable};
        let at = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap();
        let ten = at("2025-10-12 10:14:02");
        for (cell, expected) in [
            (text("2025-10-12 10:14:02"), Plain(ten)),
            (text("2025-10-12T10:14:02"), Plain(ten)),
            (text(" 2025-10-12 10:14:02.5 "), Plain(at("2025-10-12 10:14:02.5"))),
            (text("2025-10-12T10:14:02.123456789"), Plain(at("2025-10-12 10:14:02.123456"))),
            (text("2025-10-12T13:14:02+03:00"), Mended(ten)),
            (text("2025-10-12 13:14:02+03"), Mended(ten)),
            (text("2025-10-12 13:14:02.000 +0300"), Mended(ten)),
            (text("2025-10-12T10:14:02Z"), Mended(ten)),
            (text("2025-10-12 10:14"), Mended(at("2025-10-12 10:14:00"))),
            (text("2025-10-12"), Mended(at("2025-10-12 00:00:00"))),
            (text("12.10.2025"), Mended(at("2025-10-12 00:00:00"))),
            (text("12.10.2025 10:14:02"), Mended(ten)),
            (text("1760264042"), Mended(ten)),
            (Cell::Int(1_760_264_042), Mended(ten)),
            (Cell::Int(1_760_264_042_000), Mended(ten)),
            (Cell::Real(1_760_264_042.5), Mended(at("2025-10-12 10:14:02.5"))),
            (text("2025-10-12T10:14Z"), Mended(at("2025-10-12 10:14:00"))),
            (text("2025-10-12 13:14+03:00"), Mended(at("2025-10-12 10:14:00"))),
            (text("2025-10-12 10:14:02 UTC"), Mended(ten)),
            (text("2025-10-12t10:14:02z"), Mended(ten)),
            (text("2025-10-12 07:14:02 -0300"), Mended(ten)),
            (text("2025-10-12 10:14:02,123"), Mended(at("2025-10-12 10:14:02.123"))),
            (text("2025/10/12 10:14:02"), Mended(ten)),
            (text("2025/10/12"), Mended(at("2025-10-12 00:00:00"))),
            (text("1760264042.25"), Mended(at("2025-10-12 10:14:02.25"))),
            (text("2025-06-30 23:59:60"), Mended(at("2025-07-01 00:00:00"))),
            (text("2025-06-30T23:59:60.5Z"), Mended(at("2025-07-01 00:00:00.5"))),
            (Cell::Real(2_460_000.5), Mended(at("2023-02-25 00:00:00"))),
            (Cell::Real(2_460_960.926_412_037), Mended(at("2025-10-12 10:14:02"))),
            (Cell::Real(1_760_264_042_000.0), Mended(ten)),
            (text("2460000.5"), Unreadable),
            (text("inf"), Unreadable),
            (Cell::Null, Unreadable),
            (Cell::Int(0), Unreadable),
            (Cell::Int(i64::MAX), Unreadable),
            (Cell::Real(f64::NAN), Unreadable),
            (text(""), Unreadable),
            (text("tomorrow"), Unreadable),
            (text("2025-13-45 10:00:00"), Unreadable),
            (text("0001-01-01 00:00:00"), Unreadable),
        ] {
            assert_eq!(time(&cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn roles_statuses_and_flags_are_understood() {
        let list = roles("SENIOR_MASTER, ADMIN,ACCOUNTANT,,MASTER");
        assert_eq!(list.roles.to_string(), "ADMIN,MASTER");
        assert!(list.senior);
        assert_eq!(list.unknown, ["ACCOUNTANT"]);
        assert_eq!(roles("").roles, RoleSet::none());
        for known in OrderStatus::ALL {
            assert_eq!(status(known.as_str()), Some(known));
        }
        assert_eq!(status(" on-site "), Some(OrderStatus::OnSite));
        assert_eq!(status("canceled"), Some(OrderStatus::Refused));
        assert_eq!(status("RESCHEDULED"), None);
        assert_eq!(flag(&text("True")), Read::Mended(Some(true)));
        assert_eq!(flag(&text("Да")), Read::Mended(Some(true)));
        assert_eq!(flag(&Cell::Int(7)), Read::Unreadable);
        assert_eq!(flag(&text("")), Read::Mended(None));
    }

    #[test]
    fn marks_of_deletion_are_read_as_what_they_are() {
        for no in ["", " ", "0", "0.0", "f", "F", "no", "n", "False", "нет", "none", "NULL", "NaT"] {
            assert!(!is_deleted(&text(no)) && !is_deleted_at(&text(no)), "{no:?}");
        }
        for yes in ["1", "t", "yes", "Y", "TRUE", "да", "2025-11-20 10:00:00", "20.11.2025"] {
            assert!(is_deleted(&text(yes)) && is_deleted_at(&text(yes)), "{yes:?}");
        }
        for (cell, mark, at) in [
            (Cell::Null, false, false),
            (Cell::Int(0), false, false),
            (Cell::Real(0.0), false, false),
            (Cell::Int(-1), true, true),
            (Cell::Real(1.0), true, true),
            (Cell::Int(1_760_264_042), true, true),
            (text("0000-00-00 00:00:00"), false, false),
            (text("some day in May"), false, true),
            (text("?"), false, false),
        ] {
            assert_eq!((is_deleted(&cell), is_deleted_at(&cell)), (mark, at), "{cell:?}");
        }
    }

    proptest! {
        #[test]
        fn amounts_of_whole_kopecks_survive_the_float(kopecks_in in -1_000_000_000_i64..=1_000_000_000) {
            #[allow(clippy::cast_precision_loss)]
            let roubles = kopecks_in as f64 / 100.0;
            prop_assert_eq!(kopecks(&Cell::Real(roubles)), Read::Plain(Some(kopecks_in)));
        }

        #[test]
        fn any_value_is_survived(number: f64, int: i64, words in "\\PC{0,30}|[-+0-9 .,:TZe]{0,30}") {
            for cell in [Cell::Real(number), Cell::Int(int), Cell::Text(words.clone()), Cell::Bytes(words)] {
                let _ = (kopecks(&cell), time(&cell), flag(&cell), cell.int(), cell.text());
            }
        }
    }
}
