//! Messages, prompts and refusals: how they look, and that they parse with any input.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::bot::dialogue::{AddMasterStep, CloseStep, ClosingDraft, OrderStep};
use crate::bot::view::html::MAX_MESSAGE;
use crate::bot::view::order_notices::with_reason;
use crate::bot::view::prompts;
use crate::bot::view::refusals;
use crate::bot::view::testing::{both, check_html, every_roles, hostile, moment, order};
use crate::domain::money::{AmountError, Kopecks};
use crate::domain::notice::MutedNotices;
use crate::domain::phone::Phone;
use crate::domain::rates::{AppliedRates, ClosingAmounts};
use crate::domain::role::Role;
use crate::domain::status::{OrderAction, OrderStatus};
use crate::domain::text::TextError;
use crate::service::Refusal;

const SEPARATOR: &str = "\n\n~~~~~~\n\n";

fn user(first_name: &str, roles: RoleSet) -> User {
    User {
        telegram_id: TelegramId(1_000_003),
        username: None,
        first_name: Some(first_name.into()),
        last_name: None,
        roles,
        locale: None,
        muted: MutedNotices::default(),
        created_at: moment(),
    }
}

fn closing() -> OrderClosing {
    let (total, materials) = (Kopecks(1_250_050), Kopecks(250_000));
    let amounts = ClosingAmounts { total, materials, has_review: true, out_of_city: None };
    OrderClosing::settle(amounts, AppliedRates::DEFAULT).unwrap()
}

#[test]
fn greetings_and_help_look_like_this() {
    let mut looks = Vec::new();
    for texts in both() {
        for roles in [RoleSet::none(), Role::Master.into(), RoleSet::from_iter([Role::Admin, Role::Master])] {
            looks.push(start_greeting(texts, &user("Ann <b>", roles)));
            looks.push(help_text(texts, roles, TelegramId(1_000_003)));
        }
        let new = NewMaster {
            telegram_id: TelegramId(1_000_002),
            phone: Phone::from_stored("+79997654321".into()),
            specialization: "ovens & <stoves>".into(),
        };
        looks.push(new_master(texts, &new, "Max <Sample>"));
        looks.push(settings_text(texts));
    }
    insta::assert_snapshot!(looks.join(SEPARATOR));
}

fn closing_at(step: CloseStep) -> ClosingDraft {
    let amount = |asked| (step > asked).then_some(Kopecks(100_000));
    let answer = |asked| (step > asked).then_some(false);
    ClosingDraft {
        order: OrderId(12),
        card: None,
        total: amount(CloseStep::Total),
        materials: amount(CloseStep::Materials),
        paid_before: Some(Kopecks(150_000)),
        has_review: answer(CloseStep::Review),
        out_of_city: answer(CloseStep::OutOfCity),
        asks_out_of_city: true,
        shown_rates: None,
        nonce: None,
    }
}

#[test]
fn every_prompt_and_error_looks_like_this() {
    let mut looks = Vec::new();
    for texts in both() {
        looks.extend(OrderStep::ALL.map(|step| prompts::order_step(texts, step, 500)));
        looks.extend(CloseStep::ALL.map(|step| prompts::close_step(texts, &closing_at(step), false)));
        looks.push(prompts::close_step(texts, &closing_at(CloseStep::Total), true));
        looks.extend(AddMasterStep::ALL.map(|step| prompts::add_master_step(texts, step)));
        for error in [
            TextError::Empty,
            TextError::TooShort { min: 1, actual: 0 },
            TextError::TooShort { min: 3, actual: 1 },
            TextError::TooShort { min: 5, actual: 4 },
            TextError::TooLong { max: 500, actual: 501 },
            TextError::TooLong { max: 500, actual: 502 },
            TextError::TooLong { max: 500, actual: 511 },
            TextError::NeedsLetter,
            TextError::IsPhone,
        ] {
            looks.push(prompts::text_error(texts, error));
        }
        for error in [
            AmountError::NotANumber,
            AmountError::TooManyDecimals,
            AmountError::TooLarge,
            AmountError::Negative,
        ] {
            looks.push(prompts::amount_error(texts, error));
        }
        looks.push(prompts::phone_error(texts));
        looks.push(prompts::materials_exceed(texts, Kopecks(500_001), Kopecks(500_000)));
    }
    insta::assert_snapshot!(looks.join(SEPARATOR));
}

