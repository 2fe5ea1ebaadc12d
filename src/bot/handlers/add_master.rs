//! The dialogue that adds a master: person, phone, specialization, confirmation.

use teloxide::types::ReplyMarkup;

use super::question::DialogueQuestion;
use super::{access_cards, common};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{AddMasterStep, Dialogue, DialogueAnswer, DialogueNonce, MasterDraft};
use crate::bot::reply::Reply;
use crate::bot::view::keyboards::{self, QuestionId};
use crate::bot::view::prompts;
use crate::bot::view::text::{Texts, html_text};
use crate::bot::view::{lists, messages, refusals};
use crate::domain::access::AccessDecision;
use crate::domain::ids::{TelegramId, parse_typed_id};
use crate::domain::master::Master;
use crate::domain::phone::Phone;
use crate::domain::role::Role;
use crate::domain::text;
use crate::service::{self, Refusal, access, masters, users};

pub(crate) fn begin_dialogue(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    if !ctx.user.roles.is_staff() {
        return Err(Refusal::NoRight);
    }
    // The same button again: the answers so far stay, also of a dialogue that waits.
    let begun = ctx.dialogue.iter().chain(&ctx.waiting).find_map(|dialogue| match dialogue {
        Dialogue::AddMaster(draft) => Some(draft.clone()),
        _ => None,
    });
    let nonce = Some(DialogueNonce::at(ctx.now));
    let draft = begun.unwrap_or_else(|| MasterDraft { nonce, ..MasterDraft::default() });
    Ok(step_question(ctx, &draft)?.ask_first(ctx, Dialogue::AddMaster(draft)))
}

/// Begins with a known user: only phone and trade are asked for.
pub(crate) fn begin_with_person(ctx: &mut UpdateContext<'_>, person: TelegramId) -> HandlerResult {
    masters::check_candidate(ctx.tx, &ctx.user, person)?;
    let nonce = Some(DialogueNonce::at(ctx.now));
    let draft = MasterDraft { person: Some(person), nonce, ..MasterDraft::default() };
    Ok(step_question(ctx, &draft)?.ask_first(ctx, Dialogue::AddMaster(draft)))
}

pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    mut draft: MasterDraft,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let step = draft.step();
    match answer {
        DialogueAnswer::Back => draft.step_back(),
        DialogueAnswer::Repeat => {
            return Ok(step_question(ctx, &draft)?.ask_first(ctx, Dialogue::AddMaster(draft)));
        }
        DialogueAnswer::Confirm if step == AddMasterStep::Confirmation => return create_master(ctx, draft),
        answer => {
            let applied = match step {
                AddMasterStep::Person => apply_person(ctx, &mut draft, answer)?,
                _ => apply_text(ctx, &mut draft, step, answer),
            };
            if let Err(error) = applied {
                return Ok(step_question(ctx, &draft)?.ask_again(ctx, &error, Dialogue::AddMaster(draft)));
            }
        }
    }
    Ok(step_question(ctx, &draft)?.ask_next(ctx, Dialogue::AddMaster(draft)))
}

/// Finds the person and stores them in the draft. The inner error is for the user.
fn apply_person(
    ctx: &mut UpdateContext<'_>,
    draft: &mut MasterDraft,
    answer: &DialogueAnswer,
) -> service::Result<Result<(), String>> {
    let texts = ctx.texts;
    let person = match answer {
        DialogueAnswer::Contact { person: Some(person), .. }
        | DialogueAnswer::Forwarded { person: Some(person), .. } => *person,
        DialogueAnswer::Contact { .. } => {
            return Ok(Err(html_text!(texts, "add-master-contact-without-id")));
        }
        DialogueAnswer::Forwarded { origin: Some(_), .. } => {
            return Ok(Err(html_text!(texts, "add-master-not-a-person")));
        }
        DialogueAnswer::Forwarded { .. } => return Ok(Err(html_text!(texts, "add-master-hidden-sender"))),
        DialogueAnswer::Text(typed) => match parse_typed_id::<TelegramId>(typed) {
            Some(person) if person.0 > 0 => person,
            _ => return Ok(Err(html_text!(texts, "add-master-not-an-id"))),
        },
        DialogueAnswer::Skip => return Ok(Err(html_text!(texts, "error-not-skippable"))),
        DialogueAnswer::Confirm => return Ok(Err(html_text!(texts, "button-other-step"))),
        _ => return Ok(Err(html_text!(texts, "content-not-supported"))),
    };
    Ok(match masters::check_candidate(ctx.tx, &ctx.user, person) {
        Ok(_) => {
            draft.person = Some(person);
            if let DialogueAnswer::Contact { phone, .. } = answer {
                draft.phone = ctx.settings.phones.parse(phone).ok().map(Phone::into_string);
            }
            Ok(())
        }
        Err(refusal @ (Refusal::UnknownPerson | Refusal::AlreadyMaster)) => {
            Err(refusals::refusal_text(texts, &refusal))
        }
        Err(refusal) => return Err(refusal),
    })
}

