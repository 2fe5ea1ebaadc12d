#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::json;

use crate::bot::testing::{
    ADDRESS, ADMIN, CLIENT, DISPATCHER, GROUP, Heard, MASTER, OTHER_MASTER, PHONE, STRANGER, World,
};
use crate::db::{masters, order_edits, orders, overview};
use crate::domain::equipment::FIRST_TYPES;
use crate::domain::ids::{OrderId, TelegramId};
use crate::domain::master::MasterFilter;
use crate::domain::money::Kopecks;
use crate::domain::order::Order;
use crate::domain::status::OrderStatus;

fn order_row(world: &mut World, id: OrderId) -> Order {
    orders::find_order(&mut world.tx, id).unwrap().unwrap()
}

/// An order that the master has begun, and the master's card.
fn on_site(world: &mut World) -> (OrderId, i32) {
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["group_accept_order", "onsite_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    (order, card)
}

/// An order that the master closed with 10,000 and 1,000 for materials.
fn closed(world: &mut World) -> OrderId {
    let (order, card) = on_site(world);
    world.press(MASTER, MASTER, card, &format!("complete_order:{order}"));
    for answer in ["10000", "1000", "no", "yes"] {
        world.say(MASTER, MASTER, answer);
    }
    assert_eq!(world.status(order), OrderStatus::Closed);
    order
}

fn history_of(world: &mut World, order: OrderId) -> String {
    world.press(DISPATCHER, DISPATCHER, 60, &format!("history_full:{order}")).in_chat(DISPATCHER)
}

#[test]
fn every_field_is_edited_with_one_question_that_shows_the_old_value() {
    let mut world = World::new();
    let (order, card) = on_site(&mut world);
    for (field, old, typed, new) in [
        ("equipment", "Oven", "Plumbing", "Plumbing"),
        ("description", "does not", "drips <all> day", "drips &lt;all&gt; day"),
        ("client_name", CLIENT, "Petr Testov", "Petr Testov"),
        ("address", ADDRESS, "1 Other Street", "1 Other Street"),
        ("phone", "999", "8 999 000 33 44", "+7 999 000-33-44"),
        ("notes", "Not set", "the bell is broken", "the bell is broken"),
    ] {
        let menu = world.press(DISPATCHER, DISPATCHER, 60, &format!("edit_order:{order}"));
        assert!(menu.in_chat(DISPATCHER).contains("change"), "{menu:?}");
        let asked = world.press(DISPATCHER, DISPATCHER, 60, &format!("edit_field:{order}:{field}"));
        assert!(asked.in_chat(DISPATCHER).contains(old), "{field}: {asked:?}");
        let done = world.say(DISPATCHER, DISPATCHER, typed);
        assert!(done.in_chat(DISPATCHER).contains(new), "{field}: {done:?}");
        assert!(done.in_chat(MASTER).contains("was edited"), "{field}: {done:?}");
        assert!(world.text(MASTER, card).contains(new), "{field}: {}", world.text(MASTER, card));
        assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
        let told = history_of(&mut world, order);
        assert!(told.contains(new), "{field}: {told}");
    }
}

#[test]
fn a_value_that_is_kept_removed_or_refused_is_answered() {
    let mut world = World::new();
    let order = world.order();
    world.press(DISPATCHER, DISPATCHER, 60, &format!("edit_field:{order}:address"));
    let kept = world.press_offered(DISPATCHER, DISPATCHER, "dialog_confirm");
    assert!(kept.in_chat(DISPATCHER).contains("change"), "{kept:?}");
    assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
    world.press(DISPATCHER, DISPATCHER, 60, &format!("edit_field:{order}:address"));
    let refused = world.say(DISPATCHER, DISPATCHER, PHONE);
    assert!(refused.in_chat(DISPATCHER).contains("phone number"), "{refused:?}");
    let same = world.say(DISPATCHER, DISPATCHER, ADDRESS);
    assert!(same.in_chat(DISPATCHER).contains("Nothing was changed"), "{same:?}");
    assert_eq!(order_row(&mut world, order).client_address, ADDRESS);
    world.press(DISPATCHER, DISPATCHER, 60, &format!("edit_field:{order}:notes"));
    world.say(DISPATCHER, DISPATCHER, "the bell is broken");
    world.press(DISPATCHER, DISPATCHER, 60, &format!("edit_field:{order}:notes"));
    let buttons = world.buttons(DISPATCHER, 60);
    let remove = buttons.iter().find(|data| data.starts_with("dialog_skip")).unwrap();
    world.press(DISPATCHER, DISPATCHER, 60, remove);
    assert_eq!(order_row(&mut world, order).notes, None);
    world.press(DISPATCHER, DISPATCHER, 60, &format!("edit_field:{order}:equipment"));
    let (plumbing, _) = FIRST_TYPES[6];
    world.press(DISPATCHER, DISPATCHER, 60, &format!("equipment:{plumbing}"));
    assert_eq!(order_row(&mut world, order).equipment, plumbing);
    assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
}

#[test]
fn a_reply_to_the_question_is_its_answer_and_one_to_a_card_leaves_the_question_open() {
    let mut world = World::new();
    let order = world.order();
    world.press(DISPATCHER, DISPATCHER, 60, &format!("view_order:{order}"));
    world.press(DISPATCHER, DISPATCHER, 61, &format!("view_order:{order}"));
    world.press(DISPATCHER, DISPATCHER, 60, &format!("edit_field:{order}:address"));
    let reply = |text: &str, to: i32| json!({ "text": text, "reply_to_message": { "message_id": to } });
    let comment = world.send(DISPATCHER, DISPATCHER, reply("call before", 61));
    assert!(comment.in_chat(DISPATCHER).contains("Added"), "{comment:?}");
    assert!(world.is_in_dialogue(DISPATCHER, DISPATCHER));
    world.send(DISPATCHER, DISPATCHER, reply("1 Other Street", 60));
    assert_eq!(order_row(&mut world, order).client_address, "1 Other Street");
}

#[test]
fn only_staff_edit_and_only_open_orders() {
    let mut world = World::new();
    let (order, card) = on_site(&mut world);
    for verb in
        ["edit_order:O", "edit_field:O:address", "delete_order:O", "repeat_order:O", "correct_order:O"]
    {
        let data = verb.replace('O', &order.to_string());
        let heard = world.press(MASTER, MASTER, card, &data);
        assert!(heard.toast().contains("not allowed") || heard.toast().contains("right"), "{verb} {heard:?}");
        assert!(!world.is_in_dialogue(MASTER, MASTER));
    }
    world.press(DISPATCHER, DISPATCHER, 60, &format!("edit_field:{order}:address"));
    world.press(MASTER, MASTER, card, &format!("complete_order:{order}"));
    for answer in ["10000", "1000", "no", "yes"] {
        world.say(MASTER, MASTER, answer);
    }
    let late = world.say(DISPATCHER, DISPATCHER, "1 Other Street");
    assert!(late.in_chat(DISPATCHER).contains("closed"), "{late:?}");
    assert_eq!(order_row(&mut world, order).client_address, ADDRESS);
    assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
}

#[test]
fn a_comment_and_a_photo_reach_the_other_side_and_are_shown_in_order() {
    let mut world = World::new();
    let (order, card) = on_site(&mut world);
    world.press(MASTER, MASTER, card, &format!("comment_order:{order}"));
    let photo = json!({ "photo": [{ "file_id": "small" }, { "file_id": "large" }], "caption": "the <drum>" });
    let told = world.send(MASTER, MASTER, photo);
    assert!(told.in_chat(DISPATCHER).contains("the &lt;drum&gt;"), "{told:?}");
    let shown = &world.screens[&(DISPATCHER, told.last_in(DISPATCHER))];
    assert_eq!(shown["photo"], "large");
    let text = world.text(MASTER, card);
    assert!(text.contains("📎 1") && !text.contains("💬"), "the caption counts with its photo: {text}");
    assert!(!world.is_in_dialogue(MASTER, MASTER));
    // The other side answers with a reply to what it was told, without any press.
    let reply =
        json!({ "text": "order a new one", "reply_to_message": { "message_id": told.last_in(DISPATCHER) } });
    let heard = world.send(DISPATCHER, DISPATCHER, reply);
    assert!(heard.in_chat(MASTER).contains("order a new one"), "{heard:?}");
    let voice = json!({ "voice": { "file_id": "v" }, "reply_to_message": { "message_id": card } });
    let heard = world.send(MASTER, MASTER, voice);
    assert_eq!(world.screens[&(DISPATCHER, heard.last_in(DISPATCHER))]["voice"], "v");
    let all = world.press_offered(DISPATCHER, DISPATCHER, &format!("order_comments:{order}"));
    let text = all.in_chat(DISPATCHER);
    let (first, second) = (text.find("the &lt;drum&gt;").unwrap(), text.find("order a new one").unwrap());
    assert!(first < second, "{text}");
    let sent: Vec<_> =
        all.messages.iter().map(|(chat, id, _)| world.screens[&(*chat, *id)].clone()).collect();
    assert!(sent.iter().any(|payload| payload["photo"] == "large"), "{sent:?}");
    assert!(sent.iter().any(|payload| payload["voice"] == "v"), "{sent:?}");
    let told = history_of(&mut world, order);
    assert!(told.contains("order a new one") && told.contains("📎"), "{told}");
}

#[test]
fn comments_are_for_staff_and_the_orders_master() {
    let mut world = World::new();
    let (order, card) = on_site(&mut world);
    for person in [OTHER_MASTER, STRANGER] {
        for verb in ["comment_order:O", "order_comments:O:1", "order_history:O:1"] {
            let heard = world.press(person, person, 60, &verb.replace('O', &order.to_string()));
            assert!(!heard.toast().is_empty() && !world.is_in_dialogue(person, person), "{verb} {heard:?}");
        }
    }
    world.press(MASTER, MASTER, card, &format!("comment_order:{order}"));
    for unusable in [json!({ "location": {} }), json!({ "contact": { "phone_number": "1" } })] {
        let asked = world.send(MASTER, MASTER, unusable);
        assert!(asked.in_chat(MASTER).contains("cannot be added"), "{asked:?}");
    }
    world.say(MASTER, MASTER, "❌ Cancel");
    let none = world.press(MASTER, MASTER, card, &format!("order_comments:{order}:1"));
    assert!(none.toast().contains("Nothing"), "{none:?}");
}

#[test]
fn a_reply_to_the_card_in_the_work_group_is_the_masters_comment_and_nobody_elses() {
    let mut world = World::new();
    world.press(ADMIN, ADMIN, 9, &format!("work_group:{MASTER}:{GROUP}"));
    let (order, card) = world.assigned(MASTER, GROUP);
    world.press(MASTER, GROUP, card, &format!("group_accept_order:{order}"));
    let reply = || json!({ "text": "half an hour late", "reply_to_message": { "message_id": card } });
    let ignored = world.send(STRANGER, GROUP, reply());
    assert_eq!(ignored.messages, []);
    let heard = world.send(MASTER, GROUP, reply());
    assert!(heard.in_chat(DISPATCHER).contains("half an hour late"), "{heard:?}");
    assert!(heard.in_chat(GROUP).contains("Added"), "{heard:?}");
}

#[test]
fn a_deleted_order_is_nowhere_until_an_admin_restores_it() {
    let mut world = World::new();
    let (order, card) = on_site(&mut world);
    world.press(DISPATCHER, DISPATCHER, 70, &format!("view_order:{order}"));
    let before = world.count_orders();
    world.press(ADMIN, ADMIN, 60, &format!("delete_order:{order}"));
    let short = world.say(ADMIN, ADMIN, "x");
    assert!(short.in_chat(ADMIN).contains("short"), "{short:?}");
    let asked = world.say(ADMIN, ADMIN, "entered <twice>");
    assert!(asked.in_chat(ADMIN).contains("entered &lt;twice&gt;"), "{asked:?}");
    assert_eq!(world.count_orders(), before, "nothing is deleted before it is confirmed");
    let again = world.say(ADMIN, ADMIN, "ok");
    assert!(again.in_chat(ADMIN).contains("entered &lt;twice&gt;"), "the reason stays: {again:?}");
    let done = world.press_offered(ADMIN, ADMIN, "dialog_confirm");
    assert!(done.in_chat(MASTER).contains("deleted"), "{done:?}");
    assert!(done.in_chat(DISPATCHER).contains("entered &lt;twice&gt;"), "{done:?}");
    assert!(world.buttons(DISPATCHER, done.last_in(DISPATCHER)).is_empty(), "only an admin restores");
    assert_eq!(world.count_orders(), before - 1);
    for secret in [CLIENT, ADDRESS, PHONE] {
        assert!(!world.text(MASTER, card).contains(secret) && !world.text(DISPATCHER, 70).contains(secret));
    }
    assert!(world.buttons(MASTER, card).is_empty());
    assert!(world.say(MASTER, MASTER, "📋 My orders").in_chat(MASTER).contains("no orders"));
    assert!(!world.press(DISPATCHER, DISPATCHER, 80, "filter_orders:all").in_chat(DISPATCHER).contains("#1"));
    let masters = masters::list_masters(&mut world.tx, MasterFilter::All).unwrap();
    assert!(masters.iter().all(|(_, load)| *load == 0));
    let id = crate::domain::ids::MasterId(world.master_id(MASTER));
    assert_eq!(masters::count_open_orders(&mut world.tx, id).unwrap(), 0);
    assert_eq!(masters::list_open_orders(&mut world.tx, id).unwrap(), []);
    let counts = overview::count_orders_of_user(&mut world.tx, TelegramId(DISPATCHER), Some(id)).unwrap();
    assert_eq!((counts.created, counts.active), (0, 0));
    for (person, data) in
        [(DISPATCHER, "view_order"), (MASTER, "view_order_master"), (MASTER, "onsite_order")]
    {
        let heard = world.press(person, person, 90, &format!("{data}:{order}"));
        assert!(!heard.in_chat(person).contains(CLIENT) && !heard.toast().is_empty(), "{heard:?}");
    }
    let hidden = world.say(DISPATCHER, DISPATCHER, &format!("/order {order}"));
    assert!(hidden.in_chat(DISPATCHER).contains("not found") || !hidden.in_chat(DISPATCHER).contains(CLIENT));
    assert!(!world.press(DISPATCHER, DISPATCHER, 91, &format!("restore_order:{order}")).toast().is_empty());
    let found = world.say(ADMIN, ADMIN, &format!("/order {order}"));
    assert!(found.in_chat(ADMIN).contains("entered &lt;twice&gt;"), "{found:?}");
    let restored = world.press_offered(ADMIN, ADMIN, &format!("restore_order:{order}"));
    assert!(restored.in_chat(MASTER).contains(CLIENT), "the master gets the card again: {restored:?}");
    assert_eq!((world.count_orders(), world.status(order)), (before, OrderStatus::OnSite));
    let again = world.press(ADMIN, ADMIN, 60, &format!("restore_order:{order}"));
    assert!(again.toast().contains("not deleted"), "{again:?}");
    let told = history_of(&mut world, order);
    assert!(told.contains("Restored") && told.contains("entered &lt;twice&gt;"), "{told}");
}

#[test]
fn closing_for_nothing_asks_for_no_materials() {
    let mut world = World::new();
    let (order, card) = on_site(&mut world);
    world.press(MASTER, MASTER, card, &format!("complete_order:{order}"));
    let asked = world.say(MASTER, MASTER, "0").in_chat(MASTER);
    assert!(asked.contains("review"), "{asked}");
    world.say(MASTER, MASTER, "no");
    world.press_offered(MASTER, MASTER, "dialog_confirm");
    let row = order_row(&mut world, order);
    assert_eq!((row.total, row.materials), (Some(Kopecks::ZERO), Some(Kopecks::ZERO)));
}

#[test]
fn master_hears_that_a_closed_order_is_deleted_and_restored() {
    let mut world = World::new();
    let order = closed(&mut world);
    world.press(ADMIN, ADMIN, 60, &format!("delete_order:{order}"));
    world.say(ADMIN, ADMIN, "entered twice");
    let done = world.press_offered(ADMIN, ADMIN, "dialog_confirm");
    assert!(done.in_chat(MASTER).contains("closed order #1 was deleted"), "{done:?}");
    let restored = world.press_offered(ADMIN, ADMIN, &format!("restore_order:{order}"));
    assert!(restored.in_chat(MASTER).contains("restored"), "{restored:?}");
    let opened = world.press_offered(MASTER, MASTER, &format!("view_order_master:{order}"));
    assert!(opened.in_chat(MASTER).contains(CLIENT), "{opened:?}");
}

#[test]
fn a_deleted_order_ends_the_dialogues_about_it() {
    let mut world = World::new();
    let (order, card) = on_site(&mut world);
    world.press(MASTER, MASTER, card, &format!("complete_order:{order}"));
    world.press(DISPATCHER, DISPATCHER, 60, &format!("edit_field:{order}:address"));
    let now = world.now();
    let row = order_row(&mut world, order);
    order_edits::mark_deleted(&mut world.tx, &row, now).unwrap();
    assert!(order_edits::mark_deleted(&mut world.tx, &row, now).is_err(), "it is deleted once");
    world.say(DISPATCHER, DISPATCHER, "1 Other Street");
    assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
    for answer in ["10000", "1000", "no", "yes"] {
        world.say(MASTER, MASTER, answer);
    }
    assert!(!world.is_in_dialogue(MASTER, MASTER));
    assert_eq!(orders::find_order(&mut world.tx, order).unwrap(), None);
}

#[test]
fn a_repeat_visit_takes_the_fields_over_and_both_cards_show_the_link() {
    let mut world = World::new();
    let order = closed(&mut world);
    let first = world.press(DISPATCHER, DISPATCHER, 60, &format!("repeat_order:{order}"));
    assert!(first.in_chat(DISPATCHER).contains("does not"), "the old description is shown: {first:?}");
    let made = world.say(DISPATCHER, DISPATCHER, "drips again");
    assert!(made.in_chat(DISPATCHER).contains(&format!("#{order}")), "{made:?}");
    world.press(DISPATCHER, DISPATCHER, 61, &format!("repeat_order:{order}"));
    world.press_offered(DISPATCHER, DISPATCHER, "dialog_confirm");
    let (second, third) = (OrderId(order.0 + 1), OrderId(order.0 + 2));
    let (repeated, old) = (order_row(&mut world, second), order_row(&mut world, order));
    assert_eq!((repeated.repeat_of, repeated.status), (Some(order), OrderStatus::New));
    assert_eq!(repeated.description, "drips again");
    assert_eq!(
        (repeated.client_name, repeated.client_address, repeated.client_phone, repeated.equipment),
        (old.client_name, old.client_address, old.client_phone, old.equipment)
    );
    assert_eq!(order_row(&mut world, third).description, old.description);
    world.press(DISPATCHER, DISPATCHER, 62, &format!("view_order:{order}"));
    let buttons = world.buttons(DISPATCHER, 62);
    for link in [second, third] {
        assert!(buttons.contains(&format!("view_order:{link}")), "{buttons:?}");
    }
    world.press(DISPATCHER, DISPATCHER, 63, &format!("view_order:{third}"));
    assert!(world.buttons(DISPATCHER, 63).contains(&format!("view_order:{order}")));
    let open = world.press(DISPATCHER, DISPATCHER, 64, &format!("repeat_order:{second}"));
    assert!(open.toast().contains("closed"), "{open:?}");
}

#[test]
fn cards_link_the_address_to_a_map_and_name_the_last_reason() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    assert!(world.text(MASTER, card).contains("New order"), "{}", world.text(MASTER, card));
    world.press(DISPATCHER, DISPATCHER, 60, &format!("view_order:{order}"));
    let link =
        "<a href=\"https://maps.example.org/?q=12+Sample+Street%2C+flat+7\">12 Sample Street, flat 7</a>";
    assert!(world.text(DISPATCHER, 60).contains(link), "{}", world.text(DISPATCHER, 60));
    let own = world.press(MASTER, MASTER, 61, &format!("view_order_master:{order}"));
    assert!(!own.in_chat(MASTER).contains("New order"), "it is no news any more: {own:?}");
    assert!(!own.in_chat(MASTER).contains("maps.example.org"), "the address is hidden: {own:?}");
    world.press(MASTER, MASTER, card, &format!("group_refuse_order:{order}"));
    world.say(MASTER, MASTER, "too far & late");
    assert!(world.text(DISPATCHER, 60).contains("too far &amp; late"), "{}", world.text(DISPATCHER, 60));
}

