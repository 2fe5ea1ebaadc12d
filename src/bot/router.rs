//! Finds the handler of an update.
//!
//! A press means its button. A command or a label means itself, also in the middle of a dialogue. Everything else
//! answers the open dialogue, if there is one. In a group the bot reacts only to presses, commands and the answers of
//! an open dialogue.

use super::answers::on_answer;
use super::buttons;
use super::callback::PageNumber;
use super::commands::BotCommand;
use super::context::{HandlerResult, UpdateContext};
use super::dialogue::DialogueAnswer;
use super::handlers::{
    access, comments, common, day_plan, masters, my_orders, new_order, orders, own_statistics, people,
    reports, search, work_group,
};
use super::incoming::{AnonymousAction, IncomingEvent, IncomingUpdate, MessageDetails};
use super::labels::Label;
use super::reply::Reply;
use crate::db::dialogues::DialogueKey;
use crate::db::{self, AnyConnection, dialogues, masters as master_rows, order_messages};
use crate::domain::input::normalize_line;
use crate::service;

/// Longer texts are no labels, in bytes.
const MAX_LABEL: usize = 100;

/// Whether this is a message between members of a group, which the bot ignores without registering its sender. Most
/// messages of a group are, so the check is cheap.
pub(super) fn is_group_chatter(tx: &mut AnyConnection, input: &IncomingUpdate) -> db::Result<bool> {
    let may_be_for_bot = match &input.event {
        IncomingEvent::Press(_) | IncomingEvent::BotAdded { .. } => true,
        IncomingEvent::Text(text) => text.contains('/') && normalize_line(text).starts_with('/'),
        IncomingEvent::Answer(_) => false,
    };
    if may_be_for_bot || !input.chat.is_group() || replies_to_order(tx, input)? || is_key_of_group(tx, input)?
    {
        return Ok(false);
    }
    let key = DialogueKey { place: input.place(), user: input.sender.telegram_id };
    Ok(dialogues::find_dialogue(tx, key)?.is_none())
}

/// Whether a master of the group typed or pressed a key of the menu there.
fn is_key_of_group(tx: &mut AnyConnection, input: &IncomingUpdate) -> db::Result<bool> {
    let IncomingEvent::Text(text) = &input.event else { return Ok(false) };
    if text.len() > MAX_LABEL || !Label::from_message(text).is_some_and(Label::is_for_groups) {
        return Ok(false);
    }
    let master = master_rows::find_master_of_user(tx, input.sender.telegram_id)?;
    Ok(master.is_some_and(|master| master.sees_orders() && master.chat() == input.chat))
}

/// Whether it is a reply to a message about an order.
fn replies_to_order(tx: &mut AnyConnection, input: &IncomingUpdate) -> db::Result<bool> {
    match input.message.as_ref().and_then(MessageDetails::replied_message) {
        Some(message) => Ok(order_messages::find_order_in_chat(tx, input.chat, message)?.is_some()),
        None => Ok(false),
    }
}

/// Whether an action in the name of a chat is for the bot: a press, a command or a reply to the bot.
pub(super) fn is_for_bot(action: &AnonymousAction, username: &str) -> bool {
    let command = action.text.as_deref().and_then(|text| BotCommand::parse(text, username));
    let replies_to_bot = action.replies_to.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(username));
    let is_command =
        command.is_some_and(|command| !matches!(command, BotCommand::OtherBot | BotCommand::Unknown));
    action.query.is_some() || replies_to_bot || is_command
}

/// Runs the handler of an event and notes in [`UpdateContext::action`] what it was.
pub(super) fn route_event(ctx: &mut UpdateContext<'_>, event: IncomingEvent) -> HandlerResult {
    if is_comment(ctx, &event)
        && let Some(reply) = comments::take_reply(ctx, &event)?
    {
        ctx.action = "comment".into();
        return Ok(reply);
    }
    match event {
        IncomingEvent::Press(press) => buttons::on_button(ctx, &press),
        IncomingEvent::Text(text) => on_text(ctx, text),
        IncomingEvent::BotAdded { title } => {
            ctx.action = "bot_added".into();
            work_group::offer_group(ctx, &title)
        }
        // A caption is no label and no command, except to cancel.
        IncomingEvent::Answer(DialogueAnswer::Text(caption)) if is_cancelling(ctx, &caption) => {
            on_text(ctx, caption)
        }
        IncomingEvent::Answer(answer) => on_answer(ctx, &answer),
    }
}

/// Whether a reply is what a user wants to say, and no command or label.
fn is_comment(ctx: &UpdateContext<'_>, event: &IncomingEvent) -> bool {
    ctx.message.replied_message().is_some()
        && !ctx.is_edit
        && match event {
            IncomingEvent::Text(text) => {
                Label::from_message(text).is_none()
                    && BotCommand::parse(text, &ctx.settings.username).is_none()
            }
            IncomingEvent::Answer(DialogueAnswer::Text(caption)) => !is_cancelling(ctx, caption),
            IncomingEvent::Answer(answer) => matches!(answer, DialogueAnswer::OtherContent),
            IncomingEvent::Press(_) | IncomingEvent::BotAdded { .. } => false,
        }
}

