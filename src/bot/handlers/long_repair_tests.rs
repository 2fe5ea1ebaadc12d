//! The long-repair dialogue. The tests' day is Sunday, 22 November 2026.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::TimeDelta;

use crate::bot::testing::{ADMIN, DISPATCHER, GROUP, MASTER, World};
use crate::db;
use crate::domain::ids::OrderId;
use crate::domain::money::Kopecks;
use crate::domain::order::Order;
use crate::domain::status::OrderStatus;

fn stored(world: &mut World, order: OrderId) -> Order {
    db::orders::find_order(&mut world.tx, order).unwrap().unwrap()
}

/// An order that its master has accepted, and the master's card.
fn accepted(world: &mut World) -> (OrderId, i32) {
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    (order, card)
}

#[test]
fn day_parts_and_prepayment_are_asked_shown_and_told() {
    let mut world = World::new();
    let (order, card) = accepted(&mut world);
    let asked = world.press(MASTER, MASTER, card, &format!("dr_order:{order}"));
    assert_eq!(world.status(order), OrderStatus::Accepted, "nothing happens before the answers");
    let question = asked.last_in(MASTER);
    let offered = world.buttons(MASTER, question);
    let days = ["20261123", "20261125", "20261129", "20261206"];
    assert!(
        days.iter().all(|day| offered.iter().any(|data| data.starts_with(&format!("promised:{day}:")))),
        "{offered:?}"
    );
    world.press_offered(MASTER, MASTER, "promised:20261125");
    world.say(MASTER, MASTER, "pump <new> & seal");
    let heard = world.say(MASTER, MASTER, "1 500,50");
    let order_now = stored(&mut world, order);
    assert_eq!(order_now.status, OrderStatus::LongRepair);
    assert_eq!(order_now.promised_date, "2026-11-25".parse().ok());
    assert_eq!(order_now.parts.as_deref(), Some("pump <new> & seal"));
    assert_eq!(order_now.prepayment, Some(Kopecks(150_050)));
    let told = heard.in_chat(DISPATCHER);
    for part in ["Wed 25 Nov", "pump &lt;new&gt; &amp; seal", "1,500.50"] {
        assert!(told.contains(part) && world.text(MASTER, card).contains(part), "{part}: {heard:?}");
    }
    let again = world.press(MASTER, MASTER, card, &format!("dr_order:{order}"));
    assert!(again.toast().contains("long repair") && !world.is_in_dialogue(MASTER, MASTER), "{again:?}");
}

#[test]
fn all_but_the_day_can_be_skipped_and_earlier_parts_and_prepayments_stay() {
    let mut world = World::new();
    let (order, card) = accepted(&mut world);
    world.press(MASTER, MASTER, card, &format!("group_dr_order:{order}"));
    let refused = world.say(MASTER, MASTER, "⏭️ Skip");
    assert!(refused.in_chat(MASTER).contains("cannot be skipped"), "{refused:?}");
    for answer in ["tomorrow", "valve", "500"] {
        world.say(MASTER, MASTER, answer);
    }
    world.press(MASTER, MASTER, card, &format!("onsite_order:{order}"));
    world.press(MASTER, MASTER, card, &format!("dr_order:{order}"));
    for answer in ["1 Dec", "⏭️ Skip", "⏭️ Skip"] {
        world.say(MASTER, MASTER, answer);
    }
    let now = stored(&mut world, order);
    assert_eq!(
        (now.promised_date, now.parts, now.prepayment),
        ("2026-12-01".parse().ok(), Some("valve".to_owned()), Some(Kopecks(50_000)))
    );
    world.press(MASTER, MASTER, card, &format!("onsite_order:{order}"));
    world.press(MASTER, MASTER, card, &format!("dr_order:{order}"));
    for answer in ["1 Dec", "pump"] {
        world.say(MASTER, MASTER, answer);
    }
    assert!(world.shows(MASTER, "has paid so far: ₽500"), "the question names what was paid before");
    world.say(MASTER, MASTER, "1000");
    let now = stored(&mut world, order);
    assert_eq!((now.parts, now.prepayment), (Some("pump".to_owned()), Some(Kopecks(150_000))));
}

