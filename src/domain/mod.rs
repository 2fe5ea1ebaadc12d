//! Entities and pure rules: the status machine, the split of money, field limits, who sees the client.
//!
//! Nothing here reads a database, a clock, a file or the network, and nothing here knows Telegram's API. Errors are kinds;
//! the bot turns them into sentences in the user's language. No internal dependencies.
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
