#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::json;

use crate::bot::testing::{
    ADDRESS, ADMIN, CLIENT, DISPATCHER, GROUP, MASTER, OTHER_MASTER, PHONE, STRANGER, World,
};
use crate::db::dialogues::{self, DialogueKey};
use crate::db::orders;
use crate::domain::ids::{ChatId, OrderId, TelegramId};
use crate::domain::money::Kopecks;
use crate::domain::phone::readable_phone;
use crate::domain::status::OrderStatus;

/// The supergroup that [`GROUP`] becomes.
const SUPERGROUP: i64 = -1_000_000_000_500;

#[test]
fn an_order_is_stored_as_typed_and_shown_escaped() {
    let mut world = World::new();
    let order = world.order();
    let stored = orders::find_order(&mut world.tx, order).unwrap().unwrap();
    assert_eq!(stored.description, "does not <b>heat</b> & smells");
    assert_eq!((stored.notes, stored.scheduled_time), (None, None));
    assert_eq!(stored.equipment, "Духовой шкаф");
    assert_eq!(readable_phone(&stored.client_phone), PHONE);
    let card = world.press(DISPATCHER, DISPATCHER, 9, &format!("view_order:{order}")).in_chat(DISPATCHER);
    assert!(card.contains("&lt;b&gt;heat&lt;/b&gt; &amp; smells") && card.contains(PHONE), "{card}");
}

#[test]
fn wrong_answers_are_explained_and_asked_again() {
    let mut world = World::new();
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    let steps: [(&[&str], &str); 5] = [
        (&["a spaceship", "⏭️ Skip"], "Духовой шкаф"),
        (&["off", "⏭️ Skip", "✅ Confirm"], "/* leaks */ -- 'quoted'; DROP"),
        (&["+7 999", "nobody", "+1 999 000 11 22", "+7 000 123-45-67"], PHONE),
        (&["A", "12345", PHONE], CLIENT),
        (&["St.", "12345", PHONE], ADDRESS),
    ];
    for (wrong, right) in steps {
        for answer in wrong {
            let asked = world.say(DISPATCHER, DISPATCHER, answer).in_chat(DISPATCHER);
            assert!(asked.contains("Step") && asked.contains("\n\n"), "{answer}: {asked}");
        }
        let before = world.say(DISPATCHER, DISPATCHER, wrong[0]).in_chat(DISPATCHER);
        let after = world.say(DISPATCHER, DISPATCHER, right).in_chat(DISPATCHER);
        assert_ne!(before.split("Step").nth(1), after.split("Step").nth(1), "{right} was not taken");
    }
    let sticker = json!({ "sticker": { "file_id": "f", "file_unique_id": "u", "type": "regular", "width": 1,
        "height": 1, "is_animated": false, "is_video": false } });
    assert!(world.send(DISPATCHER, DISPATCHER, sticker).in_chat(DISPATCHER).contains("only understand text"));
    assert_eq!(world.count_orders(), 0);
}

#[test]
fn back_returns_one_step_and_a_second_tap_on_skip_skips_nothing_more() {
    let mut world = World::new();
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    for answer in ["Oven", "does not heat at all", PHONE, CLIENT, ADDRESS] {
        world.say(DISPATCHER, DISPATCHER, answer);
    }
    let (question, skip) = world.offer(DISPATCHER, "dialog_skip:6");
    let asked = world.press(DISPATCHER, DISPATCHER, question, &skip);
    assert!(asked.in_chat(DISPATCHER).contains("Step 7 of 8"), "{asked:?}");
    let again = world.press(DISPATCHER, DISPATCHER, question, &skip);
    assert!(again.toast().contains("another step") && again.messages.is_empty(), "{again:?}");
    let back = world.press_offered(DISPATCHER, DISPATCHER, "dialog_back:7");
    assert!(back.in_chat(DISPATCHER).contains("Step 6 of 8"), "{back:?}");
    world.say(DISPATCHER, DISPATCHER, "ring twice");
    world.say(DISPATCHER, DISPATCHER, "after 6 pm");
    let confirmation = world.say(DISPATCHER, DISPATCHER, "anything").in_chat(DISPATCHER);
    assert!(confirmation.contains("ring twice") && confirmation.contains("after 18:00"), "{confirmation}");
    world.press_offered(DISPATCHER, DISPATCHER, "confirm_order");
    let stored = orders::find_order(&mut world.tx, OrderId(1)).unwrap().unwrap();
    assert_eq!(stored.notes.as_deref(), Some("ring twice"));
    assert_eq!(stored.scheduled_time.as_deref(), Some("after 6 pm"));
}

