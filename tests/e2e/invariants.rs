//! Random sequences of actions: in every order of actions the invariants hold, and no user sees what is not
//! theirs to see.
//!
//! The handlers are called directly, update by update, each in a transaction as the program does it; a small model of
//! Telegram keeps what is on the screens, so that the buttons that are pressed are those that were shown. One short
//! sequence goes through the real program.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::LazyLock;

use botctl::testing::bot::{BotSettings, ReceivedUpdate, process_update};
use botctl::testing::config::RolesConfig;
use botctl::testing::db::schema::{
    dialogue_questions, order_changes, order_messages, order_status_history, orders, outbox,
};
use botctl::testing::db::{self, AnyConnection, StoredUpdate};
use botctl::testing::domain::{
    ChatId, Locale, Master, NewMaster, Order, OrderFilter, OrderStatus, Phone, PhoneRule, Role, TelegramId,
};
use diesel::Connection;
use diesel::prelude::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use rand::seq::IndexedRandom;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::texts::{key, seen};
use crate::world::{
    ADMIN, Backend, DISPATCHER, GROUP, MASTER, OTHER_MASTER, STRANGER, TestDatabase, execute, has_postgres,
    staffed,
};

const PEOPLE: [i64; 5] = [ADMIN, DISPATCHER, MASTER, OTHER_MASTER, STRANGER];

/// One thing that a user does.
#[derive(Clone, Debug)]
enum Act {
    /// Presses one of the buttons on their screen: which one, counted from the newest.
    Press { who: usize, in_group: bool, which: usize },
    /// Presses a button that they may never have been shown.
    Forge { who: usize, in_group: bool, verb: usize, order: usize },
    /// Takes the next step with an order, by a user who has the right, so that orders progress.
    Work { verb: usize, order: usize },
    /// Writes something.
    Say { who: usize, in_group: bool, what: usize },
    /// Takes a whole new order in the dialogue, if they may.
    TakeOrder { who: usize },
    /// Changes an order in a whole dialogue, by an admin: the address, a comment by reply, its deletion, its restoration.
    Change { what: usize, order: usize },
}

/// `O` an order, `M` a master's row, `T` a master's Telegram number.
const FORGED: [&str; 60] = [
    "select_master_for_order:O:M",
    "select_new_master_for_order:O:M",
    "unassign_master:O",
    "view_order:O",
    "view_order_master:O",
    "close_order:O",
    "refuse_order:O",
    "reopen_order:O",
    "accept_order:O",
    "refuse_order_master:O",
    "onsite_order:O",
    "complete_order:O",
    "dr_order:O",
    "group_accept_order:O",
    "group_refuse_order:O",
    "group_onsite_order:O",
    "group_complete_order:O",
    "group_dr_order:O",
    "hand_back_order:O",
    "group_hand_back_order:O",
    "refuse_order_complete:O",
    "admin_accept_order:O",
    "admin_onsite_order:O",
    "admin_dr_order:O",
    "more:O",
    "reschedule_order:O",
    "group_reschedule_order:O",
    "client_waiting:O",
    "set_work_chat:T",
    "deactivate_master:T",
    "activate_master:T",
    "dialog_back:2",
    "dialog_skip:1",
    "review:yes",
    "filter_orders:all",
    "edit_order:O",
    "edit_field:O:address",
    "edit_field:O:equipment",
    "comment_order:O",
    "order_comments:O:1",
    "order_history:O:1",
    "delete_order:O",
    "restore_order:O",
    "repeat_order:O",
    "correct_order:O",
    "correct_field:O:total",
    "correct_review:O:yes",
    "correct_master:O:M",
    "client:O",
    "open:O:t",
    "open:O:o:-:-:-:1",
    "list:t",
    "list:h:1",
    "fire_master:T",
    "dismiss_master:T",
    "approve_master:T",
    "day_off:T:week",
    "day_off:T:over",
    "hand_over_to:O:M",
    "revoke_role:1002:DISPATCHER",
];

/// How many of [`FORGED`] move an order.
const WORK: usize = 21;

const SAID: [&str; 21] = [
    "0",
    "1000",
    "7 000,50",
    "6999.99",
    "да",
    "-",
    "занят",
    key::SKIP,
    key::CANCEL,
    key::CONFIRM,
    key::MY_ORDERS,
    "📅 Сегодня",
    key::ALL_ORDERS,
    "/start",
    "/order 1",
    "/order 2",
    "завтра с 10 до 12",
    "/today",
    "/find 1",
    "/find нина",
    "-1001234567890",
];

