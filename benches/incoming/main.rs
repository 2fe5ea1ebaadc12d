//! Reading updates: ours against teloxide's `Update`, on the same payloads.

#![allow(clippy::expect_used, missing_docs)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use botctl::testing::bot::ReceivedUpdate;
use serde_json::{Value, json};
use teloxide::types::Update;

/// The readers take turns; each round of one reads every payload this often.
const ROUNDS: u32 = 20;
const READS: u32 = 2_000;

fn main() {
    println!("| update | teloxide, µs | botctl, µs | teloxide / botctl |");
    println!("|---|---|---|---|");
    for (name, payload) in payloads() {
        let (mut theirs, mut ours) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..ROUNDS {
            theirs += time_reads(|| {
                black_box(serde_json::from_str::<Update>(black_box(&payload)).expect("teloxide reads it"));
            });
            ours += time_reads(|| {
                black_box(ReceivedUpdate::parse(1, black_box(&payload)));
            });
        }
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(ROUNDS * READS);
        let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
        println!("| {name} | {:.2} | {:.2} | {ratio:.1} |", micros(theirs), micros(ours));
    }
}

fn time_reads(mut read: impl FnMut()) -> Duration {
    let begun = Instant::now();
    for _ in 0..READS {
        read();
    }
    begun.elapsed()
}

fn payloads() -> [(&'static str, String); 4] {
    let chat = json!({ "id": 1_002, "type": "private", "first_name": "Дарья", "last_name": "Диспетчерова" });
    let from = json!({ "id": 1_002, "is_bot": false, "first_name": "Дарья", "last_name": "Диспетчерова", "language_code": "ru" });
    let message = |content: Value| {
        let mut message = content;
        message["message_id"] = 5.into();
        message["date"] = 1_700_000_000.into();
        message["chat"] = chat.clone();
        message["from"] = from.clone();
        message
    };
    let update = |kind: &str, body: Value| json!({ "update_id": 1, kind: body }).to_string();
    let size = |id: &str| json!({ "file_id": id, "file_unique_id": id, "width": 90, "height": 90, "file_size": 1_500 });
    let button = json!({ "text": "✅ Принять", "callback_data": "group_accept_order:1" });
    let card = message(
        json!({ "text": "Заявка №1\nСтиральные машины\nНе сливает", "reply_markup": { "inline_keyboard": [[button, button], [button]] } }),
    );
    [
        (
            "command",
            update(
                "message",
                message(
                    json!({ "text": "/start", "entities": [{ "type": "bot_command", "offset": 0, "length": 6 }] }),
                ),
            ),
        ),
        (
            "text",
            update(
                "message",
                message(json!({ "text": "Не сливает воду, шумит при отжиме и пахнет горелым" })),
            ),
        ),
        (
            "photo with a caption",
            update(
                "message",
                message(json!({ "photo": [size("s"), size("m"), size("x")], "caption": "Не сливает" })),
            ),
        ),
        (
            "press",
            update(
                "callback_query",
                json!({ "id": "4382", "from": from, "message": card, "chat_instance": "1", "data": "group_accept_order:1" }),
            ),
        ),
    ]
}
