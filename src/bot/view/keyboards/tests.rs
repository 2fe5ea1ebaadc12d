//! Keyboards: the buttons of each role, and Telegram's limits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use teloxide::types::{ButtonRequest, InlineKeyboardButtonKind, InlineKeyboardMarkup, KeyboardMarkup};

use super::order_changes::staff_extra_buttons;
use super::*;
use crate::bot::callback::{
    ButtonSource, Callback, ListPlace, MAX_BYTES, MasterCommand, MasterListFilter, MasterStep, OrderButton,
    OrderListFilter, PageNumber,
};
use crate::bot::dialogue::DialogueNonce;
use crate::bot::labels::Label;
use crate::bot::view::paging::Paging;
use crate::bot::view::testing::{both, endless_master, every_roles, master, order};
use crate::bot::view::text::Texts;
use crate::bot::view::visits::LocalClock;
use crate::domain::equipment::EquipmentType;
use crate::domain::ids::{ChatId, EquipmentTypeId, MasterId, OrderId, SearchId};
use crate::domain::locale::Locale;
use crate::domain::master::Master;
use crate::domain::money::Kopecks;
use crate::domain::order::Order;
use crate::domain::role::{Role, RoleSet};
use crate::domain::status::OrderStatus;
use crate::domain::visibility::{AddressRule, ClientDetails};
use crate::service::order_lists::{ClientOrders, ListedOrder};

/// A question of a dialogue with the longest nonce.
fn at(step: u8) -> QuestionId {
    QuestionId { step, nonce: Some(DialogueNonce(i64::MIN)) }
}

fn keys(keyboard: &KeyboardMarkup) -> Vec<&str> {
    keyboard.keyboard.iter().flatten().map(|key| key.text.as_str()).collect()
}

/// Wednesday, 18 November 2026, 14:06 in Moscow.
const CLOCK: LocalClock = LocalClock {
    zone: chrono_tz::Europe::Moscow,
    now: chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
};

fn presses(keyboard: &InlineKeyboardMarkup) -> Vec<Callback> {
    let buttons = keyboard.inline_keyboard.iter().flatten();
    buttons
        .map(|button| match &button.kind {
            InlineKeyboardButtonKind::CallbackData(data) => {
                assert!(data.len() <= MAX_BYTES, "{data}");
                assert!(!button.text.is_empty());
                Callback::parse(data).unwrap()
            }
            other => panic!("an unexpected button {other:?}"),
        })
        .collect()
}

fn labels(texts: &Texts, roles: RoleSet) -> Vec<Label> {
    let menu = main_menu(texts, roles);
    keys(&menu).into_iter().map(|key| Label::from_message(key).unwrap()).collect()
}

#[test]
fn each_role_has_its_menu() {
    let staff = [Label::AllOrders, Label::CreateOrder, Label::Masters, Label::Reports];
    for texts in both() {
        let dispatcher = labels(texts, Role::Dispatcher.into());
        assert_eq!(dispatcher, [&staff[..], &[Label::Search, Label::Settings]].concat());
        let admin = labels(texts, Role::Admin.into());
        assert_eq!(admin, [&staff[..], &[Label::Users, Label::Search, Label::Settings]].concat());
        let master = labels(texts, Role::Master.into());
        assert_eq!(master, [Label::MyOrders, Label::Today, Label::MyStatistics, Label::Settings]);
        assert_eq!(labels(texts, RoleSet::none()), [Label::Information, Label::Contact, Label::AskAccess]);
    }
}

#[test]
fn several_roles_have_the_union_without_repetitions() {
    for texts in both() {
        for roles in every_roles().into_iter().filter(|roles| !roles.is_unknown()) {
            let shown = labels(texts, roles);
            for role in roles.iter() {
                for label in labels(texts, role.into()) {
                    let times = shown.iter().filter(|each| **each == label).count();
                    assert_eq!(times, 1, "{label:?} for {roles}");
                }
            }
        }
    }
}

