//! The dialogue that adds a master: who, phone, specialization, confirmation.

use teloxide::types::ReplyMarkup;

use super::common::texts_of;
use super::question::Question;
use super::{Answer, Handled};
use crate::bot::dialogue::{Dialogue, MasterDraft, Nonce};
use crate::bot::reply::Reply;
use crate::bot::turn::Turn;
use crate::bot::view::keyboards::{self, Place};
use crate::bot::view::prompts::{self, AddMasterStep};
use crate::bot::view::text::{Texts, say};
use crate::bot::view::{lists, messages, refusals};
use crate::domain::ids::TelegramId;
use crate::domain::master::{Master, NewMaster};
use crate::domain::phone::Phone;
use crate::domain::role::Role;
use crate::domain::text;
use crate::service::{self, Refusal, masters, people};

/// Starts the dialogue.
pub fn begin(turn: &mut Turn<'_>) -> Handled {
    if !turn.person.roles.is_staff() {
        return Err(Refusal::NoRight);
    }
    let draft = match &turn.dialogue {
        // The button again: the answers so far stay.
        Some(Dialogue::AddMaster(begun)) => begun.clone(),
        _ => MasterDraft { nonce: Some(Nonce::at(turn.now)), ..MasterDraft::default() },
    };
    Ok(question(turn, &draft)?.begin(turn, Dialogue::AddMaster(draft)))
}

/// Takes the answer to the present step.
pub fn answer(turn: &mut Turn<'_>, mut draft: MasterDraft, answer: &Answer) -> Handled {
    let step = step(&draft);
    match answer {
        Answer::Back => step_back(&mut draft),
        Answer::Confirm if step == AddMasterStep::Confirmation => return add(turn, draft),
        answer => {
            let taken = match step {
                AddMasterStep::Person => take_person(turn, &mut draft, answer)?,
                _ => take_words(turn, &mut draft, step, answer),
            };
            if let Err(wrong) = taken {
                return Ok(question(turn, &draft)?.again(turn, &wrong, Dialogue::AddMaster(draft)));
            }
        }
    }
    Ok(question(turn, &draft)?.ask(turn, Dialogue::AddMaster(draft)))
}

/// The present step: the first that has no answer.
#[must_use]
pub fn step(draft: &MasterDraft) -> AddMasterStep {
    match (draft.person, &draft.phone, &draft.specialization) {
        (None, _, _) => AddMasterStep::Person,
        (Some(_), None, _) => AddMasterStep::Phone,
        (Some(_), Some(_), None) => AddMasterStep::Specialization,
        (Some(_), Some(_), Some(_)) => AddMasterStep::Confirmation,
    }
}

/// The number of the present step, from 1.
#[must_use]
pub fn number(draft: &MasterDraft) -> u8 {
    step(draft) as u8 + 1
}

fn step_back(draft: &mut MasterDraft) {
    match step(draft) {
        AddMasterStep::Person => {}
        AddMasterStep::Phone => draft.person = None,
        AddMasterStep::Specialization => draft.phone = None,
        AddMasterStep::Confirmation => draft.specialization = None,
    }
}

/// Finds out who is meant. The inner result is what is wrong with the answer.
fn take_person(
    turn: &mut Turn<'_>,
    draft: &mut MasterDraft,
    answer: &Answer,
) -> service::Result<Result<(), String>> {
    let texts = turn.texts;
    let person = match answer {
        Answer::Contact { person: Some(person), .. } | Answer::Forwarded { person: Some(person), .. } => {
            *person
        }
        Answer::Contact { .. } => return Ok(Err(say!(texts, "add-master-contact-without-id"))),
        Answer::Forwarded { .. } => return Ok(Err(say!(texts, "add-master-hidden-sender"))),
        Answer::Text(typed) => match typed.trim().parse::<TelegramId>() {
            Ok(person) if person.0 > 0 => person,
            _ => return Ok(Err(say!(texts, "add-master-not-an-id"))),
        },
        Answer::Skip => return Ok(Err(say!(texts, "error-not-skippable"))),
        Answer::Confirm => return Ok(Err(say!(texts, "dialogue-step-passed"))),
        _ => return Ok(Err(say!(texts, "unsupported-content"))),
    };
    Ok(match masters::candidate(turn.tx, &turn.person, person) {
        Ok(_) => {
            draft.person = Some(person);
            Ok(())
        }
        Err(refusal @ (Refusal::UnknownPerson | Refusal::AlreadyMaster)) => {
            Err(refusals::refusal(texts, &refusal))
        }
        Err(refusal) => return Err(refusal),
    })
}

