//! Who sees an order: admins, dispatchers and its present, approved master; no other user from the moment that this
//! changes, whatever is queued, on a screen or pressed.

use botctl::testing::domain::{OrderStatus, Role, TelegramId};
use rstest::rstest;
use telegram_sandbox::{Fault, FaultKind};

use crate::database_rows::{ADDRESS, CLIENT, PHONE};
use crate::texts::{about, key, text, text_with};
use crate::world::{Backend, GROUP, MASTER, OTHER_MASTER, STRANGER, World, execute, staffed};

/// Whether anything in a chat shows something of the client now.
fn shows_client(world: &World, chat: i64) -> bool {
    world.sandbox.read_state(|state| {
        state
            .iter_messages(chat)
            .filter(|message| message.from_bot && !message.deleted)
            .any(|message| [CLIENT, ADDRESS, PHONE].iter().any(|secret| message.text.contains(secret)))
    })
}

fn waits_until_hidden(world: &World, chat: i64) {
    world.wait("the client disappears", |state| {
        let shows = state
            .iter_messages(chat)
            .any(|message| [CLIENT, ADDRESS, PHONE].iter().any(|secret| message.text.contains(secret)));
        (!shows).then_some(())
    });
}

/// How often a chat was sent something of the client, in any version of any message.
fn client_was_sent(world: &World, chat: i64) -> usize {
    let said = world.texts_sent_to(chat);
    said.iter().filter(|said| [CLIENT, ADDRESS, PHONE].iter().any(|secret| said.contains(secret))).count()
}

/// Every way to an order that is open to a person who had it once.
fn tries_everything(world: &World, person: i64, order: i64) {
    let player = world.player(person);
    let before = client_was_sent(world, person);
    player.says(&format!("/order {order}"));
    for data in ["view_order", "view_order_master", "onsite_order", "complete_order", "group_complete_order"]
    {
        let toast = player.presses_old(&format!("{data}:{order}"));
        assert!(toast.turns_away(order), "{data}: {toast:?}");
    }
    player.presses_old("my_orders_page:1");
    player.says(key::MY_ORDERS);
    player.says("/help");
    assert_eq!(client_was_sent(world, person), before, "{}", player.transcript());
}

fn with_group(world: &World) {
    world.admin().acts(|telegram| telegram.add_bot_to_group(crate::world::ADMIN, GROUP));
    world.admin().presses_old(&format!("work_group:{MASTER}:{GROUP}"));
    world.master().in_group().hears("Михаил Мастеров");
}

#[rstest]
fn revoked_master_sees_nothing_of_former_orders(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Closed);
    world.master().presses_old(&format!("view_order_master:{order}"));
    world.master().sees(PHONE);
    world.ask(&["users", "revoke", &MASTER.to_string(), "MASTER"]).ends(0);
    // The card that was on the screen, too.
    waits_until_hidden(&world, MASTER);
    tries_everything(&world, MASTER, order);
    // Back again, they see it again.
    world.ask(&["users", "grant", &MASTER.to_string(), "MASTER"]).ends(0);
    world.master().says(&format!("/order {order}")).hears(PHONE);
}

#[rstest]
fn withdrawn_approval_and_dismissal_hide_former_orders(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::OnSite);
    world.master().says(&format!("/order {order}")).hears(PHONE);
    for (change, back) in [
        ("masters SET is_approved = false", "masters SET is_approved = true"),
        ("users SET role = 'UNKNOWN'", "users SET role = 'MASTER'"),
    ] {
        world.db(|conn| execute(conn, &format!("UPDATE {change} WHERE telegram_id = {MASTER}")));
        tries_everything(&world, MASTER, order);
        world.db(|conn| execute(conn, &format!("UPDATE {back} WHERE telegram_id = {MASTER}")));
        world.master().says(&format!("/order {order}")).hears(PHONE);
    }
}

#[rstest]
fn group_of_a_revoked_master_sees_no_order(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    with_group(&world);
    let order = world.order_in(OrderStatus::Closed);
    let group = world.master().in_group();
    group.says(&format!("/order {order}")).hears(PHONE);
    world.ask(&["users", "revoke", &MASTER.to_string(), "MASTER"]).ends(0);
    waits_until_hidden(&world, GROUP);
    let before = client_was_sent(&world, GROUP);
    // Not even for a member who may see it in private.
    world.admin().in_group().says(&format!("/order {order}")).hears(&about("order-wrong-group", order));
    group.presses_old(&format!("view_order_master:{order}"));
    world.admin().in_group().presses_old(&format!("view_order:{order}"));
    world.admin().in_group().says("/help").hears(&text("help-group"));
    assert_eq!(client_was_sent(&world, GROUP), before);
}

