//! Sending, editing, deleting, button presses, and their refusals.

use serde_json::{Value, json};

use super::client::{ANNA, GROUP, OLEG, call, raw, refusal, result, sandbox, say};
use crate::{ReplyKeyboard, Sandbox, SandboxOptions};

#[tokio::test]
async fn html_comes_out_as_text_with_entities() {
    let sandbox = sandbox().await;
    let params = json!({ "chat_id": ANNA, "text": "<b>\u{1f600}</b> &lt;", "parse_mode": "HTML" });
    let message = result(&sandbox, "SendMessage", params).await;
    assert_eq!(message["text"], "\u{1f600} <");
    assert_eq!(message["entities"], json!([{ "type": "bold", "offset": 0, "length": 2 }]));
    assert_eq!(sandbox.last_message(ANNA).unwrap().html(), "<b>\u{1f600}</b> &lt;");
}

#[tokio::test]
async fn limits_count_utf16_units_after_parsing() {
    let sandbox = sandbox().await;
    let text = |count: usize| json!({ "chat_id": ANNA, "parse_mode": "HTML", "text": format!("<b>{}</b>", "\u{1f600}".repeat(count)) });
    result(&sandbox, "sendMessage", text(2048)).await;
    assert_eq!(refusal(&sandbox, "sendMessage", text(2049)).await, "Bad Request: message is too long");
}

#[tokio::test]
async fn invalid_text_is_refused_with_telegrams_description() {
    let sandbox = sandbox().await;
    let cases = [
        (json!({ "chat_id": ANNA, "text": " \n" }), "Bad Request: message text is empty"),
        (json!({ "text": "x" }), "Bad Request: chat_id is empty"),
        (json!({ "chat_id": 999, "text": "x" }), "Bad Request: chat not found"),
        (json!({ "chat_id": OLEG, "text": "x" }), "Forbidden: bot can't initiate conversation with a user"),
        (json!({ "chat_id": GROUP, "text": "x" }), "Bad Request: chat not found"),
        (
            json!({ "chat_id": ANNA, "text": "a <x>", "parse_mode": "HTML" }),
            "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 2",
        ),
        (
            json!({ "chat_id": ANNA, "text": "x", "reply_markup": "{" }),
            "Bad Request: can't parse reply keyboard markup JSON object",
        ),
    ];
    for (params, expected) in cases {
        assert_eq!(refusal(&sandbox, "sendMessage", params).await, expected);
    }
    assert_eq!(sandbox.messages(ANNA).len(), 1, "a refused call leaves no message");
}

#[tokio::test]
async fn buttons_have_limits() {
    let sandbox = sandbox().await;
    let with = |data: String, count: usize| {
        let row = vec![json!({ "text": "x", "callback_data": data }); count];
        json!({ "chat_id": ANNA, "text": "x", "reply_markup": { "inline_keyboard": [row] } })
    };
    result(&sandbox, "sendMessage", with("\u{e9}".repeat(32), 100)).await;
    assert_eq!(
        refusal(&sandbox, "sendMessage", with("x".repeat(65), 1)).await,
        "Bad Request: BUTTON_DATA_INVALID"
    );
    assert_eq!(
        refusal(&sandbox, "sendMessage", with("x".to_owned(), 101)).await,
        "Bad Request: reply markup is too long"
    );
}

#[tokio::test]
async fn blocked_or_removed_bot_can_write_again_after_return() {
    let sandbox = sandbox().await;
    let to = |chat: i64| json!({ "chat_id": chat, "text": "x" });
    sandbox.block_bot(ANNA);
    assert_eq!(refusal(&sandbox, "sendMessage", to(ANNA)).await, "Forbidden: bot was blocked by the user");
    sandbox.unblock_bot(ANNA);
    result(&sandbox, "sendMessage", to(ANNA)).await;
    assert_ne!(sandbox.add_bot_to_group(ANNA, GROUP), 0);
    assert_eq!(result(&sandbox, "sendMessage", to(GROUP)).await["chat"]["type"], "supergroup");
    sandbox.remove_bot_from_group(ANNA, GROUP);
    assert_eq!(
        refusal(&sandbox, "sendMessage", to(GROUP)).await,
        "Forbidden: bot was kicked from the supergroup chat"
    );
}

