//! A bot without a network for the tests of this module: updates are processed as in production, and what the courier
//! would deliver is kept on screens that a test can read.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::Connection;
use serde_json::{Value, json};

use super::incoming::ReceivedUpdate;
use super::process;
use super::report_content::make_report_content;
use super::settings::BotSettings;
use crate::config::database::DatabaseUrl;
use crate::config::roles::RolesConfig;
use crate::courier::set_text;
use crate::db::dialogue_questions::{self, REMOVE_BUTTONS, marked_question};
use crate::db::inbox::{self, StoredUpdate};
use crate::db::outbox::{self, LeaseTerms, MADE_MARK};
use crate::db::{self, AnyConnection, connection, order_messages, orders, users};
use crate::domain::ids::{ChatId, MessageId, OrderId, TelegramId};
use crate::domain::locale::Locale;
use crate::domain::phone::PhoneRule;
use crate::domain::status::OrderStatus;
use crate::domain::user::User;
use crate::migrate;
use crate::telegram::MadeContent;

pub(super) const ADMIN: i64 = 1;
pub(super) const DISPATCHER: i64 = 2;
pub(super) const MASTER: i64 = 11;
pub(super) const OTHER_MASTER: i64 = 12;
pub(super) const STRANGER: i64 = 99;
pub(super) const GROUP: i64 = -500;

/// The client of every test order.
pub(super) const CLIENT: &str = "Ivan Testov";
pub(super) const ADDRESS: &str = "12 Sample Street, flat 7";
/// As it is typed and shown.
pub(super) const PHONE: &str = "+7 999 000-11-22";

/// The users, their chats and what these show.
pub(super) struct World {
    pub tx: AnyConnection,
    settings: BotSettings,
    now: DateTime<Utc>,
    last_update: i64,
    last_message: i32,
    /// By chat and message: the payload as last sent or edited.
    pub screens: BTreeMap<(i64, i32), Value>,
}

type UpdateHandler = fn(
    &mut AnyConnection,
    &BotSettings,
    &ReceivedUpdate,
    DateTime<Utc>,
) -> db::Result<process::ProcessedUpdate>;

/// The outcome of an update.
#[derive(Debug)]
pub(super) struct Heard {
    pub outcome: &'static str,
    /// The answer to a press, empty when it has no text; `None` when the update is no press.
    pub toast: Option<String>,
    /// Chat, message and text of everything that was sent or edited.
    pub messages: Vec<(i64, i32, String)>,
}

impl Heard {
    pub(super) fn toast(&self) -> &str {
        self.toast.as_deref().expect("a press")
    }

    /// Every text sent to a chat, joined.
    pub(super) fn in_chat(&self, chat: i64) -> String {
        let texts = self.messages.iter().filter(|message| message.0 == chat);
        texts.map(|message| message.2.as_str()).collect::<Vec<_>>().join("\n---\n")
    }

    pub(super) fn last_in(&self, chat: i64) -> i32 {
        self.messages.iter().rev().find(|message| message.0 == chat).expect("a message").1
    }
}

impl World {
    /// A bot in English with an admin, a dispatcher, two masters and a stranger, all registered.
    pub(super) fn new() -> Self {
        let mut tx = connection::open_connection(&DatabaseUrl::Sqlite(PathBuf::from(":memory:"))).unwrap();
        migrate::apply_pending(&mut tx).unwrap();
        Self::on(tx)
    }

    /// The same on a database without users.
    pub(super) fn on(tx: AnyConnection) -> Self {
        let settings = BotSettings {
            username: "test_bot".to_owned(),
            locale: Locale::En,
            zone: chrono_tz::Europe::Moscow,
            map_url: "https://maps.example.org/?q=".to_owned(),
            max_description: 500,
            max_notes: 1000,
            phones: PhoneRule::default(),
            flood_limit: None,
            contact_phone: None,
            appointed: RolesConfig {
                admins: [TelegramId(ADMIN)].into(),
                dispatchers: [TelegramId(DISPATCHER)].into(),
            },
        };
        let now = "2026-11-22T10:00:00Z".parse().unwrap();
        let screens = BTreeMap::new();
        let mut world = Self { tx, settings, now, last_update: 0, last_message: 1000, screens };
        for person in [ADMIN, DISPATCHER, MASTER, OTHER_MASTER, STRANGER] {
            world.say(person, person, "/start");
        }
        for master in [MASTER, OTHER_MASTER] {
            world.press(ADMIN, ADMIN, 1, "add_master");
            for answer in [master.to_string().as_str(), "+79991112233", "ovens", "✅ Confirm"] {
                world.say(ADMIN, ADMIN, answer);
            }
        }
        world
    }

