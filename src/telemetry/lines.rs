//! From an event to its line in each place: the last filter, one line per event, and the threads that write.

use std::io::{self, BufWriter, Stderr, Stdout, Write};
use std::sync::Arc;

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

use super::progress::Progress;
use super::redact::Redactor;

/// Lines that may wait for the thread that writes them. More, and whoever logs waits.
const WAITING: usize = 8192;

/// Starts a thread that writes lines; they are lost only where that is said.
pub(super) fn thread(
    name: &str,
    lossy: bool,
    writer: impl Write + Send + 'static,
) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default().lossy(lossy).buffered_lines_limit(WAITING).thread_name(name).finish(writer)
}

/// What is read from a terminal or a pipe; several lines go with one call when they come fast.
pub(super) fn to_stdout() -> BufWriter<Stdout> {
    BufWriter::new(io::stdout())
}

/// The same, where stdout is for a document.
pub(super) fn to_stderr() -> BufWriter<Stderr> {
    BufWriter::new(io::stderr())
}

/// Where a formatted line goes.
#[derive(Clone)]
pub(super) struct Lines {
    pub(super) redactor: Arc<Redactor>,
    pub(super) progress: Arc<Progress>,
    pub(super) file: Option<NonBlocking>,
    pub(super) screen: Option<NonBlocking>,
    /// Whether colour codes belong there.
    pub(super) colour: bool,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &Lines {
    /// Takes one event with the end of its line. Never fails: nobody could be told.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        // A formatter writes text.
        let text = String::from_utf8_lossy(event);
        let clean = self.redactor.redact(&text);
        let line = one_line(&clean, self.colour);
        let bytes = line.as_deref().unwrap_or(&clean).as_bytes();
        if let Some(mut file) = self.file.clone() {
            self.progress.handed_over();
            if file.write_all(bytes).is_err() {
                self.progress.written(1);
            }
        }
        if let Some(mut screen) = self.screen.clone() {
            let _ended = screen.write_all(bytes);
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The event as one line without control characters, when it is not that already.
fn one_line(event: &str, colour: bool) -> Option<String> {
    let text = event.strip_suffix('\n').unwrap_or(event);
    let is_wild = |c: char| c.is_ascii_control() && c != '\t' && !(colour && c == '\u{1b}');
    if !text.bytes().any(|byte| is_wild(char::from(byte))) {
        return None;
    }
    let mut line = String::with_capacity(event.len() + 16);
    for c in text.chars() {
        if is_wild(c) { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line.push('\n');
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_without_control_characters() {
        assert_eq!(one_line("a\tb\n", false), None);
        assert_eq!(
            one_line("a\r\nb\u{1b}[31m\u{0}\n", false).as_deref(),
            Some("a\\r\\nb\\u{1b}[31m\\u{0}\n")
        );
        assert_eq!(one_line("\u{1b}[2mx\n", true), None);
    }
}
