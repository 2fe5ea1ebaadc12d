//! Lists: pages, plurals, hidden addresses, and that a page always fits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono_tz::Europe::Moscow;
use proptest::prelude::*;

use super::*;
use crate::bot::callback::PageNumber;
use crate::bot::view::html::MAX_MESSAGE;
use crate::bot::view::testing::{any_order, both, check_html, endless_master, hostile, master, order};
use crate::domain::ids::ChatId;
use crate::domain::status::OrderStatus;

#[test]
fn the_lists_look_like_this() {
    let mut looks = Vec::new();
    for texts in both() {
        let all: Vec<Order> = OrderStatus::ALL.map(order).to_vec();
        let paging = Paging::new(PageNumber(2), 25);
        looks.push(orders_overview(texts, 5));
        looks.push(order_list(texts, OrderFilter::All, &all, paging));
        looks.push(order_list(
            texts,
            OrderFilter::Status(OrderStatus::New),
            &[],
            Paging::new(PageNumber(1), 0),
        ));
        looks.push(master_order_list(texts, Moscow, &all[1..4], Paging::new(PageNumber(1), 3)));
        looks.push(master_order_list(texts, Moscow, &[], Paging::new(PageNumber(1), 0)));
        looks.push(masters_menu(texts, 4, 3, 1));
        let pending = Master { is_approved: false, ..master() };
        let off = Master { is_active: false, work_chat: Some(ChatId(-1_001_234)), ..master() };
        let list = [(master(), 0), (pending, 1), (off.clone(), 22)];
        looks.push(master_list(texts, MasterListFilter::All, &list, Paging::new(PageNumber(1), 3)));
        looks.push(master_list(texts, MasterListFilter::Pending, &[], Paging::new(PageNumber(1), 0)));
        looks.push(master_profile(texts, Moscow, &master(), 2));
        looks.push(master_profile(texts, Moscow, &off, 5));
    }
    insta::assert_snapshot!(looks.join("\n\n~~~~~~\n\n"));
}

#[test]
fn a_masters_list_names_no_client() {
    for texts in both() {
        for status in OrderStatus::ALL {
            let list = master_order_list(texts, Moscow, &[order(status)], Paging::new(PageNumber(1), 1));
            for secret in ["Sample Street", "Ann", "1234567"] {
                assert!(!list.contains(secret), "{list}");
            }
        }
    }
}

#[test]
fn a_master_with_endless_fields_still_fits() {
    for texts in both() {
        let person = endless_master(Some(ChatId(i64::MIN)));
        assert!(check_html(&master_profile(texts, Moscow, &person, i64::MAX)) <= MAX_MESSAGE);
        let page = vec![(person, i64::MAX); 10];
        let paging = Paging::new(PageNumber(7), i64::MAX);
        assert!(check_html(&master_list(texts, MasterListFilter::All, &page, paging)) <= MAX_MESSAGE);
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
        let list = [(Master { name: name.clone(), specialization: name, ..master() }, 1)];
        for texts in both() {
            for page in [
                order_list(texts, OrderFilter::All, &rows, paging),
                master_order_list(texts, Moscow, &rows, paging),
                master_list(texts, MasterListFilter::Pending, &list, paging),
            ] {
                prop_assert!(check_html(&page) <= MAX_MESSAGE);
            }
        }
    }
}
