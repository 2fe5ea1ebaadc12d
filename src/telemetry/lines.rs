//! From an event to its line in each place: the last filter, one line per event, and the threads that write.

use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::fmt::MakeWriter;

use super::progress::Progress;
use super::redact::Redactor;

/// Lines that may wait for the file. More, and whoever logs waits: the file is always written, see [`super::file`].
const FILE_WAITING: usize = 1024;
/// Lines that may wait for whoever reads stdout. More, and they are dropped: a pipe that nobody reads, or a screen that
/// somebody holds with Ctrl-S, is not to hold the bot.
const SCREEN_WAITING: usize = 4096;

/// Starts the thread that writes the file.
pub(super) fn to_file(file: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    let builder = NonBlockingBuilder::default().lossy(false).buffered_lines_limit(FILE_WAITING);
    builder.thread_name("log-file").finish(file)
}

/// Starts the thread that writes to stdout or, where that is for a document, to stderr.
pub(super) fn to_screen(stdout_is_taken: bool) -> (NonBlocking, WorkerGuard) {
    let builder = NonBlockingBuilder::default().lossy(true).buffered_lines_limit(SCREEN_WAITING);
    // Several lines go with one call when they come fast.
    if stdout_is_taken {
        builder.thread_name("log-stderr").finish(BufWriter::new(UntilItEnds(io::stderr())))
    } else {
        builder.thread_name("log-stdout").finish(BufWriter::new(UntilItEnds(io::stdout())))
    }
}

/// Takes everything, also when nobody is there any more to read it: that is no failure of the log, and its thread would
/// not end in time if it were.
struct UntilItEnds<W>(W);

impl<W: Write> Write for UntilItEnds<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        let _gone = self.0.flush();
        Ok(())
    }
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
