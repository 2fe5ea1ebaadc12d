//! What Telegram sends beyond what the bot knows: newer entities, other kinds of content, values of odd types. What a user
//! sends in a private chat is answered all the same.

use botctl::testing::db::schema::inbox;
use diesel::prelude::*;
use rstest::rstest;
use serde_json::{Value, json};

use crate::dialogue::answers;
use crate::texts::{first_line, text};
use crate::world::{Backend, ChatUser, staffed};

/// Captions and texts that are a valid description.
const DESCRIPTION: &str = "Не сливает, приехать 04/07 12:00";

impl ChatUser<'_> {
    /// Sends a message with this content, in the form in which Telegram sends it.
    fn sends(self, content: Value) -> Self {
        let mut message = content;
        message["message_id"] = 5.into();
        message["date"] = 1.into();
        message["chat"] = json!({ "id": self.id, "type": "private", "first_name": "Имя" });
        message["from"] =
            json!({ "id": self.id, "is_bot": false, "first_name": "Имя", "language_code": "ru" });
        let update = json!({ "message": message }).to_string();
        self.acts(|telegram| telegram.push_raw_update(&update))
    }
}

/// Content without a text, of kinds old and new.
fn contents() -> Vec<Value> {
    vec![
        json!({ "document": { "file_id": "x", "file_unique_id": "y", "mime_type": "weird" } }),
        json!({ "voice": { "file_id": "x", "file_unique_id": "y", "duration": 1 } }),
        json!({ "audio": { "file_id": "x", "file_unique_id": "y", "duration": 1 } }),
        json!({ "video": { "file_id": "x", "file_unique_id": "y", "width": 1, "height": 1, "duration": 1,
            "mime_type": "video/mp4; codecs" } }),
        json!({ "photo": [{ "file_id": "x", "file_unique_id": "y", "width": 1, "height": 1 }] }),
        json!({ "dice": { "emoji": "🎲", "value": 3 } }),
        json!({ "hologram": { "file_id": "x" } }),
    ]
}

#[rstest]
fn text_is_the_answer_with_any_entities(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    for entity in [
        json!({ "type": "date_time", "offset": 21, "length": 11, "unix_time": 1_783_148_399 }),
        json!({ "type": "text_link", "offset": 0, "length": 6, "url": "http://[bad/" }),
        json!("not an entity"),
    ] {
        answers(dispatcher, 1);
        dispatcher.sends(json!({ "text": DESCRIPTION, "entities": [entity] }));
        dispatcher.hears(&text("order-ask-phone"));
        dispatcher.says("/cancel");
    }
}

#[rstest]
fn caption_is_the_answer_and_content_without_one_is_asked_for_as_text(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    for content in contents() {
        answers(dispatcher, 1);
        let is_file = |kind: &str| ["document", "video", "photo", "voice"].contains(&kind);
        let is_kept = content.as_object().unwrap().keys().any(|kind| is_file(kind));
        let answer = text(if is_kept { "order-file-kept" } else { "content-not-supported" });
        dispatcher.sends(content.clone()).hears(&answer);
        let mut forwarded = content.clone();
        forwarded["forward_origin"] = json!({ "type": "hidden_user", "sender_user_name": "x", "date": 1 });
        dispatcher.sends(forwarded.clone()).hears(&answer);
        for mut content in [content, forwarded] {
            content["caption"] = DESCRIPTION.into();
            dispatcher.sends(content).hears(&text("order-ask-phone"));
            dispatcher.presses("dialog_back");
        }
        dispatcher.says("/cancel");
    }
}

#[rstest]
fn content_outside_of_a_dialogue_gets_one_answer(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let master = world.master();
    master.sees("Михаил");
    for content in contents() {
        let before = master.count_texts();
        master.sends(content).hears(&text("content-without-order"));
        assert_eq!(master.count_texts(), before + 1);
    }
    // What happened in the chat was not sent by the user.
    let before = master.count_texts();
    for event in [
        json!({ "pinned_message": { "message_id": 1, "date": 1, "chat": { "id": 1, "type": "private" } } }),
        json!({ "message_auto_delete_timer_changed": { "message_auto_delete_time": 5 } }),
        json!({ "write_access_allowed": {} }),
    ] {
        master.sends(event);
    }
    master.assert_silent_since(before);
}

#[rstest]
fn unreadable_updates_are_logged_kept_and_counted(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().with("BACKUP_TIME", "").build_or_skip(backend) else { return };
    let bodies = [
        (r#"{"message":5}"#, "message"),
        (r#"{"message":null}"#, "message"),
        (r#"{"message":{"message_id":"seven"}}"#, "message"),
        (r#"{"callback_query":{}}"#, "callback_query"),
        (r#"{"my_chat_member":{"chat":[]}}"#, "my_chat_member"),
        ("{}", "other"),
    ];
    for (body, kind) in bodies {
        let update = world.sandbox.push_raw_update(body);
        assert_eq!(world.wait_until_handled(update), "unreadable", "{body}");
        let (id, kind) = (format!("\"update\":{update},"), format!("\"kind\":\"{kind}\""));
        world.wait_for_log(&["\"WARN\"", "update cannot be read", &id, &kind]);
        let stored: String =
            world.db(|conn| inbox::table.find(update).select(inbox::payload).first(conn)).unwrap();
        assert!(stored.contains(&body[1..body.len() - 1]), "{stored} is not {body}");
        assert_eq!(world.inbox_outcome(update).as_deref(), Some("unreadable"));
    }
    // Kinds that the bot does not use are no loss.
    for body in [r#"{"something_new":{"a":[1,2,{"b":null}]}}"#, r#"{"poll":{"id":"1"}}"#] {
        let update = world.sandbox.push_raw_update(body);
        assert_eq!(world.wait_until_handled(update), "ignored", "{body}");
    }
    let count = i64::try_from(bodies.len()).unwrap();
    assert_eq!(world.ask_json(&["status"], 0)["data"]["unreadable_updates"], count);
    let line = format!("inbox         0 waiting, {count} unreadable\n");
    assert!(world.ask(&["status"]).ends(0).out.contains(&line));
    world.restart();
    world.stranger().says("/start").hears("Степан");
    assert_eq!((world.unfinished(), world.messages_that_are("dead")), (0, 0));
}

#[rstest]
fn odd_update_does_not_cost_its_batch(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    // What is no update at all cannot be stored.
    world.sandbox.push_raw_update("5");
    world.sandbox.push_raw_update(r#"{"update_id":"x"}"#);
    let dispatcher = world.dispatcher();
    dispatcher.says("/start").hears("Дарья");
    // Ids and dates may come as texts.
    dispatcher.acts(|telegram| {
        let chat = json!({ "id": dispatcher.id.to_string(), "type": "private" });
        let from = json!({ "id": dispatcher.id.to_string(), "is_bot": false, "first_name": "Дарья" });
        let message = json!({ "message_id": "5", "date": "1", "chat": chat, "from": from, "text": "/help" });
        telegram.push_raw_update(&json!({ "message": message }).to_string())
    });
    dispatcher.hears(first_line(&text("help-footer")));
}
