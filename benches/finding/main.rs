//! Finding orders among 200,000, on both databases: what the handlers take for a search, a list, the day plan and a client.

#![allow(clippy::expect_used, missing_docs)]

mod company;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use botctl::testing::bot::{BotSettings, ReceivedUpdate, process_update};
use botctl::testing::config::RolesConfig;
use botctl::testing::db::{self, AnyConnection, StoredUpdate};
use botctl::testing::domain::{Locale, PhoneRule, TelegramId};
use botctl::testing::migrate;
use diesel::Connection;
use serde_json::{Value, json};

use company::{DISPATCHER, MASTER};

/// Repetitions of each action, every one with another order, word or page.
const ROUNDS: u64 = 100;

fn main() -> Result<()> {
    if !std::env::args().any(|argument| argument == "--bench") {
        eprintln!("run it with: cargo bench --bench finding");
        return Ok(());
    }
    println!("| database | what | p50, ms | p99, ms | goal | met |");
    println!("|---|---|---|---|---|---|");
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    measure("SQLite", folder.path().join("orders.db").display().to_string().as_str())?;
    let server = std::env::var("TEST_POSTGRES_URL")
        .unwrap_or_else(|_| "postgres://postgres@127.0.0.1:5432/postgres".to_owned());
    match company::ScratchDatabase::create(&server) {
        Ok(scratch) => measure("PostgreSQL", &scratch.url()?)?,
        Err(error) => eprintln!("PostgreSQL is left out: {error:#}"),
    }
    Ok(())
}

fn measure(name: &str, url: &str) -> Result<()> {
    let mut conn = db::open_connection(&url.parse()?)?;
    db::allow_writing(&mut conn)?;
    let begun = Instant::now();
    migrate::apply_pending(&mut conn)?;
    company::fill(&mut conn)?;
    eprintln!("{name}: {} orders in {:.1} s", company::ORDERS, begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    company::index(&mut conn)?;
    eprintln!("{name}: indexed in {:.1} s", begun.elapsed().as_secs_f64());
    let mut bench = Bench { conn, settings: settings(), next: 1 };
    bench.say(DISPATCHER, "/start")?;
    bench.say(MASTER, "/start")?;
    for (what, goal, action) in actions() {
        let mut times = Vec::new();
        for round in 0..ROUNDS {
            times.push(action(&mut bench, round).with_context(|| what.to_owned())?);
        }
        times.sort_unstable();
        let (p50, p99) = (millis(times[times.len() / 2]), millis(times[times.len() * 99 / 100]));
        let met = if p99 <= goal { "yes" } else { "**no**" };
        println!("| {name} | {what} | {p50:.1} | {p99:.1} | ≤ {goal:.0} | {met} |");
    }
    Ok(())
}

type Action = fn(&mut Bench, u64) -> Result<Duration>;

/// What is measured, with the most milliseconds at the 99th percentile.
fn actions() -> [(&'static str, f64, Action); 13] {
    [
        ("search: a part of a phone", 50.0, |b, n| b.find(&format!("{:04}", n * 97 % 10_000))),
        ("search: a whole phone", 50.0, |b, n| b.find(&company::phone(n * 1_999))),
        ("search: street and house", 50.0, |b, n| {
            b.find(&format!("{} {}", company::street(n), 1 + n * 7 % 150))
        }),
        ("search: name and street", 50.0, |b, n| {
            b.find(&format!("{} {}", company::client(n * 31), company::street(n)))
        }),
        ("search: two letters", 50.0, |b, n| b.find(&company::street(n).chars().take(2).collect::<String>())),
        ("search: a word that no order has", 50.0, |b, n| b.find(&format!("щвъ{n}эюй"))),
        ("search: a master's own", 50.0, |b, n| b.find_own(&company::client(n))),
        ("list: new orders", 20.0, |b, n| b.press(DISPATCHER, &format!("orders_page:NEW:{}", 1 + n % 20))),
        ("list: closed orders", 20.0, |b, n| b.press(DISPATCHER, &format!("orders_page:CLOSED:{}", 1 + n))),
        ("list: numbers of all statuses", 20.0, |b, _| b.press(DISPATCHER, "back_to_orders")),
        ("list: a master's closed orders", 20.0, |b, n| {
            b.press(DISPATCHER, &format!("list:o:CLOSED:-:{}:1", 1 + n % 9))
        }),
        ("day plan", 20.0, |b, _| b.say(DISPATCHER, "/today")),
        ("a client's orders", 20.0, |b, n| b.press(DISPATCHER, &format!("client:{}", 1 + n * 1_999))),
    ]
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn settings() -> BotSettings {
    BotSettings {
        username: "bench_bot".to_owned(),
        locale: Locale::Ru,
        zone: chrono_tz::Europe::Moscow,
        max_description: 500,
        max_notes: 1_000,
        phones: PhoneRule::default(),
        map_url: "https://maps.example.org/?q=".to_owned(),
        flood_limit: None,
        contact_phone: None,
        appointed: RolesConfig { admins: [].into(), dispatchers: [TelegramId(DISPATCHER)].into() },
    }
}

struct Bench {
    conn: AnyConnection,
    settings: BotSettings,
    next: i64,
}

impl Bench {
    fn find(&mut self, query: &str) -> Result<Duration> {
        self.say(DISPATCHER, &format!("/find {query}"))
    }

    fn find_own(&mut self, query: &str) -> Result<Duration> {
        self.say(MASTER, &format!("/find {query}"))
    }

    fn say(&mut self, person: i64, text: &str) -> Result<Duration> {
        self.handle(json!({ "message": {
            "message_id": self.next, "date": 1_700_000_000, "text": text, "from": user(person), "chat": chat(person),
        }}))
    }

    fn press(&mut self, person: i64, data: &str) -> Result<Duration> {
        let message = json!({ "message_id": 1, "date": 1_700_000_000, "chat": chat(person), "text": "x" });
        self.handle(json!({ "callback_query": {
            "id": "1", "from": user(person), "chat_instance": "1", "data": data, "message": message,
        }}))
    }

    /// Returns how long the handler took, without the commit.
    fn handle(&mut self, mut update: Value) -> Result<Duration> {
        let id = self.next;
        self.next += 1;
        update["update_id"] = id.into();
        let payload = update.to_string();
        let (received, settings) = (ReceivedUpdate::parse(id, &payload), &self.settings);
        let time = self.conn.transaction::<_, db::Error, _>(|tx| {
            db::insert_updates(tx, &[StoredUpdate { update_id: id, payload }], db::now())?;
            let begun = Instant::now();
            process_update(tx, settings, &received, db::now())?;
            Ok(begun.elapsed())
        })?;
        Ok(time)
    }
}

fn user(person: i64) -> Value {
    json!({ "id": person, "is_bot": false, "first_name": format!("Person {person}") })
}

fn chat(person: i64) -> Value {
    json!({ "id": person, "type": "private", "first_name": format!("Person {person}") })
}
