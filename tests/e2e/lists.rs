//! Lists of orders and masters, filters, pages, and `/order` in private.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;
use telegram_sandbox::ChatMessage;

use crate::database_rows::{ADDRESS, CLIENT, PHONE, insert_order};
use crate::texts::{about, first_line, key, text, text_with};
use crate::world::{Backend, MASTER, World, staffed};

/// Many orders at once, newest last.
fn orders(world: &World, status: OrderStatus, count: usize) -> Vec<i64> {
    let master = world.master_id(MASTER);
    world.db(|conn| (0..count).map(|_| insert_order(conn, status, master).0).collect())
}

/// Whether a page has a button that opens this order.
fn offers(page: &ChatMessage, order: i64) -> bool {
    let number = format!("№{order}");
    page.buttons().any(|button| button.label.split([' ', '·']).any(|word| word == number))
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
    // Those that wait longest come first.
    for order in &new[..10] {
        assert!(offers(&page, *order), "№{order} is not on the first page");
    }
    assert!(!offers(&page, closed[0]));
    dispatcher.presses("list:o:NEW:-:-:2");
    dispatcher.hears(&text_with("list-page", &[("page", "2"), ("pages", "3")]));
    dispatcher.presses("list:o:NEW:-:-:3");
    let page = dispatcher.hears(&text_with("list-page", &[("page", "3"), ("pages", "3")]));
    for order in &new[20..] {
        assert!(offers(&page, *order), "№{order} is not on the last page: {page:?}");
    }
    assert_eq!(dispatcher.presses("current_page").text, "");
    dispatcher.presses_label(&format!("№{}", new[22]));
    dispatcher.hears_all(&[CLIENT, ADDRESS, PHONE]);
    dispatcher.presses("list:o:NEW:-:-:3");
    dispatcher.hears(&text_with("list-page", &[("page", "3"), ("pages", "3")]));
    dispatcher.presses("back_to_orders");
    dispatcher.presses("filter_orders:REFUSED");
    dispatcher.hears(&text("filter-refused"));
    assert_eq!(dispatcher.presses_old("no_orders").text, "");
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
    let actions = [
        "assign_master",
        "reassign_master",
        "unassign_master",
        "close_order",
        "refuse_order",
        "reopen_order",
    ];
    for (status, first, more) in [
        (OrderStatus::New, vec!["assign_master", "refuse_order"], vec!["close_order"]),
        (
            OrderStatus::Assigned,
            vec!["close_order", "reassign_master", "refuse_order"],
            vec!["unassign_master"],
        ),
        (
            OrderStatus::OnSite,
            vec!["close_order", "reassign_master", "refuse_order"],
            vec!["unassign_master"],
        ),
        (OrderStatus::Closed, vec![], vec![]),
        (OrderStatus::Refused, vec!["reopen_order"], vec![]),
    ] {
        let order = world.order_in(status);
        let offered = || {
            let suffix = format!(":{order}");
            let buttons = admin.buttons();
            let verbs = buttons.iter().filter_map(|data| data.strip_suffix(&suffix));
            let mut verbs: Vec<String> =
                verbs.filter(|verb| actions.contains(verb)).map(str::to_owned).collect();
            verbs.sort();
            verbs
        };
        admin.presses_old(&format!("view_order:{order}"));
        admin.finds(&format!("more:{order}"));
        assert_eq!(offered(), first, "{status}");
        admin.presses(&format!("more:{order}"));
        admin.finds(&format!("client:{order}"));
        assert_eq!(offered(), more, "{status}");
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
    let list =
        master.says(key::MY_ORDERS).hears(first_line(&text("my-orders-header")).split(" · ").next().unwrap());
    assert!(offers(&list, assigned) && !offers(&list, closed), "{list:?}");
    assert!(list.buttons().all(|button| !button.label.contains(ADDRESS)), "{list:?}");
    master.presses_old(&format!("view_order_master:{assigned}"));
    let card = master.hears(&format!("№{assigned}"));
    assert!(![CLIENT, ADDRESS, PHONE].iter().any(|client| card.text.contains(client)), "{}", card.text);
    orders(&world, OrderStatus::Accepted, 11);
    master.says(key::MY_ORDERS).hears(&text_with("list-page", &[("page", "1"), ("pages", "2")]));
    master.presses("list:m:2");
    let page = master.hears(&text_with("list-page", &[("page", "2"), ("pages", "2")]));
    assert!(offers(&page, assigned), "{page:?}");
    master.presses("list:h:1");
    master.hears(first_line(&text("my-closed-header")).split(" · ").next().unwrap());
    assert_eq!(master.presses_label(&format!("№{closed}")).text, "");
    master.hears(PHONE);
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
    admin.hears_all(&["Михаил Мастеров", "+7 900 000-20-01"]);
}

#[rstest]
fn reports_statistics_and_choice_of_masters_open(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.admin().says(key::REPORTS).hears("Отчёты");
    world.master().says(key::MY_STATISTICS).hears("Моя статистика");
    let order = world.order_in(OrderStatus::New);
    world.dispatcher().presses_old(&format!("assign_master:{order}"));
    world.dispatcher().hears(&about("assign-ask-master", order));
}
