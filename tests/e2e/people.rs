//! Users and their roles in the chat: granting, revoking, dismissal, days off.

use botctl::testing::domain::OrderStatus;
use rstest::rstest;

use crate::texts::{about, key, text, text_with};
use crate::world::{ADMIN, Backend, GROUP, MASTER, OTHER_MASTER, STRANGER, World, staffed, wait_until};

impl World {
    /// Waits until the bot has registered a user's own command menu, or removed it.
    fn awaits_own_commands(&self, user: i64, method: &str) {
        wait_until(method, || {
            self.sandbox
                .api_calls()
                .iter()
                .any(|call| call.method == method && call.params["scope"]["chat_id"].as_i64() == Some(user))
        });
    }
}

#[rstest]
fn role_granted_in_the_chat_works_at_once_and_is_gone_when_it_is_revoked(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (admin, stranger) = (world.admin(), world.stranger());
    let order = world.order_in(OrderStatus::OnSite);
    let client = world.order(order).client_name;
    admin.says(key::USERS);
    admin.presses("find_user");
    admin.says("посторон").hears("Степан Посторонний");
    admin.presses(&format!("grant_role:{STRANGER}:DISPATCHER"));
    stranger.hears(&text_with("notice-role-granted", &[("role", &text("role-dispatcher"))]));
    assert!(stranger.menu().contains(&key::CREATE.to_owned()));
    world.awaits_own_commands(STRANGER, "setMyCommands");
    stranger.says(&format!("/order {order}")).hears(&client);
    stranger.says(key::CREATE);

    // The right and everything on the screen go, also after a restart between the press and the next answer.
    admin.presses(&format!("revoke_role:{STRANGER}:DISPATCHER"));
    stranger.sees(&text_with("notice-role-revoked", &[("role", &text("role-dispatcher"))]));
    stranger.sees(&text("dialogue-forbidden"));
    world.awaits_own_commands(STRANGER, "deleteMyCommands");
    world.restart();
    assert!(!stranger.menu().contains(&key::CREATE.to_owned()));
    let shown = world.sandbox.messages(STRANGER);
    assert!(shown.iter().all(|message| !message.text.contains(&client)), "{}", stranger.transcript());
    stranger.says("Духовой шкаф").hears(&text("question-none"));
    stranger.says(&format!("/order {order}")).hears(&text("refusal-no-right"));
    assert_eq!(stranger.presses_old(&format!("view_order:{order}")).text, text("refusal-no-right"));
    assert_eq!(world.count_rows("audit_log WHERE action IN ('user.grant', 'user.revoke')"), 2);
}

#[rstest]
fn last_administrator_stays(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let admin = world.admin();
    let own = admin.presses_old(&format!("revoke_role:{}:ADMIN", admin.id));
    assert_eq!(own.text, text("refusal-own-admin-role"));
    let foreign = world.dispatcher().presses_old(&format!("revoke_role:{}:ADMIN", admin.id));
    assert_eq!(foreign.text, text("refusal-no-right"));
    assert_eq!(world.roles(admin.id), "ADMIN");
}

#[rstest]
fn master_is_dismissed_after_their_orders_went_to_others(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (admin, master, other) = (world.admin(), world.master(), world.other_master());
    admin.acts(|telegram| telegram.add_bot_to_group(ADMIN, GROUP));
    admin.presses(&format!("work_group:{MASTER}:{GROUP}"));
    master.in_group().hears("Михаил Мастеров");
    let closed = world.order_in(OrderStatus::Closed);
    let open = world.order_in(OrderStatus::Accepted);
    let (closed_client, open_client) = (world.order(closed).client_name, world.order(open).client_name);
    admin.presses_old(&format!("fire_master:{MASTER}"));
    admin.presses(&format!("hand_over_order:{open}"));
    admin.finds(&format!("master_open_orders:{MASTER}"));
    let row = world.master_id(OTHER_MASTER);
    admin.presses(&format!("hand_over_to:{open}:{row}"));
    admin.hears(&text_with("dismissal-no-orders", &[("name", "Михаил Мастеров")]));
    other.hears(&about("notice-assigned", open));
    admin.presses(&format!("fire_master:{MASTER}"));
    let done = admin.presses(&format!("dismiss_master:{MASTER}"));
    assert!(done.text.contains(&text("master-dismissed-group")), "{}", done.text);
    master.sees(&text("notice-master-dismissed"));
    assert_eq!(world.roles(MASTER), "UNKNOWN");

    world.restart();
    for command in [format!("/order {closed}"), format!("/order {open}"), "/today".to_owned()] {
        master.says(&command).hears(&text("refusal-no-right"));
    }
    for button in ["view_order_master", "group_accept_order", "complete_order", "order_history"] {
        master.presses_old(&format!("{button}:{closed}"));
        master.in_group().presses_old(&format!("{button}:{closed}"));
    }
    master.in_group().says(&format!("/order {closed}"));
    for chat in [MASTER, GROUP] {
        for message in world.sandbox.messages(chat) {
            let is_shown = [&closed_client, &open_client].iter().any(|client| message.text.contains(*client));
            assert!(!is_shown, "{chat}: {}", message.text);
        }
    }
    // History and money stay.
    assert!(world.order(closed).total.is_some() && world.order(closed).assigned_master.is_some());
    let order = world.order_in(OrderStatus::New);
    let gone = world.master_id(MASTER);
    world.dispatcher().presses_old(&format!("select_master_for_order:{order}:{gone}"));
    assert_eq!(world.status(order), OrderStatus::New);
    admin.presses_old(&format!("manage_master:{MASTER}"));
    admin.presses(&format!("approve_master:{MASTER}"));
    master.hears(&text("notice-master-approved"));
    world.dispatcher().presses_old(&format!("select_master_for_order:{order}:{gone}"));
    master.hears(&about("notice-assigned", order));
}

#[rstest]
fn master_with_a_day_off_is_not_offered_and_not_assigned(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (master, dispatcher) = (world.master(), world.dispatcher());
    let order = world.order_in(OrderStatus::New);
    let row = world.master_id(MASTER);
    master.says(key::SETTINGS);
    master.presses("own_day_off");
    master.presses(&format!("day_off:{MASTER}:week"));
    dispatcher.hears("Михаил Мастеров");
    dispatcher.presses_old(&format!("assign_master:{order}"));
    dispatcher.finds(&format!("select_master_for_order:{order}"));
    assert!(!dispatcher.buttons().contains(&format!("select_master_for_order:{order}:{row}")));
    let refused = dispatcher.presses_old(&format!("select_master_for_order:{order}:{row}"));
    assert_eq!(refused.text, text("refusal-master-has-day-off"));
    dispatcher.presses_old(&format!("day_off:{MASTER}:over"));
    master.hears(&text("day-off-own-over"));
    dispatcher.presses_old(&format!("select_master_for_order:{order}:{row}"));
    master.hears(&about("notice-assigned", order));
}

#[rstest]
fn buttons_of_the_old_bot_make_a_senior_master(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let admin = world.admin();
    let refused = world.dispatcher().presses_old(&format!("add_senior_role:{MASTER}"));
    assert_eq!(refused.text, text("refusal-no-right"));
    admin.presses_old(&format!("add_senior_role:{MASTER}"));
    world.master().hears(&text("notice-master-senior"));
    admin.hears(&text("master-senior"));
    assert_eq!(world.count_rows("masters WHERE is_senior"), 1);
    admin.presses_old(&format!("remove_senior_role:{MASTER}"));
    world.master().hears(&text("notice-master-not-senior"));
    assert_eq!(world.count_rows("masters WHERE is_senior"), 0);
}
