//! What the database says after an update, read once for all checks.

use std::collections::{BTreeMap, BTreeSet};

use botctl::testing::db::schema::{order_changes, order_status_history, orders, settings, users};
use botctl::testing::db::{self, AnyConnection};
use botctl::testing::domain::{
    ChatId, Master, MasterFilter, MasterId, Order, OrderFilter, OrderStatus, TelegramId,
};
use diesel::prelude::*;

use super::play::StoredOrder;

/// The old and the new status of a step.
pub(super) type Step = (Option<String>, String);

#[derive(Default)]
pub(super) struct Facts {
    /// Those that are not deleted, oldest first.
    pub(super) orders: Vec<Order>,
    /// The deleted ones: number, name, address, phone.
    pub(super) deleted: Vec<(i64, String, String, String)>,
    /// All, deleted or not.
    pub(super) stored: Vec<StoredOrder>,
    pub(super) history: BTreeMap<i64, Vec<Step>>,
    masters: BTreeMap<MasterId, Master>,
    staff: BTreeSet<i64>,
    /// The orders whose master was told that the client waits.
    waited: BTreeSet<i64>,
    shows_address_early: bool,
}

impl Facts {
    pub(super) fn load(conn: &mut AnyConnection) -> Self {
        let all = OrderFilter { status: None, open_only: false, master: None };
        let mut listed = db::list_orders(conn, all, 0, 10_000).unwrap().0;
        listed.sort_by_key(|order| order.id);
        let deleted = orders::table
            .filter(orders::deleted_at.is_not_null())
            .order(orders::id)
            .select((orders::id, orders::client_name, orders::client_address, orders::client_phone))
            .load(conn)
            .unwrap();
        let stored = orders::table
            .order(orders::id)
            .select((orders::id, orders::status, orders::assigned_master_id))
            .load(conn)
            .unwrap();
        let masters = db::list_masters(conn, MasterFilter::All).unwrap();
        let waited: Vec<i64> = order_changes::table
            .filter(order_changes::field.eq("client_waiting"))
            .select(order_changes::order_id)
            .load(conn)
            .unwrap();
        let chosen = settings::table.find("address_from").select(settings::value);
        let address_from: Option<String> = chosen.first(conn).optional().unwrap();
        Self {
            orders: listed,
            deleted,
            stored,
            history: load_history(conn),
            masters: masters.into_iter().map(|(master, _)| (master.id, master)).collect(),
            staff: load_staff(conn),
            waited: waited.into_iter().collect(),
            shows_address_early: address_from.as_deref() == Some("assigned"),
        }
    }

    pub(super) fn history_rows(&self) -> usize {
        self.history.values().map(Vec::len).sum()
    }

    pub(super) fn master_of(&self, order: &Order) -> Option<&Master> {
        order.assigned_master.and_then(|id| self.masters.get(&id))
    }

    /// Returns some master, another one for another number.
    pub(super) fn some_master(&self, number: usize) -> &Master {
        self.masters.values().nth(number % self.masters.len()).unwrap()
    }

    pub(super) fn is_place_of(master: &Master, chat: i64) -> bool {
        chat == master.telegram_id.0 || master.work_chat == Some(ChatId(chat))
    }

    /// What a chat may know of an order's client now: (name and address, phone).
    pub(super) fn may_know(&self, chat: i64, order: &Order) -> (bool, bool) {
        if self.staff.contains(&chat) {
            return (true, true);
        }
        let is_reader = |master: &Master| Self::is_place_of(master, chat) && master.sees_orders();
        if !self.master_of(order).is_some_and(is_reader) {
            return (false, false);
        }
        // Then staff have the master call the client.
        let is_waited_for = self.waited.contains(&order.id.0);
        match order.status {
            OrderStatus::OnSite | OrderStatus::LongRepair | OrderStatus::Closed => (true, true),
            OrderStatus::Accepted => (true, is_waited_for),
            OrderStatus::Assigned => (self.shows_address_early, false),
            OrderStatus::New | OrderStatus::Refused => (false, false),
        }
    }

    /// What a chat may know of clients now. Orders of one client share it.
    pub(super) fn known_secrets(&self, chat: i64) -> BTreeSet<&str> {
        let mut known = BTreeSet::new();
        for order in &self.orders {
            let (address, phone) = self.may_know(chat, order);
            let names = [&order.client_name, &order.client_address].into_iter().filter(|_| address);
            let phone = Some(&order.client_phone).filter(|_| phone);
            known.extend(names.chain(phone).map(String::as_str));
        }
        known
    }
}

fn load_history(conn: &mut AnyConnection) -> BTreeMap<i64, Vec<Step>> {
    use order_status_history as history;
    let rows: Vec<(i64, Option<String>, String)> = history::table
        .order(history::id)
        .select((history::order_id, history::old_status, history::new_status))
        .load(conn)
        .unwrap();
    let mut by_order: BTreeMap<i64, Vec<Step>> = BTreeMap::new();
    for (order, old, new) in rows {
        by_order.entry(order).or_default().push((old, new));
    }
    by_order
}

fn load_staff(conn: &mut AnyConnection) -> BTreeSet<i64> {
    let known: Vec<i64> = users::table.select(users::telegram_id).load(conn).unwrap();
    let is_staff = |id: &i64| {
        let user = db::find_user(conn, TelegramId(*id)).unwrap();
        user.is_some_and(|user| user.roles.is_staff())
    };
    known.into_iter().filter(is_staff).collect()
}
