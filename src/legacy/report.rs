//! What came of it: rows in and out, money in and out, everything that was mended, set aside or left over.

use std::collections::BTreeMap;

use serde::Serialize;

/// Numbers of rows that are kept of each kind of change; those that were set aside are all kept.
const EXAMPLES: usize = 100;

/// The report of one takeover.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What made the old schema: `alembic 001_initial_schema`, or `init_db` where there is no version.
    pub made_by: String,
    /// The migrations that were applied.
    pub applied: Vec<String>,
    /// The tables that the two schemas share.
    pub tables: Vec<TableCount>,
    /// The money of the orders, one entry a column, in kopecks.
    pub money: Vec<MoneySum>,
    /// What was mended, a kind at a time.
    pub mended: Vec<Change>,
    /// Rows that only stay in the old tables.
    pub set_aside: Vec<Change>,
    /// Columns that have no place in the new schema; their values stay in the old tables.
    pub unknown_columns: Vec<UnknownColumn>,
    /// Tables that have no place in the new schema; they stay under their new name.
    pub unknown_tables: Vec<UnknownTable>,
    /// What could not stay: views, triggers, virtual tables without rows of their own, and indexes whose name is needed or
    /// whose table was copied.
    pub dropped: Vec<Dropped>,
}

/// Rows of a table: `rows_in` + `added` − `set_aside` = `rows_out`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct TableCount {
    /// Its name in the new schema.
    pub name: &'static str,
    /// Where the old rows are.
    pub legacy: Option<String>,
    /// Rows of the old table.
    pub rows_in: u64,
    /// Placeholders, and people who were only known as masters.
    pub added: u64,
    /// Rows that only stay in the old table.
    pub set_aside: u64,
    /// Rows of the new table, as the database counts them.
    pub rows_out: u64,
}

/// The sum of a column of money, kopecks: `sum_in` − `set_aside` + `mended` = `sum_out`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct MoneySum {
    /// The column of `orders`.
    pub column: &'static str,
    /// Of all old rows, as the old column adds up; rounded to kopecks.
    pub sum_in: i64,
    /// Of the rows that only stay in the old table.
    pub set_aside: i64,
    /// By how much what was mended changed it, and the rounding of each amount to kopecks.
    pub mended: i64,
    /// As the database adds up the new column.
    pub sum_out: i64,
}

/// Rows to which the same happened.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Change {
    /// A name that stays.
    pub kind: &'static str,
    /// What it means.
    pub message: &'static str,
    /// The table.
    pub table: &'static str,
    /// How often.
    pub count: u64,
    /// Numbers of the rows (`id`); of what was mended the first hundred.
    pub ids: Vec<i64>,
}

/// A column of a known table that the new schema does not have.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct UnknownColumn {
    /// The old table's name.
    pub table: String,
    /// The column.
    pub column: String,
    /// How many rows have something in it.
    pub values: u64,
}

/// A table that the new schema does not have.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct UnknownTable {
    /// The old name.
    pub table: String,
    /// Where it is now.
    pub legacy: String,
    /// Its rows.
    pub rows: u64,
}

/// Something that is no table and could not stay.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Dropped {
    /// `view`, `trigger`, `virtual table` or `index`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// How it was made.
    pub sql: String,
}

macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($kind:ident = $code:literal, $what:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub(super) enum $name { $($kind),+ }

        impl $name {
            fn words(self) -> (&'static str, &'static str) {
                match self { $(Self::$kind => ($code, $what)),+ }
            }
        }
    };
}

