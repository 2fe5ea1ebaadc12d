//! The tables that are exported: what the company knows, without what belongs to a running bot (inbox, outbox, dialogues,
//! messages in chats, runs of jobs and what they told of, what the bot makes up for itself, titles of chats, open requests).

use diesel::prelude::*;

use super::tables::{self, TransferRow};
use crate::db::connection::{AnyConnection, on_each};
use crate::db::error::Result;
use crate::db::schema;

/// A row that is identified by its id.
pub(super) trait BusinessRow: TransferRow + PartialEq {
    fn id(&self) -> i64;
    /// Returns the rows with these ids.
    fn find_rows(conn: &mut AnyConnection, ids: &[i64]) -> Result<Vec<Self>>;
    /// Replaces the row of this id.
    fn replace_row(&self, conn: &mut AnyConnection) -> Result<()>;
}

/// What is done with the rows of a table.
pub(super) trait TableVisitor {
    type Failure;

    fn visit_table<R: BusinessRow>(&mut self) -> std::result::Result<(), Self::Failure>;
}

macro_rules! business_tables {
    ($($table:ident)+) => {
        $(impl BusinessRow for tables::$table::Row {
            fn id(&self) -> i64 {
                self.id
            }

            fn find_rows(conn: &mut AnyConnection, ids: &[i64]) -> Result<Vec<Self>> {
                Ok(on_each!(conn, |c| schema::$table::table.filter(schema::$table::id.eq_any(ids)).load(c))?)
            }

            fn replace_row(&self, conn: &mut AnyConnection) -> Result<()> {
                on_each!(conn, |c| diesel::update(schema::$table::table.find(self.id())).set(self).execute(c))?;
                Ok(())
            }
        })+

        /// In the order of their references.
        pub(super) const BUSINESS_TABLES: &[&str] = &[$(stringify!($table)),+];

        /// Visits every table in this order.
        pub(super) fn visit_tables<V: TableVisitor>(visitor: &mut V) -> std::result::Result<(), V::Failure> {
            $(visitor.visit_table::<tables::$table::Row>()?;)+
            Ok(())
        }

        /// Visits one of these tables.
        pub(super) fn visit_named<V: TableVisitor>(table: &str, visitor: &mut V) -> std::result::Result<(), V::Failure> {
            match table {
                $(stringify!($table) => visitor.visit_table::<tables::$table::Row>(),)+
                _ => Ok(()),
            }
        }
    };
}

business_tables! { users masters equipment_types rates orders order_status_history audit_log order_files order_changes ledger_entries hand_overs order_comments }

#[cfg(test)]
mod tests {
    use super::super::tables::TABLES;
    use super::*;

    /// A new table is business data or belongs to the running bot; both are decided on purpose.
    #[test]
    fn every_table_is_exported_or_left_out_on_purpose() {
        let left_out = [
            "inbox",
            "order_messages",
            "outbox",
            "chats",
            "access_requests",
            "announcements",
            "dialogues",
            "dialogue_questions",
            "job_runs",
            "searches",
            "settings",
        ];
        let (mut all, mut known) = (TABLES.to_vec(), [BUSINESS_TABLES, &left_out].concat());
        all.sort_unstable();
        known.sort_unstable();
        assert_eq!(all, known);
        let order = TABLES.iter().filter(|table| BUSINESS_TABLES.contains(table));
        assert_eq!(order.copied().collect::<Vec<_>>(), BUSINESS_TABLES);
    }
}
