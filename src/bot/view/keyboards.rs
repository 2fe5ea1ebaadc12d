//! Keyboards: the reply keyboards with the labels of the wire, and the inline keyboards with typed callback data.
//!
//! Which order buttons show is asked of the status machine, never listed here a second time. A button is only an
//! offer: the use case checks the right again.

use teloxide::types::{
    ButtonRequest, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, KeyboardButtonRequestChat,
    KeyboardMarkup, RequestId,
};

use crate::bot::callback::{Callback, MasterCommand, MasterFilter, MasterStep, OrderFilter, Page, Source};
use crate::bot::dialogue::Nonce;
use crate::bot::labels::Label;
use crate::bot::view::html::shorten;
use crate::bot::view::lists::Paging;
use crate::bot::view::text::{Texts, plain};
use crate::bot::view::words;
use crate::domain::equipment::Equipment;
use crate::domain::ids::{ChatId, OrderId};
use crate::domain::locale::Locale;
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::role::Roles;
use crate::domain::status::{Action, Actor, Status, allowed_actions};

/// The number that comes back with a group picked on [`pick_group`]'s keyboard.
pub const PICK_GROUP: RequestId = RequestId(1);

/// Telegram refuses a keyboard with more buttons.
const MAX_BUTTONS: usize = 100;

/// The most of a name on a button, in UTF-16 units; phones cut longer ones anyway.
const BUTTON_NAME: usize = 40;

/// The main menu: the union of what the roles offer.
#[must_use]
pub fn main_menu(texts: &Texts, roles: Roles) -> KeyboardMarkup {
    let mut labels = Vec::new();
    if roles.is_staff() {
        labels.extend([Label::AllOrders, Label::CreateOrder, Label::Masters, Label::Reports]);
    }
    if roles.is_master() {
        labels.extend([Label::MyOrders, Label::MyStatistics]);
    }
    if roles.is_admin() {
        labels.push(Label::Users);
    }
    if roles.is_unknown() {
        labels.extend([Label::Information, Label::Contact]);
    } else {
        labels.push(Label::Settings);
    }
    reply_keyboard(texts, labels.chunks(2).map(<[Label]>::to_vec)).persistent()
}

/// The keys to pick a work group with; a group can only be picked on a reply keyboard. Skipping means the private chat.
#[must_use]
pub fn pick_group(texts: &Texts) -> KeyboardMarkup {
    let pick = KeyboardButton::new(plain!(texts, "button-pick-group")).request(ButtonRequest::RequestChat(
        KeyboardButtonRequestChat::new(PICK_GROUP, false).bot_is_member(true),
    ));
    let mut keyboard = reply_keyboard(texts, step_rows(false, true));
    keyboard.keyboard.insert(0, vec![pick]);
    keyboard
}

/// Where a question of a dialogue belongs; it comes back with the press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The step, counted from 1.
    pub step: u8,
    /// The dialogue.
    pub nonce: Option<Nonce>,
}

/// The buttons under a question of a dialogue.
#[must_use]
pub fn step_buttons(texts: &Texts, place: Place, can_go_back: bool, can_skip: bool) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new(inline_step_rows(texts, place, can_go_back, can_skip))
}

/// The kinds of equipment, to begin a new order with.
#[must_use]
pub fn equipment(texts: &Texts, place: Place) -> InlineKeyboardMarkup {
    let kinds = Equipment::ALL.map(|kind| button(words::equipment(texts, kind), Callback::Equipment(kind)));
    let mut rows = in_rows_of(2, kinds);
    rows.extend(inline_step_rows(texts, place, false, false));
    InlineKeyboardMarkup::new(rows)
}

/// Confirms the new order.
#[must_use]
pub fn confirm_order(texts: &Texts, place: Place) -> InlineKeyboardMarkup {
    confirm(texts, place, plain!(texts, "button-create"), Callback::ConfirmOrder(place.nonce))
}

/// Confirms the new master.
#[must_use]
pub fn confirm_add_master(texts: &Texts, place: Place) -> InlineKeyboardMarkup {
    let confirmed = Callback::ConfirmAddMaster(place.nonce);
    confirm(texts, place, Label::Confirm.text(texts.locale()).to_owned(), confirmed)
}

