#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use crate::bot::notices;
use crate::bot::testing::{
    ADDRESS, ADMIN, CLIENT, DISPATCHER, GROUP, MASTER, OTHER_MASTER, PHONE, STRANGER, World,
};
use crate::domain::ids::{ChatId, OrderId, TelegramId};
use crate::domain::locale::Locale;
use crate::domain::role::Role;
use crate::domain::status::OrderStatus;
use crate::domain::visibility::{self, AddressRule, is_master_chat};
use crate::service::{operator, orders};

fn what_is_shown(world: &World, chat: i64) -> [bool; 3] {
    [CLIENT, ADDRESS, PHONE].map(|secret| world.shows(chat, secret))
}

#[test]
fn the_master_sees_of_the_client_what_the_status_allows() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    assert_eq!(what_is_shown(&world, MASTER), [false, false, false]);
    world.press(MASTER, MASTER, card, &format!("group_accept_order:{order}"));
    assert_eq!(what_is_shown(&world, MASTER), [true, true, false]);
    world.press(MASTER, MASTER, card, &format!("onsite_order:{order}"));
    assert_eq!(what_is_shown(&world, MASTER), [true, true, true]);
    assert_eq!(what_is_shown(&world, OTHER_MASTER), [false, false, false]);
}

#[test]
fn after_reassignment_no_card_of_the_former_master_shows_the_client_or_offers_buttons() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["group_accept_order", "onsite_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    // A second card of the same order, opened from the list.
    let second = world.press(MASTER, MASTER, 40, &format!("view_order_master:{order}")).last_in(MASTER);
    let other = world.master_id(OTHER_MASTER);
    let heard =
        world.press(DISPATCHER, DISPATCHER, 5, &format!("select_new_master_for_order:{order}:{other}"));
    assert!(heard.in_chat(MASTER).contains("another master"), "{heard:?}");
    assert_eq!(what_is_shown(&world, MASTER), [false, false, false]);
    for message in [card, second] {
        assert!(world.buttons(MASTER, message).is_empty());
    }
    let new_card = heard.last_in(OTHER_MASTER);
    assert!(world.buttons(OTHER_MASTER, new_card).contains(&format!("group_accept_order:{order}")));
    // The new master's steps change no screen of the former one.
    let accepted = world.press(OTHER_MASTER, OTHER_MASTER, new_card, &format!("group_accept_order:{order}"));
    assert_eq!(accepted.in_chat(MASTER), "");
    // An old phone that still shows buttons.
    let late = world.press(MASTER, MASTER, card, &format!("group_accept_order:{order}"));
    assert!(!late.toast().is_empty() && !late.in_chat(MASTER).contains(CLIENT), "{late:?}");
    assert_eq!(world.status(order), OrderStatus::Accepted);
}

#[test]
fn a_list_left_on_screen_shows_a_former_master_no_client() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["accept_order", "onsite_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    let list = world.say(MASTER, MASTER, "📋 My orders").last_in(MASTER);
    assert!(world.buttons(MASTER, list).contains(&format!("open:{order}:m:1")));
    let shown = world.screens[&(MASTER, list)].to_string();
    assert!(![CLIENT, ADDRESS, PHONE].iter().any(|client| shown.contains(client)), "{shown}");
    world.press(ADMIN, ADMIN, 9, &format!("unassign_master:{order}"));
    assert_eq!(what_is_shown(&world, MASTER), [false, false, false]);
}

#[test]
fn a_press_on_a_stale_card_names_the_present_status_and_refreshes_the_card() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    let again = world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert!(again.toast().contains("accepted"), "{again:?}");
    assert_eq!(again.in_chat(DISPATCHER), "", "no notice is sent twice");
    assert!(world.buttons(MASTER, card).contains(&format!("onsite_order:{order}")));
    // The dispatcher's screen still offers to assign it.
    let stale = world.press(DISPATCHER, DISPATCHER, 33, &format!("assign_master:{order}"));
    assert!(stale.toast().contains("accepted"), "{stale:?}");
    assert!(world.buttons(DISPATCHER, 33).contains(&format!("reassign_master:{order}")));
}

