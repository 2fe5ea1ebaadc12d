//! A whole order in one message outside of a dialogue: what is recognised becomes a draft, what is missing is asked for.

use super::order_question::step_question;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, OrderDraft, OrderStep};
use crate::bot::incoming::MessageDetails;
use crate::bot::reply::Reply;
use crate::bot::view::{cards, names};
use crate::domain::equipment::{EquipmentType, OrderEquipment, count_mentions, is_in_clients_words};
use crate::domain::pasted_order::{PastedOrder, parse_pasted_order};
use crate::domain::phone::Phone;
use crate::domain::text;
use crate::service::{self, equipment};

/// The fewest words of a message that only mentions a type of equipment, and of a forwarded one that mentions nothing.
const LEAST_WORDS: usize = 3;

/// Begins a draft of what is recognised in a message; `None` for users who take no orders, and when the message does not look
/// like an order.
pub(crate) fn begin_draft(
    ctx: &mut UpdateContext<'_>,
    answer: &DialogueAnswer,
) -> service::Result<Option<Reply>> {
    if let DialogueAnswer::Contact { phone, name, .. } = answer {
        return begin_with_contact(ctx, phone, name.as_deref());
    }
    let Some(message) = answer.text().filter(|message| message.chars().any(char::is_alphabetic)) else {
        return Ok(None);
    };
    if !takes_orders(ctx) {
        return Ok(None);
    }
    let pasted = parse_pasted_order(message, ctx.now, ctx.settings.zone);
    let types = equipment::list_equipment(ctx.tx, &ctx.user, ctx.now)?;
    let kind = mentioned_type(&types, message);
    let is_long = message.split_whitespace().count() >= LEAST_WORDS;
    let is_forwarded = matches!(answer, DialogueAnswer::Forwarded { .. });
    let names_place_and_time = pasted.address.is_some() && pasted.visit.is_some();
    let is_order =
        pasted.phone.is_some() || names_place_and_time || is_long && (kind.is_some() || is_forwarded);
    if !is_order {
        return Ok(None);
    }
    let (kind, details) = (kind.cloned(), ctx.message.clone());
    Ok(Some(ask_rest(ctx, pasted, kind.as_ref(), &details)?))
}

/// Begins a draft of a message of another user, even when it does not look like an order.
pub(super) fn begin_draft_from(
    ctx: &mut UpdateContext<'_>,
    message: &str,
    details: &MessageDetails,
) -> HandlerResult {
    let pasted = parse_pasted_order(message, ctx.now, ctx.settings.zone);
    let types = equipment::list_equipment(ctx.tx, &ctx.user, ctx.now)?;
    ask_rest(ctx, pasted, mentioned_type(&types, message), details)
}

/// Asks for what was not recognised.
fn ask_rest(
    ctx: &mut UpdateContext<'_>,
    pasted: PastedOrder,
    kind: Option<&EquipmentType>,
    details: &MessageDetails,
) -> HandlerResult {
    let mut draft = draft_of(ctx, pasted, kind);
    // Of the order and not of an answer: a new description leaves them.
    draft.add_files(details.files_of_step(OrderStep::Confirmation.number()));
    let question = step_question(ctx, &draft)?;
    let summary = if draft.step() == OrderStep::Confirmation {
        cards::draft_recognised(ctx.texts)
    } else {
        cards::partial_draft(ctx.texts, ctx.settings.zone, &draft)
    };
    Ok(question.with_notice(Some(summary)).ask_first(ctx, Dialogue::NewOrder(draft)))
}

/// Whether a message of the user may begin a draft.
fn takes_orders(ctx: &UpdateContext<'_>) -> bool {
    let has_draft = ctx.waiting.iter().any(|waiting| matches!(waiting, Dialogue::NewOrder(_)));
    ctx.user.roles.is_staff() && !ctx.chat.is_group() && !ctx.is_press && !ctx.is_edit && !has_draft
}

/// Begins a draft with the phone and the name of a client's contact.
fn begin_with_contact(
    ctx: &mut UpdateContext<'_>,
    phone: &str,
    name: Option<&str>,
) -> service::Result<Option<Reply>> {
    let Ok(phone) = ctx.settings.phones.parse(phone) else { return Ok(None) };
    if !takes_orders(ctx) {
        return Ok(None);
    }
    ask_for_client(ctx, phone, name).map(Some)
}

/// Begins a draft with what is known of a client.
pub(super) fn ask_for_client(ctx: &mut UpdateContext<'_>, phone: Phone, name: Option<&str>) -> HandlerResult {
    let draft = OrderDraft {
        client_phone: Some(phone.into_string()),
        client_name: name.and_then(|name| text::parse_client_name(name).ok()),
        nonce: Some(DialogueNonce::at(ctx.now)),
        ..OrderDraft::default()
    };
    let question = step_question(ctx, &draft)?;
    let summary = cards::partial_draft(ctx.texts, ctx.settings.zone, &draft);
    Ok(question.with_notice(Some(summary)).ask_first(ctx, Dialogue::NewOrder(draft)))
}

/// Returns the only type of equipment that the most words of a text name.
pub(super) fn mentioned_type<'t>(types: &'t [EquipmentType], message: &str) -> Option<&'t EquipmentType> {
    let offered = types.iter().filter(|kind| !kind.is_hidden);
    let counted: Vec<_> = offered.map(|kind| (count_type_words(message, kind), kind)).collect();
    let most = counted.iter().map(|(count, _)| *count).max().filter(|most| *most > 0)?;
    let mut best = counted.into_iter().filter(|(count, _)| *count == most);
    best.next().filter(|_| best.next().is_none()).map(|(_, kind)| kind)
}

fn count_type_words(message: &str, kind: &EquipmentType) -> usize {
    let named = count_mentions(message, &names::equipment_names(&kind.name));
    if named == 0 { usize::from(is_in_clients_words(message, &kind.name)) } else { named }
}

/// Fills a draft. Notes and visit may be empty and are not asked for.
fn draft_of(ctx: &UpdateContext<'_>, pasted: PastedOrder, kind: Option<&EquipmentType>) -> OrderDraft {
    let visit = pasted.visit.filter(|(words, _)| text::parse_scheduled_time(words).is_ok());
    let (words, window) = visit.unzip();
    OrderDraft {
        equipment: kind.map(OrderEquipment::from),
        description: text::parse_description(&pasted.description, ctx.settings.max_description).ok(),
        client_phone: pasted.phone.map(Phone::into_string),
        client_name: pasted.client_name.filter(|name| text::parse_client_name(name).is_ok()),
        client_address: pasted.address,
        notes: Some(pasted.notes.filter(|notes| text::parse_notes(notes, ctx.settings.max_notes).is_ok())),
        scheduled_time: Some(words),
        visit: window,
        nonce: Some(DialogueNonce::at(ctx.now)),
        ..OrderDraft::default()
    }
}
