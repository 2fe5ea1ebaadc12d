//! What holds after each update.

use std::collections::BTreeSet;

use botctl::testing::domain::{Order, OrderStatus};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::Value;

use super::facts::Facts;
use super::looks::opened_order;
use super::play::{Play, Screen};
use crate::world::{ADMIN, GROUP, MASTER, OTHER_MASTER, STRANGER};

/// The chats that may be shown something of an order and not of another.
const WATCHED: [i64; 4] = [MASTER, OTHER_MASTER, STRANGER, GROUP];

/// The buttons of a master's steps.
const STEPS: [&str; 14] = [
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

impl Play {
    /// Nothing of a client is said to a chat that may not know it at this moment. A deleted order is for admins only.
    pub(super) fn may_be_said(&self, chat: i64, text: &str, update: &Value) -> Result<(), TestCaseError> {
        let known = self.facts.known_secrets(chat);
        let tells = |what: &String| text.contains(what) && !known.contains(what.as_str());
        for order in &self.facts.orders {
            let secrets = [&order.client_name, &order.client_address, &order.client_phone];
            prop_assert!(
                !secrets.into_iter().any(tells),
                "chat {} was told of the client of {} ({}): {:?} after {}",
                chat,
                order.id,
                order.status,
                text,
                update
            );
        }
        for (id, name, address, phone) in &self.facts.deleted {
            prop_assert!(
                chat == ADMIN || ![name, address, phone].into_iter().any(tells),
                "chat {} was told of the deleted {}: {:?} after {}",
                chat,
                id,
                text,
                update
            );
        }
        Ok(())
    }

    /// No button that is sent opens a deleted order; only admins can restore it.
    pub(super) fn offers_no_deleted_order(
        &self,
        chat: i64,
        screen: &Screen,
        update: &Value,
    ) -> Result<(), TestCaseError> {
        let is_deleted = |id: &i64| self.facts.deleted.iter().any(|(deleted, ..)| deleted == id);
        let offered = screen.buttons.iter().filter_map(|data| opened_order(data));
        let offered: Vec<i64> = offered.filter(is_deleted).collect();
        prop_assert!(
            offered.is_empty(),
            "chat {} is offered the deleted {:?} after {}",
            chat,
            offered,
            update
        );
        Ok(())
    }

    /// Checks everything after an update; `before` is what held before it.
    pub(super) fn check(&self, before: &Facts, update: &Value) -> Result<(), TestCaseError> {
        let changed = self.facts.stored.iter().filter(|now| !before.stored.contains(now)).count();
        let rows = self.facts.history_rows() - before.history_rows();
        prop_assert!(
            changed <= 1 && rows == changed,
            "{} orders changed, {} rows of history, by {}",
            changed,
            rows,
            update
        );
        self.no_screen_shows_deleted_orders(update)?;
        for order in &self.facts.orders {
            self.books_are_right(order)?;
        }
        WATCHED.into_iter().try_for_each(|chat| {
            let known = self.facts.known_secrets(chat);
            let mut orders = self.facts.orders.iter();
            orders.try_for_each(|order| self.screens_are_right(chat, &known, order, update))
        })
    }

    fn no_screen_shows_deleted_orders(&self, update: &Value) -> Result<(), TestCaseError> {
        let secrets = &self.facts.deleted;
        // Staff may have it on a screen that is no card.
        for chat in WATCHED {
            let known = self.facts.known_secrets(chat);
            for ((_, message), screen) in self.screens.range((chat, i32::MIN)..=(chat, i32::MAX)) {
                let tells = |what: &&String| screen.text.contains(*what) && !known.contains(what.as_str());
                let shown =
                    secrets.iter().find(|(_, name, address, phone)| [name, address, phone].iter().any(tells));
                prop_assert!(
                    shown.is_none(),
                    "message {} of chat {} shows the deleted {:?} after {}",
                    message,
                    chat,
                    shown,
                    update
                );
            }
        }
        Ok(())
    }

    fn books_are_right(&self, order: &Order) -> Result<(), TestCaseError> {
        let steps = &self.facts.history[&order.id.0];
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
                steps
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

    /// No remaining screen of a chat shows the client, or offers a step, to a user who has no right (any more).
    fn screens_are_right(
        &self,
        chat: i64,
        known: &BTreeSet<&str>,
        order: &Order,
        update: &Value,
    ) -> Result<(), TestCaseError> {
        let steps = STEPS.map(|verb| format!("{verb}:{}", order.id));
        // An older card of a closed order may keep its buttons: they only lead to that notice.
        let is_theirs = order.status.has_master() || order.status == OrderStatus::Closed;
        let master = self.facts.master_of(order).filter(|_| is_theirs);
        let is_place = master.is_some_and(|master| Facts::is_place_of(master, chat));
        for ((_, message), screen) in self.screens.range((chat, i32::MIN)..=(chat, i32::MAX)) {
            let secrets = [&order.client_phone, &order.client_address, &order.client_name];
            let is_unknown = |what: &String| screen.text.contains(what) && !known.contains(what.as_str());
            let shows = secrets.into_iter().any(is_unknown);
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
        Ok(())
    }
}
