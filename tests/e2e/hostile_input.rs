//! What people really type and press: hostile texts, races, repeats, poisoned updates.

use botctl::testing::db::schema::inbox;
use botctl::testing::domain::OrderStatus;
use diesel::prelude::*;
use rstest::rstest;

use crate::database_rows::{ADDRESS, CLIENT, NOTES, PHONE};
use crate::texts::{about, first_line, key, stands, text, text_with};
use crate::world::{ADMIN, Backend, DISPATCHER, MASTER, OTHER_MASTER, STRANGER, World, execute, staffed};

const HOSTILE: [&str; 6] = [
    "<b>жирно</b> & <script>alert(\"1\")</script>",
    "&lt;b&gt; &amp; &#0; &nosuch; </b></a>",
    "'; DROP TABLE orders; -- /* комментарий */ \" \\ % _",
    "🔧👩‍🔧🇷🇺 é q\u{308} задом наперёд 1",
    "{ $id } {0} %s $1 ${HOME} `ls` 1",
    "<a href=\"tg://user?id=1\">1</a> <tg-spoiler>",
];

/// An order with this in every field, taken, assigned, accepted, on site, closed.
fn whole_life(world: &World, description: &str, name: &str, address: &str, notes: &str, time: &str) {
    let (dispatcher, master) = (world.dispatcher(), world.master());
    for answer in [key::CREATE, "Сантехника", description, PHONE, name, address, notes, time] {
        dispatcher.says(answer);
    }
    dispatcher.hears(&text("order-ask-confirmation"));
    dispatcher.presses("confirm_order");
    let id = world.last_order();
    let order = world.order(id);
    assert_eq!((order.description.as_str(), order.client_name.as_str()), (description, name));
    assert_eq!((order.client_address.as_str(), order.notes.as_deref()), (address, Some(notes)));
    assert_eq!(order.scheduled_time.as_deref(), Some(time));
    let master_id = world.master_id(MASTER);
    dispatcher.presses_old(&format!("view_order:{id}"));
    dispatcher.presses(&format!("assign_master:{id}"));
    dispatcher.presses(&format!("select_master_for_order:{id}:{master_id}"));
    master.hears(&about("notice-assigned", id));
    for verb in ["group_accept_order", "onsite_order"] {
        master.presses(&format!("{verb}:{id}"));
    }
    master.hears(PHONE);
    master.says(key::MY_ORDERS).hears(text("my-orders-header").split(" · ").next().unwrap());
    dispatcher.says(key::ALL_ORDERS);
    dispatcher.presses("filter_orders:all");
    dispatcher.hears(&text("filter-all"));
    master.presses(&format!("complete_order:{id}"));
    for answer in ["1000", "0", "да", "да"] {
        master.says(answer);
    }
    dispatcher.hears(&format!("№{id}"));
    assert_eq!(world.status(id), OrderStatus::Closed);
}

#[rstest]
fn hostile_text_in_any_field_is_stored_as_typed_and_shown_as_typed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    for (n, hostile) in HOSTILE.iter().enumerate() {
        let (description, name) = (format!("{hostile} поломка"), format!("Клиент {hostile}"));
        let (address, notes, time) = (
            format!("дом 1, {hostile}"),
            format!("{hostile}\nвторая строка"),
            format!("завтра {n} {hostile}"),
        );
        whole_life(&world, &description, &name, &address, &notes, &time);
        dispatcher.presses_old(&format!("view_order:{}", world.last_order()));
        let card = dispatcher.hears(&description);
        for typed in [&name, &address, &notes, &time] {
            assert!(card.text.contains(typed.as_str()), "{typed:?} is not in {:?}", card.text);
        }
    }
    assert_eq!(world.terminate(), 0);
    assert_eq!(world.dead_letters(), []);
    world.start();
}

#[rstest]
fn texts_as_long_as_telegram_lets_them_be_are_shortened_and_never_fail(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed()
        .with("MAX_DESCRIPTION_LENGTH", "4000")
        .with("MAX_NOTES_LENGTH", "4000")
        .build_or_skip(backend)
    else {
        return;
    };
    for letter in ["&", "🔧", "ы"] {
        let long = |letters: usize| letter.repeat(letters);
        // Telegram counts UTF-16 units, and 4096 of them are a message.
        let most = if letter == "🔧" { 2_048 } else { 4_000 };
        whole_life(
            &world,
            &long(most),
            &format!("Имя{}", long(197)),
            &format!("д{}", long(499)),
            &long(most),
            &long(100),
        );
    }
    let too_long = "ы".repeat(4_096);
    let dispatcher = world.dispatcher();
    dispatcher.says(&too_long).hears(first_line(&text("text-not-understood-staff")));
    dispatcher.says(key::CREATE);
    dispatcher.says(&too_long).hears(first_line(&text("error-equipment")));
    dispatcher.says("Сантехника");
    dispatcher.says(&too_long).hears("4096");
    dispatcher.says("/cancel");
    let order = world.order_in(OrderStatus::Assigned);
    world.master().presses_old(&format!("refuse_order_master:{order}"));
    world.master().says(&too_long).hears("4096");
    world.master().says(&"<".repeat(500)).hears(&about("declined-done", order));
    dispatcher.hears(&"<".repeat(100));
    assert_eq!(world.terminate(), 0);
    assert_eq!(world.dead_letters(), []);
    world.start();
}

