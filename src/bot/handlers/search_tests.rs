//! Finding orders in the chat: what is found, by whom, and the way back.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;

use crate::bot::testing::{ADMIN, DISPATCHER, GROUP, MASTER, OTHER_MASTER, STRANGER, World};
use crate::db;
use crate::db::connection::on_each;
use crate::domain::equipment::OrderEquipment;
use crate::domain::ids::{OrderId, TelegramId};
use crate::domain::order::NewOrder;

/// An order of a client at an address, with this phone.
fn order(world: &mut World, name: &str, address: &str, phone: &str) -> OrderId {
    let new = NewOrder {
        equipment: OrderEquipment { id: None, name: "Oven".to_owned() },
        description: "не греет".to_owned(),
        client_name: name.to_owned(),
        client_address: address.to_owned(),
        client_phone: phone.to_owned(),
        notes: None,
        scheduled_time: None,
        visit: None,
    };
    let now = world.now();
    db::orders::insert_order(&mut world.tx, &new, TelegramId(DISPATCHER), now).unwrap()
}

fn sql(world: &mut World, statement: &str) {
    on_each!(&mut world.tx, |c| c.batch_execute(statement)).unwrap();
}

/// The orders that the last message to a chat offers to open.
fn offered(world: &World, chat: i64, message: i32) -> usize {
    world.buttons(chat, message).iter().filter(|data| data.starts_with("open:")).count()
}

#[test]
fn a_dispatcher_finds_by_every_field_and_gets_a_single_order_at_once() {
    let mut world = World::new();
    let anna = order(&mut world, "Алёна Ёжикова", "ул. Баумана, д. 70", "+79123456789");
    order(&mut world, "Borís Тестов", "Ленина 5", "+79990001122");
    for typed in ["алена", "БАУМАНА 70", "345-67", "8 (912) 345", "№1", "ежикова баумана"]
    {
        let heard = world.say(DISPATCHER, DISPATCHER, &format!("/find {typed}"));
        assert!(heard.in_chat(DISPATCHER).contains(&format!("#{anna}")), "{typed}: {heard:?}");
        assert!(heard.in_chat(DISPATCHER).contains("Алёна"), "{typed}: {heard:?}");
    }
    let both = world.say(DISPATCHER, DISPATCHER, "/find не греет");
    assert!(both.in_chat(DISPATCHER).contains("2 orders"), "{both:?}");
    assert_eq!(offered(&world, DISPATCHER, both.last_in(DISPATCHER)), 2);
    let none = world.say(DISPATCHER, DISPATCHER, "/find <b>морозилка");
    assert!(none.in_chat(DISPATCHER).contains("&lt;b&gt;морозилка"), "{none:?}");
    assert!(none.in_chat(DISPATCHER).contains("Nothing found"), "{none:?}");
}

#[test]
fn old_orders_are_found_by_words_that_the_index_cannot_be_asked_for() {
    let mut world = World::new();
    for word in ["\u{915}\u{93f}\u{924}", "\u{e22}\u{e31}\u{e07}", "a\u{24d0}b"] {
        order(&mut world, word, "Ленина 5", "+79123456789");
    }
    let last = order(&mut world, "Олег", "Другая 2", "+79990001122");
    sql(&mut world, &format!("UPDATE orders SET id = 5000 WHERE id = {last}"));
    for (id, word) in [(1, "\u{915}\u{93f}\u{924}"), (2, "\u{e22}\u{e31}\u{e07} ленина"), (3, "a\u{24d0}b")]
    {
        let heard = world.say(DISPATCHER, DISPATCHER, &format!("/find {word}"));
        assert!(heard.in_chat(DISPATCHER).contains(&format!("#{id}")), "{word}: {heard:?}");
    }
}

