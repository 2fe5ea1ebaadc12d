//! The steps of the dialogues: what is wrong with an answer, skipping, going back, leaving, and coming back to one that
//! is no more.

use rstest::rstest;

use crate::database_rows::{ADDRESS, CLIENT, PHONE, STORED_PHONE};
use crate::texts::{about, first_line, key, text, text_with};
use crate::world::{Backend, ChatUser, MASTER, execute, staffed};
use botctl::testing::domain::OrderStatus;

/// Right answers to the first seven steps of the new-order dialogue.
pub const ANSWERS: [&str; 7] =
    ["Сантехника", "Течёт труба под раковиной", PHONE, CLIENT, ADDRESS, "код 12", "завтра"];

/// Begins a new order and answers the first `steps` questions.
pub fn answers(player: ChatUser<'_>, steps: usize) {
    player.says(key::CREATE);
    for answer in &ANSWERS[..steps] {
        player.says(answer);
    }
}

#[rstest]
fn invalid_answer_is_explained_and_asked_again(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    let long = |letters: usize| "ы".repeat(letters);
    let number = |key: &str, name: &'static str, value: &str| {
        first_line(&text_with(key, &[(name, value)])).chars().take(12).collect::<String>()
    };
    let too_short = number("error-too-short", "min", "4");
    let too_long = number("error-too-long", "actual", "501");
    let ask_description = text_with("order-ask-description", &[("min", "4"), ("max", "500")]);
    let questions = [
        text("order-ask-equipment"),
        ask_description,
        text("order-ask-phone"),
        text("order-ask-client-name"),
        text("order-ask-address"),
        text("order-ask-notes"),
        text("order-ask-time"),
        text("order-ask-confirmation"),
    ];
    let wrong: [Vec<(String, String)>; 7] = [
        vec![("Пылесосы".into(), text("error-equipment"))],
        vec![
            ("ток".into(), too_short.clone()),
            (long(501), too_long.clone()),
            (" \n ".into(), String::new()),
        ],
        vec![
            ("123".into(), text("error-phone")),
            ("+380501234567".into(), text("error-phone")),
            ("+7 000 123-45-67".into(), text("error-phone")),
            ("телефон".into(), text("error-phone")),
        ],
        vec![
            ("Я".into(), too_short.clone()),
            ("12345".into(), text("error-needs-letter")),
            (long(201), too_long.clone()),
        ],
        vec![
            ("д.1".into(), too_short.clone()),
            ("12345".into(), text("error-needs-letter")),
            (PHONE.into(), text("error-is-phone")),
            (format!("1{}", long(500)), too_long.clone()),
        ],
        vec![(long(1001), too_long.clone())],
        vec![(long(101), too_long.clone())],
    ];
    dispatcher.says(key::CREATE).hears(&questions[0]);
    for (step, wrong) in wrong.iter().enumerate() {
        for (typed, complaint) in wrong.iter().filter(|(typed, _)| !typed.trim().is_empty()) {
            let heard = dispatcher.says(typed).hears(first_line(complaint));
            assert!(heard.text.contains(first_line(&questions[step])), "does not ask again: {}", heard.text);
            assert!(!heard.text.is_ascii(), "not in the person's language: {}", heard.text);
        }
        if step < 5 {
            let refusal = if step == 0 { "error-equipment" } else { "error-not-skippable" };
            dispatcher.says(key::SKIP).hears(first_line(&text(refusal)));
        }
        let heard = dispatcher.says(ANSWERS[step]).hears(first_line(&questions[step + 1]));
        let header = text_with("step-header", &[("step", &(step + 2).to_string()), ("total", "8")]);
        assert!(heard.text.contains(&header), "{:?} is not numbered {header:?}", heard.text);
    }
    dispatcher.says("ладно").hears(first_line(&text("order-confirm-by-button")));
    dispatcher.presses("confirm_order");
    assert_eq!(world.orders().len(), 1);
}

#[rstest]
fn skipped_steps_store_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 5);
    dispatcher.says(key::SKIP).hears(first_line(&text("order-ask-time")));
    dispatcher.presses("dialog_skip");
    dispatcher.hears(&text("order-ask-confirmation"));
    dispatcher.says(key::CONFIRM);
    let order = world.order(world.last_order());
    assert_eq!((order.notes, order.scheduled_time), (None, None));
}

