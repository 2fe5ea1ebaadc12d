#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

/// The rule of the old bot, kept as it was.
fn old_split(total: i64, materials: i64, has_review: bool) -> (i64, i64, i64) {
    let net = total - materials;
    let percent = if net >= 700_000 { 50 } else { 40 } + if has_review { 10 } else { 0 };
    let master = i64::try_from((i128::from(net) * percent + 50) / 100).unwrap();
    (net, master, net - master)
}

fn amounts(total: i64, materials: i64, has_review: bool, out_of_city: Option<bool>) -> ClosingAmounts {
    ClosingAmounts { total: Kopecks(total), materials: Kopecks(materials), has_review, out_of_city }
}

fn share(rates: &AppliedRates, amounts: &ClosingAmounts) -> (i64, i64, i64) {
    let split = rates.split_net(amounts).unwrap();
    (split.net.0, split.master.0, split.company.0)
}

fn any_rates() -> impl Strategy<Value = AppliedRates> {
    let percents = (0..=100_i32, 0..=100_i32, 0..=100_i32, 0..=100_i32, 0..=100_i32, 0..=100_i32);
    (0..=2_000_000_i64, percents, any::<bool>()).prop_map(|(threshold, percents, is_senior)| {
        let (a, b, review_bonus, out_of_city_bonus, senior_floor, cap) = percents;
        let rates = Rates {
            threshold: Kopecks(threshold),
            percent_below: a.min(b),
            percent_from: a.max(b),
            review_bonus,
            out_of_city_bonus,
            senior_floor,
            cap,
        };
        AppliedRates { rates, is_senior }
    })
}

#[test]
fn default_rates_follow_the_closing_rules() {
    let share = |total, materials, review| {
        share(&AppliedRates::DEFAULT, &amounts(total, materials, review, Some(true)))
    };
    assert_eq!(share(1_000_000, 300_000, false), (700_000, 350_000, 350_000));
    assert_eq!(share(1_000_000, 300_000, true), (700_000, 420_000, 280_000));
    assert_eq!(share(699_999, 0, false), (699_999, 280_000, 419_999));
    assert_eq!(share(699_999, 0, true), (699_999, 350_000, 349_999));
    assert_eq!(share(500_000, 500_000, true), (0, 0, 0));
    // Exactly half a kopeck goes up: 50 % of 7000.01.
    assert_eq!(share(700_001, 0, false), (700_001, 350_001, 350_000));
    // 40 % of one kopeck is 0.4 and goes down, 50 % goes up.
    assert_eq!(share(1, 0, false), (1, 0, 1));
    assert_eq!(share(1, 0, true), (1, 1, 0));
}

#[test]
fn bonuses_add_up_over_the_floor_and_end_at_the_cap() {
    let rates = Rates { out_of_city_bonus: 5, senior_floor: 45, cap: 58, ..Rates::DEFAULT };
    let master = |is_senior, total, review, city| {
        let split = AppliedRates { rates, is_senior }.split_net(&amounts(total, 0, review, Some(city)));
        split.unwrap().master.0
    };
    assert_eq!(master(false, 100_000, false, false), 40_000);
    assert_eq!(master(false, 100_000, false, true), 45_000);
    assert_eq!(master(true, 100_000, false, false), 45_000);
    assert_eq!(master(true, 100_000, false, true), 50_000);
    assert_eq!(master(true, 1_000_000, false, false), 500_000, "more than the floor already");
    assert_eq!(master(true, 1_000_000, true, true), 580_000);
}

#[test]
fn materials_outside_the_total_are_refused() {
    for (total, materials) in [(100, 101), (100, -1), (-1, 0)] {
        let split = AppliedRates::DEFAULT.split_net(&amounts(total, materials, false, None));
        assert_eq!(split, Err(MaterialsExceedTotal), "{total} {materials}");
    }
}

#[test]
fn percentages_are_whole_and_do_not_fall_at_the_threshold() {
    for (text, percent) in [("45", 45), (" 45 % ", 45), ("0", 0), ("100%", 100), ("٤٥", 45)] {
        assert_eq!(parse_percent(text), Ok(percent), "{text}");
    }
    for text in ["", "%", "101", "-1", "4.5", "45 %%", "+5", "1000", "forty"] {
        assert_eq!(parse_percent(text), Err(RateError::NotPercent), "{text}");
    }
    let rates = Rates::DEFAULT;
    assert_eq!(rates.with_percent(RateField::Below, 51), Err(RateError::FallsAtThreshold));
    assert_eq!(rates.with_percent(RateField::From, 39), Err(RateError::FallsAtThreshold));
    assert_eq!(rates.with_percent(RateField::Cap, 101), Err(RateError::NotPercent));
    assert_eq!(rates.with_percent(RateField::Below, 50).unwrap().percent_below, 50);
}

#[test]
fn stored_rates_are_flat_json() {
    let json = serde_json::to_value(AppliedRates::DEFAULT).unwrap();
    assert_eq!((&json["threshold"], &json["is_senior"]), (&700_000.into(), &false.into()));
    assert_eq!(serde_json::from_value::<AppliedRates>(json).unwrap(), AppliedRates::DEFAULT);
}

proptest! {
    #[test]
    fn default_equals_the_split_of_the_old_bot(net in 0..=i64::MAX, near in 699_000..=701_000_i64, review: bool) {
        for total in [net, near] {
            let amounts = amounts(total, 0, review, None);
            prop_assert_eq!(share(&AppliedRates::DEFAULT, &amounts), old_split(total, 0, review));
        }
    }

    #[test]
    fn shares_add_up_and_are_never_negative(
        rates in any_rates(), net in 0..=i64::MAX, materials in 0..=i64::MAX, review: bool, city: Option<bool>,
    ) {
        let materials = materials.min(i64::MAX - net);
        let split = rates.split_net(&amounts(net + materials, materials, review, city)).unwrap();
        prop_assert_eq!(split.net.0, net);
        prop_assert_eq!(split.master.checked_add(split.company), Some(split.net));
        prop_assert!(split.master >= Kopecks::ZERO && split.company >= Kopecks::ZERO);
    }

    /// The master's share everywhere; the company's on either side of the threshold.
    #[test]
    fn greater_total_never_lowers_a_share(
        rates in any_rates(), a in 0..=3_000_000_i64, step in 0..=3_000_000_i64, review: bool, city: Option<bool>,
    ) {
        let of = |total| rates.split_net(&amounts(total, 0, review, city)).unwrap();
        let (less, more) = (of(a), of(a + step));
        prop_assert!(less.master <= more.master);
        let threshold = rates.rates.threshold.0;
        if (a >= threshold) == (a + step >= threshold) {
            prop_assert!(less.company <= more.company);
        }
    }

    #[test]
    fn review_moves_ten_per_cent_give_or_take_a_kopeck(net in 0..=1_000_000_000_i64) {
        let of = |review| share(&AppliedRates::DEFAULT, &amounts(net, 0, review, None)).1;
        prop_assert!(((of(true) - of(false)) * 10 - net).abs() <= 10);
    }
}
