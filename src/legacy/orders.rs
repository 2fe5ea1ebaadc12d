//! `orders`: no order is lost, whatever its values are.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::context::ImportContext;
use super::convert::parsed::ParsedValue;
use super::convert::{money, names};
use super::history;
use super::later_columns::{LaterColumns, LaterValues};
use super::report::Repair;
use super::source::{LegacyRow, LegacyTable};
use super::value::LegacyValue;
use crate::db::error::Result;
use crate::db::schema::orders;
use crate::domain::status::OrderStatus;

pub(super) const ORDERS: &str = "orders";
pub(super) const ORDER_COLUMNS: [&str; 26] = [
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
    "deleted_at",
    // Of later versions, as in `later_columns`.
    "refuse_reason",
    "estimated_completion_date",
    "prepayment_amount",
    "out_of_city",
    "rescheduled_count",
    "last_rescheduled_at",
    "reschedule_reason",
];
/// The amounts, in this order everywhere.
pub(super) const MONEY_COLUMNS: [&str; 4] =
    ["total_amount", "materials_cost", "master_profit", "company_profit"];

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
    promised_date: Option<NaiveDate>,
    prepayment: Option<i64>,
    refuse_reason: Option<String>,
    out_of_city: Option<bool>,
    reschedule_count: i32,
    deleted_at: Option<NaiveDateTime>,
}

/// Copies the orders, after the users and masters.
pub(super) fn copy_orders(
    c: &mut SqliteConnection,
    table: &LegacyTable,
    context: &mut ImportContext<'_>,
) -> Result<()> {
    table.for_each_page(c, ORDER_COLUMNS, |c, rows| {
        context.start_batch("orders", rows.len());
        let new: Vec<NewOrder> = rows.into_iter().map(|row| convert_order(row, table, context)).collect();
        diesel::insert_into(orders::table).values(&new).execute(c)?;
        Ok(())
    })?;
    history::keep_counter(c, ORDERS, table)
}

fn convert_order(row: LegacyRow<26>, table: &LegacyTable, context: &mut ImportContext<'_>) -> NewOrder {
    let LegacyRow { rowid, is_deleted, values } = row;
    let [id, equipment, description, client_name, address, phone, status, master, dispatcher, ..] = &values;
    let [
        ..,
        notes,
        scheduled,
        total,
        materials,
        of_master,
        of_company,
        review,
        created,
        updated,
        deleted_at,
        _,
        _,
        _,
        _,
        _,
        _,
        _,
    ] = &values;
    let [.., reason, promised, prepayment, out_of_city, reschedules, rescheduled_at, reschedule_reason] =
        &values;
    let later = LaterColumns {
        reason,
        promised,
        prepayment,
        out_of_city,
        reschedules,
        rescheduled_at,
        reschedule_reason,
    };
    let old = id.as_integer();
    let id = context.assign_id(id, rowid, table, ORDERS);
    context.orders.entry(old.unwrap_or(id)).or_insert(id);
    let assigned_master_id = context.master_reference(master, ORDERS, id);
    let status = convert_status(status, assigned_master_id.is_some(), id, context);
    let assigned_master_id = match assigned_master_id {
        None if status.has_master() => {
            context.tally.record_repair(Repair::NoMaster, ORDERS, id);
            Some(context.placeholder_master_id())
        }
        found => found,
    };
    let [total_amount, materials_cost, master_profit, company_profit] =
        convert_amounts([total, materials, of_master, of_company], id, context);
    let notes = context.optional_text(notes, ORDERS, id);
    let LaterValues { notes, refuse_reason, promised_date, prepayment, out_of_city, reschedule_count } =
        later.convert(notes, ORDERS, id, context);
    // An order without a creation time was created when it was last changed.
    let created_at = context.timestamp(created, context.known_time(updated), ORDERS, id);
    let updated_at = context.timestamp(updated, Some(created_at), ORDERS, id);
    NewOrder {
        id,
        equipment_type: context.required_text(equipment, ORDERS, id),
        description: context.required_text(description, ORDERS, id),
        client_name: context.required_text(client_name, ORDERS, id),
        client_address: context.required_text(address, ORDERS, id),
        client_phone: context.phone(phone, ORDERS, id),
        status: status.as_str(),
        assigned_master_id,
        dispatcher_id: context.user_reference(dispatcher, ORDERS, id),
        notes,
        scheduled_time: convert_scheduled_time(scheduled, id, context),
        total_amount,
        materials_cost,
        master_profit,
        company_profit,
        has_review: context.optional_flag(review, ORDERS, id),
        created_at,
        updated_at,
        promised_date,
        prepayment,
        refuse_reason,
        out_of_city,
        reschedule_count,
        deleted_at: is_deleted.then(|| {
            context.tally.record_repair(Repair::DeletedOrder, ORDERS, id);
            context.known_time(deleted_at).unwrap_or(updated_at)
        }),
    }
}