/// Yes or no to the review, in the closing dialogue.
#[must_use]
pub fn review(texts: &Texts, place: Place) -> InlineKeyboardMarkup {
    let mut rows = vec![vec![
        button(plain!(texts, "button-review-yes"), Callback::Review(true, place.nonce)),
        button(plain!(texts, "button-review-no"), Callback::Review(false, place.nonce)),
    ]];
    rows.extend(inline_step_rows(texts, place, true, false));
    InlineKeyboardMarkup::new(rows)
}

/// Under the word that an order is created: assign it at once, view it.
#[must_use]
pub fn order_created(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([
        [button(plain!(texts, "button-assign"), Callback::AssignMaster(order))],
        [button(plain!(texts, "button-view"), Callback::ViewOrder(order))],
    ])
}

/// One button that opens an order for staff, for notices.
#[must_use]
pub fn view_order(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([[button(plain!(texts, "button-view"), Callback::ViewOrder(order))]])
}

/// The buttons under the staff's card.
#[must_use]
pub fn staff_order(texts: &Texts, order: OrderId, status: Status, roles: Roles) -> InlineKeyboardMarkup {
    let buttons: Vec<_> = allowed_actions(status, Actor::by_roles(roles))
        .filter_map(|action| staff_button(texts, order, action))
        .collect();
    let mut rows = in_rows_of(2, buttons);
    rows.push(vec![button(plain!(texts, "button-all-orders"), Callback::BackToOrders)]);
    InlineKeyboardMarkup::new(rows)
}

/// The buttons under the master's card or the assignment message; no rows when nothing is left to do.
#[must_use]
pub fn master_order(texts: &Texts, order: OrderId, status: Status, source: Source) -> InlineKeyboardMarkup {
    let master = Actor { roles: Roles::none(), is_assigned_master: true };
    let buttons = allowed_actions(status, master).filter_map(|action| {
        let step = MasterStep::ALL.into_iter().find(|step| step.action() == action)?;
        let text = match (step, status) {
            (MasterStep::Accept, _) => plain!(texts, "button-accept"),
            (MasterStep::Decline, _) => plain!(texts, "button-decline"),
            (MasterStep::ArriveOnSite, Status::LongRepair) => plain!(texts, "button-back-on-site"),
            (MasterStep::ArriveOnSite, _) => plain!(texts, "button-on-site"),
            (MasterStep::LongRepair, _) => plain!(texts, "button-long-repair"),
            (MasterStep::Complete, _) => plain!(texts, "button-complete"),
        };
        Some(button(text, Callback::Step { step, order, source }))
    });
    InlineKeyboardMarkup::new(in_rows_of(2, buttons))
}

/// For what a master is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// For a new order.
    Assign,
    /// To take an order over.
    Reassign,
}

/// The masters to choose from, each with the number of orders in hand. `masters` is the whole list.
#[must_use]
pub fn choose_master(
    texts: &Texts,
    choice: Choice,
    order: OrderId,
    masters: &[(Master, i64)],
    page: Page,
) -> InlineKeyboardMarkup {
    let paging = Paging::new(page, count(masters));
    let mut rows: Vec<Vec<InlineKeyboardButton>> = paging
        .slice(masters)
        .iter()
        .map(|(master, load)| {
            let name = shorten(&master.name, BUTTON_NAME);
            let callback = match choice {
                Choice::Assign => Callback::SelectMaster(order, master.id),
                Choice::Reassign => Callback::SelectNewMaster(order, master.id),
            };
            vec![button(format!("{name} · {}", words::load(texts, *load)), callback)]
        })
        .collect();
    rows.extend(pager(paging, |page| match choice {
        Choice::Assign => Callback::AssignPage(order, page),
        Choice::Reassign => Callback::ReassignPage(order, page),
    }));
    rows.push(vec![button(Label::Back.text(texts.locale()), Callback::ViewOrder(order))]);
    InlineKeyboardMarkup::new(rows)
}

/// The filters of all orders, with how many orders each has; a status that is not in `counts` has none.
#[must_use]
pub fn order_filters(texts: &Texts, counts: &[(Status, i64)]) -> InlineKeyboardMarkup {
    let of = |status: Status| counts.iter().filter(|(each, _)| *each == status).map(|(_, n)| n).sum();
    let filter_button = |filter: OrderFilter, count: i64| {
        let name = words::order_filter(texts, filter);
        let name = match filter {
            OrderFilter::All => name,
            OrderFilter::Status(status) => format!("{} {name}", words::status_emoji(status)),
        };
        button(format!("{name} ({count})"), Callback::FilterOrders(filter))
    };
    let statuses = Status::ALL.map(|status| filter_button(OrderFilter::Status(status), of(status)));
    let mut rows = vec![vec![filter_button(OrderFilter::All, counts.iter().map(|(_, n)| n).sum())]];
    rows.extend(in_rows_of(2, statuses));
    InlineKeyboardMarkup::new(rows)
}

