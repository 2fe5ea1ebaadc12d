//! The source files of the workspace, cut into tokens, for the tests of its architecture and its measures.

use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// The folder of the main package.
pub fn workspace_root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A Rust file without its tests.
pub struct SourceFile {
    /// Relative to the workspace, e.g. `src/db/pool.rs`.
    pub path: PathBuf,
    pub text: String,
    /// The text with the lines of `#[cfg(test)]` items left empty.
    pub production: String,
}

impl SourceFile {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let test_items = test_item_lines(&tokenize(&text));
        let is_test = |number: usize| test_items.iter().any(|lines| lines.contains(&number));
        let blanked =
            text.lines().enumerate().map(|(index, line)| if is_test(index + 1) { "" } else { line });
        let production = blanked.collect::<Vec<_>>().join("\n");
        Self { path: path.strip_prefix(workspace_root()).unwrap().to_owned(), text, production }
    }

    pub fn tokens(&self) -> Vec<Token<'_>> {
        tokenize(&self.production)
    }

    /// Returns the path inside its crate, e.g. `["db", "pool"]`; empty for `lib.rs` and `main.rs`.
    pub fn module_path(&self) -> Vec<String> {
        let below_src = self.path.with_extension("");
        let parts = below_src.iter().map(|part| part.to_string_lossy().into_owned());
        let mut parts: Vec<_> = parts.skip_while(|part| part != "src").skip(1).collect();
        if parts.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            parts.pop();
        }
        parts
    }
}

/// Returns the files below a folder of the workspace that are in a program: no tests, benches or examples.
pub fn production_files(folder: &str) -> Vec<SourceFile> {
    let mut paths = Vec::new();
    collect_rust_files(&workspace_root().join(folder), &mut paths);
    paths.sort();
    paths.iter().filter(|path| !is_test_file(path)).map(|path| SourceFile::read(path)).collect()
}

/// Returns the folders of the packages in `crates/`.
pub fn inner_packages() -> Vec<String> {
    let Ok(entries) = fs::read_dir(workspace_root().join("crates")) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned());
    names.map(|name| format!("crates/{name}")).collect()
}

fn collect_rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

fn is_test_file(path: &Path) -> bool {
    let path = path.strip_prefix(workspace_root()).unwrap();
    let name = path.file_name().unwrap().to_string_lossy();
    let in_folder = |folder: &str| path.iter().any(|part| part == folder);
    name.ends_with("tests.rs")
        || name == "testing.rs"
        || name == "fuzzing.rs"
        || ["tests", "examples", "benches"].into_iter().any(in_folder)
}

/// An identifier, a number, `::`, another punctuation character, or the opening quote that stands for a literal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Token<'a> {
    pub text: &'a str,
    /// Counted from 1.
    pub line: usize,
}

impl Token<'_> {
    pub fn is_identifier(&self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// Cuts Rust code into tokens; comments and white space are left out.
pub fn tokenize(code: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    while let Some(first) = code[at..].chars().next() {
        let rest = &code[at..];
        let (length, shown) = if first.is_whitespace() {
            (first.len_utf8(), None)
        } else if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), None)
        } else if rest.starts_with("/*") {
            (block_comment_length(rest), None)
        } else if let Some(length) = literal_length(rest) {
            (length, Some(&rest[..1]))
        } else if first.is_alphanumeric() || first == '_' {
            let length = identifier_length(rest);
            (length, Some(&rest[..length]))
        } else {
            let length = if rest.starts_with("::") { 2 } else { first.len_utf8() };
            (length, Some(&rest[..length]))
        };
        tokens.extend(shown.map(|text| Token { text, line }));
        line += rest[..length].matches('\n').count();
        at += length;
    }
    tokens
}

fn identifier_length(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
}

fn block_comment_length(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    at
}

/// Returns the length of the string or character that begins here. A lifetime is none.
fn literal_length(rest: &str) -> Option<usize> {
    let prefix =
        ["br", "cr", "b", "c", "r"].into_iter().find(|prefix| rest.starts_with(prefix)).unwrap_or("");
    let body = &rest[prefix.len()..];
    let hashes = body.len() - body.trim_start_matches('#').len();
    if prefix.ends_with('r') && body[hashes..].starts_with('"') {
        let end = format!("\"{}", "#".repeat(hashes));
        let opened = prefix.len() + hashes + 1;
        return Some(opened + rest[opened..].find(&end).unwrap() + end.len());
    }
    if body.starts_with('"') {
        return Some(prefix.len() + quoted_length(body, '"'));
    }
    let mut letters = body.strip_prefix('\'')?.chars();
    let is_character = letters.next()? == '\\' || letters.next() == Some('\'');
    is_character.then(|| prefix.len() + quoted_length(body, '\''))
}

fn quoted_length(body: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, letter) in body.char_indices().skip(1) {
        if letter == quote && !is_escaped {
            return at + 1;
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    body.len()
}

/// Returns the lines of each item under `#[cfg(test)]`, its attributes included.
fn test_item_lines(tokens: &[Token<'_>]) -> Vec<RangeInclusive<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_test_attribute = texts(&tokens[at..], 7) == ["#", "[", "cfg", "(", "test", ")", "]"];
        if is_test_attribute {
            let end = item_end(tokens, at);
            found.push(tokens[at].line..=tokens[end].line);
            at = end;
        }
        at += 1;
    }
    found
}

/// Returns the texts of the first tokens.
pub fn texts<'a>(tokens: &[Token<'a>], count: usize) -> Vec<&'a str> {
    tokens.iter().take(count).map(|token| token.text).collect()
}

/// Returns the index of the `;` or `}` that ends the item which begins at `start`, or of the bracket that closes around it.
pub fn item_end(tokens: &[Token<'_>], start: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" | ";" if depth == 0 => return at,
            "}" if depth == 1 => return at,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len() - 1
}

#[test]
fn comments_and_literals_are_no_code() {
    let code = r##"/* a /* b */ c */ fn f<'a>(x: &'a str) -> char { // no "string
        let _ = ("fn \"g\"", r#"fn "h"#, b'\'', '"', 'x', x); 'y' } fn z() {}"##;
    let names: Vec<_> =
        tokenize(code).windows(2).filter(|pair| pair[0].text == "fn").map(|pair| pair[1].text).collect();
    assert_eq!(names, ["f", "z"]);
    assert_eq!(tokenize(code).last().unwrap().line, 2);
}

#[test]
fn test_items_are_not_production_code() {
    let code =
        "use a;\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\n#[allow(x)]\nmod more {\n fn f() {}\n}\nfn g() {}\n";
    assert_eq!(test_item_lines(&tokenize(code)), [2..=3, 4..=8]);
}
