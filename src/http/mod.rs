//! What `serve` answers over HTTP.

mod connections;
mod health;
mod metrics;
pub(crate) mod monitor;
mod shared_reading;
pub(crate) mod webhook;

pub(crate) use health::ReadinessReport;
