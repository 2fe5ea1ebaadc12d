//! The endpoint to which Telegram delivers updates.
//!
//! Each request has one update. It is answered with 200 once the update is in the inbox; after any other answer Telegram
//! sends it again.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::connections::serve_connections;
use crate::bot::intake::{AcceptError, Intake};
use crate::config::SecretString;
use crate::db;

const SECRET_HEADER: &str = "x-telegram-bot-api-secret-token";
/// The largest update, in bytes.
const MAX_BODY: usize = 1 << 20;
/// How long the body of a request may take.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long storing an update may take until Telegram is told to come again.
const STORE_TIMEOUT: Duration = Duration::from_secs(20);
/// When Telegram may come again, in seconds.
const RETRY_AFTER: &str = "1";
/// How often requests with a wrong secret are logged.
const WARNING_INTERVAL: Duration = Duration::from_mins(1);

/// Takes updates over.
pub(crate) struct WebhookEndpoint {
    intake: Intake,
    path: String,
    secret: SecretString,
    warned: Mutex<Option<Instant>>,
}

/// Why a request is refused.
enum Rejection {
    WrongPath,
    WrongMethod,
    WrongSecret,
    TooLarge,
    TooSlow,
    NoUpdate,
    Unavailable,
}

impl WebhookEndpoint {
    /// The endpoint at this path of any host.
    pub(crate) fn new(intake: Intake, path: &str, secret: SecretString) -> Self {
        Self { intake, path: path.to_owned(), secret, warned: Mutex::default() }
    }

    /// Serves until it is dropped.
    pub(crate) async fn serve(self, listener: TcpListener) {
        let router = Router::new().fallback(receive_update).with_state(Arc::new(self));
        serve_connections(listener, router).await;
    }

    async fn accept_request(&self, request: Request) -> Result<(), Rejection> {
        if request.uri().path() != self.path {
            return Err(Rejection::WrongPath);
        }
        if request.method() != Method::POST {
            return Err(Rejection::WrongMethod);
        }
        if !self.has_secret(request.headers()) {
            self.warn_of_wrong_secret();
            return Err(Rejection::WrongSecret);
        }
        let body = timeout(BODY_TIMEOUT, to_bytes(request.into_body(), MAX_BODY));
        let body = body.await.map_err(|_| Rejection::TooSlow)?.map_err(|_| Rejection::TooLarge)?;
        let payload = String::from_utf8(body.into()).map_err(|_| Rejection::NoUpdate)?;
        match timeout(STORE_TIMEOUT, self.intake.accept_payload(payload)).await {
            Ok(accepted) => accepted.map_err(|error| self.reject(&error)),
            Err(_) => {
                tracing::warn!("storing an update takes long; Telegram keeps it");
                Err(Rejection::Unavailable)
            }
        }
    }

    /// Compares in a time that does not depend on how much of the secret is right.
    fn has_secret(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(SECRET_HEADER).map_or(&b""[..], |value| value.as_bytes());
        given.ct_eq(self.secret.expose().as_bytes()).into()
    }

    fn warn_of_wrong_secret(&self) {
        let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
        if warned.is_none_or(|warned| warned.elapsed() >= WARNING_INTERVAL) {
            *warned = Some(Instant::now());
            tracing::warn!("request with a wrong secret was refused");
        }
    }

    fn reject(&self, error: &AcceptError) -> Rejection {
        match error {
            AcceptError::NoUpdate => {
                tracing::warn!("request without an update was refused");
                return Rejection::NoUpdate;
            }
            AcceptError::Stopping => {}
            AcceptError::Database(error) => {
                let is_news = self.intake.database().outage().report_once();
                db::log_outage!(is_news, %error, "storing updates failed; Telegram keeps them");
            }
        }
        Rejection::Unavailable
    }
}

async fn receive_update(State(endpoint): State<Arc<WebhookEndpoint>>, request: Request) -> Response {
    match endpoint.accept_request(request).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(rejection) => rejection.into_response(),
    }
}

impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        match self {
            Self::WrongPath => StatusCode::NOT_FOUND.into_response(),
            Self::WrongMethod => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response(),
            Self::WrongSecret => StatusCode::UNAUTHORIZED.into_response(),
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT.into_response(),
            Self::NoUpdate => StatusCode::BAD_REQUEST.into_response(),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, RETRY_AFTER)]).into_response()
            }
        }
    }
}