#[test]
fn staff_are_offered_exactly_what_they_may_do() {
    let id = OrderId(7);
    let for_master = |step| Callback::Step { step, order: id, source: ButtonSource::StaffCard };
    let reschedule = Callback::RescheduleOrder(id, ButtonSource::OwnChat);
    let rest = [
        Callback::ClientWaiting(id),
        reschedule,
        Callback::ReassignMaster(id),
        Callback::CloseOrder(id),
        Callback::RefuseOrder(id),
    ];
    for texts in both() {
        for role in [Role::Admin, Role::Dispatcher] {
            let offered = |status| {
                let mut all = presses(&staff_card(texts, id, status, role.into()));
                assert_eq!(all.pop(), Some(Callback::BackToOrders));
                assert_eq!(all.pop(), Some(Callback::MoreActions(id)));
                all
            };
            let more = |status| {
                let mut all = presses(&staff_card_more(texts, id, status, role.into()));
                assert_eq!(all.pop(), Some(Callback::ViewOrder(id)));
                all.retain(|press| !matches!(press, Callback::Order(_) | Callback::Client(_)));
                all
            };
            assert_eq!(
                offered(OrderStatus::New),
                [Callback::AssignMaster(id), reschedule, Callback::RefuseOrder(id)]
            );
            assert_eq!(more(OrderStatus::New), [Callback::CloseOrder(id)]);
            let (decline, long_repair) = (MasterStep::Decline, MasterStep::LongRepair);
            for (status, next, then) in [
                (OrderStatus::Assigned, Some(MasterStep::Accept), Some(decline)),
                (OrderStatus::Accepted, Some(MasterStep::ArriveOnSite), Some(long_repair)),
                (OrderStatus::OnSite, None, Some(long_repair)),
                (OrderStatus::LongRepair, Some(MasterStep::ArriveOnSite), None),
            ] {
                let first: Vec<_> = next.map(for_master).into_iter().chain(rest).collect();
                assert_eq!(offered(status), first);
                let behind = then.map(for_master).into_iter().chain([Callback::UnassignMaster(id)]);
                assert_eq!(more(status), behind.collect::<Vec<_>>());
            }
            assert_eq!(offered(OrderStatus::Closed), []);
            assert_eq!(offered(OrderStatus::Refused), [Callback::ReopenOrder(id)]);
        }
    }
}

