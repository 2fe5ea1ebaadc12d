//! How a dialogue asks: the question with its buttons, in a group addressed to the one who is meant.

use teloxide::types::InlineKeyboardMarkup;

use crate::bot::dialogue::Dialogue;
use crate::bot::reply::Reply;
use crate::bot::turn::Turn;
use crate::bot::view::cards;
use crate::bot::view::text::{Html, plain, say};

/// A question of a dialogue.
pub struct Question {
    /// Its text.
    pub html: String,
    /// Its buttons.
    pub markup: InlineKeyboardMarkup,
}

impl Question {
    /// The first question of a dialogue, always a message of its own: a button that begins one is under a card.
    #[must_use]
    pub fn begin(self, turn: &Turn<'_>, dialogue: Dialogue) -> Reply {
        let left = left_behind(turn, &dialogue);
        let markup = teloxide::types::ReplyMarkup::InlineKeyboard(self.markup);
        let asked = turn.say(addressed(turn, self.html), Some(markup)).go(dialogue);
        left.and(asked)
    }

    /// The next question: after a press in place of the last one, so that no question can be answered twice.
    #[must_use]
    pub fn ask(self, turn: &Turn<'_>, dialogue: Dialogue) -> Reply {
        turn.show(addressed(turn, self.html), Some(self.markup)).go(dialogue)
    }

    /// The same question once more, with what was wrong with the answer.
    #[must_use]
    pub fn again(self, turn: &Turn<'_>, wrong: &str, dialogue: Dialogue) -> Reply {
        let html = format!("{wrong}\n\n{}", self.html);
        Self { html, ..self }.ask(turn, dialogue)
    }
}

/// The answer to a button of a step that is over.
#[must_use]
pub fn step_passed(turn: &Turn<'_>) -> Reply {
    Reply::none().alert(plain!(turn.texts, "dialogue-step-passed"))
}

/// A word about a dialogue that another one takes the place of. Where a label of the menu began the new one, the tree
/// has said it already.
fn left_behind(turn: &Turn<'_>, next: &Dialogue) -> Reply {
    match &turn.dialogue {
        Some(left) if turn.is_press && !left.is_about_the_same(next) => {
            turn.say(super::common::left(turn.texts, left), None)
        }
        _ => Reply::none(),
    }
}

/// In a group a question says who is asked, and how the answer reaches a bot that does not read along
/// (Telegram Bot API: Bots, privacy mode).
fn addressed(turn: &Turn<'_>, html: String) -> String {
    if !turn.chat.is_group() {
        return html;
    }
    let person = cards::mention(turn.person.telegram_id, &turn.person.display_name());
    say!(turn.texts, "group-question", person = person, question = Html(html))
}
