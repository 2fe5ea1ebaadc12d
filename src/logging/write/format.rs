//! From an event to its line, one line per event.
//!
//! Each value is redacted before it is quoted: then no redaction takes a piece of the JSON around it along, and no secret is
//! hidden by a backslash. What this program puts there itself (time, level, names of fields, ids) is never redacted, even if
//! a secret happens to read like it.

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

use crate::redact::{REDACTED, Redactor, is_id_field, redact_phones};

/// The field of an event's text.
const MESSAGE: &str = "message";
/// Terminal codes: the name of a field is slanted, the sign after it pale.
const SLANTED: &str = "\u{1b}[3m";
const PALE: &str = "\u{1b}[2m";
const PLAIN: &str = "\u{1b}[0m";

/// One JSON object per line.
pub(super) struct JsonFormat {
    pub(super) redactor: Arc<Redactor>,
}

impl<S, N> FormatEvent<S, N> for JsonFormat
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
        let mut fields = JsonFields { writer: writer.by_ref(), redactor: &self.redactor, result: Ok(()) };
        event.record(&mut fields);
        fields.result?;
        writer.write_str("}\n")
    }
}

struct JsonFields<'a> {
    writer: Writer<'a>,
    redactor: &'a Redactor,
    result: fmt::Result,
}

impl JsonFields<'_> {
    fn put_value(&mut self, field: &Field, value: &Value) {
        if self.result.is_ok() {
            self.result = write!(self.writer, ",{}:{value}", Value::from(field_name(field)));
        }
    }

    fn put_number(&mut self, field: &Field, number: impl ToString + Into<Value>) {
        let value = if may_show_number(field, &number.to_string()) { number.into() } else { REDACTED.into() };
        self.put_value(field, &value);
    }

    fn put_text(&mut self, field: &Field, text: &str) {
        let clean = redact_value(self.redactor, field, text);
        self.put_value(field, &clean.into());
    }
}

impl Visit for JsonFields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put_value(field, &value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put_number(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put_number(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put_value(field, &value.into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put_text(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put_text(field, &format!("{value:?}"));
    }
}

/// Fields as `name=value`.
pub(super) struct TextFormat {
    pub(super) redactor: Arc<Redactor>,
}

impl<'a> FormatFields<'a> for TextFormat {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'a>, fields: R) -> fmt::Result {
        let mut text = TextFields { writer, redactor: &self.redactor, is_first: true, result: Ok(()) };
        fields.record(&mut text);
        text.result
    }
}

struct TextFields<'w, 'r> {
    writer: Writer<'w>,
    redactor: &'r Redactor,
    is_first: bool,
    result: fmt::Result,
}

impl TextFields<'_, '_> {
    fn put_value(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        if self.result.is_ok() {
            self.result = self.try_put(field, value);
        }
    }

    fn try_put(&mut self, field: &Field, value: fmt::Arguments<'_>) -> fmt::Result {
        if !std::mem::replace(&mut self.is_first, false) {
            self.writer.write_str(" ")?;
        }
        match field_name(field) {
            MESSAGE => {}
            name if self.writer.has_ansi_escapes() => {
                write!(self.writer, "{SLANTED}{name}{PLAIN}{PALE}={PLAIN}")?;
            }
            name => write!(self.writer, "{name}=")?,
        }
        self.writer.write_fmt(value)
    }

    fn put_number(&mut self, field: &Field, number: &str) {
        let number = if may_show_number(field, number) { number } else { REDACTED };
        self.put_value(field, format_args!("{number}"));
    }
}

impl Visit for TextFields<'_, '_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put_value(field, format_args!("{value:?}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put_number(field, &value.to_string());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put_number(field, &value.to_string());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put_value(field, format_args!("{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let clean = redact_value(self.redactor, field, value);
        if field.name() == MESSAGE {
            self.put_value(field, format_args!("{}", escape_controls(&clean)));
        } else {
            self.put_value(field, format_args!("{clean:?}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        let clean = redact_value(self.redactor, field, &text);
        self.put_value(field, format_args!("{}", escape_controls(&clean)));
    }
}

/// The name of a field as it is written in the code.
fn field_name(field: &Field) -> &'static str {
    field.name().trim_start_matches("r#")
}

/// Whether a number may be shown: it is an id, or not a phone number.
fn may_show_number(field: &Field, number: &str) -> bool {
    is_id_field(field_name(field)) || matches!(redact_phones(number), Cow::Borrowed(_))
}

fn redact_value<'a>(redactor: &Redactor, field: &Field, text: &'a str) -> Cow<'a, str> {
    // An id, given as text.
    if is_id_field(field_name(field)) && text.parse::<i64>().is_ok() {
        return text.into();
    }
    redactor.redact(text)
}

/// Escapes control characters: a text stays on its line and does nothing to a terminal.
fn escape_controls(text: &str) -> Cow<'_, str> {
    let is_control = |c: char| c.is_control() && c != '\t';
    if !text.contains(is_control) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_control(c) { escaped.extend(c.escape_default()) } else { escaped.push(c) }
    }
    escaped.into()
}

#[cfg(test)]
#[path = "format_tests.rs"]
mod tests;
