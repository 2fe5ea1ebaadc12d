//! Greeting, help, cancelling, settings, sections that do not exist yet, and unknown messages.

use teloxide::types::ReplyMarkup;

use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueNonce};
use crate::bot::reply::{NextDialogue, Reply};
use crate::bot::view::text::{Texts, html_text, plain_text};
use crate::bot::view::{keyboards, messages, refusals};
use crate::db::dashboards;
use crate::domain::locale::Locale;
use crate::domain::master::Master;
use crate::domain::phone::readable_phone;
use crate::service::{self, Refusal, company_settings, users};

/// Answers `/start`: the user's roles and their menu.
pub(crate) fn answer_start(ctx: &UpdateContext<'_>) -> Reply {
    if ctx.chat.is_group() {
        return answer_help(ctx);
    }
    let greeting = ctx.send_message(messages::start_greeting(ctx.texts, &ctx.user), main_menu(ctx));
    let greeting =
        if ctx.user.roles.is_unknown() { greeting } else { greeting.register_role(ctx.user.telegram_id) };
    leave_dialogue(ctx, greeting)
}

pub(crate) fn answer_help(ctx: &UpdateContext<'_>) -> Reply {
    if ctx.chat.is_group() {
        return ctx.send_message(html_text!(ctx.texts, "help-group"), None);
    }
    let html = messages::help_text(ctx.texts, ctx.user.roles, ctx.user.telegram_id);
    // The menu would cover the keyboard of an open dialogue.
    let markup = if ctx.dialogue.is_none() { main_menu(ctx) } else { None };
    ctx.send_message(html, markup)
}

/// Cancels the dialogue to which the button belongs; a button of an older version has no nonce and cancels any.
pub(crate) fn cancel_by_button(ctx: &mut UpdateContext<'_>, nonce: Option<DialogueNonce>) -> Reply {
    match &ctx.dialogue {
        Some(dialogue) if nonce.is_some() && nonce != dialogue.nonce() => ctx.stale_button_alert(),
        None if ctx.chat.is_group() => ctx.stale_button_alert(),
        // Its dialogue is over; another one that waits has a button of its own.
        None if nonce.is_some() => Reply::none().with_toast(plain_text!(ctx.texts, "dialogue-none")),
        _ => cancel_dialogue(ctx),
    }
}

/// Cancels the open dialogue, else the last one that waits, if there is one.
pub(crate) fn cancel_dialogue(ctx: &mut UpdateContext<'_>) -> Reply {
    if ctx.dialogue.is_none() {
        ctx.dialogue = ctx.waiting.pop();
    }
    let html = match &ctx.dialogue {
        Some(_) => html_text!(ctx.texts, "dialogue-cancelled"),
        None if ctx.is_press => {
            return Reply::none().with_toast(plain_text!(ctx.texts, "dialogue-none"));
        }
        None => html_text!(ctx.texts, "dialogue-none"),
    };
    if ctx.is_press {
        return ctx.show_screen(html, None).end_dialogue();
    }
    ctx.send_message(html, main_menu(ctx)).end_dialogue()
}

/// Ends a dialogue that the user may not go on with, since they lost a role.
pub(crate) fn end_forbidden_dialogue(ctx: &UpdateContext<'_>) -> Reply {
    let html = html_text!(ctx.texts, "dialogue-forbidden");
    if ctx.is_press {
        return ctx.show_screen(html, None).end_dialogue();
    }
    ctx.send_message(html, main_menu(ctx)).end_dialogue()
}

pub(crate) fn show_settings(ctx: &mut UpdateContext<'_>) -> HandlerResult {
    let rule = company_settings::get_address_rule(ctx.tx)?;
    let has_dashboard = dashboards::find_dashboard(ctx.tx, ctx.user.telegram_id)?.is_some();
    let markup = keyboards::settings_choice(ctx.texts, ctx.user.roles, rule, has_dashboard);
    Ok(ctx.show_screen(messages::settings_text(ctx.texts), Some(markup)))
}

/// Switches the user's language.
pub(crate) fn choose_language(ctx: &mut UpdateContext<'_>, locale: Locale) -> HandlerResult {
    users::set_language(ctx.tx, &ctx.user, locale)?;
    ctx.texts = Texts::of(locale);
    let switched = html_text!(ctx.texts, "language-switched");
    let menu = ReplyMarkup::Keyboard(keyboards::main_menu(ctx.texts, ctx.user.roles));
    Ok(show_settings(ctx)?.and(ctx.send_message(switched, Some(menu))))
}

/// Tells a user without a role what the bot is.
pub(crate) fn show_information(ctx: &UpdateContext<'_>) -> Reply {
    let html = html_text!(ctx.texts, "company-information", id = ctx.user.telegram_id);
    ctx.send_message(html, Some(ReplyMarkup::InlineKeyboard(keyboards::ask_access(ctx.texts))))
}

/// Tells how to reach the company.
pub(crate) fn show_contact(ctx: &UpdateContext<'_>) -> Reply {
    let html = html_text!(ctx.texts, "company-contact", id = ctx.user.telegram_id);
    let html = match contact_line(ctx) {
        Some(contact) => format!("{contact}\n\n{html}"),
        None => html,
    };
    ctx.send_message(html, main_menu(ctx))
}

