//! Why something did not happen. Every text here is plain and holds nothing that a user typed, so it can be a message
//! as well as the answer to a pressed button.

use crate::bot::dialogue::DialogueState;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::status::{OrderAction, OrderStatus};
use crate::service::Refusal;

/// Why a use case was refused.
pub(crate) fn refusal_text(texts: &Texts, refusal: &Refusal) -> String {
    match refusal {
        Refusal::NoRight => plain_text!(texts, "refusal-no-right"),
        Refusal::NoSuchOrder => plain_text!(texts, "refusal-order-not-found"),
        Refusal::NoSuchMaster => plain_text!(texts, "refusal-master-not-found"),
        Refusal::WrongStatus { present, action } => wrong_status(texts, *present, *action),
        Refusal::MasterTakesNoOrders => plain_text!(texts, "refusal-master-takes-no-orders"),
        Refusal::SameMaster => plain_text!(texts, "refusal-same-master"),
        Refusal::UnknownPerson => plain_text!(texts, "refusal-unknown-person"),
        Refusal::AlreadyMaster => plain_text!(texts, "refusal-already-master"),
        Refusal::MasterHasOrders => plain_text!(texts, "refusal-master-has-orders"),
        Refusal::Database(_) => internal_error(texts),
    }
}

/// Something broke in the bot.
pub(crate) fn internal_error(texts: &Texts) -> String {
    plain_text!(texts, "internal-error")
}

/// The button is no button of this bot.
pub(crate) fn malformed_button(texts: &Texts) -> String {
    plain_text!(texts, "button-malformed")
}

/// The button belongs to something that is over.
pub(crate) fn stale_button(texts: &Texts) -> String {
    plain_text!(texts, "button-stale")
}

/// What to tell somebody whose dialogue was lost; nothing when it was not.
pub(crate) fn lost_dialogue(texts: &Texts, present: &DialogueState) -> Option<String> {
    match present {
        DialogueState::None | DialogueState::Open(_) => None,
        DialogueState::Expired => Some(plain_text!(texts, "dialogue-expired")),
        DialogueState::Unreadable => Some(plain_text!(texts, "dialogue-unreadable")),
    }
}

/// How the order stands now, and what that means for what was wanted.
fn wrong_status(texts: &Texts, present: OrderStatus, action: OrderAction) -> String {
    let stands = match present {
        OrderStatus::New => plain_text!(texts, "refusal-present-new"),
        OrderStatus::Assigned => plain_text!(texts, "refusal-present-assigned"),
        OrderStatus::Accepted => plain_text!(texts, "refusal-present-accepted"),
        OrderStatus::OnSite => plain_text!(texts, "refusal-present-on-site"),
        OrderStatus::LongRepair => plain_text!(texts, "refusal-present-long-repair"),
        OrderStatus::Closed => plain_text!(texts, "refusal-present-closed"),
        OrderStatus::Refused => plain_text!(texts, "refusal-present-refused"),
    };
    let therefore = match action {
        OrderAction::Assign => plain_text!(texts, "refusal-assign"),
        OrderAction::Reassign => plain_text!(texts, "refusal-reassign"),
        OrderAction::TakeOff => plain_text!(texts, "refusal-take-off"),
        OrderAction::Accept => plain_text!(texts, "refusal-accept"),
        OrderAction::Decline => plain_text!(texts, "refusal-decline"),
        OrderAction::ArriveOnSite => plain_text!(texts, "refusal-on-site"),
        OrderAction::StartLongRepair => plain_text!(texts, "refusal-long-repair"),
        // Staff close any open order, so only a master can meet this with one that is open.
        OrderAction::Close if present.is_open() => plain_text!(texts, "refusal-close-not-begun"),
        OrderAction::Close => plain_text!(texts, "refusal-close"),
        OrderAction::Refuse => plain_text!(texts, "refusal-refuse"),
        OrderAction::Reopen => plain_text!(texts, "refusal-reopen"),
    };
    format!("{stands} {therefore}")
}
