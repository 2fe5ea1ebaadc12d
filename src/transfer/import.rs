//! Importing what was exported: all of it in one transaction, or nothing. A row that is there already with the same content
//! is no change, so that an import can be repeated.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, BufRead, Read};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::business::{BUSINESS_TABLES, BusinessRow, TableVisitor, visit_named};
use super::copy::raise_counter;
use super::export::FORMAT_VERSION;
use super::tables::OddJson;
use crate::db::connection::AnyConnection;
use crate::db::error::{Error, Result};
use crate::db::in_savepoint;

/// Rows that are compared and written at a time.
const BATCH_ROWS: usize = 500;
/// Longer than any row: a text of Telegram has 4,096 characters.
const MAX_LINE: u64 = 4 * 1024 * 1024;
/// How many conflicts are listed; all are counted.
const LISTED_CONFLICTS: usize = 100;

/// What becomes of a row whose id the database has with another content.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ConflictRule {
    /// Nothing is imported at all.
    Fail,
    /// The database keeps its row.
    Keep,
    /// The imported row takes its place.
    Replace,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ImportOptions {
    pub(crate) on_conflict: ConflictRule,
    /// Whether the line at the end may be missing.
    pub(crate) is_partial: bool,
    /// Whether everything is rolled back in the end.
    pub(crate) is_dry_run: bool,
}

