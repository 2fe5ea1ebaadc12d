//! The users section: lists, the search, roles, and what a change of roles means to its user.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADDRESS, ADMIN, CLIENT, DISPATCHER, MASTER, PHONE, STRANGER, World};
use crate::domain::role::Role;

fn has_role(world: &mut World, person: i64, role: Role) -> bool {
    world.person(person).unwrap().roles.has(role)
}

#[test]
fn administrators_list_users_by_role_and_find_them() {
    let mut world = World::new();
    let listed = world.say(ADMIN, ADMIN, "👤 Users").in_chat(ADMIN);
    assert!(listed.contains("Users: All</b> · 5"), "{listed}");
    let listed = world.press_offered(ADMIN, ADMIN, "users:MASTER:1");
    let masters = world.buttons(ADMIN, listed.last_in(ADMIN));
    assert_eq!(masters[..2], ["user:12".to_owned(), "user:11".to_owned()]);
    world.press_offered(ADMIN, ADMIN, "find_user");
    let nothing = world.say(ADMIN, ADMIN, "Xaver").in_chat(ADMIN);
    assert!(nothing.contains("no one found"), "{nothing}");
    let several = world.say(ADMIN, ADMIN, "person 1").in_chat(ADMIN);
    assert!(several.contains("person 1</b> · 3"), "{several}");
    world.press_offered(ADMIN, ADMIN, "find_user");
    let card = world.say(ADMIN, ADMIN, "12").in_chat(ADMIN);
    for part in ["Person 12", "Role: master", "As a master", "+7 999 111-22-33", "ovens"] {
        assert!(card.contains(part), "{part}: {card}");
    }
    for (person, button) in [(DISPATCHER, "users:all:1"), (MASTER, "user:1"), (STRANGER, "find_user")] {
        let refused = world.press(person, person, 9, button);
        assert!(refused.toast().contains("not allowed"), "{refused:?}");
    }
    let refused = world.say(DISPATCHER, DISPATCHER, "👤 Users").in_chat(DISPATCHER);
    assert!(refused.contains("not allowed"), "{refused}");
}

#[test]
fn granted_role_brings_notice_menu_and_right_and_revoked_one_takes_them() {
    let mut world = World::new();
    let order = world.order();
    world.press(ADMIN, ADMIN, 9, "user:99");
    let granted = world.press_offered(ADMIN, ADMIN, "grant_role:99:DISPATCHER");
    assert!(granted.in_chat(STRANGER).contains("new role: dispatcher"), "{granted:?}");
    let keys = world.keys(STRANGER, granted.last_in(STRANGER));
    assert!(keys.contains(&"📋 All orders".to_owned()), "{keys:?}");
    // A second press changes and tells nothing.
    let again = world.press(ADMIN, ADMIN, 9, "grant_role:99:DISPATCHER");
    assert_eq!(again.in_chat(STRANGER), "");
    let card = world.say(STRANGER, STRANGER, &format!("/order {order}"));
    assert!(card.in_chat(STRANGER).contains(PHONE.trim_start_matches("+7")) || world.shows(STRANGER, CLIENT));

    world.say(STRANGER, STRANGER, "➕ New order");
    let revoked = world.press_offered(ADMIN, ADMIN, "revoke_role:99:DISPATCHER");
    let told = revoked.in_chat(STRANGER);
    assert!(told.contains("no longer have the role: dispatcher"), "{told}");
    assert!(told.contains("ended what you were doing"), "{told}");
    let keys = world.keys(STRANGER, revoked.last_in(STRANGER));
    assert!(!keys.contains(&"📋 All orders".to_owned()), "{keys:?}");
    for secret in [CLIENT, ADDRESS, PHONE] {
        assert!(!world.shows(STRANGER, secret), "{secret}");
    }
    for said in ["Oven", "does not heat", &format!("/order {order}"), "/find 12 Sample"] {
        let heard = world.say(STRANGER, STRANGER, said);
        assert!(!heard.in_chat(STRANGER).contains(CLIENT), "{said}: {heard:?}");
    }
    for button in [format!("view_order:{order}"), format!("open_order:{order}")] {
        let heard = world.press(STRANGER, STRANGER, 9, &button);
        assert!(heard.toast().contains("not allowed"), "{heard:?}");
    }
}

#[test]
fn dialogue_without_a_question_ends_with_the_right_to_it() {
    let mut world = World::new();
    world.press(ADMIN, ADMIN, 9, "grant_role:99:ADMIN");
    world.press(STRANGER, STRANGER, 9, "find_user");
    world.press(ADMIN, ADMIN, 9, "revoke_role:99:ADMIN");
    let heard = world.say(STRANGER, STRANGER, "Person").in_chat(STRANGER);
    assert!(heard.contains("ended what you were doing"), "{heard}");
    assert!(!world.is_in_dialogue(STRANGER, STRANGER));
}

