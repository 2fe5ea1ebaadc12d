#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::cast_precision_loss)]

use tiny_skia::Pixmap;

use super::*;

fn bar(label: &str, value: i64, part: i64) -> Bar {
    Bar { label: label.to_owned(), value, part, text: format!("{value} ₽") }
}

fn draw_bars(bars: Vec<Bar>) -> Result<Pixmap, ChartError> {
    let chart = BarChart {
        title: "Деньги по мастерам".to_owned(), subtitle: "ноябрь 2026".to_owned(), bars
    };
    chart.draw().map(|png| Pixmap::decode_png(&png).unwrap())
}

/// The number of pixels with exactly this colour.
fn count_pixels(picture: &Pixmap, color: [u8; 3]) -> usize {
    let has_color =
        |pixel: &&tiny_skia::PremultipliedColorU8| [pixel.red(), pixel.green(), pixel.blue()] == color;
    picture.pixels().iter().filter(has_color).count()
}

#[test]
fn bars_are_as_long_as_their_values() {
    let picture = draw_bars(vec![bar("Егор", 1_000, 500), bar("Анна", 500, 0)]).unwrap();
    let (strong, soft) = (count_pixels(&picture, canvas::STRONG), count_pixels(&picture, canvas::SOFT));
    // The first is half dark and half light, the second light and half as long.
    let ratio = soft as f64 / strong as f64;
    assert!((ratio - 2.0).abs() < 0.02, "{strong} dark pixels, {soft} light ones");
}

#[test]
fn nothing_zero_and_less_are_drawn_without_a_bar() {
    assert!(matches!(draw_bars(Vec::new()), Err(ChartError::Empty)));
    for value in [0, -5, i64::MIN] {
        let picture = draw_bars(vec![bar("Анна", value, value)]).unwrap();
        assert_eq!(count_pixels(&picture, canvas::STRONG), 0);
    }
    let picture = draw_bars(vec![bar("Анна", i64::MAX, i64::MAX)]).unwrap();
    assert!(count_pixels(&picture, canvas::STRONG) > 0);
}

#[test]
fn texts_too_long_for_a_line_are_cut_and_every_letter_is_in_the_font() {
    let canvas = canvas::Canvas::new(200.0, "", "").unwrap();
    let style = canvas::TextStyle::new(34.0, canvas::INK);
    let long = "Стиральные и посудомоечные машины ".repeat(5);
    let cut = canvas.fit_text(&long, 500.0, style);
    assert!(cut.ends_with('…') && canvas.text_width(&cut, style) <= 500.0, "{cut}");
    assert_eq!(canvas.fit_text("Анна", 500.0, style), "Анна");
    assert_eq!(canvas.fit_text("Анна 🔧", 500.0, style), "Анна");
    assert_eq!(canvas.fit_text("🔧", 500.0, style), "—");
    // What a font lacks has the width of its replacement glyph.
    for letter in
        "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдеёжзийклмнопрстуфхцчшщъыьэюя₽№—–«»…·\u{a0}\u{202f}".chars()
    {
        for is_bold in [false, true] {
            assert!(canvas.has_glyph(letter, is_bold), "{letter:?}");
        }
    }
}

#[test]
fn columns_are_as_high_as_their_values_in_each_panel() {
    let panel = |name: &str| ColumnPanel {
        name: name.to_owned(),
        unit: 1,
        format: Box::new(|value: i64| value.to_string()),
    };
    let column =
        |values: [i64; 2], is_quiet| Column { label: "1".to_owned(), values: values.to_vec(), is_quiet };
    let chart = ColumnChart {
        title: "Деньги и заявки".to_owned(),
        subtitle: String::new(),
        panels: vec![panel("Деньги"), panel("Заявки")],
        columns: vec![column([10, 0], false), column([5, 0], true)],
    };
    let picture = Pixmap::decode_png(&chart.draw().unwrap()).unwrap();
    let (strong, soft) = (count_pixels(&picture, canvas::STRONG), count_pixels(&picture, canvas::SOFT));
    let ratio = strong as f64 / soft as f64;
    assert!((ratio - 2.0).abs() < 0.05, "{strong} dark pixels, {soft} light ones");
}

