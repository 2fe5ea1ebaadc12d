//! What a report counts and adds up.

use std::iter::Sum;
use std::ops::AddAssign;

use serde::Serialize;

use super::money::Kopecks;

/// The figures of a set of orders in a period.
///
/// An order is taken in on the day on which it was created, and it is closed or refused, with its money, on the day of
/// `closed_at`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Figures {
    pub created: i64,
    pub closed: i64,
    pub refused: i64,
    /// Closed ones whose amounts were skipped: they are counted in `closed`, and have no money.
    pub without_amounts: i64,
    /// What the clients paid.
    pub gross: Kopecks,
    pub materials: Kopecks,
    /// Gross less materials.
    pub net: Kopecks,
    pub master_share: Kopecks,
    pub company_share: Kopecks,
    pub reviews: i64,
}

impl Figures {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the mean of what the clients paid for an order; `None` when none has amounts.
    pub fn average(&self) -> Option<Kopecks> {
        let paid = self.closed - self.without_amounts;
        (paid > 0).then(|| Kopecks((self.gross.0 + paid / 2) / paid))
    }

    /// Returns the share of closed orders among those that are over, in whole per cent; `None` when none is over.
    pub fn conversion(&self) -> Option<i64> {
        let over = self.closed + self.refused;
        (over > 0).then(|| (self.closed * 100 + over / 2) / over)
    }
}

impl AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        let add = |sum: &mut Kopecks, amount: Kopecks| sum.0 = sum.0.saturating_add(amount.0);
        self.created += other.created;
        self.closed += other.closed;
        self.refused += other.refused;
        self.without_amounts += other.without_amounts;
        add(&mut self.gross, other.gross);
        add(&mut self.materials, other.materials);
        add(&mut self.net, other.net);
        add(&mut self.master_share, other.master_share);
        add(&mut self.company_share, other.company_share);
        self.reviews += other.reviews;
    }
}

impl Sum for Figures {
    fn sum<I: Iterator<Item = Self>>(lines: I) -> Self {
        lines.fold(Self::default(), |mut total, line| {
            total += line;
            total
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn orders_without_amounts_do_not_lower_the_average() {
        let paid = Figures { closed: 3, without_amounts: 1, gross: Kopecks(1_001), ..Figures::default() };
        assert_eq!(paid.average(), Some(Kopecks(501)));
        assert_eq!(Figures { closed: 1, without_amounts: 1, ..Figures::default() }.average(), None);
    }

    #[test]
    fn conversion_is_of_orders_that_are_over() {
        let figures = Figures { created: 9, closed: 2, refused: 1, ..Figures::default() };
        assert_eq!(figures.conversion(), Some(67));
        assert_eq!(Figures { created: 9, ..Figures::default() }.conversion(), None);
    }
}
