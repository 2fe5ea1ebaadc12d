//! The keyboards of the masters section.

use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use super::parts::{button_names, in_rows_of, inline_button, page_row};
use crate::bot::callback::{Callback, MasterCommand, MasterListFilter};
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::ids::{ChatId, TelegramId};
use crate::domain::master::Master;
use crate::domain::role::RoleSet;

/// Telegram refuses a keyboard with more buttons.
const MAX_BUTTONS: usize = 100;

/// Returns the buttons of the section's first screen.
pub(crate) fn masters_menu(texts: &Texts) -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([
        [inline_button(plain_text!(texts, "button-masters-all"), Callback::ListAllMasters)],
        [inline_button(plain_text!(texts, "button-masters-pending"), Callback::ListPendingMasters)],
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
pub(crate) fn manage_master(texts: &Texts, master: &Master, roles: RoleSet) -> InlineKeyboardMarkup {
    let command_button =
        |text: String, command| inline_button(text, Callback::Master(command, master.telegram_id));
    let mut rows = Vec::new();
    if !master.sees_orders() && roles.is_admin() {
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
    }
    rows.push(vec![command_button(plain_text!(texts, "button-work-group"), MasterCommand::SetWorkChat)]);
    rows.push(vec![back_button(texts)]);
    InlineKeyboardMarkup::new(rows)
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
