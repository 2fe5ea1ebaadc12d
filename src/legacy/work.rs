//! What the copying of every table needs: what is known so far, and reading one value with a note of what was mended.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDateTime;

use super::cell::Cell;
use super::convert::{self, Read};
use super::orders::Flow;
use super::people::{MASTERS, People};
use super::report::{Mend, Tally};
use super::source::Table;
use super::{Options, Progress};
use crate::db::time;
use crate::domain::ids::TelegramId;

/// The largest number that a row keeps: at the very edge there would be none left for the next one.
pub(super) const LARGEST: i64 = i64::MAX / 2;

/// Rows that the old database did not have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Added {
    pub(super) users: u64,
    pub(super) masters: u64,
}

/// One takeover while it is under way.
pub(super) struct Work<'a> {
    pub(super) options: Options,
    pub(super) now: NaiveDateTime,
    pub(super) tally: Tally,
    pub(super) people: People,
    /// The numbers of the orders that were copied, by their old ones.
    pub(super) orders: HashMap<i64, i64>,
    pub(super) money: [Flow; 4],
    pub(super) added: Added,
    /// Numbers in use, of each table, and the next that is free.
    numbers: HashMap<&'static str, (HashSet<i64>, i64)>,
    /// The last time that could be read, table by table: rows are in the order in which they were written.
    last_time: HashMap<&'static str, NaiveDateTime>,
    progress: Progress<'a>,
    done: u64,
    total: u64,
}

impl<'a> Work<'a> {
    pub(super) fn new(options: Options, total: u64, progress: Progress<'a>) -> Self {
        Self {
            options,
            now: time::to_stored(time::now()),
            tally: Tally::default(),
            people: People::default(),
            orders: HashMap::new(),
            money: [Flow::default(); 4],
            added: Added::default(),
            numbers: HashMap::new(),
            last_time: HashMap::new(),
            progress,
            done: 0,
            total,
        }
    }

    /// So many rows more are under way.
    pub(super) fn step(&mut self, stage: &'static str, rows: usize) {
        (self.progress)(stage, self.done, self.total);
        self.done += rows as u64;
    }

    /// Where new numbers begin in a table.
    pub(super) fn numbers_from(&mut self, table: &'static str, next: i64) {
        self.numbers.insert(table, (HashSet::new(), next));
    }

    /// The row's number in the new table: its own, unless it has none that is of use or another row has the same.
    pub(super) fn number(&mut self, cell: &Cell, rowid: i64, old: &Table, table: &'static str) -> i64 {
        let own = if old.id_is_rowid { Some(rowid) } else { cell.int() };
        let is_of_use = |own: &i64| match table {
            MASTERS => TelegramId::placeholder_for_master(*own).is_some(),
            _ => (-LARGEST..=LARGEST).contains(own),
        };
        let (taken, next) = self.numbers.entry(table).or_insert_with(|| (HashSet::new(), 1));
        if let Some(own) = own.filter(is_of_use).filter(|own| taken.insert(*own)) {
            return own;
        }
        while !taken.insert(*next) {
            *next += 1;
        }
        let new = *next;
        self.tally.mend(Mend::NewNumber, table, new);
        new
    }

    /// The first number that no row of this table has, nor is named by one of another.
    pub(super) fn free_number(&self, table: &'static str) -> i64 {
        let Some((taken, next)) = self.numbers.get(table) else { return 1 };
        let mut free = *next;
        while taken.contains(&free) {
            free += 1;
        }
        free
    }

    /// A text that must be there.
    pub(super) fn text(&mut self, cell: &Cell, table: &'static str, id: i64) -> String {
        self.optional(cell, table, id).unwrap_or_else(|| {
            self.tally.mend(Mend::MissingText, table, id);
            String::new()
        })
    }

    /// A text that may be missing.
    pub(super) fn optional(&mut self, cell: &Cell, table: &'static str, id: i64) -> Option<String> {
        if !cell.is_plain_text() {
            self.tally.mend(Mend::BadText, table, id);
        }
        cell.text()
    }

    /// Yes or no; `None` for nothing and for what is neither.
    pub(super) fn flag(&mut self, cell: &Cell, table: &'static str, id: i64) -> Option<bool> {
        match convert::flag(cell) {
            Read::Plain(flag) => flag,
            Read::Mended(flag) => {
                self.tally.mend(Mend::BadFlag, table, id);
                flag
            }
            Read::Unreadable => {
                self.tally.mend(Mend::BadFlag, table, id);
                None
            }
        }
    }

    /// Yes or no where there is nothing else. The old bot took NULL for no, and nobody is offered orders by accident.
    pub(super) fn yes(&mut self, cell: &Cell, table: &'static str, id: i64) -> bool {
        if *cell == Cell::Null {
            self.tally.mend(Mend::MissingFlag, table, id);
        }
        self.flag(cell, table, id).unwrap_or(false)
    }

    /// A time. One that cannot be read becomes the one that is known otherwise, that of the row before, or the present.
    pub(super) fn time(
        &mut self,
        cell: &Cell,
        otherwise: Option<NaiveDateTime>,
        table: &'static str,
        id: i64,
    ) -> NaiveDateTime {
        let time = match convert::time(cell) {
            Read::Plain(time) => time,
            Read::Mended(time) => {
                self.tally.mend(Mend::TimeForm, table, id);
                time
            }
            Read::Unreadable => {
                self.tally.mend(Mend::BadTime, table, id);
                return otherwise.or(self.last_time.get(table).copied()).unwrap_or(self.now);
            }
        };
        self.last_time.insert(table, time);
        time
    }
}
