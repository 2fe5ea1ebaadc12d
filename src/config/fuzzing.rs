//! What holds for any env file.

#![allow(clippy::missing_panics_doc, reason = "a check fails with a panic")]

use std::collections::BTreeMap;
use std::path::Path;

use super::env_file::{EnvFile, MAX_EXPANDED_LENGTH};

/// Checks that each line is read or reported, and that a value is read as what it is printed as.
pub fn check_env_file(data: &[u8]) {
    let environment = BTreeMap::from([("HOME".to_owned(), "/home/bot".to_owned())]);
    let file = EnvFile::parse(Path::new(".env"), data, &environment);
    let entries = file.entries();
    let text = String::from_utf8_lossy(data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data));
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let has_content = |line: &&str| !line.trim_start().is_empty() && !line.trim_start().starts_with('#');
    // Without quotation marks no value has more than one line.
    if !text.contains(['"', '\'', char::REPLACEMENT_CHARACTER]) {
        let statements = text.split('\n').filter(has_content).count();
        assert_eq!(entries.len() + file.problems().len(), statements, "{text:?}");
    }
    let lines = text.split('\n').count();
    let is_in_file = |line: usize| (1..=lines).contains(&line);
    assert!(entries.iter().all(|entry| is_in_file(entry.line)), "{text:?}");
    // Literal text may follow the last reference.
    let longest = MAX_EXPANDED_LENGTH + data.len();
    assert!(entries.iter().all(|entry| entry.value.len() <= longest), "{text:?}");

    let printed: String = entries.iter().map(|entry| print_assignment(&entry.name, &entry.value)).collect();
    let again = EnvFile::parse(Path::new(".env"), printed.as_bytes(), &BTreeMap::new());
    assert_eq!(again.problems(), [], "{printed:?}");
    let values = |file: &EnvFile| -> Vec<(String, String)> {
        file.entries().iter().map(|entry| (entry.name.clone(), entry.value.clone())).collect()
    };
    assert_eq!(values(&again), values(&file), "{printed:?}");
}

fn print_assignment(name: &str, value: &str) -> String {
    let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('\r', "\\r");
    format!("{name}=\"{escaped}\"\n")
}
