#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};

use crate::bot::testing::{ADMIN, DISPATCHER, GROUP, MASTER, OTHER_MASTER, World};
use crate::domain::status::OrderStatus;

fn message(person: i64, chat: i64, id: i32, content: Value) -> Value {
    let mut message = content;
    message["message_id"] = id.into();
    message["date"] = 1_700_000_000.into();
    message["chat"] = if chat < 0 {
        json!({ "id": chat, "type": "supergroup", "title": "Team" })
    } else {
        json!({ "id": chat, "type": "private" })
    };
    message["from"] = json!({ "id": person, "is_bot": false, "first_name": "Person" });
    message
}

fn edit(person: i64, chat: i64, id: i32, text: &str) -> Value {
    json!({ "edited_message": message(person, chat, id, json!({ "text": text })) })
}

fn sent(person: i64, chat: i64, id: i32, content: Value) -> Value {
    json!({ "message": message(person, chat, id, content) })
}

/// The same as a reply to a question of the bot.
fn reply(question: i32, text: &str) -> Value {
    let bot = json!({ "id": 777, "is_bot": true, "first_name": "Bot", "username": "test_bot" });
    json!({ "text": text, "reply_to_message": { "message_id": question, "from": bot } })
}

#[test]
fn edit_in_a_group_corrects_the_answer_of_its_author() {
    let mut world = World::new();
    world.press(ADMIN, ADMIN, 3, &format!("set_work_chat:{MASTER}"));
    world.say(ADMIN, ADMIN, &GROUP.to_string());
    let (order, card) = world.assigned(MASTER, GROUP);
    let asked = world.press(MASTER, GROUP, card, &format!("group_refuse_order:{order}")).last_in(GROUP);
    let refused = world.update(sent(MASTER, GROUP, 900, reply(asked, &"x".repeat(3000))));
    assert!(refused.in_chat(GROUP).contains("3000"), "{refused:?}");
    assert_eq!(world.update(edit(OTHER_MASTER, GROUP, 900, "not mine")).outcome, "ignored");
    let other = world.update(edit(MASTER, GROUP, 899, "another message"));
    assert!(other.messages.is_empty(), "{other:?}");
    assert_eq!(world.status(order), OrderStatus::Assigned);
    world.update(json!({ "edited_message": message(MASTER, GROUP, 900, reply(asked, "no time")) }));
    assert_eq!(world.status(order), OrderStatus::New);
    // The dialogue is over.
    assert_eq!(world.update(edit(MASTER, GROUP, 900, "too late")).outcome, "ignored");
}

#[test]
fn edit_into_a_label_does_what_the_label_says() {
    let mut world = World::new();
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    world.update(sent(DISPATCHER, DISPATCHER, 900, json!({ "text": "Oven" })));
    world.update(edit(DISPATCHER, DISPATCHER, 900, "❌ Cancel"));
    assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
}

#[test]
fn last_written_answer_is_corrected_also_after_a_button() {
    let mut world = World::new();
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    world.update(sent(DISPATCHER, DISPATCHER, 900, json!({ "text": "Oven" })));
    for (id, answer) in
        [(901, "does not heat at all"), (902, "+79990001122"), (903, "Ann"), (904, "Lenina 5")]
    {
        world.update(sent(DISPATCHER, DISPATCHER, id, json!({ "text": answer })));
    }
    world.press_offered(DISPATCHER, DISPATCHER, "dialog_skip:6");
    let heard = world.update(edit(DISPATCHER, DISPATCHER, 903, "Anna"));
    assert!(heard.in_chat(DISPATCHER).contains("last answer"), "{heard:?}");
    let corrected = world.update(edit(DISPATCHER, DISPATCHER, 904, "Lenina 7")).in_chat(DISPATCHER);
    assert!(corrected.contains("Corrected") && corrected.contains("Step 7"), "{corrected}");
    let confirmation = world.say(DISPATCHER, DISPATCHER, "after 6 pm").in_chat(DISPATCHER);
    assert!(confirmation.contains("Lenina 7") && confirmation.contains("Ann\n"), "{confirmation}");
}

#[test]
fn late_caption_answers_only_the_question_of_its_album() {
    let photo =
        |caption: Value| json!({ "photo": [{ "file_id": "f" }], "media_group_id": "7", "caption": caption });
    let mut world = World::new();
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    world.say(DISPATCHER, DISPATCHER, "Oven");
    let refused = world.update(sent(DISPATCHER, DISPATCHER, 900, photo(Value::Null)));
    assert!(refused.in_chat(DISPATCHER).contains("kept the file"), "{refused:?}");
    assert!(world.update(sent(DISPATCHER, DISPATCHER, 901, photo(Value::Null))).messages.is_empty());
    let taken = world.update(sent(DISPATCHER, DISPATCHER, 902, photo("does not heat".into())));
    assert!(taken.in_chat(DISPATCHER).contains("Step 3"), "{taken:?}");
    // A second caption is no name: neither of both is the answer.
    let late = world.update(sent(DISPATCHER, DISPATCHER, 903, photo("Ann Sample".into())));
    assert!(late.in_chat(DISPATCHER).contains("neither part"), "{late:?}");
    let asked = world.say(DISPATCHER, DISPATCHER, "does not heat at all").in_chat(DISPATCHER);
    assert!(asked.contains("Step 3"), "{asked}");
}