#[test]
fn a_changed_order_is_found_as_it_is_however_it_was_changed() {
    let mut world = World::new();
    let moved = order(&mut world, "Анна", "Старая 1", "+79123456789");
    order(&mut world, "Олег", "Другая 2", "+79990001122");
    assert!(world.say(DISPATCHER, DISPATCHER, "/find старая").in_chat(DISPATCHER).contains("Анна"));
    world.wait(TimeDelta::days(3));
    let now = world.now().naive_utc().format("%Y-%m-%d %H:%M:%S");
    sql(
        &mut world,
        &format!("UPDATE orders SET client_address = 'Новая 3', updated_at = '{now}' WHERE id = {moved}"),
    );
    assert!(world.say(DISPATCHER, DISPATCHER, "/find новая").in_chat(DISPATCHER).contains("Анна"));
    assert!(world.say(DISPATCHER, DISPATCHER, "/find старая").in_chat(DISPATCHER).contains("Nothing found"));
}

#[test]
fn rare_words_of_old_orders_are_found_by_the_index() {
    let mut world = World::new();
    let old = order(&mut world, "Ярополк", "Заречная 9", "+79123450001");
    let rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2100)
        INSERT INTO orders (equipment_type, description, client_name, client_address, client_phone, status, created_at, updated_at)
        SELECT 'x', 'не греет', 'Анна', 'Мира 1', '+79990001122', 'NEW', '2026-11-22 10:00:00', '2026-11-22 10:00:00' FROM n";
    sql(&mut world, rows);
    sql(&mut world, "UPDATE orders SET updated_at = '2026-11-01 10:00:00' WHERE id = 1");
    let fill = world.say(DISPATCHER, DISPATCHER, "/find ярополк");
    assert!(fill.in_chat(DISPATCHER).contains("still being added"), "{fill:?}");
    let (stale, next) = db::order_search::list_stale_orders(&mut world.tx, OrderId(i64::MAX), 5000).unwrap();
    assert_eq!((stale.len(), next), (2101 - 300, Some(old)));
    db::order_search::index_orders(&mut world.tx, &stale).unwrap();
    assert_eq!(db::order_search::list_stale_orders(&mut world.tx, OrderId(i64::MAX), 5000).unwrap().0, []);
    // By grams, by two letters, by digits; and what has the grams of a word but not the word is not found.
    for typed in ["ярополк", "ополк", "яр", "заречная 9", "345-00-01"] {
        let heard = world.say(DISPATCHER, DISPATCHER, &format!("/find {typed}"));
        assert!(heard.in_chat(DISPATCHER).contains("Ярополк"), "{typed}: {heard:?}");
        assert!(!heard.in_chat(DISPATCHER).contains("still"), "{typed}: {heard:?}");
    }
    assert!(
        world.say(DISPATCHER, DISPATCHER, "/find заречнаяя").in_chat(DISPATCHER).contains("Nothing found")
    );
    sql(&mut world, "UPDATE orders SET deleted_at = '2026-11-22 10:00:00' WHERE id = 1");
    for typed in ["ярополк", "№1"] {
        let heard = world.say(DISPATCHER, DISPATCHER, &format!("/find {typed}"));
        assert!(!heard.in_chat(DISPATCHER).contains("Заречная"), "{heard:?}");
    }
    let many = world.say(DISPATCHER, DISPATCHER, "/find анна");
    assert!(many.in_chat(DISPATCHER).contains("more than 100"), "{many:?}");
}

