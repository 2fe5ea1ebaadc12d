//! `orders`: no order is lost, whatever stands in it.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::cell::Cell;
use super::convert::{self, Read};
use super::logs;
use super::people::phone_of;
use super::report::{Aside, Mend};
use super::source::{Row, Table};
use super::work::Work;
use crate::db::error::Result;
use crate::db::schema::orders;
use crate::domain::status::OrderStatus;

pub(super) const ORDERS: &str = "orders";
pub(super) const COLUMNS: [&str; 18] = [
    "id",
    "equipment_type",
    "description",
    "client_name",
    "client_address",
    "client_phone",
    "status",
    "assigned_master_id",
    "dispatcher_id",
    "notes",
    "scheduled_time",
    "total_amount",
    "materials_cost",
    "master_profit",
    "company_profit",
    "has_review",
    "created_at",
    "updated_at",
];
/// The columns of money, in this order everywhere.
pub(super) const MONEY: [&str; 4] = ["total_amount", "materials_cost", "master_profit", "company_profit"];

#[derive(Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
struct NewOrder {
    id: i64,
    equipment_type: String,
    description: String,
    client_name: String,
    client_address: String,
    client_phone: String,
    status: &'static str,
    assigned_master_id: Option<i64>,
    dispatcher_id: Option<i64>,
    notes: Option<String>,
    scheduled_time: Option<String>,
    total_amount: Option<i64>,
    materials_cost: Option<i64>,
    master_profit: Option<i64>,
    company_profit: Option<i64>,
    has_review: Option<bool>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

/// What happened to the money of one column, in kopecks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Flow {
    /// Each amount rounded.
    sum_in: i64,
    /// By how much rounding changed the sum.
    rounded: f64,
    pub(super) set_aside: i64,
    mended: i64,
}

impl Flow {
    /// Adds an old amount; `kopecks` is what it was read as.
    #[allow(clippy::cast_precision_loss, reason = "amounts are far below 2^53 kopecks")]
    fn add(&mut self, cell: &Cell, kopecks: i64) {
        self.sum_in += kopecks;
        if let Cell::Real(roubles) = cell
            && roubles.is_finite()
            && kopecks != 0
        {
            self.rounded += kopecks as f64 - roubles * 100.0;
        }
    }

    /// What the old column adds up to, as whoever adds it up there sees it, and by how much rounding and mending changed that.
    #[allow(clippy::cast_possible_truncation, reason = "half a kopeck for each order at the most")]
    pub(super) fn sums(&self) -> (i64, i64) {
        let rounded = self.rounded.round() as i64;
        (self.sum_in - rounded, self.mended + rounded)
    }
}

/// Copies the orders; the people must be there.
pub(super) fn copy(c: &mut SqliteConnection, table: &Table, work: &mut Work<'_>) -> Result<()> {
    table.read(c, COLUMNS, |c, rows| {
        work.step("orders", rows.len());
        let new: Vec<NewOrder> = rows.into_iter().filter_map(|row| order(row, table, work)).collect();
        diesel::insert_into(orders::table).values(&new).execute(c)?;
        Ok(())
    })?;
    logs::keep_counter(c, ORDERS, table)
}