fn corrected(world: &mut World, order: OrderId, field: &str, amount: &str) -> Heard {
    world.press(ADMIN, ADMIN, 60, &format!("correct_field:{order}:{field}"));
    world.say(ADMIN, ADMIN, amount)
}

#[test]
fn a_corrected_order_has_its_shares_computed_anew() {
    let mut world = World::new();
    let order = closed(&mut world);
    assert!(!world.press(DISPATCHER, DISPATCHER, 60, &format!("correct_order:{order}")).toast().is_empty());
    let menu = world.press(ADMIN, ADMIN, 60, &format!("correct_order:{order}"));
    assert!(menu.in_chat(ADMIN).contains("10,000"), "{menu:?}");
    let done = corrected(&mut world, order, "total", "20000");
    assert!(
        done.in_chat(MASTER).contains("20,000") && done.in_chat(DISPATCHER).contains("20,000"),
        "{done:?}"
    );
    let row = order_row(&mut world, order);
    assert_eq!(row.master_share.unwrap().0 + row.company_share.unwrap().0, 1_900_000);
    assert_eq!(row.master_share.unwrap().0, 950_000);
    let over = corrected(&mut world, order, "materials", "20001");
    assert!(over.in_chat(ADMIN).contains("20,001"), "{over:?}");
    world.say(ADMIN, ADMIN, "0");
    assert_eq!(order_row(&mut world, order).master_share.unwrap().0, 1_000_000);
    world.press(ADMIN, ADMIN, 60, &format!("correct_review:{order}:yes"));
    let again = world.press(ADMIN, ADMIN, 60, &format!("correct_review:{order}:yes"));
    assert_eq!(again.in_chat(MASTER), "", "a repeated press has no second effect");
    assert_eq!(order_row(&mut world, order).master_share.unwrap().0, 1_200_000);
    let told = history_of(&mut world, order);
    assert!(told.contains("10,000") && told.contains("20,000"), "{told}");
}

