//! Edited messages: an edit of the last answer corrects it.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;
use serde_json::{Value, json};

use crate::albums::{message_update, photo, sent_message};
use crate::database_rows::STORED_PHONE;
use crate::dialogue::{ANSWERS, answers};
use crate::texts::{first_line, key, text};
use crate::world::{Backend, ChatUser, World, staffed};

impl ChatUser<'_> {
    fn sends_as(self, id: i64, content: Value) -> Self {
        self.acts(|telegram| telegram.push_raw_update(&message_update(self, id, 50, content).to_string()))
    }

    fn edits(self, id: i64, content: Value) -> Self {
        let mut message = sent_message(self, id, 50, content);
        message["edit_date"] = 60.into();
        let update = json!({ "edited_message": message }).to_string();
        self.acts(|telegram| telegram.push_raw_update(&update))
    }

    fn edits_text(self, id: i64, text: &str) -> Self {
        self.edits(id, json!({ "text": text }))
    }
}

/// Finishes the order from the client's name on.
fn finished_order(world: &World, player: ChatUser<'_>) -> i64 {
    for answer in &ANSWERS[2..] {
        player.says(answer);
    }
    player.says(key::CONFIRM);
    world.last_order()
}

#[rstest]
fn edit_of_the_last_answer_corrects_it(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 1);
    dispatcher.sends_as(5, json!({ "text": ANSWERS[1] })).hears(first_line(&text("order-ask-phone")));
    world.restart();
    let heard = dispatcher.edits_text(5, "Не греет духовка и щёлкает").hears(&text("edit-taken"));
    assert!(heard.text.contains(&text("order-ask-phone")), "{}", heard.text);
    // Telegram also reports changes that a reader does not see.
    let before = dispatcher.count_texts();
    dispatcher.edits_text(5, "Не греет духовка и щёлкает");
    dispatcher.assert_silent_since(before);
    // A wrong edit is refused like a wrong answer, and asked again; its edit answers the question.
    dispatcher.edits_text(5, &"ы".repeat(501));
    let refused = dispatcher.hears("501");
    assert!(!refused.text.contains(&text("edit-taken")), "{}", refused.text);
    dispatcher.edits_text(5, "Не греет духовка").hears(first_line(&text("order-ask-phone")));
    let order = finished_order(&world, dispatcher);
    assert_eq!(world.order(order).description, "Не греет духовка");
}

#[rstest]
fn edit_of_an_answer_to_the_present_question_replaces_it(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 2);
    dispatcher.sends_as(5, json!({ "text": "123" })).hears(first_line(&text("error-phone")));
    dispatcher.edits_text(5, "1234").hears(first_line(&text("error-phone")));
    dispatcher.edits_text(5, ANSWERS[2]).hears(&text("order-ask-client-name"));
    // One that was taken and then gone back to.
    dispatcher.presses("dialog_back");
    dispatcher.edits_text(5, "8 912 345-67-89").hears(&text("order-ask-client-name"));
    dispatcher.says(ANSWERS[3]).says(ANSWERS[4]).says(ANSWERS[5]).says(ANSWERS[6]).says(key::CONFIRM);
    assert_eq!(world.order(world.last_order()).client_phone, "+79123456789");
}

#[rstest]
fn edit_of_an_older_message_gets_one_sentence(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 1);
    dispatcher.sends_as(5, json!({ "text": ANSWERS[1] }));
    dispatcher.sends_as(6, json!({ "text": ANSWERS[2] })).hears(&text("order-ask-client-name"));
    dispatcher.edits_text(5, "Совсем другая поломка").hears(&text("edit-too-late"));
    for answer in &ANSWERS[3..] {
        dispatcher.says(answer);
    }
    dispatcher.says(key::CONFIRM);
    assert_eq!(world.order(world.last_order()).description, ANSWERS[1]);
    // The last answer of a dialogue that is over.
    dispatcher.edits_text(6, "Другой Клиент").hears(&text("edit-too-late"));
    assert_eq!(world.order(world.last_order()).client_phone, STORED_PHONE);
    // Another dialogue has nothing to do with answers of the last one.
    answers(dispatcher, 2);
    dispatcher.edits_text(6, "Другой Клиент").hears(&text("edit-too-late"));
    // What has no text, such as a live location, moves without an answer. So does everything in a group.
    let before = dispatcher.count_texts();
    dispatcher.edits(8, json!({ "location": { "latitude": 1.0, "longitude": 2.0, "live_period": 60 } }));
    dispatcher.assert_silent_since(before);
    let stranger = world.stranger().in_group();
    stranger.edits_text(9, "правка в группе");
    assert_eq!(world.texts_sent_to(stranger.chat), Vec::<String>::new());
}

#[rstest]
fn edited_caption_keeps_the_album(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let dispatcher = world.dispatcher();
    answers(dispatcher, 1);
    let part =
        |number: i64, caption| message_update(dispatcher, 20 + number, 50, photo(number, Some(7), caption));
    world.receives_all(&[part(1, Some(ANSWERS[1])), part(2, None), part(3, None)]);
    dispatcher.edits(21, photo(4, Some(7), Some("Не греет духовка"))).hears(&text("edit-taken"));
    let order = finished_order(&world, dispatcher);
    assert_eq!(world.order(order).description, "Не греет духовка");
    let files = |id: &str| world.count_rows(&format!("order_files WHERE file_id LIKE '{id}'"));
    assert_eq!(["large-%", "large-4", "large-1"].map(files), [3, 1, 0]);
}

#[rstest]
fn edited_amount_is_corrected_before_the_order_is_closed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let master = world.master();
    let order = world.order_in(OrderStatus::OnSite);
    master.presses_old(&format!("complete_order:{order}"));
    master.sends_as(5, json!({ "text": "5000" })).hears(&text("close-ask-materials"));
    master.edits_text(5, "6000").hears(&text("close-ask-materials"));
    master.says("0");
    master.presses("review:yes");
    master.presses("dialog_confirm");
    assert_eq!(world.order(order).total.map(|total| total.0), Some(600_000));
}
