//! getUpdates: confirmation, waiting, conflicts.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::client::{ANNA, TIMEOUT, call, refusal, result, sandbox, say};
use crate::{Sandbox, SandboxOptions};

fn ids(updates: &Value) -> Vec<i64> {
    updates.as_array().unwrap().iter().map(|update| update["update_id"].as_i64().unwrap()).collect()
}

async fn poll(sandbox: &Sandbox, offset: i64) -> Vec<i64> {
    ids(&result(sandbox, "getUpdates", json!({ "offset": offset })).await)
}

#[tokio::test]
async fn updates_repeat_until_confirmed() {
    let sandbox = sandbox().await;
    let first = poll(&sandbox, 0).await[0];
    let second = sandbox.send_text(ANNA, ANNA, "two").update_id;
    assert_eq!(poll(&sandbox, 0).await, [first, second]);
    assert_eq!(poll(&sandbox, second).await, [second]);
    assert_eq!(poll(&sandbox, second + 1).await, Vec::<i64>::new());
    assert_eq!(sandbox.pending_updates(), 0);
}

#[tokio::test]
async fn negative_offset_keeps_the_last_updates() {
    let sandbox = sandbox().await;
    let last = [sandbox.send_text(ANNA, ANNA, "a").update_id, sandbox.send_text(ANNA, ANNA, "b").update_id];
    assert_eq!(poll(&sandbox, -2).await, last);
    assert_eq!(poll(&sandbox, 0).await, last);
}

#[tokio::test]
async fn update_wakes_a_waiting_poll() {
    let sandbox = sandbox().await;
    let last = poll(&sandbox, 0).await[0];
    let poller = sandbox.clone();
    let waiting = tokio::spawn(async move {
        result(&poller, "getUpdates", json!({ "offset": last + 1, "timeout": 30 })).await
    });
    sandbox.wait_for(TIMEOUT, |state| (state.pending_updates() == 0).then_some(())).await.unwrap();
    let sent = sandbox.send_text(ANNA, ANNA, "wake").update_id;
    assert_eq!(ids(&waiting.await.unwrap()), [sent]);
}

#[tokio::test]
async fn second_poll_ends_the_first() {
    let sandbox = sandbox().await;
    let last = poll(&sandbox, 0).await[0];
    let poller = sandbox.clone();
    let first = tokio::spawn(async move {
        call(&poller, "getUpdates", json!({ "offset": last + 1, "timeout": 30 })).await
    });
    // The first poll waits once it has confirmed the update.
    sandbox.wait_for(TIMEOUT, |state| (state.pending_updates() == 0).then_some(())).await.unwrap();
    result(&sandbox, "getUpdates", json!({ "offset": last + 1 })).await;
    let cut = first.await.unwrap();
    assert_eq!(cut["error_code"], 409);
    let expected =
        "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running";
    assert_eq!(cut["description"], expected);
}

#[tokio::test]
async fn polling_is_refused_while_a_webhook_is_set() {
    let sandbox = sandbox().await;
    result(&sandbox, "setWebhook", json!({ "url": "http://127.0.0.1:9/hook" })).await;
    let expected = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";
    assert_eq!(refusal(&sandbox, "getUpdates", json!({})).await, expected);
    result(&sandbox, "deleteWebhook", json!({ "drop_pending_updates": true })).await;
    assert_eq!(poll(&sandbox, 0).await, Vec::<i64>::new());
}

#[tokio::test]
async fn update_kinds_that_are_not_allowed_are_not_sent() {
    let sandbox = sandbox().await;
    result(&sandbox, "getUpdates", json!({ "offset": -1, "allowed_updates": ["callback_query"] })).await;
    sandbox.send_text(ANNA, ANNA, "unheard");
    let pressed = sandbox.press_button(ANNA, ANNA, 1, "x").update_id;
    assert_eq!(poll(&sandbox, pressed).await, [pressed]);
}

#[tokio::test]
async fn raw_update_with_a_confirmed_id_is_delivered_once() {
    let sandbox = sandbox().await;
    let id = poll(&sandbox, 0).await[0];
    assert_eq!(poll(&sandbox, id + 1).await, Vec::<i64>::new());
    sandbox.push_raw_update(&json!({ "update_id": id, "strange": {} }).to_string());
    assert_eq!(poll(&sandbox, id + 1).await, [id]);
    assert_eq!(poll(&sandbox, id + 1).await, Vec::<i64>::new());
}

#[tokio::test]
async fn restarted_sandbox_uses_new_ids() {
    let mut runs = Vec::new();
    let now = SystemTime::now();
    for start in [now, now + Duration::from_secs(1)] {
        let options = SandboxOptions { token: Some("1:right".to_owned()), ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options.with_ids_from(start)).await.unwrap();
        let sent = sandbox.send_text(ANNA, ANNA, "/start");
        assert_eq!(poll(&sandbox, 0).await, [sent.update_id]);
        let answer = say(&sandbox, "answer").await;
        assert_eq!(answer, sent.message_id + 1);
        let query: u64 = sandbox.press_button(ANNA, ANNA, answer, "x").query_id.parse().unwrap();
        sandbox.stop().await;
        runs.push((sent.update_id, sent.message_id, query));
    }
    let (first, second) = (runs[0], runs[1]);
    assert!(second.0 > first.0 + 1 && second.1 > first.1 + 1 && second.2 > first.2, "{runs:?}");
    assert!(u32::try_from(second.0).is_ok() && i32::try_from(second.1).is_ok(), "{runs:?}");
}
