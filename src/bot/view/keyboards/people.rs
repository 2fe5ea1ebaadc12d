//! The keyboards of the users section.

use teloxide::types::{InlineKeyboardButton, InlineKeyboardMarkup};

use super::parts::{in_rows_of, inline_button, page_row};
use crate::bot::callback::{Callback, MasterCommand, PageNumber, PeopleButton};
use crate::bot::view::html::shorten_text;
use crate::bot::view::names;
use crate::bot::view::paging::Paging;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::ids::{SearchId, TelegramId};
use crate::domain::role::Role;
use crate::domain::user::User;
use crate::service::people::UserView;

/// The most of a name on a button, in UTF-16 units.
const BUTTON_NAME: usize = 30;

fn people_button(text: String, button: PeopleButton) -> InlineKeyboardButton {
    inline_button(text, Callback::People(button))
}

/// Returns the users of a page, the other pages and the filters. `users` is that page only.
pub(crate) fn user_list(
    texts: &Texts,
    filter: Option<Role>,
    users: &[User],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let mut rows = user_rows(texts, users);
    rows.extend(page_row(paging, |page| Callback::People(PeopleButton::List(filter, page))));
    rows.extend(list_ways(texts, filter));
    InlineKeyboardMarkup::new(rows)
}

/// Returns the users of a page of a search, the other pages and the ways to the lists.
pub(crate) fn found_users(
    texts: &Texts,
    search: SearchId,
    users: &[User],
    paging: Paging,
) -> InlineKeyboardMarkup {
    let mut rows = user_rows(texts, users);
    rows.extend(page_row(paging, |page| Callback::People(PeopleButton::Found(search, page))));
    rows.extend(list_ways(texts, None));
    InlineKeyboardMarkup::new(rows)
}

fn user_rows(texts: &Texts, users: &[User]) -> Vec<Vec<InlineKeyboardButton>> {
    let open = users.iter().map(|user| {
        let name = shorten_text(&user.display_name(), BUTTON_NAME);
        let text = format!("{name} · {}", names::role_names(texts, user.roles));
        vec![people_button(text, PeopleButton::Show(user.telegram_id))]
    });
    open.collect()
}

/// Returns the other filters of the list and the search.
fn list_ways(texts: &Texts, filter: Option<Role>) -> Vec<Vec<InlineKeyboardButton>> {
    let filters = std::iter::once(None).chain(Role::ALL.map(Some)).filter(|other| *other != filter);
    let filters = filters.map(|other| {
        people_button(names::role_filter_name(texts, other), PeopleButton::List(other, PageNumber::FIRST))
    });
    let mut rows = in_rows_of(2, filters);
    rows.push(vec![people_button(plain_text!(texts, "button-find-user"), PeopleButton::Find)]);
    rows
}

/// Returns what an administrator can do with a user. `own` is the administrator, who keeps that role.
pub(crate) fn user_card(texts: &Texts, seen: &UserView, own: TelegramId) -> InlineKeyboardMarkup {
    let id = seen.user.telegram_id;
    let mut rows = Vec::new();
    for role in [Role::Admin, Role::Dispatcher] {
        let name = names::role_name(texts, role);
        if !seen.user.roles.has(role) {
            let text = plain_text!(texts, "button-grant-role", role = name);
            rows.push(vec![people_button(text, PeopleButton::Grant(id, role))]);
        } else if role != Role::Admin || id != own {
            let text = plain_text!(texts, "button-revoke-role", role = name);
            rows.push(vec![people_button(text, PeopleButton::Revoke(id, role))]);
        }
    }
    let as_master = match &seen.master {
        Some(_) => inline_button(
            plain_text!(texts, "button-open-master"),
            Callback::Master(MasterCommand::Manage, id),
        ),
        None => people_button(plain_text!(texts, "button-make-master"), PeopleButton::MakeMaster(id)),
    };
    rows.push(vec![as_master]);
    rows.push(vec![people_button(
        plain_text!(texts, "button-users-back"),
        PeopleButton::List(None, PageNumber::FIRST),
    )]);
    InlineKeyboardMarkup::new(rows)
}
