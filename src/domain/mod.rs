//! The pure rules of the repair company: who may do what to an order, how money is split, what a
//! field may hold, who sees the client.
//!
//! Nothing here reads a database, a clock, a file or the network, and nothing here knows Telegram's
//! API. Errors are kinds without words: the sentence that a user reads is made from the kind in the
//! user's language elsewhere. Imports nothing of ours outside this folder.
#![allow(missing_docs)]

pub mod answer;
pub mod equipment;
pub mod ids;
pub mod locale;
pub mod master;
pub mod money;
pub mod order;
pub mod phone;
pub mod role;
pub mod status;
pub mod text;
pub mod user;
pub mod visibility;
