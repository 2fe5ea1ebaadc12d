//! Every kind of message about an order, and every way in which its reader loses the right to it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use diesel::connection::SimpleConnection;
use serde_json::json;

use super::*;
use crate::config::database::DatabaseUrl;
use crate::db::connection::{self, on_each};
use crate::db::order_lines::OrderLine;
use crate::db::outbox::NewMessage;
use crate::db::{order_messages, time};
use crate::domain::ids::MessageId;
use crate::migrate;

const DISPATCHER: i64 = 2;
const MASTER: i64 = 11;
const GROUP_MASTER: i64 = 12;
const GROUP: i64 = -500;
const STRANGER: i64 = 99;

/// An order on site with a master in a private chat, and one with a master in a group.
const PEOPLE: &str = "
    INSERT INTO users (telegram_id, role, created_at) VALUES
        (2, 'DISPATCHER', '2026-11-22 10:00:00'), (11, 'MASTER', '2026-11-22 10:00:00'),
        (12, 'MASTER', '2026-11-22 10:00:00'), (99, 'UNKNOWN', '2026-11-22 10:00:00');
    INSERT INTO masters (telegram_id, phone, specialization, is_approved, work_chat_id, created_at) VALUES
        (11, '+79990001111', 'ovens', TRUE, NULL, '2026-11-22 10:00:00'),
        (12, '+79990001212', 'ovens', TRUE, -500, '2026-11-22 10:00:00');
    INSERT INTO orders (equipment_type, description, client_name, client_address, client_phone, status,
                        assigned_master_id, created_at, updated_at) VALUES
        ('x', 'x', 'Ivan Testov', 'x', '+79990001122', 'ONSITE', 1, '2026-11-22 10:00:00', '2026-11-22 10:00:00'),
        ('x', 'x', 'Ivan Testov', 'x', '+79990001122', 'ONSITE', 2, '2026-11-22 10:00:00', '2026-11-22 10:00:00');";

const KINDS: [OrderMessageKind; 3] =
    [OrderMessageKind::Staff, OrderMessageKind::Master, OrderMessageKind::Notice];

fn database() -> AnyConnection {
    let mut conn = connection::open_connection(&DatabaseUrl::Sqlite(":memory:".into())).unwrap();
    migrate::apply_pending(&mut conn).unwrap();
    change(&mut conn, PEOPLE);
    conn
}

fn change(conn: &mut AnyConnection, sql: &str) {
    on_each!(conn, |c| c.batch_execute(sql)).unwrap();
}

/// A card or notice in a chat; returns its row in `order_messages`.
fn card(conn: &mut AnyConnection, order: i64, chat: i64, kind: OrderMessageKind) -> i64 {
    let row =
        order_messages::insert_order_message(conn, OrderId(order), ChatId(chat).into(), kind, time::now())
            .unwrap();
    order_messages::update_message_id(conn, row, MessageId(7)).unwrap();
    row
}

fn queue(
    conn: &mut AnyConnection,
    chat: i64,
    card: i64,
    method: &'static str,
    payload: &Value,
) -> LeasedMessage {
    let message = NewMessage {
        chat: ChatId(chat),
        method,
        payload: payload.to_string(),
        order_message: Some(card),
        update_id: None,
        expires_at: None,
    };
    outbox::insert_message(conn, &message, time::now()).unwrap();
    let lease =
        outbox::LeaseTerms { owner: 1, until: time::now() + chrono::TimeDelta::hours(1), per_chat: 99 };
    outbox::lease_messages(conn, lease, &[], 99, time::now()).unwrap().rows.pop().unwrap()
}

/// The text that is sent, or why none is.
fn outcome(conn: &mut AnyConnection, row: &LeasedMessage) -> Result<String, &'static str> {
    match check_freshness(conn, row).unwrap() {
        Freshness::Skip(why) => Err(why),
        Freshness::Send(payload) => {
            let payload: Value = serde_json::from_str(&payload).unwrap();
            assert!(payload.get(FINAL_MARK).is_none() && payload.get(CONTENT_MARK).is_none());
            assert_eq!(payload.get("message_id").is_some(), row.method == EDIT, "{payload}");
            Ok(payload["text"].as_str().unwrap().to_owned())
        }
    }
}

/// A new message, an answer to a press and a refreshed card of this kind, each as it is sent after a change.
fn is_sent(order: i64, chat: i64, kind: OrderMessageKind, sql: &str) -> [bool; 3] {
    [("sendMessage", json!({})), (EDIT, json!({ "message_id": 7 })), (EDIT, json!({}))].map(
        |(method, mut payload)| {
            let mut conn = database();
            let card = card(&mut conn, order, chat, kind);
            payload["text"] = "client".into();
            let row = queue(&mut conn, chat, card, method, &payload);
            change(&mut conn, sql);
            outcome(&mut conn, &row).is_ok()
        },
    )
}

