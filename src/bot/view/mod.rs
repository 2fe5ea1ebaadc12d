//! The look of the bot's messages: pure functions from facts to HTML texts and keyboards.
//!
//! - [`text`]: the texts of the locale files, numbers, money, dates;
//! - [`html`]: escaping, shortening, fitting into Telegram's limits;
//! - [`names`]: names of statuses, roles, equipment;
//! - [`messages`]: greetings, help, notices of several parts; [`order_notices`]: what others hear of a step;
//! - [`refusals`]: why an action was refused;
//! - [`prompts`]: the questions of the dialogues and the errors in their answers;
//! - [`order_changes`]: edits, comments, history of an order;
//! - [`access`]: users without a role, as staff see them;
//! - [`cards`]: one order; [`clients`]: what is known of a client; [`visits`]: when the master is expected;
//! - [`lists`]: many orders, masters; [`order_rows`]: an order in one line; [`search`]: what was found; [`day_plan`]: the visits of a day; [`paging`]: pages;
//! - [`equipment`]: a type of equipment in the settings;
//! - [`reports`]: figures of a period; [`own_statistics`]: those of a master for themselves;
//! - [`settlement`], [`statement`]: what masters owe; [`rates`]: how money is shared;
//! - [`keyboards`]: reply and inline keyboards.
//!
//! Nothing here reads the database, the clock or Telegram, and nothing decides who may see an order: the caller passes
//! how much of the client is shown.

pub(crate) mod access;
pub(crate) mod cards;
pub(crate) mod clients;
pub(crate) mod day_plan;
pub(crate) mod equipment;
pub(crate) mod html;
pub(crate) mod keyboards;
pub(crate) mod lists;
pub(crate) mod messages;
pub(crate) mod names;
pub(crate) mod order_changes;
pub(crate) mod order_notices;
pub(crate) mod order_rows;
pub(crate) mod own_statistics;
pub(crate) mod paging;
pub(crate) mod people;
pub(crate) mod prompts;
pub(crate) mod rates;
pub(crate) mod refusals;
pub(crate) mod report_charts;
pub(crate) mod report_sheets;
pub(crate) mod reports;
pub(crate) mod search;
pub(crate) mod settlement;
pub(crate) mod statement;
pub(crate) mod text;
pub(crate) mod visits;

#[cfg(test)]
mod testing;
