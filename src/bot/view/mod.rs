//! What the bot's messages look like: pure functions from facts to HTML texts and keyboards.
//!
//! - [`text`]: the texts of the locale files, numbers, money, dates;
//! - [`html`]: escaping, shortening, fitting into Telegram's limits;
//! - [`names`]: names of statuses, roles, equipment;
//! - [`messages`]: greetings, help, notices of several parts; [`refusals`]: why something did not happen;
//! - [`prompts`]: the steps of the dialogues and what is wrong with an answer;
//! - [`cards`], [`lists`]: one order, one master; many;
//! - [`keyboards`]: reply and inline keyboards.
//!
//! Every function takes the texts of the reader's language first.
//!
//! Nothing here reads the database, the clock or Telegram, and nothing decides who may see an order: the caller says
//! how much of the client is shown.

pub(crate) mod cards;
pub(crate) mod html;
pub(crate) mod keyboards;
pub(crate) mod lists;
pub(crate) mod messages;
pub(crate) mod names;
pub(crate) mod paging;
pub(crate) mod prompts;
pub(crate) mod refusals;
pub mod text;

#[cfg(test)]
mod testing;
