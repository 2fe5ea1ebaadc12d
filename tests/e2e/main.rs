//! End-to-end tests: the real program, in a clean environment, against the sandbox's Bot API, on SQLite and on
//! PostgreSQL.
//!
//! - `world`: the harness; `texts`: expected texts, `database_rows`: the database seen from outside, `terminal`: a terminal
//!   to run commands on, `command`: running commands
//! - `registration`: users, menus, masters; `order_lifecycle`: an order from the first tap to the payment; `dialogue`: the
//!   steps of the dialogues; `group`: the work group; `lists`: lists, filters, `/order`
//! - `strangers`: users without a role; `notices`: which notices staff get
//! - `rights`: who sees an order and when no longer
//! - `transitions`, `callbacks`: every cell of the status table, every button ever sent
//! - `legacy_defects`: defects of the old bot that must not return
//! - `hostile_input`, `crash`, `faults`, `flood`, `broken_host`: hostile texts, races, repeats, kills, a failing Telegram, too many updates,
//!   a failing host; `typed_text`: ordinary
//!   texts, labels and commands as people type them
//! - `clock`: times that a clock which was ahead has left behind
//! - `configuration`, `schema`, `migrate`, `systemd`: starting, refusing to start, migrations, notifications to systemd;
//!   `serving`: which process holds the database
//! - `host`: signals and proxies; `postgres_server`: servers, roles and poolers that cannot hold the bot's data
//! - `conventions`: rules for every command; `config_cli`: showing and checking the configuration; `sources`: where values
//!   come from
//! - `backup`: backups and restoring them; `jobs`: scheduled jobs; `transfer`: moving to another database
//! - `users_cli`, `outbox_cli`, `report_cli`, `status`: commands for the operator
//! - `topics`: topics of groups; `speakers`: who speaks where: channels, bots, hidden administrators
//! - `albums`: messages that belong together, and files; `corrections`: edited messages
//! - `webhook`: updates by webhook, and its commands
//! - `updates`: what Telegram sends beyond what the bot knows; `unreadable`: databases that cannot be read
//! - `chat_page`: the sandbox in a real browser, which `browser` drives;
//!   `demo`: its made-up company
//! - `health`: what monitors ask; `metrics`: what Prometheus reads, alert rules, dashboard;
//!   `redis`: dialogues in Redis
//! - `logging`: the log file and the log on stdout; `logs_tail`: reading and following it; `sentry`: error reports without
//!   personal data
//! - `adopt`: adopting a legacy database, with `legacy` as its examples
//! - `figures`: the figures of the reports; `reports`: what the chat shows of them
//! - `guide`: what the operator's guide quotes and tells to copy
//! - `packaging`: the systemd unit and the compose files
//! - `invariants`: random sequences of actions; `reference`: man pages, completions, help
//! - `architecture`: which module may use which, no cycles of files; `measures`: names, plain language, short functions;
//!   both read the code through `source`

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod adopt;
mod albums;
mod architecture;
mod backup;
mod broken_host;
mod browser;
mod callbacks;
mod chat_page;
mod clock;
mod closing;
mod command;
mod comments;
mod completing;
mod config_cli;
mod config_init;
mod configuration;
mod conventions;
mod corrections;
mod crash;
mod dashboards;
mod database_rows;
mod demo;
mod dialogue;
mod escapes;
mod exchange;
mod faults;
mod figures;
mod flood;
mod group;
mod guide;
mod health;
mod help_topics;
mod host;
mod hostile_input;
mod invariants;
mod jobs;
mod ledger;
mod legacy_defects;
mod lists;
mod logging;
mod logs_tail;
mod measures;
mod metrics;
mod migrate;
mod notices;
mod order_lifecycle;
mod outbox_cli;
mod packaging;
mod people;
mod postgres_server;
mod progress;
mod rates;
mod redis;
mod reference;
mod registration;
mod reminders;
mod report_cli;
mod report_files;
mod reports;
mod rights;
mod schema;
mod search;
mod sentry;
mod serving;
mod settlement;
mod source;
mod sources;
mod speakers;
mod status;
mod strangers;
mod systemd;
mod terminal;
mod texts;
mod topics;
mod transfer;
mod transitions;
mod typed_text;
mod unreadable;
mod updates;
mod usage;
mod users_cli;
mod values;
mod visits;
mod webhook;
mod world;
