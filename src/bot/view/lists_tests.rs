//! Lists: pages, plurals, hidden addresses, and that a page always fits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono_tz::Europe::Moscow;
use proptest::prelude::*;

use super::*;
use crate::bot::callback::PageNumber;
use crate::bot::view::day_plan::{own_day, staff_day};
use crate::bot::view::html::MAX_MESSAGE;
use crate::bot::view::order_rows::{closed_row, own_row, staff_row};
use crate::bot::view::testing::{any_order, both, check_html, endless_master, hostile, master, order};
use crate::domain::ids::{ChatId, MasterId};
use crate::domain::money::Kopecks;
use crate::domain::order::Order;
use crate::domain::status::OrderStatus;
use crate::domain::visibility::AddressRule;
use crate::domain::visit::VisitWindow;
use crate::service::order_lists::{DayPart, ListedOrder, OwnDay};

/// Wednesday, 18 November 2026, 14:06 in Moscow.
const CLOCK: LocalClock =
    LocalClock { zone: Moscow, now: chrono::DateTime::from_timestamp(1_795_000_000, 0).unwrap() };
const NONE: Paging = Paging { page: PageNumber::FIRST, pages: 1, total: 0 };

/// An assigned order with a visit at this time.
fn visit(at: &str) -> Order {
    let visit = Some(VisitWindow { from: at.parse().unwrap(), until: None });
    Order { visit, ..order(OrderStatus::Assigned) }
}

#[test]
fn the_lists_look_like_this() {
    let mut looks = Vec::new();
    for texts in both() {
        let paging = Paging::new(PageNumber(2), 25);
        looks.push(orders_overview(texts, 5));
        let filter = OrderListFilter {
            status: Some(OrderStatus::New),
            day: Some(CLOCK.today()),
            master: Some(MasterId(3)),
        };
        looks.push(order_list(
            texts,
            CLOCK,
            OrderListFilter::default(),
            None,
            Paging::new(PageNumber(1), 1000),
        ));
        looks.push(order_list(texts, CLOCK, filter, Some("Max <Sample>"), paging));
        looks.push(order_list(texts, CLOCK, filter, None, NONE));
        for list in [own_order_list, own_closed_list] {
            looks.push(list(texts, Paging::new(PageNumber(1), 3)));
            looks.push(list(texts, NONE));
        }
        let order = order(OrderStatus::Closed);
        let client = ClientOrders { order, rows: Vec::new(), total: 3, paid: (2, Kopecks(1_250_050)) };
        looks.push(client_orders(texts, &client, Paging::new(PageNumber(1), 3)));
        looks.push(masters_menu(texts, 4, 3, 1));
        let pending = Master { is_approved: false, ..master() };
        let off = Master { is_active: false, work_chat: Some(ChatId(-1_001_234)), ..master() };
        let dismissed = Master { is_active: false, ..pending.clone() };
        let resting = Master {
            is_senior: true,
            day_off_until: Some("2026-11-22T21:00:00Z".parse().unwrap()),
            ..master()
        };
        let list = [(master(), 0), (pending, 1), (off.clone(), 22), (dismissed, 0), (resting.clone(), 1)];
        looks.push(master_list(texts, CLOCK, MasterListFilter::All, &list, Paging::new(PageNumber(1), 3)));
        looks.push(master_list(texts, CLOCK, MasterListFilter::Pending, &[], Paging::new(PageNumber(1), 0)));
        looks.push(master_profile(texts, CLOCK, &master(), 2));
        looks.push(master_profile(texts, CLOCK, &off, 5));
        looks.push(master_profile(texts, CLOCK, &resting, 1));
    }
    insta::assert_snapshot!(looks.join("\n\n~~~~~~\n\n"));
}

