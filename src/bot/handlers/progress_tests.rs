//! The steps of an order beyond the straight way: handed back, declined by the client, taken by staff for the master.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADMIN, DISPATCHER, GROUP, MASTER, OTHER_MASTER, STRANGER, World};
use crate::db;
use crate::db::schema::order_status_history as history;
use crate::domain::ids::OrderId;
use crate::domain::status::OrderStatus;
use diesel::prelude::*;
use serde_json::json;

/// (note, author, master in whose place) of an order's last change.
fn last_change(world: &mut World, order: OrderId) -> (Option<String>, Option<i64>, Option<i64>) {
    let db::AnyConnection::Sqlite(c) = &mut world.tx else { panic!("not SQLite") };
    let rows = history::table.filter(history::order_id.eq(order.0)).order(history::id.desc());
    rows.select((history::notes, history::changed_by, history::for_master_id)).first(c).unwrap()
}

fn stored(world: &mut World, order: OrderId) -> crate::domain::order::Order {
    db::orders::find_order(&mut world.tx, order).unwrap().unwrap()
}

/// An order in the master's private chat that went through these buttons.
fn advanced(world: &mut World, verbs: &[&str]) -> (OrderId, i32) {
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in verbs {
        match *verb {
            "dr_order" => world.starts_long_repair(order, card),
            verb => world.press(MASTER, MASTER, card, &format!("{verb}:{order}")),
        };
    }
    (order, card)
}

#[test]
fn accepted_order_is_handed_back_with_a_reason_and_can_be_assigned_at_once() {
    let mut world = World::new();
    let (order, card) = advanced(&mut world, &["accept_order"]);
    assert!(world.buttons(MASTER, card).contains(&format!("hand_back_order:{order}")));
    let asked = world.press(MASTER, MASTER, card, &format!("hand_back_order:{order}"));
    let question = asked.last_in(MASTER);
    assert!(!world.buttons(MASTER, question).iter().any(|data| data.starts_with("dialog_skip")));
    for (answer, error) in [("⏭️ Skip", "cannot be skipped"), ("no", "Too short")] {
        let heard = world.say(MASTER, MASTER, answer);
        assert!(heard.in_chat(MASTER).contains(error), "{heard:?}");
        assert_eq!(world.status(order), OrderStatus::Accepted);
    }
    let heard = world.say(MASTER, MASTER, "the car <broke> down");
    assert_eq!(world.status(order), OrderStatus::New);
    assert_eq!(stored(&mut world, order).assigned_master, None);
    let notice = heard.last_in(DISPATCHER);
    assert!(world.text(DISPATCHER, notice).contains("the car &lt;broke&gt; down"), "{heard:?}");
    assert!(world.buttons(DISPATCHER, notice).contains(&format!("assign_master:{order}")));
    assert!(world.text(MASTER, card).contains("handed") && world.buttons(MASTER, card).is_empty());
    assert_eq!(last_change(&mut world, order), (Some("the car <broke> down".to_owned()), Some(MASTER), None));
    // Pressed again on the old card, it changes nothing.
    let again = world.press(MASTER, MASTER, card, &format!("hand_back_order:{order}"));
    assert!(again.toast().contains("no longer yours"), "{again:?}");
    assert!(!world.is_in_dialogue(MASTER, MASTER));
}

#[test]
fn declining_an_accepted_order_names_the_right_button() {
    let mut world = World::new();
    let (order, card) = advanced(&mut world, &["accept_order"]);
    let refused = world.press(MASTER, MASTER, card, &format!("refuse_order_master:{order}"));
    assert!(refused.toast().contains("Can't make it"), "{refused:?}");
    let early = world.press(MASTER, MASTER, card, &format!("refuse_order_complete:{order}"));
    assert!(early.toast().contains("once the master is on site"), "{early:?}");
}

#[test]
fn client_who_declines_on_site_ends_the_order_with_the_reason() {
    let mut world = World::new();
    for verbs in [&["accept_order", "onsite_order"][..], &["accept_order", "onsite_order", "dr_order"]] {
        let (order, card) = advanced(&mut world, verbs);
        assert!(world.buttons(MASTER, card).contains(&format!("refuse_order_complete:{order}")), "{verbs:?}");
        world.press(MASTER, MASTER, card, &format!("refuse_order_complete:{order}"));
        let heard = world.say(MASTER, MASTER, "too expensive");
        let told = heard.in_chat(DISPATCHER);
        assert!(told.contains("The client declined") && told.contains("too expensive"), "{heard:?}");
        let closed = stored(&mut world, order);
        assert_eq!(
            (closed.status, closed.refuse_reason.as_deref()),
            (OrderStatus::Refused, Some("too expensive"))
        );
        assert!(closed.assigned_master.is_some());
        assert!(world.buttons(MASTER, card).is_empty());
        world.press(DISPATCHER, DISPATCHER, 9, &format!("reopen_order:{order}"));
        assert_eq!(stored(&mut world, order).refuse_reason, None);
    }
}

