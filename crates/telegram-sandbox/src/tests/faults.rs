//! Injected faults, the log of calls, and waiting.

use std::time::Duration;

use serde_json::json;

use super::client::{ANNA, OLEG, TIMEOUT, call, result, sandbox, say, try_call};
use crate::{CallOutcome, Fault, FaultKind, Sandbox, SandboxOptions};

#[tokio::test]
async fn fault_applies_to_its_method_and_chat_given_times() {
    let sandbox = sandbox().await;
    sandbox.send_text(OLEG, OLEG, "/start");
    sandbox.add_fault(
        Fault::times(FaultKind::TooManyRequests { retry_after: 7 }, 2)
            .for_method("sendmessage")
            .in_chat(ANNA),
    );
    for _ in 0..2 {
        let answer = call(&sandbox, "sendMessage", json!({ "chat_id": ANNA, "text": "x" })).await;
        assert_eq!(
            (&answer["error_code"], &answer["parameters"]),
            (&json!(429), &json!({ "retry_after": 7 }))
        );
        result(&sandbox, "sendMessage", json!({ "chat_id": OLEG, "text": "x" })).await;
        result(&sandbox, "sendChatAction", json!({ "chat_id": ANNA, "action": "typing" })).await;
    }
    say(&sandbox, "through").await;
    assert!(sandbox.pending_faults().is_empty());
}

#[tokio::test]
async fn dropped_connection_executes_the_call_only_with_drop_after() {
    let sandbox = sandbox().await;
    let send = || try_call(&sandbox, "sendMessage", json!({ "chat_id": ANNA, "text": "x" }));
    sandbox.add_fault(Fault::times(FaultKind::DropBefore, 1));
    sandbox.add_fault(Fault::times(FaultKind::DropAfter, 1));
    assert!(send().await.is_err());
    assert_eq!(sandbox.messages(ANNA).len(), 1);
    assert!(send().await.is_err());
    assert_eq!(sandbox.messages(ANNA).len(), 2);
    assert_eq!(send().await.unwrap().0, 200);
    let outcomes: Vec<CallOutcome> = sandbox.api_calls().into_iter().map(|call| call.outcome).collect();
    assert_eq!(outcomes, [CallOutcome::NoAnswer, CallOutcome::NoAnswer, CallOutcome::Ok]);
}

#[tokio::test]
async fn server_errors_last_until_cleared() {
    let sandbox = sandbox().await;
    sandbox.add_fault(Fault::always(FaultKind::ServerError { code: 502 }));
    for _ in 0..3 {
        let (status, body) = try_call(&sandbox, "getMe", json!({})).await.unwrap();
        assert_eq!((status, body.starts_with("<html>")), (502, true));
    }
    sandbox.clear_faults();
    result(&sandbox, "getMe", json!({})).await;
}

#[tokio::test]
async fn hanging_call_ends_with_the_sandbox() {
    let sandbox = sandbox().await;
    sandbox.add_fault(Fault::times(FaultKind::Hang { duration: None }, 1));
    let caller = sandbox.clone();
    let hanging = tokio::spawn(async move { try_call(&caller, "getMe", json!({})).await });
    sandbox.wait_for(TIMEOUT, |state| (state.call_count() == 1).then_some(())).await.unwrap();
    assert!(!hanging.is_finished());
    sandbox.stop().await;
    assert!(hanging.await.unwrap().is_err());
}

#[tokio::test]
async fn wait_ends_with_the_change_or_the_timeout() {
    let sandbox = sandbox().await;
    assert!(
        sandbox.wait_for(Duration::from_millis(1), |state| state.last_from_bot(ANNA).cloned()).await.is_err()
    );
    let waiter = sandbox.clone();
    let waiting =
        tokio::spawn(
            async move { waiter.wait_for(TIMEOUT, |state| state.last_from_bot(ANNA).cloned()).await },
        );
    say(&sandbox, "here").await;
    assert_eq!(waiting.await.unwrap().unwrap().text, "here");
}

#[tokio::test]
async fn subscribers_receive_calls() {
    let sandbox = sandbox().await;
    let mut calls = sandbox.subscribe_calls();
    let id = say(&sandbox, "x").await;
    let told = calls.recv().await.unwrap();
    assert_eq!(
        (told.method, told.chat_id, told.message_id, told.ok),
        ("sendMessage", Some(ANNA), Some(id), true)
    );
}

#[tokio::test]
async fn memory_is_bounded() {
    let options = SandboxOptions { keep_messages_per_chat: 2, keep_calls: 1, ..SandboxOptions::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    for _ in 0..5 {
        sandbox.send_text(ANNA, ANNA, "x");
    }
    call(&sandbox, "getMe", json!({})).await;
    call(&sandbox, "getWebhookInfo", json!({})).await;
    let ids: Vec<i64> = sandbox.messages(ANNA).iter().map(|message| message.id).collect();
    assert_eq!((ids, sandbox.api_calls().len(), sandbox.api_calls()[0].number), (vec![4, 5], 1, 2));
}

#[tokio::test]
async fn real_limits_answer_429() {
    let sandbox =
        Sandbox::start(SandboxOptions { real_limits: true, ..SandboxOptions::default() }).await.unwrap();
    sandbox.send_text(ANNA, ANNA, "/start");
    let mut refused = None;
    for _ in 0..10 {
        let answer = call(&sandbox, "sendMessage", json!({ "chat_id": ANNA, "text": "x" })).await;
        refused = refused.or(answer["parameters"]["retry_after"].as_u64());
    }
    assert_eq!(refused, Some(1));
}
