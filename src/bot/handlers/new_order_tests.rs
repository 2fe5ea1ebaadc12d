#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::TimeDelta;
use serde_json::json;

use crate::bot::testing::{
    ADDRESS, ADMIN, CLIENT, DISPATCHER, Heard, MASTER, OTHER_MASTER, PHONE, STRANGER, World,
};
use crate::db::dialogues::{self, DialogueKey};
use crate::db::orders;
use crate::domain::ids::{ChatId, OrderId, TelegramId};
use crate::domain::order::Order;
use crate::domain::phone::readable_phone;
use crate::domain::status::OrderStatus;

const OTHER_PHONE: &str = "+7 999 000-33-44";

/// Begins an order and answers its first steps.
fn begin(world: &mut World, answers: &[&str]) -> Heard {
    let mut heard = world.say(DISPATCHER, DISPATCHER, "➕ New order");
    for answer in answers {
        heard = world.say(DISPATCHER, DISPATCHER, answer);
    }
    heard
}

fn to_confirmation(world: &mut World, phone: &str) -> Heard {
    begin(world, &["Oven", "does not heat", phone, CLIENT, ADDRESS, "⏭️ Skip", "⏭️ Skip"])
}

fn stored(world: &mut World, id: i64) -> Order {
    orders::find_order(&mut world.tx, OrderId(id)).unwrap().unwrap()
}

#[test]
fn known_client_is_shown_and_taken_over_with_one_press() {
    let mut world = World::new();
    let first = world.order();
    world.say(DISPATCHER, DISPATCHER, "/start");
    let asked = begin(&mut world, &["Dishwasher", "leaks", "8 (999) 000-11-22"]).in_chat(DISPATCHER);
    for part in ["Step 4 of 8", CLIENT, ADDRESS, "1 order,", "already has an open order: #1"] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    let opened = world.press_offered(DISPATCHER, DISPATCHER, &format!("open_order:{first}"));
    let [(_, card, text)] = &opened.messages[..] else { panic!("{opened:?}") };
    assert!(
        text.contains("does not &lt;b&gt;heat") && world.text(DISPATCHER, *card).contains("#1"),
        "{text}"
    );
    let taken =
        world.press_offered(DISPATCHER, DISPATCHER, &format!("take_client:{first}")).in_chat(DISPATCHER);
    assert!(taken.contains("Step 6 of 8"), "{taken}");
    for _ in 0..2 {
        world.say(DISPATCHER, DISPATCHER, "⏭️ Skip");
    }
    world.press_offered(DISPATCHER, DISPATCHER, "confirm_order");
    let order = stored(&mut world, 2);
    assert_eq!(
        (&*order.client_name, &*order.client_address, &*readable_phone(&order.client_phone)),
        (CLIENT, ADDRESS, PHONE)
    );
}

#[test]
fn only_the_client_of_the_typed_phone_can_be_taken_over() {
    let mut world = World::new();
    let first = world.order();
    let asked = begin(&mut world, &["Oven", "does not heat", OTHER_PHONE]).in_chat(DISPATCHER);
    assert!(asked.contains("Step 4 of 8") && !asked.contains(CLIENT), "{asked}");
    let (question, keep) = world.offer(DISPATCHER, "cancel");
    let forged = keep.replace("cancel", &format!("take_client:{first}"));
    let heard = world.press(DISPATCHER, DISPATCHER, question, &forged);
    assert!(heard.toast().contains("out of date") && heard.messages.is_empty(), "{heard:?}");
}

#[test]
fn known_client_without_an_open_order_is_no_warning() {
    let mut world = World::new();
    let first = world.order();
    world.press(DISPATCHER, DISPATCHER, 5, &format!("refuse_order:{first}"));
    world.press_offered(DISPATCHER, DISPATCHER, "dialog_skip:1");
    let asked = begin(&mut world, &["Oven", "does not heat", PHONE]).in_chat(DISPATCHER);
    assert!(asked.contains(CLIENT) && !asked.contains("already has an open order"), "{asked}");
}

