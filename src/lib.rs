//! `botctl`: the Telegram bot of a small repair company, and the tool to run it.
//!
//! # Modules
//!
//! | module | what it holds | may use |
//! |---|---|---|
//! | [`domain`] | entities and rules: status machine, money, phone, roles, limits of fields | no internal dependencies |
//! | [`redact`] | what is secret or personal in a text: tokens, passwords in URLs, phone numbers | no internal dependencies |
//! | [`config`] | typed configuration, one file per concern, all problems at once | domain, redact |
//! | [`logging`] | writing the log, reading it | config, redact |
//! | [`telegram`] | one call to the Bot API | config, redact |
//! | [`db`] | connections, the writer, one file per table | domain, config |
//! | [`migrate`] | schema migrations | db, config, domain |
//! | [`backup`] | backups of both databases | db, config, domain, migrate |
//! | [`transfer`] | copying everything between SQLite and PostgreSQL | db, config, domain, migrate, backup |
//! | [`legacy`] | taking over the database of the old Python bot | db, config, domain, migrate, backup |
//! | [`service`] | use cases: authorize, check, change, return facts | db, domain |
//! | [`bot`] | from an update to changes and outgoing messages | service, domain, config, db, telegram, logging, redact |
//! | [`courier`] | delivers the outbox | db, domain, telegram, logging |
//! | [`jobs`] | scheduled jobs of `serve` | backup, db, config |
//! | [`cli`] | one file per command | everything; nothing uses it |
//!
//! `tests/e2e/architecture.rs` reads this table and fails on any other `use crate::`.
//!
//! # One update is one transaction
//!
//! An update is stored in the inbox before Telegram is told that it arrived. Its handler, a synchronous function of a
//! transaction, changes rows and puts its messages into the outbox; the courier sends them. A crash leaves the whole
//! effect or none, and a repeated update does nothing.

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
