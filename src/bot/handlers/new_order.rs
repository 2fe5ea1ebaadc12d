//! The new-order dialogue: type, description, client, address, phone, notes, time, confirmation.

use teloxide::types::ReplyMarkup;

use super::question::{self, Question};
use super::{Answer, Handled};
use crate::bot::dialogue::{Dialogue, Nonce, OrderDraft};
use crate::bot::reply::Reply;
use crate::bot::turn::Turn;
use crate::bot::view::keyboards::{self, Place};
use crate::bot::view::prompts::{self, OrderStep};
use crate::bot::view::text::{Texts, say};
use crate::bot::view::{cards, words};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::equipment::EquipmentType;
use crate::domain::locale::Locale;
use crate::domain::order::NewOrder;
use crate::domain::text;
use crate::service::{Refusal, orders};

/// Starts the dialogue.
pub fn begin(turn: &mut Turn<'_>) -> Handled {
    if !turn.person.roles.is_staff() {
        return Err(Refusal::NoRight);
    }
    let draft = OrderDraft { nonce: Some(Nonce::at(turn.now)), ..OrderDraft::default() };
    Ok(question(turn, &draft).begin(turn, Dialogue::NewOrder(draft)))
}

/// Takes the answer to the present step.
pub fn answer(turn: &mut Turn<'_>, mut draft: OrderDraft, answer: &Answer) -> Handled {
    let step = step(&draft);
    match answer {
        Answer::Back => {
            step_back(&mut draft);
            return Ok(question(turn, &draft).ask(turn, Dialogue::NewOrder(draft)));
        }
        Answer::Equipment(_) if step != OrderStep::Equipment => return Ok(question::step_passed(turn)),
        Answer::Confirm if step == OrderStep::Confirmation => return create(turn, draft),
        _ => {}
    }
    match take(turn, &mut draft, step, answer) {
        Ok(()) => Ok(question(turn, &draft).ask(turn, Dialogue::NewOrder(draft))),
        Err(wrong) => Ok(question(turn, &draft).again(turn, &wrong, Dialogue::NewOrder(draft))),
    }
}

/// The present step: the first that has no answer.
#[must_use]
pub fn step(draft: &OrderDraft) -> OrderStep {
    let answered = [
        draft.equipment.is_some(),
        draft.description.is_some(),
        draft.client_name.is_some(),
        draft.client_address.is_some(),
        draft.client_phone.is_some(),
        draft.notes.is_some(),
        draft.scheduled_time.is_some(),
    ];
    let first = answered.iter().position(|answered| !answered);
    first.map_or(OrderStep::Confirmation, |first| OrderStep::ALL[first])
}

/// Forgets the last answer.
fn step_back(draft: &mut OrderDraft) {
    match step(draft) {
        OrderStep::Equipment => {}
        OrderStep::Description => draft.equipment = None,
        OrderStep::ClientName => draft.description = None,
        OrderStep::Address => draft.client_name = None,
        OrderStep::Phone => draft.client_address = None,
        OrderStep::Notes => draft.client_phone = None,
        OrderStep::Time => draft.notes = None,
        OrderStep::Confirmation => draft.scheduled_time = None,
    }
}