#[test]
fn pages_and_cards_lead_back_to_what_was_found() {
    let mut world = World::new();
    for _ in 0..12 {
        order(&mut world, "Анна", "Мира 1", "+79990001122");
    }
    let list = world.say(DISPATCHER, DISPATCHER, "/find мира").last_in(DISPATCHER);
    world.press_offered(DISPATCHER, DISPATCHER, "list:s:1:2");
    assert_eq!(offered(&world, DISPATCHER, list), 2);
    let card = world.press_offered(DISPATCHER, DISPATCHER, "open:1:s:1:2");
    assert_eq!(card.last_in(DISPATCHER), list);
    assert!(
        world.text(DISPATCHER, list).contains("+7 999 000-11-22")
            || world.text(DISPATCHER, list).contains("999")
    );
    assert!(!world.buttons(DISPATCHER, list).contains(&"back_to_orders".to_owned()));
    world.press_offered(DISPATCHER, DISPATCHER, "list:s:1:2");
    assert_eq!(offered(&world, DISPATCHER, list), 2);
    sql(&mut world, "UPDATE orders SET deleted_at = '2026-11-22 10:00:00' WHERE id > 10");
    world.press(DISPATCHER, DISPATCHER, list, "list:s:1:1");
    assert!(world.text(DISPATCHER, list).contains("10 orders"), "{}", world.text(DISPATCHER, list));
    // Another user's search, and one that is no longer kept.
    assert!(world.press(ADMIN, ADMIN, 5, "list:s:1:2").toast().contains("too long ago"));
    world.wait(TimeDelta::days(20));
    world.say(DISPATCHER, DISPATCHER, "/find анна");
    assert!(world.press(DISPATCHER, DISPATCHER, list, "list:s:1:2").toast().contains("too long ago"));
    // A page that is no more shows the nearest one.
    world.press(DISPATCHER, DISPATCHER, list, "list:s:2:z");
    assert_eq!(offered(&world, DISPATCHER, list), 10);
}

#[test]
fn a_master_finds_own_orders_and_only_by_what_is_visible() {
    let mut world = World::new();
    let (first, _) = world.assigned(MASTER, MASTER);
    world.assigned(OTHER_MASTER, OTHER_MASTER);
    let find =
        |world: &mut World, typed: &str| world.say(MASTER, MASTER, &format!("/find {typed}")).in_chat(MASTER);
    let number = format!("#{first}");
    assert!(find(&mut world, "heat").contains(&number));
    assert!(find(&mut world, &first.to_string()).contains(&number));
    for hidden in ["testov", "sample street", "999 000"] {
        let heard = find(&mut world, hidden);
        assert!(heard.contains("Nothing found") && !heard.contains(&number), "{hidden}: {heard}");
    }
    world.press(MASTER, MASTER, 5, &format!("accept_order:{first}"));
    assert!(find(&mut world, "testov").contains(&number));
    assert!(find(&mut world, "999 000").contains("Nothing found"));
    world.press(MASTER, MASTER, 5, &format!("onsite_order:{first}"));
    assert!(find(&mut world, "999 000").contains(&number));
    // The other master's order has this number, and the phone of the own one these digits.
    let heard = find(&mut world, "2");
    assert!(heard.contains(&number) && !heard.contains("#2"), "{heard}");
    world.press(DISPATCHER, DISPATCHER, 5, &format!("unassign_master:{first}"));
    assert!(find(&mut world, "testov").contains("Nothing found"));
}

#[test]
fn digits_outside_of_a_dialogue_are_searched_for() {
    let mut world = World::new();
    order(&mut world, "Анна", "Мира 1", "+79123456789");
    for typed in ["1", "№1", "345-67", "+7 912 345-67-89"] {
        assert!(world.say(DISPATCHER, DISPATCHER, typed).in_chat(DISPATCHER).contains("Анна"), "{typed}");
    }
    // In a dialogue they are the answer.
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    assert!(!world.say(DISPATCHER, DISPATCHER, "345-67").in_chat(DISPATCHER).contains("Анна"));
    assert!(!world.say(STRANGER, STRANGER, "345-67").in_chat(STRANGER).contains("Анна"));
    assert!(!world.say(STRANGER, STRANGER, "/find анна").in_chat(STRANGER).contains("Анна"));
}

