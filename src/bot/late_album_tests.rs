//! Albums whose photos come with two polls.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::{Value, json};

use super::testing::{DISPATCHER, Heard, MASTER, STRANGER, World};
use crate::db::order_files;

fn photo(name: &str, caption: Option<&str>) -> Value {
    json!({ "photo": [{ "file_id": name, "file_unique_id": name, "width": 1, "height": 1 }],
        "media_group_id": "77", "caption": caption })
}

/// The files that were sent to a chat so far.
fn files_in(world: &World, chat: i64) -> Vec<String> {
    let screens = world.screens.iter().filter(|((in_chat, _), _)| *in_chat == chat);
    screens.filter_map(|(_, payload)| payload["photo"].as_str().map(str::to_owned)).collect()
}

#[test]
fn late_photos_of_a_comment_are_added_to_its_order() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("comment_order:{order}"));
    let told = world.send(MASTER, MASTER, photo("one", Some("the plate")));
    assert!(told.in_chat(DISPATCHER).contains("the plate"), "{told:?}");
    let late = world.send(MASTER, MASTER, photo("two", None));
    let stored = order_files::list_order_files(&mut world.tx, order).unwrap();
    assert_eq!(stored.iter().map(|stored| stored.file.file_id.as_str()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(files_in(&world, DISPATCHER), ["one", "two"], "{late:?}");
    // Another user's photos of an album with the same name are no part of it.
    let heard = world.send(DISPATCHER, DISPATCHER, photo("three", None));
    assert_eq!(order_files::list_order_files(&mut world.tx, order).unwrap().len(), 2, "{heard:?}");
}

#[test]
fn album_of_a_stranger_reaches_the_dispatchers_and_the_draft_whole() {
    let mut world = World::new();
    world.send(STRANGER, STRANGER, photo("one", Some("The oven does not heat, 5 Made-up Street")));
    let late: Vec<Heard> =
        ["two", "three"].map(|name| world.send(STRANGER, STRANGER, photo(name, None))).into();
    assert_eq!(files_in(&world, DISPATCHER), ["one", "two", "three"], "{late:?}");
    assert!(late.iter().all(|heard| heard.in_chat(STRANGER).is_empty()), "answered once: {late:?}");
    let draft = world.press_offered(DISPATCHER, DISPATCHER, "message_to_order");
    assert!(draft.in_chat(DISPATCHER).contains("📎 3"), "{draft:?}");
}
