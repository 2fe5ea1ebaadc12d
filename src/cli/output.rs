//! What a command prints: data on stdout, everything else on stderr; text, or one JSON document.
//!
//! The document is `{"ok":true,"data":…}` or `{"ok":false,"error":{"code","kind","message","hint"},"data":…}`; `docs/json.md`
//! describes the data of each command. Colour and progress appear on a terminal only.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;

use anstyle::AnsiColor;
use clap::ColorChoice;
use comfy_table::{Row, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, Serializer};

use super::error::CommandError;
use super::exit_code::ExitCode;
use super::json::write_json;
use super::text::{paint_if, replace_controls};
use crate::redact::Redactor;

/// Takes secrets out of everything that is printed. Global, as stdout and stderr are.
static REDACTOR: OnceLock<Redactor> = OnceLock::new();

/// The choice of `--color`.
static COLOUR: OnceLock<ColorChoice> = OnceLock::new();

/// Chooses whether the output is coloured, once.
pub(super) fn set_colour(choice: ColorChoice) {
    let _first = COLOUR.set(choice);
}

/// Adds the configured secrets to those that are never printed. Texts in the form of a secret and those on the command line
/// are taken out in any case.
pub(super) fn set_redactor(redactor: Redactor) {
    // The first one stays: a run has one configuration.
    let _first = REDACTOR.set(with_arguments(redactor));
}

fn with_arguments(redactor: Redactor) -> Redactor {
    redactor.and_url_secrets(std::env::args_os().filter_map(|word| word.into_string().ok()))
}

/// The text without secrets.
pub(super) fn redact(text: &str) -> Cow<'_, str> {
    match REDACTOR.get() {
        Some(redactor) => redactor.redact(text),
        None => Cow::Owned(with_arguments(Redactor::default()).redact(text).into_owned()),
    }
}

/// The output options of a run.
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

    pub(super) const fn is_json(self) -> bool {
        self.json
    }

    pub(super) const fn is_quiet(self) -> bool {
        self.quiet
    }

    /// Prints the result of a command: a document, or the text.
    pub(super) fn print_result(
        self,
        data: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), CommandError> {
        if self.json {
            return print_json(&Document { ok: true, data: Some(data), error: None });
        }
        let text = text();
        if text.is_empty() { Ok(()) } else { print_redacted(text.trim_end_matches('\n')) }
    }

    /// Prints the result of a failed check and returns its error, also if stdout is closed: the exit code counts.
    pub(super) fn print_failed_check(
        self,
        text: impl Display,
        error: CommandError,
    ) -> Result<(), CommandError> {
        let _printed = self.print_line(text);
        Err(error)
    }

    /// Prints one line of data, unless a document is wanted.
    pub(super) fn print_line(self, text: impl Display) -> Result<(), CommandError> {
        if self.json { Ok(()) } else { print_redacted(text) }
    }

    /// Prints an informational message.
    pub(super) fn note(self, text: impl Display) {
        if !self.quiet && !self.json {
            write_stderr(format_args!("{text}"));
        }
    }

    /// Prints a message for --verbose.
    pub(super) fn detail(self, text: impl Display) {
        if self.verbose {
            write_stderr(format_args!("{text}"));
        }
    }

    /// Prints a warning.
    #[allow(clippy::unused_self, reason = "all messages go through the output")]
    pub(super) fn warn(self, text: impl Display) {
        write_stderr(format_args!(
            "{} {text}",
            paint_if(is_stderr_coloured(), AnsiColor::Yellow, "warning:")
        ));
    }

    /// Colours a text for stdout, if that is a terminal that shows colours.
    pub(super) fn paint(self, colour: AnsiColor, text: impl Display) -> String {
        paint_if(!self.json && is_stdout_coloured(), colour, text)
    }

    /// A table without borders, which `awk` can read.
    #[allow(clippy::unused_self, reason = "all tables look alike")]
    pub(super) fn table(self, headings: impl Into<Row>) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(headings);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        table
    }

    /// A progress bar on stderr, on a terminal only.
    pub(super) fn progress(self) -> StageProgress {
        let hidden = self.json || self.quiet || !std::io::stderr().is_terminal() || is_dumb_terminal();
        // Before the first stage there is nothing to draw.
        let bar = || {
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
                .with_style(StageProgress::style())
        };
        StageProgress { bar: (!hidden).then(bar), stage: "" }
    }

    /// Asks for confirmation unless `--yes` was given, which is required when not interactive. Otherwise the error is
    /// [`ExitCode::NeedsConfirmation`].
    pub(super) fn confirm(self, consequence: &str, yes: bool) -> Result<(), CommandError> {
        if yes {
            return Ok(());
        }
        let refused = || CommandError::new(ExitCode::NeedsConfirmation, "not confirmed; nothing was changed");
        if self.json || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return Err(refused().hint("--yes is required when not interactive"));
        }
        let mut stderr = std::io::stderr().lock();
        let consequence = make_printable(consequence, is_stderr_coloured());
        let asked = write!(stderr, "{consequence} Type 'yes' to continue: ").and_then(|()| stderr.flush());
        let mut answer = String::new();
        if asked.and_then(|()| std::io::stdin().read_line(&mut answer)).is_err() {
            return Err(refused().hint("--yes skips the question"));
        }
        if answer.trim().eq_ignore_ascii_case("yes") { Ok(()) } else { Err(refused()) }
    }

    /// Prints the error, unless the command ends with success, and returns the exit code.
    pub(super) fn report_error(self, error: &CommandError) -> u8 {
        if error.code != ExitCode::Done {
            self.print_problems(&error.problems(), error.code, error.data.as_ref());
        }
        error.code as u8
    }

    /// Prints problems with their hints. A JSON document has one error: there the messages are joined, and the hints are on
    /// one line each.
    fn print_problems(
        self,
        errors: &[(&str, Option<&str>)],
        code: ExitCode,
        data: Option<&serde_json::Value>,
    ) {
        if self.json {
            let message = errors.iter().map(|(message, _)| *message).collect::<Vec<_>>().join("; ");
            let hints: Vec<_> = errors.iter().filter_map(|(_, hint)| *hint).collect();
            let hint = (!hints.is_empty()).then(|| hints.join("\n"));
            let error = ErrorDocument {
                code: code as u8,
                kind: code.kind(),
                message: &message,
                hint: hint.as_deref(),
            };
            if print_json(&Document { ok: false, data, error: Some(error) }).is_ok() {
                return;
            }
            // Stdout is full or closed: the text goes to stderr.
        }
        for (message, hint) in errors {
            write_stderr(format_args!(
                "{} {message}",
                paint_if(is_stderr_coloured(), AnsiColor::Red, "error:")
            ));
            if let Some(hint) = hint {
                write_stderr(format_args!("  hint: {hint}"));
            }
        }
    }
}

