//! One update in one transaction.
//!
//! The mark that the update is done, its changes, the next step of the dialogue and the messages are all in the
//! transaction in which [`process_update`] is called. A crash leaves all of it or nothing, and a repeated update finds
//! itself done.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::json;
use teloxide::types::ReplyMarkup;

use super::assembly;
use super::commands;
use super::context::{EarlierAlbum, UpdateContext, notice_reply};
use super::dialogue::DialogueState;
use super::dialogue_store;
use super::follow_up;
use super::handlers::work_group;
use super::incoming::{
    AnonymousAction, ButtonPress, ChatTitle, IncomingEvent, IncomingUpdate, ReceivedUpdate, UpdateContent,
};
use super::order_screen::texts_of_chat;
use super::questions;
use super::reply::{Reply, Toast};
use super::router;
use super::settings::BotSettings;
use super::view::text::{Texts, plain_text};
use super::view::{keyboards, refusals};
use crate::db::dialogues::DialogueKey;
use crate::db::{self, AnyConnection, chats, inbox, order_messages};
use crate::domain::ids::ThreadId;
use crate::service::{Refusal, users};
use crate::telegram::Call;

/// What is left to do once the transaction is durable.
#[derive(Debug, Default)]
pub struct ProcessedUpdate {
    /// How it ended, for the log.
    pub outcome: &'static str,
    /// The command, button, menu section or dialogue step, for the log. Never what a user typed; `None` where no handler
    /// ran.
    pub action: Option<Cow<'static, str>>,
    /// Whether messages were put into the outbox.
    pub has_messages: bool,
    /// The command menus of users who got or lost a role. The next start registers them again.
    pub menus: Vec<Call>,
    /// The answer to a press. It is not replayed after a crash: Telegram accepts it for a short time only.
    pub callback_answer: Option<Call>,
}

/// Processes an update inside the transaction that the caller opened.
///
/// After an error the caller must roll back, then try again or call [`fail_update`].
pub fn process_update(
    tx: &mut AnyConnection,
    settings: &BotSettings,
    update: &ReceivedUpdate,
    now: DateTime<Utc>,
) -> db::Result<ProcessedUpdate> {
    if !mark_done(tx, update, now)? {
        return match find_open_parts(tx, update)? {
            Some(rest) => process_update(tx, settings, &rest, now),
            None => Ok(repeated_update(update)),
        };
    }
    if let Some(ChatTitle { chat, title }) = &update.title {
        chats::store_chat_title(tx, *chat, title, now)?;
    }
    let ended = |outcome| Ok(ProcessedUpdate { outcome, ..ProcessedUpdate::default() });
    match &update.content {
        UpdateContent::Action(input) if router::is_group_chatter(tx, input)? => ended("ignored"),
        UpdateContent::Action(input) => process_input(tx, settings, update.id, input.clone(), false, now),
        UpdateContent::Edit(input) if follow_up::is_ignorable_edit(tx, input)? => ended("ignored"),
        UpdateContent::Edit(input) => process_input(tx, settings, update.id, input.clone(), true, now),
        UpdateContent::Migration(migration) => {
            work_group::follow_migration(tx, *migration).map_err(Refusal::into_database_error)?;
            let action = Some("group_moved".into());
            Ok(ProcessedUpdate { outcome: "handled", action, ..ProcessedUpdate::default() })
        }
        UpdateContent::Anonymous(action) if router::is_for_bot(action, &settings.username) => {
            answer_anonymous(tx, settings, update.id, action, now)
        }
        UpdateContent::Anonymous(_) | UpdateContent::Ignored => ended("ignored"),
        UpdateContent::Unreadable(_) => {
            inbox::update_outcome(tx, update.id, inbox::UNREADABLE)?;
            ended(inbox::UNREADABLE)
        }
    }
}

