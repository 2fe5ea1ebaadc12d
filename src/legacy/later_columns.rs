//! What later versions of the old bot know of an order and this schema has no columns for. It goes into the notes, so that
//! dispatcher and master see it; the values also stay in `legacy_orders`.

use super::context::{ImportContext, LaterColumn};
use super::convert::parsed::ParsedValue;
use super::convert::{money, names, time};
use super::report::Repair;
use super::value::LegacyValue;
use crate::domain::money::Kopecks;

pub(super) struct LaterColumns<'a> {
    pub(super) reason: &'a LegacyValue,
    pub(super) promised: &'a LegacyValue,
    pub(super) prepayment: &'a LegacyValue,
    pub(super) out_of_city: &'a LegacyValue,
    pub(super) reschedules: &'a LegacyValue,
    pub(super) rescheduled_at: &'a LegacyValue,
    pub(super) reschedule_reason: &'a LegacyValue,
}

impl LaterColumns<'_> {
    /// Returns the notes with a line for each value that says something.
    pub(super) fn append_to(
        &self,
        notes: Option<String>,
        table: &'static str,
        id: i64,
        context: &mut ImportContext<'_>,
    ) -> Option<String> {
        let values = [
            (LaterColumn::RefuseReason, stated_text(self.reason)),
            (LaterColumn::Promised, stated_time(self.promised, context)),
            (LaterColumn::Prepayment, stated_amount(self.prepayment)),
            (LaterColumn::OutOfCity, stated_flag(self.out_of_city)),
            (LaterColumn::Reschedules, stated_text(self.reschedules)),
            (LaterColumn::RescheduledAt, stated_time(self.rescheduled_at, context)),
            (LaterColumn::RescheduleReason, stated_text(self.reschedule_reason)),
        ];
        let line = context.options.later_line;
        let lines: Vec<_> =
            values.into_iter().filter_map(|(column, value)| Some(line(column, &value?))).collect();
        if lines.is_empty() {
            return notes;
        }
        context.tally.record_repair(Repair::LaterColumns, table, id);
        let own = notes.filter(|notes| !notes.trim().is_empty());
        Some(own.into_iter().chain(lines).collect::<Vec<_>>().join("\n"))
    }
}

/// Returns the text of a value that is neither missing nor 0.
fn stated_text(value: &LegacyValue) -> Option<String> {
    let text = value.as_text().filter(|_| !value.is_empty())?;
    Some(text.trim().to_owned())
}

fn stated_time(value: &LegacyValue, context: &ImportContext<'_>) -> Option<String> {
    context.known_time(value).map(time::format_in_moscow).or_else(|| stated_text(value))
}

fn stated_amount(value: &LegacyValue) -> Option<String> {
    match money::parse_kopecks(value).known().flatten() {
        Some(0) => None,
        Some(kopecks) => Some(Kopecks(kopecks).to_string()),
        None => stated_text(value),
    }
}

fn stated_flag(value: &LegacyValue) -> Option<String> {
    match names::parse_flag(value) {
        ParsedValue::Exact(flag) | ParsedValue::Repaired(flag) => {
            flag.filter(|is_set| *is_set).map(|_| "1".to_owned())
        }
        ParsedValue::Unreadable => stated_text(value),
    }
}