#[test]
fn notices_look_like_this() {
    let mut looks = Vec::new();
    for texts in both() {
        for closing in [closing(), OrderClosing::WithoutAmounts(AppliedRates::DEFAULT)] {
            looks.push(closing_done(texts, OrderId(12), &closing, true));
            looks.push(closing_done(texts, OrderId(12), &closing, false));
        }
        let bare = Order { total: None, materials: None, ..order(OrderStatus::New) };
        for order in [order(OrderStatus::Closed), bare] {
            looks.push(notice_closed(texts, &order, Some("Max <Sample>")));
            looks.push(notice_closed(texts, &order, None));
        }
        for reason in [None, Some("too <far> away")] {
            looks.push(notice_refused(texts, OrderId(12), reason));
        }
    }
    insta::assert_snapshot!(looks.join(SEPARATOR));
}

#[test]
fn a_refused_transition_says_how_the_order_stands_and_fits_into_a_notice() {
    for texts in both() {
        let mut stands = BTreeMap::new();
        for present in OrderStatus::ALL {
            for action in OrderAction::ALL {
                let text = refusals::refusal_text(texts, &Refusal::WrongStatus { present, action });
                assert!(text.encode_utf16().count() <= 200, "{text}");
                assert!(!text.contains(['<', '&']), "{text}");
                let first = text.split_inclusive('.').next().unwrap().to_owned();
                assert_eq!(*stands.entry(first).or_insert(present), present, "{text}");
            }
        }
        assert_eq!(stands.len(), OrderStatus::ALL.len());
    }
}

#[test]
fn refusals_look_like_this() {
    let mut looks = Vec::new();
    for texts in both() {
        for (present, action) in [
            (OrderStatus::Accepted, OrderAction::Accept),
            (OrderStatus::New, OrderAction::Accept),
            (OrderStatus::Closed, OrderAction::Close),
            (OrderStatus::Accepted, OrderAction::Close),
            (OrderStatus::Assigned, OrderAction::Assign),
            (OrderStatus::Refused, OrderAction::Refuse),
            (OrderStatus::OnSite, OrderAction::ArriveOnSite),
            (OrderStatus::LongRepair, OrderAction::StartLongRepair),
            (OrderStatus::Closed, OrderAction::ArriveOnSite),
            (OrderStatus::Closed, OrderAction::Reopen),
        ] {
            looks.push(refusals::refusal_text(texts, &Refusal::WrongStatus { present, action }));
        }
        for refusal in [
            Refusal::NoRight,
            Refusal::NoSuchOrder,
            Refusal::NoSuchMaster,
            Refusal::MasterTakesNoOrders,
            Refusal::SameMaster,
            Refusal::UnknownPerson,
            Refusal::AlreadyMaster,
            Refusal::MasterHasOrders,
            Refusal::NoSuchEquipment,
            Refusal::EquipmentExists,
            Refusal::RatesChanged,
            Refusal::TooManyEquipmentTypes,
        ] {
            looks.push(refusals::refusal_text(texts, &refusal));
        }
    }
    insta::assert_snapshot!(looks.join("\n"));
}

#[test]
fn help_has_a_part_for_each_role() {
    for texts in both() {
        for roles in every_roles() {
            let html = help_text(texts, roles, TelegramId(1));
            assert!(check_html(&html) <= MAX_MESSAGE);
            let locale = texts.locale();
            assert_eq!(html.contains(Label::CreateOrder.text(locale)), roles.is_staff());
            assert_eq!(html.contains(Label::MyOrders.text(locale)), roles.is_master());
        }
    }
}

#[test]
fn command_descriptions_are_what_telegram_accepts() {
    for texts in both() {
        for (command, description) in [private_commands(texts), group_commands(texts)].concat() {
            assert!(command.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
            assert!((1..=256).contains(&description.chars().count()));
        }
    }
}

proptest! {
    // The longest texts are slow to read in a debug build; each case tries every view in both languages.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn messages_with_any_input_parse_and_fit(name in hostile(), reason in hostile()) {
        let short = shorten_text(&name, 200);
        let phone = Phone::from_stored(reason.clone());
        let new = NewMaster { telegram_id: TelegramId(1), phone, specialization: reason.clone() };
        for texts in both() {
            for html in [
                start_greeting(texts, &user(&short, Role::Admin.into())),
                start_greeting(texts, &user(&short, RoleSet::none())),
                new_master(texts, &new, &name),
                notice_refused(texts, OrderId(1), Some(&reason)),
                with_reason(texts, "x", Some(&reason)),
                notice_closed(texts, &order(OrderStatus::Closed), Some(&short)),
            ] {
                prop_assert!(check_html(&html) <= MAX_MESSAGE);
            }
        }
    }
}
