//! Files on an order: they are really sent on, and sent again when they are asked for.

use rstest::rstest;
use telegram_sandbox::{ChatMessage, FileKind, UserFile};

use botctl::testing::domain::OrderStatus;

use crate::database_rows::PHONE;
use crate::texts::{about, text_with};
use crate::world::{Backend, DISPATCHER, MASTER, World, staffed, wait_until};

/// Waits until the bot has sent so many files to a chat; their kinds and captions.
fn wait_for_files(world: &World, chat: i64, count: usize) -> Vec<(&'static str, String)> {
    world.wait("files of the bot", |state| {
        let is_file = |message: &&ChatMessage| message.from_bot && message.document.is_some();
        let files = state.iter_messages(chat).filter(is_file);
        let files: Vec<_> =
            files.map(|file| (file.document.as_ref().unwrap().kind.field(), file.text.clone())).collect();
        (files.len() == count).then_some(files)
    })
}

#[rstest]
fn files_reach_the_other_side_and_are_shown_in_order(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::OnSite);
    let (master, dispatcher) = (world.master(), world.dispatcher());
    let card = master.says(&format!("/order {order}")).hears(PHONE).id;
    // The courier records the number of the card after it was sent.
    wait_until("everything is recorded as sent", || world.messages_that_are("pending") == 0);
    // A photo in reply to the card needs no press.
    let photo = UserFile::made_up(FileKind::Photo).with_caption("Шильдик машины").in_reply_to(card);
    master.acts(|telegram| telegram.send_file(MASTER, MASTER, &photo).update_id);
    master.hears(&about("comment-done", order));
    let received = wait_for_files(&world, DISPATCHER, 1);
    assert!(received[0].0 == "photo" && received[0].1.contains("Шильдик машины"), "{received:?}");
    // The other side answers by voice.
    dispatcher.presses_old(&format!("comment_order:{order}"));
    dispatcher.hears(&about("comment-ask", order));
    dispatcher.acts(|telegram| {
        telegram.send_file(DISPATCHER, DISPATCHER, &UserFile::made_up(FileKind::Voice)).update_id
    });
    assert_eq!(wait_for_files(&world, MASTER, 1)[0].0, "voice");
    world.restart();
    dispatcher.says(&format!("/order {order}")).hears("📎 2");
    dispatcher.presses(&format!("order_comments:{order}"));
    dispatcher.hears_all(&[
        &text_with("comments-title", &[("id", &order.to_string()), ("count", "2")]),
        "Шильдик машины",
    ]);
    let shown = wait_for_files(&world, DISPATCHER, 3);
    assert_eq!([shown[1].0, shown[2].0], ["photo", "voice"]);
    assert_eq!(world.messages_that_are("dead"), 0);
}
