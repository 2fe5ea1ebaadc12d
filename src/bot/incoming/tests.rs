#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::bot::testing::{STRANGER, World};
use crate::domain::ids::TelegramId;

/// What messages of users hold, by the names of the Bot API: each kind of content, with and without a caption.
fn contents() -> Vec<Value> {
    let file = json!({ "file_id": "f", "file_unique_id": "u", "file_size": 3_000_000_000_i64 });
    let mut all = vec![
        json!({ "text": "Не сливает", "entities": [
            { "type": "bold", "offset": 0, "length": 2 },
            { "type": "custom_emoji", "offset": 0, "length": 2, "custom_emoji_id": "5" },
            { "type": "text_mention", "offset": 0, "length": 2, "user": { "id": 5, "is_bot": false, "first_name": "x" } },
            { "type": "text_link", "offset": 0, "length": 2, "url": "http://[bad/" },
            { "type": "date_time", "offset": 0, "length": 2, "unix_time": 1_783_148_399 },
        ] }),
        json!({ "text": "/start", "entities": [{ "type": "bot_command", "offset": 0, "length": 6 }] }),
        json!({ "text": "да", "reply_to_message": { "message_id": 3, "date": 1, "chat": { "id": 42 } },
            "quote": { "text": "x", "position": 0 }, "external_reply": { "origin": { "type": "channel" } } }),
        json!({ "contact": { "phone_number": "+79990001122", "first_name": "x", "user_id": 77, "vcard": "x" } }),
        json!({ "chat_shared": { "request_id": 1, "chat_id": -1_001 } }),
        json!({ "users_shared": { "request_id": 1, "users": [{ "user_id": 5 }] } }),
        json!({ "location": { "latitude": 55.75, "longitude": 37.61 } }),
        json!({ "venue": { "location": { "latitude": 55.75, "longitude": 37.61 }, "title": "x", "address": "y" } }),
        json!({ "dice": { "emoji": "🎲", "value": 3 } }),
        json!({ "poll": { "id": "1", "question": "x", "options": [], "type": "regular" } }),
        json!({ "game": { "title": "x", "description": "x", "photo": [] } }),
        json!({ "story": { "chat": { "id": 5, "type": "private" }, "id": 1 } }),
        json!({ "checklist": { "title": "x", "tasks": [] } }),
        json!({ "invoice": { "title": "x", "currency": "XTR", "total_amount": 1 } }),
        json!({ "paid_media": { "star_count": 1, "paid_media": [{ "type": "photo", "photo": [] }] } }),
        json!({ "hologram": { "file_id": "x" } }),
        json!({}),
    ];
    for kind in ["animation", "video", "document", "voice", "audio", "video_note", "sticker", "photo"] {
        let file = if kind == "photo" { json!([{ "file_id": "small" }, file]) } else { file.clone() };
        all.push(json!({ kind: file, "media_group_id": format!("13{}", all.len()) }));
        all.push(json!({ kind: file, "caption": "Не сливает", "caption_entities": [] }));
    }
    let origins = [
        json!({ "type": "user", "date": 1, "sender_user": { "id": 77, "is_bot": false, "first_name": "x" } }),
        json!({ "type": "hidden_user", "date": 1, "sender_user_name": "x" }),
        json!({ "type": "chat", "date": 1, "sender_chat": { "id": -5, "type": "supergroup", "title": "x" } }),
        json!({ "type": "channel", "date": 1, "chat": { "id": -6, "type": "channel", "title": "x" }, "message_id": 1 }),
        json!({ "type": "galaxy" }),
    ];
    all.extend(origins.map(|origin| json!({ "forward_origin": origin, "text": "Не сливает" })));
    all
}

fn message_in(chat: &Value, content: &Value) -> Value {
    let mut message = content.clone();
    message["message_id"] = 5.into();
    message["date"] = 1_700_000_000.into();
    message["chat"] = chat.clone();
    message["from"] = json!({ "id": 42, "is_bot": false, "first_name": "Имя", "language_code": "ru" });
    message
}

fn private_message(content: &Value) -> Value {
    message_in(&json!({ "id": 42, "type": "private", "first_name": "Имя" }), content)
}

