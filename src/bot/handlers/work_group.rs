//! The group in which a master works: choosing it, and moving the master's cards there.

use teloxide::types::ReplyMarkup;

use super::announce::new_master_card;
use super::{common, day_plan};
use crate::bot::context::{HandlerResult, UpdateContext};
use crate::bot::dialogue::{Dialogue, DialogueAnswer, OriginChat};
use crate::bot::incoming::ChatMigration;
use crate::bot::labels::Label;
use crate::bot::reply::Reply;
use crate::bot::view::text::{Texts, html_text};
use crate::bot::view::{cards, keyboards, lists};
use crate::db::AnyConnection;
use crate::domain::ids::{ChatId, ChatPlace, TelegramId, ThreadId, parse_typed_id};
use crate::domain::input::normalize_line;
use crate::domain::master::{Master, MasterFilter};
use crate::logging::write::LogContext;
use crate::service::masters::{self, MasterChange};
use crate::service::{self, Refusal, chats, orders, users};

pub(super) fn begin_dialogue(ctx: &mut UpdateContext<'_>, id: TelegramId) -> HandlerResult {
    let master = masters::view_master(ctx.tx, &ctx.user, id)?;
    Ok(ask_for_group(ctx, &master, None))
}

/// Sets the group that was picked, forwarded from or typed; skipping means the private chat.
pub(crate) fn answer_step(
    ctx: &mut UpdateContext<'_>,
    id: TelegramId,
    answer: &DialogueAnswer,
) -> HandlerResult {
    let master = match masters::view_master(ctx.tx, &ctx.user, id) {
        Ok(master) => master,
        Err(Refusal::Database(error)) => return Err(error.into()),
        Err(refusal) => return Ok(ctx.refusal_reply(&refusal).end_dialogue()),
    };
    let group = match answer {
        DialogueAnswer::Skip => return set_group(ctx, &master, None),
        DialogueAnswer::Repeat => return Ok(ask_for_group(ctx, &master, None)),
        DialogueAnswer::Forwarded { origin: Some(OriginChat::Channel), .. } => {
            let error = html_text!(ctx.texts, "work-group-is-channel");
            return Ok(ask_for_group(ctx, &master, Some(error)));
        }
        // Telegram names the group only where a message was written in its name.
        DialogueAnswer::Forwarded { origin: None, .. } => {
            let error = html_text!(ctx.texts, "work-group-forward-without-group");
            return Ok(ask_for_group(ctx, &master, Some(error)));
        }
        DialogueAnswer::ChatPicked(chat)
        | DialogueAnswer::Forwarded { origin: Some(OriginChat::Group(chat)), .. } => Some((*chat).into()),
        DialogueAnswer::Text(typed) => parse_group(typed),
        _ => None,
    };
    match group.filter(|group| group.chat.is_group()) {
        Some(group) => set_group(ctx, &master, Some(group)),
        None => Ok(ask_for_group(ctx, &master, Some(html_text!(ctx.texts, "work-group-not-a-group")))),
    }
}

/// Parses the id of a group, or the link to a topic of a private group or to a message in it: `https://t.me/c/1234567890/7`,
/// `.../7/100` or `.../100?thread=7`.
fn parse_group(typed: &str) -> Option<ChatPlace> {
    let text = normalize_line(typed);
    let link = text.trim_start_matches("https://").trim_start_matches("http://");
    let Some(path) = link.strip_prefix("t.me/c/") else {
        return parse_typed_id::<ChatId>(typed).map(ChatPlace::from);
    };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut parts = path.split('/');
    let chat = ChatId(format!("-100{}", parts.next()?).parse().ok()?);
    let thread = query.split('&').find_map(|pair| pair.strip_prefix("thread=")).or_else(|| parts.next());
    // 1 stands for the general topic.
    let thread = thread.and_then(|part| part.parse().ok()).filter(|number| *number > 1);
    Some(ChatPlace { chat, thread: thread.map(ThreadId) })
}

/// Answers that the bot was added to a group. Staff are offered the masters to link it to, in their private chat; a master's
/// group is offered to the dispatchers; all others read in the group what to do. A group that has a master already was a
/// group before it became this supergroup, or the bot comes back to it.
pub(crate) fn offer_group(ctx: &mut UpdateContext<'_>, title: &str) -> HandlerResult {
    if let Some(master) = masters::find_master_of_group(ctx.tx, ctx.chat)? {
        let mention = cards::mention_user(master.telegram_id, &master.name);
        return Ok(ctx.send_message(html_text!(ctx.texts, "work-group-back", master = mention), None));
    }
    if ctx.user.roles.is_staff() {
        return offer_masters(ctx, title);
    }
    let advice = ctx.send_message(html_text!(ctx.texts, "work-group-advice"), None);
    Ok(advice.and(offer_own_group(ctx, title)?))
}

/// Offers staff the masters to whom the group can be linked.
fn offer_masters(ctx: &mut UpdateContext<'_>, title: &str) -> HandlerResult {
    let mut masters = masters::list_masters(ctx.tx, &ctx.user, MasterFilter::All)?;
    masters.retain(|(master, _)| master.is_active && master.sees_orders());
    let texts = Texts::of(ctx.locale_of(&ctx.user));
    let reader = ctx.user.telegram_id.into();
    if masters.is_empty() {
        let section = Label::Masters.text(texts.locale());
        let html = html_text!(texts, "work-group-no-masters", group = title, masters = section);
        return Ok(Reply::none().send_message(reader, html, None));
    }
    let html = html_text!(texts, "work-group-ask-master", group = title);
    let markup = ReplyMarkup::InlineKeyboard(keyboards::group_master_choice(texts, ctx.chat, &masters));
    Ok(Reply::none().send_message(reader, html, Some(markup)))
}