fn acts(longest: usize) -> impl Strategy<Value = Vec<Act>> {
    let who = || 0..PEOPLE.len();
    let in_group = || prop::bool::weighted(0.2);
    let press = (who(), in_group(), 0..12_usize).prop_map(|(who, in_group, which)| Act::Press {
        who,
        in_group,
        which,
    });
    let forge = (who(), in_group(), 0..FORGED.len(), 0..5_usize)
        .prop_map(|(who, in_group, verb, order)| Act::Forge { who, in_group, verb, order });
    let say =
        (who(), in_group(), 0..SAID.len()).prop_map(|(who, in_group, what)| Act::Say { who, in_group, what });
    let take = who().prop_map(|who| Act::TakeOrder { who });
    let change = (0..4_usize, 0..5_usize).prop_map(|(what, order)| Act::Change { what, order });
    let work = (0..WORK, 0..3_usize).prop_map(|(verb, order)| Act::Work { verb, order });
    prop::collection::vec(
        prop_oneof![4 => press, 4 => forge, 3 => say, 6 => work, 1 => take, 2 => change],
        longest / 4..longest,
    )
}

/// What an order's client is called in these tests: no two alike, none a part of another.
fn client(number: usize) -> (String, String, String) {
    (
        format!("Клиент Тайный{number:04}"),
        format!("Секретная улица, дом {number:04}"),
        format!("+7999000{number:04}"),
    )
}

/// A database, the handlers, and what is on every user's screen.
struct Play {
    conn: AnyConnection,
    settings: BotSettings,
    next_update: i64,
    next_message: i32,
    delivered: i64,
    screens: BTreeMap<(i64, i32), Screen>,
    clients: usize,
}

/// Number, status, master.
type StoredOrder = (i64, String, Option<i64>);

#[derive(Default)]
struct Screen {
    text: String,
    buttons: Vec<String>,
}

/// Writes the phones of a text as they are stored, to compare them.
fn with_stored_phones(text: &str) -> String {
    let shown = regex::Regex::new(r"\+7 (\d{3}) (\d{3})-(\d{2})-(\d{2})").unwrap();
    shown.replace_all(text, "+7$1$2$3$4").into_owned()
}

impl Play {
    fn begin(conn: AnyConnection) -> Self {
        let settings = BotSettings {
            flood_limit: None,
            contact_phone: None,
            username: "sandbox_bot".to_owned(),
            locale: Locale::Ru,
            zone: chrono_tz::Europe::Moscow,
            map_url: "https://maps.example.org/?q=".to_owned(),
            max_description: 500,
            max_notes: 1000,
            phones: PhoneRule::default(),
            appointed: RolesConfig {
                admins: [TelegramId(ADMIN)].into(),
                dispatchers: [TelegramId(DISPATCHER)].into(),
            },
        };
        let mut play = Self {
            conn,
            settings,
            next_update: 1,
            next_message: 1,
            delivered: 0,
            screens: BTreeMap::new(),
            clients: 0,
        };
        for person in PEOPLE {
            play.say(person, person, "/start").unwrap();
        }
        for (person, group) in [(MASTER, None), (OTHER_MASTER, Some(ChatId(GROUP)))] {
            let id = TelegramId(person);
            let user = db::find_user(&mut play.conn, id).unwrap().unwrap();
            db::update_user_roles(&mut play.conn, id, user.roles.with(Role::Master)).unwrap();
            let phone = Phone::parse(&format!("+7900000{person}")).unwrap();
            let new = NewMaster { telegram_id: id, phone, specialization: "всё".to_owned() };
            let row = db::insert_master(&mut play.conn, &new, true, db::now()).unwrap().unwrap();
            db::update_work_chat(&mut play.conn, row, group.map(Into::into)).unwrap();
        }
        play
    }

