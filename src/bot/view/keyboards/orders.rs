//! The keyboards of orders and of lists of orders.

use chrono::NaiveDate;
use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use super::order_changes::staff_extra_buttons;
use super::parts::{ButtonRows, button_names, in_rows_of, inline_button, page_row};
use crate::bot::callback::{ButtonSource, Callback, ListPlace, MasterStep, OrderFilter, PageNumber};
use crate::bot::labels::Label;
use crate::bot::view::names;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::master::Master;
use crate::domain::role::RoleSet;
use crate::domain::status::{OrderAction, OrderActor, OrderStatus, allowed_actions};

/// Returns the buttons under the notice that an order is created: assign it at once, view it.
pub(crate) fn order_created(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([
        [inline_button(plain_text!(texts, "button-assign"), Callback::AssignMaster(order))],
        [inline_button(plain_text!(texts, "button-open-order"), Callback::ViewOrder(order))],
    ])
}

/// Returns the buttons under a notice that an order lost its master; the notice with its reason stays when the order is opened.
pub(crate) fn order_freed(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([
        [inline_button(plain_text!(texts, "button-assign"), Callback::AssignMaster(order))],
        [inline_button(plain_text!(texts, "button-open-order"), Callback::OpenOrder(order))],
    ])
}

/// Returns the button under an answer to staff that opens the order in its place.
pub(crate) fn view_order(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([[inline_button(
        plain_text!(texts, "button-open-order"),
        Callback::ViewOrder(order),
    )]])
}

/// Returns the button under a notice to staff that opens the order in a new message, so that the notice stays.
pub(crate) fn open_order(texts: &Texts, order: OrderId) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([[inline_button(
        plain_text!(texts, "button-open-order"),
        Callback::OpenOrder(order),
    )]])
}

/// Returns the data of a button with which staff open an order in a new message.
pub(crate) fn open_order_data(order: OrderId) -> String {
    Callback::OpenOrder(order).encode()
}

/// Returns the data of a button with which a master opens an order in a new message.
pub(crate) fn view_master_order_data(order: OrderId) -> String {
    Callback::ViewOrderMaster(order).encode()
}

/// The actions on the first screen of the staff's card, the next likely step of the master first.
const FIRST_ACTIONS: [OrderAction; 9] = [
    OrderAction::Assign,
    OrderAction::Accept,
    OrderAction::ArriveOnSite,
    OrderAction::RemindOfClient,
    OrderAction::Reschedule,
    OrderAction::Reassign,
    OrderAction::Close,
    OrderAction::Refuse,
    OrderAction::Reopen,
];

/// The actions behind `⋯ More`.
const MORE_ACTIONS: [OrderAction; 4] =
    [OrderAction::Close, OrderAction::Decline, OrderAction::StartLongRepair, OrderAction::TakeOff];

/// Returns the buttons under the staff's card: few, since it is opened all day. What is needed seldom is in
/// [`staff_card_more`], which `⋯ More` ([`Callback::MoreActions`]) shows in their place.
pub(crate) fn staff_card(
    texts: &Texts,
    order: OrderId,
    status: OrderStatus,
    roles: RoleSet,
) -> InlineKeyboardMarkup {
    let first = FIRST_ACTIONS.into_iter().filter(|action| is_on_first_screen(*action, status));
    let mut rows = in_rows_of(2, action_buttons(texts, order, status, roles, first));
    rows.push(vec![
        inline_button(plain_text!(texts, "button-more"), Callback::MoreActions(order)),
        inline_button(plain_text!(texts, "button-all-orders"), Callback::BackToOrders),
    ]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the buttons of the staff's card that the first screen lacks, and the way back to it. A new button goes to the end
/// of `buttons`; every status has the way back, so the keyboard is never empty.
pub(crate) fn staff_card_more(
    texts: &Texts,
    order: OrderId,
    status: OrderStatus,
    roles: RoleSet,
) -> InlineKeyboardMarkup {
    let more = MORE_ACTIONS.into_iter().filter(|action| !is_on_first_screen(*action, status));
    let mut buttons: Vec<_> = action_buttons(texts, order, status, roles, more).collect();
    buttons.extend(staff_extra_buttons(texts, order, status, roles));
    buttons.push(inline_button(plain_text!(texts, "button-client-orders"), Callback::Client(order)));
    let mut rows = in_rows_of(2, buttons);
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), Callback::ViewOrder(order))]);
    InlineKeyboardMarkup::new(rows)
}

