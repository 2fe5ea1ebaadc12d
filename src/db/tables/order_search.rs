//! `order_search`: the index of what is searched of the orders.
//!
//! It is derived from `orders` and never written by those who change an order. A row remembers for which `updated_at` of the
//! order it holds, and each search first brings in what is newer. So no way to change an order can forget it: neither a
//! new dialogue nor `import`.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema::{order_search, orders};
use crate::db::time;
use crate::domain::ids::{MasterId, OrderId};
use crate::domain::search::{IndexTerm, SearchWords, fold_order, index_grams};
use crate::domain::status::OrderStatus;

/// How far behind the newest row of the index a change may be committed: longer than a transaction may take.
const MARGIN: TimeDelta = TimeDelta::minutes(10);
/// The most changed orders that a search brings in. There are more only after a migration or an import.
const MAX_CHANGED: i64 = 300;
/// So many of the newest orders are compared without the index. Words that many orders have are found there, and the index
/// is asked only for rare ones.
const NEWEST: i64 = 2_000;

/// Brings the index up to the changes since its newest row.
pub(crate) fn index_changed_orders(conn: &mut AnyConnection, now: DateTime<Utc>) -> Result<()> {
    let newest: Option<NaiveDateTime> =
        on_each!(conn, |c| order_search::table.select(max(order_search::order_updated_at)).get_result(c))?;
    // A clock that was ahead must not hide what changes from now on.
    let since = newest.map(|newest| newest.min(time::to_stored(now)) - MARGIN).unwrap_or_default();
    let changed: Vec<IndexState> = on_each!(conn, |c| orders::table
        .left_join(order_search::table)
        .filter(orders::updated_at.gt(since))
        .order(orders::updated_at.desc())
        .limit(MAX_CHANGED)
        .select(index_state!())
        .load(c))?;
    index_orders(conn, &stale_orders(&changed))
}

/// Returns which orders are not indexed as they are, among the next older ones than `below`, and where to continue.
pub fn list_stale_orders(
    conn: &mut AnyConnection,
    below: OrderId,
    limit: i64,
) -> Result<(Vec<OrderId>, Option<OrderId>)> {
    let checked: Vec<IndexState> = on_each!(conn, |c| orders::table
        .left_join(order_search::table)
        .filter(orders::id.lt(below.0))
        .order(orders::id.desc())
        .limit(limit)
        .select(index_state!())
        .load(c))?;
    let next = checked.last().map(|(id, ..)| OrderId(*id));
    Ok((stale_orders(&checked), next))
}

/// Whether the oldest order is indexed, and so all of them: the index is filled from the newest on.
pub(crate) fn is_complete(conn: &mut AnyConnection) -> Result<bool> {
    let oldest: Option<i64> =
        on_each!(conn, |c| orders::table.select(diesel::dsl::min(orders::id)).get_result(c))?;
    let Some(oldest) = oldest else { return Ok(true) };
    let found: Option<i64> = on_each!(conn, |c| order_search::table
        .find(oldest)
        .select(order_search::order_id)
        .get_result(c)
        .optional())?;
    Ok(found.is_some())
}

/// An order, when it was changed, and the change for which it is indexed.
type IndexState = (i64, NaiveDateTime, Option<NaiveDateTime>);

macro_rules! index_state {
    () => {
        (orders::id, orders::updated_at, order_search::order_updated_at.nullable())
    };
}
use index_state;

fn stale_orders(states: &[IndexState]) -> Vec<OrderId> {
    let is_stale = |(_, changed, indexed): &&IndexState| *indexed != Some(*changed);
    states.iter().filter(is_stale).map(|(id, ..)| OrderId(*id)).collect()
}

/// What is searched of an order.
#[derive(Queryable, Selectable)]
#[diesel(table_name = orders)]
struct SearchedRow {
    id: i64,
    client_name: String,
    client_address: String,
    description: String,
    equipment_type: String,
    client_phone: String,
    updated_at: NaiveDateTime,
}

