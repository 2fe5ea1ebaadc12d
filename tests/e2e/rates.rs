//! Rates in the real program: an administrator sets them, orders are closed by them, and closed orders keep theirs.

use botctl::testing::db::schema::orders;
use botctl::testing::domain::{Kopecks, OrderStatus};
use diesel::prelude::*;
use rstest::rstest;

use crate::texts::{about, first_line, key, text};
use crate::world::{Backend, World, staffed};

fn set_rate(world: &World, of: &str, field: &str, value: &str) {
    let admin = world.admin();
    admin.says(key::SETTINGS);
    admin.presses("rates:all");
    if of != "all" {
        admin.presses("rate_types");
        admin.presses(&format!("rates:{of}"));
    }
    admin.presses(&format!("change_rate:{of}:{field}"));
    admin.says(value).hears(&text("rates-state-own"));
}

/// Closes an order of this type by its master: 1,000 with materials of 100, no review.
fn close_order(world: &World, kind: Option<i64>) -> i64 {
    let order = world.order_in(OrderStatus::OnSite);
    let typed = diesel::update(orders::table.find(order)).set(orders::equipment_type_id.eq(kind));
    assert_eq!(world.db(|conn| typed.execute(conn)).unwrap(), 1);
    let master = world.master();
    master.presses_old(&format!("complete_order:{order}"));
    master.says("1000 100").hears(&text("close-ask-review"));
    master.says("нет").hears(first_line(&text("close-check")));
    master.presses("dialog_confirm");
    master.hears(&about("closed-done", order));
    order
}

fn shares(world: &World, order: i64) -> (i64, i64) {
    let Some((Kopecks(master), Kopecks(company))) =
        world.order(order).master_share.zip(world.order(order).company_share)
    else {
        panic!("order {order} has no shares")
    };
    (master, company)
}

#[rstest]
fn closed_orders_keep_the_rates_by_which_they_were_closed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let admin = world.admin();
    admin.says(key::SETTINGS);
    admin.presses("rates:all");
    admin.presses("change_rate:all:below");
    admin.says("51").hears("50 %");
    admin.says("45 %").hears(&text("rates-state-own"));
    set_rate(&world, "3", "below", "30");
    let (common, own) = (close_order(&world, None), close_order(&world, Some(3)));
    assert_eq!(shares(&world, common), (40_500, 49_500));
    assert_eq!(shares(&world, own), (27_000, 63_000));
    // An order of before there were rates.
    let older = world.order_in(OrderStatus::Closed);
    let forgotten = diesel::update(orders::table.find(older)).set(orders::rates.eq(None::<String>));
    assert_eq!(world.db(|conn| forgotten.execute(conn)).unwrap(), 1);
    set_rate(&world, "all", "below", "20");
    set_rate(&world, "3", "below", "20");
    assert_eq!((shares(&world, common), shares(&world, own)), ((40_500, 49_500), (27_000, 63_000)));
    for (order, master_share) in [(common, 85_500), (own, 57_000), (older, 40_000)] {
        admin.presses_old(&format!("correct_field:{order}:total"));
        admin.says("2000");
        assert_eq!(shares(&world, order).0, master_share, "{order}");
    }
    let logged = world.db(|conn| {
        use botctl::testing::db::schema::audit_log;
        audit_log::table.filter(audit_log::action.eq("rates.change")).count().get_result::<i64>(conn)
    });
    assert_eq!(logged, Ok(4));
}