/// A new order is seldom closed at once.
fn is_on_first_screen(action: OrderAction, status: OrderStatus) -> bool {
    FIRST_ACTIONS.contains(&action) && !(action == OrderAction::Close && status == OrderStatus::New)
}

/// Returns the buttons of those actions that are possible.
fn action_buttons(
    texts: &Texts,
    order: OrderId,
    status: OrderStatus,
    roles: RoleSet,
    actions: impl Iterator<Item = OrderAction>,
) -> impl Iterator<Item = InlineKeyboardButton> {
    let allowed: Vec<_> = allowed_actions(status, OrderActor::by_roles(roles)).collect();
    let possible = actions.filter(move |action| allowed.contains(action));
    possible.filter_map(move |action| staff_button(texts, order, status, action))
}

fn staff_button(
    texts: &Texts,
    order: OrderId,
    status: OrderStatus,
    action: OrderAction,
) -> Option<InlineKeyboardButton> {
    let for_master = |step| Callback::Step { step, order, source: ButtonSource::StaffCard };
    let (text, callback) = match action {
        OrderAction::Assign => (plain_text!(texts, "button-assign"), Callback::AssignMaster(order)),
        OrderAction::Reassign => (plain_text!(texts, "button-reassign"), Callback::ReassignMaster(order)),
        OrderAction::TakeOff => (plain_text!(texts, "button-unassign"), Callback::UnassignMaster(order)),
        OrderAction::Close => (plain_text!(texts, "button-close"), Callback::CloseOrder(order)),
        OrderAction::Refuse => (plain_text!(texts, "button-refuse"), Callback::RefuseOrder(order)),
        OrderAction::Reopen => (plain_text!(texts, "button-reopen"), Callback::ReopenOrder(order)),
        OrderAction::Accept => (plain_text!(texts, "button-master-accepted"), for_master(MasterStep::Accept)),
        OrderAction::Decline => {
            (plain_text!(texts, "button-master-declined"), for_master(MasterStep::Decline))
        }
        OrderAction::ArriveOnSite if status == OrderStatus::LongRepair => {
            (plain_text!(texts, "button-master-back-on-site"), for_master(MasterStep::ArriveOnSite))
        }
        OrderAction::ArriveOnSite => {
            (plain_text!(texts, "button-master-on-site"), for_master(MasterStep::ArriveOnSite))
        }
        OrderAction::StartLongRepair => {
            (plain_text!(texts, "button-long-repair"), for_master(MasterStep::LongRepair))
        }
        OrderAction::Reschedule => {
            (plain_text!(texts, "button-reschedule"), Callback::RescheduleOrder(order, ButtonSource::OwnChat))
        }
        OrderAction::RemindOfClient => {
            (plain_text!(texts, "button-client-waiting"), Callback::ClientWaiting(order))
        }
        // Staff take the master off, and refuse the order.
        OrderAction::HandBack | OrderAction::ClientDecline => return None,
    };
    Some(inline_button(text, callback))
}

/// Returns the buttons under the master's card or the assignment message; no rows when no action is possible.
pub(crate) fn master_card(
    texts: &Texts,
    order: OrderId,
    status: OrderStatus,
    source: ButtonSource,
) -> InlineKeyboardMarkup {
    let master = OrderActor { roles: RoleSet::none(), is_assigned_master: true };
    let buttons = allowed_actions(status, master).filter_map(|action| {
        let step = MasterStep::ALL.into_iter().find(|step| step.action() == action)?;
        let text = match (step, status) {
            (MasterStep::Accept, _) => plain_text!(texts, "button-accept"),
            (MasterStep::Decline, _) => plain_text!(texts, "button-decline"),
            (MasterStep::ArriveOnSite, OrderStatus::LongRepair) => plain_text!(texts, "button-back-on-site"),
            (MasterStep::ArriveOnSite, _) => plain_text!(texts, "button-on-site"),
            (MasterStep::LongRepair, _) => plain_text!(texts, "button-long-repair"),
            (MasterStep::Complete, _) => plain_text!(texts, "button-close"),
            (MasterStep::HandBack, _) => plain_text!(texts, "button-hand-back"),
            (MasterStep::ClientDecline, _) => plain_text!(texts, "button-client-declined"),
        };
        Some(inline_button(text, Callback::Step { step, order, source }))
    });
    // A master who has not accepted yet knows no client.
    let can_move = status.has_master() && status != OrderStatus::Assigned;
    let callback = Callback::RescheduleOrder(order, source);
    let reschedule = can_move.then(|| inline_button(plain_text!(texts, "button-reschedule"), callback));
    InlineKeyboardMarkup::new(in_rows_of(2, buttons.chain(reschedule)))
}

