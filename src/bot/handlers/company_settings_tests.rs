#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADDRESS, ADMIN, CLIENT, DISPATCHER, MASTER, OTHER_MASTER, PHONE, World};

const AT_ONCE: &str = "address_from:assigned";
const ONCE_ACCEPTED: &str = "address_from:accepted";

fn shows_client(world: &World, chat: i64) -> [bool; 3] {
    [CLIENT, ADDRESS, PHONE].map(|part| world.shows(chat, part))
}

#[test]
fn admin_shows_the_address_to_assigned_masters_and_hides_it_again() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    assert_eq!(shows_client(&world, MASTER), [false; 3]);
    world.say(ADMIN, ADMIN, "⚙️ Settings");
    let heard = world.press_offered(ADMIN, ADMIN, AT_ONCE);
    assert!(heard.toast().contains("as soon as"), "{heard:?}");
    assert_eq!(shows_client(&world, MASTER), [true, true, false], "the card on the screen follows");
    assert!(world.text(MASTER, card).contains("once you are on site"), "{}", world.text(MASTER, card));
    // The day and the search go by the same rule.
    let day = world.say(MASTER, MASTER, "/today");
    assert!(day.in_chat(MASTER).contains(ADDRESS), "{day:?}");
    let found = world.say(MASTER, MASTER, "/find Testov");
    assert!(found.in_chat(MASTER).contains(CLIENT), "{found:?}");
    // A new master's card as well.
    let (_, other) = world.assigned(OTHER_MASTER, OTHER_MASTER);
    assert!(world.text(OTHER_MASTER, other).contains(ADDRESS), "{}", world.text(OTHER_MASTER, other));
    world.press_offered(ADMIN, ADMIN, ONCE_ACCEPTED);
    for chat in [MASTER, OTHER_MASTER] {
        assert_eq!(shows_client(&world, chat), [false; 3], "order {order}");
    }
    // Twice the same press is one.
    world.press(ADMIN, ADMIN, 5, ONCE_ACCEPTED);
    assert_eq!(shows_client(&world, MASTER), [false; 3]);
}

#[test]
fn only_admins_choose_what_masters_see() {
    let mut world = World::new();
    let shown = world.say(DISPATCHER, DISPATCHER, "⚙️ Settings").last_in(DISPATCHER);
    assert!(!world.buttons(DISPATCHER, shown).contains(&AT_ONCE.to_owned()));
    world.assigned(MASTER, MASTER);
    for person in [DISPATCHER, MASTER] {
        assert_eq!(world.press(person, person, 5, AT_ONCE).outcome, "refused");
    }
    assert_eq!(shows_client(&world, MASTER), [false; 3]);
}