#[rstest]
fn card_queued_before_a_revocation_is_not_delivered(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let order = world.order_in(OrderStatus::Closed);
    let view = format!("view_order_master:{order}");
    let notice = world.old_message(MASTER, &view);
    let fault = Fault::times(FaultKind::TooManyRequests { retry_after: 3 }, 1);
    world.sandbox.add_fault(fault.for_method("sendMessage").in_chat(MASTER));
    world.master().presses_on(notice, &view);
    world.wait_for_log(&["Telegram asked to wait", &MASTER.to_string()]);
    world.ask(&["users", "revoke", &MASTER.to_string(), "MASTER"]).ends(0);
    // Behind it in the same chat.
    world.master().says("/help").hears(&MASTER.to_string());
    assert_eq!(client_was_sent(&world, MASTER), 0);
    assert!(!shows_client(&world, MASTER));
}

#[rstest]
fn screens_queued_for_a_former_dispatcher_are_not_delivered(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let order = world.order_in(OrderStatus::New);
    let id = STRANGER.to_string();
    world.ask(&["users", "grant", &id, "DISPATCHER"]).ends(0);
    let stranger = world.stranger();
    stranger.says(&format!("/order {order}")).hears(PHONE);
    let before = client_was_sent(&world, STRANGER);
    let list = world.old_message(STRANGER, "filter_orders:NEW");
    let fault = Fault::times(FaultKind::TooManyRequests { retry_after: 3 }, 1);
    world.sandbox.add_fault(fault.in_chat(STRANGER));
    // A card and a list, which shows addresses.
    stranger.says(&format!("/order {order}"));
    stranger.presses_on(list, "filter_orders:NEW");
    world.wait_for_log(&["Telegram asked to wait", &id]);
    world.ask(&["users", "revoke", &id, "DISPATCHER"]).ends(0);
    stranger.says("/help").hears(&text_with("help-guest", &[("id", &id)]));
    waits_until_hidden(&world, STRANGER);
    assert_eq!(client_was_sent(&world, STRANGER), before);
}

#[rstest]
fn queued_card_of_an_order_that_moved_on_shows_the_former_master_nothing(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    world.allow_failed_calls();
    let order = world.order_in(OrderStatus::OnSite);
    let (first, second) = (world.master_id(MASTER), world.master_id(OTHER_MASTER));
    let fault = Fault::times(FaultKind::TooManyRequests { retry_after: 3 }, 1);
    world.sandbox.add_fault(fault.in_chat(MASTER));
    world.master().says(&format!("/order {order}"));
    world.wait_for_log(&["Telegram asked to wait", &MASTER.to_string()]);
    // There and back: the first master has it again, but is not on site.
    world.dispatcher().presses_old(&format!("select_new_master_for_order:{order}:{second}"));
    world.dispatcher().presses_old(&format!("select_new_master_for_order:{order}:{first}"));
    world.master().finds(&format!("group_accept_order:{order}"));
    assert_eq!(client_was_sent(&world, MASTER), 0, "{}", world.master().transcript());
}

#[rstest]
fn step_of_an_order_without_its_dispatcher_is_told_to_all_dispatchers(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Assigned);
    world.db(|conn| {
        let id = TelegramId(STRANGER);
        execute(conn, &format!("UPDATE orders SET dispatcher_id = {STRANGER} WHERE id = {order}"));
        botctl::testing::db::update_user_roles(conn, id, Role::Dispatcher.into()).unwrap();
    });
    world.ask(&["users", "revoke", &STRANGER.to_string(), "DISPATCHER"]).ends(0);
    let before = world.stranger().count_texts();
    world.master().presses_old(&format!("accept_order:{order}"));
    let notice = text_with("notice-accepted", &[("id", &order.to_string()), ("master", "Михаил Мастеров")]);
    world.dispatcher().hears(&notice);
    world.other_dispatcher().hears(&notice);
    world.stranger().assert_silent_since(before);
}

#[rstest]
fn reopened_order_loses_its_amounts_and_keeps_them_in_the_history(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let order = world.order_in(OrderStatus::Refused);
    world.db(|conn| {
        let amounts = "total_amount = 500050, materials_cost = 100000, master_profit = 160020, company_profit = 240030, has_review = true";
        execute(conn, &format!("UPDATE orders SET {amounts} WHERE id = {order}"));
    });
    world.dispatcher().presses_old(&format!("reopen_order:{order}"));
    let reopened = world.order(order);
    assert_eq!(reopened.status, OrderStatus::New);
    assert_eq!((reopened.total, reopened.materials, reopened.master_share), (None, None, None));
    assert_eq!((reopened.company_share, reopened.has_review), (None, None));
    let note = world.history(order).last().unwrap().3.clone();
    assert_eq!(
        note.as_deref(),
        Some("cleared: total=5000.50 materials=1000.00 master=1600.20 company=2400.30 review=yes")
    );
    // One without amounts has nothing to keep.
    let order = world.order_in(OrderStatus::Refused);
    world.dispatcher().presses_old(&format!("reopen_order:{order}"));
    assert_eq!(world.history(order).last().unwrap().3, None);
}
