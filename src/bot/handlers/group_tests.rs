//! Work groups: linking, titles, what the bot answers in a group.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::json;

use crate::bot::notices;
use crate::bot::resend::CardSettings;
use crate::bot::testing::{ADMIN, CLIENT, DISPATCHER, GROUP, MASTER, OTHER_MASTER, STRANGER, World};
use crate::db::outbox::LeasedMessage;
use crate::domain::ids::ChatId;
use crate::domain::locale::Locale;

fn linked() -> (World, i32) {
    let mut world = World::new();
    world.bot_added(DISPATCHER, GROUP);
    let heard = world.press_offered(DISPATCHER, DISPATCHER, &format!("work_group:{MASTER}:{GROUP}"));
    let first = heard.last_in(GROUP);
    (world, first)
}

#[test]
fn group_is_named_by_its_title_and_by_its_new_one() {
    let (mut world, _) = linked();
    let profile = |world: &mut World| {
        let heard = world.press(DISPATCHER, DISPATCHER, 5, &format!("manage_master:{MASTER}"));
        heard.in_chat(DISPATCHER)
    };
    let shown = profile(&mut world);
    assert!(shown.contains("“Team”") && !shown.contains(&GROUP.to_string()), "{shown}");
    let renamed = json!({ "message_id": 9, "date": 1, "new_chat_title": "The <b>Ovens</b>",
        "chat": { "id": GROUP, "type": "supergroup", "title": "The <b>Ovens</b>" },
        "from": { "id": STRANGER, "is_bot": false, "first_name": "Ann" } });
    world.update(json!({ "message": renamed }));
    let shown = profile(&mut world);
    assert!(shown.contains("The &lt;b&gt;Ovens"), "{shown}");
}

#[test]
fn group_that_cannot_be_written_to_is_unlinked_and_its_orders_go_to_the_master() {
    let (mut world, first) = linked();
    world.assigned(MASTER, GROUP);
    let payload = world.screens[&(GROUP, first)].to_string();
    let now = world.now();
    let dead = LeasedMessage {
        id: 1,
        chat: ChatId(GROUP),
        method: "sendMessage".to_owned(),
        payload,
        order_message: None,
        attempts: 0,
        due_at: now,
        expires_at: None,
    };
    let settings = CardSettings {
        locale: Locale::En,
        zone: chrono_tz::Europe::Moscow,
        map_url: "https://maps.example.org/?q=",
    };
    let reason = "Bad Request: not enough rights to send text messages to the chat";
    notices::notify_undelivered(&mut world.tx, settings, &dead, reason, now).unwrap();
    world.deliver_pending();
    assert!(world.shows(DISPATCHER, "“Team” was unlinked"));
    assert!(world.shows(MASTER, "New order") && !world.shows(MASTER, CLIENT));
    // It can be tried again from there.
    world.press_offered(DISPATCHER, DISPATCHER, &format!("set_work_chat:{MASTER}"));
    assert!(world.is_in_dialogue(DISPATCHER, DISPATCHER));
    // A repeated report finds nothing to unlink.
    let before = world.screens.len();
    notices::notify_undelivered(&mut world.tx, settings, &dead, reason, now).unwrap();
    world.deliver_pending();
    assert_eq!(world.screens.len(), before);
}

#[test]
fn bot_added_by_a_master_says_what_to_do_and_asks_the_dispatchers() {
    let mut world = World::new();
    let heard = world.bot_added(MASTER, GROUP);
    assert!(heard.in_chat(GROUP).contains("ask a dispatcher"), "{heard:?}");
    assert!(heard.in_chat(DISPATCHER).contains("“Team”"), "{heard:?}");
    let heard = world.press_offered(DISPATCHER, DISPATCHER, &format!("work_group:{MASTER}:{GROUP}"));
    assert!(heard.in_chat(GROUP).contains("work group"), "{heard:?}");
    let heard = world.bot_added(STRANGER, GROUP);
    assert!(heard.in_chat(GROUP).contains("I am back"), "{heard:?}");
}

