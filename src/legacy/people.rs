//! `users` and `masters`, and those that rows refer to and who are not there.
//!
//! A person who is gone is not made alive again: whatever referred to them refers to a placeholder afterwards, whose
//! made-up number ends in theirs and to whom nothing is ever sent ([`TelegramId::is_placeholder`]). A master who is gone
//! keeps their number in `masters`, so that old buttons find them, and is inactive.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::cell::Cell;
use super::convert;
use super::logs;
use super::report::{Aside, Mend};
use super::source::{Row, Table};
use super::work::Work;
use crate::db::error::Result;
use crate::db::schema::{masters, users};
use crate::domain::ids::{ChatId, TelegramId};
use crate::domain::phone::Phone;
use crate::domain::role::{Role, RoleSet};

pub(super) const USERS: &str = "users";
pub(super) const MASTERS: &str = "masters";
pub(super) const USER_COLUMNS: [&str; 7] =
    ["id", "telegram_id", "username", "first_name", "last_name", "role", "created_at"];
pub(super) const MASTER_COLUMNS: [&str; 8] = [
    "id",
    "telegram_id",
    "phone",
    "specialization",
    "is_active",
    "is_approved",
    "work_chat_id",
    "created_at",
];

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
struct NewUser {
    id: i64,
    telegram_id: i64,
    username: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    role: String,
    created_at: NaiveDateTime,
}

#[derive(Insertable)]
#[diesel(table_name = masters, treat_none_as_default_value = false)]
struct NewMaster {
    id: i64,
    telegram_id: i64,
    phone: String,
    specialization: String,
    is_active: bool,
    is_approved: bool,
    work_chat_id: Option<i64>,
    created_at: NaiveDateTime,
}

/// A person's first and last name.
type Name = (Option<String>, Option<String>);

/// Who is there, who was, and who has to be invented.
#[derive(Debug, Default)]
pub(super) struct People {
    living: HashMap<i64, Name>,
    /// People that the old bot deleted and kept.
    gone: HashMap<i64, Name>,
    /// The number of each living master's row, and of those that were doubles the first one's.
    masters: HashMap<i64, i64>,
    /// Masters that the old bot deleted and kept, and who was behind them.
    gone_masters: HashMap<i64, Option<i64>>,
    /// By made-up Telegram number.
    placeholders: BTreeMap<i64, Name>,
    /// Placeholders of references that are no numbers.
    odd: HashMap<String, i64>,
    /// Rows of `masters` to be made, with the made-up number of each.
    placeholder_masters: BTreeMap<i64, i64>,
    odd_masters: HashMap<String, i64>,
    next_master: i64,
}

impl People {
    /// From which number on new rows of `masters` can be made without meeting one that is referred to.
    pub(super) fn masters_from(&mut self, next: i64) {
        self.next_master = next;
    }

    /// Who is meant by a reference, and whether that is a placeholder.
    fn resolve(&mut self, cell: &Cell) -> Option<(i64, bool)> {
        if cell.is_nothing() {
            return None;
        }
        match cell.int() {
            Some(id) if self.living.contains_key(&id) => Some((id, false)),
            Some(id) => Some((self.placeholder(id), true)),
            None => {
                let next = i64::try_from(self.odd.len()).unwrap_or(0) + 1;
                let text = cell.text().unwrap_or_default();
                let id = *self.odd.entry(text).or_insert_with(|| TelegramId::placeholder_for_odd(next).0);
                self.placeholders.entry(id).or_insert_with(|| (Some("(?)".to_owned()), None));
                Some((id, true))
            }
        }
    }

    fn placeholder(&mut self, person: i64) -> i64 {
        let Some(TelegramId(id)) = TelegramId::placeholder_for_person(person) else {
            return self.resolve(&Cell::Text(format!("{person}:"))).map_or(0, |(id, _)| id);
        };
        let known = self.gone.get(&person);
        self.placeholders.entry(id).or_insert_with(|| named(known, person));
        id
    }

    /// A row of `masters` that stands for one who is not there.
    fn placeholder_master(&mut self, master: Option<i64>, key: String) -> i64 {
        let usable = master.and_then(|id| Some((id, TelegramId::placeholder_for_master(id)?)));
        let (row, person) = match usable {
            Some((id, TelegramId(person))) => (id, person),
            None => {
                let row = self.odd_masters.get(&key).copied().unwrap_or(self.next_master);
                self.next_master = self.next_master.max(row + 1);
                self.odd_masters.insert(key, row);
                (row, TelegramId::placeholder_for_master(row).map_or(row, |id| id.0))
            }
        };
        self.placeholder_masters.insert(row, person);
        let behind = master.and_then(|id| self.gone_masters.get(&id).copied().flatten());
        // A person may be there still who is no master any more.
        let known = behind.and_then(|person| self.gone.get(&person).or_else(|| self.living.get(&person)));
        self.placeholders.entry(person).or_insert_with(|| named(known, master.unwrap_or_default()));
        row
    }
}

