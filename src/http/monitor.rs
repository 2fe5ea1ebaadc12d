//! The listener for monitors: `/livez`, `/healthz`, `/readyz`, `/metrics`.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use metrics_exporter_prometheus::{BuildError, PrometheusHandle};
use tokio::net::TcpListener;

use super::connections::serve_connections;
use super::health::{Readiness, ReadinessReport};
use super::metrics::{self, MeasuredState};
use crate::bot::intake_health::IntakeHealth;
use crate::bot::redis_dialogues::RedisDialogues;
use crate::config::database::DatabaseUrl;
use crate::db::Database;

/// The media type of the text format ("Prometheus: Exposition formats").
const METRICS_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

#[derive(Debug, thiserror::Error)]
pub(crate) enum MonitorError {
    #[error("failed to listen on {address}: {source}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("metrics cannot be recorded: {0}")]
    Recorder(#[from] BuildError),
}

/// The running listener. It answers until the process ends, also while the bot stops.
pub(crate) struct Monitor {
    address: SocketAddr,
    state: Arc<MonitorState>,
}

struct MonitorState {
    prometheus: PrometheusHandle,
    /// `None` once the bot stops, so that the database can be closed.
    running: Mutex<Option<Arc<RunningBot>>>,
}

struct RunningBot {
    readiness: Readiness,
    measured: MeasuredState,
}

impl Monitor {
    pub(crate) async fn start(
        address: SocketAddr,
        db: &Database,
        intake: &IntakeHealth,
        redis: Option<RedisDialogues>,
        url: &DatabaseUrl,
        backups: PathBuf,
    ) -> Result<Self, MonitorError> {
        let failed = |source| MonitorError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let running = RunningBot {
            readiness: Readiness::new(db.clone(), intake.clone(), redis),
            measured: MeasuredState::new(db.clone(), url.clone(), backups),
        };
        let prometheus = metrics::install_recorder()?;
        let state = Arc::new(MonitorState { prometheus, running: Mutex::new(Some(Arc::new(running))) });
        let router = router(Arc::clone(&state));
        tokio::spawn(serve_connections(listener, router));
        Ok(Self { address, state })
    }

    /// Returns the address with the port, which may have been chosen by the system.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Reports from now on that the bot stops, and uses the database no more.
    pub(crate) fn stop(&self) {
        drop(self.state.lock_running().take());
    }
}

impl MonitorState {
    fn running_bot(&self) -> Option<Arc<RunningBot>> {
        self.lock_running().clone()
    }

    fn lock_running(&self) -> std::sync::MutexGuard<'_, Option<Arc<RunningBot>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn router(state: Arc<MonitorState>) -> Router {
    Router::new()
        .route("/livez", get(report_life))
        .route("/healthz", get(report_life))
        .route("/readyz", get(report_readiness))
        .route("/metrics", get(show_metrics))
        .with_state(state)
}

/// An answer shows that the process schedules work.
async fn report_life() -> &'static str {
    "ok\n"
}

async fn report_readiness(State(state): State<Arc<MonitorState>>) -> Response {
    let report = match state.running_bot() {
        Some(bot) => bot.readiness.report().await,
        None => ReadinessReport::stopping(),
    };
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

async fn show_metrics(State(state): State<Arc<MonitorState>>) -> Response {
    if let Some(bot) = state.running_bot() {
        bot.measured.update_gauges().await;
    }
    ([(header::CONTENT_TYPE, METRICS_TYPE)], state.prometheus.render()).into_response()
}
