//! What holds for any typed amount, visit, phone number and text.

#![allow(clippy::missing_panics_doc, clippy::expect_used, reason = "a check fails with a panic")]

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta};
use icu_normalizer::DecomposingNormalizerBorrowed;

use super::answer::parse_yes_no;
use super::ids::parse_order_number;
use super::input::{fold_words, is_invisible, normalize_line, normalize_number, normalize_text};
use super::money::{Kopecks, MAX_AMOUNT, parse_amount};
use super::phone::{Phone, PhoneRule, is_only_phone};
use super::text::{
    TextError, parse_address, parse_client_name, parse_description, parse_notes, parse_reason,
    parse_scheduled_time, parse_specialization,
};
use super::visit::parse_visit;

type FieldParser = fn(&str) -> Result<String, TextError>;

/// The parser of each field, and how many characters it lets through.
const FIELDS: [(FieldParser, RangeInclusive<usize>); 7] = [
    (|text| parse_description(text, 500), 4..=500),
    (|text| parse_notes(text, 1000), 1..=1000),
    (parse_client_name, 2..=200),
    (parse_address, 4..=500),
    (parse_scheduled_time, 1..=100),
    (parse_reason, 1..=500),
    (parse_specialization, 2..=200),
];

static ANY_PHONE: LazyLock<PhoneRule> =
    LazyLock::new(|| PhoneRule::widened(".*").expect("the pattern is valid"));

/// Checks that a visit is a window in the future that reads the same in other spelling.
pub fn check_visit(data: &[u8]) {
    let (typed, zone) = (String::from_utf8_lossy(data), chrono_tz::Europe::Moscow);
    let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap_or_default();
    let visit = parse_visit(&typed, now, zone);
    assert_eq!(parse_visit(&with_invisible_marks(&typed), now, zone), visit, "{typed:?}");
    let Some(visit) = visit else { return };
    assert!(visit.until.is_none_or(|until| until > visit.from && until > now), "{typed:?} is {visit:?}");
    assert!(visit.until.is_some() || visit.from > now, "{typed:?} is {visit:?}");
    assert!(visit.from - now <= TimeDelta::days(367), "{typed:?} is {visit:?}");
}

/// Checks that an amount is within its limits, has the digits that were typed, and is read as what it is printed as.
pub fn check_amount(data: &[u8]) {
    let typed = String::from_utf8_lossy(data);
    let parsed = parse_amount(&typed);
    assert_eq!(parse_amount(&with_invisible_marks(&typed)), parsed, "{typed:?}");
    let Ok(amount) = parsed else { return };
    assert!((Kopecks::ZERO..=MAX_AMOUNT).contains(&amount), "{typed:?} is {amount}");
    assert_eq!(parse_amount(&amount.to_string()), Ok(amount), "{typed:?}");
    let typed = normalize_number(&typed);
    assert_eq!(significant_digits(&typed), significant_digits(&amount.to_string()), "{typed:?} is {amount}");
}

/// Checks that a number has the digits that were typed, is read as it is stored, and is masked.
pub fn check_phone(data: &[u8]) {
    let typed = String::from_utf8_lossy(data);
    if let Ok(phone) = Phone::parse(&typed) {
        let digits: String = normalize_number(&typed).chars().filter(char::is_ascii_digit).collect();
        // Ten digits are a number without the code of the country.
        let subscriber = if digits.len() == 10 { digits.as_str() } else { &digits[1..] };
        assert_eq!(phone.as_str(), format!("+7{subscriber}"));
        assert_eq!(Phone::parse(phone.as_str()).as_ref(), Ok(&phone));
        assert!(is_only_phone(&typed), "{typed:?}");
        assert!(!format!("{phone:?}").contains(&subscriber[..6]));
    }
    if let Ok(phone) = ANY_PHONE.parse(&typed) {
        assert!((1..=100).contains(&phone.as_str().chars().count()), "{typed:?}");
        assert_eq!(ANY_PHONE.parse(phone.as_str()).as_ref(), Ok(&phone));
    }
}

/// Checks that a text loses only what cannot be seen, once and for all, and that fields keep their limits.
pub fn check_text(data: &[u8]) {
    let typed = String::from_utf8_lossy(data);
    let marked = with_invisible_marks(&typed);
    let normalizers: [fn(&str) -> String; 3] = [normalize_text, normalize_line, normalize_number];
    for normalize in normalizers {
        let once = normalize(&typed);
        assert_eq!(normalize(&once), once, "{typed:?}");
        assert_eq!(normalize(&marked), once, "{typed:?}");
        assert_eq!(once.trim(), once);
        assert!(!once.chars().any(|c| c.is_control() && c != '\n' && c != '\t'), "{once:?}");
    }
    assert!(!normalize_line(&typed).contains(['\n', '\t']), "{typed:?}");
    assert_eq!(visible_letters(&normalize_text(&typed)), visible_letters(&typed), "{typed:?}");
    let words = fold_words(&typed);
    assert!(words.trim() == words && !words.contains("  "), "{words:?}");
    assert_eq!(parse_yes_no(&marked), parse_yes_no(&typed), "{typed:?}");
    if let Some(number) = parse_order_number(&typed) {
        assert_eq!(parse_order_number(&number.to_string()), Some(number), "{typed:?}");
    }
    for (parse, limits) in FIELDS {
        let Ok(text) = parse(&typed) else { continue };
        assert!(limits.contains(&text.chars().count()), "{text:?}");
        assert_eq!(parse(&text), Ok(text));
    }
}

/// Returns the text as a phone may send it.
pub(crate) fn with_invisible_marks(text: &str) -> String {
    format!("\u{200b}{text}\u{feff}")
}

fn significant_digits(number: &str) -> String {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.trim_matches('0').to_owned()
}

/// Returns the letters and digits in a form and an order that do not depend on how they are composed.
fn visible_letters(text: &str) -> Vec<char> {
    let text = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    let mut letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric() && !is_invisible(*c)).collect();
    letters.sort_unstable();
    letters
}
