//! Prints log lines: unchanged into a pipe, escaped and coloured on a terminal, or as JSON.
//!
//! It writes to stdout itself, buffered, because the result is a stream of lines.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use anstyle::AnsiColor;

use super::super::json::write_json;
use super::super::output::{Output, is_stdout_coloured};
use super::super::text::{is_terminal_control, replace_controls};
use crate::logging::read::event::parse_event;
use crate::logging::read::line::{level_range, without_line_end};

pub(super) struct LinePrinter {
    out: BufWriter<Stdout>,
    format: OutputFormat,
    output: Output,
    has_printed: bool,
    skipped_nuls: usize,
    has_noted_nuls: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum OutputFormat {
    Raw,
    Terminal,
    Json,
}

impl LinePrinter {
    pub(super) fn new(output: Output) -> Self {
        let format = match (output.is_json(), io::stdout().is_terminal()) {
            (true, _) => OutputFormat::Json,
            (false, true) => OutputFormat::Terminal,
            (false, false) => OutputFormat::Raw,
        };
        Self {
            out: BufWriter::with_capacity(64 * 1024, io::stdout()),
            format,
            output,
            has_printed: false,
            skipped_nuls: 0,
            has_noted_nuls: false,
        }
    }

    /// Whether bytes are printed unchanged, so lines need not be separated.
    pub(super) fn is_raw(&self) -> bool {
        self.format == OutputFormat::Raw
    }

    pub(super) fn has_printed(&self) -> bool {
        self.has_printed
    }

    /// Prints any piece of the log, unchanged but for NUL bytes.
    pub(super) fn print_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.has_printed = true;
        let bytes = self.without_nuls(bytes);
        self.out.write_all(&bytes)
    }

    /// Leaves out the NUL bytes that a file has where it was truncated under its writer, or where a power loss kept blocks
    /// from being written.
    fn without_nuls<'b>(&mut self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        if memchr::memchr(0, bytes).is_none() {
            return Cow::Borrowed(bytes);
        }
        let rest: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
        self.skipped_nuls += bytes.len() - rest.len();
        Cow::Owned(rest)
    }

    /// Says once how many NUL bytes were left out so far.
    pub(super) fn note_skipped_nuls(&mut self) {
        if self.skipped_nuls > 0 && !self.has_noted_nuls {
            self.has_noted_nuls = true;
            let skipped = self.skipped_nuls;
            self.output.note(format_args!(
                "left out {skipped} NUL bytes, which a truncation or a power loss leaves in a log"
            ));
        }
    }

    /// Prints a line, with or without its end.
    pub(super) fn print_line(&mut self, line: &[u8]) -> io::Result<()> {
        self.has_printed = true;
        let line = &*self.without_nuls(line);
        if line.is_empty() {
            return Ok(()); // A piece of a hole that is longer than lines are.
        }
        match self.format {
            OutputFormat::Raw => {
                self.out.write_all(line)?;
                if line.ends_with(b"\n") { Ok(()) } else { self.out.write_all(b"\n") }
            }
            OutputFormat::Terminal => {
                let text = escape_controls(without_line_end(line));
                match level_range(text.as_bytes()) {
                    Some(word) => {
                        let (before, after) = (&text[..word.start], &text[word.end..]);
                        let level = self.output.paint(level_colour(&text[word.clone()]), &text[word]);
                        let line = format!("{before}{level}{after}");
                        writeln!(self.out, "{}", replace_controls(&line, is_stdout_coloured()))
                    }
                    None => writeln!(self.out, "{text}"),
                }
            }
            OutputFormat::Json => {
                write_json(&mut self.out, &parse_event(without_line_end(line)))?;
                self.out.write_all(b"\n")
            }
        }
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn level_colour(level: &str) -> AnsiColor {
    match level {
        "ERROR" => AnsiColor::Red,
        "WARN" => AnsiColor::Yellow,
        "INFO" => AnsiColor::Green,
        "DEBUG" => AnsiColor::Blue,
        _ => AnsiColor::Magenta,
    }
}

/// Escapes what a terminal would interpret: a log contains texts from outside.
fn escape_controls(line: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(line);
    let is_escaped = |c: char| is_terminal_control(c) && c != '\t';
    if !text.contains(is_escaped) {
        return text;
    }
    let escape = |c: char| if is_escaped(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn terminal_control_characters_are_escaped() {
        for (line, shown) in [
            (&b"plain \xd1\x8f \ttab"[..], "plain \u{44f} \ttab"),
            (b"\x1b[31mred\x1b[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            (b"\x1b]0;title\x07 \x1b[2J", "\\u{1b}]0;title\\u{7} \\u{1b}[2J"),
            (b"nul\0 del\x7f cr\r", "nul\\u{0} del\\u{7f} cr\\r"),
            (b"c1 \xc2\x9b31m", "c1 \\u{9b}31m"),
            (b"broken \xff\x9b", "broken \u{fffd}\u{fffd}"),
            ("turned \u{202e}x".as_bytes(), "turned \\u{202e}x"),
        ] {
            assert_eq!(escape_controls(line), shown);
        }
    }
}
