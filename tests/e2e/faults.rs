//! A Telegram that fails: others' messages go on, nothing is lost, and what can never be delivered is set aside with its
//! reason.

use std::time::Duration;

use botctl::testing::domain::OrderStatus;
use rstest::rstest;
use telegram_sandbox::{ApiCall, CallOutcome, Fault, FaultKind};

use crate::texts::{key, text, text_with};
use crate::world::{Backend, DISPATCHER, MASTER, STRANGER, World, empty, staffed};

/// The calls that wanted to send something to a chat, oldest first.
fn sends(world: &World, chat: i64) -> Vec<ApiCall> {
    // What is on the screen is in the log of calls too from here on.
    world.texts_sent_to(chat);
    let is_send = |call: &ApiCall| call.method == "sendMessage" && call.params["chat_id"] == chat;
    world.sandbox.api_calls().into_iter().filter(is_send).collect()
}

#[rstest]
fn flood_wait_delays_only_its_chat(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let (dispatcher, stranger) = (world.dispatcher(), world.stranger());
    let before = sends(&world, DISPATCHER).len();
    world
        .sandbox
        .add_fault(Fault::times(FaultKind::TooManyRequests { retry_after: 2 }, 1).in_chat(DISPATCHER));
    dispatcher.says("/help");
    dispatcher.says("/start");
    stranger.says("/help").hears(&STRANGER.to_string());
    dispatcher.sees(&text("help-footer"));
    dispatcher.hears("Дарья");
    let calls = &sends(&world, DISPATCHER)[before..];
    assert_eq!(calls.len(), 3, "one refused, two delivered: {calls:#?}");
    let CallOutcome::Error { code: 429, .. } = calls[0].outcome else { panic!("{calls:#?}") };
    let waited = calls[1].at.duration_since(calls[0].at).unwrap();
    assert!(waited >= Duration::from_millis(1_950), "{waited:?}");
    assert_eq!(calls[0].params["text"], calls[1].params["text"], "the order within the chat is lost");
    let others = sends(&world, STRANGER).pop().unwrap();
    assert!(others.number < calls[1].number, "another chat had to wait too");
    assert_eq!(world.dead_letters(), []);
}

#[rstest]
fn server_errors_are_retried_until_success(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let (dispatcher, stranger) = (world.dispatcher(), world.stranger());
    world.sandbox.add_fault(
        Fault::times(FaultKind::ServerError { code: 500 }, 1).for_method("sendMessage").in_chat(DISPATCHER),
    );
    world.sandbox.add_fault(
        Fault::times(FaultKind::ServerError { code: 502 }, 1).for_method("sendMessage").in_chat(DISPATCHER),
    );
    dispatcher.says("/help");
    stranger.says("/help").hears(&STRANGER.to_string());
    dispatcher.sees(&text("help-footer"));
    let delivered =
        world.texts_sent_to(DISPATCHER).iter().filter(|said| said.contains(&text("help-footer"))).count();
    assert_eq!((delivered, world.dead_letters()), (1, vec![]));
}

#[rstest]
fn hanging_call_does_not_block_other_chats(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, stranger) = (world.dispatcher(), world.stranger());
    let before = sends(&world, DISPATCHER).len();
    world.sandbox.add_fault(
        Fault::times(FaultKind::Hang { duration: Some(Duration::from_secs(2)) }, 1)
            .for_method("sendMessage")
            .in_chat(DISPATCHER),
    );
    dispatcher.says("/help");
    for _ in 0..3 {
        stranger.says("/help").hears(&STRANGER.to_string());
    }
    // A hanging call gets into the log when it ends.
    assert_eq!(sends(&world, DISPATCHER).len(), before, "the call did not hang while others went on");
    dispatcher.sees(&text("help-footer"));
    assert_eq!(sends(&world, DISPATCHER).len(), before + 1);
}

