//! The sandbox's chat page in a real browser: README's first round, on a wide and on a narrow screen, light and dark.
//!
//! `UPDATE_SCREENSHOT=1 cargo test --test e2e chat_page` makes the picture in the README anew.

use std::io::Write as _;
use std::process::{Command, Stdio};

use botctl::testing::domain::{Kopecks, OrderStatus};
use serde_json::{Value, json};

use crate::browser::{Browser, Element};
use crate::source::workspace_root;
use crate::texts::{about, first_line, key, text};
use crate::world::{Backend, World, empty};

const ADMIN: i64 = 1_001;
const DISPATCHER: i64 = 1_002;
const MASTER: i64 = 1_003;
const GROUP: i64 = -1_001_000_000_001;
/// What comes before the page's address.
const ANNOUNCED: &str = "The chat page is at ";
/// All phones of the page.
const PHONES: [i64; 6] = [ADMIN, DISPATCHER, MASTER, 1_004, 1_005, GROUP];

const PROBLEM: &str = "Не сливает воду, шумит при отжиме";

/// The dispatcher's answers, by the question; `None` presses the first button.
const ORDER_ANSWERS: [(&str, Option<&str>); 7] = [
    ("order-ask-equipment", None),
    ("order-ask-description", Some(PROBLEM)),
    ("order-ask-phone", Some("8 900 000 00 17")),
    ("order-ask-client-name", Some("Клара Придуманная")),
    ("order-ask-address", Some("Примерная улица, дом 17, кв. 3")),
    ("order-ask-notes", Some("домофон 17к")),
    ("order-ask-time", Some("завтра после 15")),
];

const MASTER_ANSWERS: [(&str, Option<&str>); 3] = [
    ("add-master-ask-person", Some("1003")),
    ("add-master-ask-phone", Some("+7 900 000-00-03")),
    ("add-master-ask-specialization", Some("Стиральные машины")),
];

const MONEY_ANSWERS: [(&str, Option<&str>); 4] = [
    ("close-ask-total", Some("5000")),
    ("close-ask-materials", Some("1000")),
    ("close-ask-review", None),
    ("close-check", None),
];

/// The chat page of a running `serve --sandbox`.
struct ChatPage<'a> {
    browser: &'a Browser,
    world: &'a World,
    is_narrow: bool,
}

impl<'a> ChatPage<'a> {
    /// Opens the page of the bot that was started last.
    fn open(browser: &'a Browser, world: &'a World, (width, height): (u32, u32), scheme: &str) -> Self {
        browser.resize(width, height);
        browser.prefer_colours(scheme);
        let logs = world.logs();
        let url = logs.rsplit(ANNOUNCED).next().and_then(|rest| rest.split(' ').next());
        browser.open(url.unwrap());
        let page = Self { browser, world, is_narrow: width < 700 };
        let drawn = "return document.querySelectorAll('.phone').length === arguments[0]";
        assert!(browser.wait(drawn, &[json!(PHONES.len())]).is_some(), "the phones are not drawn");
        page
    }

    /// Brings a phone into view, as a user of a narrow screen does.
    fn show(&self, phone: i64) {
        if !self.is_narrow {
            return;
        }
        let tab = "return document.querySelector(`#tabs [data-id=\"${arguments[0]}\"]`)";
        self.browser.click(&self.browser.wait_for_element(tab, &[json!(phone)]).unwrap());
        let shown = "return Math.abs(document.getElementById(`phone-${arguments[0]}`).getBoundingClientRect().left) < 1";
        assert!(self.browser.wait(shown, &[json!(phone)]).is_some(), "phone {phone} does not come into view");
    }

    /// An element of a phone; the script finds it in `phone`.
    fn element(&self, phone: i64, find: &str, argument: &Value) -> Element {
        self.show(phone);
        let script = format!("const phone = document.getElementById(`phone-${{arguments[0]}}`); {find}");
        let found = self.browser.wait_for_element(&script, &[json!(phone), argument.clone()]);
        found.unwrap_or_else(|| {
            panic!("phone {phone} has no {argument} ({find}):\n{}", self.transcript(phone))
        })
    }

