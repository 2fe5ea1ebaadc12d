//! End-to-end tests: the real program, in a clean environment, against the sandbox's Bot API, on SQLite and on
//! PostgreSQL.
//!
//! - `world`: the harness, `book`: expected texts, `rows`: the database seen from outside, `terminal`: a terminal to run
//!   commands on
//! - `people`: registration, menus, masters; `path`: an order from the first tap to the money; `dialogue`: the steps of
//!   the dialogues; `group`: the work group; `lists`: lists, filters, `/order`
//! - `transitions`, `callbacks`: every cell of the status table, every button ever sent
//! - `defects`: what the old bot got wrong
//! - `trouble`, `crash`, `faults`: hostile texts, races, repeats, kills, a Telegram that fails
//! - `configuration`, `schema`, `migrate`, `systemd`: starting, refusing to start, migrations, what a service manager
//!   hears; `serving`: who may have a database
//! - `conventions`: what holds for every command; `config_cli`: looking at the configuration, completions; `sources`: where
//!   values come from
//! - `backup`: copies of the database, and putting them back; `jobs`: what is done by the clock
//! - `transfer`: moving to another database; `users_cli`, `outbox_cli`, `status`: the operator's look and touch, with
//!   `command` to run commands
//! - `unreadable`: databases that cannot be read
//! - `logging`: the log file and the log on stdout; `sentry`: reports of errors, and that they tell nothing of people
//! - `logs_tail`: the end of the log, filters, following it across rotation
//! - `adopt`: taking over a legacy database, with `legacy` as its examples
//! - `guide`: what the operator's guide quotes and tells to copy
//! - `invariants`: random sequences of actions; `reference`: man pages, completions, help
//! - `architecture`: which module may use which, no cycles of files; `measures`: names, plain language, short functions;
//!   both read the code through `source`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod adopt;
mod architecture;
mod backup;
mod book;
mod callbacks;
mod command;
mod config_cli;
mod configuration;
mod conventions;
mod crash;
mod defects;
mod dialogue;
mod faults;
mod group;
mod guide;
mod invariants;
mod jobs;
mod lists;
mod logging;
mod logs_tail;
mod measures;
mod migrate;
mod outbox_cli;
mod path;
mod people;
mod reference;
mod rows;
mod schema;
mod sentry;
mod serving;
mod source;
mod sources;
mod status;
mod systemd;
mod terminal;
mod transfer;
mod transitions;
mod trouble;
mod unreadable;
mod usage;
mod users_cli;
mod values;
mod world;
