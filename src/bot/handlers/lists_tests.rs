//! Lists of orders, the visits of a day and a client's orders in the chat: what is shown to whom, and the way back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::connection::SimpleConnection;

use crate::bot::testing::{ADMIN, DISPATCHER, GROUP, MASTER, OTHER_MASTER, PHONE, STRANGER, World};
use crate::db::connection::on_each;

fn sql(world: &mut World, statement: &str) {
    on_each!(&mut world.tx, |c| c.batch_execute(statement)).unwrap();
}

/// The labels of the buttons that open an order.
fn rows(world: &World, chat: i64, message: i32) -> Vec<String> {
    let rows = world.screens[&(chat, message)]["reply_markup"]["inline_keyboard"].as_array();
    let buttons = rows.into_iter().flatten().flat_map(|row| row.as_array().unwrap());
    let opens = buttons.filter(|button| button["callback_data"].as_str().unwrap().starts_with("open:"));
    opens.map(|button| button["text"].as_str().unwrap().to_owned()).collect()
}

/// Presses a button of a list and returns the labels of its orders.
fn rows_after(world: &mut World, data: &str) -> Vec<String> {
    let message = world.press(DISPATCHER, DISPATCHER, 7, data).last_in(DISPATCHER);
    rows(world, DISPATCHER, message)
}

/// Whether the labels begin with these numbers of orders.
fn begin_with(rows: &[String], numbers: &[i64]) -> bool {
    let found: Vec<bool> = rows
        .iter()
        .zip(numbers)
        .map(|(row, number)| row.split(" · ").next().unwrap().ends_with(&format!("#{number}")))
        .collect();
    found.len() == numbers.len() && found.iter().all(|is_it| *is_it)
}

#[test]
fn waiting_orders_come_oldest_first_and_filters_and_pages_are_kept() {
    let mut world = World::new();
    for _ in 0..12 {
        world.order();
    }
    // Times are 13:00 in Moscow, when the test begins.
    sql(&mut world, "UPDATE orders SET visit_from = '2026-11-22 12:00:00' WHERE id IN (2, 11)");
    sql(&mut world, "UPDATE orders SET visit_from = '2026-11-22 09:00:00' WHERE id = 12");
    let id = world.master_id(MASTER);
    world.press(DISPATCHER, DISPATCHER, 5, &format!("select_master_for_order:11:{id}"));

    let new = rows_after(&mut world, "filter_orders:NEW");
    assert!(begin_with(&new, &[1, 2, 3]) && new.len() == 10, "{new:?}");
    assert!(begin_with(&rows_after(&mut world, "orders_page:NEW:2"), &[12]));
    assert!(begin_with(&rows_after(&mut world, "filter_orders:all"), &[12, 11, 10]));
    world.press_offered(DISPATCHER, DISPATCHER, "pick_day:o:-:-:-:1");
    let day = world.offer(DISPATCHER, "list:o:-:fuxy:-:1").1;
    let day = rows_after(&mut world, &day);
    assert!(begin_with(&day, &[12, 2, 11]) && day.len() == 3, "{day:?}");
    world.press_offered(DISPATCHER, DISPATCHER, "pick_master:o:-:fuxy:-:1");
    let both = world.offer(DISPATCHER, &format!("list:o:-:fuxy:{id}:1")).1;
    let both = rows_after(&mut world, &both);
    assert!(begin_with(&both, &[11]) && both.len() == 1, "{both:?}");
    let card = world.press_offered(DISPATCHER, DISPATCHER, "open:b");
    assert!(card.in_chat(DISPATCHER).contains(PHONE), "{card:?}");
    let back = world.offer(DISPATCHER, "list:o").1;
    assert_eq!(back, format!("list:o:-:fuxy:{id}:1"));
    assert!(begin_with(&rows_after(&mut world, &back), &[11]));
    // Deleted orders are in no list.
    sql(&mut world, "UPDATE orders SET deleted_at = '2026-11-22 10:00:00' WHERE id IN (2, 12)");
    assert!(begin_with(&rows_after(&mut world, "filter_orders:NEW"), &[1, 3]));
    assert_eq!(rows_after(&mut world, "list:o:-:fuxy:-:1").len(), 1);
}