#[test]
fn rows_say_what_one_needs_and_a_masters_names_no_client() {
    let row = ListedOrder { order: visit("2026-11-18T15:00:00Z"), master: Some(master()) };
    let waiting = ListedOrder { order: order(OrderStatus::New), master: None };
    let later = ListedOrder { order: visit("2026-12-24T15:00:00Z"), master: None };
    let mut looks = Vec::new();
    for texts in both() {
        looks.push(staff_row(texts, CLOCK, &row, false));
        looks.push(staff_row(texts, CLOCK, &waiting, true));
        looks.push(staff_row(texts, CLOCK, &later, true));
        looks.push(own_row(texts, CLOCK, &row.order));
        looks.push(closed_row(texts, CLOCK, &order(OrderStatus::Closed)));
        for own in [own_row(texts, CLOCK, &row.order), closed_row(texts, CLOCK, &order(OrderStatus::Closed))]
        {
            for secret in ["Sample Street", "Ann", "1234567"] {
                assert!(!own.contains(secret), "{own}");
            }
        }
    }
    insta::assert_snapshot!(looks.join("\n"));
}

#[test]
fn a_day_looks_like_this() {
    let listed = |at: &str, master| ListedOrder { order: visit(at), master };
    let visits = [
        listed("2026-11-18T07:00:00Z", Some(master())),
        listed("2026-11-18T07:30:00Z", Some(master())),
        listed("2026-11-18T08:00:00Z", None),
        listed("2026-11-18T12:00:00Z", Some(master())),
    ];
    let accepted = Order { status: OrderStatus::Accepted, ..visit("2026-11-18T07:00:00Z") };
    let part = |orders| DayPart { orders, more: 0 };
    let day = OwnDay {
        visits: part(vec![accepted, visit("2026-11-18T12:00:00Z")]),
        overdue: part(vec![Order { status: OrderStatus::OnSite, ..visit("2026-11-16T12:00:00Z") }]),
        undated: DayPart { orders: vec![order(OrderStatus::Assigned)], more: 3 },
        address_rule: AddressRule::default(),
    };
    let free = OwnDay::default();
    let mut looks = Vec::new();
    for texts in both() {
        looks.push(staff_day(texts, CLOCK, CLOCK.today(), &visits));
        looks.push(staff_day(texts, CLOCK, CLOCK.today().succ_opt().unwrap(), &[]));
        looks.push(own_day(texts, CLOCK, &day));
        looks.push(own_day(texts, CLOCK, &free));
    }
    insta::assert_snapshot!(looks.join("\n\n~~~~~~\n\n"));
}

#[test]
fn a_master_with_endless_fields_still_fits() {
    for texts in both() {
        let person = endless_master(Some(ChatId(i64::MIN)));
        assert!(check_html(&master_profile(texts, CLOCK, &person, i64::MAX)) <= MAX_MESSAGE);
        let page = vec![(person, i64::MAX); 10];
        let paging = Paging::new(PageNumber(7), i64::MAX);
        assert!(check_html(&master_list(texts, CLOCK, MasterListFilter::All, &page, paging)) <= MAX_MESSAGE);
    }
}

proptest! {
    // The longest texts are slow to read in a debug build; each case tries every view in both languages.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pages_with_any_input_parse_and_fit(
        rows in prop::collection::vec(any_order(), 0..=10), name in hostile(), wanted: u32, total: i64,
    ) {
        let paging = Paging::new(PageNumber(wanted), total);
        let person = Master { name: name.clone(), specialization: name.clone(), ..master() };
        let listed: Vec<_> =
            rows.iter().map(|order| ListedOrder { order: order.clone(), master: Some(person.clone()) }).collect();
        let list = [(person, 1)];
        let part = DayPart { orders: rows.clone(), more: usize::MAX };
        let day = OwnDay { visits: part.clone(), overdue: part.clone(), undated: part, ..OwnDay::default() };
        for texts in both() {
            for page in [
                order_list(texts, CLOCK, OrderListFilter::default(), Some(&name), paging),
                own_order_list(texts, paging),
                own_day(texts, CLOCK, &day),
                staff_day(texts, CLOCK, CLOCK.today(), &listed),
                master_list(texts, CLOCK, MasterListFilter::Pending, &list, paging),
            ] {
                prop_assert!(check_html(&page) <= MAX_MESSAGE);
            }
        }
    }
}
