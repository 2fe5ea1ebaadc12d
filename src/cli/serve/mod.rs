//! `botctl serve`: startup, the run until a signal, shutdown.

mod database;
mod demo;
mod lock_guard;
mod log;
mod monitoring;
mod redis;
mod sandbox;
mod shutdown;
mod signals;
mod startup;
mod systemd;
mod unit;
mod updates;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::context::CommandContext;
use super::error::CommandError;
use super::exit_code::ExitCode;
use super::output::Output;
use super::telegram_calls;
use crate::backup;
use crate::bot::intake::Intake;
use crate::bot::intake_health::IntakeHealth;
use crate::config::telegram::TelegramConfig;
use crate::config::{ServeConfig, ServeMode};
use crate::db::{self, job_runs, time};
use crate::jobs::{self, BackupSetup, JobScheduler, JobSettings};
use crate::telegram::Api;
use lock_guard::LockGuard;
use sandbox::LocalSandbox;
use signals::StopSignals;
use updates::UpdateSource;

/// Run the bot
///
/// A new database is created and migrated; one with an outdated schema is refused (exit code 3) unless --migrate is given.
///
/// SIGTERM, SIGHUP or Ctrl-C stops gracefully: no more updates are accepted, running handlers finish, queued messages are
/// sent for up to SHUTDOWN_GRACE seconds, and the exit code is 0. A second signal, at least half a second later, stops
/// immediately with exit code 1. No data is lost either way.
///
/// With --json the log goes to stderr; stdout gets one document when the bot is serving and another one if it fails.
#[derive(Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "flags")]
#[command(after_help = "\
Examples:
  botctl serve                                        with the settings of the env file
  botctl serve --migrate                              after an update
  botctl serve --sandbox --demo                       try it out with a made-up company
  botctl serve --sandbox --database-url play.db       try it out and keep the data")]
pub(super) struct ServeArgs {
    /// Try the bot without a token or a network
    ///
    /// Starts a local Telegram with a chat page in which you play all users. Uses a temporary database unless
    /// --database-url is given; the database of the environment or the env file is never touched.
    #[arg(long)]
    sandbox: bool,
    /// Address of the sandbox's chat page.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8088", requires = "sandbox", value_parser = parse_listen_address)]
    sandbox_listen: SocketAddr,
    /// Fill the sandbox's database with a made-up company
    ///
    /// Three dispatchers, twelve masters, two work groups, and 400 orders of the last 90 days in all statuses, with money, and visits
    /// today and tomorrow. Refused if the database has orders.
    #[arg(long, requires = "sandbox")]
    demo: bool,
    /// Apply pending migrations first.
    #[arg(long)]
    migrate: bool,
    /// Print a systemd unit for this program and directory, instead of running
    ///
    /// The service runs as the owner of the current directory. The unit restricts it to what the bot needs.
    #[arg(long, conflicts_with = "sandbox")]
    print_unit: bool,
    /// Receive updates by webhook; fail if WEBHOOK_URL is not set
    ///
    /// With WEBHOOK_URL set, the bot receives updates by webhook also without this flag. The sandbox is polled.
    #[arg(long, conflicts_with = "sandbox")]
    webhook: bool,
}

/// Host names are not accepted, since they may resolve to several addresses.
fn parse_listen_address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "expected an IP address and a port, such as 127.0.0.1:8089")
}

/// The result that is printed once the bot serves.
#[derive(Serialize)]
struct ServingResult {
    /// The bot's username.
    bot: String,
    /// Database URL without credentials.
    database: String,
    /// URL of the sandbox's chat page.
    chat_page: Option<String>,
}

impl ServingResult {
    fn human_text(&self) -> String {
        let page = self.chat_page.as_ref();
        page.map_or_else(String::new, |page| format!("The chat page is at {page} (press Ctrl-C to stop)"))
    }
}

/// How long closing the database may take during shutdown.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(3);