#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct ImportSummary {
    /// In the order of the input.
    pub(crate) tables: Vec<(&'static str, ImportCounts)>,
    /// The first of them.
    pub(crate) conflicts: Vec<RowConflict>,
    pub(crate) conflict_count: u64,
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct ImportCounts {
    pub(crate) inserted: u64,
    pub(crate) unchanged: u64,
    pub(crate) conflicts: u64,
}

/// A row whose id the database has with another content.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct RowConflict {
    pub(crate) table: &'static str,
    pub(crate) id: String,
    /// The columns that differ.
    pub(crate) columns: Vec<&'static str>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("the input cannot be read: {0}")]
    Read(#[from] io::Error),
    #[error("line {line}: {reason}")]
    Line { line: u64, reason: String },
    /// The export is probably of a newer program.
    #[error("line {line}: {table} has no column {column:?}")]
    UnknownColumn { line: u64, table: &'static str, column: String },
    #[error("line {line} has the form {version}, which is of a newer botctl")]
    Newer { line: u64, version: u32 },
    #[error("the input ends after {0} rows without its last line, so it is incomplete")]
    Incomplete(u64),
    /// The database refuses a row.
    #[error("line {line}: {table} {id}: {source}")]
    Row { line: u64, table: &'static str, id: String, source: Box<Error> },
    #[error("rows that the database has with another content: {}", .0.conflict_count)]
    Conflicts(Box<ImportSummary>),
    /// Rolls back what was tried.
    #[error("nothing was imported")]
    DryRun(Box<ImportSummary>),
    #[error(transparent)]
    Database(#[from] Error),
}

/// A line of the input.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImportLine {
    version: u32,
    table: Option<String>,
    row: Option<Map<String, Value>>,
    end: Option<EndValues>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndValues {
    rows: u64,
    #[serde(default)]
    last_ids: BTreeMap<String, i64>,
}

/// Something of the input with the number of its line.
struct NumberedLine<T> {
    line: u64,
    value: T,
}

/// Imports into the open transaction, in constant memory. After any error the caller rolls back.
pub(crate) fn import_rows(
    conn: &mut AnyConnection,
    input: &mut dyn BufRead,
    options: ImportOptions,
) -> Result<ImportSummary, ImportError> {
    let mut importer = Importer {
        conn,
        on_conflict: options.on_conflict,
        summary: ImportSummary::default(),
        batch: RowBatch::default(),
        rows: 0,
    };
    let mut end: Option<EndValues> = None;
    let mut line = 0;
    while let Some(text) = read_line(input, line + 1)? {
        line += 1;
        if text.trim_ascii().is_empty() {
            continue;
        }
        if end.is_some() {
            return Err(ImportError::Line { line, reason: "follows the last line of an export".to_owned() });
        }
        end = importer.take_line(line, &text)?;
    }
    importer.write_batch()?;
    let (summary, rows) = (importer.summary, importer.rows);
    match &end {
        Some(end) if end.rows == rows || options.is_partial => {}
        Some(end) => {
            let reason = format!("there should be {} rows, not {rows}", end.rows);
            return Err(ImportError::Line { line, reason });
        }
        None if options.is_partial => {}
        None => return Err(ImportError::Incomplete(rows)),
    }
    if options.on_conflict == ConflictRule::Fail && summary.conflict_count > 0 {
        return Err(ImportError::Conflicts(Box::new(summary)));
    }
    if options.is_dry_run {
        return Err(ImportError::DryRun(Box::new(summary)));
    }
    for table in BUSINESS_TABLES {
        let last = end.as_ref().and_then(|end| end.last_ids.get(*table)).copied().unwrap_or_default();
        raise_counter(conn, table, last)?;
    }
    Ok(summary)
}

/// Dates a closed or refused order of an export from before `closed_at`: its last change was the end.
fn date_closed_order(row: &mut Map<String, Value>) {
    let is_over = row.get("status").is_some_and(|status| status == "CLOSED" || status == "REFUSED");
    if let Some(updated_at) = row.get("updated_at").cloned()
        && is_over
        && !row.contains_key("closed_at")
    {
        row.insert("closed_at".to_owned(), updated_at);
    }
}

/// Reads a line without its end; `None` at the end of the input.
fn read_line(input: &mut dyn BufRead, line: u64) -> Result<Option<Vec<u8>>, ImportError> {
    let mut text = Vec::new();
    input.take(MAX_LINE).read_until(b'\n', &mut text)?;
    match text.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(text)),
        Some(_) if text.len() as u64 == MAX_LINE => {
            Err(ImportError::Line { line, reason: format!("is longer than {MAX_LINE} bytes") })
        }
        Some(_) => Ok(Some(text)),
    }
}

struct Importer<'a> {
    conn: &'a mut AnyConnection,
    on_conflict: ConflictRule,
    summary: ImportSummary,
    batch: RowBatch,
    rows: u64,
}

/// Rows of one table, each id once.
#[derive(Default)]
struct RowBatch {
    table: &'static str,
    ids: HashSet<i64>,
    rows: Vec<NumberedLine<Map<String, Value>>>,
}

impl Importer<'_> {
    /// Takes a row, or returns the end.
    fn take_line(&mut self, line: u64, text: &[u8]) -> Result<Option<EndValues>, ImportError> {
        #[derive(Deserialize)]
        struct FormatVersion {
            version: u32,
        }
        // The reason of serde_json may quote a piece of a row.
        let odd = |reason: &str| ImportError::Line { line, reason: reason.to_owned() };
        match serde_json::from_slice::<FormatVersion>(text) {
            Ok(FormatVersion { version }) if version > FORMAT_VERSION => {
                return Err(ImportError::Newer { line, version });
            }
            Ok(_) => {}
            Err(error) if error.is_data() => return Err(odd("is no line of an export")),
            Err(_) => return Err(odd("is no JSON object")),
        }
        let parsed: ImportLine = serde_json::from_slice(text).map_err(|_| odd("is no line of an export"))?;
        match parsed {
            ImportLine { version: FORMAT_VERSION, table: Some(table), row: Some(mut row), end: None } => {
                let table = BUSINESS_TABLES.iter().find(|known| **known == table);
                let table = table.ok_or_else(|| odd("is of a table that is not imported"))?;
                let id = row.get("id").and_then(Value::as_i64).ok_or_else(|| odd("has no id"))?;
                if table == &"orders" {
                    date_closed_order(&mut row);
                }
                self.add_row(table, id, NumberedLine { line, value: row })?;
                Ok(None)
            }
            ImportLine { version: FORMAT_VERSION, table: None, row: None, end: Some(end) } => Ok(Some(end)),
            _ => Err(odd("is no line of an export")),
        }
    }

    fn add_row(
        &mut self,
        table: &'static str,
        id: i64,
        row: NumberedLine<Map<String, Value>>,
    ) -> Result<(), ImportError> {
        let is_full = self.batch.rows.len() >= BATCH_ROWS;
        if is_full || self.batch.table != table || self.batch.ids.contains(&id) {
            self.write_batch()?;
            self.batch.table = table;
        }
        self.batch.ids.insert(id);
        self.batch.rows.push(row);
        self.rows += 1;
        Ok(())
    }

    fn write_batch(&mut self) -> Result<(), ImportError> {
        self.batch.ids.clear();
        let rows = std::mem::take(&mut self.batch.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let import = TableImport {
            table: self.batch.table,
            on_conflict: self.on_conflict,
            summary: &mut self.summary,
        };
        visit_named(self.batch.table, &mut BatchImport { conn: self.conn, import, rows })
    }
}

struct BatchImport<'a> {
    conn: &'a mut AnyConnection,
    import: TableImport<'a>,
    rows: Vec<NumberedLine<Map<String, Value>>>,
}

