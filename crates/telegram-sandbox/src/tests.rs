//! The sandbox as a bot sees it: over HTTP connections, with a minimal client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;
mod faults;
mod files;
mod messages;
mod page;
mod polling;
mod webhook;
