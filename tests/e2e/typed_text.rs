//! What users type: short answers, invisible characters, amounts as people write them, labels without their emoji, and
//! commands that do not exist.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;

use crate::database_rows::{CLIENT, PHONE};
use crate::dialogue::answers;
use crate::texts::{about, english, first_line, key, text, text_with};
use crate::world::{ADMIN, Backend, ChatUser, GROUP, MASTER, OTHER_MASTER, STRANGER, World, staffed};

/// A master at the question for the reason to decline an order.
fn asked_for_reason(world: &World, order: i64) -> ChatUser<'_> {
    let master = world.master();
    master.presses_old(&format!("refuse_order_master:{order}"));
    master.hears(first_line(&about("decline-ask-reason", order)));
    master
}

#[rstest]
fn short_everyday_answers_are_taken(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    for (description, name, address) in [("Не греет", "Анна", "Ленина 5"), ("Течь", "Ян", "д. Сосновка")]
    {
        for answer in [key::CREATE, "Сантехника", description, PHONE, name, address, key::SKIP, key::SKIP]
        {
            dispatcher.says(answer);
        }
        dispatcher.says(key::CONFIRM);
        let order = world.order(world.last_order());
        assert_eq!((order.description.as_str(), order.client_name.as_str()), (description, name));
        assert_eq!(order.client_address, address);
    }
}

#[rstest]
fn phone_number_is_neither_name_nor_address(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 3);
    for (question, answer) in [("order-ask-client-name", "Анна"), ("order-ask-address", "Ленина 5")]
    {
        for phone in [PHONE, "8 (999) 000-11-22", "тел. 89990001122"] {
            dispatcher.says(phone).hears_all(&[&text("error-is-phone"), &text(question)]);
        }
        dispatcher.says(answer);
    }
    dispatcher.hears(first_line(&text("order-ask-notes")));
}

#[rstest]
fn invisible_characters_count_nowhere(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    dispatcher.says("\u{200b}➕\u{a0}Создать заявку\u{feff}");
    dispatcher.says("\u{200e}Сантехника");
    let empty = text("error-empty");
    let steps: [(&str, &str); 5] = [
        (&"\u{200b}".repeat(10), "\u{feff}Не\u{a0}гре\u{ad}ет\u{200b}"),
        ("\u{fe0f}", "\u{202a}+7 999 000-11-22\u{202c}"),
        ("\u{3164}", "\u{202b}И\u{306}озеф\u{202c}"),
        ("\u{2800}\u{2800}\u{2800}\u{2800}", "Ленина\u{202f}5"),
        ("\u{2800}", "кнопка 1\u{fe0f}\u{20e3} 👩\u{200d}🔧\u{200b}"),
    ];
    for (nothing, answer) in steps {
        let heard = dispatcher.says(nothing).hears("\n\n");
        let is_phone = heard.text.contains(&text("order-ask-phone"));
        assert!(heard.text.contains(&empty) || is_phone, "{nothing:?}: {}", heard.text);
        dispatcher.says(answer);
    }
    dispatcher.says(key::SKIP);
    dispatcher.says(key::CONFIRM);
    let order = world.order(world.last_order());
    assert_eq!((order.description.as_str(), order.client_name.as_str()), ("Не греет", "Йозеф"));
    assert_eq!((order.client_address.as_str(), order.client_phone.as_str()), ("Ленина 5", "+79990001122"));
    assert_eq!(order.notes.as_deref(), Some("кнопка 1\u{fe0f}\u{20e3} 👩\u{200d}🔧"));
}

#[rstest]
fn person_id_with_invisible_marks_is_taken(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    dispatcher.presses_old("add_master");
    dispatcher.says("\u{200e}３００１\u{200f}").hears(first_line(&text("add-master-ask-phone")));
    for answer in ["\u{202a}8 999 000-11-33\u{202c}", "печи", "подтвердить"] {
        dispatcher.says(answer);
    }
    dispatcher.hears(&text_with("add-master-done-pending", &[("name", "Степан Посторонний")]));
    assert_ne!(world.master_id(STRANGER), world.master_id(OTHER_MASTER));
    let granted = format!("\u{200e}{STRANGER}\u{200f}");
    world.ask(&["users", "grant", &granted, "DISPATCHER"]).ends(0);
    world.ask(&["users", "show", &granted]).ends(0);
}

