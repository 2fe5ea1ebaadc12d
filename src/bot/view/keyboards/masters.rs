//! The keyboards of the masters section.

use chrono::{DateTime, Utc};
use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use super::dialogue::{QuestionId, inline_step_rows};
use super::parts::{button_names, in_rows_of, inline_button, page_row};
use crate::bot::callback::{
    Callback, DayOffChoice, MasterCommand, MasterListFilter, PageNumber, PeopleButton, SettlementButton,
};
use crate::bot::labels::Label;
use crate::bot::view::order_rows::own_row;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, plain_text};
use crate::bot::view::visits::LocalClock;
use crate::domain::ids::{ChatId, TelegramId};
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::role::RoleSet;

/// Telegram refuses a keyboard with more buttons.
const MAX_BUTTONS: usize = 100;

/// Returns the buttons of the section's first screen.
pub(crate) fn masters_menu(texts: &Texts) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([
        [inline_button(plain_text!(texts, "button-masters-all"), Callback::ListAllMasters)],
        [inline_button(plain_text!(texts, "button-masters-pending"), Callback::ListPendingMasters)],
        [inline_button(
            plain_text!(texts, "button-settlement"),
            Callback::Settlement(SettlementButton::Overview(PageNumber::FIRST)),
        )],
        [add_button(texts)],
    ])
}

