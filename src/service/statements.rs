//! A master's statement of a period.

use chrono_tz::Tz;

use super::Result;
use super::settlement::find_visible_master;
use crate::db::{self, AnyConnection, ledger_entries};
use crate::domain::ids::MasterId;
use crate::domain::ledger::LedgerEntry;
use crate::domain::master::Master;
use crate::domain::money::Kopecks;
use crate::domain::period::ReportPeriod;
use crate::domain::user::User;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Statement {
    pub(crate) master: Master,
    pub(crate) period: ReportPeriod,
    /// What the master owed before.
    pub(crate) opening: Kopecks,
    /// Oldest first.
    pub(crate) entries: Vec<LedgerEntry>,
}

impl Statement {
    /// Returns what the master owes after the period.
    pub(crate) fn closing(&self) -> Kopecks {
        Kopecks(self.opening.0 + self.entries.iter().map(|entry| entry.amount.0).sum::<i64>())
    }
}

/// Makes the statement of a master, for staff and the master.
pub(crate) fn make_statement(
    tx: &mut AnyConnection,
    user: &User,
    id: MasterId,
    period: ReportPeriod,
    zone: Tz,
) -> Result<Statement> {
    let master = find_visible_master(tx, user, id)?;
    Ok(read_statement(tx, master, period, zone)?)
}

/// Reads a statement that its reader may see.
pub(crate) fn read_statement(
    conn: &mut AnyConnection,
    master: Master,
    period: ReportPeriod,
    zone: Tz,
) -> db::Result<Statement> {
    let Some((from, until)) = period.utc_bounds(zone) else {
        return Ok(Statement { master, period, opening: Kopecks::ZERO, entries: Vec::new() });
    };
    let opening = ledger_entries::sum_balance(conn, master.id, Some(from))?;
    let entries = ledger_entries::list_entries_between(conn, master.id, from, until)?;
    Ok(Statement { master, period, opening, entries })
}
