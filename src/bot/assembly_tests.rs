#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};

use super::*;
use crate::domain::ids::MessageId;

fn received(id: i64, user: i64, date: i64, content: Value) -> ReceivedUpdate {
    let mut message = content;
    message["message_id"] = id.into();
    message["date"] = date.into();
    message["chat"] = json!({ "id": -5, "type": "supergroup", "title": "x" });
    message["from"] = json!({ "id": user, "is_bot": false, "first_name": "x" });
    ReceivedUpdate::parse(id, &json!({ "update_id": id, "message": message }).to_string())
}

fn text(id: i64, date: i64, text: &str) -> ReceivedUpdate {
    received(id, 1, date, json!({ "text": text }))
}

fn photo(id: i64, group: &str, caption: Option<&str>) -> ReceivedUpdate {
    let mut content = json!({ "photo": [{ "file_id": format!("f{id}") }], "media_group_id": group });
    if let Some(caption) = caption {
        content["caption"] = caption.into();
    }
    received(id, 1, 50, content)
}

fn input(update: ReceivedUpdate) -> IncomingUpdate {
    let UpdateContent::Action(input) = update.content else { panic!("no action") };
    input
}

#[test]
fn only_messages_that_may_have_more_parts_wait() {
    let full = "ы".repeat(MAX_MESSAGE);
    for waiting in [text(1, 50, &full), text(1, 50, &"🛠".repeat(2000)), photo(1, "7", None)] {
        assert!(may_continue(&waiting, 1) && !may_continue(&waiting, MAX_PARTS));
    }
    for ready in [
        text(1, 50, "короткий"),
        text(1, 50, &"ы".repeat(3999)),
        received(1, 1, 50, json!({ "photo": [{ "file_id": "f" }], "caption": "x" })),
        received(1, 1, 50, json!({ "dice": {} })),
        ReceivedUpdate::parse(1, r#"{"update_id":1,"poll":{}}"#),
    ] {
        assert!(!may_continue(&ready, 1), "{ready:?}");
    }
}

#[test]
fn next_part_has_the_same_sender_and_the_marks_of_a_part() {
    let full = text(1, 50, &"ы".repeat(4050));
    assert!(is_next_part(&full, &text(2, 50, "конец")));
    assert!(is_next_part(&full, &text(2, 51, "конец")));
    assert!(is_next_part(&photo(1, "7", Some("x")), &photo(2, "7", None)));
    let forwarded =
        json!({ "text": "конец", "forward_origin": { "type": "hidden_user", "sender_user_name": "x" } });
    for other in [
        text(2, 52, "через две секунды"),
        text(2, 49, "раньше"),
        text(2, 50, "/cancel"),
        text(2, 50, "❌ Отмена"),
        received(2, 2, 50, json!({ "text": "другой человек" })),
        received(2, 1, 50, forwarded),
        received(2, 1, 50, json!({ "sticker": { "file_id": "x" } })),
        received(2, 1, 50, json!({ "text": "x", "message_thread_id": 7, "is_topic_message": true })),
        photo(2, "7", Some("x")),
    ] {
        assert!(!is_next_part(&full, &other), "{other:?}");
    }
    assert!(!is_next_part(&text(1, 50, "коротко"), &text(2, 50, "ещё")));
    assert!(!is_next_part(&photo(1, "7", None), &photo(2, "8", None)));
    assert!(!is_next_part(&photo(1, "7", None), &text(2, 50, "x")));
}

#[test]
fn parts_become_one_text() {
    let (full, spaced) = ("ы".repeat(MAX_MESSAGE), "ы".repeat(4050));
    let whole = join_parts([text(1, 50, &full), text(2, 50, &spaced), text(3, 51, "конец")]).unwrap();
    assert_eq!(whole.parts, [2, 3]);
    let whole = input(whole);
    assert_eq!(whole.event, IncomingEvent::Text(format!("{full}{spaced}\nконец")));
    let details = whole.message.unwrap();
    assert_eq!(details.ids, [1, 2, 3].map(MessageId));
    assert!(!details.marks.may_continue(), "the last part is not cut");
}

#[test]
fn album_has_its_caption_from_any_photo_and_all_files() {
    for captions in [[Some("x"), None, None], [None, Some("x"), None], [None, None, Some("x")]] {
        let [first, second, third] = captions;
        let parts = [photo(1, "7", first), photo(2, "7", second), photo(3, "7", third)];
        let whole = input(join_parts(parts).unwrap());
        assert_eq!(whole.event, IncomingEvent::Answer(DialogueAnswer::Text("x".to_owned())));
        let files: Vec<String> = whole.message.unwrap().files.into_iter().map(|file| file.file_id).collect();
        assert_eq!(files, ["f1", "f2", "f3"]);
    }
    let forwarded = |id: i64, caption: Value| {
        let origin = json!({ "type": "hidden_user", "sender_user_name": "x" });
        let photo = json!([{ "file_id": "f" }]);
        let content =
            json!({ "forward_origin": origin, "photo": photo, "media_group_id": "7", "caption": caption });
        received(id, 1, 50, content)
    };
    let whole = input(join_parts([forwarded(1, Value::Null), forwarded(2, "x".into())]).unwrap());
    let IncomingEvent::Answer(answer) = whole.event else { panic!("no answer") };
    assert!(
        matches!(&answer, DialogueAnswer::Forwarded { text: Some(text), .. } if text == "x"),
        "{answer:?}"
    );
    let whole = input(join_parts([photo(1, "7", None), photo(2, "7", None)]).unwrap());
    assert_eq!(whole.event, IncomingEvent::Answer(DialogueAnswer::OtherContent));
    let whole = input(join_parts([photo(1, "7", Some("a")), photo(2, "7", Some("b"))]).unwrap());
    assert_eq!(whole.event, IncomingEvent::Answer(DialogueAnswer::Text("a\nb".to_owned())));
}
