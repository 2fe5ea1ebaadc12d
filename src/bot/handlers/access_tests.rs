#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::TimeDelta;
use serde_json::json;

use crate::bot::testing::{ADMIN, DISPATCHER, MASTER, STRANGER, World};
use crate::domain::ids::TelegramId;
use crate::domain::role::Role;
use crate::service::operator;

const OTHER_ADMIN: i64 = 3;
const ORDER: &str = "The oven does not heat, 5 Made-up Street, +7 900 000-11-22 Anna";

fn with_two_admins() -> World {
    let mut world = World::new();
    world.say(OTHER_ADMIN, OTHER_ADMIN, "/start");
    let now = world.now();
    operator::grant_role(&mut world.tx, TelegramId(OTHER_ADMIN), Role::Admin, now).unwrap();
    world
}

#[test]
fn stranger_becomes_a_dispatcher_by_one_press_and_the_other_admin_sees_who_decided() {
    let mut world = with_two_admins();
    let asked = world.say(STRANGER, STRANGER, "🔑 Ask for access");
    assert!(asked.in_chat(STRANGER).contains("administrators have your request"), "{asked:?}");
    assert!(asked.in_chat(ADMIN).contains("Person 99") && asked.in_chat(ADMIN).contains("99"), "{asked:?}");
    let (card, approve) = world.offer(ADMIN, "access:dispatcher");
    let (other_card, other_approve) = world.offer(OTHER_ADMIN, "access:dispatcher");
    let heard = world.press(ADMIN, ADMIN, card, &approve);
    assert!(heard.in_chat(STRANGER).contains("dispatcher"), "{heard:?}");
    assert!(world.person(STRANGER).unwrap().roles.has(Role::Dispatcher));
    assert!(world.keys(STRANGER, heard.last_in(STRANGER)).contains(&"➕ New order".to_owned()));
    for (chat, card) in [(ADMIN, card), (OTHER_ADMIN, other_card)] {
        assert!(world.buttons(chat, card).is_empty());
        assert!(world.text(chat, card).contains("Decided by: Person 1"), "{}", world.text(chat, card));
    }
    // The press of the other admin was on its way.
    for late in [other_approve.as_str(), "access:rejected:1", "access:master:1"] {
        let late = world.press(OTHER_ADMIN, OTHER_ADMIN, other_card, late);
        assert!(late.toast().contains("Person 1") && late.in_chat(STRANGER).is_empty(), "{late:?}");
    }
    assert!(world.person(STRANGER).unwrap().roles.has(Role::Dispatcher));
    let again = world.say(STRANGER, STRANGER, "🔑 Ask for access");
    assert!(again.in_chat(STRANGER).contains("already have access"), "{again:?}");
}

#[test]
fn stranger_becomes_a_master_once_phone_and_trade_are_known() {
    let mut world = with_two_admins();
    let shown = world.say(STRANGER, STRANGER, "ℹ️ Information").last_in(STRANGER);
    let asked = world.press(STRANGER, STRANGER, shown, "ask_access");
    assert!(asked.toast().contains("administrators have your request"), "{asked:?}");
    let heard = world.press_offered(ADMIN, ADMIN, "access:master");
    assert!(heard.in_chat(ADMIN).contains("phone"), "{heard:?}");
    assert!(world.person(STRANGER).unwrap().roles.is_unknown(), "not yet");
    world.say(ADMIN, ADMIN, "+7 900 000-00-99");
    world.say(ADMIN, ADMIN, "plumbing");
    let done = world.press_offered(ADMIN, ADMIN, "confirm_add_master");
    assert!(world.person(STRANGER).unwrap().roles.is_master());
    assert!(done.in_chat(OTHER_ADMIN).contains("Added by: Person 1"), "{done:?}");
    assert!(done.in_chat(STRANGER).contains("added as a master"), "{done:?}");
}

#[test]
fn declined_stranger_is_told_and_may_ask_again_after_a_day() {
    let mut world = World::new();
    world.say(STRANGER, STRANGER, "🔑 Ask for access");
    let waiting = world.say(STRANGER, STRANGER, "🔑 Ask for access");
    assert!(waiting.in_chat(STRANGER).contains("already have your request"), "{waiting:?}");
    assert_eq!(waiting.in_chat(ADMIN), "");
    let declined = world.press_offered(ADMIN, ADMIN, "access:rejected");
    assert!(declined.in_chat(STRANGER).contains("did not give you access"), "{declined:?}");
    let soon = world.say(STRANGER, STRANGER, "🔑 Ask for access");
    assert!(soon.in_chat(STRANGER).contains("declined") && soon.in_chat(ADMIN).is_empty(), "{soon:?}");
    world.wait(TimeDelta::hours(24));
    let again = world.say(STRANGER, STRANGER, "🔑 Ask for access");
    assert!(again.in_chat(ADMIN).contains("Asks for access"), "{again:?}");
    // An open request is asked anew after a day, as one request.
    world.wait(TimeDelta::hours(24));
    world.say(STRANGER, STRANGER, "🔑 Ask for access");
    let approved = world.press_offered(ADMIN, ADMIN, "access:dispatcher");
    let retired = approved.messages.iter().filter(|message| message.2.contains("Dispatcher now")).count();
    assert_eq!(retired, 2, "both cards: {approved:?}");
}

