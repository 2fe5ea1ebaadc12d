//! The courier between a database on disk and a local Telegram.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::{ContentMaker, Courier, DeadLetterHook};
use crate::config::SecretString;
use crate::config::database::DatabaseUrl;
use crate::config::telegram::TelegramConfig;
use crate::db::connection::{self, on_each};
use crate::db::outbox::NewMessage;
use crate::db::schema::outbox as rows;
use crate::db::{AnyConnection, Database, Error, WriterThread, outbox, time};
use crate::domain::ids::ChatId;
use crate::migrate;
use crate::telegram::{Api, ContentError, MadeContent, Upload};
use telegram_sandbox::{Fault, FaultKind, Sandbox, SandboxOptions, TelegramUser};

const PATIENCE: Duration = Duration::from_secs(20);
const ANNA: i64 = 101;

/// A courier at work.
struct Office {
    db: Database,
    courier: Courier,
    running: JoinHandle<()>,
    _thread: WriterThread,
    _folder: TempDir,
}

fn message(chat: i64, text: &str) -> NewMessage {
    NewMessage {
        chat: ChatId(chat),
        method: "sendMessage",
        payload: json!({ "chat_id": chat, "text": text }).to_string(),
        order_message: None,
        update_id: None,
        expires_at: None,
    }
}

/// Makes a file of what is asked for, if that is a text; the first time the disk is full.
fn make_content() -> ContentMaker {
    let is_full = AtomicBool::new(true);
    Arc::new(move |_conn, request| {
        let text = request.as_str().ok_or_else(|| ContentError::Permanent("unknown content".to_owned()))?;
        if is_full.swap(false, Ordering::Relaxed) {
            return Err(ContentError::Transient("no space left on device".to_owned()));
        }
        let bytes = text.as_bytes().to_vec();
        let upload = Upload { field: "document", name: "отчёт.txt".to_owned(), bytes };
        Ok(MadeContent::File { upload, caption: "not this one".to_owned() })
    })
}

impl Office {
    fn open(url: &str, per_second: Option<u32>, on_dead: DeadLetterHook) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = DatabaseUrl::Sqlite(folder.path().join("bot.db"));
        migrate::apply_pending(&mut connection::open_connection(&database).unwrap()).unwrap();
        let (db, thread) = Database::open(&database).unwrap();
        let token = SecretString::new("1:right".to_owned());
        let api = Api::new(&TelegramConfig { token, api_url: url.parse().unwrap(), proxy: None }).unwrap();
        let courier = Courier::new(db.clone(), api, per_second, on_dead, make_content());
        let running = tokio::spawn({
            let courier = courier.clone();
            async move { courier.run(true).await }
        });
        Self { db, courier, running, _thread: thread, _folder: folder }
    }

    async fn say(&self, messages: Vec<NewMessage>) {
        let put = move |tx: &mut AnyConnection| {
            messages.iter().try_for_each(|message| outbox::insert_message(tx, message, time::now()))
        };
        self.db.write(put).await.unwrap();
        self.courier.wake();
    }

    /// Number, state, last error and lease of every row, once `enough` says so.
    async fn rows(&self, enough: impl Fn(&[Row]) -> bool) -> Vec<Row> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.db.read(all_rows).await.unwrap();
            if enough(&found) {
                return found;
            }
            // Room may be made by a commit that nobody is told of.
            let moved = self.courier.shared.finished.notified();
            let _ = tokio::time::timeout(Duration::from_millis(50), moved).await;
            assert!(Instant::now() < deadline, "{found:?}");
        }
    }
}

type Row = (i64, String, Option<String>, Option<chrono::NaiveDateTime>);

fn all_rows(conn: &mut AnyConnection) -> crate::db::Result<Vec<Row>> {
    Ok(on_each!(conn, |c| rows::table
        .order(rows::id)
        .select((rows::id, rows::state, rows::last_error, rows::leased_until))
        .load(c))?)
}

fn nothing() -> DeadLetterHook {
    Arc::new(|_, _, _| Ok(()))
}

/// A Telegram in which these people have written to the bot.
async fn telegram(people: impl Iterator<Item = i64>) -> Sandbox {
    let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
    for person in people {
        sandbox.add_user(TelegramUser::new(person, "Anna"));
        sandbox.send_text(person, person, "/start");
    }
    sandbox
}

fn from_bot(sandbox: &Sandbox, chat: i64) -> Vec<String> {
    sandbox.messages(chat).into_iter().skip(1).map(|message| message.text).collect()
}

async fn heard(sandbox: &Sandbox, chat: i64, text: &str) {
    let last = |state: &telegram_sandbox::SandboxState| {
        state.last_from_bot(chat).is_some_and(|message| message.text == text).then_some(())
    };
    sandbox.wait_for(PATIENCE, last).await.unwrap();
}