#[test]
fn a_double_press_on_confirm_makes_one_order() {
    let mut world = World::new();
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    for answer in ["Oven", "does not heat at all", PHONE, CLIENT, ADDRESS, "⏭️ Skip", "⏭️ Skip"] {
        world.say(DISPATCHER, DISPATCHER, answer);
    }
    let (question, confirm) = world.offer(DISPATCHER, "confirm_order");
    let first = world.press(DISPATCHER, DISPATCHER, question, &confirm);
    assert!(first.in_chat(DISPATCHER).contains("Order #1"), "{first:?}");
    assert_eq!(world.buttons(DISPATCHER, question), ["assign_master:1", "view_order:1"]);
    let second = world.press(DISPATCHER, DISPATCHER, question, &confirm);
    assert!(second.toast().contains("out of date") && second.messages.is_empty(), "{second:?}");
    assert_eq!(world.count_orders(), 1);
}

#[test]
fn buttons_of_a_left_question_act_on_its_own_order() {
    let mut world = World::new();
    let (first, second) = (world.order(), world.order());
    world.press(DISPATCHER, DISPATCHER, 5, &format!("refuse_order:{first}"));
    let (question, skip) = world.offer(DISPATCHER, "dialog_skip:1");
    world.press(DISPATCHER, DISPATCHER, 6, &format!("close_order:{second}"));
    let (other, other_skip) = world.offer(DISPATCHER, "dialog_skip:1");
    world.press(DISPATCHER, DISPATCHER, question, &skip);
    assert_eq!((world.status(first), world.status(second)), (OrderStatus::Refused, OrderStatus::New));
    let again = world.press(DISPATCHER, DISPATCHER, question, &skip);
    assert!(again.toast().contains("out of date") && again.messages.is_empty(), "{again:?}");
    // The other question still waits.
    world.press(DISPATCHER, DISPATCHER, other, &other_skip);
    assert_eq!(world.status(second), OrderStatus::Closed);
    assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
}

#[test]
fn a_reason_for_one_order_cannot_be_skipped_under_the_question_about_another() {
    let mut world = World::new();
    let (first, first_card) = world.assigned(MASTER, MASTER);
    let (second, second_card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, first_card, &format!("group_refuse_order:{first}"));
    let (question, skip) = world.offer(MASTER, "dialog_skip:1");
    world.press(MASTER, MASTER, second_card, &format!("group_refuse_order:{second}"));
    world.press(MASTER, MASTER, question, &skip);
    assert_eq!((world.status(first), world.status(second)), (OrderStatus::New, OrderStatus::Assigned));
}

#[test]
fn back_review_and_confirm_buttons_belong_to_their_dialogue() {
    let mut world = World::new();
    let cards = [world.assigned(MASTER, MASTER), world.assigned(MASTER, MASTER)];
    let mut questions = Vec::new();
    for (order, card) in cards {
        for verb in ["group_accept_order", "onsite_order", "complete_order"] {
            world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
        }
        for answer in ["7000", "0"] {
            world.say(MASTER, MASTER, answer);
        }
        questions.push(["review:yes", "review:no", "dialog_back:3"].map(|data| world.offer(MASTER, data)));
    }
    let [(question, yes), others @ ..] = questions.swap_remove(0);
    world.press(MASTER, MASTER, question, &yes);
    world.press_offered(MASTER, MASTER, "dialog_confirm");
    assert_eq!(cards.map(|(order, _)| world.status(order)), [OrderStatus::Closed, OrderStatus::OnSite]);
    for (question, data) in others {
        let pressed = world.press(MASTER, MASTER, question, &data);
        assert!(pressed.toast().contains("out of date") && pressed.messages.is_empty(), "{pressed:?}");
    }
    assert_eq!(cards.map(|(order, _)| world.status(order)), [OrderStatus::Closed, OrderStatus::OnSite]);

    let mut confirmations = Vec::new();
    for _ in 0..2 {
        world.say(DISPATCHER, DISPATCHER, "/cancel");
        world.say(DISPATCHER, DISPATCHER, "➕ New order");
        for answer in ["Oven", "does not heat at all", PHONE, CLIENT, ADDRESS, "⏭️ Skip", "⏭️ Skip"] {
            world.say(DISPATCHER, DISPATCHER, answer);
        }
        confirmations.push(world.offer(DISPATCHER, "confirm_order"));
    }
    let (question, confirm) = confirmations.swap_remove(0);
    let pressed = world.press(DISPATCHER, DISPATCHER, question, &confirm);
    assert!(pressed.toast().contains("out of date") && pressed.messages.is_empty(), "{pressed:?}");
    assert_eq!(world.count_orders(), 2);
}

