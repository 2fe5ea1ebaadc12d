//! Messages that belong together: long texts that the app cut, albums, captions with their files.

use rstest::rstest;
use serde_json::{Value, json};

use crate::dialogue::{ANSWERS, answers};
use crate::texts::{first_line, key, text};
use crate::world::{Backend, ChatUser, GROUP, World, staffed, wait_until};

/// The longest text that an app sends as one message.
const FULL: usize = 4096;
const REST: &str = "и ещё конец текста, который приложение отрезало";

/// A message with this content, in the form in which Telegram sends it.
pub fn message_update(player: ChatUser<'_>, id: i64, date: i64, content: Value) -> Value {
    json!({ "message": sent_message(player, id, date, content) })
}

pub fn sent_message(player: ChatUser<'_>, id: i64, date: i64, content: Value) -> Value {
    let mut message = content;
    message["message_id"] = id.into();
    message["date"] = date.into();
    message["chat"] = if player.chat < 0 {
        json!({ "id": player.chat, "type": "supergroup", "title": "Рабочая группа" })
    } else {
        json!({ "id": player.chat, "type": "private", "first_name": "Имя" })
    };
    message["from"] = json!({ "id": player.id, "is_bot": false, "first_name": "Имя", "language_code": "ru" });
    message
}

/// One photo of an album; without a group it is a photo alone.
pub fn photo(number: i64, group: Option<i64>, caption: Option<&str>) -> Value {
    let size = |name: &str| json!({ "file_id": format!("{name}-{number}"), "file_unique_id": "u", "width": 1, "height": 1 });
    let mut content = json!({ "photo": [size("small"), size("large")] });
    if let Some(group) = group {
        content["media_group_id"] = group.to_string().into();
    }
    if let Some(caption) = caption {
        content["caption"] = caption.into();
    }
    content
}

impl World {
    /// Sends updates one after the other and waits until each is handled and answered.
    pub fn receives_all(&self, updates: &[Value]) {
        self.begin_act();
        let ids = self.push_updates(updates);
        self.wait_until_answered(&ids);
    }

    /// The same, in one batch: they come while the bot is down.
    fn receives_in_one_batch(&self, updates: &[Value]) {
        assert_eq!(self.terminate(), 0);
        self.begin_act();
        let ids = self.push_updates(updates);
        self.start();
        self.wait_until_answered(&ids);
    }

    fn push_updates(&self, updates: &[Value]) -> Vec<i64> {
        updates.iter().map(|update| self.sandbox.push_raw_update(&update.to_string())).collect()
    }

    fn wait_until_answered(&self, updates: &[i64]) {
        for update in updates {
            self.wait_until_handled(*update);
        }
        self.wait_until_sent();
    }

    fn wait_until_sent(&self) {
        wait_until("the answers are sent", || self.messages_that_are("pending") == 0);
    }

    fn order_files(&self, order: i64) -> i64 {
        self.count_rows(&format!("order_files WHERE order_id = {order}"))
    }
}

impl ChatUser<'_> {
    /// Counts what was said in the chat, once everything is sent.
    fn count_sent_texts(self) -> usize {
        self.world.wait_until_sent();
        self.count_texts()
    }
}

/// Ten photos; the third has the caption.
fn album(player: ChatUser<'_>, first: i64, group: i64, caption: Option<&str>) -> Vec<Value> {
    let one = |number: i64| {
        let caption = caption.filter(|_| number == 3);
        message_update(player, first + number, 50, photo(number, Some(group), caption))
    };
    (1..=10).map(one).collect()
}

#[rstest]
fn text_that_the_app_cut_is_one_answer(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 1);
    let before = dispatcher.count_sent_texts();
    let parts = [(11, 50, "ы".repeat(FULL)), (12, 50, "ы".repeat(FULL)), (13, 51, REST.to_owned())];
    let updates = parts.map(|(id, date, part)| message_update(dispatcher, id, date, json!({ "text": part })));
    world.receives_in_one_batch(&updates);
    assert_eq!(dispatcher.count_sent_texts(), before + 1, "one answer to a text in three parts");
    // The question is still open.
    dispatcher.says(ANSWERS[1]).hears(first_line(&text("order-ask-phone")));
    // A forwarded text is cut, too; what comes seconds later is a message of its own.
    let forwarded = |text: &str| {
        let origin = json!({ "type": "hidden_user", "sender_user_name": "x", "date": 1 });
        json!({ "text": text, "forward_origin": origin })
    };
    let before = dispatcher.count_sent_texts();
    world.receives_in_one_batch(&[
        message_update(dispatcher, 31, 70, forwarded(&"ы".repeat(FULL))),
        message_update(dispatcher, 32, 70, forwarded(REST)),
        message_update(dispatcher, 33, 74, json!({ "text": ANSWERS[2] })),
    ]);
    assert_eq!(dispatcher.count_sent_texts(), before + 2);
    dispatcher.says("/cancel");
}

