//! Cards: what each reader sees, that they always fit and parse, and how some of them look.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono_tz::Europe::Moscow;
use proptest::prelude::*;

use super::*;
use crate::bot::view::html::MAX_MESSAGE;
use crate::bot::view::testing::{any_order, any_status, both, check_html, hostile, order, read_html};
use crate::bot::view::testing::{endless_master, master as a_master};
use crate::domain::equipment::OrderEquipment;
use crate::domain::ids::ChatId;
use crate::domain::locale::Locale;
use crate::domain::visibility::{self, AddressRule};

fn files(count: usize) -> CardExtras {
    let map_link = Some(map_link("https://maps.example.org/?text=", "1 Sample Street, flat 2"));
    CardExtras { files: count, map_link, ..CardExtras::default() }
}

/// As much as there can be.
fn every_extra() -> CardExtras {
    let repeats = vec![crate::domain::ids::OrderId(i64::MAX); 100];
    CardExtras {
        files: usize::MAX,
        comments: usize::MAX,
        repeat_of: None,
        repeats,
        reason: Some("<far> & late".repeat(1000)),
        map_link: Some(map_link("https://maps.example.org/?z=1&text=", &"<Ленина> \"5\" & 'x'".repeat(300))),
    }
}

const DETAILS: [ClientDetails; 3] =
    [ClientDetails::Hidden, ClientDetails::NameAndAddress, ClientDetails::Full];

#[test]
fn the_cards_look_like_this() {
    let mut looks = Vec::new();
    for texts in both() {
        let mut new = order(OrderStatus::New);
        new.equipment = "Духовой шкаф".into();
        looks.push(staff_card(texts, Moscow, &new, None, &files(0)));
        looks.push(staff_card(texts, Moscow, &order(OrderStatus::Closed), Some(&a_master()), &files(3)));
        for status in [OrderStatus::Assigned, OrderStatus::Accepted, OrderStatus::OnSite, OrderStatus::Closed]
        {
            looks.push(master_card(
                texts,
                Moscow,
                &order(status),
                None,
                visibility::client_details_for_master(status, AddressRule::default()),
                &files(1),
            ));
        }
        let on_site = order(OrderStatus::OnSite);
        looks.push(master_card(texts, Moscow, &on_site, Some(&a_master()), ClientDetails::Full, &files(0)));
        let assigned = order(OrderStatus::Assigned);
        for in_group in [false, true] {
            looks.push(assignment_card(
                texts,
                Moscow,
                &assigned,
                &a_master(),
                ClientDetails::Hidden,
                in_group,
                &files(0),
            ));
        }
    }
    insta::assert_snapshot!(looks.join("\n\n~~~~~~\n\n"));
}

#[test]
fn the_draft_looks_like_this() {
    let new = NewOrder {
        equipment: OrderEquipment { id: None, name: "Посудомоечная машина".into() },
        description: "Leaks <badly>".into(),
        client_name: "Ann O'Test".into(),
        client_address: "1 Sample Street".into(),
        client_phone: "+79991234567".into(),
        notes: None,
        scheduled_time: Some("tomorrow".into()),
        visit: None,
    };
    insta::assert_snapshot!(both().map(|texts| draft_card(texts, Moscow, &new, 2)).join("\n\n~~~~~~\n\n"));
}

#[test]
fn the_group_message_mentions_the_master() {
    let card = assignment_card(
        Texts::of(Locale::En),
        Moscow,
        &order(OrderStatus::Assigned),
        &a_master(),
        ClientDetails::Hidden,
        true,
        &files(0),
    );
    assert!(card.contains("<a href=\"tg://user?id=1000002\">Max &lt;Sample&gt;</a>"), "{card}");
}

#[test]
fn long_fields_are_shortened_and_the_rest_of_the_card_stays() {
    let mut long = order(OrderStatus::OnSite);
    long.description = "🔧<".repeat(4096);
    long.notes = Some("&".repeat(4096));
    for texts in both() {
        let card = staff_card(texts, Moscow, &long, Some(&endless_master(Some(ChatId(-1001)))), &files(1));
        assert!(check_html(&card) <= MAX_MESSAGE);
        assert!(card.contains("+7 999 123-45-67") && card.contains("1 Sample Street, flat 2"));
        assert!(card.contains('…') && card.contains("2026"));
    }
}

