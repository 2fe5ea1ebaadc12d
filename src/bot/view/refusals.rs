//! Why something did not happen. Every text here is plain and holds nothing that a user typed, so it can be a message
//! as well as the answer to a pressed button.

use crate::bot::dialogue::DialogueState;
use crate::bot::view::text::{Texts, plain_text};
use crate::domain::status::{Action, Status};
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
fn wrong_status(texts: &Texts, present: Status, action: Action) -> String {
    let stands = match present {
        Status::New => plain_text!(texts, "refusal-present-new"),
        Status::Assigned => plain_text!(texts, "refusal-present-assigned"),
        Status::Accepted => plain_text!(texts, "refusal-present-accepted"),
        Status::OnSite => plain_text!(texts, "refusal-present-on-site"),
        Status::LongRepair => plain_text!(texts, "refusal-present-long-repair"),
        Status::Closed => plain_text!(texts, "refusal-present-closed"),
        Status::Refused => plain_text!(texts, "refusal-present-refused"),
    };
    let therefore = match action {
        Action::Assign => plain_text!(texts, "refusal-assign"),
        Action::Reassign => plain_text!(texts, "refusal-reassign"),
        Action::TakeOff => plain_text!(texts, "refusal-take-off"),
        Action::Accept => plain_text!(texts, "refusal-accept"),
        Action::Decline => plain_text!(texts, "refusal-decline"),
        Action::ArriveOnSite => plain_text!(texts, "refusal-on-site"),
        Action::StartLongRepair => plain_text!(texts, "refusal-long-repair"),
        // Staff close any open order, so only a master can meet this with one that is open.
        Action::Close if present.is_open() => plain_text!(texts, "refusal-close-not-begun"),
        Action::Close => plain_text!(texts, "refusal-close"),
        Action::Refuse => plain_text!(texts, "refusal-refuse"),
        Action::Reopen => plain_text!(texts, "refusal-reopen"),
    };
    format!("{stands} {therefore}")
}
