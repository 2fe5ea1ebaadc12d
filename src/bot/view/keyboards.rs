//! Keyboards: the reply keyboards with the labels of the wire, and the inline keyboards with typed callback data.
//!
//! Which order buttons show is asked of the status machine, never listed here a second time. A button is only an
//! offer: the use case checks the right again.

use teloxide::types::{
    ButtonRequest, InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, KeyboardButtonRequestChat,
    KeyboardMarkup, RequestId,
};

use crate::bot::callback::{
    ButtonSource, Callback, MasterCommand, MasterListFilter, MasterStep, OrderFilter, PageNumber,
};
use crate::bot::dialogue::DialogueNonce;
use crate::bot::labels::Label;
use crate::bot::view::html::shorten_text;
use crate::bot::view::names;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::equipment::Equipment;
use crate::domain::ids::{ChatId, OrderId};
use crate::domain::locale::Locale;
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::role::Roles;
use crate::domain::status::{Action, Actor, Status, allowed_actions};

/// The number that comes back with a group picked on [`pick_group`]'s keyboard.
pub(crate) const PICK_GROUP: RequestId = RequestId(1);

/// Telegram refuses a keyboard with more buttons.
const MAX_BUTTONS: usize = 100;

/// The most of a name on a button, in UTF-16 units; phones cut longer ones anyway.
const BUTTON_NAME: usize = 40;

/// The main menu: the union of what the roles offer.
pub(crate) fn main_menu(texts: &Texts, roles: Roles) -> KeyboardMarkup {
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
pub(crate) fn group_picker(texts: &Texts) -> KeyboardMarkup {
    let pick = KeyboardButton::new(plain_text!(texts, "button-pick-group")).request(
        ButtonRequest::RequestChat(KeyboardButtonRequestChat::new(PICK_GROUP, false).bot_is_member(true)),
    );
    let mut keyboard = reply_keyboard(texts, step_rows(false, true));
    keyboard.keyboard.insert(0, vec![pick]);
    keyboard
}

/// Where a question of a dialogue belongs; it comes back with the press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct QuestionId {
    /// The step, counted from 1.
    pub(crate) step: u8,
    /// The dialogue.
    pub(crate) nonce: Option<DialogueNonce>,
}

/// The buttons under a question of a dialogue.
pub(crate) fn step_buttons(
    texts: &Texts,
    place: QuestionId,
    can_go_back: bool,
    can_skip: bool,
) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new(inline_step_rows(texts, place, can_go_back, can_skip))
}

/// The kinds of equipment, to begin a new order with.
pub(crate) fn equipment_choice(texts: &Texts, place: QuestionId) -> InlineKeyboardMarkup {
    let kinds = Equipment::ALL
        .map(|kind| inline_button(names::equipment_name(texts, kind), Callback::Equipment(kind)));
    let mut rows = in_rows_of(2, kinds);
    rows.extend(inline_step_rows(texts, place, false, false));
    InlineKeyboardMarkup::new(rows)
}

/// Confirms the new order.
pub(crate) fn confirm_order(texts: &Texts, place: QuestionId) -> InlineKeyboardMarkup {
    confirm_step(texts, place, plain_text!(texts, "button-create"), Callback::ConfirmOrder(place.nonce))
}

/// Confirms the new master.
pub(crate) fn confirm_add_master(texts: &Texts, place: QuestionId) -> InlineKeyboardMarkup {
    let confirmed = Callback::ConfirmAddMaster(place.nonce);
    confirm_step(texts, place, Label::Confirm.text(texts.locale()).to_owned(), confirmed)
}

/// Yes or no to the review, in the closing dialogue.
pub(crate) fn review_choice(texts: &Texts, place: QuestionId) -> InlineKeyboardMarkup {
    let mut rows = vec![vec![
        inline_button(plain_text!(texts, "button-review-yes"), Callback::Review(true, place.nonce)),
        inline_button(plain_text!(texts, "button-review-no"), Callback::Review(false, place.nonce)),
    ]];
    rows.extend(inline_step_rows(texts, place, true, false));
    InlineKeyboardMarkup::new(rows)
}

