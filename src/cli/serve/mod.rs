//! `botctl serve`: the bot.

mod announce;
mod guard;
mod log;
mod sandbox;
mod stop;
mod systemd;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use serde::{Deserialize, Serialize};

use super::context::CommandContext;
use super::error::{CommandError, ExitCode};
use super::migrate::apply_for_serve;
use super::output::Output;
use super::schema_state::schema_error;
use crate::backup;
use crate::bot::intake::{AfterUpdate, Intake};
use crate::bot::notices;
use crate::bot::poller::{PollError, Poller};
use crate::bot::settings::BotSettings;
use crate::config::database::DatabaseUrl;
use crate::config::people::PeopleConfig;
use crate::config::telegram::TelegramConfig;
use crate::config::variables::NOT_YET_USED;
use crate::config::{ServeConfig, ServeMode};
use crate::courier::Courier;
use crate::db::lock::{self, ServeLock};
use crate::db::outbox::LeasedMessage;
use crate::db::{self, Database, connection, job_runs, time};
use crate::jobs::JobScheduler;
use crate::migrate::{self, SchemaState};
use crate::service;
use crate::telegram::{Api, CALL_TIMEOUT, CallError};
use guard::Guard;
use sandbox::Playground;
use stop::Stop;

/// Run the bot
///
/// Creates a new database and applies its migrations; refuses a database with pending migrations (exit code 3) unless
/// --migrate is given. SIGTERM or Ctrl-C shuts it down: it takes no more updates, finishes those in progress, sends waiting
/// messages for up to SHUTDOWN_GRACE seconds and exits with code 0. A second signal, at least half a second later, ends it
/// immediately with code 1. No update or message is lost in either case.
///
/// With --json the log goes to stderr, and stdout gets one document when the bot is ready and another one if it fails.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  botctl serve                                        use the configuration in .env
  botctl serve --migrate                              apply pending migrations first
  botctl serve --sandbox --database-url play.db       try the bot and keep the data")]
pub(super) struct Serve {
    /// Try the bot without a token or network
    ///
    /// Runs a local Telegram in the process, with a chat page where you play all users. Uses a temporary database unless
    /// --database-url names one: the database in the environment or the env file belongs to the real bot.
    #[arg(long)]
    sandbox: bool,
    /// Listen address of the sandbox's chat page
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8088", requires = "sandbox", value_parser = address)]
    sandbox_listen: SocketAddr,
    /// Apply pending migrations first
    #[arg(long)]
    migrate: bool,
}

/// A name would have to be looked up, and may have several addresses.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "write numbers and a port, such as 127.0.0.1:8089")
}

/// What whoever started it is told once it serves.
#[derive(Serialize)]
struct Serving {
    /// Its account's name at Telegram.
    bot: String,
    /// Without credentials.
    database: String,
    /// Where the sandbox is played; `null` without one.
    chat_page: Option<String>,
}

impl Serving {
    /// Where to go, if anywhere.
    fn greeting(&self) -> String {
        let page = self.chat_page.as_ref();
        page.map_or_else(String::new, |page| format!("The chat page is at {page} (Ctrl-C ends it)"))
    }
}

/// How long closing the database may take at the end.
const CLOSING: Duration = Duration::from_secs(3);
/// How long the first look at the database waits for whoever has locked it.
const LOOKING: Duration = Duration::from_secs(10);
/// Why it ended when somebody could not wait.
const AT_ONCE: &str = "stopped at once by a second signal";
/// How often Telegram is asked who we are before it answers, seconds between.
const GET_ME_PAUSE: Duration = Duration::from_secs(2);

