//! A small HTTP client: one connection per request.

use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::{Sandbox, SandboxOptions, TelegramUser};

pub(super) const ANNA: i64 = 101;
pub(super) const OLEG: i64 = 102;
pub(super) const GROUP: i64 = -1_001_000_000_001;
pub(super) const TIMEOUT: Duration = Duration::from_secs(10);

/// A sandbox in which Anna has started the bot and Oleg has not; both are in a group without the bot.
pub(super) async fn sandbox() -> Sandbox {
    let sandbox =
        Sandbox::start(SandboxOptions { token: Some("1:right".to_owned()), ..SandboxOptions::default() })
            .await
            .unwrap();
    sandbox.add_user(TelegramUser::new(ANNA, "Anna"));
    sandbox.add_user(TelegramUser::new(OLEG, "Oleg"));
    sandbox.add_group(GROUP, "Work", &[ANNA, OLEG]);
    sandbox.send_text(ANNA, ANNA, "/start");
    sandbox
}

/// Sends a request as given and returns status and body. `UnexpectedEof` means that the connection was closed without a response.
pub(super) async fn raw(sandbox: &Sandbox, head: &str, body: &[u8]) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(sandbox.local_addr()).await?;
    let head = format!("{head}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    let mut answer = Vec::new();
    // A reset and a close are the same to a bot.
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let status =
        head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok((status, body.to_owned()))
}

/// Calls a method with JSON parameters.
pub(super) async fn try_call(sandbox: &Sandbox, method: &str, params: Value) -> io::Result<(u16, String)> {
    let head =
        format!("POST /bot1:right/{method} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json");
    raw(sandbox, &head, params.to_string().as_bytes()).await
}

/// Calls a method and returns the response, also an error.
pub(super) async fn call(sandbox: &Sandbox, method: &str, params: Value) -> Value {
    let (status, body) = try_call(sandbox, method, params).await.unwrap();
    let answer: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(answer["ok"] == true, status == 200, "{body}");
    answer
}

/// The description of a refusal.
pub(super) async fn refusal(sandbox: &Sandbox, method: &str, params: Value) -> String {
    let answer = call(sandbox, method, params).await;
    answer["description"].as_str().unwrap_or_else(|| panic!("not refused: {answer}")).to_owned()
}

/// The result of a call that must succeed.
pub(super) async fn result(sandbox: &Sandbox, method: &str, params: Value) -> Value {
    let answer = call(sandbox, method, params).await;
    assert_eq!(answer["ok"], true, "{answer}");
    answer["result"].clone()
}

/// Sends a text to Anna and returns the id of the message.
pub(super) async fn say(sandbox: &Sandbox, text: &str) -> i64 {
    result(sandbox, "sendMessage", json!({ "chat_id": ANNA, "text": text })).await["message_id"]
        .as_i64()
        .unwrap()
}
