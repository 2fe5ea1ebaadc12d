//! Money: whole kopecks without floating point, typed amounts, and the split between master and company.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::input::{fold_words, normalize_number};

/// An amount in whole kopecks (1/100 rouble).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kopecks(pub i64);

/// The largest amount that can be typed: 10,000,000 roubles.
pub(crate) const MAX_AMOUNT: Kopecks = Kopecks::from_roubles(10_000_000);

/// From this net on the master gets the higher share: 7,000 roubles.
const HIGHER_SHARE_FROM: Kopecks = Kopecks::from_roubles(7_000);

/// The master's share of a net below [`HIGHER_SHARE_FROM`], in per cent.
const SHARE_PERCENT: i128 = 40;
/// The master's share from [`HIGHER_SHARE_FROM`] on, in per cent.
const HIGHER_SHARE_PERCENT: i128 = 50;
/// What a review adds to the master's share, in per cent of the net.
const REVIEW_PERCENT: i128 = 10;

impl Kopecks {
    pub const ZERO: Self = Self(0);

    #[must_use]
    const fn from_roubles(roubles: i32) -> Self {
        Self(roubles as i64 * 100)
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

/// Prints roubles and two digits of kopecks, language-neutral: `12500.50`.
impl fmt::Display for Kopecks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let absolute = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", absolute / 100, absolute % 100))
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
pub(crate) enum AmountError {
    #[error("not a number")]
    NotANumber,
    #[error("more than two decimals")]
    TooManyDecimals,
    /// More than [`MAX_AMOUNT`].
    #[error("too large")]
    TooLarge,
    #[error("negative")]
    Negative,
    /// Can be one amount or two.
    #[error("ambiguous")]
    Ambiguous,
}

/// What may follow an amount, in lower case.
const CURRENCIES: [&str; 8] = ["₽", "р", "р.", "руб", "руб.", "рублей", "рубля", "рубль"];
/// Both in one, in lower case.
const THOUSAND_ROUBLES: [&str; 4] = ["т.р.", "т.р", "тр.", "тр"];
/// What is written instead of an amount when there were no materials, folded.
const NO_MATERIALS: [&str; 7] = ["нет", "без материалов", "не было", "ноль", "no", "none", "no materials"];
/// What may stand between total and materials.
const BETWEEN_AMOUNTS: [char; 3] = [' ', '/', ';'];
/// What multiplies an amount by a thousand, in lower case.
const THOUSANDS: [&str; 4] = ["к", "k", "тыс", "тыс."];

/// Parses a typed amount in roubles: `5000`, `5 000,50`, `12.500,50`, `1,5 тыс`, `5000 руб.`
///
/// - Spaces or points group the digits before the decimals: one to three digits that do not begin with 0, then exactly three
///   each. `5.000` and `5 000` are 5000.
/// - A comma or point with one or two digits after it begins the decimals: `5.00` is 5, `1.5` is 1.5. After groups by points
///   only a comma does.
/// - `к` or `тыс` multiplies by a thousand. Points do not group before it: `1.234 тыс` can mean two amounts.
/// - A currency may follow, and `₽` may also come first. `5т.р.` is 5000.
///
/// Everything else is refused: `5,000` too, which is 5000 to some and 5 to others.
pub(crate) fn parse_amount(text: &str) -> Result<Kopecks, AmountError> {
    let text = normalize_number(text).to_lowercase();
    let Some(rest) = text.strip_prefix('-') else {
        return parse_unsigned(&text);
    };
    match parse_unsigned(rest.trim_start()) {
        Err(AmountError::NotANumber) => Err(AmountError::NotANumber),
        _ => Err(AmountError::Negative),
    }
}

/// Parses an answer to the question for the total, behind which the materials may follow: `3500 500`. What can be one amount or two
/// (`3 500 500`) is refused.
pub(crate) fn parse_total(text: &str) -> Result<(Kopecks, Option<Kopecks>), AmountError> {
    let single = parse_amount(text);
    let text = normalize_number(text);
    let pairs: Vec<_> = text
        .match_indices(BETWEEN_AMOUNTS)
        .filter_map(|(at, separator)| parse_pair(&text[..at], &text[at + separator.len()..]))
        .collect();
    match (single, &pairs[..]) {
        (single, []) => single.map(|total| (total, None)),
        (Err(_), [(total, materials)]) => Ok((*total, Some(*materials))),
        _ => Err(AmountError::Ambiguous),
    }
}

/// Parses total and materials, each written as an amount of its own: "5 000" and "5 тыс 500" are one.
fn parse_pair(total: &str, materials: &str) -> Option<(Kopecks, Kopecks)> {
    let (total, materials) = (total.trim(), materials.trim());
    let is_group = materials.starts_with('0') && materials != "0";
    let lower = total.to_lowercase();
    let has_thousands = strip_unit(&lower, &THOUSANDS).is_some();
    let (total, materials) = (parse_amount(total).ok()?, parse_amount(materials).ok()?);
    (!is_group && !has_thousands && materials <= total).then_some((total, materials))
}

/// Parses an answer to the question for the materials: an amount, or that there were none.
pub(crate) fn parse_materials(text: &str) -> Result<Kopecks, AmountError> {
    let is_none = NO_MATERIALS.contains(&fold_words(text).as_str()) || normalize_number(text) == "-";
    if is_none { Ok(Kopecks::ZERO) } else { parse_amount(text) }
}

fn parse_unsigned(text: &str) -> Result<Kopecks, AmountError> {
    let text = text.strip_prefix('₽').map_or(text, str::trim_start);
    let (text, factor) = match strip_unit(text, &THOUSAND_ROUBLES) {
        Some(number) => (number, 1_000),
        None => {
            let text = strip_unit(text, &CURRENCIES).unwrap_or(text);
            strip_unit(text, &THOUSANDS).map_or((text, 1), |number| (number, 1_000))
        }
    };
    let (whole, decimals) = split_decimals(text);
    if factor > 1 && whole.contains('.') {
        return Err(AmountError::NotANumber);
    }
    let digits = parse_whole_digits(whole).ok_or(AmountError::NotANumber)?;
    let hundredths = decimals.map_or(Ok(0), parse_hundredths)?;
    let digits = digits.trim_start_matches('0');
    // Longer numbers exceed the limit and might overflow.
    if digits.len() > 9 {
        return Err(AmountError::TooLarge);
    }
    let roubles = if digits.is_empty() { Ok(0) } else { digits.parse::<i64>() };
    let amount = Kopecks((roubles.map_err(|_| AmountError::NotANumber)? * 100 + hundredths) * factor);
    if amount > MAX_AMOUNT { Err(AmountError::TooLarge) } else { Ok(amount) }
}

fn strip_unit<'a>(text: &'a str, units: &[&str]) -> Option<&'a str> {
    units.iter().find_map(|unit| text.strip_suffix(unit)).map(str::trim_end)
}

