//! The keyboards of the visits of a day.

use chrono::NaiveDate;
use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use super::parts::{in_rows_of, inline_button};
use crate::bot::callback::{ButtonSource, Callback, ListPlace, OrderListFilter, PageNumber};
use crate::bot::labels::Label;
use crate::bot::view::day_plan::group_by_master;
use crate::bot::view::keyboards::master_card;
use crate::bot::view::text::{Texts, plain_text};
use crate::bot::view::visits::{LocalClock, day_name};
use crate::domain::order::Order;
use crate::service::order_lists::{ListedOrder, OwnDay};

/// The most orders that a day offers to open, so that the keyboard stays within Telegram's limit.
const MAX_OPENED: usize = 80;

/// Returns a row for each order of a master's day, with opening it and the master's next step, and the way to those that the
/// day leaves out.
pub(crate) fn own_day(texts: &Texts, day: &OwnDay) -> Option<InlineKeyboardMarkup> {
    let parts = [&day.visits, &day.overdue, &day.undated];
    let orders = parts.into_iter().flat_map(|part| &part.orders);
    let mut rows: Vec<_> = orders.map(|order| own_day_row(texts, order)).collect();
    if parts.iter().any(|part| part.more > 0) {
        let place = ListPlace::MyOrders(PageNumber::FIRST);
        rows.push(vec![inline_button(Label::MyOrders.text(texts.locale()), Callback::ShowList(place))]);
    }
    (!rows.is_empty()).then(|| InlineKeyboardMarkup::new(rows))
}

fn own_day_row(texts: &Texts, order: &Order) -> Vec<InlineKeyboardButton> {
    let number = plain_text!(texts, "order-number", id = order.id);
    let open = inline_button(format!("👁 {number}"), Callback::OpenFrom(order.id, ListPlace::MyDay));
    let steps = master_card(texts, order.id, order.status, ButtonSource::OwnChat).inline_keyboard;
    let step = steps
        .into_iter()
        .flatten()
        .next()
        .map(|button| InlineKeyboardButton { text: format!("{} {number}", button.text), ..button });
    std::iter::once(open).chain(step).collect()
}

/// Returns the orders of the staff's day, the days around it, and the same day as a list.
pub(crate) fn staff_day(
    texts: &Texts,
    clock: LocalClock,
    day: NaiveDate,
    visits: &[ListedOrder],
) -> InlineKeyboardMarkup {
    let place = ListPlace::Day(day);
    // In the order in which the plan above names them.
    let planned = group_by_master(visits).into_iter().flat_map(|(_, orders)| orders);
    let open = planned.take(MAX_OPENED).map(|order| {
        let number = plain_text!(texts, "order-number", id = order.id);
        inline_button(number, Callback::OpenFrom(order.id, place))
    });
    let mut rows = in_rows_of(4, open);
    let to = |day| inline_button(day_name(texts, clock, day), Callback::ShowList(ListPlace::Day(day)));
    rows.push(day.pred_opt().into_iter().chain(day.succ_opt()).map(to).collect());
    let filter = OrderListFilter { day: Some(day), ..OrderListFilter::default() };
    rows.push(vec![
        inline_button(
            plain_text!(texts, "button-as-list"),
            Callback::ShowList(ListPlace::Orders(filter, PageNumber::FIRST)),
        ),
        inline_button(plain_text!(texts, "button-all-orders"), Callback::BackToOrders),
    ]);
    InlineKeyboardMarkup::new(rows)
}
