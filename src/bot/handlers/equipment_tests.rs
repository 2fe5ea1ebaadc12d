#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADMIN, DISPATCHER, World};
use crate::db::orders;
use crate::domain::ids::OrderId;

/// The names on the buttons of a dispatcher's question for the type.
fn offered(world: &mut World) -> Vec<String> {
    world.say(DISPATCHER, DISPATCHER, "/cancel");
    let message = world.say(DISPATCHER, DISPATCHER, "➕ New order").last_in(DISPATCHER);
    let rows = world.screens[&(DISPATCHER, message)]["reply_markup"]["inline_keyboard"].as_array().unwrap();
    let buttons = rows.iter().flat_map(|row| row.as_array().unwrap());
    let types =
        buttons.filter(|button| button["callback_data"].as_str().unwrap().starts_with("equipment_type"));
    types.map(|button| button["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn administrators_add_rename_hide_and_move_types() {
    let mut world = World::new();
    let first = offered(&mut world);
    assert_eq!((first.len(), &*first[0], &*first[10]), (11, "Washing machines", "Other"));
    world.say(ADMIN, ADMIN, "⚙️ Settings");
    world.press_offered(ADMIN, ADMIN, "equipment_types");
    world.press_offered(ADMIN, ADMIN, "add_equipment");
    for (wrong, why) in
        [("X", "at least 2"), ("  oven ", "already"), ("ДУХОВОЙ шкаф", "already"), ("12", "letter")]
    {
        let asked = world.say(ADMIN, ADMIN, wrong).in_chat(ADMIN);
        assert!(asked.contains(why), "{wrong}: {asked}");
    }
    world.say(ADMIN, ADMIN, "Air <conditioners>");
    let added = offered(&mut world).last().unwrap().clone();
    assert_eq!(added, "Air <conditioners>");
    world.press_offered(ADMIN, ADMIN, "manage_equipment:1");
    world.press_offered(ADMIN, ADMIN, "rename_equipment:1");
    world.say(ADMIN, ADMIN, "Washers");
    world.press_offered(ADMIN, ADMIN, "lower_equipment:1");
    world.press_offered(ADMIN, ADMIN, "hide_equipment:1");
    assert!(!offered(&mut world).contains(&"Washers".to_owned()));
    world.press_offered(ADMIN, ADMIN, "show_equipment:1");
    assert_eq!(offered(&mut world)[..2], ["Tumble dryers", "Washers"]);
    for _ in 0..3 {
        world.press_offered(ADMIN, ADMIN, "raise_equipment:1");
    }
    assert_eq!(offered(&mut world)[0], "Washers");
    world.press_offered(ADMIN, ADMIN, "equipment_types");
    let settings = world.press_offered(ADMIN, ADMIN, "settings");
    assert!(world.buttons(ADMIN, settings.last_in(ADMIN)).contains(&"equipment_types".to_owned()));
}

#[test]
fn orders_keep_the_name_of_a_renamed_or_hidden_type() {
    let mut world = World::new();
    let order = world.order();
    world.press(ADMIN, ADMIN, 9, "hide_equipment:3");
    world.press(ADMIN, ADMIN, 9, "rename_equipment:3");
    world.say(ADMIN, ADMIN, "Cookers");
    let stored = orders::find_order(&mut world.tx, order).unwrap().unwrap();
    assert_eq!(stored.equipment, "Духовой шкаф");
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    let heard = world.press(DISPATCHER, DISPATCHER, 60, "equipment:Духовой шкаф").in_chat(DISPATCHER);
    assert!(heard.contains("one of the buttons") && heard.contains("Step 1 of 8"), "{heard}");
    let heard = world.press(DISPATCHER, DISPATCHER, 60, "equipment:Сантехника").in_chat(DISPATCHER);
    assert!(heard.contains("Step 2 of 8"), "{heard}");
    assert_eq!(order, OrderId(1));
}

#[test]
fn only_administrators_keep_the_types() {
    let mut world = World::new();
    offered(&mut world);
    let message = world.say(DISPATCHER, DISPATCHER, "⚙️ Settings").last_in(DISPATCHER);
    assert!(!world.buttons(DISPATCHER, message).contains(&"equipment_types".to_owned()));
    for data in
        ["equipment_types", "add_equipment", "manage_equipment:1", "rename_equipment:1", "hide_equipment:1"]
    {
        let heard = world.press(DISPATCHER, DISPATCHER, 9, data);
        assert!(heard.toast().contains("not allowed"), "{data}: {heard:?}");
    }
    assert_eq!(offered(&mut world).len(), 11);
}