/// Tells who acts in the name of a chat that the bot must know who they are.
fn answer_anonymous(
    tx: &mut AnyConnection,
    settings: &BotSettings,
    update_id: i64,
    action: &AnonymousAction,
    now: DateTime<Utc>,
) -> db::Result<ProcessedUpdate> {
    let text = plain_text!(Texts::of(settings.locale), "error-anonymous-sender");
    let reply = notice_reply(action.place, action.query.is_some(), text);
    let callback_answer =
        action.query.as_ref().map(|query| answer_callback_query(query, reply.toast.as_ref()));
    let has_messages = reply.store_messages(tx, Some(update_id), now)? > 0;
    let action = Some("anonymous".into());
    Ok(ProcessedUpdate {
        outcome: "refused",
        action,
        has_messages,
        callback_answer,
        ..ProcessedUpdate::default()
    })
}

/// Marks an update and the further parts of its message; `false` when that was done before.
fn mark_done(tx: &mut AnyConnection, update: &ReceivedUpdate, now: DateTime<Utc>) -> db::Result<bool> {
    if !inbox::mark_done(tx, update.id, now)? {
        return Ok(false);
    }
    for part in &update.parts {
        inbox::mark_done(tx, *part, now)?;
    }
    Ok(true)
}

/// Returns the parts of a message that came when its beginning was done already, as a message of their own.
fn find_open_parts(tx: &mut AnyConnection, update: &ReceivedUpdate) -> db::Result<Option<ReceivedUpdate>> {
    let open = inbox::list_open_updates(tx, &update.parts)?;
    let parts = open.iter().map(|stored| ReceivedUpdate::parse(stored.update_id, &stored.payload));
    Ok(assembly::join_parts(parts))
}

fn process_input(
    tx: &mut AnyConnection,
    settings: &BotSettings,
    update_id: i64,
    mut input: IncomingUpdate,
    is_edit: bool,
    now: DateTime<Utc>,
) -> db::Result<ProcessedUpdate> {
    input.thread = find_thread(tx, &input)?;
    let query = match &input.event {
        IncomingEvent::Press(press) => Some(press.query.clone()),
        _ => None,
    };
    let (reply, outcome, action) = run_handler(tx, settings, input, update_id, is_edit, now)?;
    let callback_answer = query.map(|query| answer_callback_query(&query, reply.toast.as_ref()));
    let (locale, with_role, without_role) =
        (settings.locale, reply.users_with_role(), reply.users_without_role());
    let registered = with_role.into_iter().flat_map(|user| commands::role_menus(user, locale));
    let removed = without_role.into_iter().flat_map(|user| commands::removed_menus(user, locale));
    let menus = registered.chain(removed).collect();
    let has_messages = reply.store_messages(tx, Some(update_id), now)? > 0;
    Ok(ProcessedUpdate { outcome, action: Some(action), has_messages, menus, callback_answer })
}

/// Returns the topic in which something happened. Telegram does not say in which one an old message is.
pub(super) fn find_thread(tx: &mut AnyConnection, input: &IncomingUpdate) -> db::Result<Option<ThreadId>> {
    match (input.thread, &input.event) {
        (None, IncomingEvent::Press(ButtonPress { message: Some(message), .. })) if input.chat.is_group() => {
            order_messages::find_message_thread(tx, input.chat, *message)
        }
        (thread, _) => Ok(thread),
    }
}

/// Returns the photos of the same album that were handled before this one: the rest of an album may come with a later poll. The
/// inbox remembers them, so nothing else has to.
fn find_earlier_album(
    tx: &mut AnyConnection,
    input: &IncomingUpdate,
    update_id: i64,
) -> db::Result<Option<EarlierAlbum>> {
    let album = input.message.as_ref().and_then(|details| details.marks.media_group.as_deref());
    let Some(album) = album else { return Ok(None) };
    let mut earlier = EarlierAlbum::default();
    for stored in inbox::list_done_before(tx, update_id, album)? {
        let received = ReceivedUpdate::parse(stored.update_id, &stored.payload);
        if let Some(details) = received.album_part(input.chat, album) {
            earlier.updates.push(stored.update_id);
            earlier.files.extend(details.order_files());
        }
    }
    Ok((!earlier.updates.is_empty()).then_some(earlier))
}