kinds! {
    /// Kinds of what was mended.
    Mend {
        SkipLabel = "skip_label", "the scheduled time was the label of the skip button: now empty";
        EmptyTime = "empty_time", "the scheduled time was an empty text: now empty";
        MissingPerson = "missing_person", "referred to a person who is no longer there: now to a placeholder";
        MissingMaster = "missing_master", "referred to a master who is no longer there: now to a placeholder";
        NoMaster = "no_master", "nobody had the order, though its status needs a master: now a placeholder has it";
        Nobody = "nobody", "referred to person or master 0: now to nobody";
        PersonAdded = "person_added", "the master was not among the people: now added there";
        MasterOut = "master_out", "the person behind the master is no longer there: a placeholder stands for them, inactive";
        SharesRounded = "shares_rounded", "the shares missed net by the rounding: the master's stays, the company's is the rest";
        SharesOff = "shares_off", "the shares missed net by more than a rounding: the master's stays, the company's is the rest";
        KopeckFractions = "kopeck_fractions", "amounts had fractions of a kopeck: rounded half up";
        BadMoney = "bad_money", "an amount that is no number, or beyond ten billion roubles: now empty";
        NegativeMoney = "negative_money", "an amount below zero: now empty";
        MaterialsOverTotal = "materials_over_total", "the materials cost more than the total: now empty";
        RoleOrder = "role_order", "roles in another order or spelling: now sorted";
        SeniorMaster = "senior_master", "the role SENIOR_MASTER: now MASTER";
        UnknownRole = "unknown_role", "roles that do not exist here: dropped";
        StatusName = "status_name", "a status in another spelling or by another name: now ours";
        UnknownStatus = "unknown_status", "a status that does not exist here: now ASSIGNED where there is a master, else NEW";
        TimeForm = "time_form", "a time in an unusual form: understood";
        BadTime = "bad_time", "a time that is none: now the nearest one known";
        PhoneForm = "phone_form", "a phone number in another form: now +7XXXXXXXXXX";
        WorkChat = "work_chat", "the work group's number was not a group's: now empty";
        BadFlag = "bad_flag", "a yes or no in another form";
        MissingFlag = "missing_flag", "a yes or no that must be there was missing: now no";
        BadText = "bad_text", "a text that was stored as something else or with characters that are none";
        MissingText = "missing_text", "a text that must be there was missing: now an empty one";
        Username = "username", "the @ before a username: dropped";
        NewNumber = "new_number", "the row had no number of its own that can be kept: now a new one";
    }
}

kinds! {
    /// Kinds of what was set aside.
    Aside {
        Deleted = "deleted", "deleted by the old bot, which kept the row";
        NoOrder = "no_order", "of an order that is not there any more, or was set aside";
        NoTelegramId = "no_telegram_id", "without a Telegram number of a person";
        Double = "double", "the same person once more; what referred to the row now refers to the first";
    }
}

/// Counts while the rows go by.
#[derive(Debug, Default)]
pub(super) struct Tally {
    mended: BTreeMap<(Mend, &'static str), Rows>,
    set_aside: BTreeMap<(Aside, &'static str), Rows>,
}

#[derive(Debug, Default)]
struct Rows {
    count: u64,
    ids: Vec<i64>,
    last: Option<i64>,
}

impl Tally {
    /// A row was mended. The same kind in two columns of a row counts once.
    pub(super) fn mend(&mut self, kind: Mend, table: &'static str, id: i64) {
        let rows = self.mended.entry((kind, table)).or_default();
        if rows.last.replace(id) == Some(id) {
            return;
        }
        rows.count += 1;
        if rows.ids.len() < EXAMPLES {
            rows.ids.push(id);
        }
    }

    /// A row stays in the old table only.
    pub(super) fn set_aside(&mut self, kind: Aside, table: &'static str, id: i64) {
        let rows = self.set_aside.entry((kind, table)).or_default();
        rows.count += 1;
        rows.ids.push(id);
    }

    /// How many rows of a table were mended in this way.
    pub(super) fn mended_of(&self, kind: Mend, table: &'static str) -> u64 {
        self.mended.get(&(kind, table)).map_or(0, |rows| rows.count)
    }

    /// How many rows of a table were set aside.
    pub(super) fn aside_of(&self, table: &str) -> u64 {
        let of_table = self.set_aside.iter().filter(|((_, of), _)| *of == table);
        of_table.map(|(_, rows)| rows.count).sum()
    }

    pub(super) fn mended(&self) -> Vec<Change> {
        let all = self.mended.iter();
        all.map(|((kind, table), rows)| change(kind.words(), table, rows)).collect()
    }

    pub(super) fn aside(&self) -> Vec<Change> {
        let all = self.set_aside.iter();
        all.map(|((kind, table), rows)| change(kind.words(), table, rows)).collect()
    }
}

fn change((kind, message): (&'static str, &'static str), table: &'static str, rows: &Rows) -> Change {
    Change { kind, message, table, count: rows.count, ids: rows.ids.clone() }
}