#[test]
fn messages_reach_those_who_may_see_the_order() {
    const ALL: [bool; 3] = [true; 3];
    // A notice is never refreshed.
    const NOTICE: [bool; 3] = [true, true, false];
    let sent = |order, chat, kind| is_sent(order, chat, kind, "");
    assert_eq!(sent(1, DISPATCHER, OrderMessageKind::Staff), ALL);
    assert_eq!(sent(1, DISPATCHER, OrderMessageKind::Notice), NOTICE);
    assert_eq!(sent(1, MASTER, OrderMessageKind::Master), ALL);
    assert_eq!(sent(2, GROUP_MASTER, OrderMessageKind::Master), ALL);
    assert_eq!(sent(2, GROUP, OrderMessageKind::Master), ALL);
    for chat in [MASTER, GROUP_MASTER, GROUP] {
        assert_eq!(sent(1, chat, OrderMessageKind::Notice), [true, false, false], "only staff press for one");
    }
    for kind in KINDS {
        assert_eq!(sent(1, STRANGER, kind), [false; 3]);
    }
    for (order, chat) in [(1, GROUP), (1, GROUP_MASTER), (2, MASTER), (1, -501)] {
        assert_eq!(sent(order, chat, OrderMessageKind::Master), [false; 3], "{order} {chat}");
    }
}

#[test]
fn no_message_reaches_a_reader_who_lost_the_right_meanwhile() {
    for (chat, changes) in [
        (DISPATCHER, &["UPDATE users SET role = 'UNKNOWN' WHERE telegram_id = 2"][..]),
        (
            MASTER,
            &[
                "UPDATE users SET role = 'UNKNOWN' WHERE telegram_id = 11",
                "UPDATE masters SET is_approved = FALSE WHERE id = 1",
            ],
        ),
        (
            GROUP,
            &[
                "UPDATE users SET role = 'UNKNOWN' WHERE telegram_id = 12",
                "UPDATE masters SET is_approved = FALSE WHERE id = 2",
                "UPDATE masters SET work_chat_id = NULL WHERE id = 2",
                "UPDATE masters SET work_chat_id = -501 WHERE id = 2",
            ],
        ),
    ] {
        for sql in changes {
            for (kind, order) in KINDS.into_iter().flat_map(|kind| [(kind, 1), (kind, 2)]) {
                assert_eq!(is_sent(order, chat, kind, sql), [false; 3], "{sql}: {kind:?} in {chat}");
            }
        }
    }
    for sql in [
        "UPDATE orders SET assigned_master_id = 2",
        "UPDATE orders SET assigned_master_id = NULL, status = 'NEW'",
        "UPDATE orders SET status = 'REFUSED'",
        "DELETE FROM outbox",
        "UPDATE outbox SET state = 'skipped'",
    ] {
        assert_eq!(is_sent(1, MASTER, OrderMessageKind::Master, sql), [false; 3], "{sql}");
    }
    let closed = "UPDATE orders SET status = 'CLOSED'";
    assert_eq!(is_sent(1, MASTER, OrderMessageKind::Master, closed), [true; 3]);
}

#[test]
fn comment_reaches_a_master_only_while_the_order_is_theirs() {
    let is_sent = |chat, sql: &str| {
        let mut conn = database();
        let row = card(&mut conn, 1, chat, OrderMessageKind::Notice);
        let payload = json!({ "text": "code 25", CONTENT_MARK: true });
        let queued = queue(&mut conn, chat, row, "sendMessage", &payload);
        change(&mut conn, sql);
        outcome(&mut conn, &queued).is_ok()
    };
    for (sql, by_master) in [
        ("SELECT 1", true),
        ("UPDATE orders SET assigned_master_id = 2 WHERE id = 1", false),
        ("UPDATE orders SET deleted_at = '2026-11-22 11:00:00' WHERE id = 1", false),
    ] {
        assert_eq!(is_sent(MASTER, sql), by_master, "{sql}");
        assert!(is_sent(DISPATCHER, sql), "{sql}");
    }
}

#[test]
fn newest_version_of_a_card_is_sent_and_older_edits_are_skipped() {
    let mut conn = database();
    let card = card(&mut conn, 1, MASTER, OrderMessageKind::Master);
    let text = |text: &str| json!({ "chat_id": MASTER, "text": text, "reply_markup": { "x": text } });
    let sent = queue(&mut conn, MASTER, card, "sendMessage", &text("first"));
    let edit = queue(&mut conn, MASTER, card, EDIT, &text("second"));
    let last = queue(&mut conn, MASTER, card, EDIT, &json!({ "chat_id": MASTER, "text": "third" }));
    assert_eq!(outcome(&mut conn, &sent), Ok("third".to_owned()));
    let Freshness::Send(payload) = check_freshness(&mut conn, &sent).unwrap() else { panic!() };
    assert!(!payload.contains("reply_markup"), "the buttons go with the text: {payload}");
    assert_eq!(outcome(&mut conn, &edit), Err("a newer version follows"));
    assert_eq!(outcome(&mut conn, &last), Ok("third".to_owned()));
}