/// Under the word that an order is created: assign it at once, view it.
pub(crate) fn order_created(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([
        [inline_button(plain_text!(texts, "button-assign"), Callback::AssignMaster(order))],
        [inline_button(plain_text!(texts, "button-view"), Callback::ViewOrder(order))],
    ])
}

/// One button that opens an order for staff, for notices.
pub(crate) fn view_order(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([[inline_button(
        plain_text!(texts, "button-view"),
        Callback::ViewOrder(order),
    )]])
}

/// The buttons under the staff's card.
pub(crate) fn staff_card(
    texts: &Texts,
    order: OrderId,
    status: Status,
    roles: Roles,
) -> InlineKeyboardMarkup {
    let buttons: Vec<_> = allowed_actions(status, Actor::by_roles(roles))
        .filter_map(|action| staff_button(texts, order, action))
        .collect();
    let mut rows = in_rows_of(2, buttons);
    rows.push(vec![inline_button(plain_text!(texts, "button-all-orders"), Callback::BackToOrders)]);
    InlineKeyboardMarkup::new(rows)
}

/// The buttons under the master's card or the assignment message; no rows when nothing is left to do.
pub(crate) fn master_card(
    texts: &Texts,
    order: OrderId,
    status: Status,
    source: ButtonSource,
) -> InlineKeyboardMarkup {
    let master = Actor { roles: Roles::none(), is_assigned_master: true };
    let buttons = allowed_actions(status, master).filter_map(|action| {
        let step = MasterStep::ALL.into_iter().find(|step| step.action() == action)?;
        let text = match (step, status) {
            (MasterStep::Accept, _) => plain_text!(texts, "button-accept"),
            (MasterStep::Decline, _) => plain_text!(texts, "button-decline"),
            (MasterStep::ArriveOnSite, Status::LongRepair) => plain_text!(texts, "button-back-on-site"),
            (MasterStep::ArriveOnSite, _) => plain_text!(texts, "button-on-site"),
            (MasterStep::LongRepair, _) => plain_text!(texts, "button-long-repair"),
            (MasterStep::Complete, _) => plain_text!(texts, "button-complete"),
        };
        Some(inline_button(text, Callback::Step { step, order, source }))
    });
    InlineKeyboardMarkup::new(in_rows_of(2, buttons))
}

/// For what a master is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AssignmentKind {
    /// For a new order.
    Assign,
    /// To take an order over.
    Reassign,
}

impl AssignmentKind {
    pub(crate) fn action(self) -> Action {
        match self {
            Self::Assign => Action::Assign,
            Self::Reassign => Action::Reassign,
        }
    }
}

/// The masters to choose from, each with the number of orders in hand. `masters` is the whole list.
pub(crate) fn master_choice(
    texts: &Texts,
    kind: AssignmentKind,
    order: OrderId,
    masters: &[(Master, i64)],
    page: PageNumber,
) -> InlineKeyboardMarkup {
    let paging = Paging::of_rows(page, masters);
    let mut rows: Vec<Vec<InlineKeyboardButton>> = paging
        .slice(masters)
        .iter()
        .map(|(master, load)| {
            let name = shorten_text(&master.name, BUTTON_NAME);
            let callback = match kind {
                AssignmentKind::Assign => Callback::SelectMaster(order, master.id),
                AssignmentKind::Reassign => Callback::SelectNewMaster(order, master.id),
            };
            vec![inline_button(format!("{name} · {}", names::active_orders(texts, *load)), callback)]
        })
        .collect();
    rows.extend(page_row(paging, |page| match kind {
        AssignmentKind::Assign => Callback::AssignPage(order, page),
        AssignmentKind::Reassign => Callback::ReassignPage(order, page),
    }));
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), Callback::ViewOrder(order))]);
    InlineKeyboardMarkup::new(rows)
}

