//! From an event to the text of its line: value by value through the last filter, one line per event.
//!
//! Before a value is quoted, not after: then nothing that is taken out takes a piece of the JSON around it along, and no
//! secret is hidden by a backslash. What this program puts there itself, the time, the level, the names of fields and the
//! numbers of chats, is no place for a secret, even where one happens to read like it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::phones;
use super::redact::{REDACTED, Redactor};

/// What an event says in words.
const MESSAGE: &str = "message";
/// Codes of a terminal: a field's name is slanted, the sign behind it pale.
const SLANTED: &str = "\u{1b}[3m";
const PALE: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

/// A line that is an object of JSON.
pub(super) struct Json {
    pub(super) redactor: Arc<Redactor>,
}

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"level\":\"{}\"", event.metadata().level())?;
        let mut fields = JsonFields { writer: writer.by_ref(), redactor: &self.redactor, done: Ok(()) };
        event.record(&mut fields);
        fields.done?;
        writer.write_str("}\n")
    }
}

struct JsonFields<'a> {
    writer: Writer<'a>,
    redactor: &'a Redactor,
    done: fmt::Result,
}

impl JsonFields<'_> {
    fn put(&mut self, field: &Field, value: &Value) {
        if self.done.is_ok() {
            self.done = write!(self.writer, ",{}:{value}", Value::from(name(field)));
        }
    }

    fn put_number(&mut self, field: &Field, number: impl ToString + Into<Value>) {
        let value = if is_harmless(field, &number.to_string()) { number.into() } else { REDACTED.into() };
        self.put(field, &value);
    }

    fn put_text(&mut self, field: &Field, text: &str) {
        let clean = clean(self.redactor, field, text);
        self.put(field, &clean.into());
    }
}

impl Visit for JsonFields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, &value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put_number(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put_number(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, &value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put_text(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put_text(field, &format!("{value:?}"));
    }
}

/// Fields as `name=value`, for people.
pub(super) struct Text {
    pub(super) redactor: Arc<Redactor>,
}

impl<'a> FormatFields<'a> for Text {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'a>, fields: R) -> fmt::Result {
        let mut text = TextFields { writer, redactor: &self.redactor, is_first: true, done: Ok(()) };
        fields.record(&mut text);
        text.done
    }
}

struct TextFields<'w, 'r> {
    writer: Writer<'w>,
    redactor: &'r Redactor,
    is_first: bool,
    done: fmt::Result,
}

impl TextFields<'_, '_> {
    fn put(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.done.is_ok() {
            self.done = self.try_to_put(field, value);
        }
    }

    fn try_to_put(&mut self, field: &Field, value: fmt::Arguments<'_>) -> fmt::Result {
        if !std::mem::replace(&mut self.is_first, false) {
            self.writer.write_str(" ")?;
        }
        match name(field) {
            MESSAGE => {}
            name if self.writer.has_ansi_escapes() => {
                write!(self.writer, "{SLANTED}{name}{PLAIN}{PALE}={PLAIN}")?;
            }
            name => write!(self.writer, "{name}=")?,
        }
        self.writer.write_fmt(value)
    }

    fn put_number(&mut self, field: &Field, number: &str) {
        let number = if is_harmless(field, number) { number } else { REDACTED };
        self.put(field, format_args!("{number}"));
    }
}

impl Visit for TextFields<'_, '_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, format_args!("{value:?}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put_number(field, &value.to_string());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put_number(field, &value.to_string());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, format_args!("{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let clean = clean(self.redactor, field, value);
        if field.name() == MESSAGE {
            self.put(field, format_args!("{}", tame(&clean)));
        } else {
            self.put(field, format_args!("{clean:?}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        let clean = clean(self.redactor, field, &text);
        self.put(field, format_args!("{}", tame(&clean)));
    }
}

/// A field's name as it was meant.
fn name(field: &Field) -> &'static str {
    field.name().trim_start_matches("r#")
}

/// Whether a number may be shown: it is one of ours, or no telephone number.
fn is_harmless(field: &Field, number: &str) -> bool {
    phones::is_name_of_id(name(field)) || !phones::is_certain(number)
}

fn clean<'a>(redactor: &Redactor, field: &Field, text: &'a str) -> Cow<'a, str> {
    // One of our numbers, given as text.
    if phones::is_name_of_id(name(field)) && text.parse::<i64>().is_ok() {
        return text.into();
    }
    redactor.redact(text)
}

/// A text without control characters, so that it stays on its line and does nothing to a terminal.
fn tame(text: &str) -> Cow<'_, str> {
    let is_wild = |c: char| c.is_ascii_control() && c != '\t';
    if !text.contains(is_wild) {
        return text.into();
    }
    let mut tame = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_wild(c) { tame.extend(c.escape_default()) } else { tame.push(c) }
    }
    tame.into()
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
