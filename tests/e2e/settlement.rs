//! Settlement in the real program: staff take cash, the master answers, and the statement is a workbook that another program reads.

use std::io::Cursor;

use botctl::testing::db::schema::{hand_overs, ledger_entries};
use botctl::testing::domain::OrderStatus;
use calamine::{Data, Reader, Xlsx};
use diesel::prelude::*;
use rstest::rstest;

use crate::texts::{about, first_line, key, text};
use crate::world::{Backend, MASTER, World, staffed};

/// Closes an order of which the master owes 3,000.
fn close_order(world: &World) {
    let order = world.order_in(OrderStatus::OnSite);
    let master = world.master();
    master.presses_old(&format!("complete_order:{order}"));
    master.says("5000 0").hears(&text("close-ask-review"));
    master.presses("review:no");
    master.hears(first_line(&text("close-check")));
    master.presses("dialog_confirm");
    master.hears(&about("closed-done", order));
}

fn takes_cash(world: &World, id: impl std::fmt::Display, amount: &str) {
    let dispatcher = world.dispatcher();
    dispatcher.says(key::MASTERS);
    dispatcher.presses("settlement:1");
    dispatcher.presses(&format!("balance:{id}"));
    dispatcher.presses(&format!("take_cash:{id}"));
    dispatcher.says(amount);
    dispatcher.says("в офисе").hears("Записано");
}

fn amounts(world: &World) -> Vec<i64> {
    world.db(|conn| {
        ledger_entries::table
            .order(ledger_entries::id)
            .select(ledger_entries::amount)
            .load(conn)
            .expect("entries")
    })
}

fn states(world: &World) -> Vec<String> {
    world.db(|conn| {
        hand_overs::table.order(hand_overs::id).select(hand_overs::state).load(conn).expect("hand-overs")
    })
}

#[rstest]
fn cash_is_booked_confirmed_disputed_and_taken_back(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    close_order(&world);
    let (master, admin, id) = (world.master(), world.admin(), world.master_id(MASTER));
    takes_cash(&world, id, "2000");
    master.hears("вы сдали 2\u{a0}000\u{a0}₽");
    admin.hears("принято 2\u{a0}000\u{a0}₽");
    master.presses("confirm_hand_over:1");
    world.dispatcher().hears("мастер подтвердил 2\u{a0}000\u{a0}₽");
    takes_cash(&world, id, "700");
    master.presses("dispute_hand_over:2");
    master.says("сдал только 500");
    world.dispatcher().hears("сдал только 500");
    assert_eq!((amounts(&world), states(&world)[1].as_str()), (vec![300_000, -200_000, -70_000], "disputed"));
    admin.hears("сдал только 500");
    admin.presses("reverse_hand_over:2");
    master.hears("отменена");
    assert_eq!(amounts(&world), [300_000, -200_000, -70_000, 70_000]);
    assert_eq!(states(&world), ["confirmed", "reversed"]);
    let seen = world.ask_json(&["status"], 3);
    assert_eq!(seen["data"]["balances_kopecks"], 100_000, "{seen}");
}

#[rstest]
fn master_gets_the_statement_of_a_period_as_a_workbook(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    close_order(&world);
    let (master, id) = (world.master(), world.master_id(MASTER));
    takes_cash(&world, id, "1200,50");
    master.hears("1\u{a0}200,50");
    master.says("📊 Моя статистика").hears(first_line(&text("own-statistics-title")));
    master.presses("own_balance");
    master.hears("К сдаче: 1\u{a0}799,50");
    master.presses(&format!("statement:{id}:this-month"));
    master.hears("На конец: 1\u{a0}799,50");
    master.presses(&format!("statement_workbook:{id}:this-month"));
    let (name, bytes) = world.wait("the statement", |state| {
        let message = state.iter_messages(MASTER).find(|message| message.document.is_some())?;
        let file = message.document.clone()?;
        Some((file.name, file.bytes))
    });
    assert!(name.starts_with("Выписка") && name.contains(".xlsx"), "{name}");
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).expect("a workbook");
    let (_, sheet) = workbook.worksheets().remove(0);
    let column = |at| (1..=4).map(|row| sheet.get_value((row, at)).cloned().unwrap_or(Data::Empty)).collect();
    let amounts: Vec<Data> = column(3);
    // Opening balance, entries, and the closing balance as their sum.
    assert_eq!(
        amounts,
        [Data::Float(0.0), Data::Float(3_000.0), Data::Float(-1_200.5), Data::Float(1_799.5)]
    );
    let balances: Vec<Data> = column(4);
    assert_eq!(balances[..3], [Data::Float(0.0), Data::Float(3_000.0), Data::Float(1_799.5)]);
    assert_eq!(world.messages_that_are("dead"), 0);
}

#[rstest]
fn who_booked_the_cash_hears_that_the_master_is_out_of_reach(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    close_order(&world);
    world.allow_failed_calls();
    world.sandbox.block_bot(MASTER);
    takes_cash(&world, world.master_id(MASTER), "3000");
    world.dispatcher().hears("не доставлено");
    assert_eq!((amounts(&world), states(&world)), (vec![300_000, -300_000], vec!["open".to_owned()]));
}
