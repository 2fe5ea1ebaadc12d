//! Greeting, help, cancelling, settings, sections that come later, and what nobody understands.

use teloxide::types::ReplyMarkup;

use super::Handled;
use crate::bot::dialogue::{Dialogue, Nonce};
use crate::bot::labels::Label;
use crate::bot::reply::Reply;
use crate::bot::turn::Turn;
use crate::bot::view::text::{Texts, plain, say, toast};
use crate::bot::view::{keyboards, messages, refusals};
use crate::domain::ids::ChatId;
use crate::domain::locale::Locale;
use crate::service::{self, Refusal, users};

/// `/start`: who the person is to the bot, and the menu of their roles.
pub fn start(turn: &mut Turn<'_>) -> Handled {
    if turn.chat.is_group() {
        return help(turn);
    }
    let greeting = turn.say(messages::greeting(turn.texts, &turn.person), menu(turn));
    Ok(leaving(turn, greeting))
}

/// `/help`, by role.
pub fn help(turn: &mut Turn<'_>) -> Handled {
    if turn.chat.is_group() {
        return Ok(turn.say(say!(turn.texts, "help-group"), None));
    }
    let html = messages::help(turn.texts, turn.person.roles, turn.person.telegram_id);
    let markup = if turn.dialogue.is_none() { menu(turn) } else { None };
    Ok(turn.say(html, markup))
}

/// The button that leaves a dialogue: the dialogue that it was shown for, or the present one when an older version showed
/// it.
pub fn cancel_pressed(turn: &mut Turn<'_>, nonce: Option<Nonce>) -> Handled {
    match &turn.dialogue {
        Some(present) if nonce.is_some() && nonce != present.nonce() => {
            Ok(Reply::none().alert(refusals::stale_button(turn.texts)))
        }
        _ => cancel(turn),
    }
}

/// `/cancel`, the label and the button: leaves the dialogue, if there is one.
pub fn cancel(turn: &mut Turn<'_>) -> Handled {
    let html = match &turn.dialogue {
        Some(_) => say!(turn.texts, "cancelled"),
        None if turn.is_press => return Ok(Reply::none().toast(plain!(turn.texts, "nothing-to-cancel"))),
        None => say!(turn.texts, "nothing-to-cancel"),
    };
    if turn.is_press {
        return Ok(turn.show(html, None).end());
    }
    Ok(turn.say(html, menu(turn)).end())
}

/// The settings: so far the language.
pub fn settings(turn: &mut Turn<'_>) -> Handled {
    let markup = ReplyMarkup::InlineKeyboard(keyboards::languages());
    Ok(turn.say(messages::settings(turn.texts), Some(markup)))
}

/// Switches the language in which the bot speaks to the person.
pub fn language(turn: &mut Turn<'_>, locale: Locale) -> Handled {
    users::set_language(turn.tx, &turn.person, locale)?;
    turn.texts = Texts::of(locale);
    let switched = say!(turn.texts, "language-switched");
    let menu = keyboards::main_menu(turn.texts, turn.person.roles);
    Ok(turn.show(messages::settings(turn.texts), Some(keyboards::languages())).say(
        turn.chat,
        switched,
        Some(ReplyMarkup::Keyboard(menu)),
    ))
}

/// What the bot is, for people without a role.
pub fn information(turn: &mut Turn<'_>) -> Handled {
    let html = say!(turn.texts, "information", id = turn.person.telegram_id);
    Ok(turn.say(html, menu(turn)))
}

/// How to reach the company.
pub fn contact(turn: &mut Turn<'_>) -> Handled {
    let html = say!(turn.texts, "contact", id = turn.person.telegram_id);
    Ok(turn.say(html, menu(turn)))
}

/// A section that is not there yet.
pub fn section_later(turn: &mut Turn<'_>, section: Label) -> Handled {
    let html = messages::section_later(turn.texts, section, turn.person.roles);
    if turn.is_press {
        return Ok(Reply::none().alert(toast(&html)));
    }
    Ok(turn.say(html, menu(turn)))
}

/// The label of a section that the person may not enter: says so, with the menu that is theirs.
pub fn no_right(turn: &mut Turn<'_>) -> Handled {
    Ok(turn.say(refusals::refusal(turn.texts, &Refusal::NoRight), menu(turn)))
}

/// Text that means nothing here.
pub fn unknown_text(turn: &mut Turn<'_>) -> Handled {
    Ok(turn.say(say!(turn.texts, "unknown-text"), menu(turn)))
}

/// Something without text that means nothing here.
pub fn unsupported_content(turn: &mut Turn<'_>) -> Handled {
    Ok(turn.say(say!(turn.texts, "unsupported-content"), menu(turn)))
}

/// What a section answers, after a word about the dialogue that the person leaves for it.
#[must_use]
pub fn leaving(turn: &Turn<'_>, reply: Reply) -> Reply {
    match &turn.dialogue {
        Some(dialogue) => turn.say(left(turn.texts, dialogue), menu(turn)).end().and(reply),
        None => reply,
    }
}

/// That a dialogue was left and nothing of it kept.
#[must_use]
pub fn left(texts: &Texts, dialogue: &Dialogue) -> String {
    let what = match dialogue {
        Dialogue::NewOrder(_) => plain!(texts, "dialogue-new-order"),
        Dialogue::Close(_) => plain!(texts, "dialogue-close-order"),
        Dialogue::Decline { .. } | Dialogue::Refuse { .. } => plain!(texts, "dialogue-reason"),
        Dialogue::AddMaster(_) => plain!(texts, "dialogue-add-master"),
        Dialogue::WorkChat { .. } => plain!(texts, "dialogue-work-group"),
    };
    say!(texts, "dialogue-left", what = what)
}

/// The main menu of the person; groups have none.
#[must_use]
pub fn menu(turn: &Turn<'_>) -> Option<ReplyMarkup> {
    (!turn.chat.is_group())
        .then(|| ReplyMarkup::Keyboard(keyboards::main_menu(turn.texts, turn.person.roles)))
}

/// The texts in the language of whoever reads a chat: their own, or the company's in a group.
pub fn texts_of(turn: &mut Turn<'_>, chat: ChatId) -> service::Result<&'static Texts> {
    if chat == turn.chat {
        return Ok(turn.texts);
    }
    let reader = match chat.person() {
        Some(person) => users::find_user(turn.tx, person)?,
        None => None,
    };
    let locale = reader.and_then(|reader| reader.locale).unwrap_or(turn.settings.locale);
    Ok(Texts::of(locale))
}