impl ServeArgs {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        if self.print_unit {
            return unit::print_unit(self.migrate, context);
        }
        let started = Instant::now();
        let mode = if self.sandbox { ServeMode::Sandbox } else { ServeMode::Production };
        let sources = context.sources()?;
        let config = ServeConfig::load(sources, mode)?;
        if self.webhook && config.webhook.is_none() {
            return Err(telegram_calls::missing_url_error());
        }
        let log_guard = log::start_log(&config, sources, context.output())?;
        let grace = config.shutdown.grace;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| {
            CommandError::new(ExitCode::Failed, format!("failed to start the async runtime: {error}"))
        })?;
        let result = runtime.block_on(async {
            match &config.telegram {
                Some(telegram) => self.serve(&config, telegram, None, started, context.output()).await,
                None => {
                    sandbox::announce_database(config.database.as_ref(), sources, context.output());
                    sandbox::announce_polling(sources, context.output());
                    let (sandbox, config) = LocalSandbox::start(self.sandbox_listen, config).await?;
                    let telegram = sandbox.telegram.clone();
                    self.serve(&config, &telegram, Some(sandbox), started, context.output()).await
                }
            }
        });
        // Threads that hang in an unresponsive database are not awaited.
        runtime.shutdown_background();
        log::end_log(log_guard, &result, grace);
        result
    }

    /// Starts all parts, serves until a failure or a signal, and stops the parts in order.
    async fn serve(
        &self,
        config: &ServeConfig,
        telegram: &TelegramConfig,
        sandbox: Option<LocalSandbox>,
        started: Instant,
        output: Output,
    ) -> Result<(), CommandError> {
        let url = match (&config.database, &sandbox) {
            (Some(database), _) => database.url.clone(),
            (None, Some(sandbox)) => sandbox.database_url(),
            (None, None) => return Err(CommandError::new(ExitCode::Usage, "no database is configured")),
        };
        let may_migrate = self.migrate || sandbox.is_some();
        let opened = database::open_database(config, &url, may_migrate, output)?;
        let (db, mut writer, lock) = (opened.db, opened.writer, opened.lock);
        if opened.is_new && sandbox.is_none() {
            database::warn_about_new_database(&url);
        }
        let alone = lock.is_first;
        // A restore that was killed may have left files. None is running, since this process holds the lock.
        if let Err(error) = backup::remove_stale_staging_beside(&url) {
            tracing::warn!(%error, "stale restore files could not be removed");
        }
        let guard = LockGuard::new(lock, url.clone());
        let health = IntakeHealth::default();
        let redis = redis::open_dialogues(config, telegram, &db).await?;
        let monitor = monitoring::start_monitor(config, &db, &url, &health, redis.as_ref()).await?;
        // Before this point a signal may kill the process, since nothing needs to be drained.
        let mut signals = StopSignals::install()?;
        systemd::notify_ready();
        let watchdog = systemd::start_watchdog(&db);
        let polling_begun = db.write(|tx| job_runs::start_polling(tx, time::now())).await;
        polling_begun.map_err(|error: db::Error| CommandError::from(error))?;
        if let Some(proxy) = telegram.shown_proxy() {
            tracing::info!(proxy, "Telegram is reached through a proxy");
        }
        let api = Api::new(telegram).map_err(|error| CommandError::new(ExitCode::Failed, error))?;
        let mut updates = UpdateSource::open(config.webhook.as_ref(), &db).await?;
        let Some(username) = startup::identify_bot(&api, &updates, &mut signals).await? else {
            return Ok(());
        };
        health.record_success();
        if self.demo {
            demo::fill_database(&db, config.schedule.timezone).await?;
        }
        startup::grant_configured_roles(&db, &config.roles).await?;
        if let Some(sandbox) = &sandbox {
            sandbox.resume_chats(&db).await?;
        }

        let courier = startup::build_courier(config, &db, &api);
        let delivery = tokio::spawn({
            let courier = courier.clone();
            async move { courier.run(alone).await }
        });
        let settings = startup::bot_settings(config, username.clone());
        let intake = Intake::new(db.clone(), settings, startup::after_update(&courier), health, redis);
        startup::register_command_menus(&api, &db, config.locale);
        if config.roles.admins.is_empty() {
            tracing::warn!(
                "no administrator is configured: press Start in the bot, add the ID that it shows to ADMIN_IDS, restart"
            );
        }
        let ready_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(bot = username, database = %url, ready_ms, "serving");
        systemd::notify_serving();
        let chat_page = sandbox.as_ref().map(LocalSandbox::chat_page_url);
        // Nothing is backed up of the sandbox.
        let backup = sandbox.is_none().then(|| BackupSetup {
            url: &url,
            config: &config.backup,
            alarm: startup::backup_alarm(config),
        });
        let job_settings = JobSettings::new(config.schedule, config.locale);
        let jobs = JobScheduler::start(&db, job_settings, startup::wake_courier(&courier), backup);
        let indexing = tokio::spawn(jobs::run_indexing(db.clone()));
        let serving = ServingResult { bot: username, database: url.to_string(), chat_page };
        // A closed stdout is no reason to stop.
        let _printed = output.print_result(&serving, || serving.human_text());

        let result = tokio::select! {
            result = updates.take_updates(&intake, &api) => result,
            // Both exit at once: pending work must not touch the tables that are there now.
            error = guard.wait_until_lost() => return Err(error),
            error = writer.wait_until_lost() => return Err(error.into()),
            () = signals.next_request() => Ok(()),
        };
        systemd::notify_stopping();
        if let Some(monitor) = &monitor {
            monitor.stop();
        }
        shutdown::drain(config, &db, &intake, &courier, jobs, &mut signals).await?;
        delivery.abort();
        indexing.abort();
        if let Some(watchdog) = watchdog {
            watchdog.abort();
        }
        drop((updates, intake, courier, db));
        // If the writer hangs, SQLite recovers from its write-ahead log at the next start.
        tokio::select! {
            _ = tokio::time::timeout(CLOSE_TIMEOUT, writer.join()) => {}
            () = signals.next_request() => return result.and(Err(shutdown::forced_stop_error())),
        }
        drop(guard);
        result
    }
}