#[test]
fn the_dispatcher_is_notified_of_the_masters_steps_in_their_own_language() {
    let mut world = World::new();
    world.press(DISPATCHER, DISPATCHER, 9, "language:ru");
    let (order, card) = world.assigned(MASTER, MASTER);
    for (verb, word) in [
        ("accept_order", "принята"),
        ("onsite_order", "на месте"),
        ("dr_order", "ремонт"),
        ("onsite_order", "на мест"),
    ] {
        let heard = match verb {
            "dr_order" => world.starts_long_repair(order, card),
            verb => world.press(MASTER, MASTER, card, &format!("{verb}:{order}")),
        };
        assert!(heard.in_chat(DISPATCHER).contains(word), "{verb}: {heard:?}");
        assert!(heard.in_chat(MASTER).contains("Order #1"), "the master goes on in English");
    }
}

#[test]
fn a_declined_order_goes_back_with_the_reason_and_without_buttons() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("group_refuse_order:{order}"));
    let heard = world.say(MASTER, MASTER, "too far & <late>");
    assert!(heard.in_chat(DISPATCHER).contains("too far &amp; &lt;late&gt;"), "{heard:?}");
    assert_eq!(world.status(order), OrderStatus::New);
    assert!(world.buttons(MASTER, card).is_empty());
    assert!(world.text(MASTER, card).contains("declined"));
}

#[test]
fn a_message_that_no_longer_shows_the_order_is_not_edited() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    // The dispatcher opened the card and went back to the list; an admin still looks at the card.
    world.press(DISPATCHER, DISPATCHER, 50, &format!("view_order:{order}"));
    world.press(DISPATCHER, DISPATCHER, 50, "back_to_orders");
    world.press(ADMIN, ADMIN, 51, &format!("view_order:{order}"));
    let list = world.text(DISPATCHER, 50).to_owned();
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert_eq!(world.text(DISPATCHER, 50), list);
    assert!(world.text(ADMIN, 51).contains("Accepted"));
}

#[test]
fn approved_master_without_the_role_gets_no_order_until_approved_again() {
    let mut world = World::new();
    let (order, _) = world.assigned(MASTER, MASTER);
    let none = crate::domain::role::RoleSet::none();
    crate::db::users::update_user_roles(&mut world.tx, TelegramId(MASTER), none).unwrap();
    let shown = world.say(MASTER, MASTER, &format!("/order {order}"));
    assert!(!shown.in_chat(MASTER).contains("does not"), "{shown:?}");
    let other = world.order();
    let choice = format!("select_master_for_order:{other}:{}", world.master_id(MASTER));
    world.press(DISPATCHER, DISPATCHER, 50, &format!("assign_master:{other}"));
    assert!(!world.buttons(DISPATCHER, 50).contains(&choice));
    world.press(ADMIN, ADMIN, 51, "list_pending_masters");
    assert!(world.shows(ADMIN, "Person 11"));
    world.press(ADMIN, ADMIN, 51, &format!("manage_master:{MASTER}"));
    world.press_offered(ADMIN, ADMIN, &format!("approve_master:{MASTER}"));
    world.press(DISPATCHER, DISPATCHER, 50, &format!("assign_master:{other}"));
    assert!(world.buttons(DISPATCHER, 50).contains(&choice));
    let shown = world.say(MASTER, MASTER, &format!("/order {order}"));
    assert!(shown.in_chat(MASTER).contains("does not"), "{shown:?}");
}

#[test]
fn without_its_dispatcher_the_others_hear_of_a_step_else_the_admins() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    let set_roles = |world: &mut World, person: i64, role: crate::domain::role::RoleSet| {
        crate::db::users::update_user_roles(&mut world.tx, crate::domain::ids::TelegramId(person), role)
            .unwrap();
    };
    set_roles(&mut world, DISPATCHER, Role::Unknown.into());
    let heard = world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert!(
        heard.in_chat(ADMIN).contains("accepted") && !heard.in_chat(DISPATCHER).contains("accepted"),
        "{heard:?}"
    );
    set_roles(&mut world, STRANGER, Role::Dispatcher.into());
    let heard = world.press(MASTER, MASTER, card, &format!("onsite_order:{order}"));
    assert!(heard.in_chat(STRANGER).contains("On site") && heard.in_chat(ADMIN).is_empty(), "{heard:?}");
    // Who acts hears nothing of it.
    let heard = world.press(STRANGER, STRANGER, 9, &format!("unassign_master:{order}"));
    assert!(!heard.messages.iter().any(|(chat, ..)| *chat == ADMIN), "{heard:?}");
}