#[test]
fn a_masters_closed_orders_are_listed_with_the_share() {
    let mut world = World::new();
    let (order, _) = world.assigned(MASTER, MASTER);
    sql(
        &mut world,
        &format!(
            "UPDATE orders SET status = 'CLOSED', total_amount = 500000, materials_cost = 0, master_profit = 200000,
             company_profit = 300000, closed_at = '2026-11-22 12:00:00' WHERE id = {order}"
        ),
    );
    let open = world.say(MASTER, MASTER, "📋 My orders");
    assert_eq!(rows(&world, MASTER, open.last_in(MASTER)), [] as [String; 0]);
    let closed = world.press_offered(MASTER, MASTER, "list:h:1").last_in(MASTER);
    let shown = rows(&world, MASTER, closed);
    assert!(shown.len() == 1 && shown[0].contains("₽2,000") && shown[0].contains("22 Nov"), "{shown:?}");
    world.press_offered(MASTER, MASTER, "open:1:h:1");
    assert!(world.text(MASTER, closed).contains(PHONE), "{}", world.text(MASTER, closed));
    world.press(OTHER_MASTER, OTHER_MASTER, 5, "open:1:h:1");
    assert!(!world.shows(OTHER_MASTER, PHONE));
}

#[test]
fn a_masters_day_shows_what_they_may_see_with_the_next_step() {
    let mut world = World::new();
    let (today, _) = world.assigned(MASTER, MASTER);
    let (overdue, _) = world.assigned(MASTER, MASTER);
    let (undated, _) = world.assigned(MASTER, MASTER);
    let (tomorrow, _) = world.assigned(MASTER, MASTER);
    world.assigned(OTHER_MASTER, OTHER_MASTER);
    for (order, at) in
        [(today, "2026-11-22 12:00:00"), (overdue, "2026-11-21 12:00:00"), (tomorrow, "2026-11-23 12:00:00")]
    {
        sql(&mut world, &format!("UPDATE orders SET visit_from = '{at}' WHERE id = {order}"));
    }
    let day = world.say(MASTER, MASTER, "📅 Today");
    let text = day.in_chat(MASTER);
    let place = |order| text.find(&format!("#{order} ")).unwrap_or_else(|| panic!("{order}: {text}"));
    assert!(place(today) < place(overdue) && place(overdue) < place(undated), "{text}");
    assert!(!text.contains(&format!("#{tomorrow} ")) && !text.contains("Sample Street"), "{text}");
    assert!(text.contains("15:00"), "{text}");
    // The step is taken from here, and then the address is shown.
    world.press(MASTER, MASTER, day.last_in(MASTER), &format!("accept_order:{today}"));
    let text = world.say(MASTER, MASTER, "/today").in_chat(MASTER);
    assert!(text.contains("Sample Street") && !text.contains(PHONE), "{text}");
    world.press(MASTER, MASTER, 5, &format!("onsite_order:{today}"));
    assert!(world.say(MASTER, MASTER, "/today").in_chat(MASTER).contains(PHONE));
    let (message, data) = world.offer(MASTER, &format!("open:{today}:t"));
    world.press(MASTER, MASTER, message, &data);
    world.press(MASTER, MASTER, message, "list:t");
    assert!(world.text(MASTER, message).contains(PHONE));
    world.press(DISPATCHER, DISPATCHER, 5, &format!("unassign_master:{today}"));
    assert!(!world.say(MASTER, MASTER, "/today").in_chat(MASTER).contains(PHONE));
    // "Today" alone answers a question.
    assert!(!world.say(MASTER, MASTER, "today").in_chat(MASTER).contains("No time set"));
}