    pub(super) fn wait(&mut self, time: TimeDelta) {
        self.now += time;
    }

    pub(super) fn say(&mut self, person: i64, chat: i64, text: &str) -> Heard {
        let message = self.message(person, chat, json!({ "text": text }));
        self.update(json!({ "message": message }))
    }

    pub(super) fn send(&mut self, person: i64, chat: i64, content: Value) -> Heard {
        let message = self.message(person, chat, content);
        self.update(json!({ "message": message }))
    }

    /// Replies to the last message of the bot in a chat.
    pub(super) fn reply(&mut self, person: i64, chat: i64, text: &str) -> Heard {
        let last = self.screens.keys().rev().find(|key| key.0 == chat).expect("a message").1;
        let bot = json!({ "id": 777, "is_bot": true, "first_name": "Bot", "username": "test_bot" });
        let replied =
            json!({ "message_id": last, "date": 1_700_000_000, "chat": chat_json(chat), "from": bot });
        self.send(person, chat, json!({ "text": text, "reply_to_message": replied }))
    }

    pub(super) fn press(&mut self, person: i64, chat: i64, message: i32, data: &str) -> Heard {
        let query = json!({
            "id": format!("{}", self.last_update + 1),
            "from": from(person),
            "chat_instance": "1",
            "data": data,
            "message": { "message_id": message, "date": 1_700_000_000, "chat": chat_json(chat), "text": "x" },
        });
        self.update(json!({ "callback_query": query }))
    }

    pub(super) fn bot_added(&mut self, person: i64, chat: i64) -> Heard {
        let me = json!({ "id": 777, "is_bot": true, "first_name": "Bot", "username": "test_bot" });
        self.update(json!({ "my_chat_member": {
            "chat": chat_json(chat),
            "from": from(person),
            "date": 1_700_000_000,
            "old_chat_member": { "status": "left", "user": me },
            "new_chat_member": { "status": "member", "user": me },
        }}))
    }

    pub(super) fn update(&mut self, update: Value) -> Heard {
        self.handle(update, process::process_update)
    }

    /// Gives an update up, as after an error for good.
    pub(super) fn fail(&mut self, update: Value) -> Heard {
        self.handle(update, process::fail_update)
    }

    /// Receives the last update again, with this text as the next part of the same message.
    pub(super) fn repeat_with_part(&mut self, person: i64, part: &str) -> Heard {
        let mut repeated = ReceivedUpdate::parse(self.last_update, "{}");
        let message = self.message(person, person, json!({ "text": part }));
        repeated.parts.push(self.receive(json!({ "message": message })).id);
        self.run(&repeated, process::process_update)
    }

    fn handle(&mut self, update: Value, handler: UpdateHandler) -> Heard {
        let update = self.receive(update);
        self.run(&update, handler)
    }

    fn receive(&mut self, mut update: Value) -> ReceivedUpdate {
        self.last_update += 1;
        self.now += TimeDelta::seconds(1);
        update["update_id"] = self.last_update.into();
        let payload = update.to_string();
        let stored = StoredUpdate { update_id: self.last_update, payload: payload.clone() };
        inbox::insert_updates(&mut self.tx, &[stored], self.now).unwrap();
        ReceivedUpdate::parse(self.last_update, &payload)
    }

    fn run(&mut self, update: &ReceivedUpdate, handler: UpdateHandler) -> Heard {
        let (settings, now) = (&self.settings, self.now);
        let done = self
            .tx
            .transaction::<_, db::Error, _>(|tx| handler(tx, settings, update, now))
            .expect("the database works");
        let toast = done.callback_answer.map(|call| {
            let payload: Value = serde_json::from_str(&call.payload).unwrap();
            payload["text"].as_str().unwrap_or_default().to_owned()
        });
        Heard { outcome: done.outcome, toast, messages: self.deliver() }
    }

