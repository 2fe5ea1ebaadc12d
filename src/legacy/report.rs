//! The report: rows and money in and out, and everything that was repaired, kept in `legacy_*` or dropped.

use std::collections::BTreeMap;

use serde::Serialize;

/// Row ids that are listed of each kind of repair; of rows kept in `legacy_*` all are.
const LISTED_REPAIRS: usize = 100;

#[derive(Clone, Debug, Serialize)]
pub(crate) struct ImportReport {
    /// `alembic 001_initial_schema`, or `init_db` where there is no version.
    pub(crate) old_schema: String,
    /// The migrations that were applied.
    pub(crate) applied: Vec<String>,
    /// The tables that the two schemas share.
    pub(crate) tables: Vec<TableCount>,
    /// The amounts of the orders, column by column.
    pub(crate) money: Vec<MoneySum>,
    pub(crate) repaired: Vec<ChangeSummary>,
    /// Rows that are only in `legacy_*` now.
    pub(crate) kept_in_legacy: Vec<ChangeSummary>,
    /// Columns that the new schema does not have; their values are in `legacy_*`.
    pub(crate) unknown_columns: Vec<UnknownColumn>,
    /// Tables that the new schema does not have; they are in `legacy_*`.
    pub(crate) unknown_tables: Vec<UnknownTable>,
    /// Views, triggers, virtual tables without rows of their own, and indexes whose name is needed or whose table was
    /// copied.
    pub(crate) dropped: Vec<DroppedObject>,
}

/// Rows of a table: `rows_in` + `added` − `kept_in_legacy` = `rows_out`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct TableCount {
    /// Its name in the new schema.
    pub(crate) name: &'static str,
    /// Where the old rows are.
    pub(crate) legacy: Option<String>,
    pub(crate) rows_in: u64,
    /// Placeholders, and users who were only in `masters`.
    pub(crate) added: u64,
    pub(crate) kept_in_legacy: u64,
    /// Counted by the database.
    pub(crate) rows_out: u64,
}

/// The sum of a column in kopecks: `sum_in` − `kept_in_legacy` + `repaired` = `sum_out`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct MoneySum {
    /// The column of `orders`.
    pub(crate) column: &'static str,
    /// The sum of the old column, rounded to kopecks.
    pub(crate) sum_in: i64,
    pub(crate) kept_in_legacy: i64,
    /// The effect of repairs and of rounding each amount to kopecks.
    pub(crate) repaired: i64,
    /// Computed by the database.
    pub(crate) sum_out: i64,
}

/// The rows of a table with the same kind of change.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct ChangeSummary {
    /// A stable name.
    pub(crate) kind: &'static str,
    pub(crate) message: &'static str,
    pub(crate) table: &'static str,
    pub(crate) count: u64,
    /// Ids of the rows; of repairs the first hundred.
    pub(crate) ids: Vec<i64>,
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct UnknownColumn {
    /// The old table's name.
    pub(crate) table: String,
    pub(crate) column: String,
    /// How many rows have a value in it.
    pub(crate) values: u64,
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct UnknownTable {
    /// The old name.
    pub(crate) table: String,
    /// The present name.
    pub(crate) legacy: String,
    pub(crate) rows: u64,
}

#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct DroppedObject {
    /// `view`, `trigger`, `virtual table` or `index`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// The statement that creates it.
    pub(crate) sql: String,
}

