//! What later versions of the old bot know of an order. A value without a column here, or one that its column cannot hold,
//! goes into the notes, so that dispatcher and master see it; all of them also stay in `legacy_orders`.

use chrono::NaiveDate;

use super::context::{ImportContext, LaterColumn};
use super::convert::parsed::ParsedValue;
use super::convert::{money, names, time};
use super::report::Repair;
use super::value::LegacyValue;

pub(super) struct LaterColumns<'a> {
    pub(super) reason: &'a LegacyValue,
    pub(super) promised: &'a LegacyValue,
    pub(super) prepayment: &'a LegacyValue,
    pub(super) out_of_city: &'a LegacyValue,
    pub(super) reschedules: &'a LegacyValue,
    pub(super) rescheduled_at: &'a LegacyValue,
    pub(super) reschedule_reason: &'a LegacyValue,
}

/// The same in the columns of this schema.
#[derive(Debug, Default)]
pub(super) struct LaterValues {
    pub(super) notes: Option<String>,
    pub(super) refuse_reason: Option<String>,
    pub(super) promised_date: Option<NaiveDate>,
    /// In kopecks.
    pub(super) prepayment: Option<i64>,
    pub(super) out_of_city: Option<bool>,
    pub(super) reschedule_count: i32,
}

impl LaterColumns<'_> {
    /// Converts the values, and adds a line to the notes for each that has no column.
    pub(super) fn convert(
        &self,
        notes: Option<String>,
        table: &'static str,
        id: i64,
        context: &mut ImportContext<'_>,
    ) -> LaterValues {
        let mut values = self.column_values(context);
        let left = |is_taken: bool, value: &LegacyValue| if is_taken { None } else { stated_text(value) };
        let rest = [
            (LaterColumn::Promised, left(values.promised_date.is_some(), self.promised)),
            (LaterColumn::Prepayment, left(is_known_amount(self.prepayment), self.prepayment)),
            (LaterColumn::OutOfCity, left(is_known_flag(self.out_of_city), self.out_of_city)),
            (LaterColumn::Reschedules, left(values.reschedule_count > 0, self.reschedules)),
            (LaterColumn::RescheduledAt, stated_time(self.rescheduled_at, context)),
            (LaterColumn::RescheduleReason, stated_text(self.reschedule_reason)),
        ];
        let line = context.options.later_line;
        let lines: Vec<_> =
            rest.into_iter().filter_map(|(column, value)| Some(line(column, &value?))).collect();
        if !lines.is_empty() || values.has_any() {
            context.tally.record_repair(Repair::LaterColumns, table, id);
        }
        values.notes = if lines.is_empty() {
            notes
        } else {
            let own = notes.filter(|notes| !notes.trim().is_empty());
            Some(own.into_iter().chain(lines).collect::<Vec<_>>().join("\n"))
        };
        values
    }

    fn column_values(&self, context: &ImportContext<'_>) -> LaterValues {
        LaterValues {
            notes: None,
            refuse_reason: stated_text(self.reason),
            promised_date: context.known_time(self.promised).map(time::date_in_moscow),
            prepayment: money::parse_kopecks(self.prepayment).known().flatten().filter(|sum| *sum > 0),
            out_of_city: names::parse_flag(self.out_of_city).known().flatten(),
            reschedule_count: self.reschedules.as_integer().and_then(small_count).unwrap_or_default(),
        }
    }
}

impl LaterValues {
    /// Whether any says more than a default does.
    fn has_any(&self) -> bool {
        self.refuse_reason.is_some()
            || self.promised_date.is_some()
            || self.prepayment.is_some()
            || self.out_of_city == Some(true)
            || self.reschedule_count > 0
    }
}

fn small_count(number: i64) -> Option<i32> {
    i32::try_from(number).ok().filter(|count| *count > 0)
}

fn is_known_amount(value: &LegacyValue) -> bool {
    money::parse_kopecks(value).known().is_some_and(|amount| amount.is_none_or(|sum| sum >= 0))
}

fn is_known_flag(value: &LegacyValue) -> bool {
    !matches!(names::parse_flag(value), ParsedValue::Unreadable)
}

/// Returns the text of a value that is neither missing nor 0.
fn stated_text(value: &LegacyValue) -> Option<String> {
    let text = value.as_text().filter(|_| !value.is_empty())?;
    Some(text.trim().to_owned())
}

fn stated_time(value: &LegacyValue, context: &ImportContext<'_>) -> Option<String> {
    context.known_time(value).map(time::format_in_moscow).or_else(|| stated_text(value))
}
