//! `chats`: the titles of groups; and changes that concern a chat in several tables.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::order_messages::OrderMessageKind;
use super::outbox::{NewMessage, insert_message};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::{chats, dialogue_questions, dialogues, masters, order_messages, outbox};
use crate::db::time;
use crate::domain::ids::{ChatId, MessageId};

/// Stores the title of a group unless it is stored already.
pub(crate) fn store_chat_title(
    conn: &mut AnyConnection,
    chat: ChatId,
    title: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    if find_chat_title(conn, chat)?.as_deref() == Some(title) {
        return Ok(());
    }
    let now = time::to_stored(now);
    on_each!(conn, |c| diesel::insert_into(chats::table)
        .values((chats::chat_id.eq(chat.0), chats::title.eq(title), chats::updated_at.eq(now)))
        .on_conflict(chats::chat_id)
        .do_update()
        .set((chats::title.eq(title), chats::updated_at.eq(now)))
        .execute(c))?;
    Ok(())
}

pub(crate) fn find_chat_title(conn: &mut AnyConnection, chat: ChatId) -> Result<Option<String>> {
    Ok(on_each!(conn, |c| chats::table.find(chat.0).select(chats::title).get_result(c).optional())?)
}

/// Moves everything stored under a group's id when the group has become a supergroup with another id (Telegram Bot API:
/// `ResponseParameters.migrate_to_chat_id`). Doing it again changes nothing.
///
/// A supergroup numbers its messages anew, so message ids of the old group mean nothing in the new one: its cards are no
/// longer updated, and an edit of one of its messages is sent as a new message.
pub(crate) fn move_chat(conn: &mut AnyConnection, from: ChatId, to: ChatId) -> Result<()> {
    if from == to {
        return Ok(());
    }
    let (from, to) = (from.0, to.0);
    on_each!(conn, |c| {
        diesel::update(masters::table.filter(masters::work_chat_id.eq(from)))
            .set(masters::work_chat_id.eq(to))
            .execute(c)?;
        // The new chat's own title comes with its first update.
        let has_title = diesel::select(diesel::dsl::exists(chats::table.find(to))).get_result(c)?;
        let old_title = chats::table.find(from);
        if has_title {
            diesel::delete(old_title).execute(c)?;
        } else {
            diesel::update(old_title).set(chats::chat_id.eq(to)).execute(c)?;
        }
        let unsent: Vec<(i64, String, String, Option<i64>)> = outbox::table
            .filter(outbox::state.eq_any(["pending", "dead"]))
            .filter(outbox::chat_id.eq(from))
            .select((outbox::id, outbox::method, outbox::payload, outbox::order_message_id))
            .load(c)?;
        // What is sent as a new message stays a card, which decides who may see it.
        let sent_anew: Vec<i64> = unsent
            .iter()
            .filter(|(_, method, payload, _)| is_edit_of_message(method, payload))
            .filter_map(|(.., card)| *card)
            .collect();
        let shown = order_messages::table.filter(order_messages::chat_id.eq(from));
        let gone = shown.filter(order_messages::message_id.is_not_null());
        diesel::update(gone.filter(order_messages::id.ne_all(sent_anew)))
            .set(order_messages::kind.eq(OrderMessageKind::Notice.as_str()))
            .execute(c)?;
        diesel::update(shown)
            .set((order_messages::chat_id.eq(to), order_messages::message_id.eq(None::<i32>)))
            .execute(c)?;
        diesel::update(dialogue_questions::table.filter(dialogue_questions::chat_id.eq(from)))
            .set((dialogue_questions::chat_id.eq(to), dialogue_questions::message_id.eq(None::<i32>)))
            .execute(c)?;
        // A dialogue that was started in the new chat takes precedence. The old group has no topics.
        let there: Vec<i64> = dialogues::table
            .filter(dialogues::chat_id.eq(to))
            .filter(dialogues::thread_id.eq(0))
            .select(dialogues::user_id)
            .load(c)?;
        let old = dialogues::table.filter(dialogues::chat_id.eq(from));
        diesel::delete(old.filter(dialogues::user_id.eq_any(there))).execute(c)?;
        diesel::update(old).set(dialogues::chat_id.eq(to)).execute(c)?;
        for (id, method, payload, _) in unsent {
            let (method, payload) = readdress_call(method, payload, to);
            diesel::update(outbox::table.find(id))
                .set((outbox::chat_id.eq(to), outbox::method.eq(method), outbox::payload.eq(payload)))
                .execute(c)?;
        }
    });
    Ok(())
}