fn take_words(
    turn: &Turn<'_>,
    draft: &mut MasterDraft,
    step: AddMasterStep,
    answer: &Answer,
) -> Result<(), String> {
    let texts = turn.texts;
    let words = match (step, answer) {
        (AddMasterStep::Confirmation, _) => return Err(say!(texts, "error-confirm")),
        (_, Answer::Skip) => return Err(say!(texts, "error-not-skippable")),
        (_, Answer::Confirm) => return Err(say!(texts, "dialogue-step-passed")),
        (AddMasterStep::Phone, Answer::Contact { phone, .. }) => phone,
        (_, answer) => answer.words().ok_or_else(|| say!(texts, "unsupported-content"))?,
    };
    if step == AddMasterStep::Phone {
        let phone = turn.settings.phones.parse(words).map_err(|_| prompts::phone_error(texts))?;
        draft.phone = Some(phone.into_string());
    } else {
        let said = text::specialization(words).map_err(|error| prompts::text_error(texts, error))?;
        draft.specialization = Some(said);
    }
    Ok(())
}

fn question(turn: &mut Turn<'_>, draft: &MasterDraft) -> service::Result<Question> {
    let (step, place) = (step(draft), Place { step: number(draft), nonce: draft.nonce });
    let html = prompts::add_master_step(turn.texts, step);
    Ok(match finished(draft) {
        Some(new) => {
            let name = people::find(turn.tx, new.telegram_id)?.map(|person| person.display_name());
            let summary = messages::new_master(turn.texts, &new, name.as_deref().unwrap_or_default());
            Question {
                html: format!("{html}\n\n{summary}"),
                markup: keyboards::confirm_add_master(turn.texts, place),
            }
        }
        None => Question {
            html,
            markup: keyboards::step_buttons(turn.texts, place, step != AddMasterStep::Person, false),
        },
    })
}

/// The master, once every step has its answer.
fn finished(draft: &MasterDraft) -> Option<NewMaster> {
    Some(NewMaster {
        telegram_id: draft.person?,
        phone: Phone::from_stored(draft.phone.clone()?),
        specialization: draft.specialization.clone()?,
    })
}

fn add(turn: &mut Turn<'_>, draft: MasterDraft) -> Handled {
    let Some(new) = finished(&draft) else {
        return Ok(question(turn, &draft)?.ask(turn, Dialogue::AddMaster(draft)));
    };
    let master = match masters::add(turn.tx, &turn.person, &new, turn.now) {
        Ok(master) => master,
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(refusal) => return Ok(turn.refused(&refusal).end()),
    };
    let html = if master.is_approved {
        say!(turn.texts, "add-master-done", name = &master.name)
    } else {
        say!(turn.texts, "add-master-done-pending", name = &master.name)
    };
    let markup = keyboards::manage_master(turn.texts, &master, turn.person.roles);
    let done = turn.show(html, Some(markup)).end();
    let told = tell_master(turn, &master)?;
    let asked = if master.is_approved { Reply::none() } else { tell_admins(turn, &master)? };
    Ok(done.and(told).and(asked))
}

/// The person who was added; whoever is let in gets the menu that is theirs from now on.
fn tell_master(turn: &mut Turn<'_>, master: &Master) -> Handled {
    let chat = master.telegram_id.into();
    let texts = texts_of(turn, chat)?;
    if !master.is_approved {
        return Ok(Reply::none().say(chat, say!(texts, "notice-master-added-pending"), None));
    }
    let markup = people::find(turn.tx, master.telegram_id)?
        .map(|person| ReplyMarkup::Keyboard(keyboards::main_menu(texts, person.roles)));
    Ok(Reply::none().say(chat, say!(texts, "notice-master-added"), markup))
}

/// A dispatcher cannot let a master in; somebody who can must hear of it.
fn tell_admins(turn: &mut Turn<'_>, master: &Master) -> Handled {
    let mut reply = Reply::none();
    for admin in people::with_role(turn.tx, Role::Admin)? {
        let texts = Texts::of(turn.locale_of(&admin));
        let card = lists::master_card(texts, turn.settings.zone, master, 0);
        let html = format!("{}\n\n{card}", say!(texts, "notice-master-pending"));
        let markup = ReplyMarkup::InlineKeyboard(keyboards::manage_master(texts, master, admin.roles));
        reply = reply.say(admin.telegram_id.into(), html, Some(markup));
    }
    Ok(reply)
}
