//! Delivery to a webhook that fails at first.

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::client::{TIMEOUT, result, sandbox};

#[tokio::test]
async fn webhook_update_repeats_until_accepted() {
    let sandbox = sandbox().await;
    let bot = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?x=1", bot.local_addr().unwrap());
    result(&sandbox, "setWebhook", json!({ "url": url, "secret_token": "s3cret" })).await;
    let mut bodies = Vec::new();
    for status in ["500 Oops", "200 OK"] {
        let (mut stream, _) = bot.accept().await.unwrap();
        let mut request = String::new();
        while !request.ends_with("}}") {
            let mut part = [0; 4096];
            let length = stream.read(&mut part).await.unwrap();
            request.push_str(std::str::from_utf8(&part[..length]).unwrap());
        }
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        assert!(request.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("X-Telegram-Bot-Api-Secret-Token: s3cret\r\n"), "{request}");
        bodies.push(request.split_once("\r\n\r\n").unwrap().1.to_owned());
    }
    assert_eq!(bodies[0], bodies[1]);
    sandbox.wait_for(TIMEOUT, |state| (state.pending_updates() == 0).then_some(())).await.unwrap();
    let info = result(&sandbox, "getWebhookInfo", json!({})).await;
    assert_eq!((&info["pending_update_count"], info["last_error_message"].is_string()), (&json!(0), true));
}