/// Indexes orders as they are now.
pub fn index_orders(conn: &mut AnyConnection, ids: &[OrderId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    // In one order, so that two transactions do not wait for each other.
    let rows: Vec<SearchedRow> = on_each!(conn, |c| orders::table
        .filter(orders::id.eq_any(ids))
        .order(orders::id)
        .select(SearchedRow::as_select())
        .load(c))?;
    for row in rows {
        let texts = [&*row.client_name, &row.client_address, &row.description, &row.equipment_type];
        upsert_folded(conn, row.id, &fold_order(&texts, &row.client_phone), row.updated_at)?;
    }
    Ok(())
}

fn upsert_folded(conn: &mut AnyConnection, id: i64, folded: &str, updated_at: NaiveDateTime) -> Result<()> {
    let known: Option<String> = on_each!(conn, |c| order_search::table
        .find(id)
        .select(order_search::folded)
        .get_result(c)
        .optional())?;
    if known.as_deref() == Some(folded) {
        on_each!(conn, |c| diesel::update(order_search::table.find(id))
            .set(order_search::order_updated_at.eq(updated_at))
            .execute(c))?;
        return Ok(());
    }
    let grams = joined(&index_grams(folded), " ");
    match conn {
        AnyConnection::Sqlite(c) => {
            diesel::replace_into(order_search::table)
                .values((
                    order_search::order_id.eq(id),
                    order_search::folded.eq(folded),
                    order_search::order_updated_at.eq(updated_at),
                ))
                .execute(c)?;
            diesel::sql_query("INSERT OR REPLACE INTO order_search_grams (rowid, grams) VALUES (?, ?)")
                .bind::<BigInt, _>(id)
                .bind::<Text, _>(grams)
                .execute(c)?;
        }
        AnyConnection::Pg(c) => {
            diesel::sql_query(
                "INSERT INTO order_search (order_id, folded, order_updated_at, grams)
                 VALUES ($1, $2, $3, array_to_tsvector(string_to_array($4, ' ')))
                 ON CONFLICT (order_id) DO UPDATE SET folded = excluded.folded,
                    order_updated_at = excluded.order_updated_at, grams = excluded.grams",
            )
            .bind::<BigInt, _>(id)
            .bind::<Text, _>(folded)
            .bind::<Timestamp, _>(updated_at)
            .bind::<Text, _>(grams)
            .execute(c)?;
        }
    }
    Ok(())
}

fn joined(parts: &BTreeSet<String>, separator: &str) -> String {
    parts.iter().map(String::as_str).collect::<Vec<_>>().join(separator)
}

/// Returns the newest orders that have all words, up to `limit`.
pub(crate) fn find_orders(
    conn: &mut AnyConnection,
    words: &SearchWords,
    limit: usize,
) -> Result<Vec<OrderId>> {
    let newest: Option<i64> =
        on_each!(conn, |c| order_search::table.select(max(order_search::order_id)).get_result(c))?;
    let floor = newest.unwrap_or_default() - NEWEST;
    let is_indexed = matches!(conn, AnyConnection::Pg(_)) || fts5_query(&words.index_terms()).is_some();
    // Without a term for the index all rows are compared.
    let floor = if is_indexed { floor } else { 0 };
    let mut found = find_above(conn, words, floor, limit)?;
    if is_indexed && found.len() < limit {
        found.extend(find_in_index(conn, words, floor, limit - found.len())?);
    }
    Ok(found.into_iter().map(OrderId).collect())
}

/// Returns the newest orders of a master that have all words, up to `limit`; none of those that the master sees no more.
pub(crate) fn find_orders_of_master(
    conn: &mut AnyConnection,
    master: MasterId,
    words: &SearchWords,
    limit: usize,
) -> Result<Vec<OrderId>> {
    let ids: Vec<i64> = on_each!(conn, |c| {
        let mut query = orders::table
            .inner_join(order_search::table)
            .filter(orders::assigned_master_id.eq(master.0))
            .filter(orders::deleted_at.is_null())
            .filter(orders::status.ne(OrderStatus::Refused.as_str()))
            .into_boxed();
        for word in words.words() {
            query = query.filter(order_search::folded.like(format!("%{word}%")));
        }
        query.order(orders::id.desc()).limit(as_limit(limit)).select(orders::id).load(c)
    })?;
    Ok(ids.into_iter().map(OrderId).collect())
}

fn find_above(conn: &mut AnyConnection, words: &SearchWords, floor: i64, limit: usize) -> Result<Vec<i64>> {
    Ok(on_each!(conn, |c| {
        let mut query = order_search::table
            .inner_join(orders::table)
            .filter(order_search::order_id.gt(floor))
            .filter(orders::deleted_at.is_null())
            .into_boxed();
        for word in words.words() {
            query = query.filter(order_search::folded.like(format!("%{word}%")));
        }
        query
            .order(order_search::order_id.desc())
            .limit(as_limit(limit))
            .select(order_search::order_id)
            .load(c)
    })?)
}

#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Finds older orders by the index.
fn find_in_index(
    conn: &mut AnyConnection,
    words: &SearchWords,
    floor: i64,
    limit: usize,
) -> Result<Vec<i64>> {
    let terms = words.index_terms();
    let rows: Vec<FoundRow> = match conn {
        AnyConnection::Sqlite(c) => {
            let conditions = " AND instr(s.folded, ?) > 0".repeat(words.words().len());
            // The table of the index returns its rows by descending id without sorting them.
            let sql = format!(
                "SELECT s.order_id AS id FROM order_search_grams g
                    CROSS JOIN order_search s ON s.order_id = g.rowid
                    CROSS JOIN orders o ON o.id = s.order_id AND o.deleted_at IS NULL
                 WHERE order_search_grams MATCH ? AND g.rowid <= ?{conditions}
                 ORDER BY g.rowid DESC LIMIT {limit}"
            );
            let mut query = diesel::sql_query(sql)
                .into_boxed()
                .bind::<Text, _>(fts5_query(&terms).unwrap_or_default())
                .bind::<BigInt, _>(floor);
            for word in words.words() {
                query = query.bind::<Text, _>(word.clone());
            }
            query.load(c)?
        }
        AnyConnection::Pg(c) => {
            let conditions: Vec<String> =
                (3..3 + words.words().len()).map(|n| format!(" AND position(${n} IN folded) > 0")).collect();
            let conditions = conditions.concat();
            // Sorted by an expression: the planner would otherwise read the table by id and compare every row.
            let sql = format!(
                "SELECT order_id AS id FROM order_search JOIN orders ON id = order_id AND deleted_at IS NULL
                 WHERE grams @@ $1::tsquery AND order_id <= $2{conditions}
                 ORDER BY -order_id LIMIT {limit}"
            );
            let mut query =
                diesel::sql_query(sql).into_boxed().bind::<Text, _>(tsquery(&terms)).bind::<BigInt, _>(floor);
            for word in words.words() {
                query = query.bind::<Text, _>(word.clone());
            }
            query.load(c)?
        }
    };
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Returns what to ask the index of SQLite; `None` when no term can be asked for. FTS5 knows fewer letters than Rust: a term
/// with a vowel sign or a circled letter is several tokens to it, a phrase, which an index without positions refuses. So
/// only terms in scripts are asked for whose letters both know, and the folded texts decide as always.
fn fts5_query(terms: &[IndexTerm]) -> Option<String> {
    let shared = terms.iter().filter_map(|term| match term {
        IndexTerm::Gram(gram) => gram.chars().all(is_letter_to_fts5).then(|| format!("\"{gram}\"")),
        IndexTerm::Prefix(prefix) => prefix.chars().all(is_letter_to_fts5).then(|| format!("\"{prefix}\" *")),
    });
    let shared: Vec<_> = shared.collect();
    (!shared.is_empty()).then(|| shared.join(" "))
}

/// Whether a letter or digit is one to FTS5 as well: Latin, Greek and Cyrillic, without the combining marks.
fn is_letter_to_fts5(letter: char) -> bool {
    letter < '\u{526}' && !('\u{300}'..='\u{36f}').contains(&letter)
}

fn tsquery(terms: &[IndexTerm]) -> String {
    let term = |term: &IndexTerm| match term {
        IndexTerm::Gram(gram) => format!("'{gram}'"),
        IndexTerm::Prefix(prefix) => format!("'{prefix}':*"),
    };
    terms.iter().map(term).collect::<Vec<_>>().join(" & ")
}

fn as_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
