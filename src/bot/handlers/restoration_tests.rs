//! What comes back: deleted orders that are restored, refused ones that are reopened.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::TimeDelta;

use crate::bot::testing::{ADMIN, CLIENT, DISPATCHER, MASTER, World};
use crate::db::orders;
use crate::domain::ids::OrderId;
use crate::domain::status::OrderStatus;

fn closed(world: &mut World) -> OrderId {
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["accept_order", "onsite_order", "complete_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    world.say(MASTER, MASTER, "5000 1000");
    world.press_offered(MASTER, MASTER, "review:no");
    world.press_offered(MASTER, MASTER, "dialog_confirm");
    order
}

fn delete(world: &mut World, order: OrderId) {
    world.press(ADMIN, ADMIN, 6, &format!("delete_order:{order}"));
    world.say(ADMIN, ADMIN, "a made-up reason");
    world.press_offered(ADMIN, ADMIN, "dialog_confirm");
}

#[test]
fn cards_of_linked_orders_follow_a_deletion_and_a_restoration() {
    let mut world = World::new();
    let first = closed(&mut world);
    world.press(DISPATCHER, DISPATCHER, 7, &format!("repeat_order:{first}"));
    world.say(DISPATCHER, DISPATCHER, "it does not heat again");
    let second = OrderId(first.0 + 1);
    let card = world.say(DISPATCHER, DISPATCHER, &format!("/order {first}")).last_in(DISPATCHER);
    let repeat = world.say(DISPATCHER, DISPATCHER, &format!("/order {second}")).last_in(DISPATCHER);
    let names = |world: &World, card: i32, order: OrderId| {
        world.text(DISPATCHER, card).lines().skip(1).any(|line| line.contains(&format!("#{order}")))
    };
    assert!(names(&world, card, second) && names(&world, repeat, first));
    delete(&mut world, second);
    assert!(!names(&world, card, second), "{}", world.text(DISPATCHER, card));
    world.press(ADMIN, ADMIN, 6, &format!("restore_order:{second}"));
    assert!(names(&world, card, second), "{}", world.text(DISPATCHER, card));
    let repeat = world.say(DISPATCHER, DISPATCHER, &format!("/order {second}")).last_in(DISPATCHER);
    delete(&mut world, first);
    assert!(!names(&world, repeat, first), "{}", world.text(DISPATCHER, repeat));
}

#[test]
fn restored_order_of_a_dismissed_master_is_without_a_master() {
    let mut world = World::new();
    let (order, _) = world.assigned(MASTER, MASTER);
    delete(&mut world, order);
    world.press(ADMIN, ADMIN, 6, &format!("revoke_role:{MASTER}:MASTER"));
    let heard = world.press(ADMIN, ADMIN, 6, &format!("restore_order:{order}"));
    let row = orders::find_order(&mut world.tx, order).unwrap().unwrap();
    assert_eq!((row.status, row.assigned_master), (OrderStatus::New, None), "{heard:?}");
    assert!(heard.in_chat(MASTER).is_empty() && !world.shows(MASTER, CLIENT), "{heard:?}");
    assert!(world.buttons(ADMIN, 6).contains(&format!("assign_master:{order}")));
    // That of a master who still works comes back to them.
    let (order, _) = world.assigned(crate::bot::testing::OTHER_MASTER, crate::bot::testing::OTHER_MASTER);
    delete(&mut world, order);
    world.press(ADMIN, ADMIN, 6, &format!("restore_order:{order}"));
    assert_eq!(world.status(order), OrderStatus::Assigned);
}

#[test]
fn reopened_order_keeps_only_a_visit_that_is_still_to_come() {
    for (visit, days, is_kept) in [("tomorrow at 15:00", 3, false), ("tomorrow at 15:00", 0, true)] {
        let mut world = World::new();
        let order = world.order();
        world.press(DISPATCHER, DISPATCHER, 5, &format!("reschedule_order:{order}"));
        world.say(DISPATCHER, DISPATCHER, visit);
        world.press(DISPATCHER, DISPATCHER, 5, &format!("refuse_order:{order}"));
        world.say(DISPATCHER, DISPATCHER, "a made-up reason");
        world.wait(TimeDelta::days(days));
        world.press(DISPATCHER, DISPATCHER, 5, &format!("reopen_order:{order}"));
        let row = orders::find_order(&mut world.tx, order).unwrap().unwrap();
        assert_eq!(row.status, OrderStatus::New);
        assert_eq!((row.visit.is_some(), row.scheduled_time.is_some()), (is_kept, is_kept), "{row:?}");
        let history = world.press(DISPATCHER, DISPATCHER, 5, &format!("order_history:{order}:1"));
        let shown = history.in_chat(DISPATCHER);
        assert_eq!(shown.contains("Removed: Visit"), !is_kept, "{shown}");
        assert!(!shown.contains("visit=") && !shown.contains(visit), "{shown}");
    }
}
