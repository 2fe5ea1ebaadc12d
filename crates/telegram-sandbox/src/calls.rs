//! What the sandbox records about the bot: its calls and its answers to button presses.

use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

/// How a call of the Bot API ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// `{"ok":true}`.
    Ok,
    /// `{"ok":false}` with this code and description.
    Error {
        /// `error_code`.
        code: u16,
        /// `description`.
        description: String,
    },
    /// No answer: a fault kept it back or closed the connection.
    NoAnswer,
}

/// One call of the Bot API in the log.
#[derive(Clone, Debug)]
pub struct ApiCall {
    /// Number of the call since the start, from 1.
    pub number: u64,
    /// Method as the Bot API writes it, e.g. `sendMessage`; an unknown one as it was called.
    pub method: String,
    /// Parameters; a file is replaced by its name and size.
    pub params: Value,
    /// How it ended.
    pub outcome: CallOutcome,
    /// When it arrived.
    pub at: SystemTime,
    /// How long it took, waiting included.
    pub took: Duration,
}

/// A call that did its work, as told to subscribers.
#[derive(Clone, Copy, Debug)]
pub struct CompletedCall {
    /// Method as the Bot API writes it.
    pub method: &'static str,
    /// Chat of the call.
    pub chat_id: Option<i64>,
    /// Message that was made or changed.
    pub message_id: Option<i64>,
    /// False = it was answered with an error.
    pub ok: bool,
    /// When it was done.
    pub at: Instant,
}

/// An answer to a pressed button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackAnswer {
    /// Id of the query.
    pub query_id: String,
    /// Who pressed.
    pub user_id: i64,
    /// Where.
    pub chat_id: i64,
    /// Text that the phone shows, empty for none.
    pub text: String,
    /// True = in a dialog that must be closed.
    pub show_alert: bool,
    /// Address that the phone opens.
    pub url: Option<String>,
}
