//! The new-order dialogue: type, description, client, address, phone, notes, time, confirmation.

use super::order_card;
use super::question::{self, DialogueQuestion};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, OrderDraft, OrderStep};
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::prompts;
use crate::bot::view::text::{Texts, html_text};
use crate::bot::view::{cards, names};
use crate::db::order_messages::OrderMessageKind;
use crate::domain::equipment::EquipmentType;
use crate::domain::input::fold_words;
use crate::domain::locale::Locale;
use crate::domain::text;
use crate::domain::visit::parse_visit;
use crate::service::{Refusal, orders};

pub(crate) fn begin_dialogue(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    if !ctx.user.roles.is_staff() {
        return Err(Refusal::NoRight);
    }
    let draft = OrderDraft { nonce: Some(DialogueNonce::at(ctx.now)), ..OrderDraft::default() };
    Ok(step_question(ctx, &draft).ask_first(ctx, Dialogue::NewOrder(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    mut draft: OrderDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let step = draft.step();
    match answer {
        DialogueAnswer::Back => {
            draft.step_back();
            return Ok(step_question(ctx, &draft).ask_next(ctx, Dialogue::NewOrder(draft)));
        }
        DialogueAnswer::Equipment(_) if step != OrderStep::Equipment => {
            return Ok(question::passed_step_alert(ctx));
        }
        DialogueAnswer::Confirm if step == OrderStep::Confirmation => return create_order(ctx, draft),
        _ => {}
    }
    match apply_answer(ctx, &mut draft, step, answer) {
        Ok(()) => {
            if !ctx.is_edit {
                draft.remove_files(step);
            }
            draft.add_files(ctx.message.files_of_step(step.number()));
            Ok(step_question(ctx, &draft).ask_next(ctx, Dialogue::NewOrder(draft)))
        }
        Err(error) => Ok(step_question(ctx, &draft).ask_again(ctx, &error, Dialogue::NewOrder(draft))),
    }
}

/// Stores an answer in the draft. The error is for the user.
fn apply_answer(
    ctx: &UpdateContext<'_>,
    draft: &mut OrderDraft,
    step: OrderStep,
    answer: &DialogueAnswer,
) -> Result<(), String> {
    let (texts, settings) = (ctx.texts, ctx.settings);
    let input = match (step, answer) {
        (OrderStep::Notes, DialogueAnswer::Skip) => {
            draft.notes = Some(None);
            return Ok(());
        }
        (OrderStep::Time, DialogueAnswer::Skip) => {
            (draft.scheduled_time, draft.visit) = (Some(None), None);
            return Ok(());
        }
        (OrderStep::Equipment, DialogueAnswer::Equipment(kind)) => {
            draft.equipment = Some(*kind);
            return Ok(());
        }
        (OrderStep::Phone, DialogueAnswer::Contact { phone, .. }) => phone,
        (OrderStep::Confirmation, _) => return Err(html_text!(texts, "error-confirm")),
        (_, DialogueAnswer::Skip) => return Err(html_text!(texts, "error-not-skippable")),
        (_, DialogueAnswer::Confirm) => return Err(html_text!(texts, "button-other-step")),
        (_, answer) => answer.text().ok_or_else(|| html_text!(texts, "content-not-supported"))?,
    };
    let explain = |error| prompts::text_error(texts, error);
    match step {
        OrderStep::Equipment => {
            let kind = equipment_named(input).ok_or_else(|| html_text!(texts, "error-equipment"))?;
            draft.equipment = Some(kind);
        }
        OrderStep::Description => {
            let description = text::parse_description(input, settings.max_description);
            draft.description = Some(description.map_err(explain)?);
        }
        OrderStep::ClientName => draft.client_name = Some(text::parse_client_name(input).map_err(explain)?),
        OrderStep::Address => draft.client_address = Some(text::parse_address(input).map_err(explain)?),
        OrderStep::Phone => {
            let phone = settings.phones.parse(input).map_err(|_| prompts::phone_error(texts))?;
            draft.client_phone = Some(phone.into_string());
        }
        OrderStep::Notes => {
            draft.notes = Some(Some(text::parse_notes(input, settings.max_notes).map_err(explain)?));
        }
        OrderStep::Time => {
            draft.scheduled_time = Some(Some(text::parse_scheduled_time(input).map_err(explain)?));
            draft.visit = parse_visit(input, ctx.now, settings.zone);
        }
        OrderStep::Confirmation => {}
    }
    Ok(())
}

/// Finds the equipment with this name, typed in any of the languages.
fn equipment_named(name: &str) -> Option<EquipmentType> {
    let name = fold_words(name);
    EquipmentType::ALL.into_iter().find(|kind| {
        let matches = |other: &str| fold_words(other) == name;
        let in_any_language = |locale| matches(&names::equipment_name(Texts::of(locale), *kind));
        matches(kind.as_str()) || Locale::ALL.into_iter().any(in_any_language)
    })
}

fn step_question(ctx: &UpdateContext<'_>, draft: &OrderDraft) -> DialogueQuestion {
    let step = draft.step();
    let html = prompts::order_step(ctx.texts, step, ctx.settings.max_description);
    let id = QuestionId { step: step.number(), nonce: draft.nonce };
    match (step, draft.to_order()) {
        (OrderStep::Equipment, _) => {
            DialogueQuestion { html, markup: keyboards::equipment_choice(ctx.texts, id) }
        }
        (OrderStep::Confirmation, Some(order)) => DialogueQuestion {
            html: format!(
                "{html}\n\n{}",
                cards::draft_card(ctx.texts, ctx.settings.zone, &order, draft.files.len())
            ),
            markup: keyboards::confirm_order(ctx.texts, id),
        },
        (step, _) => {
            let markup = keyboards::step_buttons(ctx.texts, id, true, step.can_be_skipped());
            DialogueQuestion { html, markup }
        }
    }
}

fn create_order(ctx: &mut UpdateContext<'_>, draft: OrderDraft) -> HandlerResult {
    let Some(new) = draft.to_order() else {
        return Ok(step_question(ctx, &draft).ask_next(ctx, Dialogue::NewOrder(draft)));
    };
    let files: Vec<_> = draft.files.into_iter().map(|kept| kept.file).collect();
    let order = match orders::create_order(ctx.tx, &ctx.user, &new, &files, ctx.now) {
        Ok(order) => order,
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(refusal) => return Ok(ctx.refusal_reply(&refusal).end_dialogue()),
    };
    let html = html_text!(ctx.texts, "order-created", id = order.id);
    let markup = Some(keyboards::order_created(ctx.texts, order.id));
    Ok(order_card::show_about_order(ctx, order.id, OrderMessageKind::Notice, html, markup).end_dialogue())
}