/// A name that is kept for those who look at the history, with a sign that there is nobody behind it.
fn named(known: Option<&Name>, number: i64) -> Name {
    match known {
        Some((first, last)) if first.is_some() || last.is_some() => {
            let full: Vec<_> = [first, last].into_iter().flatten().map(String::as_str).collect();
            (Some(full.join(" ")), Some("(?)".to_owned()))
        }
        _ => (Some(format!("\u{2116} {number}")), Some("(?)".to_owned())),
    }
}

impl Work<'_> {
    /// The person that a row refers to; a placeholder for one who is not there.
    pub(super) fn person(&mut self, cell: &Cell, table: &'static str, row: i64) -> Option<i64> {
        let found = self.people.resolve(cell);
        match found {
            Some((_, true)) => self.tally.mend(Mend::MissingPerson, table, row),
            None if *cell != Cell::Null => self.tally.mend(Mend::Nobody, table, row),
            _ => {}
        }
        found.map(|(id, _)| id)
    }

    /// The same for a master.
    pub(super) fn master(&mut self, cell: &Cell, table: &'static str, row: i64) -> Option<i64> {
        if cell.is_nothing() {
            if *cell != Cell::Null {
                self.tally.mend(Mend::Nobody, table, row);
            }
            return None;
        }
        let id = cell.int();
        if let Some(known) = id.and_then(|id| self.people.masters.get(&id)) {
            return Some(*known);
        }
        self.tally.mend(Mend::MissingMaster, table, row);
        Some(self.people.placeholder_master(id, cell.text().unwrap_or_default()))
    }

    /// The master of an order that must have one and has none.
    pub(super) fn nobody(&mut self) -> i64 {
        self.people.placeholder_master(None, String::new())
    }
}

/// Copies the people.
pub(super) fn copy_users(c: &mut SqliteConnection, table: &Table, work: &mut Work<'_>) -> Result<()> {
    table.read(c, USER_COLUMNS, |c, rows| {
        work.step("people", rows.len());
        let new: Vec<NewUser> = rows.into_iter().filter_map(|row| user(row, table, work)).collect();
        diesel::insert_into(users::table).values(&new).execute(c)?;
        Ok(())
    })?;
    logs::keep_counter(c, USERS, table)
}

fn user(row: Row<7>, table: &Table, work: &mut Work<'_>) -> Option<NewUser> {
    let Row {
        rowid,
        is_deleted,
        cells: [id, telegram_id, username, first_name, last_name, role, created_at],
    } = row;
    let shown = id.int().unwrap_or(rowid);
    let Some(telegram) = telegram_id.int().filter(|id| *id > 0) else {
        work.tally.set_aside(if is_deleted { Aside::Deleted } else { Aside::NoTelegramId }, USERS, shown);
        return None;
    };
    if is_deleted {
        work.people.gone.insert(telegram, (first_name.text(), last_name.text()));
        work.tally.set_aside(Aside::Deleted, USERS, shown);
        return None;
    }
    if work.people.living.contains_key(&telegram) {
        work.tally.set_aside(Aside::Double, USERS, shown);
        return None;
    }
    work.people.living.insert(telegram, (first_name.text(), last_name.text()));
    let id = work.number(&id, rowid, table, USERS);
    let username = work.optional(&username, USERS, id).map(|name| match name.strip_prefix('@') {
        Some(bare) => {
            work.tally.mend(Mend::Username, USERS, id);
            bare.to_owned()
        }
        None => name,
    });
    Some(NewUser {
        id,
        telegram_id: telegram,
        username,
        first_name: work.optional(&first_name, USERS, id),
        last_name: work.optional(&last_name, USERS, id),
        role: roles(&role, id, work).to_string(),
        created_at: work.time(&created_at, None, USERS, id),
    })
}

fn roles(cell: &Cell, id: i64, work: &mut Work<'_>) -> RoleSet {
    let text = cell.text().unwrap_or_default();
    let list = convert::roles(&text);
    if list.senior {
        work.tally.mend(Mend::SeniorMaster, USERS, id);
    }
    if !list.unknown.is_empty() {
        work.tally.mend(Mend::UnknownRole, USERS, id);
    }
    if !list.senior && list.unknown.is_empty() && list.roles.to_string() != text {
        work.tally.mend(Mend::RoleOrder, USERS, id);
    }
    list.roles
}