/// Returns the line with the phone of the company, if it is known.
pub(super) fn contact_line(ctx: &UpdateContext<'_>) -> Option<String> {
    let phone = ctx.settings.contact_phone.as_ref()?;
    Some(html_text!(ctx.texts, "company-phone", phone = readable_phone(phone.as_str())))
}

/// Refuses a section to a user without the role for it, with the menu of their roles.
pub(crate) fn refuse_section(ctx: &UpdateContext<'_>) -> Reply {
    let html = refusals::refusal_text(ctx.texts, &Refusal::NoRight);
    ctx.send_message(html, main_menu(ctx))
}

/// Answers a key of a dialogue where none is open.
pub(crate) fn no_question(ctx: &UpdateContext<'_>) -> Reply {
    ctx.send_message(html_text!(ctx.texts, "question-none"), main_menu(ctx))
}

pub(crate) fn unknown_text(ctx: &UpdateContext<'_>) -> Reply {
    let html = if ctx.user.roles.is_staff() {
        html_text!(ctx.texts, "text-not-understood-staff")
    } else {
        html_text!(ctx.texts, "text-not-understood")
    };
    ctx.send_message(html, main_menu(ctx))
}

/// Answers a command that does not exist; it answers no question, so an open dialogue stays as it is.
pub(crate) fn unknown_command(ctx: &UpdateContext<'_>, names_this_bot: bool) -> Reply {
    match &ctx.dialogue {
        Some(_) => ctx.send_message(html_text!(ctx.texts, "command-unknown-dialogue"), None),
        None if ctx.chat.is_group() && names_this_bot => {
            ctx.send_message(html_text!(ctx.texts, "command-unknown-group"), None)
        }
        // It may be for another bot.
        None if ctx.chat.is_group() => Reply::none(),
        None => ctx.send_message(html_text!(ctx.texts, "command-unknown"), main_menu(ctx)),
    }
}

/// Answers a picture, a voice message, a sticker outside of a dialogue.
pub(crate) fn unsupported_content(ctx: &UpdateContext<'_>) -> Reply {
    let roles = ctx.user.roles;
    let html = if roles.is_staff() {
        html_text!(ctx.texts, "content-without-order-staff")
    } else if roles.is_master() {
        html_text!(ctx.texts, "content-without-order")
    } else {
        html_text!(ctx.texts, "content-not-supported")
    };
    ctx.send_message(html, main_menu(ctx))
}

/// Leaves the open dialogue for a section. Nothing of it is lost.
pub(crate) fn leave_dialogue(ctx: &UpdateContext<'_>, reply: Reply) -> Reply {
    // Nothing was typed yet.
    if ctx.dialogue.as_ref().is_some_and(|dialogue| !dialogue.can_wait()) {
        return Reply::none().end_dialogue().and(reply);
    }
    if ctx.dialogue.is_none() {
        return reply;
    }
    let reply = reply.leave_dialogue();
    keyboard_notice(ctx).and(reply)
}

/// Puts the menu in place of the keyboard of the open dialogue, if that has one, since the user turns to something else.
pub(super) fn keyboard_notice(ctx: &UpdateContext<'_>) -> Reply {
    match &ctx.dialogue {
        Some(Dialogue::WorkChat { .. }) => {
            ctx.send_message(html_text!(ctx.texts, "work-group-waits"), main_menu(ctx))
        }
        _ => Reply::none(),
    }
}

/// Adds the button that continues what the user left, or what still asks them.
pub(crate) fn offer_continuation(ctx: &UpdateContext<'_>, reply: Reply) -> Reply {
    let waiting = match &reply.dialogue {
        NextDialogue::Keep | NextDialogue::Leave => ctx.dialogue.as_ref().or(ctx.waiting.last()),
        NextDialogue::End => ctx.waiting.last(),
        NextDialogue::Continue(_) => None,
    };
    match waiting {
        Some(dialogue) if dialogue.can_wait() && !ctx.chat.is_group() => {
            let html = html_text!(ctx.texts, "dialogue-waiting");
            reply.add_button(ctx.place(), keyboards::continue_dialogue(ctx.texts, dialogue), html)
        }
        _ => reply,
    }
}

/// Returns the main menu of the user; groups have none.
pub(super) fn main_menu(ctx: &UpdateContext<'_>) -> Option<ReplyMarkup> {
    (!ctx.chat.is_group()).then(|| ReplyMarkup::Keyboard(keyboards::main_menu(ctx.texts, ctx.user.roles)))
}

/// Returns the main menu that a master has from now on.
pub(super) fn menu_of_master(
    ctx: &mut UpdateContext<'_>,
    texts: &Texts,
    master: &Master,
) -> service::Result<Option<ReplyMarkup>> {
    let user = users::find_user(ctx.tx, master.telegram_id)?;
    Ok(user.map(|user| ReplyMarkup::Keyboard(keyboards::main_menu(texts, user.roles))))
}
