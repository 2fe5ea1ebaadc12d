//! What masters owe, as the real program books it with each step of an order.

use botctl::testing::db::schema::ledger_entries;
use botctl::testing::domain::OrderStatus;
use diesel::prelude::*;
use rstest::rstest;

use crate::texts::{about, first_line, text};
use crate::world::{Backend, World, staffed};

/// Kinds and amounts of an order's entries.
fn entries_of(world: &World, order: i64) -> Vec<(String, i64)> {
    world.db(|conn| {
        ledger_entries::table
            .filter(ledger_entries::order_id.eq(order))
            .order(ledger_entries::id)
            .select((ledger_entries::kind, ledger_entries::amount))
            .load(conn)
            .expect("entries")
    })
}

#[rstest]
fn each_step_books_what_it_changes_in_what_the_master_owes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::OnSite);
    let (admin, master) = (world.admin(), world.master());
    master.presses_old(&format!("complete_order:{order}"));
    master.says("1000 100").hears(&text("close-ask-review"));
    master.says("нет").hears(first_line(&text("close-check")));
    master.presses("dialog_confirm");
    master.hears(&about("closed-done", order));
    admin.presses_old(&format!("correct_field:{order}:total"));
    admin.says("2000").hears("2\u{a0}000");
    admin.presses_old(&format!("delete_order:{order}"));
    admin.says("twice");
    admin.presses("dialog_confirm");
    admin.presses_old(&format!("restore_order:{order}"));
    let entry = |kind: &str, amount| (kind.to_owned(), amount);
    assert_eq!(
        entries_of(&world, order),
        [
            entry("closing", 54_000),
            entry("correction", 60_000),
            entry("deletion", -114_000),
            entry("restoration", 114_000)
        ]
    );
    let seen = world.ask_json(&["status"], 3);
    assert_eq!(seen["data"]["balances_kopecks"], 114_000, "{seen}");
}
