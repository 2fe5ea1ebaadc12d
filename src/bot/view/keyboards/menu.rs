//! The main menu and the settings.

use teloxide::types::{InlineKeyboardMarkup, KeyboardMarkup};

use super::parts::{inline_button, reply_keyboard};
use crate::bot::callback::{Callback, NoticeButton, PeopleButton, RatesButton};
use crate::bot::labels::Label;
use crate::bot::view::names;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::locale::Locale;
use crate::domain::notice::{MutedNotices, NoticeKind};
use crate::domain::role::RoleSet;
use crate::domain::visibility::AddressRule;

/// Returns the main menu: the sections of all roles of the user.
pub(crate) fn main_menu(texts: &Texts, roles: RoleSet) -> KeyboardMarkup {
    let mut labels = Vec::new();
    if roles.is_staff() {
        labels.extend([Label::AllOrders, Label::CreateOrder, Label::Masters, Label::Reports]);
    }
    if roles.is_master() {
        labels.extend([Label::MyOrders, Label::Today, Label::MyStatistics]);
    }
    if roles.is_admin() {
        labels.push(Label::Users);
    }
    if roles.is_staff() {
        labels.push(Label::Search);
    }
    if roles.is_unknown() {
        labels.extend([Label::Information, Label::Contact, Label::AskAccess]);
    } else {
        labels.push(Label::Settings);
    }
    reply_keyboard(texts, labels.chunks(2).map(<[Label]>::to_vec)).persistent()
}

/// Returns the buttons under the settings of a user with these roles.
pub(crate) fn settings_choice(
    texts: &Texts,
    roles: RoleSet,
    rule: AddressRule,
    has_dashboard: bool,
) -> InlineKeyboardMarkup {
    let mut keyboard = language_choice();
    if roles.is_staff() {
        let notices = Callback::Notice(NoticeButton::ShowKinds);
        keyboard.inline_keyboard.push(vec![inline_button(plain_text!(texts, "button-notices"), notices)]);
    }
    if roles.is_master() {
        let day_off = Callback::People(PeopleButton::OwnDayOff);
        keyboard.inline_keyboard.push(vec![inline_button(plain_text!(texts, "button-day-off"), day_off)]);
    }
    if roles.is_admin() {
        let types = inline_button(plain_text!(texts, "button-equipment-types"), Callback::EquipmentTypes);
        let rates = Callback::Rates(RatesButton::Show(None));
        let rates = inline_button(plain_text!(texts, "button-rates"), rates);
        keyboard.inline_keyboard.push(vec![types, rates]);
        let text = match rule {
            AddressRule::FromAssigned => plain_text!(texts, "button-address-from-assigned"),
            AddressRule::FromAccepted => plain_text!(texts, "button-address-from-accepted"),
        };
        keyboard.inline_keyboard.push(vec![inline_button(text, Callback::AddressFrom(rule.other()))]);
        let text = if has_dashboard {
            plain_text!(texts, "button-dashboard-off")
        } else {
            plain_text!(texts, "button-dashboard-on")
        };
        let switch = Callback::Notice(NoticeButton::Dashboard(!has_dashboard));
        keyboard.inline_keyboard.push(vec![inline_button(text, switch)]);
    }
    keyboard
}

/// Returns the kinds of notices, each with what a press makes of it.
pub(crate) fn notice_switches(texts: &Texts, muted: &MutedNotices) -> InlineKeyboardMarkup {
    let rows = NoticeKind::ALL.map(|kind| {
        let is_muted = muted.has(kind);
        let mark = if is_muted { "🔕" } else { "✔" };
        let text = format!("{mark} {}", names::notice_kind_name(texts, kind));
        vec![inline_button(text, Callback::Notice(NoticeButton::Switch(kind, is_muted)))]
    });
    InlineKeyboardMarkup::new(rows)
}

fn language_choice() -> InlineKeyboardMarkup {
    InlineKeyboardMarkup::new([Locale::ALL
        .map(|locale| inline_button(names::language_name(Texts::of(locale)), Callback::Language(locale)))])
}
