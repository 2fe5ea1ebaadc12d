//! Lists of orders and masters, filters, pages, and `/order` in private.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;

use crate::database_rows::{ADDRESS, CLIENT, PHONE, insert_order};
use crate::texts::{about, first_line, key, text, text_with};
use crate::world::{Backend, MASTER, World, staffed};

/// Many orders at once, newest last.
fn orders(world: &World, status: OrderStatus, count: usize) -> Vec<i64> {
    let master = world.master_id(MASTER);
    world.db(|conn| (0..count).map(|_| insert_order(conn, status, master).0).collect())
}

#[rstest]
fn all_orders_are_filtered_by_status_and_paged_by_ten(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    let new = orders(&world, OrderStatus::New, 23);
    let closed = orders(&world, OrderStatus::Closed, 1);
    dispatcher.says(key::ALL_ORDERS).hears("24");
    dispatcher.presses("filter_orders:NEW");
    let page = dispatcher.hears(&text_with("list-page", &[("page", "1"), ("pages", "3")]));
    for order in &new[13..] {
        assert!(page.text.contains(&format!("№{order}")), "№{order} is not on the first page");
    }
    assert!(!page.text.contains(&format!("№{} ", closed[0])));
    dispatcher.presses("orders_page:NEW:2");
    dispatcher.hears(&text_with("list-page", &[("page", "2"), ("pages", "3")]));
    dispatcher.presses("orders_page:NEW:3");
    let page = dispatcher.hears(&text_with("list-page", &[("page", "3"), ("pages", "3")]));
    for order in &new[..3] {
        assert!(page.text.contains(&format!("№{order} ")), "№{order} is not on the last page: {}", page.text);
    }
    assert_eq!(dispatcher.presses("current_page").text, "");
    dispatcher.presses(&format!("view_order:{}", new[0]));
    dispatcher.hears_all(&[CLIENT, ADDRESS, PHONE]);
    dispatcher.presses("back_to_orders");
    dispatcher.presses("filter_orders:REFUSED");
    dispatcher.hears(&text("filter-refused"));
    assert_eq!(dispatcher.presses("no_orders").text, "");
    // A page that is no more shows the nearest one.
    dispatcher.presses_old("orders_page:NEW:99");
    dispatcher.hears(&text_with("list-page", &[("page", "3"), ("pages", "3")]));
    dispatcher.presses_old("filter_orders:all");
    dispatcher.hears(&text("filter-all"));
}

#[rstest]
fn order_card_offers_the_actions_of_its_status(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let admin = world.admin();
    for (status, offered) in [
        (OrderStatus::New, vec!["assign_master", "close_order", "refuse_order"]),
        (OrderStatus::Assigned, vec!["reassign_master", "unassign_master", "close_order", "refuse_order"]),
        (OrderStatus::OnSite, vec!["reassign_master", "unassign_master", "close_order", "refuse_order"]),
        (OrderStatus::Closed, vec![]),
        (OrderStatus::Refused, vec!["reopen_order"]),
    ] {
        let order = world.order_in(status);
        admin.presses_old(&format!("view_order:{order}"));
        let card = admin.hears(&format!("№{order}"));
        let mut buttons: Vec<String> = card
            .buttons()
            .filter_map(|button| button.data.clone())
            .filter_map(|data| Some(data.strip_suffix(&format!(":{order}"))?.to_owned()))
            .collect();
        buttons.sort();
        let mut offered = offered;
        offered.sort_unstable();
        assert_eq!(buttons, offered, "{status}");
    }
}

#[rstest]
fn masters_list_own_open_orders_without_hidden_fields(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let master = world.master();
    master.says(key::MY_ORDERS).hears(&text("my-orders-empty"));
    let assigned = world.order_in(OrderStatus::Assigned);
    let closed = world.order_in(OrderStatus::Closed);
    let list = master.says(key::MY_ORDERS).hears(&format!("№{assigned}"));
    assert!(!list.text.contains(&format!("№{closed}")) && !list.text.contains(ADDRESS), "{}", list.text);
    master.presses(&format!("view_order_master:{assigned}"));
    let card = master.hears(&format!("№{assigned}"));
    assert!(![CLIENT, ADDRESS, PHONE].iter().any(|client| card.text.contains(client)), "{}", card.text);
    orders(&world, OrderStatus::Accepted, 11);
    master.says(key::MY_ORDERS).hears(&text_with("list-page", &[("page", "1"), ("pages", "2")]));
    master.presses("my_orders_page:2");
    master.hears(&format!("№{assigned}"));
    world.other_master().says(key::MY_ORDERS).hears(&text("my-orders-empty"));
}

#[rstest]
fn order_command_works_in_private_chats(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Accepted);
    world.dispatcher().says(&format!("/order {order}")).hears_all(&[CLIENT, PHONE]);
    let card = world.master().says(&format!("/order {order}")).hears(CLIENT);
    assert!(!card.text.contains(PHONE));
    world.other_master().says(&format!("/order {order}")).hears(&text("refusal-no-right"));
    world.stranger().says(&format!("/order {order}")).hears(&text("refusal-no-right"));
    world.stranger().says("/order 99999").hears(&text("refusal-no-right"));
    world.dispatcher().says("/order 99999").hears(&text("refusal-order-not-found"));
    world.dispatcher().says("/order").hears(&text("order-usage"));
    world.dispatcher().says("/order 99999999999999999999").hears(&text("order-usage"));
}

#[rstest]
fn master_lists_separate_active_and_pending(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let admin = world.admin();
    world.order_in(OrderStatus::Assigned);
    world.order_in(OrderStatus::OnSite);
    admin.says(key::MASTERS).hears(first_line(&text("masters-menu")));
    admin.presses("list_all_masters");
    admin.hears_all(&["Михаил Мастеров", "Матвей Другой", "2 активные заявки"]);
    admin.presses("back_to_masters");
    admin.presses("list_pending_masters");
    admin.hears(&text("masters-empty-pending"));
    admin.presses("back_to_masters");
    admin.presses("list_all_masters");
    admin.presses(&format!("manage_master:{MASTER}"));
    admin.hears_all(&["Михаил Мастеров", "+79000002001"]);
}

#[rstest]
fn unfinished_sections_say_so(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.admin().says(key::REPORTS).hears("Отчеты");
    world.admin().says(key::USERS).hears("Пользователи");
    world.master().says(key::MY_STATISTICS).hears("Моя статистика");
    let order = world.order_in(OrderStatus::New);
    world.dispatcher().presses_old(&format!("assign_master:{order}"));
    world.dispatcher().hears(&about("assign-ask-master", order));
}