#[test]
fn a_dialogue_of_an_earlier_version_continues_and_its_buttons_work() {
    let mut world = World::new();
    let order = world.order();
    let key = DialogueKey { place: ChatId(DISPATCHER).into(), user: TelegramId(DISPATCHER) };
    let state = format!(r#"{{"dialogue":"refuse","order":{order},"card":null}}"#);
    let now = "2026-11-22T10:00:00Z".parse().unwrap();
    dialogues::upsert_dialogue(&mut world.tx, key, None, &state, now, now + chrono::TimeDelta::hours(24))
        .unwrap();
    let pressed = world.press(DISPATCHER, DISPATCHER, 60, "dialog_skip:1:17");
    assert!(pressed.toast().contains("out of date"), "{pressed:?}");
    world.press(DISPATCHER, DISPATCHER, 60, "dialog_skip:1");
    assert_eq!(world.status(order), OrderStatus::Refused);
}

#[test]
fn the_old_bots_buttons_act_on_the_open_dialogue() {
    let mut world = World::new();
    world.say(55, 55, "/start");
    world.say(ADMIN, ADMIN, "➕ New order");
    let asked = world.press(ADMIN, ADMIN, 60, "equipment:Сантехника");
    assert!(asked.in_chat(ADMIN).contains("Step 2 of 8"), "{asked:?}");
    assert!(world.press(ADMIN, ADMIN, 60, "cancel").in_chat(ADMIN).contains("Cancelled"));
    assert!(!world.is_in_dialogue(ADMIN, ADMIN));
    world.press(ADMIN, ADMIN, 60, "add_master");
    for answer in ["55", "+79991112233", "ovens"] {
        world.say(ADMIN, ADMIN, answer);
    }
    world.press(ADMIN, ADMIN, 60, "confirm_add_master");
    assert!(world.person(55).unwrap().roles.is_master());
}

#[test]
fn a_master_is_added_by_contact_forward_or_number_and_notified() {
    let mut world = World::new();
    world.say(55, 55, "/start");
    world.press(DISPATCHER, DISPATCHER, 9, "add_master");
    for (wrong, why) in
        [("abc", "only digits"), ("-5", "only digits"), ("77777", "/start"), ("11", "already")]
    {
        let said = world.say(DISPATCHER, DISPATCHER, wrong).in_chat(DISPATCHER);
        assert!(said.contains(why), "{wrong}: {said}");
    }
    let contact = |phone: &str, user| json!({ "contact": { "phone_number": phone, "first_name": "X", "user_id": user } });
    let asked = world.send(DISPATCHER, DISPATCHER, contact("123", json!(55))).in_chat(DISPATCHER);
    assert!(asked.contains("phone number"), "{asked}");
    world.send(DISPATCHER, DISPATCHER, contact("79995556677", json!(null)));
    let summary = world.say(DISPATCHER, DISPATCHER, "ovens & <fridges>").in_chat(DISPATCHER);
    assert!(
        summary.contains("+7 999 555-66-77") && summary.contains("ovens &amp; &lt;fridges&gt;"),
        "{summary}"
    );
    let added = world.press(DISPATCHER, DISPATCHER, 80, "confirm_add_master");
    // A dispatcher adds, an admin approves.
    assert!(added.in_chat(ADMIN).contains("waiting for approval"), "{added:?}");
    assert!(added.in_chat(55).contains("administrator"), "{added:?}");
    assert!(world.person(55).unwrap().roles.is_unknown());
    assert!(world.say(55, 55, "📋 My orders").in_chat(55).contains("not allowed"));
    assert!(world.press(DISPATCHER, DISPATCHER, 80, "approve_master:55").toast().contains("not allowed"));
    let approved = world.press(ADMIN, ADMIN, 80, "approve_master:55");
    assert!(approved.in_chat(55).contains("approved"), "{approved:?}");
    assert!(world.person(55).unwrap().roles.is_master());
    let repeated = world.press(ADMIN, ADMIN, 80, "approve_master:55");
    assert_eq!(repeated.in_chat(55), "");
    assert!(world.say(55, 55, "📋 My orders").in_chat(55).contains("no orders"));
}

#[test]
fn phone_of_a_contact_is_the_masters() {
    let mut world = World::new();
    world.say(55, 55, "/start");
    world.press(DISPATCHER, DISPATCHER, 9, "add_master");
    let contact = json!({ "contact": { "phone_number": "79995556677", "first_name": "X", "user_id": 55 } });
    let asked = world.send(DISPATCHER, DISPATCHER, contact).in_chat(DISPATCHER);
    assert!(asked.contains("What do they repair"), "{asked}");
    let summary = world.say(DISPATCHER, DISPATCHER, "ovens").in_chat(DISPATCHER);
    assert!(summary.contains("+7 999 555-66-77"), "{summary}");
}

#[test]
fn a_rejected_master_is_notified_and_can_be_added_again() {
    let mut world = World::new();
    world.say(55, 55, "/start");
    for _ in 0..2 {
        world.press(DISPATCHER, DISPATCHER, 9, "add_master");
        for answer in ["55", "+79991112233", "ovens", "✅ Confirm"] {
            world.say(DISPATCHER, DISPATCHER, answer);
        }
        assert!(world.person(55).unwrap().roles.is_unknown());
        let rejected = world.press(ADMIN, ADMIN, 80, "reject_master:55");
        assert!(rejected.in_chat(55).contains("not approved"), "{rejected:?}");
        assert!(world.person(55).unwrap().roles.is_unknown());
    }
}

#[test]
fn a_forwarded_contact_is_a_contact() {
    let mut world = World::new();
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    for answer in ["Oven", "does not heat at all"] {
        world.say(DISPATCHER, DISPATCHER, answer);
    }
    let contact = json!({
        "contact": { "phone_number": PHONE, "first_name": "Ivan" },
        "forward_origin": { "type": "hidden_user", "sender_user_name": "A colleague", "date": 1_700_000_000 },
    });
    let asked = world.send(DISPATCHER, DISPATCHER, contact).in_chat(DISPATCHER);
    assert!(asked.contains("Step 5 of 8") && asked.contains("Ivan"), "{asked}");
}

#[test]
fn closing_explains_wrong_amounts_and_shares_the_money() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["group_accept_order", "onsite_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    world.press(MASTER, MASTER, card, &format!("complete_order:{order}"));
    for wrong in ["nan", "-5", "1e5", "5,123", "99999999999", "⏭️ Skip"] {
        let asked = world.say(MASTER, MASTER, wrong).in_chat(MASTER);
        assert!(asked.contains("Step 1 of 4") && asked.contains("\n\n"), "{wrong}: {asked}");
    }
    assert!(world.say(MASTER, MASTER, "10 000,00").in_chat(MASTER).contains("Step 2 of 4"));
    assert!(world.say(MASTER, MASTER, "10000.01").in_chat(MASTER).contains("cannot cost more"));
    assert!(world.say(MASTER, MASTER, "1000").in_chat(MASTER).contains("Step 3 of 4"));
    assert!(world.say(MASTER, MASTER, "perhaps").in_chat(MASTER).contains("yes"));
    world.press_offered(MASTER, MASTER, "review:yes");
    let (question, yes) = world.offer(MASTER, "dialog_confirm");
    let closed = world.press(MASTER, MASTER, question, &yes);
    assert!(closed.in_chat(MASTER).contains("₽5,400"), "{closed:?}");
    let told = closed.in_chat(DISPATCHER);
    assert!(told.contains("closed") && told.contains("₽5,400") && told.contains("₽3,600"), "{told}");
    assert!(world.text(MASTER, card).contains("Closed") && world.buttons(MASTER, card).is_empty());
    let stored = orders::find_order(&mut world.tx, order).unwrap().unwrap();
    assert_eq!((stored.master_share, stored.company_share), (Some(Kopecks(540_000)), Some(Kopecks(360_000))));
    let repeated = world.press(MASTER, MASTER, question, &yes);
    assert!(repeated.toast().contains("out of date"), "{repeated:?}");
}

#[test]
fn staff_close_without_amounts_and_the_master_is_notified() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(ADMIN, ADMIN, 9, &format!("close_order:{order}"));
    let closed = world.say(ADMIN, ADMIN, "⏭️ Пропустить");
    assert!(closed.in_chat(MASTER).contains("closed"), "{closed:?}");
    assert!(closed.in_chat(DISPATCHER).contains("closed"), "{closed:?}");
    assert!(world.text(ADMIN, 9).contains("Closed"), "the card from which it was closed is current");
    assert!(world.buttons(MASTER, card).is_empty());
    assert_eq!(world.status(order), OrderStatus::Closed);
}

