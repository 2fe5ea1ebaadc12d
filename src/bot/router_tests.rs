#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::TimeDelta;
use serde_json::json;

use crate::bot::testing::{ADMIN, DISPATCHER, GROUP, Heard, MASTER, OTHER_MASTER, STRANGER, World};
use crate::domain::status::OrderStatus;

#[test]
fn members_of_a_group_who_chat_are_neither_answered_nor_registered() {
    let mut world = World::new();
    for content in
        [json!({ "text": "hello all" }), json!({ "text": "❌ Cancel" }), json!({ "text": "📋 All orders" })]
    {
        let heard = world.send(404, GROUP, content);
        assert_eq!((heard.outcome, heard.messages.len()), ("ignored", 0));
    }
    assert!(world.person(404).is_none());
    let heard = world.say(404, GROUP, "/order@other_bot 1");
    assert!(heard.messages.is_empty());
    assert!(!world.say(404, GROUP, "/help@test_bot").messages.is_empty());
}

#[test]
fn a_user_without_a_role_is_refused_everywhere_and_changes_nothing() {
    let mut world = World::new();
    let (order, _) = world.assigned(MASTER, MASTER);
    let master = world.master_id(OTHER_MASTER);
    let about_the_order = [
        "assign_master",
        "reassign_master",
        "unassign_master",
        "view_order",
        "view_order_master",
        "close_order",
        "refuse_order",
        "reopen_order",
        "accept_order",
        "refuse_order_master",
        "onsite_order",
        "complete_order",
        "dr_order",
        "group_accept_order",
    ]
    .map(|verb| format!("{verb}:{order}"));
    let others = [
        &format!("select_new_master_for_order:{order}:{master}"),
        &format!("approve_master:{MASTER}"),
        &format!("manage_master:{MASTER}"),
        &format!("deactivate_master:{MASTER}"),
        &format!("set_work_chat:{MASTER}"),
        "add_master",
        "list_all_masters",
        "filter_orders:all",
        "back_to_orders",
        "my_orders_page:1",
    ]
    .map(String::from);
    for data in about_the_order.iter().chain(&others) {
        let heard = world.press(STRANGER, STRANGER, 7, data);
        assert!(heard.toast().contains("not allowed"), "{data}: {heard:?}");
        assert!(!world.is_in_dialogue(STRANGER, STRANGER), "{data}");
    }
    for text in ["📋 All orders", "➕ New order", "👥 Masters", "👤 Users", "📋 My orders", "/order 1"]
    {
        assert!(world.say(STRANGER, STRANGER, text).in_chat(STRANGER).contains("not allowed"), "{text}");
    }
    assert_eq!(world.status(order), OrderStatus::Assigned);
    for secret in [crate::bot::testing::CLIENT, crate::bot::testing::PHONE, crate::bot::testing::ADDRESS] {
        assert!(!world.shows(STRANGER, secret));
    }
}

#[test]
fn unknown_buttons_and_those_of_a_lost_dialogue_get_a_notice() {
    let mut world = World::new();
    for data in ["nonsense", "accept_order:x", "view_order:1:2", ""] {
        assert!(!world.press(ADMIN, ADMIN, 7, data).toast().is_empty(), "{data:?}");
    }
    for data in [
        "confirm_order",
        "confirm_add_master",
        "review:yes",
        "out_of_city:no",
        "close_as_refusal",
        "equipment:Сантехника",
        "dialog_skip:6",
        "dialog_back:2",
    ] {
        let heard = world.press(ADMIN, ADMIN, 7, data);
        assert!(heard.toast().contains("out of date"), "{data}: {heard:?}");
        assert!(heard.messages.is_empty());
    }
    for data in ["no_orders", "current_page"] {
        assert_eq!(world.press(ADMIN, ADMIN, 7, data).toast(), "");
    }
}

/// Whether an answer has the button that continues what was left.
fn offers_continuation(world: &World, person: i64, heard: &Heard) -> bool {
    let offers =
        |message: i32| world.buttons(person, message).iter().any(|data| data.starts_with("continue_"));
    heard.messages.iter().any(|(chat, message, _)| *chat == person && offers(*message))
}

