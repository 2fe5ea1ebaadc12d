//! `rates`: how money is shared, for all types of equipment and for single ones.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::{orders, rates};
use crate::db::time;
use crate::domain::ids::{EquipmentTypeId, OrderId};
use crate::domain::money::Kopecks;
use crate::domain::rates::Rates;

#[derive(AsChangeset, Insertable, Queryable, Selectable)]
#[diesel(table_name = rates)]
struct RatesRow {
    threshold: i64,
    percent_below: i32,
    percent_from: i32,
    review_bonus: i32,
    out_of_city_bonus: i32,
    senior_floor: i32,
    cap: i32,
}

impl From<RatesRow> for Rates {
    fn from(row: RatesRow) -> Self {
        Self {
            threshold: Kopecks(row.threshold),
            percent_below: row.percent_below,
            percent_from: row.percent_from,
            review_bonus: row.review_bonus,
            out_of_city_bonus: row.out_of_city_bonus,
            senior_floor: row.senior_floor,
            cap: row.cap,
        }
    }
}

impl From<&Rates> for RatesRow {
    fn from(rates: &Rates) -> Self {
        Self {
            threshold: rates.threshold.0,
            percent_below: rates.percent_below,
            percent_from: rates.percent_from,
            review_bonus: rates.review_bonus,
            out_of_city_bonus: rates.out_of_city_bonus,
            senior_floor: rates.senior_floor,
            cap: rates.cap,
        }
    }
}

/// The row of one type, or that of all types.
macro_rules! row_of {
    ($kind:expr) => {{
        let kind: Option<i64> = $kind.map(|kind| kind.0);
        // `IS NOT DISTINCT FROM` in terms of both backends.
        let of_all = rates::equipment_type_id.is_null().and(kind.is_none().into_sql::<Bool>());
        rates::table.filter(rates::equipment_type_id.eq(kind).or(of_all))
    }};
}

/// Returns the rates that are set for a type, or for all types.
pub(crate) fn find_rates(conn: &mut AnyConnection, kind: Option<EquipmentTypeId>) -> Result<Option<Rates>> {
    let row: Option<RatesRow> =
        on_each!(conn, |c| row_of!(kind).select(RatesRow::as_select()).get_result(c).optional())?;
    Ok(row.map(Rates::from))
}

/// Returns the types that have rates of their own.
pub(crate) fn list_types_with_rates(conn: &mut AnyConnection) -> Result<Vec<EquipmentTypeId>> {
    let ids: Vec<Option<i64>> = on_each!(conn, |c| rates::table.select(rates::equipment_type_id).load(c))?;
    Ok(ids.into_iter().flatten().map(EquipmentTypeId).collect())
}

/// Returns the type of an order, if it is one of the list.
pub(crate) fn find_type_of_order(conn: &mut AnyConnection, id: OrderId) -> Result<Option<EquipmentTypeId>> {
    let order = orders::table.find(id.0).select(orders::equipment_type_id);
    let kind: Option<Option<i64>> = on_each!(conn, |c| order.first(c).optional())?;
    Ok(kind.flatten().map(EquipmentTypeId))
}

/// Makes other transactions that change rates wait until this one ends. SQLite has only one writer and needs no lock.
pub(crate) fn lock_rates(conn: &mut AnyConnection) -> Result<()> {
    if let AnyConnection::Pg(c) = conn {
        c.batch_execute("LOCK TABLE rates IN SHARE ROW EXCLUSIVE MODE")?;
    }
    Ok(())
}

/// Sets the rates of a type, or of all types. The caller holds the lock.
pub(crate) fn store_rates(
    conn: &mut AnyConnection,
    kind: Option<EquipmentTypeId>,
    new: &Rates,
    now: DateTime<Utc>,
) -> Result<()> {
    let updated_at = rates::updated_at.eq(time::to_stored(now));
    let updated =
        on_each!(conn, |c| diesel::update(row_of!(kind)).set((RatesRow::from(new), updated_at)).execute(c))?;
    if updated == 0 {
        let kind = rates::equipment_type_id.eq(kind.map(|kind| kind.0));
        on_each!(conn, |c| diesel::insert_into(rates::table)
            .values((kind, RatesRow::from(new), updated_at))
            .execute(c))?;
    }
    Ok(())
}

/// Deletes the rates of a type, or of all types; `false` when there were none.
pub(crate) fn delete_rates(conn: &mut AnyConnection, kind: Option<EquipmentTypeId>) -> Result<bool> {
    Ok(on_each!(conn, |c| diesel::delete(row_of!(kind)).execute(c))? > 0)
}
