//! Delivery to a webhook: repeats, queues, faults.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::client::{ANNA, OLEG, TIMEOUT, result, sandbox};
use crate::{Fault, FaultKind, Sandbox};

/// A request of the sandbox that waits for its answer.
struct Request {
    stream: TcpStream,
    head: String,
    update: Value,
}

impl Request {
    async fn next(bot: &TcpListener) -> Self {
        let (mut stream, _) = tokio::time::timeout(TIMEOUT, bot.accept()).await.unwrap().unwrap();
        let mut text = String::new();
        loop {
            let mut part = [0; 4096];
            let length = stream.read(&mut part).await.unwrap();
            assert_ne!(length, 0, "hung up after {text}");
            text.push_str(std::str::from_utf8(&part[..length]).unwrap());
            if let Some((head, body)) = text.split_once("\r\n\r\n")
                && let Ok(update) = serde_json::from_str(body)
            {
                return Self { stream, head: head.to_owned(), update };
            }
        }
    }

    fn id(&self) -> i64 {
        self.update["update_id"].as_i64().unwrap()
    }

    async fn answer(mut self, status: &str) {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        self.stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

/// A listener that is set as the webhook.
async fn webhook(sandbox: &Sandbox) -> TcpListener {
    let bot = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?x=1", bot.local_addr().unwrap());
    result(sandbox, "setWebhook", json!({ "url": url, "secret_token": "s3cret" })).await;
    bot
}

async fn everything_is_delivered(sandbox: &Sandbox) {
    sandbox.wait_for(TIMEOUT, |state| (state.pending_updates() == 0).then_some(())).await.unwrap();
}

#[tokio::test]
async fn webhook_update_repeats_until_accepted() {
    let sandbox = sandbox().await;
    let bot = webhook(&sandbox).await;
    let first = Request::next(&bot).await;
    assert!(first.head.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{}", first.head);
    assert!(first.head.contains("X-Telegram-Bot-Api-Secret-Token: s3cret"), "{}", first.head);
    let update = first.update.clone();
    first.answer("500 Oops").await;
    let second = Request::next(&bot).await;
    assert_eq!(second.update, update);
    let asked_to_wait = Instant::now();
    second.answer("503 Busy\r\nretry-after: 1").await;
    let third = Request::next(&bot).await;
    assert!(asked_to_wait.elapsed() >= Duration::from_secs(1));
    assert_eq!(third.update, update);
    third.answer("200 OK").await;
    everything_is_delivered(&sandbox).await;
    let info = result(&sandbox, "getWebhookInfo", json!({})).await;
    assert_eq!(info["pending_update_count"], 0);
    assert_eq!(info["last_error_message"], "Wrong response from the webhook: 503 Busy");
}

#[tokio::test]
async fn messages_and_presses_are_delivered_on_different_connections() {
    let sandbox = sandbox().await;
    let bot = webhook(&sandbox).await;
    let start = Request::next(&bot).await;
    let second = sandbox.send_text(ANNA, ANNA, "second").update_id;
    let press = sandbox.press_button(ANNA, ANNA, 1, "x").update_id;
    let other = sandbox.send_text(OLEG, OLEG, "/start").update_id;
    let (one, two) = (Request::next(&bot).await, Request::next(&bot).await);
    // Anna's second message waits for the answer to her first one; nothing else does.
    assert_eq!([one.id(), two.id()], [press, other]);
    one.answer("200 OK").await;
    two.answer("200 OK").await;
    start.answer("200 OK").await;
    let last = Request::next(&bot).await;
    assert_eq!(last.id(), second);
    last.answer("200 OK").await;
    everything_is_delivered(&sandbox).await;
}

#[tokio::test]
async fn webhook_has_no_more_connections_than_it_allows() {
    let sandbox = sandbox().await;
    let bot = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", bot.local_addr().unwrap());
    result(&sandbox, "setWebhook", json!({ "url": url, "max_connections": 1 })).await;
    let first = Request::next(&bot).await;
    sandbox.send_text(OLEG, OLEG, "/start");
    assert!(tokio::time::timeout(Duration::from_millis(100), bot.accept()).await.is_err());
    first.answer("200 OK").await;
    Request::next(&bot).await.answer("200 OK").await;
    everything_is_delivered(&sandbox).await;
}

#[tokio::test]
async fn delivery_with_a_lost_answer_is_repeated() {
    let sandbox = sandbox().await;
    // A fault of every method is none of deliveries.
    sandbox.add_fault(Fault::always(FaultKind::DropAfter).for_method("sendMessage"));
    sandbox.add_fault(Fault::times(FaultKind::DropAfter, 1).for_webhook().in_chat(ANNA));
    let bot = webhook(&sandbox).await;
    let first = Request::next(&bot).await;
    let id = first.id();
    first.answer("200 OK").await;
    let again = Request::next(&bot).await;
    assert_eq!(again.id(), id);
    again.answer("200 OK").await;
    everything_is_delivered(&sandbox).await;
}

#[tokio::test]
async fn failures_that_a_test_reports_are_shown() {
    let sandbox = sandbox().await;
    let _bot = webhook(&sandbox).await;
    sandbox.fail_webhook("SSL error {certificate verify failed}");
    let info = result(&sandbox, "getWebhookInfo", json!({})).await;
    assert_eq!(info["last_error_message"], "SSL error {certificate verify failed}");
    // What is not delivered can be polled once the webhook is gone.
    result(&sandbox, "deleteWebhook", json!({})).await;
    let polled = result(&sandbox, "getUpdates", json!({})).await;
    assert_eq!(polled.as_array().unwrap().len(), 1);
}
