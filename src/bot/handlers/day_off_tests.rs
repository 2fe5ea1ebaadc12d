//! Days off: who sets them, how they end, and that nothing is assigned meanwhile.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::TimeDelta;

use crate::bot::testing::{ADMIN, DISPATCHER, MASTER, OTHER_MASTER, STRANGER, World};
use crate::domain::status::OrderStatus;

#[test]
fn master_takes_a_day_off_in_the_settings_and_it_ends_by_itself() {
    let mut world = World::new();
    world.say(MASTER, MASTER, "⚙️ Settings");
    world.press_offered(MASTER, MASTER, "own_day_off");
    let taken = world.press_offered(MASTER, MASTER, "day_off:11:tomorrow");
    // It is Sunday, 22 November.
    assert!(taken.in_chat(MASTER).contains("work again: Tue 24 Nov"), "{taken:?}");
    assert!(taken.in_chat(DISPATCHER).contains("Name: Person 11. Works again: Tue 24 Nov"), "{taken:?}");
    assert!(!world.is_in_dialogue(MASTER, MASTER));
    let listed = world.press(DISPATCHER, DISPATCHER, 9, "list_all_masters").in_chat(DISPATCHER);
    assert!(listed.contains("🌴 day off, back Tue 24 Nov"), "{listed}");

    let order = world.order();
    let (resting, working) = (world.master_id(MASTER), world.master_id(OTHER_MASTER));
    let offer = format!("select_master_for_order:{order}");
    let shown = world.press(DISPATCHER, DISPATCHER, 9, &format!("assign_master:{order}"));
    let offered = world.buttons(DISPATCHER, shown.last_in(DISPATCHER));
    assert!(offered.contains(&format!("{offer}:{working}")), "{offered:?}");
    assert!(!offered.contains(&format!("{offer}:{resting}")), "{offered:?}");
    let refused = world.press(DISPATCHER, DISPATCHER, 9, &format!("{offer}:{resting}"));
    assert!(refused.toast().contains("has a day off"), "{refused:?}");
    assert_eq!(world.status(order), OrderStatus::New);
    world.wait(TimeDelta::days(2));
    world.press(DISPATCHER, DISPATCHER, 9, &format!("{offer}:{resting}"));
    assert_eq!(world.status(order), OrderStatus::Assigned);
}

#[test]
fn staff_type_the_day_and_end_it() {
    let mut world = World::new();
    world.press(DISPATCHER, DISPATCHER, 9, "manage_master:11");
    world.press_offered(DISPATCHER, DISPATCHER, "ask_day_off:11");
    for wrong in ["sometime", "5", "yesterday"] {
        let heard = world.say(DISPATCHER, DISPATCHER, wrong).in_chat(DISPATCHER);
        assert!(heard.contains("don't understand that day"), "{wrong}: {heard}");
    }
    let set = world.say(DISPATCHER, DISPATCHER, "25.12");
    assert!(set.in_chat(MASTER).contains("work again: Fri 25 Dec"), "{set:?}");
    let profile = world.press(DISPATCHER, DISPATCHER, 9, "manage_master:11").in_chat(DISPATCHER);
    assert!(profile.contains("back Fri 25 Dec"), "{profile}");
    let over = world.press_offered(DISPATCHER, DISPATCHER, "day_off:11:over");
    assert!(over.in_chat(MASTER).contains("day off is over"), "{over:?}");
    let again = world.press(DISPATCHER, DISPATCHER, 9, "day_off:11:over");
    assert_eq!(again.in_chat(MASTER), "");
}

#[test]
fn others_set_no_day_off() {
    let mut world = World::new();
    for person in [OTHER_MASTER, STRANGER] {
        for button in ["ask_day_off:11", "day_off:11:week"] {
            let refused = world.press(person, person, 9, button);
            assert!(refused.toast().contains("not allowed"), "{refused:?}");
        }
    }
    let refused = world.press(STRANGER, STRANGER, 9, "own_day_off");
    assert!(refused.toast().contains("not allowed"), "{refused:?}");
    // One who was dismissed meanwhile.
    world.press(MASTER, MASTER, 9, "own_day_off");
    world.press(ADMIN, ADMIN, 9, "dismiss_master:11");
    let heard = world.say(MASTER, MASTER, "25.12").in_chat(MASTER);
    assert!(!heard.contains("25 Dec"), "{heard}");
}
