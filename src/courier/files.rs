//! Messages with a file that the bot makes, such as a report as a spreadsheet.
//!
//! The outbox holds what is to be in the file, not the file: it is made on a reader right before the call, so that rows stay
//! small, no writer waits for it, and a retry sends the same message.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use serde_json::value::RawValue;
use teloxide::ApiError;

use super::shared::Shared;
use crate::db;
use crate::db::outbox::{FILE_MARK, LeasedMessage};
use crate::telegram::{CALL_TIMEOUT, CallError, FileError};

/// How long the upload of a file may take.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// Makes the call of a message, with its file if it has one.
pub(super) async fn call_with_file(
    shared: &Shared,
    row: &LeasedMessage,
    payload: String,
) -> Result<Box<RawValue>, CallError> {
    let Some((payload, request)) = split_file_request(&payload) else {
        return shared.api.call(&row.method, payload, CALL_TIMEOUT).await;
    };
    let make_file = Arc::clone(&shared.make_file);
    let made = shared.db.read(move |conn| make_file(conn, &request)).await;
    match made {
        Ok(file) => shared.api.upload(&row.method, &payload, file, UPLOAD_TIMEOUT).await,
        Err(error @ FileError::Transient(_)) => Err(CallError::Network(error.to_string())),
        Err(error @ FileError::Permanent(_)) => {
            let description = error.to_string();
            let kind = ApiError::Unknown(description.clone());
            Err(CallError::Refused { code: 400, kind, description, moved_to: None })
        }
    }
}

impl From<db::Error> for FileError {
    fn from(error: db::Error) -> Self {
        if error.is_transient() {
            Self::Transient(error.to_string())
        } else {
            Self::Permanent(error.to_string())
        }
    }
}

/// Separates the parameters of the call from what is to be in the file; `None` when there is no file.
fn split_file_request(payload: &str) -> Option<(serde_json::Map<String, Value>, Value)> {
    if !payload.contains(FILE_MARK) {
        return None;
    }
    let Ok(Value::Object(mut fields)) = serde_json::from_str(payload) else { return None };
    let request = fields.remove(FILE_MARK)?;
    Some((fields, request))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_parameter_asks_for_a_file_and_not_a_text_that_names_it() {
        let payload = json!({ "chat_id": 7, FILE_MARK: { "report": "masters" } }).to_string();
        let (fields, request) = split_file_request(&payload).unwrap();
        assert_eq!(request, json!({ "report": "masters" }));
        assert_eq!(Value::Object(fields), json!({ "chat_id": 7 }));
        let quoted = json!({ "chat_id": 7, "text": format!("{FILE_MARK} in words") }).to_string();
        assert!(split_file_request(&quoted).is_none());
    }
}
