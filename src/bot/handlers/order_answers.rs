//! The answers of the new-order dialogue: what each step accepts.

use super::pasted_order::mentioned_type;
use crate::bot::context::UpdateContext;
use crate::bot::dialogue::{DialogueAnswer, OrderDraft, OrderStep};
use crate::bot::view::names;
use crate::bot::view::prompts;
use crate::bot::view::text::html_text;
use crate::domain::equipment::{EquipmentType, OrderEquipment, is_same_name};
use crate::domain::ids::OrderId;
use crate::domain::person_name::is_person_name;
use crate::domain::phone::stored_phone_forms;
use crate::domain::text;
use crate::domain::visit::{is_past_visit, parse_visit};
use crate::service::{self, Refusal, equipment, orders};

/// What a step made of an answer, as HTML: what else the user is told above the next question, or what is wrong.
pub(super) type AppliedAnswer = Result<Option<String>, String>;

/// Stores the answer to a step in the draft.
pub(super) fn apply_answer(
    ctx: &mut UpdateContext<'_>,
    draft: &mut OrderDraft,
    step: OrderStep,
    answer: &DialogueAnswer,
) -> service::Result<AppliedAnswer> {
    let texts = ctx.texts;
    let input = match (step, answer) {
        (OrderStep::Equipment, answer) => return apply_equipment(ctx, draft, answer),
        (OrderStep::Notes, DialogueAnswer::Skip) => {
            (draft.notes, draft.phone_note) = (Some(None), None);
            return Ok(Ok(None));
        }
        (OrderStep::Time, DialogueAnswer::Skip) => {
            (draft.scheduled_time, draft.visit) = (Some(None), None);
            return Ok(Ok(None));
        }
        (OrderStep::Phone, DialogueAnswer::Contact { phone, .. }) => Some(phone.as_str()),
        (OrderStep::Confirmation, answer) => {
            return Ok(Err(match answer.text() {
                Some(_) => html_text!(texts, "order-confirm-by-button"),
                None => html_text!(texts, "content-not-supported"),
            }));
        }
        (_, DialogueAnswer::Skip) => return Ok(Err(html_text!(texts, "error-not-skippable"))),
        (_, DialogueAnswer::Confirm) => return Ok(Err(html_text!(texts, "button-other-step"))),
        (_, answer) => answer.text(),
    };
    Ok(match (input, answer) {
        (Some(input), DialogueAnswer::Contact { name: Some(name), .. }) if draft.client_name.is_none() => {
            let applied = apply_text(ctx, draft, step, input);
            applied.map(|notice| take_contact_name(ctx, draft, name).or(notice))
        }
        (Some(input), _) => apply_text(ctx, draft, step, input),
        (None, _) => Err(html_text!(texts, "content-not-supported")),
    })
}

/// Takes the name in a client's contact, and returns what the user is told of it.
fn take_contact_name(ctx: &UpdateContext<'_>, draft: &mut OrderDraft, name: &str) -> Option<String> {
    let name = text::parse_client_name(name).ok()?;
    let notice = html_text!(ctx.texts, "order-name-taken", name = &name);
    draft.client_name = Some(name);
    Some(notice)
}

fn apply_text(
    ctx: &UpdateContext<'_>,
    draft: &mut OrderDraft,
    step: OrderStep,
    input: &str,
) -> AppliedAnswer {
    let (texts, settings) = (ctx.texts, ctx.settings);
    let explain = |error| prompts::text_error(texts, error);
    match step {
        OrderStep::Description => {
            let description = text::parse_description(input, settings.max_description);
            draft.description = Some(description.map_err(explain)?);
        }
        OrderStep::Phone => return apply_phone(ctx, draft, input),
        OrderStep::ClientName => draft.client_name = Some(text::parse_client_name(input).map_err(explain)?),
        OrderStep::Address => draft.client_address = Some(text::parse_address(input).map_err(explain)?),
        OrderStep::Notes => {
            draft.notes = Some(Some(text::parse_notes(input, settings.max_notes).map_err(explain)?));
        }
        OrderStep::Time if is_past_visit(input, ctx.now, settings.zone) => {
            return Err(html_text!(texts, "error-visit-past"));
        }
        OrderStep::Time => {
            draft.scheduled_time = Some(Some(text::parse_scheduled_time(input).map_err(explain)?));
            draft.visit = parse_visit(input, ctx.now, settings.zone);
        }
        OrderStep::Equipment | OrderStep::Confirmation => {}
    }
    Ok(None)
}