/// The orders of a page of the staff's list, the pager, and the way back to the filters.
#[must_use]
pub fn orders(texts: &Texts, filter: OrderFilter, orders: &[Order], paging: Paging) -> InlineKeyboardMarkup {
    let mut rows = order_buttons(texts, orders, Callback::ViewOrder);
    rows.extend(pager(paging, |page| Callback::OrdersPage(filter, page)));
    rows.push(vec![button(Label::Back.text(texts.locale()), Callback::BackToOrders)]);
    InlineKeyboardMarkup::new(rows)
}

/// The orders of a page of the master's own list.
#[must_use]
pub fn my_orders(texts: &Texts, orders: &[Order], paging: Paging) -> InlineKeyboardMarkup {
    let mut rows = order_buttons(texts, orders, Callback::ViewOrderMaster);
    rows.extend(pager(paging, Callback::MyOrdersPage));
    InlineKeyboardMarkup::new(rows)
}

/// The first screen of the masters section.
#[must_use]
pub fn masters_menu(texts: &Texts) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([
        [button(plain!(texts, "button-masters-all"), Callback::ListAllMasters)],
        [button(plain!(texts, "button-masters-pending"), Callback::ListPendingMasters)],
        [button(plain!(texts, "button-master-add"), Callback::AddMaster)],
    ])
}

/// The masters of a page of a list. `masters` is that page only.
#[must_use]
pub fn masters(
    texts: &Texts,
    filter: MasterFilter,
    masters: &[(Master, i64)],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let names = masters.iter().map(|(master, _)| {
        let manage = Callback::Master(MasterCommand::Manage, master.telegram_id);
        button(shorten(&master.name, BUTTON_NAME), manage)
    });
    let mut rows = in_rows_of(2, names);
    rows.extend(pager(paging, |page| Callback::MastersPage(filter, page)));
    rows.push(vec![button(plain!(texts, "button-master-add"), Callback::AddMaster)]);
    rows.push(vec![button(plain!(texts, "button-masters-back"), Callback::BackToMasters)]);
    InlineKeyboardMarkup::new(rows)
}

/// Whose work group the bot was added to: the masters to pick from, as many as a keyboard holds; the others have the
/// button on their card.
#[must_use]
pub fn whose_group(texts: &Texts, group: ChatId, masters: &[(Master, i64)]) -> InlineKeyboardMarkup {
    let names = masters.iter().take(MAX_BUTTONS - 1).map(|(master, _)| {
        let pick = Callback::WorkGroup(master.telegram_id, group);
        button(shorten(&master.name, BUTTON_NAME), pick)
    });
    let mut rows = in_rows_of(2, names);
    rows.push(vec![button(plain!(texts, "button-masters-back"), Callback::BackToMasters)]);
    InlineKeyboardMarkup::new(rows)
}

/// What can be done with one master by somebody with these roles: letting masters in is for admins.
#[must_use]
pub fn manage_master(texts: &Texts, master: &Master, roles: Roles) -> InlineKeyboardMarkup {
    let of = |command| Callback::Master(command, master.telegram_id);
    let mut rows = Vec::new();
    if !master.is_approved && roles.is_admin() {
        rows.push(vec![
            button(plain!(texts, "button-approve"), of(MasterCommand::Approve)),
            button(plain!(texts, "button-reject"), of(MasterCommand::Reject)),
        ]);
    }
    if master.is_approved {
        let switch = if master.is_active {
            button(plain!(texts, "button-deactivate"), of(MasterCommand::Deactivate))
        } else {
            button(plain!(texts, "button-activate"), of(MasterCommand::Activate))
        };
        rows.push(vec![switch]);
    }
    rows.push(vec![button(plain!(texts, "button-work-group"), of(MasterCommand::SetWorkChat))]);
    rows.push(vec![button(plain!(texts, "button-masters-back"), Callback::BackToMasters)]);
    InlineKeyboardMarkup::new(rows)
}

/// The languages to choose from.
#[must_use]
pub fn languages() -> InlineKeyboardMarkup {
    let names =
        Locale::ALL.map(|locale| button(words::language(Texts::of(locale)), Callback::Language(locale)));
    InlineKeyboardMarkup::new([names])
}

