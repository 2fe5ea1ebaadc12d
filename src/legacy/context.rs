//! The state of one import, and reading one value while its repair is recorded.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;

use super::convert::money::MoneyTotals;
use super::convert::parsed::ParsedValue;
use super::convert::{names, time};
use super::references::{MASTERS, ReferenceMap};
use super::report::{ChangeTally, Repair};
use super::source::LegacyTable;
use super::value::LegacyValue;
use crate::db::time::{now, to_stored};
use crate::domain::ids::TelegramId;
use crate::domain::phone::Phone;

/// The largest id that a row keeps: at the very edge there would be none left for the next row.
pub(super) const LARGEST_ID: i64 = i64::MAX / 2;

/// Receives a stage ("orders") and how many rows are done of how many.
pub(crate) type ImportProgress<'a> = &'a mut dyn FnMut(&'static str, u64, u64);

/// A column of `orders` in later versions.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum LaterColumn {
    Promised,
    Prepayment,
    OutOfCity,
    Reschedules,
    RescheduledAt,
    RescheduleReason,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportOptions {
    /// Whether a text is the label of the skip button.
    pub(crate) is_skip_label: fn(&str) -> bool,
    /// Returns the line of the notes for a value of a later version.
    pub(crate) later_line: fn(LaterColumn, &str) -> String,
}

/// Rows that the old database did not have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AddedRows {
    pub(super) users: u64,
    pub(super) masters: u64,
}

pub(super) struct ImportContext<'a> {
    pub(super) options: ImportOptions,
    /// Whether a later version of the old bot wrote it, whose ORM stored Moscow wall time.
    pub(super) has_wall_times: bool,
    pub(super) now: NaiveDateTime,
    pub(super) tally: ChangeTally,
    pub(super) references: ReferenceMap,
    /// The new ids of the copied orders by the old ones.
    pub(super) orders: HashMap<i64, i64>,
    pub(super) money: [MoneyTotals; 4],
    pub(super) added: AddedRows,
    /// The ids in use of each table, and the next one to try.
    ids: HashMap<&'static str, (HashSet<i64>, i64)>,
    /// The last readable time of each table: rows are in the order in which they were written.
    last_time: HashMap<&'static str, NaiveDateTime>,
    progress: ImportProgress<'a>,
    done: u64,
    total: u64,
}

impl<'a> ImportContext<'a> {
    pub(super) fn new(options: ImportOptions, total: u64, progress: ImportProgress<'a>) -> Self {
        Self {
            options,
            has_wall_times: false,
            now: to_stored(now()),
            tally: ChangeTally::default(),
            references: ReferenceMap::default(),
            orders: HashMap::new(),
            money: [MoneyTotals::default(); 4],
            added: AddedRows::default(),
            ids: HashMap::new(),
            last_time: HashMap::new(),
            progress,
            done: 0,
            total,
        }
    }

    pub(super) fn start_batch(&mut self, stage: &'static str, rows: usize) {
        (self.progress)(stage, self.done, self.total);
        self.done += rows as u64;
    }

    pub(super) fn start_ids_at(&mut self, table: &'static str, next: i64) {
        self.ids.insert(table, (HashSet::new(), next));
    }

    /// Returns the row's own id if it is usable and no other row has it, else a new one.
    pub(super) fn assign_id(
        &mut self,
        value: &LegacyValue,
        rowid: i64,
        old: &LegacyTable,
        table: &'static str,
    ) -> i64 {
        let own = if old.id_is_rowid { Some(rowid) } else { value.as_integer() };
        let is_usable = |own: &i64| match table {
            MASTERS => TelegramId::placeholder_for_master(*own).is_some(),
            _ => (-LARGEST_ID..=LARGEST_ID).contains(own),
        };
        let (taken, next) = self.ids.entry(table).or_insert_with(|| (HashSet::new(), 1));
        if let Some(own) = own.filter(is_usable).filter(|own| taken.insert(*own)) {
            return own;
        }
        while !taken.insert(*next) {
            *next += 1;
        }
        let new = *next;
        self.tally.record_repair(Repair::NewNumber, table, new);
        new
    }

    /// Returns the first id that no row of this table has and no row of another refers to.
    pub(super) fn first_free_id(&self, table: &'static str) -> i64 {
        let Some((taken, next)) = self.ids.get(table) else { return 1 };
        let mut free = *next;
        while taken.contains(&free) {
            free += 1;
        }
        free
    }