/// The form of every document.
#[derive(Serialize)]
struct Document<'a, T: Serialize> {
    ok: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a T>,
}

#[derive(Serialize)]
struct ErrorDocument<'a> {
    code: u8,
    kind: &'static str,
    message: &'a str,
    hint: Option<&'a str>,
}

/// A progress bar, or nothing where it cannot be drawn.
pub(super) struct StageProgress {
    bar: Option<ProgressBar>,
    stage: &'static str,
}

impl StageProgress {
    /// Draws `done` of `total` bytes or rows of a stage such as "copying".
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
        // The template is constant; the fallback only looks different.
        ProgressStyle::with_template("{msg:11} {bar:30} {percent:>3} %  {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_bar())
    }
}

impl Drop for StageProgress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Writes a line to stdout without secrets.
fn print_redacted(text: impl Display) -> Result<(), CommandError> {
    write_stdout(&make_printable(&text.to_string(), is_stdout_coloured()))
}

/// Takes secrets out of a text, and everything that would act on a terminal except lines, tabs and, if it is coloured, the
/// colours of [`paint_if`]. Every text for people passes through here before it is written.
fn make_printable(text: &str, is_coloured: bool) -> String {
    replace_controls(&redact(text), is_coloured)
}

fn write_stdout(text: &str) -> Result<(), CommandError> {
    writeln!(io::stdout().lock(), "{text}").map_err(|error| CommandError::from_stdout(&error))
}

fn print_json(document: &impl Serialize) -> Result<(), CommandError> {
    write_stdout(&json_text(document)?)
}

fn json_text(document: &impl Serialize) -> Result<String, CommandError> {
    let mut json = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut json, RedactingFormatter::default());
    document.serialize(&mut serializer).map_err(|error| CommandError::new(ExitCode::Failed, error))?;
    Ok(String::from_utf8_lossy(&json).into_owned())
}

/// Returns the document of a result as a line, for a command that can also write it to a file.
pub(super) fn document_text(data: &impl Serialize) -> Result<String, CommandError> {
    Ok(json_text(&Document { ok: true, data: Some(data), error: None })? + "\n")
}

/// A JSON formatter that redacts strings before they are escaped, because a secret may contain escaped characters. Keys and
/// numbers stay unchanged.
#[derive(Default)]
struct RedactingFormatter {
    is_key: bool,
    text: String,
}

impl Formatter for RedactingFormatter {
    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, is_first: bool) -> io::Result<()> {
        self.is_key = true;
        if is_first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.is_key = false;
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
        let text = if self.is_key { Cow::Borrowed(&*self.text) } else { redact(&self.text) };
        write_json(writer, &text).map_err(Into::into)
    }
}

/// Writes a line to stderr; a closed stderr is no reason to stop.
fn write_stderr(text: std::fmt::Arguments<'_>) {
    let text = make_printable(&text.to_string(), is_stderr_coloured());
    let _written = writeln!(std::io::stderr().lock(), "{text}");
}

/// Writes a text that contains colour codes to stderr. It must contain nothing from outside that a terminal would interpret.
pub(super) fn write_styled_stderr(text: &str) {
    let mut pieces = text.split("\u{1b}[");
    let mut shown = redact(pieces.next().unwrap_or_default()).into_owned();
    for piece in pieces {
        // The code is not part of the word after it.
        let (colour, text) = piece.split_at(piece.find('m').map_or(0, |end| end + 1));
        shown += "\u{1b}[";
        shown += colour;
        shown += &redact(text);
    }
    let _written = write!(std::io::stderr().lock(), "{shown}");
}

/// Whether stderr shows colours.
pub(super) fn is_stderr_coloured() -> bool {
    forced_colour().unwrap_or_else(|| std::io::stderr().is_terminal() && wants_colour())
}

pub(super) fn is_stdout_coloured() -> bool {
    forced_colour().unwrap_or_else(|| std::io::stdout().is_terminal() && wants_colour())
}

/// Returns what `--color` says; `None` where the terminal decides.
pub(super) fn forced_colour() -> Option<bool> {
    match COLOUR.get()? {
        ColorChoice::Auto => None,
        ColorChoice::Always => Some(true),
        ColorChoice::Never => Some(false),
    }
}

fn wants_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()) && !is_dumb_terminal()
}

/// Whether the terminal has neither colours nor cursor movement.
fn is_dumb_terminal() -> bool {
    std::env::var_os("TERM").is_some_and(|value| value == "dumb")
}
