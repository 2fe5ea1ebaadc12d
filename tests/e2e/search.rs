//! Finding orders on both databases: among few, among many by the index, after a restart.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;

use crate::texts::text;
use crate::world::{Backend, execute, staffed};

/// More orders than are compared without the index.
const MANY: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
    INSERT INTO orders (equipment_type, description, client_name, client_address, client_phone, status, created_at, updated_at)
    SELECT 'Другое', 'не греет', 'Анна Летова', 'ул. Мира, д. 1', '+79990001122', 'NEW', '2026-11-22 10:00:00', '2026-11-22 10:00:00'
    FROM n";
const RARE: &str = "INSERT INTO orders
    (equipment_type, description, client_name, client_address, client_phone, status, created_at, updated_at)
    VALUES ('Другое', 'течёт', 'Ярополк Ёлкин', 'ул. Заречная, д. 9, кв. 3', '+79123450001', 'NEW',
        '2026-11-22 10:00:00', '2026-11-22 10:00:00')";

#[rstest]
fn orders_are_found_by_any_field_also_when_they_are_old_and_many(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    world.db(|conn| {
        execute(conn, RARE);
        execute(conn, MANY);
    });
    world.close_db();
    world.restart();
    world.wait_for_log(&["orders were indexed for the search"]);
    for typed in
        ["ЯРОПОЛК елкин", "ополк", "яр", "заречная 9", "ТЕЧЕТ", "345-00-01", "8 912 345 00 01", "8 (912) 345"]
    {
        dispatcher.says(&format!("/find {typed}")).hears("Заречная");
    }
    dispatcher.says("345-00-01").hears("Заречная");
    dispatcher.says("/find летова мира").hears("100");
    dispatcher.presses("list:s");
    dispatcher.says("/find заречнаяя").hears("не нашлось");
    // What is changed by hand is found as it is now.
    world.db(|conn| {
        execute(
            conn,
            "UPDATE orders SET client_address = 'ул. Садовая, д. 4', updated_at = '2026-11-23 10:00:00' WHERE client_name = 'Ярополк Ёлкин'",
        );
    });
    world.close_db();
    world.restart();
    dispatcher.says("/find садовая").hears("Ярополк");
}

#[rstest]
fn masters_search_their_own_orders(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::OnSite);
    let number = format!("№{order}");
    world.master().says("/find 0001122").hears(&number);
    world.other_master().says("/find 0001122").hears("не нашлось");
    world.stranger().says("/find 0001122").hears(&text("refusal-no-right"));
}