/// Whether a master is chosen for a new order or to replace another master.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AssignmentKind {
    Assign,
    Reassign,
    /// The order of a master who is to be dismissed.
    HandOver,
}

impl AssignmentKind {
    pub(crate) fn action(self) -> OrderAction {
        match self {
            Self::Assign => OrderAction::Assign,
            Self::Reassign | Self::HandOver => OrderAction::Reassign,
        }
    }
}

/// Returns the masters to choose from, each with the number of active orders and of visits on the order's day. `masters` is
/// the whole list; `back` leads elsewhere than to the order.
pub(crate) fn master_choice(
    texts: &Texts,
    kind: AssignmentKind,
    order: OrderId,
    masters: &[(Master, i64)],
    visits: &[(MasterId, i64)],
    page: PageNumber,
    back: Option<Callback>,
) -> InlineKeyboardMarkup {
    let paging = Paging::of_rows(page, masters);
    let names = button_names(masters);
    let master_row = |((master, active), name): (&(Master, i64), &String)| {
        let callback = match kind {
            AssignmentKind::Assign => Callback::SelectMaster(order, master.id),
            AssignmentKind::Reassign => Callback::SelectNewMaster(order, master.id),
            AssignmentKind::HandOver => Callback::HandOverTo(order, master.id),
        };
        let mut text = format!("{name} · {}", names::active_orders(texts, *active));
        if let Some((_, count)) = visits.iter().find(|(id, _)| *id == master.id) {
            text = format!("{text} · {}", plain_text!(texts, "master-day-visits", count = *count));
        }
        vec![inline_button(text, callback)]
    };
    let mut rows: ButtonRows =
        paging.slice(masters).iter().zip(paging.slice(&names)).map(master_row).collect();
    rows.extend(page_row(paging, |page| match kind {
        AssignmentKind::Assign => Callback::AssignPage(order, page),
        AssignmentKind::Reassign => Callback::ReassignPage(order, page),
        AssignmentKind::HandOver => Callback::HandOverPage(order, page),
    }));
    let back = back.unwrap_or(Callback::ViewOrder(order));
    rows.push(vec![inline_button(Label::Back.text(texts.locale()), back)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the filters of all orders with the number of orders in each; a status missing in `counts` has none.
pub(crate) fn order_filters(
    texts: &Texts,
    counts: &[(OrderStatus, i64)],
    today: NaiveDate,
) -> InlineKeyboardMarkup {
    let filter_button = |filter: OrderFilter| {
        let name = names::order_filter_name(texts, filter);
        let (name, counted): (_, i64) = match filter {
            OrderFilter::All => (name, counts.iter().map(|(_, count)| count).sum()),
            OrderFilter::Status(status) => (
                format!("{} {name}", names::status_emoji(status)),
                counts.iter().filter(|(each, _)| *each == status).map(|(_, count)| count).sum(),
            ),
        };
        let counted = names::listed_number(counted);
        inline_button(format!("{name} ({counted})"), Callback::FilterOrders(filter))
    };
    let mut rows = vec![vec![filter_button(OrderFilter::All)]];
    rows.extend(in_rows_of(2, OrderStatus::ALL.map(OrderFilter::Status).map(filter_button)));
    rows.push(vec![
        inline_button(plain_text!(texts, "button-day-plan"), Callback::ShowList(ListPlace::Day(today))),
        inline_button(Label::Search.text(texts.locale()), Callback::SearchNew),
    ]);
    InlineKeyboardMarkup::new(rows)
}