/// Returns the status; an unknown one becomes an open status, where the order stays visible.
fn convert_status(
    value: &LegacyValue,
    has_master: bool,
    id: i64,
    context: &mut ImportContext<'_>,
) -> OrderStatus {
    let text = value.as_text().unwrap_or_default();
    match names::parse_status(&text) {
        Some(status) => {
            if status.as_str() != text || !value.is_plain_text() {
                context.tally.record_repair(Repair::StatusName, ORDERS, id);
            }
            status
        }
        None => {
            context.tally.record_repair(Repair::UnknownStatus, ORDERS, id);
            if has_master { OrderStatus::Assigned } else { OrderStatus::New }
        }
    }
}

fn convert_scheduled_time(value: &LegacyValue, id: i64, context: &mut ImportContext<'_>) -> Option<String> {
    let time = context.optional_text(value, ORDERS, id)?;
    if time.trim().is_empty() {
        context.tally.record_repair(Repair::EmptyTime, ORDERS, id);
        return None;
    }
    if (context.options.is_skip_label)(&time) {
        context.tally.record_repair(Repair::SkipLabel, ORDERS, id);
        return None;
    }
    Some(time)
}

/// Repairs the four amounts for the rules of the new schema: no negative amount, materials within the total, shares that
/// add up to the net amount.
fn convert_amounts(values: [&LegacyValue; 4], id: i64, context: &mut ImportContext<'_>) -> [Option<i64>; 4] {
    let read = values.map(|value| match money::parse_kopecks(value) {
        ParsedValue::Exact(amount) => amount,
        ParsedValue::Repaired(amount) => {
            context.tally.record_repair(Repair::KopeckFractions, ORDERS, id);
            amount
        }
        ParsedValue::Unreadable => {
            context.tally.record_repair(Repair::BadMoney, ORDERS, id);
            None
        }
    });
    let [mut total, mut materials, master, mut company] = read;
    for amount in [&mut total, &mut materials] {
        if amount.is_some_and(|amount| amount < 0) {
            context.tally.record_repair(Repair::NegativeMoney, ORDERS, id);
            *amount = None;
        }
    }
    if total.zip(materials).is_some_and(|(total, materials)| materials > total) {
        context.tally.record_repair(Repair::MaterialsOverTotal, ORDERS, id);
        materials = None;
    }
    if let (Some(total), Some(materials), Some(master), Some(old)) = (total, materials, master, company) {
        let rest = total - materials - master;
        // Rounding changed each of the four by half a kopeck at the most.
        match (rest - old).abs() {
            0 => {}
            1 | 2 => context.tally.record_repair(Repair::SharesRounded, ORDERS, id),
            _ => context.tally.record_repair(Repair::SharesOff, ORDERS, id),
        }
        company = Some(rest);
    }
    let repaired = [total, materials, master, company];
    for ((totals, value), (before, after)) in
        context.money.iter_mut().zip(values).zip(read.into_iter().zip(repaired))
    {
        totals.add_amount(value, before.unwrap_or_default());
        totals.repaired += after.unwrap_or_default() - before.unwrap_or_default();
    }
    repaired
}
