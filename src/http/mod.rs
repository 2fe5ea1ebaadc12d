//! What `serve` answers over HTTP.

mod health;
mod metrics;
pub(crate) mod monitor;
mod shared_reading;

pub(crate) use health::ReadinessReport;