/// The filters of all orders, with how many orders each has; a status that is not in `counts` has none.
pub(crate) fn order_filters(texts: &Texts, counts: &[(Status, i64)]) -> InlineKeyboardMarkup {
    let of = |status: Status| counts.iter().filter(|(each, _)| *each == status).map(|(_, n)| n).sum();
    let filter_button = |filter: OrderFilter, count: i64| {
        let name = names::order_filter_name(texts, filter);
        let name = match filter {
            OrderFilter::All => name,
            OrderFilter::Status(status) => format!("{} {name}", names::status_emoji(status)),
        };
        inline_button(format!("{name} ({count})"), Callback::FilterOrders(filter))
    };
    let statuses = Status::ALL.map(|status| filter_button(OrderFilter::Status(status), of(status)));
    let mut rows = vec![vec![filter_button(OrderFilter::All, counts.iter().map(|(_, n)| n).sum())]];
    rows.extend(in_rows_of(2, statuses));
    InlineKeyboardMarkup::new(rows)
}

/// The orders of a page of the staff's list, the pager, and the way back to the filters.
pub(crate) fn order_list(
    texts: &Texts,
    filter: OrderFilter,
    orders: &[Order],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let mut rows = order_buttons(texts, orders, Callback::ViewOrder);
    rows.extend(page_row(paging, |page| Callback::OrdersPage(filter, page)));
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), Callback::BackToOrders)]);
    InlineKeyboardMarkup::new(rows)
}

/// The orders of a page of the master's own list.
pub(crate) fn master_order_list(texts: &Texts, orders: &[Order], paging: Paging) -> InlineKeyboardMarkup {
    let mut rows = order_buttons(texts, orders, Callback::ViewOrderMaster);
    rows.extend(page_row(paging, Callback::MyOrdersPage));
    InlineKeyboardMarkup::new(rows)
}

/// The first screen of the masters section.
pub(crate) fn masters_menu(texts: &Texts) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([
        [inline_button(plain_text!(texts, "button-masters-all"), Callback::ListAllMasters)],
        [inline_button(plain_text!(texts, "button-masters-pending"), Callback::ListPendingMasters)],
        [inline_button(plain_text!(texts, "button-master-add"), Callback::AddMaster)],
    ])
}

/// The masters of a page of a list. `masters` is that page only.
pub(crate) fn master_list(
    texts: &Texts,
    filter: MasterListFilter,
    masters: &[(Master, i64)],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let names = masters.iter().map(|(master, _)| {
        let manage = Callback::Master(MasterCommand::Manage, master.telegram_id);
        inline_button(shorten_text(&master.name, BUTTON_NAME), manage)
    });
    let mut rows = in_rows_of(2, names);
    rows.extend(page_row(paging, |page| Callback::MastersPage(filter, page)));
    rows.push(vec![inline_button(plain_text!(texts, "button-master-add"), Callback::AddMaster)]);
    rows.push(vec![inline_button(plain_text!(texts, "button-masters-back"), Callback::BackToMasters)]);
    InlineKeyboardMarkup::new(rows)
}

/// Whose work group the bot was added to: the masters to pick from, as many as a keyboard holds; the others have the
/// button on their card.
pub(crate) fn group_master_choice(
    texts: &Texts,
    group: ChatId,
    masters: &[(Master, i64)],
) -> InlineKeyboardMarkup {
    let names = masters.iter().take(MAX_BUTTONS - 1).map(|(master, _)| {
        let pick = Callback::WorkGroup(master.telegram_id, group);
        inline_button(shorten_text(&master.name, BUTTON_NAME), pick)
    });
    let mut rows = in_rows_of(2, names);
    rows.push(vec![inline_button(plain_text!(texts, "button-masters-back"), Callback::BackToMasters)]);
    InlineKeyboardMarkup::new(rows)
}

