//! Aggregates over `orders` for the reports, in one statement each, so that all their lines are of the same moment.
//!
//! Conditions on the status stand in the counted columns only: without statistics SQLite would take the index of a status
//! with most of all orders. The statements hold times and ids of the program as literals, and no text of a user.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDateTime, Utc};
use diesel::connection::DefaultLoadingMode;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text, Timestamp};

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::orders;
use crate::db::time;
use crate::domain::figures::Figures;
use crate::domain::ids::{MasterId, OrderId, TelegramId};
use crate::domain::money::Kopecks;

/// Which orders are counted: from, and before a moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FigureFilter {
    pub(crate) from: DateTime<Utc>,
    pub(crate) until: DateTime<Utc>,
    /// Only this master's.
    pub(crate) master: Option<MasterId>,
}

/// What orders have in common that are counted together.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum FigureGrouping {
    Master,
    EquipmentType,
    Dispatcher,
    Status,
    /// Why they were refused; of all others nothing is counted.
    RefuseReason,
}

/// The figures of the orders with the same key, and the same text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct FigureGroup {
    /// The id of the master, type or dispatcher.
    pub(crate) key: Option<i64>,
    /// The status or reason.
    pub(crate) text: Option<String>,
    pub(crate) figures: Figures,
}

/// One order that was taken in or ended in the period.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct OrderFigures {
    pub(crate) order: OrderId,
    pub(crate) status: String,
    pub(crate) equipment: String,
    pub(crate) master: Option<MasterId>,
    pub(crate) dispatcher: Option<TelegramId>,
    pub(crate) created_at: DateTime<Utc>,
    /// When it was closed or refused.
    pub(crate) closed_at: Option<DateTime<Utc>>,
    /// What it adds to the figures of the period.
    pub(crate) figures: Figures,
}

/// The columns of [`FigureColumns`]: of orders by the time of their creation, and of their end.
const INTAKE: &str = "count(*) AS created, CAST(0 AS BIGINT) AS closed, CAST(0 AS BIGINT) AS refused,
     CAST(0 AS BIGINT) AS without_amounts, CAST(0 AS BIGINT) AS gross, CAST(0 AS BIGINT) AS materials,
     CAST(0 AS BIGINT) AS master_share, CAST(0 AS BIGINT) AS company_share, CAST(0 AS BIGINT) AS reviews";
const OUTCOME: &str = "CAST(0 AS BIGINT) AS created,
     count(CASE WHEN status = 'CLOSED' THEN 1 END) AS closed,
     count(CASE WHEN status = 'REFUSED' THEN 1 END) AS refused,
     count(CASE WHEN status = 'CLOSED' AND total_amount IS NULL THEN 1 END) AS without_amounts,
     CAST(coalesce(sum(CASE WHEN status = 'CLOSED' THEN total_amount END), 0) AS BIGINT) AS gross,
     CAST(coalesce(sum(CASE WHEN status = 'CLOSED' AND total_amount IS NOT NULL THEN materials_cost END), 0) AS BIGINT)
        AS materials,
     CAST(coalesce(sum(CASE WHEN status = 'CLOSED' THEN master_profit END), 0) AS BIGINT) AS master_share,
     CAST(coalesce(sum(CASE WHEN status = 'CLOSED' THEN company_profit END), 0) AS BIGINT) AS company_share,
     count(CASE WHEN status = 'CLOSED' AND has_review THEN 1 END) AS reviews";
/// Deleted orders count nowhere.
const LIVE: &str = "deleted_at IS NULL";

#[derive(QueryableByName)]
struct FigureColumns {
    #[diesel(sql_type = BigInt)]
    created: i64,
    #[diesel(sql_type = BigInt)]
    closed: i64,
    #[diesel(sql_type = BigInt)]
    refused: i64,
    #[diesel(sql_type = BigInt)]
    without_amounts: i64,
    #[diesel(sql_type = BigInt)]
    gross: i64,
    #[diesel(sql_type = BigInt)]
    materials: i64,
    #[diesel(sql_type = BigInt)]
    master_share: i64,
    #[diesel(sql_type = BigInt)]
    company_share: i64,
    #[diesel(sql_type = BigInt)]
    reviews: i64,
}

impl From<FigureColumns> for Figures {
    fn from(row: FigureColumns) -> Self {
        Self {
            created: row.created,
            closed: row.closed,
            refused: row.refused,
            without_amounts: row.without_amounts,
            gross: Kopecks(row.gross),
            materials: Kopecks(row.materials),
            net: Kopecks(row.gross.saturating_sub(row.materials)),
            master_share: Kopecks(row.master_share),
            company_share: Kopecks(row.company_share),
            reviews: row.reviews,
        }
    }
}