#[test]
fn staff_take_the_masters_steps_and_the_master_hears_of_each() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(ADMIN, ADMIN, 51, &format!("view_order:{order}"));
    let master = world.master_id(MASTER);
    for (verb, status, word) in [
        ("admin_accept_order", OrderStatus::Accepted, "accepted"),
        ("admin_onsite_order", OrderStatus::OnSite, "on site"),
    ] {
        assert!(world.buttons(ADMIN, 51).contains(&format!("{verb}:{order}")), "{verb}");
        let heard = world.press(ADMIN, ADMIN, 51, &format!("{verb}:{order}"));
        assert_eq!(world.status(order), status);
        assert!(heard.toast().contains("for the master"), "{heard:?}");
        assert!(heard.in_chat(MASTER).contains("Recorded for you by Person 1"), "{heard:?}");
        let told = heard.in_chat(DISPATCHER).to_lowercase();
        assert!(told.contains(word) && told.contains("for the master by person 1"), "{heard:?}");
        for (chat, message) in [(ADMIN, 51), (MASTER, card)] {
            assert!(world.text(chat, message).to_lowercase().contains(word), "{verb} in {chat}");
        }
        assert_eq!(last_change(&mut world, order), (None, Some(ADMIN), Some(master)));
        // A second press has no second effect.
        let again = world.press(ADMIN, ADMIN, 51, &format!("{verb}:{order}"));
        assert_eq!((again.in_chat(MASTER).as_str(), again.in_chat(DISPATCHER).as_str()), ("", ""));
    }
    world.press(ADMIN, ADMIN, 51, &format!("admin_complete_order:{order}"));
    for answer in ["5000", "0", "no", "yes"] {
        world.say(ADMIN, ADMIN, answer);
    }
    assert_eq!(world.status(order), OrderStatus::Closed);
}

#[test]
fn staff_decline_for_the_master_with_the_reason_they_heard() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(DISPATCHER, DISPATCHER, 50, &format!("view_order:{order}"));
    world.press(DISPATCHER, DISPATCHER, 50, &format!("more:{order}"));
    assert!(world.buttons(DISPATCHER, 50).contains(&format!("admin_refuse_order:{order}")));
    let asked = world.press(DISPATCHER, DISPATCHER, 50, &format!("admin_refuse_order:{order}"));
    assert!(asked.in_chat(DISPATCHER).contains("Why did the master decline"), "{asked:?}");
    let heard = world.say(DISPATCHER, DISPATCHER, "is ill");
    assert_eq!(world.status(order), OrderStatus::New);
    assert!(heard.in_chat(MASTER).contains("Recorded for you") && heard.in_chat(MASTER).contains("is ill"));
    assert!(world.text(MASTER, card).contains("no longer yours"));
    let master = world.master_id(MASTER);
    assert_eq!(last_change(&mut world, order), (Some("is ill".to_owned()), Some(DISPATCHER), Some(master)));
}

#[test]
fn staff_press_for_the_master_in_the_masters_group_and_in_no_other() {
    let mut world = World::new();
    world.press(ADMIN, ADMIN, 9, &format!("work_group:{MASTER}:{GROUP}"));
    let (order, card) = world.assigned(MASTER, GROUP);
    let elsewhere = world.press(DISPATCHER, -501, 7, &format!("group_accept_order:{order}"));
    assert!(elsewhere.toast().contains("not for this group"), "{elsewhere:?}");
    assert_eq!(world.status(order), OrderStatus::Assigned);
    let heard = world.press(DISPATCHER, GROUP, card, &format!("group_accept_order:{order}"));
    assert_eq!(world.status(order), OrderStatus::Accepted);
    assert!(heard.in_chat(GROUP).contains("Recorded for you by Person 2"), "{heard:?}");
    assert!(world.buttons(GROUP, card).contains(&format!("group_onsite_order:{order}")));
    // Others of the group still may not.
    for person in [OTHER_MASTER, STRANGER] {
        let foreign = world.press(person, GROUP, card, &format!("group_onsite_order:{order}"));
        assert!(foreign.toast().contains("not allowed"), "{foreign:?}");
    }
    assert_eq!(world.status(order), OrderStatus::Accepted);
}

