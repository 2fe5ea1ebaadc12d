//! The keyboards of requests for a role and of messages of users without one.

use teloxide::types::InlineKeyboardMarkup;

use super::parts::inline_button;
use crate::bot::callback::{AccessButton, Callback};
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::access::AccessDecision;
use crate::domain::ids::AccessRequestId;

/// Returns the button with which a user asks for a role.
pub(crate) fn ask_access(texts: &Texts) -> InlineKeyboardMarkup {
    let ask = inline_button(plain_text!(texts, "button-ask-access"), Callback::Access(AccessButton::Ask));
    InlineKeyboardMarkup::new([vec![ask]])
}

/// Returns what an administrator can decide.
pub(crate) fn decide_access(texts: &Texts, request: AccessRequestId) -> InlineKeyboardMarkup {
    let button =
        |text, decision| vec![inline_button(text, Callback::Access(AccessButton::Decide(decision, request)))];
    InlineKeyboardMarkup::new([
        button(plain_text!(texts, "button-access-dispatcher"), AccessDecision::Dispatcher),
        button(plain_text!(texts, "button-access-master"), AccessDecision::Master),
        button(plain_text!(texts, "button-access-reject"), AccessDecision::Rejected),
    ])
}

/// Returns the button that makes an order of a stranger's message, which this update brought.
pub(crate) fn take_message(texts: &Texts, update_id: i64) -> InlineKeyboardMarkup {
    let take = Callback::Access(AccessButton::TakeMessage(update_id));
    InlineKeyboardMarkup::new([vec![inline_button(plain_text!(texts, "button-message-to-order"), take)]])
}
