//! Measures of the production code with their limits: names that can be searched for, plain language, short functions,
//! no panics. `cargo test --test e2e measures -- --nocapture` prints them.

use std::collections::BTreeMap;

use crate::source::{SourceFile, Token, inner_packages, item_end, production_files, texts};

/// Words that hide who acts or what is meant.
const INDEFINITE_WORDS: [&str; 10] = [
    "whoever",
    "whomever",
    "somebody",
    "someone",
    "nobody",
    "everybody",
    "everyone",
    "whatever",
    "anybody",
    "anyone",
];

/// A figure, and how high it may be.
struct Measure {
    name: &'static str,
    value: usize,
    limit: Option<usize>,
}

/// What is counted over all files.
#[derive(Default)]
struct Counts {
    functions: BTreeMap<String, usize>,
    types: BTreeMap<String, usize>,
    function_lines: Vec<usize>,
    indefinite_words: usize,
    doc_lines: usize,
    code_lines: usize,
    panics: usize,
    public_items: usize,
}

impl Counts {
    fn add(&mut self, source: &SourceFile) {
        let words = source.text.split(|c: char| !c.is_alphanumeric() && c != '_');
        let is_indefinite = |word: &&str| INDEFINITE_WORDS.contains(&word.to_lowercase().as_str());
        self.indefinite_words += words.filter(is_indefinite).count();
        for line in source.production.lines().map(str::trim) {
            if line.starts_with("///") || line.starts_with("//!") {
                self.doc_lines += 1;
            } else if !line.is_empty() && !line.starts_with("//") {
                self.code_lines += 1;
            }
        }
        let tokens = source.tokens();
        for at in 0..tokens.len() {
            self.add_item(&tokens, at);
        }
    }

    fn add_item(&mut self, tokens: &[Token<'_>], at: usize) {
        let name =
            || tokens.get(at + 1).filter(|token| token.is_identifier()).map(|token| token.text.to_owned());
        match tokens[at].text {
            "fn" => {
                let Some(name) = name() else { return };
                *self.functions.entry(name).or_default() += 1;
                let end = item_end(tokens, at);
                if tokens[end].text == "}" {
                    self.function_lines.push(tokens[end].line - tokens[at].line + 1);
                }
            }
            // The types of a trait's implementation are not counted.
            keyword
                if ["struct", "enum", "trait"].contains(&keyword)
                    || keyword == "type" && is_top_level(tokens, at) =>
            {
                *self.types.entry(name().unwrap_or_default()).or_default() += 1;
            }
            "pub" if is_item(tokens.get(at + 1)) => self.public_items += 1,
            "." if texts(&tokens[at..], 4) == [".", "unwrap", "(", ")"] => self.panics += 1,
            "." if texts(&tokens[at..], 3) == [".", "expect", "("] => self.panics += 1,
            "panic" if texts(&tokens[at..], 2) == ["panic", "!"] => self.panics += 1,
            _ => {}
        }
    }

    fn measures(&self) -> Vec<Measure> {
        let functions = self.functions.values().sum::<usize>();
        let types = self.types.values().sum::<usize>();
        let is_one_word = |name: &str| !name.trim_matches('_').contains('_');
        let is_one_word_type = |name: &str| name.chars().filter(char::is_ascii_uppercase).count() <= 1;
        let one_word_functions = sum_where(&self.functions, |name, _| is_one_word(name));
        let one_word_types = sum_where(&self.types, |name, _| is_one_word_type(name));
        let shared_types = sum_where(&self.types, |_, count| count > 1);
        let mut lines = self.function_lines.clone();
        lines.sort_unstable();
        let measure = |name, value, limit| Measure { name, value, limit: Some(limit) };
        vec![
            measure("one-word function names, %", percent(one_word_functions, functions), 22),
            measure("one-word type names, %", percent(one_word_types, types), 18),
            measure("types that share their name, %", percent(shared_types, types), 10),
            measure("indefinite words", self.indefinite_words, 15),
            measure("doc lines per 100 lines of code", percent(self.doc_lines, self.code_lines), 12),
            measure("lines of a function, 90th percentile", lines[lines.len() * 9 / 10], 25),
            measure("unwrap, expect, panic", self.panics, 0),
            Measure { name: "public items", value: self.public_items, limit: None },
            Measure { name: "functions", value: functions, limit: None },
            Measure { name: "types", value: types, limit: None },
            Measure { name: "lines of code", value: self.code_lines, limit: None },
        ]
    }
}

fn is_item(token: Option<&Token<'_>>) -> bool {
    const ITEMS: [&str; 10] =
        ["fn", "struct", "enum", "type", "trait", "const", "static", "mod", "async", "unsafe"];
    token.is_some_and(|token| ITEMS.contains(&token.text))
}

fn is_top_level(tokens: &[Token<'_>], at: usize) -> bool {
    let opened = tokens[..at].iter().filter(|token| token.text == "{").count();
    opened == tokens[..at].iter().filter(|token| token.text == "}").count()
}

fn sum_where(counts: &BTreeMap<String, usize>, wanted: impl Fn(&str, usize) -> bool) -> usize {
    counts.iter().filter(|(name, count)| wanted(name, **count)).map(|(_, count)| count).sum()
}

/// Returns the share in percent, rounded up, so that a limit is never exceeded unseen.
fn percent(part: usize, whole: usize) -> usize {
    (100 * part).div_ceil(whole.max(1))
}

#[test]
fn measures_are_within_their_limits() {
    let mut counts = Counts::default();
    let packages = inner_packages().into_iter().map(|folder| format!("{folder}/src"));
    for source in packages.chain(["src".to_owned()]).flat_map(|folder| production_files(&folder)) {
        counts.add(&source);
    }
    let measures = counts.measures();
    for Measure { name, value, limit } in &measures {
        println!("{name:<40}{value:>8}{}", limit.map_or(String::new(), |limit| format!("  (limit {limit})")));
    }
    for Measure { name, value, limit } in measures {
        assert!(limit.is_none_or(|limit| value <= limit), "{name}: {value}, more than {limit:?}");
    }
}
