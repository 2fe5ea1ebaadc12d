//! Dismissing a master, and senior masters.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADDRESS, ADMIN, CLIENT, DISPATCHER, GROUP, MASTER, OTHER_MASTER, PHONE, World};
use crate::domain::status::OrderStatus;

#[test]
fn orders_are_handed_over_one_by_one_before_a_master_is_dismissed() {
    let mut world = World::new();
    let (first, card) = world.assigned(MASTER, MASTER);
    let (second, _) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("group_accept_order:{first}"));
    let asked = world.press(ADMIN, ADMIN, 9, "fire_master:11").in_chat(ADMIN);
    assert!(asked.contains("2 open orders"), "{asked}");
    // A forged confirmation leads to the same list.
    let forced = world.press(ADMIN, ADMIN, 9, "dismiss_master:11").in_chat(ADMIN);
    assert!(forced.contains("2 open orders"), "{forced}");
    let other = world.master_id(OTHER_MASTER);
    for (order, left) in [(first, "1 open order"), (second, "no open orders")] {
        world.press_offered(ADMIN, ADMIN, &format!("hand_over_order:{order}"));
        let back = world.offer(ADMIN, "master_open_orders:11");
        assert!(back.0 > 0);
        let done = world.press_offered(ADMIN, ADMIN, &format!("hand_over_to:{order}:{other}"));
        assert!(done.in_chat(ADMIN).contains(left), "{done:?}");
        assert!(done.in_chat(OTHER_MASTER).contains(&format!("#{order}")), "{done:?}");
    }
    world.press_offered(ADMIN, ADMIN, "fire_master:11");
    let dismissed = world.press_offered(ADMIN, ADMIN, "dismiss_master:11");
    assert!(dismissed.in_chat(MASTER).contains("no longer one of the masters"), "{dismissed:?}");
    assert!(dismissed.in_chat(ADMIN).contains("dismissed"), "{dismissed:?}");
    assert!(!world.person(MASTER).unwrap().roles.is_master());
}

#[test]
fn nothing_of_any_order_is_shown_to_a_dismissed_master() {
    let mut world = World::new();
    world.press(ADMIN, ADMIN, 9, "work_group:11:-500");
    let (order, card) = world.assigned(MASTER, GROUP);
    for step in ["group_accept_order", "group_onsite_order"] {
        world.press(MASTER, GROUP, card, &format!("{step}:{order}"));
    }
    world.press(DISPATCHER, DISPATCHER, 5, &format!("close_order:{order}"));
    for answer in ["5000", "0", "no", "yes"] {
        world.say(DISPATCHER, DISPATCHER, answer);
    }
    assert_eq!(world.status(order), OrderStatus::Closed);
    assert!(world.shows(GROUP, CLIENT));
    let dismissed = world.press(ADMIN, ADMIN, 9, "dismiss_master:11");
    assert!(dismissed.toast().contains("work group was unlinked"), "{dismissed:?}");
    for chat in [MASTER, GROUP] {
        for secret in [CLIENT, ADDRESS, PHONE] {
            assert!(!world.shows(chat, secret), "{secret} in {chat}");
        }
    }
    let before = world.screens.clone();
    for said in ["📋 My orders", "📅 Today", "/order 1", "/find Sample", "/find 1", "1"] {
        world.say(MASTER, MASTER, said);
    }
    for button in ["view_order_master:1", "my_orders_page:1", "list:h:1", "list:t", "open:1:h:1"] {
        world.press(MASTER, MASTER, 9, button);
        world.press(MASTER, GROUP, card, button);
    }
    for ((chat, message), shown) in &world.screens {
        let is_new = before.get(&(*chat, *message)) != Some(shown);
        let text = shown["text"].as_str().unwrap_or_default();
        let is_secret = [CLIENT, ADDRESS, "smells"].iter().any(|secret| text.contains(secret));
        assert!(!is_new || *chat == ADMIN || *chat == DISPATCHER || !is_secret, "{chat}: {text}");
    }
}

#[test]
fn only_administrators_dismiss_and_a_dismissed_master_can_come_back() {
    let mut world = World::new();
    for verb in ["fire_master", "dismiss_master", "add_senior_role"] {
        let refused = world.press(DISPATCHER, DISPATCHER, 9, &format!("{verb}:11"));
        assert!(refused.toast().contains("not allowed"), "{refused:?}");
    }
    world.press(ADMIN, ADMIN, 9, "dismiss_master:11");
    let pending = world.press(ADMIN, ADMIN, 9, "list_pending_masters").in_chat(ADMIN);
    assert!(pending.contains("No masters are waiting"), "{pending}");
    world.press(ADMIN, ADMIN, 9, "manage_master:11");
    let back = world.press_offered(ADMIN, ADMIN, "approve_master:11");
    assert!(back.in_chat(MASTER).contains("approved as a master"), "{back:?}");
    let (order, _) = world.assigned(MASTER, MASTER);
    assert_eq!(world.status(order), OrderStatus::Assigned);
}

#[test]
fn senior_master_has_a_star_in_the_lists() {
    let mut world = World::new();
    let done = world.press(ADMIN, ADMIN, 9, "add_senior_role:11");
    assert!(done.in_chat(MASTER).contains("senior master now"), "{done:?}");
    let again = world.press(ADMIN, ADMIN, 9, "add_senior_role:11");
    assert_eq!(again.in_chat(MASTER), "");
    let listed = world.press(DISPATCHER, DISPATCHER, 9, "list_all_masters").in_chat(DISPATCHER);
    assert_eq!(listed.matches('⭐').count(), 1, "{listed}");
    world.press(ADMIN, ADMIN, 9, "remove_senior_role:11");
    let listed = world.press(DISPATCHER, DISPATCHER, 9, "list_all_masters").in_chat(DISPATCHER);
    assert!(!listed.contains('⭐'), "{listed}");
}
