//! `serve --sandbox --demo`: the made-up company.

use std::collections::{BTreeMap, BTreeSet};

use botctl::testing::domain::{Order, OrderStatus};
use chrono::Utc;

use crate::world::{Backend, World, empty, execute, has_postgres, run_to_end, said};

const ARGUMENTS: [&str; 5] = ["serve", "--sandbox", "--demo", "--sandbox-listen", "127.0.0.1:0"];

/// Starts the demonstration in the world's database, and stops it when it serves.
fn fill(world: &World) {
    let url = world.store.url();
    world.spawn(&[&ARGUMENTS[..], &["--database-url", &url]].concat());
    world.wait_for_log_times("\"message\":\"serving\"", 1);
    // The chats of the four people of the company who have a phone on the page begin again.
    world.wait_for_log_times("\"action\":\"/start\"", 4);
    assert_eq!(world.terminate(), 0);
}

fn all_orders(world: &World) -> Vec<Order> {
    world.orders().into_iter().map(|id| world.order(id)).collect()
}

#[test]
fn company_has_lived_for_three_months() {
    let world = empty().stopped().build(Backend::Sqlite);
    fill(&world);
    let orders = all_orders(&world);
    assert_eq!(orders.len(), 400);
    let mut by_status = BTreeMap::new();
    for order in &orders {
        *by_status.entry(order.status).or_insert(0) += 1;
    }
    let of = |status: OrderStatus| by_status.get(&status).copied().unwrap_or(0);
    assert!(OrderStatus::ALL.into_iter().all(|status| of(status) >= 3), "{by_status:?}");
    let now = Utc::now();
    for order in &orders {
        assert!(order.created_at <= order.updated_at && order.updated_at <= now, "{order:?}");
        assert!((now - order.created_at).num_days() <= 92, "{order:?}");
        assert_eq!(order.total.is_some(), order.status == OrderStatus::Closed, "{order:?}");
        // A range of numbers that belongs to none.
        assert!(order.client_phone.starts_with("+7900001"), "{}", order.client_phone);
        let visit = order.visit.unwrap();
        assert!(visit.from >= order.created_at - chrono::TimeDelta::days(1), "{order:?}");
    }
    let ahead = orders.iter().filter(|order| order.status.is_open() && order.visit.unwrap().from > now);
    assert!(ahead.count() >= 10, "visits today and tomorrow");
    let masters: BTreeSet<_> = orders.iter().filter_map(|order| order.assigned_master).collect();
    let dispatchers: BTreeSet<_> = orders.iter().filter_map(|order| order.dispatcher).collect();
    assert_eq!((masters.len(), dispatchers.len()), (12, 3));
    assert_eq!((world.unfinished(), world.dead_letters()), (0, vec![]));
    let (files, comments) = (world.count_rows("order_files"), world.count_rows("order_comments"));
    assert!(files >= 60 && comments >= 60, "{files} photos, {comments} comments");
    assert_eq!(world.way(1).first().map(String::as_str), Some("→NEW"));

    // What is there stays, and the company is not added to it.
    let url = world.store.url();
    let again = run_to_end(world.command(&[&ARGUMENTS[..], &["--database-url", &url]].concat()));
    assert_eq!(again.status.code(), Some(3), "{}", said(&again));
    assert!(said(&again).contains("the database has orders already"), "{}", said(&again));
    assert_eq!(all_orders(&world), orders);
}

#[test]
fn company_is_the_same_every_time() {
    if !has_postgres() {
        return;
    }
    let facts = |backend: Backend| {
        let world = empty().stopped().build(backend);
        fill(&world);
        let orders = all_orders(&world).into_iter();
        let facts = orders
            .map(|order| (order.description, order.client_phone, order.status, order.total, order.notes));
        facts.collect::<BTreeSet<_>>()
    };
    assert_eq!(facts(Backend::Sqlite), facts(Backend::Postgres));
}

#[test]
fn company_is_not_added_to_users() {
    let world = empty().stopped().build(Backend::Sqlite);
    let mut conn = world.store.open();
    botctl::testing::migrate::apply_pending(&mut conn).unwrap();
    execute(&mut conn, "INSERT INTO users (telegram_id, created_at) VALUES (11, '2026-11-22 10:00:00')");
    let url = world.store.url();
    let refused = run_to_end(world.command(&[&ARGUMENTS[..], &["--database-url", &url]].concat()));
    assert_eq!(refused.status.code(), Some(3), "{}", said(&refused));
    let text = said(&refused);
    assert!(
        text.contains("the database has users already") && text.contains("hint: choose a new file"),
        "{text}"
    );
    assert!(world.orders().is_empty());
}

#[test]
fn company_has_no_place_in_a_real_database() {
    let world = empty().stopped().build(Backend::Sqlite);
    let refused = run_to_end(world.command(&["serve", "--demo"]));
    assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    assert!(said(&refused).contains("--sandbox"), "{}", said(&refused));
}
