#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::bot::testing::{ADMIN, DISPATCHER, MASTER, World};
use crate::db::orders::find_order;
use crate::db::rates::store_rates;
use crate::domain::ids::OrderId;
use crate::domain::money::Kopecks;
use crate::domain::order::Order;
use crate::domain::rates::Rates;
use crate::domain::status::OrderStatus;

fn set_rates(world: &mut World, rates: Rates) {
    let now = world.now();
    store_rates(&mut world.tx, None, &rates, now).unwrap();
}

/// Begins the closing of an order by its master and types the amounts.
fn begin_closing(world: &mut World, amounts: &str) -> OrderId {
    let (order, card) = world.assigned(MASTER, MASTER);
    for verb in ["accept_order", "onsite_order", "complete_order"] {
        world.press(MASTER, MASTER, card, &format!("{verb}:{order}"));
    }
    world.say(MASTER, MASTER, amounts);
    order
}

fn row(world: &mut World, order: OrderId) -> Order {
    find_order(&mut world.tx, order).unwrap().unwrap()
}

#[test]
fn check_shows_the_split_and_each_answer_can_be_changed_before_it_is_saved() {
    let mut world = World::new();
    let order = begin_closing(&mut world, "10000 1000");
    let checked = world.press_offered(MASTER, MASTER, "review:no").in_chat(MASTER);
    for part in ["Step 4 of 4", "₽10,000", "₽1,000", "₽4,500", "Review: no"] {
        assert!(checked.contains(part), "{part}: {checked}");
    }
    assert!(!checked.contains("refuse"), "{checked}");
    assert_eq!(world.status(order), OrderStatus::OnSite);
    world.press_offered(MASTER, MASTER, "draft_field:1");
    let checked = world.say(MASTER, MASTER, "8000").in_chat(MASTER);
    assert!(checked.contains("₽8,000") && checked.contains("₽3,500"), "{checked}");
    world.press_offered(MASTER, MASTER, "draft_field:2");
    let checked = world.press_offered(MASTER, MASTER, "dialog_skip:2").in_chat(MASTER);
    assert!(checked.contains("₽4,000"), "{checked}");
    world.press_offered(MASTER, MASTER, "draft_field:3");
    let checked = world.press_offered(MASTER, MASTER, "review:yes").in_chat(MASTER);
    assert!(checked.contains("₽4,800"), "{checked}");
    let unclear = world.say(MASTER, MASTER, "perhaps").in_chat(MASTER);
    assert!(unclear.contains("needs changing") && unclear.contains("₽4,800"), "{unclear}");
    // Materials that are more than another total are asked for again.
    world.press_offered(MASTER, MASTER, "draft_field:2");
    world.say(MASTER, MASTER, "3000");
    world.press_offered(MASTER, MASTER, "draft_field:1");
    let asked = world.say(MASTER, MASTER, "2000").in_chat(MASTER);
    assert!(asked.contains("Step 2 of 4"), "{asked}");
    world.say(MASTER, MASTER, "500");
    world.say(MASTER, MASTER, "yes");
    let closed = row(&mut world, order);
    assert_eq!((closed.status, closed.total), (OrderStatus::Closed, Some(Kopecks(200_000))));
    assert_eq!((closed.materials, closed.master_share), (Some(Kopecks(50_000)), Some(Kopecks(75_000))));
}

#[test]
fn out_of_city_is_asked_only_where_it_pays() {
    let mut world = World::new();
    set_rates(&mut world, Rates { out_of_city_bonus: 7, ..Rates::DEFAULT });
    let order = begin_closing(&mut world, "5000 0");
    let (review, no) = world.offer(MASTER, "review:no");
    let asked = world.press(MASTER, MASTER, review, &no).in_chat(MASTER);
    assert!(asked.contains("Step 4 of 5") && asked.contains("out of town"), "{asked}");
    // A second tap on the review answers nothing else.
    let late = world.press(MASTER, MASTER, review, &no);
    assert!(!late.toast().is_empty() && late.messages.is_empty(), "{late:?}");
    let checked = world.press_offered(MASTER, MASTER, "out_of_city:yes").in_chat(MASTER);
    assert!(checked.contains("Out of town: yes") && checked.contains("₽2,350"), "{checked}");
    world.press_offered(MASTER, MASTER, "dialog_back:5");
    let checked = world.say(MASTER, MASTER, "no").in_chat(MASTER);
    assert!(checked.contains("₽2,000"), "{checked}");
    world.press_offered(MASTER, MASTER, "draft_field:4");
    world.press_offered(MASTER, MASTER, "out_of_city:yes");
    world.press_offered(MASTER, MASTER, "dialog_confirm");
    let closed = row(&mut world, order);
    assert_eq!((closed.status, closed.master_share), (OrderStatus::Closed, Some(Kopecks(235_000))));
}

#[test]
fn split_is_shown_again_if_the_rates_changed_meanwhile() {
    let mut world = World::new();
    let order = begin_closing(&mut world, "5000 0");
    world.press_offered(MASTER, MASTER, "review:no");
    set_rates(&mut world, Rates { percent_below: 30, ..Rates::DEFAULT });
    let shown = world.press_offered(MASTER, MASTER, "dialog_confirm").in_chat(MASTER);
    assert!(shown.contains("rates have just changed") && shown.contains("₽1,500"), "{shown}");
    assert_eq!(world.status(order), OrderStatus::OnSite);
    world.press_offered(MASTER, MASTER, "dialog_confirm");
    assert_eq!(row(&mut world, order).master_share, Some(Kopecks(150_000)));
}

#[test]
fn small_total_asks_whether_the_client_refused() {
    let mut world = World::new();
    let order = begin_closing(&mut world, "1000.01 0");
    world.press_offered(MASTER, MASTER, "review:no");
    assert!(!world.shows(MASTER, "a refusal"));
    world.press_offered(MASTER, MASTER, "draft_field:1");
    let checked = world.say(MASTER, MASTER, "1000").in_chat(MASTER);
    assert!(checked.contains("Did the client refuse"), "{checked}");
    let (question, refusal) = world.offer(MASTER, "close_as_refusal");
    let asked = world.press(MASTER, MASTER, question, &refusal).in_chat(MASTER);
    assert!(asked.to_lowercase().contains("why") || asked.contains("reason"), "{asked}");
    // A second tap asks the same once more.
    let again = world.press(MASTER, MASTER, question, &refusal).in_chat(MASTER);
    assert_eq!((again, world.status(order)), (asked, OrderStatus::OnSite));
    world.say(MASTER, MASTER, "too expensive");
    let refused = row(&mut world, order);
    assert_eq!((refused.status, refused.total), (OrderStatus::Refused, None));
    assert!(!world.is_in_dialogue(MASTER, MASTER));
}

#[test]
fn staff_refuse_a_small_order_in_the_same_way() {
    let mut world = World::new();
    for (person, order) in [DISPATCHER, ADMIN].map(|person| (person, world.order())) {
        world.press(person, person, 9, &format!("close_order:{order}"));
        world.say(person, person, "0");
        world.press_offered(person, person, "review:no");
        world.press_offered(person, person, "close_as_refusal");
        world.say(person, person, "did not want it");
        assert_eq!(world.status(order), OrderStatus::Refused);
    }
}