#[test]
fn impossible_days_are_refused_and_unusual_ones_named() {
    let mut world = World::new();
    let (order, card) = accepted(&mut world);
    world.press(MASTER, MASTER, card, &format!("dr_order:{order}"));
    for (answer, error) in [
        ("soon", "don't understand"),
        ("today", "earliest day is tomorrow"),
        ("in 181 days", "at most 180"),
        ("yesterday", "don't understand"),
    ] {
        let heard = world.say(MASTER, MASTER, answer);
        assert!(heard.in_chat(MASTER).contains(error), "{answer}: {heard:?}");
    }
    let voice = world.send(MASTER, MASTER, serde_json::json!({ "voice": { "file_id": "x", "duration": 1 } }));
    assert!(voice.in_chat(MASTER).contains("text"), "{voice:?}");
    let weekend = world.say(MASTER, MASTER, "28.11");
    assert!(weekend.in_chat(MASTER).contains("weekend"), "{weekend:?}");
    world.press_offered(MASTER, MASTER, "dialog_back:2");
    let far = world.say(MASTER, MASTER, "in 120 days");
    assert!(far.in_chat(MASTER).contains("three months"), "{far:?}");
    // A day that was offered before midnight.
    world.press_offered(MASTER, MASTER, "dialog_back:2");
    world.wait(TimeDelta::hours(20));
    let late = world.press_offered(MASTER, MASTER, "promised:20261123");
    assert!(late.in_chat(MASTER).contains("earliest day is tomorrow"), "{late:?}");
    assert_eq!(world.status(order), OrderStatus::Accepted);
}

#[test]
fn staff_record_it_for_the_master_and_it_works_in_the_group() {
    let mut world = World::new();
    let (order, card) = accepted(&mut world);
    world.press(DISPATCHER, DISPATCHER, 50, &format!("more:{order}"));
    world.press(DISPATCHER, DISPATCHER, 50, &format!("admin_dr_order:{order}"));
    world.press_offered(DISPATCHER, DISPATCHER, "promised");
    world.press_offered(DISPATCHER, DISPATCHER, "dialog_skip");
    let heard = world.press_offered(DISPATCHER, DISPATCHER, "dialog_skip");
    assert!(heard.in_chat(MASTER).contains("Recorded for you by Person 2"), "{heard:?}");
    assert!(world.text(MASTER, card).contains("Mon 23 Nov"), "{heard:?}");

    world.press(ADMIN, ADMIN, 9, &format!("work_group:{MASTER}:{GROUP}"));
    let (order, card) = world.assigned(MASTER, GROUP);
    world.press(MASTER, GROUP, card, &format!("group_accept_order:{order}"));
    world.press(MASTER, GROUP, card, &format!("group_dr_order:{order}"));
    world.press_offered(MASTER, GROUP, "promised");
    assert!(world.say(MASTER, GROUP, "who has a pump?").messages.is_empty());
    world.reply(MASTER, GROUP, "pump");
    world.say(MASTER, GROUP, "700");
    let now = stored(&mut world, order);
    assert_eq!((now.status, now.parts.as_deref()), (OrderStatus::LongRepair, Some("pump")));
}

#[test]
fn back_to_the_day_shows_it_and_keeps_it_by_one_press() {
    let mut world = World::new();
    let (order, card) = accepted(&mut world);
    world.press(MASTER, MASTER, card, &format!("dr_order:{order}"));
    world.press_offered(MASTER, MASTER, "promised:20261129");
    let back = world.say(MASTER, MASTER, "⬅️ Back");
    assert!(back.in_chat(MASTER).contains("Sun 29 Nov"), "{back:?}");
    let kept = world.buttons(MASTER, back.last_in(MASTER));
    assert_eq!(kept.iter().filter(|data| data.starts_with("promised:20261129")).count(), 2, "{kept:?}");
}

#[test]
fn closing_names_the_prepayment_and_only_the_next_step_warns_of_a_weekend() {
    let mut world = World::new();
    let (order, card) = accepted(&mut world);
    world.press(MASTER, MASTER, card, &format!("dr_order:{order}"));
    let parts = world.press_offered(MASTER, MASTER, "promised:20261129");
    assert!(parts.in_chat(MASTER).contains("weekend"), "{parts:?}");
    let question = world.say(MASTER, MASTER, "a pump").last_in(MASTER);
    assert!(!world.text(MASTER, question).contains("weekend"), "{}", world.text(MASTER, question));
    world.say(MASTER, MASTER, "1500");
    let asked = world.press(MASTER, MASTER, card, &format!("complete_order:{order}")).in_chat(MASTER);
    assert!(asked.contains("Include the prepayment of ₽1,500"), "{asked}");
    let materials = world.say(MASTER, MASTER, "9000").last_in(MASTER);
    assert!(!world.text(MASTER, materials).contains("prepayment"), "{}", world.text(MASTER, materials));
}
