//! Reports in the chat: the choice, the periods, one master, two dates, old buttons, and a master's own statistics.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::report_content::make_report_content;
use crate::bot::testing::{ADMIN, DISPATCHER, MASTER, OTHER_MASTER, STRANGER, World};
use crate::db::outbox::MADE_MARK;
use crate::domain::ids::OrderId;
use crate::telegram::MadeContent;

/// Closes a new order of the master with amounts, on a day of November 2026.
fn closed_order(world: &mut World, person: i64, day: u32) -> OrderId {
    let (order, master) = (world.order(), world.master_id(person));
    world.sql(&format!(
        "UPDATE orders SET status = 'CLOSED', assigned_master_id = {master}, created_at = '2026-11-{day:02} 09:00:00',
             closed_at = '2026-11-{day:02} 12:00:00', total_amount = 500000, materials_cost = 100000,
             master_profit = 160000, company_profit = 240000, has_review = TRUE WHERE id = {order}"
    ));
    order
}

#[test]
fn staff_choose_a_report_a_period_and_a_master() {
    let mut world = World::new();
    let order = closed_order(&mut world, MASTER, 10);
    closed_order(&mut world, OTHER_MASTER, 22);
    let open = world.order();
    world.say(DISPATCHER, DISPATCHER, "📊 Reports");
    let month =
        world.press_offered(DISPATCHER, DISPATCHER, "report:masters:this-month:1").in_chat(DISPATCHER);
    // It is Sunday, 22 November.
    for part in ["Masters", "1 Nov 2026 – 30 Nov 2026", "Person 11", "Person 12", "No master"] {
        assert!(month.contains(part), "{part}: {month}");
    }
    assert!(month.contains("turnover ₽5,000 · net ₽4,000\nmaster ₽1,600 · company ₽2,400"), "{month}");
    assert!(month.contains("new 3 · closed 2 · refused 0\nTurnover: ₽10,000\nMaterials: ₽2,000"), "{month}");
    let today = world.press_offered(DISPATCHER, DISPATCHER, "report:masters:today:1").in_chat(DISPATCHER);
    assert!(!today.contains("Person 11") && today.contains("Turnover: ₽5,000"), "{today}");

    world.press_offered(DISPATCHER, DISPATCHER, "report:masters:this-month:1");
    let master = world.master_id(MASTER);
    let one = world.press_offered(DISPATCHER, DISPATCHER, &format!("report:@{master}:this-month:1"));
    let one = one.in_chat(DISPATCHER);
    assert!(one.contains("Person 11") && one.contains(&format!("#{order} ")), "{one}");
    assert!(one.contains("· ₽5,000") && one.contains("Reviews: 1"), "{one}");
    let card =
        world.press_offered(DISPATCHER, DISPATCHER, &format!("open_order:{order}")).in_chat(DISPATCHER);
    assert!(card.contains(&format!("#{order}")), "{card}");
    let active = world.press(DISPATCHER, DISPATCHER, 7, "report_active").in_chat(DISPATCHER);
    assert!(active.contains("Open orders</b> · 1"), "{active} {open}");
}

#[test]
fn two_dates_are_typed() {
    let mut world = World::new();
    closed_order(&mut world, MASTER, 10);
    world.press(ADMIN, ADMIN, 7, "report:days:this-month:1");
    world.press_offered(ADMIN, ADMIN, "report_dates:days");
    for wrong in ["some day", "15.11 - 10.11", "31.02"] {
        assert!(
            world.say(ADMIN, ADMIN, wrong).in_chat(ADMIN).contains("don't understand these dates"),
            "{wrong}"
        );
    }
    let shown = world.say(ADMIN, ADMIN, "9.11 – 10.11").in_chat(ADMIN);
    assert!(shown.contains("9 Nov 2026 – 10 Nov 2026") && shown.contains("Tue 10 Nov"), "{shown}");
    assert!(!world.is_in_dialogue(ADMIN, ADMIN));
    let empty = world.press(ADMIN, ADMIN, 7, "report:days:20261101-20261105:1").in_chat(ADMIN);
    assert!(empty.contains("There is nothing on these days."), "{empty}");
}

#[test]
fn buttons_of_the_old_bot_show_reports_to_staff_only() {
    let mut world = World::new();
    closed_order(&mut world, MASTER, 22);
    for (data, part) in [
        ("report_masters", "Masters"),
        ("report_statuses", "Closed"),
        ("report_equipment", "Equipment"),
        ("report_period", "Sun 22 Nov"),
        ("period_week", "16 Nov 2026 – 22 Nov 2026"),
        ("download_period_excel:today", "22 Nov 2026"),
        ("download_masters_excel", "turnover ₽5,000"),
        ("report_weekly_master_summary", "16 Nov 2026 – 22 Nov 2026"),
        ("report_active_orders_excel", "Open orders"),
        ("master_report_excel:11", "Person 11"),
        ("master_stats:11", "Person 11"),
        ("back_to_reports", "What would you like to see?"),
    ] {
        let heard = world.press(ADMIN, ADMIN, 7, data);
        assert!(heard.in_chat(ADMIN).contains(part), "{data}: {heard:?}");
        for other in [MASTER, STRANGER] {
            let refused = world.press(other, other, 7, data);
            assert!(refused.messages.is_empty() && !refused.toast().is_empty(), "{data}: {refused:?}");
        }
    }
}

#[test]
fn masters_see_their_own_figures_beside_those_before() {
    let mut world = World::new();
    for (person, day) in [(MASTER, 22), (MASTER, 21), (MASTER, 2), (OTHER_MASTER, 22)] {
        closed_order(&mut world, person, day);
    }
    let shown = world.say(MASTER, MASTER, "📊 My statistics").in_chat(MASTER);
    assert!(shown.contains("closed 1 (yesterday 1)\nmy share ₽1,600 (yesterday ₽1,600)"), "{shown}");
    assert!(shown.contains("closed 2 (last week 0)") && shown.contains("closed 3 (last month 0)"), "{shown}");
    let closed = world.press_offered(MASTER, MASTER, "list:h:1").in_chat(MASTER);
    assert!(closed.contains("My closed orders"), "{closed}");
    let refused = world.say(STRANGER, STRANGER, "📊 My statistics");
    assert!(!refused.in_chat(STRANGER).contains("my share"), "{refused:?}");
}

#[test]
fn every_report_has_a_picture_and_a_workbook_also_without_money() {
    let mut world = World::new();
    let refused = world.order();
    world.order();
    world.press(DISPATCHER, DISPATCHER, 7, &format!("refuse_order:{refused}"));
    world.say(DISPATCHER, DISPATCHER, "too expensive");
    for report in ["masters", "types", "statuses", "dispatchers", "reasons", "days", "orders"] {
        for form in ["chart", "workbook"] {
            let data = format!("report_{form}:{report}:this-month");
            let sent = world.press(DISPATCHER, DISPATCHER, 7, &data).last_in(DISPATCHER);
            let request = world.screens[&(DISPATCHER, sent)][MADE_MARK].clone();
            let made = make_report_content(&mut world.tx, chrono_tz::Europe::Moscow, &request).unwrap();
            let MadeContent::File { upload, .. } = made else { panic!("{data}: {request}") };
            assert!(!upload.bytes.is_empty(), "{data}: {request}");
        }
    }
}
