//! Roubles to kopecks.

use super::super::value::LegacyValue;
use super::parsed::ParsedValue;

/// Kopecks (ten billion roubles). A larger number is not an amount, and millions of such rows would overflow 64 bits.
pub(in super::super) const LARGEST_AMOUNT: i128 = 1_000_000_000_000;

/// Converts roubles as the old bot stored them into kopecks, rounded half up in decimal. [`ParsedValue::Repaired`] had a
/// fraction of a kopeck.
///
/// A binary fraction carries a rounding error (2862.035 is stored as 2862.03499…), so the decimal number of 15 digits
/// counts, which is what every program showed.
pub(in super::super) fn parse_kopecks(value: &LegacyValue) -> ParsedValue<Option<i64>> {
    let found = match value {
        LegacyValue::Null => return ParsedValue::Exact(None),
        LegacyValue::Int(roubles) => i128::from(*roubles).checked_mul(100).map(|kopecks| (kopecks, true)),
        LegacyValue::Real(roubles) if roubles.is_finite() => parse_hundredths(&format!("{roubles:.14e}")),
        LegacyValue::Real(_) => None,
        LegacyValue::Text(text) | LegacyValue::Bytes(text) => {
            let is_noise = |c: char| c.is_whitespace() || c == '_' || c == '\u{20bd}';
            let text: String = text.chars().filter(|c| !is_noise(*c)).collect();
            parse_hundredths(
                &text.trim_end_matches(|c: char| c.is_alphabetic() || c == '.').replace(',', "."),
            )
        }
    };
    match found {
        Some((kopecks, is_whole)) if kopecks.abs() <= LARGEST_AMOUNT => match i64::try_from(kopecks) {
            Ok(kopecks) if is_whole => ParsedValue::Exact(Some(kopecks)),
            Ok(kopecks) => ParsedValue::Repaired(Some(kopecks)),
            Err(_) => ParsedValue::Unreadable,
        },
        _ => ParsedValue::Unreadable,
    }
}

/// Returns the hundredths of a decimal number (`-12.345e1`), rounded half up, and whether that is exact.
fn parse_hundredths(text: &str) -> Option<(i128, bool)> {
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

/// The money of one column while its rows are copied, in kopecks.
#[derive(Clone, Copy, Debug, Default)]
pub(in super::super) struct MoneyTotals {
    /// Each amount rounded.
    sum_in: i64,
    /// By how much rounding changed the sum.
    rounded: f64,
    pub(in super::super) kept_in_legacy: i64,
    pub(in super::super) repaired: i64,
}

impl MoneyTotals {
    /// Adds an old amount; `kopecks` is its parsed value.
    #[allow(clippy::cast_precision_loss, reason = "amounts are far below 2^53 kopecks")]
    pub(in super::super) fn add_amount(&mut self, value: &LegacyValue, kopecks: i64) {
        self.sum_in += kopecks;
        if let LegacyValue::Real(roubles) = value
            && roubles.is_finite()
            && kopecks != 0
        {
            self.rounded += kopecks as f64 - roubles * 100.0;
        }
    }

    /// Returns the sum of the old column as SQL computes it, and by how much rounding and repairs changed it.
    #[allow(clippy::cast_possible_truncation, reason = "half a kopeck for each order at the most")]
    pub(in super::super) fn sum_and_repairs(&self) -> (i64, i64) {
        let rounded = self.rounded.round() as i64;
        (self.sum_in - rounded, self.repaired + rounded)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> LegacyValue {
        LegacyValue::Text(text.to_owned())
    }

    #[test]
    fn roubles_round_to_kopecks_in_decimal() {
        use ParsedValue::{Exact, Repaired, Unreadable};
        for (value, expected) in [
            (LegacyValue::Null, Exact(None)),
            (LegacyValue::Int(5000), Exact(Some(500_000))),
            (LegacyValue::Int(i64::MAX), Unreadable),
            (LegacyValue::Real(0.0), Exact(Some(0))),
            (LegacyValue::Real(-0.0), Exact(Some(0))),
            (LegacyValue::Real(15423.71), Exact(Some(1_542_371))),
            (LegacyValue::Real(8072.964), Repaired(Some(807_296))),
            // As binary fractions these are below the half.
            (LegacyValue::Real(2862.035), Repaired(Some(286_204))),
            (LegacyValue::Real(622.025), Repaired(Some(62_203))),
            (LegacyValue::Real(1.005), Repaired(Some(101))),
            (LegacyValue::Real(0.1 + 0.2), Exact(Some(30))),
            (LegacyValue::Real(29.99 * 3.0), Exact(Some(8997))),
            (LegacyValue::Real(0.001), Repaired(Some(0))),
            (LegacyValue::Real(1e-300), Repaired(Some(0))),
            (LegacyValue::Real(1e300), Unreadable),
            (LegacyValue::Real(f64::INFINITY), Unreadable),
            (LegacyValue::Real(f64::NAN), Unreadable),
            (LegacyValue::Real(-12.5), Exact(Some(-1250))),
            (text("5 000,50"), Exact(Some(500_050))),
            (text("5\u{a0}000.5 ₽"), Exact(Some(500_050))),
            (text("1200 руб."), Exact(Some(120_000))),
            (text("1.5e3"), Exact(Some(150_000))),
            (text(""), Unreadable),
            (text("-"), Unreadable),
            (text("договорная"), Unreadable),
            (text("1.2.3"), Unreadable),
            (text("999999999999999999999999999999999999999999"), Unreadable),
        ] {
            assert_eq!(parse_kopecks(&value), expected, "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn whole_kopecks_survive_storage_as_float(kopecks_in in -1_000_000_000_i64..=1_000_000_000) {
            #[allow(clippy::cast_precision_loss)]
            let roubles = kopecks_in as f64 / 100.0;
            prop_assert_eq!(parse_kopecks(&LegacyValue::Real(roubles)), ParsedValue::Exact(Some(kopecks_in)));
        }
    }
}