    fn transcript(&self, phone: i64) -> String {
        let script = "return document.getElementById(`phone-${arguments[0]}`).innerText";
        self.browser.run(script, &[json!(phone)]).as_str().unwrap().to_owned()
    }

    /// Presses the last button with one of these labels, or beginnings of callback data.
    fn presses_one_of(&self, phone: i64, names: &[&str]) {
        let find = "const keys = [...phone.querySelectorAll('.start button, .keys .key, .reply-keys button')].reverse();
            for (const name of arguments[1]) {
                const fits = (key) => key.dataset.data?.startsWith(name) || key.textContent.trim() === name;
                const key = keys.find((key) => key.offsetParent && fits(key));
                if (key) return key;
            }";
        self.browser.click(&self.element(phone, find, &json!(names)));
    }

    fn presses(&self, phone: i64, name: &str) {
        self.presses_one_of(phone, &[name]);
    }

    fn says(&self, phone: i64, words: &str) {
        let input = self.element(phone, "return phone.querySelector('textarea')", &Value::Null);
        self.browser.type_into(&input, &format!("{words}\u{e007}"));
    }

    /// Waits until a text is on the phone.
    fn sees(&self, phone: i64, wanted: &str) {
        let script = "return document.querySelector(`#phone-${CSS.escape(arguments[0])} .log`).innerText.includes(arguments[1])";
        let found = self.browser.wait(script, &[json!(phone), json!(wanted)]);
        assert!(found.is_some(), "phone {phone} does not show {wanted:?}:\n{}", self.transcript(phone));
    }

    /// Waits for the bot's latest message until it has one of these texts, and says which.
    fn hears_one_of(&self, phone: i64, wanted: &[String]) -> usize {
        let script =
            "const log = document.getElementById(`phone-${arguments[0]}`).querySelectorAll('.msg:not(.own)');
            const last = log[log.length - 1].innerText;
            const index = arguments[1].findIndex((text) => last.includes(text));
            return index < 0 ? null : index + 1;";
        let found = self.browser.wait(script, &[json!(phone), json!(wanted)]);
        let found =
            found.unwrap_or_else(|| panic!("phone {phone}: none of {wanted:?}:\n{}", self.transcript(phone)));
        usize::try_from(found.as_u64().unwrap()).unwrap() - 1
    }

    /// Answers the questions of a dialogue in the order in which the bot asks them, until it says `end`.
    fn answers(&self, phone: i64, answers: &[(&str, Option<&str>)], end: &str) {
        let mut left: Vec<_> = answers.iter().map(|(key, answer)| (question(key), *answer)).collect();
        loop {
            let mut wanted: Vec<String> = left.iter().map(|(question, _)| question.clone()).collect();
            wanted.push(end.to_owned());
            let asked = self.hears_one_of(phone, &wanted);
            if asked == left.len() {
                assert!(left.is_empty(), "was not asked {left:?}");
                return;
            }
            match left.remove(asked).1 {
                Some(words) => self.says(phone, words),
                None => {
                    let find = "return [...phone.querySelectorAll('.keys')].pop().querySelector('.key')";
                    self.browser.click(&self.element(phone, find, &Value::Null));
                }
            }
        }
    }

    /// Presses Start on every phone.
    fn starts(&self) {
        for phone in PHONES.into_iter().filter(|phone| *phone > 0) {
            self.presses(phone, "Start");
            self.element(phone, "return phone.querySelector('.msg:not(.own)')", &Value::Null);
        }
    }

    fn adds_a_master(&self) {
        self.presses(ADMIN, key::MASTERS);
        self.presses(ADMIN, "add_master");
        self.answers(ADMIN, &MASTER_ANSWERS, &question("add-master-ask-confirmation"));
        self.presses(ADMIN, "confirm_add_master");
        self.sees(MASTER, first_line(&text("notice-master-added")));
    }

    fn takes_and_assigns_an_order(&self) -> i64 {
        self.presses(DISPATCHER, key::CREATE);
        self.answers(DISPATCHER, &ORDER_ANSWERS, &question("order-ask-confirmation"));
        self.sees(DISPATCHER, PROBLEM);
        // The button with the master's name creates the order and assigns it.
        self.presses(DISPATCHER, "create_assigned:");
        1
    }