#[rstest]
fn back_returns_one_step_from_every_step(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    let keys = [
        "order-ask-equipment",
        "order-ask-description",
        "order-ask-phone",
        "order-ask-client-name",
        "order-ask-address",
        "order-ask-notes",
        "order-ask-time",
        "order-ask-confirmation",
    ];
    let question =
        |step: usize| first_line(&text_with(keys[step], &[("min", "4"), ("max", "500")])).to_owned();
    answers(dispatcher, 7);
    for step in (1..8).rev() {
        dispatcher.presses(&format!("dialog_back:{}", step + 1));
        dispatcher.hears(&question(step - 1));
    }
    // No answer has to be typed again.
    dispatcher.presses("dialog_keep:1");
    dispatcher.hears(&question(7));
    // The label of a keyboard does the same.
    dispatcher.says("⬅️ Назад").hears(&question(6));
    dispatcher.says("⬅️ Назад").hears(&question(5));
    dispatcher.says("⬅️ Назад").hears(&question(4));
    dispatcher.says("⬅️ Назад").hears(&question(3));
    dispatcher.says("Совсем Другой Клиент").hears(&question(7));
    dispatcher.says(key::CONFIRM);
    assert_eq!(world.order(world.last_order()).client_name, "Совсем Другой Клиент");
}

#[rstest]
fn cancelling_at_any_step_leaves_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    for steps in 0..=7 {
        answers(dispatcher, steps);
        match steps % 3 {
            0 => drop(dispatcher.says("/cancel").hears(&text("dialogue-cancelled"))),
            1 => drop(dispatcher.says(key::CANCEL).hears(&text("dialogue-cancelled"))),
            _ => {
                dispatcher.presses("cancel");
                dispatcher.hears(&text("dialogue-cancelled"));
            }
        }
        assert_eq!((world.orders().len(), world.dialogues()), (0, 0), "after {steps} answers");
    }
    dispatcher.says(ANSWERS[5]).hears(first_line(&text("text-not-understood-staff")));
    // The buttons of a dialogue that is over do nothing.
    assert_eq!(dispatcher.presses_old("confirm_order").text, text("error-button-outdated"));
    assert_eq!(dispatcher.presses_old("equipment:Сантехника").text, text("error-button-outdated"));
    assert_eq!((world.orders().len(), world.dialogues()), (0, 0));
}

#[rstest]
fn a_button_of_an_earlier_step_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    // Answered questions lose their buttons; a phone may not show that yet.
    answers(dispatcher, 0);
    let first = dispatcher.finds("equipment_type:1");
    dispatcher.says(ANSWERS[0]).says(ANSWERS[1]);
    let third = dispatcher.finds("dialog_back:3");
    dispatcher.says(ANSWERS[2]);
    for (message, data) in [first, third] {
        assert_eq!(dispatcher.presses_on(message, &data).text, text("button-other-step"), "{data}");
    }
    for answer in &ANSWERS[3..] {
        dispatcher.says(answer);
    }
    dispatcher.says(key::CONFIRM);
    assert_eq!(world.order(world.last_order()).equipment, "Сантехника");
}

#[rstest]
fn a_button_of_an_earlier_dialogue_changes_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 7);
    let (card, confirm) = dispatcher.finds("confirm_order");
    let (_, cancel) = dispatcher.finds("cancel");
    dispatcher.says("/cancel");
    answers(dispatcher, 7);
    dispatcher.hears(&text("order-ask-confirmation"));
    for data in [confirm, cancel] {
        assert_eq!(dispatcher.presses_on(card, &data).text, text("error-button-outdated"), "{data}");
    }
    assert_eq!((world.orders().len(), world.dialogues()), (0, 1));
    dispatcher.presses("confirm_order");
    assert_eq!((world.orders().len(), world.dialogues()), (1, 0));
}

#[rstest]
fn menu_section_leaves_the_draft_which_a_button_continues(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 2);
    dispatcher.says(key::ALL_ORDERS);
    world.restart();
    assert_eq!(world.dialogues(), 1);
    dispatcher.presses("continue_dialogue");
    dispatcher.hears(first_line(&text("order-ask-phone")));
    for answer in &ANSWERS[2..] {
        dispatcher.says(answer);
    }
    dispatcher.says(key::CONFIRM);
    assert_eq!((world.orders().len(), world.dialogues()), (1, 0));
}