/// Returns the masters of a page of a list. `masters` is that page only.
pub(crate) fn master_list(
    texts: &Texts,
    filter: MasterListFilter,
    masters: &[(Master, i64)],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let mut rows = in_rows_of(
        2,
        masters.iter().zip(button_names(masters)).map(|((master, _), name)| {
            inline_button(name, Callback::Master(MasterCommand::Manage, master.telegram_id))
        }),
    );
    rows.extend(page_row(paging, |page| Callback::MastersPage(filter, page)));
    rows.push(vec![add_button(texts)]);
    rows.push(vec![back_button(texts)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the masters to link a group to, as many as a keyboard holds; the others have the button in their profile.
pub(crate) fn group_master_choice(
    texts: &Texts,
    group: ChatId,
    masters: &[(Master, i64)],
) -> InlineKeyboardMarkup {
    let mut rows =
        in_rows_of(
            2,
            masters.iter().zip(button_names(masters)).take(MAX_BUTTONS - 1).map(|((master, _), name)| {
                inline_button(name, Callback::WorkGroup(master.telegram_id, group))
            }),
        );
    rows.push(vec![back_button(texts)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the actions on one master for a user with these roles: only admins approve.
pub(crate) fn manage_master(
    texts: &Texts,
    now: DateTime<Utc>,
    master: &Master,
    roles: RoleSet,
) -> InlineKeyboardMarkup {
    let command_button =
        |text: String, command| inline_button(text, Callback::Master(command, master.telegram_id));
    let mut rows = Vec::new();
    if master.is_dismissed() && roles.is_admin() {
        rows.push(vec![command_button(plain_text!(texts, "button-take-back"), MasterCommand::Approve)]);
    } else if master.is_pending() && roles.is_admin() {
        rows.push(vec![
            command_button(plain_text!(texts, "button-approve"), MasterCommand::Approve),
            command_button(plain_text!(texts, "button-reject"), MasterCommand::Reject),
        ]);
    }
    if master.sees_orders() {
        rows.push(vec![if master.is_active {
            command_button(plain_text!(texts, "button-deactivate"), MasterCommand::Deactivate)
        } else {
            command_button(plain_text!(texts, "button-activate"), MasterCommand::Activate)
        }]);
        let over = Callback::People(PeopleButton::DayOff(master.telegram_id, DayOffChoice::Over));
        rows.push(vec![match master.day_off(now) {
            Some(_) => inline_button(plain_text!(texts, "button-day-off-over"), over),
            None => command_button(plain_text!(texts, "button-day-off"), MasterCommand::AskDayOff),
        }]);
    }
    if !master.is_dismissed() {
        rows.push(vec![command_button(plain_text!(texts, "button-work-group"), MasterCommand::SetWorkChat)]);
    }
    if master.sees_orders() && roles.is_admin() {
        rows.push(vec![
            if master.is_senior {
                command_button(plain_text!(texts, "button-not-senior"), MasterCommand::RemoveSenior)
            } else {
                command_button(plain_text!(texts, "button-senior"), MasterCommand::MakeSenior)
            },
            command_button(plain_text!(texts, "button-dismiss"), MasterCommand::AskDismissal),
        ]);
    }
    rows.push(vec![back_button(texts)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the button that opens a master's profile.
pub(crate) fn open_master(texts: &Texts, master: TelegramId) -> InlineKeyboardMarkup {
    let callback = Callback::Master(MasterCommand::Manage, master);
    InlineKeyboardMarkup::new([[inline_button(plain_text!(texts, "button-open-master"), callback)]])
}

/// Returns the question whether to dismiss a master.
pub(crate) fn confirm_dismissal(texts: &Texts, master: TelegramId) -> InlineKeyboardMarkup {
    let command_button = |text: String, command| inline_button(text, Callback::Master(command, master));
    InlineKeyboardMarkup::new([
        [command_button(plain_text!(texts, "button-confirm-dismissal"), MasterCommand::Dismiss)],
        [command_button(Label::Back.text(texts.locale()).to_owned(), MasterCommand::Manage)],
    ])
}

/// Returns the open orders of a master who is to be dismissed, each to be given to another master, and once there are none
/// the dismissal.
pub(crate) fn orders_to_hand_over(
    texts: &Texts,
    clock: LocalClock,
    master: TelegramId,
    orders: &[Order],
) -> InlineKeyboardMarkup {
    let button =
        |order: &Order| vec![inline_button(own_row(texts, clock, order), Callback::HandOverOrder(order.id))];
    let mut rows: Vec<_> = orders.iter().take(MAX_BUTTONS - 2).map(button).collect();
    let command_button = |text: String, command| inline_button(text, Callback::Master(command, master));
    if orders.is_empty() {
        rows.push(vec![command_button(plain_text!(texts, "button-dismiss"), MasterCommand::AskDismissal)]);
    }
    rows.push(vec![command_button(Label::Back.text(texts.locale()).to_owned(), MasterCommand::Manage)]);
    InlineKeyboardMarkup::new(rows)
}

/// Returns the ends of a day off to choose from, above the way out of the question.
pub(crate) fn day_off_choice(
    texts: &Texts,
    master: TelegramId,
    has_one: bool,
    id: QuestionId,
) -> InlineKeyboardMarkup {
    let over = has_one.then_some(DayOffChoice::Over);
    let choices = DayOffChoice::OFFERED.into_iter().chain(over).map(|choice| {
        let text = match choice {
            DayOffChoice::Today => plain_text!(texts, "button-day-off-today"),
            DayOffChoice::Tomorrow => plain_text!(texts, "button-day-off-tomorrow"),
            DayOffChoice::Monday => plain_text!(texts, "button-day-off-monday"),
            DayOffChoice::Week => plain_text!(texts, "button-day-off-week"),
            DayOffChoice::Over => plain_text!(texts, "button-day-off-over"),
        };
        inline_button(text, Callback::People(PeopleButton::DayOff(master, choice)))
    });
    let mut rows = in_rows_of(2, choices);
    rows.extend(inline_step_rows(texts, id, false, false));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the button that ends the day off that a master has.
pub(crate) fn day_off_set(texts: &Texts, master: &Master, now: DateTime<Utc>) -> InlineKeyboardMarkup {
    let over = Callback::People(PeopleButton::DayOff(master.telegram_id, DayOffChoice::Over));
    let button = inline_button(plain_text!(texts, "button-day-off-over"), over);
    InlineKeyboardMarkup::new(master.day_off(now).map(|_| vec![button]))
}

/// Returns the button that asks for a master's work group again.
pub(crate) fn link_again(texts: &Texts, master: TelegramId) -> InlineKeyboardMarkup {
    let callback = Callback::Master(MasterCommand::SetWorkChat, master);
    InlineKeyboardMarkup::new([[inline_button(plain_text!(texts, "button-work-group"), callback)]])
}

/// Returns the offer to link a group to the master who added the bot to it.
pub(crate) fn link_own_group(texts: &Texts, master: TelegramId, group: ChatId) -> InlineKeyboardMarkup {
    let callback = Callback::WorkGroup(master, group);
    InlineKeyboardMarkup::new([[inline_button(plain_text!(texts, "button-link-group"), callback)]])
}

fn add_button(texts: &Texts) -> InlineKeyboardButton {
    inline_button(plain_text!(texts, "button-master-add"), Callback::AddMaster)
}

fn back_button(texts: &Texts) -> InlineKeyboardButton {
    inline_button(plain_text!(texts, "button-masters-back"), Callback::BackToMasters)
}