#[test]
fn a_last_step_that_came_too_late_has_no_effect() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("group_refuse_order:{order}"));
    world.press(DISPATCHER, DISPATCHER, 9, &format!("refuse_order:{order}"));
    world.say(DISPATCHER, DISPATCHER, "the client changed their mind");
    assert_eq!(world.status(order), OrderStatus::Refused);
    let late = world.say(MASTER, MASTER, "too far");
    assert!(late.in_chat(MASTER).contains("no question for you"), "{late:?}");
    assert!(!world.is_in_dialogue(MASTER, MASTER));
}

#[test]
fn in_a_group_only_the_masters_own_messages_count() {
    let mut world = World::new();
    world.press(ADMIN, ADMIN, 9, &format!("set_work_chat:{MASTER}"));
    world.say(ADMIN, ADMIN, &GROUP.to_string());
    let (order, card) = world.assigned(MASTER, GROUP);
    assert!(world.text(GROUP, card).contains("tg://user?id=11"));
    let foreign = world.press(OTHER_MASTER, GROUP, card, &format!("group_accept_order:{order}"));
    assert!(foreign.toast().contains("not allowed") && foreign.messages.is_empty(), "{foreign:?}");
    for verb in ["group_accept_order", "group_onsite_order", "group_complete_order"] {
        world.press(MASTER, GROUP, card, &format!("{verb}:{order}"));
    }
    assert_eq!(world.say(OTHER_MASTER, GROUP, "1").outcome, "ignored");
    assert_eq!(world.say(STRANGER, GROUP, "/cancel").in_chat(GROUP), "There is nothing to cancel.");
    for answer in ["5000", "0"] {
        let asked = world.say(MASTER, GROUP, answer).in_chat(GROUP);
        assert!(asked.contains("tg://user?id=11"), "{asked}");
    }
    let foreign = world.press_offered(OTHER_MASTER, GROUP, "review:no");
    assert!(foreign.toast().contains("not for you"), "{foreign:?}");
    let foreign = world.press_offered(DISPATCHER, GROUP, "cancel");
    assert!(foreign.toast().contains("not for you") && foreign.messages.is_empty(), "{foreign:?}");
    world.say(MASTER, GROUP, "no");
    assert_eq!(world.status(order), OrderStatus::OnSite);
    world.press_offered(MASTER, GROUP, "dialog_confirm");
    assert_eq!(world.status(order), OrderStatus::Closed);
    assert!(world.text(GROUP, card).contains("Closed") && world.buttons(GROUP, card).is_empty());
    assert_eq!(world.say(MASTER, GROUP, "thanks all").outcome, "ignored");
}