#[rstest]
fn pictures_and_forwards_in_a_dialogue_are_understood_or_refused_politely(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 1);
    let from_client = telegram_sandbox::MessageOrigin::HiddenUser("Клиент".into());
    dispatcher.acts(|telegram| {
        telegram.forward_text(dispatcher.id, dispatcher.chat, from_client, "Бойлер не греет воду").update_id
    });
    dispatcher.hears(first_line(&text("order-ask-phone")));
    // A sticker.
    let sticker = format!(
        r#"{{"message":{{"message_id":9000,"date":1700000000,"chat":{{"id":{0},"type":"private","first_name":"Д"}},
        "from":{{"id":{0},"is_bot":false,"first_name":"Дарья"}},
        "sticker":{{"file_id":"s","file_unique_id":"u","type":"regular","width":1,"height":1,"is_animated":false,"is_video":false}}}}}}"#,
        dispatcher.id
    );
    dispatcher.acts(|telegram| telegram.push_raw_update(&sticker.replace('\n', "")));
    dispatcher.hears(first_line(&text("content-not-supported")));
    dispatcher.says(PHONE).hears(&text("order-ask-client-name"));
}

#[rstest]
fn a_dialogue_goes_on_after_a_restart(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 4);
    world.restart();
    dispatcher.says(ADDRESS).hears(first_line(&text("order-ask-notes")));
    world.kill();
    world.start();
    dispatcher.says(key::SKIP).hears(first_line(&text("order-ask-time")));
    dispatcher.says(key::SKIP);
    dispatcher.says(key::CONFIRM);
    let order = world.order(world.last_order());
    assert_eq!((order.client_name.as_str(), order.client_phone.as_str()), (CLIENT, STORED_PHONE));
}

#[rstest]
fn expired_dialogue_ends_with_a_notice(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 4);
    world.db(|conn| execute(conn, "UPDATE dialogues SET expires_at = '2020-01-01 00:00:00'"));
    dispatcher.says(PHONE).hears(first_line(&text("dialogue-expired")));
    assert_eq!((world.orders().len(), world.dialogues()), (0, 0));
    answers(dispatcher, 7);
    dispatcher.says(key::CONFIRM);
    assert_eq!(world.orders().len(), 1);
}

#[rstest]
fn unreadable_dialogue_ends_with_a_notice(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    for state in [
        r#"{"dialogue":"from_the_future","step":9}"#,
        "",
        "null",
        r#"{"dialogue":"close"}"#,
        "\u{0}{".trim_start_matches('\0'),
    ] {
        answers(dispatcher, 4);
        world.db(|conn| execute(conn, &format!("UPDATE dialogues SET state = '{state}'")));
        dispatcher.says(PHONE).hears(first_line(&text("dialogue-outdated")));
        assert_eq!(world.dialogues(), 0, "{state:?}");
    }
    // A new one can be begun over an unreadable one.
    answers(dispatcher, 1);
    world.db(|conn| execute(conn, "UPDATE dialogues SET state = '{}'"));
    dispatcher.says(key::CREATE);
    dispatcher.hears(first_line(&text("dialogue-outdated")));
    dispatcher.hears(&text("order-ask-equipment"));
    dispatcher
        .says("Телевизоры")
        .hears(first_line(&text_with("order-ask-description", &[("min", "4"), ("max", "500")])));
}

#[rstest]
fn the_closing_dialogue_goes_back_and_can_be_left(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let master = world.master();
    let order = world.order_in(OrderStatus::OnSite);
    master.presses_old(&format!("complete_order:{order}"));
    master.hears(first_line(&text("close-ask-total")));
    master.says("5000").hears(first_line(&text("close-ask-materials")));
    master.presses("dialog_back:2");
    master.hears(first_line(&text("close-ask-total")));
    master.says(key::SKIP).hears(first_line(&text("error-not-skippable")));
    master.says("6000").hears(first_line(&text("close-ask-materials")));
    master.says("1000").hears(&text("close-ask-review"));
    master.presses("dialog_back:3");
    master.hears(first_line(&text("close-ask-materials")));
    master.says("500").hears(&text("close-ask-review"));
    master.says("/cancel").hears(&text("dialogue-cancelled"));
    assert_eq!((world.status(order), world.dialogues()), (OrderStatus::OnSite, 0));
    master.presses_old(&format!("complete_order:{order}"));
    for answer in ["100", "0", "да", "да"] {
        master.says(answer);
    }
    master.hears(&about("closed-done", order));
    assert_eq!(world.history(order).last().unwrap().2, Some(MASTER));
}
