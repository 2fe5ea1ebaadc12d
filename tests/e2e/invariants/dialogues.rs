//! Whole dialogues: a dispatcher's and a master's steps with an order, an administrator's changes.

use botctl::testing::domain::{Order, OrderId, OrderStatus};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::json;

use super::Act;
use super::play::{Play, client};
use crate::texts::key;
use crate::world::{ADMIN, DISPATCHER};

/// How many kinds of changes there are.
pub(super) const CHANGES: usize = 6;

/// Returns the button of a step that is next for an order in a status, and the answers to its questions.
fn next_step(status: OrderStatus, way: usize) -> Option<(&'static str, &'static [&'static str])> {
    let closing: (&str, &[&str]) = ("complete_order", &["5000", "1000", "нет", "да"]);
    Some(match (status, way) {
        (OrderStatus::Assigned, 0) => ("refuse_order_master", &["занят на другом адресе"]),
        (OrderStatus::Assigned, _) => ("accept_order", &[]),
        (OrderStatus::Accepted, 0) => ("hand_back_order", &["сломалась машина"]),
        (OrderStatus::Accepted, _) => ("onsite_order", &[]),
        (OrderStatus::OnSite, 0) => ("dr_order", &["07.12.2026", "насос", "1500"]),
        (OrderStatus::OnSite, 1) => ("refuse_order_complete", &["слишком дорого"]),
        (OrderStatus::OnSite | OrderStatus::LongRepair, _) => closing,
        (OrderStatus::Refused, _) => ("reopen_order", &[]),
        (OrderStatus::New | OrderStatus::Closed, _) => return None,
    })
}

impl Play {
    /// Takes a step that is next for an order, by its master in their chat or by a dispatcher.
    pub(super) fn advance(&mut self, way: usize, order: usize) -> Result<(), TestCaseError> {
        let orders = self.orders();
        let Some(row) = orders.get(order % orders.len().max(1)) else { return Ok(()) };
        let Some((verb, answers)) = next_step(row.status, way) else {
            return self.act(&Act::Work { verb: 0, order });
        };
        let master = self.facts.master_of(row).filter(|_| row.status.has_master());
        let who = master.map_or(DISPATCHER, |master| master.telegram_id.0);
        let chat = master.and_then(|master| master.work_chat).map_or(who, |group| group.0);
        self.say(who, chat, "/cancel")?;
        let message = self.new_message();
        self.press(who, chat, message, &format!("{verb}:{}", row.id))?;
        for answer in answers {
            self.say(who, chat, answer)?;
        }
        self.say(who, chat, "/cancel")
    }

    /// Changes an order as an admin does, who then leaves no question open: the address, a comment by reply, its deletion, its
    /// restoration, the correction of a closed one, a repeat visit.
    pub(super) fn change(&mut self, what: usize, order: usize) -> Result<(), TestCaseError> {
        if what == 3 {
            let deleted = &self.facts.deleted;
            let Some((id, ..)) = deleted.get(order % deleted.len().max(1)) else { return Ok(()) };
            let data = format!("restore_order:{id}");
            let message = self.new_message();
            return self.press(ADMIN, ADMIN, message, &data);
        }
        if what > 3 {
            let closed: Vec<_> =
                self.orders().into_iter().filter(|order| order.status == OrderStatus::Closed).collect();
            let Some(row) = closed.get(order % closed.len().max(1)) else { return Ok(()) };
            return if what == 4 { self.correct(row.id) } else { self.repeat(row) };
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

    /// Corrects total and materials of a closed order. What is impossible is refused.
    fn correct(&mut self, order: OrderId) -> Result<(), TestCaseError> {
        self.say(ADMIN, ADMIN, "/cancel")?;
        for (field, amount) in [("total", "9000,50"), ("materials", "2500")] {
            let message = self.new_message();
            self.press(ADMIN, ADMIN, message, &format!("correct_field:{order}:{field}"))?;
            self.say(ADMIN, ADMIN, amount)?;
        }
        let corrected = self.orders().into_iter().find(|row| row.id == order);
        let total = corrected.and_then(|row| row.total);
        prop_assert!(total.is_none_or(|total| total.0 == 900_050), "{} has {:?}", order, total);
        self.say(ADMIN, ADMIN, "/cancel")
    }

    /// Makes a new order for the client of a closed one.
    fn repeat(&mut self, closed: &Order) -> Result<(), TestCaseError> {
        self.say(ADMIN, ADMIN, "/cancel")?;
        let (before, message) = (self.orders().len(), self.new_message());
        self.press(ADMIN, ADMIN, message, &format!("repeat_order:{}", closed.id))?;
        self.say(ADMIN, ADMIN, "Снова сломалось")?;
        let orders = self.orders();
        prop_assert_eq!(orders.len(), before + 1);
        let made = &orders[before];
        prop_assert_eq!(made.repeat_of, Some(closed.id));
        prop_assert_eq!(&made.client_phone, &closed.client_phone);
        self.say(ADMIN, ADMIN, "/cancel")
    }
}