/// Updates of each kind that the bot reads.
fn corpus() -> Vec<Value> {
    let group = json!({ "id": -1_001, "type": "supergroup", "title": "x", "is_forum": true });
    let from = json!({ "id": 42, "is_bot": false, "first_name": "Имя" });
    let mut all: Vec<Value> = contents()
        .iter()
        .flat_map(|content| {
            let (private, in_group) = (private_message(content), message_in(&group, content));
            [
                json!({ "message": private }),
                json!({ "message": in_group }),
                json!({ "edited_message": private }),
            ]
        })
        .collect();
    for other in [
        json!({ "migrate_to_chat_id": -1_002 }),
        json!({ "pinned_message": {} }),
        json!({ "text": "/help", "sender_chat": group, "reply_to_message": { "message_id": 3, "from": from } }),
        json!({ "text": "x", "sender_chat": { "id": -6, "type": "channel" }, "is_automatic_forward": true }),
    ] {
        all.push(json!({ "message": message_in(&group, &other) }));
    }
    for place in [private_message(&json!({})), json!({ "chat": group, "message_id": 5, "date": 0 })] {
        all.push(json!({ "callback_query": {
            "id": "4382bfdwdsb323b2d9", "from": from, "message": place, "chat_instance": "1", "data": "view_order:1",
        } }));
    }
    let member = |status: &str| json!({ "status": status, "user": { "id": 7, "is_bot": true } });
    all.push(json!({ "my_chat_member": {
        "chat": group, "from": from, "date": 1, "old_chat_member": member("left"), "new_chat_member": member("member"),
    } }));
    all
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-z_]{1,8}", inner), 0..4).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// Adds an unknown field to objects and writes numbers as texts, as the choices say.
fn add_unknown(value: &mut Value, unknown: &Value, choices: &mut impl Iterator<Item = bool>) {
    match value {
        Value::Object(fields) => {
            for field in fields.values_mut() {
                add_unknown(field, unknown, choices);
            }
            if choices.next() == Some(true) {
                fields.insert("a_field_of_tomorrow".to_owned(), unknown.clone());
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| add_unknown(one, unknown, choices)),
        Value::Number(number) if choices.next() == Some(true) => *value = number.to_string().into(),
        _ => {}
    }
}

fn parsed(update: &Value) -> ReceivedUpdate {
    ReceivedUpdate::parse(1, &update.to_string())
}

proptest! {
    #[test]
    fn unknown_fields_and_numbers_as_texts_change_nothing(
        update in proptest::sample::select(corpus()),
        unknown in any_json(),
        choices in vec(any::<bool>(), 32),
    ) {
        let mut changed = update.clone();
        add_unknown(&mut changed, &unknown, &mut choices.into_iter().cycle());
        prop_assert_eq!(parsed(&changed), parsed(&update), "{}", changed);
    }

    #[test]
    fn private_message_with_one_odd_or_missing_field_is_still_the_users(
        content in proptest::sample::select(contents()),
        field in any::<proptest::sample::Index>(),
        odd in proptest::option::of(any_json()),
    ) {
        let mut message = private_message(&content);
        let names: Vec<String> = message.as_object().unwrap().keys().filter(|name| *name != "chat").cloned().collect();
        let name = &names[field.index(names.len())];
        match odd {
            Some(odd) => message[name] = odd,
            None => drop(message.as_object_mut().unwrap().remove(name)),
        }
        let update = json!({ "message": message });
        let UpdateContent::Action(input) = parsed(&update).content else {
            return Err(TestCaseError::fail(format!("not read: {update}")));
        };
        prop_assert_eq!(input.chat, ChatId(42));
        if name != "from" {
            prop_assert_eq!(input.sender.telegram_id, TelegramId(42));
        }
    }

    #[test]
    fn any_text_is_read_or_unreadable(payload in ".{0,64}", json in any_json()) {
        let _read = ReceivedUpdate::parse(1, &payload);
        for kind in ["message", "callback_query", "my_chat_member", "edited_message"] {
            let read = parsed(&json!({ kind: json }));
            prop_assert!(!matches!(read.content, UpdateContent::Action(_)), "{:?}", read);
        }
    }
}

#[test]
fn every_kind_of_content_in_a_private_chat_is_answered_once() {
    let mut world = World::new();
    for content in contents() {
        let heard = world.send(STRANGER, STRANGER, content.clone());
        let answers = heard.messages.iter().filter(|message| message.0 == STRANGER).count();
        assert_eq!((heard.outcome, answers), ("handled", 1), "{content}");
    }
}

#[test]
fn sender_of_a_private_message_is_known_by_the_chat() {
    let chat = json!({ "id": 42, "type": "private", "first_name": "Имя", "username": "imya" });
    for from in [Value::Null, json!("x"), json!({ "id": {} })] {
        let update = json!({ "message": { "chat": chat, "from": from, "text": "x" } });
        let UpdateContent::Action(input) = parsed(&update).content else { panic!("{update}") };
        assert_eq!((input.sender.telegram_id, input.chat), (TelegramId(42), ChatId(42)));
        assert_eq!(input.sender.username.as_deref(), Some("imya"));
    }
    // A channel's post has no user.
    let post = json!({ "message": { "chat": { "id": -5, "type": "channel" }, "text": "x" } });
    assert_eq!(parsed(&post).content, UpdateContent::Ignored);
}

#[test]
fn migration_leads_from_one_group_to_another() {
    for (chat, to) in [(-5, 0), (-5, 42), (-5, -5), (42, -5)] {
        let chat = json!({ "id": chat, "type": if chat > 0 { "private" } else { "group" } });
        let message = message_in(&chat, &json!({ "text": "да", "migrate_to_chat_id": to }));
        let UpdateContent::Action(input) = parsed(&json!({ "message": message })).content else {
            panic!("{message}")
        };
        assert_eq!(input.event, IncomingEvent::Text("да".to_owned()));
    }
}

#[test]
fn deeply_nested_values_are_skipped() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let payload = format!(
        r#"{{"message":{{"chat":{{"id":42,"type":"private","x":{deep}}},"caption":{deep},"text":"да","y":{deep}}}}}"#
    );
    let UpdateContent::Action(input) = ReceivedUpdate::parse(1, &payload).content else { panic!() };
    assert_eq!(input.event, IncomingEvent::Text("да".to_owned()));
    assert_eq!(read_update_id(&format!(r#"{{"a":{deep},"update_id":"7"}}"#)), Some(7));
}

#[test]
fn details_of_a_message_are_kept() {
    let photo = json!({ "photo": [{ "file_id": "small" }, { "file_id": "large" }], "media_group_id": 13 });
    let edited = json!({ "edited_message": private_message(&photo) });
    let UpdateContent::Edit(input) = parsed(&edited).content else { panic!() };
    let details = MessageDetails {
        ids: vec![MessageId(5)],
        marks: PartMarks {
            sent_at: Some(1_700_000_000),
            media_group: Some("13".to_owned()),
            may_be_cut: false,
        },
        files: vec![MediaFile { message: MessageId(5), kind: "photo", file_id: "large".to_owned() }],
        reply_to: None,
    };
    assert_eq!(input.message, Some(details));
    let reply = json!({ "text": "x", "reply_to_message": { "message_id": 3, "from": { "id": 7, "username": "test_bot" } } });
    let UpdateContent::Action(input) = parsed(&json!({ "message": private_message(&reply) })).content else {
        panic!()
    };
    let replied = RepliedMessage { message: Some(MessageId(3)), author: Some("test_bot".to_owned()) };
    assert_eq!(input.message.unwrap().reply_to, Some(replied));
    // An animation is a document for old clients, too.
    let animation = json!({ "animation": { "file_id": "a" }, "document": { "file_id": "d" } });
    let UpdateContent::Action(input) = parsed(&json!({ "message": private_message(&animation) })).content
    else {
        panic!()
    };
    let kinds: Vec<&str> = input.message.unwrap().files.iter().map(|file| file.kind).collect();
    assert_eq!(kinds, ["animation"]);
}
