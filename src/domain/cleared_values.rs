//! What a reopened order loses, for its history.

use chrono::{DateTime, Utc};

use super::money::{Kopecks, parse_amount};
use super::order::Order;

const CLEARED: &str = "cleared: ";
const REVIEW: &str = "review=yes";
const VISIT: &str = "visit=";

/// An amount of an order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum AmountField {
    Total,
    Materials,
    MasterShare,
    CompanyShare,
    Prepayment,
}

impl AmountField {
    const ALL: [Self; 5] =
        [Self::Total, Self::Materials, Self::MasterShare, Self::CompanyShare, Self::Prepayment];

    /// Returns its name in a note.
    fn as_str(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Materials => "materials",
            Self::MasterShare => "master",
            Self::CompanyShare => "company",
            Self::Prepayment => "prepayment",
        }
    }

    fn of_order(self, order: &Order) -> Option<Kopecks> {
        match self {
            Self::Total => order.total,
            Self::Materials => order.materials,
            Self::MasterShare => order.master_share,
            Self::CompanyShare => order.company_share,
            Self::Prepayment => order.prepayment,
        }
    }
}

/// The beginning of a visit that was not met.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum ClearedVisit {
    Moment(DateTime<Utc>),
    /// As staff wrote it: earlier versions noted that.
    Words(String),
}

/// Its amounts and a visit in the past. Besides a prepayment, only orders that the old bot refused have amounts.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct ClearedValues {
    pub(crate) amounts: Vec<(AmountField, Kopecks)>,
    pub(crate) has_review: bool,
    pub(crate) visit: Option<ClearedVisit>,
}

impl ClearedValues {
    /// Returns what an order loses that is reopened now; `None` when it has none of it.
    pub(crate) fn of_order(order: &Order, now: DateTime<Utc>) -> Option<Self> {
        let amount = |field: AmountField| Some((field, field.of_order(order)?));
        let past = order.visit.filter(|visit| visit.is_over(now));
        let cleared = Self {
            amounts: AmountField::ALL.into_iter().filter_map(amount).collect(),
            has_review: order.has_review == Some(true),
            visit: past.map(|visit| ClearedVisit::Moment(visit.from)),
        };
        (cleared != Self::default()).then_some(cleared)
    }

    /// Returns how the status history writes it.
    pub(crate) fn to_note(&self) -> String {
        let amounts = self.amounts.iter().map(|(field, amount)| format!("{}={amount}", field.as_str()));
        let review = self.has_review.then(|| REVIEW.to_owned());
        let visit = self.visit.as_ref().map(|visit| match visit {
            ClearedVisit::Moment(from) => format!("{VISIT}{}", from.to_rfc3339()),
            ClearedVisit::Words(words) => format!("{VISIT}{words}"),
        });
        let parts: Vec<_> = amounts.chain(review).chain(visit).collect();
        format!("{CLEARED}{}", parts.join(" "))
    }

    /// Reads a note of the status history; `None` when it is in a user's words.
    pub(crate) fn from_note(note: &str) -> Option<Self> {
        let mut rest = note.strip_prefix(CLEARED)?;
        let mut cleared = Self::default();
        while !rest.is_empty() {
            if let Some(visit) = rest.strip_prefix(VISIT) {
                let moment = DateTime::parse_from_rfc3339(visit).ok();
                cleared.visit = Some(moment.map_or_else(
                    || ClearedVisit::Words(visit.to_owned()),
                    |from| ClearedVisit::Moment(from.to_utc()),
                ));
                break;
            }
            let (part, behind) = rest.split_once(' ').unwrap_or((rest, ""));
            match part {
                REVIEW => cleared.has_review = true,
                amount => cleared.amounts.push(parse_amount_part(amount)?),
            }
            rest = behind;
        }
        Some(cleared)
    }
}

fn parse_amount_part(part: &str) -> Option<(AmountField, Kopecks)> {
    let (name, amount) = part.split_once('=')?;
    let field = AmountField::ALL.into_iter().find(|field| field.as_str() == name)?;
    Some((field, parse_amount(amount).ok()?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn note_of_the_history_is_read_back_and_words_of_a_user_are_none() {
        let amounts = AmountField::ALL.into_iter().zip([500_050, 100_000, 160_020, 240_030, 0]);
        let amounts: Vec<_> = amounts.map(|(field, kopecks)| (field, Kopecks(kopecks))).collect();
        let moment = ClearedVisit::Moment("2026-12-05T12:00:00Z".parse().unwrap());
        let words = ClearedVisit::Words("tomorrow at 15:00".to_owned());
        for amounts in [Vec::new(), amounts] {
            for has_review in [false, true] {
                for visit in [None, Some(moment.clone()), Some(words.clone())] {
                    let cleared = ClearedValues { amounts: amounts.clone(), has_review, visit };
                    assert_eq!(ClearedValues::from_note(&cleared.to_note()), Some(cleared));
                }
            }
        }
        for note in ["", "the belt is broken", "cleared: the belt", "cleared: total=much", "master=5"] {
            assert_eq!(ClearedValues::from_note(note), None, "{note}");
        }
    }
}
