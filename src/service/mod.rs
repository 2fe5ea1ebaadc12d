//! The use cases: authorize, check, change, return facts.
//!
//! A use case works in the caller's transaction; the bot turns its result into texts. Every use case checks the user's rights
//! itself, whichever way the user reached it.

pub(crate) mod access;
pub(crate) mod chats;
pub(crate) mod comments;
pub(crate) mod company_settings;
pub(crate) mod deletion;
pub(crate) mod equipment;
mod ledger;
pub(crate) mod masters;
pub(crate) mod operator;
pub(crate) mod order_changes;
pub(crate) mod order_history;
pub(crate) mod order_lists;
pub(crate) mod orders;
pub(crate) mod people;
pub(crate) mod rates;
pub(crate) mod repeat_visit;
pub(crate) mod role_changes;
pub(crate) mod search;
pub(crate) mod settlement;
pub(crate) mod statements;
pub(crate) mod users;

use crate::db;
use crate::domain::hand_over::HandOverState;
use crate::domain::money::Kopecks;
use crate::domain::status::{OrderAction, OrderStatus};
use crate::domain::user::User;

/// Why a use case was refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("no right")]
    NoRight,
    #[error("no such order")]
    NoSuchOrder,
    #[error("no such master")]
    NoSuchMaster,
    #[error("{action} does not lead out of {present}")]
    WrongStatus { present: OrderStatus, action: OrderAction },
    /// The master was told that the client waits a moment ago.
    #[error("the master was told just now")]
    ToldJustNow,
    #[error("{action} needs a reason")]
    ReasonMissing { action: OrderAction },
    /// The master is not approved or not active.
    #[error("the master takes no orders")]
    MasterTakesNoOrders,
    #[error("the master has a day off")]
    MasterHasDayOff,
    #[error("the order is this master's already")]
    SameMaster,
    /// The user has never written to the bot.
    #[error("the user is not registered")]
    UnknownPerson,
    #[error("the user is a master already")]
    AlreadyMaster,
    #[error("the master has orders")]
    MasterHasOrders,
    /// They are to be given to other masters first.
    #[error("the master has {0} open orders")]
    MasterHasOpenOrders(usize),
    /// The user has no phone and no specialization yet.
    #[error("the user was never added as a master")]
    NeverAMaster,
    #[error("this is the only administrator")]
    LastAdmin,
    #[error("administrators cannot revoke their own role")]
    OwnAdminRole,
    /// It can be edited only while it is open.
    #[error("the order is over: {0}")]
    OrderIsOver(OrderStatus),
    /// It can be corrected or repeated only once it is closed.
    #[error("the order is not closed")]
    OrderNotClosed,
    #[error("the order is not deleted")]
    OrderNotDeleted,
    /// The order was closed without a total.
    #[error("the order has no amounts")]
    AmountsMissing,
    #[error("materials of {materials} exceed the total of {total}")]
    MaterialsExceedTotal { materials: Kopecks, total: Kopecks },
    #[error("no such equipment type")]
    NoSuchEquipment,
    /// Another type has the same name.
    #[error("the equipment type exists already")]
    EquipmentExists,
    /// Another administrator changed them meanwhile, and the new value does not fit.
    #[error("the rates changed meanwhile")]
    RatesChanged,
    /// The balance is not what staff saw when they took the cash.
    #[error("the balance changed meanwhile")]
    BalanceChanged,
    #[error("no such hand-over")]
    NoSuchHandOver,
    /// Another step came first.
    #[error("the hand-over is {}", .0.as_str())]
    HandOverAnswered(HandOverState),
    #[error("too many equipment types")]
    TooManyEquipmentTypes,
    #[error(transparent)]
    Database(#[from] db::Error),
}

impl Refusal {
    /// Returns the error of the database, for a caller that nothing else can refuse.
    pub(crate) fn into_database_error(self) -> db::Error {
        match self {
            Self::Database(error) => error,
            other => db::Error::Unreadable { table: "users", column: "role", value: other.to_string() },
        }
    }
}

pub(crate) type Result<T> = std::result::Result<T, Refusal>;

fn require_admin(user: &User) -> Result<()> {
    if user.roles.is_admin() { Ok(()) } else { Err(Refusal::NoRight) }
}

/// Refuses users who are neither dispatcher nor admin.
fn require_staff(user: &User) -> Result<()> {
    if user.roles.is_staff() { Ok(()) } else { Err(Refusal::NoRight) }
}

#[cfg(test)]
#[path = "races_tests.rs"]
mod races_tests;