#[test]
fn every_field_is_corrected_on_the_card_and_one_returns_to_it() {
    let mut world = World::new();
    world.order();
    to_confirmation(&mut world, PHONE);
    for (step, present, answer) in [
        (1, "Oven", "Dishwasher"),
        (2, "does not heat", "leaks badly"),
        (3, PHONE, OTHER_PHONE),
        (4, CLIENT, "Ann Sample"),
        (5, ADDRESS, "2 Other Street"),
        (6, "not given", "code 42"),
        (7, "not given", "tomorrow at 15:00"),
    ] {
        let asked =
            world.press_offered(DISPATCHER, DISPATCHER, &format!("draft_field:{step}")).in_chat(DISPATCHER);
        assert!(asked.contains(&format!("Step {step} of 8")) && asked.contains(present), "{asked}");
        let card = world.say(DISPATCHER, DISPATCHER, answer).in_chat(DISPATCHER);
        assert!(card.contains("Step 8 of 8"), "{answer}: {card}");
    }
    let warned = world.text(DISPATCHER, world.offer(DISPATCHER, "confirm_order").0);
    assert!(!warned.contains("already has an open order"), "the other phone has none: {warned}");
    world.press_offered(DISPATCHER, DISPATCHER, "confirm_order");
    let order = stored(&mut world, 2);
    assert_eq!((&*order.equipment, &*order.description), ("Посудомоечная машина", "leaks badly"));
    assert_eq!((&*order.client_name, &*order.client_address), ("Ann Sample", "2 Other Street"));
    assert_eq!(
        (&*readable_phone(&order.client_phone), order.notes.as_deref()),
        (OTHER_PHONE, Some("code 42"))
    );
    assert_eq!(order.visit.unwrap().from.to_rfc3339(), "2026-11-23T12:00:00+00:00");
}

#[test]
fn back_and_keep_ask_for_no_answer_twice() {
    let mut world = World::new();
    to_confirmation(&mut world, PHONE);
    for step in (1..8).rev() {
        let asked = world.press_offered(DISPATCHER, DISPATCHER, &format!("dialog_back:{}", step + 1));
        assert!(asked.in_chat(DISPATCHER).contains(&format!("Step {step} of 8")), "{asked:?}");
    }
    let (question, keep) = world.offer(DISPATCHER, "dialog_keep:1");
    let card = world.press(DISPATCHER, DISPATCHER, question, &keep).in_chat(DISPATCHER);
    assert!(
        card.contains("Step 8 of 8") && card.contains("does not heat") && card.contains(CLIENT),
        "{card}"
    );
    let again = world.press(DISPATCHER, DISPATCHER, question, &keep);
    assert!(again.toast().contains("another step") && again.messages.is_empty(), "{again:?}");
}

#[test]
fn back_from_a_correction_leads_to_the_card() {
    let mut world = World::new();
    to_confirmation(&mut world, PHONE);
    world.press_offered(DISPATCHER, DISPATCHER, "draft_field:5");
    let card = world.press_offered(DISPATCHER, DISPATCHER, "dialog_back:5").in_chat(DISPATCHER);
    assert!(card.contains("Step 8 of 8") && card.contains(ADDRESS), "{card}");
    let asked = world.press_offered(DISPATCHER, DISPATCHER, "dialog_back:8").in_chat(DISPATCHER);
    assert!(asked.contains("Step 7 of 8"), "{asked}");
}

#[test]
fn type_is_understood_in_the_clients_words_and_a_past_visit_is_refused() {
    let mut world = World::new();
    for (typed, step) in [("unknown thing", 1), ("сломалась духовка", 2)] {
        let asked = begin(&mut world, &[typed]).in_chat(DISPATCHER);
        assert!(asked.contains(&format!("Step {step} of 8")), "{typed}: {asked}");
    }
    for answer in ["does not heat", PHONE, CLIENT, ADDRESS, "⏭️ Skip"] {
        world.say(DISPATCHER, DISPATCHER, answer);
    }
    for past in ["yesterday", "today at 9", "1.1.2020"] {
        let asked = world.say(DISPATCHER, DISPATCHER, past).in_chat(DISPATCHER);
        assert!(asked.contains("has passed") && asked.contains("Step 7 of 8"), "{past}: {asked}");
    }
}