#[tokio::test]
async fn chats_in_a_long_flood_wait_do_not_keep_the_others_waiting() {
    let sandbox = telegram(1..=81).await;
    for chat in 1..=80 {
        let fault = Fault::always(FaultKind::TooManyRequests { retry_after: 3600 });
        sandbox.add_fault(fault.for_method("sendMessage").in_chat(chat));
    }
    let office = Office::open(&sandbox.url(), None, nothing());
    let many = (0..20).flat_map(|_| 1..=80).map(|chat| message(chat, "wait")).collect();
    office.say(many).await;
    office.say(vec![message(81, "through")]).await;
    heard(&sandbox, 81, "through").await;
    assert_eq!(office.courier.stop(Duration::ZERO).await.unwrap(), 1600);
}

#[tokio::test]
async fn a_chat_that_was_given_back_goes_on_in_order_when_it_is_due() {
    let sandbox = telegram([ANNA].into_iter()).await;
    sandbox.add_fault(Fault::times(FaultKind::TooManyRequests { retry_after: 6 }, 1));
    let office = Office::open(&sandbox.url(), None, nothing());
    let begun = Instant::now();
    office.say((1..=20).map(|n| message(ANNA, &n.to_string())).collect()).await;
    office.rows(|rows| rows[0].2.is_some() && rows.iter().all(|row| row.3.is_none())).await;
    let forgotten = async {
        while !office.courier.shared.queues().leased_ids().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, forgotten).await.expect("its queue leaves nothing in memory");
    office.say(vec![message(ANNA, "21")]).await;
    heard(&sandbox, ANNA, "21").await;
    assert!(begun.elapsed() < Duration::from_secs(9), "not only at the next sweep");
    let expected: Vec<String> = (1..=21).map(|n| n.to_string()).collect();
    assert_eq!(from_bot(&sandbox, ANNA), expected);
}

#[tokio::test]
async fn nothing_runs_on_after_stop_be_it_a_hanging_call_or_a_pace() {
    let sandbox = telegram([ANNA, 102].into_iter()).await;
    sandbox.add_fault(Fault::always(FaultKind::Hang { duration: None }).in_chat(102));
    let office = Office::open(&sandbox.url(), Some(30), nothing());
    let mut messages = vec![message(102, "hangs")];
    messages.extend((1..=40).map(|n| message(ANNA, &n.to_string())));
    office.say(messages).await;
    heard(&sandbox, ANNA, "5").await;
    let begun = Instant::now();
    let left = office.courier.stop(Duration::ZERO).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!((34..=36).contains(&left), "{left}");
    assert!(office.rows(|_| true).await.iter().all(|row| row.3.is_none()), "no lease is left");
    office.running.await.unwrap();
    assert_eq!(Arc::strong_count(&office.courier.shared), 1, "nobody else has the courier");
}

