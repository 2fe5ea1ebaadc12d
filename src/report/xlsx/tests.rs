#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use chrono::NaiveDate;

use super::sheet_name::unique_sheet_name;
use super::*;
use crate::domain::money::Kopecks;

fn column(header: &str, total: Option<Cell>) -> SheetColumn {
    SheetColumn { header: header.to_owned(), width: 12.0, total }
}

fn money_sheet(name: &str) -> SheetSpec {
    SheetSpec {
        name: name.to_owned(),
        columns: vec![
            column("Мастер", None),
            column("Закрыто", Some(Cell::Count(3))),
            column("Выручка", Some(Cell::Money(Kopecks(1_000_050)))),
            column("День", None),
        ],
        total_label: Some("Итого".to_owned()),
        chart: Some(SheetChart { title: "Деньги".to_owned(), columns: vec![2] }),
    }
}

fn write_example(writer: &mut WorkbookWriter, name: &str) {
    let day = Cell::Day(NaiveDate::from_ymd_opt(2024, 2, 29).unwrap());
    writer
        .add_sheet(&money_sheet(name), |rows| {
            rows.push_row(&[
                Cell::Text("=1+1".into()),
                Cell::Count(2),
                Cell::Money(Kopecks(50)),
                day.clone(),
            ])?;
            rows.push_row(&[
                Cell::Text("Анна".into()),
                Cell::Count(1),
                Cell::Money(Kopecks(1_000_000)),
                Cell::Empty,
            ])
        })
        .unwrap();
}

fn read_back(bytes: Vec<u8>) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

#[test]
fn another_program_reads_numbers_dates_texts_and_totals() {
    let mut writer = WorkbookWriter::new();
    write_example(&mut writer, "Мастера");
    let mut workbook = read_back(writer.finish().unwrap());
    let sheet = workbook.worksheet_range("Мастера").unwrap();
    let cell = |row, column| sheet.get_value((row, column)).unwrap().clone();
    assert_eq!(cell(0, 0), Data::String("Мастер".into()));
    assert_eq!(cell(1, 0), Data::String("=1+1".into()), "a text is no formula");
    assert_eq!((cell(1, 1), cell(1, 2)), (Data::Float(2.0), Data::Float(0.5)));
    let Data::DateTime(day) = cell(1, 3) else { panic!("no date: {:?}", cell(1, 3)) };
    assert_eq!(day.as_datetime().unwrap().date(), NaiveDate::from_ymd_opt(2024, 2, 29).unwrap());
    assert_eq!(cell(3, 0), Data::String("Итого".into()));
    assert_eq!(
        (cell(3, 1), cell(3, 2)),
        (Data::Float(3.0), Data::Float(10_000.5)),
        "the value of the formula"
    );
    let formulas = workbook.worksheet_formula("Мастера").unwrap();
    assert_eq!(formulas.get_value((3, 2)).unwrap(), "SUBTOTAL(109,C2:C3)");
}

#[test]
fn sheets_of_any_name_open() {
    let long = "Ж".repeat(40);
    let names =
        ["А: [Б]/1", "А: [Б]/1", "а [б] 1", &long, &long, "", "'", "History", "😀".repeat(20).as_str()]
            .map(str::to_owned);
    let mut writer = WorkbookWriter::new();
    for name in &names {
        write_example(&mut writer, name);
    }
    let workbook = read_back(writer.finish().unwrap());
    let found = workbook.sheet_names();
    assert_eq!(found.len(), names.len());
    assert_eq!((found[0].as_str(), found[1].as_str()), ("А Б 1", "А Б 1 (2)"));
    assert!(found.iter().all(|name| name.encode_utf16().count() <= 31), "{found:?}");
}

#[test]
fn any_text_is_kept_and_a_very_long_one_is_cut() {
    let texts =
        ["a\u{1}b\u{b}", "🔧".repeat(40_000).as_str(), "_x0041_ <&>\"", " пробел "].map(str::to_owned);
    let mut writer = WorkbookWriter::new();
    let spec = SheetSpec { total_label: None, chart: None, ..money_sheet("Тексты") };
    let written = writer.add_sheet::<WorkbookError>(&spec, |rows| {
        texts.iter().try_for_each(|text| rows.push_row(&[Cell::Text(text.clone())]))
    });
    written.unwrap();
    let mut workbook = read_back(writer.finish().unwrap());
    let sheet = workbook.worksheet_range("Тексты").unwrap();
    let read = |row| sheet.get_value((row, 0)).unwrap().to_string();
    assert_eq!(read(2).encode_utf16().count(), 32_000);
    assert_eq!((read(3), read(4)), (texts[2].clone(), texts[3].clone()));
    assert!(read(1).starts_with('a'), "{:?}", read(1));
}

#[test]
fn name_is_unique_in_any_case() {
    let taken = ["Мастера".to_owned(), "мастера (2)".to_owned()];
    assert_eq!(unique_sheet_name("МАСТЕРА", &taken), "МАСТЕРА (3)");
}

#[test]
fn sheet_without_rows_has_its_header() {
    let mut writer = WorkbookWriter::new();
    writer.add_sheet::<WorkbookError>(&money_sheet("Пусто"), |_| Ok(())).unwrap();
    let mut workbook = read_back(writer.finish().unwrap());
    assert_eq!(workbook.worksheet_range("Пусто").unwrap().height(), 1);
}
