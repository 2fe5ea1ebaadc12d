//! Reading an env file: names, values and the lines they stand on.
//!
//! The grammar is the one that files of the old bot were written in, and agrees with `dotenvy`
//! wherever `dotenvy` reads those files at all. It is our own because `dotenvy` refuses or silently
//! changes what they contain: an unquoted `1, 2` or `^\+7\d{10}$` (spaces and backslashes are
//! errors there, a `$` disappears), and it gives no line numbers.
//!
//! - blank lines and lines starting with `#` mean nothing; so does ` #` and what follows it after
//!   an unquoted value;
//! - `export` before the name is allowed, spaces around `=` too;
//! - an unquoted value goes to the end of the line and stands for itself, backslashes and `$`
//!   included;
//! - in single quotes everything stands for itself; in double quotes `\n`, `\r`, `\t`, `\\`, `\"`,
//!   `\'` and `\$` are escapes; quoted values may go on over several lines;
//! - `${NAME}` and `${NAME:-fallback}`, outside single quotes, stand for a variable of the
//!   environment or of an earlier line.
//!
//! No message here quotes a line: it may hold a secret.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::problem::{Origin, Problem, ProblemKind};

/// A parsed env file.
#[derive(Clone, Default)]
pub struct EnvFile {
    path: PathBuf,
    /// In the order of the file; a name may come twice.
    entries: Vec<EnvEntry>,
    problems: Vec<Problem>,
}

/// One assignment.
#[derive(Clone)]
pub struct EnvEntry {
    /// The name on the left.
    pub name: String,
    /// The value, unquoted.
    pub value: String,
    /// The line on which it starts, counted from 1.
    pub line: usize,
}

/// What is wrong with a line, and what to do.
type LineError = (String, &'static str);

/// How long references may make a value: as long as Linux lets a variable be (`execve(2)`: `MAX_ARG_STRLEN`). A few lines that
/// refer to each other could fill the memory.
pub(super) const MAX_EXPANDED_LENGTH: usize = 128 * 1024;

const QUOTE_HINT: &str = "close the quote on this line, or remove the quotes";

impl EnvFile {
    /// Reads the content of a file. `environment` is what `${NAME}` may refer to beside earlier
    /// lines.
    #[must_use]
    pub fn parse(path: &Path, content: &[u8], environment: &BTreeMap<String, String>) -> Self {
        let mut file = Self { path: path.to_owned(), ..Self::default() };
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let text = match std::str::from_utf8(content) {
            Ok(text) => text.replace("\r\n", "\n").replace('\r', "\n"),
            Err(error) => {
                let line = content[..error.valid_up_to()].split(|b| *b == b'\n').count();
                file.report_problem("", line, ("the file is not UTF-8".to_owned(), "save it as UTF-8 text"));
                return file;
            }
        };
        let mut rest = text.as_str();
        let mut line = 1;
        while !rest.is_empty() {
            let after = file.read_statement(rest, line, environment);
            line += rest[..rest.len() - after.len()].matches('\n').count();
            rest = after;
        }
        file
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Every assignment, in the order of the file.
    pub fn entries(&self) -> &[EnvEntry] {
        &self.entries
    }

    /// The assignment that counts: the last one of the name.
    pub fn get(&self, name: &str) -> Option<&EnvEntry> {
        self.entries.iter().rev().find(|entry| entry.name == name)
    }

    /// The lines that could not be read.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Where an entry stands.
    pub fn origin(&self, line: usize) -> Origin {
        Origin::EnvFile { path: self.path.clone(), line }
    }

    fn report_problem(&mut self, variable: &str, line: usize, (message, hint): LineError) {
        let origin = self.origin(line);
        let kind = ProblemKind::Wrong;
        self.problems.push(Problem {
            variable: variable.to_owned(),
            origin,
            kind,
            message,
            hint: hint.to_owned(),
        });
    }

    /// Reads one statement and returns the text after it. A statement that cannot be read ends with
    /// its first line.
    fn read_statement<'t>(
        &mut self,
        text: &'t str,
        line: usize,
        environment: &BTreeMap<String, String>,
    ) -> &'t str {
        let (this_line, next_line) = text.split_once('\n').unwrap_or((text, ""));
        let trimmed = this_line.trim_start();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            return next_line;
        }
        let name = match assigned_name(trimmed) {
            Ok(name) => name,
            Err(error) => {
                self.report_problem("", line, error);
                return next_line;
            }
        };
        // The value may go on over the following lines, so it is cut from the whole rest.
        let equals = this_line.find('=').unwrap_or(0);
        let value = text[equals + 1..].trim_start_matches([' ', '\t']);
        let lookup = |wanted: &str| {
            environment.get(wanted).or_else(|| self.get(wanted).map(|entry| &entry.value)).cloned()
        };
        match read_value(value, &lookup) {
            Ok((value, rest)) => {
                self.entries.push(EnvEntry { name: name.to_owned(), value, line });
                rest
            }
            Err(error) => {
                self.report_problem(name, line, error);
                next_line
            }
        }
    }
}