/// Puts an answer into the draft, or says what is wrong with it.
fn take(turn: &Turn<'_>, draft: &mut OrderDraft, step: OrderStep, answer: &Answer) -> Result<(), String> {
    let texts = turn.texts;
    let words = match (step, answer) {
        (OrderStep::Notes, Answer::Skip) => {
            draft.notes = Some(None);
            return Ok(());
        }
        (OrderStep::Time, Answer::Skip) => {
            draft.scheduled_time = Some(None);
            return Ok(());
        }
        (OrderStep::Equipment, Answer::Equipment(kind)) => {
            draft.equipment = Some(*kind);
            return Ok(());
        }
        (OrderStep::Phone, Answer::Contact { phone, .. }) => phone,
        (OrderStep::Confirmation, _) => return Err(say!(texts, "error-confirm")),
        (_, Answer::Skip) => return Err(say!(texts, "error-not-skippable")),
        (_, Answer::Confirm) => return Err(say!(texts, "dialogue-step-passed")),
        (_, answer) => answer.words().ok_or_else(|| say!(texts, "unsupported-content"))?,
    };
    let said = |error| prompts::text_error(texts, error);
    let settings = turn.settings;
    match step {
        OrderStep::Equipment => {
            draft.equipment = Some(kind_called(words).ok_or_else(|| say!(texts, "error-equipment"))?);
        }
        OrderStep::Description => {
            draft.description = Some(text::parse_description(words, settings.max_description).map_err(said)?);
        }
        OrderStep::ClientName => draft.client_name = Some(text::parse_client_name(words).map_err(said)?),
        OrderStep::Address => draft.client_address = Some(text::parse_address(words).map_err(said)?),
        OrderStep::Phone => {
            let phone = settings.phones.parse(words).map_err(|_| prompts::phone_error(texts))?;
            draft.client_phone = Some(phone.into_string());
        }
        OrderStep::Notes => {
            draft.notes = Some(Some(text::parse_notes(words, settings.max_notes).map_err(said)?));
        }
        OrderStep::Time => {
            draft.scheduled_time = Some(Some(text::parse_scheduled_time(words).map_err(said)?));
        }
        OrderStep::Confirmation => {}
    }
    Ok(())
}

/// The kind with this name, in whichever language it is typed.
fn kind_called(name: &str) -> Option<EquipmentType> {
    let name = text::clean_single_line(name).to_lowercase();
    EquipmentType::ALL.into_iter().find(|kind| {
        let is_called = |other: &str| other.to_lowercase() == name;
        is_called(kind.as_str())
            || Locale::ALL.into_iter().any(|locale| is_called(&words::equipment(Texts::of(locale), *kind)))
    })
}

fn question(turn: &Turn<'_>, draft: &OrderDraft) -> Question {
    let step = step(draft);
    let html = prompts::order_step(turn.texts, step, turn.settings.max_description);
    let place = Place { step: number(draft), nonce: draft.nonce };
    match (step, finished(draft)) {
        (OrderStep::Equipment, _) => Question { html, markup: keyboards::equipment(turn.texts, place) },
        (OrderStep::Confirmation, Some(order)) => Question {
            html: format!("{html}\n\n{}", cards::draft(turn.texts, &order)),
            markup: keyboards::confirm_order(turn.texts, place),
        },
        (step, _) => {
            Question { html, markup: keyboards::step_buttons(turn.texts, place, true, step.can_be_skipped()) }
        }
    }
}

/// The number of the present step, from 1.
#[must_use]
pub fn number(draft: &OrderDraft) -> u8 {
    step(draft) as u8 + 1
}

/// The order, once every step has its answer.
fn finished(draft: &OrderDraft) -> Option<NewOrder> {
    let OrderDraft {
        equipment,
        description,
        client_name,
        client_address,
        client_phone,
        notes,
        scheduled_time,
        nonce: _,
    } = draft.clone();
    Some(NewOrder {
        equipment: equipment?,
        description: description?,
        client_name: client_name?,
        client_address: client_address?,
        client_phone: client_phone?,
        notes: notes?,
        scheduled_time: scheduled_time?,
    })
}

fn create(turn: &mut Turn<'_>, draft: OrderDraft) -> Handled {
    let Some(new) = finished(&draft) else {
        return Ok(question(turn, &draft).ask(turn, Dialogue::NewOrder(draft)));
    };
    let order = match orders::create_order(turn.tx, &turn.person, &new, turn.now) {
        Ok(order) => order,
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(refusal) => return Ok(turn.refused(&refusal).end()),
    };
    let html = say!(turn.texts, "order-created", id = order.id);
    let markup = keyboards::order_created(turn.texts, order.id);
    Ok(match turn.shown {
        Some(message) => Reply::none().edit_about(
            order.id,
            OrderMessageKind::Notice,
            turn.chat,
            message,
            html,
            Some(markup),
        ),
        None => {
            let markup = Some(ReplyMarkup::InlineKeyboard(markup));
            Reply::none().say_about(order.id, OrderMessageKind::Notice, turn.chat, html, markup)
        }
    }
    .end())
}
