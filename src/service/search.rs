//! Searching orders: staff among all, a master among their own and only by what they may see.

use chrono::{DateTime, Utc};

use super::orders::PAGE_SIZE;
use super::{Refusal, Result};
use crate::db::{self, AnyConnection, order_search, searches, settings};
use crate::domain::ids::{MasterId, OrderId, SearchId};
use crate::domain::master::Master;
use crate::domain::order::Order;
use crate::domain::search::{SearchQuery, SearchWords, fold_order};
use crate::domain::status::OrderStatus;
use crate::domain::user::User;
use crate::domain::visibility::{AddressRule, ClientDetails, client_details_for_master};

/// The most orders that a search finds; who needs more adds a word.
pub(crate) const MAX_FOUND: usize = 100;

/// A page of what was found.
#[derive(Debug)]
pub(crate) struct FoundOrders {
    /// The orders of the page, each with how much of the client its row shows: none to a master, since a list on the screen
    /// is not refreshed when an order moves to another master.
    pub(crate) orders: Vec<(Order, ClientDetails)>,
    /// The number of all that were found.
    pub(crate) total: i64,
    /// Whether there are more than [`MAX_FOUND`].
    pub(crate) has_more: bool,
    /// Whether older orders are not indexed yet.
    pub(crate) is_incomplete: bool,
}

/// Remembers what the user searches for, for the buttons of its pages.
pub(crate) fn record_search(
    tx: &mut AnyConnection,
    user: &User,
    query: &SearchQuery,
    now: DateTime<Utc>,
) -> Result<SearchId> {
    require_searcher(user)?;
    Ok(searches::insert_search(tx, user.telegram_id, &query.text, now)?)
}

/// Returns what the user searched for; `None` when it is no longer kept.
pub(crate) fn find_search(tx: &mut AnyConnection, user: &User, id: SearchId) -> Result<Option<SearchQuery>> {
    let text = searches::find_search(tx, id, user.telegram_id)?;
    Ok(text.as_deref().and_then(SearchQuery::parse))
}

/// Returns one page of the orders that a query finds, counted from 0: the order of that number first, then the newest.
pub(crate) fn search_orders(
    tx: &mut AnyConnection,
    user: &User,
    query: &SearchQuery,
    page: i64,
    now: DateTime<Utc>,
) -> Result<FoundOrders> {
    require_searcher(user)?;
    order_search::index_changed_orders(tx, now)?;
    let is_incomplete = !order_search::is_complete(tx)?;
    let rule = settings::get_address_rule(tx)?;
    let mut found = if user.roles.is_staff() {
        search_all(tx, query)?
    } else {
        let master = db::masters::find_master_of_user(tx, user.telegram_id)?;
        let master = master.filter(Master::sees_orders).ok_or(Refusal::NoRight)?;
        search_of_master(tx, master.id, query, rule)?
    };
    let has_more = found.len() > MAX_FOUND;
    found.truncate(MAX_FOUND);
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    let size = usize::from(PAGE_SIZE);
    let start = usize::try_from(page).unwrap_or(usize::MAX).saturating_mul(size);
    let ids: Vec<OrderId> = found.into_iter().skip(start).take(size).collect();
    let details = if user.roles.is_staff() { ClientDetails::Full } else { ClientDetails::Hidden };
    let orders = db::orders::find_orders(tx, &ids)?.into_iter();
    Ok(FoundOrders { orders: orders.map(|order| (order, details)).collect(), total, has_more, is_incomplete })
}

fn require_searcher(user: &User) -> Result<()> {
    if user.roles.is_staff() || user.roles.is_master() { Ok(()) } else { Err(Refusal::NoRight) }
}

/// Returns one more than [`MAX_FOUND`] if there are more.
fn search_all(tx: &mut AnyConnection, query: &SearchQuery) -> Result<Vec<OrderId>> {
    let numbered = match query.number {
        Some(number) => db::orders::find_order(tx, number)?.map(|order| order.id),
        None => None,
    };
    let words = |words: &SearchWords| Ok(order_search::find_orders(tx, words, MAX_FOUND + 1)?);
    first_found(numbered, query, words)
}

fn search_of_master(
    tx: &mut AnyConnection,
    master: MasterId,
    query: &SearchQuery,
    rule: AddressRule,
) -> Result<Vec<OrderId>> {
    let is_theirs =
        |order: &Order| order.assigned_master == Some(master) && order.status != OrderStatus::Refused;
    let numbered = match query.number {
        Some(number) => db::orders::find_order(tx, number)?.filter(is_theirs).map(|order| order.id),
        None => None,
    };
    let words = |words: &SearchWords| {
        let ids = order_search::find_orders_of_master(tx, master, words, MAX_FOUND + 1)?;
        let orders = db::orders::find_orders(tx, &ids)?.into_iter();
        // Found by what is hidden is not found.
        let visible = orders.filter(|order| words.match_text(&fold_visible(order, rule)));
        Ok(visible.map(|order| order.id).collect())
    };
    first_found(numbered, query, words)
}

/// Returns the numbered order and what the first words find that find anything.
fn first_found(
    numbered: Option<OrderId>,
    query: &SearchQuery,
    mut find: impl FnMut(&SearchWords) -> Result<Vec<OrderId>>,
) -> Result<Vec<OrderId>> {
    if query.is_marked_number && numbered.is_some() {
        return Ok(numbered.into_iter().collect());
    }
    for words in &query.attempts {
        let mut found = find(words)?;
        if !found.is_empty() {
            found.retain(|id| Some(*id) != numbered);
            return Ok(numbered.into_iter().chain(found).collect());
        }
    }
    Ok(numbered.into_iter().collect())
}

/// Folds what a master may see of their order.
fn fold_visible(order: &Order, rule: AddressRule) -> String {
    let details = client_details_for_master(order.status, rule);
    let mut texts = vec![&*order.description, &*order.equipment];
    if details.shows_address() {
        texts.extend([&*order.client_name, &*order.client_address]);
    }
    fold_order(&texts, if details.shows_phone() { &order.client_phone } else { "" })
}