#[rstest]
fn hostile_names_of_people_break_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    for (id, name) in [(MASTER, "<b>Ми&ша</b>"), (DISPATCHER, "\"Д\" <i>"), (STRANGER, "&")] {
        world.sandbox.add_user(telegram_sandbox::TelegramUser::new(id, name));
    }
    world.stranger().says("/start").hears("&");
    world.master().says("/start").hears("<b>Ми&ша</b>");
    world.dispatcher().says("/start").hears("\"Д\" <i>");
    let order = world.order_in(OrderStatus::New);
    let id = world.master_id(MASTER);
    world.dispatcher().presses_old(&format!("view_order:{order}"));
    world.dispatcher().presses(&format!("assign_master:{order}"));
    let toast = world.dispatcher().presses_label("<b>Ми&ша</b>");
    assert!(toast.text.contains("<b>Ми&ша</b>"), "{toast:?}");
    world.master().presses(&format!("group_accept_order:{order}"));
    world.dispatcher().hears("<b>Ми&ша</b>");
    world.admin().presses_old(&format!("manage_master:{MASTER}"));
    world.admin().hears("<b>Ми&ша</b>");
    assert_eq!(world.order(order).assigned_master, Some(id));
}

#[rstest]
fn concurrent_assignments_make_one_and_tell_the_other(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (first, second) = (world.master_id(MASTER), world.master_id(OTHER_MASTER));
    for _ in 0..12 {
        let order = world.order_in(OrderStatus::New);
        let presses = [
            world.sandbox.press_button(
                DISPATCHER,
                DISPATCHER,
                1,
                &format!("select_master_for_order:{order}:{first}"),
            ),
            world.sandbox.press_button(ADMIN, ADMIN, 1, &format!("select_master_for_order:{order}:{second}")),
        ];
        let mut outcomes: Vec<String> =
            presses.iter().map(|press| world.wait_until_handled(press.update_id)).collect();
        let answers: Vec<String> = presses
            .iter()
            .map(|press| world.wait("an answer", |state| state.answer_to(&press.query_id).cloned()).text)
            .collect();
        assert_eq!(world.way(order), ["→NEW", "NEW→ASSIGNED"], "{outcomes:?} {answers:?}");
        let told = answers.iter().filter(|answer| answer.contains(&stands(OrderStatus::Assigned))).count();
        assert_eq!(told, 1, "{answers:?}");
        outcomes.sort();
        let winner = world.order(order).assigned_master.unwrap();
        assert!(winner == first || winner == second);
    }
    world.allow_failed_calls();
}

#[rstest]
fn concurrent_presses_keep_the_history_consistent(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    for n in 0..12 {
        let order = world.order_in(OrderStatus::Assigned);
        let (master, staff) = (format!("accept_order:{order}"), format!("unassign_master:{order}"));
        let presses = if n % 2 == 0 {
            [
                world.sandbox.press_button(MASTER, MASTER, 1, &master),
                world.sandbox.press_button(DISPATCHER, DISPATCHER, 1, &staff),
            ]
        } else {
            [
                world.sandbox.press_button(DISPATCHER, DISPATCHER, 1, &staff),
                world.sandbox.press_button(MASTER, MASTER, 1, &master),
            ]
        };
        for press in &presses {
            world.wait_until_handled(press.update_id);
        }
        // Either the master was first, and then taken off, or there was nothing left to accept.
        let way = world.way(order);
        let with_accept = ["→NEW", "NEW→ASSIGNED", "ASSIGNED→ACCEPTED", "ACCEPTED→NEW"];
        assert!(way == with_accept || way == ["→NEW", "NEW→ASSIGNED", "ASSIGNED→NEW"], "{way:?}");
        assert_eq!((world.status(order), world.order(order).assigned_master), (OrderStatus::New, None));
    }
}

