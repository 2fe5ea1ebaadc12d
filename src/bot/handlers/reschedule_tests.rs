//! Moving visits, two visits at once, and clients who wait. The tests begin on Sunday, 22 November 2026, at 13:00 in Moscow.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::TimeDelta;
use diesel::prelude::*;

use crate::bot::testing::{ADMIN, DISPATCHER, GROUP, MASTER, OTHER_MASTER, PHONE, STRANGER, World};
use crate::db;
use crate::db::schema::order_changes;
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::order::Order;
use crate::domain::status::OrderStatus;

fn stored(world: &mut World, order: OrderId) -> Order {
    db::orders::find_order(&mut world.tx, order).unwrap().unwrap()
}

/// (field, old, new) of every change of an order.
fn changes(world: &mut World, order: OrderId) -> Vec<(String, Option<String>, Option<String>)> {
    let db::AnyConnection::Sqlite(c) = &mut world.tx else { panic!("not SQLite") };
    let rows = order_changes::table.filter(order_changes::order_id.eq(order.0)).order(order_changes::id);
    rows.select((order_changes::field, order_changes::old_value, order_changes::new_value)).load(c).unwrap()
}

/// The window of an order's visit, in UTC.
fn window(world: &mut World, order: OrderId) -> Option<(String, String)> {
    let visit = stored(world, order).visit?;
    let hour = |time: chrono::DateTime<chrono::Utc>| time.format("%d %H:%M").to_string();
    Some((hour(visit.from), hour(visit.until?)))
}

#[test]
fn staff_move_a_visit_by_a_button_and_the_master_hears_of_it() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(DISPATCHER, DISPATCHER, 50, &format!("view_order:{order}"));
    let asked =
        world.press(DISPATCHER, DISPATCHER, 50, &format!("reschedule_order:{order}")).last_in(DISPATCHER);
    let offered = world.buttons(DISPATCHER, asked);
    let slots = offered.iter().filter(|data| data.starts_with("visit_slot:"));
    assert_eq!(slots.count(), 3 + 4, "what is over today is not offered: {offered:?}");
    let heard = world.press_offered(DISPATCHER, DISPATCHER, "visit_slot:20261123:9:12");
    assert_eq!(window(&mut world, order), Some(("23 06:00".to_owned(), "23 09:00".to_owned())));
    assert!(heard.in_chat(MASTER).contains("Mon 23 Nov, 09:00–12:00"), "{heard:?}");
    for (chat, message) in [(DISPATCHER, 50), (MASTER, card)] {
        assert!(world.text(chat, message).contains("09:00–12:00"), "{chat}");
    }
    let moved = stored(&mut world, order);
    assert_eq!((moved.reschedule_count, moved.status), (1, OrderStatus::Assigned));
    let new = Some("Mon 23 Nov, 09:00–12:00".to_owned());
    assert_eq!(changes(&mut world, order), [("visit".to_owned(), None, new.clone())]);
    // Typed, and the old value is kept.
    world.press(ADMIN, ADMIN, 60, &format!("reschedule_order:{order}"));
    let heard = world.say(ADMIN, ADMIN, "24.11 after 15");
    let told = heard.in_chat(DISPATCHER);
    assert!(told.contains("It was: Mon 23 Nov") && told.contains("Moved by Person 1"), "{heard:?}");
    assert_eq!(stored(&mut world, order).reschedule_count, 2);
    assert_eq!(changes(&mut world, order)[1].1, new);
}

#[test]
fn master_moves_their_own_visit_and_no_other() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    assert!(!world.buttons(MASTER, card).iter().any(|data| data.contains("reschedule")));
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert!(world.buttons(MASTER, card).contains(&format!("reschedule_order:{order}")));
    for person in [OTHER_MASTER, STRANGER] {
        let foreign = world.press(person, person, 7, &format!("group_reschedule_order:{order}"));
        assert!(foreign.toast().contains("not allowed"), "{foreign:?}");
    }
    world.press(MASTER, MASTER, card, &format!("reschedule_order:{order}"));
    let past = world.say(MASTER, MASTER, "yesterday");
    assert!(past.in_chat(MASTER).contains("has passed") && past.in_chat(DISPATCHER).is_empty(), "{past:?}");
    let vague = world.say(MASTER, MASTER, "when it suits");
    assert!(vague.in_chat(MASTER).contains("when it suits"), "{vague:?}");
    assert!(vague.in_chat(DISPATCHER).contains("Moved by Person 11"), "{vague:?}");
    let moved = stored(&mut world, order);
    assert_eq!((moved.scheduled_time.as_deref(), moved.visit), (Some("when it suits"), None));
    // In the group the words are a reply.
    world.press(ADMIN, ADMIN, 9, &format!("work_group:{MASTER}:{GROUP}"));
    world.press(MASTER, GROUP, 8, &format!("group_reschedule_order:{order}"));
    assert!(world.say(MASTER, GROUP, "tomorrow at 9").messages.is_empty());
    world.reply(MASTER, GROUP, "пт");
    assert!(window(&mut world, order).is_some());
    assert_eq!(stored(&mut world, order).reschedule_count, 2);
}