    fn act(&mut self, act: &Act) -> Result<(), TestCaseError> {
        let place = |who: usize, in_group: bool| (PEOPLE[who], if in_group { GROUP } else { PEOPLE[who] });
        match *act {
            Act::Press { who, in_group, which } => {
                let (who, chat) = place(who, in_group);
                let offered = self.screens.range((chat, i32::MIN)..=(chat, i32::MAX)).rev();
                let offered = offered.flat_map(|((_, message), screen)| {
                    screen.buttons.iter().map(|data| (*message, data.clone()))
                });
                match offered.take(12).collect::<Vec<_>>().get(which) {
                    Some((message, data)) => self.press(who, chat, *message, data),
                    None => Ok(()),
                }
            }
            Act::Forge { who, in_group, verb, order } => {
                let (who, chat) = place(who, in_group);
                self.forge(who, chat, verb, order)
            }
            Act::Work { verb, order } => {
                let orders = self.orders();
                let Some(order_row) = orders.get(order % orders.len().max(1)).cloned() else { return Ok(()) };
                let master = self.master_of(&order_row);
                let is_masters = (8..WORK).contains(&verb) || FORGED[verb].starts_with("view_order_master");
                let who =
                    master.as_ref().filter(|_| is_masters).map_or(DISPATCHER, |master| master.telegram_id.0);
                let chat = master
                    .filter(|_| is_masters)
                    .and_then(|master| master.work_chat)
                    .map_or(who, |group| group.0);
                self.forge(who, chat, verb, order)
            }
            Act::Say { who, in_group, what } => {
                let (who, chat) = place(who, in_group);
                self.say(who, chat, SAID[what])
            }
            Act::Change { what, order } => self.change(what, order),
            Act::TakeOrder { who } => {
                self.clients += 1;
                let (name, address, phone) = client(self.clients);
                let who = PEOPLE[who];
                self.say(who, who, "/cancel")?;
                for line in [
                    key::CREATE,
                    "Сантехника",
                    "Что-то совсем сломалось",
                    &name,
                    &address,
                    &phone,
                    key::SKIP,
                    key::SKIP,
                    key::CONFIRM,
                ] {
                    self.say(who, who, line)?;
                }
                Ok(())
            }
        }
    }

    /// Changes an order as an admin does, who then leaves no question open.
    fn change(&mut self, what: usize, order: usize) -> Result<(), TestCaseError> {
        if what == 3 {
            let deleted = self.deleted_orders();
            let Some((id, ..)) = deleted.get(order % deleted.len().max(1)) else { return Ok(()) };
            let (message, data) = (self.new_message(), format!("restore_order:{id}"));
            return self.press(ADMIN, ADMIN, message, &data);
        }
        let orders = self.orders();
        let Some(row) = orders.get(order % orders.len().max(1)).cloned() else { return Ok(()) };
        self.say(ADMIN, ADMIN, "/cancel")?;
        match what {
            0 => {
                self.clients += 1;
                let message = self.new_message();
                self.press(ADMIN, ADMIN, message, &format!("edit_field:{}:address", row.id))?;
                self.say(ADMIN, ADMIN, &client(self.clients).1)?;
            }
            1 => {
                let message = self.new_message();
                self.press(ADMIN, ADMIN, message, &format!("view_order:{}", row.id))?;
                let photo =
                    json!({ "photo": [{ "file_id": "p" }], "reply_to_message": { "message_id": message } });
                self.send(ADMIN, ADMIN, photo)?;
            }
            _ => {
                let message = self.new_message();
                self.press(ADMIN, ADMIN, message, &format!("delete_order:{}", row.id))?;
                self.say(ADMIN, ADMIN, "заведена дважды")?;
                self.say(ADMIN, ADMIN, key::CONFIRM)?;
                let is_left = self.orders().iter().any(|left| left.id == row.id);
                prop_assert!(!is_left, "{} was not deleted", row.id);
            }
        }
        self.say(ADMIN, ADMIN, "/cancel")
    }

    fn forge(&mut self, who: i64, chat: i64, verb: usize, order: usize) -> Result<(), TestCaseError> {
        let orders = self.orders();
        let Some(order) = orders.get(order % orders.len().max(1)) else { return Ok(()) };
        let listed = db::list_masters(&mut self.conn, botctl::testing::domain::MasterFilter::All).unwrap();
        let master = &listed[rotation(&orders, verb) % listed.len()].0;
        let data =
            FORGED[verb].replace(":O", &format!(":{}", order.id)).replace(":M", &format!(":{}", master.id));
        let data = data.replace(":T", &format!(":{}", master.telegram_id));
        // Under a message of its own, as the old bot left them.
        let message = self.new_message();
        self.press(who, chat, message, &data)
    }