/// Splits a number into its whole part, groups included, and its decimals.
fn split_decimals(number: &str) -> (&str, Option<&str>) {
    if let Some((whole, decimals)) = number.split_once(',') {
        return (whole, Some(decimals));
    }
    match number.rsplit_once('.') {
        Some((whole, decimals)) if decimals.len() != 3 && !whole.contains('.') => (whole, Some(decimals)),
        _ => (number, None),
    }
}

/// Returns the digits without what separates their groups.
fn parse_whole_digits(text: &str) -> Option<String> {
    let separator = if text.contains('.') { '.' } else { ' ' };
    let groups: Vec<&str> = text.split(separator).collect();
    let are_digits = |group: &&str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    if !groups.iter().all(are_digits) {
        return None;
    }
    let (first, others) = groups.split_first()?;
    let is_grouped =
        first.len() <= 3 && !first.starts_with('0') && others.iter().all(|group| group.len() == 3);
    (others.is_empty() || is_grouped).then(|| groups.concat())
}

fn parse_hundredths(text: &str) -> Result<i64, AmountError> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AmountError::NotANumber);
    }
    let digit = |b: u8| i64::from(b - b'0');
    match text.as_bytes() {
        [] => Err(AmountError::NotANumber),
        [tenths] => Ok(digit(*tenths) * 10),
        [tenths, hundredths] => Ok(digit(*tenths) * 10 + digit(*hundredths)),
        _ => Err(AmountError::TooManyDecimals),
    }
}

/// The shares in a closed order: `master + company == net`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct ProfitSplit {
    /// Total minus materials.
    pub net: Kopecks,
    pub master: Kopecks,
    pub company: Kopecks,
}

/// Materials are outside of `0..=total`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Error)]
#[error("materials exceed the total")]
pub struct MaterialsExceedTotal;

