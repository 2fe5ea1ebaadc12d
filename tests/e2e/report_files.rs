//! Reports as pictures and workbooks in the chat.

use std::io::Cursor;
use std::sync::Arc;

use botctl::testing::db::schema::outbox;
use botctl::testing::domain::OrderStatus;
use calamine::{Data, Reader, Xlsx};
use diesel::prelude::*;
use rstest::rstest;
use telegram_sandbox::ChatMessage;

use crate::texts::text;
use crate::world::{Backend, DISPATCHER, World, execute, staffed};

/// A closed order of 10,000.50 roubles.
fn with_closed_order(backend: Backend) -> Option<World> {
    let world = staffed().build_or_skip(backend)?;
    let order = world.order_in(OrderStatus::Closed);
    let amounts =
        "total_amount = 1000050, materials_cost = 50, master_profit = 400000, company_profit = 600000";
    world.db(|conn| execute(conn, &format!("UPDATE orders SET {amounts} WHERE id = {order}")));
    Some(world)
}

/// Waits for the next file of a kind in the dispatcher's chat: its name, content and caption.
fn file_of(world: &World, kind: &str) -> (String, Arc<[u8]>, String) {
    world.wait("a file of the bot", |state| {
        let has_file = |message: &&ChatMessage| {
            message.document.as_ref().is_some_and(|file| message.from_bot && file.kind.field() == kind)
        };
        let message = state.iter_messages(DISPATCHER).find(has_file)?;
        let file = message.document.clone()?;
        Some((file.name, file.bytes, message.text.clone()))
    })
}

#[rstest]
fn report_comes_as_a_picture_and_as_a_workbook(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = with_closed_order(backend) else { return };
    let dispatcher = world.dispatcher();
    dispatcher.presses_old("report:masters:this-month:1");
    dispatcher.hears(&text("report-kind-masters"));
    dispatcher.presses("report_chart:masters:this-month");
    let (_, picture, caption) = file_of(&world, "photo");
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
    assert!(caption.contains(&text("report-kind-masters")) && caption.contains("000,50"), "{caption}");

    dispatcher.presses("report_workbook:masters:this-month");
    let (name, workbook, _) = file_of(&world, "document");
    assert!(name.starts_with(&text("report-kind-masters")) && name.contains(".xlsx"), "{name}");
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(workbook.to_vec())).unwrap();
    let orders = workbook.worksheet_range(&text("report-kind-orders")).unwrap();
    assert_eq!(orders.get_value((1, 7)), Some(&Data::Float(10_000.5)));
    assert_eq!(world.messages_that_are("dead"), 0);
}

#[rstest]
fn outbox_holds_what_is_wanted_and_not_the_report(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = with_closed_order(backend) else { return };
    let dispatcher = world.dispatcher();
    dispatcher.presses_old("download_masters_excel");
    file_of(&world, "document");
    dispatcher.presses_old("report:orders:all:1");
    dispatcher.hears(&text("report-kind-orders"));
    // The outbox says what is in the message, and nothing of an order: no writer has read them.
    let payloads: Vec<String> = world.db(|conn| {
        let made = outbox::payload.like("%\"make\":%");
        outbox::table.filter(made).order(outbox::id).select(outbox::payload).load(conn).unwrap()
    });
    let [file, page] = payloads.as_slice() else { panic!("{payloads:?}") };
    assert!(file.contains("workbook") && file.len() < 600, "{file}");
    assert!(page.contains("report:orders:all:1") && !page.contains("\"text\"") && page.len() < 600, "{page}");
}