impl TableVisitor for BatchImport<'_> {
    type Failure = ImportError;

    fn visit_table<R: BusinessRow>(&mut self) -> Result<(), ImportError> {
        import_batch::<R>(self.conn, &mut self.import, std::mem::take(&mut self.rows))
    }
}

/// The import of rows of one table.
struct TableImport<'a> {
    table: &'static str,
    on_conflict: ConflictRule,
    summary: &'a mut ImportSummary,
}

impl TableImport<'_> {
    fn counts(&mut self) -> &mut ImportCounts {
        let tables = &mut self.summary.tables;
        let at = tables.iter().position(|(table, _)| *table == self.table).unwrap_or_else(|| {
            tables.push((self.table, ImportCounts::default()));
            tables.len() - 1
        });
        &mut tables[at].1
    }

    fn add_conflict<R: BusinessRow>(&mut self, stored: &R, imported: &R) {
        self.counts().conflicts += 1;
        self.summary.conflict_count += 1;
        if self.summary.conflicts.len() < LISTED_CONFLICTS {
            let pairs = stored.json_values().into_iter().zip(imported.json_values());
            let columns =
                pairs.filter(|((_, old), (_, new))| old != new).map(|((column, _), _)| column).collect();
            self.summary.conflicts.push(RowConflict { table: self.table, id: imported.key_text(), columns });
        }
    }
}

/// Compares rows with those of the database, and writes what is new or replaced.
fn import_batch<R: BusinessRow>(
    conn: &mut AnyConnection,
    import: &mut TableImport<'_>,
    lines: Vec<NumberedLine<Map<String, Value>>>,
) -> Result<(), ImportError> {
    let rows = lines.into_iter().map(|row| parse_row::<R>(conn, &row)).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<i64> = rows.iter().map(|row| row.value.id()).collect();
    let stored: HashMap<i64, R> = R::find_rows(conn, &ids)?.into_iter().map(|row| (row.id(), row)).collect();
    let mut new = Vec::new();
    for row in rows {
        match stored.get(&row.value.id()) {
            None => new.push(row),
            Some(stored) if *stored == row.value => import.counts().unchanged += 1,
            Some(stored) => {
                import.add_conflict(stored, &row.value);
                if import.on_conflict == ConflictRule::Replace {
                    in_savepoint(conn, |conn| row.value.replace_row(conn))
                        .map_err(|source| refused_row(row.line, &row.value, source))?;
                }
            }
        }
    }
    import.counts().inserted += new.len() as u64;
    insert_new(conn, new)
}

fn parse_row<R: BusinessRow>(
    conn: &AnyConnection,
    row: &NumberedLine<Map<String, Value>>,
) -> Result<NumberedLine<R>, ImportError> {
    let odd = |reason: String| ImportError::Line { line: row.line, reason };
    if let Some(unknown) = row.value.keys().find(|name| !R::COLUMNS.contains(&name.as_str())) {
        let column = unknown.clone();
        return Err(ImportError::UnknownColumn { line: row.line, table: R::TABLE, column });
    }
    let value = R::from_json_values(&row.value)
        .map_err(|OddJson { column, expected }| odd(format!("{}.{column} is not {expected}", R::TABLE)))?;
    match (conn, value.find_nul_byte()) {
        (AnyConnection::Pg(_), Some((column, _))) => {
            Err(odd(format!("{}.{column} holds a NUL byte, which PostgreSQL does not store", R::TABLE)))
        }
        _ => Ok(NumberedLine { line: row.line, value }),
    }
}

/// Inserts all rows; if the database refuses that, finds the first row that it refuses.
fn insert_new<R: BusinessRow>(
    conn: &mut AnyConnection,
    new: Vec<NumberedLine<R>>,
) -> Result<(), ImportError> {
    let (lines, rows): (Vec<u64>, Vec<R>) = new.into_iter().map(|row| (row.line, row.value)).unzip();
    if rows.is_empty() {
        return Ok(());
    }
    let Err(error) = in_savepoint(conn, |conn| R::insert_rows(conn, &rows)) else { return Ok(()) };
    for (line, row) in lines.into_iter().zip(&rows) {
        in_savepoint(conn, |conn| R::insert_rows(conn, std::slice::from_ref(row)))
            .map_err(|source| refused_row(line, row, source))?;
    }
    Err(error.into())
}

fn refused_row<R: BusinessRow>(line: u64, row: &R, source: Error) -> ImportError {
    ImportError::Row { line, table: R::TABLE, id: row.key_text(), source: Box::new(source) }
}
