//! The types of equipment in the settings of administrators: the list, one type, and its name.

use super::change_notice::end_refused;
use super::question::DialogueQuestion;
use crate::bot::callback::EquipmentCommand;
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, DialogueNonce, EquipmentNameDraft};
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::text::{html_text, plain_text};
use crate::bot::view::{equipment as view, names, prompts, refusals};
use crate::domain::equipment::is_same_name;
use crate::domain::ids::EquipmentTypeId;
use crate::domain::text;
use crate::service::equipment::{self, EquipmentChange};
use crate::service::{self, Refusal};

/// Shows all types, in the order in which they are offered.
pub(crate) fn show_list(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    if !ctx.user.roles.is_admin() {
        return Err(Refusal::NoRight);
    }
    let types = equipment::list_equipment(ctx.tx, &ctx.user, ctx.now)?;
    let html = html_text!(ctx.texts, "equipment-list", count = types.len());
    Ok(ctx.show_screen(html, Some(keyboards::equipment_list(ctx.texts, &types))))
}

pub(crate) fn run_command(
    ctx: &mut UpdateContext<'_>,
    command: EquipmentCommand,
    id: EquipmentTypeId,
) -> HandlerResult {
    let change = match command {
        EquipmentCommand::Manage => return show_type(ctx, id),
        EquipmentCommand::Rename => return ask_name(ctx, Some(id)),
        EquipmentCommand::Hide => EquipmentChange::Hide,
        EquipmentCommand::Show => EquipmentChange::Show,
        EquipmentCommand::Up => EquipmentChange::MoveUp,
        EquipmentCommand::Down => EquipmentChange::MoveDown,
    };
    equipment::change_equipment(ctx.tx, &ctx.user, id, &change, ctx.now)?;
    let toast = match command {
        EquipmentCommand::Hide => plain_text!(ctx.texts, "equipment-hidden-done"),
        EquipmentCommand::Show => plain_text!(ctx.texts, "equipment-shown-done"),
        _ => plain_text!(ctx.texts, "equipment-moved-done"),
    };
    Ok(show_type(ctx, id)?.with_toast(toast))
}

fn show_type(ctx: &mut UpdateContext<'_>, id: EquipmentTypeId) -> HandlerResult {
    let kind = equipment::view_equipment(ctx.tx, &ctx.user, id, ctx.now)?;
    let types = equipment::list_equipment(ctx.tx, &ctx.user, ctx.now)?;
    let place = types.iter().take_while(|other| other.id != id).count() + 1;
    let html = view::equipment_screen(ctx.texts, &kind, place, types.len());
    Ok(ctx.show_screen(html, Some(keyboards::manage_equipment(ctx.texts, &kind))))
}

/// Asks for the name of a new type, or for another name of a type.
pub(crate) fn ask_name(ctx: &mut UpdateContext<'_>, id: Option<EquipmentTypeId>) -> HandlerResult {
    if !ctx.user.roles.is_admin() {
        return Err(Refusal::NoRight);
    }
    let draft = EquipmentNameDraft { id, nonce: Some(DialogueNonce::at(ctx.now)) };
    Ok(name_question(ctx, draft)?.ask_first(ctx, Dialogue::EquipmentName(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    draft: EquipmentNameDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let question = match name_question(ctx, draft) {
        Ok(question) => question,
        Err(refusal) => return end_refused(ctx, refusal),
    };
    let error = match answer {
        DialogueAnswer::Repeat => return Ok(question.ask_first(ctx, Dialogue::EquipmentName(draft))),
        answer => match answer.text().map(text::parse_equipment_name) {
            Some(Ok(name)) => match store_name(ctx, draft, name) {
                Err(refusal @ Refusal::EquipmentExists) => refusals::refusal_text(ctx.texts, &refusal),
                Err(refusal) => return end_refused(ctx, refusal),
                Ok(stored) => return Ok(stored),
            },
            Some(Err(error)) => prompts::text_error(ctx.texts, error),
            None => html_text!(ctx.texts, "content-not-supported"),
        },
    };
    Ok(question.ask_again(ctx, &error, Dialogue::EquipmentName(draft)))
}

fn store_name(ctx: &mut UpdateContext<'_>, draft: EquipmentNameDraft, name: String) -> HandlerResult {
    let types = equipment::list_equipment(ctx.tx, &ctx.user, ctx.now)?;
    let mut others = types.iter().filter(|kind| Some(kind.id) != draft.id);
    // Nor may it be the translation of another name.
    if others.any(|kind| names::equipment_names(&kind.name).iter().any(|known| is_same_name(known, &name))) {
        return Err(Refusal::EquipmentExists);
    }
    match draft.id {
        Some(id) => {
            equipment::change_equipment(ctx.tx, &ctx.user, id, &EquipmentChange::Rename(name), ctx.now)?;
            Ok(show_type(ctx, id)?.end_dialogue())
        }
        None => {
            equipment::add_equipment(ctx.tx, &ctx.user, &name, ctx.now)?;
            Ok(show_list(ctx)?.end_dialogue())
        }
    }
}

fn name_question(
    ctx: &mut UpdateContext<'_>,
    draft: EquipmentNameDraft,
) -> service::Result<DialogueQuestion> {
    let html = match draft.id {
        Some(id) => {
            let kind = equipment::view_equipment(ctx.tx, &ctx.user, id, ctx.now)?;
            html_text!(ctx.texts, "equipment-ask-rename", name = names::equipment_name(ctx.texts, &kind.name))
        }
        None => html_text!(ctx.texts, "equipment-ask-name"),
    };
    let id = QuestionId { step: 1, nonce: draft.nonce };
    Ok(DialogueQuestion { html, markup: keyboards::step_buttons(ctx.texts, id, false, false) })
}
