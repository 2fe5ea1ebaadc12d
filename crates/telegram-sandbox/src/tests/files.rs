//! Files, albums, locations and edits, sent by users and by the bot.

use serde_json::{Value, json};

use super::client::{ANNA, call, raw, refusal, result, sandbox};
use crate::{FileKind, Sandbox, SharedLocation, UserFile};

/// A GIF of 2 × 1 pixels, without any content.
const GIF: &[u8] = b"GIF89a\x02\x00\x01\x00\x00\x00\x00;";

/// The updates that wait for the bot, without the first `/start`.
async fn updates(sandbox: &Sandbox) -> Vec<Value> {
    let all = result(sandbox, "getUpdates", json!({})).await;
    all.as_array().unwrap()[1..].to_vec()
}

#[tokio::test]
async fn files_of_users_reach_the_bot_in_telegrams_form() {
    let sandbox = sandbox().await;
    let photo = UserFile::new(FileKind::Photo, "photo.gif", GIF).with_caption("dented").in_reply_to(1);
    sandbox.send_file(ANNA, ANNA, &photo.in_album("7"));
    sandbox.send_file(ANNA, ANNA, &UserFile::new(FileKind::Voice, "voice.ogg", *b"OggS"));
    sandbox.send_file(ANNA, ANNA, &UserFile::new(FileKind::Video, "video.mp4", *b"mp4"));
    sandbox.send_file(ANNA, ANNA, &UserFile::new(FileKind::Document, "act.txt", *b"act"));
    sandbox.send_location(ANNA, ANNA, SharedLocation { latitude: 55.75, longitude: 37.5 });
    let updates = updates(&sandbox).await;
    let photo = &updates[0]["message"];
    assert_eq!((&photo["photo"][0]["width"], &photo["photo"][0]["height"]), (&json!(2), &json!(1)));
    assert_eq!((&photo["caption"], &photo["media_group_id"]), (&json!("dented"), &json!("7")));
    assert_eq!(photo["reply_to_message"]["message_id"], 1);
    assert!(photo.get("text").is_none());
    assert_eq!(updates[1]["message"]["voice"]["mime_type"], "audio/ogg");
    assert_eq!(updates[2]["message"]["video"]["file_name"], "video.mp4");
    assert_eq!(updates[3]["message"]["document"]["mime_type"], "text/plain");
    assert_eq!(updates[4]["message"]["location"], json!({ "latitude": 55.75, "longitude": 37.5 }));
}

#[tokio::test]
async fn bot_sends_files_again_by_their_id() {
    let sandbox = sandbox().await;
    sandbox.send_file(ANNA, ANNA, &UserFile::new(FileKind::Photo, "photo.gif", GIF));
    let received = updates(&sandbox).await[0]["message"]["photo"][0].clone();
    let by_id = json!({ "chat_id": ANNA, "photo": received["file_id"], "caption": "<b>dented</b>", "parse_mode": "HTML" });
    let sent = result(&sandbox, "sendPhoto", by_id).await;
    assert_eq!(sent["photo"][0]["file_unique_id"], received["file_unique_id"]);
    assert_ne!(sent["photo"][0]["file_id"], received["file_id"]);
    assert_eq!(sent["caption_entities"][0]["type"], "bold");
    let wrong_kind = json!({ "chat_id": ANNA, "video": received["file_id"] });
    let refused = "Bad Request: can't use file of type Photo as Video";
    assert_eq!(refusal(&sandbox, "sendVideo", wrong_kind).await, refused);
    let unknown = json!({ "chat_id": ANNA, "voice": "of-an-earlier-run" });
    let refused = "Bad Request: wrong file identifier/HTTP URL specified";
    assert_eq!(refusal(&sandbox, "sendVoice", unknown).await, refused);
}

