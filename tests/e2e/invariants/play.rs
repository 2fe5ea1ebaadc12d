//! The database, the handlers and what is on the screens.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use botctl::testing::bot::{BotSettings, ReceivedUpdate, process_update};
use botctl::testing::config::RolesConfig;
use botctl::testing::db::schema::{audit_log, dialogue_questions, order_messages, outbox};
use botctl::testing::db::{self, AnyConnection, StoredUpdate};
use botctl::testing::domain::{ChatId, Locale, NewMaster, Order, Phone, PhoneRule, Role, TelegramId};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::Connection;
use diesel::prelude::*;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use regex::Regex;
use serde_json::{Value, json};

use super::facts::Facts;
use super::{Act, FORGED, PEOPLE, SAID, WORK};
use crate::texts::{key, seen};
use crate::world::{ADMIN, DISPATCHER, GROUP, MASTER, OTHER_MASTER};

/// How long after an update the next one comes.
const STEP: TimeDelta = TimeDelta::seconds(20);

/// What an order's client is called in these tests: no two alike, none a part of another.
pub(super) fn client(number: usize) -> (String, String, String) {
    (
        format!("Клиент Тайный{number:04}"),
        format!("Секретная улица, дом {number:04}"),
        format!("+7999000{number:04}"),
    )
}

/// A database, the handlers, and what is on every user's screen.
pub(super) struct Play {
    pub(super) conn: AnyConnection,
    pub(super) settings: BotSettings,
    pub(super) next_update: i64,
    pub(super) next_message: i32,
    pub(super) delivered: i64,
    pub(super) screens: BTreeMap<(i64, i32), Screen>,
    pub(super) clients: usize,
    /// The time in the play, which goes on with each update.
    pub(super) now: DateTime<Utc>,
    pub(super) facts: Facts,
    pub(super) tally: Tally,
}

/// How often each kind of thing happened.
pub(super) type Tally = BTreeMap<String, usize>;

/// Number, status, master.
pub(super) type StoredOrder = (i64, String, Option<i64>);

#[derive(Default)]
pub(super) struct Screen {
    pub(super) text: String,
    pub(super) buttons: Vec<String>,
}

/// Writes the phones of a text as they are stored, to compare them.
pub(super) fn with_stored_phones(text: &str) -> String {
    static SHOWN: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\+7 (\d{3}) (\d{3})-(\d{2})-(\d{2})").unwrap());
    SHOWN.replace_all(text, "+7$1$2$3$4").into_owned()
}

/// Leaves out what the reader searched for, which tells them nothing.
fn without_query(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("🔍 "));
    lines.collect::<Vec<_>>().join("\n")
}

