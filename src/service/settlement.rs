//! Settlement: what masters owe, the cash that staff take from them, and what the masters say about it.

use chrono::{DateTime, Utc};

use super::{Refusal, Result, require_staff};
use crate::db::ledger_entries::{self, NewLedgerEntry};
use crate::db::{AnyConnection, audit, hand_overs, masters};
use crate::domain::hand_over::{HandOver, HandOverState, NewHandOver};
use crate::domain::ids::{HandOverId, MasterId};
use crate::domain::ledger::{LedgerEntry, LedgerKind};
use crate::domain::master::{Master, MasterFilter};
use crate::domain::money::Kopecks;
use crate::domain::user::User;

/// How many of the last entries a balance shows.
const LAST_ENTRIES: i64 = 10;

/// A master in the overview.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct BalanceLine {
    pub(crate) master: Master,
    pub(crate) balance: Kopecks,
    /// Whether a hand-over waits for the master.
    pub(crate) has_open: bool,
    pub(crate) has_disputed: bool,
}

/// What a master owes, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct MasterBalance {
    pub(crate) master: Master,
    pub(crate) balance: Kopecks,
    /// The last ones, newest first.
    pub(crate) entries: Vec<LedgerEntry>,
    /// The hand-overs that wait for the master or for staff, oldest first.
    pub(crate) unsettled: Vec<HandOver>,
}

/// A hand-over with its master after a step.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HandOverStep {
    pub(crate) hand_over: HandOver,
    pub(crate) master: Master,
    pub(crate) balance: Kopecks,
}

/// Returns the masters who owe or are owed anything, or whose hand-overs wait, the greatest debt first, for staff.
pub(crate) fn list_balances(tx: &mut AnyConnection, user: &User) -> Result<Vec<BalanceLine>> {
    require_staff(user)?;
    let balances = ledger_entries::list_balances(tx)?;
    let unsettled = hand_overs::list_unsettled(tx, None)?;
    let mut lines = Vec::new();
    for (master, _) in masters::list_masters(tx, MasterFilter::All)? {
        let balance = balances.iter().find(|(id, _)| *id == master.id).map(|(_, balance)| *balance);
        let waits = |state| {
            unsettled.iter().any(|hand_over| hand_over.master == master.id && hand_over.state == state)
        };
        let (has_open, has_disputed) = (waits(HandOverState::Open), waits(HandOverState::Disputed));
        let balance = balance.unwrap_or_default();
        if balance != Kopecks::ZERO || has_open || has_disputed {
            lines.push(BalanceLine { master, balance, has_open, has_disputed });
        }
    }
    lines.sort_by_key(|line| (std::cmp::Reverse(line.balance), line.master.id));
    Ok(lines)
}

/// Returns what a master owes, for staff and the master.
pub(crate) fn view_balance(tx: &mut AnyConnection, user: &User, id: MasterId) -> Result<MasterBalance> {
    let master = find_visible_master(tx, user, id)?;
    Ok(MasterBalance {
        balance: ledger_entries::sum_balance(tx, id, None)?,
        entries: ledger_entries::list_last_entries(tx, id, LAST_ENTRIES)?,
        unsettled: hand_overs::list_unsettled(tx, Some(id))?,
        master,
    })
}

/// Returns the master of the money that a user may see.
pub(crate) fn find_visible_master(tx: &mut AnyConnection, user: &User, id: MasterId) -> Result<Master> {
    let master = masters::find_master(tx, id)?.ok_or(Refusal::NoSuchMaster)?;
    if !user.roles.is_staff() && master.telegram_id != user.telegram_id {
        return Err(Refusal::NoRight);
    }
    Ok(master)
}

/// Books cash that a master gave, for staff. It is refused if the balance is not what they saw any more: another member of
/// staff may have booked the same cash.
pub(crate) fn book_hand_over(
    tx: &mut AnyConnection,
    user: &User,
    new: &NewHandOver,
    now: DateTime<Utc>,
) -> Result<HandOverStep> {
    require_staff(user)?;
    let master = lock_master(tx, new.master)?;
    let balance = ledger_entries::sum_balance(tx, master.id, None)?;
    if balance != new.seen_balance {
        return Err(Refusal::BalanceChanged);
    }
    let id = hand_overs::insert_hand_over(tx, new, user.telegram_id, now)?;
    let hand_over = hand_overs::find_hand_over(tx, id)?.ok_or(Refusal::NoSuchHandOver)?;
    book_entry(tx, user, &hand_over, LedgerKind::HandOver, now)?;
    finish_step(tx, user, hand_over, "hand_over.book", now)
}

/// Confirms a hand-over, for its master. Confirming it twice changes nothing.
pub(crate) fn confirm_hand_over(
    tx: &mut AnyConnection,
    user: &User,
    id: HandOverId,
    now: DateTime<Utc>,
) -> Result<HandOverStep> {
    let hand_over = find_own_hand_over(tx, user, id)?;
    change_state(tx, user, &hand_over, HandOverState::Confirmed, None, now)
}