#[derive(QueryableByName)]
struct GroupRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    key: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    text: Option<String>,
    #[diesel(embed)]
    figures: FigureColumns,
}

#[derive(QueryableByName)]
struct OrderFiguresRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    equipment_type: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    assigned_master_id: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    dispatcher_id: Option<i64>,
    #[diesel(sql_type = Timestamp)]
    created_at: NaiveDateTime,
    #[diesel(sql_type = Nullable<Timestamp>)]
    closed_at: Option<NaiveDateTime>,
    #[diesel(embed)]
    figures: FigureColumns,
}

impl From<OrderFiguresRow> for OrderFigures {
    fn from(row: OrderFiguresRow) -> Self {
        Self {
            order: OrderId(row.id),
            status: row.status,
            equipment: row.equipment_type,
            master: row.assigned_master_id.map(MasterId),
            dispatcher: row.dispatcher_id.map(TelegramId),
            created_at: time::from_stored(row.created_at),
            closed_at: row.closed_at.map(time::from_stored),
            figures: row.figures.into(),
        }
    }
}

impl FigureGrouping {
    /// The two expressions by which orders are grouped: key and text.
    fn columns(self) -> (&'static str, &'static str) {
        const NO_KEY: &str = "CAST(NULL AS BIGINT)";
        const NO_TEXT: &str = "CAST(NULL AS TEXT)";
        match self {
            Self::Master => ("assigned_master_id", NO_TEXT),
            Self::EquipmentType => ("equipment_type_id", NO_TEXT),
            Self::Dispatcher => ("dispatcher_id", NO_TEXT),
            Self::Status => (NO_KEY, "status"),
            Self::RefuseReason => (NO_KEY, "refuse_reason"),
        }
    }
}

impl FigureFilter {
    fn condition(&self, conn: &AnyConnection, column: &str) -> String {
        let (from, until) = (time_literal(conn, self.from), time_literal(conn, self.until));
        // The sign keeps SQLite from taking the index of the master's orders.
        let master = self.master.map(|id| format!(" AND +assigned_master_id = {}", id.0)).unwrap_or_default();
        format!("{LIVE} AND {column} >= {from} AND {column} < {until}{master}")
    }
}

/// Returns a moment as the database stores it.
fn time_literal(conn: &AnyConnection, moment: DateTime<Utc>) -> String {
    let stored = time::to_stored(moment).format("%F %T%.f");
    match conn {
        AnyConnection::Sqlite(_) => format!("'{stored}'"),
        AnyConnection::Pg(_) => format!("TIMESTAMP '{stored}'"),
    }
}

/// Returns the figures of each group that has any, in no order.
pub(crate) fn sum_figures(
    conn: &mut AnyConnection,
    grouping: FigureGrouping,
    filter: FigureFilter,
) -> Result<Vec<FigureGroup>> {
    let (key, text) = grouping.columns();
    let ended = filter.condition(conn, "closed_at");
    let outcome = |filter: &str| {
        format!(
            "SELECT {key} AS key, {text} AS text, {OUTCOME} FROM orders WHERE {ended}{filter} GROUP BY 1, 2"
        )
    };
    let query = if grouping == FigureGrouping::RefuseReason {
        outcome(" AND status || '' = 'REFUSED'")
    } else {
        let created = filter.condition(conn, "created_at");
        let intake = format!("SELECT {key}, {text}, {INTAKE} FROM orders WHERE {created} GROUP BY 1, 2");
        format!("{} UNION ALL {intake}", outcome(""))
    };
    load_groups(conn, &query)
}

/// Returns the figures of each day that has any; `key` is its place in `days`, which have each its bounds.
///
/// The bounds come from the program: the databases know time zones by other rules, or not at all, and a day of a zone is no
/// fixed number of hours.
pub(crate) fn sum_figures_by_day(
    conn: &mut AnyConnection,
    days: &[(DateTime<Utc>, DateTime<Utc>)],
    master: Option<MasterId>,
) -> Result<Vec<FigureGroup>> {
    let values: Vec<String> = (0_i64..)
        .zip(days)
        .map(|(place, (from, until))| {
            format!(
                "(CAST({place} AS BIGINT), {}, {})",
                time_literal(conn, *from),
                time_literal(conn, *until)
            )
        })
        .collect();
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let master = master.map(|id| format!(" AND +assigned_master_id = {}", id.0)).unwrap_or_default();
    // SQLite keeps the order of a CROSS JOIN: for each day a range of the index.
    let rows = |columns: &str, column: &str| {
        format!(
            "SELECT days.place AS key, CAST(NULL AS TEXT) AS text, {columns} FROM days CROSS JOIN orders
             WHERE {LIVE} AND {column} >= days.first AND {column} < days.next{master} GROUP BY days.place"
        )
    };
    let query = format!(
        "WITH days (place, first, next) AS (VALUES {}) {} UNION ALL {}",
        values.join(", "),
        rows(INTAKE, "created_at"),
        rows(OUTCOME, "closed_at"),
    );
    load_groups(conn, &query)
}

