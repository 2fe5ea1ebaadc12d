//! Reports in the chat, and a master's own statistics.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;

use crate::texts::text;
use crate::world::{Backend, execute, staffed};

#[rstest]
fn closed_order_is_in_the_reports_and_a_reopened_one_is_not(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, master) = (world.dispatcher(), world.master());
    let order = world.order_in(OrderStatus::OnSite);
    master.presses_old(&format!("complete_order:{order}"));
    master.says("5000").says("1000");
    master.presses("review:yes");
    master.presses("dialog_confirm");
    let refused = world.order_in(OrderStatus::New);
    dispatcher.presses_old(&format!("refuse_order:{refused}"));
    dispatcher.says("дорого");

    dispatcher.says("📊 Отчеты").hears("Что показать?");
    dispatcher.presses("report:masters:this-month:1");
    dispatcher.hears_all(&[
        "закрыто 1 · отказов 1",
        "Оборот: 5\u{a0}000\u{a0}₽",
        "Чистыми: 4\u{a0}000\u{a0}₽",
    ]);
    dispatcher.presses_old("report:reasons:today:1");
    dispatcher.hears("дорого: 1");
    dispatcher.presses_old(&format!("reopen_order:{refused}"));
    dispatcher.presses_old("report:reasons:today:1");
    dispatcher.hears(&text("report-empty"));
    // A correction leaves the order on its day.
    world.db(|conn| {
        execute(conn, &format!("UPDATE orders SET closed_at = '2026-11-02 10:00:00' WHERE id = {order}"));
    });
    world.admin().presses_old(&format!("correct_field:{order}:total"));
    world.admin().says("6000");
    world.admin().presses_old("report:days:20261102-20261102:1");
    world.admin().hears("Оборот: 6\u{a0}000\u{a0}₽");
    world.admin().presses_old(&format!("delete_order:{order}"));
    world.admin().says("дубль");
    world.admin().presses("dialog_confirm");
    world.admin().presses_old("report:days:20261102-20261102:1");
    world.admin().hears(&text("report-empty"));
    master.says("📊 Моя статистика").hears("моя доля");
}