    fn say(&mut self, who: i64, chat: i64, text: &str) -> Result<(), TestCaseError> {
        self.send(who, chat, json!({ "text": text }))
    }

    fn send(&mut self, who: i64, chat: i64, mut body: Value) -> Result<(), TestCaseError> {
        body["message_id"] = self.new_message().into();
        body["date"] = 1_700_000_000.into();
        body["chat"] = chat_json(chat);
        body["from"] = user_json(who);
        self.handle(json!({ "message": body }))
    }

    fn press(&mut self, who: i64, chat: i64, message: i32, data: &str) -> Result<(), TestCaseError> {
        let shown = json!({ "message_id": message, "date": 1_700_000_000, "chat": chat_json(chat), "from": user_json(1), "text": "…" });
        let query = json!({ "id": "7", "from": user_json(who), "message": shown, "chat_instance": "1", "data": data });
        self.handle(json!({ "callback_query": query }))
    }

    fn new_message(&mut self) -> i32 {
        self.next_message += 1;
        self.next_message
    }

    /// One update in one transaction, then the mail, then the invariants.
    fn handle(&mut self, mut update: Value) -> Result<(), TestCaseError> {
        let id = self.next_update;
        self.next_update += 1;
        update["update_id"] = id.into();
        let is_press = update.get("callback_query").is_some();
        let before = (self.stored_orders(), self.history_rows());
        let payload = update.to_string();
        let parsed = ReceivedUpdate::parse(id, &payload);
        let settings = &self.settings;
        let done = self.conn.transaction::<_, db::Error, _>(|tx| {
            db::insert_updates(tx, &[StoredUpdate { update_id: id, payload }], db::now())?;
            process_update(tx, settings, &parsed, db::now())
        });
        let done = done.map_err(|error| TestCaseError::fail(format!("{update}: {error}")))?;
        prop_assert_eq!(
            done.callback_answer.is_some(),
            is_press,
            "a press is answered, and nothing else: {}",
            update
        );
        self.deliver(&update)?;
        self.check(&before.0, before.1, &update)
    }

    /// Puts everything new in the outbox on the screens, as the courier and Telegram do.
    fn deliver(&mut self, update: &Value) -> Result<(), TestCaseError> {
        type Row = (i64, String, String, Option<i64>);
        let rows: Vec<(i64, Row)> = outbox::table
            .filter(outbox::id.gt(self.delivered))
            .order(outbox::id)
            .select((
                outbox::id,
                (outbox::chat_id, outbox::method, outbox::payload, outbox::order_message_id),
            ))
            .load(&mut self.conn)
            .unwrap();
        for (row, (chat, method, payload, card)) in rows {
            self.delivered = row;
            let payload: Value = serde_json::from_str(&payload).unwrap();
            let question = payload["question"].as_i64();
            if method == "editMessageReplyMarkup" {
                let asked: Option<i32> = dialogue_questions::table
                    .find(question.unwrap())
                    .select(dialogue_questions::message_id)
                    .first(&mut self.conn)
                    .unwrap();
                if let Some(screen) = asked.and_then(|asked| self.screens.get_mut(&(chat, asked))) {
                    screen.buttons.clear();
                }
                continue;
            }
            let text = seen(payload["text"].as_str().or(payload["caption"].as_str()).unwrap_or_default());
            let text = with_stored_phones(&text);
            self.may_be_said(chat, &text, update)?;
            let buttons = payload["reply_markup"]["inline_keyboard"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|row| row.as_array().unwrap());
            let buttons =
                buttons.filter_map(|button| button["callback_data"].as_str().map(str::to_owned)).collect();
            let screen = Screen { text, buttons };
            let message = if method.starts_with("send") {
                let message = self.new_message();
                if let Some(question) = question {
                    diesel::update(dialogue_questions::table.find(question))
                        .set(dialogue_questions::message_id.eq(message))
                        .execute(&mut self.conn)
                        .unwrap();
                }
                if let Some(card) = card {
                    diesel::update(order_messages::table.find(card))
                        .set(order_messages::message_id.eq(message))
                        .execute(&mut self.conn)
                        .unwrap();
                }
                Some(message)
            } else {
                let named = payload["message_id"].as_i64().map(|id| i32::try_from(id).unwrap());
                let of_card: Option<Option<i32>> = card.and_then(|card| {
                    let message = order_messages::table.find(card).select(order_messages::message_id);
                    message.first(&mut self.conn).optional().unwrap()
                });
                let of_question: Option<Option<i32>> = question.and_then(|question| {
                    let message =
                        dialogue_questions::table.find(question).select(dialogue_questions::message_id);
                    message.first(&mut self.conn).optional().unwrap()
                });
                named.or(of_card.flatten()).or(of_question.flatten())
            };
            if let Some(message) = message {
                self.screens.insert((chat, message), screen);
            }
        }
        Ok(())
    }