#[test]
fn a_former_dispatcher_loses_the_card_and_gets_no_notice() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(ADMIN, ADMIN, 51, &format!("view_order:{order}"));
    let none = crate::domain::role::RoleSet::none();
    for person in [ADMIN, DISPATCHER] {
        crate::db::users::update_user_roles(&mut world.tx, crate::domain::ids::TelegramId(person), none)
            .unwrap();
    }
    let heard = world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    assert!(!world.text(ADMIN, 51).contains(PHONE) && world.buttons(ADMIN, 51).is_empty());
    assert!(!heard.in_chat(DISPATCHER).contains("accepted"), "{heard:?}");
    assert_eq!(heard.in_chat(STRANGER), "");
}

#[test]
fn each_message_is_edited_at_most_once_per_step() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(DISPATCHER, DISPATCHER, 50, &format!("view_order:{order}"));
    let heard = world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    let mut touched: Vec<_> = heard.messages.iter().map(|(chat, message, _)| (*chat, *message)).collect();
    let count = touched.len();
    touched.sort_unstable();
    touched.dedup();
    assert_eq!(touched.len(), count, "{heard:?}");
    assert!(world.text(DISPATCHER, 50).contains("Accepted"));
}

#[test]
fn a_refused_and_reopened_order_has_no_master() {
    let mut world = World::new();
    let (order, card) = world.assigned(MASTER, MASTER);
    world.press(MASTER, MASTER, card, &format!("accept_order:{order}"));
    world.press(ADMIN, ADMIN, 9, &format!("refuse_order:{order}"));
    let heard = world.press_offered(ADMIN, ADMIN, "dialog_skip:1");
    assert!(
        heard.in_chat(MASTER).contains("refused") && heard.in_chat(DISPATCHER).contains("refused"),
        "{heard:?}"
    );
    assert_eq!(what_is_shown(&world, MASTER), [false, false, false]);
    world.press(ADMIN, ADMIN, 9, &format!("reopen_order:{order}"));
    assert_eq!(world.status(order), OrderStatus::New);
    assert!(world.buttons(ADMIN, 9).contains(&format!("assign_master:{order}")));
}

/// Buttons and texts; the ids of the order and of a master are inserted.
const DEEDS: [&str; 43] = [
    "accept_order:1",
    "group_accept_order:1",
    "onsite_order:1",
    "group_onsite_order:1",
    "dr_order:1",
    "hand_back_order:1",
    "group_hand_back_order:1",
    "refuse_order_complete:1",
    "group_refuse_order_complete:1",
    "admin_accept_order:1",
    "admin_onsite_order:1",
    "admin_dr_order:1",
    "admin_refuse_order:1",
    "more:1",
    "reschedule_order:1",
    "group_reschedule_order:1",
    "a reason of the master",
    "a reason of staff",
    "tomorrow at 15:00",
    "complete_order:1",
    "group_complete_order:1",
    "refuse_order_master:1",
    "select_master_for_order:1:1",
    "select_new_master_for_order:1:1",
    "select_new_master_for_order:1:2",
    "unassign_master:1",
    "view_order:1",
    "view_order_master:1",
    "filter_orders:all",
    "my_orders_page:1",
    "close_order:1",
    "refuse_order:1",
    "reopen_order:1",
    "review:yes",
    "dialog_confirm",
    "close_as_refusal",
    "dialog_skip:1",
    "cancel",
    "work_group:11:-500",
    "work_group:12:-500",
    "/order 1",
    "5000",
    "\u{23ed}\u{fe0f} Skip",
];

/// What an operator does at the command line; most revocations are refused because the master has open orders.
fn change_role(world: &mut World, choice: usize) -> String {
    let person = TelegramId([MASTER, OTHER_MASTER][choice % 2]);
    let now = world.now();
    if choice % 4 < 2 {
        let granted = operator::grant_role(&mut world.tx, person, Role::Master, now);
        return format!("{person} is a master: {}", granted.is_ok());
    }
    let revoked = operator::revoke_role(&mut world.tx, person, Role::Master, false, now);
    if let Ok(change) = &revoked {
        notices::withdraw_screens(&mut world.tx, Locale::En, change, now).unwrap();
        world.deliver_pending();
    }
    format!("{person} is no master: {}", revoked.is_ok())
}