#[tokio::test]
async fn edit_must_change_a_message_of_the_bot() {
    let sandbox = sandbox().await;
    let id = say(&sandbox, "one").await;
    let edit = |id: i64, text: &str| json!({ "chat_id": ANNA, "message_id": id, "text": text });
    assert!(
        refusal(&sandbox, "editMessageText", edit(id, "one"))
            .await
            .starts_with("Bad Request: message is not modified: ")
    );
    let edited = result(&sandbox, "editMessageText", edit(id, "two")).await;
    assert_eq!((edited["text"].as_str(), edited["edit_date"].is_i64()), (Some("two"), true));
    assert_eq!(
        refusal(&sandbox, "editMessageText", edit(99, "x")).await,
        "Bad Request: message to edit not found"
    );
    assert_eq!(
        refusal(&sandbox, "editMessageText", edit(1, "x")).await,
        "Bad Request: message can't be edited"
    );
    assert_eq!(sandbox.last_message(ANNA).unwrap().edits, 1);
}

#[tokio::test]
async fn deleted_message_is_invisible_to_the_bot() {
    let sandbox = sandbox().await;
    let id = say(&sandbox, "x").await;
    let target = json!({ "chat_id": ANNA, "message_id": id });
    result(&sandbox, "deleteMessage", target.clone()).await;
    assert_eq!(refusal(&sandbox, "deleteMessage", target).await, "Bad Request: message to delete not found");
    assert!(sandbox.messages(ANNA).last().unwrap().deleted);
}

#[tokio::test]
async fn message_is_pinned_and_unpinned_until_it_is_deleted() {
    let sandbox = sandbox().await;
    let id = say(&sandbox, "x").await;
    let target = json!({ "chat_id": ANNA, "message_id": id });
    for (method, is_pinned) in [("pinChatMessage", true), ("unpinChatMessage", false)] {
        result(&sandbox, method, target.clone()).await;
        assert_eq!(sandbox.messages(ANNA).last().unwrap().pinned, is_pinned);
    }
    result(&sandbox, "deleteMessage", target.clone()).await;
    assert_eq!(refusal(&sandbox, "pinChatMessage", target).await, "Bad Request: message to pin not found");
}

#[tokio::test]
async fn keyboard_stays_until_it_is_replaced_or_removed() {
    let options = SandboxOptions { keep_messages_per_chat: 2, ..SandboxOptions::default() };
    let sandbox =
        Sandbox::start(SandboxOptions { token: Some("1:right".to_owned()), ..options }).await.unwrap();
    sandbox.send_text(ANNA, ANNA, "/start");
    let shown = || {
        let label = |keyboard: &ReplyKeyboard| keyboard.rows[0][0].label.clone();
        sandbox.read_state(|state| state.reply_keyboard(ANNA).map(label))
    };
    let with = |markup: Value| json!({ "chat_id": ANNA, "text": "x", "reply_markup": markup });
    let first = result(&sandbox, "sendMessage", with(json!({ "keyboard": [["menu"]] }))).await;
    for _ in 0..3 {
        say(&sandbox, "the message with the keyboard is dropped").await;
    }
    assert_eq!(shown().as_deref(), Some("menu"));
    result(
        &sandbox,
        "sendMessage",
        with(json!({ "inline_keyboard": [[{ "text": "x", "callback_data": "x" }]] })),
    )
    .await;
    assert_eq!(shown().as_deref(), Some("menu"));
    let second = result(&sandbox, "sendMessage", with(json!({ "keyboard": [["other"]] }))).await;
    assert_eq!(shown().as_deref(), Some("other"));
    assert_eq!(first["message_id"], 2);
    let target = json!({ "chat_id": ANNA, "message_id": second["message_id"] });
    result(&sandbox, "deleteMessage", target).await;
    assert_eq!(shown(), None);
    result(&sandbox, "sendMessage", with(json!({ "keyboard": [["menu"]] }))).await;
    result(&sandbox, "sendMessage", with(json!({ "remove_keyboard": true }))).await;
    assert_eq!(shown(), None);
}

