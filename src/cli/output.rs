//! What a command says: data on stdout, everything else on stderr; text for people, or one JSON document.
//!
//! The document is `{"ok":true,"data":…}` or `{"ok":false,"error":{"code","kind","message","hint"},"data":…}`; `docs/json.md`
//! describes the data of each command. Colour and progress appear on a terminal only.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use anstyle::{AnsiColor, Style};
use comfy_table::{Row, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter};

use super::exit::{Code, Failure};
use crate::redact::Redactor;

/// Redacts all that this process prints.
static REDACTOR: OnceLock<Redactor> = OnceLock::new();

/// Redacts with this from now on. Until then, what looks like a secret is redacted, and URLs of the command line.
pub(super) fn set_redactor(redactor: Redactor) {
    // A run has one configuration.
    let _first = REDACTOR.set(and_arguments(redactor));
}

fn and_arguments(redactor: Redactor) -> Redactor {
    redactor.and_url_secrets(std::env::args_os().filter_map(|word| word.into_string().ok()))
}

/// Returns a text as it may be printed.
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    match REDACTOR.get() {
        Some(redactor) => redactor.redact(text),
        None => Cow::Owned(and_arguments(Redactor::default()).redact(text).into_owned()),
    }
}

/// How the person (or the script) wants to be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Output {
    json: bool,
    quiet: bool,
    verbose: bool,
}

impl Output {
    pub(super) const fn new(json: bool, quiet: bool, verbose: bool) -> Self {
        Self { json, quiet, verbose }
    }

    /// Whether a document is wanted instead of text.
    pub(super) const fn is_json(self) -> bool {
        self.json
    }

    /// Whether only what matters is wanted.
    pub(super) const fn is_quiet(self) -> bool {
        self.quiet
    }

    /// The result of a command: a document, or the text.
    ///
    /// # Errors
    /// When stdout takes nothing; where that is because the reader has gone (`| head`), the command ends quietly.
    pub(super) fn show(self, data: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.json {
            return print(&Document { ok: true, data: Some(data), error: None });
        }
        let text = text();
        if text.is_empty() { Ok(()) } else { line(text.trim_end_matches('\n')) }
    }

    /// The result of a check that says no: the text, and the failure with which the command ends. That comes back whatever
    /// becomes of the text, because the exit code says something even to whoever does not read on.
    ///
    /// # Errors
    /// Always the failure.
    pub(super) fn show_refused(self, text: impl Display, failure: Failure) -> Result<(), Failure> {
        let _printed = self.line(text);
        Err(failure)
    }

    /// One line of data; nothing where a document is wanted.
    pub(super) fn line(self, text: impl Display) -> Result<(), Failure> {
        if self.json { Ok(()) } else { line(text) }
    }

    /// What the person may like to know beside the data.
    pub(super) fn note(self, text: impl Display) {
        if !self.quiet && !self.json {
            told(format_args!("{text}"));
        }
    }

    /// What only helps in finding out why, with --verbose.
    pub(super) fn detail(self, text: impl Display) {
        if self.verbose {
            told(format_args!("{text}"));
        }
    }

    /// What the person should look at.
    #[allow(clippy::unused_self, reason = "one place to ask for what is said")]
    pub(super) fn warn(self, text: impl Display) {
        told(format_args!("{} {text}", painted_on_stderr(AnsiColor::Yellow, "warning:")));
    }

    /// A text in a colour where stdout is a terminal that shows colours.
    pub(super) fn paint(self, colour: AnsiColor, text: impl Display) -> String {
        if !self.json && std::io::stdout().is_terminal() && wants_colour() {
            painted(colour, text)
        } else {
            text.to_string()
        }
    }

    /// A table without lines, which `awk` can read.
    #[allow(clippy::unused_self, reason = "one place to ask for what is printed")]
    pub(super) fn table(self, headings: impl Into<Row>) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(headings);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table
    }

    /// A bar on stderr, on a terminal only.
    pub(super) fn progress(self) -> Progress {
        let hidden = self.json || self.quiet || !std::io::stderr().is_terminal() || is_dumb();
        // Before the first stage there is nothing to show yet.
        let bar = || {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_style(Progress::style())
        };
        Progress { bar: (!hidden).then(bar), stage: "" }
    }

    /// Asks unless `yes` was said beforehand. Where nobody can see the question or answer it, that is needed.
    ///
    /// # Errors
    /// [`Code::NeedsConfirmation`] when it is not confirmed.
    pub(super) fn confirm(self, question: &str, yes: bool) -> Result<(), Failure> {
        if yes {
            return Ok(());
        }
        let refused = || Failure::new(Code::NeedsConfirmation, "not confirmed, nothing was changed");
        if self.json || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Err(refused().hint("add --yes if you are sure"));
        }
        let mut asked = std::io::stderr().lock();
        let question = redact(question);
        let can_answer = write!(asked, "{question} Type yes to go on: ").and_then(|()| asked.flush());
        let mut answer = String::new();
        if can_answer.and_then(|()| std::io::stdin().read_line(&mut answer)).is_err() {
            return Err(refused().hint("add --yes if you are sure"));
        }
        if answer.trim().eq_ignore_ascii_case("yes") { Ok(()) } else { Err(refused()) }
    }

    /// Says why a command failed: mostly one thing, and what to do about it. In a document, which has room for one, several
    /// stand in the same order, the hints on a line each.
    pub(super) fn failure(
        self,
        troubles: &[(&str, Option<&str>)],
        code: Code,
        data: Option<&serde_json::Value>,
    ) {
        if self.json {
            let message = troubles.iter().map(|(message, _)| *message).collect::<Vec<_>>().join("; ");
            let hints: Vec<_> = troubles.iter().filter_map(|(_, hint)| *hint).collect();
            let hint = (!hints.is_empty()).then(|| hints.join("\n"));
            let error = Some(Trouble {
                code: code as u8,
                kind: code.kind(),
                message: &message,
                hint: hint.as_deref(),
            });
            if print(&Document { ok: false, data, error }).is_ok() {
                return;
            }
            // Stdout is full or gone, so that the words are for whoever reads the log.
        }
        for (message, hint) in troubles {
            told(format_args!("{} {message}", painted_on_stderr(AnsiColor::Red, "error:")));
            if let Some(hint) = hint {
                told(format_args!("  hint: {hint}"));
            }
        }
    }
}