#[test]
fn a_new_work_group_gets_the_cards_and_the_old_chat_loses_them() {
    let mut world = World::new();
    let (order, _) = world.assigned(MASTER, MASTER);
    let offered = world.bot_added(ADMIN, GROUP);
    let message = offered.last_in(ADMIN);
    let button = format!("work_group:{MASTER}:{GROUP}");
    assert!(world.buttons(ADMIN, message).contains(&button));
    let linked = world.press(ADMIN, ADMIN, message, &button);
    let card = linked.last_in(GROUP);
    assert!(world.buttons(GROUP, card).contains(&format!("group_accept_order:{order}")), "{linked:?}");
    for verb in ["group_accept_order", "group_onsite_order"] {
        world.press(MASTER, GROUP, card, &format!("{verb}:{order}"));
    }
    assert!(world.shows(GROUP, PHONE));
    world.press(ADMIN, ADMIN, 9, &format!("set_work_chat:{MASTER}"));
    let cleared = world.say(ADMIN, ADMIN, "⏭️ Skip");
    assert!(!world.shows(GROUP, PHONE) && !world.shows(GROUP, CLIENT), "{cleared:?}");
    assert!(world.shows(MASTER, PHONE));
    assert!(world.say(MASTER, GROUP, "/order 1").in_chat(GROUP).contains("not for this group"));
}

