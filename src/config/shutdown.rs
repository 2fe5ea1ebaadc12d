//! How the bot stops.

use std::time::Duration;

use super::reader::{ConfigReader, parse_bool, parse_number};

/// What happens on the first SIGTERM, SIGINT or SIGHUP.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ShutdownConfig {
    /// How long to go on finishing what runs and sending what waits.
    pub grace: Duration,
    /// Whether administrators are told.
    pub notify_admins: bool,
}

impl ShutdownConfig {
    pub(super) fn read(reader: &mut ConfigReader<'_>) -> Option<Self> {
        let grace = reader.read_value("SHUTDOWN_GRACE", parse_number(0..=3600));
        let notify_admins = reader.read_value("NOTIFY_ADMINS_ON_STOP", parse_bool);
        Some(Self { grace: Duration::from_secs(grace?), notify_admins: notify_admins? })
    }
}
