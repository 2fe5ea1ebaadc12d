//! The locale files against each other and against the source; numbers, money, dates.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono_tz::Europe::Moscow;
use proptest::prelude::*;
use regex::Regex;

use super::*;
use crate::bot::view::names;
use crate::bot::view::testing::{both, check_html, moment};
use crate::domain::money::{MAX_AMOUNT, parse_amount};

/// Every key with its variables.
fn keys(file: &str) -> BTreeMap<String, BTreeSet<String>> {
    let key = Regex::new(r"^([a-z][a-z0-9-]*) =").unwrap();
    let variable = Regex::new(r"\$([a-z_]+)").unwrap();
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut present = None;
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        if let Some(found) = key.captures(line) {
            let name = found[1].to_owned();
            assert!(keys.insert(name.clone(), BTreeSet::new()).is_none(), "{name} is there twice");
            present = Some(name);
        }
        let used = variable.captures_iter(line).map(|found| found[1].to_owned());
        if let Some(name) = &present {
            keys.get_mut(name).unwrap().extend(used);
        }
    }
    keys
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") && !name.ends_with("_tests.rs") {
            found.push(path);
        }
    }
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_variables() {
    let (russian, english) = (keys(RUSSIAN_FILE.1), keys(ENGLISH_FILE.1));
    assert!(russian.len() > 200, "only {} keys", russian.len());
    assert_eq!(russian, english);
}

#[test]
fn both_locale_files_load_without_errors() {
    for (texts, (_, file)) in both().into_iter().zip([RUSSIAN_FILE, ENGLISH_FILE]) {
        for key in keys(file).keys() {
            assert!(texts.loader().has(key), "{key} is not read");
        }
    }
}

#[test]
fn every_key_is_used() {
    let mut files = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let source: String = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let unused: Vec<_> =
        keys(RUSSIAN_FILE.1).into_keys().filter(|key| !source.contains(&format!("\"{key}\""))).collect();
    assert_eq!(unused, Vec::<String>::new());
}

#[test]
fn the_markup_of_every_text_is_well_formed() {
    let variable = Regex::new(r"\{[^{}]*\}").unwrap();
    for (_, file) in [RUSSIAN_FILE, ENGLISH_FILE] {
        let (mut block, mut blocks) = (String::new(), Vec::new());
        for line in file.lines().filter(|line| !line.starts_with('#')) {
            if !line.starts_with([' ', '}']) {
                blocks.push(std::mem::take(&mut block));
            }
            // The syntax of selectors is no markup.
            block.push_str(&line.replace("->", ""));
            block.push('\n');
        }
        blocks.push(block);
        for block in blocks {
            check_html(&variable.replace_all(&block, "x"));
        }
    }
}

#[test]
fn money_is_written_as_each_language_does() {
    let [russian, english] = both();
    for (kopecks, in_russian, in_english) in [
        (0, "0\u{a0}₽", "₽0"),
        (5, "0,05\u{a0}₽", "₽0.05"),
        (99_900, "999\u{a0}₽", "₽999"),
        (1_250_050, "12\u{a0}500,50\u{a0}₽", "₽12,500.50"),
        (100_000_000_000, "1\u{a0}000\u{a0}000\u{a0}000\u{a0}₽", "₽1,000,000,000"),
        (-12_345, "\u{2212}123,45\u{a0}₽", "\u{2212}₽123.45"),
    ] {
        assert_eq!(format_money(russian, Kopecks(kopecks)), in_russian);
        assert_eq!(format_money(english, Kopecks(kopecks)), in_english);
    }
    for extreme in [i64::MIN, i64::MAX] {
        assert!(format_money(russian, Kopecks(extreme)).ends_with('₽'));
    }
}

#[test]
fn dates_are_in_the_zone_and_as_each_language_writes_them() {
    let [russian, english] = both();
    assert_eq!(format_date_time(russian, Moscow, moment()), "24.11.2026 14:05");
    assert_eq!(format_date_time(english, Moscow, moment()), "24 Nov 2026, 14:05");
    assert_eq!(format_date(russian, Moscow, moment()), "24.11.2026");
    assert_eq!(format_date(english, chrono_tz::UTC, moment()), "24 Nov 2026");
    assert_eq!(format_date_time(english, chrono_tz::UTC, moment()), "24 Nov 2026, 11:05");
}

#[test]
fn plurals_are_right() {
    let counts = [0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 101, 111, 1002];
    let looks = both().map(|texts| {
        counts
            .map(|count| {
                format!("{} / {}", names::orders_count(texts, count), names::active_orders(texts, count))
            })
            .join("\n")
    });
    insta::assert_snapshot!(looks.join("\n\n"));
}

#[test]
fn only_html_texts_escape_their_arguments() {
    let [_, english] = both();
    let hostile = "<b> & { $id }";
    let html = html_text!(english, "assigned-done", id = OrderId(7), master = hostile);
    assert_eq!(html, "Order #7 was assigned. Master: &lt;b&gt; &amp; { $id }");
    let text = plain_text!(english, "assigned-done", id = OrderId(7), master = hostile);
    assert_eq!(text, "Order #7 was assigned. Master: <b> & { $id }");
    let ready = html_text!(english, "assigned-done", id = OrderId(7), master = Html("<b>x</b>".into()));
    assert_eq!(ready, "Order #7 was assigned. Master: <b>x</b>");
}

#[test]
fn ids_are_written_without_grouping_or_isolation_marks() {
    for texts in both() {
        let html = html_text!(texts, "help-guest", id = TelegramId(i64::MAX));
        assert!(html.contains("<code>9223372036854775807</code>"), "{html}");
        let group =
            plain_text!(texts, "work-group-topic", group = ChatId(-1_001_234_567_890), topic = 1_000_i64);
        assert!(group.contains("-1001234567890") && group.contains("1000"), "{group}");
    }
}

#[test]
fn toasts_are_cut_to_telegrams_limit() {
    assert_eq!(toast_text("short"), "short");
    assert_eq!(toast_text(&"🔧".repeat(300)).encode_utf16().count(), 199);
}

proptest! {
    /// What the bot shows in Russian can be copied into an answer. In English commas separate groups, which amounts do not take.
    #[test]
    fn shown_money_is_read_back(kopecks in 0..=MAX_AMOUNT.0) {
        let shown = format_money(Texts::of(Locale::Ru), Kopecks(kopecks));
        prop_assert_eq!(parse_amount(&shown), Ok(Kopecks(kopecks)));
    }
}