#[test]
fn wrong_correction_leaves_the_old_answer() {
    let mut world = World::new();
    to_confirmation(&mut world, PHONE);
    world.press_offered(DISPATCHER, DISPATCHER, "draft_field:5");
    let asked = world.say(DISPATCHER, DISPATCHER, OTHER_PHONE).in_chat(DISPATCHER);
    assert!(asked.contains("That is a phone number") && asked.contains(ADDRESS), "{asked}");
    let card = world.press_offered(DISPATCHER, DISPATCHER, "dialog_keep:5").in_chat(DISPATCHER);
    assert!(card.contains(ADDRESS) && card.contains("Step 8 of 8"), "{card}");
}

#[test]
fn name_and_extension_beside_the_phone_are_kept() {
    let mut world = World::new();
    let asked = begin(&mut world, &["Oven", "does not heat", "Anna, tel. 8 999 000-11-22, ext. 12"]);
    let asked = asked.in_chat(DISPATCHER);
    for part in ["Step 5 of 8", "Anna", "ext. 12"] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    for answer in [ADDRESS, "code 42", "⏭️ Skip", "✅ Confirm"] {
        world.say(DISPATCHER, DISPATCHER, answer);
    }
    let order = stored(&mut world, 1);
    assert_eq!((&*order.client_name, &*readable_phone(&order.client_phone)), ("Anna", PHONE));
    assert_eq!(order.notes.as_deref(), Some("ext. 12\ncode 42"));
}

#[test]
fn files_sent_at_the_confirmation_or_without_words_are_in_the_order() {
    let mut world = World::new();
    let photo = |id: &str, caption: Option<&str>| json!({ "photo": [{ "file_id": id }], "caption": caption });
    begin(&mut world, &["Oven"]);
    let kept = world.send(DISPATCHER, DISPATCHER, photo("a", None)).in_chat(DISPATCHER);
    assert!(kept.contains("kept the file") && kept.contains("Step 2 of 8"), "{kept}");
    for answer in ["does not heat", PHONE, CLIENT, ADDRESS, "⏭️ Skip", "⏭️ Skip"] {
        world.say(DISPATCHER, DISPATCHER, answer);
    }
    let kept = world.send(DISPATCHER, DISPATCHER, photo("b", None)).in_chat(DISPATCHER);
    assert!(kept.contains("kept the file") && kept.contains("📎 2"), "{kept}");
    let kept = world.send(DISPATCHER, DISPATCHER, photo("c", Some("the plate"))).in_chat(DISPATCHER);
    assert!(kept.contains("don't save text") && kept.contains("📎 3"), "{kept}");
    world.press_offered(DISPATCHER, DISPATCHER, "confirm_order");
    let card = world.press(DISPATCHER, DISPATCHER, 9, "view_order:1").in_chat(DISPATCHER);
    assert!(card.contains("📎 3"), "{card}");
}