#[tokio::test]
async fn a_message_whose_outcome_the_database_refused_is_not_sent_again_by_this_run() {
    let sandbox = telegram([ANNA].into_iter()).await;
    sandbox.add_fault(Fault::times(FaultKind::Blocked, 1));
    let refuses: DeadLetterHook =
        Arc::new(|_, _, _| Err(Error::Unreadable { table: "t", column: "c", value: String::new() }));
    let office = Office::open(&sandbox.url(), None, refuses);
    office.say(vec![message(ANNA, "refused"), message(ANNA, "second")]).await;
    office.rows(|rows| rows[1].1 == "sent").await;
    // As after half a minute in which no lease could be renewed.
    let past = time::to_stored(time::now() - TimeDelta::seconds(1));
    let expire = move |tx: &mut AnyConnection| -> crate::db::Result<usize> {
        Ok(on_each!(tx, |c| diesel::update(rows::table.filter(rows::state.eq("pending")))
            .set(rows::leased_until.eq(past))
            .execute(c))?)
    };
    assert_eq!(office.db.write(expire).await.unwrap(), 1);
    office.say(vec![message(ANNA, "third")]).await;
    office.rows(|rows| rows[2].1 == "sent").await;
    assert_eq!(from_bot(&sandbox, ANNA), ["second", "third"]);
    // The queue forgets the third message just after its outcome is in the database.
    let deadline = Instant::now() + PATIENCE;
    while office.courier.shared.queues().leased_ids() != [1] {
        assert!(Instant::now() < deadline, "{:?}", office.courier.shared.queues().leased_ids());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn what_was_leased_by_a_commit_nobody_saw_is_sent_before_what_came_later() {
    let sandbox = telegram([ANNA].into_iter()).await;
    let office = Office::open(&sandbox.url(), None, nothing());
    let owner = office.courier.shared.owner;
    let lost = move |tx: &mut AnyConnection| {
        let now = time::now();
        outbox::insert_message(tx, &message(ANNA, "first"), now)?;
        let lease = outbox::LeaseTerms { owner, until: now + TimeDelta::minutes(5), per_chat: 16 };
        outbox::lease_messages(tx, lease, &[], 10, now).map(|batch| batch.rows.len())
    };
    assert_eq!(office.db.write(lost).await.unwrap(), 1);
    office.courier.shared.queues().lease_unknown = true;
    office.say(vec![message(ANNA, "second")]).await;
    heard(&sandbox, ANNA, "second").await;
    assert_eq!(from_bot(&sandbox, ANNA), ["first", "second"]);
}

#[tokio::test]
async fn who_is_told_of_a_dead_letter_hears_of_it_once_and_at_once() {
    let sandbox = telegram([ANNA, 102].into_iter()).await;
    sandbox.add_fault(Fault::always(FaultKind::Blocked).in_chat(ANNA));
    let tell: DeadLetterHook = Arc::new(|tx, row, reason| {
        outbox::insert_message(tx, &message(102, &format!("{}: {reason}", row.chat)), time::now())
    });
    let office = Office::open(&sandbox.url(), None, tell);
    office.say(vec![message(ANNA, "to you")]).await;
    heard(&sandbox, 102, "101: Forbidden: bot was blocked by the user").await;
    let all = office.rows(|rows| rows.iter().all(|row| row.1 != "pending")).await;
    assert_eq!(all.iter().map(|row| row.1.as_str()).collect::<Vec<_>>(), ["dead", "sent"]);
}

#[tokio::test]
async fn what_has_expired_is_dropped() {
    let sandbox = telegram([ANNA].into_iter()).await;
    let office = Office::open(&sandbox.url(), None, nothing());
    let until = |at: DateTime<Utc>, text| NewMessage { expires_at: Some(at), ..message(ANNA, text) };
    office
        .say(vec![
            until(time::now() - TimeDelta::seconds(1), "late"),
            until(time::now() + TimeDelta::minutes(5), "in time"),
        ])
        .await;
    let all = office.rows(|rows| rows.iter().all(|row| row.1 != "pending")).await;
    assert_eq!(all.iter().map(|row| row.1.as_str()).collect::<Vec<_>>(), ["skipped", "sent"]);
    assert_eq!(all[0].2.as_deref(), Some("it came too late"));
    assert_eq!(from_bot(&sandbox, ANNA), ["in time"]);
}

/// A Telegram in which the group -5 has become -1005; returns its address and the calls that it got.
async fn telegram_with_a_moved_group() -> (String, tokio::sync::mpsc::UnboundedReceiver<Value>) {
    use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
    type Calls = tokio::sync::mpsc::UnboundedSender<Value>;
    async fn answer(State(calls): State<Calls>, Json(call): Json<Value>) -> (StatusCode, Json<Value>) {
        let is_old = call["chat_id"] == -5;
        calls.send(call).unwrap();
        if is_old {
            let body = json!({
                "ok": false, "error_code": 400,
                "description": "Bad Request: group chat was upgraded to a supergroup chat",
                "parameters": { "migrate_to_chat_id": -1005 },
            });
            return (StatusCode::BAD_REQUEST, Json(body));
        }
        (StatusCode::OK, Json(json!({ "ok": true, "result": { "message_id": 1 } })))
    }
    let (calls, got) = tokio::sync::mpsc::unbounded_channel();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/{bot}/{method}", post(answer)).with_state(calls);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, got)
}

#[tokio::test]
async fn the_messages_of_a_group_that_became_a_supergroup_go_there_in_order() {
    let (url, mut calls) = telegram_with_a_moved_group().await;
    let office = Office::open(&url, None, nothing());
    office.say((1..=3).map(|n| message(-5, &n.to_string())).collect()).await;
    office.rows(|rows| rows.iter().all(|row| row.1 == "sent")).await;
    let mut got = Vec::new();
    while let Ok(call) = calls.try_recv() {
        got.push((call["chat_id"].as_i64().unwrap(), call["text"].as_str().unwrap().to_owned()));
    }
    let expected = [(-5, "1"), (-1005, "1"), (-1005, "2"), (-1005, "3")];
    assert_eq!(got, expected.map(|(chat, text)| (chat, text.to_owned())));
}

#[tokio::test]
async fn file_is_made_when_its_message_is_sent_and_again_when_that_failed() {
    let sandbox = telegram([ANNA].into_iter()).await;
    sandbox.add_fault(Fault::times(FaultKind::ServerError { code: 502 }, 1).for_method("sendDocument"));
    let office = Office::open(&sandbox.url(), None, nothing());
    let with_file = |content: Value| NewMessage {
        method: "sendDocument",
        payload: json!({ "chat_id": ANNA, "caption": "Отчёт", outbox::MADE_MARK: content }).to_string(),
        ..message(ANNA, "")
    };
    office.say(vec![with_file(json!("1;2;3")), with_file(json!({ "unknown": true }))]).await;
    let rows = office.rows(|rows| rows.iter().all(|row| row.1 != "pending")).await;
    assert_eq!((rows[0].1.as_str(), rows[1].1.as_str()), ("sent", "dead"));
    assert_eq!(rows[1].2.as_deref(), Some("its content cannot be made: unknown content"));
    let sent = sandbox.messages(ANNA).pop().unwrap();
    let file = sent.document.unwrap();
    assert_eq!((sent.text.as_str(), file.name.as_str(), &*file.bytes), ("Отчёт", "отчёт.txt", &b"1;2;3"[..]));
}
