//! How log lines come out: as they are into a pipe, made harmless and coloured on a terminal, or as JSON.
//!
//! A stream of lines, buffered, where other commands say one thing; so it writes to stdout itself.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::LazyLock;

use anstyle::AnsiColor;
use chrono_tz::Tz;
use regex::Regex;

use super::super::output::Output;
use crate::logging::read::event::event;
use crate::logging::read::filter::trimmed;
use crate::logging::read::line::level_word;

/// Prints lines.
pub(super) struct Printer {
    out: BufWriter<Stdout>,
    form: Form,
    output: Output,
    zone: Tz,
    is_untouched: bool,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Form {
    Raw,
    Terminal,
    Json,
}

impl Printer {
    pub(super) fn new(output: Output, zone: Tz) -> Self {
        let form = match (output.is_json(), io::stdout().is_terminal()) {
            (true, _) => Form::Json,
            (false, true) => Form::Terminal,
            (false, false) => Form::Raw,
        };
        Self {
            out: BufWriter::with_capacity(64 * 1024, io::stdout()),
            form,
            output,
            zone,
            is_untouched: true,
        }
    }

    /// Whether lines come out as they are, so that nobody needs to tell them apart.
    pub(super) fn takes_bytes(&self) -> bool {
        self.form == Form::Raw
    }

    /// Whether nothing has been printed.
    pub(super) fn is_untouched(&self) -> bool {
        self.is_untouched
    }

    /// Any piece of the log, as it is.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.is_untouched = false;
        self.out.write_all(bytes)
    }

    /// One line, with or without its end.
    pub(super) fn line(&mut self, line: &[u8]) -> io::Result<()> {
        self.is_untouched = false;
        match self.form {
            Form::Raw => {
                self.out.write_all(line)?;
                if line.ends_with(b"\n") { Ok(()) } else { self.out.write_all(b"\n") }
            }
            Form::Terminal => {
                let text = harmless(trimmed(line));
                match level_word(text.as_bytes()) {
                    Some(word) => {
                        let (before, after) = (&text[..word.start], &text[word.end..]);
                        let level = self.output.paint(colour(&text[word.clone()]), &text[word]);
                        writeln!(self.out, "{before}{level}{after}")
                    }
                    None => writeln!(self.out, "{text}"),
                }
            }
            Form::Json => {
                serde_json::to_writer(&mut self.out, &event(trimmed(line), self.zone))?;
                self.out.write_all(b"\n")
            }
        }
    }

    /// Lets everything out.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn colour(level: &str) -> AnsiColor {
    match level {
        "ERROR" | "CRITICAL" | "FATAL" => AnsiColor::Red,
        "WARN" | "WARNING" => AnsiColor::Yellow,
        "INFO" => AnsiColor::Green,
        "DEBUG" => AnsiColor::Blue,
        _ => AnsiColor::Magenta,
    }
}

/// What a terminal would obey is shown instead: a log holds what strangers sent. Colours are left out.
fn harmless(line: &[u8]) -> Cow<'_, str> {
    static COLOUR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("\x1b\\[[0-9;]*m").ok());
    // Controls of both kinds, and those that turn the direction of writing.
    let obeyed = |c: char| {
        (c.is_control() && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut text = String::from_utf8_lossy(line);
    if !text.contains(obeyed) {
        return text;
    }
    if let Some(colour) = &*COLOUR {
        text = Cow::Owned(colour.replace_all(&text, "").into_owned());
    }
    let shown = |c: char| if obeyed(c) { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(shown).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_terminal_is_shown_what_it_would_obey() {
        for (line, shown) in [
            (&b"plain \xd1\x8f \ttab"[..], "plain \u{44f} \ttab"),
            (b"\x1b[31mred\x1b[0m", "red"),
            (b"\x1b]0;title\x07 \x1b[2J", "\\u{1b}]0;title\\u{7} \\u{1b}[2J"),
            (b"nul\0 del\x7f cr\r", "nul\\u{0} del\\u{7f} cr\\r"),
            (b"c1 \xc2\x9b31m", "c1 \\u{9b}31m"),
            (b"broken \xff\x9b", "broken \u{fffd}\u{fffd}"),
            ("turned \u{202e}x".as_bytes(), "turned \\u{202e}x"),
        ] {
            assert_eq!(harmless(line), shown);
        }
    }
}
