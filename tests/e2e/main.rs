//! End-to-end tests: the real program, in a clean environment, against the sandbox's Bot API, on SQLite and on
//! PostgreSQL.
//!
//! - `world`: the harness, `book`: expected texts, `rows`: the database seen from outside
//! - `people`: registration, menus, masters; `path`: an order from the first tap to the money; `dialogue`: the steps of
//!   the dialogues; `group`: the work group; `lists`: lists, filters, `/order`
//! - `transitions`, `callbacks`: every cell of the status table, every button ever sent
//! - `defects`: what the old bot got wrong
//! - `trouble`, `crash`, `faults`: hostile texts, races, repeats, kills, a Telegram that fails
//! - `configuration`, `schema`, `migrate`: starting, refusing to start, migrations
//! - `backup`: copies of the database, and putting them back
//! - `adopt`: taking over a database of the old bot, with `legacy` as its examples
//! - `invariants`: random sequences of actions; `house`: who may import whom; `reference`: man pages, completions, help

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod adopt;
mod backup;
mod book;
mod callbacks;
mod configuration;
mod crash;
mod defects;
mod dialogue;
mod faults;
mod group;
mod house;
mod invariants;
mod lists;
mod migrate;
mod path;
mod people;
mod reference;
mod rows;
mod schema;
mod transitions;
mod trouble;
mod world;
