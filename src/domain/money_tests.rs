#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;

use super::*;

/// The amounts that have one reading.
static CLEAR_AMOUNT: LazyLock<Regex> = LazyLock::new(|| {
    let by_spaces = "([0-9]+|[1-9][0-9]{0,2}( [0-9]{3})+)([.,][0-9]{1,2})?";
    let by_points = "[1-9][0-9]{0,2}(\\.[0-9]{3})+(,[0-9]{1,2})?";
    let currency = "(р\\.?|руб\\.?|рубл(ей|я|ь)|₽)?";
    let thousands = "((к|k|тыс\\.?)? ?{currency}|т\\.?р\\.?)".replace("{currency}", currency);
    Regex::new(&format!("(?i)^(₽ ?)?({by_spaces} ?{thousands}|{by_points} ?{currency})$")).unwrap()
});

#[test]
fn amounts_are_read_as_people_type_them() {
    for (text, kopecks) in [
        ("5000", 500_000),
        (" 5000 ", 500_000),
        ("5 000,50", 500_050),
        ("5\u{a0}000,50", 500_050),
        ("5\u{202f}000.5", 500_050),
        ("1\u{2009}234\u{2009}567", 123_456_700),
        ("5000.5", 500_050),
        ("5.000", 500_000),
        ("5.00", 500),
        ("1.5", 150),
        ("12.500,50", 1_250_050),
        ("1.234.567", 123_456_700),
        ("5000р", 500_000),
        ("5000 Р.", 500_000),
        ("5000 руб.", 500_000),
        ("5 000 ₽", 500_000),
        ("5000 рублей", 500_000),
        ("₽5000", 500_000),
        ("₽ 5 000,50", 500_050),
        ("5т.р.", 500_000),
        ("1,5 тр", 150_000),
        ("5к", 500_000),
        ("5 K", 500_000),
        ("5 тыс", 500_000),
        ("1,5 тыс", 150_000),
        ("1.25 ТЫС. руб", 125_000),
        ("10 000 тыс", 1_000_000_000),
        ("\u{2066}5\u{a0}000\u{2069}\u{200b}", 500_000),
        ("５０００", 500_000),
        ("٥٠٠٠", 500_000),
        ("0", 0),
        ("0,01", 1),
        ("007", 700),
        ("10 000 000", 1_000_000_000),
        ("10000000.00", 1_000_000_000),
    ] {
        assert_eq!(parse_amount(text), Ok(Kopecks(kopecks)), "{text:?}");
    }
}

#[test]
fn everything_else_is_refused_with_its_kind() {
    use AmountError::{Negative, NotANumber, TooLarge, TooManyDecimals};
    for (text, kind) in [
        ("", NotANumber),
        ("nan", NotANumber),
        ("inf", NotANumber),
        ("1e5", NotANumber),
        ("+5", NotANumber),
        ("5000 rub", NotANumber),
        ("₽", NotANumber),
        ("₽₽5000", NotANumber),
        ("5т", NotANumber),
        ("тыс", NotANumber),
        ("5 р тыс", NotANumber),
        ("5кк", NotANumber),
        ("5000 долларов", NotANumber),
        ("5.00.000", NotANumber),
        ("5.000.5", NotANumber),
        ("5 000.000", NotANumber),
        ("5000.000", NotANumber),
        ("0.500", NotANumber),
        ("0 500", NotANumber),
        ("1.234 тыс", NotANumber),
        ("3500 500", NotANumber),
        ("50 00", NotANumber),
        ("5  000", NotANumber),
        ("5000 000", NotANumber),
        ("1,000,000", NotANumber),
        ("1_000", NotANumber),
        (".5", NotANumber),
        ("5.", NotANumber),
        ("5. 5", NotANumber),
        ("0x10", NotANumber),
        ("5,000", TooManyDecimals),
        ("12,500.50", NotANumber),
        ("5.1234", TooManyDecimals),
        ("1,234 тыс", TooManyDecimals),
        ("-5", Negative),
        ("\u{2212}5 000,5", Negative),
        ("-0", Negative),
        ("--5", NotANumber),
        ("-inf", NotANumber),
        ("\u{2014}5 тыс", Negative),
        ("10000000,01", TooLarge),
        ("10001к", TooLarge),
        ("999999999999999999999999", TooLarge),
    ] {
        assert_eq!(parse_amount(text), Err(kind), "{text:?}");
    }
}

#[test]
fn total_and_materials_are_read_from_one_answer() {
    for (text, total, materials) in [
        ("3500", 350_000, None),
        ("3 500", 350_000, None),
        ("15 000", 1_500_000, None),
        ("10 000 000", 1_000_000_000, None),
        ("12 500", 1_250_000, None),
        ("3500 500", 350_000, Some(50_000)),
        ("3500/500", 350_000, Some(50_000)),
        ("3500; 500", 350_000, Some(50_000)),
        ("3500 р 500 р", 350_000, Some(50_000)),
        ("3500 0", 350_000, Some(0)),
        ("₽3500 ₽500.50", 350_000, Some(50_050)),
    ] {
        assert_eq!(parse_total(text), Ok((Kopecks(total), materials.map(Kopecks))), "{text}");
    }
    for text in ["3 500 500", "700 300", "500 500", "1200 500 300", "3500 500 000"] {
        assert!(matches!(parse_total(text), Err(AmountError::Ambiguous | AmountError::NotANumber)), "{text}");
    }
    assert_eq!(parse_total("3 500 500"), Err(AmountError::Ambiguous));
    assert_eq!(parse_total("5 тыс 500"), Err(AmountError::NotANumber));
    for typed in ["5к 1к", "5 тыс 1 тыс", "5т.р. 1т.р."] {
        assert_eq!(parse_total(typed), Ok((Kopecks(500_000), Some(Kopecks(100_000)))), "{typed}");
    }
    assert_eq!(parse_total("500 3500"), Err(AmountError::NotANumber), "materials beyond the total");
}

#[test]
fn words_mean_no_materials() {
    for text in ["нет", "Нет.", "Без материалов", "0", "-", "no materials"] {
        assert_eq!(parse_materials(text), Ok(Kopecks::ZERO), "{text}");
    }
    assert_eq!(parse_materials("500"), Ok(Kopecks(50_000)));
    assert_eq!(parse_materials("немного"), Err(AmountError::NotANumber));
}

#[test]
fn amounts_print_with_two_decimals() {
    assert_eq!(Kopecks(1_250_050).to_string(), "12500.50");
    assert_eq!(Kopecks(5).to_string(), "0.05");
    assert_eq!(Kopecks(-5).to_string(), "-0.05");
    assert_eq!(Kopecks(i64::MIN).to_string(), "-92233720368547758.08");
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(kopecks in 0..=MAX_AMOUNT.0) {
        prop_assert_eq!(parse_amount(&Kopecks(kopecks).to_string()), Ok(Kopecks(kopecks)));
    }

    #[test]
    fn nothing_with_two_readings_is_accepted(
        text in "\\PC{0,20}|[-+0-9 .,\u{a0}e]{0,12}|[0-9]{1,4}([ .,][0-9]{1,4}){0,3} ?(к|тыс\\.?|р|₽|руб){0,2}",
    ) {
        if let Ok(amount) = parse_amount(&text) {
            prop_assert!(amount >= Kopecks::ZERO && amount <= MAX_AMOUNT);
            prop_assert!(CLEAR_AMOUNT.is_match(&normalize_number(&text)), "{text:?} is {amount}");
        }
    }
}
