#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADMIN, DISPATCHER, MASTER, OTHER_MASTER, World};
use crate::db::hand_overs::find_hand_over;
use crate::db::ledger_entries::sum_balance;
use crate::domain::hand_over::HandOverState;
use crate::domain::ids::{HandOverId, MasterId};
use crate::domain::money::Kopecks;

/// A master who owes 3,000: the company's 60 % of 5,000.
fn with_debt(world: &mut World) -> MasterId {
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["accept_order", "onsite_order", "complete_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    world.say(MASTER, MASTER, "5000 0");
    world.press_offered(MASTER, MASTER, "review:no");
    world.press_offered(MASTER, MASTER, "dialog_confirm");
    MasterId(world.master_id(MASTER))
}

fn balance(world: &mut World, master: MasterId) -> i64 {
    let Kopecks(sum) = sum_balance(&mut world.tx, master, None).unwrap();
    sum
}

fn state(world: &mut World, id: i64) -> HandOverState {
    find_hand_over(&mut world.tx, HandOverId(id)).unwrap().unwrap().state
}

fn opens_balance(world: &mut World, person: i64, master: MasterId) -> String {
    world.say(person, person, "👥 Masters");
    world.press_offered(person, person, "settlement:1");
    world.press_offered(person, person, &format!("balance:{master}")).in_chat(person)
}

#[test]
fn staff_take_all_that_is_owed_with_four_presses_and_the_master_confirms() {
    let mut world = World::new();
    let master = with_debt(&mut world);
    world.say(DISPATCHER, DISPATCHER, "👥 Masters");
    let overview = world.press_offered(DISPATCHER, DISPATCHER, "settlement:1").in_chat(DISPATCHER);
    assert!(overview.contains("Total: ₽3,000"), "{overview}");
    let shown = world.press_offered(DISPATCHER, DISPATCHER, &format!("balance:{master}"));
    assert!(shown.in_chat(DISPATCHER).contains("Closing of order #1: +₽3,000"), "{shown:?}");
    world.press_offered(DISPATCHER, DISPATCHER, &format!("take_cash:{master}"));
    let (question, all) = world.offer(DISPATCHER, "dialog_confirm");
    assert!(world.button_texts(DISPATCHER, question)[0].contains("₽3,000"));
    world.press(DISPATCHER, DISPATCHER, question, &all);
    // A second tap is no note.
    world.press(DISPATCHER, DISPATCHER, question, &all);
    let (question, skip) = world.offer(DISPATCHER, "dialog_skip:2");
    let booked = world.press(DISPATCHER, DISPATCHER, question, &skip);
    assert!(booked.in_chat(MASTER).contains("you handed over ₽3,000"), "{booked:?}");
    assert!(booked.in_chat(ADMIN).contains("₽3,000 received"), "{booked:?}");
    assert_eq!(balance(&mut world, master), 0);
    let again = world.press(DISPATCHER, DISPATCHER, question, &skip);
    assert!(again.toast().contains("out of date"), "{again:?}");
    assert_eq!((balance(&mut world, master), state(&mut world, 1)), (0, HandOverState::Open));
    let (asked, confirm) = world.offer(MASTER, "confirm_hand_over:1");
    let confirmed = world.press(MASTER, MASTER, asked, &confirm);
    assert!(confirmed.in_chat(DISPATCHER).contains("confirmed ₽3,000"), "{confirmed:?}");
    assert!(world.buttons(MASTER, asked).is_empty());
    let again = world.press(MASTER, MASTER, asked, &confirm);
    assert!(again.toast().contains("already confirmed") && again.messages.is_empty(), "{again:?}");
    let late = world.press(DISPATCHER, DISPATCHER, question, "reverse_hand_over:1");
    assert!(late.toast().contains("already confirmed"), "{late:?}");
    assert_eq!((balance(&mut world, master), state(&mut world, 1)), (0, HandOverState::Confirmed));
}

#[test]
fn cash_that_two_book_at_once_is_booked_once() {
    let mut world = World::new();
    let master = with_debt(&mut world);
    for person in [DISPATCHER, ADMIN] {
        opens_balance(&mut world, person, master);
        world.press_offered(person, person, &format!("take_cash:{master}"));
        world.say(person, person, "3k");
    }
    world.say(DISPATCHER, DISPATCHER, "in the office");
    let second = world.say(ADMIN, ADMIN, "in the office").in_chat(ADMIN);
    assert!(second.contains("has just changed") && second.contains("settled"), "{second}");
    assert_eq!(balance(&mut world, master), 0);
    // It was other money after all.
    world.say(ADMIN, ADMIN, "0");
    world.say(ADMIN, ADMIN, "500");
    world.press_offered(ADMIN, ADMIN, "dialog_skip:2");
    assert_eq!(balance(&mut world, master), -50_000);
}

#[test]
fn disputed_hand_over_changes_the_balance_only_when_staff_take_it_back() {
    let mut world = World::new();
    let master = with_debt(&mut world);
    opens_balance(&mut world, DISPATCHER, master);
    world.press_offered(DISPATCHER, DISPATCHER, &format!("take_cash:{master}"));
    world.say(DISPATCHER, DISPATCHER, "2500");
    world.say(DISPATCHER, DISPATCHER, "at the office");
    let foreign = world.press(OTHER_MASTER, OTHER_MASTER, 9, "confirm_hand_over:1");
    assert!(foreign.toast().contains("not allowed"), "{foreign:?}");
    world.press_offered(MASTER, MASTER, "dispute_hand_over:1");
    let told = world.say(MASTER, MASTER, "it was 2000 only");
    assert!(told.in_chat(DISPATCHER).contains("it was 2000 only"), "{told:?}");
    assert_eq!((balance(&mut world, master), state(&mut world, 1)), (50_000, HandOverState::Disputed));
    let shown = opens_balance(&mut world, ADMIN, master);
    assert!(shown.contains("it was 2000 only"), "{shown}");
    let (screen, reverse) = world.offer(ADMIN, "reverse_hand_over:1");
    let reversed = world.press(ADMIN, ADMIN, screen, &reverse);
    assert!(reversed.in_chat(MASTER).contains("cancelled"), "{reversed:?}");
    let again = world.press(ADMIN, ADMIN, screen, &reverse);
    assert!(again.toast().contains("cancelled"), "{again:?}");
    let late = world.press(MASTER, MASTER, 9, "confirm_hand_over:1");
    assert!(late.toast().contains("cancelled"), "{late:?}");
    assert_eq!((balance(&mut world, master), state(&mut world, 1)), (300_000, HandOverState::Reversed));
}

#[test]
fn dismissed_master_settles_and_answers() {
    let mut world = World::new();
    let master = with_debt(&mut world);
    world.press(ADMIN, ADMIN, 9, &format!("dismiss_master:{MASTER}"));
    let shown = opens_balance(&mut world, DISPATCHER, master);
    assert!(shown.contains("₽3,000"), "{shown}");
    world.press_offered(DISPATCHER, DISPATCHER, &format!("take_cash:{master}"));
    world.say(DISPATCHER, DISPATCHER, "3000");
    world.press_offered(DISPATCHER, DISPATCHER, "dialog_skip:2");
    world.press_offered(MASTER, MASTER, "dispute_hand_over:1");
    world.say(MASTER, MASTER, "not to you");
    assert_eq!(state(&mut world, 1), HandOverState::Disputed);
    world.press(MASTER, MASTER, 9, "confirm_hand_over:1");
    assert_eq!((balance(&mut world, master), state(&mut world, 1)), (0, HandOverState::Confirmed));
}

#[test]
fn masters_see_their_own_balance_and_statement_only() {
    let mut world = World::new();
    let master = with_debt(&mut world);
    world.say(MASTER, MASTER, "📊 My statistics");
    let own = world.press_offered(MASTER, MASTER, "own_balance");
    assert!(own.in_chat(MASTER).contains("To hand over: ₽3,000"), "{own:?}");
    let screen = own.last_in(MASTER);
    assert!(!world.buttons(MASTER, screen).iter().any(|data| data.starts_with("take_cash")));
    let shown = world.press_offered(MASTER, MASTER, &format!("statement:{master}:this-month"));
    let shown = shown.in_chat(MASTER);
    assert!(shown.contains("Opening balance: ₽0") && shown.contains("Closing balance: ₽3,000"), "{shown}");
    for data in ["settlement:1", &format!("take_cash:{master}"), "reverse_hand_over:1"] {
        let heard = world.press(MASTER, MASTER, screen, data);
        assert!(heard.toast().contains("not allowed"), "{data}: {heard:?}");
    }
    for data in ["balance", "statement"] {
        let span = if data == "balance" { "" } else { ":this-month" };
        let heard = world.press(OTHER_MASTER, OTHER_MASTER, 9, &format!("{data}:{master}{span}"));
        assert!(heard.toast().contains("not allowed") && heard.messages.is_empty(), "{data}: {heard:?}");
    }
}