fn staff_button(texts: &Texts, order: OrderId, action: Action) -> Option<InlineKeyboardButton> {
    let (text, callback) = match action {
        Action::Assign => (plain!(texts, "button-assign"), Callback::AssignMaster(order)),
        Action::Reassign => (plain!(texts, "button-reassign"), Callback::ReassignMaster(order)),
        Action::TakeOff => (plain!(texts, "button-take-off"), Callback::UnassignMaster(order)),
        Action::Close => (plain!(texts, "button-close"), Callback::CloseOrder(order)),
        Action::Refuse => (plain!(texts, "button-refuse"), Callback::RefuseOrder(order)),
        Action::Reopen => (plain!(texts, "button-reopen"), Callback::ReopenOrder(order)),
        Action::Accept | Action::Decline | Action::ArriveOnSite | Action::StartLongRepair => {
            return None;
        }
    };
    Some(button(text, callback))
}

fn confirm(texts: &Texts, place: Place, text: String, callback: Callback) -> InlineKeyboardMarkup {
    let mut rows = vec![vec![button(text, callback)]];
    rows.extend(inline_step_rows(texts, place, true, false));
    InlineKeyboardMarkup::new(rows)
}

fn order_buttons(
    texts: &Texts,
    orders: &[Order],
    view: impl Fn(OrderId) -> Callback,
) -> Vec<Vec<InlineKeyboardButton>> {
    if orders.is_empty() {
        return vec![vec![button(plain!(texts, "button-nothing"), Callback::NoOrders)]];
    }
    let buttons = orders.iter().map(|order| {
        let number = plain!(texts, "order-number", id = order.id);
        button(format!("{} {number}", words::status_emoji(order.status)), view(order.id))
    });
    in_rows_of(3, buttons)
}

/// Back, where one is, forward; nothing when everything is on one page.
fn pager(paging: Paging, to: impl Fn(Page) -> Callback) -> Option<Vec<InlineKeyboardButton>> {
    if paging.pages <= 1 {
        return None;
    }
    let Page(page) = paging.page;
    let mut row = Vec::new();
    if page > 1 {
        row.push(button("◀️", to(Page(page - 1))));
    }
    row.push(button(format!("{page} / {}", paging.pages), Callback::CurrentPage));
    if page < paging.pages {
        row.push(button("▶️", to(Page(page + 1))));
    }
    Some(row)
}

fn step_rows(can_go_back: bool, can_skip: bool) -> Vec<Vec<Label>> {
    let mut first = Vec::new();
    if can_go_back {
        first.push(Label::Back);
    }
    if can_skip {
        first.push(Label::Skip);
    }
    let mut rows = vec![first, vec![Label::Cancel]];
    rows.retain(|row| !row.is_empty());
    rows
}

fn inline_step_rows(
    texts: &Texts,
    Place { step, nonce }: Place,
    can_go_back: bool,
    can_skip: bool,
) -> Vec<Vec<InlineKeyboardButton>> {
    let labels = |row: Vec<Label>| {
        row.into_iter()
            .map(|label| {
                let callback = match label {
                    Label::Back => Callback::DialogBack(step, nonce),
                    Label::Skip => Callback::DialogSkip(step, nonce),
                    _ => Callback::Cancel(nonce),
                };
                button(label.text(texts.locale()), callback)
            })
            .collect()
    };
    step_rows(can_go_back, can_skip).into_iter().map(labels).collect()
}

fn reply_keyboard(texts: &Texts, rows: impl IntoIterator<Item = Vec<Label>>) -> KeyboardMarkup {
    let locale = texts.locale();
    let rows = rows
        .into_iter()
        .map(|row| row.into_iter().map(|label| KeyboardButton::new(label.text(locale))).collect::<Vec<_>>());
    KeyboardMarkup::new(rows).resize_keyboard()
}

fn button(text: impl Into<String>, callback: Callback) -> InlineKeyboardButton {
    InlineKeyboardButton::callback(text, callback.encode())
}

fn in_rows_of(
    width: usize,
    buttons: impl IntoIterator<Item = InlineKeyboardButton>,
) -> Vec<Vec<InlineKeyboardButton>> {
    let mut rows: Vec<Vec<InlineKeyboardButton>> = Vec::new();
    for next in buttons {
        match rows.last_mut() {
            Some(row) if row.len() < width => row.push(next),
            _ => rows.push(vec![next]),
        }
    }
    rows
}

fn count<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "keyboards_tests.rs"]
mod tests;
