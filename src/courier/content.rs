//! Messages whose content the bot makes, such as a report as text, picture or spreadsheet.
//!
//! The outbox holds what is to be in such a message. It is made on a reader right before the call, so that rows stay small, no
//! writer waits for it, and a retry sends the same message.

use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use teloxide::ApiError;
use teloxide::types::InlineKeyboardMarkup;

use super::freshness::EDIT;
use super::shared::Shared;
use crate::db;
use crate::db::outbox::{LeasedMessage, MADE_MARK};
use crate::telegram::{CALL_TIMEOUT, CallError, ContentError, MadeContent};

/// How long the upload of a file may take.
const UPLOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// Makes the call of a message, with the content that the bot makes for it.
pub(super) async fn call_with_content(
    shared: &Shared,
    row: &LeasedMessage,
    payload: String,
) -> Result<Box<RawValue>, CallError> {
    let Some((mut fields, request)) = split_content_request(&payload) else {
        return shared.api.call(&row.method, payload, CALL_TIMEOUT).await;
    };
    let make_content = Arc::clone(&shared.make_content);
    match shared.db.read(move |conn| make_content(conn, &request)).await {
        Ok(MadeContent::File { upload, caption }) => {
            fields.entry("caption").or_insert_with(|| caption.into());
            shared.api.upload(&row.method, &fields, upload, UPLOAD_TIMEOUT).await
        }
        Ok(MadeContent::Text { html, markup }) => {
            // A report that was asked for as a file may have nothing to put into it.
            let method = if row.method == EDIT { EDIT } else { "sendMessage" };
            set_text(&mut fields, &html, &markup);
            shared.api.call(method, Value::Object(fields).to_string(), CALL_TIMEOUT).await
        }
        Err(error @ ContentError::Transient(_)) => Err(CallError::Network(error.to_string())),
        Err(error @ ContentError::Permanent(_)) => {
            let description = error.to_string();
            let kind = ApiError::Unknown(description.clone());
            Err(CallError::Refused { code: 400, kind, description, moved_to: None })
        }
    }
}

impl From<db::Error> for ContentError {
    fn from(error: db::Error) -> Self {
        if error.is_transient() {
            Self::Transient(error.to_string())
        } else {
            Self::Permanent(error.to_string())
        }
    }
}

/// Separates the parameters of the call from what is to be in the message; `None` when nothing is to be made.
fn split_content_request(payload: &str) -> Option<(Map<String, Value>, Value)> {
    if !payload.contains(MADE_MARK) {
        return None;
    }
    let Ok(Value::Object(mut fields)) = serde_json::from_str(payload) else { return None };
    let request = fields.remove(MADE_MARK)?;
    Some((fields, request))
}

/// Sets the text, and its buttons above those that the message has.
pub(crate) fn set_text(fields: &mut Map<String, Value>, html: &str, markup: &InlineKeyboardMarkup) {
    fields.remove("caption");
    fields.insert("text".to_owned(), html.into());
    let mut rows = json!(markup.inline_keyboard);
    if let (Some(rows), Some(own)) = (
        rows.as_array_mut(),
        fields.get_mut("reply_markup").and_then(|markup| markup["inline_keyboard"].as_array_mut()),
    ) {
        rows.append(own);
    }
    fields.insert("reply_markup".to_owned(), json!({ "inline_keyboard": rows }));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use teloxide::types::InlineKeyboardButton;

    use super::*;

    #[test]
    fn only_the_parameter_asks_for_content_and_not_a_text_that_names_it() {
        let payload = json!({ "chat_id": 7, MADE_MARK: { "report": "masters" } }).to_string();
        let (fields, request) = split_content_request(&payload).unwrap();
        assert_eq!(request, json!({ "report": "masters" }));
        assert_eq!(Value::Object(fields), json!({ "chat_id": 7 }));
        let quoted = json!({ "chat_id": 7, "text": format!("{MADE_MARK} in words") }).to_string();
        assert!(split_content_request(&quoted).is_none());
    }

    #[test]
    fn button_that_was_added_to_the_answer_stands_below_those_of_its_text() {
        let button = |name: &str| InlineKeyboardButton::callback(name, name);
        let added = json!({ "reply_markup": { "inline_keyboard": [[button("continue")]] }, "caption": "" });
        let Value::Object(mut fields) = added else { panic!("no object") };
        set_text(&mut fields, "a page", &InlineKeyboardMarkup::new([[button("next")]]));
        assert_eq!(
            Value::Object(fields),
            json!({
                "text": "a page",
                "reply_markup": { "inline_keyboard": [[button("next")], [button("continue")]] },
            })
        );
    }
}
