//! The open orders as the scheduled jobs look at them: by the index of their status, without what only a card shows.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use diesel::prelude::*;

use super::outbox::ID_CHUNK;
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::{Error, Result};
use crate::db::schema::{order_status_history as history, orders};
use crate::db::time;
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::status::OrderStatus;
use crate::domain::visit::VisitWindow;

/// An open order that is not deleted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct OpenOrder {
    pub(crate) id: OrderId,
    pub(crate) status: OrderStatus,
    pub(crate) master: Option<MasterId>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) visit: Option<VisitWindow>,
    pub(crate) promised_date: Option<NaiveDate>,
}

/// Since when an order is in its status.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct StatusStay {
    /// The change that began it; `None` for an adopted order without history.
    pub(crate) change: Option<i64>,
    pub(crate) since: DateTime<Utc>,
}

impl StatusStay {
    /// Returns a text that no other stay of the order has.
    pub(crate) fn name(self) -> String {
        self.change.map_or_else(|| "0".to_owned(), |change| change.to_string())
    }
}

/// Returns the open orders, oldest first.
pub(crate) fn list_open_orders(conn: &mut AnyConnection) -> Result<Vec<OpenOrder>> {
    type Visit = (Option<NaiveDateTime>, Option<NaiveDateTime>);
    type Row = (i64, String, Option<i64>, NaiveDateTime, Visit, Option<NaiveDate>);
    let open: Vec<_> =
        OrderStatus::ALL.into_iter().filter(|status| status.is_open()).map(OrderStatus::as_str).collect();
    let rows: Vec<Row> = on_each!(conn, |c| orders::table
        .filter(orders::status.eq_any(open))
        .filter(orders::deleted_at.is_null())
        .select((
            orders::id,
            orders::status,
            orders::assigned_master_id,
            orders::created_at,
            (orders::visit_from, orders::visit_until),
            orders::promised_date,
        ))
        .load(c))?;
    let order = |(id, status, master, created_at, (from, until), promised_date): Row| {
        let unreadable = |_| Error::Unreadable { table: "orders", column: "status", value: status.clone() };
        Ok(OpenOrder {
            id: OrderId(id),
            status: status.parse().map_err(unreadable)?,
            master: master.map(MasterId),
            created_at: time::from_stored(created_at),
            visit: from.map(|from| VisitWindow {
                from: time::from_stored(from),
                until: until.map(time::from_stored),
            }),
            promised_date,
        })
    };
    let mut orders = rows.into_iter().map(order).collect::<Result<Vec<_>>>()?;
    orders.sort_unstable_by_key(|order| order.id);
    Ok(orders)
}

/// Returns since when each of the orders is in its status.
pub(crate) fn list_status_stays(
    conn: &mut AnyConnection,
    orders: &[OpenOrder],
) -> Result<HashMap<OrderId, StatusStay>> {
    let without_history = |order: &OpenOrder| StatusStay { change: None, since: order.created_at };
    let mut stays: HashMap<_, _> = orders.iter().map(|order| (order.id, without_history(order))).collect();
    for chunk in orders.chunks(ID_CHUNK) {
        let ids = chunk.iter().map(|order| order.id.0);
        let changes: Vec<(i64, i64, NaiveDateTime)> = on_each!(conn, |c| history::table
            .filter(history::order_id.eq_any(ids))
            .order(history::id)
            .select((history::order_id, history::id, history::changed_at))
            .load(c))?;
        for (order, change, at) in changes {
            let stay = StatusStay { change: Some(change), since: time::from_stored(at) };
            stays.insert(OrderId(order), stay);
        }
    }
    Ok(stays)
}
