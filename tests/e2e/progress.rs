//! An order's life beyond the straight way, in the real program: handed back, declined by the client, taken by staff for the
//! master, a long repair with its promise, a moved visit, and questions that others make pointless.

use botctl::testing::db::schema::{order_changes, order_status_history, orders};
use botctl::testing::domain::{Kopecks, OrderStatus};
use diesel::prelude::*;
use rstest::rstest;

use crate::database_rows::PHONE;
use crate::texts::{about, first_line, text, text_with};
use crate::world::{ADMIN, Backend, MASTER, World, staffed};

/// The master in whose place an order's last step was taken.
fn acted_for(world: &World, order: i64) -> Option<i64> {
    use order_status_history as history;
    let rows = history::table.filter(history::order_id.eq(order)).order(history::id.desc());
    world.db(|conn| rows.select(history::for_master_id).first(conn)).unwrap()
}

#[rstest]
fn order_is_handed_back_and_assigned_anew_from_the_notice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Accepted);
    let (master, dispatcher) = (world.master(), world.dispatcher());
    master.presses_old(&format!("hand_back_order:{order}"));
    master.hears(first_line(&about("hand-back-ask-reason", order)));
    master.says("пробил колесо <на МКАДе>").hears(&about("handed-back-done", order));
    let notice = dispatcher.hears("пробил колесо <на МКАДе>");
    assert!(notice.buttons().any(|button| button.data.as_deref() == Some(&format!("assign_master:{order}"))));
    assert_eq!(world.status(order), OrderStatus::New);
    dispatcher.presses(&format!("assign_master:{order}"));
    dispatcher.presses(&format!("select_master_for_order:{order}:{}", world.master_id(MASTER)));
    assert_eq!(world.status(order), OrderStatus::Assigned);
}

#[rstest]
fn client_who_declines_leaves_a_reason(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    for status in [OrderStatus::OnSite, OrderStatus::LongRepair] {
        let order = world.order_in(status);
        world.master().presses_old(&format!("refuse_order_complete:{order}"));
        world.master().says("да").hears("3");
        world.master().says("дорого").hears(&about("client-declined-done", order));
        world.dispatcher().hears(&text_with("notice-reason", &[("reason", "дорого")]));
        let reason: Option<String> = world
            .db(|conn| orders::table.find(order).select(orders::refuse_reason).get_result(conn))
            .unwrap();
        assert_eq!((world.status(order), reason.as_deref()), (OrderStatus::Refused, Some("дорого")));
    }
}

#[rstest]
fn staff_take_a_master_through_an_order(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Assigned);
    let (admin, master) = (world.admin(), Some(world.master_id(MASTER).0));
    admin.says(&format!("/order {order}")).hears(&format!("№{order}"));
    for (verb, status) in
        [("admin_accept_order", OrderStatus::Accepted), ("admin_onsite_order", OrderStatus::OnSite)]
    {
        admin.presses(&format!("{verb}:{order}"));
        assert_eq!((world.status(order), acted_for(&world, order)), (status, master), "{verb}");
        assert_eq!(world.history(order).last().unwrap().2, Some(ADMIN));
        world.master().hears(first_line(&text_with(
            "notice-for-master",
            &[("id", &order.to_string()), ("status", &text(status_key(status))), ("person", "")],
        )));
    }
    admin.presses(&format!("more:{order}"));
    admin.presses(&format!("admin_dr_order:{order}"));
    admin.promises_a_day();
    assert_eq!((world.status(order), acted_for(&world, order)), (OrderStatus::LongRepair, master));
    // The master goes on alone.
    world.master().presses_old(&format!("onsite_order:{order}"));
    assert_eq!(acted_for(&world, order), None);
}

fn status_key(status: OrderStatus) -> &'static str {
    if status == OrderStatus::Accepted { "status-accepted" } else { "status-on-site" }
}

#[rstest]
fn promise_of_a_long_repair_is_stored_and_visit_moved(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::OnSite);
    world.master().presses_old(&format!("group_dr_order:{order}"));
    world.master().says("через 10 дней").says("насос").says("1 500,50");
    let repaired = world.order(order);
    let days = (repaired.promised_date.unwrap() - repaired.updated_at.date_naive()).num_days();
    assert!((9..=11).contains(&days), "{days}");
    assert_eq!((repaired.parts.as_deref(), repaired.prepayment), (Some("насос"), Some(Kopecks(150_050))));
    world.dispatcher().presses_old(&format!("reschedule_order:{order}"));
    world.dispatcher().says("завтра с 10 до 12");
    world
        .master()
        .hears(first_line(&text_with("notice-rescheduled", &[("id", &order.to_string()), ("visit", "")])));
    let moved = world.order(order);
    assert!(moved.visit.is_some() && moved.reschedule_count == 1);
    let fields: Vec<String> = world
        .db(|conn| {
            order_changes::table
                .filter(order_changes::order_id.eq(order))
                .select(order_changes::field)
                .load(conn)
        })
        .unwrap();
    assert_eq!(fields, ["visit"]);
    world.dispatcher().presses_old(&format!("client_waiting:{order}"));
    world.master().hears(PHONE);
    let again = world.admin().presses_old(&format!("client_waiting:{order}"));
    assert_eq!(again.text, text("refusal-told-just-now"));
}

#[rstest]
fn question_that_others_made_pointless_goes_even_when_the_program_is_killed(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::OnSite);
    let master = world.master();
    master.presses_old(&format!("complete_order:{order}"));
    let question = master.hears(first_line(&text("close-ask-total")));
    master.says("5000");
    let second = master.hears(first_line(&text("close-ask-materials")));
    let has_no_buttons = |id: i64| {
        world.wait("the buttons of the question go", |state| {
            let message = state.find_message(MASTER, id)?;
            (message.buttons().count() == 0).then_some(())
        });
    };
    has_no_buttons(question.id);
    world.kill();
    world.start();
    world.dispatcher().presses_old(&format!("close_order:{order}"));
    world.dispatcher().presses("dialog_skip:1");
    world.kill();
    world.start();
    master.sees(&about("dialogue-pointless", order));
    has_no_buttons(second.id);
    assert_eq!(world.dialogues(), 1, "the master has said nothing yet");
    let closed = world.order(order);
    master.says("500");
    assert_eq!((world.order(order), world.dialogues()), (closed, 0));
    assert_eq!(world.terminate(), 0);
    assert_eq!(world.messages_that_are("dead"), 0);
    let left: i64 = world.count_rows("dialogue_questions");
    assert_eq!(left, 0, "rows of questions without buttons stay");
}
