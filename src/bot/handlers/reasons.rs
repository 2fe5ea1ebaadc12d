//! Declining (a master) and refusing (staff) an order, with an optional reason in the person's own words.

use super::announce::{Deed, announce};
use super::question::Question;
use super::{Answer, Handled, order_card};
use crate::bot::dialogue::{Dialogue, Nonce};
use crate::bot::turn::Turn;
use crate::bot::view::keyboards::{self, Place};
use crate::bot::view::prompts;
use crate::bot::view::text::say;
use crate::db::order_messages::OrderMessageKind;
use crate::domain::ids::{MessageId, OrderId};
use crate::domain::status::OrderAction;
use crate::domain::text;
use crate::service::orders;

/// Which of the two a reason is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pending {
    /// [`OrderAction::Decline`] or [`OrderAction::Refuse`].
    pub action: OrderAction,
    /// The order.
    pub order: OrderId,
    /// The card whose button was pressed.
    pub card: Option<MessageId>,
    /// What the dialogue's buttons carry.
    pub nonce: Option<Nonce>,
}

impl Pending {
    fn kind(self) -> OrderMessageKind {
        if self.action == OrderAction::Decline { OrderMessageKind::Master } else { OrderMessageKind::Staff }
    }

    fn dialogue(self) -> Dialogue {
        let Self { action, order, card, nonce } = self;
        if action == OrderAction::Decline {
            Dialogue::Decline { order, card, nonce }
        } else {
            Dialogue::Refuse { order, card, nonce }
        }
    }
}

/// Asks a master why.
pub fn begin_decline(turn: &mut Turn<'_>, order: OrderId) -> Handled {
    begin(turn, OrderAction::Decline, order)
}

/// Asks staff why.
pub fn begin_refuse(turn: &mut Turn<'_>, order: OrderId) -> Handled {
    begin(turn, OrderAction::Refuse, order)
}

fn begin(turn: &mut Turn<'_>, action: OrderAction, order: OrderId) -> Handled {
    let pending = Pending { action, order, card: turn.shown, nonce: Some(Nonce::at(turn.now)) };
    if let Err(refusal) = orders::check_action(turn.tx, &turn.person, pending.order, pending.action) {
        return order_card::refused(turn, pending.order, pending.kind(), pending.card, refusal);
    }
    order_card::claim(turn, pending.order, pending.kind())?;
    Ok(question(turn, pending).begin(turn, pending.dialogue()))
}

/// Takes the reason, or none.
pub fn answer(turn: &mut Turn<'_>, pending: Pending, answer: &Answer) -> Handled {
    if order_card::has_left_group(turn, pending.order)? {
        return Ok(turn.show(say!(turn.texts, "order-wrong-group", id = pending.order), None).end());
    }
    let wrong = match answer {
        Answer::Skip => return finish(turn, pending, None),
        answer => match answer.words().map(text::parse_reason) {
            Some(Ok(reason)) => return finish(turn, pending, Some(&reason)),
            Some(Err(error)) => prompts::text_error(turn.texts, error),
            None => say!(turn.texts, "unsupported-content"),
        },
    };
    Ok(question(turn, pending).again(turn, &wrong, pending.dialogue()))
}

fn question(turn: &Turn<'_>, pending: Pending) -> Question {
    let id = pending.order;
    Question {
        html: match pending.action {
            OrderAction::Decline => say!(turn.texts, "decline-ask-reason", id = id),
            _ => say!(turn.texts, "refuse-ask-reason", id = id),
        },
        markup: keyboards::step_buttons(turn.texts, Place { step: 1, nonce: pending.nonce }, false, true),
    }
}

fn finish(turn: &mut Turn<'_>, pending: Pending, reason: Option<&str>) -> Handled {
    let Pending { action, order, card, .. } = pending;
    let step = match orders::advance_order(turn.tx, &turn.person, order, action, reason, turn.now) {
        Ok(step) => step,
        Err(refusal) => return Ok(order_card::refused(turn, order, pending.kind(), card, refusal)?.end()),
    };
    let done = match action {
        OrderAction::Decline => say!(turn.texts, "declined-done", id = order),
        _ => say!(turn.texts, "refused-done", id = order),
    };
    let done = turn.show(done, None).end();
    let deed = Deed { step: &step, reason, card, kind: pending.kind() };
    Ok(done.and(announce(turn, deed)?))
}