    pub(super) fn required_text(&mut self, value: &LegacyValue, table: &'static str, id: i64) -> String {
        self.optional_text(value, table, id).unwrap_or_else(|| {
            self.tally.record_repair(Repair::MissingText, table, id);
            String::new()
        })
    }

    pub(super) fn optional_text(
        &mut self,
        value: &LegacyValue,
        table: &'static str,
        id: i64,
    ) -> Option<String> {
        if !value.is_plain_text() {
            self.tally.record_repair(Repair::BadText, table, id);
        }
        value.as_text()
    }

    pub(super) fn optional_flag(
        &mut self,
        value: &LegacyValue,
        table: &'static str,
        id: i64,
    ) -> Option<bool> {
        let flag = names::parse_flag(value);
        if !matches!(flag, ParsedValue::Exact(_)) {
            self.tally.record_repair(Repair::BadFlag, table, id);
        }
        flag.known().flatten()
    }

    /// Returns a flag, `false` for NULL, as the old bot treated it: no master is offered orders by accident.
    pub(super) fn required_flag(&mut self, value: &LegacyValue, table: &'static str, id: i64) -> bool {
        if *value == LegacyValue::Null {
            self.tally.record_repair(Repair::MissingFlag, table, id);
        }
        self.optional_flag(value, table, id).unwrap_or(false)
    }

    /// Returns a phone number in its canonical form, or the text as it is.
    pub(super) fn phone(&mut self, value: &LegacyValue, table: &'static str, id: i64) -> String {
        let text = self.required_text(value, table, id);
        match Phone::parse(&text) {
            Ok(phone) if phone.as_str() != text => {
                self.tally.record_repair(Repair::PhoneForm, table, id);
                phone.into_string()
            }
            _ => text,
        }
    }

    /// Returns a time; for an unreadable one the fallback, the previous row's time, or the present.
    pub(super) fn timestamp(
        &mut self,
        value: &LegacyValue,
        fallback: Option<NaiveDateTime>,
        table: &'static str,
        id: i64,
    ) -> NaiveDateTime {
        let wall_time = time::parse_wall_time(value).filter(|_| self.has_wall_times);
        if let Some(time) = wall_time {
            self.tally.record_repair(Repair::MoscowTime, table, id);
            self.last_time.insert(table, time);
            return time;
        }
        let time = match time::parse_time(value) {
            ParsedValue::Exact(time) => time,
            ParsedValue::Repaired(time) => {
                self.tally.record_repair(Repair::TimeForm, table, id);
                time
            }
            ParsedValue::Unreadable => {
                self.tally.record_repair(Repair::BadTime, table, id);
                return fallback.or(self.last_time.get(table).copied()).unwrap_or(self.now);
            }
        };
        self.last_time.insert(table, time);
        time
    }

    /// Returns a time if it can be read, and records nothing.
    pub(super) fn known_time(&self, value: &LegacyValue) -> Option<NaiveDateTime> {
        let wall_time = time::parse_wall_time(value).filter(|_| self.has_wall_times);
        wall_time.or_else(|| time::parse_time(value).known())
    }

    /// Returns the Telegram id of the user that a row refers to, or of a placeholder for a missing one.
    pub(super) fn user_reference(
        &mut self,
        value: &LegacyValue,
        table: &'static str,
        row: i64,
    ) -> Option<i64> {
        let found = self.references.resolve_user(value);
        match found {
            Some((_, true)) => self.tally.record_repair(Repair::MissingUser, table, row),
            None if *value != LegacyValue::Null => {
                self.tally.record_repair(Repair::ZeroReference, table, row);
            }
            _ => {}
        }
        found.map(|(id, _)| id)
    }

    /// Returns the id of the master that a row refers to, or of a placeholder for a missing one.
    pub(super) fn master_reference(
        &mut self,
        value: &LegacyValue,
        table: &'static str,
        row: i64,
    ) -> Option<i64> {
        if value.is_empty() {
            if *value != LegacyValue::Null {
                self.tally.record_repair(Repair::ZeroReference, table, row);
            }
            return None;
        }
        let id = value.as_integer();
        if let Some(known) = id.and_then(|id| self.references.masters.get(&id)) {
            return Some(*known);
        }
        self.tally.record_repair(Repair::MissingMaster, table, row);
        Some(self.references.placeholder_master(id, value.as_text().unwrap_or_default()))
    }

    /// Returns the placeholder for an order that must have a master and has none.
    pub(super) fn placeholder_master_id(&mut self) -> i64 {
        self.references.placeholder_master(None, String::new())
    }
}