#[rstest]
fn amounts_are_taken_as_people_write_them(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let master = world.master();
    for (total, materials, kopecks) in [
        ("5000р", "500 руб.", (500_000, 50_000)),
        ("5\u{a0}000\u{a0}₽", "1,5 тыс", (500_000, 150_000)),
        ("12.500,50", "5к", (1_250_050, 500_000)),
        ("\u{2066}５０００\u{2069}", "5.000", (500_000, 500_000)),
    ] {
        let order = world.order_in(OrderStatus::OnSite);
        master.presses_old(&format!("complete_order:{order}"));
        for unclear in ["5,000", "5.000.5", "пять тысяч", "1.234 тыс"] {
            master.says(unclear).hears(first_line(&text("close-ask-total")));
        }
        for answer in [total, materials, "Да!", "да"] {
            master.says(answer);
        }
        master.hears(&about("closed-done", order));
        let closed = world.order(order);
        let amounts = (closed.total.unwrap().0, closed.materials.unwrap().0);
        assert_eq!(amounts, kopecks, "{total}, {materials}");
    }
}

#[rstest]
fn label_is_recognised_without_its_emoji(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Assigned);
    for typed in ["Отмена", "отмена.", "ОТМЕНА !", "\u{200b}❌Отмена", "  cancel", "Cancel\u{fe0f}"]
    {
        asked_for_reason(&world, order).says(typed).hears(&text("dialogue-cancelled"));
        assert_eq!((world.status(order), world.dialogues()), (OrderStatus::Assigned, 0), "{typed:?}");
    }
    let reason = "Отмена: клиент уехал";
    asked_for_reason(&world, order).says(reason).hears(&about("declined-done", order));
    let dispatcher = world.dispatcher();
    dispatcher.hears(reason);
    dispatcher.says("создать  заявку").hears(&text("order-ask-equipment"));
    answers(dispatcher, 5);
    dispatcher.says("Пропустить").hears(first_line(&text("order-ask-time")));
    dispatcher.says("назад").hears(first_line(&text("order-ask-notes")));
    dispatcher.says("SKIP");
    dispatcher.says("skip").hears(&text("order-ask-confirmation"));
    dispatcher.says("Подтвердить").hears(&about("order-created", order + 1));
}

#[rstest]
fn unknown_command_is_no_answer(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Assigned);
    let master = asked_for_reason(&world, order);
    for typed in ["/foo", "/cancle", "/ cancel", "／cancel", "/отмена", "/orders 5"] {
        master.says(typed).hears(&text("command-unknown-dialogue"));
        assert_eq!((world.status(order), world.dialogues()), (OrderStatus::Assigned, 1), "{typed:?}");
    }
    master.says("/cancel.").hears(&text("dialogue-cancelled"));
    master.says("/foo").hears(&text("command-unknown"));
    let reason = "/ 5 км пешком не пойду";
    asked_for_reason(&world, order).says(reason).hears(&about("declined-done", order));
    world.dispatcher().hears(reason);
    assert!(english("command-unknown-dialogue").contains("/cancel"));
}

#[rstest]
fn unknown_command_in_a_group_is_not_answered(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.admin().acts(|telegram| telegram.add_bot_to_group(ADMIN, GROUP));
    let group = world.master().in_group();
    group.says("/weather");
    group.says("/weather tomorrow");
    group.says("/help").hears(first_line(&text("help-group")));
    assert_eq!(world.texts_sent_to(GROUP).len(), 1);
}

#[rstest]
fn order_number_is_read_however_it_is_written(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::New);
    let dispatcher = world.dispatcher();
    for typed in [
        format!("/order №\u{a0}{order}"),
        format!("/order_{order}"),
        format!("/order №{order}"),
        format!("/order  {order}"),
        format!("/order{order}"),
        format!("/order№ {order}"),
        format!("\u{200e}/order #{order}."),
    ] {
        dispatcher.says(&typed).hears_all(&[&format!("№{order}"), CLIENT]);
    }
    dispatcher.says("/order").hears(first_line(&text("order-usage")));
    dispatcher.says("/order шесть").hears(first_line(&text("order-usage")));
}

#[rstest]
fn masters_of_one_name_are_told_apart(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    for id in [MASTER, OTHER_MASTER] {
        world.sandbox.add_user(telegram_sandbox::TelegramUser::new(id, "Иван"));
    }
    world.master().says("/start").hears("Иван");
    world.other_master().says("/start").hears("Иван");
    let order = world.order_in(OrderStatus::New);
    let dispatcher = world.dispatcher();
    dispatcher.presses_old(&format!("assign_master:{order}"));
    let choice = dispatcher.hears(first_line(&about("assign-ask-master", order)));
    let labels: Vec<&str> = choice
        .buttons()
        .filter(|button| button.data.as_ref().is_some_and(|data| data.starts_with("select_master")))
        .map(|button| button.label.as_str())
        .collect();
    assert!(labels.len() == 2 && labels[0] != labels[1], "{labels:?}");
    assert!(labels.iter().all(|label| label.starts_with("Иван · ")), "{labels:?}");
}