#[test]
fn staff_see_the_day_by_master_and_turn_to_the_next_one() {
    let mut world = World::new();
    world.assigned(MASTER, MASTER);
    world.assigned(MASTER, MASTER);
    world.order();
    for (order, at) in [(1, "12:00"), (2, "12:30"), (3, "06:00")] {
        sql(&mut world, &format!("UPDATE orders SET visit_from = '2026-11-22 {at}:00' WHERE id = {order}"));
    }
    let day = world.say(DISPATCHER, DISPATCHER, "/today");
    let text = day.in_chat(DISPATCHER);
    assert!(text.contains("3 visits") && text.contains("overlaps"), "{text}");
    assert!(text.find("No master").unwrap() < text.find("Person 11").unwrap(), "{text}");
    world.press_offered(DISPATCHER, DISPATCHER, "list:d:fuxz");
    assert!(world.text(DISPATCHER, day.last_in(DISPATCHER)).contains("No visits on this day"));
    world.press_offered(DISPATCHER, DISPATCHER, "list:d:fuxy");
    world.press_offered(DISPATCHER, DISPATCHER, "open:3:d:fuxy");
    assert!(world.text(DISPATCHER, day.last_in(DISPATCHER)).contains(PHONE));
    for data in
        ["list:d:fuxy", "list:o:-:-:-:1", "client:1", "pick_master:o:-:-:-:1", "open:1:d:fuxy", "list:t"]
    {
        world.press(STRANGER, STRANGER, 5, data);
        world.press(OTHER_MASTER, OTHER_MASTER, 5, data);
        world.press(DISPATCHER, GROUP, 5, data);
    }
    for chat in [STRANGER, OTHER_MASTER, GROUP] {
        assert!(!world.shows(chat, "#1") && !world.shows(chat, "Sample Street"), "{chat}");
    }
    assert!(!world.say(STRANGER, STRANGER, "/today").in_chat(STRANGER).contains("#1"));
    assert!(!world.say(DISPATCHER, GROUP, "/today").in_chat(GROUP).contains("#1"));
}

#[test]
fn a_clients_orders_are_listed_with_the_sum() {
    let mut world = World::new();
    for _ in 0..3 {
        world.order();
    }
    sql(
        &mut world,
        "UPDATE orders SET status = 'CLOSED', total_amount = 500000, materials_cost = 0 WHERE id IN (1, 2)",
    );
    sql(&mut world, "UPDATE orders SET client_phone = '+79990000000' WHERE id = 2");
    world.press(ADMIN, ADMIN, 5, "more:3");
    let screen = world.press_offered(ADMIN, ADMIN, "client:3").last_in(ADMIN);
    let text = world.text(ADMIN, screen);
    assert!(text.contains(PHONE) && text.contains("2 orders") && text.contains("₽5,000"), "{text}");
    let shown = rows(&world, ADMIN, screen);
    assert!(begin_with(&shown, &[3, 1]), "{shown:?}");
    world.press_offered(ADMIN, ADMIN, "open:1:c:3:1");
    world.press_offered(ADMIN, ADMIN, "list:c:3:1");
    assert_eq!(rows(&world, ADMIN, screen).len(), 2);
}

#[test]
fn masters_to_choose_come_by_trade_and_load_with_their_visits() {
    let mut world = World::new();
    let id = world.master_id(OTHER_MASTER);
    sql(&mut world, "UPDATE masters SET specialization = 'plumbing' WHERE telegram_id = 11");
    let (order, _) = world.assigned(OTHER_MASTER, OTHER_MASTER);
    sql(&mut world, &format!("UPDATE orders SET visit_from = '2026-11-22 12:00:00' WHERE id = {order}"));
    let next = world.order();
    let list = world.press(DISPATCHER, DISPATCHER, 5, &format!("assign_master:{next}")).last_in(DISPATCHER);
    let payload = world.screens[&(DISPATCHER, list)]["reply_markup"]["inline_keyboard"][0][0].clone();
    assert_eq!(payload["callback_data"], format!("select_master_for_order:{next}:{id}"));
    let label = payload["text"].as_str().unwrap();
    assert!(label.contains("1 active order") && label.contains("1 visit that day"), "{label}");
}

#[test]
fn client_is_one_in_every_form_of_the_phone() {
    let mut world = World::new();
    let orders = [(); 3].map(|()| world.order());
    for (order, phone) in orders.iter().zip(["+79990001122", "89990001122", "79990001122"]) {
        sql(&mut world, &format!("UPDATE orders SET client_phone = '{phone}' WHERE id = {order}"));
    }
    for order in orders {
        let shown = world.press(DISPATCHER, DISPATCHER, 5, &format!("client:{order}")).in_chat(DISPATCHER);
        assert!(shown.contains("3 orders"), "{shown}");
    }
}