/// Loads both halves of groups and puts them together.
fn load_groups(conn: &mut AnyConnection, query: &str) -> Result<Vec<FigureGroup>> {
    let rows: Vec<GroupRow> = on_each!(conn, |c| diesel::sql_query(query).load(c))?;
    let mut groups: Vec<FigureGroup> = Vec::new();
    let mut places = HashMap::new();
    for GroupRow { key, text, figures } in rows {
        let place = *places.entry((key, text.clone())).or_insert(groups.len());
        if place == groups.len() {
            groups.push(FigureGroup { key, text, figures: Figures::default() });
        }
        groups[place].figures += figures.into();
    }
    groups.retain(|group| !group.figures.is_empty());
    Ok(groups)
}

/// Calls `each` for every order that was created or ended in the period, by number, without having all of them in memory.
pub(crate) fn for_each_order(
    conn: &mut AnyConnection,
    filter: FigureFilter,
    mut each: impl FnMut(OrderFigures) -> Result<()>,
) -> Result<()> {
    let (created, ended) = (filter.condition(conn, "created_at"), filter.condition(conn, "closed_at"));
    let within = |column: &str| {
        let (from, until) = (time_literal(conn, filter.from), time_literal(conn, filter.until));
        format!("{column} >= {from} AND {column} < {until}")
    };
    let (is_created, is_over) = (within("created_at"), within("closed_at"));
    let closed = format!("{is_over} AND status = 'CLOSED'");
    let amount = |column: &str| format!("CASE WHEN {closed} THEN coalesce({column}, 0) ELSE 0 END");
    let count = |condition: &str| format!("CAST(CASE WHEN {condition} THEN 1 ELSE 0 END AS BIGINT)");
    let query = format!(
        "SELECT id, status, equipment_type, assigned_master_id, dispatcher_id, created_at, closed_at,
             {} AS created, {} AS closed, {} AS refused, {} AS without_amounts, {} AS gross,
             CASE WHEN {closed} AND total_amount IS NOT NULL THEN coalesce(materials_cost, 0) ELSE 0 END AS materials,
             {} AS master_share, {} AS company_share, {} AS reviews
         FROM orders WHERE ({created}) OR ({ended}) ORDER BY id",
        count(&is_created),
        count(&closed),
        count(&format!("{is_over} AND status = 'REFUSED'")),
        count(&format!("{closed} AND total_amount IS NULL")),
        amount("total_amount"),
        amount("master_profit"),
        amount("company_profit"),
        count(&format!("{closed} AND has_review")),
    );
    let query = diesel::sql_query(query);
    match conn {
        AnyConnection::Sqlite(c) => {
            for row in query.load_iter::<OrderFiguresRow, DefaultLoadingMode>(c)? {
                each(row?.into())?;
            }
        }
        AnyConnection::Pg(c) => {
            for row in query.load_iter::<OrderFiguresRow, PgRowByRowLoadingMode>(c)? {
                each(row?.into())?;
            }
        }
    }
    Ok(())
}

/// Returns when the first order was created, and when the last one was created or ended; `None` without orders.
pub(crate) fn find_order_span(conn: &mut AnyConnection) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    use diesel::dsl::{max, min};
    type Span = (Option<NaiveDateTime>, Option<NaiveDateTime>, Option<NaiveDateTime>, Option<NaiveDateTime>);
    let live = || orders::table.filter(orders::deleted_at.is_null());
    // One statement each, of which the first or last entry of an index is enough.
    let span: Span = on_each!(conn, |c| (
        live().select(min(orders::created_at)).get_result(c)?,
        live().select(max(orders::created_at)).get_result(c)?,
        live().filter(orders::closed_at.is_not_null()).select(min(orders::closed_at)).get_result(c)?,
        live().filter(orders::closed_at.is_not_null()).select(max(orders::closed_at)).get_result(c)?,
    ));
    let (first_created, last_created, first_ended, last_ended) = span;
    let first = [first_created, first_ended].into_iter().flatten().min();
    let last = [last_created, last_ended].into_iter().flatten().max();
    Ok(first.zip(last).map(|(first, last)| (time::from_stored(first), time::from_stored(last))))
}