macro_rules! change_kinds {
    ($(#[$doc:meta])* $name:ident { $($kind:ident = $code:literal, $message:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        pub(super) enum $name { $($kind),+ }

        impl $name {
            fn code_and_message(self) -> (&'static str, &'static str) {
                match self { $(Self::$kind => ($code, $message)),+ }
            }
        }
    };
}

change_kinds! {
    Repair {
        SkipLabel = "skip_label", "the scheduled time was the label of the skip button: now empty";
        EmptyTime = "empty_time", "the scheduled time was an empty text: now NULL";
        MissingUser = "missing_user", "referred to a missing user: now to a placeholder";
        MissingMaster = "missing_master", "referred to a missing master: now to a placeholder";
        NoMaster = "no_master", "no master, though the status needs one: now a placeholder";
        ZeroReference = "zero_reference", "referred to user or master 0: now NULL";
        UserAdded = "user_added", "the master was not in users: now added there";
        MasterWithoutUser = "master_without_user", "the master's user is missing: now a placeholder, inactive";
        SharesRounded = "shares_rounded", "the shares missed the net amount by the rounding: the company gets the rest";
        SharesOff = "shares_off", "the shares missed the net amount by more than the rounding: the company gets the rest";
        KopeckFractions = "kopeck_fractions", "an amount had a fraction of a kopeck: rounded half up";
        BadMoney = "bad_money", "an amount was not a number, or beyond ten billion roubles: now NULL";
        NegativeMoney = "negative_money", "an amount was below zero: now NULL";
        MaterialsOverTotal = "materials_over_total", "the materials cost more than the total: now NULL";
        RoleOrder = "role_order", "roles in another order or spelling: now sorted";
        SeniorMaster = "senior_master", "the role SENIOR_MASTER: now MASTER, as a senior master";
        UnknownRole = "unknown_role", "unknown roles: removed";
        StatusName = "status_name", "a status in another spelling or a synonym: now the standard name";
        UnknownStatus = "unknown_status", "an unknown status: now ASSIGNED if there is a master, else NEW";
        MoscowTime = "moscow_time", "a Moscow time of a later version: now UTC";
        LaterColumns = "later_columns", "promised date, prepayment and the like of a later version: taken over, into the notes where no column fits";
        DeletedOrder = "deleted_order", "marked as deleted by the old bot: a deleted order here, in no list, count or sum";
        TimeForm = "time_form", "a time in an unusual format: converted";
        BadTime = "bad_time", "an unreadable time: now the nearest known one";
        PhoneForm = "phone_form", "a phone number in another format: now +7XXXXXXXXXX";
        WorkChat = "work_chat", "the work group's ID was not a group's: now NULL";
        BadFlag = "bad_flag", "a yes/no value in another format: converted";
        MissingFlag = "missing_flag", "a required yes/no value was missing: now no";
        BadText = "bad_text", "a text stored as another type or with invalid characters: converted";
        MissingText = "missing_text", "a required text was missing: now empty";
        Username = "username", "a username began with @: removed";
        NewNumber = "new_number", "the row had no usable ID: now a new one";
    }
}

change_kinds! {
    /// Why a row is only in `legacy_*`.
    KeptReason {
        Deleted = "deleted", "marked as deleted by the old bot";
        MissingOrder = "no_order", "the order is missing, or kept in legacy_* itself";
        NoTelegramId = "no_telegram_id", "no valid Telegram ID";
        Duplicate = "duplicate", "a second row of the same user; references now point to the first";
    }
}

#[derive(Debug, Default)]
pub(super) struct ChangeTally {
    repaired: BTreeMap<(Repair, &'static str), RowTally>,
    kept: BTreeMap<(KeptReason, &'static str), RowTally>,
}

#[derive(Debug, Default)]
struct RowTally {
    count: u64,
    ids: Vec<i64>,
    last: Option<i64>,
}

impl RowTally {
    fn summarize(&self, (kind, message): (&'static str, &'static str), table: &'static str) -> ChangeSummary {
        ChangeSummary { kind, message, table, count: self.count, ids: self.ids.clone() }
    }
}

impl ChangeTally {
    /// Records a repair. The same kind in two columns of a row counts once.
    pub(super) fn record_repair(&mut self, kind: Repair, table: &'static str, id: i64) {
        let rows = self.repaired.entry((kind, table)).or_default();
        if rows.last.replace(id) == Some(id) {
            return;
        }
        rows.count += 1;
        if rows.ids.len() < LISTED_REPAIRS {
            rows.ids.push(id);
        }
    }

    /// Records a row that is only in `legacy_*`.
    pub(super) fn record_kept(&mut self, reason: KeptReason, table: &'static str, id: i64) {
        let rows = self.kept.entry((reason, table)).or_default();
        rows.count += 1;
        rows.ids.push(id);
    }

    pub(super) fn repaired_count(&self, kind: Repair, table: &'static str) -> u64 {
        self.repaired.get(&(kind, table)).map_or(0, |rows| rows.count)
    }

    pub(super) fn kept_count(&self, table: &str) -> u64 {
        let of_table = self.kept.iter().filter(|((_, of), _)| *of == table);
        of_table.map(|(_, rows)| rows.count).sum()
    }

    pub(super) fn repairs(&self) -> Vec<ChangeSummary> {
        let all = self.repaired.iter();
        all.map(|((kind, table), rows)| rows.summarize(kind.code_and_message(), table)).collect()
    }

    pub(super) fn kept_rows(&self) -> Vec<ChangeSummary> {
        let all = self.kept.iter();
        all.map(|((reason, table), rows)| rows.summarize(reason.code_and_message(), table)).collect()
    }
}