    fn master_closes_it(&self, order: i64) {
        self.sees(MASTER, &about("notice-assigned", order));
        self.presses(MASTER, &format!("group_accept_order:{order}"));
        self.presses(MASTER, &format!("onsite_order:{order}"));
        self.presses(MASTER, &format!("complete_order:{order}"));
        self.answers(MASTER, &MONEY_ANSWERS, &about("closed-done", order));
        // The money, on the master's phone and on the dispatcher's.
        for phone in [MASTER, DISPATCHER] {
            self.sees(phone, "5\u{a0}000");
        }
    }

    /// Nothing stands out of its phone, and no phone out of the screen.
    fn fits_the_screen(&self) {
        let script = "const wide = (box) => box.scrollWidth > box.clientWidth + 1;
            const phones = [...document.querySelectorAll('.phone, .log, .reply-keys, .composer, .phone-head, .key')].filter(wide);
            const all = wide(document.documentElement) ? [document.documentElement, ...phones] : phones;
            return all.map((box) => `${box.className || box.tagName}: ${box.scrollWidth} > ${box.clientWidth}`)";
        assert_eq!(self.browser.run(script, &[]), json!([]));
        let shown = "const box = document.getElementById('phones');
            const inside = (phone) => { const place = phone.getBoundingClientRect(); return place.left >= -1 && place.right <= innerWidth + 1; };
            return [...box.children].filter(inside).length";
        let expected = if self.is_narrow { 1 } else { PHONES.len() };
        assert_eq!(self.browser.run(shown, &[]), json!(expected), "phones in view");
        for phone in PHONES {
            let head =
                "return document.querySelector(`#phone-${CSS.escape(arguments[0])} .phone-head`).innerText";
            let head = self.browser.run(head, &[json!(phone)]).as_str().unwrap().to_owned();
            assert!(head.contains(&phone.to_string()), "{head}");
        }
    }

    /// The page follows the system, and its text stands out.
    fn has_colours(&self, scheme: &str) {
        self.browser.prefer_colours(scheme);
        let script = "return document.documentElement.dataset.theme === arguments[0]";
        assert!(self.browser.wait(script, &[json!(scheme)]).is_some(), "the page is not {scheme}");
        let script = "const light = (colour) => colour.match(/[0-9.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765;
            return [...document.querySelectorAll('.bubble')].every((bubble) => {
                const style = getComputedStyle(bubble);
                return Math.abs(light(style.color) - light(style.backgroundColor)) > 0.4;
            })";
        assert_eq!(self.browser.run(script, &[]), json!(true), "{scheme}: text does not stand out");
    }

    /// The keyboards under the composers, by phone.
    fn keyboards(&self) -> Value {
        let script = "return [...document.querySelectorAll('.phone')].map((phone) =>
            [...phone.querySelectorAll('.reply-keys:not([hidden]) button')].map((key) => key.textContent))";
        self.browser.run(script, &[])
    }

    /// Chooses a step in the clock's menu and waits until the page shows the new time.
    fn moves_the_clock(&self, step: &str) {
        let shown = "return document.getElementById('clock-now').textContent";
        let before = self.browser.run(shown, &[]);
        let button = "return document.getElementById('clock-open')";
        self.browser.click(&self.browser.wait_for_element(button, &[]).unwrap());
        let item = "return [...document.querySelectorAll('#popup button')].find((item) => item.textContent === arguments[0])";
        self.browser.click(&self.browser.wait_for_element(item, &[json!(step)]).unwrap());
        let moved = "return document.getElementById('clock-now').textContent !== arguments[0]";
        assert!(self.browser.wait(moved, &[before]).is_some(), "the clock stands still");
    }

    fn has_no_complaints(&self) {
        assert_eq!(self.browser.complaints(), Vec::<String>::new());
    }

    /// What the round leaves in the database.
    fn left_a_closed_order(&self, order: i64) {
        let stored = self.world.order(order);
        assert_eq!((stored.status, stored.total), (OrderStatus::Closed, Some(Kopecks(500_000))));
        assert_eq!(stored.materials, Some(Kopecks(100_000)));
        assert_eq!(stored.client_phone, "+79000000017");
        assert_eq!(
            self.world.way(order),
            ["→NEW", "NEW→ASSIGNED", "ASSIGNED→ACCEPTED", "ACCEPTED→ONSITE", "ONSITE→CLOSED"]
        );
        assert_eq!((self.world.unfinished(), self.world.dead_letters()), (0, vec![]));
    }
}

