//! A master's day on the screen, after what others did with its orders.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADDRESS, ADMIN, CLIENT, DISPATCHER, GROUP, MASTER, OTHER_MASTER, World};
use crate::domain::ids::OrderId;

/// A master with two accepted orders whose day is on the screen.
fn with_day(chat: i64) -> (World, OrderId, OrderId, i32) {
    let mut world = World::new();
    if chat == GROUP {
        world.bot_added(DISPATCHER, GROUP);
        world.press_offered(DISPATCHER, DISPATCHER, &format!("work_group:{MASTER}:{GROUP}"));
    }
    let [one, other] = [(); 2].map(|()| {
        let (order, card) = world.assigned(MASTER, chat);
        world.press(MASTER, chat, card, &format!("group_accept_order:{order}"));
        order
    });
    let day = world.say(MASTER, chat, "📅 Today").last_in(chat);
    assert!(world.text(chat, day).contains(ADDRESS));
    (world, one, other, day)
}

fn addresses(world: &World, chat: i64, message: i32) -> usize {
    world.text(chat, message).matches(ADDRESS).count()
}

#[test]
fn order_that_is_taken_away_leaves_the_day_on_the_screen() {
    for chat in [MASTER, GROUP] {
        for how in ["unassign_master", "select_new_master_for_order", "delete_order", "refuse_order"] {
            let (mut world, one, other, day) = with_day(chat);
            assert_eq!(addresses(&world, chat, day), 2);
            match how {
                "select_new_master_for_order" => {
                    let master = world.master_id(OTHER_MASTER);
                    world.press(DISPATCHER, DISPATCHER, 5, &format!("{how}:{one}:{master}"));
                }
                "delete_order" => {
                    world.press(ADMIN, ADMIN, 5, &format!("{how}:{one}"));
                    world.say(ADMIN, ADMIN, "a made-up reason");
                    world.press_offered(ADMIN, ADMIN, "dialog_confirm");
                }
                "refuse_order" => {
                    world.press(DISPATCHER, DISPATCHER, 5, &format!("{how}:{one}"));
                    world.say(DISPATCHER, DISPATCHER, "a made-up reason");
                }
                _ => {
                    world.press(DISPATCHER, DISPATCHER, 5, &format!("{how}:{one}"));
                }
            }
            assert_eq!(addresses(&world, chat, day), 1, "{how} in {chat}");
            assert!(world.text(chat, day).contains(&format!("#{other}")));
            assert!(!world.buttons(chat, day).iter().any(|data| data.contains(&format!("order:{one}"))));
        }
    }
}

#[test]
fn edit_shows_on_the_day_and_a_later_day_replaces_the_earlier_one() {
    let (mut world, one, _, day) = with_day(MASTER);
    world.press(DISPATCHER, DISPATCHER, 5, &format!("edit_field:{one}:address"));
    world.say(DISPATCHER, DISPATCHER, "99 Another Street");
    assert!(world.text(MASTER, day).contains("99 Another Street"), "{}", world.text(MASTER, day));
    let next = world.say(MASTER, MASTER, "/today").last_in(MASTER);
    assert!(world.buttons(MASTER, day).is_empty() && addresses(&world, MASTER, day) == 0);
    // The message that becomes a card is no day any more.
    world.press_offered(MASTER, MASTER, &format!("open:{one}:t"));
    assert!(world.text(MASTER, next).contains(CLIENT));
    let heard = world.press(DISPATCHER, DISPATCHER, 5, &format!("unassign_master:{one}"));
    assert!(world.text(MASTER, next).contains("no longer"), "{heard:?}");
    // And back it is one again.
    let (mut world, one, _, day) = with_day(MASTER);
    world.press_offered(MASTER, MASTER, &format!("open:{one}:t"));
    world.press_offered(MASTER, MASTER, "list:t");
    world.press(DISPATCHER, DISPATCHER, 5, &format!("unassign_master:{one}"));
    assert_eq!(addresses(&world, MASTER, day), 1);
}

#[test]
fn day_of_a_master_who_left_the_group_is_withdrawn() {
    let (mut world, _, _, day) = with_day(GROUP);
    world.press(DISPATCHER, DISPATCHER, 5, &format!("set_work_chat:{MASTER}"));
    world.say(DISPATCHER, DISPATCHER, "⏭️ Skip");
    assert_eq!(addresses(&world, GROUP, day), 0);
}

#[test]
fn press_that_came_too_late_leaves_the_day_as_it_is_now() {
    let (mut world, one, other, day) = with_day(MASTER);
    world.press(DISPATCHER, DISPATCHER, 5, &format!("unassign_master:{one}"));
    for verb in ["onsite_order", "complete_order", "dr_order", "hand_back_order"] {
        let heard = world.press(MASTER, MASTER, day, &format!("{verb}:{one}"));
        assert!(!heard.toast().is_empty(), "{verb}");
        assert!(world.text(MASTER, day).starts_with("📅"), "{verb}: {}", world.text(MASTER, day));
        assert_eq!(addresses(&world, MASTER, day), 1, "{verb}");
    }
    // It still is the day, which follows what happens.
    world.press(DISPATCHER, DISPATCHER, 5, &format!("unassign_master:{other}"));
    assert_eq!(addresses(&world, MASTER, day), 0);
}

#[test]
fn day_names_how_many_orders_it_leaves_out() {
    let mut world = World::new();
    for _ in 0..12 {
        world.assigned(MASTER, MASTER);
    }
    let day = world.say(MASTER, MASTER, "/today").last_in(MASTER);
    assert!(world.text(MASTER, day).contains("and 2 more"), "{}", world.text(MASTER, day));
    assert_eq!(world.buttons(MASTER, day).iter().filter(|data| data.starts_with("open:")).count(), 10);
    let listed = world.press_offered(MASTER, MASTER, "list:m");
    assert!(listed.in_chat(MASTER).contains("12 orders"), "{listed:?}");
}
