//! Why an action was refused. Every text is plain and contains nothing that a user typed, so it can be a message or the
//! answer to a press.

use crate::bot::dialogue::DialogueState;
use crate::bot::view::text::{Texts, format_money, plain_text};
use crate::domain::hand_over::HandOverState;
use crate::domain::status::{OrderAction, OrderStatus};
use crate::service::Refusal;

pub(crate) fn refusal_text(texts: &Texts, refusal: &Refusal) -> String {
    match refusal {
        Refusal::NoRight => plain_text!(texts, "refusal-no-right"),
        Refusal::NoSuchOrder => plain_text!(texts, "refusal-order-not-found"),
        Refusal::NoSuchMaster => plain_text!(texts, "refusal-master-not-found"),
        Refusal::WrongStatus { present, action } => wrong_status(texts, *present, *action),
        Refusal::ToldJustNow => plain_text!(texts, "refusal-told-just-now"),
        Refusal::ReasonMissing { .. } => plain_text!(texts, "refusal-reason-missing"),
        Refusal::MasterTakesNoOrders => plain_text!(texts, "refusal-master-takes-no-orders"),
        Refusal::MasterHasDayOff => plain_text!(texts, "refusal-master-has-day-off"),
        Refusal::SameMaster => plain_text!(texts, "refusal-same-master"),
        Refusal::UnknownPerson => plain_text!(texts, "refusal-unknown-person"),
        Refusal::AlreadyMaster => plain_text!(texts, "refusal-already-master"),
        Refusal::MasterHasOrders => plain_text!(texts, "refusal-master-has-orders"),
        Refusal::MasterHasOpenOrders(count) => {
            plain_text!(texts, "refusal-master-has-open-orders", count = *count)
        }
        Refusal::NeverAMaster => plain_text!(texts, "refusal-never-a-master"),
        Refusal::LastAdmin => plain_text!(texts, "refusal-last-admin"),
        Refusal::OwnAdminRole => plain_text!(texts, "refusal-own-admin-role"),
        Refusal::OrderIsOver(present) => present_status(texts, *present),
        Refusal::OrderNotClosed => plain_text!(texts, "refusal-order-not-closed"),
        Refusal::OrderNotDeleted => plain_text!(texts, "refusal-order-not-deleted"),
        Refusal::AmountsMissing => plain_text!(texts, "refusal-amounts-missing"),
        Refusal::MaterialsExceedTotal { materials, total } => plain_text!(
            texts,
            "error-materials-exceed",
            materials = format_money(texts, *materials),
            total = format_money(texts, *total)
        ),
        Refusal::NoSuchEquipment => plain_text!(texts, "refusal-no-such-equipment"),
        Refusal::EquipmentExists => plain_text!(texts, "refusal-equipment-exists"),
        Refusal::RatesChanged => plain_text!(texts, "refusal-rates-changed"),
        Refusal::BalanceChanged => plain_text!(texts, "refusal-balance-changed"),
        Refusal::NoSuchHandOver => plain_text!(texts, "refusal-no-such-hand-over"),
        Refusal::HandOverAnswered(HandOverState::Open) => plain_text!(texts, "hand-over-open"),
        Refusal::HandOverAnswered(HandOverState::Confirmed) => plain_text!(texts, "hand-over-confirmed"),
        Refusal::HandOverAnswered(HandOverState::Disputed) => plain_text!(texts, "hand-over-disputed"),
        Refusal::HandOverAnswered(HandOverState::Reversed) => plain_text!(texts, "hand-over-reversed"),
        Refusal::TooManyEquipmentTypes => plain_text!(texts, "refusal-too-many-equipment-types"),
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
        DialogueState::None | DialogueState::Open(_) | DialogueState::Ended => None,
        DialogueState::Expired => Some(plain_text!(texts, "dialogue-expired")),
        DialogueState::Unreadable => Some(plain_text!(texts, "dialogue-outdated")),
    }
}

/// Tells the status of the order and, unless that says it all, why it excludes the action.
fn wrong_status(texts: &Texts, present: OrderStatus, action: OrderAction) -> String {
    let stands = present_status(texts, present);
    let is_over = !present.is_open() && action != OrderAction::Reopen;
    let is_repeated = matches!(
        (present, action),
        (OrderStatus::Accepted, OrderAction::Accept)
            | (OrderStatus::OnSite, OrderAction::ArriveOnSite)
            | (OrderStatus::LongRepair, OrderAction::StartLongRepair)
    );
    let therefore = match action {
        _ if is_over || is_repeated => return stands,
        OrderAction::Assign => plain_text!(texts, "refusal-assign"),
        OrderAction::Reassign => plain_text!(texts, "refusal-reassign"),
        OrderAction::TakeOff => plain_text!(texts, "refusal-unassign"),
        OrderAction::Accept => plain_text!(texts, "refusal-accept"),
        OrderAction::Decline if present == OrderStatus::Accepted => {
            plain_text!(texts, "refusal-decline-accepted")
        }
        OrderAction::Decline => plain_text!(texts, "refusal-decline"),
        OrderAction::HandBack => plain_text!(texts, "refusal-hand-back"),
        OrderAction::ArriveOnSite => plain_text!(texts, "refusal-on-site"),
        OrderAction::StartLongRepair => plain_text!(texts, "refusal-long-repair"),
        // Staff may close and refuse any open order, so only a master who wants to close one comes here.
        OrderAction::ClientDecline => plain_text!(texts, "refusal-client-decline"),
        OrderAction::Close | OrderAction::Refuse => plain_text!(texts, "refusal-close-before-on-site"),
        OrderAction::Reopen => plain_text!(texts, "refusal-reopen"),
        // The status says it all.
        OrderAction::Reschedule | OrderAction::RemindOfClient => return stands,
    };
    format!("{stands} {therefore}")
}

fn present_status(texts: &Texts, present: OrderStatus) -> String {
    match present {
        OrderStatus::New => plain_text!(texts, "refusal-status-new"),
        OrderStatus::Assigned => plain_text!(texts, "refusal-status-assigned"),
        OrderStatus::Accepted => plain_text!(texts, "refusal-status-accepted"),
        OrderStatus::OnSite => plain_text!(texts, "refusal-status-on-site"),
        OrderStatus::LongRepair => plain_text!(texts, "refusal-status-long-repair"),
        OrderStatus::Closed => plain_text!(texts, "refusal-status-closed"),
        OrderStatus::Refused => plain_text!(texts, "refusal-status-refused"),
    }
}
