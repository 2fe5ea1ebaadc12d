//! Numbers about the bot for a monitor. Checked, but not supported yet.

use std::num::NonZeroU16;

use super::reader::{ConfigReader, parse_number};

/// Where a monitor asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct MetricsConfig {
    /// The port on this machine; `None` is nowhere.
    pub port: Option<NonZeroU16>,
}

impl MetricsConfig {
    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let port = reader.read_optional("PROMETHEUS_PORT", parse_number(1..=u16::MAX))?;
        Some(Self { port: port.and_then(NonZeroU16::new) })
    }
}