impl Serve {
    pub(super) fn run(&self, context: &CommandContext) -> Result<(), CommandError> {
        let begun = Instant::now();
        let mode = if self.sandbox { ServeMode::Sandbox } else { ServeMode::Production };
        let sources = context.sources()?;
        let config = ServeConfig::load(sources, mode)?;
        let without_effect: Vec<_> =
            NOT_YET_USED.iter().copied().filter(|name| sources.get(name).is_some()).collect();
        if !without_effect.is_empty() {
            let names = without_effect.join(", ");
            context.output().warn(format_args!("set, but without effect in this version: {names}"));
        }
        let telemetry = log::start(&config, sources, context.output())?;
        let grace = config.shutdown.grace;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(|error| CommandError::new(ExitCode::Failed, format!("no threads to run on: {error}")))?;
        let done = runtime.block_on(async {
            match &config.telegram {
                Some(telegram) => self.serve(&config, telegram, None, begun, context.output()).await,
                None => {
                    sandbox::tell_where_it_plays(config.database.as_ref(), sources, context.output());
                    let (playground, config) = Playground::open(self.sandbox_listen, config).await?;
                    let telegram = playground.telegram.clone();
                    self.serve(&config, &telegram, Some(playground), begun, context.output()).await
                }
            }
        });
        // Not waiting for threads that hang in a database that does not answer.
        runtime.shutdown_background();
        log::end(telemetry, &done, grace);
        done
    }

    /// Brings everything up, works until it ends by itself or by a signal, and takes everything down in order.
    async fn serve(
        &self,
        config: &ServeConfig,
        telegram: &TelegramConfig,
        playground: Option<Playground>,
        begun: Instant,
        output: Output,
    ) -> Result<(), CommandError> {
        let url = match (&config.database, &playground) {
            (Some(database), _) => database.url.clone(),
            (None, Some(playground)) => playground.database(),
            (None, None) => return Err(CommandError::new(ExitCode::Usage, "no database is configured")),
        };
        let (db, writer, lock) = self.open_database(config, &url, playground.is_some(), output)?;
        let alone = lock.is_first;
        // What a restore that died left of a whole copy; none is at work, because the lock is had.
        if let Err(error) = backup::remove_stale_staging_beside(&url) {
            tracing::warn!(%error, "what a restore may have left was not looked for");
        }
        let guard = Guard::new(lock, url.clone());
        // From here on a signal ends it in order; before, there is nothing to put in order.
        let mut stop = Stop::listen()?;
        systemd::ready();
        let watchdog = systemd::watch(&db);
        let begun_polling = db.write(|tx| job_runs::start_polling(tx, time::now())).await;
        begun_polling.map_err(|error: db::Error| CommandError::from(error))?;
        let api = Api::new(telegram);
        let Some(me) = who_am_i(&api, &mut stop).await? else { return Ok(()) };
        appoint(&db, &config.people).await?;

        let courier = courier(config, &db, &api);
        let delivering = tokio::spawn({
            let courier = courier.clone();
            async move { courier.run(alone).await }
        });
        let username = me.username.clone();
        let intake = Intake::new(db.clone(), settings(config, me.username), after_update(&courier));
        announce::commands(&api, &config.people, config.locale);
        if config.people.admins.is_empty() {
            tracing::warn!(
                "nobody is an admin: press Start, the bot says your number; put it into ADMIN_IDS and restart"
            );
        }
        let ready_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(bot = username, database = %url, ready_ms, "serving");
        systemd::serving();
        let chat_page = playground.as_ref().map(Playground::chat_page);
        // What is only played with is not backed up.
        let jobs = playground
            .is_none()
            .then(|| JobScheduler::start(&db, &url, &config.backup, config.schedule.timezone));
        let serving = Serving { bot: username, database: url.to_string(), chat_page };
        // Nobody need be reading.
        let _told = output.print_result(&serving, || serving.greeting());

        let ended = tokio::select! {
            ended = work(&intake, &api) => ended,
            // At once: what it still has to say and to do is not for the tables that are there now.
            failure = guard.lost() => return Err(failure),
            () = stop.asked() => Ok(()),
        };
        systemd::stopping();
        wind_down(config, &db, &intake, &courier, jobs, &mut stop).await?;
        delivering.abort();
        if let Some(watchdog) = watchdog {
            watchdog.abort();
        }
        drop((intake, courier, db));
        // The file is closed in order unless something still hangs in it; then the next start finds all in its log.
        tokio::select! {
            _ = tokio::time::timeout(CLOSING, writer.join()) => {}
            () = stop.asked() => return ended.and(Err(at_once())),
        }
        drop(guard);
        ended
    }