/// Offers the dispatchers to link the group to the master who added the bot to it.
fn offer_own_group(ctx: &mut UpdateContext<'_>, title: &str) -> HandlerResult {
    let Some(master) = masters::find_own_profile(ctx.tx, &ctx.user)? else { return Ok(Reply::none()) };
    let mut reply = Reply::none();
    for reader in users::list_dispatchers(ctx.tx)? {
        let texts = Texts::of(ctx.locale_of(&reader));
        let html = html_text!(texts, "work-group-added-by-master", group = title, name = &master.name);
        let markup = keyboards::link_own_group(texts, master.telegram_id, ctx.chat);
        reply = reply.send_message(reader.telegram_id.into(), html, Some(markup.into()));
    }
    Ok(reply)
}

/// Moves everything of a group to the supergroup that it became. No reply: the group did not ask for it.
pub(crate) fn follow_migration(
    tx: &mut AnyConnection,
    ChatMigration { from, to }: ChatMigration,
) -> service::Result<()> {
    let LogContext { update, chat, .. } = LogContext::current();
    tracing::info!(update, chat, from = from.0, to = to.0, "group became a supergroup");
    chats::move_chat(tx, from, to)
}

/// Links the group to the master who was picked for it.
pub(crate) fn link_group(ctx: &mut UpdateContext<'_>, id: TelegramId, group: ChatId) -> HandlerResult {
    let master = masters::view_master(ctx.tx, &ctx.user, id)?;
    set_group(ctx, &master, Some(group.into()))
}

fn ask_for_group(ctx: &UpdateContext<'_>, master: &Master, error: Option<String>) -> Reply {
    let question = html_text!(ctx.texts, "work-group-ask", name = &master.name);
    let html = error.map_or(question.clone(), |error| format!("{error}\n\n{question}"));
    let markup = ReplyMarkup::Keyboard(keyboards::group_picker(ctx.texts));
    ctx.send_message(html, Some(markup)).continue_dialogue(Dialogue::WorkChat { master: master.telegram_id })
}

/// Sets or clears the group, tells the group, and moves the cards of the master's open orders. Ends the dialogue that
/// asked for the group; the main menu replaces its keyboard.
fn set_group(ctx: &mut UpdateContext<'_>, master: &Master, group: Option<ChatPlace>) -> HandlerResult {
    let change = MasterChange::WorkChat(group);
    let (before, after) = masters::change_master(ctx.tx, &ctx.user, master.telegram_id, change, ctx.now)?;
    let master = after.unwrap_or(before.clone());
    let html = match group {
        Some(_) => {
            let group = lists::work_group_name(ctx.texts, &master);
            html_text!(ctx.texts, "work-group-set", name = &master.name, group = group)
        }
        None => html_text!(ctx.texts, "work-group-cleared", name = &master.name),
    };
    let question = Dialogue::WorkChat { master: master.telegram_id };
    let was_asked = ctx.dialogue.as_ref().is_some_and(|open| open.has_same_subject(&question));
    let mut reply = if was_asked {
        ctx.send_message(html, common::main_menu(ctx)).end_dialogue()
    } else {
        ctx.show_screen(html, None)
    };
    if before == master {
        return Ok(reply);
    }
    if let Some(group) = group {
        let texts = ctx.texts_for_chat(group.chat)?;
        let mention = cards::mention_user(master.telegram_id, &master.name);
        let html = html_text!(texts, "work-group-announcement", master = mention);
        reply = reply.announce_link(group, html, ctx.user.telegram_id);
    }
    Ok(reply.and(move_cards(ctx, &master)?))
}

/// Replaces every card in the old group, those of closed orders included, and sends a card of each open order to the
/// new one.
fn move_cards(ctx: &mut UpdateContext<'_>, master: &Master) -> HandlerResult {
    let mut reply = Reply::none();
    for (order, card) in orders::list_master_cards_elsewhere(ctx.tx, &ctx.user, master)? {
        let texts = ctx.texts_for_chat(card.place.chat)?;
        reply = reply.retire_card(card.row, card.place, html_text!(texts, "order-wrong-group", id = order));
    }
    for order in orders::list_open_orders_of_master(ctx.tx, &ctx.user, master.id)? {
        reply = reply.and(new_master_card(ctx, &order, master)?);
    }
    Ok(reply.and(day_plan::refresh_day(ctx, Some(master))?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn link_means_the_topic_and_not_the_message_in_it() {
        for (link, topic) in [
            ("https://t.me/c/1234567890", None),
            ("https://t.me/c/1234567890/7", Some(7)),
            ("t.me/c/1234567890/7/100?single", Some(7)),
            ("https://t.me/c/1234567890/100?thread=7", Some(7)),
            ("https://t.me/c/1234567890/100?single&thread=7", Some(7)),
            ("https://t.me/c/1234567890/100?thread=1", None),
            ("https://t.me/c/1234567890/1/100", None),
        ] {
            let place = ChatPlace { chat: ChatId(-1_001_234_567_890), thread: topic.map(ThreadId) };
            assert_eq!(parse_group(link), Some(place), "{link}");
        }
    }
}