#[rstest]
fn a_connection_that_breaks_loses_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let dispatcher = world.dispatcher();
    for (kind, most) in [(FaultKind::DropBefore, 1), (FaultKind::DropAfter, 2)] {
        let before = dispatcher.count_texts();
        let count = |world: &World| {
            world.sandbox.read_state(|state| {
                state
                    .iter_messages(DISPATCHER)
                    .filter(|message| message.text.contains(&text("help-footer")))
                    .count()
            })
        };
        let seen = count(&world);
        world.sandbox.add_fault(Fault::times(kind.clone(), 1).for_method("sendMessage").in_chat(DISPATCHER));
        dispatcher.says("/help");
        // Behind it in the same chat: when this is there, that is too.
        dispatcher.says("/start").hears("Дарья");
        let seen = count(&world) - seen;
        assert!((1..=most).contains(&seen), "{kind:?}: seen {seen} times");
        assert!(dispatcher.count_texts() > before);
    }
    assert_eq!(world.dead_letters(), []);
}

#[rstest]
fn blocked_bot_makes_a_dead_letter_for_that_user_only(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let order = world.order_in(OrderStatus::New);
    let (first, second) = (world.master_id(MASTER), world.master_id(crate::world::OTHER_MASTER));
    world.sandbox.block_bot(MASTER);
    world.dispatcher().presses_old(&format!("select_master_for_order:{order}:{first}"));
    world.wait_for_log(&["dead letter", &MASTER.to_string()]);
    // The order waits for a master who does not know of it.
    world.dispatcher().hears(&undelivered(order, &text("undelivered-blocked")));
    assert_eq!(world.status(order), OrderStatus::Assigned);
    world.dispatcher().presses_old(&format!("select_new_master_for_order:{order}:{second}"));
    world.other_master().hears(&format!("№{order}"));
    assert_eq!(world.terminate(), 0);
    let dead = world.dead_letters();
    assert!(
        !dead.is_empty()
            && dead.iter().all(|(chat, reason)| *chat == MASTER && reason.contains("blocked by the user")),
        "{dead:?}"
    );
    assert_eq!(world.messages_that_are("pending"), 0);
    world.start();
    // Once unblocked, everything new comes again.
    world.sandbox.unblock_bot(MASTER);
    world.master().says(key::MY_ORDERS).hears(&text("my-orders-empty"));
}

fn undelivered(order: i64, reason: &str) -> String {
    text_with("notice-undelivered", &[("id", &order.to_string()), ("reason", reason)])
}

#[rstest]
fn undelivered_card_is_reported_with_telegrams_reason_in_words(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let id = world.master_id(MASTER);
    for (code, description, reason) in [
        (400, "Bad Request: TOPIC_CLOSED", text("undelivered-topic-closed")),
        (400, "Bad Request: message thread not found", text("undelivered-no-topic")),
        (400, "Bad Request: CHAT_WRITE_FORBIDDEN", text("undelivered-no-rights")),
        (
            400,
            "Bad Request: not enough rights to send text messages to the chat",
            text("undelivered-no-rights"),
        ),
        (403, "Forbidden: user is deactivated", text("undelivered-deactivated")),
        (403, "Forbidden: bot was kicked from the supergroup chat", text("undelivered-removed")),
        (400, "Bad Request: chat not found", text("undelivered-not-started")),
        (400, "Bad Request: <b>NEW & odd</b>", "«Bad Request: <b>NEW & odd</b>»".to_owned()),
    ] {
        let order = world.order_in(OrderStatus::New);
        let fault = FaultKind::Refused { code, description: description.to_owned() };
        world.sandbox.add_fault(Fault::times(fault, 1).for_method("sendMessage").in_chat(MASTER));
        world.dispatcher().presses_old(&format!("select_master_for_order:{order}:{id}"));
        world.dispatcher().hears_all(&[&format!("№{order}"), &reason]);
    }
}

#[rstest]
fn admins_are_notified_of_shutdown_when_configured(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().with("NOTIFY_ADMINS_ON_STOP", "true").build_or_skip(backend) else { return };
    world.admin().says("/start");
    assert_eq!(world.terminate(), 0);
    world.admin().hears(&text("notice-bot-stopping"));
    assert_eq!(world.messages_that_are("pending"), 0);
    world.start();
}

