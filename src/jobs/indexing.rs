//! Fills the index of the search: after a migration, an import or a restore it is empty or behind.

use std::time::Duration;

use super::daily::CLOCK_INTERVAL;
use crate::db::{self, Database, order_search, time};
use crate::domain::ids::OrderId;

/// Orders compared with the index at a time, by a reader.
const CHECKED: i64 = 2_000;
/// Orders indexed in one transaction, short enough to keep no user waiting.
const INDEXED: usize = 100;
/// A pause between two transactions, for the updates that wait.
const PAUSE: Duration = Duration::from_millis(5);

/// Indexes what is missing, from the newest order on, and then every minute what was changed since.
pub(crate) async fn run_indexing(db: Database) {
    let mut below = Some(OrderId(i64::MAX));
    let mut beat = tokio::time::interval(CLOCK_INTERVAL);
    loop {
        beat.tick().await;
        let done = match below {
            Some(start) => index_all(&db, start).await,
            None => db.write(|tx| order_search::index_changed_orders(tx, time::now())).await,
        };
        match done {
            Ok(()) => below = None,
            Err(error) => {
                db::log_outage!(db.outage().report_once(), %error, "orders could not be indexed for the search, retrying");
            }
        }
    }
}

async fn index_all(db: &Database, start: OrderId) -> db::Result<()> {
    let (mut below, mut count) = (start, 0);
    loop {
        let (stale, next) =
            db.read(move |conn| order_search::list_stale_orders(conn, below, CHECKED)).await?;
        for ids in stale.chunks(INDEXED) {
            let ids = ids.to_vec();
            count += ids.len();
            db.write(move |tx| order_search::index_orders(tx, &ids)).await?;
            tokio::time::sleep(PAUSE).await;
        }
        match next {
            Some(next) => below = next,
            None => break,
        }
    }
    if count > 0 {
        tracing::info!(orders = count, "orders were indexed for the search");
    }
    Ok(())
}