#[test]
fn a_card_of_ordinary_length_is_not_shortened() {
    let mut usual = order(OrderStatus::OnSite);
    usual.description = "d".repeat(500);
    usual.client_address = "1".repeat(500);
    usual.notes = Some("n".repeat(1000));
    for texts in both() {
        let card = staff_card(texts, Moscow, &usual, None, &files(1));
        assert!(!card.contains('…'), "{card}");
        assert!(card.contains(&"n".repeat(1000)));
    }
}

/// An order with marks that occur in no locale file: each that is found is a leak.
fn marked(status: OrderStatus, id: i64) -> Order {
    Order {
        id: crate::domain::ids::OrderId(id),
        client_name: "ZQNAME <secret>".into(),
        client_address: "ZQADDRESS & 7".into(),
        client_phone: "+79990007788".into(),
        notes: Some("ZQNOTES 12".into()),
        ..order(status)
    }
}

proptest! {
    // The longest texts are slow to read in a debug build; each case tries every view in both languages.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nothing_of_the_client_is_in_a_card_where_it_is_hidden(
        status in any_status(), shown in prop::sample::select(DETAILS.to_vec()), in_group: bool, id in 1i64..1000,
    ) {
        let order = marked(status, id);
        for texts in both() {
            for card in [
                master_card(texts, Moscow, &order, in_group.then(a_master).as_ref(), shown, &files(1)),
                assignment_card(texts, Moscow, &order, &a_master(), shown, in_group, &files(1)),
            ] {
                let seen = read_html(&card);
                prop_assert_eq!(seen.contains("ZQNAME"), shown >= ClientDetails::NameAndAddress);
                prop_assert_eq!(seen.contains("ZQADDRESS"), shown >= ClientDetails::NameAndAddress);
                prop_assert_eq!(seen.contains("ZQNOTES"), shown >= ClientDetails::NameAndAddress);
                prop_assert_eq!(card.contains("000-77-88"), shown == ClientDetails::Full);
            }
        }
    }

    #[test]
    fn staff_always_see_everything(status in any_status(), id in 1i64..1000) {
        for texts in both() {
            let seen = read_html(&staff_card(texts, Moscow, &marked(status, id), Some(&a_master()), &files(1)));
            for part in ["ZQNAME <secret>", "ZQADDRESS & 7", "ZQNOTES", "+7 999 000-77-88", "Max <Sample>"] {
                prop_assert!(seen.contains(part), "{} lacks {}", seen, part);
            }
        }
    }

    #[test]
    fn cards_with_any_input_parse_and_fit(
        order in any_order(), name in hostile(), shown in prop::sample::select(DETAILS.to_vec()), in_group: bool,
    ) {
        let person = Master { name, ..a_master() };
        for texts in both() {
            for card in [
                staff_card(texts, Moscow, &order, Some(&person), &every_extra()),
                master_card(texts, Moscow, &order, in_group.then_some(&person), shown, &every_extra()),
                assignment_card(texts, Moscow, &order, &person, shown, in_group, &every_extra()),
            ] {
                prop_assert!(check_html(&card) <= MAX_MESSAGE);
            }
        }
    }

    #[test]
    fn drafts_with_any_input_parse_and_fit(
        fields in (hostile(), hostile(), hostile(), hostile()), notes in prop::option::of(hostile()),
    ) {
        let new = NewOrder {
            equipment: OrderEquipment { id: None, name: fields.0.clone() },
            description: fields.0,
            client_name: fields.1,
            client_address: fields.2,
            client_phone: fields.3,
            scheduled_time: notes.clone(),
            visit: None,
            notes,
        };
        for texts in both() {
            prop_assert!(check_html(&draft_card(texts, Moscow, &new, usize::MAX)) <= MAX_MESSAGE - QUESTION_ROOM);
        }
    }
}
