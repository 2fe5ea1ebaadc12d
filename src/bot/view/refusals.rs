//! Why something did not happen. Every text here is plain and holds nothing that a user typed, so it can be a message
//! as well as the answer to a pressed button.

use crate::bot::dialogue::Present;
use crate::bot::view::text::{Texts, plain};
use crate::domain::status::{OrderAction, OrderStatus};
use crate::service::Refusal;

/// Why a use case was refused.
#[must_use]
pub fn refusal(texts: &Texts, refusal: &Refusal) -> String {
    match refusal {
        Refusal::NoRight => plain!(texts, "refusal-no-right"),
        Refusal::NoSuchOrder => plain!(texts, "refusal-order-not-found"),
        Refusal::NoSuchMaster => plain!(texts, "refusal-master-not-found"),
        Refusal::WrongStatus { present, action } => wrong_status(texts, *present, *action),
        Refusal::MasterTakesNoOrders => plain!(texts, "refusal-master-takes-no-orders"),
        Refusal::SameMaster => plain!(texts, "refusal-same-master"),
        Refusal::UnknownPerson => plain!(texts, "refusal-unknown-person"),
        Refusal::AlreadyMaster => plain!(texts, "refusal-already-master"),
        Refusal::MasterHasOrders => plain!(texts, "refusal-master-has-orders"),
        Refusal::Database(_) => internal_error(texts),
    }
}

/// Something broke in the bot.
#[must_use]
pub fn internal_error(texts: &Texts) -> String {
    plain!(texts, "internal-error")
}

/// The button is no button of this bot.
#[must_use]
pub fn malformed_button(texts: &Texts) -> String {
    plain!(texts, "button-malformed")
}

/// The button belongs to something that is over.
#[must_use]
pub fn stale_button(texts: &Texts) -> String {
    plain!(texts, "button-stale")
}

/// What to tell somebody whose dialogue was lost; nothing when it was not.
#[must_use]
pub fn lost_dialogue(texts: &Texts, present: &Present) -> Option<String> {
    match present {
        Present::None | Present::At(_) => None,
        Present::Expired => Some(plain!(texts, "dialogue-expired")),
        Present::Unreadable => Some(plain!(texts, "dialogue-unreadable")),
    }
}

/// How the order stands now, and what that means for what was wanted.
fn wrong_status(texts: &Texts, present: OrderStatus, action: OrderAction) -> String {
    let stands = match present {
        OrderStatus::New => plain!(texts, "refusal-present-new"),
        OrderStatus::Assigned => plain!(texts, "refusal-present-assigned"),
        OrderStatus::Accepted => plain!(texts, "refusal-present-accepted"),
        OrderStatus::OnSite => plain!(texts, "refusal-present-on-site"),
        OrderStatus::LongRepair => plain!(texts, "refusal-present-long-repair"),
        OrderStatus::Closed => plain!(texts, "refusal-present-closed"),
        OrderStatus::Refused => plain!(texts, "refusal-present-refused"),
    };
    let therefore = match action {
        OrderAction::Assign => plain!(texts, "refusal-assign"),
        OrderAction::Reassign => plain!(texts, "refusal-reassign"),
        OrderAction::TakeOff => plain!(texts, "refusal-take-off"),
        OrderAction::Accept => plain!(texts, "refusal-accept"),
        OrderAction::Decline => plain!(texts, "refusal-decline"),
        OrderAction::ArriveOnSite => plain!(texts, "refusal-on-site"),
        OrderAction::StartLongRepair => plain!(texts, "refusal-long-repair"),
        // Staff close any open order, so only a master can meet this with one that is open.
        OrderAction::Close if present.is_open() => plain!(texts, "refusal-close-not-begun"),
        OrderAction::Close => plain!(texts, "refusal-close"),
        OrderAction::Refuse => plain!(texts, "refusal-refuse"),
        OrderAction::Reopen => plain!(texts, "refusal-reopen"),
    };
    format!("{stands} {therefore}")
}
