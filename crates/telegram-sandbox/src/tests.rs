//! The sandbox as a bot sees it: over real HTTP connections, with a client written by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod client;
mod faults;
mod messages;
mod page;
mod polling;
mod webhook;
