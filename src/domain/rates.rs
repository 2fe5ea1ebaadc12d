//! How the money of an order is shared between master and company.
//!
//! Shares are whole per cent of the net: what owners agree on with masters, and what they type. Money is whole kopecks.

use serde::{Deserialize, Serialize};

use super::money::{Kopecks, MaterialsExceedTotal, ProfitSplit};

/// The rates of all types of equipment, or of one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub(crate) struct Rates {
    /// From this net on the master gets the higher share.
    pub(crate) threshold: Kopecks,
    /// The master's share of a net below the threshold, in per cent.
    pub(crate) percent_below: i32,
    /// The master's share from the threshold on, in per cent; never less than below it.
    pub(crate) percent_from: i32,
    /// What a review adds to the master's share.
    pub(crate) review_bonus: i32,
    /// What work out of the city adds to it.
    pub(crate) out_of_city_bonus: i32,
    /// The least share of a senior master before the bonuses; 0 for none.
    pub(crate) senior_floor: i32,
    /// The most that a master's share comes to with everything.
    pub(crate) cap: i32,
}

/// One value of the rates.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RateField {
    Threshold,
    Below,
    From,
    Review,
    OutOfCity,
    SeniorFloor,
    Cap,
}

impl RateField {
    pub(crate) const ALL: [Self; 7] = [
        Self::Threshold,
        Self::Below,
        Self::From,
        Self::Review,
        Self::OutOfCity,
        Self::SeniorFloor,
        Self::Cap,
    ];

    /// Returns its name in buttons and in the audit log.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Threshold => "threshold",
            Self::Below => "below",
            Self::From => "from",
            Self::Review => "review",
            Self::OutOfCity => "out_of_city",
            Self::SeniorFloor => "senior_floor",
            Self::Cap => "cap",
        }
    }
}

/// A value that the rates cannot have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum RateError {
    #[error("not a whole per cent from 0 to 100")]
    NotPercent,
    /// A master would get less for a greater net.
    #[error("the share from the threshold is less than below it")]
    FallsAtThreshold,
}

/// The rates by which an order is closed, with what else decides about the share. They are stored with the order.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize, Deserialize)]
pub struct AppliedRates {
    #[serde(flatten)]
    pub(crate) rates: Rates,
    /// Whether the master was a senior one.
    pub(crate) is_senior: bool,
}

/// Up to this total an order may be one that the client refused: what is paid for coming.
const REFUSAL_LIMIT: Kopecks = Kopecks(100_000);

/// The answers of the closing dialogue.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, Serialize)]
pub struct ClosingAmounts {
    pub total: Kopecks,
    pub materials: Kopecks,
    pub has_review: bool,
    /// `None` where it is not asked for.
    pub out_of_city: Option<bool>,
}

impl ClosingAmounts {
    /// Whether the client may have refused the repair.
    pub(crate) fn may_be_refusal(&self) -> bool {
        self.total <= REFUSAL_LIMIT
    }
}

impl Rates {
    /// The rates of the old bot: 40 %, from 7,000 roubles 50 %, and 10 % for a review.
    pub(crate) const DEFAULT: Self = Self {
        threshold: Kopecks(700_000),
        percent_below: 40,
        percent_from: 50,
        review_bonus: 10,
        out_of_city_bonus: 0,
        senior_floor: 0,
        cap: 100,
    };

    /// Returns a value that is a percentage; `None` for the threshold.
    pub(crate) fn percent(&self, field: RateField) -> Option<i32> {
        match field {
            RateField::Threshold => None,
            RateField::Below => Some(self.percent_below),
            RateField::From => Some(self.percent_from),
            RateField::Review => Some(self.review_bonus),
            RateField::OutOfCity => Some(self.out_of_city_bonus),
            RateField::SeniorFloor => Some(self.senior_floor),
            RateField::Cap => Some(self.cap),
        }
    }

    pub(crate) fn with_threshold(self, threshold: Kopecks) -> Self {
        Self { threshold, ..self }
    }

    /// Returns the rates with one percentage changed; the threshold is none.
    pub(crate) fn with_percent(mut self, field: RateField, percent: i32) -> Result<Self, RateError> {
        if !(0..=100).contains(&percent) {
            return Err(RateError::NotPercent);
        }
        match field {
            RateField::Threshold => return Err(RateError::NotPercent),
            RateField::Below => self.percent_below = percent,
            RateField::From => self.percent_from = percent,
            RateField::Review => self.review_bonus = percent,
            RateField::OutOfCity => self.out_of_city_bonus = percent,
            RateField::SeniorFloor => self.senior_floor = percent,
            RateField::Cap => self.cap = percent,
        }
        if self.percent_from < self.percent_below { Err(RateError::FallsAtThreshold) } else { Ok(self) }
    }
}

impl AppliedRates {
    /// The rates of the old bot, by which every order without stored rates was closed.
    pub const DEFAULT: Self = Self { rates: Rates::DEFAULT, is_senior: false };

    /// Whether work out of the city changes the shares.
    pub(crate) fn asks_out_of_city(&self) -> bool {
        self.rates.out_of_city_bonus != 0
    }

    /// Returns the master's share of a net, in per cent.
    fn master_percent(&self, net: Kopecks, amounts: &ClosingAmounts) -> i32 {
        let rates = &self.rates;
        let base = if net >= rates.threshold { rates.percent_from } else { rates.percent_below };
        let base = if self.is_senior { base.max(rates.senior_floor) } else { base };
        let review = if amounts.has_review { rates.review_bonus } else { 0 };
        let out_of_city = if amounts.out_of_city == Some(true) { rates.out_of_city_bonus } else { 0 };
        (base + review + out_of_city).min(rates.cap)
    }

    /// Splits the net, which is the total without the materials.
    ///
    /// The percentages are added first; a senior master's share is at least the floor before the bonuses; nothing goes beyond
    /// the cap. The master's share is rounded once, half up, to whole kopecks; the company gets the rest.
    ///
    /// With equal materials and answers a greater total never lowers the master's share. The company's share never falls on
    /// either side of the threshold, but does where the higher percentage begins.
    pub(crate) fn split_net(&self, amounts: &ClosingAmounts) -> Result<ProfitSplit, MaterialsExceedTotal> {
        if amounts.materials < Kopecks::ZERO || amounts.materials > amounts.total {
            return Err(MaterialsExceedTotal);
        }
        let net = amounts.total.checked_sub(amounts.materials).ok_or(MaterialsExceedTotal)?;
        // Stored rates could have been edited by hand.
        let percent = i128::from(self.master_percent(net, amounts).clamp(0, 100));
        let master =
            i64::try_from((i128::from(net.0) * percent + 50) / 100).map_err(|_| MaterialsExceedTotal)?;
        Ok(ProfitSplit { net, master: Kopecks(master), company: Kopecks(net.0 - master) })
    }
}

/// Parses a typed percentage: `45`, `45 %`.
pub(crate) fn parse_percent(text: &str) -> Result<i32, RateError> {
    let text = super::input::normalize_number(text);
    let digits = text.strip_suffix('%').unwrap_or(&text).trim_end();
    let is_short =
        !digits.is_empty() && digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let percent = digits.parse().ok().filter(|percent| is_short && (0..=100).contains(percent));
    percent.ok_or(RateError::NotPercent)
}

#[cfg(test)]
#[path = "rates_tests.rs"]
mod tests;
