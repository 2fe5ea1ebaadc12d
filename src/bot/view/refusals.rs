//! Why an action was refused. Every text is plain and contains nothing that a user typed, so it can be a message or the
//! answer to a press.

use crate::bot::dialogue::DialogueState;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::status::{Action, Status};
use crate::service::Refusal;

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

pub(crate) fn internal_error(texts: &Texts) -> String {
    plain_text!(texts, "error-internal")
}

/// Tells that the button has no callback data of this bot.
pub(crate) fn malformed_button(texts: &Texts) -> String {
    plain_text!(texts, "error-button-unknown")
}

/// Tells that the dialogue of the button is over.
pub(crate) fn stale_button(texts: &Texts) -> String {
    plain_text!(texts, "error-button-outdated")
}

/// Tells the user that their dialogue was lost; `None` when it was not.
pub(crate) fn lost_dialogue(texts: &Texts, present: &DialogueState) -> Option<String> {
    match present {
        DialogueState::None | DialogueState::Open(_) => None,
        DialogueState::Expired => Some(plain_text!(texts, "dialogue-expired")),
        DialogueState::Unreadable => Some(plain_text!(texts, "dialogue-outdated")),
    }
}

/// Tells the status of the order and why it excludes the action.
fn wrong_status(texts: &Texts, present: Status, action: Action) -> String {
    let stands = match present {
        Status::New => plain_text!(texts, "refusal-status-new"),
        Status::Assigned => plain_text!(texts, "refusal-status-assigned"),
        Status::Accepted => plain_text!(texts, "refusal-status-accepted"),
        Status::OnSite => plain_text!(texts, "refusal-status-on-site"),
        Status::LongRepair => plain_text!(texts, "refusal-status-long-repair"),
        Status::Closed => plain_text!(texts, "refusal-status-closed"),
        Status::Refused => plain_text!(texts, "refusal-status-refused"),
    };
    let therefore = match action {
        Action::Assign => plain_text!(texts, "refusal-assign"),
        Action::Reassign => plain_text!(texts, "refusal-reassign"),
        Action::TakeOff => plain_text!(texts, "refusal-unassign"),
        Action::Accept => plain_text!(texts, "refusal-accept"),
        Action::Decline => plain_text!(texts, "refusal-decline"),
        Action::ArriveOnSite => plain_text!(texts, "refusal-on-site"),
        Action::StartLongRepair => plain_text!(texts, "refusal-long-repair"),
        // Staff may close any open order, so only a master can be refused on one.
        Action::Close if present.is_open() => plain_text!(texts, "refusal-close-before-on-site"),
        Action::Close => plain_text!(texts, "refusal-close"),
        Action::Refuse => plain_text!(texts, "refusal-refuse"),
        Action::Reopen => plain_text!(texts, "refusal-reopen"),
    };
    format!("{stands} {therefore}")
}
