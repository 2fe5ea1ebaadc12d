//! What the sandbox records about the bot: its calls and its answers to button presses.

use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

/// How an API call ended.
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
    /// No response: a fault withheld it or closed the connection.
    NoAnswer,
}

/// An API call in the log.
#[derive(Clone, Debug)]
pub struct ApiCall {
    /// Number of the call since the start, from 1.
    pub number: u64,
    /// Method in the spelling of the Bot API, e.g. `sendMessage`; an unknown one as called.
    pub method: String,
    /// Parameters; a file is replaced by its name and size.
    pub params: Value,
    /// How it ended.
    pub outcome: CallOutcome,
    /// When it arrived.
    pub at: SystemTime,
    /// How long it took, including waits.
    pub took: Duration,
}

/// A completed call, as subscribers receive it.
#[derive(Clone, Copy, Debug)]
pub struct CompletedCall {
    /// Method in the spelling of the Bot API.
    pub method: &'static str,
    /// Chat of the call.
    pub chat_id: Option<i64>,
    /// Message that was sent or changed.
    pub message_id: Option<i64>,
    /// Whether it succeeded.
    pub ok: bool,
    /// When it completed.
    pub at: Instant,
}

/// An answer to a button press.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackAnswer {
    /// Id of the query.
    pub query_id: String,
    /// Who pressed the button.
    pub user_id: i64,
    /// Chat of the message.
    pub chat_id: i64,
    /// Text that the phone shows, or empty.
    pub text: String,
    /// Whether the text is shown in a dialog.
    pub show_alert: bool,
    /// URL that the phone opens.
    pub url: Option<String>,
}