/// The name that a line assigns to.
fn assigned_name(line: &str) -> Result<&str, LineError> {
    let not_an_assignment =
        || ("not a NAME=value line".to_owned(), "write NAME=value, or start the line with #");
    let (left, _) = line.split_once('=').ok_or_else(not_an_assignment)?;
    let left = left.trim();
    let name = match left.split_once([' ', '\t']) {
        Some(("export", name)) => name.trim_start(),
        _ => left,
    };
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts_well && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')) {
        Ok(name)
    } else {
        Err((
            "the text before = is not a variable name".to_owned(),
            "use letters, digits and underscores only, and put values with = after a name",
        ))
    }
}

/// Reads a value at the start of the text; returns it and the text after its line.
fn read_value<'t>(
    text: &'t str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, &'t str), LineError> {
    match text.chars().next() {
        Some('\'') => {
            let end = text[1..].find('\'').ok_or_else(unclosed_quote)? + 1;
            Ok((text[1..end].to_owned(), skip_after_quote(text, &text[end + 1..])?))
        }
        Some('"') => {
            let (value, rest) = read_double_quoted(&text[1..], lookup)?;
            Ok((value, skip_after_quote(text, rest)?))
        }
        _ => {
            let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
            let value = if line.starts_with('#') { "" } else { without_comment(line).trim() };
            Ok((expand_references(value, lookup)?, rest))
        }
    }
}

/// An unquoted value without the comment that a blank and `#` begin.
fn without_comment(line: &str) -> &str {
    let comment = line.match_indices('#').find(|(at, _)| line[..*at].ends_with([' ', '\t']));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// The content up to the closing double quote, and the text after it.
fn read_double_quoted<'t>(
    text: &'t str,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<(String, &'t str), LineError> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let at = rest.find(['"', '\\', '$']).ok_or_else(unclosed_quote)?;
        value.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        match rest.as_bytes()[at] {
            b'"' => return Ok((value, tail)),
            b'\\' => {
                let escaped = tail.chars().next().ok_or_else(unclosed_quote)?;
                match escaped {
                    'n' => value.push('\n'),
                    'r' => value.push('\r'),
                    't' => value.push('\t'),
                    '\\' | '"' | '\'' | '$' => value.push(escaped),
                    other => value.extend(['\\', other]),
                }
                rest = &tail[escaped.len_utf8()..];
            }
            _ => rest = expand_reference(&rest[at..], &mut value, lookup)?,
        }
    }
}

/// Replaces the references in an unquoted value.
fn expand_references(text: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Result<String, LineError> {
    let mut value = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        value.push_str(&rest[..at]);
        rest = expand_reference(&rest[at..], &mut value, lookup)?;
    }
    value.push_str(rest);
    Ok(value)
}

/// Reads `${NAME}` or `${NAME:-fallback}` at the start of the text; any other `$` stands for
/// itself.
fn expand_reference<'t>(
    text: &'t str,
    value: &mut String,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<&'t str, LineError> {
    let inside = text.strip_prefix("${").and_then(|inner| inner.split_once('}'));
    let (name, fallback) = match inside {
        Some((inner, _)) => {
            inner.split_once(":-").map_or((inner, None), |(name, fallback)| (name, Some(fallback)))
        }
        None => ("", None),
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let Some((_, after)) = inside.filter(|_| is_name) else {
        value.push('$');
        return Ok(&text[1..]);
    };
    let found = lookup(name).filter(|found| !found.is_empty());
    let Some(found) = found.or_else(|| fallback.map(str::to_owned)) else {
        let message = format!("the value refers to ${{{name}}}, which is not set");
        return Err((message, "set that variable on an earlier line, or write '...' around a literal value"));
    };
    value.push_str(&found);
    if value.len() > MAX_EXPANDED_LENGTH {
        let message = "the value is longer than 128 KiB with what it refers to".to_owned();
        return Err((message, "remove references, or write '...' around a literal value"));
    }
    Ok(after)
}

/// After a closing quote only blanks and a comment may follow on the line. Other text behind a quote that began on an earlier
/// line means that this is the quote of another value, and that the first one is not closed.
fn skip_after_quote<'t>(quoted: &str, text: &'t str) -> Result<&'t str, LineError> {
    let (tail, rest) = text.split_once('\n').unwrap_or((text, ""));
    let tail = tail.trim();
    if tail.is_empty() || tail.starts_with('#') {
        Ok(rest)
    } else if quoted[..quoted.len() - text.len()].contains('\n') {
        Err(unclosed_quote())
    } else {
        Err((
            "there is text after the closing quote".to_owned(),
            "put the whole value in quotes, or none of it",
        ))
    }
}

fn unclosed_quote() -> LineError {
    ("the quote is not closed".to_owned(), QUOTE_HINT)
}

#[cfg(test)]
#[path = "env_file_tests.rs"]
mod tests;
