//! Keyboards under a message or under the composer: the `reply_markup` parameter, its limits, and its JSON.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// Maximum number of buttons of an inline keyboard.
const MAX_INLINE_BUTTONS: usize = 100;
/// Maximum length of callback data in bytes ("Telegram Bot API: `InlineKeyboardButton`").
const MAX_DATA: usize = 64;

/// A button under a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InlineButton {
    /// Label.
    #[serde(rename = "text")]
    pub label: String,
    /// Callback data; `None` for links and other kinds.
    #[serde(rename = "callback_data", skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// URL that it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// A button of the keyboard under the composer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyboardButton {
    /// Label, and the text that it sends.
    #[serde(rename = "text")]
    pub label: String,
    /// Shares the user's phone number instead.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub request_contact: bool,
    /// Request id of a button that selects users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_users: Option<i64>,
    /// Request id of a button that selects a chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_chat: Option<i64>,
}

/// The keyboard under the composer.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize)]
pub struct ReplyKeyboard {
    /// Rows of buttons, top to bottom.
    #[serde(rename = "keyboard")]
    pub rows: Vec<Vec<KeyboardButton>>,
    /// Fits the height to the rows.
    #[serde(rename = "resize_keyboard")]
    pub resize: bool,
    /// Hidden after one use.
    #[serde(rename = "one_time_keyboard")]
    pub one_time: bool,
    /// Stays visible when the phone's own keyboard is hidden.
    #[serde(rename = "is_persistent")]
    pub persistent: bool,
    /// Placeholder of the empty composer.
    #[serde(rename = "input_field_placeholder", skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
}

/// The `reply_markup` of a message.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum ReplyMarkup {
    /// None: the keyboard under the composer stays as it is.
    #[default]
    None,
    /// Buttons under the message.
    Inline(Vec<Vec<InlineButton>>),
    /// A keyboard under the composer.
    Keyboard(ReplyKeyboard),
    /// Removes the keyboard under the composer.
    Remove,
    /// Opens the composer with a reply to the message.
    ForceReply,
}

impl ReplyMarkup {
    /// Rows of the inline keyboard, empty for the other kinds.
    pub fn inline_rows(&self) -> &[Vec<InlineButton>] {
        match self {
            Self::Inline(rows) => rows,
            _ => &[],
        }
    }
}

impl Serialize for ReplyMarkup {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct InlineKeyboard<'a> {
            inline_keyboard: &'a [Vec<InlineButton>],
        }
        match self {
            Self::None => serializer.serialize_none(),
            Self::Inline(rows) => InlineKeyboard { inline_keyboard: rows }.serialize(serializer),
            Self::Keyboard(keyboard) => keyboard.serialize(serializer),
            Self::Remove => json!({ "remove_keyboard": true }).serialize(serializer),
            Self::ForceReply => json!({ "force_reply": true }).serialize(serializer),
        }
    }
}

/// Parses the `reply_markup` parameter. The error is Telegram's description without "Bad Request: ".
pub(crate) fn parse_reply_markup(value: &Value) -> Result<ReplyMarkup, String> {
    let Some(object) = value.as_object() else {
        return Err("object expected as reply markup".to_owned());
    };
    let flag = |name: &str| object.get(name).and_then(Value::as_bool).unwrap_or(false);
    if let Some(rows) = object.get("inline_keyboard") {
        let rows = parse_rows(rows, "inline_keyboard", "InlineKeyboardMarkup", parse_inline_button)?;
        if rows.iter().map(Vec::len).sum::<usize>() > MAX_INLINE_BUTTONS {
            return Err("reply markup is too long".to_owned());
        }
        return Ok(if rows.is_empty() { ReplyMarkup::None } else { ReplyMarkup::Inline(rows) });
    }
    if let Some(rows) = object.get("keyboard") {
        let rows = parse_rows(rows, "keyboard", "ReplyKeyboardMarkup", parse_keyboard_button)?;
        return Ok(ReplyMarkup::Keyboard(ReplyKeyboard {
            rows,
            resize: flag("resize_keyboard"),
            one_time: flag("one_time_keyboard"),
            persistent: flag("is_persistent"),
            placeholder: object.get("input_field_placeholder").and_then(Value::as_str).map(str::to_owned),
        }));
    }
    if flag("remove_keyboard") {
        return Ok(ReplyMarkup::Remove);
    }
    if flag("force_reply") {
        return Ok(ReplyMarkup::ForceReply);
    }
    Ok(ReplyMarkup::None)
}

fn parse_rows<B>(
    rows: &Value,
    field: &str,
    of: &str,
    read: fn(&Value) -> Result<B, String>,
) -> Result<Vec<Vec<B>>, String> {
    let Some(rows) = rows.as_array() else {
        return Err(format!("field \"{field}\" of the {of} must be an Array"));
    };
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(buttons) = row.as_array() else {
            return Err(format!("field \"{field}\" of the {of} must be an Array of Arrays"));
        };
        let row = buttons.iter().map(read).collect::<Result<Vec<B>, String>>()?;
        if !row.is_empty() {
            kept.push(row);
        }
    }
    Ok(kept)
}

fn parse_inline_button(value: &Value) -> Result<InlineButton, String> {
    let wrong = |what: &str| Err(format!("can't parse inline keyboard button: {what}"));
    let Some(label) = value.get("text").and_then(Value::as_str) else {
        return wrong("Can't find field \"text\"");
    };
    if label.trim().is_empty() {
        return wrong("Field \"text\" must be non-empty");
    }
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let (data, url) = (text("callback_data"), text("url"));
    if data.as_ref().is_some_and(|data| data.is_empty() || data.len() > MAX_DATA) {
        return Err("BUTTON_DATA_INVALID".to_owned());
    }
    if url.as_ref().is_some_and(|url| !url.contains("://") && !url.contains('.')) {
        return Err(format!(
            "inline keyboard button URL '{}' is invalid: Wrong HTTP URL",
            url.unwrap_or_default()
        ));
    }
    let other = [
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "copy_text",
        "pay",
    ];
    if data.is_none() && url.is_none() && !other.iter().any(|name| value.get(name).is_some()) {
        return wrong("Text buttons are unallowed in the inline keyboard");
    }
    Ok(InlineButton { label: label.to_owned(), data, url })
}

fn parse_keyboard_button(value: &Value) -> Result<KeyboardButton, String> {
    let label = value.as_str().or_else(|| value.get("text").and_then(Value::as_str));
    let Some(label) = label.filter(|label| !label.trim().is_empty()) else {
        return Err("can't parse keyboard button: Field \"text\" must be non-empty".to_owned());
    };
    let request =
        |name: &str| value.get(name).and_then(|request| request.get("request_id")).and_then(Value::as_i64);
    Ok(KeyboardButton {
        label: label.to_owned(),
        request_contact: value.get("request_contact").and_then(Value::as_bool).unwrap_or(false),
        request_users: request("request_users"),
        request_chat: request("request_chat"),
    })
}
