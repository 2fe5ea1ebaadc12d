//! How updates come in: by polling or by webhook.

use std::io;

use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::bot::intake::Intake;
use crate::bot::poller::Poller;
use crate::bot::reception::ReceptionError;
use crate::bot::webhook::{self, WebhookRegistration};
use crate::bot::webhook_watch::WebhookWatch;
use crate::cli::error::CommandError;
use crate::cli::exit_code::ExitCode;
use crate::cli::telegram_calls::TOKEN_HINT;
use crate::config::webhook::WebhookConfig;
use crate::db::{self, Database, time};
use crate::http::webhook::WebhookEndpoint;
use crate::telegram::{Api, CallError};

/// Where updates come from.
pub(super) enum UpdateSource {
    Polling,
    Webhook(Box<WebhookSource>),
}

pub(super) struct WebhookSource {
    registration: WebhookRegistration,
    /// `None` once it is served.
    listener: Option<TcpListener>,
    /// Aborted on drop.
    server: JoinSet<()>,
}

impl UpdateSource {
    /// Listens for a configured webhook, so that Telegram is told of none that does not work.
    pub(super) async fn open(config: Option<&WebhookConfig>, db: &Database) -> Result<Self, CommandError> {
        let Some(config) = config else { return Ok(Self::Polling) };
        let listener =
            TcpListener::bind(&config.listen).await.map_err(|error| listen_error(&config.listen, &error))?;
        let config = config.clone();
        let registration: db::Result<WebhookRegistration> =
            db.write(move |tx| WebhookRegistration::load(tx, &config, time::now())).await;
        let source =
            WebhookSource { registration: registration?, listener: Some(listener), server: JoinSet::new() };
        Ok(Self::Webhook(Box::new(source)))
    }

    /// Tells Telegram. Pending updates stay with it, whichever way they came before.
    pub(super) async fn register(&self, api: &Api) -> Result<(), CallError> {
        match self {
            Self::Polling => webhook::delete_webhook(api).await,
            Self::Webhook(source) => source.registration.register(api).await,
        }
    }

    /// Replays stored updates, then takes new ones, until the intake stops or no more can come.
    pub(super) async fn take_updates(&mut self, intake: &Intake, api: &Api) -> Result<(), CommandError> {
        let replayed = intake.replay_inbox().await?;
        if replayed > 0 {
            tracing::info!(updates = replayed, "stored updates replayed");
        }
        let ended = match self {
            Self::Polling => Poller::new(intake, api).run().await,
            Self::Webhook(source) => {
                source.serve_endpoint(intake);
                WebhookWatch::new(intake, api, &source.registration).run().await
            }
        };
        ended.map_err(reception_error)
    }
}

impl WebhookSource {
    /// Takes updates until the source is dropped; while the bot stops, Telegram is told to come again.
    fn serve_endpoint(&mut self, intake: &Intake) {
        let Some(listener) = self.listener.take() else { return };
        let WebhookRegistration { url, secret } = self.registration.clone();
        let endpoint = WebhookEndpoint::new(intake.clone(), url.expose().path(), secret);
        self.server.spawn(endpoint.serve(listener));
    }
}

fn listen_error(listen: &str, error: &io::Error) -> CommandError {
    let hint = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program uses this port (`ss -ltnp` shows it): stop it, or set WEBHOOK_LISTEN to another port, in the \
             proxy too"
        }
        io::ErrorKind::PermissionDenied => {
            "ports below 1024 are for root: set WEBHOOK_LISTEN to a higher one; the proxy listens on 443"
        }
        _ => {
            "set WEBHOOK_LISTEN to an address of this machine: 127.0.0.1:8080 behind a proxy on it, 0.0.0.0:8080 in a container"
        }
    };
    CommandError::new(ExitCode::Failed, format!("failed to listen on {listen} for the webhook: {error}"))
        .hint(hint)
}

fn reception_error(error: ReceptionError) -> CommandError {
    match &error {
        ReceptionError::WebhookConflict(_) => {
            CommandError::new(ExitCode::Failed, error).hint(
                "stop the process that uses the webhook, or give it a token of its own; `botctl webhook delete` deletes one \
                 that was left behind",
            )
        }
        ReceptionError::Conflict(_) | ReceptionError::ForeignWebhook => {
            CommandError::new(ExitCode::Failed, error)
                .hint("stop the other process that uses this token, or give it a token of its own")
        }
        ReceptionError::Token(_) => CommandError::new(ExitCode::Refused, error).hint(TOKEN_HINT),
    }
}