#[test]
fn what_else_is_done_with_an_order_depends_on_its_status_and_the_role() {
    let id = OrderId(7);
    let comment = OrderButton::Comment(id);
    let history = OrderButton::ShowHistory(id, PageNumber::FIRST);
    let (repeat, correct, delete) =
        (OrderButton::Repeat(id), OrderButton::Correct(id), OrderButton::Delete(id));
    for texts in both() {
        let offered = |status, role: Role| {
            let buttons = staff_extra_buttons(texts, id, status, role.into());
            presses(&InlineKeyboardMarkup::new([buttons]))
        };
        for (status, role, expected) in [
            (OrderStatus::OnSite, Role::Dispatcher, vec![OrderButton::Edit(id), comment, history]),
            (OrderStatus::New, Role::Admin, vec![OrderButton::Edit(id), comment, history, delete]),
            (OrderStatus::Closed, Role::Dispatcher, vec![repeat, comment, history]),
            (OrderStatus::Closed, Role::Admin, vec![repeat, correct, comment, history, delete]),
            (OrderStatus::Refused, Role::Dispatcher, vec![comment, history]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(Callback::Order).collect();
            assert_eq!(offered(status, role), expected, "{status} {role:?}");
        }
    }
}

#[test]
fn the_master_is_offered_exactly_the_next_steps() {
    for texts in both() {
        for source in [ButtonSource::OwnChat, ButtonSource::Assignment] {
            let offered = |status| {
                presses(&master_card(texts, OrderId(7), status, source))
                    .into_iter()
                    .filter_map(|press| match press {
                        Callback::RescheduleOrder(OrderId(7), from) => {
                            assert_eq!(from, source);
                            None
                        }
                        Callback::Step { step, order, source: from } => {
                            assert_eq!((order, from), (OrderId(7), source));
                            Some(step)
                        }
                        other => panic!("{other:?}"),
                    })
                    .collect::<Vec<_>>()
            };
            assert_eq!(offered(OrderStatus::New), []);
            assert_eq!(offered(OrderStatus::Assigned), [MasterStep::Accept, MasterStep::Decline]);
            let (site, long, complete) =
                (MasterStep::ArriveOnSite, MasterStep::LongRepair, MasterStep::Complete);
            assert_eq!(offered(OrderStatus::Accepted), [site, long, MasterStep::HandBack]);
            assert_eq!(offered(OrderStatus::OnSite), [long, complete, MasterStep::ClientDecline]);
            assert_eq!(offered(OrderStatus::LongRepair), [site, complete, MasterStep::ClientDecline]);
            assert_eq!(offered(OrderStatus::Closed), []);
            assert_eq!(offered(OrderStatus::Refused), []);
        }
    }
}

#[test]
fn every_inline_keyboard_keeps_telegrams_limits() {
    let crowd = vec![(endless_master(None), i64::MAX); 250];
    let big = OrderId(i64::MAX);
    let rows: Vec<Order> = OrderStatus::ALL.into_iter().cycle().take(10).map(order).collect();
    let filter = OrderListFilter {
        status: Some(OrderStatus::LongRepair),
        day: Some(CLOCK.today()),
        master: Some(MasterId(i64::MAX)),
    };
    let listed: Vec<_> =
        rows.iter().map(|order| ListedOrder { order: order.clone(), master: Some(master()) }).collect();
    let crowded: Vec<_> = listed.iter().cycle().take(200).cloned().collect();
    let client = ClientOrders {
        order: rows[0].clone(),
        rows: listed.clone(),
        total: i64::MAX,
        paid: (i64::MAX, Kopecks(i64::MAX)),
    };
    let found: Vec<_> = rows.iter().map(|order| (order.clone(), ClientDetails::Full)).collect();
    let last = Paging::new(PageNumber(u32::MAX), i64::MAX);
    for texts in both() {
        let kind = EquipmentType {
            id: EquipmentTypeId(i64::MIN),
            name: "Ovens".to_owned(),
            position: 1,
            is_hidden: false,
        };
        let keyboards = [
            master_choice(texts, AssignmentKind::Assign, big, &crowd, &[], PageNumber(2), None),
            master_choice(texts, AssignmentKind::Reassign, big, &crowd, &[], PageNumber(25), None),
            master_choice(texts, AssignmentKind::Reassign, big, &[], &[], PageNumber(1), None),
            order_list(texts, CLOCK, filter, &listed, last),
            order_list(texts, CLOCK, OrderListFilter::default(), &[], Paging::new(PageNumber(1), 0)),
            day_choice(texts, CLOCK, filter),
            master_filter(texts, filter, &crowd, PageNumber(2)),
            own_order_list(texts, CLOCK, &rows, last),
            own_closed_list(texts, CLOCK, &listed, last),
            client_orders(texts, CLOCK, &client, last),
            staff_day(texts, CLOCK, CLOCK.today(), &crowded),
            found_orders(texts, SearchId(i64::MAX), &found, last, true),
            master_list(texts, MasterListFilter::Pending, &crowd[..10], Paging::new(PageNumber(3), 250)),
            masters_menu(texts),
            manage_master(texts, CLOCK.now, &master(), Role::Admin.into()),
            group_master_choice(texts, ChatId(i64::MIN), &crowd),
            order_filters(
                texts,
                &OrderStatus::ALL.map(|status| (status, i64::from(u32::MAX))),
                CLOCK.today(),
            ),
            equipment_choice(texts, at(1), &vec![kind; 120], true),
            confirm_order(texts, at(8), &crowd, PageNumber(3), Some(big)),
            draft_step(texts, at(6), true, true),
            open_order(texts, big),
            confirm_add_master(texts, at(4)),
            review_choice(texts, at(3)),
            order_created(texts, big),
            view_order(texts, big),
            step_buttons(texts, at(6), true, true),
            settings_choice(texts, Role::Admin.into(), AddressRule::default(), false),
        ];
        for keyboard in keyboards {
            let count = presses(&keyboard).len();
            assert!((1..=100).contains(&count), "{count} buttons");
            assert!(keyboard.inline_keyboard.iter().all(|row| (1..=8).contains(&row.len())));
        }
    }
}

#[test]
fn masters_of_one_name_are_told_apart_by_the_first_detail_that_differs() {
    let namesake = |id, name: &str, specialization: &str, phone: &str| {
        let (name, specialization, phone) = (name.to_owned(), specialization.to_owned(), phone.to_owned());
        (Master { id: MasterId(id), name, specialization, phone, ..master() }, 0)
    };
    let masters = [
        namesake(1, "Ivan", "ovens", "+79990001122"),
        namesake(2, "ivan ", "Ovens", "+79990003344"),
        namesake(3, "Ivan\u{200b}", "fridges", "+79990005566"),
        namesake(4, "Oleg", "ovens", "+79990001122"),
        namesake(5, "Anna", "ovens", "12"),
        namesake(6, "Anna", "ovens", "12"),
    ];
    let keyboard = group_master_choice(Texts::of(Locale::En), ChatId(-5), &masters);
    let buttons = keyboard.inline_keyboard.iter().flatten().map(|button| button.text.as_str());
    let expected =
        ["Ivan · …1122", "ivan  · …3344", "Ivan\u{200b} · fridges", "Oleg", "Anna · №5", "Anna · №6"];
    assert_eq!(buttons.take(6).collect::<Vec<_>>(), expected);
}

#[test]
fn page_buttons_lead_to_the_neighbours_within_the_list() {
    let texts = Texts::of(Locale::En);
    let rows = [order(OrderStatus::New)];
    let turns = |page| {
        presses(&own_order_list(texts, CLOCK, &rows, Paging::new(PageNumber(page), 21)))
            .into_iter()
            .filter(|press| {
                !matches!(press, Callback::OpenFrom(..) | Callback::ShowList(ListPlace::MyClosed(_)))
            })
            .collect::<Vec<_>>()
    };
    let to = |page| Callback::ShowList(ListPlace::MyOrders(PageNumber(page)));
    assert_eq!(turns(1), [Callback::CurrentPage, to(2)]);
    assert_eq!(turns(2), [to(1), Callback::CurrentPage, to(3)]);
    assert_eq!(turns(3), [to(2), Callback::CurrentPage]);
}

#[test]
fn filters_count_every_status_and_the_sum() {
    let counts = [(OrderStatus::New, 3), (OrderStatus::Closed, 1000)];
    let keyboard = order_filters(Texts::of(Locale::En), &counts, CLOCK.today());
    let texts: Vec<_> =
        keyboard.inline_keyboard.iter().flatten().map(|button| button.text.as_str()).collect();
    assert_eq!(texts[0], "All (1000+)");
    assert_eq!(texts[1], "🆕 New (3)");
    assert_eq!(texts[2], "📨 Assigned (0)");
    assert_eq!(presses(&keyboard).len(), 1 + OrderStatus::ALL.len() + 2);
}

#[test]
fn a_masters_profile_offers_the_actions_of_its_state() {
    let texts = Texts::of(Locale::Ru);
    let commands = |person: &Master, role: Role| {
        presses(&manage_master(texts, CLOCK.now, person, role.into()))
            .into_iter()
            .filter_map(|press| match press {
                Callback::Master(command, id) => Some((command, id)),
                _ => None,
            })
            .map(|(command, id)| {
                assert_eq!(id, person.telegram_id);
                command
            })
            .collect::<Vec<_>>()
    };
    let rest = [MasterCommand::SetWorkChat];
    let working = [MasterCommand::AskDayOff, MasterCommand::SetWorkChat];
    let admins = [MasterCommand::MakeSenior, MasterCommand::AskDismissal];
    assert_eq!(
        commands(&master(), Role::Admin),
        [&[MasterCommand::Deactivate][..], &working, &admins].concat()
    );
    let off = Master { is_active: false, ..master() };
    assert_eq!(commands(&off, Role::Dispatcher), [&[MasterCommand::Activate][..], &working].concat());
    let dismissed = Master { is_active: false, is_approved: false, ..master() };
    assert_eq!(commands(&dismissed, Role::Admin), [MasterCommand::Approve]);
    assert_eq!(commands(&dismissed, Role::Dispatcher), []);
    let resting = Master { day_off_until: Some(CLOCK.now + chrono::TimeDelta::hours(1)), ..master() };
    let senior = Master { is_senior: true, ..resting };
    let rest_of_senior = [
        MasterCommand::Deactivate,
        MasterCommand::SetWorkChat,
        MasterCommand::RemoveSenior,
        MasterCommand::AskDismissal,
    ];
    assert_eq!(commands(&senior, Role::Admin), rest_of_senior);
    let pending = Master { is_approved: false, ..master() };
    let decide = [MasterCommand::Approve, MasterCommand::Reject];
    assert_eq!(commands(&pending, Role::Admin), [&decide[..], &rest].concat());
    assert_eq!(commands(&pending, Role::Dispatcher), rest);
}

#[test]
fn other_masters_on_the_card_come_round_to_the_first() {
    let masters: Vec<(Master, i64)> =
        (1..=9).map(|id| (Master { id: MasterId(id), ..master() }, 0)).collect();
    let nonce = at(8).nonce;
    let page = |number| {
        let offered =
            presses(&confirm_order(Texts::of(Locale::En), at(8), &masters, PageNumber(number), None));
        let masters = offered.iter().filter_map(|press| match press {
            Callback::CreateAssigned(master, _) => Some(master.0),
            _ => None,
        });
        let next = offered.iter().find(|press| matches!(press, Callback::DraftMasters(..)));
        (masters.collect::<Vec<_>>(), next.copied())
    };
    let to = |number| Some(Callback::DraftMasters(PageNumber(number), nonce));
    assert_eq!(page(1), (vec![1, 2, 3, 4], to(2)));
    assert_eq!(page(3), (vec![9], to(1)));
    assert_eq!(page(4), (vec![1, 2, 3, 4], to(2)));
}

#[test]
fn step_buttons_carry_the_step_and_the_nonce() {
    let nonce = at(6).nonce;
    for texts in both() {
        assert_eq!(
            presses(&step_buttons(texts, at(6), true, true)),
            [Callback::DialogBack(6, nonce), Callback::DialogSkip(6, nonce), Callback::Cancel(nonce)]
        );
        let group = group_picker(texts);
        assert!(matches!(group.keyboard[0][0].request, Some(ButtonRequest::RequestChat(_))));
    }
}