/// Copies the masters; the people must be there.
pub(super) fn copy_masters(c: &mut SqliteConnection, table: &Table, work: &mut Work<'_>) -> Result<()> {
    let mut added: Vec<(i64, NaiveDateTime)> = Vec::new();
    let mut persons: HashMap<i64, i64> = HashMap::new();
    table.read(c, MASTER_COLUMNS, |c, rows| {
        work.step("people", rows.len());
        let mut new = Vec::with_capacity(rows.len());
        for row in rows {
            let shown = row.cells[0].int().unwrap_or(row.rowid);
            if row.is_deleted {
                work.people.gone_masters.insert(shown, row.cells[1].int());
                work.tally.set_aside(Aside::Deleted, MASTERS, shown);
                continue;
            }
            let first = row.cells[1].int().and_then(|person| persons.get(&person).copied());
            if let Some(first) = first {
                work.people.masters.insert(shown, first);
                work.tally.set_aside(Aside::Double, MASTERS, shown);
                continue;
            }
            let master = master(row, table, work, &mut added);
            persons.insert(master.telegram_id, master.id);
            work.people.masters.insert(shown, master.id);
            new.push(master);
        }
        diesel::insert_into(masters::table).values(&new).execute(c)?;
        Ok(())
    })?;
    logs::keep_counter(c, MASTERS, table)?;
    work.people.masters_from(work.free_number(MASTERS));
    let role = RoleSet::from(Role::Master).to_string();
    for (person, created_at) in added {
        insert_person(c, person, (None, None), &role, created_at)?;
        work.added.users += 1;
    }
    Ok(())
}

fn master(
    row: Row<8>,
    table: &Table,
    work: &mut Work<'_>,
    added: &mut Vec<(i64, NaiveDateTime)>,
) -> NewMaster {
    let [id, telegram_id, phone, specialization, is_active, is_approved, work_chat, created_at] = row.cells;
    let id = work.number(&id, row.rowid, table, MASTERS);
    let created_at = work.time(&created_at, None, MASTERS, id);
    // Where there is no such column, nobody was ever put out of work.
    let mut is_active = !table.has("is_active") || work.yes(&is_active, MASTERS, id);
    let person = telegram_id.int().filter(|person| *person > 0);
    let telegram_id = match person {
        Some(person) if work.people.living.contains_key(&person) => person,
        // Nobody deleted them; the old bot went on sending them orders, and they are who they are.
        Some(person) if !work.people.gone.contains_key(&person) => {
            work.tally.mend(Mend::PersonAdded, MASTERS, id);
            work.people.living.insert(person, (None, None));
            added.push((person, created_at));
            person
        }
        _ => {
            work.tally.mend(Mend::MasterOut, MASTERS, id);
            is_active = false;
            work.people.gone_masters.insert(id, person);
            let row = work.people.placeholder_master(Some(id), format!("row {id}"));
            // The row is here already; only the person behind it has to be made.
            work.people.placeholder_masters.remove(&row).unwrap_or(-id)
        }
    };
    let chat = work_chat.int().map(ChatId).filter(|chat| chat.is_group()).map(|chat| chat.0);
    if chat.is_none() && work_chat != Cell::Null {
        work.tally.mend(Mend::WorkChat, MASTERS, id);
    }
    NewMaster {
        id,
        telegram_id,
        phone: phone_of(&phone, MASTERS, id, work),
        specialization: work.text(&specialization, MASTERS, id),
        is_active,
        is_approved: table.has("is_approved") && work.yes(&is_approved, MASTERS, id),
        work_chat_id: chat,
        created_at,
    }
}

/// A phone number in the one form, where it can be brought into it.
pub(super) fn phone_of(cell: &Cell, table: &'static str, id: i64, work: &mut Work<'_>) -> String {
    let text = work.text(cell, table, id);
    match Phone::parse(&text) {
        Ok(phone) if phone.as_str() != text => {
            work.tally.mend(Mend::PhoneForm, table, id);
            phone.into_string()
        }
        _ => text,
    }
}

/// Makes everybody who had to be invented.
pub(super) fn make_placeholders(c: &mut SqliteConnection, work: &mut Work<'_>) -> Result<()> {
    let role = RoleSet::none().to_string();
    for (id, name) in std::mem::take(&mut work.people.placeholders) {
        insert_person(c, id, name, &role, work.now)?;
        work.added.users += 1;
    }
    for (id, person) in std::mem::take(&mut work.people.placeholder_masters) {
        let master = NewMaster {
            id,
            telegram_id: person,
            phone: String::new(),
            specialization: "(?)".to_owned(),
            is_active: false,
            is_approved: true,
            work_chat_id: None,
            created_at: work.now,
        };
        diesel::insert_into(masters::table).values(&master).execute(c)?;
        work.added.masters += 1;
    }
    Ok(())
}

fn insert_person(
    c: &mut SqliteConnection,
    id: i64,
    (first_name, last_name): Name,
    role: &str,
    created_at: NaiveDateTime,
) -> Result<()> {
    diesel::insert_into(users::table)
        .values((
            users::telegram_id.eq(id),
            users::first_name.eq(first_name),
            users::last_name.eq(last_name),
            users::role.eq(role),
            users::created_at.eq(created_at),
        ))
        .execute(c)?;
    Ok(())
}
