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
//! | [`report`] | the figures of the reports | db, domain |
//! | [`service`] | use cases: authorize, check, change, return facts | db, domain |
//! | [`bot`] | from an update to changes and outgoing messages | service, report, domain, config, db, telegram, logging, redact |
//! | [`courier`] | delivers the outbox | db, domain, telegram, logging |
//! | [`jobs`] | scheduled jobs of `serve` | backup, bot, report, service, db, domain, config |
//! | [`http`] | what `serve` answers over HTTP: the webhook, health, metrics | bot, db, config, migrate, backup |
//! | [`cli`] | one file per command | everything; nothing uses it |
//!
//! `tests/e2e/architecture.rs` reads this table and fails on any other `use crate::`.
//!
//! # One update is one transaction
//!
//! An update is stored in the inbox before it is acknowledged to Telegram. Its handler, a synchronous function of a
//! transaction, changes rows and puts its messages into the outbox; the courier sends them. A crash leaves the whole
//! effect or none, and a repeated update does nothing.

pub(crate) mod backup;
pub(crate) mod bot;
pub(crate) mod cli;
pub(crate) mod config;
pub(crate) mod courier;
pub(crate) mod db;
pub(crate) mod domain;
pub(crate) mod http;
pub(crate) mod jobs;
pub(crate) mod legacy;
pub(crate) mod logging;
pub(crate) mod migrate;
pub(crate) mod redact;
pub(crate) mod report;
pub(crate) mod service;
pub(crate) mod telegram;
pub(crate) mod transfer;

#[cfg(test)]
mod fuzzing_tests;

pub use cli::run;

/// What the tests and benches of this repository use. Not a public interface.
#[doc(hidden)]
pub mod testing {
    pub mod bot {
        pub use crate::bot::incoming::ReceivedUpdate;
        pub use crate::bot::labels::Label;
        pub use crate::bot::process::process_update;
        pub use crate::bot::settings::BotSettings;
        pub use crate::bot::view::text::Texts;
    }
    pub mod cli {
        pub use crate::cli::{Shell, command, completion_script, exit_codes};
    }
    pub mod config {
        pub use crate::config::database::DatabaseUrl;
        pub use crate::config::logging::{LogFormat, LogLevel, LoggingConfig};
        pub use crate::config::roles::RolesConfig;
        pub use crate::config::sentry::{Dsn, SentryConfig};
        pub use crate::config::telegram::TelegramConfig;
        pub use crate::config::variables::all_variables;
        pub use crate::config::{Secret, SecretString};
    }
    pub mod db {
        pub use crate::db::connection::{allow_writing, open_connection};
        pub use crate::db::history::{StatusChange, insert_status_change};
        pub use crate::db::inbox::{StoredUpdate, insert_updates};
        pub use crate::db::lock::{acquire_migrate_lock, acquire_serve_lock, is_served};
        pub use crate::db::masters::{
            find_master, find_master_of_user, insert_master, list_masters, update_work_chat,
        };
        pub use crate::db::order_search::{index_orders, list_stale_orders};
        pub use crate::db::orders::{
            close_order, find_order, insert_order, list_orders, update_order_status,
        };
        pub use crate::db::schema;
        pub use crate::db::time::now;
        pub use crate::db::users::{find_user, update_user_roles};
        pub use crate::db::{AnyConnection, Database, Error, Result, in_savepoint};
    }
    pub mod domain {
        pub use crate::domain::equipment::OrderEquipment;
        pub use crate::domain::figures::Figures;
        pub use crate::domain::ids::{
            ChatId, ChatPlace, EquipmentTypeId, MasterId, OrderId, TelegramId, ThreadId,
        };
        pub use crate::domain::locale::Locale;
        pub use crate::domain::master::{Master, MasterFilter, NewMaster};
        pub use crate::domain::money::Kopecks;
        pub use crate::domain::order::{NewOrder, Order, OrderClosing, OrderFilter};
        pub use crate::domain::period::{PeriodPreset, ReportPeriod};
        pub use crate::domain::phone::{Phone, PhoneRule};
        pub use crate::domain::rates::{AppliedRates, ClosingAmounts};
        pub use crate::domain::role::Role;
        pub use crate::domain::status::OrderStatus;
    }
    /// What holds for any input. `fuzz/` runs these checks, and so do the unit tests.
    #[cfg(any(test, fuzzing))]
    pub mod fuzzing {
        pub use crate::bot::fuzzing::{check_callback, check_update};
        pub use crate::config::fuzzing::check_env_file;
        pub use crate::domain::fuzzing::{check_amount, check_phone, check_text, check_visit};
        pub use crate::logging::read::fuzzing::check_log;
    }
    pub mod logging {
        pub use crate::logging::write::{LogContext, LogGuard, LogSetup, start_logging};
    }
    pub mod migrate {
        pub use crate::migrate::apply_pending;
    }
    pub mod report {
        pub use crate::report::{
            FigureRow, Report, ReportKind, ReportRequest, make_report, period_of_preset,
        };
    }
    pub mod telegram {
        pub use crate::telegram::{Api, CALL_TIMEOUT};
    }
}
