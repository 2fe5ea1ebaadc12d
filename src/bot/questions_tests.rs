#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADMIN, DISPATCHER, GROUP, MASTER, PHONE, World};
use crate::domain::ids::OrderId;
use crate::domain::status::OrderStatus;

const SENTENCE: &str = "need not answer the question";

/// An order whose master is on site and was asked something. Returns it with the messages of card and question.
fn asked(world: &mut World, verb: &str) -> (OrderId, i32, i32) {
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["accept_order", "onsite_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    let question = world.press(MASTER, MASTER, card, &format!("{verb}:{order}")).last_in(MASTER);
    assert!(!world.buttons(MASTER, question).is_empty());
    (order, card, question)
}

fn closes(world: &mut World, order: OrderId) {
    world.press(DISPATCHER, DISPATCHER, 9, &format!("close_order:{order}"));
    world.press_offered(DISPATCHER, DISPATCHER, "dialog_skip:1");
    assert_eq!(world.status(order), OrderStatus::Closed);
}

#[test]
fn step_of_another_user_ends_the_dialogues_that_it_makes_pointless() {
    for verb in ["complete_order", "dr_order", "refuse_order_complete"] {
        let mut world = World::new();
        let (order, _, question) = asked(&mut world, verb);
        world.press(DISPATCHER, DISPATCHER, 9, &format!("close_order:{order}"));
        let heard = world.press_offered(DISPATCHER, DISPATCHER, "dialog_skip:1");
        let told = heard.messages.iter().filter(|(chat, _, text)| *chat == MASTER && text.contains(SENTENCE));
        assert_eq!(told.count(), 1, "{verb}: {heard:?}");
        assert!(world.buttons(MASTER, question).is_empty(), "{verb}");
        for late in ["5000", "too expensive"] {
            let heard = world.say(MASTER, MASTER, late);
            assert!(!heard.messages.is_empty() && !world.is_in_dialogue(MASTER, MASTER), "{verb}: {heard:?}");
        }
        assert_eq!(world.status(order), OrderStatus::Closed);
    }
}

#[test]
fn ended_dialogue_stays_ended_when_its_answer_would_count_again() {
    let mut world = World::new();
    let (order, card, question) = asked(&mut world, "refuse_order_complete");
    let cancel = world.buttons(MASTER, question).into_iter().find(|data| data.starts_with("cancel")).unwrap();
    let master = world.master_id(MASTER);
    world.press(ADMIN, ADMIN, 9, &format!("unassign_master:{order}"));
    world.press(ADMIN, ADMIN, 9, &format!("select_master_for_order:{order}:{master}"));
    for verb in ["admin_accept_order", "admin_onsite_order"] {
        world.press(ADMIN, ADMIN, 9, &format!("{verb}:{order}"));
    }
    let late = world.say(MASTER, MASTER, "the client sent me away");
    assert!(late.in_chat(MASTER).contains("no question for you"), "{late:?}");
    assert_eq!(world.status(order), OrderStatus::OnSite);
    // An old phone that still shows the question.
    let pressed = world.press(MASTER, MASTER, question, &cancel);
    assert!(!pressed.toast().is_empty(), "{pressed:?}");
    // It can be asked again.
    world.press(MASTER, MASTER, card, &format!("refuse_order_complete:{order}"));
    world.say(MASTER, MASTER, "the client sent me away");
    assert_eq!(world.status(order), OrderStatus::Refused);
}

#[test]
fn step_that_leaves_the_answer_its_meaning_ends_nothing() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(DISPATCHER, DISPATCHER, 9, &format!("refuse_order:{order}"));
    let heard = world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert!(!heard.in_chat(DISPATCHER).contains(SENTENCE), "{heard:?}");
    world.say(DISPATCHER, DISPATCHER, "the client cancelled");
    assert_eq!(world.status(order), OrderStatus::Refused);
}

#[test]
fn answered_question_loses_its_buttons_however_it_was_answered() {
    let mut world = World::new();
    let (order, _, first) = asked(&mut world, "complete_order");
    let wrong = world.say(MASTER, MASTER, "a lot").last_in(MASTER);
    assert!(world.buttons(MASTER, first).is_empty() && !world.buttons(MASTER, wrong).is_empty());
    let second = world.say(MASTER, MASTER, "5000").last_in(MASTER);
    assert!(world.buttons(MASTER, wrong).is_empty() && !world.buttons(MASTER, second).is_empty());
    // A press turns the question into the next one, at the same place.
    let back = world.press_offered(MASTER, MASTER, "dialog_back:2").last_in(MASTER);
    assert_eq!(back, second);
    world.say(MASTER, MASTER, "5000");
    assert!(world.buttons(MASTER, second).is_empty());
    let last = world.say(MASTER, MASTER, "0").last_in(MASTER);
    world.press_offered(MASTER, MASTER, "review:no");
    world.press_offered(MASTER, MASTER, "dialog_confirm");
    assert_eq!(world.status(order), OrderStatus::Closed);
    assert!(world.buttons(MASTER, last).is_empty());
}