#[tokio::test]
async fn button_press_is_answered_once() {
    let sandbox = sandbox().await;
    let id = say(&sandbox, "x").await;
    let pressed = sandbox.press_button(ANNA, ANNA, id, "anything:1");
    let answer = json!({ "callback_query_id": pressed.query_id, "text": "done", "show_alert": true });
    let long = json!({ "callback_query_id": pressed.query_id, "text": "x".repeat(201) });
    assert_eq!(refusal(&sandbox, "answerCallbackQuery", long).await, "Bad Request: MESSAGE_TOO_LONG");
    result(&sandbox, "answerCallbackQuery", answer.clone()).await;
    let old = "Bad Request: query is too old and response timeout expired or query ID is invalid";
    assert_eq!(refusal(&sandbox, "answerCallbackQuery", answer).await, old);
    let answers = sandbox.callback_answers();
    assert_eq!((answers.len(), answers[0].text.as_str(), answers[0].show_alert), (1, "done", true));
}

#[tokio::test]
async fn document_is_sent_and_downloaded() {
    let sandbox = sandbox().await;
    let body = format!(
        "--B\r\ncontent-disposition: form-data; name=\"chat_id\"\r\n\r\n{ANNA}\r\n--B\r\ncontent-disposition: form-data; name=\"document\"\r\n\r\n\
         attach://f\r\n--B\r\ncontent-disposition: form-data; name=\"f\"; filename=\"a.csv\"\r\ncontent-type: text/csv\r\n\r\n1;2\r\n--B--\r\n"
    );
    let head = "POST /bot1:right/sendDocument HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary=B";
    let (status, answer) = raw(&sandbox, head, body.as_bytes()).await.unwrap();
    assert_eq!(status, 200, "{answer}");
    let file_id = sandbox.last_message(ANNA).unwrap().document.unwrap().file_id;
    let path = result(&sandbox, "getFile", json!({ "file_id": file_id })).await["file_path"]
        .as_str()
        .unwrap()
        .to_owned();
    let (_, content) =
        raw(&sandbox, &format!("GET /file/bot1:right/{path} HTTP/1.1\r\nhost: localhost"), b"")
            .await
            .unwrap();
    assert_eq!(content, "1;2");
}

#[tokio::test]
async fn the_narrowest_command_menu_wins() {
    let sandbox = sandbox().await;
    let menu = |name: &str, scope: serde_json::Value| json!({ "commands": [{ "command": name, "description": "x" }], "scope": scope });
    result(&sandbox, "setMyCommands", menu("wide", json!({ "type": "default" }))).await;
    result(&sandbox, "setMyCommands", menu("narrow", json!({ "type": "chat", "chat_id": ANNA }))).await;
    let seen = |chat: i64| sandbox.read_state(|state| state.commands_for(chat, chat)[0].command.clone());
    assert_eq!((seen(ANNA).as_str(), seen(OLEG).as_str()), ("narrow", "wide"));
    assert_eq!(
        refusal(&sandbox, "setMyCommands", menu("Bad", json!({ "type": "default" }))).await,
        "Bad Request: BOT_COMMAND_INVALID"
    );
}

#[tokio::test]
async fn wrong_tokens_and_methods_are_refused() {
    let sandbox = sandbox().await;
    let (status, body) =
        raw(&sandbox, "GET /bot2:wrong/getMe HTTP/1.1\r\nhost: localhost", b"").await.unwrap();
    assert_eq!((status, body.contains("\"Unauthorized\"")), (401, true));
    assert_eq!(call(&sandbox, "noSuchMethod", json!({})).await["error_code"], 404);
    let (_, me) =
        raw(&sandbox, "GET /bot1:right/GETME?x=%41+b HTTP/1.1\r\nhost: localhost", b"").await.unwrap();
    assert!(me.contains("\"is_bot\":true"));
}