    /// Takes the lock, looks at the schema and opens the pool.
    fn open_database(
        &self,
        config: &ServeConfig,
        url: &DatabaseUrl,
        is_playground: bool,
        output: Output,
    ) -> Result<(Database, db::WriterThread, ServeLock), CommandError> {
        if let DatabaseUrl::Sqlite(path) = url {
            let is_new = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
            if is_new {
                // The lock comes first, so that two first starts at once do not both make the database.
                let lock = lock::acquire_serve_lock(url)?;
                apply_for_serve(url, Some(config.backup.dir.clone()), output)?;
                tell_of_new(url, is_playground);
                return open(url, lock);
            }
        }
        // Only a look: a database that is refused stays exactly as it is.
        let state = match connection::open_read_only(url, LOOKING)? {
            Some(mut conn) => migrate::schema_state(&mut conn)?,
            None => SchemaState::Empty,
        };
        match &state {
            SchemaState::Current | SchemaState::Empty => {}
            SchemaState::Pending(_) if self.migrate || is_playground => {}
            other => return Err(schema_error(url, other)),
        }
        let lock = lock::acquire_serve_lock(url)?;
        apply_for_serve(url, Some(config.backup.dir.clone()), output)?;
        if state == SchemaState::Empty {
            tell_of_new(url, is_playground);
        }
        if let DatabaseUrl::Sqlite(path) = url {
            connection::prepare_sqlite_file(path)?;
        }
        open(url, lock)
    }
}

/// A misspelt address would otherwise look like a bot that has forgotten everything.
fn tell_of_new(url: &DatabaseUrl, is_playground: bool) {
    if !is_playground {
        tracing::warn!(
            database = %url,
            "this database is new and empty: if the bot had one before, stop it and correct DATABASE_PATH or DATABASE_URL"
        );
    }
}

fn open(url: &DatabaseUrl, lock: ServeLock) -> Result<(Database, db::WriterThread, ServeLock), CommandError> {
    let (db, writer) = Database::open(url)?;
    Ok((db, writer, lock))
}

/// Hands on what an earlier run left, then polls.
async fn work(intake: &Intake, api: &Api) -> Result<(), CommandError> {
    let replayed = intake.replay_inbox().await?;
    if replayed > 0 {
        tracing::info!(updates = replayed, "handled what an earlier run had stored");
    }
    Poller::new(intake, api).run().await.map_err(|error| match error {
        PollError::Conflict(_) => CommandError::new(ExitCode::Failed, error).hint(
            "one bot has one poller: stop the other program that uses this token, or give it another token",
        ),
        PollError::Token(_) => bad_token(&error.to_string()),
    })
}

/// The configuration's roles for those who are known already; the others get theirs when they write.
async fn appoint(db: &Database, people: &PeopleConfig) -> Result<(), CommandError> {
    let appointed: Vec<_> = people.all_roles().collect();
    let granted = db
        .write(move |tx| service::users::grant_configured_roles(tx, appointed.into_iter(), time::now()))
        .await;
    let granted = granted.map_err(|refusal| CommandError::new(ExitCode::Failed, refusal))?;
    if !granted.is_empty() {
        tracing::info!(people = granted.len(), "granted roles by ADMIN_IDS and DISPATCHER_IDS");
    }
    Ok(())
}