fn is_cancelling(ctx: &UpdateContext<'_>, text: &str) -> bool {
    Label::from_message(text) == Some(Label::Cancel)
        || BotCommand::parse(text, &ctx.settings.username) == Some(BotCommand::Cancel)
}

/// Handles a command, a label or any other text.
fn on_text(ctx: &mut UpdateContext<'_>, text: String) -> HandlerResult {
    if let Some(command) = BotCommand::parse(&text, &ctx.settings.username) {
        ctx.action = command.name().into();
        return on_command(ctx, command);
    }
    match Label::from_message(&text) {
        Some(Label::Cancel) => {
            ctx.action = Label::Cancel.name().into();
            Ok(common::cancel_dialogue(ctx))
        }
        Some(Label::Skip) => on_answer(ctx, &DialogueAnswer::Skip),
        Some(Label::Back) => on_answer(ctx, &DialogueAnswer::Back),
        Some(Label::Confirm) => on_answer(ctx, &DialogueAnswer::Confirm),
        Some(label)
            if ctx.chat.is_group()
                && label.is_for_groups()
                && service::masters::is_own_group(ctx.tx, &ctx.user, ctx.chat)? =>
        {
            ctx.action = format!("menu:{}", label.name()).into();
            open_group_section(ctx, label)
        }
        // Only private chats have the rest of the menu.
        Some(Label::Search) if !ctx.chat.is_group() => {
            ctx.action = "menu:search".into();
            Ok(search::ask_query(ctx))
        }
        Some(Label::Today) if !ctx.chat.is_group() => {
            ctx.action = "menu:today".into();
            day_plan::answer_today(ctx)
        }
        Some(label) if !ctx.chat.is_group() => {
            ctx.action = format!("menu:{}", label.name()).into();
            let reply = open_section(ctx, label)?;
            Ok(common::leave_dialogue(ctx, reply))
        }
        _ => on_answer(ctx, &DialogueAnswer::Text(text)),
    }
}

fn on_command(ctx: &mut UpdateContext<'_>, command: BotCommand) -> HandlerResult {
    match command {
        BotCommand::Start => Ok(common::answer_start(ctx)),
        BotCommand::Help => Ok(common::answer_help(ctx)),
        BotCommand::Cancel => Ok(common::cancel_dialogue(ctx)),
        BotCommand::Find(typed) if typed.is_empty() && !ctx.chat.is_group() => Ok(search::ask_query(ctx)),
        BotCommand::Find(typed) => search::find_orders(ctx, &typed),
        BotCommand::Today => day_plan::answer_today(ctx),
        BotCommand::Order(number) => orders::show_by_number(ctx, number),
        BotCommand::Unknown => Ok(common::unknown_command(ctx, false)),
        BotCommand::UnknownHere => Ok(common::unknown_command(ctx, true)),
        BotCommand::OtherBot => Ok(Reply::none()),
    }
}

/// Opens a section of a master's menu in their work group.
fn open_group_section(ctx: &mut UpdateContext<'_>, label: Label) -> HandlerResult {
    match label {
        Label::MyOrders => my_orders::list_orders(ctx, PageNumber::FIRST),
        _ => day_plan::show_own_day(ctx),
    }
}

/// Opens a section of the main menu.
fn open_section(ctx: &mut UpdateContext<'_>, label: Label) -> HandlerResult {
    let roles = ctx.user.roles;
    let is_open = match label {
        Label::AllOrders | Label::CreateOrder | Label::Masters | Label::Reports => roles.is_staff(),
        Label::Users => roles.is_admin(),
        Label::MyOrders | Label::MyStatistics => roles.is_master(),
        _ => true,
    };
    if !is_open {
        return Ok(common::refuse_section(ctx));
    }
    match label {
        Label::AllOrders => orders::show_overview(ctx),
        Label::CreateOrder => new_order::begin_dialogue(ctx),
        Label::Masters => masters::show_menu(ctx),
        Label::MyOrders => my_orders::list_orders(ctx, PageNumber::FIRST),
        Label::Settings => common::show_settings(ctx),
        // Its key stays on the phone of a user who got a role since.
        Label::Information if !roles.is_unknown() => Ok(common::answer_help(ctx)),
        Label::Information => Ok(common::show_information(ctx)),
        Label::Contact => Ok(common::show_contact(ctx)),
        Label::AskAccess => access::ask_access(ctx),
        Label::Users => people::list_users(ctx, None, PageNumber::FIRST),
        Label::Reports => reports::show_menu(ctx),
        Label::MyStatistics => own_statistics::show_statistics(ctx),
        // Buttons of dialogues; `on_text` handles them.
        Label::Cancel | Label::Skip | Label::Confirm | Label::Back | Label::Search | Label::Today => {
            Ok(common::unknown_text(ctx))
        }
    }
}

#[cfg(test)]
#[path = "router_tests.rs"]
mod tests;