/// What can be done with one master by somebody with these roles: letting masters in is for admins.
pub(crate) fn manage_master(texts: &Texts, master: &Master, roles: Roles) -> InlineKeyboardMarkup {
    let of = |command| Callback::Master(command, master.telegram_id);
    let mut rows = Vec::new();
    if !master.is_approved && roles.is_admin() {
        rows.push(vec![
            inline_button(plain_text!(texts, "button-approve"), of(MasterCommand::Approve)),
            inline_button(plain_text!(texts, "button-reject"), of(MasterCommand::Reject)),
        ]);
    }
    if master.is_approved {
        let switch = if master.is_active {
            inline_button(plain_text!(texts, "button-deactivate"), of(MasterCommand::Deactivate))
        } else {
            inline_button(plain_text!(texts, "button-activate"), of(MasterCommand::Activate))
        };
        rows.push(vec![switch]);
    }
    rows.push(vec![inline_button(plain_text!(texts, "button-work-group"), of(MasterCommand::SetWorkChat))]);
    rows.push(vec![inline_button(plain_text!(texts, "button-masters-back"), Callback::BackToMasters)]);
    InlineKeyboardMarkup::new(rows)
}

/// The languages to choose from.
pub(crate) fn language_choice() -> InlineKeyboardMarkup {
    let names = Locale::ALL
        .map(|locale| inline_button(names::language_name(Texts::of(locale)), Callback::Language(locale)));
    InlineKeyboardMarkup::new([names])
}

fn staff_button(texts: &Texts, order: OrderId, action: Action) -> Option<InlineKeyboardButton> {
    let (text, callback) = match action {
        Action::Assign => (plain_text!(texts, "button-assign"), Callback::AssignMaster(order)),
        Action::Reassign => (plain_text!(texts, "button-reassign"), Callback::ReassignMaster(order)),
        Action::TakeOff => (plain_text!(texts, "button-take-off"), Callback::UnassignMaster(order)),
        Action::Close => (plain_text!(texts, "button-close"), Callback::CloseOrder(order)),
        Action::Refuse => (plain_text!(texts, "button-refuse"), Callback::RefuseOrder(order)),
        Action::Reopen => (plain_text!(texts, "button-reopen"), Callback::ReopenOrder(order)),
        Action::Accept | Action::Decline | Action::ArriveOnSite | Action::StartLongRepair => {
            return None;
        }
    };
    Some(inline_button(text, callback))
}

fn confirm_step(texts: &Texts, place: QuestionId, text: String, callback: Callback) -> InlineKeyboardMarkup {
    let mut rows = vec![vec![inline_button(text, callback)]];
    rows.extend(inline_step_rows(texts, place, true, false));
    InlineKeyboardMarkup::new(rows)
}

fn order_buttons(
    texts: &Texts,
    orders: &[Order],
    view: impl Fn(OrderId) -> Callback,
) -> Vec<Vec<InlineKeyboardButton>> {
    if orders.is_empty() {
        return vec![vec![inline_button(plain_text!(texts, "button-nothing"), Callback::NoOrders)]];
    }
    let buttons = orders.iter().map(|order| {
        let number = plain_text!(texts, "order-number", id = order.id);
        inline_button(format!("{} {number}", names::status_emoji(order.status)), view(order.id))
    });
    in_rows_of(3, buttons)
}

/// Back, where one is, forward; nothing when everything is on one page.
fn page_row(paging: Paging, to: impl Fn(PageNumber) -> Callback) -> Option<Vec<InlineKeyboardButton>> {
    if paging.pages <= 1 {
        return None;
    }
    let PageNumber(page) = paging.page;
    let mut row = Vec::new();
    if page > 1 {
        row.push(inline_button("◀️", to(PageNumber(page - 1))));
    }
    row.push(inline_button(format!("{page} / {}", paging.pages), Callback::CurrentPage));
    if page < paging.pages {
        row.push(inline_button("▶️", to(PageNumber(page + 1))));
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
    QuestionId { step, nonce }: QuestionId,
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
                inline_button(label.text(texts.locale()), callback)
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

fn inline_button(text: impl Into<String>, callback: Callback) -> InlineKeyboardButton {
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

#[cfg(test)]
#[path = "keyboards_tests.rs"]
mod tests;