#[test]
fn stranger_to_an_order_is_not_told_that_it_was_theirs() {
    let mut world = World::new();
    let (order, _) = world.assigned(MASTER, MASTER);
    for verb in ["accept_order", "onsite_order", "view_order_master", "complete_order", "hand_back_order"] {
        let heard = world.press(OTHER_MASTER, OTHER_MASTER, 70, &format!("{verb}:{order}"));
        assert!(heard.toast().contains("not allowed"), "{verb}: {heard:?}");
        assert!(!world.shows(OTHER_MASTER, "no longer yours"), "{verb}");
    }
    world.press(DISPATCHER, DISPATCHER, 5, &format!("unassign_master:{order}"));
    let former = world.press(MASTER, MASTER, 71, &format!("accept_order:{order}"));
    assert!(former.toast().contains("no longer yours"), "{former:?}");
}

#[test]
fn dispatcher_hears_what_others_do_with_the_master_of_their_order() {
    let mut world = World::new();
    let order = world.order();
    let (first, second) = (world.master_id(MASTER), world.master_id(OTHER_MASTER));
    for (data, words) in [
        (format!("select_master_for_order:{order}:{first}"), ["is assigned", "Assigned by Person 1"]),
        (
            format!("select_new_master_for_order:{order}:{second}"),
            ["is reassigned", "Reassigned by Person 1"],
        ),
        (format!("unassign_master:{order}"), ["no master", "Unassigned by Person 1"]),
    ] {
        let heard = world.press(ADMIN, ADMIN, 60, &data);
        let told = heard.in_chat(DISPATCHER);
        assert!(words.iter().all(|word| told.contains(word)), "{data}: {heard:?}");
        let own = world.press(DISPATCHER, DISPATCHER, 61, &format!("view_order:{order}"));
        assert!(!own.in_chat(DISPATCHER).contains("Person 2"));
    }
    let heard = world.press(DISPATCHER, DISPATCHER, 61, &format!("select_master_for_order:{order}:{first}"));
    assert!(!heard.in_chat(DISPATCHER).contains("Assigned by"), "{heard:?}");
}

#[test]
fn more_actions_replace_the_buttons_and_lead_back() {
    let mut world = World::new();
    let order = world.order();
    world.press(DISPATCHER, DISPATCHER, 50, &format!("view_order:{order}"));
    let first = world.buttons(DISPATCHER, 50);
    assert!(first.contains(&format!("more:{order}")) && !first.contains(&format!("close_order:{order}")));
    world.press(DISPATCHER, DISPATCHER, 50, &format!("more:{order}"));
    let more = world.buttons(DISPATCHER, 50);
    assert!(more.contains(&format!("close_order:{order}")) && more.contains(&format!("view_order:{order}")));
    world.press(DISPATCHER, DISPATCHER, 50, &format!("view_order:{order}"));
    assert_eq!(world.buttons(DISPATCHER, 50), first);
    let foreign = world.press(STRANGER, STRANGER, 50, &format!("more:{order}"));
    assert!(foreign.toast().contains("not allowed"), "{foreign:?}");
    // In a group it says nothing.
    let in_group = world.press(DISPATCHER, GROUP, 50, &format!("more:{order}"));
    assert!(in_group.toast().contains("private chat"), "{in_group:?}");
}

#[test]
fn reason_in_a_group_is_a_reply_to_the_question() {
    let mut world = World::new();
    world.press(ADMIN, ADMIN, 9, &format!("work_group:{MASTER}:{GROUP}"));
    let (order, card) = world.assigned(MASTER, GROUP);
    world.press(MASTER, GROUP, card, &format!("group_accept_order:{order}"));
    world.press(MASTER, GROUP, card, &format!("group_hand_back_order:{order}"));
    let chatter = world.say(MASTER, GROUP, "who can take over?");
    assert!(chatter.messages.is_empty(), "{chatter:?}");
    assert_eq!(world.status(order), OrderStatus::Accepted);
    let bot = json!({ "id": 777, "is_bot": true, "first_name": "Bot", "username": "test_bot" });
    let elsewhere = json!({ "text": "see you there", "reply_to_message": {
        "message_id": 7, "date": 1_700_000_000, "chat": { "id": GROUP, "type": "supergroup", "title": "Crew" }, "from": bot } });
    let heard = world.send(MASTER, GROUP, elsewhere);
    assert!(heard.messages.is_empty(), "another message of the bot: {heard:?}");
    assert_eq!(world.status(order), OrderStatus::Accepted);
    world.reply(MASTER, GROUP, "the car broke down");
    assert_eq!(world.status(order), OrderStatus::New);
    assert_eq!(last_change(&mut world, order).0.as_deref(), Some("the car broke down"));
}
