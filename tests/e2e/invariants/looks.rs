//! What lists, searches and counts show.

use botctl::testing::domain::{Order, OrderStatus};
use chrono::Utc;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use regex::Regex;

use super::play::Play;
use crate::texts::{key, text};
use crate::world::{ADMIN, DISPATCHER};

/// How many kinds of looks there are.
pub(super) const LOOKS: usize = 3;

/// Returns the order that a button opens.
pub(super) fn opened_order(data: &str) -> Option<i64> {
    let (verb, fields) = data.split_once(':')?;
    let id = fields.split(':').next()?;
    match verb {
        "open" => i64::from_str_radix(id, 36).ok(),
        "view_order" | "open_order" | "view_order_master" | "client" | "open_client" => id.parse().ok(),
        _ => None,
    }
}

/// Returns the number before a word.
fn number_before(text: &str, word: &str) -> usize {
    let found = Regex::new(&format!(r"(\d+) {word}")).unwrap().captures(text);
    found.map_or(0, |found| found[1].parse().unwrap())
}

impl Play {
    /// Searches for the client of an order by name, address or phone. A master finds only their own orders, and only by
    /// what they may see of them.
    pub(super) fn search(&mut self, who: i64, what: usize, order: usize) -> Result<(), TestCaseError> {
        let orders = self.orders();
        let Some(wanted) = orders.get(order % orders.len().max(1)) else { return Ok(()) };
        let query = match what {
            0 => wanted.client_name.clone(),
            1 => wanted.client_address.clone(),
            _ => wanted.client_phone.clone(),
        };
        let since = self.next_message;
        self.say(who, who, &format!("/find {query}"))?;
        let is_staff = [ADMIN, DISPATCHER].contains(&who);
        for order in orders {
            if !self.lists_since(who, since, &order) {
                continue;
            }
            self.count(if is_staff { "search.staff" } else { "search.master" });
            if is_staff {
                continue;
            }
            let (address, phone) = self.facts.may_know(who, &order);
            let is_own = self.facts.master_of(&order).is_some_and(|master| master.telegram_id.0 == who);
            let is_known = if what < 2 { address } else { phone };
            prop_assert!(is_own && is_known, "{} found {} ({}) by {:?}", who, order.id, order.status, query);
        }
        Ok(())
    }

    /// Whether a message that was sent to a chat since then is about an order or lists it. A card may also link a repeat visit.
    fn lists_since(&self, chat: i64, since: i32, order: &Order) -> bool {
        let number = Regex::new(&format!(r"(?m)^\S+ (?:Заявка )?№{}\b", order.id)).unwrap();
        self.screens.range((chat, since + 1)..=(chat, i32::MAX)).any(|(_, screen)| {
            let opens = screen.buttons.iter().any(|data| opened_order(data) == Some(order.id.0));
            opens || number.is_match(&screen.text)
        })
    }

    /// Looks at the number of all orders, a client's screen, or the day: deleted orders count nowhere.
    pub(super) fn look(&mut self, what: usize, order: usize) -> Result<(), TestCaseError> {
        let orders = self.orders();
        match what {
            0 => {
                self.say(DISPATCHER, DISPATCHER, key::ALL_ORDERS)?;
                prop_assert_eq!(number_before(&self.newest_text(), "заяв"), orders.len());
                self.count("look.list");
            }
            1 => {
                let Some(order) = orders.get(order % orders.len().max(1)) else { return Ok(()) };
                let message = self.new_message();
                self.press(DISPATCHER, DISPATCHER, message, &format!("client:{}", order.id))?;
                client_is_counted(&self.screens[&(DISPATCHER, message)].text, order, &orders)?;
                self.count("look.client");
            }
            _ => {
                self.say(DISPATCHER, DISPATCHER, "/today")?;
                let today = |moment: chrono::DateTime<Utc>| {
                    moment.with_timezone(&chrono_tz::Europe::Moscow).date_naive()
                };
                let is_today = |order: &&Order| {
                    let is_refused = order.status == OrderStatus::Refused;
                    !is_refused && order.visit.is_some_and(|visit| today(visit.from) == today(self.now))
                };
                let visits = orders.iter().filter(is_today).count();
                prop_assert_eq!(number_before(&self.newest_text(), "визит"), visits);
                if visits > 0 {
                    self.count("look.day");
                }
            }
        }
        Ok(())
    }

    /// Returns the text of the dispatcher's newest message.
    fn newest_text(&self) -> String {
        let chat = self.screens.range((DISPATCHER, i32::MIN)..=(DISPATCHER, i32::MAX));
        chat.last().map(|(_, screen)| screen.text.clone()).unwrap_or_default()
    }
}

/// Checks how many orders and payments of a client a screen counts.
fn client_is_counted(shown: &str, order: &Order, orders: &[Order]) -> Result<(), TestCaseError> {
    let of_client = || orders.iter().filter(|other| other.client_phone == order.client_phone);
    prop_assert_eq!(number_before(shown, "заяв"), of_client().count(), "{}", shown);
    let is_paid = |other: &&Order| other.status == OrderStatus::Closed && other.total.is_some();
    let title = text("client-paid");
    let title = title.split(':').next().unwrap();
    let paid = Regex::new(&format!(r"{title}: (\d+)")).unwrap().captures(shown);
    let paid = paid.map_or(0, |found| found[1].parse().unwrap());
    prop_assert_eq!(paid, of_client().filter(is_paid).count(), "{}", shown);
    Ok(())
}
