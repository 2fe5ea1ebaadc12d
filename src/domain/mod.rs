//! Entities and pure rules: the status machine, the split of money, field limits, who sees the client.
//!
//! Nothing here reads a database, a clock, a file or the network, and nothing here knows Telegram's API. Errors are kinds;
//! the bot turns them into sentences in the user's language. No internal dependencies.

pub(crate) mod access;
pub(crate) mod address;
pub(crate) mod answer;
pub(crate) mod cleared_values;
pub(crate) mod day_plan;
pub(crate) mod equipment;
pub(crate) mod figures;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
pub(crate) mod hand_over;
pub(crate) mod ids;
pub(crate) mod input;
pub(crate) mod ledger;
pub(crate) mod locale;
pub(crate) mod long_repair;
pub(crate) mod master;
pub(crate) mod money;
pub(crate) mod notice;
pub(crate) mod order;
pub(crate) mod order_change;
pub(crate) mod pasted_order;
pub(crate) mod people_search;
pub(crate) mod period;
pub(crate) mod person_name;
pub(crate) mod phone;
pub(crate) mod quiet_hours;
pub(crate) mod rates;
pub(crate) mod role;
pub(crate) mod search;
pub(crate) mod status;
pub(crate) mod text;
pub(crate) mod user;
pub(crate) mod visibility;
pub(crate) mod visit;
