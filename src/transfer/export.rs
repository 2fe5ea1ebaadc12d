//! Exporting the business data: one JSON object a row, the same bytes from either kind of database.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::business::{BUSINESS_TABLES, BusinessRow, TableVisitor, visit_tables};
use super::error::TransferError;
use super::stored_values::{StoredTable, require_exact_values};
use super::tables::{STORED_TABLES, next_page};
use super::{copy, open_source, require_current};
use crate::config::database::DatabaseUrl;
use crate::db::connection;
use crate::db::connection::AnyConnection;
use crate::db::error::Error;
use crate::db::in_snapshot;

/// The version of the form. Higher ones are of a newer program.
pub(super) const FORMAT_VERSION: u32 = 1;

/// A line of an export.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum ExportLine {
    Row {
        version: u32,
        table: &'static str,
        row: RowValues,
    },
    /// The last line, without which an export is incomplete.
    End {
        version: u32,
        end: EndMark,
    },
}

/// The values of a row in the order of its columns.
#[derive(Debug)]
pub(crate) struct RowValues(Vec<(&'static str, Value)>);

impl Serialize for RowValues {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(column, value)| (column, value)))
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct EndMark {
    rows: u64,
    /// The last id that each table has given out, also to a row that is deleted by now.
    last_ids: BTreeMap<&'static str, i64>,
}

/// Receives the lines.
type LineWriter<'a> = &'a mut dyn FnMut(&ExportLine) -> io::Result<()>;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error(transparent)]
    Source(#[from] TransferError),
    #[error("cannot write: {0}")]
    Write(#[source] io::Error),
}

impl From<Error> for ExportError {
    fn from(error: Error) -> Self {
        Self::Source(TransferError::Source(error))
    }
}

/// Exports from one snapshot, while others write, in constant memory. Returns the number of rows of each table.
pub(crate) fn export_rows(
    url: &DatabaseUrl,
    timeout: Duration,
    write: LineWriter<'_>,
) -> Result<Vec<(&'static str, u64)>, ExportError> {
    require_current(&mut open_source(url, timeout)?)?;
    // That connection may be no snapshot.
    let mut source = connection::open_connection(url)?;
    in_snapshot(&mut source, |source| {
        let is_exported = |table: &&StoredTable| BUSINESS_TABLES.contains(&table.name);
        for table in STORED_TABLES.iter().filter(is_exported) {
            require_exact_values(source, std::slice::from_ref(table))?;
        }
        let mut export = TableExport { source: &mut *source, write: &mut *write, tables: Vec::new() };
        visit_tables(&mut export)?;
        let tables = export.tables;
        let mut last_ids = BTreeMap::new();
        for table in BUSINESS_TABLES {
            last_ids.insert(*table, copy::last_id(source, table)?);
        }
        let end = EndMark { rows: tables.iter().map(|(_, rows)| rows).sum(), last_ids };
        write(&ExportLine::End { version: FORMAT_VERSION, end }).map_err(ExportError::Write)?;
        Ok(tables)
    })
}

struct TableExport<'a> {
    source: &'a mut AnyConnection,
    write: LineWriter<'a>,
    tables: Vec<(&'static str, u64)>,
}

impl TableVisitor for TableExport<'_> {
    type Failure = ExportError;

    fn visit_table<R: BusinessRow>(&mut self) -> Result<(), ExportError> {
        let mut count = 0;
        let mut rows = next_page::<R>(self.source, None)?;
        while !rows.is_empty() {
            for row in &rows {
                let row = RowValues(row.json_values());
                let line = ExportLine::Row { version: FORMAT_VERSION, table: R::TABLE, row };
                (self.write)(&line).map_err(ExportError::Write)?;
                count += 1;
            }
            rows = next_page(self.source, rows.last())?;
        }
        self.tables.push((R::TABLE, count));
        Ok(())
    }
}