/// The one shape of every document.
#[derive(Serialize)]
struct Document<'a, T: Serialize> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Trouble<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a T>,
}

#[derive(Serialize)]
struct Trouble<'a> {
    code: u8,
    kind: &'static str,
    message: &'a str,
    hint: Option<&'a str>,
}

/// How far something is.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    stage: &'static str,
}

impl Progress {
    /// `done` of `total` (bytes, rows) of a stage such as "copying".
    pub(super) fn show(&mut self, stage: &'static str, done: u64, total: u64) {
        let Some(bar) = &self.bar else { return };
        if stage != self.stage {
            self.stage = stage;
            bar.set_message(stage);
        }
        bar.set_length(total);
        bar.set_position(done);
    }

    fn style() -> ProgressStyle {
        // A template that does not parse would only lose the looks.
        ProgressStyle::with_template("{msg:11} {bar:30} {percent:>3} %  {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// One line of data on stdout, written at once.
fn line(text: impl Display) -> Result<(), Failure> {
    written(&redact(&text.to_string()))
}

fn written(text: &str) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{text}").map_err(|error| Failure::of_stdout(&error))
}

fn print(document: &impl Serialize) -> Result<(), Failure> {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, CleanTexts::default());
    document.serialize(&mut serializer).map_err(|error| Failure::new(Code::Failed, error))?;
    written(&String::from_utf8_lossy(&json))
}

/// Writes the texts of a document as they may be printed, each as a whole: a secret in it may hold what is escaped. Its
/// names and numbers stay what they are, whatever is a secret.
#[derive(Default)]
struct CleanTexts {
    is_name: bool,
    text: String,
}

impl Formatter for CleanTexts {
    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> io::Result<()> {
        self.is_name = true;
        if is_first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.is_name = false;
        Ok(())
    }

    fn begin_string<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.text.clear();
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, _writer: &mut W, text: &str) -> io::Result<()> {
        self.text.push_str(text);
        Ok(())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        _writer: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        self.text.push(char::from(match escape {
            CharEscape::Quote => b'"',
            CharEscape::ReverseSolidus => b'\\',
            CharEscape::Solidus => b'/',
            CharEscape::Backspace => 0x08,
            CharEscape::FormFeed => 0x0c,
            CharEscape::LineFeed => b'\n',
            CharEscape::CarriageReturn => b'\r',
            CharEscape::Tab => b'\t',
            CharEscape::AsciiControl(byte) => byte,
        }));
        Ok(())
    }

    fn end_string<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        let text = if self.is_name { Cow::Borrowed(&*self.text) } else { redact(&self.text) };
        serde_json::to_writer(writer, &text).map_err(Into::into)
    }
}

/// To stderr, whose end is no reason to stop or to panic.
fn told(text: std::fmt::Arguments<'_>) {
    let _told = writeln!(std::io::stderr().lock(), "{}", redact(&text.to_string()));
}

/// A text with colours and line ends of its own, to stderr.
pub(super) fn told_in_colours(text: &str) {
    let mut pieces = text.split("\u{1b}[");
    let mut shown = redact(pieces.next().unwrap_or_default()).into_owned();
    for piece in pieces {
        // A colour is no part of the word that it colours.
        let (colour, words) = piece.split_at(piece.find('m').map_or(0, |end| end + 1));
        shown += "\u{1b}[";
        shown += colour;
        shown += &redact(words);
    }
    let _told = write!(std::io::stderr().lock(), "{shown}");
}

/// Whether colours are to be seen on stderr.
pub(super) fn is_coloured() -> bool {
    std::io::stderr().is_terminal() && wants_colour()
}

fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && !is_dumb()
}

/// A terminal that knows neither colours nor how to go back on a line.
fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}

fn painted_on_stderr(colour: AnsiColor, text: &str) -> String {
    if is_coloured() { painted(colour, text) } else { text.to_owned() }
}

fn painted(colour: AnsiColor, text: impl Display) -> String {
    let style = Style::new().fg_color(Some(colour.into())).bold();
    format!("{style}{text}{style:#}")
}
