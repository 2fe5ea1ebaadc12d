//! The use cases: authorize, check, change, say what happened.
//!
//! A use case works on the connection of the transaction that it is called in and returns facts; what people
//! read about them is the bot's business. Every use case checks the right of the person itself, however they
//! came to it.
#![allow(missing_docs)]

pub mod chats;
pub mod masters;
pub mod operator;
pub mod orders;
pub mod users;

use crate::db;
use crate::domain::status::{OrderAction, OrderStatus};

/// Why a use case did not happen. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The person has no right to this.
    #[error("no right")]
    NoRight,
    /// There is no such order.
    #[error("no such order")]
    NoSuchOrder,
    /// There is no such master.
    #[error("no such master")]
    NoSuchMaster,
    /// The order stands where this action does not lead from.
    #[error("{action} does not lead out of {present}")]
    WrongStatus {
        /// Where it stands.
        present: OrderStatus,
        /// What was wanted.
        action: OrderAction,
    },
    /// The master is not approved or not active.
    #[error("the master takes no orders")]
    MasterTakesNoOrders,
    /// The order is this master's already.
    #[error("the order is this master's already")]
    SameMaster,
    /// The person has never written to the bot.
    #[error("the person is not registered")]
    UnknownPerson,
    /// The person is a master already.
    #[error("the person is a master already")]
    AlreadyMaster,
    /// The master has orders, so that they cannot be removed.
    #[error("the master has orders")]
    MasterHasOrders,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] db::Error),
}

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Refusal>;

#[cfg(test)]
#[path = "races_tests.rs"]
mod races_tests;