#[test]
fn withdrawn_card_is_not_sent_and_its_withdrawal_always_is() {
    let mut conn = database();
    let card = card(&mut conn, 1, MASTER, OrderMessageKind::Master);
    let sent = queue(&mut conn, MASTER, card, "sendMessage", &json!({ "text": "client" }));
    let edit = queue(&mut conn, MASTER, card, EDIT, &json!({ "text": "client" }));
    order_messages::retire_order_card(&mut conn, card).unwrap();
    assert_eq!(outcome(&mut conn, &edit), Err("the message shows something else now"));
    let last = queue(&mut conn, MASTER, card, EDIT, &json!({ "text": "gone", FINAL_MARK: true }));
    change(&mut conn, "UPDATE users SET role = 'UNKNOWN'");
    assert_eq!(outcome(&mut conn, &sent), Err("a newer version follows"));
    assert_eq!(outcome(&mut conn, &edit), Err("a newer version follows"));
    assert_eq!(outcome(&mut conn, &last), Ok("gone".to_owned()));
    // One that was never delivered has nothing to be withdrawn.
    change(&mut conn, "UPDATE order_messages SET message_id = NULL");
    assert_eq!(outcome(&mut conn, &last), Err("the card was never delivered"));
}

/// A line about an order of the master who has it at first.
fn line(order: i64, visit_from: Option<&str>) -> OrderLine {
    OrderLine {
        order,
        status: "ONSITE".to_owned(),
        master: Some(order),
        visit_from: visit_from.map(|at| at.parse().unwrap()),
        html: format!("line {order}"),
        button: (format!("№{order}"), format!("open_order:{order}")),
    }
}

fn lines_message(conn: &mut AnyConnection, lines: Vec<OrderLine>) -> LeasedMessage {
    let lines = OrderLines { header: Some("header".to_owned()), lines };
    let mut payload =
        json!({ "chat_id": DISPATCHER, "text": lines.html(), "reply_markup": lines.keyboard() });
    payload[LINES_MARK] = json!(lines);
    let message = NewMessage {
        chat: ChatId(DISPATCHER),
        method: "sendMessage",
        payload: payload.to_string(),
        order_message: None,
        update_id: None,
        expires_at: None,
    };
    outbox::insert_message(conn, &message, time::now()).unwrap();
    let lease =
        outbox::LeaseTerms { owner: 1, until: time::now() + chrono::TimeDelta::hours(1), per_chat: 99 };
    outbox::lease_messages(conn, lease, &[], 99, time::now()).unwrap().rows.pop().unwrap()
}

#[test]
fn a_list_of_orders_is_sent_without_the_lines_that_no_longer_hold() {
    for (sql, is_kept) in [
        ("UPDATE orders SET updated_at = '2026-11-23 10:00:00', description = 'y'", true),
        ("UPDATE orders SET deleted_at = created_at WHERE id = 1", false),
        ("UPDATE orders SET status = 'CLOSED' WHERE id = 1", false),
        ("UPDATE orders SET assigned_master_id = 2 WHERE id = 1", false),
        ("UPDATE orders SET status = 'NEW', assigned_master_id = NULL WHERE id = 1", false),
        ("UPDATE orders SET visit_from = '2026-11-24 10:00:00' WHERE id = 1", false),
    ] {
        let mut conn = database();
        change(&mut conn, "UPDATE orders SET visit_from = '2026-11-23 10:00:00'");
        let lines = vec![line(1, Some("2026-11-23T10:00:00")), line(2, None)];
        let row = lines_message(&mut conn, lines);
        change(&mut conn, sql);
        let Freshness::Send(payload) = check_freshness(&mut conn, &row).unwrap() else { panic!("{sql}") };
        let payload: Value = serde_json::from_str(&payload).unwrap();
        let text = if is_kept { "header\nline 1\nline 2" } else { "header\nline 2" };
        assert_eq!(payload["text"], text, "{sql}");
        let buttons = payload["reply_markup"]["inline_keyboard"][0].as_array().unwrap();
        assert_eq!((buttons.len(), payload.get(LINES_MARK)), (if is_kept { 2 } else { 1 }, None), "{sql}");
        change(&mut conn, "UPDATE orders SET deleted_at = created_at");
        assert!(matches!(check_freshness(&mut conn, &row).unwrap(), Freshness::Skip(_)), "{sql}");
    }
}