#[test]
fn only_admins_decide_and_only_strangers_ask() {
    let mut world = World::new();
    world.say(STRANGER, STRANGER, "🔑 Ask for access");
    for person in [DISPATCHER, MASTER, STRANGER] {
        for decision in ["dispatcher", "master", "rejected"] {
            let heard = world.press(person, person, 5, &format!("access:{decision}:1"));
            assert_eq!(heard.outcome, "refused", "{person} {decision}");
        }
    }
    assert_eq!(world.press(ADMIN, ADMIN, 5, "access:dispatcher:9").outcome, "refused");
    assert!(world.person(STRANGER).unwrap().roles.is_unknown());
    assert_eq!(world.press(STRANGER, STRANGER, 5, "message_to_order:1").outcome, "refused");
}

#[test]
fn first_message_in_an_hour_reaches_the_dispatchers_and_becomes_a_draft() {
    let mut world = World::new();
    let heard = world.say(STRANGER, STRANGER, ORDER);
    assert!(heard.in_chat(DISPATCHER).contains("The oven does not heat"), "{heard:?}");
    assert!(heard.in_chat(DISPATCHER).contains("tg://user?id=99"), "{heard:?}");
    assert!(heard.in_chat(STRANGER).contains("dispatcher has your message"), "{heard:?}");
    assert_eq!(heard.in_chat(ADMIN), "", "dispatchers are there");
    let second = world.say(STRANGER, STRANGER, "are you there?");
    assert_eq!(second.in_chat(DISPATCHER), "");
    assert!(second.in_chat(STRANGER).contains("next one after"), "{second:?}");
    let draft = world.press_offered(DISPATCHER, DISPATCHER, "message_to_order");
    let shown = draft.in_chat(DISPATCHER);
    for part in ["5 Made-up Street", "Anna", "does not heat"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!(world.count_orders(), 0, "nothing is created without the confirmation");
    world.press_offered(DISPATCHER, DISPATCHER, "confirm_order");
    assert_eq!(world.count_orders(), 1);
    world.wait(TimeDelta::hours(1));
    let later = world.say(STRANGER, STRANGER, "thank you");
    assert!(later.in_chat(DISPATCHER).contains("thank you"), "{later:?}");
}

#[test]
fn the_other_dispatcher_sees_who_takes_a_message() {
    let mut world = World::new();
    let other = 4;
    world.say(other, other, "/start");
    let now = world.now();
    operator::grant_role(&mut world.tx, TelegramId(other), Role::Dispatcher, now).unwrap();
    world.say(STRANGER, STRANGER, ORDER);
    let (card, data) = world.offer(other, "message_to_order");
    world.press_offered(DISPATCHER, DISPATCHER, "message_to_order");
    assert!(world.text(other, card).contains("Taking the order: Person 2"), "{}", world.text(other, card));
    let late = world.press(other, other, card, &data);
    assert!(late.toast().contains("Person 2") && late.messages.is_empty(), "{late:?}");
    // The first one began a draft already; a second one would replace it.
    let again = world.press_offered(DISPATCHER, DISPATCHER, "message_to_order");
    assert!(again.toast().contains("Finish or cancel"), "{again:?}");
    // After a while another may take it over.
    world.wait(TimeDelta::minutes(15));
    let taken = world.press(other, other, card, &data);
    assert!(taken.in_chat(other).contains("Made-up Street"), "{taken:?}");
}

#[test]
fn photo_of_a_stranger_is_sent_on_and_kept_with_the_order() {
    let mut world = World::new();
    let photo = json!([{ "file_id": "made-up", "file_unique_id": "u", "width": 1, "height": 1 }]);
    let heard = world.send(STRANGER, STRANGER, json!({ "photo": photo, "caption": ORDER }));
    assert!(heard.in_chat(DISPATCHER).contains("Made-up Street"), "{heard:?}");
    assert_eq!(heard.messages.iter().filter(|message| message.0 == DISPATCHER).count(), 2, "and the photo");
    let draft = world.press_offered(DISPATCHER, DISPATCHER, "message_to_order");
    assert!(draft.in_chat(DISPATCHER).contains("📎"), "{draft:?}");
}

#[test]
fn strangers_in_a_group_and_presses_of_theirs_reach_no_dispatcher() {
    let mut world = World::new();
    let heard = world.say(STRANGER, crate::bot::testing::GROUP, ORDER);
    assert_eq!((heard.outcome, heard.messages.len()), ("ignored", 0));
    let heard = world.press(STRANGER, STRANGER, 5, "dialog_confirm:1");
    assert_eq!(heard.in_chat(DISPATCHER), "");
    let skipped = world.say(STRANGER, STRANGER, "⏭️ Skip");
    assert_eq!(skipped.in_chat(DISPATCHER), "");
}