fn order(row: Row<18>, table: &Table, work: &mut Work<'_>) -> Option<NewOrder> {
    let Row { rowid, is_deleted, cells } = row;
    let [id, equipment, description, client_name, address, phone, status, master, dispatcher, ..] = &cells;
    let [.., notes, scheduled, total, materials, of_master, of_company, review, created, updated] = &cells;
    if is_deleted {
        let shown = id.int().unwrap_or(rowid);
        for (flow, cell) in work.money.iter_mut().zip([total, materials, of_master, of_company]) {
            let (Read::Plain(amount) | Read::Mended(amount)) = convert::kopecks(cell) else { continue };
            flow.add(cell, amount.unwrap_or_default());
            flow.set_aside += amount.unwrap_or_default();
        }
        work.tally.set_aside(Aside::Deleted, ORDERS, shown);
        return None;
    }
    let old = id.int();
    let id = work.number(id, rowid, table, ORDERS);
    work.orders.entry(old.unwrap_or(id)).or_insert(id);
    let assigned_master_id = work.master(master, ORDERS, id);
    let status = status_of(status, assigned_master_id.is_some(), id, work);
    let assigned_master_id = match assigned_master_id {
        None if status.has_master() => {
            work.tally.mend(Mend::NoMaster, ORDERS, id);
            Some(work.nobody())
        }
        found => found,
    };
    let [total_amount, materials_cost, master_profit, company_profit] =
        money([total, materials, of_master, of_company], id, work);
    // An order without a time of its own was made when it was last changed.
    let last_known = |cell: &Cell| match convert::time(cell) {
        Read::Plain(time) | Read::Mended(time) => Some(time),
        Read::Unreadable => None,
    };
    let created_at = work.time(created, last_known(updated), ORDERS, id);
    Some(NewOrder {
        id,
        equipment_type: work.text(equipment, ORDERS, id),
        description: work.text(description, ORDERS, id),
        client_name: work.text(client_name, ORDERS, id),
        client_address: work.text(address, ORDERS, id),
        client_phone: phone_of(phone, ORDERS, id, work),
        status: status.as_str(),
        assigned_master_id,
        dispatcher_id: work.person(dispatcher, ORDERS, id),
        notes: work.optional(notes, ORDERS, id),
        scheduled_time: scheduled_time(scheduled, id, work),
        total_amount,
        materials_cost,
        master_profit,
        company_profit,
        has_review: work.flag(review, ORDERS, id),
        created_at,
        updated_at: work.time(updated, Some(created_at), ORDERS, id),
    })
}

/// The old bot knew statuses that we do not: such an order goes where somebody looks at it and nothing is lost by it.
fn status_of(cell: &Cell, has_master: bool, id: i64, work: &mut Work<'_>) -> OrderStatus {
    let text = cell.text().unwrap_or_default();
    match convert::status(&text) {
        Some(status) => {
            if status.as_str() != text || !cell.is_plain_text() {
                work.tally.mend(Mend::StatusName, ORDERS, id);
            }
            status
        }
        None => {
            work.tally.mend(Mend::UnknownStatus, ORDERS, id);
            if has_master { OrderStatus::Assigned } else { OrderStatus::New }
        }
    }
}

fn scheduled_time(cell: &Cell, id: i64, work: &mut Work<'_>) -> Option<String> {
    let time = work.optional(cell, ORDERS, id)?;
    if time.trim().is_empty() {
        work.tally.mend(Mend::EmptyTime, ORDERS, id);
        return None;
    }
    if (work.options.is_skip_label)(&time) {
        work.tally.mend(Mend::SkipLabel, ORDERS, id);
        return None;
    }
    Some(time)
}

/// The four amounts as the new schema takes them: nothing below zero, materials within the total, shares that are net.
fn money(cells: [&Cell; 4], id: i64, work: &mut Work<'_>) -> [Option<i64>; 4] {
    let read = cells.map(|cell| match convert::kopecks(cell) {
        Read::Plain(amount) => amount,
        Read::Mended(amount) => {
            work.tally.mend(Mend::KopeckFractions, ORDERS, id);
            amount
        }
        Read::Unreadable => {
            work.tally.mend(Mend::BadMoney, ORDERS, id);
            None
        }
    });
    let [mut total, mut materials, master, mut company] = read;
    for amount in [&mut total, &mut materials] {
        if amount.is_some_and(|amount| amount < 0) {
            work.tally.mend(Mend::NegativeMoney, ORDERS, id);
            *amount = None;
        }
    }
    if total.zip(materials).is_some_and(|(total, materials)| materials > total) {
        work.tally.mend(Mend::MaterialsOverTotal, ORDERS, id);
        materials = None;
    }
    if let (Some(total), Some(materials), Some(master), Some(had)) = (total, materials, master, company) {
        let rest = total - materials - master;
        // Each of the four was rounded by half a kopeck at the most.
        match (rest - had).abs() {
            0 => {}
            1 | 2 => work.tally.mend(Mend::SharesRounded, ORDERS, id),
            _ => work.tally.mend(Mend::SharesOff, ORDERS, id),
        }
        company = Some(rest);
    }
    let now = [total, materials, master, company];
    for ((flow, cell), (before, after)) in work.money.iter_mut().zip(cells).zip(read.into_iter().zip(now)) {
        flow.add(cell, before.unwrap_or_default());
        flow.mended += after.unwrap_or_default() - before.unwrap_or_default();
    }
    now
}