#[tokio::test]
async fn album_is_sent_whole_or_not_at_all() {
    let sandbox = sandbox().await;
    sandbox.send_file(ANNA, ANNA, &UserFile::new(FileKind::Photo, "photo.gif", GIF));
    sandbox.send_file(ANNA, ANNA, &UserFile::new(FileKind::Document, "act.txt", *b"act"));
    let received = updates(&sandbox).await;
    let item = |kind: &str, media: &Value| json!({ "type": kind, "media": media });
    let photo = item("photo", &received[0]["message"]["photo"][0]["file_id"]);
    let document = item("document", &received[1]["message"]["document"]["file_id"]);
    let album = |items: Vec<&Value>| json!({ "chat_id": ANNA, "media": items });
    let before = sandbox.messages(ANNA).len();
    for (items, refused) in [
        (vec![], "there are no messages to send"),
        (vec![&photo; 11], "too many messages to send as an album"),
        (vec![&photo, &document], "document can't be mixed with other media types"),
        (vec![&photo, &item("photo", &json!("none"))], "wrong file identifier/HTTP URL specified"),
    ] {
        let said = refusal(&sandbox, "sendMediaGroup", album(items)).await;
        assert_eq!(said, format!("Bad Request: {refused}"));
    }
    assert_eq!(sandbox.messages(ANNA).len(), before);
    let sent = call(&sandbox, "sendMediaGroup", album(vec![&photo, &photo])).await["result"].clone();
    assert!(sent[0]["media_group_id"].is_string(), "{sent}");
    assert_eq!(sent[0]["media_group_id"], sent[1]["media_group_id"]);
    assert_eq!(sandbox.messages(ANNA).len(), before + 2);
}

#[tokio::test]
async fn page_sends_files_and_locations_and_edits() {
    let sandbox = sandbox().await;
    let post = |path: &'static str, kind: &'static str, body: Vec<u8>| {
        let sandbox = sandbox.clone();
        async move {
            let head =
                format!("POST /sandbox/api/{path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}");
            raw(&sandbox, &head, &body).await.unwrap().0
        }
    };
    let octets = "application/octet-stream";
    let photo = "file?as=101&chat=101&kind=photo&name=p.gif&caption=a%20b&reply_to=1";
    assert_eq!(post(photo, octets, GIF.to_vec()).await, 200);
    assert_eq!(post(photo, octets, b"text".to_vec()).await, 422);
    assert_eq!(post(photo, octets, Vec::new()).await, 422);
    assert_eq!(post(photo, "text/plain", GIF.to_vec()).await, 415);
    assert_eq!(post("file?as=102&chat=101&kind=photo&name=p.gif", octets, GIF.to_vec()).await, 404);
    let json = "application/json";
    let location = json!({ "as": ANNA, "chat": ANNA, "latitude": 1.5, "longitude": 2.5, "reply_to": 2 });
    assert_eq!(post("location", json, location.to_string().into_bytes()).await, 200);
    let edit = |user: i64, message: i64, text: &str| {
        json!({ "as": user, "chat": ANNA, "message": message, "text": text }).to_string().into_bytes()
    };
    assert_eq!(post("edit", json, edit(ANNA, 1, "/help")).await, 200);
    assert_eq!(post("edit", json, edit(ANNA, 2, "")).await, 200, "a caption can be removed");
    assert_eq!(post("edit", json, edit(ANNA, 1, " ")).await, 404, "a text cannot");
    assert_eq!(post("edit", json, edit(ANNA, 3, "a location has no text")).await, 404);
    let updates = updates(&sandbox).await;
    assert_eq!(updates[0]["message"]["caption"], "a b");
    assert_eq!(updates[1]["message"]["reply_to_message"]["message_id"], 2);
    assert_eq!(updates[2]["edited_message"]["text"], "/help");
    assert!(updates[2]["edited_message"]["edit_date"].is_i64());
    assert!(updates[3]["edited_message"].get("caption").is_none());
    assert_eq!(updates.len(), 4);
}
