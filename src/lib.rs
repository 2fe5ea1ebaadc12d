//! `botctl`: one binary with which one person runs a repair company's Telegram bot.
//!
//! # The house
//!
//! | room | what lives there | may import |
//! |---|---|---|
//! | [`domain`] | entities and rules: status machine, money, phone, roles, what a field may hold | nothing of ours |
//! | [`redact`] | what is secret or personal in a text: tokens, passwords in URLs, phone numbers | nothing of ours |
//! | [`config`] | typed configuration, one file per concern, all problems at once | domain, redact |
//! | [`logging`] | the log: how it is written, how it is read | config, redact |
//! | [`telegram`] | one call to the Bot API | config, redact |
//! | [`db`] | connections, the writer, one file per table | domain, config |
//! | [`migrate`] | the schema's migrations | db, config, domain |
//! | [`backup`] | backups of both databases | db, config, domain, migrate |
//! | [`transfer`] | from SQLite to PostgreSQL and back | db, config, domain, migrate, backup |
//! | [`legacy`] | the way over from the old bot | db, config, domain, migrate, backup |
//! | [`service`] | use cases: authorize, check, change, say what happened | db, domain |
//! | [`bot`] | from an update to changes and messages | service, domain, config, db, telegram, logging, redact |
//! | [`courier`] | delivers the outbox | db, domain, telegram, logging |
//! | [`jobs`] | what `serve` does by the clock | backup, db, config |
//! | [`cli`] | one file per command | everything; nothing imports it |
//!
//! A test reads the `use crate::` lines and fails on any other arrow.
//!
//! # The idea
//!
//! An update is one transaction: it is stored in the inbox before Telegram is told that we have it; its handler, a
//! synchronous function of a transaction, changes rows and leaves what it wants said in the outbox; the courier
//! sends. A crash at any moment leaves the whole effect or none, and a repeated update does nothing.

pub mod backup;
pub mod bot;
pub mod cli;
pub mod config;
pub mod courier;
pub mod db;
pub mod domain;
pub mod jobs;
pub mod legacy;
pub mod logging;
pub mod migrate;
pub(crate) mod redact;
pub mod service;
pub mod telegram;
pub mod transfer;