#[test]
fn the_old_group_keeps_no_closed_orders_and_closes_none() {
    let mut world = World::new();
    let into_group = format!("work_group:{MASTER}:{GROUP}");
    world.press(ADMIN, ADMIN, 9, &into_group);
    let (closed, card) = world.assigned(MASTER, GROUP);
    let (open, open_card) = world.assigned(MASTER, GROUP);
    for (order, card) in [(closed, card), (open, open_card)] {
        for verb in ["group_accept_order", "group_onsite_order", "group_complete_order"] {
            world.press(MASTER, GROUP, card, &format!("{verb}:{order}"));
        }
        world.say(MASTER, GROUP, "5000");
        if order == closed {
            for answer in ["0", "no", "yes"] {
                world.say(MASTER, GROUP, answer);
            }
        }
    }
    assert_eq!(world.status(closed), OrderStatus::Closed);
    assert!(world.text(GROUP, card).contains(PHONE));

    world.press(ADMIN, ADMIN, 9, &format!("work_group:{MASTER}:-501"));
    for secret in [CLIENT, ADDRESS, PHONE] {
        assert!(!world.shows(GROUP, secret), "{secret}");
    }
    assert!(world.is_in_dialogue(MASTER, GROUP));
    let said = world.say(MASTER, GROUP, "0");
    assert!(said.in_chat(GROUP).contains("not for this group"), "{said:?}");
    assert!(!world.is_in_dialogue(MASTER, GROUP));
    assert_eq!(world.status(open), OrderStatus::OnSite);
}

#[test]
fn a_group_that_becomes_a_supergroup_stays_the_work_group() {
    let mut world = World::new();
    world.press(ADMIN, ADMIN, 9, &format!("work_group:{MASTER}:{GROUP}"));
    let (order, card) = world.assigned(MASTER, GROUP);
    world.press(MASTER, GROUP, card, &format!("group_accept_order:{order}"));
    world.press(MASTER, GROUP, card, &format!("group_onsite_order:{order}"));
    world.press(MASTER, GROUP, card, &format!("group_complete_order:{order}"));
    let anonymous = json!({ "id": 1_087_968_824, "is_bot": true, "first_name": "Group" });
    let service = |chat: i64, kind: &str, other: i64| {
        let chat = json!({ "id": chat, "type": kind, "title": "Team" });
        let name = if kind == "group" { "migrate_to_chat_id" } else { "migrate_from_chat_id" };
        json!({ "message": { "message_id": 1, "date": 1_700_000_000, "chat": chat, "from": anonymous, name: other } })
    };
    for heard in [
        world.update(service(GROUP, "group", SUPERGROUP)),
        world.update(service(SUPERGROUP, "supergroup", GROUP)),
    ] {
        assert_eq!((heard.outcome, heard.messages.len()), ("handled", 0));
    }
    assert!(world.person(1_087_968_824).is_none());
    // The dialogue continues in the new chat, and so do the master's messages.
    for answer in ["5000", "0", "no", "yes"] {
        world.say(MASTER, SUPERGROUP, answer);
    }
    assert_eq!(world.status(order), OrderStatus::Closed);
    let (_, card) = world.assigned(MASTER, SUPERGROUP);
    assert!(world.text(SUPERGROUP, card).contains("New order"));
}

