#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADMIN, DISPATCHER, MASTER, World};
use crate::domain::notice::NoticeKind;

fn closed_order(world: &mut World) -> i64 {
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["accept_order", "onsite_order", "complete_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    world.say(MASTER, MASTER, "5000 1000");
    world.press_offered(MASTER, MASTER, "review:no");
    world.press_offered(MASTER, MASTER, "dialog_confirm");
    order.0
}

#[test]
fn an_admin_switches_each_kind_off_and_on_and_the_buttons_show_which_are_on() {
    let mut world = World::new();
    world.say(ADMIN, ADMIN, "⚙️ Settings");
    let shown = world.press_offered(ADMIN, ADMIN, "notices").last_in(ADMIN);
    assert_eq!(world.buttons(ADMIN, shown).len(), NoticeKind::ALL.len());
    assert!(world.button_texts(ADMIN, shown).iter().all(|text| text.starts_with('✔')));
    world.order();
    assert!(world.shows(ADMIN, "New order #1"));
    // Twice the same press is one.
    for _ in 0..2 {
        world.press(ADMIN, ADMIN, shown, "notice:created:no");
    }
    world.press_offered(ADMIN, ADMIN, "notice:closed:no");
    assert_eq!(world.person(ADMIN).unwrap().muted.to_string(), "created,closed");
    let muted = world.button_texts(ADMIN, shown).iter().filter(|text| !text.starts_with('✔')).count();
    assert_eq!(muted, 2);
    let order = closed_order(&mut world);
    assert!(!world.shows(ADMIN, &format!("#{order}")), "neither created nor closed");
    world.press(ADMIN, ADMIN, shown, "notice:closed:yes");
    let order = closed_order(&mut world);
    assert!(!world.shows(ADMIN, &format!("New order #{order}")));
    assert!(world.shows(ADMIN, &format!("Order #{order} is closed")), "with its money");
}

#[test]
fn a_dispatcher_without_progress_still_hears_of_what_needs_them() {
    let mut world = World::new();
    world.press(DISPATCHER, DISPATCHER, 5, "notice:progress:no");
    let (order, card) = world.assigned(MASTER, MASTER);
    let accepted = world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert!(!accepted.in_chat(DISPATCHER).contains("accepted"), "{accepted:?}");
    world.press(MASTER, MASTER, card, &format!("hand_back_order:{order}"));
    let heard = world.say(MASTER, MASTER, "the car broke down");
    assert!(heard.in_chat(DISPATCHER).contains("car broke down"), "{heard:?}");
}

#[test]
fn a_repeat_visit_is_a_new_order_for_the_other_staff() {
    let mut world = World::new();
    let order = closed_order(&mut world);
    world.press(DISPATCHER, DISPATCHER, 5, &format!("repeat_order:{order}"));
    let heard = world.say(DISPATCHER, DISPATCHER, "it does not heat again");
    assert!(heard.in_chat(ADMIN).contains(&format!("New order #{}", order + 1)), "{heard:?}");
}

#[test]
fn the_switches_are_for_staff() {
    let mut world = World::new();
    let shown = world.say(MASTER, MASTER, "⚙️ Settings").last_in(MASTER);
    assert!(!world.buttons(MASTER, shown).contains(&"notices".to_owned()));
    for data in ["notices", "notice:created:no"] {
        let heard = world.press(MASTER, MASTER, shown, data);
        assert_eq!(heard.outcome, "refused");
    }
}