#[test]
fn menu_commands_and_cards_leave_the_draft_and_only_cancel_ends_it() {
    let mut world = World::new();
    let order = world.order();
    world.say(DISPATCHER, DISPATCHER, "➕ Создать заявку");
    world.say(DISPATCHER, DISPATCHER, "Oven");
    for text in ["👥 Мастера", "/help", "/order 1", "/start", "📋 All orders", "⚙️ Settings"] {
        let heard = world.say(DISPATCHER, DISPATCHER, text);
        assert!(offers_continuation(&world, DISPATCHER, &heard), "{text}: {heard:?}");
    }
    let heard = world.press(DISPATCHER, DISPATCHER, 5, &format!("view_order:{order}"));
    assert!(offers_continuation(&world, DISPATCHER, &heard), "{heard:?}");
    let asked = world.press_offered(DISPATCHER, DISPATCHER, "continue_dialogue").in_chat(DISPATCHER);
    assert!(asked.contains("Step 2 of 8"), "{asked}");
    assert!(world.say(DISPATCHER, DISPATCHER, "does not heat").in_chat(DISPATCHER).contains("Step 3 of 8"));
    let again = world.say(DISPATCHER, DISPATCHER, "➕ New order").in_chat(DISPATCHER);
    assert!(again.contains("unfinished order") && again.contains("Step 3 of 8"), "{again}");
    assert!(world.say(DISPATCHER, DISPATCHER, "❌ Отмена").in_chat(DISPATCHER).contains("Cancelled"));
    assert!(world.say(DISPATCHER, DISPATCHER, "/cancel").in_chat(DISPATCHER).contains("nothing to cancel"));
    assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
    assert_eq!(world.count_orders(), 1);
}

#[test]
fn draft_waits_while_another_dialogue_runs() {
    let mut world = World::new();
    let order = world.order();
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    for answer in ["Oven", "does not heat"] {
        world.say(DISPATCHER, DISPATCHER, answer);
    }
    world.press(DISPATCHER, DISPATCHER, 5, &format!("refuse_order:{order}"));
    let refused = world.press_offered(DISPATCHER, DISPATCHER, "dialog_skip:1");
    assert_eq!(world.status(order), OrderStatus::Refused);
    assert!(offers_continuation(&world, DISPATCHER, &refused), "{refused:?}");
    let asked = world.say(DISPATCHER, DISPATCHER, crate::bot::testing::PHONE).in_chat(DISPATCHER);
    assert!(asked.contains("Step 4 of 8"), "{asked}");
}

#[test]
fn left_question_about_an_order_takes_no_text_until_it_is_continued() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("group_refuse_order:{order}"));
    let left = world.say(MASTER, MASTER, "📋 My orders");
    assert!(offers_continuation(&world, MASTER, &left), "{left:?}");
    let heard = world.say(MASTER, MASTER, "thanks");
    assert!(heard.in_chat(MASTER).contains("don't understand"), "{heard:?}");
    assert_eq!(world.status(order), OrderStatus::Assigned);
    let asked = world.press_offered(MASTER, MASTER, "continue_dialogue").in_chat(MASTER);
    assert!(asked.contains(&format!("#{order}")), "{asked}");
    world.say(MASTER, MASTER, "no time");
    assert_eq!(world.status(order), OrderStatus::New);
    assert!(!world.is_in_dialogue(MASTER, MASTER));
}

#[test]
fn buttons_of_a_left_question_work_and_cancel_ends_the_right_one() {
    let mut world = World::new();
    let first = world.order();
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    world.say(DISPATCHER, DISPATCHER, "Oven");
    world.press(DISPATCHER, DISPATCHER, 5, &format!("refuse_order:{first}"));
    let (question, cancel) = world.offer(DISPATCHER, "cancel");
    world.say(DISPATCHER, DISPATCHER, "📋 All orders");
    world.press(DISPATCHER, DISPATCHER, question, &cancel);
    assert_eq!(world.status(first), OrderStatus::New);
    let asked = world.say(DISPATCHER, DISPATCHER, "does not heat").in_chat(DISPATCHER);
    assert!(asked.contains("Step 3 of 8"), "{asked}");
}

