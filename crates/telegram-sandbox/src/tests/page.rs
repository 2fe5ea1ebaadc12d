//! The chat page's API, and the requests it refuses.

use serde_json::{Value, json};

use super::client::{ANNA, raw};
use crate::{PagePhone, Sandbox, SandboxOptions, TelegramUser};

async fn sandbox() -> Sandbox {
    let phones = vec![PagePhone::for_user("Admin", TelegramUser::new(ANNA, "Anna"))];
    Sandbox::start(SandboxOptions { phones, ..SandboxOptions::default() }).await.unwrap()
}

async fn post(sandbox: &Sandbox, headers: &str, body: Value) -> u16 {
    let head = format!("POST /sandbox/api/send HTTP/1.1\r\n{headers}");
    raw(sandbox, &head, body.to_string().as_bytes()).await.unwrap().0
}

#[tokio::test]
async fn cross_site_requests_are_refused() {
    let sandbox = sandbox().await;
    let act = || json!({ "as": ANNA, "chat": ANNA, "text": "hello" });
    let json_kind = "content-type: application/json";
    assert_eq!(post(&sandbox, &format!("host: localhost:1\r\n{json_kind}"), act()).await, 200);
    assert_eq!(post(&sandbox, "host: localhost:1\r\ncontent-type: text/plain", act()).await, 415);
    assert_eq!(post(&sandbox, &format!("host: evil.example\r\n{json_kind}"), act()).await, 403);
    let foreign = format!("host: localhost\r\norigin: http://evil.example\r\n{json_kind}");
    assert_eq!(post(&sandbox, &foreign, act()).await, 403);
    assert_eq!(sandbox.messages(ANNA).len(), 1);
}

#[tokio::test]
async fn foreign_hosts_are_refused_everywhere() {
    let sandbox = sandbox().await;
    let own = format!("localhost:{}", sandbox.local_addr().port());
    let status = |line: &'static str, headers: String| {
        let sandbox = sandbox.clone();
        async move { raw(&sandbox, &format!("{line} HTTP/1.1\r\n{headers}"), b"").await.unwrap().0 }
    };
    let lines = [
        "GET /",
        "GET /app.js",
        "GET /sandbox/api/state",
        "GET /sandbox/api/file/1",
        "GET /file/bot1:x/1",
        "GET /bot1:x/getUpdates",
        "POST /bot1:x/setWebhook?url=http://evil.example/",
        "OPTIONS /bot1:x/getMe",
        "GET /nothing/of/ours",
    ];
    for line in lines {
        for foreign in [
            "host: evil.example".to_owned(),
            "host: localhost.evil.example".to_owned(),
            format!("host: {own}\r\norigin: http://evil.example"),
            // Another program's page on this machine.
            format!("host: {own}\r\norigin: http://localhost:1"),
            format!("host: {own}\r\norigin: null"),
            format!("host: {own}\r\nsec-fetch-site: cross-site"),
            format!("host: {own}\r\nsec-fetch-site: same-site"),
        ] {
            assert_eq!(status(line, foreign.clone()).await, 403, "{line} {foreign}");
        }
    }
    assert!(sandbox.api_calls().is_empty());
    for line in lines {
        let answer = status(line, format!("host: {own}\r\norigin: http://{own}")).await;
        assert_ne!(answer, 403, "{line}");
    }
    // A link on another page leads to the chat page, and to nothing else.
    let visit = format!("host: {own}\r\nsec-fetch-site: cross-site\r\nsec-fetch-mode: navigate");
    assert_eq!(status("GET /", visit.clone()).await, 200);
    assert_eq!(status("GET /sandbox/api/state", visit).await, 403);
}

#[tokio::test]
async fn foreign_tokens_are_refused() {
    let token = Some("1:right".to_owned());
    let sandbox = Sandbox::start(SandboxOptions { token, ..SandboxOptions::default() }).await.unwrap();
    for (path, code) in [
        ("bot1:right/getMe", 200),
        ("bot1:wrong/getMe", 401),
        ("bot/getMe", 401),
        ("bot1:rightx/setWebhook?url=http://127.0.0.1:1/", 401),
        ("file/bot1:wrong/documents/1", 401),
        ("1:right/getMe", 401),
    ] {
        let head = format!("GET /{path} HTTP/1.1\r\nhost: localhost");
        assert_eq!(raw(&sandbox, &head, b"").await.unwrap().0, code, "{path}");
    }
}

#[tokio::test]
async fn events_report_changes() {
    let sandbox = sandbox().await;
    let get = |path: String| {
        let sandbox = sandbox.clone();
        async move {
            let head = format!("GET /sandbox/api/{path} HTTP/1.1\r\nhost: 127.0.0.1");
            serde_json::from_str::<Value>(&raw(&sandbox, &head, b"").await.unwrap().1).unwrap()
        }
    };
    let state = get("state".to_owned()).await;
    assert_eq!(
        (&state["phones"][0]["role"], &state["users"]["101"]["first_name"]),
        (&json!("Admin"), &json!("Anna"))
    );
    let waiting = tokio::spawn(get(format!("events?after={}", state["seq"])));
    sandbox.send_text(ANNA, ANNA, "news");
    let events = waiting.await.unwrap();
    assert_eq!(events["changes"][0]["message"]["text"], "news");
    assert_eq!(get("events?after=99999".to_owned()).await["reset"], true);
}

#[tokio::test]
async fn non_member_cannot_write_to_a_chat() {
    let sandbox = sandbox().await;
    let act = json!({ "as": 5, "chat": ANNA, "text": "x" });
    assert_eq!(post(&sandbox, "host: localhost\r\ncontent-type: application/json", act).await, 404);
}
