#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::json;

use crate::bot::testing::{ADDRESS, CLIENT, DISPATCHER, MASTER, PHONE, STRANGER, World};
use crate::db::orders;
use crate::domain::ids::OrderId;
use crate::domain::money::Kopecks;
use crate::domain::phone::readable_phone;
use crate::domain::status::OrderStatus;

const WHOLE: &str = "Oven does not heat, 12 Sample Street, 9990001122 John, tomorrow after 3 pm";

/// What users do from an empty chat to the money, counted.
struct Day {
    world: World,
    actions: usize,
}

impl Day {
    fn say(&mut self, person: i64, text: &str) {
        self.actions += 1;
        let heard = self.world.say(person, person, text);
        assert!(!heard.messages.is_empty(), "{text}");
    }

    fn press(&mut self, person: i64, data: &str) {
        self.actions += 1;
        let heard = self.world.press_offered(person, person, data);
        assert!(!heard.toast().contains("out of date"), "{data}: {heard:?}");
    }

    /// Creates and assigns the confirmed order; its master does the work and closes it.
    fn finish(mut self) -> usize {
        let master = self.world.master_id(MASTER);
        self.press(DISPATCHER, &format!("create_assigned:{master}"));
        self.press(MASTER, "group_accept_order");
        self.press(MASTER, "onsite_order");
        self.press(MASTER, "complete_order");
        self.say(MASTER, "3500 500");
        self.press(MASTER, "review:yes");
        self.press(MASTER, "dialog_confirm");
        let order = orders::find_order(&mut self.world.tx, OrderId(1)).unwrap().unwrap();
        assert_eq!((order.status, order.total), (OrderStatus::Closed, Some(Kopecks(350_000))));
        assert_eq!((order.materials, order.master_share), (Some(Kopecks(50_000)), Some(Kopecks(150_000))));
        self.actions
    }
}

#[test]
fn typed_order_takes_fifteen_actions_from_the_menu_to_the_money() {
    let mut day = Day { world: World::new(), actions: 0 };
    day.say(DISPATCHER, "➕ New order");
    day.press(DISPATCHER, "equipment_type:3");
    for answer in ["does not heat", PHONE, CLIENT, ADDRESS] {
        day.say(DISPATCHER, answer);
    }
    day.press(DISPATCHER, "dialog_skip:6");
    day.say(DISPATCHER, "tomorrow at 15:00");
    assert_eq!(day.finish(), 15);
}

#[test]
fn pasted_order_takes_eight_actions_from_the_message_to_the_money() {
    let mut day = Day { world: World::new(), actions: 0 };
    day.say(DISPATCHER, WHOLE);
    assert_eq!(day.finish(), 8);
}

#[test]
fn whole_message_leads_to_the_confirmation_and_creates_nothing_before() {
    let mut world = World::new();
    let card = world.say(DISPATCHER, DISPATCHER, WHOLE).in_chat(DISPATCHER);
    for part in ["Step 8 of 8", "found everything", "Oven", "John", "12 Sample Street", PHONE, "after 15:00"]
    {
        assert!(card.contains(part), "{part}: {card}");
    }
    assert_eq!(world.count_orders(), 0);
    world.press_offered(DISPATCHER, DISPATCHER, "confirm_order");
    let order = orders::find_order(&mut world.tx, OrderId(1)).unwrap().unwrap();
    assert_eq!((&*order.client_name, &*readable_phone(&order.client_phone)), ("John", PHONE));
    assert_eq!((&*order.client_address, &*order.description), ("12 Sample Street", "Oven does not heat"));
    assert_eq!(order.scheduled_time.as_deref(), Some("tomorrow after 3 pm"));
    assert!(order.visit.is_some() && order.notes.is_none());
}

#[test]
fn only_what_is_missing_is_asked_for() {
    let mut world = World::new();
    let asked = world.say(DISPATCHER, DISPATCHER, "Не греет духовка, 8 999 000-11-22").in_chat(DISPATCHER);
    for part in ["From the message", "Oven", "Не греет духовка", PHONE, "Step 4 of 8"] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    world.say(DISPATCHER, DISPATCHER, CLIENT);
    let card = world.say(DISPATCHER, DISPATCHER, ADDRESS).in_chat(DISPATCHER);
    assert!(card.contains("Step 8 of 8"), "{card}");
}

