//! The end of the closing dialogue: what is asked, the check of the split, and a small total that was a refusal.

use botctl::testing::domain::{Kopecks, OrderStatus};
use rstest::rstest;

use crate::texts::{about, first_line, key, text};
use crate::world::{Backend, World, staffed};

/// Begins the closing of an order by its master up to the question for the review.
fn begin_closing(world: &World, amounts: &str) -> i64 {
    let order = world.order_in(OrderStatus::OnSite);
    let master = world.master();
    master.presses_old(&format!("complete_order:{order}"));
    master.says(amounts).hears(&text("close-ask-review"));
    order
}

#[rstest]
fn each_answer_can_be_changed_before_the_closing_is_saved(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (admin, master) = (world.admin(), world.master());
    admin.says(key::SETTINGS);
    admin.presses("rates:all");
    admin.presses("change_rate:all:out_of_city");
    admin.says("5").hears(&text("rates-state-own"));
    let order = begin_closing(&world, "5000 1000");
    master.presses("review:yes");
    master.hears(&text("close-ask-out-of-city"));
    master.presses("out_of_city:yes");
    // 40 % and 10 % and 5 % of 4,000.
    master.hears_all(&[first_line(&text("close-check")), "2\u{a0}200\u{a0}₽"]);
    master.presses("draft_field:2");
    master.says("0").hears("2\u{a0}750\u{a0}₽");
    master.presses("draft_field:4");
    master.presses("out_of_city:no");
    master.hears("2\u{a0}500\u{a0}₽");
    assert_eq!((world.status(order), world.order(order).total), (OrderStatus::OnSite, None));
    master.presses("dialog_confirm");
    master.hears(&about("closed-done", order));
    let closed = world.order(order);
    assert_eq!((closed.status, closed.master_share), (OrderStatus::Closed, Some(Kopecks(250_000))));
}

#[rstest]
fn small_total_becomes_a_refusal_with_its_reason(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let master = world.master();
    let order = begin_closing(&world, "500 0");
    master.presses("review:no");
    master.hears(first_line(&text("close-ask-refusal")));
    master.presses("close_as_refusal");
    master.says("слишком дорого");
    world.dispatcher().hears("слишком дорого");
    assert_eq!((world.status(order), world.order(order).total), (OrderStatus::Refused, None));
    assert_eq!(world.dialogues(), 0, "the closing waits no more");
}
