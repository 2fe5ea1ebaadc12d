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

/// Parses total and materials, each written as an amount of its own: "5 000" and "5 тыс 500" are one, "5к 1к" are two.
fn parse_pair(total: &str, materials: &str) -> Option<(Kopecks, Kopecks)> {
    let (total, materials) = (total.trim(), materials.trim());
    let is_group = materials.starts_with('0') && materials != "0";
    let in_thousands = |amount: &str| strip_unit(&amount.to_lowercase(), &THOUSANDS).is_some();
    let is_one = in_thousands(total) && !in_thousands(materials);
    let (total, materials) = (parse_amount(total).ok()?, parse_amount(materials).ok()?);
    (!is_group && !is_one && materials <= total).then_some((total, materials))
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

#[cfg(test)]
#[path = "money_tests.rs"]
mod tests;
