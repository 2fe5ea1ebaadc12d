//! What the bot's messages look like: pure functions from facts to HTML texts and keyboards.
//!
//! - [`text`]: the texts of the locale files, numbers, money, dates;
//! - [`html`]: escaping, shortening, fitting into Telegram's limits;
//! - [`words`]: names of statuses, roles, equipment;
//! - [`messages`]: greetings, help, notices of several parts; [`refusals`]: why something did not happen;
//! - [`prompts`]: the steps of the dialogues and what is wrong with an answer;
//! - [`cards`], [`lists`]: one order, one master; many;
//! - [`keyboards`]: reply and inline keyboards.
//!
//! Every function takes the texts of the reader's language first.
//!
//! Nothing here reads the database, the clock or Telegram, and nothing decides who may see an order: the caller says
//! how much of the client is shown.

pub mod cards;
pub mod html;
pub mod keyboards;
pub mod lists;
pub mod messages;
pub mod prompts;
pub mod refusals;
pub mod text;
pub mod words;

#[cfg(test)]
mod testing;