/// The first line of a question.
fn question(key: &str) -> String {
    let full = text(key);
    // What follows depends on limits and numbers.
    let end = full.find(['{', '\u{2068}', '\n']).unwrap_or(full.len());
    full[..end].trim().to_owned()
}

/// A world in which `serve --sandbox` plays on the world's database, with its own people.
fn start_sandbox() -> World {
    let world = empty().with("ADMIN_IDS", "").with("DISPATCHER_IDS", "").stopped().build(Backend::Sqlite);
    serve_sandbox(&world);
    world
}

fn serve_sandbox(world: &World) {
    let before = world.logs().matches(ANNOUNCED).count();
    let url = world.store.url();
    world.spawn(&["serve", "--sandbox", "--sandbox-listen", "127.0.0.1:0", "--database-url", &url]);
    world.wait_for_log_times(ANNOUNCED, before + 1);
}

fn save_screenshot(browser: &Browser) {
    let file = std::fs::File::create(workspace_root().join("docs/chat-page.png")).unwrap();
    let mut decoder =
        Command::new("base64").arg("-d").stdin(Stdio::piped()).stdout(file).spawn().expect("base64 starts");
    decoder.stdin.take().unwrap().write_all(browser.screenshot().as_bytes()).unwrap();
    assert!(decoder.wait().unwrap().success());
}

#[test]
fn first_round_is_played_on_a_wide_screen() {
    let Some(browser) = Browser::start() else { return };
    let world = start_sandbox();
    let page = ChatPage::open(&browser, &world, (1600, 900), "light");
    page.starts();
    page.adds_a_master();
    let order = page.takes_and_assigns_an_order();
    page.master_closes_it(order);
    page.fits_the_screen();
    page.has_colours("light");
    if std::env::var_os("UPDATE_SCREENSHOT").is_some() {
        save_screenshot(&browser);
    }
    page.has_colours("dark");
    let keyboards = page.keyboards();
    assert!(keyboards[0].as_array().unwrap().iter().any(|label| label == key::MASTERS), "{keyboards}");
    page.has_no_complaints();
    page.left_a_closed_order(order);

    // A page that is opened again shows the same.
    let page = ChatPage::open(&browser, &world, (1600, 900), "dark");
    page.sees(MASTER, &about("closed-done", order));
    assert_eq!(page.keyboards(), keyboards);
    assert_eq!(world.terminate(), 0);
}

#[test]
fn first_round_is_played_on_a_narrow_screen() {
    let Some(browser) = Browser::start() else { return };
    let world = start_sandbox();
    let page = ChatPage::open(&browser, &world, (390, 844), "dark");
    page.starts();
    page.adds_a_master();
    let order = page.takes_and_assigns_an_order();
    page.master_closes_it(order);
    for scheme in ["dark", "light"] {
        page.has_colours(scheme);
        page.fits_the_screen();
    }
    page.has_no_complaints();
    page.left_a_closed_order(order);
    assert_eq!(world.terminate(), 0);
}

#[test]
fn clock_of_the_page_moves_the_bots_time() {
    let Some(browser) = Browser::start() else { return };
    let world = start_sandbox();
    let page = ChatPage::open(&browser, &world, (1600, 900), "light");
    page.starts();
    page.presses(DISPATCHER, key::CREATE);
    page.hears_one_of(DISPATCHER, &[question("order-ask-equipment")]);
    page.moves_the_clock("+1 day");
    page.says(DISPATCHER, PROBLEM);
    page.sees(DISPATCHER, first_line(&text("dialogue-expired")));
    page.has_no_complaints();
    assert_eq!(world.terminate(), 0);
}