#[test]
fn grid_has_round_numbers_and_few_lines() {
    for (highest, unit, step) in
        [(0, 1, 1), (3, 1, 1), (5, 1, 2), (100, 1, 50), (12_345_600, 100, 5_000_000), (7, 100, 100)]
    {
        assert_eq!(columns::grid_step(highest, unit), step, "{highest} of {unit}");
    }
    assert!(columns::grid_step(i64::MAX, 1) > 0);
}

fn example_days() -> ColumnChart<'static> {
    let days = (1..=30).map(|day: i64| {
        let is_quiet = matches!(day % 7, 0 | 1);
        let orders = if is_quiet { day % 3 } else { 4 + day * 7 % 9 };
        Column { label: day.to_string(), values: vec![orders * 412_300, orders], is_quiet }
    });
    let roubles = |kopecks: i64| match kopecks / 100_000 {
        0 => "0".to_owned(),
        thousands => format!("{thousands}\u{a0}тыс."),
    };
    ColumnChart {
        title: "Деньги и заявки по дням".to_owned(),
        subtitle: "1–30 ноября 2026".to_owned(),
        panels: vec![
            ColumnPanel { name: "Выручка, ₽".to_owned(), unit: 100_000, format: Box::new(roubles) },
            ColumnPanel {
                name: "Закрыто заявок".to_owned(),
                unit: 1,
                format: Box::new(|value: i64| value.to_string()),
            },
        ],
        columns: days.collect(),
    }
}

/// Bars of amounts, each with the company's part and its text.
fn example_bars(title: &str, lines: &[(&str, i64, i64, &str)]) -> BarChart {
    let bars = lines.iter().map(|(label, value, part, text)| Bar {
        label: (*label).to_owned(),
        value: *value,
        part: *part,
        text: (*text).to_owned(),
    });
    BarChart {
        title: title.to_owned(),
        subtitle: "1–30 ноября 2026 · тёмное — доля компании".to_owned(),
        bars: bars.collect(),
    }
}

fn example_masters() -> BarChart {
    example_bars(
        "Деньги по мастерам",
        &[
            ("Егор Ковалёв", 18_450_000, 9_225_000, "184 500 ₽ · 31"),
            ("Анна Соколова", 15_130_000, 7_810_000, "151 300 ₽ · 27"),
            ("Константин Константинопольский-Преображенский", 9_800_000, 5_200_000, "98 000 ₽ · 19"),
            ("Без мастера", 420_000, 420_000, "4 200 ₽ · 2"),
        ],
    )
}

fn example_types() -> BarChart {
    example_bars(
        "Деньги по технике",
        &[
            ("Стиральные машины", 16_240_000, 8_100_000, "162 400 ₽ · 29"),
            ("Холодильники", 14_900_000, 7_600_000, "149 000 ₽ · 21"),
            ("Духовой шкаф", 8_050_000, 4_300_000, "80 500 ₽ · 17"),
            ("Водонагреватели", 3_310_000, 1_600_000, "33 100 ₽ · 8"),
            ("Другое", 1_300_000, 655_000, "13 000 ₽ · 4"),
        ],
    )
}

/// What is drawn is the same on every machine, so the examples in the documentation are the test.
#[test]
fn examples_are_drawn_as_in_the_documentation() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/charts");
    for (name, png) in [
        ("money-by-day.png", example_days().draw().unwrap()),
        ("money-by-master.png", example_masters().draw().unwrap()),
        ("money-by-type.png", example_types().draw().unwrap()),
    ] {
        let path = folder.join(name);
        if std::env::var_os("UPDATE_CHARTS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &png).unwrap();
        }
        let committed = std::fs::read(&path).unwrap_or_default();
        assert!(
            committed == png,
            "{name} has changed: look at it after UPDATE_CHARTS=1 cargo test --lib chart"
        );
    }
}