#[test]
fn there_is_always_an_administrator() {
    let mut world = World::new();
    let own = world.press(ADMIN, ADMIN, 9, "revoke_role:1:ADMIN");
    assert!(own.toast().contains("your own role"), "{own:?}");
    let foreign = world.press(DISPATCHER, DISPATCHER, 9, "revoke_role:1:ADMIN");
    assert!(foreign.toast().contains("not allowed"), "{foreign:?}");
    assert!(has_role(&mut world, ADMIN, Role::Admin));
    // Another administrator can, as long as one is left.
    world.press(ADMIN, ADMIN, 9, "grant_role:99:ADMIN");
    world.press(STRANGER, STRANGER, 9, "revoke_role:1:ADMIN");
    assert!(!has_role(&mut world, ADMIN, Role::Admin));
    let last = world.press(STRANGER, STRANGER, 9, "revoke_role:99:ADMIN");
    assert!(last.toast().contains("your own role"), "{last:?}");
}

#[test]
fn card_says_that_a_configured_role_comes_back() {
    let mut world = World::new();
    let card = world.press(ADMIN, ADMIN, 9, "user:2").in_chat(ADMIN);
    assert!(card.contains("server's configuration: dispatcher"), "{card}");
    let revoked = world.press(ADMIN, ADMIN, 9, "revoke_role:2:DISPATCHER");
    assert!(revoked.toast().contains("comes back"), "{revoked:?}");
    assert!(!has_role(&mut world, DISPATCHER, Role::Dispatcher));
    world.say(DISPATCHER, DISPATCHER, "/start");
    assert!(has_role(&mut world, DISPATCHER, Role::Dispatcher));
}

#[test]
fn user_becomes_a_master_from_their_card() {
    let mut world = World::new();
    let refused = world.press(ADMIN, ADMIN, 9, "grant_role:99:MASTER");
    assert!(refused.toast().contains("no phone"), "{refused:?}");
    world.press(ADMIN, ADMIN, 9, "user:99");
    world.press_offered(ADMIN, ADMIN, "make_master:99");
    for answer in ["+79990000055", "fridges", "✅ Confirm"] {
        world.say(ADMIN, ADMIN, answer);
    }
    assert!(has_role(&mut world, STRANGER, Role::Master));
}

#[test]
fn dispatcher_hears_what_became_of_the_master_they_added() {
    let mut world = World::new();
    for (decision, word) in [("reject_master", "was not approved"), ("approve_master", "was approved")] {
        world.press(DISPATCHER, DISPATCHER, 9, "add_master");
        for answer in ["99", "+79990000055", "fridges", "✅ Confirm"] {
            world.say(DISPATCHER, DISPATCHER, answer);
        }
        let decided = world.press_offered(ADMIN, ADMIN, &format!("{decision}:99"));
        assert!(decided.in_chat(DISPATCHER).contains(word), "{decided:?}");
        let again = world.press(ADMIN, ADMIN, 9, "approve_master:99");
        assert_eq!(again.in_chat(DISPATCHER), "");
    }
}

#[test]
fn revoked_role_leaves_the_cards_that_staff_have_about_the_user() {
    let mut world = World::new();
    world.say(STRANGER, STRANGER, "The oven does not heat, 5 Made-up Street");
    let (card, _) = world.offer(DISPATCHER, "message_to_order");
    for button in ["grant_role:99:DISPATCHER", "revoke_role:99:DISPATCHER"] {
        let heard = world.press(ADMIN, ADMIN, 9, button);
        assert_eq!(heard.in_chat(DISPATCHER), "", "{button}");
    }
    assert!(!world.buttons(DISPATCHER, card).is_empty());
}

#[test]
fn found_users_come_in_pages() {
    let mut world = World::new();
    for id in 101..=112 {
        world.say(id, id, "/start");
    }
    world.press(ADMIN, ADMIN, 5, "find_user");
    let first = world.say(ADMIN, ADMIN, "person 1");
    assert!(first.in_chat(ADMIN).contains("· 15"), "{first:?}");
    assert!(first.in_chat(ADMIN).contains("Page 1 of 2"), "{first:?}");
    let count = |world: &World, message: i32| {
        world.buttons(ADMIN, message).iter().filter(|data| data.starts_with("user:")).count()
    };
    let shown = first.last_in(ADMIN);
    assert_eq!(count(&world, shown), 10);
    world.press_offered(ADMIN, ADMIN, "found_users:1:2");
    assert_eq!(count(&world, shown), 5);
    assert!(world.press(DISPATCHER, DISPATCHER, 5, "found_users:1:2").toast().contains("not allowed"));
}

#[test]
fn question_for_a_comment_stays_with_the_role_that_allows_the_answer() {
    for (is_own, stays) in [(true, true), (false, false)] {
        let mut world = World::new();
        world.press(ADMIN, ADMIN, 5, &format!("grant_role:{MASTER}:DISPATCHER"));
        let order = if is_own { world.assigned(MASTER, MASTER).0 } else { world.order() };
        world.press(MASTER, MASTER, 5, &format!("comment_order:{order}"));
        let revoked = world.press(ADMIN, ADMIN, 5, &format!("revoke_role:{MASTER}:DISPATCHER"));
        assert_eq!(!revoked.in_chat(MASTER).contains("ended what you were doing"), stays, "{revoked:?}");
        let answered = world.say(MASTER, MASTER, "the gate is locked");
        assert_eq!(answered.in_chat(DISPATCHER).contains("gate is locked"), stays, "{answered:?}");
    }
}