/// Stores the phone or the specialization in the draft. The error is for the user.
fn apply_text(
    ctx: &UpdateContext<'_>,
    draft: &mut MasterDraft,
    step: AddMasterStep,
    answer: &DialogueAnswer,
) -> Result<(), String> {
    let texts = ctx.texts;
    let input = match (step, answer) {
        (AddMasterStep::Confirmation, _) => return Err(html_text!(texts, "error-confirm")),
        (_, DialogueAnswer::Skip) => return Err(html_text!(texts, "error-not-skippable")),
        (_, DialogueAnswer::Confirm) => return Err(html_text!(texts, "button-other-step")),
        (AddMasterStep::Phone, DialogueAnswer::Contact { phone, .. }) => phone,
        (_, answer) => answer.text().ok_or_else(|| html_text!(texts, "content-not-supported"))?,
    };
    if step == AddMasterStep::Phone {
        let phone = ctx.settings.phones.parse(input).map_err(|_| prompts::phone_error(texts))?;
        draft.phone = Some(phone.into_string());
    } else {
        let specialization = text::parse_specialization(input);
        draft.specialization = Some(specialization.map_err(|error| prompts::text_error(texts, error))?);
    }
    Ok(())
}

fn step_question(ctx: &mut UpdateContext<'_>, draft: &MasterDraft) -> service::Result<DialogueQuestion> {
    let step = draft.step();
    let id = QuestionId { step: step.number(), nonce: draft.nonce };
    let html = prompts::add_master_step(ctx.texts, step);
    let Some(new) = draft.to_master() else {
        let markup = keyboards::step_buttons(ctx.texts, id, step != AddMasterStep::Person, false);
        return Ok(DialogueQuestion { html, markup });
    };
    let name = users::find_user(ctx.tx, new.telegram_id)?.map(|user| user.display_name());
    let summary = messages::new_master(ctx.texts, &new, name.as_deref().unwrap_or_default());
    Ok(DialogueQuestion {
        html: format!("{html}\n\n{summary}"),
        markup: keyboards::confirm_add_master(ctx.texts, id),
    })
}

fn create_master(ctx: &mut UpdateContext<'_>, draft: MasterDraft) -> HandlerResult {
    let Some(new) = draft.to_master() else {
        return Ok(step_question(ctx, &draft)?.ask_next(ctx, Dialogue::AddMaster(draft)));
    };
    let master = match masters::add_master(ctx.tx, &ctx.user, &new, ctx.now) {
        Ok(master) => master,
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(refusal) => return Ok(ctx.refusal_reply(&refusal).end_dialogue()),
    };
    let html = if master.is_approved {
        html_text!(ctx.texts, "add-master-done", name = &master.name)
    } else {
        html_text!(ctx.texts, "add-master-done-pending", name = &master.name)
    };
    let markup = keyboards::manage_master(ctx.texts, ctx.now, &master, ctx.user.roles);
    let done = ctx.show_screen(html, Some(markup)).end_dialogue();
    let to_master = notify_master(ctx, &master)?;
    let requests = fulfil_request(ctx, &master)?;
    let to_admins = if master.is_approved { Reply::none() } else { notify_admins(ctx, &master)? };
    Ok(done.and(to_master).and(to_admins).and(requests))
}

/// Closes the request of a new master for a role, for all administrators who were asked.
fn fulfil_request(ctx: &mut UpdateContext<'_>, master: &Master) -> HandlerResult {
    access::fulfil_request(ctx.tx, &ctx.user, master.telegram_id, ctx.now)?;
    match users::find_user(ctx.tx, master.telegram_id)? {
        Some(person) => access_cards::retire_request_cards(ctx, &person, Some(AccessDecision::Master)),
        None => Ok(Reply::none()),
    }
}

/// Notifies the new master; an approved one gets the menu of a master.
fn notify_master(ctx: &mut UpdateContext<'_>, master: &Master) -> HandlerResult {
    let chat = master.telegram_id.into();
    let texts = ctx.texts_for_chat(chat)?;
    if !master.is_approved {
        let html = html_text!(texts, "notice-master-added-pending");
        return Ok(Reply::none().send_message(chat.into(), html, None));
    }
    let menu = common::menu_of_master(ctx, texts, master)?;
    let notice = html_text!(texts, "notice-master-added");
    Ok(Reply::none().send_message(chat.into(), notice, menu).register_role(master.telegram_id))
}

/// Asks the admins to approve a master whom a dispatcher added.
fn notify_admins(ctx: &mut UpdateContext<'_>, master: &Master) -> HandlerResult {
    let mut reply = Reply::none();
    for admin in users::list_users_with_role(ctx.tx, Role::Admin)? {
        let texts = Texts::of(ctx.locale_of(&admin));
        let profile = lists::master_profile(texts, ctx.clock(), master, 0);
        let html = format!("{}\n\n{profile}", html_text!(texts, "notice-master-pending"));
        let markup =
            ReplyMarkup::InlineKeyboard(keyboards::manage_master(texts, ctx.now, master, admin.roles));
        reply = reply.send_message(admin.telegram_id.into(), html, Some(markup));
    }
    Ok(reply)
}
