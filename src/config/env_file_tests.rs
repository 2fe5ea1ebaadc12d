//! Tests of the env file's grammar, some of them against `dotenvy` on the ground that both share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

fn parse(content: &str) -> EnvFile {
    parse_with(content, &[])
}

fn parse_with(content: &str, environment: &[(&str, &str)]) -> EnvFile {
    let environment =
        environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    EnvFile::parse(Path::new(".env"), content.as_bytes(), &environment)
}

/// (line, name, value) of each entry; fails when a line cannot be read.
fn entries(content: &str) -> Vec<(usize, String, String)> {
    let file = parse(content);
    assert_eq!(file.problems(), [], "{content:?}");
    file.entries().iter().map(|entry| (entry.line, entry.name.clone(), entry.value.clone())).collect()
}

fn value(assignment: &str) -> String {
    entries(assignment).remove(0).2
}

#[test]
fn values_are_read_with_their_line_numbers() {
    let content = "# people\n\nADMIN_IDS=1, 2\n  export BOT_LOCALE = en   # English\nLOG_DIR=\n";
    assert_eq!(
        entries(content),
        [
            (3, "ADMIN_IDS".to_owned(), "1, 2".to_owned()),
            (4, "BOT_LOCALE".to_owned(), "en".to_owned()),
            (5, "LOG_DIR".to_owned(), String::new()),
        ]
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_do_not_matter() {
    let content = "\u{feff}BOT_LOCALE=en\r\n# note\r\nLOG_DIR=\"logs\"\r\nMAC=1\rNEXT=2";
    let names: Vec<_> =
        entries(content).into_iter().map(|(line, name, value)| format!("{line} {name}={value}")).collect();
    assert_eq!(names, ["1 BOT_LOCALE=en", "3 LOG_DIR=logs", "4 MAC=1", "5 NEXT=2"]);
}

#[test]
fn quotes_keep_what_they_enclose() {
    assert_eq!(value("A='a # b \\n ${X} \"'"), "a # b \\n ${X} \"");
    assert_eq!(value(r#"A="a # b \" \$ \\ \d" # comment"#), r#"a # b " $ \ \d"#);
    assert_eq!(value(r#"A="one\ntwo""#), "one\ntwo");
    assert_eq!(value("A=''"), "");
}

#[test]
fn a_quoted_value_may_go_on_over_lines_and_counting_goes_on() {
    let content = "A=\"one\ntwo\"\nB='three\n\nfour'\nC=5";
    let read: Vec<_> = entries(content);
    assert_eq!(read[0].2, "one\ntwo");
    assert_eq!(read[1].2, "three\n\nfour");
    assert_eq!(read[2].0, 6);
}

#[test]
fn unquoted_values_stand_for_themselves() {
    assert_eq!(value(r"PHONE_REGEX=^\+?7[\d ]{10}$"), r"^\+?7[\d ]{10}$");
    assert_eq!(value("A=pa#ss$word=x"), "pa#ss$word=x");
    assert_eq!(value("A=[1, 2]\t# both"), "[1, 2]");
    assert_eq!(value("A=   # nothing"), "");
    assert_eq!(value("A=it's"), "it's");
}

#[test]
fn references_are_replaced_outside_single_quotes() {
    let file =
        parse_with("A=x\nB=${A}/${HOME}\nC=\"${A:-y} ${NONE:-z}\"\nD=$A ${2}\nA=later", &[("HOME", "/h")]);
    assert_eq!(file.problems(), []);
    let get = |name| file.get(name).unwrap().value.as_str();
    assert_eq!((get("B"), get("C"), get("D"), get("A")), ("x//h", "x z", "$A ${2}", "later"));
}

#[test]
fn references_make_no_value_longer_than_a_variable_can_be() {
    let doubled = "A=${A}${A}\n".repeat(18);
    let file = parse(&format!("A=x\n{doubled}B=end"));
    assert_eq!(file.get("A").unwrap().value.len(), MAX_EXPANDED_LENGTH);
    let problems: Vec<_> = file.problems().iter().map(|problem| problem.origin.to_string()).collect();
    assert_eq!(problems, [".env:19"]);
    assert_eq!(file.get("B").unwrap().value, "end");
}

#[test]
fn every_bad_line_is_reported_and_the_good_ones_still_count() {
    let content = "just words secret1\nA=1\n=secret2\nB='open secret3\nC=\"x\" secret4\nD=${NOWHERE}secret5\nmy var=secret6\nE=2";
    let file = parse(content);
    let lines: Vec<_> = file.problems().iter().map(|p| (p.origin.to_string(), p.variable.as_str())).collect();
    let expected =
        [(".env:1", ""), (".env:3", ""), (".env:4", "B"), (".env:5", "C"), (".env:6", "D"), (".env:7", "")];
    assert_eq!(lines, expected.map(|(origin, variable)| (origin.to_owned(), variable)));
    assert_eq!(file.entries().iter().map(|e| e.name.as_str()).collect::<Vec<_>>(), ["A", "E"]);
    let said = format!("{:?}", file.problems());
    assert!(!said.contains("secret"), "a message quotes the file: {said}");
}

#[test]
fn a_file_that_is_no_text_is_one_problem_with_its_line() {
    let file = EnvFile::parse(Path::new("x.env"), b"A=1\nB=\xff\xfe\n", &BTreeMap::new());
    assert_eq!(file.problems().len(), 1);
    assert_eq!(file.problems()[0].origin.to_string(), "x.env:2");
}

proptest! {
    /// Where `dotenvy` can read a line, and no `$` or backslash is involved, both read the same.
    #[test]
    fn agrees_with_dotenvy_on_common_ground(
        key in "[A-Z][A-Z_]{0,6}",
        export: bool,
        around in "[ \t]{0,2}",
        text in "[a-z0-9_:/.,@+=-]{0,12}",
        quote in "['\"]?",
        // Quotes in comments and blanks before the end of the file are too much for it.
        comment in "( # [a-z ]{0,8})?",
        end in "(\r?\n)?",
    ) {
        let export = if export { "export " } else { "" };
        let line = format!("{export}{key}{around}={around}{quote}{text}{quote}{comment}{end}");
        let Ok(theirs) = dotenvy::from_read_iter(line.as_bytes()).collect::<Result<Vec<_>, _>>() else {
            prop_assert!(text.is_empty(), "dotenvy refuses {line:?}");
            return Ok(());
        };
        let ours: Vec<_> = entries(&line).into_iter().map(|(_, name, value)| (name, value)).collect();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn no_content_makes_the_reader_fail(content in "([A-Z]=|[ \"'$\\\\{}#=\n]|[a-z]|\\PC){0,40}") {
        let lines = content.split(['\n', '\r']).count();
        let file = parse(&content);
        for entry in file.entries() {
            prop_assert!(entry.line >= 1 && entry.line <= lines);
        }
    }
}
