//! Workbooks for Excel and `LibreOffice`: a sheet per part, numbers and dates as such, totals as formulas, a native chart.
//!
//! Rows are streamed ([`rust_xlsxwriter`]'s constant memory mode), so a sheet may be as long as the format allows. Texts are
//! never formulas. Headers and names come from the caller in the reader's language.

mod sheet_name;
mod workbook;

pub(crate) use workbook::{
    Cell, RowWriter, SheetChart, SheetColumn, SheetSpec, WorkbookError, WorkbookWriter,
};

#[cfg(test)]
mod tests;