#[rstest]
fn an_edit_that_changes_nothing_is_no_dead_letter(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let admin = world.admin();
    admin.says(key::ALL_ORDERS);
    admin.presses("filter_orders:NEW");
    admin.hears(text("orders-empty").lines().last().unwrap());
    let message =
        world.sandbox.read_state(|state| state.last_from_bot(admin.chat).map(|message| message.id)).unwrap();
    admin.presses_on(message, "filter_orders:NEW");
    admin.says("/help").hears(&text("help-footer"));
    let calls = world.sandbox.api_calls();
    let same = |call: &&ApiCall| matches!(&call.outcome, CallOutcome::Error { description, .. } if description.contains("not modified"));
    assert_eq!(calls.iter().filter(same).count(), 1, "this test does not show what it wants to");
    assert_eq!(world.terminate(), 0);
    assert_eq!((world.dead_letters(), world.messages_that_are("pending")), (vec![], 0));
    assert_eq!(world.messages_that_are("skipped"), 1);
    world.start();
}

#[rstest]
fn polling_continues_after_every_kind_of_failure(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    for kind in [
        FaultKind::ServerError { code: 502 },
        FaultKind::DropBefore,
        FaultKind::DropAfter,
        FaultKind::TooManyRequests { retry_after: 1 },
        FaultKind::Hang { duration: Some(Duration::from_millis(300)) },
    ] {
        world.sandbox.add_fault(Fault::times(kind, 1).for_method("getUpdates"));
        // The fault hits the poll after the one that fetches this.
        world.stranger().says("/help").hears(&STRANGER.to_string());
        world.stranger().says("/start").hears("Степан");
    }
    assert_eq!(world.sandbox.pending_faults(), []);
    assert_eq!(world.unfinished(), 0);
}

#[rstest]
fn failed_callback_answer_reverts_nothing(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let order = world.order_in(OrderStatus::Assigned);
    world
        .sandbox
        .add_fault(Fault::times(FaultKind::ServerError { code: 500 }, 1).for_method("answerCallbackQuery"));
    let press = world.sandbox.press_button(MASTER, MASTER, 1, &format!("accept_order:{order}"));
    assert_eq!(world.wait_until_handled(press.update_id), "handled");
    world.master().sees(crate::database_rows::ADDRESS);
    assert_eq!(world.status(order), OrderStatus::Accepted);
}

#[rstest]
fn competing_poller_is_logged_and_polling_resumes(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    world.stranger().says("/start").hears("Степан");
    let answer = world.call_bot_api("getUpdates", r#"{"timeout":0}"#);
    assert!(answer.contains("\"ok\":true"), "{answer}");
    let line = world.wait_for_log(&["another process polls with this token"]);
    assert!(line.contains("only one bot instance"), "{line}");
    world.stranger().says("/help").hears(&STRANGER.to_string());
}

/// On one backend only: it takes the minute that another poller is put up with.
#[test]
fn persistent_webhook_of_another_process_ends_polling() {
    let world = empty().build(crate::world::Backend::Sqlite);
    world.allow_failed_calls();
    world.call_bot_api("setWebhook", r#"{"url":"http://127.0.0.1:9/elsewhere"}"#);
    assert_eq!(world.exit_code(Duration::from_secs(90)), 1);
    let logs = world.logs();
    let said = [
        "another process has set a webhook for this token",
        "a webhook is still set for this token",
        "a webhook has been set for this token for a minute",
        "stop the process that uses the webhook",
    ];
    assert!(said.into_iter().all(|words| logs.contains(words)), "{logs}");
}

#[rstest]
fn token_that_worked_is_retried_when_telegram_rejects_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = empty().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let refused = |code, description: &str| FaultKind::Refused { code, description: description.to_owned() };
    for (times, kind) in [(1, refused(401, "Unauthorized")), (2, refused(404, "Not Found"))] {
        world.sandbox.add_fault(Fault::times(kind, times).for_method("getUpdates"));
        // The first update ends the poll that waits, the second one comes with a later poll.
        world.stranger().says("/start").hears("Степан");
        world.stranger().says("/start").hears("Степан");
    }
    world.wait_for_log_times("\"message\":\"Telegram accepts the token again\"", 2);
    let log = world.logs();
    let lines = |text: &str| log.lines().filter(|line| line.contains(text)).collect::<Vec<_>>();
    let (first, more) =
        (lines("Telegram rejected the token, retrying"), lines("Telegram still rejects the token"));
    assert_eq!((first.len(), more.len()), (2, 1), "{log}");
    assert!(first.iter().all(|line| line.contains("\"level\":\"ERROR\"")), "{first:?}");
    assert!(more[0].contains("\"level\":\"WARN\""), "{more:?}");
    assert_eq!(world.terminate(), 0);
}