#[test]
fn text_outside_of_a_dialogue_is_searched_for_if_it_means_an_order() {
    let mut world = World::new();
    order(&mut world, "Анна", "Мира 1", "+79123456789");
    for typed in ["Мира 1", "анна"] {
        assert!(world.say(DISPATCHER, DISPATCHER, typed).in_chat(DISPATCHER).contains("Анна"), "{typed}");
    }
    for typed in ["ми", "спасибо"] {
        let heard = world.say(DISPATCHER, DISPATCHER, typed).in_chat(DISPATCHER);
        assert!(heard.contains("whole message") && !heard.contains("Анна"), "{typed}: {heard}");
    }
    for person in [MASTER, STRANGER] {
        assert!(!world.say(person, person, "Мира 1").in_chat(person).contains("Анна"));
    }
}

#[test]
fn the_key_asks_once_more_until_something_is_found_and_keeps_a_draft() {
    let mut world = World::new();
    order(&mut world, "Анна", "Мира 1", "+79123456789");
    for key in ["🔍 Search", "🔍 Поиск", "🔍 Поиск заказов"] {
        assert!(
            world.say(DISPATCHER, DISPATCHER, key).in_chat(DISPATCHER).contains("What are you looking for")
        );
        assert!(world.say(DISPATCHER, DISPATCHER, "?").in_chat(DISPATCHER).contains("at least two letters"));
        assert!(world.say(DISPATCHER, DISPATCHER, "олег").in_chat(DISPATCHER).contains("Nothing found"));
        assert!(world.say(DISPATCHER, DISPATCHER, "мира 1").in_chat(DISPATCHER).contains("Анна"));
        assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
    }
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    assert!(world.say(DISPATCHER, DISPATCHER, "🔍 Search").in_chat(DISPATCHER).contains("/find"));
    assert!(world.say(DISPATCHER, DISPATCHER, "/find мира").in_chat(DISPATCHER).contains("Анна"));
    assert!(world.is_in_dialogue(DISPATCHER, DISPATCHER));
    // A search in the middle of nothing leaves without a word.
    world.say(DISPATCHER, DISPATCHER, "/cancel");
    world.press(DISPATCHER, DISPATCHER, 5, "search_new");
    assert!(!world.say(DISPATCHER, DISPATCHER, "📋 All orders").in_chat(DISPATCHER).contains("discarded"));
    assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
}

#[test]
fn a_group_and_an_old_button_show_nothing_that_is_not_theirs() {
    let mut world = World::new();
    let found = order(&mut world, "Анна", "Мира 1", "+79123456789");
    assert!(!world.say(DISPATCHER, GROUP, "/find мира").in_chat(GROUP).contains("Анна"));
    assert!(
        world.press(DISPATCHER, DISPATCHER, 5, "search_view_order:1").in_chat(DISPATCHER).contains("Анна")
    );
    assert!(!world.press(MASTER, MASTER, 5, "search_view_order:1").in_chat(MASTER).contains("Анна"));
    let data = format!("open:{found}:s:1:1");
    assert!(!world.press(MASTER, MASTER, 5, &data).in_chat(MASTER).contains("Анна"));
    assert!(!world.press(DISPATCHER, GROUP, 5, &data).in_chat(GROUP).contains("Анна"));
    assert!(!world.press(STRANGER, STRANGER, 5, "search_new").in_chat(STRANGER).contains("looking"));
}

#[test]
fn a_phone_that_finds_nothing_becomes_a_new_order_of_staff() {
    let mut world = World::new();
    let found = world.say(DISPATCHER, DISPATCHER, "8 900 555-44-33");
    assert!(found.in_chat(DISPATCHER).contains("8 900 555-44-33"), "{found:?}");
    let asked = world.press_offered(DISPATCHER, DISPATCHER, "search_new_order").in_chat(DISPATCHER);
    assert!(asked.contains("+7 900 555-44-33") && asked.contains("Step 1 of 8"), "{asked}");
    let other = world.say(MASTER, MASTER, "8 900 555-44-33").last_in(MASTER);
    assert!(!world.buttons(MASTER, other).iter().any(|data| data.starts_with("search_new_order")));
}
