//! The flood guard: what one user sends too fast is dropped with one notice, and a backlog is no flood.

use botctl::testing::db::schema::inbox;
use diesel::prelude::*;
use rstest::rstest;
use serde_json::json;

use crate::texts::text;
use crate::world::{Backend, DISPATCHER, STRANGER, World, empty};

impl World {
    /// Updates that were dropped as flood.
    fn dropped_updates(&self) -> i64 {
        self.db(|conn| {
            let dropped = inbox::table.filter(inbox::outcome.eq("flood")).count();
            match conn {
                botctl::testing::db::AnyConnection::Sqlite(c) => dropped.get_result(c).unwrap(),
                botctl::testing::db::AnyConnection::Pg(c) => dropped.get_result(c).unwrap(),
            }
        })
    }

    fn push_message(&self, user: i64, text: &str, sent_at: i64) -> i64 {
        let message = json!({ "message_id": 900_000, "date": sent_at, "text": text,
            "chat": { "id": user, "type": "private", "first_name": "Имя" },
            "from": { "id": user, "is_bot": false, "first_name": "Имя" } });
        self.sandbox.push_raw_update(&json!({ "message": message }).to_string())
    }
}

#[rstest]
fn what_a_user_sends_too_fast_is_dropped_with_one_notice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().with("FLOOD_LIMIT", "5").build_or_skip(backend) else { return };
    let at = 1_800_000_000;
    world.stranger().says("/start");
    world.dispatcher().says("/start");
    world.begin_act();
    let outcome = |user, sent_at| world.wait_until_handled(world.push_message(user, "/help", sent_at));
    for _ in 0..5 {
        assert_eq!(outcome(STRANGER, at), "handled");
    }
    for late in [0, 1, 9] {
        assert_eq!(outcome(STRANGER, at + late), "ignored");
    }
    world.stranger().hears(&text("error-flood"));
    let notices =
        world.texts_sent_to(STRANGER).iter().filter(|sent| sent.contains(&text("error-flood"))).count();
    assert_eq!(notices, 1);
    assert_eq!(outcome(DISPATCHER, at), "handled", "another user is not slowed down");
    assert_eq!(outcome(STRANGER, at + 10), "handled", "the window is over");
    assert_eq!(world.dropped_updates(), 3);
    let status = world.ask_json(&["status"], 3);
    assert_eq!(status["data"]["dropped_updates"], 3, "{status}");
    // Nothing is counted anew after a restart.
    world.restart();
    assert_eq!(world.dropped_updates(), 3);
}

#[rstest]
fn backlog_of_an_outage_is_no_flood(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = empty().with("FLOOD_LIMIT", "5").build_or_skip(backend) else { return };
    world.stranger().says("/start");
    world.kill();
    let mut last = 0;
    for minute in 0..150 {
        last = world.push_message(STRANGER, "/help", 1_800_000_000 + 60 * minute);
    }
    world.start();
    world.wait_until_handled(last);
    assert_eq!(world.dropped_updates(), 0);
}
