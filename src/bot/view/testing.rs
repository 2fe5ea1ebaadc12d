//! Shared by the tests of the views: sample orders and masters, and a strict parser of Telegram's HTML.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::bot::view::text::Texts;
use crate::domain::ids::{ChatId, MasterId, OrderId, TelegramId};
use crate::domain::locale::Locale;
use crate::domain::master::Master;
use crate::domain::money::Kopecks;
use crate::domain::order::Order;
use crate::domain::role::{Role, RoleSet};
use crate::domain::status::OrderStatus;

pub(super) fn both() -> [&'static Texts; 2] {
    Locale::ALL.map(Texts::of)
}

pub(super) fn every_roles() -> Vec<RoleSet> {
    let held = [Role::Admin, Role::Dispatcher, Role::Master];
    (0..8).map(|bits| (0..3).filter(|n| bits & (1 << n) != 0).map(|n| held[n]).collect()).collect()
}

pub(super) fn moment() -> DateTime<Utc> {
    "2026-11-24T11:05:00Z".parse().unwrap()
}

pub(super) fn order(status: OrderStatus) -> Order {
    let closed = status == OrderStatus::Closed;
    let amount = |kopecks| closed.then_some(Kopecks(kopecks));
    Order {
        id: OrderId(12),
        equipment: "dish <washer>".into(),
        description: "Leaks & hums -- \"loudly\"; <b>since</b> /* Monday */".into(),
        client_name: "Ann O'Test".into(),
        client_address: "1 Sample Street, flat 2".into(),
        client_phone: "+79991234567".into(),
        status,
        assigned_master: (status != OrderStatus::New).then_some(MasterId(3)),
        dispatcher: Some(TelegramId(1_000_001)),
        notes: Some("door code 42".into()),
        scheduled_time: Some("tomorrow after 3".into()),
        visit: None,
        total: amount(1_250_050),
        materials: amount(250_000),
        master_share: amount(500_025),
        company_share: amount(500_025),
        has_review: closed.then_some(false),
        promised_date: None,
        parts: None,
        prepayment: None,
        refuse_reason: None,
        out_of_city: None,
        reschedule_count: 0,
        closed_at: closed.then(|| moment() + TimeDelta::minutes(90)),
        created_at: moment(),
        updated_at: moment() + TimeDelta::minutes(90),
        deleted_at: None,
        repeat_of: None,
        rates: None,
    }
}

pub(super) fn master() -> Master {
    Master {
        id: MasterId(3),
        telegram_id: TelegramId(1_000_002),
        phone: "+79997654321".into(),
        specialization: "ovens & <stoves>".into(),
        is_active: true,
        is_approved: true,
        has_role: true,
        work_chat: None,
        work_thread: None,
        is_senior: false,
        day_off_until: None,
        added_by: None,
        created_at: moment(),
        name: "Max <Sample>".into(),
        username: Some("max_sample".into()),
        work_chat_title: None,
    }
}

/// A master with the longest possible fields.
pub(super) fn endless_master(work_chat: Option<ChatId>) -> Master {
    let text = "<🔧&\">".repeat(2000);
    Master {
        name: text.clone(),
        specialization: text.clone(),
        phone: text.clone(),
        username: Some(text),
        work_chat,
        work_thread: None,
        ..master()
    }
}

/// Texts that often break bots: markup, entities, quotes, emoji, very long, empty.
pub(super) fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("<b>".to_owned()),
        Just("</b></a>&amp;&lt;&".to_owned()),
        Just("\"'<a href=\"tg://user?id=1\">".to_owned()),
        Just("-- ; /* */ '); DROP TABLE orders".to_owned()),
        Just("{ $id } { \"x\" }".to_owned()),
        Just("🔧".repeat(4096)),
        Just("&".repeat(4096)),
        Just("👩‍🔧 <".repeat(900)),
        "\\PC{0,600}",
    ]
}

pub(super) fn any_status() -> impl Strategy<Value = OrderStatus> {
    prop::sample::select(OrderStatus::ALL.to_vec())
}

/// An order with hostile texts in every field.
pub(super) fn any_order() -> impl Strategy<Value = Order> {
    let fields = (hostile(), hostile(), hostile(), hostile(), hostile());
    let optional = (prop::option::of(hostile()), prop::option::of(hostile()));
    let rest = (any_status(), any::<i64>(), prop::option::of(any::<i64>()));
    (fields, optional, rest).prop_map(|(fields, optional, (status, id, amount))| {
        let amount = amount.map(Kopecks);
        Order {
            id: OrderId(id),
            equipment: fields.0,
            description: fields.1,
            client_name: fields.2,
            client_address: fields.3,
            client_phone: fields.4,
            notes: optional.0,
            scheduled_time: optional.1,
            total: amount,
            materials: amount,
            master_share: amount,
            company_share: amount,
            has_review: amount.map(|_| true),
            ..order(status)
        }
    })
}

/// Parses HTML as strictly as Telegram does and returns the number of visible UTF-16 units. Panics on HTML that Telegram
/// refuses or that no view writes.
pub(super) fn check_html(html: &str) -> usize {
    read_html(html).encode_utf16().count()
}

/// Returns the visible text.
pub(super) fn read_html(html: &str) -> String {
    let mut seen = String::new();
    let mut open = Vec::new();
    let mut rest = html;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '<' => {
                let end = rest.find('>').expect("an unclosed tag");
                match &rest[1..end] {
                    "b" => open.push("b"),
                    "code" => open.push("code"),
                    tag if tag.starts_with('/') => {
                        assert_eq!(open.pop(), Some(&tag[1..]), "a stray closing tag in {html}");
                    }
                    tag if tag.starts_with("a href=\"https://") => {
                        let link = tag.strip_suffix('"').unwrap().trim_start_matches("a href=\"");
                        let link = link.replace("&amp;", "&");
                        assert!(!link.contains(['"', '<', '&', ' ']) || link.contains("z=1&text="), "{html}");
                        assert!(url::Url::parse(&link).is_ok(), "{html}");
                        open.push("a");
                    }
                    tag => {
                        let id = tag
                            .strip_prefix("a href=\"tg://user?id=")
                            .and_then(|tag| tag.strip_suffix('"'))
                            .unwrap_or_else(|| panic!("an unknown tag <{tag}> in {html}"));
                        assert!(id.parse::<i64>().is_ok(), "{html}");
                        open.push("a");
                    }
                }
                end + 1
            }
            '&' => {
                let end = rest.find(';').expect("an unclosed entity");
                seen.push(match &rest[1..end] {
                    "lt" => '<',
                    "gt" => '>',
                    "amp" => '&',
                    "quot" => '"',
                    entity => panic!("an unknown entity &{entity}; in {html}"),
                });
                end + 1
            }
            letter => {
                assert_ne!(letter, '>', "a bare > in {html}");
                seen.push(letter);
                letter.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    assert!(open.is_empty(), "unclosed tags {open:?} in {html}");
    seen
}
