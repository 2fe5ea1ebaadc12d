//! The bot: from an update that Telegram sent to the changes and messages that it causes.
//!
//! `intake` stores updates and hands them on; `turn` runs one update in one transaction; `tree` finds the
//! handler; a handler parses its input, calls a use case and shows the outcome with `view`. Handlers are
//! synchronous functions of a transaction: they never talk to Telegram and never wait. What they want said is a
//! `reply`, which becomes rows of the outbox in the same transaction.

pub mod callback;
pub mod commands;
pub mod dialogue;
pub mod handlers;
pub mod input;
pub mod intake;
pub mod labels;
pub mod notices;
pub mod reply;
pub mod settings;
#[cfg(test)]
mod testing;
mod trace;
pub mod tree;
pub mod turn;
pub mod view;
