//! The keyboards of lists whose rows are orders, and the way back to them.

use teloxide::types::InlineKeyboardMarkup;

use super::parts::{ButtonRows, button_names, in_rows_of, inline_button, page_row};
use crate::bot::callback::{Callback, ListPlace, OrderListFilter, PageNumber};
use crate::bot::labels::Label;
use crate::bot::view::order_rows::{closed_row, found_row, own_row, staff_row};
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, plain_text};
use crate::bot::view::visits::{LocalClock, day_name};
use crate::domain::ids::{OrderId, SearchId};
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::visibility::ClientDetails;
use crate::service::order_lists::{ClientOrders, ListedOrder};

/// Returns the orders of a page of what was found, the page row, a new order with the phone if `offers_order`, and a new search.
pub(crate) fn found_orders(
    texts: &Texts,
    search: SearchId,
    orders: &[(Order, ClientDetails)],
    paging: Paging,
    offers_order: bool,
) -> InlineKeyboardMarkup {
    let place = ListPlace::Search(search, paging.page);
    let rows = orders.iter().map(|(order, details)| (order.id, found_row(texts, order, *details)));
    let mut rows = open_rows(rows, place);
    rows.extend(page_row(paging, |page| Callback::ShowList(ListPlace::Search(search, page))));
    if offers_order {
        let text = plain_text!(texts, "button-search-new-order");
        rows.push(vec![inline_button(text, Callback::SearchNewOrder(search))]);
    }
    rows.push(vec![inline_button(plain_text!(texts, "button-search-new"), Callback::SearchNew)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the orders of a page of the staff's list, the page row, the filters and the way back.
pub(crate) fn order_list(
    texts: &Texts,
    clock: LocalClock,
    filter: OrderListFilter,
    rows: &[ListedOrder],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let place = |page| ListPlace::Orders(filter, page);
    let labels = rows.iter().map(|row| (row.order.id, staff_row(texts, clock, row, filter.status.is_none())));
    let mut rows = open_rows(labels, place(paging.page));
    rows.extend(page_row(paging, |page| Callback::ShowList(place(page))));
    let (day, master) = (filter.day.is_some(), filter.master.is_some());
    let chosen = |text: String, is_chosen| if is_chosen { format!("✔ {text}") } else { text };
    rows.push(vec![
        inline_button(chosen(plain_text!(texts, "button-pick-day"), day), Callback::PickDay(filter)),
        inline_button(
            chosen(plain_text!(texts, "button-pick-master"), master),
            Callback::PickMaster(filter, PageNumber::FIRST),
        ),
    ]);
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), Callback::BackToOrders)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the days by which a list can be filtered: yesterday, and a week from today on.
pub(crate) fn day_choice(texts: &Texts, clock: LocalClock, filter: OrderListFilter) -> InlineKeyboardMarkup {
    let today = clock.today();
    let to =
        |day| Callback::ShowList(ListPlace::Orders(OrderListFilter { day, ..filter }, PageNumber::FIRST));
    let days = today.pred_opt().into_iter().chain(today.iter_days().take(7));
    let buttons = days.map(|day| inline_button(day_name(texts, clock, day), to(Some(day))));
    let mut rows = vec![vec![inline_button(plain_text!(texts, "button-any-day"), to(None))]];
    rows.extend(in_rows_of(2, buttons));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the masters by whom a list can be filtered. `masters` is the whole list.
pub(crate) fn master_filter(
    texts: &Texts,
    filter: OrderListFilter,
    masters: &[(Master, i64)],
    page: PageNumber,
) -> InlineKeyboardMarkup {
    let paging = Paging::of_rows(page, masters);
    let to = |master| {
        Callback::ShowList(ListPlace::Orders(OrderListFilter { master, ..filter }, PageNumber::FIRST))
    };
    let names = button_names(masters);
    let buttons = paging.slice(masters).iter().zip(paging.slice(&names));
    let buttons = buttons.map(|((master, _), name)| inline_button(name, to(Some(master.id))));
    let mut rows = vec![vec![inline_button(plain_text!(texts, "button-any-master"), to(None))]];
    rows.extend(in_rows_of(2, buttons));
    rows.extend(page_row(paging, |page| Callback::PickMaster(filter, page)));
    InlineKeyboardMarkup::new(rows)
}

/// Returns a master's own open orders of a page, the page row and the closed ones.
pub(crate) fn own_order_list(
    texts: &Texts,
    clock: LocalClock,
    orders: &[Order],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let labels = orders.iter().map(|order| (order.id, own_row(texts, clock, order)));
    let mut rows = open_rows(labels, ListPlace::MyOrders(paging.page));
    rows.extend(page_row(paging, |page| Callback::ShowList(ListPlace::MyOrders(page))));
    let closed = Callback::ShowList(ListPlace::MyClosed(PageNumber::FIRST));
    rows.push(vec![inline_button(plain_text!(texts, "button-my-closed"), closed)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns a master's own closed orders of a page, the page row and the way back to the open ones.
pub(crate) fn own_closed_list(
    texts: &Texts,
    clock: LocalClock,
    orders: &[ListedOrder],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let labels = orders.iter().map(|row| (row.order.id, closed_row(texts, clock, &row.order)));
    let mut rows = open_rows(labels, ListPlace::MyClosed(paging.page));
    rows.extend(page_row(paging, |page| Callback::ShowList(ListPlace::MyClosed(page))));
    let open = Callback::ShowList(ListPlace::MyOrders(PageNumber::FIRST));
    rows.push(vec![inline_button(Label::MyOrders.text(texts.locale()), open)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the orders of a client, the page row and the way back to the order by which the client was found.
pub(crate) fn client_orders(
    texts: &Texts,
    clock: LocalClock,
    found: &ClientOrders,
    paging: Paging,
) -> InlineKeyboardMarkup {
    let order = found.order.id;
    let labels = found.rows.iter().map(|row| (row.order.id, staff_row(texts, clock, row, true)));
    let mut rows = open_rows(labels, ListPlace::Client(order, paging.page));
    rows.extend(page_row(paging, |page| Callback::ShowList(ListPlace::Client(order, page))));
    let back = plain_text!(texts, "button-back-to-order", id = order);
    rows.push(vec![inline_button(back, Callback::ViewOrder(order))]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns a button for each order, which opens it with the way back to this list.
fn open_rows(rows: impl IntoIterator<Item = (OrderId, String)>, place: ListPlace) -> ButtonRows {
    let button = |(order, text)| vec![inline_button(text, Callback::OpenFrom(order, place))];
    rows.into_iter().map(button).collect()
}

/// Replaces the way back from a card to all orders by the one to the list from which it was opened.
pub(crate) fn with_way_back(
    texts: &Texts,
    card: Option<InlineKeyboardMarkup>,
    place: ListPlace,
) -> InlineKeyboardMarkup {
    let default = inline_button("", Callback::BackToOrders).kind;
    let mut rows = card.map(|card| card.inline_keyboard).unwrap_or_default();
    for row in &mut rows {
        row.retain(|button| button.kind != default);
    }
    rows.retain(|row| !row.is_empty());
    rows.push(vec![inline_button(plain_text!(texts, "button-back-to-list"), Callback::ShowList(place))]);
    InlineKeyboardMarkup::new(rows)
}