#[test]
fn visit_of_an_order_that_is_over_stays() {
    let mut world = World::new();
    let (order, _) = world.assigned(MASTER, MASTER);
    world.press(DISPATCHER, DISPATCHER, 9, &format!("reschedule_order:{order}"));
    world.press(ADMIN, ADMIN, 9, &format!("close_order:{order}"));
    world.press_offered(ADMIN, ADMIN, "dialog_skip:1");
    world.say(DISPATCHER, DISPATCHER, "tomorrow at 9");
    let closed = stored(&mut world, order);
    assert_eq!((closed.reschedule_count, closed.visit), (0, None));
    let late = world.press(DISPATCHER, DISPATCHER, 9, &format!("reschedule_order:{order}"));
    assert!(late.toast().contains("closed"), "{late:?}");
}

#[test]
fn two_visits_at_once_are_named_to_who_assigns() {
    let mut world = World::new();
    let visit = |world: &mut World, order: OrderId, words: &str| {
        world.press(DISPATCHER, DISPATCHER, 9, &format!("reschedule_order:{order}"));
        world.say(DISPATCHER, DISPATCHER, words)
    };
    let (first, _) = world.assigned(MASTER, MASTER);
    visit(&mut world, first, "23.11 from 10 to 12");
    let master = world.master_id(MASTER);
    for (words, overlaps) in [
        ("23.11 from 11 to 15", true),
        ("23.11 at 11:30", true),
        ("23.11 at 12:00", false),
        ("24.11 from 10 to 12", false),
        // It leaves room.
        ("23.11", false),
    ] {
        let order = world.order();
        visit(&mut world, order, words);
        let choice = format!("select_master_for_order:{order}:{master}");
        let heard = world.press(DISPATCHER, DISPATCHER, 9, &choice);
        assert_eq!(heard.toast().contains(&format!("order #{first}")), overlaps, "{words}: {heard:?}");
        world.press(DISPATCHER, DISPATCHER, 9, &format!("unassign_master:{order}"));
    }
    let (second, _) = world.assigned(MASTER, MASTER);
    let warned = visit(&mut world, second, "23.11 from 10 to 11");
    assert!(warned.in_chat(DISPATCHER).contains(&format!("order #{first}")), "{warned:?}");
}

#[test]
fn master_hears_at_most_every_five_minutes_that_the_client_waits() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    let data = format!("client_waiting:{order}");
    let early = world.press(DISPATCHER, DISPATCHER, 50, &data);
    assert!(early.in_chat(MASTER).contains("is waiting") && !early.in_chat(MASTER).contains(PHONE));
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    world.wait(TimeDelta::minutes(5));
    let heard = world.press(DISPATCHER, DISPATCHER, 50, &data);
    assert!(heard.in_chat(MASTER).contains(PHONE) && heard.toast().contains("Sent"), "{heard:?}");
    for person in [DISPATCHER, ADMIN] {
        let again = world.press(person, person, 50, &data);
        assert!(again.toast().contains("five minutes") && again.in_chat(MASTER).is_empty(), "{again:?}");
    }
    world.wait(TimeDelta::minutes(5));
    let later = world.press(ADMIN, ADMIN, 50, &data);
    assert!(later.in_chat(MASTER).contains("is waiting"), "{later:?}");
    for person in [MASTER, STRANGER] {
        let foreign = world.press(person, person, 50, &data);
        assert!(foreign.toast().contains("not allowed"), "{foreign:?}");
    }
    // Nothing of it stays with a master who loses the order.
    world.press(DISPATCHER, DISPATCHER, 50, &format!("unassign_master:{order}"));
    assert!(!world.shows(MASTER, PHONE));
    let none = world.press(DISPATCHER, DISPATCHER, 50, &data);
    assert!(!none.toast().is_empty() && none.in_chat(MASTER).is_empty(), "{none:?}");
}

#[test]
fn dismissed_master_is_not_told_that_the_client_waits() {
    let mut world = World::new();
    let (order, _) = world.assigned(MASTER, MASTER);
    let master = world.master_id(MASTER);
    db::masters::update_master_approval(&mut world.tx, MasterId(master), false).unwrap();
    let heard = world.press(DISPATCHER, DISPATCHER, 50, &format!("client_waiting:{order}"));
    assert!(heard.in_chat(MASTER).is_empty() && heard.toast().contains("cannot get orders"), "{heard:?}");
}
