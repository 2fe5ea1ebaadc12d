//! How a dialogue asks: a question with buttons, in a group addressed to the user who is asked.

use teloxide::types::{InlineKeyboardMarkup, ReplyMarkup};

use super::common;
use crate::bot::context::UpdateContext;
use crate::bot::dialogue::Dialogue;
use crate::bot::reply::Reply;
use crate::bot::view::cards;
use crate::bot::view::text::{Html, html_text, plain_text};

pub(crate) struct DialogueQuestion {
    pub(super) html: String,
    pub(super) markup: InlineKeyboardMarkup,
}

impl DialogueQuestion {
    /// Adds what else the user is told above the question.
    pub(super) fn with_notice(self, notice: Option<String>) -> Self {
        match notice {
            Some(notice) => Self { html: format!("{notice}\n\n{}", self.html), ..self },
            None => self,
        }
    }

    /// Asks the first question of a dialogue, or the present one again, always in a new message: the pressed button is under a card.
    pub(super) fn ask_first(self, ctx: &UpdateContext<'_>, dialogue: Dialogue) -> Reply {
        let markup = ReplyMarkup::InlineKeyboard(self.markup);
        let question = ctx.send_message(address_user(ctx, self.html), Some(markup)).with_question();
        common::keyboard_notice(ctx).and(question.continue_dialogue(dialogue))
    }

    /// Asks the next question: after a press in place of the last one, so that no question can be answered twice.
    pub(super) fn ask_next(self, ctx: &UpdateContext<'_>, dialogue: Dialogue) -> Reply {
        let html = if ctx.is_edit {
            format!("{}\n\n{}", html_text!(ctx.texts, "edit-taken"), self.html)
        } else {
            self.html
        };
        Self { html, ..self }.ask(ctx, dialogue)
    }

    fn ask(self, ctx: &UpdateContext<'_>, dialogue: Dialogue) -> Reply {
        let question = ctx.show_screen(address_user(ctx, self.html), Some(self.markup)).with_question();
        question.continue_dialogue(dialogue)
    }

    /// Asks the same question again, below the error in the answer.
    pub(super) fn ask_again(self, ctx: &UpdateContext<'_>, error: &str, dialogue: Dialogue) -> Reply {
        let html = format!("{error}\n\n{}", self.html);
        Self { html, ..self }.ask(ctx, dialogue)
    }
}

/// Answers a button of a past step.
pub(crate) fn passed_step_alert(ctx: &UpdateContext<'_>) -> Reply {
    Reply::none().with_alert(plain_text!(ctx.texts, "button-other-step"))
}

/// Addresses a question in a group: to the user who is asked, with how their answer reaches a bot in privacy mode
/// (Telegram Bot API: Bots, privacy mode).
fn address_user(ctx: &UpdateContext<'_>, html: String) -> String {
    if !ctx.chat.is_group() {
        return html;
    }
    let person = cards::mention_user(ctx.user.telegram_id, &ctx.user.display_name());
    html_text!(ctx.texts, "group-question", person = person, question = Html(html))
}