/// Stores the phone. A name beside it is the client's; anything else goes to the notes.
fn apply_phone(ctx: &UpdateContext<'_>, draft: &mut OrderDraft, input: &str) -> AppliedAnswer {
    let texts = ctx.texts;
    let typed = ctx.settings.phones.parse_typed(input).map_err(|_| prompts::phone_error(texts))?;
    draft.client_phone = Some(typed.phone.into_string());
    draft.phone_note = None;
    let mut notices = Vec::new();
    for beside in typed.beside {
        if draft.client_name.is_none() && is_person_name(&beside) {
            notices.push(html_text!(texts, "order-name-taken", name = &beside));
            draft.client_name = Some(beside);
        } else {
            notices.push(html_text!(texts, "order-note-taken", note = &beside));
            let note = draft.phone_note.take().into_iter().chain([beside]).collect::<Vec<_>>();
            draft.phone_note = text::parse_notes(&note.join(", "), ctx.settings.max_notes).ok();
        }
    }
    Ok((!notices.is_empty()).then(|| notices.join("\n")))
}

fn apply_equipment(
    ctx: &mut UpdateContext<'_>,
    draft: &mut OrderDraft,
    answer: &DialogueAnswer,
) -> service::Result<AppliedAnswer> {
    Ok(match choose_equipment(ctx, answer)? {
        Some(kind) => {
            draft.equipment = Some(kind);
            Ok(None)
        }
        None => Err(html_text!(ctx.texts, "error-equipment")),
    })
}

/// Returns the type of equipment that an answer means, if it is offered.
pub(super) fn choose_equipment(
    ctx: &mut UpdateContext<'_>,
    answer: &DialogueAnswer,
) -> service::Result<Option<OrderEquipment>> {
    let known = equipment::list_equipment(ctx.tx, &ctx.user, ctx.now)?;
    let mut offered = known.iter().filter(|kind| !kind.is_hidden);
    let chosen = match answer {
        DialogueAnswer::Equipment(id) => offered.find(|kind| kind.id == *id),
        DialogueAnswer::OldEquipment(name) => find_named(offered, name),
        answer => answer
            .text()
            .and_then(|typed| find_named(offered, typed).or_else(|| mentioned_type(&known, typed))),
    };
    Ok(chosen.map(OrderEquipment::from))
}

/// Finds the equipment with this name, typed in any of the languages.
fn find_named<'t>(
    mut offered: impl Iterator<Item = &'t EquipmentType>,
    name: &str,
) -> Option<&'t EquipmentType> {
    offered.find(|kind| names::equipment_names(&kind.name).iter().any(|known| is_same_name(known, name)))
}

/// Takes the client of an earlier order over into the answers that are asked for; `false` when it is not an order of the draft's
/// phone.
pub(super) fn take_client(
    ctx: &mut UpdateContext<'_>,
    draft: &mut OrderDraft,
    order: OrderId,
) -> service::Result<bool> {
    let seen = match orders::view_order(ctx.tx, &ctx.user, order) {
        Ok(seen) => seen.order,
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(_) => return Ok(false),
    };
    let phones = stored_phone_forms(draft.client_phone.as_deref().unwrap_or_default());
    if !phones.contains(&seen.client_phone) {
        return Ok(false);
    }
    let step = draft.step();
    if step == OrderStep::ClientName || draft.client_name.is_none() {
        draft.client_name = Some(seen.client_name);
    }
    if step == OrderStep::Address || draft.client_address.is_none() {
        draft.client_address = Some(seen.client_address);
    }
    draft.end_revisit();
    Ok(true)
}