#[rstest]
fn repeated_press_counts_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let master_id = world.master_id(MASTER);
    let order = world.order_in(OrderStatus::New);
    let thumb_on = |who: i64, (message, data): (i64, String)| {
        let presses: Vec<_> = (0..5).map(|_| world.sandbox.press_button(who, who, message, &data)).collect();
        for press in presses {
            world.wait_until_handled(press.update_id);
            world.wait("an answer to each", |state| state.answer_to(&press.query_id).cloned());
        }
    };
    let thumb = |who: i64, data: &str| thumb_on(who, (1, data.to_owned()));
    thumb(DISPATCHER, &format!("select_master_for_order:{order}:{master_id}"));
    thumb(MASTER, &format!("group_accept_order:{order}"));
    thumb(MASTER, &format!("onsite_order:{order}"));
    thumb(MASTER, &format!("dr_order:{order}"));
    world.master().promises_a_day();
    assert_eq!(
        world.way(order),
        ["→NEW", "NEW→ASSIGNED", "ASSIGNED→ACCEPTED", "ACCEPTED→ONSITE", "ONSITE→DR"]
    );
    let notice = text_with("notice-accepted", &[("id", &order.to_string()), ("master", "Михаил Мастеров")]);
    let notices = world.texts_sent_to(DISPATCHER).iter().filter(|said| said.contains(&notice)).count();
    assert_eq!(notices, 1, "the dispatcher was told of one acceptance {notices} times");
    // The last step of the dialogue, in the dialogue.
    crate::dialogue::answers(world.dispatcher(), 7);
    thumb_on(DISPATCHER, world.dispatcher().finds("confirm_order"));
    assert_eq!(world.orders().len(), 2);
    thumb(MASTER, &format!("complete_order:{order}"));
    world.master().says("100").says("0");
    thumb_on(MASTER, world.master().finds("review:yes"));
    thumb_on(MASTER, world.master().finds("dialog_confirm"));
    assert_eq!(world.way(order).last().unwrap(), "DR→CLOSED");
    assert_eq!(world.way(order).len(), 6);
}

#[rstest]
fn redelivered_update_counts_once(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, stranger) = (world.dispatcher(), world.stranger());
    crate::dialogue::answers(dispatcher, 7);
    let sent = world.sandbox.send_text(DISPATCHER, DISPATCHER, key::CONFIRM);
    world.wait_until_handled(sent.update_id);
    dispatcher.sees(&about("order-created", world.last_order()));
    let (heard, audit) = (dispatcher.count_texts(), world.audit());
    let payload: String =
        world.db(|conn| inbox::table.find(sent.update_id).select(inbox::payload).first(conn)).unwrap();
    for _ in 0..2 {
        world.sandbox.push_raw_update(&payload);
        stranger.says("/help");
    }
    world.kill();
    world.sandbox.push_raw_update(&payload);
    world.start();
    stranger.says("/help");
    assert_eq!((world.orders().len(), world.audit()), (1, audit));
    dispatcher.assert_silent_since(heard);
}

#[rstest]
fn failing_update_becomes_a_dead_letter_with_an_apology(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.db(|conn| execute(conn, &format!("UPDATE users SET role = 'BOSS' WHERE telegram_id = {STRANGER}")));
    let sent = world.sandbox.send_text(STRANGER, STRANGER, "/start");
    assert_eq!(world.wait_until_handled(sent.update_id), "failed");
    world.stranger().sees(&text("error-internal"));
    let toast = world.stranger().presses_old("view_order:1");
    assert_eq!((toast.text, toast.outcome.as_str()), (text("error-internal"), "failed"));
    assert_eq!(world.inbox_outcome(sent.update_id).as_deref(), Some("failed"));
    world.dispatcher().says("/start").hears("Дарья");
    world.restart();
    world.db(|conn| {
        execute(conn, &format!("UPDATE users SET role = 'UNKNOWN' WHERE telegram_id = {STRANGER}"));
    });
    world.stranger().says("/start").hears("Степан");
    assert_eq!(world.unfinished(), 0);
}

#[rstest]
fn client_data_is_never_logged(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().with("LOG_LEVEL", "DEBUG").build_or_skip(backend) else { return };
    whole_life(&world, "Особая примета: ЪЪЪ", CLIENT, ADDRESS, NOTES, "завтра после 15");
    world.dispatcher().says("что-то непонятное: ЫЫЫ");
    world.master().presses_old("nonsense:ЭЭЭ");
    let logs = world.logs();
    for secret in [
        PHONE,
        "9990001122",
        "999 000",
        CLIENT,
        "Клара",
        ADDRESS,
        NOTES,
        "ЪЪЪ",
        "ЫЫЫ",
        "ЭЭЭ",
        "Алла",
        "Админова",
    ] {
        assert!(!logs.contains(secret), "{secret:?} is in the log");
    }
}