    fn orders(&mut self) -> Vec<Order> {
        let all = OrderFilter { status: None, open_only: false, master: None };
        let mut orders = db::list_orders(&mut self.conn, all, 0, 10_000).unwrap().0;
        orders.sort_by_key(|order| order.id);
        orders
    }

    /// Every order, deleted or not: number, status, master.
    fn stored_orders(&mut self) -> Vec<StoredOrder> {
        orders::table
            .order(orders::id)
            .select((orders::id, orders::status, orders::assigned_master_id))
            .load(&mut self.conn)
            .unwrap()
    }

    /// The deleted orders: number, name, address, phone.
    fn deleted_orders(&mut self) -> Vec<(i64, String, String, String)> {
        orders::table
            .filter(orders::deleted_at.is_not_null())
            .order(orders::id)
            .select((orders::id, orders::client_name, orders::client_address, orders::client_phone))
            .load(&mut self.conn)
            .unwrap()
    }

    fn history_rows(&mut self) -> i64 {
        order_status_history::table.count().get_result(&mut self.conn).unwrap()
    }

    fn master_of(&mut self, order: &Order) -> Option<Master> {
        order.assigned_master.and_then(|id| db::find_master(&mut self.conn, id).unwrap())
    }

    /// What a chat may know of an order's client now: (name and address, phone).
    fn may_know(&mut self, chat: i64, order: &Order) -> (bool, bool) {
        let reader = db::find_user(&mut self.conn, TelegramId(chat)).unwrap();
        if reader.is_some_and(|reader| reader.roles.is_staff()) {
            return (true, true);
        }
        let master = self.master_of(order);
        let is_place = master.is_some_and(|master| {
            let is_theirs = chat == master.telegram_id.0 || master.work_chat == Some(ChatId(chat));
            is_theirs && master.sees_orders()
        });
        let from_site =
            matches!(order.status, OrderStatus::OnSite | OrderStatus::LongRepair | OrderStatus::Closed);
        let is_accepted = order.status == OrderStatus::Accepted;
        // Then staff have the master call the client.
        let waits = is_accepted && self.client_waited(order);
        (is_place && (from_site || is_accepted), is_place && (from_site || waits))
    }

    fn client_waited(&mut self, order: &Order) -> bool {
        let told = order_changes::table
            .filter(order_changes::order_id.eq(order.id.0))
            .filter(order_changes::field.eq("client_waiting"));
        told.count().get_result::<i64>(&mut self.conn).unwrap() > 0
    }

    /// Nothing of a client is said to a chat that may not know it at this moment.
    fn may_be_said(&mut self, chat: i64, text: &str, update: &Value) -> Result<(), TestCaseError> {
        for order in self.orders() {
            let (address, phone) = self.may_know(chat, &order);
            let tells = |what: &str, allowed: bool| allowed || !text.contains(what);
            let is_fine = tells(&order.client_name, address)
                && tells(&order.client_address, address)
                && tells(&order.client_phone, phone);
            prop_assert!(
                is_fine,
                "chat {} was told of the client of {} ({}): {:?} after {}",
                chat,
                order.id,
                order.status,
                text,
                update
            );
        }
        // A deleted order is for admins only.
        for (id, name, address, phone) in self.deleted_orders() {
            let tells = [name, address, phone].iter().any(|what| text.contains(what));
            prop_assert!(
                chat == ADMIN || !tells,
                "chat {} was told of the deleted {}: {:?} after {}",
                chat,
                id,
                text,
                update
            );
        }
        Ok(())
    }