/// Why messages to a channel are dead letters.
pub(crate) const CHANNEL_REASON: &str = "the chat is a channel, which its subscribers read";

/// Unlinks a channel that was taken for a work group, since ids do not tell them apart, and has the message deleted that its
/// subscribers can read.
pub(crate) fn leave_channel(
    conn: &mut AnyConnection,
    channel: ChatId,
    message: MessageId,
    now: DateTime<Utc>,
) -> Result<()> {
    on_each!(conn, |c| diesel::update(masters::table.filter(masters::work_chat_id.eq(channel.0)))
        .set((masters::work_chat_id.eq(None::<i64>), masters::work_thread_id.eq(None::<i64>)))
        .execute(c))?;
    let payload = json!({ "chat_id": channel.0, "message_id": message.0 }).to_string();
    let delete = NewMessage {
        chat: channel,
        method: "deleteMessage",
        payload,
        order_message: None,
        update_id: None,
        expires_at: None,
    };
    insert_message(conn, &delete, now)
}

/// Whether a call edits a message by its number, which the new chat does not have.
fn is_edit_of_message(method: &str, payload: &str) -> bool {
    method == "editMessageText"
        && serde_json::from_str::<Value>(payload).is_ok_and(|json| json.get("message_id").is_some())
}

/// Returns the same call for another chat.
fn readdress_call(method: String, payload: String, to: i64) -> (String, String) {
    let Ok(mut json) = serde_json::from_str::<Value>(&payload) else { return (method, payload) };
    let Some(fields) = json.as_object_mut() else { return (method, payload) };
    fields.insert("chat_id".to_owned(), to.into());
    let replaces = fields.remove("message_id").is_some() && method == "editMessageText";
    (if replaces { "sendMessage".to_owned() } else { method }, json.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use diesel::connection::SimpleConnection;

    use super::*;
    use crate::config::database::DatabaseUrl;
    use crate::db::connection;
    use crate::migrate;

    const OLD: ChatId = ChatId(-500);
    const NEW: ChatId = ChatId(-1_000_500);

    /// A master who works in the old group, what is shown there, who talks there, and what is still to be said.
    const BEFORE: &str = r#"
        INSERT INTO users (telegram_id, created_at) VALUES (11, '2026-11-22 10:00:00');
        INSERT INTO masters (telegram_id, phone, specialization, work_chat_id, created_at)
            VALUES (11, '+79990001122', 'ovens', -500, '2026-11-22 10:00:00');
        INSERT INTO orders (equipment_type, description, client_name, client_address, client_phone, created_at, updated_at)
            VALUES ('x', 'x', 'Ivan Testov', 'x', '+79990001122', '2026-11-22 10:00:00', '2026-11-22 10:00:00');
        INSERT INTO order_messages (order_id, chat_id, message_id, kind, created_at) VALUES
            (1, -500, 7, 'master', '2026-11-22 10:00:00'),
            (1, -500, NULL, 'master', '2026-11-22 10:00:00'),
            (1, -500, 8, 'master', '2026-11-22 10:00:00'),
            (1, 42, 7, 'staff', '2026-11-22 10:00:00');
        INSERT INTO dialogues (chat_id, user_id, version, state, updated_at, expires_at) VALUES
            (-500, 11, 1, 'old', '2026-11-22 10:00:00', '2026-11-22 11:00:00'),
            (-500, 12, 1, 'old', '2026-11-22 10:00:00', '2026-11-22 11:00:00'),
            (-1000500, 11, 1, 'new', '2026-11-22 10:00:00', '2026-11-22 11:00:00');
        INSERT INTO outbox (chat_id, method, payload, state, due_at, created_at) VALUES
            (-500, 'sendMessage', '{"chat_id":-500,"text":"a"}', 'sent', '2026-11-22 10:00:00', '2026-11-22 10:00:00'),
            (-500, 'sendMessage', '{"chat_id":-500,"text":"b"}', 'pending', '2026-11-22 10:00:00', '2026-11-22 10:00:00'),
            (-500, 'editMessageText', '{"chat_id":-500,"message_id":7,"text":"c"}', 'pending', '2026-11-22 10:00:00', '2026-11-22 10:00:00'),
            (-500, 'editMessageText', '{"chat_id":-500,"text":"d"}', 'pending', '2026-11-22 10:00:00', '2026-11-22 10:00:00'),
            (42, 'sendMessage', '{"chat_id":42,"text":"e"}', 'pending', '2026-11-22 10:00:00', '2026-11-22 10:00:00'),
            (-500, 'sendMessage', '{"chat_id":-500,"text":"f"}', 'dead', '2026-11-22 10:00:00', '2026-11-22 10:00:00');
        INSERT INTO outbox (chat_id, method, payload, order_message_id, due_at, created_at) VALUES
            (-500, 'editMessageText', '{"chat_id":-500,"message_id":8,"text":"g"}', 3, '2026-11-22 10:00:00', '2026-11-22 10:00:00');
    "#;

    /// Every row that holds a chat id.
    fn all_rows(conn: &mut AnyConnection) -> Vec<String> {
        on_each!(conn, |c| {
            let mut all: Vec<String> = Vec::new();
            let chats: Vec<Option<i64>> = masters::table.select(masters::work_chat_id).load(c).unwrap();
            all.extend(chats.into_iter().map(|chat| format!("master {chat:?}")));
            let shown: Vec<(i64, Option<i32>, String)> = order_messages::table
                .order(order_messages::id)
                .select((order_messages::chat_id, order_messages::message_id, order_messages::kind))
                .load(c)
                .unwrap();
            all.extend(shown.into_iter().map(|card| format!("{card:?}")));
            let talks: Vec<(i64, i64, String)> = dialogues::table
                .order((dialogues::chat_id, dialogues::user_id))
                .select((dialogues::chat_id, dialogues::user_id, dialogues::state))
                .load(c)
                .unwrap();
            all.extend(talks.into_iter().map(|talk| format!("{talk:?}")));
            let said: Vec<(i64, String, String)> = outbox::table
                .order(outbox::id)
                .select((outbox::chat_id, outbox::method, outbox::payload))
                .load(c)
                .unwrap();
            all.extend(said.into_iter().map(|(chat, method, payload)| format!("{chat} {method} {payload}")));
            all
        })
    }

    #[test]
    fn everything_follows_a_group_that_became_a_supergroup_once_and_for_all() {
        let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(":memory:".into())).unwrap();
        migrate::apply_pending(&mut conn).unwrap();
        on_each!(&mut conn, |c| c.batch_execute(BEFORE)).unwrap();
        move_chat(&mut conn, OLD, NEW).unwrap();
        let after = all_rows(&mut conn);
        assert_eq!(
            after,
            [
                "master Some(-1000500)",
                r#"(-1000500, None, "notice")"#,
                r#"(-1000500, None, "master")"#,
                r#"(-1000500, None, "master")"#,
                r#"(42, Some(7), "staff")"#,
                r#"(-1000500, 11, "new")"#,
                r#"(-1000500, 12, "old")"#,
                r#"-500 sendMessage {"chat_id":-500,"text":"a"}"#,
                r#"-1000500 sendMessage {"chat_id":-1000500,"text":"b"}"#,
                r#"-1000500 sendMessage {"chat_id":-1000500,"text":"c"}"#,
                r#"-1000500 editMessageText {"chat_id":-1000500,"text":"d"}"#,
                r#"42 sendMessage {"chat_id":42,"text":"e"}"#,
                r#"-1000500 sendMessage {"chat_id":-1000500,"text":"f"}"#,
                r#"-1000500 sendMessage {"chat_id":-1000500,"text":"g"}"#,
            ]
        );
        move_chat(&mut conn, OLD, NEW).unwrap();
        assert_eq!(all_rows(&mut conn), after);
    }
}
