//! The order of the house: who may import whom, where which words may stand, and that the twin migrations are twins.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every source file, by its path below `src`.
fn sources() -> Vec<(PathBuf, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let src = root().join("src");
    let mut paths = Vec::new();
    walk(&src, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.strip_prefix(&src).unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
        .collect()
}

/// The part of a file that is in the program: tests may use whatever they need.
fn program<'a>(path: &Path, text: &'a str) -> &'a str {
    let name = path.to_string_lossy();
    if name.ends_with("tests.rs") || name.contains("/tests/") || name.ends_with("testing.rs") {
        return "";
    }
    text.split("#[cfg(test)]\nmod ").next().unwrap_or_default()
}

/// The code of a file without its comments.
fn code(text: &str) -> String {
    let is_comment = |line: &&str| line.trim_start().starts_with("//");
    text.lines().filter(|line| !is_comment(line)).collect::<Vec<_>>().join("\n")
}

/// The table of `lib.rs`: each room and what it may import.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let rows = lib.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let mut rooms: BTreeMap<String, BTreeSet<String>> = rows
        .map(|row| {
            let (room, rest) = row.split_once("`]").unwrap();
            let allowed = rest.split('|').nth(2).unwrap().trim();
            let allowed = if allowed.starts_with("nothing") { "" } else { allowed };
            let words = allowed.split([',', ';']).map(|word| word.trim().to_owned());
            (room.to_owned(), words.filter(|word| !word.is_empty()).collect())
        })
        .collect();
    let all: BTreeSet<String> = rooms.keys().cloned().collect();
    rooms.insert("cli".to_owned(), all);
    rooms
}

/// The rooms that a piece of code names, from a file whose module is `module`.
fn named(code: &str, module: &[String]) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rooms = BTreeSet::new();
    let mut add = |path: &str| {
        if let Some(group) = path.strip_prefix('{') {
            let (mut depth, mut start, mut items) = (0_usize, 0, Vec::new());
            for (at, letter) in group.char_indices() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => {
                        items.push(&group[start..at]);
                        break;
                    }
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        items.push(&group[start..at]);
                        start = at + 1;
                    }
                    _ => {}
                }
            }
            rooms.extend(
                items.iter().map(|item| item.trim().chars().take_while(|c| is_name(*c)).collect::<String>()),
            );
        } else {
            rooms.insert(path.chars().take_while(|c| is_name(*c)).collect());
        }
    };
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if !before.is_some_and(is_name) {
            add(&code[at + "crate::".len()..]);
        }
    }
    // `super::super::…` that climbs out of its room.
    let up = "super::".repeat(module.len());
    for (at, _) in code.match_indices(&up) {
        let rest = &code[at + up.len()..];
        if !code[..at].ends_with("super::") && !rest.starts_with("super::") {
            add(rest);
        }
    }
    rooms.remove("");
    rooms
}

fn module(path: &Path) -> Vec<String> {
    let mut parts: Vec<String> =
        path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

#[test]
fn each_room_imports_only_what_the_map_of_the_house_allows() {
    let table = table();
    assert!(table.len() >= 10, "the table in lib.rs was not understood: {table:?}");
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let module = module(&path);
        let [room, _, ..] = &module[..] else {
            if !["lib", "main"].contains(&module[0].as_str()) {
                assert!(table.contains_key(&module[0]), "{} is not in the table of lib.rs", path.display());
            }
            continue;
        };
        let allowed = table.get(room).unwrap_or_else(|| panic!("{room} is not in the table of lib.rs"));
        for other in named(&code(program(&path, &text)), &module) {
            if table.contains_key(&other) && other != *room && !allowed.contains(&other) {
                wrong.push(format!("{} imports {other}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn room_files_at_the_root_of_each_room_obey_too() {
    // `mod.rs` of a room has a module of one part and is checked here.
    let table = table();
    for (path, text) in sources() {
        let module = module(&path);
        if let ([room], true) = (&module[..], table.contains_key(&module[0])) {
            let wrong: Vec<_> = named(&code(program(&path, &text)), &module)
                .into_iter()
                .filter(|other| table.contains_key(other) && other != room && !table[room].contains(other))
                .collect();
            assert!(wrong.is_empty(), "{} imports {wrong:?}", path.display());
        }
    }
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let module: Vec<String> = ["db", "orders"].map(str::to_owned).into();
    let seen = |code: &str| named(code, &module).into_iter().collect::<Vec<_>>().join(" ");
    assert_eq!(seen("use crate::bot::view;"), "bot");
    assert_eq!(seen("pub use crate::{bot::{a, b}, cli};"), "bot cli");
    assert_eq!(
        seen("use crate::{\n    service::orders,\n    domain::{ids::{A, B}, money},\n};"),
        "domain service"
    );
    assert_eq!(seen("fn f(x: crate::courier::X) {}"), "courier");
    assert_eq!(seen("use super::super::bot::X;"), "bot");
    assert_eq!(seen("use super::error::Result;"), "");
}

#[test]
fn the_domain_knows_neither_database_nor_telegram_nor_threads() {
    for (path, text) in sources().into_iter().filter(|(path, _)| path.starts_with("domain")) {
        for foreign in ["diesel", "teloxide", "tokio"] {
            assert!(!code(&text).contains(foreign), "{} mentions {foreign}", path.display());
        }
    }
}

#[test]
fn what_people_read_is_in_the_locale_files_and_not_in_the_source() {
    const ALLOWED: [&str; 3] = ["domain/equipment.rs", "domain/answer.rs", "bot/labels.rs"];
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let name = path.to_string_lossy();
        if ALLOWED.contains(&&*name) {
            continue;
        }
        for (number, line) in program(&path, &text).lines().enumerate() {
            if line.chars().any(|letter| ('\u{400}'..='\u{4ff}').contains(&letter)) {
                wrong.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_migrations_of_both_backends_have_the_same_names_and_files() {
    let list = |backend: &str| {
        let folder = root().join("migrations").join(backend);
        let names: BTreeSet<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        for name in &names {
            for file in ["up.sql", "down.sql"] {
                assert!(folder.join(name).join(file).is_file(), "{backend}/{name} has no {file}");
            }
        }
        names
    };
    let (sqlite, postgres) = (list("sqlite"), list("postgres"));
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres);
}