#[test]
fn an_expired_dialogue_is_announced_and_the_message_is_still_handled() {
    let mut world = World::new();
    world.say(DISPATCHER, DISPATCHER, "➕ New order");
    world.wait(TimeDelta::hours(25));
    let said = world.say(DISPATCHER, DISPATCHER, "📋 All orders").in_chat(DISPATCHER);
    assert!(said.contains("for a day") && said.contains("All orders"), "{said}");
    assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER));
}

#[test]
fn answer_to_an_expired_dialogue_is_answered_once_and_with_the_menu() {
    let mut world = World::new();
    for answer in [json!({ "text": "Sample" }), json!({ "sticker": {} }), json!({ "text": "⏭️ Skip" })] {
        world.say(DISPATCHER, DISPATCHER, "➕ New order");
        world.wait(TimeDelta::hours(25));
        let heard = world.send(DISPATCHER, DISPATCHER, answer);
        let [(_, message, text)] = &heard.messages[..] else { panic!("{heard:?}") };
        assert!(text.contains("for a day"), "{heard:?}");
        assert!(world.keys(DISPATCHER, *message).contains(&"➕ New order".to_owned()), "{heard:?}");
    }
}

#[test]
fn keys_of_a_dialogue_are_told_that_there_is_no_question() {
    let mut world = World::new();
    for key in ["⏭️ Пропустить", "✅ Подтвердить", "⬅️ Back"] {
        let heard = world.say(MASTER, MASTER, key);
        assert!(heard.in_chat(MASTER).contains("no question for you"), "{key}: {heard:?}");
    }
}

#[test]
fn only_a_user_without_a_role_is_told_to_ask_for_access() {
    let mut world = World::new();
    for (user, expected) in [(STRANGER, "for access"), (MASTER, "For masters"), (ADMIN, "For dispatchers")] {
        let said = world.say(user, user, "ℹ️ Информация").in_chat(user);
        assert!(said.contains(expected), "{said}");
        assert_eq!(said.contains("for access"), user == STRANGER, "{said}");
    }
}

#[test]
fn staff_buttons_do_not_work_in_groups() {
    let mut world = World::new();
    let order = world.order();
    for data in
        [format!("assign_master:{order}"), "filter_orders:all".to_owned(), "list_all_masters".to_owned()]
    {
        let heard = world.press(DISPATCHER, GROUP, 7, &data);
        assert!(heard.toast().contains("private chat") && heard.messages.is_empty(), "{data}: {heard:?}");
    }
    for heard in [
        world.press(DISPATCHER, GROUP, 7, &format!("view_order:{order}")),
        world.say(DISPATCHER, GROUP, "/order 1"),
    ] {
        assert!(!heard.in_chat(GROUP).contains("Testov"), "{heard:?}");
    }
    assert!(!world.shows(GROUP, "+7 999"));
}

#[test]
fn caption_that_cancels_leaves_the_dialogue_and_any_other_is_an_answer() {
    let mut world = World::new();
    let mut captioned = |caption: &str| {
        world.say(DISPATCHER, DISPATCHER, "/cancel");
        world.say(DISPATCHER, DISPATCHER, "➕ New order");
        world.say(DISPATCHER, DISPATCHER, "Oven");
        let photo = json!({ "photo": [{ "file_id": "f" }], "caption": caption });
        let heard = world.send(DISPATCHER, DISPATCHER, photo).in_chat(DISPATCHER);
        (heard, world.is_in_dialogue(DISPATCHER, DISPATCHER))
    };
    for caption in ["/cancel", "/cancel@test_bot", "Отмена", "❌ Cancel"] {
        let (heard, is_open) = captioned(caption);
        assert!(heard.contains("Cancelled") && !is_open, "{caption}: {heard}");
    }
    for caption in ["Cancel the noise of the oven", "/start", "/cancel@other_bot"] {
        let (heard, is_open) = captioned(caption);
        assert!(heard.contains("Step 3") && is_open, "{caption}: {heard}");
    }
}
