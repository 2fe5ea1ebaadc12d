//! The bot: from an update that Telegram sent to the changes and messages that it causes.
//!
//! `poller` fetches updates, or a webhook receives them; `intake` stores them and hands them on; `process` runs one update
//! in one transaction; `router`, `buttons` and `answers` find the handler. A handler parses its input, calls a use case and shows the outcome with
//! `view`. Handlers are synchronous functions of a transaction: they never talk to Telegram and never wait. Their `Reply`
//! becomes rows of the outbox in the same transaction.

mod answers;
mod assembly;
mod buttons;
mod callback;
mod catching_up;
pub(crate) mod commands;
mod context;
pub(crate) mod dashboards;
pub(crate) mod day_figures;
mod dialogue;
mod dialogue_checkout;
mod dialogue_store;
mod dialogue_sync;
mod flood;
mod follow_up;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod handlers;
pub(crate) mod incoming;
pub(crate) mod intake;
pub(crate) mod intake_health;
pub(crate) mod labels;
mod lanes;
#[cfg(test)]
mod late_album_tests;
mod link_failures;
pub(crate) mod notices;
mod order_screen;
mod outgoing;
#[cfg(test)]
mod plans_tests;
pub(crate) mod poller;
pub(crate) mod process;
mod questions;
pub(crate) mod reception;
pub(crate) mod redis_dialogues;
pub(crate) mod reminders;
mod reply;
pub(crate) mod report_content;
pub(crate) mod resend;
mod role_notices;
mod router;
mod sequence;
pub(crate) mod settings;
mod statement_files;
pub(crate) mod summaries;
#[cfg(test)]
mod testing;
mod trace;
mod update_log;
pub(crate) mod view;
pub(crate) mod webhook;
pub(crate) mod webhook_watch;