#[test]
fn the_master_of_record_is_corrected_and_the_former_one_sees_it_no_more() {
    let mut world = World::new();
    let order = closed(&mut world);
    let other = world.master_id(OTHER_MASTER);
    let choice = world.press(ADMIN, ADMIN, 60, &format!("correct_masters:{order}:1"));
    assert!(choice.in_chat(ADMIN).contains("Who"), "{choice:?}");
    let done = world.press_offered(ADMIN, ADMIN, &format!("correct_master:{order}:{other}"));
    assert!(done.in_chat(MASTER).contains("another master"), "{done:?}");
    assert!(done.in_chat(OTHER_MASTER).contains("corrected"), "{done:?}");
    assert!([CLIENT, ADDRESS, PHONE].iter().all(|secret| !world.shows(MASTER, secret)));
    let told = history_of(&mut world, order);
    assert!(told.contains(&format!("Person {MASTER}")) && told.contains(&format!("Person {OTHER_MASTER}")));
}

#[test]
fn history_says_in_words_what_a_long_repair_promised() {
    let mut world = World::new();
    let (order, card) = on_site(&mut world);
    world.press(MASTER, MASTER, card, &format!("dr_order:{order}"));
    world.say(MASTER, MASTER, "05.12");
    world.say(MASTER, MASTER, "a belt & a <pump>");
    world.say(MASTER, MASTER, "1500");
    let history = history_of(&mut world, order);
    for part in ["5 Dec", "a belt &amp; a &lt;pump&gt;", "1,500"] {
        assert!(history.contains(part), "{part}: {history}");
    }
    assert!(!history.contains("promised=") && !history.contains("parts="), "{history}");
}

#[test]
fn materials_are_none_by_one_press() {
    let mut world = World::new();
    let (order, card) = on_site(&mut world);
    world.press(MASTER, MASTER, card, &format!("complete_order:{order}"));
    world.say(MASTER, MASTER, "5000");
    let (question, data) = world.offer(MASTER, "dialog_skip:2");
    assert!(world.button_texts(MASTER, question)[0].contains("No materials"));
    world.press(MASTER, MASTER, question, &data);
    // A second tap answers nothing.
    world.press(MASTER, MASTER, question, &data);
    world.press_offered(MASTER, MASTER, "review:no");
    world.press_offered(MASTER, MASTER, "dialog_confirm");
    let closed = order_row(&mut world, order);
    assert_eq!((closed.status, closed.materials), (OrderStatus::Closed, Some(Kopecks(0))));
}