    fn check(
        &mut self,
        before: &[StoredOrder],
        rows_before: i64,
        update: &Value,
    ) -> Result<(), TestCaseError> {
        let stored = self.stored_orders();
        let changed = stored.iter().filter(|now| !before.contains(now)).count();
        let rows = self.history_rows() - rows_before;
        prop_assert!(
            changed <= 1 && rows == i64::try_from(changed).unwrap(),
            "{} orders changed, {} rows of history, by {}",
            changed,
            rows,
            update
        );
        self.no_screen_shows_deleted_orders(update)?;
        for order in &self.orders() {
            self.books_are_right(order)?;
            self.screens_are_right(order, update)?;
        }
        Ok(())
    }

    fn no_screen_shows_deleted_orders(&mut self, update: &Value) -> Result<(), TestCaseError> {
        let secrets = self.deleted_orders();
        for ((chat, message), screen) in &self.screens {
            let shown = secrets.iter().find(|(_, name, address, phone)| {
                [name, address, phone].into_iter().any(|what| screen.text.contains(what.as_str()))
            });
            // Staff may have it on a screen that is no card.
            prop_assert!(
                shown.is_none() || [ADMIN, DISPATCHER].contains(chat),
                "message {} of chat {} shows the deleted {:?} after {}",
                message,
                chat,
                shown,
                update
            );
        }
        Ok(())
    }

    fn books_are_right(&mut self, order: &Order) -> Result<(), TestCaseError> {
        use order_status_history as history;
        let steps: Vec<(Option<String>, String)> = history::table
            .filter(history::order_id.eq(order.id.0))
            .order(history::id)
            .select((history::old_status, history::new_status))
            .load(&mut self.conn)
            .unwrap();
        prop_assert_eq!(
            steps.last().map(|step| step.1.as_str()),
            Some(order.status.as_str()),
            "the history of {} ends elsewhere",
            order.id
        );
        prop_assert_eq!(&steps[0].0, &None);
        for pair in steps.windows(2) {
            prop_assert_eq!(
                Some(&pair[0].1),
                pair[1].0.as_ref(),
                "the history of {} is broken: {:?}",
                order.id,
                &steps
            );
        }
        if order.status.has_master() {
            prop_assert!(order.assigned_master.is_some());
        }
        match (order.total, order.materials, order.master_share, order.company_share) {
            (None, None, None, None) => {}
            (Some(total), Some(materials), Some(master), Some(company)) => {
                prop_assert_eq!(order.status, OrderStatus::Closed);
                prop_assert!(master.0 >= 0 && company.0 >= 0 && materials.0 >= 0);
                prop_assert_eq!(master.0 + company.0, total.0 - materials.0);
            }
            other => prop_assert!(false, "half an amount: {:?}", other),
        }
        Ok(())
    }

    /// No remaining screen shows the client, or offers a step, to a user who has no right (any more).
    fn screens_are_right(&mut self, order: &Order, update: &Value) -> Result<(), TestCaseError> {
        let steps = [
            "accept_order",
            "refuse_order_master",
            "onsite_order",
            "complete_order",
            "dr_order",
            "group_accept_order",
            "group_refuse_order",
            "group_onsite_order",
            "group_complete_order",
            "group_dr_order",
            "hand_back_order",
            "group_hand_back_order",
            "refuse_order_complete",
            "group_refuse_order_complete",
        ];
        let steps = steps.map(|verb| format!("{verb}:{}", order.id));
        for chat in [MASTER, OTHER_MASTER, STRANGER, GROUP] {
            let (address, phone) = self.may_know(chat, order);
            // An older card of a closed order may keep its buttons: they only lead to that notice.
            let is_theirs = order.status.has_master() || order.status == OrderStatus::Closed;
            let master = self.master_of(order).filter(|_| is_theirs);
            let is_place = master
                .is_some_and(|master| chat == master.telegram_id.0 || master.work_chat == Some(ChatId(chat)));
            for ((_, message), screen) in self.screens.range((chat, i32::MIN)..=(chat, i32::MAX)) {
                let shows = |what: &String, allowed: bool| !allowed && screen.text.contains(what);
                let shows = shows(&order.client_phone, phone)
                    || shows(&order.client_address, address)
                    || shows(&order.client_name, address);
                prop_assert!(
                    !shows,
                    "message {} of chat {} shows the client of {} ({}): {:?} after {}",
                    message,
                    chat,
                    order.id,
                    order.status,
                    screen.text,
                    update
                );
                let offers = screen.buttons.iter().find(|data| steps.contains(data));
                prop_assert!(
                    is_place || offers.is_none(),
                    "message {} of chat {} offers {:?} of {} ({}) after {}",
                    message,
                    chat,
                    offers,
                    order.id,
                    order.status,
                    update
                );
            }
        }
        Ok(())
    }
}