#[test]
fn bot_added_by_a_stranger_or_where_no_master_is_says_what_to_do() {
    let mut world = World::new();
    let heard = world.bot_added(STRANGER, GROUP);
    assert!(heard.in_chat(GROUP).contains("ask a dispatcher"), "{heard:?}");
    assert_eq!(heard.messages.len(), 1, "{heard:?}");
    for master in [MASTER, OTHER_MASTER] {
        world.press(ADMIN, ADMIN, 5, &format!("deactivate_master:{master}"));
    }
    let heard = world.bot_added(DISPATCHER, GROUP);
    assert!(heard.in_chat(DISPATCHER).contains("no master to link it to"), "{heard:?}");
}

#[test]
fn unknown_command_is_answered_in_a_group_only_if_it_names_this_bot() {
    let mut world = World::new();
    let heard = world.say(STRANGER, GROUP, "/weather@test_bot");
    assert!(heard.in_chat(GROUP).contains("/order"), "{heard:?}");
    for other in ["/weather", "/weather@other_bot", "/order@other_bot 5"] {
        let heard = world.say(STRANGER, GROUP, other);
        assert!(heard.messages.is_empty(), "{other}: {heard:?}");
    }
}

#[test]
fn album_in_two_polls_gets_one_answer_outside_of_a_dialogue() {
    let mut world = World::new();
    let photo = |album: &str| json!({ "photo": [{ "file_id": "f" }], "media_group_id": album });
    assert_eq!(world.send(MASTER, MASTER, photo("7")).messages.len(), 1);
    assert_eq!(world.send(MASTER, MASTER, photo("7")).messages.len(), 0);
    assert_eq!(world.send(DISPATCHER, DISPATCHER, photo("7")).messages.len(), 1, "another chat's");
    assert_eq!(world.send(MASTER, MASTER, photo("8")).messages.len(), 1);
}

#[test]
fn only_masters_of_a_group_have_their_lists_there() {
    let (mut world, _) = linked();
    let (order, card) = world.assigned(MASTER, GROUP);
    world.press(MASTER, GROUP, card, &format!("group_accept_order:{order}"));
    let topic = |text: &str| json!({ "text": text, "message_thread_id": 7, "is_topic_message": true });
    let list = world.send(MASTER, GROUP, topic("📋 My orders"));
    assert!(list.in_chat(GROUP).contains("My orders"), "{list:?}");
    assert_eq!(world.screens[&(GROUP, list.last_in(GROUP))]["message_thread_id"], 7);
    let day = world.say(MASTER, GROUP, "📅 Сегодня");
    assert!(day.in_chat(GROUP).contains(CLIENT), "{day:?}");
    assert!(world.say(MASTER, GROUP, "/today").in_chat(GROUP).contains(CLIENT));
    // The card and the way back stay in the group.
    let (message, open) = world.offer(GROUP, &format!("open:{order}:m"));
    let opened = world.press(MASTER, GROUP, message, &open);
    assert!(opened.in_chat(GROUP).contains(CLIENT), "{opened:?}");
    let back = world.press_offered(MASTER, GROUP, "list:m");
    assert!(back.in_chat(GROUP).contains("My orders"), "{back:?}");
    for person in [STRANGER, OTHER_MASTER, DISPATCHER] {
        for label in ["📋 My orders", "📅 Today", "мои заявки"] {
            let heard = world.say(person, GROUP, label);
            assert_eq!((heard.outcome, heard.messages.len()), ("ignored", 0), "{person} {label}");
        }
        for data in [open.as_str(), "list:m:1", "list:h:1", "list:t", "my_orders_page:1"] {
            let heard = world.press(person, GROUP, back.last_in(GROUP), data);
            assert!(heard.messages.is_empty() && !heard.toast().is_empty(), "{person} {data}: {heard:?}");
        }
    }
    // Other keys are for the private chat, and the words of members are theirs.
    for text in ["⚙️ Settings", "🔍 Search", "today", "my orders are late"] {
        assert_eq!(world.say(MASTER, GROUP, text).outcome, "ignored", "{text}");
    }
}