impl Play {
    pub(super) fn begin(conn: AnyConnection) -> Self {
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
            now: "2026-11-30T06:00:00Z".parse().unwrap(),
            facts: Facts::default(),
            tally: Tally::new(),
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
            let row = db::insert_master(&mut play.conn, &new, true, play.now).unwrap().unwrap();
            db::update_work_chat(&mut play.conn, row, group.map(Into::into)).unwrap();
        }
        play
    }

    pub(super) fn act(&mut self, act: &Act) -> Result<(), TestCaseError> {
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
                let Some(order_row) = orders.get(order % orders.len().max(1)) else { return Ok(()) };
                let master = self.facts.master_of(order_row).cloned();
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
            Act::Advance { way, order } => self.advance(way, order),
            Act::Change { what, order } => self.change(what, order),
            Act::Search { who, what, order } => self.search(PEOPLE[who], what, order),
            Act::Look { what, order } => self.look(what, order),
            Act::TakeOrder { who } => {
                self.clients += 1;
                let (name, address, phone) = client(self.clients);
                let who = PEOPLE[who];
                self.say(who, who, "/cancel")?;
                let visit =
                    if self.clients.is_multiple_of(2) { "через полчаса" } else { key::SKIP };
                for line in [
                    key::CREATE,
                    "Сантехника",
                    "Что-то совсем сломалось",
                    &phone,
                    &name,
                    &address,
                    key::SKIP,
                    visit,
                    key::CONFIRM,
                ] {
                    self.say(who, who, line)?;
                }
                Ok(())
            }
        }
    }

    pub(super) fn forge(
        &mut self,
        who: i64,
        chat: i64,
        verb: usize,
        order: usize,
    ) -> Result<(), TestCaseError> {
        let orders = self.orders();
        let Some(order) = orders.get(order % orders.len().max(1)) else { return Ok(()) };
        let master = self.facts.some_master(rotation(&orders, verb));
        let data =
            FORGED[verb].replace(":O", &format!(":{}", order.id)).replace(":M", &format!(":{}", master.id));
        let data = data.replace(":T", &format!(":{}", master.telegram_id));
        // Under a message of its own, as the old bot left them.
        let message = self.new_message();
        self.press(who, chat, message, &data)
    }

    pub(super) fn say(&mut self, who: i64, chat: i64, text: &str) -> Result<(), TestCaseError> {
        self.send(who, chat, json!({ "text": text }))
    }

    pub(super) fn send(&mut self, who: i64, chat: i64, mut body: Value) -> Result<(), TestCaseError> {
        body["message_id"] = self.new_message().into();
        body["date"] = self.now.timestamp().into();
        body["chat"] = chat_json(chat);
        body["from"] = user_json(who);
        self.handle(json!({ "message": body }))
    }

    pub(super) fn press(
        &mut self,
        who: i64,
        chat: i64,
        message: i32,
        data: &str,
    ) -> Result<(), TestCaseError> {
        let shown = json!({ "message_id": message, "date": self.now.timestamp(), "chat": chat_json(chat), "from": user_json(1), "text": "…" });
        let query = json!({ "id": "7", "from": user_json(who), "message": shown, "chat_instance": "1", "data": data });
        self.handle(json!({ "callback_query": query }))
    }

    pub(super) fn new_message(&mut self) -> i32 {
        self.next_message += 1;
        self.next_message
    }

    /// One update in one transaction, then the mail, then the invariants.
    pub(super) fn handle(&mut self, mut update: Value) -> Result<(), TestCaseError> {
        let id = self.next_update;
        self.next_update += 1;
        update["update_id"] = id.into();
        let is_press = update.get("callback_query").is_some();
        self.now += STEP;
        let now = self.now;
        let payload = update.to_string();
        let parsed = ReceivedUpdate::parse(id, &payload);
        let settings = &self.settings;
        let done = self.conn.transaction::<_, db::Error, _>(|tx| {
            db::insert_updates(tx, &[StoredUpdate { update_id: id, payload }], now)?;
            process_update(tx, settings, &parsed, now)
        });
        let done = done.map_err(|error| TestCaseError::fail(format!("{update}: {error}")))?;
        prop_assert_eq!(
            done.callback_answer.is_some(),
            is_press,
            "a press is answered, and nothing else: {}",
            update
        );
        let facts = Facts::load(&mut self.conn);
        let before = std::mem::replace(&mut self.facts, facts);
        self.deliver(&update)?;
        self.check(&before, &update)
    }

    /// Puts everything new in the outbox on the screens, as the courier and Telegram do.
    pub(super) fn deliver(&mut self, update: &Value) -> Result<(), TestCaseError> {
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
            let text = without_query(&with_stored_phones(&text));
            self.may_be_said(chat, &text, update)?;
            let buttons = payload["reply_markup"]["inline_keyboard"]
                .as_array()
                .into_iter()
                .flatten()
                .flat_map(|row| row.as_array().unwrap());
            let buttons =
                buttons.filter_map(|button| button["callback_data"].as_str().map(str::to_owned)).collect();
            let screen = Screen { text, buttons };
            self.offers_no_deleted_order(chat, &screen, update)?;
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

    pub(super) fn orders(&self) -> Vec<Order> {
        self.facts.orders.clone()
    }

    /// Counts what was done in the play besides what is in the audit log.
    pub(super) fn count(&mut self, what: &str) {
        *self.tally.entry(what.to_owned()).or_default() += 1;
    }

    /// Returns what was done in the play.
    pub(super) fn into_tally(mut self) -> Tally {
        let actions: Vec<String> = audit_log::table.select(audit_log::action).load(&mut self.conn).unwrap();
        for action in actions {
            self.count(&action);
        }
        self.tally
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