/// Some number that differs from time to time and is the same in a repeated case.
fn rotation(orders: &[Order], verb: usize) -> usize {
    orders.iter().map(|order| order.status as usize).sum::<usize>() + verb
}

fn chat_json(chat: i64) -> Value {
    if chat < 0 {
        json!({ "id": chat, "type": "supergroup", "title": "Группа" })
    } else {
        json!({ "id": chat, "type": "private", "first_name": "Имя" })
    }
}

fn user_json(id: i64) -> Value {
    json!({ "id": id, "is_bot": id == 1, "first_name": format!("Имя{id}") })
}

/// An empty database with the schema, made once and copied.
static EMPTY: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("empty.db");
    let store = TestDatabase::Sqlite(path.clone());
    botctl::testing::migrate::apply_pending(&mut store.open()).unwrap();
    (folder, path)
});

fn plays(backend: Backend, cases: u32, longest: usize) {
    // More of them on demand, to search for what a quick run does not find.
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let mut runner = TestRunner::new(Config {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        max_shrink_iters: 100,
        ..Config::default()
    });
    let result = runner.run(&acts(longest), |acts| {
        let folder = tempfile::tempdir().unwrap();
        let store = TestDatabase::new(backend, folder.path());
        if let TestDatabase::Sqlite(path) = &store {
            std::fs::copy(&EMPTY.1, path).unwrap();
        }
        let mut conn = store.open();
        match backend {
            // There are no kills here.
            Backend::Sqlite => execute(&mut conn, "PRAGMA synchronous = OFF"),
            Backend::Postgres => {
                botctl::testing::migrate::apply_pending(&mut conn).unwrap();
                execute(&mut conn, "SET synchronous_commit = off");
            }
        }
        let mut play = Play::begin(conn);
        for who in [0, 1, 1] {
            play.act(&Act::TakeOrder { who })?;
        }
        play.act(&Act::Work { verb: 0, order: 0 })?;
        play.act(&Act::Work { verb: 0, order: 1 })?;
        for act in &acts {
            play.act(act)?;
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

#[test]
fn random_actions_keep_invariants_and_visibility_on_sqlite() {
    plays(Backend::Sqlite, 40, 120);
}

#[test]
fn random_actions_keep_invariants_and_visibility_on_postgres() {
    if has_postgres() {
        plays(Backend::Postgres, 6, 80);
    }
}

/// The same through the real program, one sequence.
#[test]
fn random_actions_in_the_real_program_keep_invariants() {
    let world = staffed().build(Backend::Sqlite);
    world.allow_failed_calls();
    let mut random = rand::rng();
    let mut done = Vec::new();
    for status in [OrderStatus::New, OrderStatus::Assigned, OrderStatus::OnSite] {
        world.order_in(status);
    }
    for _ in 0..150 {
        let player = world.player(*PEOPLE.choose(&mut random).unwrap());
        let offered = player.buttons();
        match offered.choose(&mut random) {
            Some(data) if rand::random_bool(0.7) => {
                done.push(format!("{} {data}", player.id));
                player.presses(data);
            }
            _ => {
                let said = *SAID.choose(&mut random).unwrap();
                done.push(format!("{} {said}", player.id));
                player.says(said);
            }
        }
    }
    for id in world.orders() {
        let (order, way) = (world.order(id), world.history(id));
        assert_eq!(way.last().unwrap().1, order.status.as_str(), "{done:#?}");
        assert!(way.windows(2).all(|pair| Some(&pair[0].1) == pair[1].0.as_ref()), "{way:?} {done:#?}");
        if let (Some(total), Some(materials), Some(master), Some(company)) =
            (order.total, order.materials, order.master_share, order.company_share)
        {
            assert_eq!(master.0 + company.0, total.0 - materials.0);
        }
    }
    assert_eq!(world.terminate(), 0);
    assert_eq!((world.unfinished(), world.messages_that_are("pending")), (0, 0));
    assert!(!world.texts_sent_to(STRANGER).iter().any(|said| said.contains(crate::database_rows::PHONE)));
}