/// Finishes what runs and sends what waits, unless a second signal comes.
async fn wind_down(
    config: &ServeConfig,
    db: &Database,
    intake: &Intake,
    courier: &Courier,
    jobs: Option<JobScheduler>,
    stop: &mut Stop,
) -> Result<(), CommandError> {
    tracing::info!("stopping: finishing what runs and sending what waits");
    let deadline = Instant::now() + config.shutdown.grace;
    let left = || deadline.saturating_duration_since(Instant::now());
    let orderly = async {
        intake.drain(left()).await;
        if config.shutdown.notify_admins {
            let locale = config.locale;
            let grace = left();
            if let Err(error) = db.write(move |tx| notices::notify_stopping(tx, locale, grace)).await {
                tracing::error!(%error, "the admins could not be told of the stop");
            }
        }
        let end_jobs = async {
            if let Some(jobs) = jobs {
                jobs.stop(left()).await;
            }
        };
        tokio::join!(courier.stop(left()), end_jobs).0
    };
    tokio::select! {
        left = orderly => match left {
            Ok(left_in_outbox) => tracing::info!(left_in_outbox, "stopped"),
            // Nothing is lost: the messages are there and go out when their leases have ended.
            Err(error) => db::log_outage!(
                db.outage().report_once(), %error, "stopped, and what is left in the outbox could not be given back"
            ),
        },
        () = stop.asked() => return Err(at_once()),
    }
    Ok(())
}

/// Somebody could not wait.
fn at_once() -> CommandError {
    CommandError::new(ExitCode::Failed, AT_ONCE)
        .hint("nothing is lost: what was left goes on at the next start")
}

/// The courier, which reports what it has to give up.
fn courier(config: &ServeConfig, db: &Database, api: &Api) -> Courier {
    let locale = config.locale;
    let on_dead = Arc::new(move |tx: &mut db::AnyConnection, dead: &LeasedMessage, _reason: &str| {
        notices::notify_undelivered(tx, locale, dead, time::now())
    });
    let per_second = config.rates.send_per_second.map(Into::into);
    Courier::with_dead_letter_hook(db.clone(), api.clone(), per_second, on_dead)
}

/// Sends the messages of an update once its transaction is durable.
fn after_update(courier: &Courier) -> AfterUpdate {
    let courier = courier.clone();
    Arc::new(move |processed| {
        if let Some(answer) = processed.callback_answer {
            courier.call_now(answer);
        }
        if processed.has_messages {
            courier.wake();
        }
    })
}

fn settings(config: &ServeConfig, username: String) -> BotSettings {
    BotSettings {
        username,
        locale: config.locale,
        zone: config.schedule.timezone,
        max_description: config.limits.description_max,
        max_notes: config.limits.notes_max,
        phones: config.limits.phone.clone(),
        appointed: config.people.clone(),
    }
}

/// The bot's own account (Telegram Bot API: getMe).
#[derive(Deserialize)]
struct Me {
    username: String,
}

/// Asks Telegram who we are, until it answers; also makes sure that no webhook keeps updates from a poller.
/// `None` when the program is to stop first.
async fn who_am_i(api: &Api, stop: &mut Stop) -> Result<Option<Me>, CommandError> {
    loop {
        let asked = async {
            let me = api.call("getMe", "{}".to_owned(), CALL_TIMEOUT).await?;
            api.call("deleteWebhook", "{}".to_owned(), CALL_TIMEOUT).await?;
            Ok::<_, CallError>(me)
        };
        let answer = tokio::select! {
            answer = asked => answer,
            () = stop.asked() => return Ok(None),
        };
        match answer {
            Ok(me) => {
                let me = serde_json::from_str(me.get());
                return me.map(Some).map_err(|error| {
                    CommandError::new(ExitCode::Failed, format!("Telegram's getMe makes no sense: {error}"))
                });
            }
            Err(CallError::Refused { code: 401 | 404, description, .. }) => {
                return Err(bad_token(&description));
            }
            Err(error) => tracing::warn!(%error, "Telegram does not answer yet, trying again"),
        }
        tokio::select! {
            () = tokio::time::sleep(GET_ME_PAUSE) => {}
            () = stop.asked() => return Ok(None),
        }
    }
}

fn bad_token(description: &str) -> CommandError {
    CommandError::new(ExitCode::Refused, format!("Telegram does not accept BOT_TOKEN: {description}"))
        .hint("copy the token from @BotFather again; with TELEGRAM_API_URL set, check that address too")
}