#[test]
fn order_is_created_and_assigned_in_one_press() {
    let mut world = World::new();
    to_confirmation(&mut world, PHONE);
    let master = world.master_id(OTHER_MASTER);
    let (question, create) = world.offer(DISPATCHER, &format!("create_assigned:{master}"));
    let heard = world.press(DISPATCHER, DISPATCHER, question, &create);
    assert_eq!(world.status(OrderId(1)), OrderStatus::Assigned);
    assert!(heard.in_chat(OTHER_MASTER).contains("#1") && heard.in_chat(MASTER).is_empty(), "{heard:?}");
    assert!(world.text(DISPATCHER, question).contains("created and assigned"));
    assert!(world.offer(OTHER_MASTER, "group_accept_order").1.ends_with(":1"));
    let notice = heard.in_chat(ADMIN);
    assert!(
        notice.contains("New order #1") && notice.contains("Oven") && notice.contains("Person 12"),
        "{notice}"
    );
    assert!(!notice.contains(CLIENT) && !notice.contains(PHONE) && heard.in_chat(STRANGER).is_empty());
    let again = world.press(DISPATCHER, DISPATCHER, question, &create);
    assert!(again.toast().contains("out of date") && world.count_orders() == 1, "{again:?}");
    let opened = world.press_offered(ADMIN, ADMIN, "open_order:1");
    assert!(opened.in_chat(ADMIN).contains(CLIENT), "{opened:?}");
}

#[test]
fn master_who_takes_no_orders_any_more_leaves_the_draft_as_it_is() {
    let mut world = World::new();
    to_confirmation(&mut world, PHONE);
    let master = world.master_id(MASTER);
    world.press(ADMIN, ADMIN, 9, &format!("deactivate_master:{MASTER}"));
    let heard = world.press_offered(DISPATCHER, DISPATCHER, &format!("create_assigned:{master}"));
    assert!(!heard.toast().is_empty() && heard.messages.is_empty(), "{heard:?}");
    assert_eq!(world.count_orders(), 0);
    world.press_offered(DISPATCHER, DISPATCHER, "confirm_order");
    assert_eq!(world.count_orders(), 1);
}

#[test]
fn masters_of_the_trade_come_first_then_those_with_fewer_orders() {
    let mut world = World::new();
    let offered = |world: &World| {
        let (card, _) = world.offer(DISPATCHER, "confirm_order");
        let buttons = world.buttons(DISPATCHER, card).into_iter();
        let masters = buttons.filter_map(|data| Some(data.strip_prefix("create_assigned:")?.to_owned()));
        masters.map(|data| data.split(':').next().unwrap().parse().unwrap()).collect::<Vec<i64>>()
    };
    world.say(55, 55, "/start");
    world.press(ADMIN, ADMIN, 1, "add_master");
    for answer in ["55", "+79991112233", "dishwashers", "✅ Confirm"] {
        world.say(ADMIN, ADMIN, answer);
    }
    let [first, second, third] = [MASTER, OTHER_MASTER, 55].map(|person| world.master_id(person));
    world.assigned(MASTER, MASTER);
    to_confirmation(&mut world, PHONE);
    assert_eq!(offered(&world), [second, first, third], "both repair ovens; the first is busy");
    world.press_offered(DISPATCHER, DISPATCHER, "draft_field:1");
    world.say(DISPATCHER, DISPATCHER, "Dishwasher");
    assert_eq!(offered(&world), [third, second, first]);
}

#[test]
fn draft_of_an_earlier_version_is_asked_for_what_it_lacks() {
    let mut world = World::new();
    let key = DialogueKey { place: ChatId(DISPATCHER).into(), user: TelegramId(DISPATCHER) };
    let state = r#"{"dialogue":"new_order","equipment":"Духовой шкаф","description":"cold oven","client_name":"Ann",
        "client_address":"1 Sample Street","client_phone":null,"nonce":17}"#;
    let now = world.now();
    dialogues::upsert_dialogue(&mut world.tx, key, None, state, now, now + TimeDelta::hours(24)).unwrap();
    let asked = world.say(DISPATCHER, DISPATCHER, PHONE).in_chat(DISPATCHER);
    assert!(asked.contains("Step 6 of 8"), "{asked}");
    for answer in ["⏭️ Skip", "⏭️ Skip", "✅ Confirm"] {
        world.say(DISPATCHER, DISPATCHER, answer);
    }
    let order = stored(&mut world, 1);
    assert_eq!(
        (&*order.equipment, &*order.client_name, &*readable_phone(&order.client_phone)),
        ("Духовой шкаф", "Ann", PHONE)
    );
}