#[rstest]
fn cut_text_survives_a_crash_or_stop_between_its_parts(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
    #[values(true, false)] is_crash: bool,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 1);
    let before = dispatcher.count_sent_texts();
    // However slow the machine is, the first part is not handled before the end.
    world.locks_out("начало");
    let first = format!("начало {}", "ы".repeat(FULL - 7));
    let mut parts = world.push_updates(&[message_update(dispatcher, 11, 50, json!({ "text": first }))]);
    wait_until("the first part is stored", || world.unfinished() == 1);
    if is_crash {
        world.kill();
    } else {
        assert_eq!(world.terminate(), 0);
    }
    assert_eq!(world.unfinished(), 1);
    world.lets_in();
    parts.extend(world.push_updates(&[message_update(dispatcher, 12, 50, json!({ "text": REST }))]));
    world.start();
    world.wait_until_answered(&parts);
    assert_eq!(dispatcher.count_sent_texts(), before + 1);
    assert_eq!(world.unfinished(), 0);
    dispatcher.says(ANSWERS[1]).hears(first_line(&text("order-ask-phone")));
}

#[rstest]
fn late_rest_of_a_cut_text_does_not_answer_a_question(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 1);
    world.receives_all(&[message_update(dispatcher, 11, 50, json!({ "text": "ы".repeat(FULL) }))]);
    world.restart();
    world.receives_all(&[message_update(dispatcher, 12, 51, json!({ "text": REST }))]);
    dispatcher.hears(first_line(&text("text-rest-late")));
    dispatcher.says(ANSWERS[1]).hears(first_line(&text("order-ask-phone")));
}

#[rstest]
fn album_gets_one_answer(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (dispatcher, master) = (world.dispatcher(), world.master());
    // Outside of a dialogue, in one dialogue without a caption, and in a group, where nothing is asked.
    answers(dispatcher, 1);
    let before = [dispatcher.count_sent_texts(), master.count_sent_texts()];
    let mut updates = album(dispatcher, 100, 7, None);
    updates.extend(album(master, 200, 8, None));
    updates.extend(album(master.in_group(), 300, 9, Some(ANSWERS[1])));
    world.receives_in_one_batch(&updates);
    assert_eq!([dispatcher.count_sent_texts(), master.count_sent_texts()], before.map(|count| count + 1));
    let answer = dispatcher.texts_since(before[0]).concat();
    assert!(answer.starts_with(&text("order-file-kept")), "{answer}");
    assert_eq!(world.sandbox.messages(GROUP).iter().filter(|message| message.from_bot).count(), 0);
    // The caption of any photo is the answer, and the whole album is kept beside the one without a caption.
    let before = dispatcher.count_sent_texts();
    world.receives_in_one_batch(&album(dispatcher, 400, 10, Some(ANSWERS[1])));
    dispatcher.hears(first_line(&text("order-ask-phone")));
    assert_eq!(dispatcher.count_sent_texts(), before + 1);
    // A photo that comes late answers nothing and is kept, too.
    world.receives_all(&[message_update(dispatcher, 420, 50, photo(11, Some(10), None))]);
    assert_eq!(dispatcher.count_sent_texts(), before + 1);
    for answer in &ANSWERS[2..] {
        dispatcher.says(answer);
    }
    dispatcher.says(key::CONFIRM);
    assert_eq!(world.order_files(world.last_order()), 10 + 11);
}

#[rstest]
fn hundred_photos_are_ten_albums(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let master = world.master();
    let before = master.count_sent_texts();
    let updates: Vec<Value> = (1..=10).flat_map(|n| album(master, n * 100, n, None)).collect();
    world.receives_in_one_batch(&updates);
    assert_eq!(master.count_sent_texts(), before + 10);
    assert_eq!((world.unfinished(), world.messages_that_are("dead")), (0, 0));
}

#[rstest]
fn captions_file_is_kept_with_the_order(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 1);
    let mut forwarded = photo(1, None, Some(ANSWERS[1]));
    forwarded["forward_origin"] = json!({ "type": "hidden_user", "sender_user_name": "x", "date": 1 });
    world.receives_all(&[message_update(dispatcher, 21, 50, forwarded)]);
    dispatcher.hears(first_line(&text("order-ask-phone")));
    for answer in &ANSWERS[2..5] {
        dispatcher.says(answer);
    }
    let video = |name: &str| json!({ "video": { "file_id": name }, "caption": ANSWERS[5] });
    world.receives_all(&[message_update(dispatcher, 22, 60, video("discarded"))]);
    // Another answer to the same question has other files.
    dispatcher.presses("dialog_back");
    world.receives_all(&[message_update(dispatcher, 23, 61, video("video-1"))]);
    world.restart();
    dispatcher.says(ANSWERS[6]).hears("📎 2");
    dispatcher.says(key::CONFIRM);
    let order = world.last_order();
    for stored in ["'photo' AND file_id = 'large-1'", "'video' AND file_id = 'video-1'"] {
        assert_eq!(world.count_rows(&format!("order_files WHERE order_id = {order} AND kind = {stored}")), 1);
    }
    assert_eq!(world.order_files(order), 2);
    dispatcher.presses("view_order");
    dispatcher.hears("📎 2");
    // A text alone has none.
    answers(dispatcher, 7);
    dispatcher.says(key::CONFIRM);
    assert_eq!(world.order_files(world.last_order()), 0);
}