#[test]
fn pressing_a_button_again_keeps_the_answers_and_another_button_does_too() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["group_accept_order", "onsite_order", "complete_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    world.say(MASTER, MASTER, "7000");
    let again = world.press(MASTER, MASTER, card, &format!("complete_order:{order}")).in_chat(MASTER);
    assert!(again.contains("Step 2 of 4"), "{again}");
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    world.say(DISPATCHER, DISPATCHER, "Oven");
    let other = world.press(DISPATCHER, DISPATCHER, 9, &format!("close_order:{order}")).in_chat(DISPATCHER);
    assert!(other.contains("Step 1 of 4"), "{other}");
    let labelled = world.say(DISPATCHER, DISPATCHER, "➕ New order").in_chat(DISPATCHER);
    assert!(labelled.contains("unfinished order") && labelled.contains("Step 2 of 8"), "{labelled}");
}

#[test]
fn menu_replaces_the_keyboard_of_a_dialogue_that_is_left() {
    let mut world = World::new();
    let picked = world.press(ADMIN, ADMIN, 9, &format!("set_work_chat:{MASTER}")).last_in(ADMIN);
    assert!(
        world.keys(ADMIN, picked).contains(&"💬 Pick a group".to_owned()),
        "{:?}",
        world.keys(ADMIN, picked)
    );
    let discarded = world.press(ADMIN, ADMIN, 9, "add_master");
    let (_, notice, text) = &discarded.messages[0];
    assert!(text.contains("can wait"), "{discarded:?}");
    assert!(world.keys(ADMIN, *notice).contains(&"👥 Masters".to_owned()), "{discarded:?}");
}

#[test]
fn forwarded_message_of_a_member_does_not_name_their_group() {
    let mut world = World::new();
    let asked = world.press(ADMIN, ADMIN, 9, &format!("set_work_chat:{MASTER}")).in_chat(ADMIN);
    assert!(!asked.contains("forward"), "{asked}");
    let member = json!({ "id": STRANGER, "is_bot": false, "first_name": "Ann" });
    for origin in [
        json!({ "type": "user", "sender_user": member, "date": 1_700_000_000 }),
        json!({ "type": "hidden_user", "sender_user_name": "Ann", "date": 1_700_000_000 }),
    ] {
        let said =
            world.send(ADMIN, ADMIN, json!({ "forward_origin": origin, "text": "hello" })).in_chat(ADMIN);
        assert!(said.contains("which group it is from") && said.contains("Which group is"), "{said}");
    }
}

#[test]
fn message_of_a_channel_or_a_group_is_no_new_master() {
    let mut world = World::new();
    world.press(ADMIN, ADMIN, 9, "add_master");
    let chat = |id: i64, kind: &str| json!({ "id": id, "type": kind, "title": "Team" });
    for origin in [
        json!({ "type": "channel", "chat": chat(-1_009, "channel"), "message_id": 1, "date": 1_700_000_000 }),
        json!({ "type": "chat", "sender_chat": chat(-1_008, "supergroup"), "date": 1_700_000_000 }),
    ] {
        let heard = world.send(ADMIN, ADMIN, json!({ "forward_origin": origin, "text": "hello" }));
        let said = heard.in_chat(ADMIN);
        assert!(said.contains("from a channel or a group") && said.contains("Step 1 of 4"), "{said}");
    }
}

#[test]
fn an_old_card_in_a_former_work_group_closes_nothing() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["group_accept_order", "onsite_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    let heard = world.press(ADMIN, GROUP, 44, &format!("group_complete_order:{order}"));
    assert!(heard.toast().contains("not for this group"), "{heard:?}");
    assert!(!world.is_in_dialogue(ADMIN, GROUP), "{heard:?}");
    assert!(!world.shows(GROUP, PHONE) && !world.shows(GROUP, CLIENT));
}
