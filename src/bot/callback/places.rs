//! The lists from which an order is opened, on the wire: a card's way back carries the filter and the page.
//!
//! Numbers are written to the base of 36, because a list with three filters and an order must fit into 64 bytes.

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate};

use crate::domain::ids::{MasterId, OrderId, SearchId};
use crate::domain::status::OrderStatus;

/// A page of a list, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PageNumber(pub(crate) u32);

impl PageNumber {
    pub(crate) const FIRST: Self = Self(1);
}

/// A page of a list, or another screen with orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum ListPlace {
    /// `o:STATUS:DAY:MASTER:PAGE`: the staff's list.
    Orders(OrderListFilter, PageNumber),
    /// `s:SEARCH:PAGE`: what a search found.
    Search(SearchId, PageNumber),
    /// `c:ORDER:PAGE`: the orders of this order's client.
    Client(OrderId, PageNumber),
    /// `m:PAGE`: the master's own open orders.
    MyOrders(PageNumber),
    /// `h:PAGE`: the master's own closed orders.
    MyClosed(PageNumber),
    /// `t`: the master's day.
    MyDay,
    /// `d:DAY`: the staff's day by master.
    Day(NaiveDate),
}

/// Which orders the staff's list shows; `None` does not restrict it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(crate) struct OrderListFilter {
    pub(crate) status: Option<OrderStatus>,
    /// The local day of the visit.
    pub(crate) day: Option<NaiveDate>,
    pub(crate) master: Option<MasterId>,
}

/// Stands for a filter that does not restrict.
const ANY: &str = "-";
/// The years whose days are read.
const YEARS: RangeInclusive<i32> = 2000..=2199;

impl ListPlace {
    pub(super) fn encode(self) -> String {
        match self {
            Self::Orders(filter, page) => {
                let status = filter.status.map_or(ANY, OrderStatus::as_str);
                let day = filter.day.map_or(ANY.to_owned(), encode_day);
                let master = filter.master.map_or(ANY.to_owned(), |master| base36(master.0));
                format!("o:{status}:{day}:{master}:{}", base36(page.0.into()))
            }
            Self::Search(search, page) => format!("s:{}:{}", base36(search.0), base36(page.0.into())),
            Self::Client(order, page) => format!("c:{}:{}", base36(order.0), base36(page.0.into())),
            Self::MyOrders(page) => format!("m:{}", base36(page.0.into())),
            Self::MyClosed(page) => format!("h:{}", base36(page.0.into())),
            Self::MyDay => "t".to_owned(),
            Self::Day(day) => format!("d:{}", encode_day(day)),
        }
    }

    /// Reads the fields of a place; `None` when they are malformed.
    pub(super) fn decode<'a>(mut fields: impl Iterator<Item = &'a str>) -> Option<Self> {
        let place = match fields.next()? {
            "o" => {
                let status = optional(fields.next()?, |text| text.parse().ok()).ok()?;
                let day = optional(fields.next()?, decode_day).ok()?;
                let master = optional(fields.next()?, |text| parse_base36(text).map(MasterId)).ok()?;
                Self::Orders(OrderListFilter { status, day, master }, decode_page(fields.next()?)?)
            }
            "s" => Self::Search(SearchId(parse_base36(fields.next()?)?), decode_page(fields.next()?)?),
            "c" => Self::Client(OrderId(parse_base36(fields.next()?)?), decode_page(fields.next()?)?),
            "m" => Self::MyOrders(decode_page(fields.next()?)?),
            "h" => Self::MyClosed(decode_page(fields.next()?)?),
            "t" => Self::MyDay,
            "d" => Self::Day(decode_day(fields.next()?)?),
            _ => return None,
        };
        fields.next().is_none().then_some(place)
    }
}

/// A field that no button has.
struct Malformed;

/// Reads a filter, which may be [`ANY`].
fn optional<T>(field: &str, decode: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Malformed> {
    if field == ANY { Ok(None) } else { decode(field).map(Some).ok_or(Malformed) }
}

fn encode_day(day: NaiveDate) -> String {
    base36(day.num_days_from_ce().into())
}

fn decode_day(field: &str) -> Option<NaiveDate> {
    let days = i32::try_from(parse_base36(field)?).ok()?;
    NaiveDate::from_num_days_from_ce_opt(days).filter(|day| YEARS.contains(&day.year()))
}

fn decode_page(field: &str) -> Option<PageNumber> {
    let page = u32::try_from(parse_base36(field)?).ok()?;
    (page > 0).then_some(PageNumber(page))
}

pub(super) fn base36(number: i64) -> String {
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = number.unsigned_abs();
    let mut letters = Vec::new();
    loop {
        let digit = usize::try_from(rest % 36).unwrap_or_default();
        letters.push(char::from(DIGITS[digit]));
        rest /= 36;
        if rest == 0 {
            break;
        }
    }
    let sign = if number < 0 { "-" } else { "" };
    sign.chars().chain(letters.into_iter().rev()).collect()
}

/// Reads a number in the one form in which [`base36`] writes it.
pub(super) fn parse_base36(text: &str) -> Option<i64> {
    let number = i64::from_str_radix(text, 36).ok()?;
    (base36(number) == text).then_some(number)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        for number in [0, 1, 35, 36, -36, 1_000_000, i64::MAX, i64::MIN] {
            assert_eq!(parse_base36(&base36(number)), Some(number));
        }
        for text in ["", "-", "-0", "+1", "01", "A", " 1", "1y2p0ij32e8e8"] {
            assert_eq!(parse_base36(text), None, "{text:?}");
        }
    }

    #[test]
    fn days_within_two_centuries_are_read() {
        for day in ["2000-01-01", "2026-11-28", "2199-12-31"] {
            let day = day.parse().unwrap();
            assert_eq!(decode_day(&encode_day(day)), Some(day));
        }
        for day in ["1999-12-31", "2200-01-01"] {
            assert_eq!(decode_day(&encode_day(day.parse().unwrap())), None);
        }
    }
}
