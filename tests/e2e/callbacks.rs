//! Every button that was ever sent keeps working, every press is answered exactly once, and rubbish is answered too.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;
use telegram_sandbox::CallOutcome;

use crate::texts::text;
use crate::world::{Backend, MASTER, OTHER_MASTER, World, staffed};

/// Every payload of the wire, with made-up numbers: `O` an order, `M` a master's row, `T` a master's Telegram number.
const PAYLOADS: [&str; 61] = [
    "equipment:Стиральные машины",
    "equipment:Духовой шкаф",
    "equipment:Посудомоечная машина",
    "equipment:Кофе машина",
    "equipment:Сантехника",
    "equipment:Электрика",
    "equipment:Водонагреватели",
    "equipment:Телевизоры",
    "assign_master:O",
    "select_master_for_order:O:M",
    "reassign_master:O",
    "select_new_master_for_order:O:M",
    "unassign_master:O",
    "view_order:O",
    "view_order_master:O",
    "filter_orders:all",
    "filter_orders:NEW",
    "filter_orders:ASSIGNED",
    "filter_orders:ACCEPTED",
    "filter_orders:ONSITE",
    "filter_orders:DR",
    "filter_orders:CLOSED",
    "filter_orders:REFUSED",
    "back_to_orders",
    "close_order:O",
    "refuse_order:O",
    "accept_order:O",
    "refuse_order_master:O",
    "onsite_order:O",
    "complete_order:O",
    "dr_order:O",
    "group_accept_order:O",
    "group_refuse_order:O",
    "group_onsite_order:O",
    "group_complete_order:O",
    "group_dr_order:O",
    "list_all_masters",
    "list_pending_masters",
    "add_master",
    "confirm_add_master",
    "back_to_masters",
    "manage_master:T",
    "approve_master:T",
    "activate_master:T",
    "deactivate_master:T",
    "set_work_chat:T",
    "master_stats:T",
    "report_masters",
    "report_statuses",
    "report_equipment",
    "report_period",
    "period_today",
    "back_to_reports",
    "download_masters_excel",
    "download_statuses_excel",
    "download_equipment_excel",
    "download_period_excel:week",
    "cancel",
    "no_orders",
    "current_page",
    "reject_master:T",
];

const RUBBISH: [&str; 26] = [
    "",
    ":",
    "::",
    " ",
    "nonsense",
    "nonsense:1",
    "accept_order",
    "accept_order:",
    "accept_order:x",
    "accept_order: 1",
    "accept_order:1:2",
    "accept_order:+1",
    "accept_order:01",
    "accept_order:99999999999999999999",
    "ACCEPT_ORDER:1",
    "select_master_for_order:1",
    "filter_orders:new",
    "filter_orders:LOST",
    "equipment:Пылесосы",
    "equipment",
    "period_decade",
    "download_period_excel:never",
    "manage_master:abc",
    "view_order:1 OR 1=1",
    "'; DROP TABLE orders; --",
    "\u{0}🔧<b>",
];

fn filled(payload: &str, world: &World, order: i64) -> String {
    let master = world.master_id(OTHER_MASTER).to_string();
    let mut fields: Vec<String> = payload.split(':').map(str::to_owned).collect();
    for field in &mut fields[1..] {
        match field.as_str() {
            "O" => *field = order.to_string(),
            "M" => field.clone_from(&master),
            "T" => *field = OTHER_MASTER.to_string(),
            _ => {}
        }
    }
    fields.join(":")
}

/// Every press was answered, and none twice.
fn each_press_was_answered_once(world: &World, presses: usize) {
    // An answer is there a moment before its call is in the log.
    let calls = world.wait("the log of calls", |state| {
        let answers = state.api_calls().iter().filter(|call| call.method == "answerCallbackQuery").count();
        (answers >= presses).then(|| state.api_calls().clone())
    });
    let answers: Vec<_> = calls.iter().filter(|call| call.method == "answerCallbackQuery").collect();
    assert!(answers.iter().all(|call| call.outcome == CallOutcome::Ok));
    assert_eq!(answers.len(), presses);
    let mut queries: Vec<_> =
        answers.iter().map(|call| call.params["callback_query_id"].to_string()).collect();
    queries.sort();
    queries.dedup();
    assert_eq!(queries.len(), presses);
}

#[rstest]
fn every_legacy_button_is_answered_once_for_every_role(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let malformed = text("error-button-unknown");
    let mut presses = 0;
    for payload in PAYLOADS {
        for player in [world.stranger(), world.master(), world.dispatcher(), world.admin()] {
            let order = world.order_in(OrderStatus::Assigned);
            let data = filled(payload, &world, order);
            let toast = player.presses_old(&data);
            presses += 1;
            assert_ne!(toast.text, malformed, "{data} is not understood");
            assert_ne!(toast.outcome, "failed", "{data}");
            if world.dialogues() > 0 {
                player.says("/cancel");
            }
        }
    }
    each_press_was_answered_once(&world, presses);
    assert_eq!(world.terminate(), 0);
    assert_eq!(world.dead_letters(), []);
    world.start();
}

#[rstest]
fn periods_of_all_lengths_are_understood(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    for period in ["today", "yesterday", "week", "month", "year"] {
        for data in [format!("period_{period}"), format!("download_period_excel:{period}")] {
            let toast = world.admin().presses_old(&data);
            assert_ne!(toast.text, text("error-button-unknown"), "{data}");
            world.admin().hears(&text("report-kind-masters"));
            assert_ne!(world.stranger().presses_old(&data).outcome, "failed", "{data}");
        }
    }
}

#[rstest]
fn invalid_callback_data_is_answered_with_a_notice(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Assigned);
    let before = (world.order(order), world.history(order), world.audit().len());
    let mut presses = 0;
    let too_long = format!("view_order:{}", "1".repeat(80));
    for player in [world.master(), world.admin(), world.stranger()] {
        for data in RUBBISH.into_iter().chain([too_long.as_str()]) {
            let toast = player.presses_old(data);
            presses += 1;
            assert_eq!(toast.text, text("error-button-unknown"), "{data:?}");
        }
    }
    each_press_was_answered_once(&world, presses);
    assert_eq!((world.order(order), world.history(order), world.audit().len()), before);
}

#[rstest]
fn buttons_under_deleted_messages_work(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let order = world.order_in(OrderStatus::Assigned);
    let master = world.master();
    // Telegram no longer has the message: the answer comes as a new one.
    let toast = master.presses_on(40_000, &format!("accept_order:{order}"));
    assert_eq!(toast.outcome, "handled");
    assert_eq!(world.status(order), OrderStatus::Accepted);
    master.hears(&format!("№{order}"));
}

#[rstest]
fn orders_and_masters_that_do_not_exist_are_named_as_such(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    for data in
        ["view_order:777", "assign_master:777", "close_order:777", "refuse_order:777", "unassign_master:777"]
    {
        assert_eq!(world.admin().presses_old(data).text, text("refusal-order-not-found"), "{data}");
        // A user without the right does not learn whether it exists.
        assert_eq!(world.stranger().presses_old(data).text, text("refusal-no-right"), "{data}");
    }
    assert_eq!(world.admin().presses_old("manage_master:777").text, text("refusal-master-not-found"));
    let order = world.order_in(OrderStatus::New);
    assert_eq!(
        world.admin().presses_old(&format!("select_master_for_order:{order}:777")).text,
        text("refusal-master-not-found")
    );
    assert_eq!(world.status(order), OrderStatus::New);
    assert_eq!(
        world.stranger().presses_old(&format!("manage_master:{MASTER}")).text,
        text("refusal-no-right")
    );
}
