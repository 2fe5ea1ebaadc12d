//! Lists: pages, plurals, hidden addresses, and that a page always fits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono_tz::Europe::Moscow;
use proptest::prelude::*;

use super::*;
use crate::bot::view::html::MAX_MESSAGE;
use crate::bot::view::testing::{any_order, both, check_html, endless_master, hostile, master, order};
use crate::domain::ids::ChatId;
use crate::domain::status::OrderStatus;

#[test]
fn the_lists_look_like_this() {
    let mut looks = Vec::new();
    for texts in both() {
        let all: Vec<Order> = OrderStatus::ALL.map(order).to_vec();
        let paging = Paging::new(Page(2), 25);
        looks.push(orders_overview(texts, 5));
        looks.push(orders(texts, OrderFilter::All, &all, paging));
        looks.push(orders(texts, OrderFilter::Status(OrderStatus::New), &[], Paging::new(Page(1), 0)));
        looks.push(my_orders(texts, &all[1..4], Paging::new(Page(1), 3)));
        looks.push(my_orders(texts, &[], Paging::new(Page(1), 0)));
        looks.push(masters_menu(texts, 4, 3, 1));
        let pending = Master { is_approved: false, ..master() };
        let off = Master { is_active: false, work_chat: Some(ChatId(-1_001_234)), ..master() };
        let list = [(master(), 0), (pending, 1), (off.clone(), 22)];
        looks.push(masters(texts, MasterFilter::All, &list, Paging::new(Page(1), 3)));
        looks.push(masters(texts, MasterFilter::Pending, &[], Paging::new(Page(1), 0)));
        looks.push(master_card(texts, Moscow, &master(), 2));
        looks.push(master_card(texts, Moscow, &off, 5));
    }
    insta::assert_snapshot!(looks.join("\n\n~~~~~~\n\n"));
}

#[test]
fn a_list_has_ten_rows_a_page_and_no_page_outside_of_it() {
    for (wanted, total, page, pages, offset) in [
        (1, 0, 1, 1, 0),
        (1, 10, 1, 1, 0),
        (1, 11, 1, 2, 0),
        (2, 11, 2, 2, 10),
        (9, 11, 2, 2, 10),
        (3, 30, 3, 3, 20),
    ] {
        let paging = Paging::new(Page(wanted), total);
        assert_eq!((paging.page.0, paging.pages, paging.offset()), (page, pages, offset));
    }
    let rows: Vec<i32> = (0..11).collect();
    assert_eq!(Paging::new(Page(2), 11).slice(&rows), [10]);
    assert_eq!(Paging::new(Page(1), 11).slice(&rows).len(), 10);
    assert!(Paging::new(Page(2), 20).slice(&rows[..3]).is_empty());
}

#[test]
fn a_masters_list_names_no_client() {
    for texts in both() {
        for status in OrderStatus::ALL {
            let list = my_orders(texts, &[order(status)], Paging::new(Page(1), 1));
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
        assert!(check_html(&master_card(texts, Moscow, &person, i64::MAX)) <= MAX_MESSAGE);
        let page = vec![(person, i64::MAX); 10];
        let paging = Paging::new(Page(7), i64::MAX);
        assert!(check_html(&masters(texts, MasterFilter::All, &page, paging)) <= MAX_MESSAGE);
    }
}

proptest! {
    // The longest texts are slow to read in a debug build; each case tries every view in both languages.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn pages_parse_and_fit_whatever_was_typed(
        rows in prop::collection::vec(any_order(), 0..=10), name in hostile(), wanted: u32, total: i64,
    ) {
        let paging = Paging::new(Page(wanted), total);
        let list = [(Master { name: name.clone(), specialization: name, ..master() }, 1)];
        for texts in both() {
            for page in [
                orders(texts, OrderFilter::All, &rows, paging),
                my_orders(texts, &rows, paging),
                masters(texts, MasterFilter::Pending, &list, paging),
            ] {
                prop_assert!(check_html(&page) <= MAX_MESSAGE);
            }
        }
    }
}