#[test]
fn cancelled_and_replaced_questions_lose_their_buttons() {
    let mut world = World::new();
    let (order, card, first) = asked(&mut world, "complete_order");
    let second = world.press(MASTER, MASTER, card, &format!("refuse_order_complete:{order}")).last_in(MASTER);
    assert!(world.buttons(MASTER, first).is_empty() && !world.buttons(MASTER, second).is_empty());
    world.say(MASTER, MASTER, "❌ Cancel");
    assert!(world.buttons(MASTER, second).is_empty());
    // Not those of the card.
    assert!(!world.buttons(MASTER, card).is_empty());
    let question = world.say(DISPATCHER, DISPATCHER, "➕ New order").last_in(DISPATCHER);
    world.say(DISPATCHER, DISPATCHER, "Oven");
    assert!(world.buttons(DISPATCHER, question).is_empty());
}

#[test]
fn expired_question_loses_its_buttons_and_is_not_ended_again() {
    let mut world = World::new();
    let (order, _, question) = asked(&mut world, "dr_order");
    world.wait(chrono::TimeDelta::hours(25));
    world.press(DISPATCHER, DISPATCHER, 9, &format!("close_order:{order}"));
    let heard = world.press_offered(DISPATCHER, DISPATCHER, "dialog_skip:1");
    assert!(!heard.in_chat(MASTER).contains(SENTENCE), "{heard:?}");
    let late = world.say(MASTER, MASTER, "tomorrow");
    assert!(late.in_chat(MASTER).contains("24 hours") || !late.messages.is_empty(), "{late:?}");
    assert!(world.buttons(MASTER, question).is_empty());
}

#[test]
fn button_of_the_card_ends_the_users_own_dialogue_that_it_makes_pointless() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    let question = world.press(MASTER, MASTER, card, &format!("refuse_order_master:{order}")).last_in(MASTER);
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert!(!world.is_in_dialogue(MASTER, MASTER) && world.buttons(MASTER, question).is_empty());
    world.say(MASTER, MASTER, "too far");
    assert_eq!(world.status(order), OrderStatus::Accepted);
}

#[test]
fn in_a_group_the_one_who_was_asked_is_addressed() {
    let mut world = World::new();
    world.press(ADMIN, ADMIN, 9, &format!("work_group:{MASTER}:{GROUP}"));
    let (order, card) = world.assigned(MASTER, GROUP);
    for verb in ["group_accept_order", "group_onsite_order", "group_complete_order"] {
        world.press(MASTER, GROUP, card, &format!("{verb}:{order}"));
    }
    closes(&mut world, order);
    assert!(world.shows(GROUP, SENTENCE));
    let mut texts = world.screens.values().filter_map(|payload| payload["text"].as_str());
    let sentence = texts.rfind(|text| text.contains(SENTENCE)).unwrap();
    assert!(sentence.contains("tg://user?id=11"), "{sentence}");
    assert!(world.say(MASTER, GROUP, "5000").messages.is_empty());
}

fn begins_draft(world: &mut World) {
    for answer in ["➕ New order", "Oven", "does not heat"] {
        world.say(DISPATCHER, DISPATCHER, answer);
    }
}

fn goes_on_with_draft(world: &mut World) {
    let asked = world.say(DISPATCHER, DISPATCHER, PHONE).in_chat(DISPATCHER);
    assert!(asked.contains("Step 4 of 8"), "{asked}");
}

#[test]
fn draft_beside_a_dialogue_that_another_user_ended_is_kept() {
    let mut world = World::new();
    let (order, _, _) = asked(&mut world, "complete_order");
    begins_draft(&mut world);
    let question = world.press(DISPATCHER, DISPATCHER, 9, &format!("close_order:{order}"));
    let question = question.last_in(DISPATCHER);
    let cancel =
        world.buttons(DISPATCHER, question).into_iter().find(|data| data.starts_with("cancel")).unwrap();
    world.press(ADMIN, ADMIN, 9, &format!("close_order:{order}"));
    world.press_offered(ADMIN, ADMIN, "dialog_skip:1");
    assert_eq!(world.status(order), OrderStatus::Closed);
    // An old phone that still shows the question.
    let pressed = world.press(DISPATCHER, DISPATCHER, question, &cancel);
    assert!(!pressed.toast().is_empty() && pressed.in_chat(DISPATCHER).is_empty(), "{pressed:?}");
    world.say(DISPATCHER, DISPATCHER, "/help");
    goes_on_with_draft(&mut world);
}

#[test]
fn draft_outlives_any_number_of_other_questions() {
    let mut world = World::new();
    let orders: Vec<OrderId> = (0..5).map(|_| world.order()).collect();
    begins_draft(&mut world);
    for order in orders {
        world.press(DISPATCHER, DISPATCHER, 9, &format!("close_order:{order}"));
    }
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    goes_on_with_draft(&mut world);
}

#[test]
fn closing_that_waits_keeps_its_answers_and_ends_when_the_order_is_closed() {
    let mut world = World::new();
    let (order, card, _) = asked(&mut world, "complete_order");
    world.say(MASTER, MASTER, "3500");
    world.say(MASTER, MASTER, "📋 My orders");
    let again = world.press(MASTER, MASTER, card, &format!("complete_order:{order}")).in_chat(MASTER);
    assert!(again.contains("aterials"), "{again}");
    world.say(MASTER, MASTER, "📋 My orders");
    closes(&mut world, order);
    let heard = world.press_offered(MASTER, MASTER, "continue_dialogue");
    assert!(!heard.in_chat(MASTER).contains("aterials"), "{heard:?}");
    assert!(!world.is_in_dialogue(MASTER, MASTER));
}