/// Splits an order's money by the closing rules.
///
/// The master gets 50 % of a net of 7,000 roubles or more, else 40 %; a review moves another 10 %
/// of the net from the company to the master. The percentages are added first and the master's
/// share is rounded once, half up, to whole kopecks; the company gets the rest.
pub(crate) fn split_profit(
    total: Kopecks,
    materials: Kopecks,
    has_review: bool,
) -> Result<ProfitSplit, MaterialsExceedTotal> {
    if materials < Kopecks::ZERO || materials > total {
        return Err(MaterialsExceedTotal);
    }
    let net = total.checked_sub(materials).ok_or(MaterialsExceedTotal)?;
    let share = if net >= HIGHER_SHARE_FROM { HIGHER_SHARE_PERCENT } else { SHARE_PERCENT };
    let percent = share + if has_review { REVIEW_PERCENT } else { 0 };
    // At most 60 % of an i64, so it fits again.
    let master = i64::try_from((i128::from(net.0) * percent + 50) / 100).map_err(|_| MaterialsExceedTotal)?;
    Ok(ProfitSplit { net, master: Kopecks(master), company: Kopecks(net.0 - master) })
}

#[cfg(test)]
mod tests {
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
            assert!(
                matches!(parse_total(text), Err(AmountError::Ambiguous | AmountError::NotANumber)),
                "{text}"
            );
        }
        assert_eq!(parse_total("3 500 500"), Err(AmountError::Ambiguous));
        assert_eq!(parse_total("5 тыс 500"), Err(AmountError::NotANumber));
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

    #[test]
    fn the_split_follows_the_closing_rules() {
        let share = |total, materials, review| {
            let split = split_profit(Kopecks(total), Kopecks(materials), review).unwrap();
            (split.net.0, split.master.0, split.company.0)
        };
        assert_eq!(share(1_000_000, 300_000, false), (700_000, 350_000, 350_000));
        assert_eq!(share(1_000_000, 300_000, true), (700_000, 420_000, 280_000));
        assert_eq!(share(699_999, 0, false), (699_999, 280_000, 419_999));
        assert_eq!(share(699_999, 0, true), (699_999, 350_000, 349_999));
        assert_eq!(share(500_000, 500_000, true), (0, 0, 0));
        // Exactly half a kopeck goes up: 50 % of 7000.01.
        assert_eq!(share(700_001, 0, false), (700_001, 350_001, 350_000));
        // 40 % of one kopeck is 0.4 and goes down, 50 % goes up.
        assert_eq!(share(1, 0, false), (1, 0, 1));
        assert_eq!(share(1, 0, true), (1, 1, 0));
    }

    #[test]
    fn materials_outside_the_total_are_refused() {
        assert_eq!(split_profit(Kopecks(100), Kopecks(101), false), Err(MaterialsExceedTotal));
        assert_eq!(split_profit(Kopecks(100), Kopecks(-1), false), Err(MaterialsExceedTotal));
        assert_eq!(split_profit(Kopecks(-1), Kopecks(0), false), Err(MaterialsExceedTotal));
    }

    proptest! {
        #[test]
        fn shares_add_up_and_stay_in_bounds(total in 0..=i64::MAX, part in 0.0..=1.0_f64, review: bool) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            let materials = ((total as f64 * part) as i64).min(total);
            let split = split_profit(Kopecks(total), Kopecks(materials), review).unwrap();
            prop_assert_eq!(split.net.0, total - materials);
            prop_assert_eq!(split.master.checked_add(split.company), Some(split.net));
            prop_assert!(split.master >= Kopecks::ZERO && split.company >= Kopecks::ZERO);
            let net = i128::from(split.net.0);
            let master = i128::from(split.master.0);
            prop_assert!(master * 100 >= net * 40 - 50 && master * 100 <= net * 60 + 50);
        }

        #[test]
        fn more_net_is_never_less_for_the_master(a in 0..=2_000_000_i64, b in 0..=2_000_000_i64, review: bool) {
            let of = |net| split_profit(Kopecks(net), Kopecks::ZERO, review).unwrap().master;
            prop_assert!(of(a.min(b)) <= of(a.max(b)));
        }

        #[test]
        fn a_review_moves_ten_per_cent_give_or_take_a_kopeck(net in 0..=1_000_000_000_i64) {
            let of = |review| split_profit(Kopecks(net), Kopecks::ZERO, review).unwrap().master.0;
            prop_assert!(((of(true) - of(false)) * 10 - net).abs() <= 10);
        }

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
}