/// Returns what is left to do for an update that is done already. Its commit may have gone through without being
/// reported, so its messages may wait for the courier and its press for an answer.
fn repeated_update(update: &ReceivedUpdate) -> ProcessedUpdate {
    let callback_answer = update.callback_query().map(|query| answer_callback_query(query, None));
    ProcessedUpdate { outcome: "repeated", has_messages: true, callback_answer, ..ProcessedUpdate::default() }
}

/// Answers a press; without an answer the button keeps spinning.
fn answer_callback_query(query: &str, toast: Option<&Toast>) -> Call {
    let payload = match toast {
        Some(Toast { text, alert }) => {
            json!({ "callback_query_id": query, "text": text, "show_alert": alert })
        }
        None => json!({ "callback_query_id": query }),
    };
    Call { method: "answerCallbackQuery", payload: payload.to_string() }
}

/// Marks an update that cannot succeed as failed and apologises to its sender.
pub(crate) fn fail_update(
    tx: &mut AnyConnection,
    settings: &BotSettings,
    update: &ReceivedUpdate,
    now: DateTime<Utc>,
) -> db::Result<ProcessedUpdate> {
    if !mark_done(tx, update, now)? {
        return Ok(repeated_update(update));
    }
    inbox::update_outcome(tx, update.id, "failed")?;
    let mut processed = ProcessedUpdate { outcome: "failed", ..ProcessedUpdate::default() };
    let text = refusals::internal_error(Texts::of(settings.locale));
    if let Some(query) = update.callback_query() {
        processed.callback_answer = Some(answer_callback_query(query, Some(&Toast { text, alert: true })));
    } else if let UpdateContent::Action(input) | UpdateContent::Edit(input) = &update.content {
        let apology = Reply::none().send_message(input.place(), text, None);
        processed.has_messages = apology.store_messages(tx, Some(update.id), now)? > 0;
    }
    Ok(processed)
}

/// Drops an update of a user who sends too many. With `is_first` they are told so.
pub(crate) fn drop_update(
    tx: &mut AnyConnection,
    settings: &BotSettings,
    update: &ReceivedUpdate,
    is_first: bool,
    now: DateTime<Utc>,
) -> db::Result<ProcessedUpdate> {
    if !mark_done(tx, update, now)? {
        for part in &update.parts {
            inbox::mark_done(tx, *part, now)?;
        }
        return Ok(repeated_update(update));
    }
    inbox::update_outcome(tx, update.id, inbox::FLOOD)?;
    let action = Some("flood".into());
    let mut processed = ProcessedUpdate { outcome: "ignored", action, ..ProcessedUpdate::default() };
    let mut notice = Reply::none();
    if let Some(input) = update.input().filter(|_| is_first) {
        let texts = texts_of_chat(tx, input.chat, settings.locale).map_err(Refusal::into_database_error)?;
        let is_press = update.callback_query().is_some();
        notice = notice_reply(input.place(), is_press, plain_text!(texts, "error-flood"));
    }
    processed.callback_answer =
        update.callback_query().map(|query| answer_callback_query(query, notice.toast.as_ref()));
    processed.has_messages = notice.store_messages(tx, Some(update.id), now)? > 0;
    Ok(processed)
}

