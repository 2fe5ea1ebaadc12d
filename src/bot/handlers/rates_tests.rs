#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADMIN, DISPATCHER, World};
use crate::db::rates::find_rates;
use crate::domain::ids::EquipmentTypeId;
use crate::domain::money::Kopecks;
use crate::domain::rates::Rates;

#[test]
fn administrators_change_rates_by_typing_and_reset_them() {
    let mut world = World::new();
    world.say(ADMIN, ADMIN, "⚙️ Settings");
    let shown = world.press_offered(ADMIN, ADMIN, "rates:all").in_chat(ADMIN);
    assert!(shown.contains("Standard rates") && shown.contains("₽7,000") && shown.contains("40%"), "{shown}");
    world.press_offered(ADMIN, ADMIN, "change_rate:all:below");
    for (wrong, why) in [("101", "0 to 100"), ("many", "0 to 100"), ("51", "50%")] {
        let asked = world.say(ADMIN, ADMIN, wrong).in_chat(ADMIN);
        assert!(asked.contains(why), "{wrong}: {asked}");
    }
    assert_eq!(find_rates(&mut world.tx, None).unwrap(), None);
    let shown = world.say(ADMIN, ADMIN, "45 %").in_chat(ADMIN);
    assert!(shown.contains("45%") && shown.contains("Set here"), "{shown}");
    world.press_offered(ADMIN, ADMIN, "change_rate:all:threshold");
    world.say(ADMIN, ADMIN, "5k");
    let common = Rates { percent_below: 45, threshold: Kopecks(500_000), ..Rates::DEFAULT };
    assert_eq!(find_rates(&mut world.tx, None).unwrap(), Some(common));
    // A type takes the common ones with its own value.
    world.press_offered(ADMIN, ADMIN, "rate_types");
    world.press_offered(ADMIN, ADMIN, "rates:3");
    world.press_offered(ADMIN, ADMIN, "change_rate:3:cap");
    world.say(ADMIN, ADMIN, "60");
    let kind = Some(EquipmentTypeId(3));
    assert_eq!(find_rates(&mut world.tx, kind).unwrap(), Some(Rates { cap: 60, ..common }));
    let shown = world.press_offered(ADMIN, ADMIN, "reset_rates:3").in_chat(ADMIN);
    assert!(shown.contains("common rates apply"), "{shown}");
    assert_eq!(find_rates(&mut world.tx, kind).unwrap(), None);
    assert_eq!(find_rates(&mut world.tx, None).unwrap(), Some(common));
}

#[test]
fn dispatchers_do_not_see_or_change_rates() {
    let mut world = World::new();
    let settings = world.say(DISPATCHER, DISPATCHER, "⚙️ Settings").last_in(DISPATCHER);
    assert!(!world.buttons(DISPATCHER, settings).contains(&"rates:all".to_owned()));
    for data in ["rates:all", "rate_types", "rates:1", "change_rate:all:cap", "reset_rates:all"] {
        world.press(DISPATCHER, DISPATCHER, settings, data);
        world.say(DISPATCHER, DISPATCHER, "7");
    }
    assert_eq!(find_rates(&mut world.tx, None).unwrap(), None);
}
