//! `botctl report`.

use botctl::testing::domain::OrderStatus;
use calamine::{DataType, Reader, Xlsx};
use rstest::rstest;
use serde_json::{Value, json};

use crate::world::{Backend, MASTER, World, empty, execute, run_to_end, said, staffed};

/// Output of a successful run.
fn printed(world: &World, arguments: &[&str]) -> String {
    let mut command = world.command(arguments);
    command.env("TIMEZONE", "Europe/Moscow");
    let output = run_to_end(command);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

fn refused(world: &World, arguments: &[&str], code: i32) -> String {
    let output = run_to_end(world.command(arguments));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
    said(&output)
}

#[rstest]
fn report_prints_the_figures_in_each_format(#[values(Backend::Sqlite, Backend::Postgres)] backend: Backend) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let (closed, other) = (world.order_in(OrderStatus::Closed), world.order_in(OrderStatus::New));
    world.db(|conn| {
        execute(
            conn,
            &format!(
                "UPDATE orders SET created_at = '2026-10-31 21:30:00', closed_at = '2026-11-15 20:59:59', total_amount = 1000050,
                 materials_cost = 100050, master_profit = 360000, company_profit = 540000, has_review = TRUE WHERE id = {closed}"
            ),
        );
        execute(conn, &format!("UPDATE orders SET created_at = '2026-11-15 21:00:00' WHERE id = {other}"));
        execute(conn, &format!("UPDATE users SET first_name = '=HYPERLINK(\"x\")', last_name = NULL WHERE telegram_id = {MASTER}"));
    });
    let days = ["--from", "2026-11-01", "--to", "2026-11-15"];
    let with = |words: &[&'static str]| [&["report", "masters"], &days[..], words].concat();
    let document: Value = serde_json::from_str(&printed(&world, &with(&["--json"]))).unwrap();
    let mut line = json!({"key": world.master_id(MASTER).0, "name": "=HYPERLINK(\"x\")", "created": 1, "closed": 1, "refused": 0,
        "without_amounts": 0, "gross": 1_000_050, "materials": 100_050, "net": 900_000, "master_share": 360_000,
        "company_share": 540_000, "reviews": 1});
    let data = &document["data"];
    assert_eq!((&data["from"], &data["to"]), (&json!("2026-11-01"), &json!("2026-11-15")));
    assert_eq!(data["rows"], json!([line]));
    (line["key"], line["name"]) = (Value::Null, Value::Null);
    assert_eq!(data["total"], line);
    assert_eq!(printed(&world, &with(&["--format", "json"])), printed(&world, &with(&["--json"])));

    let csv = printed(&world, &with(&["--format", "csv"]));
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(lines.len(), 3, "{csv}");
    assert!(lines[0].starts_with("key,name,created,closed,refused,without_amounts,gross,"));
    assert!(
        lines[1].ends_with(",\"'=HYPERLINK(\"\"x\"\")\",1,1,0,0,1000050,100050,900000,360000,540000,1"),
        "{csv}"
    );

    let text = printed(&world, &with(&[]));
    let total = text.lines().last().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.starts_with("2026-11-01 to 2026-11-15\n"), "{text}");
    assert_eq!(total, "total 1 1 0 0 10000.50 1000.50 9000.00 3600.00 5400.00 10000.50 1");

    let file = world.cwd().join("all.csv");
    let all = ["report", "days", "--period", "all", "--format", "csv", "-o", file.to_str().unwrap()];
    assert_eq!(printed(&world, &all), "");
    let written = std::fs::read_to_string(&file).unwrap();
    let names: Vec<&str> = written.lines().skip(1).map(|line| line.split(',').nth(1).unwrap()).collect();
    assert_eq!(names, ["2026-11-01", "2026-11-15", "2026-11-16"]);
    assert!(refused(&world, &all, 1).contains("--force replaces it"));
    printed(&world, &[&all[..], &["--force"]].concat());
}

#[test]
fn wrong_periods_are_refused_with_a_hint() {
    let world = empty().stopped().build(Backend::Sqlite);
    for (words, hint) in [
        (&["--from", "2026-11-02", "--to", "2026-11-01"][..], "--to is the last day"),
        (&["--from", "31.02.2026"], "such as 2026-11-28"),
        (&["--period", "this-week", "--from", "2026-11-02"], "cannot be used with"),
        (&["--to", "2026-11-02"], "--from"),
        (&["--period", "this-weak"], "this-week"),
        (&["--json", "--format", "csv"], "leave one of them out"),
    ] {
        let said = refused(&world, &[&["report", "masters"], words].concat(), 2);
        assert!(said.contains(hint), "{words:?}: {said}");
    }
}

#[rstest]
fn workbook_has_the_lines_the_orders_and_totals_that_add_up(
    #[values(Backend::Sqlite, Backend::Postgres)] backend: Backend,
) {
    let Some(world) = staffed().build_or_skip(backend) else { return };
    let orders = [world.order_in(OrderStatus::Closed), world.order_in(OrderStatus::Closed)];
    world.db(|conn| {
        for (order, total) in orders.iter().zip([1_000_050, 200_000]) {
            execute(
                conn,
                &format!(
                    "UPDATE orders SET equipment_type = '=1+1', created_at = '2026-11-01 10:00:00',
                     closed_at = '2026-11-15 20:59:59', total_amount = {total}, materials_cost = 0,
                     master_profit = 100, company_profit = {total} - 100, has_review = FALSE WHERE id = {order}"
                ),
            );
        }
    });
    let file = world.cwd().join("november.xlsx");
    let days =
        ["--from", "2026-11-01", "--to", "2026-11-15", "--format", "xlsx", "-o", file.to_str().unwrap()];
    printed(&world, &[&["report", "masters"], &days[..]].concat());

    let mut workbook: Xlsx<_> = calamine::open_workbook(&file).unwrap();
    assert_eq!(workbook.sheet_names(), ["Masters", "Orders"]);
    let masters = workbook.worksheet_range("Masters").unwrap();
    let gross = |row| masters.get_value((row, 5)).unwrap().clone();
    assert_eq!((gross(0), gross(1), gross(2)), ("Gross".into(), 12_000.5.into(), 12_000.5.into()));
    let rows = workbook.worksheet_range("Orders").unwrap();
    assert_eq!(rows.height(), 4, "a header, two orders, a total");
    assert_eq!(rows.get_value((1, 4)), Some(&calamine::Data::String("=1+1".to_owned())));
    let ended = rows.get_value((1, 2)).unwrap().as_datetime().unwrap();
    assert_eq!(ended.to_string(), "2026-11-15 23:59:59", "in TIMEZONE");
    let sum = workbook.worksheet_formula("Orders").unwrap().get_value((3, 7)).unwrap().clone();
    assert_eq!(sum, "SUBTOTAL(109,H2:H3)");
}