/// Loads the user and the dialogue, runs the handler and stores the next step. Returns the reply, the outcome and the
/// action for the log.
fn run_handler(
    tx: &mut AnyConnection,
    settings: &BotSettings,
    input: IncomingUpdate,
    update_id: i64,
    is_edit: bool,
    now: DateTime<Utc>,
) -> db::Result<(Reply, &'static str, Cow<'static, str>)> {
    let place = input.place();
    let earlier_album = find_earlier_album(tx, &input, update_id)?;
    let IncomingUpdate { sender, chat, thread, event, message } = input;
    let configured = settings.appointed.roles_of(sender.telegram_id);
    let user = users::register_contact(tx, &sender, configured, now).map_err(Refusal::into_database_error)?;
    let key = DialogueKey { place, user: sender.telegram_id };
    let stored = dialogue_store::load_dialogue(tx, key, now)?;
    // A group has a language of its own: its members may have chosen different ones.
    let chosen = if chat.is_group() { None } else { user.locale };
    let (is_press, pressed_message) = match &event {
        IncomingEvent::Press(press) => (true, press.message),
        _ => (false, None),
    };
    let dialogue = stored.dialogue().cloned();
    let texts = Texts::of(chosen.unwrap_or(settings.locale));
    let lost_notice = refusals::lost_dialogue(texts, &stored.state);
    let menu = (!chat.is_group()).then(|| ReplyMarkup::Keyboard(keyboards::main_menu(texts, user.roles)));
    let (mut action, mut last_answer, mut active) = (Cow::Borrowed(""), None, None);
    // In a savepoint, so that a refusal reverts what the handler did while its answer is still sent.
    let handled = db::in_savepoint(tx, |tx| {
        let mut ctx = UpdateContext {
            tx,
            settings,
            now,
            update_id,
            user,
            chat,
            thread,
            texts,
            dialogue,
            waiting: stored.waiting.clone(),
            has_lost_dialogue: lost_notice.is_some(),
            has_ended_dialogue: matches!(stored.state, DialogueState::Ended),
            is_press,
            pressed_message,
            message: message.unwrap_or_default(),
            earlier_album,
            is_edit,
            last_answer: stored.last_answer.clone(),
            action: Cow::Borrowed(""),
        };
        let handled = follow_up::handle_event(&mut ctx, event);
        (action, last_answer, active) = (ctx.action, ctx.last_answer, ctx.dialogue);
        handled
    });
    let (mut reply, outcome) = match handled {
        Ok(reply) => (reply, "handled"),
        Err(Refusal::Database(error)) => return Err(error),
        Err(refusal) => (notice_reply(place, is_press, refusals::refusal_text(texts, &refusal)), "refused"),
    };
    if let Some(notice) = lost_notice {
        reply = Reply::none().send_message(place, notice, menu).and(reply);
    }
    let next = std::mem::take(&mut reply.dialogue);
    let question = questions::settle_questions(tx, key, &stored, (active.as_ref(), &next), &mut reply, now)?;
    dialogue_store::store_dialogue(tx, key, &stored, active.as_ref(), next, (last_answer, question), now)?;
    Ok((reply, outcome, action))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use serde_json::json;

    use crate::bot::testing::{DISPATCHER, GROUP, STRANGER, World};

    const APOLOGY: &str = "something went wrong";

    #[test]
    fn part_of_a_message_whose_beginning_is_done_is_handled_once() {
        let mut world = World::new();
        world.say(DISPATCHER, DISPATCHER, "/start");
        let heard = world.repeat_with_part(DISPATCHER, "/help");
        assert_eq!((heard.outcome, heard.messages.len()), ("handled", 1));
    }

    #[test]
    fn failed_update_is_apologised_for_whether_sent_edited_or_pressed() {
        let mut world = World::new();
        for kind in ["message", "edited_message"] {
            let message = json!({ "message_id": 5, "date": 1, "text": "x",
                "chat": { "id": STRANGER, "type": "private" },
                "from": { "id": STRANGER, "is_bot": false, "first_name": "Ann" } });
            let heard = world.fail(json!({ kind: message }));
            assert!(heard.in_chat(STRANGER).contains(APOLOGY), "{kind}: {heard:?}");
        }
        for presser in [STRANGER, 1_087_968_824] {
            let heard = world.fail(json!({ "callback_query": {
                "id": "1", "chat_instance": "1", "data": "x",
                "from": { "id": presser, "is_bot": presser != STRANGER, "first_name": "Ann" },
                "message": { "message_id": 5, "date": 1, "chat": { "id": GROUP, "type": "supergroup" } },
            }}));
            assert!(heard.toast().contains(APOLOGY), "{presser}: {heard:?}");
        }
    }
}
