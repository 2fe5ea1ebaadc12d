//! What `serve` sets up before the first update: the bot's account, roles, command menus, the courier.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::signals::StopSignals;
use super::updates::UpdateSource;
use crate::bot::intake::AfterUpdate;
use crate::bot::report_content::make_report_content;
use crate::bot::resend::CardSettings;
use crate::bot::settings::BotSettings;
use crate::bot::{commands, notices};
use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::cli::telegram_calls::{refused_webhook_error, rejected_token_error};
use crate::config::ServeConfig;
use crate::config::roles::RolesConfig;
use crate::courier::Courier;
use crate::db::outbox::LeasedMessage;
use crate::db::{AnyConnection, Database, time, users};
use crate::domain::locale::Locale;
use crate::jobs::{BackupAlarm, BackupFailure, WakeCourier};
use crate::service::{self, Refusal};
use crate::telegram::{Api, CALL_TIMEOUT, CallError};

/// Pause between attempts to reach Telegram.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);

/// The part of getMe's result that the bot needs.
#[derive(Deserialize)]
struct BotAccount {
    username: String,
}

/// Asks Telegram for the bot's username until it answers, and tells it how updates are received. Returns `None` when a signal
/// comes first.
pub(super) async fn identify_bot(
    api: &Api,
    updates: &UpdateSource,
    signals: &mut StopSignals,
) -> Result<Option<String>, CommandError> {
    loop {
        let request = async {
            let account = api.call("getMe", "{}".to_owned(), CALL_TIMEOUT).await?;
            updates.register(api).await?;
            Ok::<_, CallError>(account)
        };
        let response = tokio::select! {
            response = request => response,
            () = signals.next_request() => return Ok(None),
        };
        match response {
            Ok(account) => {
                let account: Result<BotAccount, _> = serde_json::from_str(account.get());
                return account.map(|account| Some(account.username)).map_err(|error| {
                    CommandError::new(ExitCode::Failed, format!("unexpected response to getMe: {error}"))
                });
            }
            Err(CallError::Refused { code: 401 | 404, description, .. }) => {
                return Err(rejected_token_error(&description));
            }
            Err(CallError::Refused { code: 400, description, .. }) if !may_pass(&description) => {
                return Err(refused_webhook_error(&description));
            }
            Err(error) => tracing::warn!(%error, "Telegram is unreachable, retrying"),
        }
        tokio::select! {
            () = tokio::time::sleep(RETRY_INTERVAL) => {}
            () = signals.next_request() => return Ok(None),
        }
    }
}

/// Whether a refused webhook may be accepted later: its name server may be away for a moment.
fn may_pass(description: &str) -> bool {
    description.contains("resolve host")
}

/// Grants the configured roles to known users; others receive theirs with their first message.
pub(super) async fn grant_configured_roles(
    db: &Database,
    configured: &RolesConfig,
) -> Result<(), CommandError> {
    let appointed: Vec<_> = configured.all_roles().collect();
    let granted = db
        .write(move |tx| service::users::grant_configured_roles(tx, appointed.into_iter(), time::now()))
        .await;
    let granted = granted.map_err(|refusal| CommandError::new(ExitCode::Failed, refusal))?;
    if !granted.is_empty() {
        tracing::info!(users = granted.len(), "roles granted from ADMIN_IDS and DISPATCHER_IDS");
    }
    Ok(())
}

/// Registers the command menus in the background, also those of all users with a role. Telegram refuses a menu for a user who
/// has blocked the bot; the next start tries again.
pub(super) fn register_command_menus(api: &Api, db: &Database, locale: Locale) {
    let (api, db) = (api.clone(), db.clone());
    tokio::spawn(async move {
        let mut calls = commands::general_menus(locale);
        match db.read(users::list_users).await {
            Ok(users) => {
                let with_role = users.iter().filter(|user| !user.roles.is_unknown());
                calls.extend(with_role.flat_map(|user| commands::role_menus(user.telegram_id, locale)));
            }
            Err(error) => tracing::debug!(%error, "users could not be read for their command menus"),
        }
        for call in calls {
            if let Err(error) = api.call(call.method, call.payload, CALL_TIMEOUT).await {
                tracing::debug!(%error, "command menu could not be registered");
            }
        }
    });
}

/// Builds the courier, which notifies users of its dead letters.
pub(super) fn build_courier(config: &ServeConfig, db: &Database, api: &Api) -> Courier {
    let (locale, zone, map_url) = (config.locale, config.schedule.timezone, config.map_url.clone());
    let on_dead_letter = Arc::new(move |tx: &mut AnyConnection, dead: &LeasedMessage, reason: &str| {
        let settings = CardSettings { locale, zone, map_url: &map_url };
        notices::notify_undelivered(tx, settings, dead, reason, time::now())
            .map_err(Refusal::into_database_error)
    });
    let per_second = config.rates.send_per_second.map(Into::into);
    let make_content = Arc::new(move |conn: &mut AnyConnection, request: &serde_json::Value| {
        make_report_content(conn, zone, request)
    });
    Courier::new(db.clone(), api.clone(), per_second, on_dead_letter, make_content)
}

/// Tells the admins of failed backups.
pub(super) fn backup_alarm(config: &ServeConfig) -> BackupAlarm {
    let locale = config.locale;
    Arc::new(move |tx, failure| {
        let is_made = matches!(failure, BackupFailure::Hook(_));
        notices::notify_backup_failed(tx, locale, &failure.to_string(), is_made)
    })
}

/// Sends what the jobs have stored.
pub(super) fn wake_courier(courier: &Courier) -> WakeCourier {
    let courier = courier.clone();
    Arc::new(move || courier.wake())
}

/// Sends the messages of an update once its transaction is durable.
pub(super) fn after_update(courier: &Courier) -> AfterUpdate {
    let courier = courier.clone();
    Arc::new(move |processed| {
        if let Some(answer) = processed.callback_answer {
            courier.call_now(answer);
        }
        for call in processed.menus {
            courier.call_now(call);
        }
        if processed.has_messages {
            courier.wake();
        }
    })
}

pub(super) fn bot_settings(config: &ServeConfig, username: String) -> BotSettings {
    BotSettings {
        username,
        locale: config.locale,
        zone: config.schedule.timezone,
        map_url: config.map_url.clone(),
        max_description: config.limits.description_max,
        max_notes: config.limits.notes_max,
        phones: config.limits.phone.clone(),
        contact_phone: config.limits.contact_phone.clone(),
        flood_limit: config.rates.flood_per_window,
        appointed: config.roles.clone(),
    }
}