/// Returns a hand-over that its master may dispute.
pub(crate) fn check_dispute(tx: &mut AnyConnection, user: &User, id: HandOverId) -> Result<HandOver> {
    let hand_over = find_own_hand_over(tx, user, id)?;
    if !hand_over.state.leads_to(HandOverState::Disputed) {
        return Err(Refusal::HandOverAnswered(hand_over.state));
    }
    Ok(hand_over)
}

/// Disputes a hand-over, for its master. The ledger stays as it is until staff decide.
pub(crate) fn dispute_hand_over(
    tx: &mut AnyConnection,
    user: &User,
    id: HandOverId,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<HandOverStep> {
    let hand_over = find_own_hand_over(tx, user, id)?;
    change_state(tx, user, &hand_over, HandOverState::Disputed, Some(reason), now)
}

/// Takes a hand-over back that the master has not confirmed, for staff.
pub(crate) fn reverse_hand_over(
    tx: &mut AnyConnection,
    user: &User,
    id: HandOverId,
    now: DateTime<Utc>,
) -> Result<HandOverStep> {
    require_staff(user)?;
    let hand_over = hand_overs::find_hand_over(tx, id)?.ok_or(Refusal::NoSuchHandOver)?;
    lock_master(tx, hand_over.master)?;
    let step = change_state(tx, user, &hand_over, HandOverState::Reversed, None, now)?;
    book_entry(tx, user, &hand_over, LedgerKind::Reversal, now)?;
    let balance = ledger_entries::sum_balance(tx, hand_over.master, None)?;
    Ok(HandOverStep { balance, ..step })
}

/// Returns a hand-over with its master, to tell who booked it that the master's message was not delivered.
pub(crate) fn find_undelivered(tx: &mut AnyConnection, id: HandOverId) -> Result<Option<(HandOver, Master)>> {
    let Some(hand_over) = hand_overs::find_hand_over(tx, id)? else { return Ok(None) };
    let master = masters::find_master(tx, hand_over.master)?.ok_or(Refusal::NoSuchMaster)?;
    Ok(Some((hand_over, master)))
}

/// Makes other transactions that book hand-overs of the master wait until this one ends.
fn lock_master(tx: &mut AnyConnection, id: MasterId) -> Result<Master> {
    let master = masters::find_master(tx, id)?.ok_or(Refusal::NoSuchMaster)?;
    masters::find_master_of_user_for_update(tx, master.telegram_id)?.ok_or(Refusal::NoSuchMaster)
}

fn find_own_hand_over(tx: &mut AnyConnection, user: &User, id: HandOverId) -> Result<HandOver> {
    let hand_over = hand_overs::find_hand_over(tx, id)?.ok_or(Refusal::NoSuchHandOver)?;
    let master = masters::find_master(tx, hand_over.master)?.ok_or(Refusal::NoSuchMaster)?;
    // Also of a master who was dismissed: their cash still has to be settled.
    if master.telegram_id == user.telegram_id { Ok(hand_over) } else { Err(Refusal::NoRight) }
}

fn change_state(
    tx: &mut AnyConnection,
    user: &User,
    before: &HandOver,
    state: HandOverState,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<HandOverStep> {
    if !before.state.leads_to(state) {
        return Err(Refusal::HandOverAnswered(before.state));
    }
    let is_changed = hand_overs::update_state(tx, before, state, reason, now)?;
    let after = hand_overs::find_hand_over(tx, before.id)?.ok_or(Refusal::NoSuchHandOver)?;
    if !is_changed {
        return Err(Refusal::HandOverAnswered(after.state));
    }
    let action = match state {
        HandOverState::Confirmed => "hand_over.confirm",
        HandOverState::Disputed => "hand_over.dispute",
        HandOverState::Open | HandOverState::Reversed => "hand_over.reverse",
    };
    finish_step(tx, user, after, action, now)
}

fn book_entry(
    tx: &mut AnyConnection,
    user: &User,
    hand_over: &HandOver,
    kind: LedgerKind,
    now: DateTime<Utc>,
) -> Result<()> {
    let Kopecks(amount) = hand_over.amount;
    let (amount, key) = match kind {
        LedgerKind::Reversal => (Kopecks(amount), format!("hand_over:{}:reversal", hand_over.id)),
        _ => (Kopecks(-amount), format!("hand_over:{}", hand_over.id)),
    };
    let entry = NewLedgerEntry {
        master: hand_over.master,
        order: None,
        kind,
        amount,
        note: hand_over.note.as_deref(),
        by: user.telegram_id,
        key: &key,
    };
    Ok(ledger_entries::insert_ledger_entry(tx, entry, now)?)
}

fn finish_step(
    tx: &mut AnyConnection,
    user: &User,
    hand_over: HandOver,
    action: &str,
    now: DateTime<Utc>,
) -> Result<HandOverStep> {
    let details =
        format!("hand_over={} master={} amount={}", hand_over.id, hand_over.master, hand_over.amount.0);
    audit::insert_user_action(tx, user.telegram_id, action, &details, now)?;
    let master = masters::find_master(tx, hand_over.master)?.ok_or(Refusal::NoSuchMaster)?;
    let balance = ledger_entries::sum_balance(tx, hand_over.master, None)?;
    Ok(HandOverStep { hand_over, master, balance })
}