#[test]
fn forwarded_message_with_a_photo_becomes_a_draft() {
    let mut world = World::new();
    let forwarded = json!({
        "photo": [{ "file_id": "f" }],
        "caption": "Бойлер не греет воду",
        "forward_origin": { "type": "hidden_user", "sender_user_name": "A client", "date": 1_700_000_000 },
    });
    let asked = world.send(DISPATCHER, DISPATCHER, forwarded).in_chat(DISPATCHER);
    for part in ["Step 3 of 8", "Water heaters", "Бойлер", "📎 1"] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
}

#[test]
fn pasted_order_that_lacks_only_the_type_is_kept_by_the_menu() {
    let mut world = World::new();
    world.say(DISPATCHER, DISPATCHER, "/start");
    world.say(
        DISPATCHER,
        DISPATCHER,
        "Does not heat, 12 Sample Street, 9990001122 John, tomorrow after 3 pm",
    );
    let again = world.say(DISPATCHER, DISPATCHER, "➕ New order").in_chat(DISPATCHER);
    assert!(again.contains("unfinished order"), "{again}");
}

#[test]
fn photo_of_a_pasted_order_outlives_another_description() {
    let mut world = World::new();
    world.say(DISPATCHER, DISPATCHER, "/start");
    let photo = json!([{ "file_id": "photo-1", "file_unique_id": "u1", "width": 90, "height": 90 }]);
    world.send(DISPATCHER, DISPATCHER, json!({ "caption": WHOLE, "photo": photo }));
    world.press_offered(DISPATCHER, DISPATCHER, "draft_field:2");
    let card = world.say(DISPATCHER, DISPATCHER, "does not heat at all").in_chat(DISPATCHER);
    assert!(card.contains("Step 8 of 8") && card.contains("📎 1"), "{card}");
}

#[test]
fn contact_of_a_client_becomes_a_draft() {
    let mut world = World::new();
    let contact =
        json!({ "contact": { "phone_number": PHONE, "first_name": "Ivan", "last_name": "Testov" } });
    for person in [MASTER, STRANGER] {
        world.send(person, person, contact.clone());
        assert!(!world.is_in_dialogue(person, person));
    }
    let asked = world.send(DISPATCHER, DISPATCHER, contact).in_chat(DISPATCHER);
    for part in ["Step 1 of 8", PHONE, CLIENT] {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    world.press_offered(DISPATCHER, DISPATCHER, "equipment_type:3");
    let asked = world.say(DISPATCHER, DISPATCHER, "does not heat").in_chat(DISPATCHER);
    assert!(asked.contains("Step 5 of 8"), "{asked}");
}

#[test]
fn client_of_a_pasted_phone_is_known() {
    let mut world = World::new();
    let first = world.order();
    let asked = world.say(DISPATCHER, DISPATCHER, "Dishwasher leaks, 89990001122").in_chat(DISPATCHER);
    assert!(asked.contains(CLIENT) && asked.contains("already has an open order"), "{asked}");
    let card =
        world.press_offered(DISPATCHER, DISPATCHER, &format!("take_client:{first}")).in_chat(DISPATCHER);
    assert!(card.contains("Step 8 of 8") && card.contains(ADDRESS), "{card}");
}

#[test]
fn chatter_numbers_and_messages_of_masters_begin_no_draft() {
    let mut world = World::new();
    for text in ["thanks", "ok, thanks a lot, see you", "oven?", "89990001122", "250"] {
        world.say(DISPATCHER, DISPATCHER, text);
        assert!(!world.is_in_dialogue(DISPATCHER, DISPATCHER), "{text}");
    }
    world.say(MASTER, MASTER, WHOLE);
    assert!(!world.is_in_dialogue(MASTER, MASTER));
}