/// One step of a user: mostly the master's next step or a button on a screen, else any button by any user.
#[derive(Clone, Debug)]
struct TestStep {
    kind: usize,
    person: usize,
    in_group: bool,
    choice: usize,
}

fn events() -> impl Strategy<Value = Vec<TestStep>> {
    let event = (0..11_usize, 0..5_usize, any::<bool>(), 0..1000_usize);
    let event =
        event.prop_map(|(kind, person, in_group, choice)| TestStep { kind, person, in_group, choice });
    prop::collection::vec(event, 60)
}

/// Performs the step. Returns its description and whether a press was answered.
fn act(world: &mut World, event: &TestStep) -> (String, bool) {
    const STEPS: [&str; 4] = ["accept_order:1", "onsite_order:1", "dr_order:1", "onsite_order:1"];
    let person = [ADMIN, DISPATCHER, MASTER, OTHER_MASTER, STRANGER][event.person];
    let chat = if event.in_group { GROUP } else { person };
    let screens: Vec<_> = world.screens.keys().copied().collect();
    let shown = |chat| screens.iter().rev().find(|key| key.0 == chat).map_or(3, |key| key.1);
    let (person, chat, message, data) = match event.kind {
        0..4 => {
            let master = [MASTER, OTHER_MASTER][event.choice % 2];
            let chat = if event.in_group { GROUP } else { master };
            (master, chat, shown(chat), STEPS[event.choice % STEPS.len()].to_owned())
        }
        4..8 => {
            let (chat, message) = screens[event.choice % screens.len()];
            let presser = if chat == GROUP { [MASTER, OTHER_MASTER][event.person % 2] } else { chat };
            let buttons = world.buttons(chat, message);
            let data = buttons.get(event.choice % buttons.len().max(1)).cloned();
            (presser, chat, message, data.unwrap_or_else(|| "select_master_for_order:1:1".to_owned()))
        }
        10 => return (change_role(world, event.choice), true),
        _ => (person, chat, shown(chat), DEEDS[event.choice % DEEDS.len()].to_owned()),
    };
    let what = format!("{person} in {chat} at {message}: {data}");
    if data.starts_with('/')
        || data.contains(' ')
        || !data.is_ascii()
        || data.bytes().all(|b| b.is_ascii_digit())
    {
        world.say(person, chat, &data);
        return (what, true);
    }
    let is_answered = world.press(person, chat, message, &data).toast.is_some();
    (what, is_answered)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_presses_shows_more_of_the_client_than_the_status_allows(events in events()) {
        let mut world = World::new();
        let mut history = Vec::new();
        let (order, _) = world.assigned(MASTER, MASTER);
        prop_assert_eq!(order, OrderId(1));
        for event in events {
            let (event, is_answered) = act(&mut world, &event);
            history.push(event.clone());
            prop_assert!(is_answered, "{} was not answered", event);
            check_every_screen(&mut world, order, &history)?;
        }
    }
}

fn was_client_waiting(world: &mut World, id: OrderId) -> bool {
    crate::db::order_changes::find_last_change(&mut world.tx, id, orders::CLIENT_WAITING).unwrap().is_some()
}

fn check_every_screen(world: &mut World, id: OrderId, history: &[String]) -> Result<(), TestCaseError> {
    let (order, master) = orders::find_order_for_share(&mut world.tx, id).unwrap().unwrap();
    for chat in [MASTER, OTHER_MASTER, STRANGER, GROUP] {
        let is_place = is_master_chat(&order, master.as_ref(), ChatId(chat));
        let allowed = visibility::client_details_for_master(order.status, AddressRule::default());
        let [name, address, phone] = what_is_shown(world, chat);
        let may_see = is_place && allowed.shows_address();
        prop_assert!(
            may_see || !(name || address),
            "{chat} sees the client after {history:?} at {}",
            order.status
        );
        // Of an accepted order the master hears the phone when the client waits.
        let may_call = is_place && (allowed.shows_phone() || may_see && was_client_waiting(world, id));
        prop_assert!(may_call || !phone, "{chat} sees the phone after {history:?} at {}", order.status);
    }
    Ok(())
}