    /// Delivers what was queued outside of an update.
    pub(super) fn deliver_pending(&mut self) {
        self.deliver();
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// Delivers as the courier does.
    fn deliver(&mut self) -> Vec<(i64, i32, String)> {
        let lease = LeaseTerms { owner: 1, until: self.now + TimeDelta::hours(1), per_chat: 1000 };
        let mut delivered = Vec::new();
        for row in outbox::lease_messages(&mut self.tx, lease, &[], 1000, self.now).unwrap().rows {
            let mut payload: Value = serde_json::from_str(&row.payload).unwrap();
            if row.method == REMOVE_BUTTONS {
                let question = marked_question(&row.payload).unwrap();
                let asked = dialogue_questions::find_question_message(&mut self.tx, question).unwrap();
                outbox::mark_sent(&mut self.tx, &row, asked, self.now).unwrap();
                let shown = (row.chat.0, asked.map_or(0, |asked| asked.0));
                if let Some(screen) = self.screens.get_mut(&shown) {
                    screen.as_object_mut().unwrap().remove("reply_markup");
                }
                continue;
            }
            let message = if row.method.starts_with("send") {
                self.last_message += 1;
                self.last_message
            } else if let Some(message) = payload["message_id"].as_i64() {
                i32::try_from(message).unwrap()
            } else if let Some(tracked) = marked_question(&row.payload) {
                dialogue_questions::find_question_message(&mut self.tx, tracked).unwrap().unwrap().0
            } else {
                order_messages::find_message_id(&mut self.tx, row.order_message.unwrap()).unwrap().unwrap().0
            };
            outbox::mark_sent(&mut self.tx, &row, Some(MessageId(message)), self.now).unwrap();
            self.make_content(&mut payload);
            delivered.push((row.chat.0, message, shown_text(&payload).to_owned()));
            self.screens.insert((row.chat.0, message), payload);
        }
        delivered
    }

    /// Puts in what the courier makes right before the call.
    fn make_content(&mut self, payload: &mut Value) {
        let Some(request) = payload.get(MADE_MARK).cloned() else { return };
        let zone = self.settings.zone;
        // Outside of the transaction that the test runs in, a reader sees the same.
        match make_report_content(&mut self.tx, zone, &request).unwrap() {
            MadeContent::Text { html, markup } => set_text(payload.as_object_mut().unwrap(), &html, &markup),
            MadeContent::File { caption, .. } => payload["caption"] = caption.into(),
        }
    }

    fn message(&mut self, person: i64, chat: i64, content: Value) -> Value {
        self.last_message += 1;
        let mut message = content;
        message["message_id"] = self.last_message.into();
        message["date"] = 1_700_000_000.into();
        message["chat"] = chat_json(chat);
        message["from"] = from(person);
        message
    }

    pub(super) fn text(&self, chat: i64, message: i32) -> &str {
        shown_text(&self.screens[&(chat, message)])
    }

    /// The callback data of a message's buttons.
    pub(super) fn buttons(&self, chat: i64, message: i32) -> Vec<String> {
        let rows = self.screens[&(chat, message)]["reply_markup"]["inline_keyboard"].as_array();
        let buttons = rows.into_iter().flatten().flat_map(|row| row.as_array().unwrap());
        buttons.filter_map(|button| button["callback_data"].as_str().map(str::to_owned)).collect()
    }

    /// The texts on a message's buttons.
    pub(super) fn button_texts(&self, chat: i64, message: i32) -> Vec<String> {
        let rows = self.screens[&(chat, message)]["reply_markup"]["inline_keyboard"].as_array();
        let buttons = rows.into_iter().flatten().flat_map(|row| row.as_array().unwrap());
        buttons.map(|button| button["text"].as_str().unwrap().to_owned()).collect()
    }

    /// The keys that a message shows under the composer.
    pub(super) fn keys(&self, chat: i64, message: i32) -> Vec<String> {
        let rows = self.screens[&(chat, message)]["reply_markup"]["keyboard"].as_array();
        let keys = rows.into_iter().flatten().flat_map(|row| row.as_array().unwrap());
        keys.map(|key| key["text"].as_str().unwrap().to_owned()).collect()
    }

    /// The newest button of a chat with this data, of any dialogue: its message and its whole data.
    pub(super) fn offer(&self, chat: i64, data: &str) -> (i32, String) {
        let is_it = |offered: &String| {
            offered.strip_prefix(data).is_some_and(|rest| !rest.starts_with(|c: char| c != ':'))
        };
        let messages = self.screens.keys().rev().filter(|(in_chat, _)| *in_chat == chat);
        let mut found =
            messages.filter_map(|(_, id)| Some((*id, self.buttons(chat, *id).into_iter().find(is_it)?)));
        found.next().unwrap_or_else(|| panic!("{chat} is offered no {data}"))
    }

    /// Presses the newest button of a chat with this data, of any dialogue.
    pub(super) fn press_offered(&mut self, person: i64, chat: i64, data: &str) -> Heard {
        let (message, data) = self.offer(chat, data);
        self.press(person, chat, message, &data)
    }

    /// Whether anything in a chat shows this now.
    pub(super) fn shows(&self, chat: i64, what: &str) -> bool {
        let mut texts = self.screens.iter().filter(|((in_chat, _), _)| *in_chat == chat);
        texts.any(|(_, payload)| shown_text(payload).contains(what))
    }

    /// Creates an order with the dispatcher's dialogue.
    pub(super) fn order(&mut self) -> OrderId {
        self.say(DISPATCHER, DISPATCHER, "➕ New order");
        for answer in ["Oven", "does not <b>heat</b> & smells", PHONE, CLIENT, ADDRESS, "⏭️ Skip", "⏭️ Skip"]
        {
            self.say(DISPATCHER, DISPATCHER, answer);
        }
        self.say(DISPATCHER, DISPATCHER, "✅ Confirm");
        OrderId(self.count_orders())
    }

    /// The id of a master's row.
    pub(super) fn sql(&mut self, statement: &str) {
        connection::on_each!(&mut self.tx, |c| diesel::connection::SimpleConnection::batch_execute(
            c, statement
        ))
        .unwrap();
    }

    pub(super) fn master_id(&mut self, person: i64) -> i64 {
        db::masters::find_master_of_user(&mut self.tx, TelegramId(person)).unwrap().unwrap().id.0
    }

    /// Creates an order that is assigned to a master. Returns it with the message id of the master's card.
    pub(super) fn assigned(&mut self, master: i64, chat: i64) -> (OrderId, i32) {
        let order = self.order();
        let id = self.master_id(master);
        let heard = self.press(DISPATCHER, DISPATCHER, 5, &format!("select_master_for_order:{order}:{id}"));
        (order, heard.last_in(chat))
    }

    /// Takes the master of an order through the questions of a long repair, from the card in the private chat.
    pub(super) fn starts_long_repair(&mut self, order: OrderId, card: i32) -> Heard {
        self.press(MASTER, MASTER, card, &format!("dr_order:{order}"));
        for data in ["promised", "dialog_skip"] {
            self.press_offered(MASTER, MASTER, data);
        }
        self.press_offered(MASTER, MASTER, "dialog_skip")
    }

    pub(super) fn status(&mut self, order: OrderId) -> OrderStatus {
        orders::find_order(&mut self.tx, order).unwrap().unwrap().status
    }

    pub(super) fn count_orders(&mut self) -> i64 {
        orders::count_orders_by_status(&mut self.tx).unwrap().iter().map(|(_, count)| count).sum()
    }

    pub(super) fn person(&mut self, id: i64) -> Option<User> {
        users::find_user(&mut self.tx, TelegramId(id)).unwrap()
    }

    pub(super) fn is_in_dialogue(&mut self, person: i64, chat: i64) -> bool {
        let key = db::dialogues::DialogueKey { place: ChatId(chat).into(), user: TelegramId(person) };
        db::dialogues::find_dialogue(&mut self.tx, key).unwrap().is_some()
    }
}

/// The text of a message, or the caption of a file.
fn shown_text(payload: &Value) -> &str {
    payload["text"].as_str().or(payload["caption"].as_str()).unwrap_or_default()
}

fn from(person: i64) -> Value {
    json!({ "id": person, "is_bot": false, "first_name": format!("Person {person}") })
}

fn chat_json(chat: i64) -> Value {
    if chat < 0 {
        json!({ "id": chat, "type": "supergroup", "title": "Team" })
    } else {
        json!({ "id": chat, "type": "private", "first_name": format!("Person {chat}") })
    }
}
