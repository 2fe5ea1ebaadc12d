#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADDRESS, ADMIN, CLIENT, DISPATCHER, MASTER, OTHER_MASTER, PHONE, STRANGER, World};
use crate::domain::status::Status;

fn what_is_shown(world: &World, chat: i64) -> [bool; 3] {
    [CLIENT, ADDRESS, PHONE].map(|secret| world.shows(chat, secret))
}

#[test]
fn the_master_sees_of_the_client_what_the_status_allows() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    assert_eq!(what_is_shown(&world, MASTER), [false, false, false]);
    world.press(MASTER, MASTER, card, &format!("group_accept_order:{order}"));
    assert_eq!(what_is_shown(&world, MASTER), [true, true, false]);
    world.press(MASTER, MASTER, card, &format!("onsite_order:{order}"));
    assert_eq!(what_is_shown(&world, MASTER), [true, true, true]);
    assert_eq!(what_is_shown(&world, OTHER_MASTER), [false, false, false]);
}

#[test]
fn after_reassignment_no_card_of_the_former_master_shows_the_client_or_offers_buttons() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["group_accept_order", "onsite_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    // A second card of the same order, opened from the list.
    let second = world.press(MASTER, MASTER, 40, &format!("view_order_master:{order}")).last_in(MASTER);
    let other = world.master_id(OTHER_MASTER);
    let heard =
        world.press(DISPATCHER, DISPATCHER, 5, &format!("select_new_master_for_order:{order}:{other}"));
    assert!(heard.in_chat(MASTER).contains("another master"), "{heard:?}");
    assert_eq!(what_is_shown(&world, MASTER), [false, false, false]);
    for message in [card, second] {
        assert!(world.buttons(MASTER, message).is_empty());
    }
    let new_card = heard.last_in(OTHER_MASTER);
    assert!(world.buttons(OTHER_MASTER, new_card).contains(&format!("group_accept_order:{order}")));
    // What the new master does reaches no screen of the former one.
    let accepted = world.press(OTHER_MASTER, OTHER_MASTER, new_card, &format!("group_accept_order:{order}"));
    assert_eq!(accepted.in_chat(MASTER), "");
    // An old phone that still shows buttons.
    let late = world.press(MASTER, MASTER, card, &format!("group_accept_order:{order}"));
    assert!(!late.toast().is_empty() && !late.in_chat(MASTER).contains(CLIENT), "{late:?}");
    assert_eq!(world.status(order), Status::Accepted);
}

#[test]
fn a_press_on_a_stale_card_names_the_present_status_and_refreshes_the_card() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    let again = world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert!(again.toast().contains("accepted"), "{again:?}");
    assert_eq!(again.in_chat(DISPATCHER), "", "nobody hears of it twice");
    assert!(world.buttons(MASTER, card).contains(&format!("onsite_order:{order}")));
    // The dispatcher's screen still offers to assign it.
    let stale = world.press(DISPATCHER, DISPATCHER, 33, &format!("assign_master:{order}"));
    assert!(stale.toast().contains("accepted"), "{stale:?}");
    assert!(world.buttons(DISPATCHER, 33).contains(&format!("reassign_master:{order}")));
}

#[test]
fn the_dispatcher_hears_of_the_masters_steps_in_their_own_language() {
    let mut world = World::new();
    world.press(DISPATCHER, DISPATCHER, 9, "language:ru");
    let (order, card) = world.assigned(MASTER, MASTER);
    for (verb, word) in [
        ("accept_order", "принял"),
        ("onsite_order", "на месте"),
        ("dr_order", "ремонт"),
        ("onsite_order", "на мест"),
    ] {
        let heard = world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
        assert!(heard.in_chat(DISPATCHER).contains(word), "{verb}: {heard:?}");
        assert!(heard.in_chat(MASTER).contains("Order #1"), "the master goes on in English");
    }
}

#[test]
fn a_declined_order_goes_back_with_the_reason_and_without_buttons() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("group_refuse_order:{order}"));
    let heard = world.say(MASTER, MASTER, "too far & <late>");
    assert!(heard.in_chat(DISPATCHER).contains("too far &amp; &lt;late&gt;"), "{heard:?}");
    assert_eq!(world.status(order), Status::New);
    assert!(world.buttons(MASTER, card).is_empty());
    assert!(world.text(MASTER, card).contains("declined"));
}

#[test]
fn a_screen_that_shows_something_else_by_now_is_left_alone() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    // The dispatcher opened the card and went back to the list; an admin still looks at the card.
    world.press(DISPATCHER, DISPATCHER, 50, &format!("view_order:{order}"));
    world.press(DISPATCHER, DISPATCHER, 50, "back_to_orders");
    world.press(ADMIN, ADMIN, 51, &format!("view_order:{order}"));
    let list = world.text(DISPATCHER, 50).to_owned();
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert_eq!(world.text(DISPATCHER, 50), list);
    assert!(world.text(ADMIN, 51).contains("Accepted"));
}

#[test]
fn whoever_is_staff_no_longer_loses_the_card_and_hears_nothing() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(ADMIN, ADMIN, 51, &format!("view_order:{order}"));
    let none = crate::domain::role::Roles::none();
    for person in [ADMIN, DISPATCHER] {
        crate::db::users::set_roles(&mut world.tx, crate::domain::ids::TelegramId(person), none).unwrap();
    }
    let heard = world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert!(!world.text(ADMIN, 51).contains(PHONE) && world.buttons(ADMIN, 51).is_empty());
    assert!(!heard.in_chat(DISPATCHER).contains("accepted"), "{heard:?}");
    assert_eq!(heard.in_chat(STRANGER), "");
}

#[test]
fn each_message_is_edited_at_most_once_per_step() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(DISPATCHER, DISPATCHER, 50, &format!("view_order:{order}"));
    let heard = world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    let mut touched: Vec<_> = heard.messages.iter().map(|(chat, message, _)| (*chat, *message)).collect();
    let count = touched.len();
    touched.sort_unstable();
    touched.dedup();
    assert_eq!(touched.len(), count, "{heard:?}");
    assert!(world.text(DISPATCHER, 50).contains("Accepted"));
}

#[test]
fn refused_and_reopened_the_order_belongs_to_nobody() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    world.press(ADMIN, ADMIN, 9, &format!("refuse_order:{order}"));
    let heard = world.press(ADMIN, ADMIN, 10, "dialog_skip:1");
    assert!(
        heard.in_chat(MASTER).contains("refused") && heard.in_chat(DISPATCHER).contains("refused"),
        "{heard:?}"
    );
    assert_eq!(what_is_shown(&world, MASTER), [false, false, false]);
    world.press(ADMIN, ADMIN, 9, &format!("reopen_order:{order}"));
    assert_eq!(world.status(order), Status::New);
    assert!(world.buttons(ADMIN, 9).contains(&format!("assign_master:{order}")));
}
